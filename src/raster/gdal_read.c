/* SPDX-License-Identifier: Apache-2.0 */
/* Our own GeoTIFFs by window. Only the GTiff driver is allowed at open; these files were written by gdal_write.c, so a
 * failure here is damage or storage, never a foreign format. */
#include "raster/gdal_read.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"
#include "geo/crs.h"
#include "geo/geos.h"
#include "raster/gdal_out.h"
#include "raster/gdal_start.h"

#include <cpl_conv.h>
#include <gdal.h>
#include <ogr_srs_api.h>

#include <assert.h>
#include <stdio.h>
#include <string.h>

struct rv__gtiff {
    GDALDatasetH dataset;
    char path[4096];
};

static int read_crs(char out[RV_CRS_MAX], GDALDatasetH dataset)
{
    const char *const options[] = { "FORMAT=WKT2_2019", NULL };
    char *wkt = NULL;
    const OGRSpatialReferenceH srs = GDALGetSpatialRef(dataset);
    out[0] = '\0';
    if (!srs)
        return RV_OK;
    if (OSRExportToWktEx(srs, &wkt, options) != OGRERR_NONE) {
        CPLFree(wkt);
        return rv__gdal_fail(RV_ERR_FORMAT, "coordinate reference system cannot be read", NULL);
    }
    const int err = rv__crs_short(out, wkt);
    CPLFree(wkt);
    return err;
}

int rv__gtiff_open(rv__gtiff **out, const char *path)
{
    const char *const drivers[] = { "GTiff", NULL };
    rv__gdal_start();
    rv__gtiff *file = rv__alloc(1, sizeof *file);
    if (!file)
        return RV_ERR_NOMEM;
    snprintf(file->path, sizeof file->path, "%s", path);
    rv__gdal_hush();
    file->dataset = GDALOpenEx(path, GDAL_OF_RASTER | GDAL_OF_READONLY, drivers, NULL, NULL);
    const int err = file->dataset ? RV_OK : rv__gdal_fail(RV_ERR_IO, "cannot open", path);
    rv__gdal_unhush();
    if (err < 0) {
        rv__free(file);
        return err;
    }
    *out = file;
    return RV_OK;
}

void rv__gtiff_close(rv__gtiff *file)
{
    if (!file)
        return;
    rv__gdal_hush();
    GDALClose(file->dataset);
    rv__gdal_unhush();
    rv__free(file);
}

void rv__gtiff_size(const rv__gtiff *file, int *width, int *height, int *bands)
{
    *width = GDALGetRasterXSize(file->dataset);
    *height = GDALGetRasterYSize(file->dataset);
    *bands = GDALGetRasterCount(file->dataset);
}

int rv__gtiff_grid(const rv__gtiff *file, rv_grid *out)
{
    rv_grid grid = { .gt = { 0, 1, 0, 0, 0, 1 } };
    int bands, err;
    rv__gtiff_size(file, &grid.width, &grid.height, &bands);
    rv__gdal_hush();
    if ((err = read_crs(grid.crs, file->dataset)) < 0)
        goto done;
    if (grid.crs[0] && GDALGetGeoTransform(file->dataset, grid.gt) != CE_None) {
        err = rv__fail(RV_ERR_FORMAT, "geotransform is missing");
        goto done;
    }
    const char *gsd = GDALGetMetadataItem(file->dataset, "GSD_M", NULL);
    if (gsd && (err = rv__number_parse(&grid.gsd_m, gsd)) < 0)
        goto done;
    *out = grid;
done:
    rv__gdal_unhush();
    return err;
}

void *rv__gtiff_dataset(const rv__gtiff *file)
{
    return file->dataset;
}

rv__sample rv__gtiff_sample(const rv__gtiff *file)
{
    const GDALDataType type = GDALGetRasterDataType(GDALGetRasterBand(file->dataset, 1));
    return type == GDT_Byte     ? RV__SAMPLE_U8
           : type == GDT_UInt16 ? RV__SAMPLE_U16
           : type == GDT_Int16  ? RV__SAMPLE_I16
                                : RV__SAMPLE_F32;
}

static int read_as(rv__gtiff *file, void *out, int band, const int window[4], rv__sample type)
{
    int err = RV_OK;
    assert(band >= 0 && band < GDALGetRasterCount(file->dataset));
    rv__gdal_hush();
    const GDALRasterBandH b = GDALGetRasterBand(file->dataset, band + 1);
    if (GDALRasterIO(b, GF_Read, window[0], window[1], window[2], window[3], out, window[2], window[3],
                     (GDALDataType)rv__gdal_type(type), 0, 0) != CE_None)
        err = rv__gdal_fail(RV_ERR_IO, "cannot read pixels", file->path);
    rv__gdal_unhush();
    return err;
}

int rv__gtiff_read(rv__gtiff *file, float *out, int band, const int window[4])
{
    return read_as(file, out, band, window, RV__SAMPLE_F32);
}

int rv__gtiff_read_raw(rv__gtiff *file, void *out, int band, const int window[4])
{
    return read_as(file, out, band, window, rv__gtiff_sample(file));
}

int rv__gtiff_read_valid(rv__gtiff *file, uint8_t *out, const int window[4])
{
    int err = RV_OK;
    const int width = window[2], height = window[3];
    const size_t n = (size_t)width * (size_t)height;
    rv__gdal_hush();
    const GDALRasterBandH b = GDALGetRasterBand(file->dataset, 1);
    if (GDALGetMaskFlags(b) & GMF_ALL_VALID)
        memset(out, 1, n);
    else if (GDALRasterIO(GDALGetMaskBand(b), GF_Read, window[0], window[1], width, height, out, width, height,
                          GDT_Byte, 0, 0) != CE_None)
        err = rv__gdal_fail(RV_ERR_IO, "cannot read the mask", file->path);
    else
        for (size_t i = 0; i < n; i++)
            out[i] = out[i] != 0;
    rv__gdal_unhush();
    return err;
}

void rv__gdal_versions(char *out, size_t size)
{
    snprintf(out, size, "GDAL %s, PROJ %s, GEOS %s", GDALVersionInfo("RELEASE_NAME"), rv__proj_version(),
             rv__geos_version());
}

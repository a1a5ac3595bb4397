/* SPDX-License-Identifier: Apache-2.0 */
/* What the writers of GeoTIFF share: the grid, the mask, and how a file appears under its name. */
#include "raster/gdal_out.h"

#include "base/error.h"
#include "base/str.h"
#include "raster/gdal_start.h"

#include <gdal.h>
#include <ogr_srs_api.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { MASK_CHUNK = 1 << 16 };

int rv__gdal_type(rv__sample sample)
{
    static const GDALDataType types[] = { GDT_Byte, GDT_UInt16, GDT_Int16, GDT_Float32 };
    return (int)types[sample];
}

static int set_crs(GDALDatasetH dataset, const char *crs)
{
    const OGRSpatialReferenceH srs = OSRNewSpatialReference(NULL);
    int err = RV_OK;
    if (!srs)
        return rv__fail(RV_ERR_NOMEM, "out of memory for a coordinate reference system");
    if (OSRSetFromUserInput(srs, crs) != OGRERR_NONE)
        err = rv__gdal_fail(RV_ERR_FORMAT, "coordinate reference system cannot be read", NULL);
    else {
        OSRSetAxisMappingStrategy(srs, OAMS_TRADITIONAL_GIS_ORDER);
        if (GDALSetSpatialRef(dataset, srs) != CE_None)
            err = rv__gdal_fail(RV_ERR_IO, "cannot write the coordinate reference system", NULL);
    }
    OSRDestroySpatialReference(srs);
    return err;
}

int rv__gdal_set_grid(void *dataset, const rv_grid *grid)
{
    int err;
    if (grid->gsd_m > 0) {
        char text[32];
        rv__number_text(text, grid->gsd_m);
        GDALSetMetadataItem(dataset, "GSD_M", text, NULL);
    }
    if (!grid->crs[0])
        return RV_OK;
    if ((err = set_crs(dataset, grid->crs)) < 0)
        return err;
    double gt[6];
    memcpy(gt, grid->gt, sizeof gt);
    if (GDALSetGeoTransform(dataset, gt) != CE_None)
        return rv__gdal_fail(RV_ERR_IO, "cannot write the geotransform", NULL);
    return RV_OK;
}

int rv__publish(const char *from, const char *to)
{
    const int fd = open(from, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return rv__fail(RV_ERR_IO, "cannot open %s: %s", from, strerror(errno));
    const int synced = fsync(fd);
    const int reason = errno;
    close(fd);
    if (synced != 0)
        return rv__fail(RV_ERR_IO, "cannot store %s: %s", to, strerror(reason));
    if (rename(from, to) != 0)
        return rv__fail(RV_ERR_IO, "cannot rename to %s: %s", to, strerror(errno));
    return RV_OK;
}

int rv__temporary_name(char out[RV__FILE_NAME_MAX], const char *path, const char *suffix)
{
    const int n = snprintf(out, RV__FILE_NAME_MAX, "%s%s", path, suffix);
    if (n < 0 || n >= RV__FILE_NAME_MAX)
        return rv__fail(RV_ERR_REFUSED, "path of %zu bytes is too long, limit %d", strlen(path),
                        RV__FILE_NAME_MAX - 16);
    return RV_OK;
}

int rv__gdal_write_mask(void *mask, const uint8_t *valid, const int window[4])
{
    uint8_t row[MASK_CHUNK];
    const int width = window[2];
    for (int r = 0; r < window[3]; r++)
        for (int c = 0; c < width; c += MASK_CHUNK) {
            const int n = width - c < MASK_CHUNK ? width - c : MASK_CHUNK;
            const uint8_t *from = valid + (size_t)r * (size_t)width + (size_t)c;
            for (int i = 0; i < n; i++)
                row[i] = from[i] ? 255 : 0;
            if (GDALRasterIO(mask, GF_Write, window[0] + c, window[1] + r, n, 1, row, n, 1, GDT_Byte, 0, 0) != CE_None)
                return rv__gdal_fail(RV_ERR_IO, "cannot write the mask", NULL);
        }
    return RV_OK;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* GeoTIFF out. A working copy is written twice: rows go to an uncompressed file of strips as they come, then the COG
 * driver turns it into a Cloud-Optimized GeoTIFF (a COG wants its overviews before its pixels, so it cannot be streamed).
 * ZSTD at level 1 with predictor: on a 2048^2 x 4 uint16 scene .6 s and 2 % larger than DEFLATE at its default, which took
 * 1.8 s. Nothing in the file depends on the clock; the strips are written in order, and the compressors have one thread. */
#include "raster/gdal_write.h"

#include "base/error.h"
#include "base/mem.h"
#include "raster/gdal_out.h"
#include "raster/gdal_start.h"

#include <cpl_conv.h>
#include <cpl_string.h>
#include <gdal.h>

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

typedef enum storage { KIND_COG, KIND_STRIPS, KIND_PLAIN } storage; /* of the last two rows_path is the file itself */

struct rv__cog {
    GDALDatasetH dataset;
    GDALRasterBandH mask;
    GDALDataType type;
    size_t item;
    int width, bands;
    storage kind;
    char path[RV__FILE_NAME_MAX], rows_path[RV__FILE_NAME_MAX], cog_path[RV__FILE_NAME_MAX];
};

typedef struct layer {
    const void *pixels;
    const uint8_t *valid; /* may be NULL */
    GDALDataType type;
    int bands, nodata; /* nodata below 0: none */
} layer;

static int write_bands(rv__cog *cog, const void *samples, int row0, int n_rows)
{
    const size_t plane = (size_t)cog->width * (size_t)n_rows * cog->item;
    for (int b = 0; b < cog->bands; b++) {
        /* GDALRasterIO takes void * for both directions; it does not write to it here. */
        char *from = (char *)(uintptr_t)samples + (size_t)b * plane;
        if (GDALRasterIO(GDALGetRasterBand(cog->dataset, b + 1), GF_Write, 0, row0, cog->width, n_rows, from,
                         cog->width, n_rows, cog->type, 0, 0) != CE_None)
            return rv__gdal_fail(RV_ERR_IO, "cannot write pixels", cog->path);
    }
    return RV_OK;
}

/* Whole strips past GDAL's block cache: it would copy each once more, and give and take memory for it. */
static int write_strips(rv__cog *cog, const float *samples, int row0, int n_rows)
{
    const size_t width = (size_t)cog->width, plane = width * (size_t)n_rows;
    assert(row0 % RV__STRIP_ROWS == 0);
    for (int b = 0; b < cog->bands; b++)
        for (int row = 0; row < n_rows; row += RV__STRIP_ROWS) {
            void *from = (void *)(uintptr_t)(samples + (size_t)b * plane + (size_t)row * width);
            if (GDALWriteBlock(GDALGetRasterBand(cog->dataset, b + 1), 0, (row0 + row) / RV__STRIP_ROWS, from) !=
                CE_None)
                return rv__gdal_fail(RV_ERR_IO, "cannot write pixels", cog->path);
        }
    return RV_OK;
}

static int create_rows(rv__cog *cog, const rv_grid *grid)
{
    const char *const options[] = { "INTERLEAVE=BAND",
                                    "BLOCKYSIZE=32", /* RV__STRIP_ROWS */
                                    "BIGTIFF=IF_SAFER",
                                    "PHOTOMETRIC=MINISBLACK",
                                    "ALPHA=NO",
                                    cog->kind == KIND_STRIPS ? "COMPRESS=ZSTD" : NULL,
                                    "ZSTD_LEVEL=1",
                                    cog->type == GDT_Float32 ? "PREDICTOR=3" : "PREDICTOR=2",
                                    NULL };
    int err;
    cog->dataset = GDALCreate(GDALGetDriverByName("GTiff"), cog->rows_path, grid->width, grid->height, cog->bands,
                              cog->type, (char **)(uintptr_t)options);
    if (!cog->dataset)
        return rv__gdal_fail(RV_ERR_IO, "cannot create a working copy", cog->path);
    if ((err = rv__gdal_set_grid(cog->dataset, grid)) < 0 || cog->kind != KIND_COG)
        return err;
    if (GDALCreateDatasetMaskBand(cog->dataset, GMF_PER_DATASET) != CE_None)
        return rv__gdal_fail(RV_ERR_IO, "cannot create a mask", cog->path);
    cog->mask = GDALGetMaskBand(GDALGetRasterBand(cog->dataset, 1));
    return RV_OK;
}

static int copy_to_cog(const rv__cog *cog)
{
    const char *const options[] = { "COMPRESS=ZSTD",      "LEVEL=1",          "PREDICTOR=YES", "BLOCKSIZE=512",
                                    "RESAMPLING=AVERAGE", "BIGTIFF=IF_SAFER", "NUM_THREADS=1", NULL };
    const char *const drivers[] = { "GTiff", NULL };
    int err = RV_OK;
    const GDALDatasetH rows = GDALOpenEx(cog->rows_path, GDAL_OF_RASTER | GDAL_OF_READONLY, drivers, NULL, NULL);
    if (!rows)
        return rv__gdal_fail(RV_ERR_IO, "cannot read back a working copy", cog->path);
    const GDALDatasetH copy =
        GDALCreateCopy(GDALGetDriverByName("COG"), cog->cog_path, rows, FALSE, (char **)(uintptr_t)options, NULL, NULL);
    if (!copy)
        err = rv__gdal_fail(RV_ERR_IO, "cannot write a working copy", cog->path);
    else
        GDALClose(copy);
    GDALClose(rows);
    return err;
}

static void free_cog(rv__cog *cog)
{
    rv__gdal_hush();
    if (cog->dataset)
        GDALClose(cog->dataset);
    rv__gdal_unhush();
    unlink(cog->rows_path);
    unlink(cog->cog_path);
    rv__free(cog);
}

/* Storage in a tiled, compressed GeoTIFF; a layer is small enough to need no overviews. */
static int fill_layer(GDALDatasetH dataset, const rv_grid *grid, const layer *l)
{
    int err;
    if ((err = rv__gdal_set_grid(dataset, grid)) < 0)
        return err;
    if (l->nodata >= 0)
        GDALSetRasterNoDataValue(GDALGetRasterBand(dataset, 1), l->nodata);
    if (l->valid && GDALCreateDatasetMaskBand(dataset, GMF_PER_DATASET) != CE_None)
        return rv__gdal_fail(RV_ERR_IO, "cannot create a mask", NULL);
    if (GDALDatasetRasterIO(dataset, GF_Write, 0, 0, grid->width, grid->height, (void *)(uintptr_t)l->pixels,
                            grid->width, grid->height, l->type, l->bands, NULL, 0, 0, 0) != CE_None)
        return rv__gdal_fail(RV_ERR_IO, "cannot write a layer", NULL);
    if (!l->valid)
        return RV_OK;
    return rv__gdal_write_mask(GDALGetMaskBand(GDALGetRasterBand(dataset, 1)), l->valid,
                               (const int[4]){ 0, 0, grid->width, grid->height });
}

static int write_layer(const char *path, const rv_grid *grid, const layer *l)
{
    const char *const options[] = {
        "TILED=YES", "COMPRESS=DEFLATE", "INTERLEAVE=BAND", "BIGTIFF=IF_SAFER", "PHOTOMETRIC=MINISBLACK", "ALPHA=NO",
        NULL
    };
    char temporary[RV__FILE_NAME_MAX];
    int err;
    if ((err = rv__temporary_name(temporary, path, ".part")) < 0)
        return err;
    const GDALDatasetH dataset = GDALCreate(GDALGetDriverByName("GTiff"), temporary, grid->width, grid->height,
                                            l->bands, l->type, (char **)(uintptr_t)options);
    if (!dataset)
        return rv__gdal_fail(RV_ERR_IO, "cannot create a layer", path);
    err = fill_layer(dataset, grid, l);
    if (err == RV_OK)
        CPLErrorReset();
    GDALClose(dataset); /* flushes, and tells of a failure by the error state alone */
    if (err == RV_OK && CPLGetLastErrorType() >= CE_Failure)
        err = rv__gdal_fail(RV_ERR_IO, "cannot write a layer", path);
    if (err < 0 || (err = rv__publish(temporary, path)) < 0)
        unlink(temporary);
    return err;
}

static int begin(rv__cog **out, const char *path, const rv_grid *grid, int bands, rv__sample sample, storage kind)
{
    assert(bands >= 1 && grid->width >= 1 && grid->height >= 1);
    int err;
    rv__gdal_start();
    rv__cog *cog = rv__alloc(1, sizeof *cog);
    if (!cog)
        return RV_ERR_NOMEM;
    cog->width = grid->width;
    cog->bands = bands;
    cog->kind = kind;
    cog->type = (GDALDataType)rv__gdal_type(sample);
    cog->item = rv__sample_size(sample);
    snprintf(cog->path, sizeof cog->path, "%s", path);
    if ((err = rv__temporary_name(cog->rows_path, path, ".rows")) < 0 ||
        (err = rv__temporary_name(cog->cog_path, path, ".part")) < 0) {
        rv__free(cog);
        return err;
    }
    rv__gdal_hush();
    err = create_rows(cog, grid);
    rv__gdal_unhush();
    if (err < 0) {
        free_cog(cog);
        return err;
    }
    *out = cog;
    return RV_OK;
}

int rv__cog_begin(rv__cog **out, const char *path, const rv_grid *grid, int bands, rv__sample sample)
{
    return begin(out, path, grid, bands, sample, KIND_COG);
}

int rv__strips_begin(rv__cog **out, const char *path, const rv_grid *grid, int bands, rv__sample sample)
{
    return begin(out, path, grid, bands, sample, KIND_STRIPS);
}

int rv__plain_begin(rv__cog **out, const char *path, const rv_grid *grid, const char *const *names, int bands)
{
    rv__cog *cog;
    const int err = begin(&cog, path, grid, bands, RV__SAMPLE_F32, KIND_PLAIN);
    if (err < 0)
        return err;
    for (int b = 0; b < bands; b++) {
        const GDALRasterBandH band = GDALGetRasterBand(cog->dataset, b + 1);
        GDALSetDescription(band, names[b]);
        GDALSetRasterNoDataValue(band, NAN);
    }
    *out = cog;
    return RV_OK;
}

int rv__cog_rows(rv__cog *cog, const void *samples, const uint8_t *valid, int row0, int n_rows)
{
    int err;
    rv__gdal_hush();
    err = cog->kind == KIND_PLAIN ? write_strips(cog, samples, row0, n_rows) : write_bands(cog, samples, row0, n_rows);
    if (err == RV_OK && cog->kind == KIND_COG)
        err = rv__gdal_write_mask(cog->mask, valid, (const int[4]){ 0, row0, cog->width, n_rows });
    rv__gdal_unhush();
    return err;
}

int rv__cog_mask(rv__cog *cog, const uint8_t *valid, int row0, int n_rows)
{
    rv__gdal_hush();
    const int err = rv__gdal_write_mask(cog->mask, valid, (const int[4]){ 0, row0, cog->width, n_rows });
    rv__gdal_unhush();
    return err;
}

int rv__cog_finish(rv__cog *cog)
{
    int err = RV_OK;
    rv__gdal_hush();
    GDALClose(cog->dataset);
    cog->dataset = NULL;
    if (CPLGetLastErrorType() >= CE_Failure) /* GDALClose flushes and returns nothing */
        err = rv__gdal_fail(RV_ERR_IO, "cannot write a working copy", cog->path);
    if (err == RV_OK && cog->kind == KIND_COG)
        err = copy_to_cog(cog);
    if (err == RV_OK)
        err = rv__publish(cog->kind == KIND_COG ? cog->cog_path : cog->rows_path, cog->path);
    rv__gdal_unhush();
    free_cog(cog);
    return err;
}

void rv__cog_abandon(rv__cog *cog)
{
    if (cog)
        free_cog(cog);
}

int rv__layers_write_u8(const char *path, const rv_grid *grid, const uint8_t *pixels, int bands, int nodata)
{
    rv__gdal_start();
    rv__gdal_hush();
    const int err = write_layer(path, grid, &(layer){ pixels, NULL, GDT_Byte, bands, nodata });
    rv__gdal_unhush();
    return err;
}

int rv__layer_write_u8(const char *path, const rv_grid *grid, const uint8_t *pixels, int nodata)
{
    return rv__layers_write_u8(path, grid, pixels, 1, nodata);
}

int rv__layer_write_f32(const char *path, const rv_grid *grid, const float *pixels, const uint8_t *valid, int bands)
{
    rv__gdal_start();
    rv__gdal_hush();
    const int err = write_layer(path, grid, &(layer){ pixels, valid, GDT_Float32, bands, -1 });
    rv__gdal_unhush();
    return err;
}

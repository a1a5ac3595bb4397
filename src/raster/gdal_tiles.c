/* SPDX-License-Identifier: Apache-2.0 */
/* GeoTIFF by tiles. Whole tiles go to the driver's own writer: through the block cache each sample would be copied twice
 * more. */
#include "raster/gdal_tiles.h"

#include "base/error.h"
#include "base/mem.h"
#include "raster/gdal_out.h"
#include "raster/gdal_start.h"

#include <cpl_conv.h>
#include <cpl_error.h>
#include <gdal.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct rv__tiles {
    GDALDatasetH dataset;
    GDALRasterBandH mask;
    uint8_t *shown; /* of one tile, 255 or 0 */
    bool all_shown;
    int width, height, bands;
    size_t item;
    char path[RV__FILE_NAME_MAX], part[RV__FILE_NAME_MAX];
};

static int create(rv__tiles *t, const rv_grid *grid, const rv__tiles_form *form)
{
    const bool plain = strcmp(form->compress, "NONE") == 0;
    char side[2][32], compress[32];
    snprintf(compress, sizeof compress, "COMPRESS=%s", form->compress);
    for (int i = 0; i < 2; i++)
        snprintf(side[i], sizeof side[i], "BLOCK%cSIZE=%d", i ? 'Y' : 'X', RV__TILE_PX);
    const char *const options[] = { side[0],
                                    side[1],
                                    "TILED=YES",
                                    "INTERLEAVE=BAND",
                                    "BIGTIFF=IF_SAFER",
                                    "PHOTOMETRIC=MINISBLACK",
                                    "ALPHA=NO",
                                    plain ? NULL : compress,
                                    "ZSTD_LEVEL=1",
                                    "ZLEVEL=3",
                                    form->sample == RV__SAMPLE_F32 ? "PREDICTOR=3" : "PREDICTOR=2",
                                    NULL };
    t->dataset = GDALCreate(GDALGetDriverByName("GTiff"), t->part, grid->width, grid->height, form->bands,
                            (GDALDataType)rv__gdal_type(form->sample), (char **)(uintptr_t)options);
    if (!t->dataset)
        return rv__gdal_fail(RV_ERR_IO, "cannot create an image", t->path);
    for (int b = 0; b < form->bands; b++) {
        const GDALRasterBandH band = GDALGetRasterBand(t->dataset, b + 1);
        const char role[2] = { form->roles ? form->roles[b] : '\0', '\0' };
        if (role[0])
            GDALSetDescription(band, role);
        if (form->scale < 1 || form->scale > 1 || form->offset < 0 || form->offset > 0) {
            GDALSetRasterScale(band, form->scale);
            GDALSetRasterOffset(band, form->offset);
        }
    }
    if (GDALCreateDatasetMaskBand(t->dataset, GMF_PER_DATASET) != CE_None)
        return rv__gdal_fail(RV_ERR_IO, "cannot create a mask", t->path);
    t->mask = GDALGetMaskBand(GDALGetRasterBand(t->dataset, 1));
    return rv__gdal_set_grid(t->dataset, grid);
}

static void free_tiles(rv__tiles *t)
{
    rv__gdal_hush();
    if (t->dataset)
        GDALClose(t->dataset);
    rv__gdal_unhush();
    unlink(t->part);
    rv__free(t->shown);
    rv__free(t);
}

int rv__tiles_begin(rv__tiles **out, const char *path, const rv_grid *grid, const rv__tiles_form *form)
{
    int err;
    rv__gdal_start();
    rv__tiles *t = rv__alloc(1, sizeof *t);
    if (!t)
        return RV_ERR_NOMEM;
    t->width = grid->width;
    t->height = grid->height;
    t->bands = form->bands;
    t->item = rv__sample_size(form->sample);
    snprintf(t->path, sizeof t->path, "%s", path);
    if ((err = rv__temporary_name(t->part, path, ".part")) < 0)
        goto fail;
    if (!(t->shown = rv__alloc((size_t)RV__TILE_PX * RV__TILE_PX, 1))) {
        err = RV_ERR_NOMEM;
        goto fail;
    }
    rv__gdal_hush();
    err = create(t, grid, form);
    rv__gdal_unhush();
    if (err < 0)
        goto fail;
    *out = t;
    return RV_OK;
fail:
    free_tiles(t);
    return err;
}

/* Most tiles are valid throughout, as the one before was. */
static void show(rv__tiles *t, const uint8_t *valid)
{
    const size_t n = (size_t)RV__TILE_PX * RV__TILE_PX;
    const bool all = !memchr(valid, 0, n);
    if (all && !t->all_shown)
        memset(t->shown, 255, n);
    for (size_t i = 0; !all && i < n; i++)
        t->shown[i] = valid[i] ? 255 : 0;
    t->all_shown = all;
}

int rv__tiles_put(rv__tiles *t, const int at[2], const void *samples, const uint8_t *valid)
{
    const size_t plane = (size_t)RV__TILE_PX * RV__TILE_PX * t->item;
    const int col0 = at[0] * RV__TILE_PX, row0 = at[1] * RV__TILE_PX;
    const int cols = t->width - col0 < RV__TILE_PX ? t->width - col0 : RV__TILE_PX;
    const int rows = t->height - row0 < RV__TILE_PX ? t->height - row0 : RV__TILE_PX;
    int err = RV_OK;
    show(t, valid);
    rv__gdal_hush();
    for (int b = 0; b < t->bands && err == RV_OK; b++) {
        char *from = (char *)(uintptr_t)samples + (size_t)b * plane; /* GDAL does not write to it here */
        if (GDALWriteBlock(GDALGetRasterBand(t->dataset, b + 1), at[0], at[1], from) != CE_None)
            err = rv__gdal_fail(RV_ERR_IO, "cannot write pixels", t->path);
    }
    if (err == RV_OK && GDALRasterIO(t->mask, GF_Write, col0, row0, cols, rows, t->shown, cols, rows, GDT_Byte, 1,
                                     RV__TILE_PX) != CE_None)
        err = rv__gdal_fail(RV_ERR_IO, "cannot write the mask", t->path);
    rv__gdal_unhush();
    return err;
}

int rv__tiles_finish(rv__tiles *t)
{
    rv__gdal_hush();
    int err = RV_OK;
    GDALClose(t->dataset); /* flushes, and tells of a failure by the error state alone */
    t->dataset = NULL;
    if (CPLGetLastErrorType() >= CE_Failure)
        err = rv__gdal_fail(RV_ERR_IO, "cannot write an image", t->path);
    rv__gdal_unhush();
    if (err == RV_OK)
        err = rv__publish(t->part, t->path);
    free_tiles(t);
    return err;
}

void rv__tiles_abandon(rv__tiles *t)
{
    if (t)
        free_tiles(t);
}

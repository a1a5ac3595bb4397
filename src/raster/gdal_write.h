/* SPDX-License-Identifier: Apache-2.0 */
/* Write GeoTIFF: working copies as Cloud-Optimized GeoTIFF with an internal mask, and single layers. Files appear whole
 * (temporary name, then rename) and the same pixels give the same bytes. */
#ifndef RV_RASTER_GDAL_WRITE_H
#define RV_RASTER_GDAL_WRITE_H

#include <revisit/grid.h>

#include "raster/samples.h"

/** A file under construction: rows in order, then close. */
typedef struct rv__cog rv__cog;
int rv__cog_begin(rv__cog **out, const char *path, const rv_grid *grid, int bands, rv__sample sample);
/** The same for a plain GeoTIFF of compressed strips: no mask, no overviews, written once. valid may be NULL. */
int rv__strips_begin(rv__cog **out, const char *path, const rv_grid *grid, int bands, rv__sample sample);
enum { RV__STRIP_ROWS = 32 };
/**
 * The same for named bands of floats, not compressed, with no-data value NAN: noise does not shrink, and writing it is
 * quick. Rows come in whole strips but for the last, and RV__STRIP_ROWS rows beyond them must be readable.
 */
int rv__plain_begin(rv__cog **out, const char *path, const rv_grid *grid, const char *const *names, int bands);
/** rows of all bands: samples of the given type, band after band (bands * n_rows * width), and n_rows * width mask bytes 1/0. */
int rv__cog_rows(rv__cog *cog, const void *samples, const uint8_t *valid, int row0, int n_rows);
/** Replace the mask of rows that were written before: what is no data may show only once the whole picture is known. */
int rv__cog_mask(rv__cog *cog, const uint8_t *valid, int row0, int n_rows);
int rv__cog_finish(rv__cog *cog);   /* writes and frees */
void rv__cog_abandon(rv__cog *cog); /* frees, leaves no file */

/** A whole one-band byte layer (masks). */
int rv__layer_write_u8(const char *path, const rv_grid *grid, const uint8_t *pixels, int nodata);
/** Several of them in one file, band after band. */
int rv__layers_write_u8(const char *path, const rv_grid *grid, const uint8_t *pixels, int bands, int nodata);
/** A whole float layer; nodata NAN not used: validity by internal mask, valid may be NULL. */
int rv__layer_write_f32(const char *path, const rv_grid *grid, const float *pixels, const uint8_t *valid, int bands);

#endif

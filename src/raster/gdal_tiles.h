/* SPDX-License-Identifier: Apache-2.0 */
/* A GeoTIFF written tile by tile, in any order, with an internal mask. */
#ifndef RV_RASTER_GDAL_TILES_H
#define RV_RASTER_GDAL_TILES_H

#include <revisit/grid.h>

#include "raster/samples.h"

enum { RV__TILE_PX = 512 };

typedef struct rv__tiles rv__tiles;

typedef struct rv__tiles_form {
    int bands;
    rv__sample sample;
    const char *compress; /* "NONE", "DEFLATE" or "ZSTD" */
    const char *roles;    /* one letter a band, kept as descriptions; may be NULL */
    double scale, offset; /* physical value = stored value * scale + offset; 1 and 0: not told */
} rv__tiles_form;

int rv__tiles_begin(rv__tiles **out, const char *path, const rv_grid *grid, const rv__tiles_form *form);

/**
 * One tile of RV__TILE_PX * RV__TILE_PX px: samples band after band, and validity. What reaches over the grid's edge is
 * padding.
 *
 * @param at column and row of tiles
 */
int rv__tiles_put(rv__tiles *tiles, const int at[2], const void *samples, const uint8_t *valid);

int rv__tiles_finish(rv__tiles *tiles);   /* writes and frees */
void rv__tiles_abandon(rv__tiles *tiles); /* frees, leaves no file */

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* The planes of a tile, and what of it lasts from date to date. */
#ifndef RV_SIMULATE_TILE_H
#define RV_SIMULATE_TILE_H

#include "raster/raster.h"
#include "simulate/draw.h"
#include "simulate/ground.h"
#include "simulate/solid.h"

/** One look of a date, made ready. */
typedef struct rv__look {
    const rv__sim_view *view;
    int date, number;
    float *light; /* on the relief's net; NULL where the place is flat */
    rv__psf psf;
} rv__look;

struct rv__batch {
    const rv__site *site;
    const rv__relief *relief;
    const rv__sensor *sensor;
    int first, n;
    rv__look *look;
    int n_looks, margin_px;
    float *normal; /* rv__normal_table */
};

/** A tile under work; its planes are kept for the next tile of the same worker. */
typedef struct rv__sim_tile {
    const rv__batch *b;
    rv__window inner, px; /* px: with the margin that sharpening wants */
    rv__cells cells;
    rv__ground *ground;
    rv__ground *other; /* of the place beside it, or NULL */
    float *share;      /* of other ground; NULL where there is none */
    float *canopy;     /* NULL where there are no trees */
    float *crowns;     /* the canopy of the date being drawn */
    float *light;      /* direct light against that on level ground */
    bool has_crowns;
    float *plane[RV__SIM_BANDS];                       /* of cells, by the site's bands; NULL = not recorded */
    float *pixel[RV__SIM_BANDS], *part[RV__SIM_BANDS]; /* of px, by the sensor's bands */
    float *snow;                                       /* share of snow of each pixel */
    uint8_t *pick;                                     /* number of the look of each pixel */
    rv__solids solids;
    float *memory;
    size_t n_memory;
} rv__sim_tile;

/** Window grown on all sides, also over the image's edge. */
rv__window rv__window_around(rv__window w, int cols, int rows);

int rv__sim_tile_begin(rv__sim_tile *tile, const rv__batch *batch, rv__window inner);
void rv__sim_tile_end(rv__sim_tile *tile);     /* the next may begin */
void rv__sim_tile_release(rv__sim_tile *tile); /* frees all */

#endif

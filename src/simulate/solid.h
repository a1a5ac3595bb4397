/* SPDX-License-Identifier: Apache-2.0 */
/* Buildings and other bodies of a view: what they cover, what they shade. */
#ifndef RV_SIMULATE_SOLID_H
#define RV_SIMULATE_SOLID_H

#include "raster/raster.h"
#include "simulate/noise.h"
#include "simulate/site.h"

enum { RV__SOLID_SCRATCH = 3 };

/** Planes of a tile's cells. */
typedef struct rv__solids {
    const rv__cells *cells;
    const float *grain;           /* lasting texture, for roofs */
    float *alpha;                 /* share of a cell that bodies cover */
    float *shade;                 /* share that is ground in their shadow */
    float *colour[RV__SIM_BANDS]; /* light from the bodies, times alpha; NULL = not wanted */
    float *scratch[RV__SOLID_SCRATCH];
} rv__solids;

/** Share of the light left in shadow, by band. */
extern const double rv__diffuse[RV__SIM_BANDS];

/**
 * Draw all bodies of a date.
 *
 * @param window  cells that they may have touched: there the planes are made anew, elsewhere they are left as they were
 */
int rv__solids_draw(rv__solids *s, rv__window *window, const rv__site *site, int date, const rv__sim_view *view);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Bare ground: fields, soil, wood, roads, yards and works, without buildings or shadow. What does not change from date to
 * date is found once a tile. */
#ifndef RV_SIMULATE_GROUND_H
#define RV_SIMULATE_GROUND_H

#include "simulate/noise.h"
#include "simulate/site.h"

/** Cells of a tile and all about them that lasts. */
typedef struct rv__ground rv__ground;

int rv__ground_new(rv__ground **out, const rv__site *site, const rv__cells *cells);
void rv__ground_free(rv__ground *ground);
size_t rv__ground_cells(const rv__ground *ground); /* how many */
/** The lasting grain, mean 0 and sd 1. Borrowed. */
const float *rv__ground_grain(const rv__ground *ground);

/** Share of the open ground under snow on a net of cells, roads and roofs apart. */
int rv__ground_snow(float *out, const rv__site *site, int date, const rv__cells *cells);

/** Reflectance of the bands asked for (a plane each of cells->h * cells->w, NULL = not wanted) at a time. */
int rv__ground_draw(float *const plane[RV__SIM_BANDS], rv__ground *ground, int date, double t);

#endif

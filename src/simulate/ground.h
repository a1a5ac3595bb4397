/* SPDX-License-Identifier: Apache-2.0 */
/* Bare ground of a date: fields, soil, wood, roads, yards and works, without buildings or shadow. */
#ifndef RV_SIMULATE_GROUND_H
#define RV_SIMULATE_GROUND_H

#include "simulate/noise.h"
#include "simulate/site.h"

/** Reflectance of RV__SIM_BANDS planes of cells->h * cells->w. */
int rv__ground_draw(float *const *plane, const rv__site *site, int date, const rv__cells *cells);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* A smooth field that takes a scene nearer to the series than one line can: haze that varies over it. */
#ifndef RV_NORMALISE_HAZE_H
#define RV_NORMALISE_HAZE_H

#include <stdbool.h>
#include <stddef.h>

#include "model/haze.h"

/** Pairs of a scene's band: what is missing to the target at places of the grid. */
typedef struct rv__haze_pairs {
    const float *col, *row, *missing; /* n; pixel centres */
    size_t n;
    int width, height; /* px of the grid */
    double knot_px;    /* least distance of knots */
} rv__haze_pairs;

/**
 * Fit a field. out has no knots (RV_OK) where blocks that were held out say that it does not help, or the grid is smaller than
 * the distance of two knots.
 *
 * @return RV_OK or RV_ERR_NOMEM
 */
int rv__haze_fit(rv__haze *out, const rv__haze_pairs *pairs);

#endif

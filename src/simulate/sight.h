/* SPDX-License-Identifier: Apache-2.0 */
/* Where pixels look: shift, turn, scale, smooth field, parallax of an imperfect elevation model, jitter of rows. */
#ifndef RV_SIMULATE_SIGHT_H
#define RV_SIMULATE_SIGHT_H

#include "raster/raster.h"
#include "simulate/site.h"

/** Places in px of the reference frame at which the pixels of a window of the frame look: window.height * window.width. */
typedef struct rv__sights {
    rv__window window; /* may reach over the image */
    float *x, *y;
} rv__sights;

int rv__sights_make(rv__sights *out, const rv__site *site, int date, const rv__sim_view *view, rv__window window);
void rv__sights_release(rv__sights *sights);

/** Displacement of the ground at the reference's pixel centres: two planes, seen at p + d. */
int rv__displacement(float *dx, float *dy, const rv__site *site, int date, const rv__sim_view *view, rv__window window);

/** The largest displacement that a view may have, px. */
double rv__sight_reach_px(const rv__site *site, const rv__sim_view *view);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Between ground and sensor: clouds, their shadows, haze. */
#ifndef RV_SIMULATE_AIR_H
#define RV_SIMULATE_AIR_H

#include "raster/raster.h"
#include "simulate/site.h"

/** What the air does to each pixel of a window. */
typedef struct rv__air {
    float *alpha;  /* share of the light that comes from cloud */
    float *shadow; /* share of the direct light that a cloud keeps off */
    float *haze;   /* share of the light that comes from haze */
} rv__air;

int rv__air_make(rv__air *out, const rv__site *site, int date, const rv__sim_view *view, rv__window window);
void rv__air_release(rv__air *air);
/** Light of a band through the air, in place. */
void rv__air_pass(float *plane, const rv__air *air, size_t n, int band);

/** Share of the picture under cloud, from a net of 48 x 48 places. */
double rv__air_cloud_share(const rv__site *site, int date);
/** Whether cloud or its shadow lies over a place, metres. */
bool rv__air_hides(const rv__site *site, int date, double x, double y);

#endif

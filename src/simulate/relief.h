/* SPDX-License-Identifier: Apache-2.0 */
/* Hills and trees of the whole place: their heights, and the light of a view on them. */
#ifndef RV_SIMULATE_RELIEF_H
#define RV_SIMULATE_RELIEF_H

#include "simulate/noise.h"
#include "simulate/site.h"

typedef struct rv__relief {
    rv__cells net; /* of the whole place with a margin */
    float *ground; /* heights without trees; NULL where the place is flat and bare */
    float *canopy; /* height of the trees above it */
} rv__relief;

int rv__relief_make(rv__relief *out, const rv__site *site);
void rv__relief_release(rv__relief *relief);

/** Direct light on every sample against that on level ground, shadows of hills and trees in it: net.w * net.h. */
int rv__relief_light(float *out, const rv__relief *relief, const rv__sim_view *view);

/** A plane of the relief's net on the cells of a tile, by linear interpolation. */
int rv__relief_sample(float *out, const rv__relief *relief, const float *plane, const rv__cells *cells);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Made-up roofs laid into the channels of a tile's scenes, to see which of them would be found. */
#ifndef RV_DETECT_PLANT_H
#define RV_DETECT_PLANT_H

#include "detect/views.h"

typedef struct rv__plant {
    double col, row;              /* middle, px of the stack's grid */
    double half[2], angle;        /* half length and width in px, radians */
    int kind, first;              /* rv_kind; scene from which on it stands */
    float contrast[RV__CHANNELS]; /* to the ground around it, noise units */
    bool seen;
} rv__plant;

typedef struct rv__plants {
    rv__plant *v;
    size_t n, cap;
} rv__plants;

/** Four corners, counter-clockwise in px. */
void rv__plant_corners(rv_point p[4], const rv__plant *plant);

/** Lay all plants that meet the window into its scenes. */
int rv__plants_lay(rv__views *views, const rv__plants *plants, const rv__scale *scale);

#endif

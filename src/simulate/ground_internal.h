/* SPDX-License-Identifier: Apache-2.0 */
/* What of a tile's ground lasts: ground.c finds it, paint.c draws dates with it. */
#ifndef RV_SIMULATE_GROUND_INTERNAL_H
#define RV_SIMULATE_GROUND_INTERNAL_H

#include "base/vec.h"
#include "simulate/ground.h"

enum { RV__LAYER_PATCH, RV__LAYER_MIDDLE, RV__LAYER_GRAIN, RV__LAYER_WILD, RV__LAYERS };
typedef enum rv__overlay_kind { RV__OVER_EDGE, RV__OVER_ROAD, RV__OVER_PATCH, RV__OVER_YARD } rv__overlay_kind;

typedef struct rv__entry {
    uint32_t cell;
    float inside_m, along_m; /* distance inside the rim at full size; along a road */
} rv__entry;

typedef struct rv__overlay {
    rv__overlay_kind kind;
    int index;
    rv__entry *v;
    size_t n, cap;
} rv__overlay;

typedef struct rv__span {
    uint32_t begin, end; /* cells of one row in one parcel */
    uint16_t parcel;
} rv__span;

struct rv__ground {
    const rv__site *site;
    rv__cells cells;
    float *layer[RV__LAYERS];
    float *tone, *green; /* lasting parts of the brightness and of the share of green */
    float *now;          /* texture of the date being drawn */
    RV__VEC(rv__span) span;
    rv__overlay *over;
    size_t n_over;
};

/** Noise of a lasting layer. */
rv__fbm rv__ground_layer(const rv__site *site, int layer);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* What could be snow in the values as the scene has them: brighter by far than the bare ground, and of no colour. */
#ifndef RV_NORMALISE_WHITE_H
#define RV_NORMALISE_WHITE_H

#include <revisit/stack.h>

#include <stdbool.h>

#include "raster/raster.h"

/** One window of one date, width * height each. */
typedef struct rv__white {
    float *blue;    /* shortest visible band without gain and offset; at least 1e-6 */
    float *visible; /* mean of the visible bands, likewise; NULL = not asked for */
    uint8_t *grey;  /* RV__WHITE_... */
    uint8_t *inside;
} rv__white;

enum {
    RV__WHITE_FLAT = 1, /* as bright in all bands, as snow in the sun is */
    RV__WHITE_COLD = 2  /* no band brighter than blue by much, as snow in shadow is too */
};

/** Whether the bands of a stack tell white from coloured: blue or green, and red. */
bool rv__white_known(const rv_stack *stack);

int rv__white_read(const rv__white *out, const rv_stack *stack, size_t t, rv__window window);

/** How much brighter than bare ground snow is at least; pictures of 8 bits are stored as about the root of the light. */
float rv__white_least(const rv_stack *stack, size_t t);

#endif

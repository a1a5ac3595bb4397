/* SPDX-License-Identifier: Apache-2.0 */
/* One tile of all scenes, each described by few channels that mean the same for every sensor. */
#ifndef RV_DETECT_VIEWS_H
#define RV_DETECT_VIEWS_H

#include "detect/scale.h"

typedef struct rv__views {
    rv__window window; /* on the stack's grid, halo included */
    size_t w, h, n;
    int channels;
    float *plane;      /* plane[((t * channels + k) * h + row) * w + col] */
    uint8_t *clear;    /* clear[(t * h + row) * w + col]: 1 where the ground is seen */
    uint8_t *inside;   /* the same, 1 where there are pixels at all */
    uint8_t *evidence; /* the same, codes of evidence.h; NULL without evidence */
} rv__views;

/** Read a window of all scenes, scenes in parallel. */
int rv__views_read(rv__views *out, const rv_stack *stack, const rv__scale *scale, rv__window window);
void rv__views_release(rv__views *views);
float *rv__views_plane(const rv__views *views, size_t t, int channel);

/** Mean visible light of a window of scene t, without logarithm; 0 where not clear. For the first pass. */
int rv__views_light(float *out, const rv_stack *stack, size_t t, rv__window window);

#endif

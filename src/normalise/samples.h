/* SPDX-License-Identifier: Apache-2.0 */
/* A thin, regular net of pixels of every scene of a stack. */
#ifndef RV_NORMALISE_SAMPLES_H
#define RV_NORMALISE_SAMPLES_H

#include <revisit/stack.h>

typedef struct rv__samples {
    size_t dates, bands, n; /* n places, the same in every scene */
    int width, height;      /* px of the grid */
    int step, cols;         /* place i is pixel (i % cols * step, i / cols * step) */
    float *value;           /* dates * bands * n */
    uint8_t *inside;        /* dates * n: 1 where the scene has a pixel that no mask denies */
} rv__samples;

/** Every k-th pixel of every k-th row, k the smallest step with at most max_n places. Release with rv__samples_release. */
int rv__samples_read(rv__samples *out, const rv_stack *stack, size_t max_n);
void rv__samples_release(rv__samples *samples);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Interpolation kernels on one axis: which samples, and what each weighs. */
#ifndef RV_RASTER_TAPS_H
#define RV_RASTER_TAPS_H

#include <stddef.h>
#include <stdint.h>

#include "raster/resample.h"

enum { RV__TAPS_MAX = 6, RV__TAPS_ROW = 256, RV__LANES = 16, RV__TAPS_PITCH = RV__TAPS_ROW + RV__LANES };

/** One axis of a row of positions: where each kernel begins, what weighs what, and the nearest sample. */
typedef struct rv__taps {
    float weight[RV__TAPS_MAX][RV__TAPS_PITCH];
    int32_t first[RV__TAPS_PITCH], nearest[RV__TAPS_PITCH];
    int32_t
        inside[RV__TAPS_PITCH]; /* 1 where the nearest sample exists; elsewhere the position was brought to the edge */
    int32_t clear[RV__TAPS_PITCH]; /* 1 where all samples within half the kernel's width of the nearest one exist */
} rv__taps;

int rv__taps_count(rv__kernel kernel);

/** Taps at n <= RV__TAPS_ROW sample coordinates x, whole numbers at pixel centres, on size samples. */
void rv__taps_row(rv__taps *out, rv__kernel kernel, const double *x, size_t n, size_t size);

/** Index of sample i on n samples that mirror at the first and last one (dcb|abcd|cba). */
size_t rv__taps_mirror(ptrdiff_t i, size_t n);

/** Write the reach samples before and behind n samples by that rule. */
void rv__taps_mirror_ends(float *row, size_t n, size_t reach);

#endif

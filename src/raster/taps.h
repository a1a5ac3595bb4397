/* SPDX-License-Identifier: Apache-2.0 */
/* Interpolation kernels on one axis: which samples, and what each weighs. */
#ifndef RV_RASTER_TAPS_H
#define RV_RASTER_TAPS_H

#include <stddef.h>

#include "raster/resample.h"

enum { RV__TAPS_MAX = 6 };

/** One axis of one output pixel: where its kernel begins, what weighs what, and the nearest sample. */
typedef struct rv__taps {
    ptrdiff_t first, nearest;
    float weight[RV__TAPS_MAX];
} rv__taps;

int rv__taps_count(rv__kernel kernel);
/** Taps at sample coordinate x, whole numbers at pixel centres. */
void rv__taps_set(rv__taps *out, rv__kernel kernel, double x);
/** Index of sample i on n samples that mirror at the first and last one (dcb|abcd|cba). */
size_t rv__taps_mirror(ptrdiff_t i, size_t n);

#endif

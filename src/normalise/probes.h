/* SPDX-License-Identifier: Apache-2.0 */
/* Windows spread over the whole frame, at which a series is looked at before its single pixels are judged. */
#ifndef RV_NORMALISE_PROBES_H
#define RV_NORMALISE_PROBES_H

#include <revisit/stack.h>

#include "raster/raster.h"

enum { RV__PROBES_MAX = 48 };

typedef struct rv__probes {
    rv__window window[RV__PROBES_MAX];
    size_t start[RV__PROBES_MAX + 1]; /* first pixel of a window within a plane of n pixels */
    size_t windows, n, dates;
} rv__probes;

/** Place up to most windows, fewer (but some) where a quarter of the memory allowed holds fewer at so many bytes a pixel and date. */
void rv__probes_place(rv__probes *out, const rv_stack *stack, size_t most, size_t bytes_a_pixel);

/** @param v room for a value of each date */
typedef void (*rv__probe_fn)(size_t pixel, float *v, void *user);

/** Call for each of the n pixels, in parallel. */
int rv__probes_each(const rv__probes *probes, rv__probe_fn fn, void *user);

#endif

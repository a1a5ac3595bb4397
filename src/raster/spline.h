/* SPDX-License-Identifier: Apache-2.0 */
/* Samples to cubic B-spline coefficients. */
#ifndef RV_RASTER_SPLINE_H
#define RV_RASTER_SPLINE_H

#include <stddef.h>

#include "raster/samples.h"

/** Rows of samples, stride items apart, from item at on. */
typedef struct rv__rows {
    const void *v;
    rv__sample type;
    size_t at, stride;
} rv__rows;

/** Floats of scratch that a plane of width w takes. */
size_t rv__spline_scratch(size_t w);

/**
 * The coefficients of the cubic B-spline that passes through the samples of a plane of size w, h; the plane mirrors at its
 * first and last samples (dcb|abcd|cba without repeating them), and so must whoever evaluates the spline.
 *
 * @param out rows stride floats apart; not the same memory as in
 */
void rv__spline_coefficients(float *out, size_t stride, const rv__rows *in, const size_t size[2], float *scratch);

#endif

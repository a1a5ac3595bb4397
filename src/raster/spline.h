/* SPDX-License-Identifier: Apache-2.0 */
/* Samples to cubic B-spline coefficients. */
#ifndef RV_RASTER_SPLINE_H
#define RV_RASTER_SPLINE_H

#include <stddef.h>

/** Floats of scratch that a plane of width w takes. */
size_t rv__spline_scratch(size_t w);

/**
 * The coefficients of the cubic B-spline that passes through the samples of a plane of size w, h; the plane mirrors at its
 * first and last samples (dcb|abcd|cba without repeating them), and so must whoever evaluates the spline.
 *
 * @param out    rows out_stride floats apart; not the same memory as in, whose rows lie in_stride apart
 */
void rv__spline_coefficients(float *out, size_t out_stride, const float *in, size_t in_stride, const size_t size[2],
                             float *scratch);

#endif

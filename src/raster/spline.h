/* SPDX-License-Identifier: Apache-2.0 */
/* Samples to cubic B-spline coefficients. */
#ifndef RV_RASTER_SPLINE_H
#define RV_RASTER_SPLINE_H

#include <stddef.h>

/**
 * Replace a plane by the coefficients of the cubic B-spline that passes through its samples; the plane mirrors at its
 * first and last samples (dcb|abcd|cba without repeating them), and so must whoever evaluates the spline.
 */
int rv__spline_prefilter(float *plane, size_t w, size_t h);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* A smooth displacement beside a projective map: what a matrix cannot say of terrain and of a sensor's own bends. */
#ifndef RV_RASTER_WARPFIELD_H
#define RV_RASTER_WARPFIELD_H

#include <stddef.h>

/**
 * Uniform cubic B-spline over the output grid. Coefficient (i, j) belongs to the knot at output position
 * (col0 + i * step_px, row0 + j * step_px), corners of pixels at integers; those beyond the edge equal the outermost.
 */
typedef struct rv__warpfield {
    size_t nx, ny;           /* knots along a row, rows; at least 1 */
    double step_px;          /* output px from knot to knot, both ways; positive */
    double col0, row0;       /* output position of knot (0, 0) */
    const double *col, *row; /* ny * nx coefficients each: source px to add along the axis */
} rv__warpfield;

/** Displacement (source columns, rows) at an output position. */
void rv__warpfield_eval(double out[2], const rv__warpfield *f, double col, double row);

/** The same at n positions (col + i, row), a step of one px each. */
void rv__warpfield_row(double *out_col, double *out_row, size_t n, const rv__warpfield *f, const double at[2]);

/** The 16 coefficients that make the displacement at an output position: their indices and weights, which add up to 1. */
void rv__warpfield_basis(double weight[16], size_t knot[16], const rv__warpfield *f, double col, double row);

/** Bounds of the displacement over a window (col0, row0, width, height) of output positions; the spline lies between its
 * coefficients, so they are safe, not tight. */
void rv__warpfield_range(double lo[2], double hi[2], const rv__warpfield *f, const double window[4]);

#endif

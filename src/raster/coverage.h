/* SPDX-License-Identifier: Apache-2.0 */
/* Exact share of every pixel inside a polygon. */
#ifndef RV_RASTER_COVERAGE_H
#define RV_RASTER_COVERAGE_H

#include <stddef.h>

#include <revisit/grid.h>

/**
 * Share in [0, 1] of each pixel that lies inside the polygon (pixel coordinates, corners at integers, holes taken off;
 * ring direction does not matter: even-odd by nesting order ring 0 minus the others).
 * Pixel (0, 0) of out covers [col0, col0 + 1) x [row0, row0 + 1). Exact up to rounding: signed trapezoid areas per cell.
 */
int rv__coverage(float *out, size_t w, size_t h, double col0, double row0, const rv_polygon *polygon);

#endif

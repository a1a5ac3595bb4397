/* SPDX-License-Identifier: Apache-2.0 */
/* Outlines: of labelled regions along pixel edges, and of a score surface at a level by marching squares. */
#ifndef RV_RASTER_CONTOUR_H
#define RV_RASTER_CONTOUR_H

#include <stddef.h>
#include <stdint.h>

#include <revisit/grid.h>

/** Outline of the pixels with labels == label (4-connected region) along pixel edges, collinear points dropped; holes as further rings. Pixel coordinates; the outer ring runs counter-clockwise seen with rows downward flipped up (positive area after y -> -y). */
int rv__contour_region(rv_polygon *out, const int32_t *labels, size_t w, size_t h, int32_t label);

/** The same, looking only inside box (col0 row0 col1 row1, ends past the last px), which must hold the whole region: for many regions of one plane. RV_ERR_NODATA without such pixels, RV_ERR_RANGE when they are not one region. */
int rv__contour_region_in(rv_polygon *out, const int32_t *labels, size_t w, const int box[4], int32_t label);

/** The closed contour at level, with its holes, that contains or is nearest to a pixel position; marching squares with linear interpolation. RV_ERR_NOTFOUND if none. */
int rv__contour_level(rv_polygon *out, const float *surface, size_t w, size_t h, double level, rv_point near);

/** Douglas-Peucker on every ring (closed), rings keep at least 3 points. */
int rv__contour_simplify(rv_polygon *polygon, double tolerance);

#endif

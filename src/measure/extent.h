/* SPDX-License-Identifier: Apache-2.0 */
/* Area, length, width, perimeter and heading of an outline, in pixels and on the ground. */
#ifndef RV_MEASURE_EXTENT_H
#define RV_MEASURE_EXTENT_H

#include <revisit/grid.h>

typedef struct rv__extent {
    double area_px2, perimeter_px, length_px, width_px;
    bool has_scale;
    char why[160]; /* why there is no scale */
    double area_m2, perimeter_m, length_m, width_m;
    double orientation_deg; /* of the long side, clockwise from north, in [0, 180); without CRS from image up */
} rv__extent;

/** @param outline map coordinates */
int rv__extent_of(rv__extent *out, const rv_polygon *outline, const rv_grid *grid);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Area, length, width, perimeter and heading of an outline, in pixels and on the ground. */
#ifndef RV_MEASURE_EXTENT_H
#define RV_MEASURE_EXTENT_H

#include <revisit/ground.h>

enum { RV__AREA, RV__LENGTH, RV__WIDTH, RV__PERIMETER, RV__ORIENTATION, RV__EXTENTS };

typedef struct rv__extent {
    double area_px2, perimeter_px, length_px, width_px;
    bool has_scale;
    char why[160]; /* why there is no scale */
    double area_m2, perimeter_m, length_m, width_m;
    double metre[2]; /* by which the length, and the width, grow on the ground as one of its ends moves out by a px */
    double orientation_deg;       /* of the long side, clockwise from north, in [0, 180); without CRS from image up */
    double moved[RV__EXTENTS][8]; /* by the ground's map, one standard deviation along each of its directions; else 0 */
} rv__extent;

/** @param outline map coordinates */
int rv__extent_of(rv__extent *out, const rv_polygon *outline, const rv_grid *grid);
/** The same through the map of ground points; where it cannot be trusted there is no scale, and why says why. */
int rv__extent_on_ground(rv__extent *out, const rv_polygon *outline, const rv_ground *ground);
/** The same of a view without a scale: pixels alone. */
int rv__extent_in_pixels(rv__extent *out, const rv_polygon *outline, const rv_grid *grid, const char *why);

#endif

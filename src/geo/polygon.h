/* SPDX-License-Identifier: Apache-2.0 */
/* Plain polygons: make, check, measure, WKB. */
#ifndef RV_GEO_POLYGON_H
#define RV_GEO_POLYGON_H

#include <stdbool.h>
#include <stdint.h>

#include <revisit/grid.h>

int rv__polygon_ring(rv_polygon *polygon, const rv_point *points, size_t n); /* append a ring, copied */
double rv__ring_area(const rv_ring *ring);                                   /* signed, counter-clockwise positive */
double rv__polygon_perimeter(const rv_polygon *polygon);                     /* outer ring and holes, map units */
void rv__polygon_centroid(double *x, double *y, const rv_polygon *polygon);
bool rv__polygon_contains(const rv_polygon *polygon, double x, double y);
/** A point surely inside (centroid if inside, else the middle of the widest span of the horizontal through it). */
void rv__polygon_inside(double *x, double *y, const rv_polygon *polygon);
void rv__polygon_bounds(double bounds[4], const rv_polygon *polygon); /* x0 y0 x1 y1 */
void rv__polygon_orient(rv_polygon *polygon, bool outer_ccw);         /* outer this way, holes the other */
/** Little-endian WKB POLYGON, rings closed; *out by rv__free. */
int rv__polygon_to_wkb(uint8_t **out, size_t *n, const rv_polygon *polygon);
int rv__polygon_from_wkb(rv_polygon *out, const uint8_t *wkb, size_t n);
/** Rectangle of least area around a ring: centre, half sizes (long first), direction of the long side in radians. */
int rv__min_area_rect(double centre[2], double half[2], double *angle_rad, const rv_ring *ring);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Overlaps and unions by GEOS. */
#ifndef RV_GEO_GEOS_H
#define RV_GEO_GEOS_H

#include <revisit/grid.h>

/** Area of the intersection, map units squared; invalid polygons are repaired first. */
int rv__polygon_overlap(double *area, const rv_polygon *a, const rv_polygon *b);
/** Intersection over union. */
int rv__polygon_iou(double *iou, const rv_polygon *a, const rv_polygon *b);
/** Convex hull of the points of several polygons. */
int rv__polygon_hull(rv_polygon *out, const rv_polygon *polygons, size_t n);
/** Largest part of a with b taken off. RV_ERR_NODATA when nothing is left. */
int rv__polygon_subtract(rv_polygon *out, const rv_polygon *a, const rv_polygon *b);
/** Largest valid polygon of a possibly self-crossing one. */
int rv__polygon_repair(rv_polygon *out, const rv_polygon *a);
const char *rv__geos_version(void);

#endif

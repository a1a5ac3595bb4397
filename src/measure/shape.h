/* SPDX-License-Identifier: Apache-2.0 */
/* An outline as a polygon whose edges move along their normals and which turns about its centre. */
#ifndef RV_MEASURE_SHAPE_H
#define RV_MEASURE_SHAPE_H

#include <revisit/grid.h>

enum { RV__EDGES_MAX = 12 };

/** Vertices run so that the shoelace sum in pixels (y down) is positive; the outward normal of an edge (dx, dy) is (dy, -dx). */
typedef struct rv__shape {
    rv_point base[RV__EDGES_MAX];
    int n;
    bool rectangle;
    double cx, cy; /* centre of rotation */
} rv__shape;

/**
 * Starting shape of a drawn outline in pixels: the rectangle of least area where the outline fills most of it, else the
 * outline with few corners.
 *
 * @param aspect ground size of a row over that of a column
 * @return RV_OK; RV_ERR_NODATA when it has holes or needs more than RV__EDGES_MAX edges
 */
int rv__shape_start(rv__shape *out, const rv_polygon *outline_px, double aspect);

/** Corners after moving edge i out by param[i] px and turning by param[n] rad. */
void rv__shape_outline(rv_point *out, const rv__shape *shape, const double *param);

/** Outward unit normal of edge i of an outline. */
rv_point rv__edge_normal(const rv_point *outline, int n, int i);
double rv__outline_area(const rv_point *outline, int n); /* signed, positive for the order above */
double rv__outline_perimeter(const rv_point *outline, int n);

#endif

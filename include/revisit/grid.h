/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file grid.h
 * Where pixels lie on the ground. Pixel corners lie at integers: the centre of the first pixel is (0.5, 0.5).
 */
#ifndef REVISIT_GRID_H
#define REVISIT_GRID_H

#include <revisit/field.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { RV_CRS_MAX = 2048 };

/**
 * x = gt[0] + col * gt[1] + row * gt[2];  y = gt[3] + col * gt[4] + row * gt[5].
 * Without a CRS (crs is "") map coordinates are the pixels themselves: gt = {0, 1, 0, 0, 0, 1}, and gsd_m tells their
 * size in metres, 0 where unknown. With a CRS gsd_m is 0 and sizes come from the ellipsoid.
 */
typedef struct rv_grid {
    char crs[RV_CRS_MAX]; /* "EPSG:32636", or WKT where there is no code, or "" */
    double gt[6];
    int width, height; /* px, in [1, 2^20] */
    double gsd_m;
} rv_grid;

RV_API void rv_grid_to_map(const rv_grid *grid, double col, double row, double *x, double *y);

/** The geotransform must be invertible (checked where grids are made). */
RV_API void rv_grid_to_pixel(const rv_grid *grid, double x, double y, double *col, double *row);

/**
 * Ground size of a pixel at the grid's centre in metres, along its columns and rows, on the ellipsoid of the CRS.
 *
 * @return RV_OK; RV_ERR_NODATA when the scale is unknown; RV_ERR_FORMAT for a CRS that PROJ cannot read
 */
RV_API int rv_grid_pixel_size_m(const rv_grid *grid, double *col_m, double *row_m);

/** True when CRS, geotransform and size agree to the bit. */
RV_API bool rv_grid_equal(const rv_grid *a, const rv_grid *b);

typedef struct rv_point {
    double x, y;
} rv_point;

typedef struct rv_ring {
    rv_point *p; /* not closed: the first point is not repeated */
    size_t n;
} rv_ring;

/** Ring 0 is the outer one, counter-clockwise in map coordinates with y up; the others are holes, clockwise. */
typedef struct rv_polygon {
    rv_ring *ring;
    size_t n;
} rv_polygon;

RV_API void rv_polygon_release(rv_polygon *polygon);
RV_API int rv_polygon_copy(rv_polygon *out, const rv_polygon *from);

/** Area inside in square map units by the shoelace formula, holes taken off; positive. */
RV_API double rv_polygon_area(const rv_polygon *polygon);

#ifdef __cplusplus
}
#endif
#endif

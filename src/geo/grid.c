/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pixels to map coordinates and back: one affine map, corners at integers. Sizes in metres come from the ellipsoid, for a
 * pixel's size in map units is only its size on the ground in a few projections and never in degrees.
 */
#include <revisit/grid.h>

#include "base/error.h"
#include "geo/ellipsoid.h"

#include <assert.h>
#include <math.h>
#include <string.h>

void rv_grid_to_map(const rv_grid *grid, double col, double row, double *x, double *y)
{
    const double *gt = grid->gt;
    *x = gt[0] + col * gt[1] + row * gt[2];
    *y = gt[3] + col * gt[4] + row * gt[5];
}

void rv_grid_to_pixel(const rv_grid *grid, double x, double y, double *col, double *row)
{
    const double *gt = grid->gt;
    const double det = gt[1] * gt[5] - gt[2] * gt[4];
    const double dx = x - gt[0], dy = y - gt[3];
    assert(fabs(det) > 0);
    *col = (dx * gt[5] - dy * gt[2]) / det;
    *row = (dy * gt[1] - dx * gt[4]) / det;
}

int rv_grid_pixel_size_m(const rv_grid *grid, double *col_m, double *row_m)
{
    const double col = grid->width / 2.0, row = grid->height / 2.0;
    rv_point left, right, top, bottom;
    double along_col, along_row;
    int err;
    rv_grid_to_map(grid, col - .5, row, &left.x, &left.y);
    rv_grid_to_map(grid, col + .5, row, &right.x, &right.y);
    rv_grid_to_map(grid, col, row - .5, &top.x, &top.y);
    rv_grid_to_map(grid, col, row + .5, &bottom.x, &bottom.y);
    if ((err = rv__distance_m(&along_col, left, right, grid)) < 0 ||
        (err = rv__distance_m(&along_row, top, bottom, grid)) < 0)
        return err;
    *col_m = along_col;
    *row_m = along_row;
    return RV_OK;
}

bool rv_grid_equal(const rv_grid *a, const rv_grid *b)
{
    return strcmp(a->crs, b->crs) == 0 && memcmp(a->gt, b->gt, sizeof a->gt) == 0 && a->width == b->width &&
           a->height == b->height && memcmp(&a->gsd_m, &b->gsd_m, sizeof a->gsd_m) == 0;
}

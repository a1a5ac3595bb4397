/* SPDX-License-Identifier: Apache-2.0 */
/* Extents come from the smallest rectangle around the outer ring, its sides measured on the ground between their
 * midpoints; the area from the polygon itself, on the ellipsoid. */
#include "measure/extent.h"

#include <math.h>
#include <stdio.h>

#include "base/error.h"
#include "geo/ellipsoid.h"
#include "geo/polygon.h"

static int perimeter_m(double *out, const rv_polygon *outline, const rv_grid *grid)
{
    double sum = 0.0;
    for (size_t k = 0; k < outline->n; k++)
        for (size_t i = 0; i < outline->ring[k].n; i++) {
            const rv_ring *r = &outline->ring[k];
            double d;
            const int err = rv__distance_m(&d, r->p[i], r->p[(i + 1) % r->n], grid);
            if (err < 0)
                return err;
            sum += d;
        }
    *out = sum;
    return RV_OK;
}

/* Midpoints of the sides of the box, map coordinates: [0] and [1] end the long axis, [2] and [3] the short one. */
static int box_axes(rv_point out[4], rv__extent *e, const rv_polygon *px, const rv_grid *grid)
{
    double centre[2], half[2], angle;
    const int err = rv__min_area_rect(centre, half, &angle, &px->ring[0]);
    if (err < 0)
        return err;
    const double c = cos(angle), s = sin(angle);
    const double at[4][2] = { { -c * half[0], -s * half[0] },
                              { c * half[0], s * half[0] },
                              { s * half[1], -c * half[1] },
                              { -s * half[1], c * half[1] } };
    for (int k = 0; k < 4; k++)
        rv_grid_to_map(grid, centre[0] + at[k][0], centre[1] + at[k][1], &out[k].x, &out[k].y);
    e->length_px = 2.0 * half[0];
    e->width_px = 2.0 * half[1];
    return RV_OK;
}

static int ground_extent(rv__extent *e, const rv_polygon *outline, const rv_point axis[4], const rv_grid *grid)
{
    int err;
    if ((err = rv__area_m2(&e->area_m2, outline, grid)) < 0 ||
        (err = perimeter_m(&e->perimeter_m, outline, grid)) < 0 ||
        (err = rv__distance_m(&e->length_m, axis[0], axis[1], grid)) < 0 ||
        (err = rv__distance_m(&e->width_m, axis[2], axis[3], grid)) < 0)
        return err;
    if (e->width_m > e->length_m) { /* pixels that are not square */
        const double swap = e->width_m;
        e->width_m = e->length_m;
        e->length_m = swap;
    }
    return RV_OK;
}

int rv__extent_of(rv__extent *out, const rv_polygon *outline, const rv_grid *grid)
{
    rv__extent e = { .has_scale = true };
    rv_polygon px = { NULL, 0 };
    rv_point axis[4];
    double length[2] = { 0.0, 0.0 };
    int err = rv__polygon_to_pixel(&px, outline, grid);
    if (err < 0)
        return err;
    e.area_px2 = rv_polygon_area(&px);
    e.perimeter_px = rv__polygon_perimeter(&px);
    if ((err = box_axes(axis, &e, &px, grid)) < 0)
        goto done;
    err = ground_extent(&e, outline, axis, grid);
    if (err == RV_ERR_NODATA) {
        e.has_scale = false;
        e.area_m2 = e.perimeter_m = e.length_m = e.width_m = NAN;
        snprintf(e.why, sizeof e.why, "%s", rv_last_error());
        err = RV_OK;
    }
    if (err < 0)
        goto done;
    bool second_longer = e.width_px > e.length_px;
    if (e.has_scale && (err = rv__distance_m(&length[0], axis[0], axis[1], grid)) == RV_OK &&
        (err = rv__distance_m(&length[1], axis[2], axis[3], grid)) == RV_OK)
        second_longer = length[1] > length[0];
    if (err == RV_OK)
        err = rv__azimuth_deg(&e.orientation_deg, axis[second_longer ? 2 : 0], axis[second_longer ? 3 : 1], grid);
    if (err < 0)
        goto done;
    e.orientation_deg = fmod(e.orientation_deg + 360.0, 180.0);
    e.metre[0] = e.metre[1] = e.has_scale ? e.length_m / e.length_px : NAN;
    *out = e;
done:
    rv_polygon_release(&px);
    return err;
}

int rv__extent_in_pixels(rv__extent *out, const rv_polygon *outline, const rv_grid *grid, const char *why)
{
    rv_grid bare = *grid;
    bare.gsd_m = 0.0;
    const int err = rv__extent_of(out, outline, &bare);
    if (err < 0)
        return err;
    out->orientation_deg = NAN; /* right angles are not right in it either */
    snprintf(out->why, sizeof out->why, "%s", why);
    return RV_OK;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Extents through the map of ground points. A projective map takes lines to lines, so mapping the corners of an outline is
 * exact; cutting its edges into pieces, or integrating the map's Jacobian over it, would give the same area for more work.
 * What the map's covariance makes of each number is taken from differences along its independent directions, one standard
 * deviation to either side: the map bends too much away from the points for derivatives at one place. */
#include "measure/extent.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "geo/homography.h"
#include "geo/polygon.h"
#include <revisit/transform.h>

static const double DEGREES = 180.0 / 3.14159265358979323846;
/* Relative standard uncertainty of an area's scale from which on the points say nothing useful of a place. */
static const double VAGUE_SHARE = 0.3;

/* An outline in the picture, the same mapped, and the ends of both axes of its box in the picture. */
typedef struct view {
    const rv_polygon *outline;
    rv_polygon mapped;
    double axis[4][2];
} view;

/* False where a corner lies on the horizon or beyond. */
static bool map_outline(view *v, const double m[9])
{
    for (size_t k = 0; k < v->outline->n; k++)
        for (size_t i = 0; i < v->outline->ring[k].n; i++) {
            const double p[2] = { v->outline->ring[k].p[i].x, v->outline->ring[k].p[i].y };
            double q[2];
            if (!(m[6] * p[0] + m[7] * p[1] + m[8] > 0.0))
                return false;
            rv__homography_apply(q, m, p);
            v->mapped.ring[k].p[i] = (rv_point){ q[0], q[1] };
        }
    return true;
}

static bool extents(double out[RV__EXTENTS], view *v, const double m[9])
{
    double a[4][2];
    if (!map_outline(v, m))
        return false;
    for (int i = 0; i < 4; i++)
        rv__homography_apply(a[i], m, v->axis[i]);
    out[RV__AREA] = rv_polygon_area(&v->mapped);
    out[RV__PERIMETER] = rv__polygon_perimeter(&v->mapped);
    out[RV__LENGTH] = hypot(a[1][0] - a[0][0], a[1][1] - a[0][1]);
    out[RV__WIDTH] = hypot(a[3][0] - a[2][0], a[3][1] - a[2][1]);
    out[RV__ORIENTATION] = DEGREES * atan2(a[1][0] - a[0][0], a[1][1] - a[0][1]);
    return true;
}

static bool differences(rv__extent *e, view *v, const rv_ground *ground)
{
    for (int k = 0; k < 8; k++) {
        double up[9], down[9], high[RV__EXTENTS], low[RV__EXTENTS];
        for (int i = 0; i < 9; i++) {
            up[i] = ground->m[i] + ground->spread[k][i];
            down[i] = ground->m[i] - ground->spread[k][i];
        }
        if (!extents(high, v, up) || !extents(low, v, down))
            return false;
        for (int q = 0; q < RV__EXTENTS; q++)
            e->moved[q][k] = 0.5 * (q == RV__ORIENTATION ? remainder(high[q] - low[q], 180.0) : high[q] - low[q]);
    }
    return true;
}

/* The box is the smallest on the ground; its axes go back to the picture. An end that moves out by a px there, square to
 * itself, moves the box's far side by the area of the box on the ground for each px of its width in the picture. */
static int set_box(rv__extent *e, view *v, const rv_ground *ground)
{
    static const double axis[4][2] = { { -1, 0 }, { 1, 0 }, { 0, -1 }, { 0, 1 } };
    static const double corner[4][2] = { { -1, -1 }, { 1, -1 }, { 1, 1 }, { -1, 1 } };
    double centre[2], half[2], angle, back[9];
    rv_point box[4];
    int err;
    if ((err = rv__min_area_rect(centre, half, &angle, &v->mapped.ring[0])) < 0 ||
        (err = rv_transform_invert(back, ground->m)) < 0)
        return err;
    const double c = cos(angle), s = sin(angle);
    for (int i = 0; i < 8; i++) {
        const double *to = i < 4 ? axis[i] : corner[i - 4], u = to[0] * half[0], w = to[1] * half[1];
        double p[2];
        rv__homography_apply(p, back, (const double[2]){ centre[0] + c * u - s * w, centre[1] + s * u + c * w });
        if (i < 4)
            memcpy(v->axis[i], p, sizeof p);
        else
            box[i - 4] = (rv_point){ p[0], p[1] };
    }
    const double area_px2 = fabs(rv__ring_area(&(rv_ring){ box, 4 }));
    const double length_px = hypot(v->axis[1][0] - v->axis[0][0], v->axis[1][1] - v->axis[0][1]);
    e->width_px = hypot(v->axis[3][0] - v->axis[2][0], v->axis[3][1] - v->axis[2][1]);
    e->metre[0] = 2.0 * half[0] * e->width_px / area_px2;
    e->metre[1] = 2.0 * half[1] * length_px / area_px2;
    e->length_px = 2.0 * half[0] / e->metre[1]; /* so that an edge off by a px turns the box by 1 / length_px */
    return RV_OK;
}

static bool is_vague(const rv__extent *e, double *share)
{
    double sum = 0.0;
    for (int k = 0; k < 8; k++)
        sum += e->moved[RV__AREA][k] * e->moved[RV__AREA][k];
    *share = sqrt(sum) / e->area_m2;
    return !(*share < VAGUE_SHARE);
}

static int set_extents(rv__extent *e, view *v, const rv_ground *ground)
{
    double now[RV__EXTENTS], share;
    if (!map_outline(v, ground->m))
        return rv__fail(RV_ERR_NODATA, "the outline reaches the horizon of the map through the ground points");
    int err = set_box(e, v, ground);
    if (err < 0)
        return err;
    extents(now, v, ground->m);
    e->area_m2 = now[RV__AREA];
    e->length_m = now[RV__LENGTH];
    e->width_m = now[RV__WIDTH];
    e->perimeter_m = now[RV__PERIMETER];
    e->orientation_deg = fmod(now[RV__ORIENTATION] + 360.0, 180.0);
    if (!differences(e, v, ground))
        return rv__fail(RV_ERR_NODATA, "the outline may reach the horizon of the map through the ground points");
    if (is_vague(e, &share))
        return rv__fail(RV_ERR_NODATA, "the ground points leave areas here uncertain by %.0f %%, more than %.0f %%",
                        100.0 * share, 100.0 * VAGUE_SHARE);
    return RV_OK;
}

int rv__extent_on_ground(rv__extent *out, const rv_polygon *outline, const rv_ground *ground)
{
    rv__extent e = { .area_px2 = rv_polygon_area(outline), .perimeter_px = rv__polygon_perimeter(outline) };
    view v = { .outline = outline };
    int err = rv_polygon_copy(&v.mapped, outline);
    if (err == RV_OK && (err = set_extents(&e, &v, ground)) == RV_OK)
        e.has_scale = true;
    rv_polygon_release(&v.mapped);
    if (err == RV_ERR_NODATA) {
        snprintf(e.why, sizeof e.why, "%s", rv_last_error());
        e.area_m2 = e.perimeter_m = e.length_m = e.width_m = e.orientation_deg = e.metre[0] = e.metre[1] = NAN;
        err = RV_OK;
    }
    if (err == RV_OK)
        *out = e;
    return err;
}

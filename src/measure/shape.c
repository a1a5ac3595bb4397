/* SPDX-License-Identifier: Apache-2.0 */
/* Shapes. One description serves rectangles and other outlines alike: every edge keeps its direction and moves along
 * its normal, the whole turns about its centre. For a rectangle that is the usual five unknowns (centre, sizes,
 * heading), for an L seven. Free vertices would be two unknowns each and let right angles go. */
#include "measure/shape.h"

#include <math.h>

#include "base/error.h"
#include "geo/polygon.h"
#include "raster/contour.h"

/* A detected rectangle of 16 px2 with ragged edges fills about .8 of its box, an L of equal arms .75. */
static const double RECTANGLE_FILL = 0.80;

rv_point rv__edge_normal(const rv_point *outline, int n, int i)
{
    const rv_point a = outline[i], b = outline[(i + 1) % n];
    const double length = hypot(b.x - a.x, b.y - a.y);
    return length > 0.0 ? (rv_point){ (b.y - a.y) / length, (a.x - b.x) / length } : (rv_point){ 0.0, 0.0 };
}

double rv__outline_area(const rv_point *outline, int n)
{
    double twice = 0.0;
    for (int i = 0; i < n; i++) {
        const rv_point a = outline[i], b = outline[(i + 1) % n];
        twice += a.x * b.y - b.x * a.y;
    }
    return 0.5 * twice;
}

double rv__outline_perimeter(const rv_point *outline, int n)
{
    double sum = 0.0;
    for (int i = 0; i < n; i++)
        sum += hypot(outline[(i + 1) % n].x - outline[i].x, outline[(i + 1) % n].y - outline[i].y);
    return sum;
}

void rv__shape_outline(rv_point *out, const rv__shape *shape, const double *param)
{
    const int n = shape->n;
    const double c = cos(param[n]), s = sin(param[n]);
    for (int i = 0; i < n; i++) {
        const int before = (i + n - 1) % n;
        const rv_point p = shape->base[i], u = rv__edge_normal(shape->base, n, before),
                       v = rv__edge_normal(shape->base, n, i);
        const double det = u.x * v.y - u.y * v.x, e = param[before], f = param[i];
        rv_point d;
        if (fabs(det) > 0.2) { /* where the two moved lines meet */
            d = (rv_point){ (e * v.y - f * u.y) / det, (f * u.x - e * v.x) / det };
        } else { /* nearly straight: along the mean normal, or a gap of the lines would throw the corner far out */
            d = (rv_point){ 0.25 * (e + f) * (u.x + v.x), 0.25 * (e + f) * (u.y + v.y) };
        }
        const double x = p.x + d.x - shape->cx, y = p.y + d.y - shape->cy;
        out[i] = (rv_point){ shape->cx + c * x - s * y, shape->cy + s * x + c * y };
    }
}

static void finish(rv__shape *shape)
{
    if (rv__outline_area(shape->base, shape->n) < 0.0)
        for (int i = 0, j = shape->n - 1; i < j; i++, j--) {
            const rv_point swap = shape->base[i];
            shape->base[i] = shape->base[j];
            shape->base[j] = swap;
        }
    for (int i = 0; i < shape->n; i++) {
        shape->cx += shape->base[i].x / shape->n;
        shape->cy += shape->base[i].y / shape->n;
    }
}

/* The box is found on the ground, where right angles are right: rows are stretched by aspect first and back after. It is
 * shrunk to the outline's own area, so that ragged corners do not make the start too large. */
static int start_rectangle(rv__shape *out, const rv_polygon *outline, double aspect)
{
    double centre[2], half[2], angle;
    rv_polygon ground = { NULL, 0 };
    int err = rv_polygon_copy(&ground, outline);
    for (size_t i = 0; err == RV_OK && i < ground.ring[0].n; i++)
        ground.ring[0].p[i].y *= aspect;
    const double area = err == RV_OK ? fabs(rv__ring_area(&ground.ring[0])) : 0.0;
    if (err == RV_OK)
        err = rv__min_area_rect(centre, half, &angle, &ground.ring[0]);
    rv_polygon_release(&ground);
    if (err < 0)
        return err;
    const double box = 4.0 * half[0] * half[1];
    if (box <= 0.0 || area / box < RECTANGLE_FILL)
        return RV_ERR_NOTFOUND;
    const double shrink = sqrt(area / box), c = cos(angle), s = sin(angle);
    const double u = half[0] * shrink, v = half[1] * shrink;
    const double sign[4][2] = { { -1, -1 }, { 1, -1 }, { 1, 1 }, { -1, 1 } };
    for (int i = 0; i < 4; i++)
        out->base[i] = (rv_point){ centre[0] + c * u * sign[i][0] - s * v * sign[i][1],
                                   (centre[1] + s * u * sign[i][0] + c * v * sign[i][1]) / aspect };
    out->n = 4;
    out->rectangle = true;
    return RV_OK;
}

static int start_polygon(rv__shape *out, const rv_polygon *outline)
{
    rv_polygon p = { NULL, 0 };
    int err = rv_polygon_copy(&p, outline);
    for (double tolerance = 0.4; err == RV_OK && p.ring[0].n > RV__EDGES_MAX && tolerance < 2.0; tolerance *= 1.4)
        err = rv__contour_simplify(&p, tolerance);
    if (err == RV_OK && (p.ring[0].n > RV__EDGES_MAX || p.ring[0].n < 3))
        err = rv__fail(RV_ERR_NODATA, "the outline has %zu corners, more than the %d a fit can hold", p.ring[0].n,
                       (int)RV__EDGES_MAX);
    if (err == RV_OK) {
        out->n = (int)p.ring[0].n;
        for (int i = 0; i < out->n; i++)
            out->base[i] = p.ring[0].p[i];
    }
    rv_polygon_release(&p);
    return err;
}

int rv__shape_start(rv__shape *out, const rv_polygon *outline_px, double aspect)
{
    rv__shape shape = { .n = 0 };
    if (outline_px->n > 1 || outline_px->ring[0].n < 3)
        return rv__fail(RV_ERR_NODATA, "the outline has holes or fewer than three corners");
    int err = start_rectangle(&shape, outline_px, aspect);
    if (err == RV_ERR_NOTFOUND || err == RV_ERR_RANGE)
        err = start_polygon(&shape, outline_px);
    if (err < 0)
        return err;
    finish(&shape);
    *out = shape;
    return RV_OK;
}

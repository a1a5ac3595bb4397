/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Plain polygons: make, copy, measure, ask.
 *
 * Map coordinates are large numbers (4 000 000 m) that differ by little (a house), so every sum is taken relative to the
 * first point of its ring: the shoelace formula on absolute coordinates loses half of the digits. Containment is
 * even-odd over all rings, so that holes need no second look.
 */
#include "geo/polygon.h"

#include "base/error.h"
#include "base/mem.h"

#include <assert.h>
#include <math.h>
#include <string.h>

static double cross_from(rv_point o, rv_point a, rv_point b)
{
    return (a.x - o.x) * (b.y - o.y) - (a.y - o.y) * (b.x - o.x);
}

static double ring_length(const rv_ring *ring)
{
    double sum = 0;
    for (size_t i = 0, j = ring->n - 1; i < ring->n; j = i++)
        sum += hypot(ring->p[i].x - ring->p[j].x, ring->p[i].y - ring->p[j].y);
    return sum;
}

static void ring_reverse(rv_ring *ring)
{
    /* The first point stays first, so that orienting never moves where a ring begins. */
    for (size_t i = 1, j = ring->n - 1; i < j; i++, j--) {
        const rv_point t = ring->p[i];
        ring->p[i] = ring->p[j];
        ring->p[j] = t;
    }
}

/* First moments of a ring about o, and its signed area. */
static double ring_moments(double *mx, double *my, const rv_ring *ring, rv_point o)
{
    double twice = 0, sx = 0, sy = 0;
    for (size_t i = 0, j = ring->n - 1; i < ring->n; j = i++) {
        const double c = cross_from(o, ring->p[j], ring->p[i]);
        twice += c;
        sx += c * (ring->p[j].x + ring->p[i].x - 2 * o.x);
        sy += c * (ring->p[j].y + ring->p[i].y - 2 * o.y);
    }
    *mx = sx / 6;
    *my = sy / 6;
    return twice / 2;
}

/* Where the horizontal at y crosses the edge a-b; half-open, so a vertex on the line counts once. */
static bool edge_crosses(double *x, rv_point a, rv_point b, double y)
{
    if ((a.y > y) == (b.y > y))
        return false;
    *x = a.x + (y - a.y) / (b.y - a.y) * (b.x - a.x);
    return true;
}

/* Crossings of the horizontal at y that lie at or left of x, and the next one right of it (INFINITY if none). */
static size_t crossings_up_to(double *next, const rv_polygon *polygon, double x, double y)
{
    size_t count = 0;
    *next = INFINITY;
    for (size_t r = 0; r < polygon->n; r++) {
        const rv_ring *ring = &polygon->ring[r];
        for (size_t i = 0, j = ring->n - 1; i < ring->n; j = i++) {
            double at;
            if (!edge_crosses(&at, ring->p[j], ring->p[i], y))
                continue;
            if (at <= x)
                count++;
            else if (at < *next)
                *next = at;
        }
    }
    return count;
}

void rv_polygon_release(rv_polygon *polygon)
{
    if (!polygon)
        return;
    for (size_t i = 0; i < polygon->n; i++)
        rv__free(polygon->ring[i].p);
    rv__free(polygon->ring);
    *polygon = (rv_polygon){ 0 };
}

int rv__polygon_ring(rv_polygon *polygon, const rv_point *points, size_t n)
{
    if (n < 3)
        return rv__fail(RV_ERR_RANGE, "a ring needs at least 3 points, not %zu", n);
    rv_point *p = rv__alloc(n, sizeof *p);
    if (!p)
        return RV_ERR_NOMEM;
    rv_ring *rings = rv__realloc(polygon->ring, polygon->n, polygon->n + 1, sizeof *rings);
    if (!rings) {
        rv__free(p);
        return RV_ERR_NOMEM;
    }
    memcpy(p, points, n * sizeof *p);
    rings[polygon->n] = (rv_ring){ p, n };
    polygon->ring = rings;
    polygon->n++;
    return RV_OK;
}

int rv_polygon_copy(rv_polygon *out, const rv_polygon *from)
{
    rv_polygon copy = { 0 };
    for (size_t i = 0; i < from->n; i++) {
        const int err = rv__polygon_ring(&copy, from->ring[i].p, from->ring[i].n);
        if (err < 0) {
            rv_polygon_release(&copy);
            return err;
        }
    }
    *out = copy;
    return RV_OK;
}

double rv__ring_area(const rv_ring *ring)
{
    double mx, my;
    return ring->n < 3 ? 0 : ring_moments(&mx, &my, ring, ring->p[0]);
}

double rv_polygon_area(const rv_polygon *polygon)
{
    double area = 0;
    for (size_t i = 0; i < polygon->n; i++)
        area += (i == 0 ? 1 : -1) * fabs(rv__ring_area(&polygon->ring[i]));
    return area > 0 ? area : 0;
}

double rv__polygon_perimeter(const rv_polygon *polygon)
{
    double sum = 0;
    for (size_t i = 0; i < polygon->n; i++)
        sum += ring_length(&polygon->ring[i]);
    return sum;
}

void rv__polygon_centroid(double *x, double *y, const rv_polygon *polygon)
{
    assert(polygon->n > 0 && polygon->ring[0].n > 0);
    const rv_point o = polygon->ring[0].p[0];
    double area = 0, sx = 0, sy = 0;
    for (size_t i = 0; i < polygon->n; i++) {
        double mx, my;
        const double a = ring_moments(&mx, &my, &polygon->ring[i], o);
        const double sign = (a < 0) == (i == 0) ? -1 : 1; /* ring 0 counts positive, holes negative */
        area += sign * a;
        sx += sign * mx;
        sy += sign * my;
    }
    if (fabs(area) > 0) {
        *x = o.x + sx / area;
        *y = o.y + sy / area;
        return;
    }
    double mean_x = 0, mean_y = 0; /* no area: the mean of the outer ring's points */
    for (size_t i = 0; i < polygon->ring[0].n; i++) {
        mean_x += polygon->ring[0].p[i].x - o.x;
        mean_y += polygon->ring[0].p[i].y - o.y;
    }
    *x = o.x + mean_x / (double)polygon->ring[0].n;
    *y = o.y + mean_y / (double)polygon->ring[0].n;
}

bool rv__polygon_contains(const rv_polygon *polygon, double x, double y)
{
    double next;
    return crossings_up_to(&next, polygon, x, y) % 2 == 1;
}

void rv__polygon_inside(double *x, double *y, const rv_polygon *polygon)
{
    rv__polygon_centroid(x, y, polygon);
    if (rv__polygon_contains(polygon, *x, *y))
        return;
    /* Quadratic in the crossings of one horizontal, which are few; in exchange nothing is allocated, so nothing fails. */
    double widest = 0;
    const double row = *y;
    for (size_t r = 0; r < polygon->n; r++) {
        const rv_ring *ring = &polygon->ring[r];
        for (size_t i = 0, j = ring->n - 1; i < ring->n; j = i++) {
            double at, next;
            if (!edge_crosses(&at, ring->p[j], ring->p[i], row) || crossings_up_to(&next, polygon, at, row) % 2 == 0 ||
                !(next - at > widest) || isinf(next))
                continue;
            widest = next - at;
            *x = at + widest / 2;
        }
    }
}

void rv__polygon_bounds(double bounds[4], const rv_polygon *polygon)
{
    bounds[0] = bounds[1] = INFINITY;
    bounds[2] = bounds[3] = -INFINITY;
    for (size_t r = 0; r < polygon->n; r++) {
        for (size_t i = 0; i < polygon->ring[r].n; i++) {
            const rv_point p = polygon->ring[r].p[i];
            bounds[0] = fmin(bounds[0], p.x);
            bounds[1] = fmin(bounds[1], p.y);
            bounds[2] = fmax(bounds[2], p.x);
            bounds[3] = fmax(bounds[3], p.y);
        }
    }
}

void rv__polygon_orient(rv_polygon *polygon, bool outer_ccw)
{
    for (size_t i = 0; i < polygon->n; i++) {
        const bool ccw = rv__ring_area(&polygon->ring[i]) > 0;
        if (ccw != (outer_ccw == (i == 0)))
            ring_reverse(&polygon->ring[i]);
    }
}

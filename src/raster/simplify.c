/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fewer points on closed rings by Douglas and Peucker [douglas1973].
 *
 * The method needs two anchors: here the point farthest from the ring's centre and the point farthest from that one, so
 * that the result does not depend on where a ring begins. Simplified rings may cross themselves where an outline is
 * thinner than the tolerance; rv__polygon_repair mends that where it matters.
 */
#include "raster/contour.h"

#include "base/error.h"
#include "base/mem.h"
#include "geo/polygon.h"

#include <math.h>
#include <stdbool.h>

static double distance_to_segment(rv_point p, rv_point a, rv_point b)
{
    const double dx = b.x - a.x, dy = b.y - a.y, length2 = dx * dx + dy * dy;
    double t = length2 > 0 ? ((p.x - a.x) * dx + (p.y - a.y) * dy) / length2 : 0;
    t = fmin(fmax(t, 0), 1);
    return hypot(p.x - a.x - t * dx, p.y - a.y - t * dy);
}

static size_t farthest_from(const rv_ring *ring, rv_point from)
{
    size_t best = 0;
    double most = -1;
    for (size_t i = 0; i < ring->n; i++) {
        const double d = hypot(ring->p[i].x - from.x, ring->p[i].y - from.y);
        if (d > most) {
            most = d;
            best = i;
        }
    }
    return best;
}

/* Index, steps after a, of the point strictly between a and b (b = a + span, around the ring) farthest from their line. */
static size_t farthest_between(double *distance, const rv_ring *ring, size_t a, size_t span)
{
    size_t best = 0;
    *distance = -1;
    for (size_t k = 1; k < span; k++) {
        const double d = distance_to_segment(ring->p[(a + k) % ring->n], ring->p[a], ring->p[(a + span) % ring->n]);
        if (d > *distance) {
            *distance = d;
            best = k;
        }
    }
    return best;
}

/* Mark what must stay between a and a + span. The stack holds (a, span) pairs: ring->n of them are always enough. */
static void mark_kept(uint8_t *keep, size_t *stack, const rv_ring *ring, size_t a, size_t span, double tolerance)
{
    size_t depth = 0;
    stack[depth++] = a;
    stack[depth++] = span;
    while (depth > 0) {
        const size_t length = stack[--depth], from = stack[--depth];
        double distance;
        const size_t k = farthest_between(&distance, ring, from, length);
        if (!(distance > tolerance))
            continue;
        const size_t middle = (from + k) % ring->n;
        keep[middle] = 1;
        stack[depth++] = from;
        stack[depth++] = k;
        stack[depth++] = middle;
        stack[depth++] = length - k;
    }
}

/* Marks of the points that stay; at least 3 of them. */
static void mark_ring(uint8_t *keep, size_t *stack, const rv_ring *ring, double tolerance)
{
    rv_ring copy = *ring;
    const rv_polygon only = { &copy, 1 };
    rv_point centre;
    size_t kept = 0;
    rv__polygon_centroid(&centre.x, &centre.y, &only);
    const size_t a = farthest_from(ring, centre), b = farthest_from(ring, ring->p[a]);
    const size_t there = (b + ring->n - a) % ring->n, back = ring->n - there;
    keep[a] = keep[b] = 1;
    mark_kept(keep, stack, ring, a, there, tolerance);
    mark_kept(keep, stack, ring, b, back, tolerance);
    for (size_t i = 0; i < ring->n; i++)
        kept += keep[i];
    if (kept >= 3)
        return;
    double d1, d2; /* a sliver: keep the point that makes it widest */
    const size_t k1 = farthest_between(&d1, ring, a, there), k2 = farthest_between(&d2, ring, b, back);
    keep[d1 >= d2 ? (a + k1) % ring->n : (b + k2) % ring->n] = 1;
}

static int simplify_ring(rv_ring *ring, double tolerance)
{
    if (ring->n <= 3)
        return RV_OK;
    uint8_t *keep = rv__alloc(ring->n, 1);
    size_t *stack = rv__alloc(ring->n, 2 * sizeof *stack);
    if (!keep || !stack) {
        rv__free(stack);
        rv__free(keep);
        return RV_ERR_NOMEM;
    }
    size_t n = 0;
    mark_ring(keep, stack, ring, tolerance);
    for (size_t i = 0; i < ring->n; i++) {
        if (keep[i])
            ring->p[n++] = ring->p[i];
    }
    ring->n = n;
    rv__free(stack);
    rv__free(keep);
    return RV_OK;
}

int rv__contour_simplify(rv_polygon *polygon, double tolerance)
{
    for (size_t i = 0; i < polygon->n; i++) {
        const int err = simplify_ring(&polygon->ring[i], tolerance);
        if (err < 0)
            return err;
    }
    return RV_OK;
}

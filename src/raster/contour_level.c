/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The contour of a surface at a level, by marching squares with linear interpolation [lorensen1987, in two dimensions].
 *
 * Samples stand at pixel centres. Saddle cells are decided by the bilinear surface's value at its saddle [nielson1991]:
 * deciding them one way always would join diagonal neighbours or part them by the direction of the scan. The surface is
 * continued past its border by samples that mirror the border ones below the level, so every contour closes and one that
 * leaves the picture runs along its edge.
 *
 * Contours run with the high side at the left (rows flipped up): outer rings counter-clockwise, holes clockwise.
 */
#include "raster/contour.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/vec.h"
#include "geo/polygon.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

/* Corners of a cell clockwise from the upper left; side e joins corner e and corner e + 1: top, right, bottom, left. */
static const int corner_c[4] = { 0, 1, 1, 0 }, corner_r[4] = { 0, 0, 1, 1 };
static const int across_c[4] = { 0, 1, 0, -1 }, across_r[4] = { -1, 0, 1, 0 }; /* the cell beyond side e */

typedef RV__VEC(rv_point) points;

/* Sample (c, r) of the surface lies at (c + .5, r + .5); c runs from -1 to w, r from -1 to h. */
typedef struct surface {
    const float *v;
    int w, h;
    double level;
    uint8_t *entered; /* (w + 1) * (h + 1) cells entered through their top side */
} surface;

static double inner_sample(const surface *s, int c, int r)
{
    return (double)s->v[(size_t)r * (size_t)s->w + (size_t)c] - s->level;
}

/* Height over the level. */
static double sample(const surface *s, int c, int r)
{
    const int ic = c < 0 ? 0 : c >= s->w ? s->w - 1 : c, ir = r < 0 ? 0 : r >= s->h ? s->h - 1 : r;
    const double v = inner_sample(s, ic, ir);
    if (ic == c && ir == r)
        return v;
    return v >= 0 ? fmin(-v, -1e-30) : v; /* mirrored: the zero lies half-way, on the picture's edge */
}

static bool is_high(double v)
{
    return v >= 0; /* not a number is low */
}

static rv_point crossing(const surface *s, int c, int r, int side)
{
    int k = side, n = (side + 1) % 4;
    if (side >= 2) { /* from left to right and from top to bottom, so that both cells compute the same bits */
        const int t = k;
        k = n;
        n = t;
    }
    const double a = sample(s, c + corner_c[k], r + corner_r[k]), b = sample(s, c + corner_c[n], r + corner_r[n]);
    double t = a / (a - b);
    t = t >= 0 && t <= 1 ? t : .5;
    return (rv_point){ c + corner_c[k] + t * (corner_c[n] - corner_c[k]) + .5,
                       r + corner_r[k] + t * (corner_r[n] - corner_r[k]) + .5 };
}

/* Side by which the contour that entered through a side leaves the cell. */
static int exit_side(const surface *s, int c, int r, int enter)
{
    double v[4];
    bool high[4];
    for (int k = 0; k < 4; k++) {
        v[k] = sample(s, c + corner_c[k], r + corner_r[k]);
        high[k] = is_high(v[k]);
    }
    if (high[0] == high[2] && high[1] == high[3] && high[0] != high[1]) {
        const double saddle = (v[0] * v[2] - v[1] * v[3]) / (v[0] + v[2] - v[1] - v[3]);
        const bool wrap_first = high[enter] != is_high(saddle); /* the corner that the middle does not reach */
        return wrap_first ? (enter + 3) % 4 : (enter + 1) % 4;
    }
    for (int k = 1; k < 4; k++) {
        const int side = (enter + k) % 4;
        if (high[side] != high[(side + 1) % 4])
            return side;
    }
    return enter;
}

/* The contour that enters cell (c, r) through its top, high at the right. */
static int follow(points *out, const surface *s, int c0, int r0)
{
    int c = c0, r = r0, side = 0;
    out->n = 0;
    do {
        if (side == 0)
            s->entered[(size_t)(r + 1) * (size_t)(s->w + 1) + (size_t)(c + 1)] = 1;
        const rv_point p = crossing(s, c, r, side);
        const rv_point *last = out->n ? &out->v[out->n - 1] : NULL;
        if ((!last || last->x != p.x || last->y != p.y) && RV__PUSH(out, p) < 0)
            return RV_ERR_NOMEM;
        const int leave = exit_side(s, c, r, side);
        c += across_c[leave];
        r += across_r[leave];
        side = (leave + 2) % 4;
    } while (c != c0 || r != r0 || side != 0);
    while (out->n > 1 && out->v[0].x == out->v[out->n - 1].x && out->v[0].y == out->v[out->n - 1].y)
        out->n--;
    return RV_OK;
}

/* All contours as rings of one list, outer ones and holes alike. */
static int follow_all(rv_polygon *rings, points *ring, const surface *s)
{
    int err;
    for (int r = 0; r < s->h; r++) {
        for (int c = -1; c < s->w; c++) {
            const bool enters = !is_high(sample(s, c, r)) && is_high(sample(s, c + 1, r));
            if (!enters || s->entered[(size_t)(r + 1) * (size_t)(s->w + 1) + (size_t)(c + 1)])
                continue;
            if ((err = follow(ring, s, c, r)) < 0 ||
                (ring->n >= 3 && (err = rv__polygon_ring(rings, ring->v, ring->n)) < 0))
                return err;
        }
    }
    return RV_OK;
}

static bool ring_contains(const rv_ring *ring, double col, double row)
{
    rv_ring copy = *ring;
    const rv_polygon only = { &copy, 1 };
    return rv__polygon_contains(&only, col, row);
}

static double ring_distance(const rv_ring *ring, double col, double row)
{
    double least = INFINITY;
    for (size_t i = 0, j = ring->n - 1; i < ring->n; j = i++) {
        const rv_point a = ring->p[j], b = ring->p[i];
        const double dx = b.x - a.x, dy = b.y - a.y, length2 = dx * dx + dy * dy;
        double t = length2 > 0 ? ((col - a.x) * dx + (row - a.y) * dy) / length2 : 0;
        t = fmin(fmax(t, 0), 1);
        least = fmin(least, hypot(col - a.x - t * dx, row - a.y - t * dy));
    }
    return least;
}

/* The smallest outer ring around a point, or rings->n. */
static size_t smallest_around(const rv_polygon *rings, double col, double row)
{
    size_t best = rings->n;
    double best_area = INFINITY;
    for (size_t i = 0; i < rings->n; i++) {
        const double area = -rv__ring_area(&rings->ring[i]); /* rows grow downward */
        if (area > 0 && area < best_area && ring_contains(&rings->ring[i], col, row)) {
            best = i;
            best_area = area;
        }
    }
    return best;
}

static size_t nearest_outer(const rv_polygon *rings, double col, double row)
{
    size_t best = rings->n;
    double least = INFINITY;
    for (size_t i = 0; i < rings->n; i++) {
        const double d = ring_distance(&rings->ring[i], col, row);
        if (rv__ring_area(&rings->ring[i]) < 0 && d < least) {
            best = i;
            least = d;
        }
    }
    return best;
}

/* The chosen outer ring with the holes that have it as their nearest surrounding. */
static int choose(rv_polygon *out, const rv_polygon *rings, double col, double row)
{
    size_t outer = smallest_around(rings, col, row);
    if (outer == rings->n)
        outer = nearest_outer(rings, col, row);
    if (outer == rings->n)
        return rv__fail(RV_ERR_NOTFOUND, "the surface does not reach the contour's level anywhere");
    int err = rv__polygon_ring(out, rings->ring[outer].p, rings->ring[outer].n);
    for (size_t i = 0; err == RV_OK && i < rings->n; i++) {
        const rv_ring *hole = &rings->ring[i];
        if (rv__ring_area(hole) > 0 && smallest_around(rings, hole->p[0].x, hole->p[0].y) == outer)
            err = rv__polygon_ring(out, hole->p, hole->n);
    }
    return err;
}

int rv__contour_level(rv_polygon *out, const float *surface_v, size_t w, size_t h, double level, rv_point near)
{
    rv_polygon rings = { 0 }, chosen = { 0 };
    points ring = { 0 };
    int err = RV_ERR_NOMEM;
    surface s = { surface_v, (int)w, (int)h, level, rv__alloc((w + 1) * (h + 1), 1) };
    if (s.entered && (err = follow_all(&rings, &ring, &s)) == RV_OK)
        err = choose(&chosen, &rings, near.x, near.y);
    rv__free(s.entered);
    rv__free(ring.v);
    rv_polygon_release(&rings);
    if (err < 0) {
        rv_polygon_release(&chosen);
        return err;
    }
    *out = chosen;
    return RV_OK;
}

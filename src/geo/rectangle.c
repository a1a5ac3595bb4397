/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rectangle of least area around a ring.
 *
 * One side of it lies along an edge of the convex hull [freeman1975], so it is enough to turn a pair of calipers once
 * around the hull [toussaint1983]. The hull is Andrew's monotone chain [andrew1979].
 */
#include "geo/polygon.h"

#include "base/error.h"
#include "base/mem.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct box {
    double along[2], across[2]; /* extent in the frame of the edge: lowest, highest */
} box;

static int by_x_then_y(const void *pa, const void *pb)
{
    const rv_point *a = pa, *b = pb;
    if (a->x < b->x || a->x > b->x)
        return a->x < b->x ? -1 : 1;
    return (a->y > b->y) - (a->y < b->y);
}

static double turn(rv_point a, rv_point b, rv_point c)
{
    return (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x);
}

static double dot(rv_point p, rv_point u)
{
    return p.x * u.x + p.y * u.y;
}

/* Hull of sorted points, counter-clockwise, no three on a line. hull holds 2 n points. */
static size_t hull_of_sorted(rv_point *hull, const rv_point *p, size_t n)
{
    size_t k = 0;
    for (size_t i = 0; i < n; i++) {
        while (k >= 2 && turn(hull[k - 2], hull[k - 1], p[i]) <= 0)
            k--;
        hull[k++] = p[i];
    }
    const size_t lower = k + 1;
    for (size_t i = n - 1; i-- > 0;) {
        while (k >= lower && turn(hull[k - 2], hull[k - 1], p[i]) <= 0)
            k--;
        hull[k++] = p[i];
    }
    return k > 1 ? k - 1 : k; /* the last one repeats the first */
}

/* Walk an extreme point forward while the next one lies farther along u. */
static size_t advance(const rv_point *hull, size_t n, size_t at, rv_point u)
{
    for (size_t steps = 0; steps < n && dot(hull[(at + 1) % n], u) > dot(hull[at], u); steps++)
        at = (at + 1) % n;
    return at;
}

static double box_area(const box *b)
{
    return (b->along[1] - b->along[0]) * (b->across[1] - b->across[0]);
}

/* Least box over all edge directions; u is its direction. */
static box least_box(rv_point *u, const rv_point *hull, size_t n)
{
    box best = { { -INFINITY, INFINITY }, { -INFINITY, INFINITY } };
    size_t right = 0, top = 0, left = 0;
    for (size_t i = 0; i < n; i++) {
        const rv_point a = hull[i], b = hull[(i + 1) % n];
        const double length = hypot(b.x - a.x, b.y - a.y);
        const rv_point e = { (b.x - a.x) / length, (b.y - a.y) / length };
        const rv_point back = { -e.x, -e.y }, up = { -e.y, e.x };
        if (i == 0)
            right = 1 % n;
        right = advance(hull, n, right, e);
        top = advance(hull, n, i == 0 ? right : top, up);
        left = advance(hull, n, i == 0 ? top : left, back);
        const box now = { { dot(hull[left], e), dot(hull[right], e) }, { dot(a, up), dot(hull[top], up) } };
        if (i == 0 || box_area(&now) < box_area(&best)) {
            best = now;
            *u = e;
        }
    }
    return best;
}

static void box_to_rect(double centre[2], double half[2], double *angle_rad, const box *b, rv_point u)
{
    const double along = (b->along[0] + b->along[1]) / 2, across = (b->across[0] + b->across[1]) / 2;
    const double half_along = (b->along[1] - b->along[0]) / 2, half_across = (b->across[1] - b->across[0]) / 2;
    const double pi = acos(-1.0);
    double angle = atan2(u.y, u.x);
    centre[0] = along * u.x - across * u.y;
    centre[1] = along * u.y + across * u.x;
    half[0] = fmax(half_along, half_across);
    half[1] = fmin(half_along, half_across);
    if (half_across > half_along)
        angle += pi / 2;
    while (angle > pi / 2)
        angle -= pi;
    while (angle <= -pi / 2)
        angle += pi;
    *angle_rad = angle;
}

int rv__min_area_rect(double centre[2], double half[2], double *angle_rad, const rv_ring *ring)
{
    assert(ring->n > 0);
    rv_point *sorted = rv__alloc(ring->n, 3 * sizeof *sorted);
    if (!sorted)
        return RV_ERR_NOMEM;
    rv_point *hull = sorted + ring->n;
    const rv_point o = ring->p[0];
    for (size_t i = 0; i < ring->n; i++)
        sorted[i] = (rv_point){ ring->p[i].x - o.x, ring->p[i].y - o.y };
    qsort(sorted, ring->n, sizeof *sorted, by_x_then_y);
    size_t distinct = 1;
    for (size_t i = 1; i < ring->n; i++) {
        if (by_x_then_y(&sorted[i], &sorted[distinct - 1]) != 0)
            sorted[distinct++] = sorted[i];
    }
    const size_t n = hull_of_sorted(hull, sorted, distinct);
    rv_point u = { 1, 0 };
    box b = { { hull[0].x, hull[0].x }, { hull[0].y, hull[0].y } };
    if (n > 1)
        b = least_box(&u, hull, n);
    rv__free(sorted);
    box_to_rect(centre, half, angle_rad, &b, u);
    centre[0] += o.x;
    centre[1] += o.y;
    return RV_OK;
}

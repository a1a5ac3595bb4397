/* SPDX-License-Identifier: Apache-2.0 */
/* Scored alone, a greenhouse in a row of them looks worse than one in a field: the ring around it lies on its neighbours.
 * What tells it are these neighbours. So candidates are scored twice, the second time knowing what was likely around
 * them, as auto-context does for pixels [tu2010]. Those counted hardly overlap, for they are what would be chosen; and
 * not the candidate itself, nor another cut of it. */
#include "detect/fellows.h"

#include "base/error.h"
#include "base/mem.h"
#include "detect/choose.h"
#include "detect/evidence.h"

#include <math.h>
#include <stdlib.h>

/* ln odds from which on one is counted: of those that are new, and of no others. */
static const double NEW_ALONE[RV__HYPOTHESES] = {
    [RV__NEW] = -2, [RV__GONE] = INFINITY, [RV__STOOD] = INFINITY, [RV__WORKS] = INFINITY
};
static const double FLOOR = -4;   /* ln odds below which no company makes a building of it */
static const double REACH_M = 60; /* between the boxes */
/* Distance, in radii of the larger, and overlap of boxes, in smaller ones, of what is another thing. */
static const double APART = 0.7, SHARED = 0.3;
static const double ALIKE = 0.6, ALONG = 0.8; /* |ln| of the ratio of sizes; cosine of twice the angle between */
static const float FELLOWS_MAX = 6, CROWD_MAX = 8;

static rv__fellow describe(const rv__candidate *c, const rv__run *runs)
{
    double n = 0, x = 0, y = 0, xx = 0, yy = 0, xy = 0;
    for (size_t i = 0; i < c->n_runs; i++) {
        const double length = runs[i].col1 - runs[i].col0, col = (runs[i].col0 + runs[i].col1 - 1) / 2.0,
                     row = runs[i].row;
        n += length;
        x += length * col;
        y += length * row;
        xx += length * (col * col + (length * length - 1) / 12);
        yy += length * row * row;
        xy += length * col * row;
    }
    x /= n;
    y /= n;
    return (rv__fellow){ .col = x,
                         .row = y,
                         .half_w = (c->col1 - c->col0) / 2.0,
                         .half_h = (c->row1 - c->row0) / 2.0,
                         .radius = sqrt(n / 3.14159265358979),
                         .px = n,
                         .heading_rad = atan2(2 * (xy / n - x * y), xx / n - x * x - (yy / n - y * y)) / 2,
                         .chance = 1 / (1 + exp(-c->score)) };
}

static int by_row(const void *a, const void *b)
{
    const rv__fellow *p = a, *q = b;
    if (p->row != q->row)
        return p->row < q->row ? -1 : 1;
    return p->col < q->col ? -1 : p->col > q->col ? 1 : 0;
}

int rv__fellows_find(rv__fellows *out, const rv__candidates *list, const rv__maps *maps)
{
    size_t *order = NULL, n = 0;
    int err = rv__choose(&order, &n, list, maps, NEW_ALONE, true);
    rv__fellow *v = err ? NULL : rv__alloc(n, sizeof *v);
    double half_h = 0;
    for (size_t i = 0; v && i < n; i++) {
        const rv__candidate *c = &list->v[order[i]];
        v[i] = describe(c, list->run.v + c->run);
        half_h = fmax(half_h, v[i].half_h);
    }
    rv__free(order);
    if (!v)
        return err ? err : RV_ERR_NOMEM;
    qsort(v, n, sizeof *v, by_row);
    *out = (rv__fellows){ v, n, half_h };
    return RV_OK;
}

void rv__fellows_release(rv__fellows *f)
{
    rv__free(f->v);
    *f = (rv__fellows){ 0 };
}

/* Another thing, and not too far away. */
static bool is_fellow(const rv__fellow *a, const rv__fellow *b, double reach)
{
    const double dx = fabs(a->col - b->col), dy = fabs(a->row - b->row);
    const double both_w = a->half_w + b->half_w - dx, both_h = a->half_h + b->half_h - dy;
    const double shared_w = fmin(fmax(both_w, 0), 2 * fmin(a->half_w, b->half_w));
    const double shared_h = fmin(fmax(both_h, 0), 2 * fmin(a->half_h, b->half_h));
    return hypot(fmax(-both_w, 0), fmax(-both_h, 0)) < reach && hypot(dx, dy) > APART * fmax(a->radius, b->radius) &&
           shared_w * shared_h <= SHARED * 4 * fmin(a->half_w * a->half_h, b->half_w * b->half_h);
}

static size_t first_from(const rv__fellows *f, double row)
{
    size_t lo = 0, hi = f->n;
    while (lo < hi) {
        const size_t middle = lo + (hi - lo) / 2;
        if (f->v[middle].row < row)
            lo = middle + 1;
        else
            hi = middle;
    }
    return lo;
}

void rv__fellows_count(rv__candidate *c, const rv__run *runs, const rv__fellows *f, const rv__scale *s)
{
    c->alone = (float)(c->score - rv__evidence_change(c, RV__AFTER));
    if (c->hypothesis != RV__NEW || (double)c->alone <= FLOOR)
        return;
    const double reach = REACH_M / s->fine_m;
    const rv__fellow own = describe(c, runs);
    const double far = reach + own.half_h + f->half_h;
    double alike = 0, all = 0, along = 0, best = 0;
    for (size_t i = first_from(f, own.row - far); i < f->n && f->v[i].row <= own.row + far; i++) {
        const rv__fellow *other = &f->v[i];
        if (!is_fellow(&own, other, reach))
            continue;
        all += other->chance;
        if (fabs(log(own.px / other->px)) >= ALIKE)
            continue;
        alike += other->chance;
        best = fmax(best, other->chance);
        if (fabs(cos(2 * (own.heading_rad - other->heading_rad))) > ALONG)
            along += other->chance;
    }
    c->among = true;
    c->fellows = fminf((float)alike, FELLOWS_MAX);
    c->crowd = fminf((float)all, CROWD_MAX);
    c->fellow = (float)best;
    c->parallel = fminf((float)along, FELLOWS_MAX);
}

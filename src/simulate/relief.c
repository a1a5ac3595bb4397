/* SPDX-License-Identifier: Apache-2.0 */
/* Hills and trees as a height map. Cast shadow by one sweep away from the sun: along it the height of the shadow's upper
 * edge is carried on, falling by tan(elevation) a metre, and lifted by whatever stands higher; O(samples), where a search
 * towards the sun is O(samples x shadow length). Trees stand on a jittered lattice in woods, a few in fields; a crown is a
 * paraboloid. */
#include "simulate/relief.h"

#include <math.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/rng.h"
#include "simulate/land.h"

static const double TREE_M = 5.0; /* of the lattice */

static bool is_clear(const rv__site *site, double x, double y)
{
    for (int k = 0; k < site->n_roads; k++)
        if (rv__road_distance(NULL, &site->road[k], x, y) < site->road[k].width_m / 2 + 3.0)
            return false;
    for (int k = 0; k < site->n_buildings; k++) {
        const rv__sim_building *b = &site->building[k];
        const double r = hypot(b->half[0], b->half[1]) + b->yard_m + 3.0;
        if (fabs(x - b->x) < r && fabs(y - b->y) < r)
            return false;
    }
    return true;
}

static void stamp_crown(rv__relief *r, double x, double y, double radius, double height)
{
    const double step = r->net.step_m, cx = x / step - r->net.col0 - .5, cy = y / step - r->net.row0 - .5,
                 q = radius / step;
    const long i0 = (long)fmax(0, ceil(cy - q)), i1 = (long)fmin((double)r->net.h - 1, floor(cy + q));
    const long j0 = (long)fmax(0, ceil(cx - q)), j1 = (long)fmin((double)r->net.w - 1, floor(cx + q));
    for (long i = i0; i <= i1; i++)
        for (long j = j0; j <= j1; j++) {
            const double d2 = ((double)i - cy) * ((double)i - cy) + ((double)j - cx) * ((double)j - cx);
            float *at = &r->canopy[(size_t)i * r->net.w + (size_t)j];
            *at = fmaxf(*at, (float)(height * (1.0 - .6 * d2 / (q * q))) * (d2 <= q * q));
        }
}

/* Woods are full of trees; grass has some, more of them along its edges; fields have few. */
static double chance_of_tree(const rv__site *site, double x, double y, float wild)
{
    double edge, uv[2];
    const rv__parcel *p = rv__land_parcel(&edge, uv, site, NULL, (double[2]){ x, y }, wild);
    if (p->cover == RV__COVER_WOOD || wild > RV__LAND_WILD)
        return .92;
    if (site->opts.suite == RV_SUITE_DEMO)
        return 0.0; /* a plain country: lone trees are for the suites */
    if (wild > RV__LAND_WILD - .12f)
        return .3;
    return edge < 3.0 ? p->bright < .95 ? .35 : .06 : p->cover == RV__COVER_GRASS ? .012 : .002;
}

static void plant_tree(rv__relief *r, const rv__site *site, const float *wild, long i, long j)
{
    rv__rng g;
    rv__rng_init(&g, (uint64_t)site->opts.seed, (uint32_t)j, (uint32_t)i, RV__DRAW_TREES);
    const double x = ((double)j + .8 * rv__rng_uniform(&g)) * TREE_M,
                 y = ((double)i + .8 * rv__rng_uniform(&g)) * TREE_M;
    const double col = floor(x / r->net.step_m - r->net.col0), row = floor(y / r->net.step_m - r->net.row0);
    if (col < 0 || row < 0 || col >= (double)r->net.w || row >= (double)r->net.h)
        return;
    const float w = wild[(size_t)row * r->net.w + (size_t)col];
    if (rv__rng_uniform(&g) > chance_of_tree(site, x, y, w) || !is_clear(site, x, y))
        return;
    const double lone = rv__rng_between(&g, 3, 10),
                 close = rv__rng_between(&g, 8, 11); /* crowns of a wood are a closed roof */
    stamp_crown(r, x, y, rv__rng_between(&g, 1.8, 3.6), w > RV__LAND_WILD ? close : lone);
}

static int plant_trees(rv__relief *r, const rv__site *site)
{
    float *wild = rv__alloc(r->net.w * r->net.h, sizeof *wild);
    const int err = wild ? rv__land_wild(wild, site, &r->net) : RV_ERR_NOMEM;
    const double x0 = r->net.col0 * r->net.step_m, side = (double)r->net.w * r->net.step_m;
    const long first = (long)floor(x0 / TREE_M), n = (long)ceil(side / TREE_M);
    for (long i = first; err == RV_OK && i <= first + n; i++)
        for (long j = first; j <= first + n; j++)
            plant_tree(r, site, wild, i, j);
    rv__free(wild);
    return err;
}

int rv__relief_make(rv__relief *out, const rv__site *site)
{
    enum { MARGIN = 24 }; /* px */
    const int fine = site->opts.size_px <= 1024 ? 2 : 1;
    rv__relief r = { { -MARGIN * fine, -MARGIN * fine, site->opts.gsd_m / fine, 0, 0 }, NULL, NULL };
    *out = r;
    if (site->opts.suite == RV_SUITE_PLAIN)
        return RV_OK;
    r.net.w = r.net.h = (size_t)((site->opts.size_px + 2 * MARGIN) * fine);
    r.ground = rv__alloc(r.net.w * r.net.h, sizeof *r.ground);
    r.canopy = rv__alloc(r.net.w * r.net.h, sizeof *r.canopy);
    int err = r.ground && r.canopy ? rv__land_heights(r.ground, site, &r.net) : RV_ERR_NOMEM;
    if (err < 0 || (err = plant_trees(&r, site)) < 0) {
        rv__relief_release(&r);
        return err;
    }
    *out = r;
    return RV_OK;
}

void rv__relief_release(rv__relief *r)
{
    rv__free(r->ground);
    rv__free(r->canopy);
    r->ground = r->canopy = NULL;
}

/* One step of the sweep: from the line nearer the sun to the next one. stride: between items of a line. */
typedef struct sweep {
    size_t n, stride; /* items of a line */
    double offset;    /* where the line before is met, in items */
    float drop;       /* fall of the shadow's edge a step */
} sweep;

static void sweep_line(float *edge, const float *edge_before, const float *top_before, const sweep *s)
{
    const double base = floor(s->offset);
    const float f = (float)(s->offset - base);
    const long shift = (long)base;
    for (long j = 0; j < (long)s->n; j++) {
        const long a = j + shift < 0 ? 0 : j + shift >= (long)s->n ? (long)s->n - 1 : j + shift;
        const long b = a + 1 < (long)s->n ? a + 1 : a;
        const float ea = edge_before[a], ta = top_before[(size_t)a * s->stride], ha = ea > ta ? ea : ta;
        const float eb = edge_before[b], tb = top_before[(size_t)b * s->stride], hb = eb > tb ? eb : tb;
        edge[j] = ha + f * (hb - ha) - s->drop;
    }
}

/* 1 in the sun, 0 in the shadow of hills or trees. */
static int cast(float *lit, const float *top, const rv__cells *net, const rv__sim_view *v)
{
    const double ux = v->to_sun[0], uy = v->to_sun[1], flat = hypot(ux, uy);
    const bool rows = fabs(uy) >= fabs(ux);
    const double major = rows ? uy : ux, minor = rows ? ux : uy, length = flat / fabs(major);
    const size_t n_lines = rows ? net->h : net->w, n = rows ? net->w : net->h;
    const size_t line_stride = rows ? net->w : 1;
    const sweep s = { n, rows ? 1 : net->w, minor / fabs(major), (float)(net->step_m * length * v->to_sun[2] / flat) };
    float *edge[2] = { rv__alloc(n, sizeof(float)), rv__alloc(n, sizeof(float)) };
    const int err = edge[0] && edge[1] ? RV_OK : RV_ERR_NOMEM;
    for (size_t k = 0; err == RV_OK && k < n_lines; k++) {
        const size_t line = major > 0 ? n_lines - 1 - k : k, before = major > 0 ? line + 1 : line - 1;
        const float *here = top + line * line_stride;
        float *e = edge[k % 2];
        if (k == 0)
            for (size_t j = 0; j < n; j++)
                e[j] = -1e9f;
        else
            sweep_line(e, edge[(k + 1) % 2], top + before * line_stride, &s);
        for (size_t j = 0; j < n; j++) {
            const float dark = (e[j] - here[j * s.stride]) / .8f; /* soft over .8 m of height */
            lit[line * line_stride + j * s.stride] = 1.0f - (dark < 0.0f ? 0.0f : dark > 1.0f ? 1.0f : dark);
        }
    }
    rv__free(edge[0]);
    rv__free(edge[1]);
    return err;
}

int rv__relief_light(float *out, const rv__relief *r, const rv__sim_view *v)
{
    const size_t w = r->net.w, h = r->net.h;
    float *top = rv__alloc(w * h, sizeof *top);
    if (!top)
        return RV_ERR_NOMEM;
    for (size_t i = 0; i < w * h; i++)
        top[i] = r->ground[i] + r->canopy[i];
    const int err = cast(out, top, &r->net, v);
    const float sx = (float)(v->to_sun[0] / v->to_sun[2] / (2 * r->net.step_m)),
                sy = (float)(v->to_sun[1] / v->to_sun[2] / (2 * r->net.step_m));
    for (size_t i = 0; err == RV_OK && i < h; i++)
        for (size_t j = 0; j < w; j++) {
            const size_t at = i * w + j, l = j ? at - 1 : at, q = j + 1 < w ? at + 1 : at;
            const size_t u = i ? at - w : at, d = i + 1 < h ? at + w : at;
            /* cos i over that of level ground; crowns are rough, their slopes count half */
            const float slope = (r->ground[q] - r->ground[l] + .5f * (r->canopy[q] - r->canopy[l])) * sx +
                                (r->ground[d] - r->ground[u] + .5f * (r->canopy[d] - r->canopy[u])) * sy;
            const float facing = 1.0f - slope;
            out[at] *= facing < .1f ? .1f : facing > 2.0f ? 2.0f : facing;
        }
    rv__free(top);
    return err;
}

int rv__relief_sample(float *out, const rv__relief *r, const float *plane, const rv__cells *c)
{
    const double ratio = c->step_m / r->net.step_m;
    size_t *first = rv__alloc(c->w, sizeof *first);
    float *part = rv__alloc(c->w, sizeof *part), *line = rv__alloc(r->net.w, sizeof *line);
    const int err = first && part && line ? RV_OK : RV_ERR_NOMEM;
    for (size_t j = 0; err == RV_OK && j < c->w; j++) {
        const double x = fmin(fmax((c->col0 + (double)j + .5) * ratio - r->net.col0 - .5, 0), (double)r->net.w - 1.001);
        first[j] = (size_t)x;
        part[j] = (float)(x - floor(x));
    }
    for (size_t i = 0; err == RV_OK && i < c->h; i++) {
        const double y = fmin(fmax((c->row0 + (double)i + .5) * ratio - r->net.row0 - .5, 0), (double)r->net.h - 1.001);
        const float *a = plane + (size_t)y * r->net.w, *b = a + r->net.w;
        const float f = (float)(y - floor(y));
        for (size_t j = first[0]; j < first[c->w - 1] + 2; j++)
            line[j] = a[j] + f * (b[j] - a[j]);
        for (size_t j = 0; j < c->w; j++)
            out[i * c->w + j] = line[first[j]] + part[j] * (line[first[j] + 1] - line[first[j]]);
    }
    rv__free(first);
    rv__free(part);
    rv__free(line);
    return err;
}

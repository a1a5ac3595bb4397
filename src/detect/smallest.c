/* SPDX-License-Identifier: Apache-2.0 */
/* The smallest thing that would have been seen. Roofs of many sizes, with the contrasts of what was found here, are laid
 * into the case's own scenes at places that are clear and hold nothing, each from a scene drawn at random on; the same
 * search then tells which it finds. The chance of being seen is a logistic curve of ln area with one slope and a level
 * for each kind and each pair of neighbouring scenes (the pairs drawn to their mean by a normal prior of sd 1); where it
 * reaches .9 is the answer, its interval that of the delta method. */
#include <revisit/detect.h>

#include "base/error.h"
#include "base/linalg.h"
#include "base/mem.h"
#include "base/rng.h"
#include "base/robust.h"
#include "detect/plant.h"
#include "detect/reference.h"
#include "detect/series.h"
#include "detect/survey.h"
#include "detect/tile.h"
#include "geo/geos.h"
#include "geo/polygon.h"
#include "model/stack_internal.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { PITCH_PX = 40, WHOLE_PX = 640, CORE_PX = 256, CORES = 3, PASSES = 6, KINDS = 2, NEWTON = 25 };
enum { DRAW_PLACE = 301, DRAW_CORE };

static const uint64_t SEED = 4;
static const double SPAN = 64; /* largest area over the smallest */
static const double HIT_IOU = 0.25, CLEAR_SHARE = 0.9, SURE = 0.9, SIGMAS_95 = 1.96, SLOPE_MIN = 0.3;
static const double LOOSE = 1e-3, PAIR_PRIOR = 1; /* inverse variances of the priors */
static const double LONGEST[KINDS] = { 1.6, 3 };
static const int KIND[KINDS] = { RV_KIND_HOUSE, RV_KIND_HALL };

typedef struct contrast {
    float v[RV__CHANNELS];
} contrast;

typedef struct trial {
    const rv_stack *stack;
    const rv_structures *found;
    const rv_detect_opts *opts;
    rv__scale scale;
    RV__VEC(contrast) pool;
    rv__plants now, done;
} trial;

/* Contrast in the last scenes of what was found: the roofs of the place. */
static int take_contrast(trial *t, const rv_structure *s)
{
    rv__series series = { 0 };
    contrast c = { { 0 } };
    const int err = rv__reference_series(&series, s, t->stack, &t->scale);
    if (err || series.n == 0)
        return err;
    const int from = series.n > 3 ? series.n - 3 : 0;
    for (int k = 0; k < t->scale.channels; k++)
        c.v[k] = rv__median_f(series.value[k] + from, (size_t)(series.n - from));
    return RV__PUSH(&t->pool, c);
}

static double size_of(const contrast *c)
{
    return sqrt((double)(c->v[0] * c->v[0] + c->v[1] * c->v[1] + c->v[2] * c->v[2]));
}

/* The middle half by size: what was found shows the site's usual roof, its faintest and brightest are odd. */
static void keep_middle(trial *t)
{
    contrast *v = t->pool.v;
    const size_t n = t->pool.n;
    for (size_t i = 1; i < n; i++)
        for (size_t k = i; k > 0 && size_of(&v[k]) < size_of(&v[k - 1]); k--) {
            const contrast swap = v[k];
            v[k] = v[k - 1];
            v[k - 1] = swap;
        }
    memmove(v, v + n / 4, (n - n / 2) * sizeof *v);
    t->pool.n = n - n / 2;
}

/* Where nothing was found, roofs are as far above the middle of the site's light as its brightest eighth. */
static int fill_pool(trial *t)
{
    int err = RV_OK;
    for (size_t i = 0; !err && i < t->found->n; i++) {
        const rv_structure *s = &t->found->v[i];
        const bool building = s->kind == RV_KIND_EXISTING || s->kind == RV_KIND_HALL || s->kind == RV_KIND_HOUSE ||
                              s->kind == RV_KIND_BUILDING;
        if (building && s->event != RV_EVENT_DEMOLISHED)
            err = take_contrast(t, s);
    }
    keep_middle(t);
    const float *rank = t->scale.rank[RV__AFTER][RV__LIGHT];
    const contrast stated = {
        { (rank[RV__RANKS * 7 / 8] - rank[RV__RANKS / 2]) / t->scale.noise[RV__LIGHT] },
    };
    return err || t->pool.n ? err : RV__PUSH(&t->pool, stated);
}

static bool meets_found(const trial *t, const rv__plant *o)
{
    const double reach = hypot(o->half[0], o->half[1]) + 4;
    for (size_t i = 0; i < t->found->n; i++) {
        double box[4] = { INFINITY, INFINITY, -INFINITY, -INFINITY };
        const rv_ring *ring = &t->found->v[i].outline.ring[0];
        for (size_t k = 0; k < ring->n; k++) {
            double col, row;
            rv_grid_to_pixel(rv_stack_grid(t->stack), ring->p[k].x, ring->p[k].y, &col, &row);
            box[0] = fmin(box[0], col);
            box[1] = fmin(box[1], row);
            box[2] = fmax(box[2], col);
            box[3] = fmax(box[3], row);
        }
        if (o->col + reach > box[0] && o->col - reach < box[2] && o->row + reach > box[1] && o->row - reach < box[3])
            return true;
    }
    return false;
}

/* Inside the site, and seen in the scenes before and after. */
static int is_clear(bool *clear, const trial *t, const rv__plant *o)
{
    const int reach = (int)ceil(hypot(o->half[0], o->half[1])) + 3, side = 2 * reach + 1;
    const rv__window box = { (int)o->col - reach, (int)o->row - reach, side, side };
    *clear = box.col0 >= 0 && box.row0 >= 0 && box.col0 + side <= t->scale.width && box.row0 + side <= t->scale.height;
    if (!*clear)
        return RV_OK;
    float *light = rv__alloc((size_t)side * (size_t)side, sizeof *light);
    int err = light ? RV_OK : RV_ERR_NOMEM;
    for (int at = o->first - 1; !err && *clear && at <= o->first; at++) {
        int n = 0;
        err = rv__views_light(light, t->stack, (size_t)at, box);
        for (int i = 0; i < side * side; i++)
            n += light[i] > 0;
        *clear = n >= CLEAR_SHARE * side * side;
    }
    rv__free(light);
    return err;
}

static rv__plant draw_plant(const trial *t, double col, double row, rv__rng *g)
{
    const double smallest = t->scale.min_px / (t->scale.zoom * t->scale.zoom);
    const int kind = (int)rv__rng_below(g, KINDS);
    const double area = smallest * exp(rv__rng_between(g, 0, log(SPAN))), longer = rv__rng_between(g, 1, LONGEST[kind]);
    rv__plant o = { .kind = KIND[kind] };
    o.half[0] = sqrt(area * longer) / 2;
    o.half[1] = sqrt(area / longer) / 2;
    o.angle = rv__rng_between(g, 0, 3.14159265358979);
    o.col = col + rv__rng_between(g, -4, 4);
    o.row = row + rv__rng_between(g, -4, 4);
    o.first = 1 + (int)rv__rng_below(g, (uint32_t)(t->scale.n - 1));
    memcpy(o.contrast, t->pool.v[rv__rng_below(g, (uint32_t)t->pool.n)].v, sizeof o.contrast);
    return o;
}

static int plant_core(trial *t, rv__window core, int pass, uint32_t number)
{
    rv__rng g;
    int err = RV_OK;
    rv__rng_init(&g, SEED, (uint32_t)pass, number, DRAW_PLACE);
    t->now.n = 0;
    for (int row = core.row0 + PITCH_PX / 2; !err && row < core.row0 + core.height; row += PITCH_PX)
        for (int col = core.col0 + PITCH_PX / 2; !err && col < core.col0 + core.width; col += PITCH_PX) {
            bool clear = false;
            const rv__plant o = draw_plant(t, col, row, &g);
            if (!meets_found(t, &o) && (err = is_clear(&clear, t, &o)) == RV_OK && clear)
                err = RV__PUSH(&t->now, o);
        }
    return err;
}

/* New, in its place, and its bracket holds the scenes between which it was laid. */
static int is_found(bool *seen, const trial *t, const rv__plant *o, const rv_structures *list)
{
    const size_t first = (size_t)o->first;
    rv_polygon shape = { 0 };
    rv_point p[4];
    rv__plant_corners(p, o);
    for (int k = 0; k < 4; k++)
        rv_grid_to_map(rv_stack_grid(t->stack), p[k].x, p[k].y, &p[k].x, &p[k].y);
    int err = rv__polygon_ring(&shape, p, 4);
    for (size_t i = 0; !err && !*seen && i < list->n; i++) {
        const rv_structure *s = &list->v[i];
        double iou = 0;
        if (s->event != RV_EVENT_NEW || rv__stack_scene(t->stack, s->absent_id) >= first ||
            rv__stack_scene(t->stack, s->present_id) < first)
            continue;
        err = rv__polygon_iou(&iou, &shape, &s->outline);
        *seen = iou > HIT_IOU;
    }
    rv_polygon_release(&shape);
    return err;
}

static int try_core(trial *t, rv__window core, int pass, uint32_t number)
{
    rv_structures list = { 0 };
    rv_detect_opts opts = *t->opts;
    opts.inventory = false;
    opts.candidates = NULL;
    int err = plant_core(t, core, pass, number);
    t->scale.plants = &t->now;
    err = err || !t->now.n ? err : rv__tile_detect(&list, t->stack, &t->scale, core, &opts);
    t->scale.plants = NULL;
    for (size_t i = 0; !err && i < t->now.n; i++) {
        err = is_found(&t->now.v[i].seen, t, &t->now.v[i], &list);
        err = err ? err : RV__PUSH(&t->done, t->now.v[i]);
    }
    rv_structures_release(&list);
    return err;
}

static int try_all(trial *t)
{
    const int w = t->scale.width, h = t->scale.height;
    const bool whole = w <= WHOLE_PX && h <= WHOLE_PX;
    int err = RV_OK;
    for (int pass = 0; !err && pass < PASSES; pass++)
        for (uint32_t i = 0; !err && i < (whole ? 1 : CORES); i++) {
            rv__rng g;
            rv__rng_init(&g, SEED, (uint32_t)pass, i, DRAW_CORE);
            rv__window core = { 0, 0, w, h };
            if (!whole) {
                core = (rv__window){ 0, 0, w < CORE_PX ? w : CORE_PX, h < CORE_PX ? h : CORE_PX };
                core.col0 = (int)rv__rng_below(&g, (uint32_t)(w - core.width + 1));
                core.row0 = (int)rv__rng_below(&g, (uint32_t)(h - core.height + 1));
            }
            err = rv__progress("smallest", (double)pass / PASSES);
            err = err ? err : try_core(t, core, pass, i);
        }
    return err;
}

/* Rows of the model: a level for each kind, one for each pair of scenes, the slope. */
static void row_of(double *x, const rv__plant *o, size_t p)
{
    memset(x, 0, p * sizeof *x);
    x[o->kind == KIND[1]] = 1;
    x[KINDS + o->first - 1] = 1;
    x[p - 1] = log(4 * o->half[0] * o->half[1]);
}

/* One Newton step of the penalised likelihood; s becomes the covariance. */
static int newton(double *beta, double *s, const rv__plants *all, size_t p)
{
    double *b = rv__alloc(4 * p + p * p, sizeof *b);
    if (!b)
        return RV_ERR_NOMEM;
    double *x = b + p, *step = x + p, *a = step + p;
    for (size_t k = 0; k < p; k++) {
        const double prior = k >= KINDS && k < p - 1 ? PAIR_PRIOR : LOOSE;
        a[k * p + k] = prior;
        b[k] = -prior * beta[k];
    }
    for (size_t i = 0; i < all->n; i++) {
        double eta = 0;
        row_of(x, &all->v[i], p);
        for (size_t k = 0; k < p; k++)
            eta += x[k] * beta[k];
        const double mean = 1 / (1 + exp(-eta)), weight = mean * (1 - mean);
        for (size_t k = 0; k < p; k++) {
            b[k] += x[k] * (all->v[i].seen - mean);
            for (size_t l = 0; l < p; l++)
                a[k * p + l] += weight * x[k] * x[l];
        }
    }
    const int err = rv__solve_spd(step, s, a, b, p);
    for (size_t k = 0; !err && k < p; k++)
        beta[k] += fmin(fmax(step[k], -3), 3);
    rv__free(b);
    return err;
}

/* Where the curve of a kind and a pair reaches SURE, in px of the grid; NAN: not within what was laid. */
static void read_curve(rv_smallest *out, const trial *t, const double *beta, const double *s, const int at[2])
{
    const size_t p = (size_t)(KINDS + t->scale.n);
    const double px2 = t->scale.pixel_m * t->scale.pixel_m;
    const double smallest = t->scale.min_px / (t->scale.zoom * t->scale.zoom), slope = beta[p - 1];
    const size_t index[3] = { (size_t)at[0], (size_t)(KINDS + at[1]), p - 1 };
    const double where = (log(SURE / (1 - SURE)) - beta[index[0]] - beta[index[1]]) / slope;
    const double g[3] = { -1 / slope, -1 / slope, -where / slope };
    double variance = 0;
    for (int i = 0; i < 3; i++)
        for (int k = 0; k < 3; k++)
            variance += g[i] * g[k] * s[index[i] * p + index[k]];
    if (!(slope > SLOPE_MIN) || where > log(smallest * SPAN))
        return;
    out->area_m2 = px2 * fmax(exp(where), smallest);
    out->lo_m2 = px2 * fmax(exp(where - SIGMAS_95 * sqrt(variance)), smallest);
    out->hi_m2 = px2 * fmax(exp(where + SIGMAS_95 * sqrt(variance)), smallest);
}

static int fit(rv_smallest *out, const trial *t)
{
    const size_t p = (size_t)(KINDS + t->scale.n); /* n - 1 pairs, and the slope */
    double *beta = rv__alloc(p + p * p, sizeof *beta);
    int err = beta ? RV_OK : RV_ERR_NOMEM;
    for (int i = 0; !err && i < NEWTON; i++)
        err = newton(beta, beta + p, &t->done, p);
    for (int i = 0; !err && i < KINDS * (t->scale.n - 1); i++) {
        const int at[2] = { i % KINDS, i / KINDS };
        rv_smallest *r = &out[i];
        *r = (rv_smallest){ .kind = KIND[at[0]], .area_m2 = NAN, .lo_m2 = NAN, .hi_m2 = NAN, .share = SURE };
        snprintf(r->absent_id, sizeof r->absent_id, "%s", rv_stack_facts(t->stack, (size_t)at[1])->id);
        snprintf(r->present_id, sizeof r->present_id, "%s", rv_stack_facts(t->stack, (size_t)at[1] + 1)->id);
        for (size_t k = 0; k < t->done.n; k++)
            if (t->done.v[k].kind == r->kind && t->done.v[k].first == at[1] + 1) {
                r->planted++;
                r->seen += t->done.v[k].seen;
            }
        if (r->planted > 0)
            read_curve(r, t, beta, beta + p, at);
    }
    rv__free(beta);
    return err;
}

int rv_detect_smallest(rv_smallest **out, size_t *n, const rv_stack *stack, const rv_structures *found,
                       const rv_detect_opts *opts)
{
    const rv_detect_opts o = opts ? *opts : (rv_detect_opts)RV_DETECT_OPTS_INIT;
    trial t = { .stack = stack, .found = found, .opts = &o };
    rv_smallest *made = NULL;
    int err = rv_fields_check(rv_detect_fields(), &o);
    err = err ? err : rv__scale_facts(&t.scale, stack, o.min_area_m2, o.min_area_px2);
    if (err)
        return err;
    if (t.scale.n < 2 || !(t.scale.pixel_m > 0)) {
        *out = NULL;
        *n = 0;
        return RV_OK;
    }
    rv__scale_scoring(&t.scale, o.scoring == RV_SCORING_FITTED);
    err = rv__survey(&t.scale, stack);
    err = err ? err : fill_pool(&t);
    err = err ? err : try_all(&t);
    const size_t rows = (size_t)(KINDS * (t.scale.n - 1));
    made = err ? NULL : rv__alloc(rows, sizeof *made);
    err = err ? err : made ? fit(made, &t) : RV_ERR_NOMEM;
    rv__free(t.pool.v);
    rv__free(t.now.v);
    rv__free(t.done.v);
    if (err) {
        rv__free(made);
        return err;
    }
    *out = made;
    *n = rows;
    return RV_OK;
}

void rv_smallest_free(rv_smallest *rows)
{
    rv__free(rows);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* A series to one reference: every scene against it, then neighbours in time against each other, then all of that in one
 * adjustment. Neighbours look more alike than scenes years apart, and each of them closes a loop with the reference: what
 * the loop misses is an error nobody had to state. Pairs with a low and a high sun tell the strength of the shadows' pull
 * (sun.c) to those that could not.
 */
#include "align/series.h"

#include "base/error.h"
#include "base/mem.h"
#include "geo/crs.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { L = RV__LINEAR, NONE = 4 };

/* What no pair can show: bands of one image lie a tenth of a px apart, and edges move in ways of their own. */
static const double SHARED_PX = .03;
/* Without the suns' angles the pull of shadows is not known; what it is in pixels of metres, a quarter of a year apart. */
static const double UNKNOWN_SUN_PX = .06;
/* The pull's form is a model: so much of it may be wrong. */
static const double PULL_DOUBT = .25;

static int progress(rv__series *s)
{
    return rv__progress("align", (double)s->done++ / (double)s->todo);
}

static bool takes_part(const rv__series *s, size_t t)
{
    return t == s->reference || s->match[t].trusted;
}

/* ---- to the reference ---- */

static int match_all(rv__series *s)
{
    int err = RV_OK;
    for (size_t t = 0; err == RV_OK && t < s->n; t++) {
        if (t == s->reference || (err = progress(s)) < 0)
            continue;
        err = rv__match_scenes(&s->match[t], s->scene[t], s->scene[s->reference], s->opts, &s->cache);
        s->match[t].through = t;
    }
    return err;
}

/** The pull of a pair with a neighbour adds to the neighbour's own. per_kappa in px of the neighbour. */
static void add_pull_of(double per_kappa[2], const rv__match *by)
{
    double back[9], g[4];
    const double *own = per_kappa, *its = by->sun.per_kappa;
    if (rv_transform_invert(back, by->map) < 0)
        return;
    const double col = .5 * (by->area[0] + by->area[2]), row = .5 * (by->area[1] + by->area[3]);
    double p[2];
    rv__mat_point(p, by->map, col, row);
    rv__mat_jacobian(g, back, p[0], p[1]);
    const double sum[2] = { g[0] * own[0] + g[1] * own[1] + its[0], g[2] * own[0] + g[3] * own[1] + its[1] };
    memcpy(per_kappa, sum, sizeof sum);
}

/** A scene that does not match the reference, by way of one that does and matches it. */
static int match_through(rv__series *s, size_t t, size_t by)
{
    rv__match m;
    double shift[2];
    const double most = s->opts->max_shift_px;
    const int err = rv__match_scenes(&m, s->scene[t], s->scene[by], s->opts, NULL);
    if (err < 0 || !m.trusted)
        return err;
    memcpy(m.start, s->match[t].start, sizeof m.start);
    rv__mat_multiply(m.map, m.map, s->match[by].map);
    memcpy(m.area, s->match[by].area, sizeof m.area);
    if (!rv__match_shift(shift, &m) || (most > 0 && hypot(shift[0], shift[1]) > most))
        return RV_OK;
    add_pull_of(m.sun.per_kappa, &s->match[by]);
    m.through = by;
    s->match[t] = m;
    return RV_OK;
}

/** The scene at place k in time by way of neighbours, nearer ones first. again: only those that were rescued after it. */
static int rescue_one(rv__series *s, size_t k, bool again)
{
    const size_t t = s->order[k];
    int err = RV_OK;
    for (size_t d = 1; d <= 2; d++)
        for (int side = again ? 1 : -1; side <= 1 && err == RV_OK && !s->match[t].trusted; side += 2) {
            const size_t at = side < 0 ? k - d : k + d;
            if (at >= s->n || s->order[at] == s->reference || !takes_part(s, s->order[at]))
                continue;
            if (!again || s->match[s->order[at]].through != s->order[at])
                err = match_through(s, t, s->order[at]);
        }
    return err;
}

/** Once forwards and once backwards, so that one that is rescued helps the next on either side. */
static int rescue(rv__series *s)
{
    int err = RV_OK;
    for (size_t i = 0; i < 2 * s->n && err == RV_OK; i++) {
        const bool again = i >= s->n;
        const size_t k = again ? 2 * s->n - 1 - i : i, t = s->order[k];
        if (!takes_part(s, t) && s->match[t].fit.used > 0)
            err = rescue_one(s, k, again);
    }
    return err;
}

/* ---- the pull of shadows ---- */

static void undo_pull(rv__match *m)
{
    m->pull[0] = m->sun.kappa * m->sun.per_kappa[0];
    m->pull[1] = m->sun.kappa * m->sun.per_kappa[1];
    const double move[9] = { 1, 0, m->pull[0], 0, 1, m->pull[1], 0, 0, 1 };
    rv__mat_multiply(m->map, m->map, move);
}

/** Strengths of all pairs, then every match loses the pull it had. */
static int find_pull(rv__series *s)
{
    rv__match **m = rv__alloc(s->n + s->n_pairs, sizeof(rv__match *));
    rv__sun **sun = rv__alloc(s->n + s->n_pairs, sizeof(rv__sun *));
    size_t n = 0;
    const int err = m && sun ? RV_OK : RV_ERR_NOMEM;
    for (size_t t = 0; err == RV_OK && t < s->n; t++)
        if (t != s->reference && s->match[t].trusted)
            m[n++] = &s->match[t];
    for (size_t i = 0; err == RV_OK && i < s->n_pairs; i++) /* in px of its own reference, near enough those of ours */
        m[n++] = &s->pair[i];
    for (size_t i = 0; i < n; i++)
        sun[i] = &m[i]->sun;
    if (err == RV_OK)
        rv__sun_pool(sun, n);
    for (size_t i = 0; i < n; i++)
        undo_pull(m[i]);
    rv__free(m);
    rv__free(sun);
    return err;
}

static int match_neighbours(rv__series *s, size_t a, size_t b)
{
    rv__match *m = &s->pair[s->n_pairs];
    rv__bands bands[2];
    double back[9], map[9];
    const rv_scene *pair[2] = { s->scene[b], s->scene[a] };
    int err = RV_OK;
    if (rv_transform_invert(back, s->match[a].map) < 0)
        return RV_OK;
    rv__mat_multiply(map, s->match[b].map, back);
    rv__bands_meet(bands, &s->match[b].bands[0], &s->match[a].bands[0], pair);
    if ((err = rv__match_again(m, pair[0], pair[1], bands, map, s->opts)) < 0 || !m->trusted)
        return err;
    s->pair_of[2 * s->n_pairs] = a;
    s->pair_of[2 * s->n_pairs++ + 1] = b;
    return RV_OK;
}

/** May the pair tell something new? One that placed a scene has told it already. */
static bool worth_matching(const rv__series *s, size_t a, size_t b)
{
    return a != s->reference && b != s->reference && s->match[a].trusted && s->match[b].trusted &&
           s->match[a].through != b && s->match[b].through != a;
}

static int match_in_time(rv__series *s)
{
    /* Pictures without a CRS are not adjusted: one neighbour each closes their loops. */
    const size_t far = rv_scene_grid(s->scene[s->reference])->crs[0] ? 2 : 1;
    int err = RV_OK;
    for (size_t k = 0; err == RV_OK && k < s->n; k++)
        for (size_t d = 1; err == RV_OK && d <= far && k + d < s->n; d++) {
            const size_t a = s->order[k], b = s->order[k + d];
            if ((err = progress(s)) == RV_OK && worth_matching(s, a, b))
                err = match_neighbours(s, a, b);
        }
    return err;
}

/* ---- rows ---- */

/** Covariance of a scene's own pair at a place of the reference; of all pairs on the way, where it went by others. */
static void pair_cov(double out[3], const rv__series *s, size_t t, double col, double row)
{
    const rv__match *m = &s->match[t], *by = &s->match[m->through];
    double p[2] = { col, row }, hop[3], g[4] = { 1, 0, 0, 1 };
    memset(out, 0, 3 * sizeof *out);
    if (m->through != t) {
        pair_cov(out, s, m->through, col, row);
        rv__mat_point(p, by->map, col, row);
        rv__mat_jacobian(g, by->map, col, row);
    }
    rv__field_cov(hop, &m->fit.field, m->fit.cov, p[0], p[1]);
    if (m->fit.field.model == RV__HOMOGRAPHY) {
        /* Relief and oblique views move single places against any homography: the windows' spread is what one place may
         * be off. */
        hop[0] += m->fit.spread * m->fit.spread;
        hop[2] += m->fit.spread * m->fit.spread;
    }
    const double det2 = (g[0] * g[3] - g[1] * g[2]) * (g[0] * g[3] - g[1] * g[2]);
    out[0] += (g[3] * g[3] * hop[0] - 2 * g[1] * g[3] * hop[1] + g[1] * g[1] * hop[2]) / det2;
    out[1] += ((g[0] * g[3] + g[1] * g[2]) * hop[1] - g[2] * g[3] * hop[0] - g[0] * g[1] * hop[2]) / det2;
    out[2] += (g[2] * g[2] * hop[0] - 2 * g[0] * g[2] * hop[1] + g[0] * g[0] * hop[2]) / det2;
}

static bool in_adjustment(const rv__series *s, size_t t)
{
    return s->adjusted && s->match[t].trusted;
}

/** Is what shadows pull known: both suns, and either alike or told by the spectrum? */
static bool pull_known(const rv__series *s, size_t t)
{
    double ds[2];
    const bool suns = rv__sun_difference(ds, s->scene[t], s->scene[s->reference]);
    const double *told = s->match[t].sun.per_kappa;
    return suns && (rv__suns_alike(ds) || told[0] != 0 || told[1] != 0);
}

static void put_cov(rv_transform *row, const rv__series *s, size_t t)
{
    const rv__match *m = &s->match[t];
    const double col = .5 * (m->area[0] + m->area[2]), at = .5 * (m->area[1] + m->area[3]);
    double joint[3];
    pair_cov(row->cov_px2, s, t, col, at);
    /* What all pairs of one scene share, its noise and what changed for good, no loop shows: the adjustment takes its pairs
     * for independent and may not claim more than the pair that placed the scene. */
    rv__field_cov(joint, &s->basis, s->cov + t * L * L, col, at);
    if (in_adjustment(s, t) && joint[0] + joint[2] > row->cov_px2[0] + row->cov_px2[2])
        memcpy(row->cov_px2, joint, sizeof joint);
    const double shared = pull_known(s, t) ? SHARED_PX : hypot(SHARED_PX, UNKNOWN_SUN_PX);
    const double pull = m->sun.sigma * m->sun.sigma + PULL_DOUBT * PULL_DOUBT * m->sun.kappa * m->sun.kappa;
    const double *k = m->sun.per_kappa;
    row->cov_px2[0] += pull * k[0] * k[0] + shared * shared;
    row->cov_px2[1] += pull * k[0] * k[1];
    row->cov_px2[2] += pull * k[1] * k[1] + shared * shared;
    row->sigma_px = sqrt(.5 * (row->cov_px2[0] + row->cov_px2[2]));
}

static void put_row(rv_transform *row, const rv__series *s, size_t t)
{
    static const int kinds[] = { RV_TRANSFORM_SHIFT, RV_TRANSFORM_AFFINE, RV_TRANSFORM_AFFINE,
                                 RV_TRANSFORM_HOMOGRAPHY };
    const rv__match *m = &s->match[t];
    const double loops = s->closure[2 * t + 1];
    rv_fields_init(rv_transform_fields(), row);
    row->trusted = m->trusted;
    memcpy(row->why, m->why, sizeof row->why);
    if (!m->fit.used || rv_transform_invert(row->m, m->map) < 0) {
        row->trusted = 0;
        if (m->fit.used && m->trusted)
            snprintf(row->why, sizeof row->why, "the transform found is singular");
        return;
    }
    row->residual_px = m->fit.spread;
    row->ties = m->fit.agree;
    row->kind = in_adjustment(s, t) && s->opts->model != 1 ? RV_TRANSFORM_AFFINE : kinds[m->fit.field.model];
    put_cov(row, s, t);
    rv__match_shift(row->shift_px, m);
    memcpy(row->pull_px, m->pull, sizeof row->pull_px);
    row->loops = (int)loops;
    row->closure_px = loops > 0 ? sqrt(s->closure[2 * t] / loops) : NAN;
    if (m->trusted && m->through != t)
        snprintf(row->why, sizeof row->why, "matched by way of %s", rv_scene_facts(s->scene[m->through])->id);
}

/** The smooth field of a scene whose matrix is found. */
static int put_bend(rv_transform *row, const rv__series *s, size_t t)
{
    const rv__match *m = &s->match[t];
    double var = 0;
    if (!m->trusted || !s->opts->bend || m->through != t || s->opts->model == 1)
        return RV_OK;
    const int err = rv__bend_find(row->bend, &var, m, s->scene[t], s->scene[s->reference], s->opts);
    row->cov_px2[0] += var;
    row->cov_px2[2] += var;
    row->sigma_px = sqrt(.5 * (row->cov_px2[0] + row->cov_px2[2]));
    return err;
}

static void put_in_order(rv__series *s)
{
    for (size_t t = 0; t < s->n; t++) {
        size_t k = t;
        for (; k > 0 && rv__middle_of_period(s->scene[s->order[k - 1]]) > rv__middle_of_period(s->scene[t]); k--)
            s->order[k] = s->order[k - 1];
        s->order[k] = t;
    }
}

static int series_new(rv__series *s)
{
    const rv_grid *grid = rv_scene_grid(s->scene[s->reference]);
    const size_t n = s->n;
    s->match = rv__alloc(n, sizeof *s->match);
    s->order = rv__alloc(n, sizeof *s->order);
    s->link = rv__alloc(3 * n, sizeof *s->link);
    s->pair = rv__alloc(2 * n, sizeof *s->pair);
    s->pair_of = rv__alloc(4 * n, sizeof *s->pair_of);
    s->cov = rv__alloc(n * L * L, sizeof *s->cov);
    s->closure = rv__alloc(2 * n, sizeof *s->closure);
    if (!s->match || !s->order || !s->link || !s->pair || !s->pair_of || !s->cov || !s->closure)
        return RV_ERR_NOMEM;
    s->basis = (rv__field){ .model = RV__AFFINE,
                            .origin = { .5 * grid->width, .5 * grid->height },
                            .unit = .5 * (grid->width > grid->height ? grid->width : grid->height) };
    s->todo = n > 2 ? 4 * n : 2;
    for (int i = 0; i < 9; i++)
        s->match[s->reference].map[i] = s->match[s->reference].start[i] = i % 4 == 0;
    put_in_order(s);
    return RV_OK;
}

static void series_release(rv__series *s)
{
    rv__view_release(&s->cache.view);
    rv__free(s->match);
    rv__free(s->order);
    rv__free(s->link);
    rv__free(s->pair);
    rv__free(s->pair_of);
    rv__free(s->cov);
    rv__free(s->closure);
}

/** As the georeference has it, unmeasured. */
static int believe(rv_transform *row, const rv_scene *scene, const rv_scene *reference)
{
    double map[9], worst;
    rv_transform_identity(row);
    row->kind = RV_TRANSFORM_AFFINE;
    row->sigma_px = row->cov_px2[0] = row->cov_px2[1] = row->cov_px2[2] = NAN;
    const int err = rv__grid_map(map, &worst, rv_scene_grid(reference), rv_scene_grid(scene));
    if (err == RV_ERR_NOMEM)
        return err;
    row->trusted = err == RV_OK && rv_transform_invert(row->m, map) == RV_OK;
    snprintf(row->why, sizeof row->why, "%s", row->trusted ? "georeference believed, as asked" : rv_last_error());
    return RV_OK;
}

static int measure(rv__series *s, bool tilted)
{
    int err;
    if ((err = match_all(s)) < 0 || (err = rescue(s)) < 0 || (s->n > 2 && (err = match_in_time(s)) < 0) ||
        (err = find_pull(s)) < 0)
        return err;
    for (size_t i = 0; i < s->n_pairs; i++)
        rv__link_pair(s, s->pair_of[2 * i], s->pair_of[2 * i + 1], &s->pair[i]);
    return tilted ? RV_OK : rv__series_adjust(s);
}

static int put_scene(rv_transform *row, rv__series *s, size_t t, bool tilted)
{
    int err = RV_OK;
    if (t == s->reference) {
        rv_transform_identity(row);
    } else if (s->opts->model == NONE) {
        err = believe(row, s->scene[t], s->scene[s->reference]);
    } else {
        put_row(row, s, t);
        if (!tilted && (err = progress(s)) == RV_OK)
            err = put_bend(row, s, t);
    }
    snprintf(row->scene_id, sizeof row->scene_id, "%s", rv_scene_facts(s->scene[t])->id);
    snprintf(row->reference_id, sizeof row->reference_id, "%s", rv_scene_facts(s->scene[s->reference])->id);
    return err;
}

int rv__align_all(rv_transform *rows, rv_scene *const *scenes, size_t n, size_t reference, const rv_align_opts *o)
{
    rv__series s = { .scene = scenes, .n = n, .reference = reference, .opts = o };
    const bool tilted = o->model == 3 || (o->model == 0 && rv_scene_grid(scenes[reference])->crs[0] == '\0');
    int err = series_new(&s);
    if (err == RV_OK && o->model != NONE)
        err = measure(&s, tilted);
    for (size_t t = 0; err == RV_OK && t < n; t++)
        err = put_scene(&rows[t], &s, t, tilted);
    series_release(&s);
    return err;
}

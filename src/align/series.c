/* SPDX-License-Identifier: Apache-2.0 */
/* A series to one reference: every scene against it, then neighbours in time against each other, then all of that in one
 * adjustment. Neighbours look more alike than scenes years apart, and each of them closes a loop with the reference: what
 * the loop misses is an error nobody had to state. The strength of the shadows' pull (sun.c) is one number for the site,
 * so pairs with a low and a high sun tell it for those that could not.
 */
#include "align/align_internal.h"

#include "base/error.h"
#include "base/linalg.h"
#include "base/mem.h"
#include "geo/crs.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { L = RV__LINEAR, NET = 5 };

/* What no pair can show: bands of one image lie a tenth of a px apart, and edges move in ways of their own. */
static const double SHARED_PX = .03;
/* Without the suns' angles the pull of shadows is not known; what it is in pixels of metres, a quarter of a year apart. */
static const double UNKNOWN_SUN_PX = .06;
/* Shadows of a unit of height that end so near to each other pull nothing. */
static const double SUN_ALIKE = 1e-3;
/* The pull's form is a model: so much of it may be wrong. */
static const double PULL_DOUBT = .25;
/* Turn and stretch of an orthorectified scene against its georeference, a standard deviation. */
static const double LINEAR_SD = 5e-4;

typedef struct series {
    rv_scene *const *scene;
    size_t n, reference;
    const rv_align_opts *opts;
    rv__match *match; /* of each scene with the reference */
    size_t *order;    /* scenes by time */
    rv__match *pair;  /* of neighbours in time: pair_of[2 i] is the reference's part, pair_of[2 i + 1] the scene's */
    size_t *pair_of;
    size_t n_pairs;
    rv__link *link;
    size_t n_links;
    double kappa, kappa_sigma;
    rv__field basis; /* about the middle of the reference */
    double *e, *cov; /* of each scene: n * 6, n * 36 */
    bool adjusted;   /* e and cov hold for the scenes that take part */
    double *closure; /* of each scene: sum of squares and number of loops */
    rv__frame_cache cache;
    size_t done, todo; /* pairs */
} series;

static int progress(series *s)
{
    return rv__progress("align", (double)s->done++ / (double)s->todo);
}

static bool takes_part(const series *s, size_t t)
{
    return t == s->reference || s->match[t].trusted;
}

/* ---- to the reference ---- */

static int match_all(series *s)
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
static int match_through(series *s, size_t t, size_t by)
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
static int rescue_one(series *s, size_t k, bool again)
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
static int rescue(series *s)
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

static void displace(double map[9], const double d[2])
{
    const double move[9] = { 1, 0, d[0], 0, 1, d[1], 0, 0, 1 };
    rv__mat_multiply(map, map, move);
}

static void undo_pull(rv__match *m, double kappa)
{
    m->pull[0] = kappa * m->sun.per_kappa[0];
    m->pull[1] = kappa * m->sun.per_kappa[1];
    displace(m->map, m->pull);
}

/** One strength from all pairs; then every match loses the pull it had. */
static int find_pull(series *s)
{
    rv__sun *sun = rv__alloc(s->n + s->n_pairs, sizeof *sun);
    size_t n = 0;
    if (!sun)
        return RV_ERR_NOMEM;
    for (size_t t = 0; t < s->n; t++)
        if (t != s->reference && s->match[t].trusted)
            sun[n++] = s->match[t].sun;
    for (size_t i = 0; i < s->n_pairs; i++)
        sun[n++] = s->pair[i].sun;
    rv__sun_site(&s->kappa, &s->kappa_sigma, sun, n);
    rv__free(sun);
    for (size_t t = 0; t < s->n; t++)
        if (t != s->reference && s->match[t].trusted)
            undo_pull(&s->match[t], s->kappa);
    for (size_t i = 0; i < s->n_pairs; i++) /* in px of its own reference, near enough those of ours */
        undo_pull(&s->pair[i], s->kappa);
    return RV_OK;
}

/* ---- pairs as links between affine fields about the middle of the reference ---- */

/** Parameters of an affine field from its values at the corners of a triangle about the basis' origin. */
static void from_triangle(double p[L], const double v[3][2])
{
    /* corners at (0, 0), (1, 0), (0, 1) units */
    const double xx = v[1][0] - v[0][0], yx = v[1][1] - v[0][1], xy = v[2][0] - v[0][0], yy = v[2][1] - v[0][1];
    const double out[L] = { v[0][0], v[0][1], .5 * (xx + yy), .5 * (yx - xy), .5 * (xx - yy), .5 * (yx + xy) };
    memcpy(p, out, sizeof out);
}

static void triangle(double at[3][2], const rv__field *basis)
{
    for (int i = 0; i < 3; i++) {
        at[i][0] = basis->origin[0] + (i == 1) * basis->unit;
        at[i][1] = basis->origin[1] + (i == 2) * basis->unit;
    }
}

/** r(X) = m_b^-1 N m_a X - X in the reference, where N is the measured map from a's px to b's. */
static bool loop_at(double r[2], const double to_a[9], const double pair[9], const double back_b[9], double x, double y)
{
    double p[2];
    rv__mat_point(p, to_a, x, y);
    rv__mat_point(p, pair, p[0], p[1]);
    rv__mat_point(p, back_b, p[0], p[1]);
    r[0] = p[0] - x;
    r[1] = p[1] - y;
    return isfinite(r[0]) && isfinite(r[1]);
}

/** Covariance of a pair's fit, in the basis of the reference. to_a: reference px to the px of the fit. */
static void link_cov(rv__link *link, const series *s, const rv__fit *fit, const double to_a[9])
{
    const int k = rv__model_params(fit->field.model) < L ? rv__model_params(fit->field.model) : L;
    const double loose = LINEAR_SD * s->basis.unit;
    double at[3][2], to[L][L] = { { 0 } }, back[9];
    triangle(at, &s->basis);
    rv_transform_invert(back, to_a);
    for (int i = 0; i < k; i++) {
        double v[3][2], p[L];
        for (int c = 0; c < 3; c++) {
            double jx[RV__PARAMS_MAX], jy[RV__PARAMS_MAX], x[2], g[4];
            rv__mat_point(x, to_a, at[c][0], at[c][1]);
            rv__field_row(jx, jy, &fit->field, x[0], x[1]);
            rv__mat_jacobian(g, back, x[0], x[1]);
            v[c][0] = g[0] * jx[i] + g[1] * jy[i];
            v[c][1] = g[2] * jx[i] + g[3] * jy[i];
        }
        from_triangle(p, v);
        for (int r = 0; r < L; r++)
            to[r][i] = p[r];
    }
    const int all = rv__model_params(fit->field.model);
    for (int r = 0; r < L; r++)
        for (int c = 0; c < L; c++) {
            double sum = r == c ? (r >= k ? loose * loose : 1e-8) : 0;
            for (int i = 0; i < k; i++)
                for (int j = 0; j < k; j++)
                    sum += to[r][i] * fit->cov[i * all + j] * to[c][j];
            link->cov[r * L + c] = sum;
        }
}

/** What placed a scene: its pair with the reference, or with the neighbour it was matched by way of. */
static void link_to_place(series *s, size_t t)
{
    static const double identity[9] = { 1, 0, 0, 0, 1, 0, 0, 0, 1 };
    rv__link *link = &s->link[s->n_links++];
    const rv__match *m = &s->match[t];
    const size_t by = m->through;
    memset(link, 0, sizeof *link);
    link->a = by == t ? -1 : (int)by;
    link->b = (int)t;
    link_cov(link, s, &m->fit, by == t ? identity : s->match[by].map);
}

/** The loop reference, a, b, reference: as a link, and what it misses on a net over the common area. */
static void link_pair(series *s, size_t a, size_t b, const rv__match *m)
{
    rv__link *link = &s->link[s->n_links];
    double at[3][2], r[3][2], back_b[9], sum = 0;
    const double *area = s->match[a].area;
    int n = 0;
    memset(link, 0, sizeof *link);
    if (rv_transform_invert(back_b, s->match[b].map) < 0)
        return;
    for (int i = 0; i < NET * NET; i++) {
        double v[2];
        const double x = area[0] + (area[2] - area[0]) * (i % NET + .5) / NET;
        const double y = area[1] + (area[3] - area[1]) * ((double)(i / NET) + .5) / NET;
        if (loop_at(v, s->match[a].map, m->map, back_b, x, y)) {
            sum += v[0] * v[0] + v[1] * v[1];
            n++;
        }
    }
    for (int k = 0; k < 2 && n; k++) {
        s->closure[2 * (k ? b : a)] += sum / n;
        s->closure[2 * (k ? b : a) + 1] += 1;
    }
    triangle(at, &s->basis);
    for (int c = 0; c < 3; c++)
        if (!loop_at(r[c], s->match[a].map, m->map, back_b, at[c][0], at[c][1]))
            return;
    from_triangle(link->r, r);
    link->a = (int)a;
    link->b = (int)b;
    link_cov(link, s, &m->fit, s->match[a].map);
    s->n_links++;
}

static int match_neighbours(series *s, size_t a, size_t b)
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
static bool worth_matching(const series *s, size_t a, size_t b)
{
    return a != s->reference && b != s->reference && s->match[a].trusted && s->match[b].trusted &&
           s->match[a].through != b && s->match[b].through != a;
}

static int match_in_time(series *s)
{
    int err = RV_OK;
    for (size_t k = 0; err == RV_OK && k < s->n; k++)
        for (size_t d = 1; err == RV_OK && d <= 2 && k + d < s->n; d++) {
            const size_t a = s->order[k], b = s->order[k + d];
            if ((err = progress(s)) == RV_OK && worth_matching(s, a, b))
                err = match_neighbours(s, a, b);
        }
    return err;
}

/* ---- one adjustment ---- */

/** What the georeference says of a scene's turn and stretch, as the error of the map found. */
static rv__belief belief_of(const series *s, size_t t)
{
    static const double identity[9] = { 1, 0, 0, 0, 1, 0, 0, 0, 1 };
    rv__belief b = { .sd = s->opts->model == 0 ? LINEAR_SD * s->basis.unit : s->opts->model == 1 ? 1e-6 : 0 };
    double at[3][2], v[3][2], back[9], p[L];
    if (rv_transform_invert(back, s->match[t].start) < 0)
        return (rv__belief){ .sd = 0 };
    triangle(at, &s->basis);
    for (int c = 0; c < 3; c++)
        if (!loop_at(v[c], s->match[t].map, back, identity, at[c][0], at[c][1]))
            return (rv__belief){ .sd = 0 };
    from_triangle(p, v);
    for (int i = 0; i < 4; i++)
        b.centre[i] = -p[2 + i];
    return b;
}

/** The links' scene numbers to those of the scenes that take part. @return how many do */
static size_t renumber(series *s, size_t *scene)
{
    size_t n = 0;
    for (size_t t = 0; t < s->n; t++)
        if (t != s->reference && s->match[t].trusted)
            scene[n++] = t;
    for (size_t k = 0; k < s->n_links; k++)
        for (size_t i = 0; i < n; i++) {
            rv__link *link = &s->link[k];
            if (link->a == (int)scene[i])
                link->a = -2 - (int)i;
            if (link->b == (int)scene[i])
                link->b = -2 - (int)i;
        }
    for (size_t k = 0; k < s->n_links; k++) {
        s->link[k].a = s->link[k].a <= -2 ? -2 - s->link[k].a : -1;
        s->link[k].b = s->link[k].b <= -2 ? -2 - s->link[k].b : -1;
    }
    return n;
}

static void take_fields(series *s, const size_t *scene, size_t n, const double *e, const double *cov, double excess)
{
    const double grow = fmax(1, excess * excess);
    for (size_t i = 0; i < n; i++) {
        rv__field f = s->basis;
        memcpy(f.p, e + i * L, L * sizeof *e);
        rv__map_compose(s->match[scene[i]].map, &f);
        memcpy(s->e + scene[i] * L, e + i * L, L * sizeof *e);
        for (int k = 0; k < L * L; k++)
            s->cov[scene[i] * L * L + (size_t)k] = grow * cov[i * L * L + (size_t)k];
    }
}

static int adjust(series *s)
{
    size_t *scene = rv__alloc(s->n, sizeof *scene);
    rv__belief *belief = rv__alloc(s->n, sizeof *belief);
    double *e = rv__alloc(s->n * L, sizeof *e), *cov = rv__alloc(s->n * L * L, sizeof *cov), excess = 1;
    int err = scene && belief && e && cov ? RV_OK : RV_ERR_NOMEM;
    if (err == RV_OK) {
        for (size_t t = 0; t < s->n; t++)
            if (t != s->reference && s->match[t].trusted)
                link_to_place(s, t);
        const size_t n = renumber(s, scene);
        for (size_t i = 0; i < n; i++)
            belief[i] = belief_of(s, scene[i]);
        if (n > RV__NETWORK_MAX)
            rv__log(0, "no adjustment of %zu scenes, more than %d: each stands as its pair has it", n, RV__NETWORK_MAX);
        s->adjusted = n > 0 && n <= RV__NETWORK_MAX;
        if (s->adjusted &&
            (err = rv__bundle(e, cov, &excess, &(rv__network){ s->link, s->n_links, belief, n })) == RV_OK)
            take_fields(s, scene, n, e, cov, excess);
    }
    rv__free(scene);
    rv__free(belief);
    rv__free(e);
    rv__free(cov);
    return err;
}

/* ---- rows ---- */

/** Covariance of a scene's own pair at a place of the reference; of all pairs on the way, where it went by others. */
static void pair_cov(double out[3], const series *s, size_t t, double col, double row)
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

static bool in_adjustment(const series *s, size_t t)
{
    return s->adjusted && s->match[t].trusted;
}

/** Is what shadows pull known: both suns, and either alike or told by the spectrum? */
static bool pull_known(const series *s, size_t t)
{
    double ds[2];
    const bool suns = rv__sun_difference(ds, s->scene[t], s->scene[s->reference]);
    return suns && (hypot(ds[0], ds[1]) < SUN_ALIKE || isfinite(s->match[t].sun.sigma));
}

static void put_cov(rv_transform *row, const series *s, size_t t)
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
    const double pull = s->kappa_sigma * s->kappa_sigma + PULL_DOUBT * PULL_DOUBT * s->kappa * s->kappa;
    const double *k = m->sun.per_kappa;
    row->cov_px2[0] += pull * k[0] * k[0] + shared * shared;
    row->cov_px2[1] += pull * k[0] * k[1];
    row->cov_px2[2] += pull * k[1] * k[1] + shared * shared;
    row->sigma_px = sqrt(.5 * (row->cov_px2[0] + row->cov_px2[2]));
}

static void put_row(rv_transform *row, const series *s, size_t t)
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
static int put_bend(rv_transform *row, const series *s, size_t t)
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

static double middle(const rv_scene *scene)
{
    const rv_scene_info *f = rv_scene_facts(scene);
    const bool lo = isfinite(f->t_min), hi = isfinite(f->t_max);
    return lo && hi ? .5 * (f->t_min + f->t_max) : lo ? f->t_min : hi ? f->t_max : 0;
}

static void put_in_order(series *s)
{
    for (size_t t = 0; t < s->n; t++) {
        size_t k = t;
        for (; k > 0 && middle(s->scene[s->order[k - 1]]) > middle(s->scene[t]); k--)
            s->order[k] = s->order[k - 1];
        s->order[k] = t;
    }
}

static int series_new(series *s)
{
    const rv_grid *grid = rv_scene_grid(s->scene[s->reference]);
    const size_t n = s->n;
    s->match = rv__alloc(n, sizeof *s->match);
    s->order = rv__alloc(n, sizeof *s->order);
    s->link = rv__alloc(3 * n, sizeof *s->link);
    s->pair = rv__alloc(2 * n, sizeof *s->pair);
    s->pair_of = rv__alloc(4 * n, sizeof *s->pair_of);
    s->e = rv__alloc(n * L, sizeof *s->e);
    s->cov = rv__alloc(n * L * L, sizeof *s->cov);
    s->closure = rv__alloc(2 * n, sizeof *s->closure);
    if (!s->match || !s->order || !s->link || !s->pair || !s->pair_of || !s->e || !s->cov || !s->closure)
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

static void series_release(series *s)
{
    rv__view_release(&s->cache.view);
    rv__free(s->match);
    rv__free(s->order);
    rv__free(s->link);
    rv__free(s->pair);
    rv__free(s->pair_of);
    rv__free(s->e);
    rv__free(s->cov);
    rv__free(s->closure);
}

int rv__align_all(rv_transform *rows, rv_scene *const *scenes, size_t n, size_t reference, const rv_align_opts *o)
{
    series s = { .scene = scenes, .n = n, .reference = reference, .opts = o };
    const bool tilted = o->model == 3 || (o->model == 0 && rv_scene_grid(scenes[reference])->crs[0] == '\0');
    int err;
    if ((err = series_new(&s)) < 0 || (err = match_all(&s)) < 0 || (err = rescue(&s)) < 0 ||
        (n > 2 && (err = match_in_time(&s)) < 0) || (err = find_pull(&s)) < 0)
        goto done;
    for (size_t i = 0; i < s.n_pairs; i++)
        link_pair(&s, s.pair_of[2 * i], s.pair_of[2 * i + 1], &s.pair[i]);
    if (!tilted && (err = adjust(&s)) < 0)
        goto done;
    for (size_t t = 0; err == RV_OK && t < n; t++) {
        if (t == reference) {
            rv_transform_identity(&rows[t]);
        } else {
            put_row(&rows[t], &s, t);
            if (!tilted && (err = progress(&s)) == RV_OK)
                err = put_bend(&rows[t], &s, t);
        }
        snprintf(rows[t].scene_id, sizeof rows[t].scene_id, "%s", rv_scene_facts(scenes[t])->id);
        snprintf(rows[t].reference_id, sizeof rows[t].reference_id, "%s", rv_scene_facts(scenes[reference])->id);
    }
done:
    series_release(&s);
    return err;
}

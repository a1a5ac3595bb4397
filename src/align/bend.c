/* SPDX-License-Identifier: Apache-2.0 */
/* A smooth field beside the matrix, where the windows prove one: terrain that the elevation model got wrong, a sensor that
 * wavers. Windows of half the usual size are correlated under the map found. One step of Fisher's scoring turns each
 * surface into an estimate of what is left there,
 *     y_w = H^-1 grad S_w(0),    H the mean curvature of all surfaces,
 * noisy but without the gross errors of single peaks. A cubic B-spline with knots too far apart to follow a building, its
 * coefficients pulled to zero and to their neighbours (ridge and first differences, strength lambda), smooths them. lambda
 * is the one that best predicts windows left out; windows that overlap a left out one are left out with it. The field is
 * kept only when these predictions beat "nothing is left" by more than their standard deviation.
 */
#include "align/align_internal.h"

#include "base/linalg.h"
#include "base/mem.h"
#include "geo/crs.h"
#include "model/bend.h"

#include <math.h>
#include <string.h>

enum { FOLDS = 16, LAMBDAS = 7, ROUNDS = 2, WINDOWS_MIN = 40, WINDOWS_MAX = 900 };

static const double PROOF = 1;       /* standard deviations by which left out windows must be predicted better */
static const double MERGER_PX = .75; /* an estimate further off is no small error but another place */
static const double KNOT_PX = 192, KNOT_M = 300; /* knots are at least so far apart */

typedef struct sample {
    double at[2], y[2], weight;
    int col, row; /* on the lattice of windows */
} sample;

typedef struct smooth {
    const sample *s;
    size_t n, k;     /* samples; knots */
    rv__warpfield f; /* lays the knots */
    double *basis;   /* n * 16 values */
    size_t *knot;    /* n * 16 indices */
    double *told;    /* k * k: normal matrix of what the samples say */
    double *rhs;     /* 2 * k: columns, rows */
    double *normal;  /* k * k: told and penalty */
    double *inverse; /* k * k, of normal */
} smooth;

/** Where a window's surface should have its peak: the field so far, and the shadows' pull that the map no longer has. */
static void seen_at(double d[2], const rv__bend *field, const double pull[2], double col, double row)
{
    d[0] = d[1] = 0;
    if (field->f.nx)
        rv__warpfield_eval(d, &field->f, col, row);
    d[0] -= pull[0];
    d[1] -= pull[1];
}

/** Estimates of what is left, from the surfaces and the field so far. @return their number */
static size_t score(sample *out, const rv__ties *ties, const rv__bend *field, const double pull[2])
{
    const double e = 1.0 / RV__ZOOM_RATE;
    double h[3] = { 0 }, total = 0;
    size_t n = 0;
    for (size_t w = 0; w < ties->n; w++) {
        const rv__tie *t = ties->v + w;
        double d[2], g[2], r[2], l[2], b[2], a[2];
        if (t->weight <= 0)
            continue;
        seen_at(d, field, pull, t->col, t->row);
        rv__surface_at(t->surface, d[0], d[1], g);
        rv__surface_at(t->surface, d[0] + e, d[1], r);
        rv__surface_at(t->surface, d[0] - e, d[1], l);
        rv__surface_at(t->surface, d[0], d[1] + e, b);
        rv__surface_at(t->surface, d[0], d[1] - e, a);
        h[0] -= t->weight * (r[0] - l[0]) / (2 * e);
        h[1] -= t->weight * (r[1] - l[1] + b[0] - a[0]) / (4 * e);
        h[2] -= t->weight * (b[1] - a[1]) / (2 * e);
        total += t->weight;
        out[n++] = (sample){ .at = { t->col, t->row }, .y = { g[0], g[1] }, .weight = t->weight };
    }
    const double det = h[0] * h[2] - h[1] * h[1];
    if (!(det > 0) || !(h[0] > 0))
        return 0;
    for (size_t i = 0; i < n; i++) {
        const double gx = out[i].y[0] * total, gy = out[i].y[1] * total;
        double d[2];
        seen_at(d, field, pull, out[i].at[0], out[i].at[1]);
        out[i].y[0] = pull[0] + d[0] + fmax(-MERGER_PX, fmin(MERGER_PX, (h[2] * gx - h[1] * gy) / det));
        out[i].y[1] = pull[1] + d[1] + fmax(-MERGER_PX, fmin(MERGER_PX, (h[0] * gy - h[1] * gx) / det));
    }
    return n;
}

static void place(sample *s, size_t n, const rv__ties *ties)
{
    const double step = .5 * ties->window;
    for (size_t i = 0; i < n; i++) {
        s[i].col = (int)lround((s[i].at[0] - ties->area[0]) / step);
        s[i].row = (int)lround((s[i].at[1] - ties->area[1]) / step);
    }
}

/** Ridge and first differences of the coefficients, as precision. */
static void add_penalty(smooth *m, double lambda)
{
    const size_t nx = m->f.nx, ny = m->f.ny, k = m->k;
    for (size_t j = 0; j < ny; j++)
        for (size_t i = 0; i < nx; i++) {
            const size_t at = j * nx + i;
            m->normal[at * k + at] += lambda;
            for (int side = 0; side < 2; side++) {
                const size_t to = side ? at + nx : at + 1;
                if (side ? j + 1 >= ny : i + 1 >= nx)
                    continue;
                m->normal[at * k + at] += lambda;
                m->normal[to * k + to] += lambda;
                m->normal[at * k + to] -= lambda;
                m->normal[to * k + at] -= lambda;
            }
        }
}

/** Does sample i share ground with one of the fold's? Folds are every fourth window both ways; windows overlap by half. */
static bool touches(const sample *s, int fold)
{
    const int dc = (s->col - fold % 4 + 400) % 4, dr = (s->row - fold / 4 + 400) % 4;
    return (dc < 2 || dc == 3) && (dr < 2 || dr == 3);
}

static bool in_fold(const sample *s, int fold)
{
    return s->col % 4 == fold % 4 && s->row % 4 == fold / 4;
}

/** Normal equations of all samples but those that touch the fold; fold -1 leaves none out. */
static void hear(smooth *m, int fold)
{
    const size_t k = m->k;
    memset(m->told, 0, k * k * sizeof *m->told);
    memset(m->rhs, 0, 2 * k * sizeof *m->rhs);
    for (size_t i = 0; i < m->n; i++) {
        if (fold >= 0 && touches(&m->s[i], fold))
            continue;
        for (int a = 0; a < 16; a++) {
            const double w = m->s[i].weight * m->basis[16 * i + (size_t)a];
            const size_t at = m->knot[16 * i + (size_t)a];
            m->rhs[at] += w * m->s[i].y[0];
            m->rhs[k + at] += w * m->s[i].y[1];
            for (int b = 0; b < 16; b++)
                m->told[at * k + m->knot[16 * i + (size_t)b]] += w * m->basis[16 * i + (size_t)b];
        }
    }
}

/** Coefficients (columns, then rows) that smooth what was heard; inverse may be NULL. */
static bool solve(double *c, double *inverse, smooth *m, double lambda)
{
    const size_t k = m->k;
    memcpy(m->normal, m->told, k * k * sizeof *m->normal);
    add_penalty(m, lambda);
    return rv__solve_spd(c, inverse, m->normal, m->rhs, k) == RV_OK &&
           rv__solve_spd(c + k, NULL, m->normal, m->rhs + k, k) == RV_OK;
}

static void predict(double d[2], const smooth *m, const double *c, size_t i)
{
    d[0] = d[1] = 0;
    for (size_t a = 16 * i; a < 16 * (i + 1); a++) {
        d[0] += m->basis[a] * c[m->knot[a]];
        d[1] += m->basis[a] * c[m->k + m->knot[a]];
    }
}

/** How left out windows are predicted with one lambda, against nothing: sums over them, weighted, of px^2 gained. */
typedef struct trial {
    double lambda, gain, gain2, weight;
    bool failed;
} trial;

static void predict_fold(trial *t, const smooth *m, const double *c, int fold)
{
    for (size_t i = 0; i < m->n; i++) {
        if (!in_fold(&m->s[i], fold))
            continue;
        double d[2];
        predict(d, m, c, i);
        const double *y = m->s[i].y;
        const double better = y[0] * y[0] + y[1] * y[1] - (y[0] - d[0]) * (y[0] - d[0]) - (y[1] - d[1]) * (y[1] - d[1]);
        t->gain += m->s[i].weight * better;
        t->gain2 += m->s[i].weight * better * better;
        t->weight += m->s[i].weight;
    }
}

/** Every lambda on every fold; c is scratch. */
static void try_all(trial t[LAMBDAS], smooth *m, double *c)
{
    for (int i = 0; i < LAMBDAS; i++)
        t[i] = (trial){ .lambda = .25 * pow(2, i) };
    for (int fold = 0; fold < FOLDS; fold++) {
        hear(m, fold);
        for (int i = 0; i < LAMBDAS; i++) {
            t[i].failed = t[i].failed || !solve(c, NULL, m, t[i].lambda);
            if (!t[i].failed)
                predict_fold(&t[i], m, c, fold);
        }
    }
}

/** The one that gains most a window, or NULL where none gains. */
static const trial *best_trial(const trial t[LAMBDAS])
{
    const trial *best = NULL;
    for (int i = 0; i < LAMBDAS; i++)
        if (!t[i].failed && t[i].gain > 0 && (!best || t[i].gain / t[i].weight > best->gain / best->weight))
            best = &t[i];
    return best;
}

/** The gain in its standard deviations. Neighbours overlap: half as many tell independently. */
static double proof_of(const trial *t)
{
    return t->gain / sqrt(2 * fmax(t->gain2 - t->gain * t->gain / fmax(t->weight, 1), 1e-300));
}

static int smooth_new(smooth *m, const sample *s, size_t n, const rv_grid *grid, double step)
{
    const size_t nx = (size_t)ceil(grid->width / step) + 3, ny = (size_t)ceil(grid->height / step) + 3, k = nx * ny;
    *m = (smooth){ .s = s, .n = n, .k = k };
    m->f = (rv__warpfield){ .nx = nx,
                            .ny = ny,
                            .step_px = step,
                            .col0 = .5 * (grid->width - (double)(nx - 1) * step),
                            .row0 = .5 * (grid->height - (double)(ny - 1) * step) };
    m->basis = rv__alloc(16 * n, sizeof *m->basis);
    m->knot = rv__alloc(16 * n, sizeof *m->knot);
    m->told = rv__alloc(k * k, sizeof *m->told);
    m->normal = rv__alloc(k * k, sizeof *m->normal);
    m->inverse = rv__alloc(k * k, sizeof *m->inverse);
    m->rhs = rv__alloc(2 * k, sizeof *m->rhs);
    if (!m->basis || !m->knot || !m->told || !m->normal || !m->inverse || !m->rhs)
        return RV_ERR_NOMEM;
    for (size_t i = 0; i < n; i++)
        rv__warpfield_basis(m->basis + 16 * i, m->knot + 16 * i, &m->f, s[i].at[0], s[i].at[1]);
    return RV_OK;
}

static void smooth_release(smooth *m)
{
    rv__free(m->basis);
    rv__free(m->knot);
    rv__free(m->told);
    rv__free(m->normal);
    rv__free(m->inverse);
    rv__free(m->rhs);
}

/** Posterior variance of the field c at a place, from the scatter of the samples about it. */
static double variance_at(const smooth *m, const double *c, double col, double row)
{
    double sum = 0, weights = 0, var = 0, b[16];
    size_t at[16];
    for (size_t i = 0; i < m->n; i++) {
        double d[2];
        predict(d, m, c, i);
        sum += m->s[i].weight *
               ((m->s[i].y[0] - d[0]) * (m->s[i].y[0] - d[0]) + (m->s[i].y[1] - d[1]) * (m->s[i].y[1] - d[1])) / 2;
        weights += m->s[i].weight;
    }
    rv__warpfield_basis(b, at, &m->f, col, row);
    for (int i = 0; i < 16; i++)
        for (int j = 0; j < 16; j++)
            var += b[i] * b[j] * m->inverse[at[i] * m->k + at[j]];
    return 2 * var * sum / fmax(weights, 1); /* windows overlap by half */
}

/** A field, how well it is proved, and its variance at the middle of the reference, px^2. */
typedef struct proven {
    rv__bend field;
    double proof, var;
} proven;

/** The best field on m's knots; proof 0 when none predicts better than nothing. */
static int best_of(proven *out, smooth *m, const rv_grid *grid)
{
    trial trials[LAMBDAS];
    proven found = { .proof = 0 };
    const int err = rv__bend_new(&found.field, m->f.nx, m->f.ny);
    if (err < 0)
        return err;
    try_all(trials, m, found.field.v);
    const trial *best = best_trial(trials);
    if (best) {
        hear(m, -1);
        if (solve(found.field.v, m->inverse, m, best->lambda)) {
            found.proof = proof_of(best);
            found.var = variance_at(m, found.field.v, .5 * grid->width, .5 * grid->height);
        }
    }
    found.field.f.step_px = m->f.step_px;
    found.field.f.col0 = m->f.col0;
    found.field.f.row0 = m->f.row0;
    rv__bend_release(&out->field);
    *out = found;
    return RV_OK;
}

/** out->field is empty when nothing is proved. */
static int find(proven *out, const rv__ties *ties, const rv_grid *grid, const double pull[2])
{
    double metres[2];
    const double side = grid->width > grid->height ? grid->width : grid->height;
    const double gsd_m = rv_grid_pixel_size_m(grid, &metres[0], &metres[1]) == RV_OK ? metres[0] : 0;
    const double step = fmax(fmax(KNOT_PX, gsd_m > 0 ? KNOT_M / gsd_m : 0), side / (RV__BEND_SIDE_MAX - 3));
    sample *s = rv__alloc(ties->n, sizeof *s);
    int err = s ? RV_OK : RV_ERR_NOMEM;
    for (int round = 0; err == RV_OK && round < ROUNDS && (round == 0 || out->proof > PROOF); round++) {
        smooth m = { 0 };
        const size_t n = score(s, ties, &out->field, pull);
        out->proof = 0;
        if (n < WINDOWS_MIN)
            break;
        place(s, n, ties);
        if ((err = smooth_new(&m, s, n, grid, step)) == RV_OK)
            err = best_of(out, &m, grid);
        smooth_release(&m);
    }
    rv__free(s);
    if (err < 0 || !(out->proof > PROOF)) {
        rv__bend_release(&out->field);
        out->var = 0;
    }
    return err;
}

int rv__bend_find(char text[RV_BEND_MAX], double *var, const rv__match *match, const rv_scene *scene,
                  const rv_scene *reference, const rv_align_opts *o)
{
    rv__pair pair = { .scene = scene,
                      .reference = reference,
                      .bands = { match->bands[0], match->bands[1] },
                      .window = o->window_px > 32 ? o->window_px / 2 : o->window_px,
                      .windows_max = WINDOWS_MAX,
                      .clip_quantile = o->clip_quantile,
                      .texture = RV__TEXTURE_GRADIENT };
    rv__ties ties = { 0 };
    proven best = { .proof = 0 };
    int err = rv__ties_new(&ties, &pair, match->map, 1, true);
    if (err == RV_OK && (err = find(&best, &ties, rv_scene_grid(reference), match->pull)) == RV_OK)
        err = rv__bend_print(text, &best.field);
    *var = best.var;
    rv__ties_release(&ties);
    rv__bend_release(&best.field);
    return err;
}

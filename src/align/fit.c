/* SPDX-License-Identifier: Apache-2.0 */
/* From correlation surfaces to a displacement field.
 *
 * Each window w gives a surface S_w(d): how alike the scenes are there after a displacement d. The field d(x; p) is the
 * one that maximises F(p) = sum_w S_w(d(x_w; p)). That is a redescending M-estimate [huber2009]: a window whose surface
 * has its peak elsewhere (cloud, new buildings) adds no slope and hence no pull, and where texture is so poor that no
 * single window has a clear peak the sum still has one. Least squares on the windows' own peaks was tried first: on
 * monthly 3-m scenes these scatter by .3 to 1 px and half of them are wrong.
 *
 * Covariance by the sandwich H^-1 B H^-1 [huber2009], B with Bartlett weights over neighbours, because windows overlap.
 */
#include "align/align_internal.h"

#include "base/linalg.h"
#include "base/mem.h"
#include "base/robust.h"

#include <math.h>
#include <string.h>

enum { STEPS_MAX = 40, P = RV__PARAMS_MAX };

/* .999 quantiles of chi squared with 2, 4 and 6 degrees of freedom. */
static const double CHI2[P + 1] = { [2] = 13.8, [4] = 18.5, [6] = 22.5 };
static const double FEW = 10; /* how the quantile grows where few windows estimated the covariance: F's, roughly */
static const double REACH_PX = .06; /* and what the terms must move at a corner to be worth their noise */
static const double AGREE_PX = 1.0; /* a window agrees with the field when its own peak is that near */

/** Surfaces beside the rows of the linear model: everything F needs. */
typedef struct problem {
    const rv__ties *ties;
    rv__field field;
    int k;      /* parameters */
    double *jx; /* n * P */
    double *jy;
    double *slope; /* n * P scratch */
} problem;

static void displacement(double d[2], const problem *q, size_t w, const double *p)
{
    d[0] = d[1] = 0;
    for (int i = 0; i < q->k; i++) {
        d[0] += q->jx[w * P + (size_t)i] * p[i];
        d[1] += q->jy[w * P + (size_t)i] * p[i];
    }
    d[0] /= q->ties->level;
    d[1] /= q->ties->level;
}

static double objective(const problem *q, const double *p)
{
    double sum = 0;
    for (size_t w = 0; w < q->ties->n; w++) {
        double d[2];
        if (q->ties->v[w].weight <= 0)
            continue;
        displacement(d, q, w, p);
        sum += q->ties->v[w].weight * rv__surface_at(q->ties->v[w].surface, d[0], d[1], NULL);
    }
    return sum;
}

/** Slope of one window's term in the parameters. */
static void window_slope(double g[P], const problem *q, size_t w, const double *p)
{
    const rv__tie *tie = q->ties->v + w;
    double d[2], s[2];
    displacement(d, q, w, p);
    rv__surface_at(tie->surface, d[0], d[1], s);
    for (int i = 0; i < q->k; i++)
        g[i] = tie->weight / q->ties->level * (q->jx[w * P + (size_t)i] * s[0] + q->jy[w * P + (size_t)i] * s[1]);
}

/** Slope of F and minus its curvature; second derivatives are differences over one sample of the surface. */
static void derivatives(double g[P], double h[P * P], const problem *q, const double *p)
{
    const double e = 1.0 / RV__ZOOM_RATE;
    memset(g, 0, P * sizeof *g);
    memset(h, 0, P * P * sizeof *h);
    for (size_t w = 0; w < q->ties->n; w++) {
        const rv__tie *tie = q->ties->v + w;
        const double *jx = q->jx + w * P, *jy = q->jy + w * P;
        double d[2], s[2], r[2], l[2], b[2], t[2];
        if (tie->weight <= 0)
            continue;
        displacement(d, q, w, p);
        rv__surface_at(tie->surface, d[0], d[1], s);
        rv__surface_at(tie->surface, d[0] + e, d[1], r);
        rv__surface_at(tie->surface, d[0] - e, d[1], l);
        rv__surface_at(tie->surface, d[0], d[1] + e, b);
        rv__surface_at(tie->surface, d[0], d[1] - e, t);
        const double level = q->ties->level, v = tie->weight / level;
        const double hxx = -v / level * (r[0] - l[0]) / (2 * e), hyy = -v / level * (b[1] - t[1]) / (2 * e);
        const double hxy = -v / level * (r[1] - l[1] + b[0] - t[0]) / (4 * e);
        for (int i = 0; i < q->k; i++) {
            g[i] += v * (jx[i] * s[0] + jy[i] * s[1]);
            for (int j = 0; j < q->k; j++)
                h[i * q->k + j] += hxx * jx[i] * jx[j] + hyy * jy[i] * jy[j] + hxy * (jx[i] * jy[j] + jy[i] * jx[j]);
        }
    }
}

/** Damped Newton steps; every accepted one raises F. */
static void climb(problem *q, double *p)
{
    double damping = 1e-3, value = objective(q, p);
    for (int step = 0; step < STEPS_MAX && damping < 1e6; step++) {
        double g[P], h[P * P], damped[P * P], move[P], next[P], longest = 0;
        derivatives(g, h, q, p);
        double scale = 0;
        for (int i = 0; i < q->k; i++)
            scale = fmax(scale, fabs(h[i * q->k + i]));
        memcpy(damped, h, sizeof h);
        for (int i = 0; i < q->k; i++)
            damped[i * q->k + i] += damping * fmax(scale, 1e-12);
        if (rv__solve_spd(move, NULL, damped, g, (size_t)q->k) < 0) {
            damping *= 10;
            continue;
        }
        for (int i = 0; i < q->k; i++) {
            next[i] = p[i] + move[i];
            longest = fmax(longest, fabs(move[i]));
        }
        const double reached = objective(q, next);
        if (reached < value) {
            damping *= 10;
            continue;
        }
        memcpy(p, next, (size_t)q->k * sizeof *p);
        value = reached;
        damping = fmax(damping * .2, 1e-9);
        if (longest < 1e-5)
            break;
    }
}

/** cov = H^-1 B H^-1. @return false when F has no proper maximum here */
static bool sandwich(double cov[P * P], const problem *q, const double *p)
{
    const rv__ties *ties = q->ties;
    const size_t k = (size_t)q->k;
    const double reach = (double)ties->window * ties->level;
    double g[P], h[P * P], inverse[P * P], zero[P] = { 0 }, x[P], b[P * P] = { 0 };
    derivatives(g, h, q, p);
    if (rv__solve_spd(x, inverse, h, zero, k) < 0)
        return false;
    double *slope = q->slope;
    for (size_t w = 0; w < ties->n; w++)
        if (ties->v[w].weight > 0)
            window_slope(slope + w * P, q, w, p);
    for (size_t w = 0; w < ties->n; w++)
        for (size_t o = 0; o < ties->n; o++) {
            const double near = (1 - fabs(ties->v[w].col - ties->v[o].col) / reach) *
                                (1 - fabs(ties->v[w].row - ties->v[o].row) / reach);
            if (fabs(ties->v[w].col - ties->v[o].col) >= reach || fabs(ties->v[w].row - ties->v[o].row) >= reach)
                continue;
            for (size_t i = 0; i < k; i++)
                for (size_t j = 0; j < k; j++)
                    b[i * k + j] += near * slope[w * P + i] * slope[o * P + j];
        }
    /* Few windows fit their own noise: the usual n / (n - k), n the windows that fit beside each other. */
    const double apart = rv__ties_apart(ties);
    const double grow = apart > (double)k / 2 + 1 ? apart / (apart - (double)k / 2) : (double)k;
    for (size_t i = 0; i < k; i++)
        for (size_t j = 0; j < k; j++) {
            double sum = 0;
            for (size_t r = 0; r < k; r++)
                for (size_t s = 0; s < k; s++)
                    sum += inverse[i * k + r] * b[r * k + s] * inverse[s * k + j];
            cov[i * k + j] = sum * grow;
        }
    return true;
}

/** Sum of all surfaces at a displacement from the field's, for the start and for the peak's significance. */
static double stacked(const problem *q, const double *p, double dx, double dy)
{
    double sum = 0;
    for (size_t w = 0; w < q->ties->n; w++) {
        double d[2];
        if (q->ties->v[w].weight <= 0)
            continue;
        displacement(d, q, w, p);
        sum += q->ties->v[w].weight * rv__surface_at(q->ties->v[w].surface, d[0] + dx, d[1] + dy, NULL);
    }
    return sum;
}

/** Highest point of the stack on a half-pixel lattice around the start. */
static void start_shift(const problem *q, double *p)
{
    double best = -INFINITY, at[2] = { 0, 0 };
    for (int y = -6; y <= 6; y++)
        for (int x = -6; x <= 6; x++) {
            const double v = stacked(q, p, .5 * x, .5 * y);
            if (v > best) {
                best = v;
                at[0] = .5 * x;
                at[1] = .5 * y;
            }
        }
    p[0] += at[0] * q->ties->level;
    p[1] += at[1] * q->ties->level;
}

/** Peak of the stack in standard deviations of the stack 2.5 px and more away from it. */
static double significance(const problem *q, const double *p)
{
    double sum = 0, sum2 = 0;
    int n = 0;
    for (int y = -7; y <= 7; y++)
        for (int x = -7; x <= 7; x++) {
            if (hypot(x, y) < 5)
                continue;
            const double v = stacked(q, p, .5 * x, .5 * y);
            sum += v;
            sum2 += v * v;
            n++;
        }
    const double mean = sum / n, sd = sqrt(fmax(sum2 / n - mean * mean, 1e-300));
    return (stacked(q, p, 0, 0) - mean) / sd;
}

static int agreement(rv__fit *fit, const problem *q, const double *p)
{
    double *distance = rv__alloc(q->ties->n, sizeof *distance);
    if (!distance)
        return RV_ERR_NOMEM;
    size_t n = 0;
    fit->agree = 0;
    for (size_t w = 0; w < q->ties->n; w++) {
        double d[2];
        if (q->ties->v[w].weight <= 0)
            continue;
        displacement(d, q, w, p);
        const double level = q->ties->level;
        distance[n] = hypot(q->ties->v[w].d[0] - d[0] * level, q->ties->v[w].d[1] - d[1] * level);
        fit->agree += distance[n++] < AGREE_PX * level;
    }
    fit->used = (int)n;
    fit->spread = n ? rv__median(distance, n) / 1.17741 : 0; /* of a Rayleigh distance */
    rv__free(distance);
    return RV_OK;
}

static void fill_rows(problem *q, rv__model model)
{
    q->field.model = model;
    q->k = rv__model_params(model);
    for (size_t w = 0; w < q->ties->n; w++)
        rv__field_row(q->jx + w * P, q->jy + w * P, &q->field, q->ties->v[w].col, q->ties->v[w].row);
}

int rv__fit_surfaces(rv__fit *out, const rv__field *start, const rv__ties *ties)
{
    problem q = { .ties = ties, .field = *start };
    rv__fit fit = { 0 };
    int err = RV_ERR_NOMEM;
    q.jx = rv__alloc(ties->n * P, sizeof *q.jx);
    q.jy = rv__alloc(ties->n * P, sizeof *q.jy);
    q.slope = rv__alloc(ties->n * P, sizeof *q.slope);
    if (!q.jx || !q.jy || !q.slope)
        goto done;
    fill_rows(&q, start->model);
    if (start->model == RV__SHIFT)
        start_shift(&q, q.field.p);
    climb(&q, q.field.p);
    if (!sandwich(fit.cov, &q, q.field.p))
        fit.cov[0] = NAN;
    fit.field = q.field;
    fit.score = objective(&q, q.field.p) / fmax(1, ties->used);
    fit.z = significance(&q, q.field.p);
    err = agreement(&fit, &q, q.field.p);
    if (err == RV_OK)
        *out = fit;
done:
    rv__free(q.jx);
    rv__free(q.jy);
    rv__free(q.slope);
    return err;
}

bool rv__fit_needs(const rv__fit *fit, const rv__ties *ties, int first)
{
    double block[P * P], x[P], inverse[P * P], extra[P] = { 0 }, reach = 0;
    const int k = rv__model_params(fit->field.model), n = k - first;
    const double apart = rv__ties_apart(ties);
    for (int i = 0; i < n; i++) {
        extra[first + i] = fit->field.p[first + i];
        for (int j = 0; j < n; j++)
            block[i * n + j] = fit->cov[(first + i) * k + first + j];
    }
    if (rv__solve_spd(x, inverse, block, extra + first, (size_t)n) < 0)
        return false;
    double sum = 0;
    for (int i = 0; i < n; i++)
        sum += x[i] * extra[first + i];
    rv__field change = fit->field;
    memcpy(change.p, extra, sizeof extra);
    for (int c = 0; c < 4; c++) {
        double d[2];
        rv__field_at(d, &change, ties->area[c & 1 ? 2 : 0], ties->area[c & 2 ? 3 : 1]);
        reach = fmax(reach, hypot(d[0], d[1]));
    }
    return sum > CHI2[n] * (1 + FEW / apart) && reach > REACH_PX;
}

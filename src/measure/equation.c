/* SPDX-License-Identifier: Apache-2.0 */
/* One view's part of the fit. Levels (ground, roof, shadow, wall) enter linearly and are eliminated: with weights W and
 * priors R the normal matrix of the other unknowns is the Schur complement
 *
 *     H = J'WJ - (J'WX)(X'WX + R)^-1 (X'WJ)
 *
 * (variable projection [golub1973]). The same weights stand in both parts; different ones make H indefinite. A pixel
 * has one Student-t weight over all bands, since what spoils it (a car, a neighbour, cloud) spoils all of them. */
#include "measure/equation.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/linalg.h"
#include "base/mem.h"
#include "base/robust.h"

enum { LANES = 8 };

/* Priors of the linear unknowns, in units of the band's level: sd of a before-image slope, of a bump, of the shadow's
 * and the wall's level. */
static const double SD_BEFORE = 0.6, SD_BUMP = 0.12, SD_SHADOW = 0.10, SD_WALL = 0.35, WALL_MEAN = 0.6;

static double dot(const float *a, const float *b, size_t n)
{
    double lane[LANES] = { 0.0 }, sum = 0.0;
    size_t i = 0;
    for (; i + LANES <= n; i += LANES)
        for (size_t k = 0; k < LANES; k++)
            lane[k] += (double)(a[i + k] * b[i + k]);
    for (; i < n; i++)
        sum += (double)(a[i] * b[i]);
    for (size_t k = 0; k < LANES; k++)
        sum += lane[k];
    return sum;
}

static size_t window_px(const rv__equation *eq)
{
    return (size_t)eq->patch->w * (size_t)eq->patch->h;
}

static int levels_init(rv__levels *l, const rv__equation *eq)
{
    const size_t px = window_px(eq), n = eq->view->n, k = (size_t)eq->k, bands = (size_t)eq->patch->bands;
    float *fields = rv__alloc(px * RV__FIELDS, sizeof *fields);
    for (size_t i = 0; i < RV__FIELDS; i++)
        l->field[i] = fields ? fields + i * px : NULL;
    l->x = rv__alloc(k * n, sizeof *l->x);
    l->beta = rv__alloc(bands * k, sizeof *l->beta);
    l->inverse = rv__alloc(bands * k * k, sizeof *l->inverse);
    l->r = rv__alloc(bands * n, sizeof *l->r);
    l->z2 = rv__alloc(n, sizeof *l->z2);
    return fields && l->x && l->beta && l->inverse && l->r && l->z2 ? RV_OK : RV_ERR_NOMEM;
}

static void levels_release(rv__levels *l)
{
    rv__free(l->z2);
    rv__free(l->r);
    rv__free(l->inverse);
    rv__free(l->beta);
    rv__free(l->x);
    rv__free(l->field[0]);
}

int rv__equation_init(rv__equation *out, const rv__patch *patch, const rv__view *view, const rv__shape *shape)
{
    rv__equation eq = { .patch = patch, .view = view, .shape = shape };
    eq.k = view->n_ground + 1 + (view->has_sun ? 1 : 0) + (view->has_view ? 1 : 0);
    eq.p = shape->n + 1 + RV__POSE;
    eq.weight = rv__alloc(view->n, sizeof *eq.weight);
    eq.gram = rv__alloc(view->n, sizeof *eq.gram);
    eq.slope = rv__alloc((size_t)patch->bands * (size_t)eq.p * view->n, sizeof *eq.slope);
    int err = eq.weight && eq.gram && eq.slope ? RV_OK : RV_ERR_NOMEM;
    if (err == RV_OK && (err = levels_init(&eq.now, &eq)) == RV_OK)
        err = levels_init(&eq.trial, &eq);
    for (size_t i = 0; err == RV_OK && i < view->n; i++)
        eq.weight[i] = 1.0f;
    for (int b = 0; b < patch->bands; b++)
        eq.s[b] = 0.1;
    if (err < 0)
        rv__equation_release(&eq);
    else
        *out = eq;
    return err;
}

void rv__equation_release(rv__equation *eq)
{
    levels_release(&eq->trial);
    levels_release(&eq->now);
    rv__free(eq->slope);
    rv__free(eq->gram);
    rv__free(eq->weight);
    *eq = (rv__equation){ .k = 0 };
}

/* Prior mean and precision of level column j. */
static void prior_of(double *mean, double *precision, const rv__equation *eq, int band, int j)
{
    const rv__view *v = eq->view;
    const int roof = v->n_ground, shadow = v->has_sun ? roof + 1 : -1;
    double sd = 1e4;
    *mean = 0.0;
    if (j > 0 && j < 1 + v->n_before)
        sd = SD_BEFORE;
    else if (j > 0 && j < v->n_ground)
        sd = SD_BUMP;
    else if (j == shadow) {
        sd = SD_SHADOW;
        *mean = eq->patch->shadow_mean[band];
    } else if (j > roof) {
        sd = SD_WALL;
        *mean = WALL_MEAN;
    }
    *precision = 1.0 / (sd * sd);
}

/* Share of ground that shows, shadow counted with its fixed light. */
static float ground_share(float *const field[RV__FIELDS], size_t at)
{
    return 1.0f - field[RV__ROOF][at] - (float)(1.0 - RV__SHADE) * field[RV__SHADOW][at] - field[RV__WALL][at];
}

static void fill_columns(const rv__equation *eq, rv__levels *l)
{
    const rv__view *v = eq->view;
    const size_t n = v->n;
    for (size_t i = 0; i < n; i++) {
        const float share = ground_share(l->field, v->at[i]);
        for (int j = 0; j < v->n_ground; j++)
            l->x[(size_t)j * n + i] = v->ground[(size_t)j * n + i] * share;
    }
    const bool used[RV__FIELDS] = { true, v->has_sun, v->has_view };
    float *column = l->x + (size_t)v->n_ground * n;
    for (int f = 0; f < RV__FIELDS; f++) {
        if (!used[f])
            continue;
        for (size_t i = 0; i < n; i++)
            column[i] = l->field[f][v->at[i]];
        column += n;
    }
}

/* Levels, residuals and cost of given columns. normal and right are scratch of k * k and (bands + 2) * k. */
static int solve_levels(rv__equation *eq, rv__levels *l, double *normal, double *right)
{
    const size_t n = eq->view->n, k = (size_t)eq->k, bands = (size_t)eq->patch->bands;
    double *matrix = right + bands * k + k;
    for (size_t j = 0; j < k; j++) {
        for (size_t i = 0; i < n; i++)
            eq->gram[i] = l->x[j * n + i] * eq->weight[i];
        for (size_t q = j; q < k; q++)
            normal[j * k + q] = normal[q * k + j] = dot(eq->gram, l->x + q * n, n);
        for (size_t b = 0; b < bands; b++)
            right[b * k + j] = dot(eq->gram, eq->view->y + b * n, n);
    }
    l->cost = 0.0;
    memset(l->z2, 0, n * sizeof *l->z2);
    for (size_t b = 0; b < bands; b++) {
        const double w = 1.0 / (eq->s[b] * eq->s[b]);
        double *side = right + bands * k, *beta = l->beta + b * k;
        for (size_t i = 0; i < k * k; i++)
            matrix[i] = w * normal[i];
        for (size_t j = 0; j < k; j++) {
            double mean, precision;
            prior_of(&mean, &precision, eq, (int)b, (int)j);
            matrix[j * k + j] += precision + 1e-9 * w;
            side[j] = w * right[b * k + j] + precision * mean;
        }
        const int err = rv__solve_spd(beta, l->inverse + b * k * k, matrix, side, k);
        if (err < 0)
            return err;
        float *r = l->r + b * n;
        memcpy(r, eq->view->y + b * n, n * sizeof *r);
        for (size_t j = 0; j < k; j++) {
            double mean, precision;
            prior_of(&mean, &precision, eq, (int)b, (int)j);
            l->cost += precision * (beta[j] - mean) * (beta[j] - mean);
            const float level = (float)beta[j];
            for (size_t i = 0; i < n; i++)
                r[i] -= level * l->x[j * n + i];
        }
        const float scale = (float)(w / (double)bands);
        for (size_t i = 0; i < n; i++)
            l->z2[i] += scale * r[i] * r[i];
    }
    for (size_t i = 0; i < n; i++)
        l->cost += (double)bands * (RV__NU + 1.0) * log1p((double)l->z2[i] / RV__NU);
    return RV_OK;
}

static int solve(rv__equation *eq, rv__levels *l)
{
    const size_t k = (size_t)eq->k, bands = (size_t)eq->patch->bands;
    double *normal = rv__alloc(2 * k * k + (bands + 1) * k, sizeof *normal);
    const int err = normal ? solve_levels(eq, l, normal, normal + k * k) : RV_ERR_NOMEM;
    rv__free(normal);
    return err;
}

static int render(const rv__equation *eq, float *const field[RV__FIELDS], const double *local)
{
    rv_point outline[RV__EDGES_MAX];
    const double *pose = local + eq->shape->n + 1;
    const rv__pose at = { pose[0], pose[1], pose[2], pose[3] };
    rv__shape_outline(outline, eq->shape, local);
    return rv__render(field, eq->patch, eq->view, outline, eq->shape->n, &at);
}

int rv__levels_find(rv__equation *eq, rv__levels *levels, const double *local)
{
    const int err = render(eq, levels->field, local);
    if (err < 0)
        return err;
    fill_columns(eq, levels);
    return solve(eq, levels);
}

int rv__equation_reweigh(rv__equation *eq)
{
    for (size_t i = 0; i < eq->view->n; i++)
        eq->weight[i] = (float)((RV__NU + 1.0) / (RV__NU + (double)eq->now.z2[i]));
    return solve(eq, &eq->now);
}

int rv__equation_rescale(rv__equation *eq)
{
    const size_t n = eq->view->n;
    const double used = 12.0 + .4 * eq->k, share = (double)n / fmax((double)n - used, .5 * (double)n);
    int err = RV_OK;
    for (int pass = 0; err == RV_OK && pass < 2; pass++) {
        for (int b = 0; b < eq->patch->bands; b++) {
            for (size_t i = 0; i < n; i++)
                eq->gram[i] = fabsf(eq->now.r[(size_t)b * n + i]);
            eq->s[b] = 1.4826 * (double)rv__median_f(eq->gram, n) * sqrt(share) + 1e-4;
        }
        memset(eq->now.z2, 0, n * sizeof *eq->now.z2);
        for (int b = 0; b < eq->patch->bands; b++) {
            const float w = (float)(1.0 / (eq->s[b] * eq->s[b] * eq->patch->bands));
            for (size_t i = 0; i < n; i++)
                eq->now.z2[i] += w * eq->now.r[(size_t)b * n + i] * eq->now.r[(size_t)b * n + i];
        }
        err = rv__equation_reweigh(eq);
    }
    return err;
}

/* Slope columns of all bands from the difference of fields moved / step. */
static void slope_column(rv__equation *eq, int j, float *const moved[RV__FIELDS], double step)
{
    const rv__view *v = eq->view;
    const size_t n = v->n;
    const float per = (float)(1.0 / step);
    for (int b = 0; b < eq->patch->bands; b++) {
        const double *beta = eq->now.beta + (size_t)b * (size_t)eq->k;
        const double *extra = beta + v->n_ground;
        const float roof = (float)extra[0], shade = v->has_sun ? (float)extra[1] : 0.0f,
                    wall = v->has_view ? (float)extra[v->has_sun ? 2 : 1] : 0.0f, unit = (float)(1.0 / eq->s[b]);
        float *out = eq->slope + ((size_t)b * (size_t)eq->p + (size_t)j) * n;
        memset(eq->gram, 0, n * sizeof *eq->gram);
        for (int q = 0; q < v->n_ground; q++)
            for (size_t i = 0; i < n; i++)
                eq->gram[i] += (float)beta[q] * v->ground[(size_t)q * n + i];
        for (size_t i = 0; i < n; i++) {
            const size_t at = v->at[i];
            const float dc = (moved[RV__ROOF][at] - eq->now.field[RV__ROOF][at]) * per;
            const float ds = (moved[RV__SHADOW][at] - eq->now.field[RV__SHADOW][at]) * per;
            const float dw = (moved[RV__WALL][at] - eq->now.field[RV__WALL][at]) * per;
            const float dg = -dc - (float)(1.0 - RV__SHADE) * ds - dw;
            out[i] = unit * (eq->gram[i] * dg + roof * dc + shade * ds + wall * dw);
        }
    }
}

/* Moving the whole view by (1, 0) or (0, 1) px moves edge i out by its normal's component. */
static void shift_columns(rv__equation *eq, const double *local)
{
    const int e = eq->shape->n;
    const size_t n = eq->view->n;
    rv_point outline[RV__EDGES_MAX];
    rv__shape_outline(outline, eq->shape, local);
    for (int b = 0; b < eq->patch->bands; b++) {
        float *slope = eq->slope + (size_t)b * (size_t)eq->p * n;
        float *dx = slope + (size_t)(e + 3) * n, *dy = slope + (size_t)(e + 4) * n;
        memset(dx, 0, n * sizeof *dx);
        memset(dy, 0, n * sizeof *dy);
        for (int q = 0; q < e; q++) {
            const rv_point normal = rv__edge_normal(outline, e, q);
            for (size_t i = 0; i < n; i++) {
                dx[i] += (float)normal.x * slope[(size_t)q * n + i];
                dy[i] += (float)normal.y * slope[(size_t)q * n + i];
            }
        }
    }
}

/* cross = X'WJ (k * p) of a band, divided by its spread; weighted = W J of one column at a time. */
static void cross_products(const rv__equation *eq, double *cross, double *square, double *right, int band)
{
    const size_t n = eq->view->n, k = (size_t)eq->k, p = (size_t)eq->p;
    const float *slope = eq->slope + (size_t)band * p * n, *r = eq->now.r + (size_t)band * n;
    for (size_t j = 0; j < p; j++) {
        for (size_t i = 0; i < n; i++)
            eq->gram[i] = slope[j * n + i] * eq->weight[i];
        for (size_t q = 0; q < k; q++)
            cross[q * p + j] = dot(eq->gram, eq->now.x + q * n, n) / eq->s[band];
        for (size_t q = 0; q <= j; q++)
            square[j * p + q] = square[q * p + j] = dot(eq->gram, slope + q * n, n);
        right[j] = dot(eq->gram, r, n) / eq->s[band];
    }
}

static void project(double *solved, const double *inverse, const double *cross, size_t k, size_t p)
{
    for (size_t q = 0; q < k; q++)
        for (size_t j = 0; j < p; j++) {
            double sum = 0.0;
            for (size_t i = 0; i < k; i++)
                sum += inverse[q * k + i] * cross[i * p + j];
            solved[q * p + j] = sum;
        }
}

static void eliminate(rv__equation *eq, double *scratch)
{
    const size_t n = eq->view->n, k = (size_t)eq->k, p = (size_t)eq->p;
    double *cross = scratch, *solved = cross + k * p, *square = solved + k * p, *right = square + p * p,
           *level = right + p;
    memset(eq->h, 0, sizeof eq->h);
    memset(eq->g, 0, sizeof eq->g);
    for (int b = 0; b < eq->patch->bands; b++) {
        cross_products(eq, cross, square, right, b);
        project(solved, eq->now.inverse + (size_t)b * k * k, cross, k, p);
        for (size_t i = 0; i < n; i++)
            eq->gram[i] = eq->weight[i] * eq->now.r[(size_t)b * n + i];
        for (size_t q = 0; q < k; q++)
            level[q] = dot(eq->gram, eq->now.x + q * n, n) / (eq->s[b] * eq->s[b]);
        for (size_t i = 0; i < p; i++) {
            for (size_t j = 0; j < p; j++) {
                double sum = square[i * p + j];
                for (size_t q = 0; q < k; q++)
                    sum -= cross[q * p + i] * solved[q * p + j];
                eq->h[i * p + j] += sum;
            }
            eq->g[i] += right[i];
            for (size_t q = 0; q < k; q++)
                eq->g[i] -= solved[q * p + i] * level[q];
        }
    }
}

int rv__equation_slopes(rv__equation *eq, const double *local)
{
    const int e = eq->shape->n;
    const size_t px = window_px(eq), k = (size_t)eq->k, p = (size_t)eq->p, n = eq->view->n;
    float *planes = rv__alloc(px * RV__FIELDS, sizeof *planes), *moved[RV__FIELDS];
    double *scratch = rv__alloc(2 * k * p + p * p + p + k, sizeof *scratch);
    int err = planes && scratch ? RV_OK : RV_ERR_NOMEM;
    for (size_t f = 0; f < RV__FIELDS; f++)
        moved[f] = planes ? planes + f * px : NULL;
    for (int j = 0; err == RV_OK && j < e + 3; j++) {
        const double step = j < e ? .05 : j == e ? .01 : j == e + 1 ? .25 : .03;
        double there[RV__LOCAL_MAX];
        if (j == e + 1 && !eq->view->has_sun && !eq->view->has_view) { /* nothing tells the height */
            for (size_t b = 0; b < (size_t)eq->patch->bands; b++)
                memset(eq->slope + (b * p + (size_t)j) * n, 0, n * sizeof *eq->slope);
            continue;
        }
        memcpy(there, local, p * sizeof *there);
        there[j] += step;
        if ((err = render(eq, moved, there)) == RV_OK)
            slope_column(eq, j, moved, step);
    }
    if (err == RV_OK) {
        shift_columns(eq, local);
        eliminate(eq, scratch);
    }
    rv__free(scratch);
    rv__free(planes);
    return err;
}

int rv__equation_influence(float *out, const rv__equation *eq, const double *v)
{
    const size_t n = eq->view->n, k = (size_t)eq->k, p = (size_t)eq->p, px = window_px(eq);
    double *scratch = rv__alloc(2 * k * p + p * p + p + k, sizeof *scratch);
    if (!scratch)
        return RV_ERR_NOMEM;
    double *cross = scratch, *solved = cross + k * p, *square = solved + k * p, *right = square + p * p,
           *level = right + p;
    memset(out, 0, (size_t)eq->patch->bands * px * sizeof *out);
    for (size_t b = 0; b < (size_t)eq->patch->bands; b++) {
        cross_products(eq, cross, square, right, (int)b);
        project(solved, eq->now.inverse + b * k * k, cross, k, p);
        for (size_t q = 0; q < k; q++) {
            level[q] = 0.0;
            for (size_t j = 0; j < p; j++)
                level[q] += solved[q * p + j] * v[j] / eq->s[b];
        }
        for (size_t i = 0; i < n; i++) {
            double sum = 0.0;
            for (size_t j = 0; j < p; j++)
                sum += v[j] * (double)eq->slope[(b * p + j) * n + i];
            for (size_t q = 0; q < k; q++)
                sum -= level[q] * (double)eq->now.x[q * n + i];
            out[b * px + eq->view->at[i]] = (float)(sum * (double)eq->weight[i]);
        }
    }
    rv__free(scratch);
    return RV_OK;
}

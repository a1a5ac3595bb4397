/* SPDX-License-Identifier: Apache-2.0 */
/* Levels of one view: with the shares of roof, shadow and wall given, the picture is linear in the levels of ground, roof,
 * shadow and wall, which have Gaussian priors. A pixel has one Student-t weight over all bands, since what spoils it (a
 * car, a neighbour, cloud) spoils all of them. */
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
static const double SD_BEFORE = 0.6, SD_BUMP = 0.12, SD_RING = 0.4, SD_SHADOW = 0.10, SD_WALL = 1.0, WALL_MEAN = 0.9;

double rv__dot(const float *a, const float *b, size_t n)
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
    else if (j > 0 && j < 1 + v->n_before + v->n_rings)
        sd = SD_RING;
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
            normal[j * k + q] = normal[q * k + j] = rv__dot(eq->gram, l->x + q * n, n);
        for (size_t b = 0; b < bands; b++)
            right[b * k + j] = rv__dot(eq->gram, eq->view->y + b * n, n);
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

int rv__equation_render(const rv__equation *eq, float *const field[RV__FIELDS], const double *local)
{
    rv_point outline[RV__EDGES_MAX];
    const double *pose = local + eq->shape->n + 1;
    const rv__pose at = { pose[0], pose[1], pose[2], pose[3] };
    rv__shape_outline(outline, eq->shape, local);
    return rv__render(field, eq->patch, eq->view, outline, eq->shape->n, &at);
}

int rv__levels_find(rv__equation *eq, rv__levels *levels, const double *local)
{
    const int err = rv__equation_render(eq, levels->field, local);
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

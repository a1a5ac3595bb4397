/* SPDX-License-Identifier: Apache-2.0 */
/* Slopes of one view in the unknowns of shape and pose. Levels (ground, roof, shadow, wall) enter linearly and are
 * eliminated: with weights W and priors R the normal matrix of the other unknowns is the Schur complement
 *
 *     H = J'WJ - (J'WX)(X'WX + R)^-1 (X'WJ)
 *
 * (variable projection [golub1973]). The same weights stand in both parts; different ones make H indefinite. Slopes are
 * differences of two renderings; shifts of the whole view need none, being sums over the edges. */
#include "measure/equation.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"

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
            cross[q * p + j] = rv__dot(eq->gram, eq->now.x + q * n, n) / eq->s[band];
        for (size_t q = 0; q <= j; q++)
            square[j * p + q] = square[q * p + j] = rv__dot(eq->gram, slope + q * n, n);
        right[j] = rv__dot(eq->gram, r, n) / eq->s[band];
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
            level[q] = rv__dot(eq->gram, eq->now.x + q * n, n) / (eq->s[b] * eq->s[b]);
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
    const size_t px = (size_t)eq->patch->w * (size_t)eq->patch->h, k = (size_t)eq->k, p = (size_t)eq->p,
                 n = eq->view->n;
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
        if ((err = rv__equation_render(eq, moved, there)) == RV_OK)
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
    const size_t n = eq->view->n, k = (size_t)eq->k, p = (size_t)eq->p,
                 px = (size_t)eq->patch->w * (size_t)eq->patch->h;
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

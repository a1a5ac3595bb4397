/* SPDX-License-Identifier: Apache-2.0 */
/* The fit of an outline: starts, descent, covariance. Several starting heights compete on three views with unlike shadows,
 * because a wrong height is a minimum of its own: the outline then slides along the shadow. Starts are ranked by
 * cost + 2 n sum log s; without the second part a bad fit with a large spread wins. */
#include "measure/fit.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/linalg.h"
#include "base/mem.h"
#include "measure/descent.h"

/* Priors (sd): edge from the drawn outline, heading, height and PSF about their means. */
static const double EDGE_SD = 2.5, HEADING_SD = 0.15, HEIGHT_M = 7.0, HEIGHT_SD_M = 5.0, PSF = 0.72, PSF_SD = 0.15;

enum { COARSE_VIEWS = 3, COARSE_STEPS = 5, STEPS = 14, STARTS_MAX = 6 };

static void set_priors(rv__problem *p)
{
    const int e = p->shape->n;
    p->n = e + 2 + 3 * p->n_eq;
    for (int i = 0; i < e; i++) {
        p->mean[i] = 0.0;
        p->precision[i] = 1.0 / (EDGE_SD * EDGE_SD);
    }
    p->mean[e] = 0.0;
    p->precision[e] = 1.0 / (HEADING_SD * HEADING_SD);
    p->mean[e + 1] = HEIGHT_M;
    p->precision[e + 1] = p->has_height ? 1.0 / (HEIGHT_SD_M * HEIGHT_SD_M) : 1e8;
    for (int t = 0; t < p->n_eq; t++) {
        double *mean = p->mean + e + 2 + 3 * t, *precision = p->precision + e + 2 + 3 * t;
        const double sd = p->n_eq > 1 ? p->eq[t]->view->shift_sd : 0.0;
        mean[0] = PSF;
        precision[0] = 1.0 / (PSF_SD * PSF_SD);
        mean[1] = mean[2] = 0.0;
        precision[1] = precision[2] = sd > 0.0 ? 1.0 / (sd * sd) : 1e8;
    }
}

typedef struct start {
    double height_m, scale;
    bool trimmed; /* less the cast shadow */
} start;

/* How far the mean shadow of this height reaches over edge i. */
static double shadow_over(const rv__problem *p, int i, double height_m)
{
    const rv_point normal = rv__edge_normal(p->shape->base, p->shape->n, i);
    double reach = 0.0;
    for (int t = 0; t < p->n_eq; t++)
        reach += (p->eq[t]->view->shadow[0] * normal.x + p->eq[t]->view->shadow[1] * normal.y) / p->n_eq;
    return fmax(reach * height_m, 0.0);
}

static void starting_point(double *at, const rv__problem *p, const start *s)
{
    const int e = p->shape->n;
    memcpy(at, p->mean, (size_t)p->n * sizeof *at);
    for (int i = 0; i < e; i++) {
        const rv_point a = p->shape->base[i], normal = rv__edge_normal(p->shape->base, e, i);
        at[i] = (s->scale - 1.0) * ((a.x - p->shape->cx) * normal.x + (a.y - p->shape->cy) * normal.y);
        if (s->trimmed)
            at[i] -= shadow_over(p, i, s->height_m);
    }
    at[e + 1] = p->has_height ? s->height_m : HEIGHT_M;
}

/* Put up to COARSE_VIEWS equations with unlike shadows into coarse: the shortest, then each the farthest from those. */
static void choose_coarse(rv__problem *coarse, const rv__problem *p)
{
    bool taken[RV__VIEWS_MAX] = { false };
    *coarse = *p;
    coarse->n_eq = 0;
    while (coarse->n_eq < p->n_eq && coarse->n_eq < COARSE_VIEWS) {
        int best = -1;
        double best_score = -INFINITY;
        for (int t = 0; t < p->n_eq; t++) {
            const double *s = p->eq[t]->view->shadow, length = hypot(s[0], s[1]);
            double gap = coarse->n_eq ? INFINITY : -length;
            for (int k = 0; k < coarse->n_eq; k++) {
                const double *q = coarse->eq[k]->view->shadow;
                gap = fmin(gap, hypot(s[0] - q[0], s[1] - q[1]) / (1.0 + 0.3 * length));
            }
            if (!taken[t] && gap > best_score) {
                best = t;
                best_score = gap;
            }
        }
        taken[best] = true;
        coarse->eq[coarse->n_eq++] = p->eq[best];
    }
    set_priors(coarse);
}

static int list_starts(start out[STARTS_MAX], const rv__problem *p, bool trimmed)
{
    const double area = rv__outline_area(p->shape->base, p->shape->n);
    const double small[] = { 3.0, 6.0, 11.0 }, large[] = { 4.0, 9.0 };
    const double *height = area < 130.0 ? small : large;
    const int heights = !p->has_height ? 1 : area < 130.0 ? 3 : 2;
    int n = 0;
    for (int k = 0; k < heights; k++)
        out[n++] = (start){ height[k], 1.0, trimmed };
    for (int k = 0; k < heights && area < 80.0; k++)
        out[n++] = (start){ height[k], 0.85, trimmed };
    return n;
}

/* The start that fits best after a few steps: begun is where it began, at where it got; both geometry. */
static int best_start(double *at, double *begun, const rv__problem *p, bool trimmed)
{
    rv__problem coarse;
    start list[STARTS_MAX];
    const int n = list_starts(list, p, trimmed);
    const size_t geometry = ((size_t)p->shape->n + 2) * sizeof *at;
    double best = INFINITY;
    choose_coarse(&coarse, p);
    for (int k = 0; k < n; k++) {
        double here[RV__UNKNOWNS_MAX], from[RV__UNKNOWNS_MAX], cost = 0.0;
        starting_point(from, &coarse, &list[k]);
        memcpy(here, from, sizeof here);
        const int err = rv__problem_iterate(&coarse, here, COARSE_STEPS, &cost);
        if (err < 0 && err != RV_ERR_RANGE)
            return err;
        const double rank = err < 0 ? INFINITY : rv__problem_rank(&coarse, cost);
        if (k == 0 || rank < best) {
            best = rank;
            memcpy(at, here, geometry);
            memcpy(begun, from, geometry);
        }
    }
    return isfinite(best) ? RV_OK : rv__fail(RV_ERR_RANGE, "no start of the outline fit could be solved");
}

static void area_gradient(double *out, const rv__shape *shape, const double *geometry)
{
    double there[RV__GEOMETRY_MAX];
    rv_point outline[RV__EDGES_MAX];
    memset(out, 0, RV__GEOMETRY_MAX * sizeof *out);
    for (int i = 0; i < shape->n; i++) {
        double area[2];
        for (int k = 0; k < 2; k++) {
            memcpy(there, geometry, (size_t)(shape->n + 2) * sizeof *there);
            there[i] += k ? .01 : -.01;
            rv__shape_outline(outline, shape, there);
            area[k] = rv__outline_area(outline, shape->n);
        }
        out[i] = (area[1] - area[0]) / .02;
    }
}

/* Contrast of roof to ground and to shadow, and the residual on the outline, all in units of residual spread. */
static void judge(rv__fit *out, const rv__problem *p)
{
    double ground = 0.0, shadow = 0.0, ring = 0.0;
    for (int t = 0; t < p->n_eq; t++) {
        const rv__equation *eq = p->eq[t];
        const rv__view *v = eq->view;
        double to_ground = 0.0, to_shadow = 0.0, sum = 0.0;
        size_t on_ring = 0;
        for (int b = 0; b < p->patch->bands; b++) {
            const double *beta = eq->now.beta + (size_t)b * (size_t)eq->k, s = eq->s[b] * eq->s[b];
            double level = 0.0;
            for (int j = 0; j < v->n_ground; j++) {
                double mean = 0.0;
                for (size_t i = 0; i < v->n; i++)
                    mean += (double)v->ground[(size_t)j * v->n + i];
                level += beta[j] * mean / (double)v->n;
            }
            const double roof = beta[v->n_ground];
            const double dark = v->has_sun ? RV__SHADE * level + beta[v->n_ground + 1] : level;
            to_ground += (roof - level) * (roof - level) / s / p->patch->bands;
            to_shadow += (roof - dark) * (roof - dark) / s / p->patch->bands;
        }
        for (size_t i = 0; i < v->n; i++) {
            const float c = eq->now.field[RV__ROOF][v->at[i]];
            if (c > .02f && c < .98f) {
                sum += (double)eq->now.z2[i];
                on_ring++;
            }
        }
        ground += sqrt(to_ground) / p->n_eq;
        shadow += sqrt(to_shadow) / p->n_eq;
        ring += sqrt(sum / fmax((double)on_ring, 1.0)) / p->n_eq;
    }
    out->contrast = fmin(ground, shadow);
    out->misfit = ring / fmax(out->contrast, 1e-6);
}

static int describe(rv__fit *out, rv__problem *p, const double *at)
{
    const int e = p->shape->n, geometry = e + 2, n = p->n;
    double gradient[RV__UNKNOWNS_MAX] = { 0.0 }, solution[RV__UNKNOWNS_MAX], v[RV__VIEWS_MAX][RV__LOCAL_MAX];
    rv__equation flat[RV__VIEWS_MAX];
    double *inverse = rv__alloc((size_t)(n * n), sizeof *inverse), texture = 0.0;
    int err = inverse ? rv__problem_normal(p, at) : RV_ERR_NOMEM;
    if (err < 0)
        goto done;
    area_gradient(gradient, p->shape, at);
    if ((err = rv__solve_spd(solution, inverse, p->h, gradient, (size_t)n)) < 0)
        goto done;
    for (int i = 0; i < geometry; i++)
        for (int j = 0; j < geometry; j++)
            out->covariance[i * geometry + j] = inverse[i * n + j];
    double noise = 0.0;
    for (int i = 0; i < n; i++)
        noise += gradient[i] * solution[i];
    for (int t = 0; t < p->n_eq; t++) {
        rv__problem_local(v[t], p, solution, t);
        flat[t] = *p->eq[t];
    }
    if ((err = rv__spread(&texture, flat, p->n_eq, (const double(*)[RV__LOCAL_MAX])v)) < 0)
        goto done;
    out->noise_px2 = sqrt(fmax(noise, 0.0));
    out->texture_px2 = sqrt(fmax(texture, .25 * noise));
    out->height_m = at[e + 1];
    out->sd_height_m = sqrt(fmax(out->covariance[(e + 1) * geometry + e + 1], 0.0));
    judge(out, p);
done:
    rv__free(inverse);
    return err;
}

static void summarise(rv__fit *out, const rv__problem *p, const double *at, const double *begun)
{
    const int e = p->shape->n;
    rv_point first[RV__EDGES_MAX];
    double dx = 0.0, dy = 0.0;
    out->n = e;
    memcpy(out->geometry, at, (size_t)(e + 2) * sizeof *at);
    rv__shape_outline(out->outline, p->shape, at);
    rv__shape_outline(first, p->shape, begun);
    out->start_area_px2 = rv__outline_area(first, e);
    out->area_px2 = rv__outline_area(out->outline, e);
    out->perimeter_px = rv__outline_perimeter(out->outline, e);
    for (int i = 0; i < e; i++) {
        out->moved_px = fmax(out->moved_px, fabs(at[i] - begun[i]));
        dx += (out->outline[i].x - first[i].x) / e;
        dy += (out->outline[i].y - first[i].y) / e;
    }
    out->moved_px = fmax(out->moved_px, hypot(dx, dy));
    double lean[2] = { 0.0, 0.0 };
    for (int t = 0; t < p->n_eq; t++) {
        out->psf_px += at[e + 2 + 3 * t] / p->n_eq;
        lean[0] += p->eq[t]->view->lean[0] * at[e + 1] / p->n_eq;
        lean[1] += p->eq[t]->view->lean[1] * at[e + 1] / p->n_eq;
    }
    out->facade_px = hypot(lean[0], lean[1]);
    out->has_height = p->has_height;
    out->has_before = p->patch->has_before;
    out->at_bound = p->has_height && (at[e + 1] < RV__HEIGHT_MIN_M + .01 || at[e + 1] > RV__HEIGHT_MAX_M - .01);
    out->views = p->n_eq;
}

int rv__fit_outline(rv__fit *out, rv__patch *patch, const rv__shape *shape, bool trimmed)
{
    rv__fit fit = { .n = 0 };
    rv__equation eq[RV__VIEWS_MAX];
    rv__problem p = { .patch = patch, .shape = shape };
    double at[RV__UNKNOWNS_MAX], begun[RV__GEOMETRY_MAX], geometry[RV__GEOMETRY_MAX], cost = 0.0;
    int err = RV_OK;
    for (int t = 0; t < patch->n_views; t++) {
        if ((err = rv__equation_init(&eq[t], patch, &patch->view[t], shape)) < 0)
            goto done;
        p.eq[p.n_eq++] = &eq[t];
        p.has_height = p.has_height || patch->view[t].has_sun;
    }
    set_priors(&p);
    if ((err = best_start(geometry, begun, &p, trimmed)) < 0 || (err = rv__patch_rings(patch, shape, geometry)) < 0)
        goto done;
    memcpy(at, p.mean, (size_t)p.n * sizeof *at);
    memcpy(at, geometry, (size_t)(shape->n + 2) * sizeof *at);
    if ((err = rv__problem_iterate(&p, at, STEPS, &cost)) < 0)
        goto done;
    fit.iterations = err;
    summarise(&fit, &p, at, begun);
    err = describe(&fit, &p, at);
    if (err == RV_OK)
        *out = fit;
done:
    while (p.n_eq > 0)
        rv__equation_release(p.eq[--p.n_eq]);
    return err;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The fit: Levenberg-Marquardt [marquardt1963] over edges, heading, height and, per view, blur and residual shift; all
 * views and bands at once, levels eliminated (equation.c). Several starting heights compete on three views with unlike
 * shadows, because a wrong height is a minimum of its own: the outline then slides along the shadow. Starts are ranked by
 * cost + 2 n sum log s; without the second part a bad fit with a large spread wins. */
#include "measure/fit.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/linalg.h"
#include "base/mem.h"
#include "base/parallel.h"

/* Priors (sd): edge from the drawn outline, heading, height and PSF about their means. */
static const double EDGE_SD = 2.5, HEADING_SD = 0.15, HEIGHT_M = 7.0, HEIGHT_SD_M = 5.0, PSF = 0.72, PSF_SD = 0.15;
static const double HEIGHT_MIN_M = 2.0, HEIGHT_MAX_M = 30.0, PSF_MIN = 0.35, PSF_MAX = 1.6;

enum { COARSE_VIEWS = 3, COARSE_STEPS = 5, STEPS = 14 };

typedef struct problem {
    const rv__patch *patch;
    const rv__shape *shape;
    rv__equation *eq[RV__VIEWS_MAX];
    int n_eq, n; /* equations in use; unknowns: geometry, then psf, dx, dy of each */
    bool has_height;
    double mean[RV__UNKNOWNS_MAX], precision[RV__UNKNOWNS_MAX];
    const double *at; /* of the running task */
    double h[RV__UNKNOWNS_MAX * RV__UNKNOWNS_MAX], g[RV__UNKNOWNS_MAX];
} problem;

static void local_of(double *out, const problem *p, const double *at, int view)
{
    const int geometry = p->shape->n + 2;
    memcpy(out, at, (size_t)geometry * sizeof *out);
    memcpy(out + geometry, at + geometry + 3 * view, 3 * sizeof *out);
}

static int global_index(const problem *p, int view, int local)
{
    const int geometry = p->shape->n + 2;
    return local < geometry ? local : local + 3 * view;
}

static int begin_task(size_t t, size_t worker, void *user)
{
    const problem *p = user;
    rv__equation *eq = p->eq[t];
    double local[RV__LOCAL_MAX];
    (void)worker;
    local_of(local, p, p->at, (int)t);
    for (int b = 0; b < p->patch->bands; b++)
        eq->s[b] = 0.1;
    for (size_t i = 0; i < eq->view->n; i++)
        eq->weight[i] = 1.0f;
    return rv__levels_find(eq, &eq->now, local);
}

static int rescale_task(size_t t, size_t worker, void *user)
{
    const problem *p = user;
    (void)worker;
    return rv__equation_rescale(p->eq[t]);
}

static int reweigh_task(size_t t, size_t worker, void *user)
{
    const problem *p = user;
    (void)worker;
    return rv__equation_reweigh(p->eq[t]);
}

static int slopes_task(size_t t, size_t worker, void *user)
{
    const problem *p = user;
    double local[RV__LOCAL_MAX];
    (void)worker;
    local_of(local, p, p->at, (int)t);
    return rv__equation_slopes(p->eq[t], local);
}

static int trial_task(size_t t, size_t worker, void *user)
{
    const problem *p = user;
    double local[RV__LOCAL_MAX];
    (void)worker;
    local_of(local, p, p->at, (int)t);
    return rv__levels_find(p->eq[t], &p->eq[t]->trial, local);
}

static int each_view(problem *p, int (*task)(size_t, size_t, void *), const double *at)
{
    p->at = at;
    return rv__parallel_for((size_t)p->n_eq, task, p);
}

static double cost_of(const problem *p, const double *at, bool trial)
{
    double sum = 0.0;
    for (int i = 0; i < p->n; i++)
        sum += p->precision[i] * (at[i] - p->mean[i]) * (at[i] - p->mean[i]);
    for (int t = 0; t < p->n_eq; t++)
        sum += trial ? p->eq[t]->trial.cost : p->eq[t]->now.cost;
    return sum;
}

static double rank_of(const problem *p, double cost)
{
    for (int t = 0; t < p->n_eq; t++)
        for (int b = 0; b < p->patch->bands; b++)
            cost += 2.0 * (double)p->eq[t]->view->n * log(p->eq[t]->s[b]);
    return cost;
}

static void assemble(problem *p, const double *at)
{
    const int n = p->n, local = p->shape->n + 1 + RV__POSE;
    memset(p->h, 0, sizeof p->h);
    for (int i = 0; i < n; i++) {
        p->h[i * n + i] = p->precision[i];
        p->g[i] = p->precision[i] * (p->mean[i] - at[i]);
    }
    for (int t = 0; t < p->n_eq; t++)
        for (int i = 0; i < local; i++) {
            const int row = global_index(p, t, i);
            p->g[row] += p->eq[t]->g[i];
            for (int j = 0; j < local; j++)
                p->h[row * n + global_index(p, t, j)] += p->eq[t]->h[i * local + j];
        }
}

/* The next trial point, steps cut and bounds kept. @return RV_ERR_RANGE for a point that is no outline */
static int step_from(double *next, const problem *p, const double *at, double damping)
{
    const int n = p->n, e = p->shape->n;
    double h[RV__UNKNOWNS_MAX * RV__UNKNOWNS_MAX], d[RV__UNKNOWNS_MAX];
    memcpy(h, p->h, (size_t)(n * n) * sizeof *h);
    for (int i = 0; i < n; i++)
        h[i * n + i] *= 1.0 + damping;
    const int err = rv__solve_spd(d, NULL, h, p->g, (size_t)n);
    if (err < 0)
        return err;
    double most = 0.0;
    for (int i = 0; i < e; i++)
        most = fmax(most, fabs(d[i]));
    double cut = most > 1.0 ? 1.0 / most : 1.0;
    const double climb = 0.5 * fmax(at[e + 1], HEIGHT_MIN_M);
    if (fabs(d[e + 1]) * cut > climb)
        cut = climb / fabs(d[e + 1]);
    for (int i = 0; i < n; i++)
        next[i] = at[i] + cut * d[i];
    if (p->has_height)
        next[e + 1] = fmin(fmax(next[e + 1], HEIGHT_MIN_M), HEIGHT_MAX_M);
    for (int t = 0; t < p->n_eq; t++)
        next[e + 2 + 3 * t] = fmin(fmax(next[e + 2 + 3 * t], PSF_MIN), PSF_MAX);
    rv_point outline[RV__EDGES_MAX];
    rv__shape_outline(outline, p->shape, next);
    const double area = rv__outline_area(outline, e);
    return area > 0.3 * rv__outline_area(p->shape->base, e) && area > 1.5 ? RV_OK : RV_ERR_RANGE;
}

static void accept(problem *p)
{
    for (int t = 0; t < p->n_eq; t++) {
        const rv__levels swap = p->eq[t]->now;
        p->eq[t]->now = p->eq[t]->trial;
        p->eq[t]->trial = swap;
    }
}

/* One damped step down. *better says whether one was found. */
static int descend(problem *p, double *at, double *cost, double *damping, bool *better)
{
    double next[RV__UNKNOWNS_MAX];
    *better = false;
    for (int tries = 0; tries < 5; tries++, *damping *= 8.0) {
        int err = step_from(next, p, at, *damping);
        if (err == RV_ERR_RANGE)
            continue;
        if (err < 0 || (err = each_view(p, trial_task, next)) < 0)
            return err;
        if (cost_of(p, next, true) >= *cost)
            continue;
        accept(p);
        memcpy(at, next, (size_t)p->n * sizeof *at);
        *damping = fmax(*damping / 6.0, 1e-6);
        *better = true;
        if ((err = each_view(p, reweigh_task, at)) < 0)
            return err;
        *cost = cost_of(p, at, false);
        return RV_OK;
    }
    return RV_OK;
}

static int iterate(problem *p, double *at, int steps, double *cost)
{
    double damping = 1e-2;
    int done = 0, err = each_view(p, begin_task, at);
    for (bool better = true; err == RV_OK && better && done < steps; done++) {
        if ((done == 0 || done == 2 || done == 5 || done == 8) && (err = each_view(p, rescale_task, at)) < 0)
            return err;
        *cost = cost_of(p, at, false);
        const double before = *cost;
        if ((err = each_view(p, slopes_task, at)) < 0)
            return err;
        assemble(p, at);
        err = descend(p, at, cost, &damping, &better);
        if (done > 8 && before - *cost < 1e-2)
            break;
    }
    return err < 0 ? err : done;
}

static void set_priors(problem *p)
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

static void starting_point(double *at, const problem *p, double height_m, double scale)
{
    const int e = p->shape->n;
    memcpy(at, p->mean, (size_t)p->n * sizeof *at);
    for (int i = 0; i < e; i++) {
        const rv_point a = p->shape->base[i], normal = rv__edge_normal(p->shape->base, e, i);
        at[i] = (scale - 1.0) * ((a.x - p->shape->cx) * normal.x + (a.y - p->shape->cy) * normal.y);
    }
    at[e + 1] = p->has_height ? height_m : HEIGHT_M;
}

/* Put up to COARSE_VIEWS equations with unlike shadows into coarse: the shortest, then each the farthest from those. */
static void choose_coarse(problem *coarse, const problem *p)
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

/* The start that fits best after a few steps, written as geometry into at. */
static int best_start(double *at, const problem *p)
{
    static const double small_heights[] = { 3.0, 6.0, 11.0 }, large_heights[] = { 4.0, 9.0 };
    problem coarse;
    const double area = rv__outline_area(p->shape->base, p->shape->n);
    const double *height = area < 130.0 ? small_heights : large_heights;
    const int heights = !p->has_height ? 1 : area < 130.0 ? 3 : 2, sizes = area < 80.0 ? 2 : 1;
    double best = INFINITY;
    choose_coarse(&coarse, p);
    for (int k = 0; k < heights * sizes; k++) {
        double here[RV__UNKNOWNS_MAX], cost = 0.0;
        starting_point(here, &coarse, height[k % heights], k / heights ? 0.85 : 1.0);
        const int err = iterate(&coarse, here, COARSE_STEPS, &cost);
        if (err < 0 && err != RV_ERR_RANGE)
            return err;
        const double rank = err < 0 ? INFINITY : rank_of(&coarse, cost);
        if (k == 0 || rank < best) {
            best = rank;
            memcpy(at, here, (size_t)(p->shape->n + 2) * sizeof *at);
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
static void judge(rv__fit *out, const problem *p)
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

static int describe(rv__fit *out, problem *p, const double *at)
{
    const int e = p->shape->n, geometry = e + 2, n = p->n;
    double gradient[RV__UNKNOWNS_MAX] = { 0.0 }, solution[RV__UNKNOWNS_MAX], v[RV__VIEWS_MAX][RV__LOCAL_MAX];
    rv__equation flat[RV__VIEWS_MAX];
    double *inverse = rv__alloc((size_t)(n * n), sizeof *inverse), texture = 0.0;
    int err = inverse ? each_view(p, slopes_task, at) : RV_ERR_NOMEM;
    if (err < 0)
        goto done;
    assemble(p, at);
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
        local_of(v[t], p, solution, t);
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

static void summarise(rv__fit *out, const problem *p, const double *at)
{
    const int e = p->shape->n;
    double cx = 0.0, cy = 0.0;
    out->n = e;
    memcpy(out->geometry, at, (size_t)(e + 2) * sizeof *at);
    rv__shape_outline(out->outline, p->shape, at);
    out->start_area_px2 = rv__outline_area(p->shape->base, e);
    out->area_px2 = rv__outline_area(out->outline, e);
    out->perimeter_px = rv__outline_perimeter(out->outline, e);
    for (int i = 0; i < e; i++) {
        out->moved_px = fmax(out->moved_px, fabs(at[i]));
        cx += out->outline[i].x / e;
        cy += out->outline[i].y / e;
    }
    out->moved_px = fmax(out->moved_px, hypot(cx - p->shape->cx, cy - p->shape->cy));
    double lean[2] = { 0.0, 0.0 };
    for (int t = 0; t < p->n_eq; t++) {
        out->psf_px += at[e + 2 + 3 * t] / p->n_eq;
        lean[0] += p->eq[t]->view->lean[0] * at[e + 1] / p->n_eq;
        lean[1] += p->eq[t]->view->lean[1] * at[e + 1] / p->n_eq;
    }
    out->facade_px = hypot(lean[0], lean[1]);
    out->has_height = p->has_height;
    out->has_before = p->patch->has_before;
    out->at_bound = p->has_height && (at[e + 1] < HEIGHT_MIN_M + .01 || at[e + 1] > HEIGHT_MAX_M - .01);
    out->views = p->n_eq;
}

int rv__fit_outline(rv__fit *out, const rv__patch *patch, const rv__shape *shape)
{
    rv__fit fit = { .n = 0 };
    rv__equation eq[RV__VIEWS_MAX];
    problem p = { .patch = patch, .shape = shape };
    double at[RV__UNKNOWNS_MAX], geometry[RV__GEOMETRY_MAX], cost = 0.0;
    int err = RV_OK;
    for (int t = 0; t < patch->n_views; t++) {
        if ((err = rv__equation_init(&eq[t], patch, &patch->view[t], shape)) < 0)
            goto done;
        p.eq[p.n_eq++] = &eq[t];
        p.has_height = p.has_height || patch->view[t].has_sun;
    }
    set_priors(&p);
    if ((err = best_start(geometry, &p)) < 0)
        goto done;
    memcpy(at, p.mean, (size_t)p.n * sizeof *at);
    memcpy(at, geometry, (size_t)(shape->n + 2) * sizeof *at);
    if ((err = iterate(&p, at, STEPS, &cost)) < 0)
        goto done;
    fit.iterations = err;
    summarise(&fit, &p, at);
    err = describe(&fit, &p, at);
    if (err == RV_OK)
        *out = fit;
done:
    while (p.n_eq > 0)
        rv__equation_release(p.eq[--p.n_eq]);
    return err;
}

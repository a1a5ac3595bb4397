/* SPDX-License-Identifier: Apache-2.0 */
/* Levenberg-Marquardt [marquardt1963] over edges, heading, height and, per view, blur and residual shift; all views and
 * bands at once, levels eliminated (slopes.c). Spreads of the residuals are estimated anew at the first, third, sixth and
 * ninth step and frozen after that; with spreads that follow every step the cost is no longer one function. */
#include "measure/descent.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/linalg.h"
#include "base/parallel.h"

static const double PSF_MIN = 0.35, PSF_MAX = 1.6;

void rv__problem_local(double *out, const rv__problem *p, const double *at, int view)
{
    const int geometry = p->shape->n + 2;
    memcpy(out, at, (size_t)geometry * sizeof *out);
    memcpy(out + geometry, at + geometry + 3 * view, 3 * sizeof *out);
}

static int global_index(const rv__problem *p, int view, int local)
{
    const int geometry = p->shape->n + 2;
    return local < geometry ? local : local + 3 * view;
}

static int begin_task(size_t t, size_t worker, void *user)
{
    const rv__problem *p = user;
    rv__equation *eq = p->eq[t];
    double local[RV__LOCAL_MAX];
    (void)worker;
    rv__problem_local(local, p, p->at, (int)t);
    for (int b = 0; b < p->patch->bands; b++)
        eq->s[b] = 0.1;
    for (size_t i = 0; i < eq->view->n; i++)
        eq->weight[i] = 1.0f;
    return rv__levels_find(eq, &eq->now, local);
}

static int rescale_task(size_t t, size_t worker, void *user)
{
    const rv__problem *p = user;
    (void)worker;
    return rv__equation_rescale(p->eq[t]);
}

static int reweigh_task(size_t t, size_t worker, void *user)
{
    const rv__problem *p = user;
    (void)worker;
    return rv__equation_reweigh(p->eq[t]);
}

static int slopes_task(size_t t, size_t worker, void *user)
{
    const rv__problem *p = user;
    double local[RV__LOCAL_MAX];
    (void)worker;
    rv__problem_local(local, p, p->at, (int)t);
    return rv__equation_slopes(p->eq[t], local);
}

static int trial_task(size_t t, size_t worker, void *user)
{
    const rv__problem *p = user;
    double local[RV__LOCAL_MAX];
    (void)worker;
    rv__problem_local(local, p, p->at, (int)t);
    return rv__levels_find(p->eq[t], &p->eq[t]->trial, local);
}

static int each_view(rv__problem *p, int (*task)(size_t, size_t, void *), const double *at)
{
    p->at = at;
    return rv__parallel_for((size_t)p->n_eq, task, p);
}

static double cost_of(const rv__problem *p, const double *at, bool trial)
{
    double sum = 0.0;
    for (int i = 0; i < p->n; i++)
        sum += p->precision[i] * (at[i] - p->mean[i]) * (at[i] - p->mean[i]);
    for (int t = 0; t < p->n_eq; t++)
        sum += trial ? p->eq[t]->trial.cost : p->eq[t]->now.cost;
    return sum;
}

double rv__problem_rank(const rv__problem *p, double cost)
{
    for (int t = 0; t < p->n_eq; t++)
        for (int b = 0; b < p->patch->bands; b++)
            cost += 2.0 * (double)p->eq[t]->view->n * log(p->eq[t]->s[b]);
    return cost;
}

static void assemble(rv__problem *p, const double *at)
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
static int step_from(double *next, const rv__problem *p, const double *at, double damping)
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
    const double climb = 0.5 * fmax(at[e + 1], RV__HEIGHT_MIN_M);
    if (fabs(d[e + 1]) * cut > climb)
        cut = climb / fabs(d[e + 1]);
    for (int i = 0; i < n; i++)
        next[i] = at[i] + cut * d[i];
    if (p->has_height)
        next[e + 1] = fmin(fmax(next[e + 1], RV__HEIGHT_MIN_M), RV__HEIGHT_MAX_M);
    for (int t = 0; t < p->n_eq; t++)
        next[e + 2 + 3 * t] = fmin(fmax(next[e + 2 + 3 * t], PSF_MIN), PSF_MAX);
    rv_point outline[RV__EDGES_MAX];
    rv__shape_outline(outline, p->shape, next);
    const double area = rv__outline_area(outline, e);
    return area > 0.3 * rv__outline_area(p->shape->base, e) && area > 1.5 ? RV_OK : RV_ERR_RANGE;
}

static void accept(rv__problem *p)
{
    for (int t = 0; t < p->n_eq; t++) {
        const rv__levels swap = p->eq[t]->now;
        p->eq[t]->now = p->eq[t]->trial;
        p->eq[t]->trial = swap;
    }
}

/* One damped step down. *better says whether one was found. */
static int descend(rv__problem *p, double *at, double *cost, double *damping, bool *better)
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

int rv__problem_normal(rv__problem *p, const double *at)
{
    const int err = each_view(p, slopes_task, at);
    if (err == RV_OK)
        assemble(p, at);
    return err;
}

int rv__problem_iterate(rv__problem *p, double *at, int steps, double *cost)
{
    double damping = 1e-2;
    int done = 0, err = each_view(p, begin_task, at);
    for (bool better = true; err == RV_OK && better && done < steps; done++) {
        if ((done == 0 || done == 2 || done == 5 || done == 8) && (err = each_view(p, rescale_task, at)) < 0)
            return err;
        *cost = cost_of(p, at, false);
        const double before = *cost;
        if ((err = rv__problem_normal(p, at)) < 0)
            return err;
        err = descend(p, at, cost, &damping, &better);
        if (done > 8 && before - *cost < 1e-2)
            break;
    }
    return err < 0 ? err : done;
}

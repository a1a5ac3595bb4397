/* SPDX-License-Identifier: Apache-2.0 */
/* The value of a metric from the pooled statistics of scenes, each taken a whole number of times. Samples are sorted once;
 * a draw of the bootstrap is then a walk with other weights and no sort. */
#include "score/pooled.h"

#include "base/mem.h"

#include <revisit/structure.h>

#include <math.h>
#include <stdlib.h>

enum { ECE_BINS = 15, KINDS_MAX = 32 };

/* Rising; equal ones by scene and place, so that no sort's whim decides. */
static int by_value(const void *a, const void *b)
{
    const rv__pooled_sample *p = a, *q = b;
    if (p->x != q->x)
        return p->x < q->x ? -1 : 1;
    if (p->scene != q->scene)
        return p->scene < q->scene ? -1 : 1;
    return p->y < q->y ? -1 : p->y > q->y;
}

int rv__pool_init(rv__pool *pool, const rv__stat *const *stats, size_t n)
{
    size_t total = 0, k = 0;
    *pool = (rv__pool){ .stats = stats, .n = n };
    for (size_t s = 0; s < n; s++) {
        total += stats[s] ? stats[s]->n_samples : 0;
        if (stats[s])
            pool->form = stats[s]->form;
    }
    pool->sample = rv__alloc(total, sizeof *pool->sample);
    if (!pool->sample)
        return RV_ERR_NOMEM;
    for (size_t s = 0; s < n; s++)
        for (size_t i = 0; stats[s] && i < stats[s]->n_samples; i++)
            pool->sample[k++] = (rv__pooled_sample){ stats[s]->sample[i].x, stats[s]->sample[i].y, s };
    pool->n_samples = total;
    qsort(pool->sample, total, sizeof *pool->sample, by_value);
    return RV_OK;
}

void rv__pool_release(rv__pool *pool)
{
    rv__free(pool->sample);
    pool->sample = NULL;
}

static double ratio(double part, double whole)
{
    return whole > 0 ? part / whole : NAN;
}

static double kappa(const double c[RV__SUMS])
{
    const double tp = c[0], fp = c[1], fn = c[2], tn = c[3], n = tp + fp + fn + tn;
    const double observed = ratio(tp + tn, n);
    const double chance = ratio((tp + fp) * (tp + fn) + (fn + tn) * (fp + tn), n * n);
    return chance < 1 ? (observed - chance) / (1 - chance) : NAN;
}

static double relaxed_f1(const double c[RV__SUMS])
{
    if (c[1] + c[3] <= 0)
        return NAN;
    const double precision = c[1] > 0 ? c[0] / c[1] : 0, recall = c[3] > 0 ? c[2] / c[3] : 0;
    return precision + recall > 0 ? 2 * precision * recall / (precision + recall) : 0;
}

/* The k-th and the next smallest, from 0, when each sample counts as often as its scene. */
static void order_statistics(double out[2], const rv__pool *pool, const double *weight, double k)
{
    double before = 0;
    size_t i = 0;
    out[0] = out[1] = pool->n_samples ? pool->sample[pool->n_samples - 1].x : NAN;
    for (; i < pool->n_samples && before <= k; i++) {
        before += weight[pool->sample[i].scene];
        out[0] = before > k ? pool->sample[i].x : out[0];
    }
    if (i > 0 && before > k + 1) {
        out[1] = out[0];
        return;
    }
    for (; i < pool->n_samples; i++)
        if (weight[pool->sample[i].scene] > 0) {
            out[1] = pool->sample[i].x;
            return;
        }
}

/* Type 7 of [hyndman1996], as rv__quantile. */
static double quantile(const rv__pool *pool, const double *weight)
{
    double q = NAN, total = 0;
    for (size_t s = 0; s < pool->n; s++) {
        if (!pool->stats[s])
            continue;
        q = pool->stats[s]->c[0];
        total += weight[s] * (double)pool->stats[s]->n_samples;
    }
    if (!(total > 0))
        return NAN;
    const double at = (total - 1) * q, k = floor(at);
    double next[2];
    order_statistics(next, pool, weight, k);
    return at > k ? next[0] + (at - k) * (next[1] - next[0]) : next[0];
}

/* From the surest finding down; equal ranks enter together. */
static double average_precision(const rv__pool *pool, const double *weight, double n_truths)
{
    double hits = 0, seen = 0, sum = 0;
    for (size_t end = pool->n_samples; end > 0;) {
        size_t from = end;
        double group_hits = 0;
        do {
            from--;
            seen += weight[pool->sample[from].scene];
            group_hits += weight[pool->sample[from].scene] * pool->sample[from].y;
        } while (from > 0 && pool->sample[from - 1].x == pool->sample[end - 1].x);
        hits += group_hits;
        sum += seen > 0 ? group_hits * hits / seen : 0;
        end = from;
    }
    return ratio(sum, n_truths);
}

/* Of the surest findings that are enough; 0 where all of them are not. Equal ranks enter together. */
static double precision_at_recall(const rv__pool *pool, const double *weight, double n_truths)
{
    double hits = 0, seen = 0;
    for (size_t i = pool->n_samples; i > 0; i--) {
        const rv__pooled_sample *s = &pool->sample[i - 1];
        hits += weight[s->scene] * s->y;
        seen += weight[s->scene];
        if (hits >= RV__RECALL * n_truths && (i == 1 || pool->sample[i - 2].x != s->x))
            return ratio(hits, seen);
    }
    return n_truths > 0 ? 0 : NAN;
}

static double calibration_error(const rv__pool *pool, const double *weight)
{
    double n[ECE_BINS] = { 0 }, p[ECE_BINS] = { 0 }, y[ECE_BINS] = { 0 }, total = 0, sum = 0;
    for (size_t i = 0; i < pool->n_samples; i++) {
        const rv__pooled_sample *s = &pool->sample[i];
        const double w = weight[s->scene];
        const int bin = (int)fmin(fmax(s->x * ECE_BINS, 0), ECE_BINS - 1);
        n[bin] += w;
        p[bin] += w * s->x;
        y[bin] += w * s->y;
        total += w;
    }
    for (int b = 0; b < ECE_BINS; b++)
        sum += fabs(p[b] - y[b]);
    return ratio(sum, total);
}

static double macro_f1(const rv__pool *pool, const double *weight)
{
    double tp[KINDS_MAX] = { 0 }, fp[KINDS_MAX] = { 0 }, fn[KINDS_MAX] = { 0 }, sum = 0, kinds = 0;
    for (size_t i = 0; i < pool->n_samples; i++) {
        const rv__pooled_sample *s = &pool->sample[i];
        const int truth = (int)s->x, found = (int)s->y;
        if (truth == found) {
            tp[truth] += weight[s->scene];
            continue;
        }
        fn[truth] += weight[s->scene];
        if (found >= 0)
            fp[found] += weight[s->scene];
    }
    for (int k = 0; k < KINDS_MAX; k++) {
        const double whole = 2 * tp[k] + fp[k] + fn[k];
        sum += whole > 0 ? 2 * tp[k] / whole : 0;
        kinds += whole > 0;
    }
    return ratio(sum, kinds);
}

double rv__pool_value(const rv__pool *pool, const double *weight)
{
    double c[RV__SUMS] = { 0 };
    for (size_t s = 0; s < pool->n; s++)
        for (int k = 0; pool->stats[s] && k < RV__SUMS; k++)
            c[k] += weight[s] * pool->stats[s]->c[k];
    switch (pool->form) {
    case RV__FORM_RATIO:
    case RV__FORM_BAND:
        return ratio(c[0], c[1]);
    case RV__FORM_ROOT:
        return sqrt(ratio(c[0], c[1]));
    case RV__FORM_COUNT:
        return c[0];
    case RV__FORM_F1:
        return relaxed_f1(c);
    case RV__FORM_KAPPA:
        return kappa(c);
    case RV__FORM_QUANTILE:
        return quantile(pool, weight);
    case RV__FORM_AP:
        return average_precision(pool, weight, c[0]);
    case RV__FORM_AT:
        return precision_at_recall(pool, weight, c[0]);
    case RV__FORM_ECE:
        return calibration_error(pool, weight);
    case RV__FORM_MACRO:
        return macro_f1(pool, weight);
    }
    return NAN;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* One object through time. Its values are object minus ring, so that season, haze and tone, which both share, fall
 * out. A step is found by the generalised likelihood ratio with the loss of [huber1964]: the fall of the cost when one
 * median is replaced by a median before and one after; loss and not squares, because one leftover cloud must not
 * outvote a building. Two steps (ground, works, building) are taken where they pay 2 ln n a channel more; the
 * building's date is then the second one. Dating by one step calls the works the building where each house has its
 * own plot. */
#include "detect/series.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/robust.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { GAP_PX = 1, RING_PX = 3 }; /* stack px */
enum { FAR, RING, NEAR };         /* of a px to the object */

static const double CLEAR_SHARE = 0.9, HUBER = 1.5;

typedef struct patch {
    int col0, row0, w, h; /* stack px in the tile's window */
    float *weight;        /* of the object */
    uint8_t *ring;
} patch;

static int build_patch(patch *p, const rv__run *runs, size_t n, const rv__candidate *c, const rv__views *v, int zoom)
{
    const int pad = RING_PX + 1;
    const int col0 = c->col0 / zoom - pad, row0 = c->row0 / zoom - pad;
    const int col1 = (c->col1 + zoom - 1) / zoom + pad, row1 = (c->row1 + zoom - 1) / zoom + pad;
    p->col0 = col0 < 0 ? 0 : col0;
    p->row0 = row0 < 0 ? 0 : row0;
    p->w = (col1 > (int)v->w ? (int)v->w : col1) - p->col0;
    p->h = (row1 > (int)v->h ? (int)v->h : row1) - p->row0;
    const size_t px = (size_t)p->w * (size_t)p->h;
    p->weight = rv__alloc(px, sizeof *p->weight);
    p->ring = rv__alloc(px, 1);
    if (!p->weight || !p->ring)
        return RV_ERR_NOMEM;
    for (size_t i = 0; i < n; i++)
        for (int col = runs[i].col0; col < runs[i].col1; col++)
            p->weight[(runs[i].row / zoom - p->row0) * p->w + col / zoom - p->col0] += 1;
    return RV_OK;
}

/* Ring: at least GAP_PX and at most RING_PX beside a px of the object, here at (x, y). */
static void mark_around(patch *p, int x, int y)
{
    for (int dy = -RING_PX; dy <= RING_PX; dy++)
        for (int dx = -RING_PX; dx <= RING_PX; dx++) {
            if (y + dy < 0 || y + dy >= p->h || x + dx < 0 || x + dx >= p->w)
                continue;
            uint8_t *at = &p->ring[(y + dy) * p->w + x + dx];
            const bool near = abs(dx) <= GAP_PX && abs(dy) <= GAP_PX;
            *at = near || *at == NEAR ? NEAR : RING;
        }
}

static void mark_ring(patch *p)
{
    for (int y = 0; y < p->h; y++)
        for (int x = 0; x < p->w; x++)
            if (p->weight[y * p->w + x] > 0)
                mark_around(p, x, y);
}

/* Mixed px at the rim count little: squared coverage. */
static bool scene_value(float value[RV__CHANNELS], float own[RV__CHANNELS], const patch *p, const rv__views *v,
                        const rv__scale *s, size_t t)
{
    double sum[RV__CHANNELS] = { 0 }, around[RV__CHANNELS] = { 0 }, weight = 0, clear = 0, n = 0, n_clear = 0;
    const size_t px = v->w * v->h;
    for (int y = 0; y < p->h; y++)
        for (int x = 0; x < p->w; x++) {
            const int at = y * p->w + x;
            const double q = (double)p->weight[at] * (double)p->weight[at];
            if (q <= 0 && p->ring[at] != RING)
                continue;
            const size_t i = (size_t)(p->row0 + y) * v->w + (size_t)(p->col0 + x);
            const bool seen = v->clear[t * px + i];
            weight += q;
            n += q <= 0;
            clear += seen ? q : 0;
            n_clear += seen && q <= 0;
            for (int k = 0; seen && k < v->channels; k++) {
                const double here = rv__views_plane(v, t, k)[i];
                sum[k] += q * here;
                around[k] += q <= 0 ? here : 0;
            }
        }
    if (clear < CLEAR_SHARE * weight || weight <= 0 || n_clear < 0.5 * n || n_clear < 1)
        return false;
    for (int k = 0; k < v->channels; k++) {
        value[k] = (float)((sum[k] / clear - around[k] / n_clear) / s->noise[k]);
        own[k] = (float)(sum[k] / clear / s->noise[k]) - (t < RV__DATES_MAX ? s->offset[k][t] : 0);
    }
    return true;
}

int rv__series_read(rv__series *out, const rv__run *runs, size_t n_runs, const rv__candidate *item,
                    const rv__views *views, const rv__scale *scale)
{
    patch p = { 0 };
    int err = build_patch(&p, runs, n_runs, item, views, scale->zoom);
    if (err)
        goto end;
    mark_ring(&p);
    out->n = out->cloudy = 0;
    for (size_t t = 0; t < views->n && out->n < RV__DATES_MAX; t++) {
        float value[RV__CHANNELS] = { 0 }, own[RV__CHANNELS] = { 0 };
        if (!scene_value(value, own, &p, views, scale, t)) {
            out->cloudy++;
            continue;
        }
        for (int k = 0; k < views->channels; k++) {
            out->value[k][out->n] = value[k];
            out->own[k][out->n] = own[k];
            out->unsteady[k][out->n] = t < RV__DATES_MAX ? scale->unsteady[k][t] : 0;
        }
        out->scene[out->n++] = (int)t;
    }
end:
    rv__free(p.weight);
    rv__free(p.ring);
    return err;
}

double rv__series_median(const float *v, int from, int to)
{
    float copy[RV__DATES_MAX];
    memcpy(copy, v + from, (size_t)(to - from) * sizeof *copy);
    return (double)rv__median_f(copy, (size_t)(to - from));
}

/* An object is not less noisy than the median pixel of the scene is from date to date: a series of few dates that is
 * quiet by luck would make steps of nothing. With a floor of 1 instead of .1, 99 % instead of 70 % of new buildings of
 * the reference plant got their exact date. */
double rv__series_spread(const float *v, int n)
{
    float d[RV__DATES_MAX];
    for (int t = 0; t + 1 < n; t++)
        d[t] = fabsf(v[t + 1] - v[t]);
    return fmax(1.4826 * (double)rv__median_f(d, (size_t)(n - 1)) / sqrt(2.0), 1.0);
}

/* Huber cost of one level over [from, to). */
static double cost_of(const rv__series *s, const double *sd, int channels, int from, int to)
{
    double cost = 0;
    for (int k = 0; k < channels; k++) {
        const double m = rv__series_median(s->value[k], from, to);
        for (int t = from; t < to; t++) {
            const double r = fabs((double)s->value[k][t] - m) / sd[k];
            cost += r < HUBER ? r * r / 2 : HUBER * r - HUBER * HUBER / 2;
        }
    }
    return cost;
}

static double jump_of(const rv__series *s, const double *sd, int channels, const int at[3])
{
    double sum = 0;
    for (int k = 0; k < channels; k++) {
        const double d =
            (rv__series_median(s->value[k], at[1], at[2]) - rv__series_median(s->value[k], at[0], at[1])) / sd[k];
        sum += d * d;
    }
    return sqrt(sum);
}

/* Costs of one level over the first t and over the last n - t scenes. */
typedef struct step_costs {
    double sd[RV__CHANNELS], head[RV__DATES_MAX + 1], tail[RV__DATES_MAX + 1];
} step_costs;

static void costs_of(step_costs *out, const rv__series *s, int channels)
{
    for (int k = 0; k < channels; k++)
        out->sd[k] = rv__series_spread(s->value[k], s->n);
    for (int t = 1; t <= s->n; t++) {
        out->head[t] = cost_of(s, out->sd, channels, 0, t);
        out->tail[s->n - t] = cost_of(s, out->sd, channels, s->n - t, s->n);
    }
}

static rv__step_fit one_step(const step_costs *c, int n)
{
    rv__step_fit best = { 0, 0, 0, 0 };
    for (int t = 1; t < n; t++)
        if (c->head[n] - c->head[t] - c->tail[t] > best.gain)
            best = (rv__step_fit){ c->head[n] - c->head[t] - c->tail[t], 0, t, 0 };
    return best;
}

rv__step_fit rv__series_step(const rv__series *s, int channels)
{
    const int n = s->n;
    step_costs costs;
    if (n < 2)
        return (rv__step_fit){ 0, 0, 0, 0 };
    costs_of(&costs, s, channels);
    rv__step_fit best = one_step(&costs, n);
    const double price = 2 * channels * log((double)n);
    rv__step_fit two = best;
    for (int a = 1; a + 1 < n; a++)
        for (int b = a + 1; b < n; b++) {
            const double gain = costs.head[n] - costs.head[a] - costs.tail[b] - cost_of(s, costs.sd, channels, a, b);
            if (gain - price > two.gain)
                two = (rv__step_fit){ gain - price, 0, b, a };
        }
    if (two.works)
        best = two;
    if (best.first)
        best.sd = jump_of(s, costs.sd, channels, (const int[3]){ best.works, best.first, n });
    return best;
}

rv__series rv__series_turned(const rv__series *s, int channels)
{
    rv__series out = { .n = s->n };
    for (int t = 0; t < s->n; t++) {
        const int from = s->n - 1 - t;
        out.scene[t] = s->scene[from];
        for (int k = 0; k < channels; k++) {
            out.value[k][t] = s->value[k][from];
            out.own[k][t] = s->own[k][from];
            out.unsteady[k][t] = s->unsteady[k][from];
        }
    }
    return out;
}

double rv__series_share(const rv__series *s, int channels, int first)
{
    double dot = 0, square = 1e-6;
    for (int k = 0; k < channels && first > 0; k++) {
        const double after = rv__series_median(s->value[k], first, s->n);
        dot += rv__series_median(s->value[k], 0, first) * after;
        square += after * after;
    }
    return dot / square;
}

/* Share of scenes that lie on the right side of the middle between the medians before and after. */
static double clean_share(const rv__series *s, const double *sd, int channels, int first)
{
    double before[RV__CHANNELS], after[RV__CHANNELS];
    int right = 0;
    for (int k = 0; k < channels; k++) {
        before[k] = rv__series_median(s->value[k], 0, first);
        after[k] = rv__series_median(s->value[k], first, s->n);
    }
    for (int t = 0; t < s->n; t++) {
        double side = 0;
        for (int k = 0; k < channels; k++)
            side += (after[k] - before[k]) / (sd[k] * sd[k]) * ((double)s->value[k][t] - (before[k] + after[k]) / 2);
        right += t < first ? side < 0 : side > 0;
    }
    return (double)right / s->n;
}

/* Crops that were cut when the last pictures were taken have been green at another time since; roofs never. */
static float greenest(const rv__series *s, int from, int to, const rv__scale *scale)
{
    float copy[RV__DATES_MAX];
    if (scale->channels < 2 || to <= from)
        return 0.5f;
    memcpy(copy, s->own[RV__GREEN] + from, (size_t)(to - from) * sizeof *copy);
    const float most = rv__quantile_f(copy, (size_t)(to - from), 0.75) * scale->noise[RV__GREEN];
    return rv__rank_of(scale->rank[RV__AFTER][RV__GREEN], (double)most);
}

void rv__series_traits(rv__candidate *c, const rv__series *s, const rv__scale *scale)
{
    const int channels = scale->channels;
    step_costs costs;
    c->step_n = s->n;
    c->step_green = greenest(s, 0, s->n, scale);
    if (s->n < 2)
        return;
    costs_of(&costs, s, channels);
    const rv__step_fit fit = one_step(&costs, s->n);
    if (fit.first == 0)
        return;
    c->step_first = fit.first;
    c->step_green = greenest(s, fit.first, s->n, scale);
    c->step_gain = (float)fit.gain;
    c->step_sd = (float)jump_of(s, costs.sd, channels, (const int[3]){ 0, fit.first, s->n });
    c->step_share = (float)rv__series_share(s, channels, fit.first);
    c->step_clean = (float)clean_share(s, costs.sd, channels, fit.first);
}

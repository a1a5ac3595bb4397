/* SPDX-License-Identifier: Apache-2.0 */
/* A left-to-right chain of three states [rabiner1989]: before, works (which may be missing), built. Each state has a level
 * of its own in each feature: object minus ring, in which season falls out, and the object alone, since a finished roof
 * keeps its colour while its ring is still a building site. The cost of a state is Huber's [huber1964] about its median;
 * works need no level and never cost more than CAP a value. With one change point or two all paths can be summed, so
 * the best path is exact, as Viterbi's would be, and so is the posterior of the date. The prior is that of an onset at
 * any time and works of exponential length: a gap between two scenes is likelier to hold both ends of the works the
 * longer it is. Costs of scenes that follow each other are not independent, therefore they are tempered; TEMPER was
 * fitted so that nine in ten sets of style A hold the true date (docs/methods/detect.md). */
#include "detect/dating.h"

#include <math.h>
#include <string.h>

enum { FEATURES = 2 * RV__CHANNELS };

/* Weights of ring and own features; greenness tells of plants, not of roofs. Fitted on style A. */
static const double OWN = 3, GREENNESS = .3;
/* Spread of a state in shares of the whole change: roofs age and get dusty in proportion to their contrast. */
static const double UNSTEADY = .1;
static const double HUBER = 1.5, CAP = .65, PRICE = 1.5, TEMPER = .25, WORKS_DAYS = 120, LEVEL = .9;

typedef struct chain {
    int n, features;
    const float *value[FEATURES];
    double weight[FEATURES], sd[FEATURES][RV__DATES_MAX];
    double cap;                                     /* of one value in works */
    double head[RV__DATES_MAX + 1];                 /* cost of the first t values as the first state */
    double tail[RV__DATES_MAX + 1];                 /* of the values from t on as the last state */
    double gap[RV__DATES_MAX], held[RV__DATES_MAX]; /* days before a value; share of works that end in them */
    const double *days;
} chain;

static double state_cost(const chain *c, int from, int to)
{
    double cost = 0;
    for (int k = 0; k < c->features; k++) {
        const double level = rv__series_median(c->value[k], from, to);
        double sum = 0;
        for (int t = from; t < to; t++) {
            const double r = fabs((double)c->value[k][t] - level) / c->sd[k][t];
            sum += r < HUBER ? r * r / 2 : HUBER * r - HUBER * HUBER / 2;
        }
        cost += c->weight[k] * sum;
    }
    return cost;
}

/* Noise from date to date, of the object's own values also what unchanged ground varies by on that date, and a share of
 * the change itself. */
static void set_spread(chain *c, const rv__series *s, int k, int channels)
{
    const float *v = c->value[k];
    const int third = (c->n + 2) / 3;
    const double noise = rv__series_spread(v, c->n);
    const double change = rv__series_median(v, c->n - third, c->n) - rv__series_median(v, 0, third);
    for (int t = 0; t < c->n; t++) {
        const double scene = k < channels ? 0 : (double)s->unsteady[k - channels][t];
        c->sd[k][t] = sqrt(noise * noise + UNSTEADY * UNSTEADY * change * change + scene * scene);
    }
}

static void build(chain *c, const rv__series *s, int channels, const double *days)
{
    double sum = 0;
    *c = (chain){ .n = s->n, .features = 2 * channels, .days = days };
    for (int k = 0; k < c->features; k++) {
        const int channel = k % channels;
        c->value[k] = k < channels ? s->value[channel] : s->own[channel];
        c->weight[k] = (k < channels ? 1 : OWN) * (channel == RV__GREEN ? GREENNESS : 1);
        sum += c->weight[k];
        set_spread(c, s, k, channels);
    }
    c->cap = CAP * sum;
    for (int t = 1; t < c->n; t++) {
        c->head[t] = state_cost(c, 0, t);
        c->tail[t] = state_cost(c, t, c->n);
        c->gap[t] = fmax(days[t] - days[t - 1], .5);
        c->held[t] = 1 - exp(-c->gap[t] / WORKS_DAYS);
    }
}

/* ln of what a path is worth: the built state begins at value last, works at value onset (= last: none seen). Prior:
 * integral over both times, in their gaps, of exp(-length / WORKS_DAYS) / WORKS_DAYS; constants left out. */
static double path(const chain *c, int onset, int last)
{
    double cost = c->head[onset] + c->tail[last];
    if (onset == last)
        return log(fmax(c->gap[last] - WORKS_DAYS * c->held[last], 1e-6)) - TEMPER * cost;
    cost += fmin(state_cost(c, onset, last), c->cap * (last - onset)) + PRICE * log((double)c->n);
    return log(WORKS_DAYS * c->held[onset] * c->held[last]) - (c->days[last - 1] - c->days[onset]) / WORKS_DAYS -
           TEMPER * cost;
}

/* The fewest dates that hold LEVEL of the posterior; of equal shares the earlier. */
static void take_set(rv__dating *out, int n)
{
    double sum = 0;
    out->set_n = 0;
    memset(out->in_set, 0, sizeof out->in_set);
    while (sum < LEVEL - 1e-12 && out->set_n < n - 1) {
        int best = 0;
        for (int t = 1; t < n; t++)
            if (!out->in_set[t] && (best == 0 || out->share[t] > out->share[best]))
                best = t;
        out->in_set[best] = true;
        sum += out->share[best];
        out->set_n++;
    }
}

/* Sums ln weights without overflow. */
static double log_add(double a, double b)
{
    const double most = fmax(a, b);
    return most + log(exp(a - most) + exp(b - most));
}

void rv__dating_find(rv__dating *out, const rv__series *s, int channels, const double *days)
{
    chain c;
    double total = -INFINITY;
    int onset[RV__DATES_MAX] = { 0 };
    memset(out, 0, sizeof *out);
    if (s->n < 2)
        return;
    build(&c, s, channels, days);
    for (int last = 1; last < c.n; last++) {
        double best = -INFINITY;
        out->share[last] = -INFINITY;
        for (int a = last; a >= 1; a--) {
            const double p = path(&c, a, last);
            if (p > best) {
                best = p;
                onset[last] = a;
            }
            out->share[last] = log_add(out->share[last], p);
        }
        total = log_add(total, out->share[last]);
    }
    for (int t = 1; t < c.n; t++) {
        out->share[t] = exp(out->share[t] - total);
        out->first = out->first == 0 || out->share[t] > out->share[out->first] ? t : out->first;
    }
    out->works = onset[out->first] < out->first ? onset[out->first] : 0;
    take_set(out, c.n);
}

void rv__dating_find_end(rv__dating *out, const rv__series *s, int channels, const double *days)
{
    const rv__series turned = rv__series_turned(s, channels);
    double back[RV__DATES_MAX] = { 0 };
    rv__dating found;
    for (int t = 0; t < s->n; t++)
        back[t] = -days[s->n - 1 - t];
    rv__dating_find(&found, &turned, channels, back);
    *out = found;
    if (found.first == 0)
        return;
    out->first = s->n - found.first;
    out->works = found.works ? s->n - found.works : 0;
    for (int t = 1; t < s->n; t++) {
        out->share[t] = found.share[s->n - t];
        out->in_set[t] = found.in_set[s->n - t];
    }
}

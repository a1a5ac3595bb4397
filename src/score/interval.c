/* SPDX-License-Identifier: Apache-2.0 */
/* Intervals of matched areas: the share that holds the truth with its exact binomial band, the mean width, the interval
 * score of [gneiting2007] (width plus 2 / alpha times what the truth lies outside), all in per cent of the true area, and
 * the histogram of the probability integral transform. Lower levels come from sigma by the normal law; where only the
 * 95 % interval is told, sigma is its width over 3.92. */
#include "score/families.h"

#include "base/mem.h"
#include "base/text.h"
#include "base/vec.h"

#include <math.h>

static const double ALPHA = .05, Z95 = 1.959963984540054;
static const struct {
    const char *metric;
    double z;
} levels[] = { { "interval.coverage50", 0.6744897501960817 },
               { "interval.coverage80", 1.2815515655446004 },
               { "interval.coverage90", 1.6448536269514722 } };
enum { N_LEVELS = sizeof levels / sizeof *levels, PIT_BINS = 10 };

typedef struct reading {
    double truth, value, sigma, lo, hi;
} reading;

typedef struct readings {
    reading *v;
    size_t n, cap;
} readings;

static int take(readings *out, const rv__thing *truth, const rv__thing *found)
{
    const rv_quantity *q = &found->area_m2;
    if (!(truth->area_m2.value > 0) || !isfinite(q->value) || !isfinite(q->lo) || !isfinite(q->hi))
        return RV_OK;
    const double sigma = isfinite(q->sigma) ? q->sigma : (q->hi - q->lo) / (2 * Z95);
    return RV__PUSH(out, ((reading){ truth->area_m2.value, q->value, sigma, q->lo, q->hi }));
}

static int collect(readings *out, const rv__score_input *in, const rv__match *match, const rv__size_bin *bin)
{
    int err = RV_OK;
    for (size_t i = 0; err == RV_OK && i < in->truth.n; i++) {
        const rv__thing *truth = &in->truth.v[i];
        if (match->of_truth[i] >= 0 && truth->area_px2 >= bin->lo && truth->area_px2 < bin->hi)
            err = take(out, truth, &in->found.v[match->of_truth[i]]);
    }
    return err;
}

static double penalty(const reading *r)
{
    return r->hi - r->lo + 2 / ALPHA * fmax(r->lo - r->truth, 0) + 2 / ALPHA * fmax(r->truth - r->hi, 0);
}

static void add_scores(rv__tally *t, const char *stratum, const readings *all)
{
    double inside = 0, width = 0, score = 0;
    for (size_t i = 0; i < all->n; i++) {
        const reading *r = &all->v[i];
        inside += r->lo <= r->truth && r->truth <= r->hi;
        width += 100 * (r->hi - r->lo) / r->truth;
        score += 100 * penalty(r) / r->truth;
    }
    rv__tally_band(t, "interval.coverage95", stratum, inside, (double)all->n);
    for (int k = 0; k < N_LEVELS; k++) {
        double held = 0;
        for (size_t i = 0; i < all->n; i++)
            held += fabs(all->v[i].truth - all->v[i].value) <= levels[k].z * all->v[i].sigma;
        rv__tally_band(t, levels[k].metric, stratum, held, (double)all->n);
    }
    rv__tally_ratio(t, "interval.width_pct", stratum, width, (double)all->n);
    rv__tally_ratio(t, "interval.score", stratum, score, (double)all->n);
}

static void add_pit(rv__tally *t, const readings *all)
{
    double bin[PIT_BINS] = { 0 };
    for (size_t i = 0; i < all->n; i++) {
        const reading *r = &all->v[i];
        const double z = r->sigma > 0 ? (r->truth - r->value) / r->sigma : copysign(INFINITY, r->truth - r->value);
        const double p = erfc(-z / sqrt(2)) / 2;
        bin[(int)fmin(p * PIT_BINS, PIT_BINS - 1)]++;
    }
    for (int k = 0; k < PIT_BINS; k++) {
        char stratum[16];
        rv__text_format(stratum, sizeof stratum, "%.1f-%.1f", (double)k / PIT_BINS, (double)(k + 1) / PIT_BINS);
        rv__tally_ratio(t, "interval.pit", stratum, bin[k], (double)all->n);
    }
}

static int add_stratum(rv__tally *t, const rv__score_input *in, const rv__match *match, const rv__size_bin *bin)
{
    readings all = { 0 };
    const int err = collect(&all, in, match, bin);
    if (err == RV_OK) {
        add_scores(t, bin->name, &all);
        if (bin == rv__size_bins)
            add_pit(t, &all);
    }
    rv__free(all.v);
    return err;
}

int rv__score_interval(rv__tally *t, const rv__score_input *in)
{
    return rv__score_strata(t, in, add_stratum);
}

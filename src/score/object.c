/* SPDX-License-Identifier: Apache-2.0 */
/* Objects: new buildings found, missed and false, and those that stood throughout. In a size bin a miss counts by its
 * true size and a false object by its found size. The average precision runs down the ranking by the expected number of
 * false alarms and sums precision at each hit over the number of truths [everingham2010], without interpolation. */
#include "score/families.h"

#include <math.h>

typedef struct counts {
    double tp, fp, fn;
} counts;

static bool in_bin(const rv__thing *thing, const rv__size_bin *bin)
{
    return thing->area_px2 >= bin->lo && thing->area_px2 < bin->hi;
}

/* Whether any clear frame shows it finished; where the truth does not say which frames are clear, it counts as seen. */
static bool is_seen(const rv__score_input *in, const rv__thing *truth)
{
    bool seen = !truth->clear || !isfinite(truth->complete);
    for (size_t k = 0; !seen && k < in->n_frames; k++)
        seen = truth->clear[k] && in->time[k] >= truth->complete;
    return seen;
}

static counts count_bin(const rv__score_input *in, const rv__size_bin *bin, bool seen_alone)
{
    counts c = { 0, 0, 0 };
    for (size_t i = 0; i < in->truth.n; i++) {
        const rv__thing *truth = &in->truth.v[i];
        if (!rv__thing_is_new(truth) || truth->area_px2 < RV__LEAST_PX2 || !in_bin(truth, bin) ||
            (seen_alone && !is_seen(in, truth)))
            continue;
        c.tp += in->fresh.of_truth[i] >= 0;
        c.fn += in->fresh.of_truth[i] < 0;
    }
    for (size_t j = 0; j < in->found.n; j++) {
        const rv__thing *found = &in->found.v[j];
        c.fp += rv__thing_is_new(found) && in->fresh.of_found[j] < 0 && in_bin(found, bin);
    }
    return c;
}

static void add_precision_curve(rv__tally *t, const rv__score_input *in, double n_truths)
{
    size_t n = 0, k = 0;
    for (size_t j = 0; j < in->found.n; j++)
        n += rv__thing_is_new(&in->found.v[j]);
    rv__stat *s = rv__tally_samples(t, "object.ap", "all", RV__FORM_AP, n);
    if (!s)
        return;
    for (size_t j = 0; j < in->found.n; j++) {
        const rv__thing *found = &in->found.v[j];
        if (!rv__thing_is_new(found))
            continue;
        /* Surer means a smaller NFA; where there is none the score ranks, and what has neither comes last. */
        const double rank = isfinite(found->nfa) ? -found->nfa : isfinite(found->score) ? found->score : -INFINITY;
        s->sample[k++] = (rv__xy){ rank, in->fresh.of_found[j] >= 0 };
    }
    s->c[0] = n_truths;
    s->n = n_truths;
}

static void add_existing(rv__tally *t, const rv__score_input *in)
{
    double hit = 0, truths = 0, found = 0;
    for (size_t i = 0; i < in->truth.n; i++) {
        const rv__thing *truth = &in->truth.v[i];
        if (truth->event != RV_EVENT_NONE || !rv__kind_is_building(truth->kind) || truth->area_px2 < RV__LEAST_PX2)
            continue;
        truths++;
        hit += in->old.of_truth[i] >= 0;
    }
    for (size_t j = 0; j < in->found.n; j++)
        found += in->found.v[j].event == RV_EVENT_NONE && rv__kind_is_building(in->found.v[j].kind);
    rv__tally_ratio(t, "existing.recall", "all", hit, truths);
    rv__tally_ratio(t, "existing.precision", "all", hit, found);
}

static void add_counts(rv__tally *t, const char *stratum, const counts *c)
{
    rv__tally_ratio(t, "object.precision", stratum, c->tp, c->tp + c->fp);
    rv__tally_ratio(t, "object.recall", stratum, c->tp, c->tp + c->fn);
    rv__tally_ratio(t, "object.f1", stratum, 2 * c->tp, 2 * c->tp + c->fp + c->fn);
    rv__tally_n(t, c->tp + c->fp + c->fn);
}

/* The same without the truths that no clear frame shows: a find of one is then neither right nor wrong. */
static void add_seen(rv__tally *t, const rv__score_input *in)
{
    static const rv__size_bin bins[] = { { "seen", 0, INFINITY },
                                         { "seen 9-25", 9, 25 },
                                         { "seen >=25", 25, INFINITY } };
    for (size_t b = 0; b < sizeof bins / sizeof *bins; b++) {
        const counts c = count_bin(in, &bins[b], true);
        add_counts(t, bins[b].name, &c);
    }
}

void rv__score_object(rv__tally *t, const rv__score_input *in)
{
    for (int b = 0; b < RV__SIZE_BINS; b++) {
        const counts c = count_bin(in, &rv__size_bins[b], false);
        add_counts(t, rv__size_bins[b].name, &c);
    }
    add_seen(t, in);
    const counts all = count_bin(in, &rv__size_bins[0], false);
    rv__tally_count(t, "object.false", "all", all.fp);
    rv__tally_ratio(t, "object.false_per_100mpx", "all", all.fp, in->width * in->height / 1e8);
    rv__tally_n(t, all.fp);
    add_precision_curve(t, in, all.tp + all.fn);
    add_existing(t, in);
}

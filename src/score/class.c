/* SPDX-License-Identifier: Apache-2.0 */
/* Kinds and probabilities of changes. Macro F1 is the mean over the kinds that occur, true or found, among matched
 * changes; with reject, a finding that calls itself "other" or gives its kind less than even odds is an answer withheld: a
 * miss for the true kind, an error for none. Brier score [brier1950] and expected calibration error over 15 equal bins
 * [guo2017] ask whether a likelihood of .8 is right four times in five, of the kind, and of being a change at all. */
#include "score/families.h"

#include "base/text.h"

#include <math.h>

static const double EVEN = .5;

static bool is_rejected(const rv__thing *found)
{
    return found->kind == RV_KIND_OTHER || found->likelihood < EVEN;
}

static void add_kinds(rv__tally *t, const char *metric, const rv__score_input *in, bool reject)
{
    size_t n = 0, k = 0;
    for (size_t i = 0; i < in->truth.n; i++)
        n += in->change.of_truth[i] >= 0;
    rv__stat *s = rv__tally_samples(t, metric, "all", RV__FORM_MACRO, n);
    for (size_t i = 0; s && i < in->truth.n; i++) {
        if (in->change.of_truth[i] < 0)
            continue;
        const rv__thing *found = &in->found.v[in->change.of_truth[i]];
        const int kind = reject && is_rejected(found) ? -1 : found->kind;
        s->sample[k++] = (rv__xy){ in->truth.v[i].kind, kind };
    }
}

/* Pairs of true and found kind that occur: "hall > house". */
static void add_confusion(rv__tally *t, const rv__score_input *in)
{
    const char *const *names = rv_kind_names();
    for (int truth = 0; names[truth]; truth++)
        for (int found = 0; names[found]; found++) {
            char stratum[64];
            double n = 0;
            for (size_t i = 0; i < in->truth.n; i++) {
                const int j = in->change.of_truth[i];
                n += j >= 0 && in->truth.v[i].kind == truth && in->found.v[j].kind == found;
            }
            rv__text_format(stratum, sizeof stratum, "%s > %s", names[truth], names[found]);
            if (n > 0)
                rv__tally_count(t, "class.confusion", stratum, n);
        }
}

/* How sure one may be of a portal where the surest ones hold .7 of all. */
static void add_portals(rv__tally *t, const rv__score_input *in)
{
    size_t n = 0, k = 0;
    double truths = 0, hit = 0;
    for (size_t i = 0; i < in->truth.n; i++)
        truths += in->truth.v[i].kind == RV_KIND_PORTAL_WORKS && in->truth.v[i].area_px2 >= RV__LEAST_PX2;
    for (size_t j = 0; j < in->found.n; j++)
        n += in->found.v[j].kind == RV_KIND_PORTAL_WORKS;
    if (truths == 0 && n == 0)
        return;
    rv__stat *s = rv__tally_samples(t, "class.portal_precision", "all", RV__FORM_AT, n);
    for (size_t j = 0; s && j < in->found.n; j++) {
        const rv__thing *found = &in->found.v[j];
        const int i = in->change.of_found[j];
        if (found->kind != RV_KIND_PORTAL_WORKS)
            continue;
        s->sample[k] = (rv__xy){ found->likelihood, i >= 0 && in->truth.v[i].kind == RV_KIND_PORTAL_WORKS };
        hit += s->sample[k++].y;
    }
    if (s)
        s->c[0] = truths;
    rv__tally_n(t, truths);
    rv__tally_ratio(t, "class.portal_recall", "all", hit, truths);
}

void rv__score_class(rv__tally *t, const rv__score_input *in)
{
    add_portals(t, in);
    add_confusion(t, in);
    add_kinds(t, "class.macro_f1", in, false);
    add_kinds(t, "class.macro_f1_reject", in, true);
    for (int kind = 0; rv_kind_names()[kind]; kind++) {
        double hit = 0, truths = 0;
        for (size_t i = 0; i < in->truth.n; i++) {
            if (in->change.of_truth[i] < 0 || in->truth.v[i].kind != kind)
                continue;
            truths++;
            hit += in->found.v[in->change.of_truth[i]].kind == kind;
        }
        if (truths > 0)
            rv__tally_ratio(t, "class.recall", rv_kind_names()[kind], hit, truths);
    }
}

static bool has_likelihood(const rv__thing *found)
{
    return found->event != RV_EVENT_NONE && isfinite(found->likelihood);
}

static void add_calibration(rv__tally *t, const char *stratum, const rv__score_input *in, bool of_kind)
{
    size_t n = 0, k = 0;
    double sum = 0;
    for (size_t j = 0; j < in->found.n; j++)
        n += has_likelihood(&in->found.v[j]);
    rv__stat *s = rv__tally_samples(t, "probability.ece", stratum, RV__FORM_ECE, n);
    for (size_t j = 0; s && j < in->found.n; j++) {
        const rv__thing *found = &in->found.v[j];
        const int i = in->change.of_found[j];
        if (!has_likelihood(found))
            continue;
        const double outcome = i >= 0 && (!of_kind || in->truth.v[i].kind == found->kind);
        s->sample[k++] = (rv__xy){ found->likelihood, outcome };
        sum += (found->likelihood - outcome) * (found->likelihood - outcome);
    }
    rv__tally_ratio(t, "probability.brier", stratum, sum, (double)n);
}

void rv__score_probability(rv__tally *t, const rv__score_input *in)
{
    add_calibration(t, "all", in, true);
    add_calibration(t, "object", in, false);
}

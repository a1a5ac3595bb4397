/* SPDX-License-Identifier: Apache-2.0 */
/* Verdicts on how much larger: a printed bracket is wrong when the true ratio lies outside. What is printed is rounded
 * outwards, to a per cent below twice as large and to a tenth from there on (exchange/findings.c), so the same is done
 * here: a reader is misled by what he reads, not by the digits behind it. */
#include "score/families.h"

#include <math.h>
#include <string.h>

static const double SLACK = 1e-9;

static int find_thing(const rv__things *things, const char *id)
{
    for (size_t i = 0; i < things->n; i++)
        if (strcmp(things->v[i].id, id) == 0)
            return (int)i;
    return -1;
}

/* The truth that a finding stands for, new or old. */
static int truth_of(const rv__score_input *in, int found)
{
    return in->fresh.of_found[found] >= 0 ? in->fresh.of_found[found] : in->old.of_found[found];
}

static bool outside_printed(double ratio, const rv__thing *found)
{
    const double step = found->ratio_lo >= 2 ? .1 : .01;
    const double lo = floor(found->ratio_lo / step + SLACK) * step, hi = ceil(found->ratio_hi / step - SLACK) * step;
    return ratio < lo - SLACK || ratio > hi + SLACK;
}

void rv__score_ratio(rv__tally *t, const rv__score_input *in)
{
    double given = 0, judged = 0, wrong = 0, pairs = 0;
    for (size_t j = 0; j < in->found.n; j++) {
        const rv__thing *found = &in->found.v[j];
        if (in->fresh.of_found[j] < 0)
            continue;
        pairs++;
        if (!isfinite(found->ratio_lo) || !isfinite(found->ratio_hi))
            continue;
        given++;
        const int ref = find_thing(&in->found, found->ratio_ref), truth_ref = ref >= 0 ? truth_of(in, ref) : -1;
        const double mine = in->truth.v[in->fresh.of_found[j]].area_m2.value;
        const double other = truth_ref >= 0 ? in->truth.v[truth_ref].area_m2.value : NAN;
        if (!(mine > 0) || !(other > 0))
            continue; /* compared with what the truth does not know */
        judged++;
        wrong += outside_printed(mine / other, found);
    }
    rv__tally_band(t, "ratio.wrong", "all", wrong, judged);
    rv__tally_ratio(t, "ratio.given", "all", given, pairs);
}

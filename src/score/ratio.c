/* SPDX-License-Identifier: Apache-2.0 */
/* Verdicts on how much larger: a printed bracket is wrong when the true ratio lies outside. What is printed is rounded
 * outwards, to a per cent below twice as large and to a tenth from there on (exchange/findings.c), so the same is done
 * here: a reader is misled by what he reads, not by the digits behind it. */
#include "score/families.h"

#include <math.h>
#include <string.h>

static const double SLACK = 1e-9;
static const double LEAST_PX2 = 256, NARROW = .1; /* of a right verdict: size of the building, width of the bracket */

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

typedef struct printed {
    double lo, hi; /* infinite or NAN where none is printed */
} printed;

static printed as_printed(const rv__thing *found)
{
    const double step = found->ratio_lo >= 2 ? .1 : .01;
    return (printed){ floor(found->ratio_lo / step + SLACK) * step, ceil(found->ratio_hi / step - SLACK) * step };
}

static bool holds(const printed *p, double ratio)
{
    return ratio >= p->lo - SLACK && ratio <= p->hi + SLACK;
}

/* True area of what a finding is compared with. One that names nothing was to be compared with what the others of its
 * scene are, or else with the largest that stood throughout: silence must not take it out of the count. */
static double area_of_reference(const rv__score_input *in, const rv__thing *found)
{
    double largest = NAN;
    const char *name = found->ratio_ref;
    for (size_t j = 0; !*name && j < in->found.n; j++)
        name = in->found.v[j].ratio_ref;
    const int ref = find_thing(&in->found, name), truth = *name && ref >= 0 ? truth_of(in, ref) : -1;
    if (*name)
        return truth >= 0 ? in->truth.v[truth].area_m2.value : NAN;
    for (size_t i = 0; i < in->truth.n; i++)
        if (in->truth.v[i].event == RV_EVENT_NONE && rv__kind_is_building(in->truth.v[i].kind))
            largest = fmax(largest, in->truth.v[i].area_m2.value);
    return largest;
}

void rv__score_ratio(rv__tally *t, const rv__score_input *in)
{
    double given = 0, judged = 0, wrong = 0, pairs = 0, known = 0, right = 0;
    for (size_t j = 0; j < in->found.n; j++) {
        const rv__thing *found = &in->found.v[j];
        if (in->fresh.of_found[j] < 0)
            continue;
        const rv__thing *truth = &in->truth.v[in->fresh.of_found[j]];
        const double ratio = truth->area_m2.value / area_of_reference(in, found);
        const bool is_given = isfinite(found->ratio_lo) && isfinite(found->ratio_hi);
        const printed p = as_printed(found);
        pairs++;
        given += is_given;
        if (!(ratio > 0) || !isfinite(ratio))
            continue; /* compared with what the truth does not know */
        judged += is_given;
        wrong += is_given && !holds(&p, ratio);
        known += truth->area_px2 >= LEAST_PX2;
        right += truth->area_px2 >= LEAST_PX2 && is_given && holds(&p, ratio) && p.hi - p.lo <= NARROW + SLACK;
    }
    rv__tally_band(t, "ratio.wrong", "all", wrong, judged);
    rv__tally_ratio(t, "ratio.given", "all", given, pairs);
    rv__tally_ratio(t, "ratio.right", "all", right, known);
}

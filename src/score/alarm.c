/* SPDX-License-Identifier: Apache-2.0 */
/* The false-alarm law [desolneux2000]: on a scene in which nothing was built, how many changes were reported at or below
 * a number of false alarms, against that number. */
#include "score/families.h"

#include <math.h>

static const struct {
    double nfa;
    const char *stratum;
} levels[] = { { 0.1, "nfa .1" }, { 1, "all" }, { 10, "nfa 10" } };

static double reported(const rv__score_input *in, double nfa)
{
    double n = 0;
    for (size_t j = 0; j < in->found.n; j++)
        n += in->found.v[j].event != RV_EVENT_NONE && !(in->found.v[j].nfa > nfa);
    return n;
}

bool rv__score_alarm(rv__tally *t, const rv__score_input *in)
{
    for (size_t i = 0; i < in->truth.n; i++)
        if (in->truth.v[i].event != RV_EVENT_NONE)
            return false;
    for (size_t k = 0; k < sizeof levels / sizeof *levels; k++) {
        const double observed = reported(in, levels[k].nfa);
        rv__tally_count(t, "alarm.observed", levels[k].stratum, observed);
        rv__tally_count(t, "alarm.expected", levels[k].stratum, levels[k].nfa);
        rv__tally_ratio(t, "alarm.ratio", levels[k].stratum, observed, levels[k].nfa);
    }
    return true;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The false-alarm law [desolneux2000]: on a scene in which nothing was built, what was reported against the sum of the
 * numbers of false alarms stated for it. */
#include "score/families.h"

#include <math.h>

bool rv__score_alarm(rv__tally *t, const rv__score_input *in)
{
    double observed = 0, expected = 0;
    for (size_t i = 0; i < in->truth.n; i++)
        if (in->truth.v[i].event != RV_EVENT_NONE)
            return false;
    for (size_t j = 0; j < in->found.n; j++) {
        const rv__thing *found = &in->found.v[j];
        if (found->event == RV_EVENT_NONE)
            continue;
        observed++;
        expected += isfinite(found->nfa) ? found->nfa : 0;
    }
    rv__tally_count(t, "alarm.observed", "all", observed);
    rv__tally_count(t, "alarm.expected", "all", expected);
    rv__tally_ratio(t, "alarm.ratio", "all", observed, expected);
    return true;
}

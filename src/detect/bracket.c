/* SPDX-License-Identifier: Apache-2.0 */
/* A change lies after the last scene without it and not later than the first with it, each widened by its own period.
 * Scenes in which the object is hidden are not in its series, so they bound nothing. */
#include "detect/bracket.h"

#include "base/text.h"

#include <math.h>
#include <string.h>

static const double DAY_S = 86400, STEP_DAYS = 30; /* days between scenes that tell no date */

static const rv_scene_info *scene_of(const rv_stack *stack, const rv__series *s, int i)
{
    return rv_stack_facts(stack, (size_t)s->scene[i]);
}

/* Middles of the periods; scenes without dates are taken to lie STEP_DAYS apart. */
static void days_of(double *days, const rv_stack *stack, const rv__series *s)
{
    bool known = true;
    for (int i = 0; i < s->n; i++) {
        const rv_scene_info *info = scene_of(stack, s, i);
        days[i] = (info->t_min + info->t_max) / 2 / DAY_S;
        known = known && isfinite(days[i]);
    }
    for (int i = 0; i < s->n && !known; i++)
        days[i] = STEP_DAYS * s->scene[i];
}

/* Next interval of consecutive members from *i on: values *from (before it) to the one returned; 0 = none left. */
static int next_run(int *from, int *i, const rv__dating *d, int n)
{
    while (*i < n && !d->in_set[*i])
        ++*i;
    if (*i >= n)
        return 0;
    *from = *i - 1;
    while (*i < n && d->in_set[*i])
        ++*i;
    return *i - 1;
}

void rv__bracket_text(char out[RV_DATE_SET_MAX], const rv_stack *stack, const rv__series *s, const rv__dating *d)
{
    int i = 1, from, to, first = -1, last = 0;
    size_t used = 0;
    out[0] = '\0';
    while ((to = next_run(&from, &i, d, s->n)) > 0) {
        const char *a = scene_of(stack, s, from)->id, *b = scene_of(stack, s, to)->id;
        first = first < 0 ? from : first;
        last = to;
        const size_t need = strlen(a) + strlen(b) + 2;
        if (used + need < RV_DATE_SET_MAX)
            rv__text_format(out + used, RV_DATE_SET_MAX - used, "%s%s/%s", used ? "/" : "", a, b);
        used += need;
    }
    if (used >= RV_DATE_SET_MAX)
        rv__text_format(out, RV_DATE_SET_MAX, "%s/%s", scene_of(stack, s, first)->id, scene_of(stack, s, last)->id);
}

static void set_works(rv_structure *out, const rv_stack *stack, const rv__series *s, const rv__dating *d, bool gone)
{
    const int begin = gone ? d->first : d->works, end = gone ? d->works : d->first;
    out->works_first = scene_of(stack, s, begin - 1)->t_min;
    out->works_seen = scene_of(stack, s, begin)->t_max;
    out->complete_last = scene_of(stack, s, end)->t_max;
}

void rv__bracket_set(rv_structure *out, const rv_stack *stack, const rv__series *s, int channels, bool gone)
{
    double days[RV__DATES_MAX];
    rv__dating d;
    days_of(days, stack, s);
    if (gone)
        rv__dating_find_end(&d, s, channels, days);
    else
        rv__dating_find(&d, s, channels, days);
    const rv_scene_info *before = scene_of(stack, s, d.first - 1), *after = scene_of(stack, s, d.first);
    out->last_absent = before->t_min;
    out->first_present = after->t_max;
    rv__text_format(out->absent_id, sizeof out->absent_id, "%s", before->id);
    rv__text_format(out->present_id, sizeof out->present_id, "%s", after->id);
    if (d.works)
        set_works(out, stack, s, &d, gone);
    out->date_set_size = d.set_n;
    rv__bracket_text(out->date_set, stack, s, &d);
}

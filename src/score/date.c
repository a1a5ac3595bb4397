/* SPDX-License-Identifier: Apache-2.0 */
/* Dates of matched pairs. The finest bracket that the images allow runs from the last clear frame before the true day to
 * the first clear one at or after it; a report is valid when the day lies in its bracket and the bracket is closed where the finest one is, exact when its bracket is the
 * finest one. An event is right when the first frame with it is the true one give or take one clear frame. */
#include "score/families.h"

#include "base/mem.h"

#include <math.h>
#include <stdlib.h>

static const double DAY_S = 86400;

typedef struct bracket {
    double lo, hi;
    int absent, present;
} bracket;

static double event_day(const rv__thing *truth)
{
    return truth->event == RV_EVENT_DEMOLISHED ? truth->ends : truth->complete;
}

/* The finest bracket of a day; what the truth file says where the day, or which frames are clear, is not known. */
static bracket finest(const rv__score_input *in, const rv__thing *truth, double day)
{
    bracket b = { -INFINITY, INFINITY, -1, -1 };
    const bool told = isfinite(truth->lo) || isfinite(truth->hi);
    if (!isfinite(day) || (!truth->clear && told && day == event_day(truth)))
        return (bracket){ truth->lo, truth->hi, truth->absent, truth->present };
    for (size_t k = 0; k < in->n_frames; k++) {
        if (truth->clear && !truth->clear[k])
            continue;
        if (in->time[k] < day) {
            b.lo = in->time[k];
            b.absent = (int)k;
        } else {
            b.hi = in->time[k];
            b.present = (int)k;
            break;
        }
    }
    return b;
}

static bool same_end(double a, int frame_a, double b, int frame_b)
{
    if (!isfinite(a) || !isfinite(b))
        return !isfinite(a) && !isfinite(b);
    if (frame_a >= 0 && frame_b >= 0)
        return frame_a == frame_b;
    return floor(a / DAY_S) == floor(b / DAY_S);
}

/* A report says something at each end that the images could close; "since always" or "until ever" would always be valid.
 * Where only a bracket is known, the report must share some time with it. */
static bool is_valid(const rv__thing *found, const bracket *true_bracket, double day)
{
    if ((isfinite(true_bracket->lo) && !isfinite(found->lo)) || (isfinite(true_bracket->hi) && !isfinite(found->hi)))
        return false;
    if (isfinite(day))
        return found->lo <= day && day <= found->hi;
    return found->lo < true_bracket->hi && true_bracket->lo < found->hi;
}

/* Clear frames before a time. */
static int clear_before(const rv__score_input *in, const rv__thing *truth, double time)
{
    int n = 0;
    for (size_t k = 0; k < in->n_frames; k++)
        n += in->time[k] < time && (!truth->clear || truth->clear[k]);
    return n;
}

static bool right_event(const rv__score_input *in, const rv__thing *truth, const rv__thing *found)
{
    const bracket b = finest(in, truth, event_day(truth));
    if (!isfinite(found->hi) || !isfinite(b.hi))
        return !isfinite(found->hi) && !isfinite(b.hi);
    return abs(clear_before(in, truth, found->hi) - clear_before(in, truth, b.hi)) <= 1;
}

/* The works' report names both ends: the last clear frame before the start (or the first after it), and the first clear
 * frame with the finished building. */
static bool exact_works(const rv__score_input *in, const rv__thing *truth, const rv__thing *found)
{
    const bracket onset = finest(in, truth, truth->start), end = finest(in, truth, truth->complete);
    const bool begins =
        same_end(found->works_first, -1, onset.lo, -1) || same_end(found->works_first, -1, onset.hi, -1);
    return isfinite(found->works_first) && begins && same_end(found->complete_last, -1, end.hi, -1);
}

/* Strata: by size, and by whether works went before. */
typedef struct part {
    const char *name;
    double least_px2;
    bool step, works; /* which of the two belong to it */
} part;

static const part parts[] = {
    { "all", 0, true, true }, { ">=25", 25, true, true }, { "step", 0, true, false }, { "works", 0, false, true }
};
enum { N_PARTS = sizeof parts / sizeof *parts };

static bool has_works(const rv__thing *truth)
{
    return isfinite(truth->start) && isfinite(truth->complete) && truth->start < truth->complete;
}

static bool belongs(const rv__thing *truth, const part *p)
{
    return rv__thing_is_new(truth) && truth->area_px2 >= fmax(p->least_px2, RV__LEAST_PX2) &&
           (has_works(truth) ? p->works : p->step);
}

typedef struct sums {
    double pairs, valid, exact, width, widths, truths, found, right, works, works_exact;
    double sets, covered, set_size, lag_days, lags;
} sums;

static bool covers(const rv__thing *found, double day)
{
    for (int i = 0; i < found->dates.n; i++)
        if (found->dates.lo[i] < day && day <= found->dates.hi[i])
            return true;
    return false;
}

/* The set of dates, and how long after the day the first image with the event is. */
static void take_day(sums *s, const rv__thing *found, double day)
{
    if (!isfinite(day))
        return;
    if (found->dates.n > 0 && found->date_set_size > 0) {
        s->sets++;
        s->covered += covers(found, day);
        s->set_size += found->date_set_size;
    }
    if (isfinite(found->hi)) {
        s->lag_days += (found->hi - day) / DAY_S;
        s->lags++;
    }
}

static void take_pair(sums *s, const rv__score_input *in, const rv__thing *truth, const rv__thing *found)
{
    const double day = event_day(truth);
    const bracket b = finest(in, truth, day);
    if (!isfinite(day) && !isfinite(b.lo) && !isfinite(b.hi))
        return; /* the truth tells no date */
    s->pairs++;
    s->valid += is_valid(found, &b, day);
    s->exact +=
        same_end(found->lo, found->absent, b.lo, b.absent) && same_end(found->hi, found->present, b.hi, b.present);
    if (isfinite(b.hi - b.lo) && isfinite(found->hi - found->lo) && b.hi > b.lo) {
        s->width += (found->hi - found->lo) / (b.hi - b.lo);
        s->widths++;
    }
    take_day(s, found, day);
    s->right += right_event(in, truth, found);
    if (has_works(truth)) {
        s->works++;
        s->works_exact += exact_works(in, truth, found);
    }
}

static sums sum_part(const rv__score_input *in, const part *p)
{
    sums s = { 0 };
    for (size_t i = 0; i < in->truth.n; i++) {
        const rv__thing *truth = &in->truth.v[i];
        if (!belongs(truth, p))
            continue;
        s.truths++;
        if (in->fresh.of_truth[i] >= 0)
            take_pair(&s, in, truth, &in->found.v[in->fresh.of_truth[i]]);
    }
    for (size_t j = 0; j < in->found.n; j++) { /* a pair has the size of its truth */
        const rv__thing *sized = in->fresh.of_found[j] >= 0 ? &in->truth.v[in->fresh.of_found[j]] : &in->found.v[j];
        s.found += rv__thing_is_new(&in->found.v[j]) && sized->area_px2 >= p->least_px2;
    }
    return s;
}

int rv__score_date(rv__tally *t, const rv__score_input *in)
{
    for (int k = 0; k < N_PARTS; k++) {
        const char *name = parts[k].name;
        const sums s = sum_part(in, &parts[k]);
        rv__tally_ratio(t, "date.valid", name, s.valid, s.pairs);
        rv__tally_ratio(t, "date.exact", name, s.exact, s.pairs);
        rv__tally_ratio(t, "date.width", name, s.width, s.widths);
        rv__tally_band(t, "date.set_cover", name, s.covered, s.sets);
        rv__tally_ratio(t, "date.set_size", name, s.set_size, s.sets);
        rv__tally_ratio(t, "date.lag_days", name, s.lag_days, s.lags);
        rv__tally_ratio(t, "date.event_recall", name, s.right, s.truths);
        if (parts[k].step && parts[k].works) { /* a false finding is of neither kind */
            rv__tally_ratio(t, "date.event_precision", name, s.right, s.found);
            rv__tally_ratio(t, "date.exact_works", name, s.works_exact, s.works);
        }
    }
    return t->err;
}

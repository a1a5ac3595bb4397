/* SPDX-License-Identifier: Apache-2.0 */
/* From what was measured to the words of a structure. Where candidates are scored by the fitted model, so are their kinds
 * (kinds.h): the likeliest one is named, with its chance and those of the others; nothing is rounded up, so a reader may
 * reject what is not sure enough. By hand, kinds are kept to what size and shape can carry: a hall is a large rectangle,
 * a house a small compact one; ground works are ragged or vast. Without a scale nothing is said beyond building. */
#include "detect/classify.h"

#include "base/text.h"
#include "detect/decide.h"
#include "detect/kinds.h"
#include "detect/series.h"

#include <math.h>

static const double HALL_M2 = 800, HALL_FILL = 0.85, HALL_MAX_M2 = 60000;
static const double HOUSE_MIN_M2 = 40, HOUSE_MAX_M2 = 400, HOUSE_LONG = 3;
static const double WORKS_FILL = 0.75, LOW_SEPARATION = 0.6, CLOUDED = 0.98;

/* Works that are not surely one of the kinds are earthworks, whatever they are for; a portal is never told for certain. */
static const double WORKS_SURE = 0.6, PORTAL_MOST = 0.75, NAMED_LEAST = 0.05;
static const float GREEN_SINCE = 0.6f; /* rank in the scene */

static int kind_by_hand(const rv__candidate *c, double m2)
{
    if (c->signal < 0 && c->fill < WORKS_FILL)
        return RV_KIND_EARTHWORKS;
    if (m2 >= HALL_M2 && c->fill >= HALL_FILL)
        return RV_KIND_HALL;
    if (m2 >= HOUSE_MIN_M2 && m2 <= HOUSE_MAX_M2 && c->elongation <= HOUSE_LONG)
        return RV_KIND_HOUSE;
    return RV_KIND_BUILDING;
}

static int likeliest(const double share[RV_KIND_OTHER + 1])
{
    int best = 0;
    for (int k = 1; k <= RV_KIND_OTHER; k++)
        best = share[k] > share[best] ? k : best;
    return best;
}

/* "hall .81/building .12", but for the kind that is named. */
static void list_others(rv_structure *out, const double share[RV_KIND_OTHER + 1], double certain)
{
    double left[RV_KIND_OTHER + 1];
    size_t used = 0;
    for (int k = 0; k <= RV_KIND_OTHER; k++)
        left[k] = k == out->kind ? 0 : share[k] * certain;
    out->alternatives[0] = '\0';
    for (int k = likeliest(left); left[k] >= NAMED_LEAST; left[k] = 0, k = likeliest(left))
        if (used + 32 < sizeof out->alternatives)
            used += (size_t)rv__text_format(out->alternatives + used, sizeof out->alternatives - used, "%s%s %.2f",
                                            used ? "/" : "", rv_kind_names()[k], left[k]);
}

/* Ground that was green in a quarter of the scenes since is a field between two crops. */
static bool has_grown(const rv__candidate *c, const rv__scale *s)
{
    return s->vegetation && c->step_n >= RV__SERIES_MIN && c->step_green > GREEN_SINCE;
}

/* Kind, likelihood and the other kinds, by the fitted model. certain: that it is a building, or works, at all; as likely is
 * what is called by no kind of the model. */
static void name_by_model(rv_structure *out, const rv__candidate *c, const rv__scale *s, double certain)
{
    double share[RV_KIND_OTHER + 1];
    rv__kinds_shares(share, c, s);
    const int best = likeliest(share);
    const bool works = c->hypothesis == RV__WORKS;
    out->kind = c->hypothesis == RV__STOOD          ? RV_KIND_EXISTING
                : works && has_grown(c, s)          ? RV_KIND_VEGETATION
                : works && share[best] < WORKS_SURE ? RV_KIND_EARTHWORKS
                                                    : best;
    if (out->kind == best)
        out->likelihood = certain * share[best];
    if (out->kind == RV_KIND_PORTAL_WORKS)
        out->likelihood = fmin(out->likelihood, PORTAL_MOST);
    list_others(out, share, certain);
}

static void set_kind(rv_structure *out, const rv__candidate *c, const rv__scale *s)
{
    const double certain = rv__decide_likelihood(c->score, c->hypothesis, s), m2 = c->px * s->fine_m * s->fine_m;
    out->likelihood = certain;
    if (s->fine_m <= 0)
        out->kind = c->hypothesis == RV__STOOD ? RV_KIND_EXISTING : RV_KIND_BUILDING;
    else if (c->hypothesis != RV__STOOD && m2 > HALL_MAX_M2)
        out->kind = RV_KIND_OTHER; /* a field, a lake, a whole estate: no roof is as large */
    else if (s->series)
        name_by_model(out, c, s, certain);
    else
        out->kind = c->hypothesis == RV__STOOD ? RV_KIND_EXISTING : kind_by_hand(c, m2);
}

static int event_of(const rv_structure *s, int hypothesis)
{
    const bool ground = s->kind == RV_KIND_EARTHWORKS || s->kind == RV_KIND_OTHER || hypothesis == RV__WORKS;
    return hypothesis == RV__STOOD  ? RV_EVENT_NONE
           : hypothesis == RV__GONE ? RV_EVENT_DEMOLISHED
           : ground                 ? RV_EVENT_WORKS
                                    : RV_EVENT_NEW;
}

void rv__classify(rv_structure *out, const rv__candidate *c, const rv__scale *s)
{
    const int e = c->hypothesis == RV__GONE ? RV__BEFORE : RV__AFTER;
    set_kind(out, c, s);
    out->event = event_of(out, c->hypothesis);
    out->score = c->score;
    out->nfa = rv__decide_nfa(c->score, c->hypothesis, s);
    out->flags |= c->flags;
    if (c->contrast[e][RV__LIGHT] < 0)
        out->flags |= RV_FLAG_DARK_ROOF;
    if (c->separation[e] < LOW_SEPARATION)
        out->flags |= RV_FLAG_LOW_CONTRAST;
    if (c->seen < CLOUDED)
        out->flags |= RV_FLAG_PARTLY_CLOUDED;
}

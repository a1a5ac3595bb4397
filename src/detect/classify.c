/* SPDX-License-Identifier: Apache-2.0 */
/* From what was measured to the words of a structure. Kinds are kept to what size and shape can carry: a hall is a
 * large rectangle, a house a small compact one; everything else that was built is a building. Ground works are told
 * from roofs by their ragged or vast outline. Without a scale nothing is said beyond building. */
#include "detect/classify.h"

#include "detect/decide.h"

#include <math.h>

static const double HALL_M2 = 800, HALL_FILL = 0.85, HALL_MAX_M2 = 60000;
static const double HOUSE_MIN_M2 = 40, HOUSE_MAX_M2 = 400, HOUSE_LONG = 3;
static const double WORKS_FILL = 0.75, LOW_SEPARATION = 0.6, CLOUDED = 0.98;

static int kind_of(const rv__candidate *c, const rv__scale *s)
{
    const double m2 = c->px * s->fine_m * s->fine_m;
    if (s->fine_m <= 0)
        return RV_KIND_BUILDING;
    if (m2 > HALL_MAX_M2)
        return RV_KIND_OTHER; /* a field, a lake, a whole estate: no roof is as large */
    if (c->signal < 0 && c->fill < WORKS_FILL)
        return RV_KIND_EARTHWORKS;
    if (m2 >= HALL_M2 && c->fill >= HALL_FILL)
        return RV_KIND_HALL;
    if (m2 >= HOUSE_MIN_M2 && m2 <= HOUSE_MAX_M2 && c->elongation <= HOUSE_LONG)
        return RV_KIND_HOUSE;
    return RV_KIND_BUILDING;
}

static int event_of(int kind)
{
    return kind == RV_KIND_EARTHWORKS || kind == RV_KIND_OTHER ? RV_EVENT_WORKS : RV_EVENT_NEW;
}

void rv__classify_new(rv_structure *out, const rv__candidate *c, const rv__scale *s)
{
    out->kind = kind_of(c, s);
    out->event = event_of(out->kind);
}

void rv__classify(rv_structure *out, const rv__candidate *c, const rv__scale *s)
{
    const int e = c->hypothesis == RV__GONE ? RV__BEFORE : RV__AFTER;
    out->kind = c->hypothesis == RV__STOOD ? RV_KIND_EXISTING : kind_of(c, s);
    out->event = c->hypothesis == RV__STOOD  ? RV_EVENT_NONE
                 : c->hypothesis == RV__GONE ? RV_EVENT_DEMOLISHED
                                             : event_of(out->kind);
    out->score = c->score;
    out->likelihood = rv__decide_likelihood(c->score, s);
    out->flags = c->flags;
    if (c->contrast[e][RV__LIGHT] < 0)
        out->flags |= RV_FLAG_DARK_ROOF;
    if (c->separation[e] < LOW_SEPARATION)
        out->flags |= RV_FLAG_LOW_CONTRAST;
    if (c->seen < CLOUDED)
        out->flags |= RV_FLAG_PARTLY_CLOUDED;
}

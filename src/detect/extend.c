/* SPDX-License-Identifier: Apache-2.0 */
/* Seen in the frame of the smallest rectangle of what stood, an extension lies against one side of it, as long as that
 * side: a wing of another width may be a building of its own, and is left alone. */
#include "detect/extend.h"

#include "base/text.h"
#include "geo/geos.h"
#include "geo/polygon.h"
#include "model/structure_list.h"

#include <math.h>
#include <string.h>

/* Gap and overlap at the joint, and how far the ends of the side may differ: px, or a share of the side. */
static const double GAP_PX = 2, OVERLAP_PX = 2, ENDS_PX = 1.5, ENDS_SHARE = 0.15;
/* A part larger than this many times the whole before it is no extension. */
static const double LARGEST = 1.25;

/* Extent of a polygon along the two axes of a rectangle. */
typedef struct extent {
    double lo[2], hi[2];
} extent;

static extent extent_of(const rv_polygon *p, const double centre[2], double angle)
{
    extent e = { { INFINITY, INFINITY }, { -INFINITY, -INFINITY } };
    const double c = cos(angle), s = sin(angle);
    for (size_t i = 0; p->n > 0 && i < p->ring[0].n; i++) {
        const double dx = p->ring[0].p[i].x - centre[0], dy = p->ring[0].p[i].y - centre[1];
        const double at[2] = { c * dx + s * dy, c * dy - s * dx };
        for (int k = 0; k < 2; k++) {
            e.lo[k] = fmin(e.lo[k], at[k]);
            e.hi[k] = fmax(e.hi[k], at[k]);
        }
    }
    return e;
}

/* Whether b lies against a side of a across axis k and keeps to the ends of that side. */
static bool continues(const extent *a, const extent *b, int k, double px)
{
    const int other = !k;
    const double gap = fmax(b->lo[k] - a->hi[k], a->lo[k] - b->hi[k]);
    const double ends = fmax(ENDS_PX * px, ENDS_SHARE * (a->hi[other] - a->lo[other]));
    return gap < GAP_PX * px && gap > -OVERLAP_PX * px && fabs(a->lo[other] - b->lo[other]) < ends &&
           fabs(a->hi[other] - b->hi[other]) < ends;
}

static bool is_part(const rv_structure *s)
{
    return s->event == RV_EVENT_NEW &&
           (s->kind == RV_KIND_HALL || s->kind == RV_KIND_BUILDING || s->kind == RV_KIND_HOUSE);
}

static bool extends(const rv_structure *part, const rv_structure *old, double px)
{
    double centre[2], half[2], angle;
    if (old->event != RV_EVENT_NONE || old->outline.n == 0 ||
        rv_polygon_area(&part->outline) > LARGEST * rv_polygon_area(&old->outline) ||
        rv__min_area_rect(centre, half, &angle, &old->outline.ring[0]) < 0)
        return false;
    const extent a = extent_of(&old->outline, centre, angle), b = extent_of(&part->outline, centre, angle);
    return continues(&a, &b, 0, px) || continues(&a, &b, 1, px);
}

/* What stood is of the likeliest of its kinds; nothing else is said of it than that it was there. */
static int kind_of(const rv_structure *old, const rv_structure *part)
{
    if (old->kind != RV_KIND_EXISTING)
        return old->kind;
    const int kind = rv__text_index(rv_kind_names(), old->alternatives, strcspn(old->alternatives, " "));
    return kind >= 0 ? kind : part->kind;
}

/* The event is the part's; name, id and flags of the analyst stay. */
static int join(rv_structure *old, const rv_structure *part)
{
    const rv_polygon both[2] = { old->outline, part->outline };
    rv_structure whole = *part;
    int err = rv__polygon_hull(&whole.outline, both, 2);
    if (err)
        return err;
    whole.kind = kind_of(old, part);
    whole.event = RV_EVENT_EXTENDED;
    whole.likelihood = fmin(old->likelihood, part->likelihood);
    whole.flags |= old->flags;
    whole.alternatives[0] = '\0';
    rv__text_format(whole.id, sizeof whole.id, "%s", old->id);
    rv__text_format(whole.name, sizeof whole.name, "%s", old->name);
    rv__polygon_inside(&whole.x, &whole.y, &whole.outline);
    rv_polygon_release(&old->outline);
    *old = whole;
    return RV_OK;
}

int rv__extend(rv_structures *list, double px)
{
    for (size_t i = 0; i < list->n;) {
        size_t k = 0;
        while (k < list->n && !(is_part(&list->v[i]) && k != i && extends(&list->v[i], &list->v[k], px)))
            k++;
        if (k == list->n) {
            i++;
            continue;
        }
        const int err = join(&list->v[k], &list->v[i]);
        if (err)
            return err;
        rv__structures_drop(list, i);
    }
    return RV_OK;
}

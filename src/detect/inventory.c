/* SPDX-License-Identifier: Apache-2.0 */
/* What the analyst knows of the site, laid over what was found. A reference outline is a structure by somebody's word; it
 * takes the place of the finding that covers it. What happened to it its own series tells, or, where that is short or
 * silent, the finding. The word of a person goes before the shape we found, but not before what happened to it. */
#include "detect/inventory.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/text.h"
#include "detect/reference.h"
#include "geo/geos.h"
#include "geo/polygon.h"
#include "model/structure_list.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const double SAME_IOU = 0.25, CLOSE_IOU = 0.5;

static bool boxes_meet(const rv_polygon *a, const rv_polygon *b)
{
    double p[4], q[4];
    rv__polygon_bounds(p, a);
    rv__polygon_bounds(q, b);
    return p[0] < q[2] && q[0] < p[2] && p[1] < q[3] && q[1] < p[3];
}

static int same_place(bool *same, const rv_polygon *a, const rv_polygon *b, double least)
{
    double iou = 0;
    const int err = boxes_meet(a, b) ? rv__polygon_iou(&iou, a, b) : RV_OK;
    *same = iou >= least;
    return err;
}

static bool wanted(const rv_structure *s, const rv_place *places, size_t n)
{
    bool any_aoi = false, in_aoi = false;
    for (size_t i = 0; i < n; i++) {
        const rv_place *p = &places[i];
        if (p->shape.n == 0 || p->shape.ring[0].n < 3)
            continue;
        const bool inside = rv__polygon_contains(&p->shape, s->x, s->y);
        if (p->role == RV_ROLE_EXCLUDE && inside)
            return false;
        any_aoi = any_aoi || p->role == RV_ROLE_AOI;
        in_aoi = in_aoi || (p->role == RV_ROLE_AOI && inside);
    }
    return !any_aoi || in_aoi;
}

/* Of two findings in one place (two tiles cut the object differently) the surer one stays. */
static int drop_doubles(rv_structures *list)
{
    for (size_t i = 0; i < list->n; i++)
        for (size_t k = i + 1; k < list->n;) {
            bool same = false;
            const int err = same_place(&same, &list->v[i].outline, &list->v[k].outline, SAME_IOU);
            if (err)
                return err;
            if (!same) {
                k++;
                continue;
            }
            if (list->v[k].score > list->v[i].score) {
                const rv_structure better = list->v[k];
                list->v[k] = list->v[i];
                list->v[i] = better;
            }
            rv__structures_drop(list, k);
        }
    return RV_OK;
}

static void take_event(rv_structure *s, const rv_structure *from)
{
    s->event = from->event;
    s->last_absent = from->last_absent;
    s->first_present = from->first_present;
    s->works_first = from->works_first;
    s->works_seen = from->works_seen;
    s->complete_last = from->complete_last;
    s->step_sd = from->step_sd;
    s->date_set_size = from->date_set_size;
    memcpy(s->date_set, from->date_set, sizeof s->date_set);
    memcpy(s->absent_id, from->absent_id, sizeof s->absent_id);
    memcpy(s->present_id, from->present_id, sizeof s->present_id);
}

/* What the findings over a reference say; they give way to it. A new thing over one that stood may be its successor: it
 * is the reference itself only where both outlines agree closely. */
static int take_findings(rv_structure *s, rv_structures *list)
{
    for (size_t i = 0; i < list->n;) {
        bool same = false;
        rv_structure *f = &list->v[i];
        const double least = s->event == RV_EVENT_NONE && f->event == RV_EVENT_NEW ? CLOSE_IOU : SAME_IOU;
        const int err = f->flags & RV_FLAG_ANALYST ? RV_OK : same_place(&same, &s->outline, &f->outline, least);
        if (err)
            return err;
        if (!same) {
            i++;
            continue;
        }
        s->score = f->score;
        s->nfa = f->nfa;
        if (s->event == RV_EVENT_NONE && f->event != RV_EVENT_NONE)
            take_event(s, f);
        rv__structures_drop(list, i);
    }
    return RV_OK;
}

static bool is_taken(const rv_structures *list, const char *id)
{
    for (size_t i = 0; i < list->n; i++)
        if (strcmp(list->v[i].id, id) == 0)
            return true;
    return false;
}

/* The analyst's id, or "r001" by its order; of several with one id (the parts of a feature) the later get ".2" and on. */
static void set_id(rv_structure *s, const rv_structures *list, const char *given, size_t number)
{
    char base[RV_ID_MAX];
    rv__text_format(base, sizeof base, "%.*s", RV_ID_MAX - 8, given);
    if (!base[0])
        rv__text_format(base, sizeof base, "r%03zu", number);
    rv__text_format(s->id, sizeof s->id, "%s", base);
    for (int part = 2; is_taken(list, s->id); part++)
        rv__text_format(s->id, sizeof s->id, "%.*s.%d", RV_ID_MAX - 8, base, part);
}

static int kind_of(const rv_structure *s, const char *given)
{
    if (s->event != RV_EVENT_NEW)
        return RV_KIND_EXISTING;
    const int kind = rv__text_index(rv_kind_names(), given, strlen(given));
    return kind > RV_KIND_EXISTING ? kind : RV_KIND_BUILDING;
}

static int add_reference(rv_structures *list, const rv_place *place, size_t number, const rv__inventory *with)
{
    rv_structure s = { .event = RV_EVENT_NONE,
                       .likelihood = 1,
                       .last_absent = -INFINITY,
                       .first_present = rv_stack_facts(with->stack, 0)->t_max,
                       .works_first = -INFINITY,
                       .complete_last = INFINITY,
                       .works_seen = INFINITY,
                       .step_sd = NAN,
                       .flags = RV_FLAG_ANALYST,
                       .outline = place->shape }; /* copied by rv_structures_add */
    snprintf(s.present_id, sizeof s.present_id, "%s", rv_stack_facts(with->stack, 0)->id);
    snprintf(s.name, sizeof s.name, "%s", place->name);
    set_id(&s, list, place->id, number);
    rv__polygon_inside(&s.x, &s.y, &place->shape);
    int err = rv__reference_event(&s, with->stack, with->scale, with->opts);
    err = err ? err : take_findings(&s, list);
    s.kind = kind_of(&s, place->kind);
    return err ? err : rv_structures_add(list, &s);
}

int rv__inventory_places(rv_structures *list, const rv_place *places, size_t n, const rv__inventory *with)
{
    for (size_t i = 0; i < list->n;) {
        if (wanted(&list->v[i], places, n))
            i++;
        else
            rv__structures_drop(list, i);
    }
    int err = drop_doubles(list);
    size_t references = 0;
    for (size_t i = 0; !err && i < n; i++)
        if (places[i].role == RV_ROLE_REFERENCE && places[i].shape.n > 0 && places[i].shape.ring[0].n >= 3)
            err = add_reference(list, &places[i], ++references, with);
    return err;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/estates.h"

#include "base/mem.h"
#include "base/text.h"
#include "geo/geos.h"
#include "geo/polygon.h"

#include <math.h>
#include <string.h>

enum { HOUSES_MIN = 4 };

/* Two houses are neighbours up to so many widths of the larger one apart, and so many px more. */
static const double REACH = 2.5, REACH_PX = 3;

typedef struct estate {
    const rv_structures *list;
    size_t *of; /* for each of the first n structures the first one of its group */
    size_t n;
    double px;
} estate;

static bool is_house(const rv_structure *s)
{
    return s->kind == RV_KIND_HOUSE && s->event == RV_EVENT_NEW;
}

static bool are_neighbours(const estate *e, const rv_structure *a, const rv_structure *b)
{
    const double width = sqrt(fmax(rv_polygon_area(&a->outline), rv_polygon_area(&b->outline)));
    return hypot(a->x - b->x, a->y - b->y) < REACH * width + REACH_PX * e->px;
}

/* Single linkage; groups bear the number of their first member. */
static void link_houses(estate *e)
{
    const rv_structures *l = e->list;
    for (size_t i = 0; i < e->n; i++)
        e->of[i] = i;
    for (size_t i = 0; i < e->n; i++)
        for (size_t k = 0; k < i && is_house(&l->v[i]); k++) {
            if (e->of[k] == e->of[i] || !is_house(&l->v[k]) || !are_neighbours(e, &l->v[i], &l->v[k]))
                continue;
            const size_t from = e->of[i] > e->of[k] ? e->of[i] : e->of[k], to = e->of[i] + e->of[k] - from;
            for (size_t m = 0; m < e->n; m++)
                e->of[m] = e->of[m] == from ? to : e->of[m];
        }
}

/* From before the first house to after the last one. */
static void widen(rv_structure *c, const rv_structure *s)
{
    if (s->last_absent < c->last_absent) {
        c->last_absent = s->last_absent;
        memcpy(c->absent_id, s->absent_id, sizeof c->absent_id);
    }
    if (s->first_present > c->first_present) {
        c->first_present = s->first_present;
        memcpy(c->present_id, s->present_id, sizeof c->present_id);
    }
    c->works_first = fmin(c->works_first, s->works_first);
    c->works_seen = fmin(c->works_seen, s->works_seen);
    c->complete_last = fmax(c->complete_last, s->complete_last);
}

/* A cluster is as sure as its houses are on the whole, and as unlikely by chance as the least likely of them. */
static void join(rv_structure *c, const rv_structure *s, size_t n)
{
    widen(c, s);
    c->likelihood += (s->likelihood - c->likelihood) / (double)n;
    c->nfa = fmin(c->nfa, s->nfa);
    c->score = fmax(c->score, s->score);
    c->flags |= s->flags;
}

static int add_cluster(rv_structures *list, const estate *e, size_t group)
{
    rv_polygon *part = rv__alloc(e->n, sizeof *part);
    rv_structure c;
    size_t n = 0;
    if (!part)
        return RV_ERR_NOMEM;
    for (size_t i = group; i < e->n; i++) {
        if (e->of[i] != group)
            continue;
        if (!n)
            c = e->list->v[i];
        part[n++] = e->list->v[i].outline; /* borrowed */
        join(&c, &e->list->v[i], n);
    }
    int err = RV_OK;
    if (n >= HOUSES_MIN) {
        c.kind = RV_KIND_HOUSING_CLUSTER;
        c.id[0] = c.name[0] = c.alternatives[0] = c.date_set[0] = '\0';
        c.date_set_size = 0;
        c.outline = (rv_polygon){ 0 };
        err = rv__polygon_hull(&c.outline, part, n);
        if (!err)
            rv__polygon_inside(&c.x, &c.y, &c.outline);
        err = err ? err : rv_structures_add(list, &c);
        rv_polygon_release(&c.outline);
    }
    rv__free(part);
    return err;
}

int rv__estates_add(rv_structures *list, double px)
{
    estate e = { list, rv__alloc(list->n, sizeof *e.of), list->n, px };
    int err = e.of ? RV_OK : RV_ERR_NOMEM;
    if (!err)
        link_houses(&e);
    for (size_t i = 0; !err && i < e.n; i++)
        if (e.of[i] == i && is_house(&list->v[i]))
            err = add_cluster(list, &e, i);
    rv__free(e.of);
    return err;
}

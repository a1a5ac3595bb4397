/* SPDX-License-Identifier: Apache-2.0 */
/* All rows of a case that a report speaks of, loaded once and in the case's fixed order. */
#include "report/facts.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "geo/homography.h"
#include "model/stack_internal.h"

#define LOADER(name, type)                              \
    static int take_##name(const type *row, void *user) \
    {                                                   \
        rv__facts *facts = user;                        \
        return RV__PUSH(&facts->name, *row);            \
    }

LOADER(scenes, rv_scene_info)
LOADER(transforms, rv_transform)
LOADER(measurements, rv_measurement)
LOADER(budget, rv_budget_term)
LOADER(runs, rv_run)
LOADER(gcps, rv_gcp)

static int take_structure(const rv_structure *row, void *user)
{
    return rv_structures_add(&((rv__facts *)user)->structures, row);
}

void rv__facts_release(rv__facts *facts)
{
    rv_case_stack_free(facts->owner);
    rv_structures_release(&facts->structures);
    rv__free(facts->scenes.v);
    rv__free(facts->transforms.v);
    rv__free(facts->measurements.v);
    rv__free(facts->budget.v);
    rv__free(facts->runs.v);
    rv__free(facts->gcps.v);
    memset(facts, 0, sizeof *facts);
}

int rv__facts_load(rv__facts *out, rv_case *c)
{
    rv__facts facts = { .c = c };
    int err;
    if ((err = rv_case_each_scene(c, take_scenes, &facts)) < 0 ||
        (err = rv_case_each_transform(c, take_transforms, &facts)) < 0 ||
        (err = rv_case_each_structure(c, take_structure, &facts)) < 0 ||
        (err = rv_case_each_measurement(c, take_measurements, &facts)) < 0 ||
        (err = rv_case_each_budget(c, take_budget, &facts)) < 0 || (err = rv_case_each_gcp(c, take_gcps, &facts)) < 0 ||
        (err = rv_case_each_run(c, take_runs, &facts)) < 0) {
        rv__facts_release(&facts);
        return err;
    }
    *out = facts;
    return RV_OK;
}

int rv__facts_open_stack(rv__facts *facts)
{
    const int err = facts->owner ? RV_OK : rv_case_stack_open(&facts->owner, facts->c);
    if (err == RV_OK)
        facts->stack = rv_case_stack_get(facts->owner);
    return err;
}

const rv_scene_info *rv__facts_scene(const rv__facts *facts, const char *id)
{
    for (size_t i = 0; i < facts->scenes.n; i++)
        if (strcmp(facts->scenes.v[i].id, id) == 0)
            return &facts->scenes.v[i];
    return NULL;
}

const rv_measurement *rv__facts_measured(const rv__facts *facts, const char *id, const char *what)
{
    size_t lo = 0, hi = facts->measurements.n;
    while (lo < hi) { /* rows come in order of structures; a case may hold tens of thousands */
        const size_t middle = (lo + hi) / 2;
        if (strcmp(facts->measurements.v[middle].structure_id, id) < 0)
            lo = middle + 1;
        else
            hi = middle;
    }
    for (; lo < facts->measurements.n && strcmp(facts->measurements.v[lo].structure_id, id) == 0; lo++)
        if (strcmp(facts->measurements.v[lo].quantity, what) == 0)
            return &facts->measurements.v[lo];
    return NULL;
}

bool rv__facts_pixel_m(const rv__facts *facts, rv_point at, double *col_m, double *row_m)
{
    const rv_ground *ground = rv_stack_ground(facts->stack);
    rv_tilt tilt;
    if (ground) {
        double j[4];
        rv__homography_slope(j, ground->m, (const double[2]){ at.x, at.y });
        *col_m = hypot(j[0], j[2]);
        *row_m = hypot(j[1], j[3]);
        return *col_m > 0 && *row_m > 0;
    }
    rv_stack_tilt(&tilt, facts->stack);
    return !tilt.tilted && rv_grid_pixel_size_m(rv_stack_grid(facts->stack), col_m, row_m) == RV_OK;
}

int rv__facts_time(const rv__facts *facts, const char *scene_id)
{
    const size_t n = facts->stack ? rv_stack_size(facts->stack) : 0;
    const size_t t = n ? rv__stack_scene(facts->stack, scene_id) : 0;
    return t < n ? (int)t : -1;
}

void rv__facts_bracket(const rv__facts *facts, const rv_structure *s, const rv_scene_info **first,
                       const rv_scene_info **second)
{
    *first = rv__facts_scene(facts, s->absent_id);
    *second = rv__facts_scene(facts, s->present_id);
    const bool known = *first && *second;
    const bool dated = known && isfinite((*first)->t_min) && isfinite((*second)->t_min); /* else as in the stack */
    if (known ? dated && (*first)->t_min > (*second)->t_min : s->event == RV_EVENT_DEMOLISHED) {
        const rv_scene_info *swap = *first;
        *first = *second;
        *second = swap;
    }
}

void rv__facts_pair(const rv__facts *facts, const rv_structure *s, int *before, int *after)
{
    const rv_scene_info *first, *second;
    rv__facts_bracket(facts, s, &first, &second);
    *before = first ? rv__facts_time(facts, first->id) : -1;
    *after = second ? rv__facts_time(facts, second->id) : -1;
    if (*before < 0)
        *before = 0;
    if (*after < 0)
        *after = (int)rv_stack_size(facts->stack) - 1;
}

const rv_measurement *rv__facts_area(const rv__facts *facts, const rv_structure *s)
{
    const rv_measurement *m = rv__facts_measured(facts, s->id, "area_m2");
    if (!m || !isfinite(m->value))
        m = rv__facts_measured(facts, s->id, "area_px2");
    return m && isfinite(m->value) ? m : NULL;
}

bool rv__facts_used(const rv__facts *facts, const char *scene_id)
{
    for (size_t i = 0; i < facts->transforms.n; i++)
        if (strcmp(facts->transforms.v[i].scene_id, scene_id) == 0)
            return facts->transforms.v[i].trusted != 0;
    return false;
}

size_t rv__facts_n_used(const rv__facts *facts)
{
    size_t n = 0;
    for (size_t i = 0; i < facts->transforms.n; i++)
        n += facts->transforms.v[i].trusted != 0;
    return n;
}

static double size_of(const rv__facts *facts, size_t i)
{
    const rv_measurement *m = rv__facts_area(facts, &facts->structures.v[i]);
    return m ? m->value : -1.0;
}

bool rv__facts_doubtful(const rv_structure *s)
{
    return s->nfa > 1;
}

static bool goes_before(const rv__facts *facts, size_t a, size_t b)
{
    const bool doubt_a = rv__facts_doubtful(&facts->structures.v[a]),
               doubt_b = rv__facts_doubtful(&facts->structures.v[b]);
    return doubt_a != doubt_b ? doubt_b : size_of(facts, a) > size_of(facts, b);
}

static size_t put_in_order(const rv__facts *facts, size_t *order, size_t n, size_t i)
{
    size_t k = n;
    for (; k > 0 && goes_before(facts, i, order[k - 1]); k--)
        order[k] = order[k - 1];
    order[k] = i;
    return n + 1;
}

size_t rv__facts_changes(const rv__facts *facts, size_t *order)
{
    size_t n = 0;
    for (size_t i = 0; i < facts->structures.n; i++)
        if (facts->structures.v[i].event != RV_EVENT_NONE)
            n = put_in_order(facts, order, n, i);
    return n;
}

size_t rv__facts_existing(const rv__facts *facts, size_t *order)
{
    size_t n = 0;
    for (size_t i = 0; i < facts->structures.n; i++)
        if (facts->structures.v[i].event == RV_EVENT_NONE)
            n = put_in_order(facts, order, n, i);
    return n;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Candidates come from the pictures of the first and of the last scenes. What began or ended inside one of these, in
 * the second scene or in the last but one, is half there in both: the fitted model looks at such candidates once more, on
 * pictures that do not reach across the step of their own series; and for what came last it looks for candidates
 * in the picture of the last two scenes. */
#include "detect/look.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/parallel.h"
#include "detect/decide.h"
#include "detect/fellows.h"
#include "detect/lines.h"
#include "detect/pyramid.h"
#include "detect/series.h"
#include "detect/stepobjects.h"
#include "detect/traits.h"

enum { AT_ONCE = 256, LATE = 2 };

/* Gain from which on a step is believed enough to look on either side of it. */
static const float STEP_MIN = 3;

typedef struct look {
    rv__candidates *list;
    const rv__maps *maps;
    const rv__views *views;
    const rv__scale *scale;
    size_t first; /* of the list: those before are left alone */
    int cut;      /* only those whose step is here; 0 = all */
    rv__fellows around;
} look;

typedef int (*look_one)(rv__candidate *c, const look *l, rv__part *patch);

typedef struct each_job {
    const look *look;
    look_one one;
} each_job;

static int some(size_t index, size_t worker, void *user)
{
    (void)worker;
    const each_job *j = user;
    const look *l = j->look;
    rv__part patch = { 0 };
    int err = RV_OK;
    const size_t begin = l->first + index * AT_ONCE;
    for (size_t i = begin; !err && i < begin + AT_ONCE && i < l->list->n; i++)
        if (!l->cut || l->list->v[i].cut == l->cut)
            err = j->one(&l->list->v[i], l, &patch);
    rv__part_release(&patch);
    return err;
}

static int each(const look *l, look_one one)
{
    each_job job = { l, one };
    return rv__parallel_for((l->list->n - l->first + AT_ONCE - 1) / AT_ONCE, some, &job);
}

/* Whether a picture of as many scenes as usual, from the near end of the series, would reach across the step. */
static bool is_crossed(int scene, const rv__scale *s)
{
    return scene > 0 && (scene < s->epoch || scene > s->n - s->epoch);
}

static int measure_steps(rv__candidate *c, const look *l, rv__part *patch)
{
    (void)patch;
    rv__series series = { 0 };
    const int err = rv__series_read(&series, l->list->run.v + c->run, c->n_runs, c, l->views, l->scale);
    if (err)
        return err;
    rv__series_traits(c, &series, l->scale);
    const int scene = c->step_gain > STEP_MIN && series.n >= RV__SERIES_MIN ? series.scene[c->step_first] : 0;
    c->cut = is_crossed(scene, l->scale) ? scene : 0;
    return RV_OK;
}

static int measure_again(rv__candidate *c, const look *l, rv__part *patch)
{
    return rv__traits_measure(c, l->list->run.v + c->run, l->maps, l->scale, patch);
}

static int score(rv__candidate *c, const look *l, rv__part *patch)
{
    (void)patch;
    rv__decide_score(c, l->scale);
    return RV_OK;
}

static int score_among(rv__candidate *c, const look *l, rv__part *patch)
{
    rv__fellows_count(c, l->list->run.v + c->run, &l->around, l->scale);
    return c->among ? score(c, l, patch) : RV_OK;
}

/* All once more, knowing what is likely around them. */
static int score_again(look *l)
{
    int err = rv__fellows_find(&l->around, l->list, l->maps);
    err = err ? err : each(l, score_among);
    rv__fellows_release(&l->around);
    return err;
}

/* Candidates of the last scenes, whose picture this is, from the first on that the usual picture outvotes. */
static int add_late(look *l, const rv__maps *maps)
{
    look late = *l;
    late.first = l->list->n;
    int err = rv__candidates_find(l->list, maps, l->scale);
    err = err ? err : each(&late, measure_steps);
    size_t kept = late.first;
    for (size_t i = late.first; !err && i < l->list->n; i++)
        if (l->list->v[i].cut >= l->scale->n - LATE)
            l->list->v[kept++] = l->list->v[i];
    if (!err)
        l->list->n = kept;
    return err;
}

static bool is_asked(const look *l, int cut)
{
    bool any = cut == l->scale->n - LATE;
    for (size_t i = 0; !any && i < l->list->n; i++)
        any = l->list->v[i].cut == cut;
    return any;
}

/* Those with a step at this scene, on pictures that end there. What is found on these is measured already. */
static int look_again(look *l, int cut)
{
    rv__maps maps = { 0 };
    if (!is_asked(l, cut))
        return RV_OK;
    int err = rv__maps_build(&maps, l->views, l->scale, cut);
    look again = { .list = l->list, .maps = &maps, .views = l->views, .scale = l->scale, .cut = cut };
    err = err ? err : each(&again, measure_again);
    if (!err && cut == l->scale->n - LATE)
        err = add_late(l, &maps);
    rv__maps_release(&maps);
    return err;
}

static int score_works(rv__candidate *c, const look *l, rv__part *patch)
{
    (void)patch;
    rv__decide_works(c, l->scale);
    return RV_OK;
}

/* Lines besides, and which candidates are sooner works on the ground. Buildings know nothing of it. */
static int add_works(look *l)
{
    look lines = *l;
    lines.first = l->list->n;
    int err = rv__lines_find(l->list, l->maps, l->scale);
    err = err ? err : each(&lines, measure_steps);
    return err ? err : each(l, score_works);
}

int rv__look(rv__candidates *list, rv__maps *maps, const rv__views *views, const rv__scale *scale)
{
    int err = rv__maps_build(maps, views, scale, 0);
    err = err ? err : scale->scales > 1 ? rv__pyramid_find(list, maps, scale) : rv__candidates_find(list, maps, scale);
    err = err ? err : rv__steps_objects(list, views, maps, scale);
    look l = { .list = list, .maps = maps, .views = views, .scale = scale };
    if (!err && scale->traits && !scale->pairs)
        err = each(&l, measure_steps);
    for (int cut = 1; !err && scale->series && cut < scale->n; cut++)
        err = look_again(&l, cut);
    err = err ? err : each(&l, score);
    if (err || !scale->series)
        return err;
    err = score_again(&l);
    return err ? err : add_works(&l);
}

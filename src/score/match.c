/* SPDX-License-Identifier: Apache-2.0 */
/* Which finding is which truth: overlaps by boxes and GEOS, then the exact assignment with the reward 100 + IoU of SCOT
 * [vanetten2021], so that as many pairs as possible are made and, among equals, the closest. */
#include "score/scene.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/vec.h"
#include "geo/geos.h"
#include "geo/polygon.h"
#include "score/assign.h"
#include "score/families.h"

#include <math.h>

const rv__size_bin rv__size_bins[] = {
    { "all", 0, INFINITY },    { "4-16", 4, 16 }, { "16-64", 16, 64 },      { "64-256", 64, 256 },
    { ">256", 256, INFINITY }, { "9-25", 9, 25 }, { ">=25", 25, INFINITY },
};

void rv__thing_init(rv__thing *thing)
{
    const rv_quantity none = { NAN, NAN, NAN, NAN };
    *thing = (rv__thing){ .kind = RV_KIND_OTHER, .event = RV_EVENT_NONE, .absent = -1, .present = -1 };
    thing->area_px2 = thing->likelihood = thing->score = thing->nfa = NAN;
    thing->area_m2 = thing->height_m = none;
    thing->ratio = thing->ratio_lo = thing->ratio_hi = NAN;
    thing->lo = -INFINITY;
    thing->hi = INFINITY;
    thing->works_first = thing->complete_last = thing->start = thing->complete = thing->ends = NAN;
}

void rv__thing_release(rv__thing *thing)
{
    rv_polygon_release(&thing->outline);
    rv__free(thing->clear);
    thing->clear = NULL;
}

void rv__things_release(rv__things *things)
{
    for (size_t i = 0; i < things->n; i++)
        rv__thing_release(&things->v[i]);
    rv__free(things->v);
    *things = (rv__things){ 0 };
}

static void match_release(rv__match *m)
{
    rv__free(m->of_truth);
    rv__free(m->of_found);
    rv__free(m->iou);
    *m = (rv__match){ 0 };
}

void rv__score_input_release(rv__score_input *in)
{
    match_release(&in->fresh);
    match_release(&in->old);
    match_release(&in->change);
    rv__things_release(&in->truth);
    rv__things_release(&in->found);
    rv__free(in->time);
    *in = (rv__score_input){ 0 };
}

bool rv__kind_is_building(int kind)
{
    switch (kind) {
    case RV_KIND_HOUSING_CLUSTER: /* repeats its members */
    case RV_KIND_ROAD:
    case RV_KIND_EARTHWORKS:
    case RV_KIND_PORTAL_WORKS:
    case RV_KIND_SPOIL:
    case RV_KIND_VEGETATION:
    case RV_KIND_TEMPORARY:
    case RV_KIND_WATER:
        return false;
    default:
        return true;
    }
}

bool rv__thing_is_new(const rv__thing *thing)
{
    const bool came =
        thing->event == RV_EVENT_NEW || thing->event == RV_EVENT_EXTENDED || thing->event == RV_EVENT_REPLACED;
    return came && rv__kind_is_building(thing->kind);
}

static bool is_old(const rv__thing *thing)
{
    return thing->event == RV_EVENT_NONE && rv__kind_is_building(thing->kind);
}

static bool is_change(const rv__thing *thing)
{
    return thing->event != RV_EVENT_NONE;
}

static bool boxes_meet(const double a[4], const double b[4])
{
    return a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3];
}

/* Before any is computed, for each costs GEOS some microseconds. */
static int check_count(const double truth[][4], size_t n_truth, const double found[][4], size_t n_found)
{
    size_t n = 0;
    for (size_t i = 0; i < n_truth && n <= RV__OVERLAPS_MAX; i++)
        for (size_t j = 0; j < n_found; j++)
            n += boxes_meet(truth[i], found[j]);
    return n <= RV__OVERLAPS_MAX
               ? RV_OK
               : rv__fail(RV_ERR_REFUSED, "more than %d pairs of a true and a found outline meet", RV__OVERLAPS_MAX);
}

int rv__score_overlaps(rv__pairs *out, const rv__things *truth, const rv__things *found)
{
    double(*mine)[4] = rv__alloc(truth->n, sizeof *mine), (*box)[4] = rv__alloc(found->n, sizeof *box);
    int err = mine && box ? RV_OK : RV_ERR_NOMEM;
    for (size_t i = 0; err == RV_OK && i < truth->n; i++)
        rv__polygon_bounds(mine[i], &truth->v[i].outline);
    for (size_t j = 0; err == RV_OK && j < found->n; j++)
        rv__polygon_bounds(box[j], &found->v[j].outline);
    if (err == RV_OK)
        err = check_count((const double(*)[4])mine, truth->n, (const double(*)[4])box, found->n);
    for (size_t k = 0; err == RV_OK && k < truth->n * found->n; k++) {
        const size_t i = k / found->n, j = k % found->n;
        rv__pair pair = { (int)i, (int)j, 0 };
        if (!boxes_meet(mine[i], box[j]))
            continue;
        err = rv__polygon_iou(&pair.reward, &truth->v[i].outline, &found->v[j].outline);
        if (err == RV_OK && pair.reward > 0)
            err = RV__PUSH(out, pair);
    }
    rv__free(box);
    rv__free(mine);
    return err;
}

typedef struct matching {
    const rv__score_input *in;
    const rv__pairs *overlaps;
    double least_iou;
} matching;

static int match_some(rv__match *out, const matching *job, bool (*wanted)(const rv__thing *))
{
    const rv__things *truth = &job->in->truth, *found = &job->in->found;
    rv__pairs pairs = { 0 };
    int err = RV_OK;
    out->of_truth = rv__alloc(truth->n, sizeof *out->of_truth);
    out->of_found = rv__alloc(found->n, sizeof *out->of_found);
    out->iou = rv__alloc(truth->n, sizeof *out->iou);
    if (!out->of_truth || !out->of_found || !out->iou)
        return RV_ERR_NOMEM;
    for (size_t k = 0; err == RV_OK && k < job->overlaps->n; k++) {
        rv__pair p = job->overlaps->v[k];
        const rv__thing *t = &truth->v[p.row], *f = &found->v[p.col];
        if (!(p.reward > job->least_iou) || !wanted(t) || !wanted(f) || t->area_px2 < RV__LEAST_PX2)
            continue;
        p.reward += 100;
        err = RV__PUSH(&pairs, p);
    }
    if (err == RV_OK)
        err = rv__assign(out->of_truth, &pairs, truth->n, found->n);
    for (size_t j = 0; j < found->n; j++)
        out->of_found[j] = -1;
    for (size_t k = 0; err == RV_OK && k < pairs.n; k++) {
        if (out->of_truth[pairs.v[k].row] != pairs.v[k].col)
            continue;
        out->of_found[pairs.v[k].col] = pairs.v[k].row;
        out->iou[pairs.v[k].row] = pairs.v[k].reward - 100;
    }
    rv__free(pairs.v);
    return err;
}

int rv__score_match(rv__score_input *in, double least_iou)
{
    rv__pairs overlaps = { 0 };
    const matching job = { in, &overlaps, least_iou };
    int err;
    if ((err = rv__score_overlaps(&overlaps, &in->truth, &in->found)) == RV_OK &&
        (err = match_some(&in->fresh, &job, rv__thing_is_new)) == RV_OK &&
        (err = match_some(&in->old, &job, is_old)) == RV_OK)
        err = match_some(&in->change, &job, is_change);
    rv__free(overlaps.v);
    return err;
}

int rv__score_strata(rv__tally *t, const rv__score_input *in, rv__stratum_fn add)
{
    static const rv__size_bin existing = { "existing", 0, INFINITY };
    int err = RV_OK;
    for (int b = 0; err == RV_OK && b < RV__SIZE_BINS; b++)
        err = add(t, in, &in->fresh, &rv__size_bins[b]);
    if (err == RV_OK)
        err = add(t, in, &in->old, &existing);
    return err < 0 ? err : t->err;
}

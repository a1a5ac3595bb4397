/* SPDX-License-Identifier: Apache-2.0 */
/* SCOT [vanetten2021]: at each time footprints are matched one to one; tracking counts pairs whose partner changed as
 * wrong, change counts pairs in which both, one or none is seen for the first time.
 *
 * Two habits of the reference implementation are kept so that numbers compare with published ones: the times are those of
 * the ground truth alone (it means to add the proposals' and reads the truth twice), and truths below 4 px2 are dropped
 * while proposals are not. The score's note says so. */
#include "score/scot.h"

#include "base/mem.h"
#include "base/vec.h"
#include "score/families.h"

#include <math.h>

static const double BETA = 2;         /* weight of tracking against change */
static const double LEAST_IOU = 0.25; /* the metric's own, whatever objects are matched with */

typedef struct walk {
    const rv__scot_input *in;
    rv__scot_result r;
    bool *ground_seen, *proposal_seen;      /* ids of earlier times */
    int *ground_partner, *proposal_partner; /* of the newest pair, -1 = none yet */
    int *ground_row, *proposal_row;         /* row of a shape at this time, -1 = absent */
    int *partner;                           /* proposal shape of a ground shape */
    bool *taken;                            /* proposal shape is in a pair */
} walk;

static void walk_release(walk *w)
{
    rv__free(w->taken);
    rv__free(w->partner);
    rv__free(w->proposal_row);
    rv__free(w->ground_row);
    rv__free(w->proposal_partner);
    rv__free(w->ground_partner);
    rv__free(w->proposal_seen);
    rv__free(w->ground_seen);
}

static int walk_init(walk *w, const rv__scot_input *in)
{
    *w = (walk){ .in = in };
    w->ground_seen = rv__alloc(in->n_ground, sizeof(bool));
    w->proposal_seen = rv__alloc(in->n_proposals, sizeof(bool));
    w->ground_partner = rv__alloc(in->n_ground, sizeof(int));
    w->proposal_partner = rv__alloc(in->n_proposals, sizeof(int));
    w->ground_row = rv__alloc(in->n_ground, sizeof(int));
    w->proposal_row = rv__alloc(in->n_proposals, sizeof(int));
    w->partner = rv__alloc(in->n_ground, sizeof(int));
    w->taken = rv__alloc(in->n_proposals, sizeof(bool));
    if (!w->ground_seen || !w->proposal_seen || !w->ground_partner || !w->proposal_partner || !w->ground_row ||
        !w->proposal_row || !w->partner || !w->taken)
        return RV_ERR_NOMEM;
    for (size_t i = 0; i < in->n_ground; i++)
        w->ground_partner[i] = -1;
    for (size_t i = 0; i < in->n_proposals; i++)
        w->proposal_partner[i] = -1;
    return RV_OK;
}

/* @return rows present at this time */
static size_t enter(int *row_of, size_t n_shapes, const rv__scot_rows *rows, int time, const double *px2)
{
    size_t n = 0;
    for (size_t i = 0; i < n_shapes; i++)
        row_of[i] = -1;
    for (size_t k = 0; k < rows->n; k++) {
        const rv__scot_row *r = &rows->v[k];
        if (r->time != time || (px2 && px2[r->shape] < RV__LEAST_PX2))
            continue;
        row_of[r->shape] = (int)k;
        n++;
    }
    return n;
}

static int match_now(walk *w)
{
    const rv__scot_input *in = w->in;
    rv__pairs pairs = { 0 };
    int err = RV_OK;
    for (size_t k = 0; err == RV_OK && k < in->overlaps->n; k++) {
        rv__pair p = in->overlaps->v[k];
        if (!(p.reward > in->least_iou) || w->ground_row[p.row] < 0 || w->proposal_row[p.col] < 0)
            continue;
        p.reward += 100;
        err = RV__PUSH(&pairs, p);
    }
    if (err == RV_OK)
        err = rv__assign(w->partner, &pairs, in->n_ground, in->n_proposals);
    rv__free(pairs.v);
    for (size_t j = 0; j < in->n_proposals; j++)
        w->taken[j] = false;
    for (size_t i = 0; err == RV_OK && i < in->n_ground; i++)
        if (w->partner[i] >= 0)
            w->taken[w->partner[i]] = true;
    return err;
}

static void count_pair(walk *w, int g, int p, bool first_time)
{
    const int was_p = w->ground_partner[g], was_g = w->proposal_partner[p];
    const bool new_g = !w->ground_seen[g], new_p = !w->proposal_seen[p];
    w->r.mismatches += (was_p >= 0 && was_p != p) || (was_g >= 0 && was_g != g);
    w->ground_partner[g] = p;
    w->proposal_partner[p] = g;
    if (first_time)
        return;
    w->r.change_tp += new_g && new_p;
    w->r.change_fp += !new_g && new_p;
    w->r.change_fn += new_g && !new_p;
}

static void count_time(walk *w, size_t n_ground, size_t n_proposals)
{
    const rv__scot_input *in = w->in;
    const bool first_time = w->r.times == 0;
    size_t kept = 0;
    for (size_t i = 0; i < in->n_ground; i++) {
        if (w->ground_row[i] < 0)
            continue;
        const int g = in->ground.v[w->ground_row[i]].id;
        if (w->partner[i] >= 0) {
            kept++;
            count_pair(w, g, in->proposal.v[w->proposal_row[w->partner[i]]].id, first_time);
        } else if (!first_time) {
            w->r.change_fn += !w->ground_seen[g];
        }
    }
    for (size_t j = 0; !first_time && j < in->n_proposals; j++)
        if (w->proposal_row[j] >= 0 && !w->taken[j])
            w->r.change_fp += !w->proposal_seen[in->proposal.v[w->proposal_row[j]].id];
    w->r.tp += (double)kept;
    w->r.fn += (double)(n_ground - kept);
    w->r.fp += (double)(n_proposals - kept);
    w->r.times++;
}

static void remember(walk *w)
{
    const rv__scot_input *in = w->in;
    for (size_t i = 0; i < in->n_ground; i++)
        if (w->ground_row[i] >= 0)
            w->ground_seen[in->ground.v[w->ground_row[i]].id] = true;
    for (size_t j = 0; j < in->n_proposals; j++)
        if (w->proposal_row[j] >= 0)
            w->proposal_seen[in->proposal.v[w->proposal_row[j]].id] = true;
}

static double f1(double tp, double fp, double fn)
{
    const double whole = tp + (fp + fn) / 2;
    return whole > 0 ? tp / whole : 0;
}

int rv__scot(rv__scot_result *out, const rv__scot_input *in)
{
    walk w;
    int err = walk_init(&w, in);
    for (int t = 0; err == RV_OK && t < (int)in->n_times; t++) {
        const size_t n_ground = enter(w.ground_row, in->n_ground, &in->ground, t, in->ground_px2);
        const size_t n_proposals = enter(w.proposal_row, in->n_proposals, &in->proposal, t, NULL);
        if (n_ground == 0)
            continue;
        if ((err = match_now(&w)) < 0)
            break;
        count_time(&w, n_ground, n_proposals);
        remember(&w);
    }
    rv__scot_result *r = &w.r;
    r->tracking = f1(r->tp - r->mismatches, r->fp + r->mismatches, r->fn + r->mismatches);
    r->change = f1(r->change_tp, r->change_fp, r->change_fn);
    const double whole = BETA * BETA * r->change + r->tracking;
    r->score = whole > 0 ? (1 + BETA * BETA) * r->change * r->tracking / whole : 0;
    if (err == RV_OK)
        *out = *r;
    walk_release(&w);
    return err;
}

/* Whether a building stands in a frame. Its day is the true one where it is known, else the bracket's upper end; a finding
 * without that end is reported all the same, and stands after the lower one: undated, from the first frame on. */
static bool stands(const rv__thing *thing, double time, bool found)
{
    const double came = isfinite(thing->complete) ? thing->complete : thing->hi;
    const double went = isfinite(thing->ends) ? thing->ends : thing->hi;
    switch (thing->event) {
    case RV_EVENT_NEW:
    case RV_EVENT_REPLACED:
        return isfinite(came) ? time >= came : found && time > thing->lo;
    case RV_EVENT_DEMOLISHED:
        return time < went;
    case RV_EVENT_WORKS:
        return false;
    default: /* an extended one stood before; its earlier outline is not told */
        return true;
    }
}

static int add_rows(rv__scot_rows *out, const rv__things *things, const rv__score_input *in)
{
    const bool found = things == &in->found;
    for (size_t i = 0; i < things->n; i++) {
        if (!rv__kind_is_building(things->v[i].kind))
            continue;
        for (size_t k = 0; k < in->n_frames; k++) {
            if (!stands(&things->v[i], in->time[k], found))
                continue;
            const int err = RV__PUSH(out, ((rv__scot_row){ (int)k, (int)i, (int)i }));
            if (err < 0)
                return err;
        }
    }
    return RV_OK;
}

static void add_result(rv__tally *t, const rv__scot_result *r)
{
    rv__tally_ratio(t, "scot.score", "all", r->score, 1);
    rv__tally_note(t, "mean over scenes; times from the ground truth alone, as the reference implementation does");
    rv__tally_ratio(t, "scot.tracking", "all", r->tracking, 1);
    rv__tally_ratio(t, "scot.change", "all", r->change, 1);
    if (r->change_tp + r->change_fn <= 0)
        rv__tally_note(t, "nothing new in the truth: change and score are 0 by definition");
}

int rv__score_scot(rv__tally *t, const rv__score_input *in)
{
    rv__pairs overlaps = { 0 };
    rv__scot_result result;
    rv__scot_input s = { .n_times = in->n_frames, .n_ground = in->truth.n, .n_proposals = in->found.n };
    double *px2 = rv__alloc(in->truth.n, sizeof *px2);
    int err = px2 ? RV_OK : RV_ERR_NOMEM;
    for (size_t i = 0; err == RV_OK && i < in->truth.n; i++)
        px2[i] = in->truth.v[i].area_px2;
    if (err == RV_OK && (err = rv__score_overlaps(&overlaps, &in->truth, &in->found)) == RV_OK &&
        (err = add_rows(&s.ground, &in->truth, in)) == RV_OK &&
        (err = add_rows(&s.proposal, &in->found, in)) == RV_OK) {
        s.overlaps = &overlaps;
        s.ground_px2 = px2;
        s.least_iou = LEAST_IOU;
        if ((err = rv__scot(&result, &s)) == RV_OK && result.times > 0)
            add_result(t, &result);
    }
    rv__free(s.proposal.v);
    rv__free(s.ground.v);
    rv__free(overlaps.v);
    rv__free(px2);
    return err < 0 ? err : t->err;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* SCOT against its definition written out the slow way: rows as a table, overlaps of boxes by hand, the assignment by
 * trying every one, sets of ids as lists. Twenty drawn cases, frozen by their seeds, and some by hand. */
#include "base/rng.h"
#include "hand.h"
#include "score/scot.h"

enum { TIMES = 4, PLACES = 6, ROWS = TIMES * PLACES, IDS = 2 * PLACES };

/* One row of the reference's table: a footprint at a time. */
typedef struct slow_row {
    int t, id;
    box b;
} slow_row;

typedef struct slow_rows {
    slow_row v[ROWS];
    int n;
} slow_rows;

static double overlap(double a, double wa, double b, double wb)
{
    return fmax(0, fmin(a + wa, b + wb) - fmax(a, b));
}

static double box_iou(box a, box b)
{
    const double both = overlap(a.x, a.w, b.x, b.w) * overlap(a.y, a.h, b.y, b.h);
    return both / (a.w * a.h + b.w * b.h - both);
}

typedef struct slow_time {
    const slow_row *g[PLACES], *p[PLACES];
    int ng, np;
    int partner[PLACES], best_partner[PLACES];
    double best;
} slow_time;

static void try_all(slow_time *at, int g, unsigned taken, double total)
{
    if (g == at->ng) {
        if (total > at->best) {
            at->best = total;
            memcpy(at->best_partner, at->partner, sizeof at->partner);
        }
        return;
    }
    at->partner[g] = -1;
    try_all(at, g + 1, taken, total);
    for (int p = 0; p < at->np; p++) {
        const double iou = box_iou(at->g[g]->b, at->p[p]->b);
        if ((taken & 1u << p) || !(iou > .25))
            continue;
        at->partner[g] = p;
        try_all(at, g + 1, taken | 1u << p, total + 100 + iou);
    }
    at->partner[g] = -1;
}

static bool has(const int *list, int n, int id)
{
    for (int i = 0; i < n; i++)
        if (list[i] == id)
            return true;
    return false;
}

typedef struct slow_state {
    double tp, fp, fn, mm, ctp, cfp, cfn;
    int seen_g[2 * ROWS], n_g, seen_p[2 * ROWS], n_p;
    int pair_g[ROWS], pair_p[ROWS], n_pairs; /* kept pairs, oldest first */
    int steps;
} slow_state;

static int newest_partner(const int *of, const int *to, int n, int id)
{
    for (int i = n - 1; i >= 0; i--)
        if (of[i] == id)
            return to[i];
    return -1;
}

static void slow_pair(slow_state *s, int g, int p, int n_before)
{
    const int was_p = newest_partner(s->pair_g, s->pair_p, n_before, g);
    const int was_g = newest_partner(s->pair_p, s->pair_g, n_before, p);
    const bool gn = !has(s->seen_g, s->n_g, g), pn = !has(s->seen_p, s->n_p, p);
    s->mm += (was_p >= 0 && was_p != p) || (was_g >= 0 && was_g != g);
    if (s->steps > 0) {
        s->ctp += gn && pn;
        s->cfp += pn && !gn;
        s->cfn += gn && !pn;
    }
    s->pair_g[s->n_pairs] = g;
    s->pair_p[s->n_pairs++] = p;
}

static void slow_step(slow_state *s, slow_time *at)
{
    const int n_before = s->n_pairs;
    unsigned taken = 0;
    at->best = -1;
    try_all(at, 0, 0, 0);
    for (int g = 0; g < at->ng; g++) {
        const int p = at->best_partner[g];
        if (p >= 0) {
            taken |= 1u << p;
            slow_pair(s, at->g[g]->id, at->p[p]->id, n_before);
        } else if (s->steps > 0) {
            s->cfn += !has(s->seen_g, s->n_g, at->g[g]->id);
        }
    }
    for (int p = 0; p < at->np && s->steps > 0; p++)
        s->cfp += !(taken & 1u << p) && !has(s->seen_p, s->n_p, at->p[p]->id);
    const int kept = s->n_pairs - n_before;
    s->tp += kept;
    s->fp += at->np - kept;
    s->fn += at->ng - kept;
    for (int g = 0; g < at->ng; g++)
        s->seen_g[s->n_g++] = at->g[g]->id;
    for (int p = 0; p < at->np; p++)
        s->seen_p[s->n_p++] = at->p[p]->id;
    s->steps++;
}

static double slow_f1(double tp, double fp, double fn)
{
    return tp + (fp + fn) / 2 > 0 ? tp / (tp + (fp + fn) / 2) : 0;
}

static void slow_scot(double out[3], const slow_rows *ground, const slow_rows *proposal)
{
    slow_state s = { 0 };
    for (int t = 0; t < TIMES; t++) {
        slow_time at = { .ng = 0 };
        for (int i = 0; i < ground->n; i++)
            if (ground->v[i].t == t && ground->v[i].b.w * ground->v[i].b.h >= 4)
                at.g[at.ng++] = &ground->v[i];
        for (int i = 0; i < proposal->n; i++)
            if (proposal->v[i].t == t)
                at.p[at.np++] = &proposal->v[i];
        if (at.ng > 0)
            slow_step(&s, &at);
    }
    out[1] = slow_f1(s.tp - s.mm, s.fp + s.mm, s.fn + s.mm);
    out[2] = slow_f1(s.ctp, s.cfp, s.cfn);
    out[0] = 4 * out[2] + out[1] > 0 ? 5 * out[2] * out[1] / (4 * out[2] + out[1]) : 0;
}

/* Every row is a shape of its own; the kernel takes ids from the rows. */
static void fast_scot(rv__scot_result *out, const slow_rows *ground, const slow_rows *proposal)
{
    rv__pairs overlaps = { 0 };
    double px2[IDS > ROWS ? IDS : ROWS] = { 0 };
    rv__scot_input in = { .n_times = TIMES, .n_ground = ROWS, .n_proposals = ROWS, .least_iou = .25 };
    for (int i = 0; i < ground->n; i++) {
        px2[i] = ground->v[i].b.w * ground->v[i].b.h;
        CHECK(RV__PUSH(&in.ground, ((rv__scot_row){ ground->v[i].t, ground->v[i].id, i })) == RV_OK);
        for (int j = 0; j < proposal->n; j++) {
            const rv__pair p = { i, j, box_iou(ground->v[i].b, proposal->v[j].b) };
            if (p.reward > 0)
                CHECK(RV__PUSH(&overlaps, p) == RV_OK);
        }
    }
    for (int j = 0; j < proposal->n; j++)
        CHECK(RV__PUSH(&in.proposal, ((rv__scot_row){ proposal->v[j].t, proposal->v[j].id, j })) == RV_OK);
    in.overlaps = &overlaps;
    in.ground_px2 = px2;
    CHECK(rv__scot(out, &in) == RV_OK);
    rv__free(in.ground.v);
    rv__free(in.proposal.v);
    rv__free(overlaps.v);
}

static double draw(rv__rng *rng, double lo, double hi)
{
    return rv__rng_between(rng, lo, hi);
}

static box draw_box(rv__rng *rng, double around_x, double around_y, double spread)
{
    box b;
    b.x = around_x + draw(rng, -spread, spread);
    b.y = around_y + draw(rng, -spread, spread);
    b.w = draw(rng, 1.5, 7);
    b.h = draw(rng, 1.5, 7);
    return b;
}

/* Crowded boxes that come at some time, proposals near them that are lost, late, or change their id. */
static void draw_case(slow_rows *ground, slow_rows *proposal, uint64_t seed)
{
    rv__rng rng;
    ground->n = proposal->n = 0;
    rv__rng_init(&rng, seed, 1, 0, 0x5C07);
    for (int k = 0; k < PLACES; k++) {
        const box b = draw_box(&rng, 8, 8, 7);
        const int from = (int)rv__rng_below(&rng, TIMES), late = (int)rv__rng_below(&rng, 2);
        for (int t = 0; t < TIMES; t++) {
            box near = b;
            near.x += draw(&rng, -1, 1);
            near.w *= draw(&rng, .8, 1.2);
            const uint32_t lost = rv__rng_below(&rng, 4), other = rv__rng_below(&rng, 5);
            if (t >= from)
                ground->v[ground->n++] = (slow_row){ t, k, b };
            if (t >= from + late && lost > 0)
                proposal->v[proposal->n++] = (slow_row){ t, other == 0 ? k + PLACES : k, near };
        }
    }
}

/* What the slow way gives, frozen: score, tracking, change. */
static const double frozen[20][3] = {
    { 0.000000000000, 0.560000000000, 0.000000000000 }, { 0.643274853801, 0.758620689655, 0.400000000000 },
    { 0.512820512821, 0.533333333333, 0.444444444444 }, { 0.416666666667, 0.500000000000, 0.250000000000 },
    { 0.551181102362, 0.608695652174, 0.400000000000 }, { 0.000000000000, 0.500000000000, 0.000000000000 },
    { 0.507614213198, 0.526315789474, 0.444444444444 }, { 0.705128205128, 0.785714285714, 0.500000000000 },
    { 0.460526315789, 0.583333333333, 0.250000000000 }, { 0.440251572327, 0.583333333333, 0.222222222222 },
    { 0.468750000000, 0.600000000000, 0.250000000000 }, { 0.000000000000, 0.518518518519, 0.000000000000 },
    { 0.508474576271, 0.631578947368, 0.285714285714 }, { 0.602409638554, 0.689655172414, 0.400000000000 },
    { 0.365853658537, 0.461538461538, 0.200000000000 }, { 0.500000000000, 0.571428571429, 0.333333333333 },
    { 0.502283105023, 0.733333333333, 0.222222222222 }, { 0.657894736842, 0.714285714286, 0.500000000000 },
    { 0.486486486486, 0.692307692308, 0.222222222222 }, { 0.562770562771, 0.742857142857, 0.285714285714 },
};

TEST(twenty_drawn_cases_agree_with_the_definition_written_out)
{
    double least = 1, most = 0;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        slow_rows ground, proposal;
        rv__scot_result fast;
        double slow[3];
        draw_case(&ground, &proposal, seed);
        slow_scot(slow, &ground, &proposal);
        fast_scot(&fast, &ground, &proposal);
        CHECK_NEAR(fast.score, slow[0], 1e-12);
        CHECK_NEAR(fast.tracking, slow[1], 1e-12);
        CHECK_NEAR(fast.change, slow[2], 1e-12);
        for (int k = 0; k < 3; k++)
            CHECK_NEAR(slow[k], frozen[seed - 1][k], 1e-9);
        least = fmin(least, slow[0]);
        most = fmax(most, slow[0]);
    }
    CHECK(least < most - .2); /* the cases say something */
}

static const box A = { 0, 0, 4, 4 }, B = { 20, 0, 4, 4 };

static rv__scot_result score_rows(const slow_row *g, int ng, const slow_row *p, int np)
{
    slow_rows ground = { .n = ng }, proposal = { .n = np };
    rv__scot_result r;
    memcpy(ground.v, g, (size_t)ng * sizeof *g);
    if (np > 0)
        memcpy(proposal.v, p, (size_t)np * sizeof *p);
    fast_scot(&r, &ground, &proposal);
    return r;
}

TEST(what_is_the_truth_scores_one)
{
    const slow_row g[] = { { 0, 0, A }, { 1, 0, A }, { 1, 1, B } };
    const rv__scot_result r = score_rows(g, 3, g, 3);
    CHECK(r.tracking == 1 && r.change == 1 && r.score == 1 && r.times == 2);
}

TEST(nothing_found_scores_zero)
{
    const slow_row g[] = { { 0, 0, A }, { 1, 0, A }, { 1, 1, B } };
    const rv__scot_result r = score_rows(g, 3, NULL, 0);
    CHECK(r.tracking == 0 && r.change == 0 && r.score == 0 && r.fn == 3);
}

/*  time      0    1    2         one swap of ids: the pair at 2 has another partner, TP 4, mm 1
 *  A ground  0    0    0         T = (4 - 1) / (3 + (1 + 1 + 1) / 2) with FN = 1 (B at 1)
 *  A found   0    0    7         B is new at 1 and missed: cFN; seen at 2 for the first time only by us: cFP
 *  B ground  -    1    1         at 2 the 7 is new to us and old in truth: cFP */
TEST(a_changed_id_and_a_late_find_count_as_computed_by_hand)
{
    const slow_row g[] = { { 0, 0, A }, { 1, 0, A }, { 2, 0, A }, { 1, 1, B }, { 2, 1, B } };
    const slow_row p[] = { { 0, 0, A }, { 1, 0, A }, { 2, 7, A }, { 2, 1, B } };
    const rv__scot_result r = score_rows(g, 5, p, 4);
    CHECK(r.tp == 4 && r.fn == 1 && r.fp == 0 && r.mismatches == 1);
    CHECK(r.change_tp == 0 && r.change_fp == 2 && r.change_fn == 1);
    CHECK_NEAR(r.tracking, 3 / (3 + 1.5), 1e-12);
    CHECK(r.score == 0);
}

TEST(times_without_truth_are_not_scored_as_in_the_reference)
{
    const slow_row g[] = { { 0, 0, A }, { 2, 0, A }, { 2, 1, B } };
    const slow_row p[] = { { 0, 0, A }, { 1, 5, B }, { 2, 0, A }, { 2, 1, B } };
    const rv__scot_result r = score_rows(g, 3, p, 4);
    CHECK(r.times == 2 && r.fp == 0 && r.score == 1);
}

TEST(truths_below_four_px2_are_dropped_and_proposals_are_not)
{
    const box small = { 40, 0, 1.9, 2 };
    const slow_row g[] = { { 0, 0, A }, { 0, 1, small } };
    const rv__scot_result r = score_rows(g, 2, g, 2);
    CHECK(r.tp == 1 && r.fn == 0 && r.fp == 1);
}

TEST(an_overlap_of_exactly_the_limit_is_no_match)
{
    const box half = { 0, 0, 2, 2 }; /* IoU 4 / 16 = .25 */
    const slow_row g[] = { { 0, 0, A } }, p[] = { { 0, 0, half } };
    CHECK(score_rows(g, 1, p, 1).tp == 0);
}

/* A scene: what stood, what came at the second frame, what went before the third. */
TEST(structures_stand_in_the_frames_their_events_say)
{
    rv__score_input in = { .n_frames = 3 };
    rv__tally t = { 0 };
    double time[] = { 100, 200, 300 };
    in.time = time;
    add_box(&in.truth, RV_EVENT_NONE, A);
    add_box(&in.truth, RV_EVENT_NEW, B)->complete = 150;
    add_box(&in.truth, RV_EVENT_DEMOLISHED, (box){ 40, 0, 4, 4 })->ends = 250;
    add_box(&in.found, RV_EVENT_NONE, A);
    add_box(&in.found, RV_EVENT_NEW, B)->hi = 200;
    add_box(&in.found, RV_EVENT_DEMOLISHED, (box){ 40, 0, 4, 4 })->hi = 300;
    CHECK(rv__score_scot(&t, &in) == RV_OK);
    CHECK_SCORE(&t, "scot.score", 1);
    CHECK(strstr(score_of(&t, 1, "scot.score", "all").note, "ground truth alone") != NULL);
    in.time = NULL;
    rv__score_input_release(&in);
    rv__tally_release(&t);
}

/* A new finding of no truth: undated it is wrong in all three frames, with a lower end alone in those after it. */
TEST(an_undated_new_finding_stands_from_the_first_frame)
{
    static const double lo[] = { -INFINITY, 100 }, tracking[] = { 3 / 4.5, 3 / 4.0 };
    for (int k = 0; k < 2; k++) {
        rv__score_input in = { .n_frames = 3 };
        rv__tally t = { 0 };
        double time[] = { 100, 200, 300 };
        in.time = time;
        add_box(&in.truth, RV_EVENT_NONE, A);
        add_box(&in.found, RV_EVENT_NONE, A);
        add_box(&in.found, RV_EVENT_NEW, B)->lo = lo[k];
        CHECK(rv__score_scot(&t, &in) == RV_OK);
        CHECK_SCORE(&t, "scot.tracking", tracking[k]);
        in.time = NULL;
        rv__score_input_release(&in);
        rv__tally_release(&t);
    }
}

TESTS(RUN(twenty_drawn_cases_agree_with_the_definition_written_out), RUN(what_is_the_truth_scores_one),
      RUN(nothing_found_scores_zero), RUN(a_changed_id_and_a_late_find_count_as_computed_by_hand),
      RUN(times_without_truth_are_not_scored_as_in_the_reference),
      RUN(truths_below_four_px2_are_dropped_and_proposals_are_not), RUN(an_overlap_of_exactly_the_limit_is_no_match),
      RUN(structures_stand_in_the_frames_their_events_say), RUN(an_undated_new_finding_stands_from_the_first_frame))

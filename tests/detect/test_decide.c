/* SPDX-License-Identifier: Apache-2.0 */
/* Scores go the way their terms say, and shadows are not buildings. */
#include "base/mem.h"
#include "detect/decide.h"
#include "lib/oom.h"
#include "lib/test.h"

enum { W = 60, H = 40 };

/* 1 fine, 2 coarse, 3 coarse by the fitted model. */
static rv__scale scale_of(int kind, bool vegetation)
{
    const int zoom = kind == 1 ? 1 : 2;
    return (rv__scale){ .width = W / zoom,
                        .height = H / zoom,
                        .n = 6,
                        .zoom = zoom,
                        .fitted = kind == 3,
                        .channels = 3,
                        .vegetation = vegetation,
                        .size_px = 24,
                        .shadow = { 0, -1 },
                        .shadow_first = { 0, -1 } };
}

/* A new bright rectangle, clean and closed. */
static rv__candidate fresh(void)
{
    return (rv__candidate){ .px = 96,
                            .fill = .95,
                            .elongation = 1.5,
                            .seen = 1,
                            .contrast = { { 0, 0, 0 }, { 8, 0, 2 } },
                            .separation = { .2f, 3 },
                            .leak = { .8f, .1f },
                            .edge = { .5f, 3 },
                            .edge_rank = { .4f, .95f },
                            .green_rank = { .5f, .2f },
                            .shadow = { 0, .1f },
                            .kept = 0,
                            .had = 1,
                            .own = .9f };
}

static double score(const rv__candidate *item, const rv__scale *s)
{
    rv__candidate c = *item;
    rv__decide_score(&c, s);
    CHECK(c.hypothesis == RV__NEW);
    return c.score;
}

/* Which way the score goes when one measure of a new building grows by a tenth: float fields by their offset. */
static const struct {
    const char *name;
    size_t offset;
    int sign;
} terms[] = {
    { "edge before", offsetof(rv__candidate, edge), -1 },
    { "edge after", offsetof(rv__candidate, edge) + sizeof(float), 1 },
    { "edge rank after", offsetof(rv__candidate, edge_rank) + sizeof(float), 1 },
    { "leak after", offsetof(rv__candidate, leak) + sizeof(float), -1 },
    { "separation after", offsetof(rv__candidate, separation) + sizeof(float), 1 },
    { "greenness after", offsetof(rv__candidate, green_rank) + sizeof(float), -1 },
    { "kept", offsetof(rv__candidate, kept), -1 },
    { "shadow after", offsetof(rv__candidate, shadow) + sizeof(float), -1 }, /* darker beside it is better */
};

/* By hand every step counts; the fitted curves are flat in places, but never turn. */
TEST(each_measure_moves_the_score_the_way_it_should_at_both_resolutions)
{
    for (int kind = 1; kind <= 3; kind++) {
        const rv__scale s = scale_of(kind, true);
        for (size_t i = 0; i < sizeof terms / sizeof *terms; i++) {
            double last = NAN;
            for (int k = 0; k < 4; k++) {
                rv__candidate c = fresh();
                float *at = (float *)(void *)((char *)&c + terms[i].offset);
                *at += .02f * (float)k;
                const double now = score(&c, &s);
                if (k && !(terms[i].sign * (now - last) > (kind < 3 ? 1e-4 : -1e-12))) {
                    printf("# %s, kind %d: %g after %g\n", terms[i].name, kind, now, last);
                    CHECK(false);
                }
                last = now;
            }
        }
    }
}

TEST(ragged_long_and_borrowed_shapes_score_less)
{
    for (int kind = 1; kind <= 3; kind++) {
        const rv__scale s = scale_of(kind, true);
        const rv__candidate good = fresh();
        rv__candidate ragged = good, stretched = good, borrowed = good, small = good;
        ragged.fill = .7;
        stretched.elongation = 5;
        borrowed.own = .1f;
        small.px = 30;
        CHECK(score(&ragged, &s) <= score(&good, &s) && (kind == 3 || score(&ragged, &s) < score(&good, &s)));
        CHECK(score(&stretched, &s) <= score(&good, &s) && (kind == 3 || score(&stretched, &s) < score(&good, &s)));
        CHECK(kind == 3 || score(&borrowed, &s) < score(&good, &s));
        CHECK(score(&small, &s) <= score(&good, &s));
    }
}

TEST(growth_counts_against_it_only_where_greenness_means_plants)
{
    rv__candidate grown = fresh();
    grown.contrast[RV__AFTER][RV__GREEN] = 6;
    const rv__scale with = scale_of(2, true), without = scale_of(2, false);
    const rv__candidate bare = fresh();
    CHECK_NEAR(score(&grown, &without), score(&bare, &without), 1e-12);
    CHECK_NEAR(score(&bare, &with) - score(&grown, &with), 3, 1e-6); /* .5 a noise unit */
    grown.contrast[RV__AFTER][RV__GREEN] = -6;                       /* a meadow that became a roof */
    CHECK_NEAR(score(&grown, &with), score(&bare, &with), 1e-12);
}

TEST(what_is_in_one_picture_is_new_or_gone_and_what_is_in_both_stood)
{
    const rv__scale s = scale_of(2, true), one = { .width = W, .height = H, .n = 1, .zoom = 2, .size_px = 24 };
    rv__candidate c = fresh();
    rv__decide_score(&c, &s);
    CHECK(c.hypothesis == RV__NEW);
    c.kept = c.had = 1;
    rv__decide_score(&c, &s);
    CHECK(c.hypothesis == RV__STOOD);
    c.had = 0;
    rv__decide_score(&c, &s);
    CHECK(c.hypothesis == RV__GONE);
    rv__decide_score(&c, &one); /* one scene tells of no change */
    CHECK(c.hypothesis == RV__STOOD);
}

/* The same thing the other way round in time: two less, since razing is rarer than building. */
TEST(a_razed_building_scores_as_a_new_one_less_the_prior)
{
    rv__candidate up = fresh(), down = fresh();
    up.step_green = up.green_rank[1]; /* of a thing that went, the series is not asked when it was greenest */
    for (int k = 0; k < RV__CHANNELS; k++) {
        down.contrast[0][k] = up.contrast[1][k];
        down.contrast[1][k] = up.contrast[0][k];
    }
    for (int e = 0; e < 2; e++) {
        down.separation[e] = up.separation[!e];
        down.leak[e] = up.leak[!e];
        down.edge[e] = up.edge[!e];
        down.edge_rank[e] = up.edge_rank[!e];
        down.green_rank[e] = up.green_rank[!e];
        down.shadow[e] = up.shadow[!e];
    }
    down.kept = up.had;
    down.had = up.kept;
    for (int kind = 1; kind <= 3; kind++) {
        const rv__scale s = scale_of(kind, true);
        rv__decide_score(&down, &s);
        CHECK(down.hypothesis == RV__GONE);
        CHECK_NEAR(down.score, score(&up, &s) - 2, 1e-9);
    }
}

TEST(false_alarms_fall_with_the_score_and_rise_with_the_image)
{
    for (int kind = 1; kind <= 3; kind++) {
        rv__scale s = scale_of(kind, true), large = s;
        s.width = s.height = 1000;
        large.width = 2000;
        large.height = 1000;
        for (double v = -2; v < 12; v += .5) {
            const double nfa = rv__decide_nfa(v, RV__NEW, &s), odds = rv__decide_likelihood(v, RV__NEW, &s);
            CHECK(rv__decide_nfa(v + .5, RV__NEW, &s) < nfa);
            CHECK_NEAR(rv__decide_nfa(v, RV__NEW, &large) / nfa, 2, 1e-9);
            CHECK_NEAR(rv__decide_limit(nfa, RV__NEW, &s), v, 1e-9);
            CHECK(odds > 0 && odds < rv__decide_likelihood(v + .5, RV__NEW, &s));
        }
    }
    const rv__scale fine = { .width = 1000, .height = 1000, .zoom = 1, .size_px = 24 };
    CHECK_NEAR(rv__decide_nfa(2.3013, RV__NEW, &fine), 1e6 / 240, 1e-6); /* one test for each ten smallest objects */
}

static void add_box(rv__candidates *list, rv__candidate item, const int box[4], double value)
{
    rv__run runs[H];
    for (int row = box[1]; row < box[3]; row++)
        runs[row - box[1]] = (rv__run){ row, box[0], box[2] };
    item.col0 = box[0];
    item.row0 = box[1];
    item.col1 = box[2];
    item.row1 = box[3];
    item.n_runs = (size_t)(box[3] - box[1]);
    item.px = (double)(box[2] - box[0]) * (box[3] - box[1]);
    item.score = value;
    CHECK_FAILS(RV_OK, rv__candidates_add(list, &item, runs));
}

static const rv__maps maps = { .w = W, .h = H, .zoom = 1, .channels = 3 };

/* Sun in the south, shadows to the north (-row). What is dark and lies north of a chosen roof is its shadow. */
static size_t after_shadows(int hypothesis, float light, const int dark[4], const double direction[2])
{
    rv__candidates list = { 0 };
    rv__candidate roof = fresh(), shade = fresh();
    const int e = hypothesis == RV__GONE ? RV__BEFORE : RV__AFTER;
    rv__scale s = scale_of(1, true);
    s.shadow[0] = s.shadow_first[0] = direction[0];
    s.shadow[1] = s.shadow_first[1] = direction[1];
    (e == RV__AFTER ? s.shadow_first : s.shadow)[1] *= -1; /* the other picture's sun does not matter */
    roof.hypothesis = RV__STOOD;
    shade.hypothesis = hypothesis;
    shade.contrast[e][RV__LIGHT] = light;
    shade.contrast[!e][RV__LIGHT] = 8;
    add_box(&list, roof, (const int[4]){ 20, 20, 35, 30 }, 8);
    add_box(&list, shade, dark, 5);
    size_t order[2] = { 0, 1 }, n = 2;
    CHECK_FAILS(RV_OK, rv__decide_shadows(order, &n, &list, &maps, &s));
    CHECK(n >= 1 && order[0] == 0);
    rv__candidates_release(&list);
    return n;
}

TEST(a_dark_thing_that_came_or_went_on_the_shadow_side_of_another_is_dropped)
{
    const int north[4] = { 20, 14, 35, 20 }, south[4] = { 20, 30, 35, 36 }, away[4] = { 42, 14, 57, 20 };
    const double up[2] = { 0, -1 }, unknown[2] = { 0, 0 };
    CHECK(after_shadows(RV__NEW, -5, north, up) == 1);
    CHECK(after_shadows(RV__GONE, -5, north, up) == 1);
    CHECK(after_shadows(RV__STOOD, -5, north, up) == 2); /* a dark house that stands throughout */
    CHECK(after_shadows(RV__NEW, 5, north, up) == 2);    /* bright */
    CHECK(after_shadows(RV__NEW, -5, south, up) == 2);
    CHECK(after_shadows(RV__NEW, -5, away, up) == 2);
    CHECK(after_shadows(RV__NEW, -5, north, unknown) == 2);
}

static int drop_shadows(void *user)
{
    size_t order = 0, n = 1;
    const rv__scale s = scale_of(1, true);
    return rv__decide_shadows(&order, &n, user, &maps, &s);
}

TEST(looking_for_shadows_survives_any_failed_allocation)
{
    rv__candidates list = { 0 };
    add_box(&list, fresh(), (const int[4]){ 5, 5, 15, 15 }, 3);
    CHECK_SURVIVES_OOM(drop_shadows, &list);
    rv__candidates_release(&list);
}

TESTS(RUN(each_measure_moves_the_score_the_way_it_should_at_both_resolutions),
      RUN(ragged_long_and_borrowed_shapes_score_less), RUN(growth_counts_against_it_only_where_greenness_means_plants),
      RUN(what_is_in_one_picture_is_new_or_gone_and_what_is_in_both_stood),
      RUN(a_razed_building_scores_as_a_new_one_less_the_prior),
      RUN(false_alarms_fall_with_the_score_and_rise_with_the_image),
      RUN(a_dark_thing_that_came_or_went_on_the_shadow_side_of_another_is_dropped),
      RUN(looking_for_shadows_survives_any_failed_allocation))

/* SPDX-License-Identifier: Apache-2.0 */
/* What a chosen candidate is, and how much is asked of it where the analyst points. */
#include "base/mem.h"
#include "detect/classify.h"
#include "detect/decide.h"
#include "detect/focus.h"
#include "detect/kinds.h"
#include "detect/model.h"
#include "lib/test.h"

static const rv__scale scale = { .width = 256,
                                 .height = 256,
                                 .n = 8,
                                 .zoom = 2,
                                 .fine_m = 1.5,
                                 .channels = 3,
                                 .vegetation = true,
                                 .fitted = true,
                                 .series = true,
                                 .traits = true,
                                 .size_px = 24 };

/* A bright thing of so many m2 with a shadow, straight edges or none, in a picture of 3 m. */
static rv__candidate thing(double m2, double elongation, float straight, double square)
{
    rv__candidate c = { .px = m2 / 2.25,
                        .fill = 1,
                        .elongation = elongation,
                        .rough = 3.4,
                        .seen = 1,
                        .separation = { .2f, 2.5f },
                        .leak = { .9f, .05f },
                        .edge = { .5f, 5 },
                        .edge_rank = { .3f, .93f },
                        .green_rank = { .6f, .1f },
                        .shadow = { 0, -.15f },
                        .contrast = { { 0, 0, 0 }, { 5, -3, 0 } },
                        .kept = .02f,
                        .had = -.3f,
                        .own = 1,
                        .alike = .1f,
                        .square = (float)square,
                        .straight = { straight, straight },
                        .unrest = { 1, 1.2f },
                        .step_n = 8,
                        .step_gain = 60,
                        .step_sd = 8,
                        .step_clean = 1,
                        .hypothesis = RV__NEW,
                        .score = 6 };
    return c;
}

TEST(shares_add_up_to_one_and_stay_with_their_hypothesis)
{
    for (int h = RV__NEW; h <= RV__WORKS; h++) {
        rv__candidate c = thing(500, 1.5, .6f, .8);
        double share[RV_KIND_OTHER + 1], sum = 0;
        c.hypothesis = h;
        rv__kinds_shares(share, &c, &scale);
        for (int k = 0; k <= RV_KIND_OTHER; k++)
            sum += share[k];
        CHECK_NEAR(sum, 1, 1e-12);
        CHECK_NEAR(share[RV_KIND_SPOIL] + share[RV_KIND_PORTAL_WORKS], h == RV__WORKS, 1e-12);
    }
}

TEST(a_hall_a_house_and_a_tank_are_told_by_size_and_shape)
{
    rv_structure s = { 0 };
    rv__candidate hall = thing(4500, 1.7, .85f, .88), tank = thing(600, 1.05, .1f, .79),
                  house = thing(120, 1.6, .4f, .8);
    house.near_alike = 6;
    rv__classify(&s, &hall, &scale);
    CHECK(s.kind == RV_KIND_HALL && s.event == RV_EVENT_NEW && s.likelihood > .5);
    rv__classify(&s, &tank, &scale);
    CHECK(s.kind == RV_KIND_TANK);
    rv__classify(&s, &house, &scale);
    CHECK(s.kind == RV_KIND_HOUSE);
}

TEST(other_kinds_are_listed_with_their_chances_and_those_that_stood_are_existing)
{
    rv_structure s = { 0 };
    rv__candidate c = thing(1000, 1.5, .5f, .8);
    int named = 0;
    for (double m2 = 60; m2 < 8000; m2 *= 1.2) {
        char kind[64];
        double share;
        c.px = m2 / 2.25;
        rv__classify(&s, &c, &scale);
        if (!s.alternatives[0])
            continue;
        CHECK(sscanf(s.alternatives, "%63[a-z_] %lf", kind, &share) == 2 && share >= .05 && share <= s.likelihood);
        CHECK(strcmp(kind, rv_kind_names()[s.kind]) != 0);
        named++;
    }
    CHECK(named > 5);
    c.hypothesis = RV__STOOD;
    rv__classify(&s, &c, &scale);
    CHECK(s.kind == RV_KIND_EXISTING && s.event == RV_EVENT_NONE && s.alternatives[0]);
    CHECK_NEAR(s.likelihood, rv__decide_likelihood(c.score, RV__STOOD, &scale), 1e-12);
    c.hypothesis = RV__WORKS;
    rv__classify(&s, &c, &scale);
    CHECK(s.event == RV_EVENT_WORKS && s.kind != RV_KIND_BUILDING);
    CHECK(s.kind != RV_KIND_PORTAL_WORKS || s.likelihood <= .75); /* never told for certain */
}

TEST(nothing_is_said_of_kinds_where_pixels_have_no_size)
{
    rv_structure s = { 0 };
    rv__scale unknown = scale;
    rv__candidate c = thing(350, 1.5, .5f, .8);
    unknown.fine_m = 0;
    rv__classify(&s, &c, &unknown);
    CHECK(s.kind == RV_KIND_BUILDING && !s.alternatives[0]);
}

TEST(neighbours_are_alike_by_size_and_hypothesis_within_a_few_widths)
{
    rv__candidate v[5];
    const int col[5] = { 0, 25, 50, 25, 400 };
    rv__candidates list = { .v = v, .n = 5 };
    const size_t order[] = { 0, 1, 2, 3, 4 };
    for (int i = 0; i < 5; i++) {
        v[i] = thing(225, 1, .5f, .8);
        v[i].col0 = col[i];
        v[i].col1 = col[i] + 10;
        v[i].row1 = 10;
    }
    v[3].hypothesis = RV__WORKS;
    rv__kinds_neighbours(&list, order, 5);
    CHECK(v[0].near_alike == 1 && v[1].near_alike == 2 && v[4].near_alike == 0);
    CHECK(v[0].near_works == 1 && v[3].near_works == 0 && v[3].near_alike == 0 && v[4].near_works == 0);
}

TEST(near_a_point_of_interest_less_is_asked)
{
    rv_grid grid = { .width = 100, .height = 100, .gt = { 0, 1, 0, 0, 0, 1 }, .gsd_m = 3 };
    rv_point at = { 50, 50 };
    rv_ring ring = { &at, 1 };
    const rv_place places[] = { { .role = RV_ROLE_POI, .radius_m = 30, .shape = { &ring, 1 } },
                                { .role = RV_ROLE_AOI, .radius_m = NAN, .shape = { &ring, 1 } } };
    rv__focus focus = { 0 };
    CHECK_FAILS(RV_OK, rv__focus_make(&focus, places, 2, &grid));
    CHECK(focus.n == 1);
    CHECK_NEAR(rv__focus_ease(&focus, 50, 50), log(4), 1e-12);
    CHECK(rv__focus_ease(&focus, 50, 59.5) > 0 && rv__focus_ease(&focus, 50, 60.5) == 0); /* 30 m */
    CHECK(rv__focus_ease(NULL, 50, 50) == 0);
    rv__focus_release(&focus);
}

TESTS(RUN(shares_add_up_to_one_and_stay_with_their_hypothesis),
      RUN(a_hall_a_house_and_a_tank_are_told_by_size_and_shape),
      RUN(other_kinds_are_listed_with_their_chances_and_those_that_stood_are_existing),
      RUN(nothing_is_said_of_kinds_where_pixels_have_no_size),
      RUN(neighbours_are_alike_by_size_and_hypothesis_within_a_few_widths), RUN(near_a_point_of_interest_less_is_asked))

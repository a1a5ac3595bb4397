/* SPDX-License-Identifier: Apache-2.0 */
/* Curves, traits of a change and of what stood, and that the fitted model only goes the ways it may. */
#include "detect/model.h"
#include "lib/test.h"

TEST(a_curve_is_straight_between_its_knots_and_constant_outside)
{
    const rv__curve c = { 3, { 0, 1, 3 }, { 2, 4, 3 } }, none = { 0 };
    const double at[][2] = { { -5, 2 }, { 0, 2 }, { .5, 3 }, { 1, 4 }, { 2, 3.5 }, { 3, 3 }, { 9, 3 }, { NAN, 2 } };
    for (size_t i = 0; i < sizeof at / sizeof *at; i++)
        CHECK_NEAR(rv__curve_at(&c, at[i][0]), at[i][1], 1e-12);
    CHECK_NEAR(rv__curve_at(&none, 7), 0, 0);
}

static const rv__scale scale = { .n = 8, .zoom = 2, .channels = 3, .size_px = 24 };

static rv__candidate house(void)
{
    return (rv__candidate){ .px = 96,
                            .fill = .9,
                            .elongation = 2,
                            .rough = 3,
                            .separation = { .5f, 2 },
                            .leak = { .9f, .2f },
                            .edge = { 1, 4 },
                            .edge_rank = { .3f, .9f },
                            .green_rank = { .7f, .1f },
                            .shadow = { .1f, -.1f },
                            .contrast = { { 1, 0, 0 }, { -3, 0, 0 } },
                            .kept = .1f,
                            .had = -.4f,
                            .alike = .2f,
                            .square = .8f,
                            .unrest = { 1, 2 },
                            .step_n = 8,
                            .step_gain = 20,
                            .step_sd = 5,
                            .step_share = .25f,
                            .step_clean = .875f };
}

TEST(a_change_is_described_by_the_picture_it_is_in)
{
    const rv__candidate c = house();
    double v[RV__TRAITS];
    rv__traits_change(v, &c, RV__AFTER, &scale);
    CHECK_NEAR(v[RV__TRAIT_LEAK], .2, 1e-6);
    CHECK_NEAR(v[RV__TRAIT_EDGE], .9, 1e-6);
    CHECK_NEAR(v[RV__TRAIT_EDGE_OTHER], .3, 1e-6);
    CHECK_NEAR(v[RV__TRAIT_RISE], log(4.1 / 1.1), 1e-6);
    CHECK_NEAR(v[RV__TRAIT_KEPT], .1, 1e-6);
    CHECK_NEAR(v[RV__TRAIT_SHADOW], -.2, 1e-6);
    CHECK_NEAR(v[RV__TRAIT_DARK], 3, 1e-6);
    CHECK_NEAR(v[RV__TRAIT_SIZE], log(4), 1e-9);
    CHECK_NEAR(v[RV__TRAIT_SHARE], .25, 1e-6);
    CHECK_NEAR(v[RV__TRAIT_GAIN], log(21), 1e-6);
    rv__traits_change(v, &c, RV__BEFORE, &scale);
    CHECK_NEAR(v[RV__TRAIT_LEAK], .9, 1e-6);
    CHECK_NEAR(v[RV__TRAIT_KEPT], .4, 1e-6); /* a reversed contrast counts like the same one */
    CHECK_NEAR(v[RV__TRAIT_SHADOW], .2, 1e-6);
    CHECK_NEAR(v[RV__TRAIT_SHARE], 0, 0);
}

TEST(what_stood_is_described_by_the_picture_where_it_looks_less_like_a_building)
{
    const rv__candidate c = house();
    double v[RV__TRAITS];
    rv__traits_standing(v, &c, &scale);
    CHECK_NEAR(v[RV__TRAIT_SEPARATION], log(.55), 1e-6);
    CHECK_NEAR(v[RV__TRAIT_LEAK], .9, 1e-6);
    CHECK_NEAR(v[RV__TRAIT_EDGE], .3, 1e-6);
    CHECK_NEAR(v[RV__TRAIT_GREEN], .7, 1e-6);
    CHECK_NEAR(v[RV__TRAIT_SHADOW], .1, 1e-6);
    CHECK_NEAR(v[RV__TRAIT_UNREST], log(2.3), 1e-6);
    CHECK_NEAR(v[RV__TRAIT_KEPT], .9, 1e-6);
}

TEST(a_series_too_short_to_tell_counts_as_a_good_step)
{
    rv__candidate c = house();
    double v[RV__TRAITS];
    c.step_n = 5;
    c.step_clean = 0;
    rv__traits_change(v, &c, RV__AFTER, &scale);
    CHECK_NEAR(v[RV__TRAIT_CLEAN], 1, 0);
    CHECK_NEAR(v[RV__TRAIT_SHARE], 0, 0);
    CHECK(v[RV__TRAIT_GAIN] > 3 && v[RV__TRAIT_STEP] > 1.5);
}

/* Which way each trait of a change may go. */
static const int way[RV__TRAITS] = {
    [RV__TRAIT_SEPARATION] = 1, [RV__TRAIT_LEAK] = -1,  [RV__TRAIT_EDGE] = 1,    [RV__TRAIT_RAGGED] = -1,
    [RV__TRAIT_ROUGH] = -1,     [RV__TRAIT_LONG] = -1,  [RV__TRAIT_SIZE] = 1,    [RV__TRAIT_GREEN] = -1,
    [RV__TRAIT_RISE] = 1,       [RV__TRAIT_KEPT] = -1,  [RV__TRAIT_SHADOW] = -1, [RV__TRAIT_DARK] = -1,
    [RV__TRAIT_ALIKE] = -1,     [RV__TRAIT_SQUARE] = 1, [RV__TRAIT_UNREST] = -1, [RV__TRAIT_CLEAN] = 1,
    [RV__TRAIT_GAIN] = 1,       [RV__TRAIT_STEP] = 1,   [RV__TRAIT_SHARE] = -1,  [RV__TRAIT_EDGE_OTHER] = -1,
};

TEST(the_fitted_curves_are_sound_and_only_go_the_ways_they_may)
{
    int used = 0;
    for (int i = 0; i < RV__TRAITS; i++) {
        const rv__curve *c = &rv__model_change.curve[i];
        CHECK(c->n == 0 || (c->n >= 2 && c->n <= RV__KNOTS));
        used += c->n > 0;
        for (int k = 1; k < c->n; k++) {
            CHECK(c->x[k] > c->x[k - 1]);
            CHECK(way[i] * (c->y[k] - c->y[k - 1]) >= 0);
        }
    }
    CHECK(used >= 8);
    CHECK(rv__model_law.rate > 0 && rv__model_law.slope > 0);
}

TEST(a_score_is_the_bias_and_what_each_trait_adds)
{
    const rv__model m = {
        1, { [RV__TRAIT_LEAK] = { 2, { 0, 1 }, { 0, -4 } }, [RV__TRAIT_SIZE] = { 2, { 0, 2 }, { 0, 1 } } }
    };
    double v[RV__TRAITS] = { 0 };
    v[RV__TRAIT_LEAK] = .5;
    v[RV__TRAIT_SIZE] = 1;
    CHECK_NEAR(rv__model_score(&m, v), 1 - 2 + .5, 1e-12);
}

TESTS(RUN(a_curve_is_straight_between_its_knots_and_constant_outside),
      RUN(a_change_is_described_by_the_picture_it_is_in),
      RUN(what_stood_is_described_by_the_picture_where_it_looks_less_like_a_building),
      RUN(a_series_too_short_to_tell_counts_as_a_good_step),
      RUN(the_fitted_curves_are_sound_and_only_go_the_ways_they_may), RUN(a_score_is_the_bias_and_what_each_trait_adds))

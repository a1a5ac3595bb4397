/* SPDX-License-Identifier: Apache-2.0 */
/* Trees, traits of a change and of what stood, and that the fitted model only goes the ways it may. */
#include "detect/model.h"
#include "lib/test.h"

static const rv__scale scale = { .n = 8, .zoom = 2, .channels = 3, .vegetation = true, .size_px = 24 };

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

/* Which way each trait of a change may go; 0: either. */
static const int way[RV__TRAITS] = {
    [RV__TRAIT_SEPARATION] = 1,  [RV__TRAIT_LEAK] = -1,   [RV__TRAIT_EDGE] = 1,    [RV__TRAIT_RAGGED] = -1,
    [RV__TRAIT_ROUGH] = -1,      [RV__TRAIT_LONG] = -1,   [RV__TRAIT_SIZE] = 1,    [RV__TRAIT_GREEN] = -1,
    [RV__TRAIT_EXCESS] = -1,     [RV__TRAIT_RISE] = 1,    [RV__TRAIT_KEPT] = -1,   [RV__TRAIT_SHADOW] = -1,
    [RV__TRAIT_DARK] = -1,       [RV__TRAIT_BRIGHT] = 1,  [RV__TRAIT_ALIKE] = -1,  [RV__TRAIT_SQUARE] = 1,
    [RV__TRAIT_STRAIGHT] = 1,    [RV__TRAIT_UNREST] = -1, [RV__TRAIT_CLEAN] = 1,   [RV__TRAIT_GAIN] = 1,
    [RV__TRAIT_STEP] = 1,        [RV__TRAIT_GROWN] = -1,  [RV__TRAIT_SHARE] = -1,  [RV__TRAIT_OWN] = 1,
    [RV__TRAIT_EDGE_OTHER] = -1, [RV__TRAIT_ALONE] = 1,   [RV__TRAIT_FELLOWS] = 1, [RV__TRAIT_CROWD] = 1,
    [RV__TRAIT_FELLOW] = 1,      [RV__TRAIT_PARALLEL] = 1
};

/* Any trees lead from their root to a leaf: every node to one further on. */
static void check_sound(const rv__model *m)
{
    CHECK(m->n_trees > 0 && m->root[m->n_trees - 1] < m->n_nodes);
    for (size_t i = 0; i < m->n_nodes; i++) {
        const rv__node *n = &m->node[i];
        CHECK(n->trait >= RV__LEAF && n->trait < RV__TRAITS);
        CHECK(n->trait == RV__LEAF || (n->more > i + 1 && n->more < m->n_nodes));
    }
}

/* The limits that a model asks of a trait, and one value beyond them. */
static size_t limits_of(double *out, const rv__model *m, int trait)
{
    size_t n = 0;
    for (size_t i = 0; i < m->n_nodes; i++)
        if (m->node[i].trait == trait)
            out[n++] = (double)m->node[i].value;
    return n;
}

static void check_ways(const rv__model *m)
{
    double *at = calloc(m->n_nodes, sizeof *at), v[RV__TRAITS];
    unsigned state = 1;
    int used = 0, wrong = 0;
    for (int k = 0; k < RV__TRAITS; k++) {
        const size_t n = limits_of(at, m, k);
        used += n > 0;
        for (int trial = 0; way[k] && trial < 40; trial++) {
            for (int i = 0; i < RV__TRAITS; i++)
                v[i] = (state = state * 1664525 + 1013904223, (double)(state >> 16) / 65536 * 4 - 1);
            for (size_t i = 0; i < n; i++) {
                v[k] = at[i];
                const double below = rv__model_score(m, v);
                v[k] = at[i] + 1e-4;
                wrong += way[k] * (rv__model_score(m, v) - below) < -1e-5;
            }
        }
    }
    free(at);
    CHECK(used >= 8);
    CHECK(wrong == 0);
}

TEST(the_fitted_trees_are_sound_and_only_go_the_ways_they_may)
{
    static double around[65536];
    check_sound(&rv__model_change);
    check_sound(&rv__model_among);
    check_sound(&rv__model_standing);
    check_ways(&rv__model_change);
    check_ways(&rv__model_among);
    for (int k = RV__TRAIT_ALONE; k <= RV__TRAIT_PARALLEL; k++)
        CHECK(limits_of(around, &rv__model_change, k) == 0);
    CHECK(rv__model_law.rate > 0 && rv__model_law.slope > 0);
}

TEST(a_score_is_the_bias_and_what_each_tree_adds)
{
    static const rv__node nodes[] = { { RV__TRAIT_LEAK, 2, .5f }, { RV__LEAF, 0, 3 },  { RV__TRAIT_SIZE, 4, 1 },
                                      { RV__LEAF, 0, 5 },         { RV__LEAF, 0, -7 }, { RV__LEAF, 0, .25f } };
    static const uint16_t roots[] = { 0, 5 };
    const rv__model m = { 1, 6, 2, nodes, roots };
    double v[RV__TRAITS] = { 0 };
    v[RV__TRAIT_LEAK] = .5;
    CHECK_NEAR(rv__model_score(&m, v), 1 + 3 + .25, 1e-12);
    v[RV__TRAIT_LEAK] = .6;
    CHECK_NEAR(rv__model_score(&m, v), 1 + 5 + .25, 1e-12);
    v[RV__TRAIT_SIZE] = 2;
    CHECK_NEAR(rv__model_score(&m, v), 1 - 7 + .25, 1e-12);
}

TESTS(RUN(a_change_is_described_by_the_picture_it_is_in),
      RUN(what_stood_is_described_by_the_picture_where_it_looks_less_like_a_building),
      RUN(a_series_too_short_to_tell_counts_as_a_good_step),
      RUN(the_fitted_trees_are_sound_and_only_go_the_ways_they_may), RUN(a_score_is_the_bias_and_what_each_tree_adds))

/* SPDX-License-Identifier: Apache-2.0 */
/* Projective maps fitted to ties: exact ones come back, and the stated spread is the scatter of fits to noisy ones. */
#include "lib/test.h"

#include "base/rng.h"
#include "geo/homography.h"

enum { TIES = 7, DRAWS = 600 };
static const double truth[9] = { .8, .1, -300, -.05, -1.1, 900, 1e-4, -3e-4, 1 };
static const double corner[TIES][2] = { { 100, 80 },  { 1700, 120 }, { 1600, 900 }, { 150, 850 },
                                        { 900, 500 }, { 500, 300 },  { 1300, 650 } };

static void draw_ties(rv__tie_point *ties, double sigma, uint32_t seed)
{
    rv__rng g;
    rv__rng_init(&g, seed, 1, 2, 3);
    for (int i = 0; i < TIES; i++) {
        memcpy(ties[i].from, corner[i], sizeof corner[i]);
        rv__homography_apply(ties[i].to, truth, corner[i]);
        ties[i].sigma = sigma > 0 ? sigma * (1 + i % 2) : 1; /* not all alike */
        for (int k = 0; k < 2 && sigma > 0; k++)
            ties[i].to[k] += ties[i].sigma * rv__rng_normal(&g);
    }
}

static void check_same(const double m[9], const double at[2], double tolerance)
{
    double got[2], want[2];
    rv__homography_apply(got, m, at);
    rv__homography_apply(want, truth, at);
    CHECK_NEAR(got[0], want[0], tolerance);
    CHECK_NEAR(got[1], want[1], tolerance);
}

TEST(four_exact_ties_give_the_map_back_and_more_give_the_same)
{
    for (size_t n = 4; n <= TIES; n++) {
        rv__tie_point ties[TIES];
        double m[9], spread[8][9];
        draw_ties(ties, 0, 0);
        CHECK_FAILS(RV_OK, rv__homography_fit(m, ties, n));
        check_same(m, (const double[2]){ 700, 700 }, 1e-8);
        CHECK_FAILS(RV_OK, rv__homography_refine(m, spread, ties, n));
        check_same(m, (const double[2]){ 700, 700 }, 1e-8);
    }
}

TEST(a_horizon_through_the_first_pixel_is_no_matter)
{
    const double edge[9] = { 1, .2, 50, .1, -1, 700, 1e-3, 2e-3, 0 };
    rv__tie_point ties[TIES];
    double m[9], got[2], want[2];
    draw_ties(ties, 0, 0);
    for (int i = 0; i < TIES; i++)
        rv__homography_apply(ties[i].to, edge, ties[i].from);
    CHECK_FAILS(RV_OK, rv__homography_fit(m, ties, TIES));
    rv__homography_apply(got, m, (const double[2]){ 800, 400 });
    rv__homography_apply(want, edge, (const double[2]){ 800, 400 });
    CHECK_NEAR(got[0], want[0], 1e-7);
    CHECK_NEAR(got[1], want[1], 1e-7);
}

/* sd of a mapped place, x and y: of many fits, and as each states it. */
TEST(the_stated_spread_is_the_scatter_of_many_fits)
{
    const double at[2] = { 400, 600 };
    double want[2], sum2[2] = { 0, 0 }, stated2[2] = { 0, 0 };
    rv__homography_apply(want, truth, at);
    for (uint32_t seed = 0; seed < DRAWS; seed++) {
        rv__tie_point ties[TIES];
        double m[9], spread[8][9], got[2];
        draw_ties(ties, 2, seed);
        CHECK_FAILS(RV_OK, rv__homography_fit(m, ties, TIES));
        CHECK_FAILS(RV_OK, rv__homography_refine(m, spread, ties, TIES));
        rv__homography_apply(got, m, at);
        for (int k = 0; k < 2; k++)
            sum2[k] += (got[k] - want[k]) * (got[k] - want[k]) / DRAWS;
        for (int d = 0; d < 8; d++) {
            double away[9], there[2];
            for (int i = 0; i < 9; i++)
                away[i] = m[i] + spread[d][i];
            rv__homography_apply(there, away, at);
            for (int k = 0; k < 2; k++)
                stated2[k] += (there[k] - got[k]) * (there[k] - got[k]) / DRAWS;
        }
    }
    for (int k = 0; k < 2; k++) {
        printf("# sd %.3f, stated %.3f\n", sqrt(sum2[k]), sqrt(stated2[k]));
        CHECK_NEAR(sqrt(sum2[k] / stated2[k]), 1, .1);
    }
}

TEST(the_slope_is_the_difference_of_neighbours)
{
    const double p[2] = { 300, 200 }, e = 1e-3;
    double j[4], up[2], down[2];
    rv__homography_slope(j, truth, p);
    for (int k = 0; k < 2; k++) {
        rv__homography_apply(up, truth, (const double[2]){ p[0] + (k == 0) * e, p[1] + (k == 1) * e });
        rv__homography_apply(down, truth, (const double[2]){ p[0] - (k == 0) * e, p[1] - (k == 1) * e });
        CHECK_NEAR(j[k], (up[0] - down[0]) / (2 * e), 1e-7);
        CHECK_NEAR(j[2 + k], (up[1] - down[1]) / (2 * e), 1e-7);
    }
}

TEST(ties_that_fix_no_map_are_refused)
{
    rv__tie_point ties[TIES];
    double m[9];
    draw_ties(ties, 0, 0);
    for (int i = 0; i < TIES; i++)
        ties[i].from[0] = ties[i].from[1] = 7;
    CHECK_FAILS(RV_ERR_RANGE, rv__homography_fit(m, ties, TIES));
    draw_ties(ties, 0, 0);
    for (int i = 0; i < TIES; i++)
        ties[i].from[1] = ties[i].to[1] = 2 * ties[i].from[0];
    CHECK_FAILS(RV_ERR_RANGE, rv__homography_fit(m, ties, TIES));
}

TESTS(RUN(four_exact_ties_give_the_map_back_and_more_give_the_same),
      RUN(a_horizon_through_the_first_pixel_is_no_matter), RUN(the_stated_spread_is_the_scatter_of_many_fits),
      RUN(the_slope_is_the_difference_of_neighbours), RUN(ties_that_fix_no_map_are_refused))

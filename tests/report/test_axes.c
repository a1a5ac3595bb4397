/* SPDX-License-Identifier: Apache-2.0 */
/* Plot axes: everything lies inside, lines fall on round numbers. */
#include "base/rng.h"
#include "lib/test.h"
#include "report/axes.h"

TEST(every_known_value_and_zero_lie_inside_the_plot)
{
    rv__rng rng;
    rv__rng_init(&rng, 5, 0, 0, 0);
    for (int round = 0; round < 200; round++) {
        rv__sample_point series[7];
        rv__axes a = { .x0 = 58, .x1 = 600, .y0 = 30, .y1 = 190 };
        for (int i = 0; i < 7; i++)
            series[i] =
                (rv__sample_point){ 1e9 + 1e6 * i, rv__rng_between(&rng, -90, 300), rv__rng_uniform(&rng) < 0.7 };
        rv__axes_fit(&a, series, 7);
        for (int i = 0; i < 7; i++) {
            const rv_point p = rv__axes_point(&a, series[i].t, series[i].known ? series[i].value : 0.0);
            CHECK(p.x >= 58 && p.x <= 600);
            CHECK(p.y > 30 && p.y < 190);
        }
        CHECK_NEAR(rv__axes_point(&a, 1e9, 0).x, 58, 1e-9);
        CHECK_NEAR(rv__axes_point(&a, 1e9 + 6e6, 0).x, 600, 1e-9);
    }
}

TEST(larger_values_lie_higher_and_later_times_farther_right)
{
    const rv__axes a = { 0, 100, 0, 50, 10, 20, -5, 5 };
    CHECK_NEAR(rv__axes_point(&a, 10, 5).y, 0, 1e-12);
    CHECK_NEAR(rv__axes_point(&a, 10, -5).y, 50, 1e-12);
    CHECK_NEAR(rv__axes_point(&a, 15, 0).x, 50, 1e-12);
    CHECK_NEAR(rv__axes_point(&a, 15, 0).y, 25, 1e-12);
}

TEST(an_unknown_value_does_not_stretch_the_plot)
{
    const rv__sample_point series[3] = { { 0, 10, true }, { 1, 5000, false }, { 2, 20, true } };
    rv__axes a = { 0, 100, 0, 50, 0, 0, 0, 0 };
    rv__axes_fit(&a, series, 3);
    CHECK_NEAR(a.lo, -2, 1e-12);
    CHECK_NEAR(a.hi, 22, 1e-12);
}

TEST(one_image_alone_still_has_a_place)
{
    const rv__sample_point series[1] = { { 7, 0, false } };
    rv__axes a = { 0, 100, 0, 50, 0, 0, 0, 0 };
    rv__axes_fit(&a, series, 1);
    CHECK_NEAR(rv__axes_point(&a, 7, 0).x, 0, 1e-12);
    CHECK_NEAR(rv__axes_point(&a, 7, 0).y, 25, 1e-12);
}

TEST(lines_fall_on_one_two_or_five_and_three_to_eight_of_them_are_drawn)
{
    rv__rng rng;
    rv__rng_init(&rng, 6, 0, 0, 0);
    for (int i = 0; i < 1000; i++) {
        const double span = pow(10, rv__rng_between(&rng, -2, 6)), step = rv__axes_step(span);
        const double lead = step / pow(10, floor(log10(step) + 1e-9));
        CHECK(fabs(lead - 1) < 1e-6 || fabs(lead - 2) < 1e-6 || fabs(lead - 5) < 1e-6);
        CHECK(span / step >= 3 - 1e-9 && span / step <= 7.5 + 1e-9);
    }
}

TESTS(RUN(every_known_value_and_zero_lie_inside_the_plot), RUN(larger_values_lie_higher_and_later_times_farther_right),
      RUN(an_unknown_value_does_not_stretch_the_plot), RUN(one_image_alone_still_has_a_place),
      RUN(lines_fall_on_one_two_or_five_and_three_to_eight_of_them_are_drawn))

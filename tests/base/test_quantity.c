/* SPDX-License-Identifier: Apache-2.0 */
/* A quantity and the ratio of two. */
#include <revisit/base.h>

#include "base/rng.h"
#include "lib/test.h"

TEST(the_interval_reaches_1_96_sigma_to_both_sides)
{
    const rv_quantity q = rv_quantity_make(1850, 50);
    CHECK_NEAR(q.value, 1850, 0);
    CHECK_NEAR(q.sigma, 50, 0);
    CHECK_NEAR(q.lo, 1752, 1e-9);
    CHECK_NEAR(q.hi, 1948, 1e-9);
}

TEST(the_ratio_of_a_quantity_and_itself_is_exactly_one)
{
    const rv_quantity a = rv_quantity_make(200, 10);
    const rv_quantity r = rv_quantity_ratio(a, a, 1);
    CHECK_NEAR(r.value, 1, 0);
    CHECK_NEAR(r.sigma, 0, 1e-9);
    CHECK_NEAR(r.lo, 1, 1e-9);
    CHECK_NEAR(r.hi, 1, 1e-9);
}

TEST(a_ratio_and_its_reciprocal_tell_the_same)
{
    const rv_quantity a = rv_quantity_make(300, 20), b = rv_quantity_make(100, 9);
    const rv_quantity r = rv_quantity_ratio(a, b, 0.3), s = rv_quantity_ratio(b, a, 0.3);
    CHECK_NEAR(r.value * s.value, 1, 1e-12);
    CHECK_NEAR(r.lo * s.hi, 1, 1e-12);
    CHECK_NEAR(r.hi * s.lo, 1, 1e-12);
    CHECK(r.lo > 0);
}

TEST(the_ratio_of_what_is_not_positive_is_unknown)
{
    const rv_quantity a = rv_quantity_make(300, 20), zero = rv_quantity_make(0, 1), less = rv_quantity_make(-3, 1);
    const rv_quantity unknown = { NAN, NAN, NAN, NAN };
    CHECK(isnan(rv_quantity_ratio(a, zero, 0).value));
    CHECK(isnan(rv_quantity_ratio(less, a, 0).hi));
    CHECK(isnan(rv_quantity_ratio(a, unknown, 0).sigma));
}

/* Two areas whose errors share a scale error: 95 % of the stated intervals must hold the true ratio. */
TEST(the_interval_of_a_ratio_is_honest_for_correlated_errors)
{
    const double sigma_a = 12, sigma_b = 4, rho = 0.6;
    int inside = 0;
    for (uint32_t seed = 0; seed < 1000; seed++) {
        rv__rng rng;
        rv__rng_init(&rng, 11, seed, 0, 0);
        const double n1 = rv__rng_normal(&rng), n2 = rv__rng_normal(&rng);
        const rv_quantity a = rv_quantity_make(300 + sigma_a * n1, sigma_a);
        const rv_quantity b = rv_quantity_make(100 + sigma_b * (rho * n1 + sqrt(1 - rho * rho) * n2), sigma_b);
        const rv_quantity r = rv_quantity_ratio(a, b, rho);
        inside += r.lo <= 3 && 3 <= r.hi;
    }
    CHECK(inside >= 930 && inside <= 970);
}

TESTS(RUN(the_interval_reaches_1_96_sigma_to_both_sides), RUN(the_ratio_of_a_quantity_and_itself_is_exactly_one),
      RUN(a_ratio_and_its_reciprocal_tell_the_same), RUN(the_ratio_of_what_is_not_positive_is_unknown),
      RUN(the_interval_of_a_ratio_is_honest_for_correlated_errors))

/* SPDX-License-Identifier: Apache-2.0 */
/* One robust line: known lines under noise, clouds and wrong input, and whether the stated sigma is honest. */
#include "normalise/gain.h"

#include "base/rng.h"
#include "lib/test.h"

enum { N = 2000 };

static float x[N], y[N], scratch[N];
static const double limits[2] = { .4, 2.5 };

/* Ground of broad spread seen twice: y = gain ground + offset, both with noise, a share of y under cloud. */
static void draw(uint32_t seed, size_t n, const double line[2], double noise, double cloud)
{
    rv__rng rng;
    rv__rng_init(&rng, seed, 0, 0, 0);
    for (size_t i = 0; i < n; i++) {
        const double ground = 1500 + 600 * rv__rng_normal(&rng);
        x[i] = (float)(ground + noise * rv__rng_normal(&rng) / line[0]);
        y[i] = (float)(line[0] * ground + line[1] + noise * rv__rng_normal(&rng));
        if (rv__rng_uniform(&rng) < cloud)
            y[i] += (float)rv__rng_between(&rng, 800, 6000);
    }
}

TEST(a_line_without_noise_is_found_exactly)
{
    rv__line line;
    draw(1, N, (double[2]){ 1.31, -220 }, 0, 0);
    CHECK(rv__gain_fit(&line, x, y, N, limits, scratch) == RV__LINE_FITTED);
    CHECK_NEAR(line.gain, 1.31, 1e-6);
    CHECK_NEAR(line.offset, -220, 1e-2);
    CHECK(!line.kept);
}

TEST(a_third_of_cloud_leaves_the_line_within_three_sigma)
{
    for (uint32_t seed = 0; seed < 20; seed++) {
        rv__line line;
        draw(seed, N, (double[2]){ .8, 150 }, 40, .33);
        CHECK(rv__gain_fit(&line, x, y, N, limits, scratch) == RV__LINE_FITTED);
        CHECK_NEAR(line.gain, .8, 3 * sqrt(line.cov[0]));
        CHECK_NEAR(1500 * line.gain + line.offset, 1350, 15);
    }
}

TEST(the_stated_sigma_holds_the_truth_in_93_to_97_of_100_cases)
{
    const double truth[2] = { 1.2, 300 };
    int gain = 0, at_mean = 0, offset = 0;
    for (uint32_t seed = 0; seed < 1000; seed++) {
        rv__line l = { 0 };
        draw(100 + seed, 400, truth, 120, 0);
        CHECK(rv__gain_fit(&l, x, y, 400, limits, scratch));
        const double var = l.cov[0] * 1500 * 1500 + 2 * 1500 * l.cov[1] + l.cov[2];
        gain += fabs(l.gain - truth[0]) < 1.96 * sqrt(l.cov[0]);
        offset += fabs(l.offset - truth[1]) < 1.96 * sqrt(l.cov[2]);
        at_mean += fabs(1500 * (l.gain - truth[0]) + l.offset - truth[1]) < 1.96 * sqrt(var);
    }
    printf("# of 1000 within 1.96 sigma: gain %d, offset %d, value at the mean %d\n", gain, offset, at_mean);
    CHECK(gain >= 930 && gain <= 970);
    CHECK(offset >= 930 && offset <= 970);
    CHECK(at_mean >= 930 && at_mean <= 970);
}

TEST(changing_the_roles_of_the_images_inverts_the_line)
{
    rv__line there, back;
    draw(3, N, (double[2]){ 1.4, -100 }, 90, .1);
    CHECK(rv__gain_fit(&there, x, y, N, limits, scratch));
    CHECK(rv__gain_fit(&back, y, x, N, limits, scratch));
    CHECK_NEAR(there.gain * back.gain, 1, .005);
}

TEST(a_gain_beyond_the_limits_is_kept_at_the_limit)
{
    rv__line line;
    draw(4, N, (double[2]){ 4, 0 }, 10, 0);
    CHECK(rv__gain_fit(&line, x, y, N, limits, scratch) == RV__LINE_FITTED);
    CHECK(line.kept);
    CHECK_NEAR(line.gain, 2.5, 0);
    CHECK_NEAR(1500 * line.gain + line.offset, 6000, 60);
}

TEST(images_without_a_common_pattern_get_equal_medians_and_spreads)
{
    rv__line line;
    rv__rng rng;
    rv__rng_init(&rng, 5, 0, 0, 0);
    for (size_t i = 0; i < N; i++) {
        x[i] = (float)(100 + 10 * rv__rng_normal(&rng));
        y[i] = (float)(300 + 15 * rv__rng_normal(&rng));
    }
    CHECK(rv__gain_fit(&line, x, y, N, limits, scratch) == RV__LINE_MATCHED);
    CHECK_NEAR(line.gain, 1.5, .1);
    CHECK_NEAR(100 * line.gain + line.offset, 300, 2);
    CHECK(isnan(line.cov[0]));
}

TEST(flat_images_and_few_pairs_have_no_line)
{
    rv__line line = { .gain = 77 };
    draw(7, N, (double[2]){ 1, 0 }, 10, 0);
    CHECK(rv__gain_fit(&line, x, y, 49, limits, scratch) == RV__LINE_NONE);
    for (size_t i = 0; i < N; i++)
        y[i] = 7;
    CHECK(rv__gain_fit(&line, x, y, N, limits, scratch) == RV__LINE_NONE);
    CHECK(rv__gain_fit(&line, y, x, N, limits, scratch) == RV__LINE_NONE);
    CHECK_NEAR(line.gain, 77, 0); /* untouched */
}

TEST(an_image_is_its_own_image)
{
    rv__line line;
    draw(6, N, (double[2]){ 1, 0 }, 0, 0);
    CHECK(rv__gain_fit(&line, x, x, N, limits, scratch));
    CHECK_NEAR(line.gain, 1, 1e-9);
    CHECK_NEAR(line.offset, 0, 1e-6);
}

TESTS(RUN(a_line_without_noise_is_found_exactly), RUN(a_third_of_cloud_leaves_the_line_within_three_sigma),
      RUN(the_stated_sigma_holds_the_truth_in_93_to_97_of_100_cases),
      RUN(changing_the_roles_of_the_images_inverts_the_line), RUN(a_gain_beyond_the_limits_is_kept_at_the_limit),
      RUN(images_without_a_common_pattern_get_equal_medians_and_spreads), RUN(flat_images_and_few_pairs_have_no_line),
      RUN(an_image_is_its_own_image))

/* SPDX-License-Identifier: Apache-2.0 */
/* Order statistics against sorting. */
#include "base/robust.h"

#include "base/mem.h"
#include "base/rng.h"
#include "lib/test.h"

enum { N_MAX = 300 };

static int compare(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void draw(double *v, size_t n, uint32_t seed)
{
    rv__rng rng;
    rv__rng_init(&rng, 3, seed, (uint32_t)n, 0);
    for (size_t i = 0; i < n; i++) /* every other time few distinct values, as pixels have */
        v[i] = seed % 2 ? rv__rng_below(&rng, 7) : rv__rng_normal(&rng);
}

TEST(selection_median_and_quantile_agree_with_sorting)
{
    double v[N_MAX], sorted[N_MAX], work[N_MAX];
    float work_f[N_MAX];
    rv__rng rng;
    rv__rng_init(&rng, 4, 0, 0, 0);
    for (uint32_t trial = 0; trial < 3000; trial++) {
        const size_t n = 1 + rv__rng_below(&rng, N_MAX), k = rv__rng_below(&rng, (uint32_t)n);
        draw(v, n, trial);
        for (size_t i = 0; i < n; i++) {
            v[i] = (float)v[i]; /* the same values for both types */
            work_f[i] = (float)v[i];
        }
        memcpy(sorted, v, sizeof v);
        qsort(sorted, n, sizeof *sorted, compare);
        memcpy(work, v, sizeof v);
        CHECK_NEAR(rv__select(work, n, k), sorted[k], 0);
        CHECK_NEAR(rv__select_f(work_f, n, k), sorted[k], 0);

        const double median = n % 2 ? sorted[n / 2] : 0.5 * (sorted[n / 2 - 1] + sorted[n / 2]);
        memcpy(work, v, sizeof v);
        CHECK_NEAR(rv__median(work, n), median, 0);
        CHECK_NEAR(rv__median_f(work_f, n), (float)median, 0);

        const double q = rv__rng_uniform(&rng), place = q * (double)(n - 1);
        const size_t lower = (size_t)place, upper = lower + 1 < n ? lower + 1 : lower;
        const double quantile = sorted[lower] + (place - (double)lower) * (sorted[upper] - sorted[lower]);
        CHECK_NEAR(rv__quantile(work, n, q), quantile, 1e-12);
        CHECK_NEAR(rv__quantile_f(work_f, n, q), quantile, 1e-5);
        CHECK_NEAR(rv__quantile(work, n, 0), sorted[0], 0);
        CHECK_NEAR(rv__quantile(work, n, 1), sorted[n - 1], 0);

        qsort(work, n, sizeof *work, compare); /* nothing was lost: the input is only permuted */
        CHECK(memcmp(work, sorted, n * sizeof *work) == 0);
    }
}

TEST(mad_estimates_the_spread_of_a_normal_sample_despite_outliers)
{
    enum { N = 20001 };
    static double v[N];
    static float f[N];
    rv__rng rng;
    rv__rng_init(&rng, 5, 0, 0, 0);
    for (size_t i = 0; i < N; i++) {
        v[i] = i % 100 == 0 ? 1e6 : 10 + 2 * rv__rng_normal(&rng);
        f[i] = (float)v[i];
    }
    const double centre = rv__median(v, N);
    CHECK_NEAR(centre, 10, 0.06);
    CHECK_NEAR(rv__mad(v, N, centre), 2, 0.06);
    CHECK_NEAR(rv__mad_f(f, N, (float)centre), 2, 0.06);
}

/* Patterns that make a naive pivot quadratic: a million items would take minutes. */
TEST(ordered_patterns_take_no_longer_than_random_ones)
{
    const size_t n = 1000000;
    float *v = rv__alloc(n, sizeof *v);
    for (int pattern = 0; pattern < 4; pattern++) {
        for (size_t i = 0; i < n; i++) {
            const size_t ramp[4] = { i, n - i, 5, i < n / 2 ? i : n - i };
            v[i] = (float)ramp[pattern];
        }
        const double expected[4] = { 500000, 500001, 5, 250000 };
        CHECK_NEAR(rv__select_f(v, n, n / 2), expected[pattern], 0);
    }
    rv__free(v);
}

TEST(a_nan_leads_nowhere_outside_the_array)
{
    for (uint32_t seed = 0; seed < 200; seed++) {
        double v[N_MAX];
        draw(v, N_MAX, seed);
        for (size_t i = seed % 7; i < N_MAX; i += 1 + seed % 7)
            v[i] = NAN;
        const double got = rv__select(v, N_MAX, seed);
        CHECK(isnan(got) || fabs(got) < 100);
    }
}

TESTS(RUN(selection_median_and_quantile_agree_with_sorting),
      RUN(mad_estimates_the_spread_of_a_normal_sample_despite_outliers),
      RUN(ordered_patterns_take_no_longer_than_random_ones), RUN(a_nan_leads_nowhere_outside_the_array))

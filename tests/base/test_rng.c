/* SPDX-License-Identifier: Apache-2.0 */
/* Philox against the published answers, and the shape of what is drawn from it. */
#include "base/rng.h"

#include "lib/test.h"

/* kat_vectors of Random123 1.09, philox4x32 with 10 rounds */
TEST(philox_gives_the_published_answers)
{
    static const struct {
        uint32_t counter[4], key[2], expected[4];
    } table[] = {
        { { 0, 0, 0, 0 }, { 0, 0 }, { 0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8 } },
        { { 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff },
          { 0xffffffff, 0xffffffff },
          { 0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd } },
        { { 0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344 },
          { 0xa4093822, 0x299f31d0 },
          { 0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1 } },
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        uint32_t out[4];
        rv__philox(out, table[i].counter, table[i].key);
        CHECK(memcmp(out, table[i].expected, sizeof out) == 0);
    }
}

TEST(a_stream_is_the_blocks_of_its_counter_one_after_another)
{
    rv__rng rng;
    rv__rng_init(&rng, 0x123456789abcdef0u, 5, 6, 7);
    for (uint32_t block = 0; block < 100; block++) {
        const uint32_t counter[4] = { block, 5, 6, 7 }, key[2] = { 0x9abcdef0, 0x12345678 };
        uint32_t expected[4];
        rv__philox(expected, counter, key);
        for (int i = 0; i < 4; i++)
            CHECK(rv__rng_u32(&rng) == expected[i]);
    }
}

TEST(streams_of_other_objects_dates_purposes_and_seeds_differ)
{
    uint32_t first[5];
    for (uint32_t i = 0; i < 5; i++) {
        rv__rng rng;
        rv__rng_init(&rng, 9 + (i == 1), i == 2, i == 3, i == 4);
        first[i] = rv__rng_u32(&rng);
        for (uint32_t j = 0; j < i; j++)
            CHECK(first[i] != first[j]);
    }
}

TEST(uniform_numbers_fill_0_to_1_evenly)
{
    enum { BINS = 20, N = 200000 };
    int bin[BINS] = { 0 };
    double sum = 0;
    rv__rng rng;
    rv__rng_init(&rng, 1, 2, 3, 4);
    for (int i = 0; i < N; i++) {
        const double u = rv__rng_uniform(&rng);
        CHECK(u >= 0 && u < 1);
        bin[(int)(u * BINS)]++;
        sum += u;
    }
    CHECK_NEAR(sum / N, 0.5, 0.003);
    double chi2 = 0;
    for (int i = 0; i < BINS; i++)
        chi2 += (bin[i] - N / BINS) * (bin[i] - N / BINS) / (double)(N / BINS);
    CHECK(chi2 < 43.8); /* 99.9 % point for 19 degrees of freedom */
}

TEST(normal_numbers_have_the_moments_and_tails_of_a_normal)
{
    enum { N = 200000 };
    double m1 = 0, m2 = 0, m3 = 0, m4 = 0;
    int beyond = 0;
    rv__rng rng;
    rv__rng_init(&rng, 2, 0, 0, 0);
    for (int i = 0; i < N; i++) {
        const double z = rv__rng_normal(&rng);
        m1 += z / N;
        m2 += z * z / N;
        m3 += z * z * z / N;
        m4 += z * z * z * z / N;
        beyond += fabs(z) > 1.959964;
    }
    CHECK_NEAR(m1, 0, 0.01);
    CHECK_NEAR(m2, 1, 0.015);
    CHECK_NEAR(m3, 0, 0.03);
    CHECK_NEAR(m4, 3, 0.1);
    CHECK_NEAR((double)beyond / N, 0.05, 0.002);
}

TEST(numbers_below_n_are_even_also_where_n_does_not_divide)
{
    rv__rng rng;
    rv__rng_init(&rng, 3, 0, 0, 0);
    int bin[6] = { 0 };
    for (int i = 0; i < 60000; i++)
        bin[rv__rng_below(&rng, 6)]++;
    for (int i = 0; i < 6; i++)
        CHECK_NEAR(bin[i], 10000, 350);
    /* 3 * 2^30 does not divide 2^32: a plain remainder would favour the lowest third twofold */
    int lowest = 0;
    for (int i = 0; i < 30000; i++)
        lowest += rv__rng_below(&rng, 3u << 30) < 1u << 30;
    CHECK_NEAR(lowest, 10000, 350);
    for (int i = 0; i < 10; i++)
        CHECK(rv__rng_below(&rng, 1) == 0);
}

TEST(numbers_between_two_never_reach_the_upper)
{
    rv__rng rng;
    rv__rng_init(&rng, 4, 0, 0, 0);
    const double hi = nextafter(1.0, 2.0);
    for (int i = 0; i < 1000; i++) {
        CHECK(rv__rng_between(&rng, 1, hi) < hi);
        const double v = rv__rng_between(&rng, -5, 7);
        CHECK(v >= -5 && v < 7);
    }
}

TESTS(RUN(philox_gives_the_published_answers), RUN(a_stream_is_the_blocks_of_its_counter_one_after_another),
      RUN(streams_of_other_objects_dates_purposes_and_seeds_differ), RUN(uniform_numbers_fill_0_to_1_evenly),
      RUN(normal_numbers_have_the_moments_and_tails_of_a_normal),
      RUN(numbers_below_n_are_even_also_where_n_does_not_divide), RUN(numbers_between_two_never_reach_the_upper))

/* SPDX-License-Identifier: Apache-2.0 */
/* Samples to floats and back, against one value at a time. */
#include "raster/samples.h"

#include "lib/isa.h"
#include "lib/test.h"

enum { N = 263 };

static const rv__sample types[] = { RV__SAMPLE_U8, RV__SAMPLE_U16, RV__SAMPLE_I16, RV__SAMPLE_F32 };

/* Ends of every type, halves, what no type holds, and a sweep. */
static float value(int i)
{
    static const float special[] = { 0.5F,      1.5F,     -0.5F,    254.5F, 255.4F, 255.6F,   32767.4F,   32768.F,
                                     -32768.4F, 65534.5F, 65535.5F, 1e9F,   -1e9F,  -32769.F, 0.49999997F };
    const int n = (int)(sizeof special / sizeof *special);
    return i < n ? special[i] : (float)(i - 130) * 511.37F;
}

static void convert(float *out)
{
    float in[N];
    char samples[4 * N + 8];
    for (int i = 0; i < N; i++)
        in[i] = value(i);
    for (int k = 0; k < 4; k++) {
        memset(samples, 0, sizeof samples);
        rv__samples_store(samples, types[k], 1, in, N - 1);
        rv__samples_load(out + k * N, samples, types[k], 0, N);
    }
}

TEST(every_instruction_set_converts_to_the_same_bits)
{
    CHECK(same_on_every_isa(convert, 4 * N));
}

TEST(whole_numbers_are_rounded_and_held_to_the_limits_of_their_type)
{
    static const double lo[] = { 0, 0, -32768 }, hi[] = { 255, 65535, 32767 };
    static float got[4 * N];
    convert(got);
    for (int k = 0; k < 3; k++)
        for (int i = 1; i < N; i++) {
            const double v = (double)value(i - 1), whole = nearbyint(v); /* halves to the even one */
            CHECK_NEAR(got[k * N + i], whole < lo[k] ? lo[k] : whole > hi[k] ? hi[k] : whole, 0);
        }
    for (int i = 1; i < N; i++)
        CHECK(memcmp(&got[3 * N + i], &(float){ value(i - 1) }, sizeof(float)) == 0);
    for (int k = 0; k < 4; k++)
        CHECK_NEAR(got[k * N], 0, 0); /* what stands before the items is left alone */
}

TEST(not_a_number_becomes_zero_or_the_lower_limit)
{
    const float nan_value = NAN;
    int16_t low = 5;
    uint8_t zero = 5;
    rv__samples_store(&zero, RV__SAMPLE_U8, 0, &nan_value, 1);
    rv__samples_store(&low, RV__SAMPLE_I16, 0, &nan_value, 1);
    CHECK(zero == 0 && low == -32768);
}

TEST(one_value_at_a_time_agrees)
{
    const uint16_t samples[3] = { 0, 40000, 65535 };
    float got[3];
    rv__samples_load(got, samples, RV__SAMPLE_U16, 0, 3);
    for (size_t i = 0; i < 3; i++)
        CHECK_NEAR(got[i], rv__sample_value(samples, RV__SAMPLE_U16, i), 0);
}

TESTS(RUN(every_instruction_set_converts_to_the_same_bits),
      RUN(whole_numbers_are_rounded_and_held_to_the_limits_of_their_type),
      RUN(not_a_number_becomes_zero_or_the_lower_limit), RUN(one_value_at_a_time_agrees))

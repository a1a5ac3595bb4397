/* SPDX-License-Identifier: Apache-2.0 */
/* The surface over a cross spectrum, its slopes and its noise against their definitions in double. */
#include "align/band.h"

#include "base/rng.h"
#include "lib/oom.h"
#include "lib/test.h"

enum { W = 64, H = 32, PAIRS = W / 2 + 1, NUMBERS = PAIRS * H };

static const double TAU = 6.283185307179586;

static rv__band *band(void)
{
    rv__band *b = NULL;
    CHECK(rv__band_new(&b, W, H) == RV_OK);
    return b;
}

/* w q of a shift d, its phases disturbed by normal noise. */
static void shifted(float *out, const rv__band *b, const double d[2], double noise, uint32_t stream)
{
    rv__rng rng;
    rv__rng_init(&rng, 4, stream, 0, 0);
    for (size_t v = 0; v < b->height; v++)
        for (size_t u = 0; u < b->pairs; u++) {
            const double fy = v <= b->height / 2 ? (double)v : (double)v - (double)b->height;
            const double angle = -TAU * ((double)u * d[0] / (double)b->width + fy * d[1] / (double)b->height) +
                                 noise * rv__rng_normal(&rng);
            const double w = (double)b->weight[v * b->pairs + u];
            out[2 * (v * b->pairs + u)] = (float)(w * cos(angle));
            out[2 * (v * b->pairs + u) + 1] = (float)(w * sin(angle));
        }
}

/* S by its definition. */
static double slow_surface(const float *q, const rv__band *b, double x, double y)
{
    double sum = 0;
    for (size_t v = 0; v < b->height; v++)
        for (size_t u = 0; u < b->pairs; u++) {
            const double fy = v <= b->height / 2 ? (double)v : (double)v - (double)b->height;
            const double angle = TAU * ((double)u * x / (double)b->width + fy * y / (double)b->height);
            const float *z = q + 2 * (v * b->pairs + u);
            sum += (u ? 2 : 1) * (z[0] * cos(angle) - z[1] * sin(angle));
        }
    return sum / b->weight_sum;
}

TEST(slopes_and_curvatures_are_those_of_the_surface)
{
    rv__band *b = band();
    static float q[2 * NUMBERS];
    const double d[2] = { 1.3, -.8 }, at[2] = { 1.1, -.4 }, e = 1e-3;
    double s[6];
    shifted(q, b, d, .6, 1);
    rv__band_slopes(s, q, b, at);
    const double here = slow_surface(q, b, at[0], at[1]);
    const double right = slow_surface(q, b, at[0] + e, at[1]), left = slow_surface(q, b, at[0] - e, at[1]);
    const double down = slow_surface(q, b, at[0], at[1] + e), up = slow_surface(q, b, at[0], at[1] - e);
    const double both = slow_surface(q, b, at[0] + e, at[1] + e) - slow_surface(q, b, at[0] + e, at[1] - e) -
                        slow_surface(q, b, at[0] - e, at[1] + e) + slow_surface(q, b, at[0] - e, at[1] - e);
    CHECK_NEAR(s[0], here, 1e-5);
    CHECK_NEAR(s[1], (right - left) / (2 * e), 1e-5);
    CHECK_NEAR(s[2], (down - up) / (2 * e), 1e-5);
    CHECK_NEAR(s[3], (right - 2 * here + left) / (e * e), 1e-4);
    CHECK_NEAR(s[4], both / (4 * e * e), 1e-4);
    CHECK_NEAR(s[5], (down - 2 * here + up) / (e * e), 1e-4);
    rv__band_free(b);
}

TEST(a_pure_shift_is_climbed_to_its_place)
{
    rv__band *b = band();
    static float q[2 * NUMBERS];
    const double d[2] = { -2.37, .61 };
    double at[2] = { -2, 1 }, s[6];
    shifted(q, b, d, 0, 1);
    CHECK(rv__band_climb(at, s, q, b));
    CHECK_NEAR(at[0], d[0], 1e-5);
    CHECK_NEAR(at[1], d[1], 1e-5);
    CHECK_NEAR(s[0], 1, 1e-5);
    double far[2] = { 6, 6 };
    CHECK(!rv__band_climb(far, s, q, b) || hypot(far[0] - d[0], far[1] - d[1]) > 1);
    rv__band_free(b);
}

TEST(phase_noise_scatters_the_peak_as_its_covariance_says)
{
    /* Independent phases: the correlation of neighbours, which GRAIN allows for, is not there, so the stated variance is
     * too large by it. */
    enum { RUNS = 400 };
    const double grain = 2.25;
    rv__band *b = band();
    static float q[2 * NUMBERS];
    double square[2] = { 0 }, stated[2] = { 0 };
    for (uint32_t run = 0; run < RUNS; run++) {
        const double d[2] = { .2, -.3 };
        double at[2] = { 0, 0 }, s[6], n[3];
        shifted(q, b, d, .5, run + 10);
        CHECK(rv__band_climb(at, s, q, b));
        rv__band_noise(n, q, b, at);
        stated[0] += n[0] / (s[3] * s[3]) / grain / RUNS;
        stated[1] += n[2] / (s[5] * s[5]) / grain / RUNS;
        for (int k = 0; k < 2; k++)
            square[k] += (at[k] - d[k]) * (at[k] - d[k]) / RUNS;
    }
    printf("# variance over its statement: %.3f, %.3f\n", square[0] / stated[0], square[1] / stated[1]);
    CHECK_NEAR(square[0] / stated[0], 1, .2);
    CHECK_NEAR(square[1] / stated[1], 1, .2);
    rv__band_free(b);
}

TEST(search_finds_peak_second_and_spread_as_a_slow_scan_does)
{
    rv__band *b = band();
    rv__rng rng;
    static float plane[W * H];
    const int radius[2] = { 11, 7 };
    rv__rng_init(&rng, 8, 1, 0, 0);
    for (int i = 0; i < W * H; i++)
        plane[i] = (float)rv__rng_normal(&rng);
    plane[(H - 5) * W + 9] = 30;
    rv__peak p;
    rv__band_search(&p, plane, b, radius);
    const double scale = W * H / b->weight_sum;
    double second = -1e9, sum = 0, sum2 = 0, n = 0;
    for (int y = -7; y <= 7; y++)
        for (int x = -11; x <= 11; x++)
            if ((x - 9) * (x - 9) + (y + 5) * (y + 5) > 9) {
                const double v = plane[(y + H) % H * W + (x + W) % W];
                second = fmax(second, v);
                sum += v;
                sum2 += v * v;
                n++;
            }
    CHECK(p.d[0] == 9 && p.d[1] == -5);
    CHECK_NEAR(p.height, 30 * scale, 1e-6 * scale);
    CHECK_NEAR(p.second, second * scale, 1e-6 * scale);
    CHECK_NEAR(p.sd, scale * sqrt(sum2 / n - sum / n * (sum / n)), 1e-4 * scale);
    rv__band_free(b);
}

TEST(several_channels_of_one_picture_match_as_one)
{
    rv__band *b = band();
    rv__rng rng;
    static float m[2 * NUMBERS], r[2 * NUMBERS], one[2 * NUMBERS], sum[2 * NUMBERS];
    rv__rng_init(&rng, 6, 1, 0, 0);
    for (int i = 0; i < 2 * NUMBERS; i++) {
        m[i] = (float)rv__rng_normal(&rng);
        r[i] = (float)rv__rng_normal(&rng);
    }
    rv__band_match(one, m, r, b);
    for (int k = 0; k < 3; k++)
        rv__band_cross(sum, m, r, b, k > 0);
    rv__band_whiten(sum, b);
    double worst = 0;
    for (int i = 0; i < NUMBERS; i++) {
        worst = fmax(worst, hypot(one[2 * i] - sum[2 * i], one[2 * i + 1] - sum[2 * i + 1]));
        worst = fmax(worst, fabs(hypot(one[2 * i], one[2 * i + 1]) - b->weight[i]));
    }
    CHECK_NEAR(worst, 0, 1e-6);
    rv__band_free(b);
}

static int make_and_free(void *user)
{
    (void)user;
    rv__band *b = NULL;
    const int err = rv__band_new(&b, W, H);
    rv__band_free(b);
    return err;
}

TEST(a_band_survives_any_failed_allocation)
{
    CHECK_SURVIVES_OOM(make_and_free, NULL);
}

TESTS(RUN(slopes_and_curvatures_are_those_of_the_surface), RUN(a_pure_shift_is_climbed_to_its_place),
      RUN(phase_noise_scatters_the_peak_as_its_covariance_says),
      RUN(search_finds_peak_second_and_spread_as_a_slow_scan_does), RUN(several_channels_of_one_picture_match_as_one),
      RUN(a_band_survives_any_failed_allocation))

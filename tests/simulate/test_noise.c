/* SPDX-License-Identifier: Apache-2.0 */
/* Fractal noise, JPEG's losses, the response of a pixel. */
#include "drawn.h"
#include "simulate/jpeg.h"
#include "simulate/sensor.h"

TEST(noise_depends_on_the_place_and_not_on_the_net_to_the_bit)
{
    const rv__fbm f = { 3, 1, 5, 40.0, 4, .6 };
    const rv__cells all = { -14.0, 7.0, 1.5, 300, 200 }, part = { -14.0 + 100.0, 7.0 + 40.0, 1.5, 53, 30 };
    static float a[300 * 200], b[53 * 30];
    CHECK(rv__fbm_fill(a, &f, &all) == RV_OK && rv__fbm_fill(b, &f, &part) == RV_OK);
    for (size_t i = 0; i < 30; i++)
        CHECK(memcmp(b + i * 53, a + (i + 40) * 300 + 100, 53 * sizeof *b) == 0);
}

TEST(noise_has_mean_zero_and_sd_one_and_no_other_date_or_purpose_has_the_same)
{
    static float a[150 * 150], b[150 * 150];
    const rv__cells net = { 0.0, 0.0, 2.0, 150, 150 };
    double sum = 0.0, square = 0.0, product[3] = { 0.0, 0.0, 0.0 };
    const double n = 24.0 * 150 * 150;
    for (uint32_t k = 0; k < 24; k++) {
        const rv__fbm f = { 100 + k, k, 7, 30.0, 4, .55 }, other[3] = { { 200 + k, k, 7, 30.0, 4, .55 },
                                                                        { 100 + k, k + 1, 7, 30.0, 4, .55 },
                                                                        { 100 + k, k, 8, 30.0, 4, .55 } };
        CHECK(rv__fbm_fill(a, &f, &net) == RV_OK);
        for (int i = 0; i < 3; i++) {
            CHECK(rv__fbm_fill(b, &other[i], &net) == RV_OK);
            for (size_t q = 0; q < 150 * 150; q++)
                product[i] += (double)a[q] * (double)b[q];
        }
        for (size_t q = 0; q < 150 * 150; q++) {
            sum += (double)a[q];
            square += (double)a[q] * (double)a[q];
        }
    }
    CHECK_NEAR(sum / n, 0.0, .05);
    CHECK_NEAR(sqrt(square / n), 1.0, .03);
    for (int i = 0; i < 3; i++)
        CHECK_NEAR(product[i] / n, 0.0, .05);
}

/* Rms of the loss of a picture that is smooth, in levels. */
static double smooth_loss(int quality)
{
    enum { W = 96, H = 64 };
    static float plane[3][W * H], was[3][W * H];
    double square = 0.0;
    for (int k = 0; k < 3; k++)
        for (int i = 0; i < W * H; i++)
            plane[k][i] = was[k][i] =
                roundf(120.0f + 60.0f * sinf((float)(i % W) / 15.0f + (float)k / 5.0f) * cosf((float)(i / W) / 19.0f));
    CHECK(rv__jpeg_loss((float *const[3]){ plane[0], plane[1], plane[2] }, W, H, quality) == RV_OK);
    for (int k = 0; k < 3; k++)
        for (int i = 0; i < W * H; i++)
            square += pow((double)(plane[k][i] - was[k][i]), 2.0);
    return sqrt(square / (3 * W * H));
}

TEST(jpeg_loses_little_at_quality_100_and_more_as_quality_falls)
{
    double last = smooth_loss(100);
    CHECK(last < 1.5);
    for (int quality = 80; quality >= 20; quality -= 20) {
        const double loss = smooth_loss(quality);
        CHECK(loss > last && loss < 12.0);
        last = loss;
    }
}

/* Grey of multiples of eight levels from the middle, whose only coefficient 8 (v - 128) every table divides evenly at these qualities. */
TEST(jpeg_leaves_a_flat_picture_as_it_is)
{
    enum { N = 48 * 32 };
    static const int qualities[] = { 50, 75, 90, 100 };
    static float plane[3][N];
    for (int q = 0; q < 4; q++)
        for (int level = 0; level < 256; level += 32) {
            for (int k = 0; k < 3; k++)
                for (int i = 0; i < N; i++)
                    plane[k][i] = (float)level;
            CHECK(rv__jpeg_loss((float *const[3]){ plane[0], plane[1], plane[2] }, 48, 32, qualities[q]) == RV_OK);
            for (int k = 0; k < 3; k++)
                for (int i = 1; i < N; i++)
                    CHECK(plane[k][i] == plane[k][0]);
            CHECK_NEAR(plane[0][0], level, qualities[q] == 50 || qualities[q] == 75 ? 0.0 : .5);
            CHECK(plane[0][0] == plane[1][0] && plane[1][0] == plane[2][0]);
        }
}

/* @return the largest distance of a row's centroid from the place it stands for, cells; sd: of the middle phase */
static double check_psf(int style, int oversample, double sigma_px, double *sd)
{
    rv_simulate_opts o = RV_SIMULATE_OPTS_INIT;
    rv__psf p;
    double worst = 0.0;
    o.style = style;
    o.oversample = oversample;
    CHECK(rv__psf_make(&p, &o, sigma_px) == RV_OK);
    for (int k = 0; k < RV__PHASES; k++) {
        double sum = 0.0, first = 0.0, second = 0.0;
        for (int i = 0; i < p.taps; i++) {
            const double w = (double)p.weight[k * p.taps + i], at = i - p.reach + .5 - (double)k / RV__PHASES;
            CHECK(w > -1e-6);
            sum += w;
            first += w * at;
            second += w * at * at;
        }
        CHECK_NEAR(sum, 1.0, 1e-6);
        worst = fmax(worst, fabs(first));
        if (k == RV__PHASES / 2)
            *sd = sqrt(second - first * first) / oversample;
    }
    rv__psf_release(&p);
    return worst;
}

TEST(weights_of_a_pixel_add_to_one_about_its_own_place)
{
    static const int oversample[] = { 2, 4, 16 };
    for (int k = 0; k < 3; k++)
        for (double sigma = .5; sigma < .91; sigma += .2) {
            const double cell = 1.0 / oversample[k], true_sd = sqrt(sigma * sigma + 1.0 / 12.0 + cell * cell / 12.0);
            double sd = 0.0;
            CHECK(check_psf(RV_STYLE_A, oversample[k], sigma, &sd) / oversample[k] < 2.5e-4); /* 1e-3 of four cells */
            CHECK_NEAR(sd / true_sd, 1.0, .01); /* optics, the pixel and the cell */
            check_psf(RV_STYLE_B, oversample[k], sigma, &sd);
            CHECK(sd > 1.1 * true_sd); /* the skirt */
        }
}

TESTS(RUN(noise_depends_on_the_place_and_not_on_the_net_to_the_bit),
      RUN(noise_has_mean_zero_and_sd_one_and_no_other_date_or_purpose_has_the_same),
      RUN(jpeg_loses_little_at_quality_100_and_more_as_quality_falls), RUN(jpeg_leaves_a_flat_picture_as_it_is),
      RUN(weights_of_a_pixel_add_to_one_about_its_own_place))

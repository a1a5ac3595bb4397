/* SPDX-License-Identifier: Apache-2.0 */
/* Smoothing, means, gradients and medians against the direct double sum over the reflected plane. */
#include "raster/filter.h"

#include "base/mem.h"
#include "base/rng.h"
#include "lib/test.h"

enum { W = 37, H = 23, N = W * H };

static float plane[N], got[N];
static uint8_t valid[N];

static void draw(uint32_t seed)
{
    rv__rng rng;
    rv__rng_init(&rng, seed, 0, 0, 0);
    for (int i = 0; i < N; i++) {
        plane[i] = (float)rv__rng_between(&rng, -100, 1000);
        valid[i] = rv__rng_uniform(&rng) < .7;
    }
}

static int fold(int i, int n)
{
    while (i < 0 || i >= n)
        i = i < 0 ? -1 - i : 2 * n - 1 - i;
    return i;
}

static double at(int c, int r)
{
    return (double)plane[fold(r, H) * W + fold(c, W)];
}

/* sum of g(dc) g(dr) v ok / sum of g(dc) g(dr) ok over the truncated Gaussian */
static double slow_gaussian(int c, int r, double sigma, int masked)
{
    const int reach = (int)ceil(4 * sigma);
    double sum = 0, weight = 0;
    for (int dr = -reach; dr <= reach; dr++)
        for (int dc = -reach; dc <= reach; dc++) {
            const int ok = !masked || valid[fold(r + dr, H) * W + fold(c + dc, W)];
            const double g = ok ? exp(-.5 * (dc * dc + dr * dr) / (sigma * sigma)) : 0;
            sum += g * at(c + dc, r + dr);
            weight += g;
        }
    return sum / weight;
}

static void check_gaussian(double sigma, int masked)
{
    for (int r = 0; r < H; r++)
        for (int c = 0; c < W; c++)
            CHECK_NEAR(got[r * W + c], slow_gaussian(c, r, sigma, masked), 2e-3);
}

TEST(a_gaussian_is_the_truncated_weighted_mean_of_the_reflected_plane)
{
    draw(1);
    CHECK(rv__gaussian(got, plane, W, H, 1.3) == RV_OK);
    check_gaussian(1.3, 0);
}

TEST(a_gaussian_wider_than_the_plane_still_folds_back)
{
    draw(2);
    CHECK(rv__gaussian(got, plane, W, H, 9) == RV_OK);
    check_gaussian(9, 0);
}

TEST(a_gaussian_in_place_gives_the_same_values)
{
    draw(3);
    float *copy = rv__alloc(N, sizeof *copy);
    memcpy(copy, plane, sizeof plane);
    CHECK(rv__gaussian(got, plane, W, H, 2) == RV_OK);
    CHECK(rv__gaussian(copy, copy, W, H, 2) == RV_OK);
    CHECK(memcmp(copy, got, sizeof got) == 0);
    rv__free(copy);
}

TEST(a_gaussian_of_sigma_zero_copies)
{
    draw(4);
    CHECK(rv__gaussian(got, plane, W, H, 0) == RV_OK);
    CHECK(memcmp(plane, got, sizeof got) == 0);
}

TEST(a_masked_gaussian_lets_invalid_pixels_weigh_nothing)
{
    draw(5);
    CHECK(rv__gaussian_masked(got, plane, valid, W, H, 1.3) == RV_OK);
    check_gaussian(1.3, 1);
    memset(valid, 0, sizeof valid);
    CHECK(rv__gaussian_masked(got, plane, valid, W, H, 1.3) == RV_OK);
    for (int i = 0; i < N; i++)
        CHECK(got[i] == 0);
}

static void check_box(int rx, int ry)
{
    CHECK(rv__box_mean(got, plane, W, H, (size_t)rx, (size_t)ry) == RV_OK);
    for (int r = 0; r < H; r++)
        for (int c = 0; c < W; c++) {
            double sum = 0;
            for (int dr = -ry; dr <= ry; dr++)
                for (int dc = -rx; dc <= rx; dc++)
                    sum += at(c + dc, r + dr);
            CHECK_NEAR(got[r * W + c], sum / ((2 * rx + 1) * (2 * ry + 1)), 1e-3);
        }
}

TEST(a_box_mean_is_the_mean_of_its_rectangle)
{
    draw(6);
    check_box(0, 0);
    check_box(3, 1);
    check_box(1, 30);
    check_box(50, 2);
}

TEST(sobel_gives_the_slope_of_a_ramp_per_pixel)
{
    float gx[N], gy[N];
    for (int i = 0; i < N; i++)
        plane[i] = (float)(3 * (i % W) - 2 * (i / W));
    rv__sobel(gx, gy, plane, W, H);
    for (int r = 1; r + 1 < H; r++)
        for (int c = 1; c + 1 < W; c++) {
            CHECK_NEAR(gx[r * W + c], 3, 1e-4);
            CHECK_NEAR(gy[r * W + c], -2, 1e-4);
        }
}

TEST(sobel_equals_the_direct_sum_up_to_the_edges)
{
    float gx[N], gy[N];
    draw(7);
    rv__sobel(gx, gy, plane, W, H);
    for (int r = 0; r < H; r++)
        for (int c = 0; c < W; c++) {
            double x = 0, y = 0;
            for (int k = -1; k <= 1; k++) {
                x += (2 - abs(k)) * (at(c + 1, r + k) - at(c - 1, r + k)) / 8;
                y += (2 - abs(k)) * (at(c + k, r + 1) - at(c + k, r - 1)) / 8;
            }
            CHECK_NEAR(gx[r * W + c], x, 1e-3);
            CHECK_NEAR(gy[r * W + c], y, 1e-3);
        }
}

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

TEST(the_median_of_nine_is_the_fifth_in_order)
{
    draw(8);
    rv__median3(got, plane, W, H);
    for (int r = 0; r < H; r++)
        for (int c = 0; c < W; c++) {
            double v[9];
            for (int k = 0; k < 9; k++)
                v[k] = at(c + k % 3 - 1, r + k / 3 - 1);
            qsort(v, 9, sizeof *v, by_value);
            CHECK_NEAR(got[r * W + c], v[4], 0);
        }
}

TEST(a_single_pixel_and_a_single_row_are_planes_too)
{
    float one = 5, out = 0, gx = 1, gy = 1;
    CHECK(rv__gaussian(&out, &one, 1, 1, 3) == RV_OK);
    CHECK_NEAR(out, 5, 1e-5);
    CHECK(rv__box_mean(&out, &one, 1, 1, 4, 4) == RV_OK);
    CHECK_NEAR(out, 5, 1e-6);
    rv__sobel(&gx, &gy, &one, 1, 1);
    CHECK(gx == 0 && gy == 0);
    rv__median3(&out, &one, 1, 1);
    CHECK(out == 5);
}

TEST(a_failed_allocation_is_reported)
{
    draw(9);
    for (long n = 1; n <= 3; n++) {
        rv__mem_fail_nth(n, false);
        CHECK_FAILS(RV_ERR_NOMEM, rv__gaussian(got, plane, W, H, 1));
        rv__mem_fail_nth(n, false);
        CHECK_FAILS(RV_ERR_NOMEM, rv__box_mean(got, plane, W, H, 1, 1));
        rv__mem_fail_nth(n, false);
        CHECK_FAILS(RV_ERR_NOMEM, rv__gaussian_masked(got, plane, valid, W, H, 1));
    }
    rv__mem_fail_nth(0, false);
}

TESTS(RUN(a_gaussian_is_the_truncated_weighted_mean_of_the_reflected_plane),
      RUN(a_gaussian_wider_than_the_plane_still_folds_back), RUN(a_gaussian_in_place_gives_the_same_values),
      RUN(a_gaussian_of_sigma_zero_copies), RUN(a_masked_gaussian_lets_invalid_pixels_weigh_nothing),
      RUN(a_box_mean_is_the_mean_of_its_rectangle), RUN(sobel_gives_the_slope_of_a_ramp_per_pixel),
      RUN(sobel_equals_the_direct_sum_up_to_the_edges), RUN(the_median_of_nine_is_the_fifth_in_order),
      RUN(a_single_pixel_and_a_single_row_are_planes_too), RUN(a_failed_allocation_is_reported))

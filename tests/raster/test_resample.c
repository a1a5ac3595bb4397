/* SPDX-License-Identifier: Apache-2.0 */
/* Resampling against the kernels summed directly: the spline's coefficients by the two-sided impulse response of its
 * inverse, evaluated by the B-spline's formula; Lanczos by its sines. */
#include "raster/resample.h"

#include "base/mem.h"
#include "base/rng.h"
#include "lib/isa.h"
#include "lib/test.h"

enum { W = 34, H = 27, N = W * H, OUT = 48 };

static float src[2 * N], out[2 * OUT * OUT];
static uint8_t valid[N], out_valid[OUT * OUT];

static rv__resample_job job_of(rv__kernel kernel)
{
    for (int i = 0; i < N; i++)
        valid[i] = 1;
    return (rv__resample_job){ .src = src,
                               .src_valid = valid,
                               .src_w = W,
                               .src_h = H,
                               .planes = 1,
                               .m = { 1, 0, 0, 0, 1, 0, 0, 0, 1 },
                               .out_w = W,
                               .out_h = H,
                               .kernel = kernel };
}

static void draw(uint32_t seed)
{
    rv__rng rng;
    rv__rng_init(&rng, seed, 0, 0, 0);
    for (int i = 0; i < 2 * N; i++)
        src[i] = (float)rv__rng_uniform(&rng);
}

static int mirror(int i, int n)
{
    while (i < 0 || i >= n)
        i = i < 0 ? -i : 2 * n - 2 - i;
    return i;
}

static double coefficient[N];

/* c = x * (-6 z / (1 - z^2)) z^|k| on both axes */
static void slow_prefilter(const float *plane)
{
    static double half[N];
    const double z = sqrt(3) - 2, gain = -6 * z / (1 - z * z);
    for (int r = 0; r < H; r++)
        for (int c = 0; c < W; c++) {
            half[r * W + c] = 0;
            for (int k = -40; k <= 40; k++)
                half[r * W + c] += gain * pow(z, abs(k)) * (double)plane[r * W + mirror(c + k, W)];
        }
    for (int r = 0; r < H; r++)
        for (int c = 0; c < W; c++) {
            coefficient[r * W + c] = 0;
            for (int k = -40; k <= 40; k++)
                coefficient[r * W + c] += gain * pow(z, abs(k)) * half[mirror(r + k, H) * W + c];
        }
}

static double spline(double x)
{
    x = fabs(x);
    return x < 1 ? 2. / 3 - x * x + x * x * x / 2 : x < 2 ? (2 - x) * (2 - x) * (2 - x) / 6 : 0;
}

static double lanczos(double x)
{
    const double p = 3.14159265358979323846 * x;
    return fabs(x) < 1e-12 ? 1 : fabs(x) < 3 ? 3 * sin(p) * sin(p / 3) / (p * p) : 0;
}

static double tent(double x)
{
    return fabs(x) < 1 ? 1 - fabs(x) : 0;
}

/* Value at sample coordinates (x, y) */
static double slow(const float *plane, rv__kernel kernel, double x, double y)
{
    double (*const f)(double) = kernel == RV__KERNEL_CUBIC_BSPLINE ? spline
                                : kernel == RV__KERNEL_LANCZOS3    ? lanczos
                                                                   : tent;
    double sum = 0, weight = 0;
    if (kernel == RV__KERNEL_NEAREST)
        return (double)plane[(int)floor(y + .5) * W + (int)floor(x + .5)];
    for (int r = (int)floor(y) - 3; r <= (int)floor(y) + 3; r++)
        for (int c = (int)floor(x) - 3; c <= (int)floor(x) + 3; c++) {
            const int at = mirror(r, H) * W + mirror(c, W);
            const double k = f(x - c) * f(y - r);
            sum += k * (kernel == RV__KERNEL_CUBIC_BSPLINE ? coefficient[at] : (double)plane[at]);
            weight += k;
        }
    return sum / weight;
}

/* Every output pixel of the job against the direct sum; returns how many were valid. */
static int check_against_slow(const rv__resample_job *job)
{
    int seen = 0;
    const double *m = job->m;
    CHECK(rv__resample(out, out_valid, job) == RV_OK);
    for (size_t b = 0; b < job->planes; b++) {
        slow_prefilter(src + b * N);
        for (size_t i = 0; i < job->out_w * job->out_h; i++) {
            const double c = (double)(i % job->out_w) + job->col0 + .5, r = (double)(i / job->out_w) + job->row0 + .5;
            const double w = m[6] * c + m[7] * r + m[8];
            const double x = (m[0] * c + m[1] * r + m[2]) / w - job->src_col0 - .5;
            const double y = (m[3] * c + m[4] * r + m[5]) / w - job->src_row0 - .5;
            const float got = out[b * job->out_w * job->out_h + i];
            seen += out_valid[i];
            CHECK_NEAR(got, out_valid[i] ? slow(src + b * N, job->kernel, x, y) : 0, 2e-5);
        }
    }
    return seen;
}

TEST(a_shift_equals_the_direct_sum_for_every_kernel)
{
    draw(1);
    for (int k = RV__KERNEL_CUBIC_BSPLINE; k <= RV__KERNEL_NEAREST; k++) {
        rv__resample_job job = job_of((rv__kernel)k);
        job.planes = 2;
        job.m[2] = 1.37;
        job.m[5] = -2.81;
        CHECK(check_against_slow(&job) > N);
        job.src_col0 = 100;
        job.src_row0 = -50;
        job.col0 = 98.25;
        job.row0 = -51;
        CHECK(check_against_slow(&job) > N);
    }
}

TEST(a_change_of_scale_equals_the_direct_sum)
{
    draw(2);
    for (int k = RV__KERNEL_CUBIC_BSPLINE; k <= RV__KERNEL_NEAREST; k++) {
        rv__resample_job job = job_of((rv__kernel)k);
        job.m[0] = .7;
        job.m[4] = -1.2; /* upside down */
        job.m[5] = H - 2;
        job.out_w = OUT;
        CHECK(check_against_slow(&job) > N / 2);
    }
}

TEST(rotations_and_homographies_equal_the_direct_sum)
{
    static const double maps[2][9] = { { .98, -.17, 2.3017, .17, .98, -3.1013, 0, 0, 1 },
                                       { .9, .05, 1.1017, -.04, 1.05, .7013, 1e-3, -2e-3, 1 } };
    draw(3);
    for (int i = 0; i < 2; i++)
        for (int k = RV__KERNEL_CUBIC_BSPLINE; k <= RV__KERNEL_NEAREST; k++) {
            rv__resample_job job = job_of((rv__kernel)k);
            memcpy(job.m, maps[i], sizeof job.m);
            job.planes = 2;
            CHECK(check_against_slow(&job) > N);
        }
}

TEST(what_lies_at_the_samples_is_given_back)
{
    draw(4);
    rv__resample_job job = job_of(RV__KERNEL_CUBIC_BSPLINE);
    job.m[2] = 1e-7; /* not a whole shift: the spline itself is asked */
    CHECK(rv__resample(out, out_valid, &job) == RV_OK);
    for (int i = 0; i < N; i++)
        CHECK_NEAR(out[i], src[i], 1e-5);
}

TEST(a_shift_by_whole_pixels_copies_bits)
{
    draw(5);
    rv__resample_job job = job_of(RV__KERNEL_CUBIC_BSPLINE);
    job.m[2] = 3;
    job.m[5] = -2;
    CHECK(rv__resample(out, out_valid, &job) == RV_OK);
    for (int r = 0; r < H; r++)
        for (int c = 0; c < W; c++) {
            const int inside = c + 3 < W && r >= 2;
            CHECK(out_valid[r * W + c] == inside);
            CHECK(out[r * W + c] == (inside ? src[(r - 2) * W + c + 3] : 0.f));
        }
}

/* Waves no shorter than 8 px: a new place of the pattern is known exactly. */
static double pattern(double x, double y)
{
    const double tau = 6.28318530717958647692;
    return sin(tau * (x / 8.3 + y / 31)) + .7 * cos(tau * (y / 9.1 - x / 40)) + .5 * sin(tau * (x + y) / 17);
}

TEST(a_band_limited_pattern_is_moved_exactly_to_a_thousandth)
{
    double worst = 0;
    for (int k = 0; k < 4; k++) {
        rv__resample_job job = job_of(RV__KERNEL_CUBIC_BSPLINE);
        for (int i = 0; i < N; i++)
            src[i] = (float)pattern(i % W, i / W);
        job.m[2] = .13 + .25 * k;
        job.m[5] = .5 - .2 * k;
        CHECK(rv__resample(out, out_valid, &job) == RV_OK);
        for (int r = 8; r < H - 9; r++)
            for (int c = 8; c < W - 9; c++)
                worst = fmax(worst, fabs((double)out[r * W + c] - pattern(c + job.m[2], r + job.m[5])));
    }
    printf("# worst error of a shifted pattern of amplitude 2.2: %.2e\n", worst);
    CHECK(worst < 2.2e-3);
}

TEST(what_hides_under_invalid_pixels_never_reaches_valid_ones)
{
    static float twin[OUT * OUT];
    static const double bent[9] = { 1, .02, .4, -.02, 1, .6, 0, 0, 1 };
    draw(6);
    for (int k = 0; k < 4; k++)
        for (int map = 0; map < 2; map++) {
            rv__resample_job job = job_of((rv__kernel)k);
            job.m[2] = job.m[5] = .4;
            if (map)
                memcpy(job.m, bent, sizeof bent);
            for (int i = 0; i < N; i++)
                valid[i] = abs(i % W - 12) > 3 || abs(i / W - 14) > 5;
            for (int i = 0; i < N; i++)
                src[i] = valid[i] ? src[i] : 1e6f;
            CHECK(rv__resample(out, out_valid, &job) == RV_OK);
            memcpy(twin, out, sizeof twin);
            for (int i = 0; i < N; i++)
                src[i] = valid[i] ? src[i] : -77.f;
            CHECK(rv__resample(out, out_valid, &job) == RV_OK);
            CHECK(memcmp(twin, out, sizeof(float) * N) == 0);
        }
}

TEST(flat_ground_stays_flat_up_to_the_edge_of_a_hole)
{
    rv__resample_job job = job_of(RV__KERNEL_CUBIC_BSPLINE);
    job.m[2] = .5;
    job.m[5] = .25;
    for (int i = 0; i < N; i++) {
        valid[i] = (i % W - 15) * (i % W - 15) + (i / W - 12) * (i / W - 12) > 40;
        src[i] = valid[i] ? 1000.f : 0.f;
    }
    CHECK(rv__resample(out, out_valid, &job) == RV_OK);
    for (int i = 0; i < N; i++)
        CHECK_NEAR(out[i], out_valid[i] ? 1000 : 0, 2e-3);
}

/* Half of the kernel's weight, and the nearest pixel. */
TEST(validity_follows_the_rule_pixel_by_pixel)
{
    rv__rng rng;
    rv__rng_init(&rng, 7, 0, 0, 0);
    draw(7);
    for (int map = 0; map < 2; map++) {
        rv__resample_job job = job_of(RV__KERNEL_CUBIC_BSPLINE);
        job.m[2] = .3;
        job.m[5] = -.4;
        job.m[1] = map ? .01 : 0;
        for (int i = 0; i < N; i++)
            valid[i] = rv__rng_uniform(&rng) < .6;
        CHECK(rv__resample(out, out_valid, &job) == RV_OK);
        int kept = 0;
        for (int i = 0; i < N; i++) {
            const double x = i % W + .3 + job.m[1] * (i / W + .5), y = i / W - .4;
            double on_valid = 0;
            for (int r = 0; r < H; r++)
                for (int c = 0; c < W; c++)
                    on_valid += valid[r * W + c] ? spline(x - c) * spline(y - r) : 0;
            const int c = (int)floor(x + .5), r = (int)floor(y + .5);
            const int nearest = c >= 0 && r >= 0 && c < W && r < H && valid[r * W + c];
            if (fabs(on_valid - .5) > 1e-5)
                CHECK(out_valid[i] == (nearest && on_valid > .5));
            kept += out_valid[i];
        }
        CHECK(kept > N / 4 && kept < 3 * N / 4);
    }
}

TEST(shrinking_takes_means_so_that_a_chequerboard_turns_grey)
{
    for (int rotated = 0; rotated < 2; rotated++) {
        rv__resample_job job = job_of(RV__KERNEL_CUBIC_BSPLINE);
        for (int i = 0; i < N; i++)
            src[i] = (i % W + i / W) % 2 ? 3.f : 1.f;
        job.m[0] = job.m[4] = 4;
        job.m[1] = rotated ? .02 : 0;
        job.out_w = W / 4;
        job.out_h = H / 4;
        CHECK(rv__resample(out, out_valid, &job) == RV_OK);
        for (size_t r = 1; r + 1 < job.out_h; r++)
            for (size_t c = 1; c + 1 < job.out_w; c++) {
                CHECK(out_valid[r * job.out_w + c]);
                CHECK_NEAR(out[r * job.out_w + c], 2, .02);
            }
    }
}

TEST(shrinking_keeps_a_ramp_where_it_lies)
{
    rv__resample_job job = job_of(RV__KERNEL_CUBIC_BSPLINE);
    for (int i = 0; i < N; i++)
        src[i] = (float)(i % W + .5 + 10 * (i / W + .5));
    job.m[0] = 2.5;
    job.m[4] = 3;
    job.out_w = 13;
    job.out_h = 9;
    CHECK(rv__resample(out, out_valid, &job) == RV_OK);
    for (int r = 2; r < 7; r++)
        for (int c = 2; c < 11; c++)
            CHECK_NEAR(out[r * 13 + c], 2.5 * (c + .5) + 30 * (r + .5), .15);
}

TEST(shrinking_means_leave_invalid_pixels_out)
{
    rv__resample_job job = job_of(RV__KERNEL_BILINEAR);
    for (int i = 0; i < N; i++) {
        valid[i] = i % 3 != 0;
        src[i] = valid[i] ? 5.f : 1e5f;
    }
    job.m[0] = job.m[4] = 3;
    job.out_w = W / 3;
    job.out_h = H / 3;
    CHECK(rv__resample(out, out_valid, &job) == RV_OK);
    for (size_t i = 0; i < job.out_w * job.out_h; i++) {
        CHECK(out_valid[i]);
        CHECK_NEAR(out[i], 5, 1e-4);
    }
}

/* Read what the bounds ask for and no more: the tile must equal the same part of the whole. */
TEST(a_tile_cut_by_the_bounds_equals_the_whole)
{
    static const double maps[3][9] = { { 1, 0, .4, 0, 1, -.3, 0, 0, 1 },
                                       { .98, -.17, 20.3, .17, .98, -13.1, 0, 0, 1 },
                                       { .9, .05, 11.1, -.04, 1.05, 9.7, 1e-4, -2e-4, 1 } };
    enum { BIG = 120, TILE = 16 };
    float *big = rv__alloc(BIG * BIG, sizeof *big), *whole = rv__alloc(BIG * BIG, sizeof *whole);
    uint8_t *ones = rv__alloc(BIG * BIG, 1), *seen = rv__alloc(BIG * BIG, 1);
    rv__rng rng;
    rv__rng_init(&rng, 8, 0, 0, 0);
    for (int i = 0; i < BIG * BIG; i++) {
        big[i] = (float)rv__rng_uniform(&rng);
        ones[i] = 1;
    }
    for (int k = 0; k < 3; k++) {
        rv__resample_job job = {
            .src = big, .src_valid = ones, .src_w = BIG, .src_h = BIG, .planes = 1, .out_w = BIG, .out_h = BIG
        };
        memcpy(job.m, maps[k], sizeof job.m);
        CHECK(rv__resample(whole, seen, &job) == RV_OK);
        int b[4];
        rv__resample_bounds(b, job.m, 50, 47, TILE, TILE);
        CHECK(b[0] >= 0 && b[1] >= 0 && b[0] + b[2] <= BIG && b[1] + b[3] <= BIG);
        CHECK(b[2] < TILE + 35 && b[3] < TILE + 35);
        float *cut = rv__alloc((size_t)b[2] * (size_t)b[3], sizeof *cut);
        for (int r = 0; r < b[3]; r++)
            memcpy(cut + r * b[2], big + (r + b[1]) * BIG + b[0], (size_t)b[2] * sizeof *cut);
        job.src = cut;
        job.src_w = (size_t)b[2];
        job.src_h = (size_t)b[3];
        job.src_col0 = b[0];
        job.src_row0 = b[1];
        job.col0 = 50;
        job.row0 = 47;
        job.out_w = job.out_h = TILE;
        CHECK(rv__resample(out, out_valid, &job) == RV_OK);
        for (int i = 0; i < TILE * TILE; i++) {
            CHECK(out_valid[i]);
            CHECK_NEAR(out[i], whole[(47 + i / TILE) * BIG + 50 + i % TILE], 1e-4);
        }
        rv__free(cut);
    }
    rv__free(seen);
    rv__free(ones);
    rv__free(whole);
    rv__free(big);
}

TEST(bounds_behind_the_horizon_are_unlimited_not_wrong)
{
    const double m[9] = { 1, 0, 0, 0, 1, 0, -.01, 0, 1 };
    int b[4];
    rv__resample_bounds(b, m, 0, 0, 200, 10);
    CHECK(b[0] < -1000000 && b[2] > 1000000);
}

TEST(windows_of_one_pixel_and_windows_that_miss_are_fine)
{
    float one = 4;
    uint8_t yes = 1;
    rv__resample_job job = { .src = &one,
                             .src_valid = &yes,
                             .src_w = 1,
                             .src_h = 1,
                             .planes = 1,
                             .m = { 1, 0, .3, 0, 1, -.2, 0, 0, 1 },
                             .out_w = 1,
                             .out_h = 1 };
    CHECK(rv__resample(out, out_valid, &job) == RV_OK);
    CHECK(!out_valid[0] || fabs((double)out[0] - 4) < 1e-5);
    job.m[2] = 1000;
    CHECK(rv__resample(out, out_valid, &job) == RV_OK);
    CHECK(!out_valid[0] && out[0] == 0);
    job.src_w = 0;
    CHECK(rv__resample(out, out_valid, &job) == RV_OK);
    CHECK(!out_valid[0]);
}

TEST(nothing_is_written_beyond_the_output)
{
    for (int k = 0; k < 4; k++)
        for (int map = 0; map < 3; map++) {
            rv__resample_job job = job_of((rv__kernel)k);
            job.m[2] = -30.4;
            job.m[0] = map == 1 ? 2.3 : 1;
            job.m[1] = map == 2 ? -.5 : 0;
            job.out_w = 17;
            job.out_h = 40;
            float *exact = malloc(17 * 40 * sizeof *exact);
            uint8_t *exact_valid = malloc(17 * 40 + 1);
            exact_valid[17 * 40] = 0xA5;
            CHECK(rv__resample(exact, exact_valid, &job) == RV_OK); /* the sanitizer watches the floats */
            CHECK(exact_valid[17 * 40] == 0xA5);
            free(exact_valid);
            free(exact);
        }
}

/* Wider than a row of taps, and larger than a block: planes of random samples with holes. */
enum { WIDE = 700, TALL = 300, PLANES = 2 };

static void resample_all(float *to)
{
    static const double maps[][9] = { { 1, 0, .4, 0, 1, -.3, 0, 0, 1 },
                                      { 1.0002, .001, .3, -.001, .9998, .2, 0, 0, 1 },
                                      { .98, -.17, 20.3, .17, .98, -13.1, 0, 0, 1 },
                                      { .9, .05, 11.1, -.04, 1.05, 9.7, 1e-4, -2e-4, 1 },
                                      { 1.5, 0, 3.1, 0, .7, 2.2, 0, 0, 1 } };
    static float big[PLANES * WIDE * TALL];
    static uint8_t ok[WIDE * TALL];
    const double knots[8] = { 1, -2, 3, .5, -1, 2, .25, 1.5 };
    const rv__warpfield field = { 2, 2, 250, 10, 20, knots, knots + 4 };
    rv__rng rng;
    rv__rng_init(&rng, 21, 0, 0, 0);
    for (int i = 0; i < PLANES * WIDE * TALL; i++)
        big[i] = (float)rv__rng_uniform(&rng);
    for (int i = 0; i < WIDE * TALL; i++)
        ok[i] = rv__rng_uniform(&rng) > .001 || i % WIDE < WIDE / 2;
    for (int k = 0; k < 5; k++) {
        rv__resample_job job = { .src = big,
                                 .src_valid = ok,
                                 .src_w = WIDE,
                                 .src_h = TALL,
                                 .planes = PLANES,
                                 .out_w = WIDE,
                                 .out_h = TALL,
                                 .field = k % 2 ? &field : NULL };
        memcpy(job.m, maps[k], sizeof job.m);
        CHECK(rv__resample(to, (uint8_t *)(to + PLANES * WIDE * TALL), &job) == RV_OK);
        to += (PLANES + 1) * WIDE * TALL;
    }
}

TEST(every_instruction_set_gives_the_same_bits)
{
    enum { FLOATS = 5 * (PLANES + 1) * WIDE * TALL };
    CHECK(same_on_every_isa(resample_all, FLOATS));
}

/* Blocks leave no seam: a window cut so that other blocks fall on it gives the same values. */
TEST(where_blocks_begin_cannot_be_seen)
{
    float *all = rv__alloc(5 * (PLANES + 1) * WIDE * TALL, sizeof *all);
    resample_all(all);
    const float *shifted = all;
    static float big[WIDE * TALL], part[400 * 200];
    static uint8_t ok[WIDE * TALL], part_ok[400 * 200];
    rv__rng rng;
    rv__rng_init(&rng, 21, 0, 0, 0);
    for (int i = 0; i < WIDE * TALL; i++)
        big[i] = (float)rv__rng_uniform(&rng);
    memset(ok, 1, sizeof ok);
    rv__resample_job job = { .src = big,
                             .src_valid = ok,
                             .src_w = WIDE,
                             .src_h = TALL,
                             .planes = 1,
                             .m = { 1, 0, .4, 0, 1, -.3, 0, 0, 1 },
                             .col0 = 20,
                             .row0 = 70,
                             .out_w = 400,
                             .out_h = 200 };
    CHECK(rv__resample(part, part_ok, &job) == RV_OK);
    for (int i = 0; i < 400 * 200; i++) /* the left half has no holes */
        if (i % 400 + 20 < WIDE / 2 - 20)
            CHECK_NEAR(part[i], shifted[(i / 400 + 70) * WIDE + i % 400 + 20], 1e-6);
    rv__free(all);
}

TEST(a_failed_allocation_is_reported)
{
    int met = 0;
    for (long n = 1; n < 40; n++) {
        rv__resample_job job = job_of(RV__KERNEL_CUBIC_BSPLINE);
        valid[5] = 0;
        job.m[0] = 2;
        job.m[2] = .5;
        rv__mem_fail_nth(n, false);
        const int err = rv__resample(out, out_valid, &job);
        CHECK(err == RV_OK || err == RV_ERR_NOMEM);
        met += err == RV_ERR_NOMEM;
    }
    rv__mem_fail_nth(0, false);
    CHECK(met >= 10);
}

TESTS(RUN(every_instruction_set_gives_the_same_bits), RUN(a_shift_equals_the_direct_sum_for_every_kernel),
      RUN(a_change_of_scale_equals_the_direct_sum), RUN(rotations_and_homographies_equal_the_direct_sum),
      RUN(what_lies_at_the_samples_is_given_back), RUN(a_shift_by_whole_pixels_copies_bits),
      RUN(a_band_limited_pattern_is_moved_exactly_to_a_thousandth),
      RUN(what_hides_under_invalid_pixels_never_reaches_valid_ones),
      RUN(flat_ground_stays_flat_up_to_the_edge_of_a_hole), RUN(validity_follows_the_rule_pixel_by_pixel),
      RUN(shrinking_takes_means_so_that_a_chequerboard_turns_grey), RUN(shrinking_keeps_a_ramp_where_it_lies),
      RUN(shrinking_means_leave_invalid_pixels_out), RUN(a_tile_cut_by_the_bounds_equals_the_whole),
      RUN(bounds_behind_the_horizon_are_unlimited_not_wrong), RUN(windows_of_one_pixel_and_windows_that_miss_are_fine),
      RUN(nothing_is_written_beyond_the_output), RUN(where_blocks_begin_cannot_be_seen),
      RUN(a_failed_allocation_is_reported))

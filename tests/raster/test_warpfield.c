/* SPDX-License-Identifier: Apache-2.0 */
/* The displacement field against the sum over all knots, and resampling under it against the spline at displaced places. */
#include "raster/warpfield.h"

#include "base/rng.h"
#include "lib/test.h"
#include "raster/resample.h"

enum { NX = 5, NY = 4, N = 300 };

static double knots[2][NX * NY];

static rv__warpfield draw(double step_px)
{
    rv__rng rng;
    rv__rng_init(&rng, 11, 0, 0, 0);
    for (int i = 0; i < NX * NY; i++)
        for (int axis = 0; axis < 2; axis++)
            knots[axis][i] = 4 * rv__rng_uniform(&rng) - 2;
    return (rv__warpfield){ NX, NY, step_px, -20.5, 7.25, knots[0], knots[1] };
}

static double spline(double x)
{
    x = fabs(x);
    return x < 1 ? 2. / 3 - x * x + x * x * x / 2 : x < 2 ? (2 - x) * (2 - x) * (2 - x) / 6 : 0;
}

/* All knots that there are, and many copies of the outermost beyond. */
static double slow(const rv__warpfield *f, const double *plane, double col, double row)
{
    const double x = (col - f->col0) / f->step_px, y = (row - f->row0) / f->step_px;
    double sum = 0;
    for (int j = -40; j < 40; j++)
        for (int i = -40; i < 40; i++) {
            const int ci = i < 0 ? 0 : i < NX ? i : NX - 1, cj = j < 0 ? 0 : j < NY ? j : NY - 1;
            sum += plane[cj * NX + ci] * spline(x - i) * spline(y - j);
        }
    return sum;
}

TEST(the_field_equals_the_sum_over_all_knots)
{
    const rv__warpfield f = draw(37.5);
    double d[2];
    for (int i = 0; i < 400; i++) {
        const double col = -150 + 1.37 * i, row = 250 - .91 * i;
        rv__warpfield_eval(d, &f, col, row);
        CHECK_NEAR(d[0], slow(&f, f.col, col, row), 1e-12);
        CHECK_NEAR(d[1], slow(&f, f.row, col, row), 1e-12);
    }
}

TEST(weighed_coefficients_are_the_field)
{
    const rv__warpfield f = draw(37.5);
    for (int i = 0; i < 400; i++) {
        const double col = -150 + 1.37 * i, row = 250 - .91 * i;
        double d[2], weight[16], sum[3] = { 0 };
        size_t knot[16];
        rv__warpfield_eval(d, &f, col, row);
        rv__warpfield_basis(weight, knot, &f, col, row);
        for (int k = 0; k < 16; k++) {
            sum[0] += weight[k] * f.col[knot[k]];
            sum[1] += weight[k] * f.row[knot[k]];
            sum[2] += weight[k];
        }
        CHECK_NEAR(sum[0], d[0], 1e-12);
        CHECK_NEAR(sum[1], d[1], 1e-12);
        CHECK_NEAR(sum[2], 1, 1e-12);
    }
}

TEST(a_row_equals_its_positions_wherever_it_begins)
{
    static double dc[N], dr[N];
    const double steps[3] = { .75, 37.5, 400 };
    for (int s = 0; s < 3; s++) {
        const rv__warpfield f = draw(steps[s]);
        for (int first = -140; first < 150; first += 29) {
            const double at[2] = { first + .5, .3 * first };
            rv__warpfield_row(dc, dr, N, &f, at);
            for (int i = 0; i < N; i++) {
                double d[2];
                rv__warpfield_eval(d, &f, at[0] + i, at[1]);
                CHECK_NEAR(dc[i], d[0], 1e-12);
                CHECK_NEAR(dr[i], d[1], 1e-12);
            }
        }
    }
}

TEST(far_outside_the_field_is_its_corner)
{
    const rv__warpfield f = draw(10);
    double d[2];
    rv__warpfield_eval(d, &f, -1e12, 1e12);
    CHECK_NEAR(d[0], f.col[(NY - 1) * NX], 1e-12);
    CHECK_NEAR(d[1], f.row[(NY - 1) * NX], 1e-12);
}

TEST(the_range_holds_every_displacement_of_a_window)
{
    const rv__warpfield f = draw(24);
    for (int k = 0; k < 30; k++) {
        const double window[4] = { -90 + 7.3 * k, 130 - 8.1 * k, 20 + k, 31 };
        double lo[2], hi[2], d[2];
        rv__warpfield_range(lo, hi, &f, window);
        for (int i = 0; i <= 10; i++)
            for (int j = 0; j <= 10; j++) {
                rv__warpfield_eval(d, &f, window[0] + window[2] * i / 10, window[1] + window[3] * j / 10);
                for (int axis = 0; axis < 2; axis++)
                    CHECK(d[axis] >= lo[axis] - 1e-12 && d[axis] <= hi[axis] + 1e-12);
            }
        CHECK(hi[0] - lo[0] <= 4 && hi[1] - lo[1] <= 4);
    }
}

enum { SIDE = 200 };

static float src[SIDE * SIDE], out[SIDE * SIDE];
static uint8_t valid[SIDE * SIDE], out_valid[SIDE * SIDE];

static double pattern(double x, double y)
{
    const double tau = 6.28318530717958647692;
    return sin(tau * (x / 14.3 + y / 31)) + .7 * cos(tau * (y / 15.1 - x / 40));
}

static rv__resample_job job_of(const rv__warpfield *f)
{
    for (int i = 0; i < SIDE * SIDE; i++) {
        src[i] = (float)pattern(i % SIDE + .5, i / SIDE + .5);
        valid[i] = 1;
    }
    return (rv__resample_job){ .src = src,
                               .src_valid = valid,
                               .src_w = SIDE,
                               .src_h = SIDE,
                               .planes = 1,
                               .m = { 1, 0, .4, 0, 1, -.3, 0, 0, 1 },
                               .out_w = SIDE,
                               .out_h = SIDE,
                               .field = f };
}

TEST(resampling_under_a_field_takes_the_pattern_from_displaced_places)
{
    static const double maps[3][9] = { { 1, 0, .4, 0, 1, -.3, 0, 0, 1 },
                                       { 1.001, -.002, .4, .002, .999, -.3, 0, 0, 1 },
                                       { 1.01, .003, -1.2, -.004, .99, .8, 1e-5, -2e-5, 1 } };
    const rv__warpfield f = draw(60);
    double worst = 0;
    for (int k = 0; k < 3; k++) {
        rv__resample_job job = job_of(&f);
        const double *m = maps[k];
        memcpy(job.m, m, sizeof job.m);
        CHECK(rv__resample(out, out_valid, &job) == RV_OK);
        for (int i = 0; i < SIDE * SIDE; i++) {
            const double c = i % SIDE + .5, r = i / SIDE + .5, w = m[6] * c + m[7] * r + 1;
            double d[2];
            rv__warpfield_eval(d, &f, c, r);
            const double x = (m[0] * c + m[1] * r + m[2]) / w + d[0], y = (m[3] * c + m[4] * r + m[5]) / w + d[1];
            if (x < 10 || y < 10 || x > SIDE - 10 || y > SIDE - 10)
                continue;
            CHECK(out_valid[i]);
            worst = fmax(worst, fabs((double)out[i] - pattern(x, y)));
        }
    }
    printf("# worst error under a field: %.1e of an amplitude of 1.7\n", worst);
    CHECK(worst < 5e-4);
}

/* With a constant field the map itself could have said it. */
TEST(a_constant_field_is_a_shift)
{
    static float moved[SIDE * SIDE];
    const double shift[2] = { 3.25, -1.5 };
    const rv__warpfield f = { 1, 1, 100, 0, 0, &shift[0], &shift[1] };
    rv__resample_job job = job_of(&f);
    CHECK(rv__resample(out, out_valid, &job) == RV_OK);
    job.field = NULL;
    job.m[2] += shift[0];
    job.m[5] += shift[1];
    CHECK(rv__resample(moved, valid, &job) == RV_OK);
    CHECK(memcmp(valid, out_valid, sizeof valid) == 0);
    for (int i = 0; i < SIDE * SIDE; i++)
        CHECK_NEAR(out[i], moved[i], 2e-6);
}

TEST(what_a_window_needs_grows_by_the_field)
{
    const double shift[2] = { 30, -7 };
    const rv__warpfield f = { 1, 1, 100, 0, 0, &shift[0], &shift[1] };
    rv__resample_job job = job_of(NULL);
    int plain[4], moved[4];
    job.col0 = 40;
    job.row0 = 50;
    job.out_w = job.out_h = 16;
    rv__resample_needs(plain, &job);
    job.field = &f;
    rv__resample_needs(moved, &job);
    CHECK(moved[0] == plain[0] + 30 && moved[1] == plain[1] - 7 && moved[2] == plain[2] && moved[3] == plain[3]);
}

TESTS(RUN(the_field_equals_the_sum_over_all_knots), RUN(weighed_coefficients_are_the_field),
      RUN(a_row_equals_its_positions_wherever_it_begins), RUN(far_outside_the_field_is_its_corner),
      RUN(the_range_holds_every_displacement_of_a_window),
      RUN(resampling_under_a_field_takes_the_pattern_from_displaced_places), RUN(a_constant_field_is_a_shift),
      RUN(what_a_window_needs_grows_by_the_field))

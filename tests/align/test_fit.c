/* SPDX-License-Identifier: Apache-2.0 */
/* Fields fitted to drawn surfaces whose truth is known, and whether the stated covariance is honest. */
#include "align/align_internal.h"

#include "base/mem.h"
#include "base/rng.h"
#include "lib/test.h"

enum { ACROSS = 6, DOWN = 5, WINDOWS = ACROSS * DOWN };

static const double STEP = 128; /* windows do not overlap: their errors are independent */

static rv__ties ties_new(void)
{
    rv__ties ties = { .n = WINDOWS, .level = 1, .window = 128, .area = { 0, 0, STEP * ACROSS, STEP * DOWN } };
    ties.v = rv__alloc(WINDOWS, sizeof *ties.v);
    ties.used = WINDOWS;
    for (int i = 0; i < WINDOWS; i++) {
        ties.v[i].col = (i % ACROSS + .5) * STEP;
        ties.v[i].row = (double)(i / ACROSS) * STEP + .5 * STEP;
        ties.v[i].weight = 1;
    }
    return ties;
}

static rv__field field_of(rv__model model)
{
    return (
        rv__field){ .model = model, .origin = { .5 * STEP * ACROSS, .5 * STEP * DOWN }, .unit = .5 * STEP * ACROSS };
}

/* A peak of unit width at d on a rough floor. */
static void draw_surface(rv__tie *tie, const double d[2], double height, double rough, rv__rng *rng)
{
    double wave[12][4];
    for (int k = 0; k < 12; k++) {
        const double f = rv__rng_between(rng, .3, 1.2), a = rv__rng_between(rng, 0, 6.2832);
        wave[k][0] = f * cos(a);
        wave[k][1] = f * sin(a);
        wave[k][2] = rv__rng_between(rng, 0, 6.2832);
        wave[k][3] = rough * .4 * rv__rng_normal(rng);
    }
    for (int r = 0; r < RV__ZOOM; r++)
        for (int c = 0; c < RV__ZOOM; c++) {
            const double x = (double)(c - RV__ZOOM / 2) / RV__ZOOM_RATE, y = (double)(r - RV__ZOOM / 2) / RV__ZOOM_RATE;
            double v = height * exp(-.5 * ((x - d[0]) * (x - d[0]) + (y - d[1]) * (y - d[1])));
            for (int k = 0; k < 12; k++)
                v += wave[k][3] * cos(wave[k][0] * x + wave[k][1] * y + wave[k][2]);
            tie->surface[r * RV__ZOOM + c] = (float)v;
        }
    rv__surface_peak(tie->surface, tie->d, &tie->height);
}

TEST(every_model_is_recovered_from_exact_surfaces)
{
    const double truth[RV__PARAMS_MAX] = { .7, -.4, .5, -.3, .2, .35, .15, -.2 };
    rv__ties ties = ties_new();
    rv__rng rng;
    rv__rng_init(&rng, 1, 0, 0, 0);
    for (int m = RV__SHIFT; m <= RV__HOMOGRAPHY; m++) {
        rv__field field = field_of((rv__model)m), start;
        memcpy(field.p, truth, sizeof truth);
        for (int i = 0; i < WINDOWS; i++) {
            double d[2];
            rv__field_at(d, &field, ties.v[i].col, ties.v[i].row);
            draw_surface(ties.v + i, d, .3, 0, &rng);
        }
        rv__fit fit;
        start = field_of(RV__SHIFT);
        CHECK(rv__fit_surfaces(&fit, &start, &ties) == RV_OK);
        start = rv__field_enrich(&fit.field, (rv__model)m);
        CHECK(rv__fit_surfaces(&fit, &start, &ties) == RV_OK);
        for (int i = 0; i < rv__model_params((rv__model)m); i++)
            CHECK_NEAR(fit.field.p[i], truth[i], 5e-3);
        CHECK(fit.agree == WINDOWS && fit.spread < .02);
    }
    rv__ties_release(&ties);
}

TEST(a_third_of_false_peaks_does_not_pull_the_shift)
{
    rv__ties ties = ties_new();
    rv__rng rng;
    rv__rng_init(&rng, 2, 0, 0, 0);
    for (int i = 0; i < WINDOWS; i++) {
        const double right[2] = { .6, -.25 }, wrong[2] = { 2.8, 2.4 };
        draw_surface(ties.v + i, i % 3 ? right : wrong, .3, 0, &rng);
    }
    rv__fit fit;
    const rv__field start = field_of(RV__SHIFT);
    CHECK(rv__fit_surfaces(&fit, &start, &ties) == RV_OK);
    CHECK_NEAR(fit.field.p[0], .6, .03);
    CHECK_NEAR(fit.field.p[1], -.25, .03);
    CHECK(fit.agree == WINDOWS * 2 / 3);
    rv__ties_release(&ties);
}

TEST(stated_covariance_holds_the_truth_as_often_as_it_says)
{
    enum { RUNS = 300 };
    rv__ties ties = ties_new();
    int shift_in = 0, affine_in = 0, needless = 0, n_affine = 0;
    for (int run = 0; run < RUNS; run++) {
        rv__rng rng;
        rv__rng_init(&rng, 3, (uint32_t)run, 0, 0);
        const double truth[2] = { rv__rng_between(&rng, -1, 1), rv__rng_between(&rng, -1, 1) };
        for (int i = 0; i < WINDOWS; i++)
            draw_surface(ties.v + i, truth, rv__rng_between(&rng, .15, .4), .04, &rng);
        rv__fit fit, affine;
        rv__field start = field_of(RV__SHIFT);
        CHECK(rv__fit_surfaces(&fit, &start, &ties) == RV_OK);
        for (int e = 0; e < 2; e++)
            shift_in += fabs(fit.field.p[e] - truth[e]) < 1.96 * sqrt(fit.cov[e * 2 + e]);
        start = rv__field_enrich(&fit.field, RV__AFFINE);
        CHECK(rv__fit_surfaces(&affine, &start, &ties) == RV_OK);
        for (int e = 0; e < 6; e++, n_affine++)
            affine_in += fabs(affine.field.p[e] - (e < 2 ? truth[e] : 0)) < 1.96 * sqrt(affine.cov[e * 6 + e]);
        needless += rv__fit_needs(&affine, &ties, 2);
    }
    printf("# truth within 1.96 sigma: shift %.1f %%, affine %.1f %%; needless affine %.1f %%\n",
           100.0 * shift_in / (2.0 * RUNS), 100.0 * affine_in / n_affine, 100.0 * needless / RUNS);
    CHECK_NEAR(shift_in / (2.0 * RUNS), .95, .035);
    CHECK_NEAR(affine_in / (double)n_affine, .95, .04);
    CHECK(needless < .03 * RUNS);
    rv__ties_release(&ties);
}

TEST(the_matrix_of_a_field_moves_points_by_the_field)
{
    rv__field f = field_of(RV__AFFINE);
    const double p[RV__PARAMS_MAX] = { 1.5, -2, .8, -.6, .4, 1.1, 0, 0 };
    memcpy(f.p, p, sizeof p);
    double m[9], q[2], d[2];
    rv__field_matrix(m, &f);
    rv__mat_point(q, m, 123, 456);
    rv__field_at(d, &f, 123, 456);
    CHECK_NEAR(q[0], 123 + d[0], 1e-9);
    CHECK_NEAR(q[1], 456 + d[1], 1e-9);
    f = rv__field_enrich(&f, RV__HOMOGRAPHY);
    f.p[6] = .02;
    f.p[7] = -.03; /* perspective to first order: the square of .05 px is what may differ, times the arm */
    rv__field_matrix(m, &f);
    rv__mat_point(q, m, 123, 456);
    rv__field_at(d, &f, 123, 456);
    CHECK_NEAR(q[0], 123 + d[0], 2e-3);
    CHECK_NEAR(q[1], 456 + d[1], 2e-3);
}

TEST(most_windows_outvote_the_others_on_an_affine_field)
{
    rv__ties ties = ties_new();
    rv__rng rng;
    rv__rng_init(&rng, 4, 0, 0, 0);
    rv__field truth = field_of(RV__AFFINE), found = field_of(RV__AFFINE);
    const double p[RV__PARAMS_MAX] = { 6, -9, 8, -5, 4, 7, 0, 0 };
    memcpy(truth.p, p, sizeof p);
    for (int i = 0; i < WINDOWS; i++) {
        double d[2];
        rv__field_at(d, &truth, ties.v[i].col, ties.v[i].row);
        const bool right = i % 5 < 3;
        ties.v[i].coarse.height = 1;
        for (int e = 0; e < 2; e++)
            ties.v[i].coarse.d[e] = right ? round(d[e]) : round(rv__rng_between(&rng, -30, 30));
    }
    int agree = 0;
    rv__ransac(&found, &agree, &ties, 1.5, 1);
    CHECK(agree >= WINDOWS * 3 / 5);
    for (int i = 0; i < 6; i++)
        CHECK_NEAR(found.p[i], truth.p[i], .6);
    rv__ties_release(&ties);
}

TEST(a_jacobian_is_the_slope_of_the_map)
{
    const double m[9] = { 1.1, .2, 5, -.1, .9, -3, 1e-4, -2e-4, 1 }, e = 1e-4;
    double j[4], a[2], b[2];
    rv__mat_jacobian(j, m, 200, 300);
    for (int k = 0; k < 2; k++) {
        rv__mat_point(a, m, 200 + (k ? 0 : e), 300 + (k ? e : 0));
        rv__mat_point(b, m, 200 - (k ? 0 : e), 300 - (k ? e : 0));
        CHECK_NEAR(j[k], (a[0] - b[0]) / (2 * e), 1e-6);
        CHECK_NEAR(j[2 + k], (a[1] - b[1]) / (2 * e), 1e-6);
    }
}

TESTS(RUN(every_model_is_recovered_from_exact_surfaces), RUN(a_third_of_false_peaks_does_not_pull_the_shift),
      RUN(stated_covariance_holds_the_truth_as_often_as_it_says), RUN(the_matrix_of_a_field_moves_points_by_the_field),
      RUN(most_windows_outvote_the_others_on_an_affine_field), RUN(a_jacobian_is_the_slope_of_the_map))

/* SPDX-License-Identifier: Apache-2.0 */
/* A smooth field is found where there is one, and nowhere else. */
#include "lib/oom.h"
#include "normalise/haze.h"

#include "base/rng.h"

enum { SIDE = 600, STEP = 5, COLS = SIDE / STEP, N = COLS * COLS };

static float col[N], row[N], missing[N];

static double truth(double x, double y)
{
    return 40 * (x / SIDE) * (x / SIDE) - 25 * sin(y / 200) + 10;
}

/* Noise, patches of 40 px that err together as fields and seasons do, and a share of pixels that changed. */
static rv__haze_pairs draw(uint64_t seed, double field, double changed)
{
    rv__rng r;
    float patch[15 * 15];
    rv__rng_init(&r, seed, 0, 0, 0);
    for (int i = 0; i < 15 * 15; i++)
        patch[i] = (float)(4 * rv__rng_normal(&r));
    for (int i = 0; i < N; i++) {
        col[i] = (float)(i % COLS * STEP) + .5F;
        row[i] = (float)(i / COLS * STEP) + .5F;
        missing[i] = (float)(field * truth((double)col[i], (double)row[i]) + 10 * rv__rng_normal(&r)) +
                     patch[(int)row[i] / 40 * 15 + (int)col[i] / 40];
        if (rv__rng_uniform(&r) < changed)
            missing[i] += 300;
    }
    return (rv__haze_pairs){ col, row, missing, N, SIDE, SIDE, 200 };
}

static double value(const rv__haze *h, double x, double y)
{
    double across, down;
    const int left = rv__haze_at(&across, x, SIDE, h->cols), top = rv__haze_at(&down, y, SIDE, h->rows);
    const double *v = h->value + top * h->cols + left;
    return (1 - down) * ((1 - across) * v[0] + across * v[1]) +
           down * ((1 - across) * v[h->cols] + across * v[h->cols + 1]);
}

TEST(a_field_is_found_among_change)
{
    rv__haze h;
    const rv__haze_pairs p = draw(1, 1, .2);
    CHECK(rv__haze_fit(&h, &p) == RV_OK && h.cols == 4 && h.rows == 4);
    double worst = 0;
    for (int i = 0; i < N; i++)
        worst = fmax(worst, fabs(value(&h, (double)col[i], (double)row[i]) - truth((double)col[i], (double)row[i])));
    CHECK_NEAR(worst, 0, 8); /* of a curved field of 65 from end to end, by knots 200 px apart */
}

TEST(where_there_is_none_none_is_found)
{
    int found = 0;
    for (uint64_t seed = 1; seed <= 200; seed++) {
        rv__haze h;
        const rv__haze_pairs p = draw(seed, 0, .1);
        CHECK(rv__haze_fit(&h, &p) == RV_OK);
        found += h.cols > 0;
    }
    CHECK(found <= 6); /* one in a hundred, and its chance */
}

TEST(a_large_building_is_not_taken_for_haze)
{
    rv__haze with, without;
    rv__haze_pairs p = draw(3, 1, 0);
    CHECK(rv__haze_fit(&without, &p) == RV_OK && without.cols);
    for (int i = 0; i < N; i++)
        if (fabs((double)col[i] - 300) < 40 && fabs((double)row[i] - 250) < 40)
            missing[i] += 200;
    CHECK(rv__haze_fit(&with, &p) == RV_OK && with.cols);
    CHECK_NEAR(value(&with, 300, 250) - value(&without, 300, 250), 0, .02 * 200);
}

TEST(few_pairs_have_no_field)
{
    rv__haze h;
    rv__haze_pairs p = draw(4, 1, 0);
    p.n = 1999;
    CHECK(rv__haze_fit(&h, &p) == RV_OK && h.cols == 0);
}

TEST(knots_keep_their_distance)
{
    rv__haze h;
    rv__haze_pairs p = draw(5, 1, 0);
    p.knot_px = 350;
    CHECK(rv__haze_fit(&h, &p) == RV_OK && h.cols == 2 && h.rows == 2);
    p.knot_px = 601;
    CHECK(rv__haze_fit(&h, &p) == RV_OK && h.cols == 0);
    p.knot_px = 20;
    CHECK(rv__haze_fit(&h, &p) == RV_OK && h.cols == RV__HAZE_SIDE);
}

static int fit_once(void *user)
{
    rv__haze h;
    return rv__haze_fit(&h, user);
}

TEST(a_failed_allocation_leaks_nothing)
{
    rv__haze_pairs p = draw(6, 1, 0);
    CHECK_SURVIVES_OOM(fit_once, &p);
}

TESTS(RUN(a_field_is_found_among_change), RUN(where_there_is_none_none_is_found),
      RUN(a_large_building_is_not_taken_for_haze), RUN(few_pairs_have_no_field), RUN(knots_keep_their_distance),
      RUN(a_failed_allocation_leaks_nothing))

/* SPDX-License-Identifier: Apache-2.0 */
/* One shift of a whole drawn image by its windows. */
#include "align/window.h"

#include "lib/oom.h"
#include "lib/test.h"
#include "pictures.h"

enum { SIDE = 512, MARGIN = 64, LARGE = SIDE + 2 * MARGIN, WINDOWS = 16 };

static const rv__window_opts opts = { 128, RV__TEXTURE_PLAIN, 1, .6 };
static const size_t size[2] = { SIDE, SIDE };

/* Smooth noise, LARGE px a side, of which images are cut. */
static float *scenery(uint32_t stream)
{
    rv__rng rng;
    rv__rng_init(&rng, 12, stream, 0, 0);
    float *v = rv__alloc((size_t)LARGE * LARGE, sizeof *v);
    for (int i = 0; i < LARGE * LARGE; i++)
        v[i] = (float)rv__rng_normal(&rng);
    CHECK(rv__gaussian(v, v, LARGE, LARGE, 1.2) == RV_OK);
    return v;
}

/* The image that shows the scenery moved by whole pixels. */
static rv__plane cut_at(const float *v, int dx, int dy)
{
    return (rv__plane){ .v = v + (MARGIN - dy) * LARGE + MARGIN - dx, .pitch = LARGE };
}

static rv__anchor *anchored(const float *v)
{
    rv__anchor *a = NULL;
    const rv__plane reference = cut_at(v, 0, 0);
    CHECK(rv__anchor_new(&a, &reference, size, WINDOWS, &opts) == RV_OK);
    return a;
}

TEST(shifts_near_and_far_are_found)
{
    float *v = scenery(1);
    rv__anchor *a = anchored(v);
    const int shifts[4][2] = { { 0, 0 }, { 3, -2 }, { -20, 9 }, { 31, 30 } };
    for (int i = 0; i < 4; i++) {
        const rv__plane image = cut_at(v, shifts[i][0], shifts[i][1]);
        rv__shift s;
        CHECK(rv__anchor_shift(&s, a, &image) == RV_OK);
        CHECK_NEAR(s.d[0], shifts[i][0], 5e-3);
        CHECK_NEAR(s.d[1], shifts[i][1], 5e-3);
        CHECK(s.used >= 9 && s.height > .9);
    }
    rv__anchor_free(a);
    rv__free(v);
}

TEST(windows_that_show_something_else_do_not_pull)
{
    float *v = scenery(1), *other = scenery(2);
    rv__anchor *a = anchored(v);
    for (int r = 0; r < LARGE; r++)
        memcpy(v + r * LARGE, other + r * LARGE, (size_t)(LARGE * .6) * sizeof *v);
    const rv__plane image = cut_at(v, 2, 1);
    rv__shift s;
    CHECK(rv__anchor_shift(&s, a, &image) == RV_OK);
    CHECK_NEAR(hypot(s.d[0] - 2, s.d[1] - 1), 0, .02);
    CHECK(s.used == WINDOWS && s.height < .6);
    CHECK(hypot(s.d[0] - 2, s.d[1] - 1) < 3 * sqrt(s.cov[0] + s.cov[2]));
    rv__anchor_free(a);
    rv__free(v);
    rv__free(other);
}

TEST(masked_windows_are_left_out)
{
    float *v = scenery(1);
    rv__anchor *a = anchored(v);
    uint8_t *ok = rv__alloc((size_t)LARGE * LARGE, 1);
    for (int i = 0; i < LARGE * LARGE; i++) {
        ok[i] = i % LARGE > LARGE / 2;
        v[i] = ok[i] ? v[i] : 9.0F;
    }
    rv__plane image = cut_at(v, 1, 1);
    image.ok = ok + (image.v - v);
    rv__shift s;
    CHECK(rv__anchor_shift(&s, a, &image) == RV_OK);
    CHECK_NEAR(hypot(s.d[0] - 1, s.d[1] - 1), 0, .02);
    CHECK(s.used == WINDOWS / 2);
    memset(ok, 0, (size_t)LARGE * LARGE);
    CHECK(rv__anchor_shift(&s, a, &image) == RV_ERR_NODATA);
    rv__anchor_free(a);
    rv__free(ok);
    rv__free(v);
}

TEST(one_two_and_seven_threads_give_the_same_bytes)
{
    float *v = scenery(1);
    rv__anchor *a = anchored(v);
    const rv__plane image = cut_at(v, -4, 11);
    const int threads[3] = { 1, 2, 7 };
    rv__shift s[3];
    memset(s, 0, sizeof s);
    for (int i = 0; i < 3; i++) {
        CHECK(rv_threads_set(threads[i]) == RV_OK);
        CHECK(rv__anchor_shift(&s[i], a, &image) == RV_OK);
        CHECK(memcmp(s[0].d, s[i].d, sizeof s->d) == 0 && memcmp(s[0].cov, s[i].cov, sizeof s->cov) == 0);
    }
    CHECK(rv_threads_set(0) == RV_OK);
    rv__anchor_free(a);
    rv__free(v);
}

TEST(stated_sigma_covers_the_truth)
{
    enum { RUNS = 60 };
    float *v = scenery(1), *noisy = rv__alloc((size_t)LARGE * LARGE, sizeof *noisy);
    rv__anchor *a = anchored(v);
    rv__rng rng;
    rv__rng_init(&rng, 13, 0, 0, 0);
    int covered = 0;
    for (int run = 0; run < RUNS; run++) {
        for (int i = 0; i < LARGE * LARGE; i++)
            noisy[i] = v[i] + .3F * (float)rv__rng_normal(&rng);
        const rv__plane image = cut_at(noisy, 1, -1);
        rv__shift s;
        CHECK(rv__anchor_shift(&s, a, &image) == RV_OK);
        covered += (fabs(s.d[0] - 1) < 1.96 * sqrt(s.cov[0])) + (fabs(s.d[1] + 1) < 1.96 * sqrt(s.cov[2]));
    }
    printf("# 16 windows, noise: truth within 1.96 sigma in %d of %d axes\n", covered, 2 * RUNS);
    CHECK(covered >= .88 * 2 * RUNS && covered < 2 * RUNS); /* 16 windows tell a variance to a third */
    rv__anchor_free(a);
    rv__free(noisy);
    rv__free(v);
}

TEST(images_smaller_than_a_window_are_refused)
{
    static float v[64 * 64];
    const size_t small[2] = { 64, 64 };
    rv__anchor *a = NULL;
    CHECK_FAILS(RV_ERR_RANGE, rv__anchor_new(&a, &(rv__plane){ v, NULL, 64 }, small, WINDOWS, &opts));
    CHECK(a == NULL);
}

static int make_and_shift(void *user)
{
    const rv__plane image = cut_at(user, 1, 1), reference = cut_at(user, 0, 0);
    rv__anchor *a = NULL;
    rv__shift s;
    int err = rv__anchor_new(&a, &reference, size, 2, &opts);
    if (err == RV_OK)
        err = rv__anchor_shift(&s, a, &image);
    rv__anchor_free(a);
    return err;
}

TEST(an_anchor_survives_any_failed_allocation)
{
    float *v = scenery(1);
    CHECK(rv_threads_set(1) == RV_OK);
    CHECK_SURVIVES_OOM(make_and_shift, v);
    CHECK(rv_threads_set(0) == RV_OK);
    rv__free(v);
}

TESTS(RUN(shifts_near_and_far_are_found), RUN(windows_that_show_something_else_do_not_pull),
      RUN(masked_windows_are_left_out), RUN(one_two_and_seven_threads_give_the_same_bytes),
      RUN(stated_sigma_covers_the_truth), RUN(images_smaller_than_a_window_are_refused),
      RUN(an_anchor_survives_any_failed_allocation))

/* SPDX-License-Identifier: Apache-2.0 */
/* The pictures before and after against medians taken the obvious way, and the planes that are cut from them. */
#include "base/rng.h"
#include "detect/composite.h"
#include "hand.h"
#include "lib/oom.h"

enum { W = 21, H = 37, CHANNELS = 3 };

/* Noise in all channels; a fifth of the px is cloudy, and one corner in all scenes. */
static rv__views draw_views(int n, int seed)
{
    rv__views v = { .w = W, .h = H, .n = (size_t)n, .channels = CHANNELS, .window = { 0, 0, W, H } };
    const size_t px = (size_t)n * W * H;
    rv__rng g;
    rv__rng_init(&g, (uint64_t)seed, 0, 0, 3);
    v.plane = rv__alloc(px * CHANNELS, sizeof *v.plane);
    v.clear = rv__alloc(px, 1);
    v.inside = rv__alloc(px, 1);
    for (size_t i = 0; i < px * CHANNELS; i++)
        v.plane[i] = (float)rv__rng_normal(&g);
    for (size_t i = 0; i < px; i++) {
        v.inside[i] = 1;
        v.clear[i] = rv__rng_uniform(&g) > .2 && !(i % W < 4 && i / W % H < 4);
    }
    return v;
}

static int ascending(const void *a, const void *b)
{
    const float x = *(const float *)a, y = *(const float *)b;
    return x < y ? -1 : x > y;
}

/* Median of the first, or last, epoch clear values; of any values where none is clear. */
static float slow_median(const rv__views *v, int channel, size_t i, int epoch, bool last)
{
    float all[16];
    for (int pass = 0; pass < 2; pass++) {
        size_t n = 0;
        for (size_t s = 0; s < v->n && n < (size_t)epoch; s++) {
            const size_t t = last ? v->n - 1 - s : s;
            if (pass || v->clear[t * W * H + i])
                all[n++] = rv__views_plane(v, t, channel)[i];
        }
        qsort(all, n, sizeof *all, ascending);
        if (n)
            return (all[(n - 1) / 2] + all[n / 2]) / 2;
    }
    return 0;
}

static rv__scale scale_of(const rv__views *v, int zoom, int epoch)
{
    return (rv__scale){ .width = W,
                        .height = H,
                        .n = (int)v->n,
                        .channels = CHANNELS,
                        .zoom = zoom,
                        .epoch = epoch,
                        .highpass = 10,
                        .noise = { 1, 1, 1 } };
}

TEST(composites_are_the_medians_of_the_first_and_of_the_last_clear_scenes)
{
    for (int epoch = 1; epoch <= 4; epoch++) {
        rv__views v = draw_views(3 * epoch, epoch);
        const rv__scale s = scale_of(&v, 1, epoch);
        rv__maps m = { 0 };
        int wrong = 0, seen = 0, cloudy = 0;
        CHECK_FAILS(RV_OK, rv__maps_build(&m, &v, &s, 0));
        for (int k = 0; k < CHANNELS; k++)
            for (size_t i = 0; i < W * H; i++)
                wrong += m.before[k][i] != slow_median(&v, k, i, epoch, false) ||
                         m.after[k][i] != slow_median(&v, k, i, epoch, true);
        for (size_t i = 0; i < W * H; i++) {
            bool clear = false;
            for (size_t t = 0; t < v.n; t++)
                clear = clear || v.clear[t * W * H + i];
            cloudy += !clear;
            seen += m.seen[i] != clear;
        }
        CHECK(wrong == 0 && seen == 0 && cloudy >= 16);
        rv__maps_release(&m);
        rv__views_release(&v);
    }
}

/* Catmull-Rom gives a plane that rises evenly back as it is, a quarter px left and right of each centre. */
TEST(a_magnified_picture_of_an_even_slope_is_that_slope)
{
    rv__views v = draw_views(2, 1);
    const rv__scale s = scale_of(&v, 2, 1);
    rv__maps m = { 0 };
    memset(v.clear, 1, v.n * W * H);
    for (size_t t = 0; t < v.n; t++)
        for (int i = 0; i < W * H; i++)
            rv__views_plane(&v, t, RV__LIGHT)[i] = (float)(2 * (i % W) + 3 * (i / W));
    CHECK_FAILS(RV_OK, rv__maps_build(&m, &v, &s, 0));
    CHECK(m.w == 2 * W && m.h == 2 * H);
    for (size_t row = 4; row + 4 < m.h; row++)
        for (size_t col = 4; col + 4 < m.w; col++) {
            const double x = ((double)col + .5) / 2 - .5, y = ((double)row + .5) / 2 - .5;
            CHECK_NEAR(m.after[RV__LIGHT][row * m.w + col], 2 * x + 3 * y, 1e-4);
        }
    rv__maps_release(&m);
    rv__views_release(&v);
}

TEST(one_scene_has_no_picture_before_and_no_planes_of_change)
{
    rv__views v = draw_views(1, 7);
    const rv__scale s = scale_of(&v, 1, 1);
    rv__maps m = { 0 };
    float plane[W * H];
    CHECK_FAILS(RV_OK, rv__maps_build(&m, &v, &s, 0));
    CHECK(!m.pair && m.before[RV__LIGHT] == m.after[RV__LIGHT]);
    for (int signal = 0; signal < RV__SIGNALS; signal++) {
        CHECK(rv__signal_exists(&m, signal) == (signal < 3 || signal == 9));
        CHECK_FAILS(rv__signal_exists(&m, signal) ? RV_OK : RV_ERR_NOTFOUND, rv__signal(plane, &m, &s, signal));
    }
    CHECK(memcmp(plane, m.after[RV__LIGHT], sizeof plane) == 0); /* the last plane is light as it is */
    rv__maps_release(&m);
    rv__views_release(&v);
}

/* The plane of change is the distance to what the other picture has within slack. */
TEST(what_only_moved_by_the_slack_does_not_change)
{
    hand h = hand_make(40, 30, 1, 1, true);
    float plane[40 * 30];
    double most = 0;
    hand_box(h.maps.before[RV__LIGHT], &h, (const int[4]){ 10, 10, 20, 20 }, 3);
    hand_box(h.maps.after[RV__LIGHT], &h, (const int[4]){ 11, 9, 21, 19 }, 3);
    CHECK_FAILS(RV_OK, rv__signal(plane, &h.maps, &h.scale, 3));
    CHECK_NEAR(plane[9 * 40 + 15], 3, 0);
    h.scale.slack = 1;
    CHECK_FAILS(RV_OK, rv__signal(plane, &h.maps, &h.scale, 3));
    for (int i = 0; i < 40 * 30; i++)
        most = fmax(most, fabs((double)plane[i]));
    CHECK_NEAR(most, 0, 0);
    rv__maps_release(&h.maps);
}

static double expected = NAN; /* sum of all px of the first run, in which nothing failed */

/* OK in spite of a failure must not mean a picture that is only half magnified. */
static int build_and_free(void *user)
{
    const rv__views *v = user;
    const rv__scale s = scale_of(v, 2, 2);
    rv__maps m = { 0 };
    double sum = 0;
    int err = rv__maps_build(&m, v, &s, 0);
    for (int k = 0; !err && k < CHANNELS; k++)
        for (size_t i = 0; i < m.w * m.h; i++)
            sum += (double)m.after[k][i] + (double)m.before[k][i];
    expected = isnan(expected) ? sum : expected;
    rv__maps_release(&m);
    return err || sum == expected ? err : RV_ERR_MISMATCH;
}

TEST(building_survives_any_failed_allocation)
{
    rv__views v = draw_views(6, 9);
    CHECK_FAILS(RV_OK, build_and_free(&v));
    CHECK_SURVIVES_OOM(build_and_free, &v);
    rv__views_release(&v);
}

TESTS(RUN(composites_are_the_medians_of_the_first_and_of_the_last_clear_scenes),
      RUN(a_magnified_picture_of_an_even_slope_is_that_slope),
      RUN(one_scene_has_no_picture_before_and_no_planes_of_change), RUN(what_only_moved_by_the_slack_does_not_change),
      RUN(building_survives_any_failed_allocation))

/* SPDX-License-Identifier: Apache-2.0 */
/* Gains and masks of whole stacks: scenes of one ground under known light, read from files. */
#include <revisit/normalise.h>

#include "base/rng.h"
#include "drawn.h"
#include "lib/oom.h"
#include "raster/filter.h"
#include "raster/gdal_read.h"

enum { W = 150, H = 130, N = W * H, BANDS = 2 };

static float ground[BANDS * N], plane[BANDS * N];
static uint8_t valid[N];

static void draw_ground(uint32_t seed)
{
    rv__rng rng;
    rv__rng_init(&rng, seed, 0, 0, 0);
    for (int i = 0; i < BANDS * N; i++)
        ground[i] = (float)rv__rng_normal(&rng);
    for (int b = 0; b < BANDS; b++)
        rv__gaussian(ground + b * N, ground + b * N, W, H, 1.5);
    for (int i = 0; i < BANDS * N; i++)
        ground[i] = 2000 + 2500 * ground[i];
    memset(valid, 1, sizeof valid);
}

/* The ground under light (gain, offset), with noise and a blob of cloud of some radius. */
static void light(uint32_t date, const double line[2], double radius)
{
    rv__rng rng;
    rv__rng_init(&rng, 99, 0, date, 0);
    for (int i = 0; i < BANDS * N; i++) {
        const double d = hypot(i % W - 60.0, i % N / W - 60.0), a = radius > 0 ? 1 / (1 + exp((d - radius) / 3)) : 0;
        const double v = (1 - a) * (double)ground[i] + a * 9000;
        plane[i] = (float)(line[0] * v + line[1] + 20 * rv__rng_normal(&rng));
    }
}

static const double lights[6][2] = { { 1, 0 }, { .8, 300 }, { 1.2, -100 }, { .9, 50 }, { 1.1, 150 }, { 1, 100 } };

static void draw_series(drawn *d, double cloud)
{
    draw_ground(1);
    drawn_begin(d, W, H);
    for (uint32_t t = 0; t < 6; t++) {
        light(t, lights[t], t == 3 ? cloud : 0);
        drawn_add(d, plane, valid, "RN", RV__SAMPLE_U16);
    }
}

TEST(scenes_under_different_light_are_brought_to_one_scale)
{
    drawn d;
    rv_gain g[6 * BANDS];
    draw_series(&d, 30);
    rv_stack *stack = drawn_stack(&d, NULL);
    CHECK(rv_normalise(g, stack, NULL) == RV_OK);
    for (int b = 0; b < BANDS; b++)
        for (int t = 0; t < 6; t++) {
            const double slope = g[t * BANDS + b].gain * lights[t][0], first = g[b].gain * lights[0][0];
            const double level = slope * 2000 + g[t * BANDS + b].gain * lights[t][1] + g[t * BANDS + b].offset;
            const double first_level = first * 2000 + g[b].gain * lights[0][1] + g[b].offset;
            CHECK_NEAR(slope / first, 1, .006);
            CHECK_NEAR(level, first_level, 8);
            CHECK(g[t * BANDS + b].band == b && g[t * BANDS + b].pixels > 5000 && !g[t * BANDS + b].why[0]);
            CHECK_TEXT(g[t * BANDS + b].scene_id, rv_stack_facts(stack, (size_t)t)->id);
        }
    rv_stack_free(stack);
    drawn_end(&d);
}

TEST(one_scene_is_left_as_it_is)
{
    drawn d;
    rv_gain g[BANDS];
    draw_ground(2);
    drawn_begin(&d, W, H);
    light(0, lights[1], 0);
    drawn_add(&d, plane, valid, "RN", RV__SAMPLE_U16);
    rv_stack *stack = drawn_stack(&d, NULL);
    CHECK(rv_normalise(g, stack, NULL) == RV_OK);
    CHECK(g[0].gain == 1 && g[0].offset == 0 && g[1].gain == 1 && g[1].offset == 0);
    rv_stack_free(stack);
    drawn_end(&d);
}

TEST(the_second_of_two_scenes_is_brought_to_the_first)
{
    drawn d;
    rv_gain g[2 * BANDS];
    draw_ground(3);
    drawn_begin(&d, W, H);
    light(0, lights[0], 0);
    drawn_add(&d, plane, valid, "RN", RV__SAMPLE_U16);
    light(1, lights[1], 20);
    drawn_add(&d, plane, valid, "RN", RV__SAMPLE_U16);
    rv_stack *stack = drawn_stack(&d, NULL);
    CHECK(rv_normalise(g, stack, NULL) == RV_OK);
    for (int b = 0; b < BANDS; b++) {
        CHECK_NEAR(g[b].gain, 1, 1e-6);
        CHECK_NEAR(g[b].offset, 0, 1e-2);
        CHECK_NEAR(g[BANDS + b].gain, 1.25, .01);
        CHECK_NEAR(1900 * g[BANDS + b].gain + g[BANDS + b].offset, 2000, 8);
    }
    rv_stack_free(stack);
    drawn_end(&d);
}

/* Mean over a window of what the second scene, brought to the first, has more, in band 0. */
static double step_in(const drawn *d, const rv_gain *g, const int window[4])
{
    static float value[2][BANDS * N];
    static uint8_t mask[N];
    const size_t n = (size_t)window[2] * (size_t)window[3];
    double sum = 0;
    rv_stack *stack = drawn_stack(d, g);
    for (size_t t = 0; t < 2; t++)
        CHECK(rv_stack_read(stack, value[t], mask, t, window) == RV_OK);
    for (size_t i = 0; i < n; i++)
        sum += (double)value[1][i] - (double)value[0][i];
    rv_stack_free(stack);
    return sum / (double)n;
}

TEST(haze_that_varies_is_taken_off_and_a_new_building_keeps_its_step)
{
    static const int edges[2][4] = { { 0, 0, 12, H }, { W - 12, 0, 12, H } }, roof[4] = { 45, 45, 20, 20 };
    drawn d;
    rv_gain g[2 * BANDS];
    double left[2], right[2], step[2];
    draw_ground(3);
    drawn_begin(&d, W, H);
    light(0, lights[0], 0);
    drawn_add(&d, plane, valid, "RN", RV__SAMPLE_U16);
    light(1, lights[0], 0);
    for (int i = 0; i < N; i++) {
        const int col = i % W, row = i / W;
        plane[i] += (float)(200.0 * col / W);
        if (col >= 45 && col < 65 && row >= 45 && row < 65)
            plane[i] += 1500;
    }
    drawn_add(&d, plane, valid, "RN", RV__SAMPLE_U16);
    rv_stack *stack = drawn_stack(&d, NULL);
    for (int field = 0; field < 2; field++) {
        rv_normalise_opts o = RV_NORMALISE_OPTS_INIT;
        o.haze_px = field ? 120 : 0;
        CHECK(rv_normalise(g, stack, &o) == RV_OK);
        CHECK(!g[0].field[0] && !g[1].field[0] &&
              !g[BANDS + 1].field[0]); /* the first scene is the target; band 1 has none */
        CHECK((g[BANDS].field[0] != 0) == (field == 1));
        left[field] = step_in(&d, g, edges[0]);
        right[field] = step_in(&d, g, edges[1]);
        step[field] = step_in(&d, g, roof);
    }
    CHECK(right[0] - left[0] > 150);
    CHECK_NEAR(right[1], 0, 10);
    CHECK_NEAR(left[1], 0, 10);
    CHECK_NEAR(step[1], 1500, .02 * 1500);
    rv_stack_free(stack);
    drawn_end(&d);
}

TEST(bytes_beside_sixteen_bit_numbers_meet_in_spite_of_the_gain_limits)
{
    drawn d;
    rv_gain g[2 * BANDS];
    draw_ground(4);
    drawn_begin(&d, W, H);
    light(0, lights[0], 0);
    drawn_add(&d, plane, valid, "RN", RV__SAMPLE_U16);
    light(1, (double[2]){ .03, 5 }, 0);
    for (int i = 0; i < BANDS * N; i++)
        plane[i] = (float)(.03 * (double)ground[i] + 5);
    drawn_add(&d, plane, valid, "RN", RV__SAMPLE_U8);
    rv_stack *stack = drawn_stack(&d, NULL);
    CHECK(rv_normalise(g, stack, NULL) == RV_OK);
    CHECK_NEAR(g[BANDS].gain, 1 / .03, .5);
    CHECK_NEAR(65 * g[BANDS].gain + g[BANDS].offset, 2000, 10);
    rv_stack_free(stack);
    drawn_end(&d);
}

TEST(options_out_of_range_are_refused_with_the_limit)
{
    drawn d;
    rv_gain g[BANDS];
    rv_normalise_opts o = RV_NORMALISE_OPTS_INIT;
    draw_ground(5);
    drawn_begin(&d, W, H);
    drawn_add(&d, ground, valid, "RN", RV__SAMPLE_U16);
    rv_stack *stack = drawn_stack(&d, NULL);
    o.rounds = 0;
    CHECK_FAILS(RV_ERR_RANGE, rv_normalise(g, stack, &o));
    CHECK(strstr(rv_last_error(), "rounds") != NULL);
    rv_stack_free(stack);
    drawn_end(&d);
}

static uint8_t codes[6][N];

/* Write the masks of the series into its folder and read them back. */
static int masks_of(const drawn *d, const rv_stack *stack, double *clear, const rv_normalise_opts *opts)
{
    char path[6][128];
    const char *paths[6];
    static float row[N];
    const int window[4] = { 0, 0, W, H };
    for (size_t t = 0; t < d->n; t++) {
        snprintf(path[t], sizeof path[t], "%s/mask%zu.tif", d->folder, t);
        paths[t] = path[t];
    }
    const int err = rv_masks_write(clear, paths, stack, opts);
    for (size_t t = 0; err == RV_OK && t < d->n; t++) {
        rv__gtiff *file;
        CHECK(rv__gtiff_open(&file, paths[t]) == RV_OK);
        CHECK(rv__gtiff_read(file, row, 0, window) == RV_OK);
        for (int i = 0; i < N; i++)
            codes[t][i] = (uint8_t)row[i];
        rv__gtiff_close(file);
    }
    return err;
}

/* The cloud of date 3 has radius 30 around (60, 60), soft over 3 px a factor of e. */
static void check_cloud(const double *clear)
{
    for (int t = 0; t < 6; t++) {
        int wrong = 0;
        for (int i = 0; i < N; i++) {
            const double r = hypot(i % W - 60.0, i / W - 60.0);
            wrong += t == 3 && r < 31   ? codes[t][i] != RV_MASK_CLOUD
                     : t != 3 || r > 55 ? codes[t][i] != RV_MASK_CLEAR
                                        : 0;
        }
        CHECK(wrong == 0);
        CHECK(t == 3 ? clear[t] < .85 && clear[t] > .5 : clear[t] == 1);
    }
}

TEST(a_cloud_is_written_as_a_mask_whatever_the_threads_and_the_memory)
{
    drawn d;
    rv_gain g[6 * BANDS];
    double clear[6];
    static uint8_t first[6][N];
    draw_series(&d, 30);
    rv_stack *raw = drawn_stack(&d, NULL);
    for (int threads = 1; threads < 8; threads += threads == 1 ? 1 : 5) {
        rv_gain again[6 * BANDS];
        CHECK(rv_threads_set(threads) == RV_OK);
        CHECK(rv_normalise(again, raw, NULL) == RV_OK);
        if (threads == 1)
            memcpy(g, again, sizeof g);
        for (int i = 0; i < 6 * BANDS; i++)
            CHECK(g[i].gain == again[i].gain && g[i].offset == again[i].offset);
        rv_stack *stack = drawn_stack(&d, again);
        CHECK(masks_of(&d, stack, clear, NULL) == RV_OK);
        check_cloud(clear);
        if (threads == 1)
            memcpy(first, codes, sizeof first);
        CHECK(memcmp(first, codes, sizeof first) == 0);
        rv_stack_free(stack);
    }
    rv_threads_set(0);
    rv_stack_free(raw);
    drawn_end(&d);
}

TEST(without_masks_and_below_three_scenes_all_pixels_inside_are_clear)
{
    drawn d;
    double clear[6];
    rv_normalise_opts o = RV_NORMALISE_OPTS_INIT;
    o.masks = false;
    draw_series(&d, 30);
    rv_stack *stack = drawn_stack(&d, NULL);
    CHECK(masks_of(&d, stack, clear, &o) == RV_OK);
    for (int t = 0; t < 6; t++)
        CHECK(clear[t] == 1);
    rv_stack_free(stack);
    drawn_end(&d);
    draw_ground(6);
    drawn_begin(&d, W, H);
    for (int i = 0; i < N; i++)
        valid[i] = i % W > 40;
    for (uint32_t t = 0; t < 2; t++) {
        light(t, lights[0], t ? 30 : 0);
        drawn_add(&d, plane, valid, "RN", RV__SAMPLE_U16);
    }
    int wrong = 0;
    stack = drawn_stack(&d, NULL);
    CHECK(masks_of(&d, stack, clear, NULL) == RV_OK);
    for (int t = 0; t < 2; t++)
        for (int i = 0; i < N; i++)
            wrong +=
                codes[t][i] != (i % W > 42 ? RV_MASK_CLEAR : RV_MASK_OUTSIDE); /* a margin of 2 px beside no data */
    CHECK(wrong == 0);
    rv_stack_free(stack);
    drawn_end(&d);
}

static int both_steps(void *user)
{
    const drawn *d = user;
    rv_gain g[3 * BANDS];
    double clear[3];
    char path[3][128];
    const char *paths[3];
    rv_stack *stack = NULL;
    const rv_stack_parts parts = { .scenes = d->scene, .transforms = d->transform, .n = 3 };
    for (int t = 0; t < 3; t++) {
        snprintf(path[t], sizeof path[t], "%s/oom%d.tif", d->folder, t);
        paths[t] = path[t];
    }
    int err = rv_stack_build(&stack, &parts, &d->grid);
    if (err == RV_OK && (err = rv_normalise(g, stack, NULL)) == RV_OK)
        err = rv_masks_write(clear, paths, stack, NULL);
    rv_stack_free(stack);
    return err;
}

TEST(any_failed_allocation_is_reported_and_leaks_nothing)
{
    enum { SMALL_W = 40, SMALL_H = 30 }; /* the call is run some hundred times */
    drawn d;
    rv_threads_set(1);
    draw_ground(7);
    drawn_begin(&d, SMALL_W, SMALL_H);
    for (int t = 0; t < 3; t++) {
        for (int i = 0; i < BANDS * SMALL_W * SMALL_H; i++)
            plane[i] = ground[i] + (float)((i * 7 + t * 13) % 11);
        drawn_add(&d, plane, valid, "RN", RV__SAMPLE_U16);
    }
    CHECK_SURVIVES_OOM(both_steps, &d);
    drawn_end(&d);
    rv_threads_set(0);
}

TESTS(RUN(scenes_under_different_light_are_brought_to_one_scale), RUN(one_scene_is_left_as_it_is),
      RUN(the_second_of_two_scenes_is_brought_to_the_first),
      RUN(haze_that_varies_is_taken_off_and_a_new_building_keeps_its_step),
      RUN(bytes_beside_sixteen_bit_numbers_meet_in_spite_of_the_gain_limits),
      RUN(options_out_of_range_are_refused_with_the_limit),
      RUN(a_cloud_is_written_as_a_mask_whatever_the_threads_and_the_memory),
      RUN(without_masks_and_below_three_scenes_all_pixels_inside_are_clear),
      RUN(any_failed_allocation_is_reported_and_leaks_nothing))

/* SPDX-License-Identifier: Apache-2.0 */
/* Clouds, shadows and roofs drawn on textured ground of known truth: what becomes mask, and what never may. */
#include "normalise/air.h"
#include "normalise/beneath.h"
#include "normalise/objects.h"
#include "normalise/sunward.h"

#include <revisit/stack.h>

#include "base/mem.h"
#include "base/rng.h"
#include "lib/isa.h"
#include "lib/test.h"
#include "raster/filter.h"

enum { W = 160, H = 150, N = W * H, DATES = 9, LAST = DATES - 1, MIN_PX = 400 };

static float value[DATES * N], visible[DATES * N];
static uint8_t inside[DATES * N], opaque[DATES * N], shade[DATES * N], bits[DATES * N];
static uint8_t mask[DATES * N], weight[DATES * N];
static rv__date_light light[DATES];
static const rv__survey survey = { light, { 30, 30 }, { 1000, 1000 } };
static const rv__air air = { opaque, shade, bits, NULL };
static const uint8_t *told;           /* by providers; NULL = nothing */
static double away[2] = { NAN, NAN }; /* of the sun of every date */

/* The same ground at every date: smooth fields of 1000 +- 150 with fine texture, a little light and noise of each date. */
static void draw_ground(uint32_t seed)
{
    static float coarse[N], fine[N];
    rv__rng rng;
    rv__rng_init(&rng, seed, 0, 0, 0);
    for (int i = 0; i < N; i++) {
        coarse[i] = (float)rv__rng_normal(&rng);
        fine[i] = (float)rv__rng_normal(&rng);
    }
    rv__gaussian(coarse, coarse, W, H, 9);
    rv__gaussian(fine, fine, W, H, 1);
    for (int t = 0; t < DATES; t++)
        for (int i = 0; i < N; i++) {
            value[t * N + i] = (float)(1000 + 4500 * (double)coarse[i] + 150 * (double)fine[i] +
                                       20 * rv__rng_normal(&rng) + 15 * (t % 3));
            inside[t * N + i] = 1;
        }
}

/* A blob whose opacity falls from 1 to 0 over soft px around its radius. */
static double opacity(int i, double col, double row, double radius, double soft)
{
    const double d = hypot(i % W - col, i / W - row);
    return 1 / (1 + exp((d - radius) / (soft / 4)));
}

static void draw_cloud(int t, double col, double row, double radius, double soft, double to)
{
    for (int i = 0; i < N; i++) {
        const double a = opacity(i, col, row, radius, soft);
        value[t * N + i] = (float)((1 - a) * (double)value[t * N + i] + a * to);
    }
}

/* A turned rectangle with the sensor's blur of .8 px, from date `from` on. */
typedef struct roof {
    double col, row, length, width, deg, to;
} roof;

static void draw_roof(int from, roof f)
{
    static float cover[N];
    const double c = cos(f.deg / 57.29577951308232), s = sin(f.deg / 57.29577951308232);
    for (int i = 0; i < N; i++) {
        const double x = i % W - f.col, y = i / W - f.row;
        cover[i] = fabs(c * x + s * y) < f.length / 2 && fabs(c * y - s * x) < f.width / 2 ? 1.f : 0.f;
    }
    rv__gaussian(cover, cover, W, H, .8);
    for (int t = from; t < DATES; t++)
        for (int i = 0; i < N; i++)
            value[t * N + i] += cover[i] * ((float)f.to - value[t * N + i]);
}

static rv__air_series series(void)
{
    for (int t = 0; t < DATES; t++)
        light[t] = (rv__date_light){ { 1, 1 }, { 0, 0 }, { 4500, 4500 }, 0 };
    return (rv__air_series){ W, H, DATES, visible, visible, inside, told, NULL, &survey, { .65f, .83f }, 4 };
}

static rv__air_date date(int t)
{
    return (rv__air_date){ W,
                           H,
                           opaque + t * N,
                           shade + t * N,
                           bits + t * N,
                           NULL,
                           told ? told + t * N : NULL,
                           { away[0], away[1] },
                           NULL,
                           MIN_PX };
}

static void find(void)
{
    const rv__air_series tile = series();
    for (int t = 0; t < DATES; t++)
        CHECK(rv__gaussian_masked(visible + t * N, value + t * N, inside + t * N, W, H, 1.5) == RV_OK);
    CHECK(rv__air_find(&air, &tile) == RV_OK);
    for (int t = 0; t < DATES; t++) {
        const rv__air_date d = date(t);
        CHECK(rv__mask_from_air(mask + t * N, weight + t * N, &d) == RV_OK);
    }
}

static int masked(int t)
{
    int n = 0;
    for (int i = 0; i < N; i++)
        n += mask[t * N + i] != RV_MASK_CLEAR;
    return n;
}

static int masked_in_all(void)
{
    int n = 0;
    for (int t = 0; t < DATES; t++)
        n += masked(t);
    return n;
}

/* Nine in ten pixels under more than half of the blob carry the code's bit, and none beyond its soft rim, the
 * smoothing and the growth by 4 px. */
static void check_blob(int t, double col, double row, double radius, double soft, int bit)
{
    int under = 0, found = 0, wrong = 0;
    for (int i = 0; i < N; i++) {
        const int hit = mask[t * N + i] != RV_MASK_OUTSIDE && (mask[t * N + i] & bit);
        const int core = opacity(i, col, row, radius, soft) > .5;
        under += core;
        found += core && hit;
        wrong += hit && hypot(i % W - col, i / W - row) > radius + soft + 12;
    }
    CHECK((double)found / under > .9);
    CHECK(wrong == 0);
}

TEST(an_unchanging_site_stays_clear)
{
    for (uint32_t seed = 0; seed < 4; seed++) {
        draw_ground(seed);
        find();
        CHECK(masked_in_all() == 0);
    }
}

TEST(a_cloud_in_the_middle_is_found_and_nothing_else)
{
    draw_ground(1);
    draw_cloud(4, 60, 70, 25, 8, 4000);
    find();
    check_blob(4, 60, 70, 25, 8, RV_MASK_CLOUD);
    CHECK(masked_in_all() == masked(4));
}

TEST(a_shadow_is_darker_than_before_and_after)
{
    draw_ground(2);
    draw_cloud(3, 100, 60, 22, 8, 4000);
    draw_cloud(3, 50, 90, 22, 8, 350);
    find();
    check_blob(3, 100, 60, 22, 8, RV_MASK_CLOUD);
    check_blob(3, 50, 90, 22, 8, RV_MASK_SHADOW);
}

TEST(clouds_on_two_dates_in_a_row_do_not_hide_each_other)
{
    draw_ground(3);
    draw_cloud(3, 70, 70, 25, 8, 4000);
    draw_cloud(4, 75, 72, 25, 8, 3500);
    find();
    check_blob(3, 70, 70, 25, 8, RV_MASK_CLOUD);
    check_blob(4, 75, 72, 25, 8, RV_MASK_CLOUD);
}

TEST(a_roof_that_stays_is_never_cloud_whenever_it_appears)
{
    for (int from = 1; from < LAST; from++) {
        draw_ground(10 + (uint32_t)from);
        draw_roof(from, (roof){ 70, 70, 48, 30, 25, 3800 });
        find();
        CHECK(masked_in_all() == 0);
    }
}

TEST(a_new_roof_in_the_last_scene_is_never_cloud)
{
    static const double size[][2] = { { 12, 8 }, { 30, 20 }, { 60, 30 }, { 90, 60 } };
    for (int k = 0; k < 4; k++)
        for (int turn = 0; turn < 3; turn++) {
            draw_ground(20 + (uint32_t)k);
            draw_roof(LAST, (roof){ 75, 70, size[k][0], size[k][1], 22 * turn, turn == 1 ? 1900 : 4200 });
            find();
            CHECK(masked_in_all() == 0);
        }
}

TEST(two_roofs_side_by_side_in_the_last_scene_are_no_cloud_either)
{
    draw_ground(31);
    draw_roof(LAST, (roof){ 60, 70, 50, 24, 10, 3600 });
    draw_roof(LAST, (roof){ 66, 98, 50, 24, 10, 2600 });
    find();
    CHECK(masked_in_all() == 0);
}

TEST(a_large_soft_cloud_in_the_first_or_last_scene_is_found)
{
    draw_ground(5);
    draw_cloud(LAST, 60, 70, 30, 14, 4500);
    draw_cloud(0, 90, 80, 30, 14, 4500);
    find();
    check_blob(LAST, 60, 70, 30, 14, RV_MASK_CLOUD);
    check_blob(0, 90, 80, 30, 14, RV_MASK_CLOUD);
    CHECK(masked_in_all() == masked(0) + masked(LAST));
}

TEST(what_stands_for_one_date_and_is_small_or_sharply_cut_is_no_cloud)
{
    draw_ground(8);
    draw_roof(4, (roof){ 50, 50, 9, 8, 30, 4000 });
    draw_roof(4, (roof){ 100, 90, 60, 40, 12, 3000 });
    for (int t = 5; t < DATES; t++) /* gone again */
        memcpy(value + t * N, value + (t % 3) * N, sizeof(float) * N);
    find();
    CHECK(masked_in_all() == 0);
}

TEST(a_dark_roof_in_the_last_scene_needs_no_cloud_to_be_dark)
{
    draw_ground(6);
    draw_roof(LAST, (roof){ 80, 70, 60, 40, 15, 300 });
    find();
    CHECK(masked_in_all() == 0);
}

TEST(what_is_outside_is_outside_and_weighs_nothing)
{
    draw_ground(7);
    draw_cloud(4, 60, 70, 25, 8, 4000);
    for (int t = 0; t < DATES; t++)
        for (int i = 0; i < N; i++)
            if (i % W < 5 * t) {
                inside[t * N + i] = 0;
                value[t * N + i] = 1e6f;
            }
    find();
    for (int t = 0; t < DATES; t++)
        for (int i = 0; i < N; i++)
            CHECK((mask[t * N + i] == RV_MASK_OUTSIDE) == !inside[t * N + i]);
    for (int i = 0; i < N; i++)
        if (hypot(i % W - 60, i / W - 70) < 20 && inside[LAST * N + i])
            CHECK(mask[4 * N + i] == RV_MASK_CLOUD);
}

/* Light taken by the shadow of a blob that was moved; half of the ground's light is left. */
static void draw_shadow(int t, double col, double row, double radius, double soft)
{
    for (int i = 0; i < N; i++)
        value[t * N + i] *= (float)(1 - .5 * opacity(i, col, row, radius, soft));
}

TEST(a_white_roof_that_glares_on_one_date_is_no_cloud)
{
    draw_ground(14);
    draw_roof(0, (roof){ 70, 70, 60, 40, 25, 3000 });
    draw_cloud(4, 118, 70, 25, 10, 4000); /* beside it, so that its rim may grow */
    for (int i = 0; i < N; i++)           /* by a fifteenth: an opacity of .13 */
        value[4 * N + i] *= value[3 * N + i] > 2000 && i % W < 96 ? 1.065f : 1.f;
    find();
    int lost = 0;
    for (int i = 0; i < N; i++)
        lost += mask[4 * N + i] != RV_MASK_CLEAR && i % W < 80;
    CHECK(lost == 0);
}

/* Bright soil before, a darker roof after, and the first date of the roof darker still by 4 %: dark against the middle of
 * both sides, not against what stands there since. */
TEST(a_new_roof_a_little_darker_at_first_is_no_shadow)
{
    draw_ground(15);
    draw_roof(0, (roof){ 60, 90, 60, 50, 0, 2000 });
    draw_roof(4, (roof){ 60, 90, 60, 50, 0, 1500 });
    draw_shadow(4, 60, 136, 22, 6); /* a true one beside it */
    draw_cloud(4, 120, 40, 25, 8, 4000);
    for (int i = 0; i < N; i++)
        value[4 * N + i] *= fabs(i % W - 60.) < 30 && fabs(i / W - 90.) < 24 ? .96f : 1.f;
    find();
    CHECK(mask[4 * N + 136 * W + 60] == RV_MASK_SHADOW);
    int lost = 0;
    for (int i = 0; i < N; i++)
        lost += mask[4 * N + i] != RV_MASK_CLEAR && i / W < 106 && i % W < 86;
    CHECK(lost == 0);
}

/* A quarter of the one is deep, and so is a quarter of the other, which is as small as a field. */
TEST(a_large_shadow_with_a_deep_part_needs_no_cloud_in_the_frame)
{
    for (int i = 0; i < N; i++) {
        const double large = hypot(i % W - 55, i / W - 75), small = hypot(i % W - 140, i / W - 75);
        const int dark = large < 50 || small < 16, deep = large < 26 || small < 8;
        opaque[i] = 0;
        shade[i] = dark ? RV__AIR_FULL / 3 : 0;
        bits[i] = (uint8_t)((dark ? RV__AIR_SHADE : 0) | (deep ? RV__AIR_SHADE_CORE : 0));
    }
    const rv__air_date d = date(0);
    CHECK(rv__mask_from_air(mask, weight, &d) == RV_OK);
    CHECK(mask[75 * W + 20] == RV_MASK_SHADOW);
    CHECK(mask[75 * W + 140] == RV_MASK_CLEAR);
}

/* A thick cloud over the right half of a shadow, another far from it; the sun is not known. */
TEST(a_shadow_goes_on_under_the_thick_cloud_beside_it)
{
    for (int i = 0; i < N; i++) {
        const int dark = hypot(i % W - 50, i / W - 70) < 22;
        const int thick = hypot(i % W - 85, i / W - 70) < 25 || hypot(i % W - 130, i / W - 120) < 20;
        opaque[i] = thick ? RV__AIR_FULL : 0;
        shade[i] = dark && !thick ? RV__AIR_FULL / 2 : 0;
        bits[i] = thick ? RV__AIR_CLOUD | RV__AIR_CLOUD_CORE : dark ? RV__AIR_SHADE | RV__AIR_SHADE_CORE : 0;
    }
    const rv__air_date d = date(0);
    CHECK(rv__mask_from_air(mask, weight, &d) == RV_OK);
    CHECK(mask[70 * W + 40] == RV_MASK_SHADOW);
    CHECK(mask[70 * W + 68] == RV_MASK_BOTH);
    CHECK(mask[70 * W + 102] == RV_MASK_CLOUD);
    CHECK(mask[120 * W + 130] == RV_MASK_CLOUD);
}

/* . lit, s shadow, ? unknown, x outside; reach 2.
 *
 *     s s ? ? ? ? .        s s s s . . .
 *     s s ? ? ? ? .   ->   s s s s . . .
 *     x x x x ? ? ?        x x x x . . .
 *     ? ? ? ? ? ? ?        . . . . . . .
 */
TEST(unknown_pixels_take_the_state_of_the_nearest_known_one)
{
    static const char before[] = "ss????.ss????.xxxx??????????", after[] = "ssss...ssss...xxxx..........";
    static const char letter[] = ".s?x";
    uint8_t state[28];
    for (int i = 0; i < 28; i++)
        state[i] = (uint8_t)(strchr(letter, before[i]) - letter);
    CHECK(rv__beneath_fill(state, 7, 4, 2) == RV_OK);
    for (int i = 0; i < 28; i++)
        CHECK(letter[state[i]] == after[i] || i >= 18);
    CHECK(state[27] == RV__BENEATH_LIT);
}

/* Two clouds and their shadows (30, 36) px away; the shadow of the first lies half under the second, and a field of the
 * same depth where no cloud throws a shadow. */
static void draw_sunny_clouds(int t)
{
    draw_ground(41);
    draw_shadow(t, 75, 70, 18, 6);
    draw_shadow(t, 115, 71, 14, 6);
    draw_shadow(t, 30, 125, 14, 6);
    draw_cloud(t, 45, 34, 18, 6, 4000);
    draw_cloud(t, 85, 35, 14, 6, 4000);
    draw_cloud(t, 75, 70 + 14, 8, 5, 4000);
}

TEST(the_sun_tells_which_dark_places_are_shadows)
{
    draw_sunny_clouds(4);
    find();
    CHECK(mask[4 * N + 125 * W + 30] == RV_MASK_SHADOW); /* without the sun nothing speaks against it */
    CHECK(mask[4 * N + 83 * W + 75] == RV_MASK_CLOUD);
    away[0] = .1;
    away[1] = .12;
    find();
    away[0] = away[1] = NAN;
    CHECK(mask[4 * N + 62 * W + 75] == RV_MASK_SHADOW);
    CHECK(mask[4 * N + 71 * W + 118] == RV_MASK_SHADOW);
    CHECK(mask[4 * N + 125 * W + 30] == RV_MASK_CLEAR); /* the sky that would throw it is clear */
    CHECK(mask[4 * N + 83 * W + 75] == RV_MASK_BOTH);
    CHECK(mask[4 * N + 34 * W + 45] == RV_MASK_CLOUD);
    CHECK(masked_in_all() == masked(4));
}

TEST(the_height_of_clouds_is_found_by_their_shadows)
{
    rv__cast cast;
    static uint8_t cloud[N], hidden[N];
    draw_sunny_clouds(4);
    find();
    for (int i = 0; i < N; i++) {
        hidden[i] = mask[4 * N + i] & RV_MASK_CLOUD;
        cloud[i] = hidden[i] ? opaque[4 * N + i] : 0;
    }
    const rv__sky sky = { W, H, cloud, shade + 4 * N, hidden, { .1, .12 }, { 50, 12000 } };
    CHECK(rv__cast_find(&cast, &sky) == RV_OK);
    CHECK_NEAR(cast.height_m, 300, 20);
    printf("# score %.2f, met %.2f\n", cast.score, cast.met);
    CHECK(cast.score > .25);
    CHECK(cast.met > .75);
}

TEST(weights_tell_how_much_of_the_ground_is_seen)
{
    draw_ground(1);
    draw_cloud(4, 60, 70, 25, 8, 4000);
    find();
    for (int i = 0; i < N; i++) {
        const double a = .85 * opacity(i, 60, 70, 25, 8); /* 4000 between ground of 1000 and white of 4500 */
        if (mask[4 * N + i] == RV_MASK_CLEAR)
            CHECK(weight[4 * N + i] == 100);
        else if (fabs(hypot(i % W - 60, i / W - 70) - 25) > 8)
            CHECK_NEAR(weight[4 * N + i], 100 * (1 - a), 20);
    }
}

/* What a provider says of date t: cloud in a square, clear elsewhere. Other dates: nothing. */
static const uint8_t *tell_square(int t, int col0, int row0, int side, uint8_t code)
{
    static uint8_t codes[DATES * N];
    memset(codes, RV_MASK_OUTSIDE, sizeof codes);
    for (int i = 0; i < N; i++)
        codes[t * N + i] = i % W >= col0 && i % W < col0 + side && i / W >= row0 && i / W < row0 + side ? code : 0;
    return codes;
}

TEST(what_a_provider_calls_cloud_must_depart_from_both_sides)
{
    draw_ground(10);
    draw_roof(4, (roof){ 70, 70, 48, 30, 25, 3800 });
    told = tell_square(4, 30, 30, 80, RV_MASK_CLOUD); /* a bright roof that stays */
    find();
    CHECK(masked_in_all() == 0);
    told = NULL;
}

TEST(a_provider_helps_where_time_sees_one_side)
{
    draw_ground(11);
    draw_cloud(LAST, 70, 70, 6, 8, 4000); /* too small to be believed in the last scene */
    find();
    CHECK(masked_in_all() == 0);
    told = tell_square(LAST, 50, 50, 40, RV_MASK_CLOUD);
    find();
    told = NULL;
    CHECK(mask[LAST * N + 70 * W + 70] == RV_MASK_CLOUD);
    CHECK(masked_in_all() == masked(LAST) && masked(LAST) < 900);
}

TEST(snow_is_taken_from_the_provider_and_clouds_over_it_are_not_lost)
{
    draw_ground(12);
    draw_cloud(4, 60, 70, 25, 8, 4000);
    told = tell_square(4, 0, 0, 100, RV_MASK_SNOW);
    find();
    told = NULL;
    CHECK(mask[4 * N + 70 * W + 60] == RV_MASK_CLOUD);
    CHECK(mask[4 * N + 10 * W + 10] == RV_MASK_SNOW);
    CHECK(mask[4 * N + 140 * W + 140] == RV_MASK_CLEAR);
}

TEST(copies_of_the_kernel_give_the_same_bits)
{
    static uint8_t want[3 * DATES * N];
    const rv__air again = { want, want + DATES * N, want + 2 * DATES * N, NULL };
    const rv__air_series tile = series();
    draw_sunny_clouds(4);
    draw_cloud(LAST, 60, 70, 30, 14, 4500);
    find();
    for (int isa = 0; isa < RV__ISA_COUNT; isa++) {
        if (!can_run((rv__isa)isa))
            continue;
        CHECK(rv__air_find_with(&again, &tile, (rv__isa)isa) == RV_OK);
        CHECK(memcmp(again.opacity, opaque, sizeof opaque) == 0);
        CHECK(memcmp(again.shade, shade, sizeof shade) == 0);
        CHECK(memcmp(again.bits, bits, sizeof bits) == 0);
    }
}

TEST(a_failed_allocation_is_reported)
{
    int met = 0;
    const rv__air_series tile = series();
    draw_ground(1);
    draw_cloud(4, 60, 70, 25, 8, 4000);
    away[0] = .2;
    away[1] = -.3;
    find();
    const rv__air_date d = date(4);
    for (long n = 1; n < 12; n++) {
        rv__mem_fail_nth(n, true);
        met += rv__air_find(&air, &tile) == RV_ERR_NOMEM;
        rv__mem_fail_nth(n, false);
        CHECK_FAILS(RV_ERR_NOMEM, rv__mask_from_air(mask, weight, &d));
    }
    rv__mem_fail_nth(0, false);
    away[0] = away[1] = NAN;
    CHECK(met == 11);
}

TESTS(RUN(an_unchanging_site_stays_clear), RUN(a_cloud_in_the_middle_is_found_and_nothing_else),
      RUN(a_shadow_is_darker_than_before_and_after), RUN(clouds_on_two_dates_in_a_row_do_not_hide_each_other),
      RUN(a_roof_that_stays_is_never_cloud_whenever_it_appears), RUN(a_new_roof_in_the_last_scene_is_never_cloud),
      RUN(two_roofs_side_by_side_in_the_last_scene_are_no_cloud_either),
      RUN(a_large_soft_cloud_in_the_first_or_last_scene_is_found),
      RUN(what_stands_for_one_date_and_is_small_or_sharply_cut_is_no_cloud),
      RUN(a_dark_roof_in_the_last_scene_needs_no_cloud_to_be_dark), RUN(what_is_outside_is_outside_and_weighs_nothing),
      RUN(the_sun_tells_which_dark_places_are_shadows), RUN(the_height_of_clouds_is_found_by_their_shadows),
      RUN(weights_tell_how_much_of_the_ground_is_seen), RUN(copies_of_the_kernel_give_the_same_bits),
      RUN(what_a_provider_calls_cloud_must_depart_from_both_sides), RUN(a_provider_helps_where_time_sees_one_side),
      RUN(snow_is_taken_from_the_provider_and_clouds_over_it_are_not_lost), RUN(a_failed_allocation_is_reported),
      RUN(a_white_roof_that_glares_on_one_date_is_no_cloud), RUN(a_new_roof_a_little_darker_at_first_is_no_shadow),
      RUN(a_large_shadow_with_a_deep_part_needs_no_cloud_in_the_frame),
      RUN(a_shadow_goes_on_under_the_thick_cloud_beside_it),
      RUN(unknown_pixels_take_the_state_of_the_nearest_known_one))

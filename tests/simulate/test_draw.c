/* SPDX-License-Identifier: Apache-2.0 */
/* Pictures do not depend on how they are cut; what the air does, and the planes that tell of it. */
#include "drawn.h"
#include "simulate/air.h"
#include "simulate/sight.h"
#include "simulate/solid.h"

/* Everything at once: hills, turns, a smooth field, clouds, snow, sharpening. */
static rv__site *rich_site(int sensor, int size_px)
{
    rv_simulate_opts o = small_suite(RV_SUITE_X, sensor == RV_SENSOR_GE ? RV_STYLE_B : RV_STYLE_A, 21, size_px);
    o.sensor = sensor;
    o.rotation_deg = .1;
    o.field_px = .3;
    o.relief_m = 80;
    o.cloud_share = 1.0;
    o.other_share = sensor == RV_SENSOR_PS ? .4 : 0;
    o.inverted = sensor == RV_SENSOR_PS;
    o.sharpen = .4;
    o.jpeg_quality = sensor == RV_SENSOR_GE ? 75 : 0;
    rv__site *site = site_new(&o);
    for (int k = 0; k < o.dates; k++)
        site->date[k].cover = .3;
    return site;
}

static bool same(const picture *a, const picture *b)
{
    const size_t n = a->size * a->size;
    return memcmp(a->value, b->value, 2 * n * a->bands) == 0 && memcmp(a->displacement, b->displacement, 8 * n) == 0 &&
           memcmp(a->air, b->air, 12 * n) == 0 && memcmp(a->mask, b->mask, n) == 0;
}

TEST(strips_and_single_dates_equal_the_whole_to_the_bit)
{
    for (int sensor = RV_SENSOR_PS; sensor <= RV_SENSOR_S2; sensor++) {
        static const int strips[] = { 16, 48 };
        rv__site *site = rich_site(sensor, 160);
        picture whole[2] = { picture_new(site, 160), picture_new(site, 160) };
        draw_in_strips(whole, site, 1, 2, 160);
        for (int k = 0; k < 2; k++) {
            picture cut = picture_new(site, 160);
            draw_in_strips(&cut, site, 1 + k, 1, strips[k]);
            CHECK(same(&whole[k], &cut));
            picture_free(&cut);
        }
        CHECK(!same(&whole[0], &whole[1]));
        picture_free(&whole[0]);
        picture_free(&whole[1]);
        site_free(site);
    }
}

/* Tiles cut columns as strips cut rows: what is reckoned by pixel, in a window and in the whole. */
TEST(noise_air_and_displacement_of_a_window_equal_the_whole_to_the_bit)
{
    enum { SIZE = 96, W = 30, H = 20, COL = 41, ROW = 37 };
    static float whole[6][SIZE * SIZE], part[6][W * H];
    const rv__window all = { 0, 0, SIZE, SIZE }, window = { COL, ROW, W, H };
    rv__site *site = rich_site(RV_SENSOR_PS, SIZE);
    const rv__sim_view *v = &site->date[1].view[0];
    rv__air a, b;
    static float normal[RV__NORMALS + 1];
    rv__normal_table(normal);
    rv__sensor_noise((float *const[2]){ whole[0], whole[1] }, 2, all, &site->opts, 1, normal);
    rv__sensor_noise((float *const[2]){ part[0], part[1] }, 2, window, &site->opts, 1, normal);
    CHECK(rv__displacement(whole[2], whole[3], site, 1, v, all) == RV_OK);
    CHECK(rv__displacement(part[2], part[3], site, 1, v, window) == RV_OK);
    CHECK(rv__air_make(&a, site, 1, v, all) == RV_OK && rv__air_make(&b, site, 1, v, window) == RV_OK);
    memcpy(whole[4], a.alpha, sizeof whole[4]);
    memcpy(whole[5], a.shadow, sizeof whole[5]);
    memcpy(part[4], b.alpha, sizeof part[4]);
    memcpy(part[5], b.shadow, sizeof part[5]);
    for (int k = 0; k < 6; k++)
        for (int r = 0; r < H; r++)
            CHECK(memcmp(part[k] + r * W, whole[k] + (r + ROW) * SIZE + COL, W * sizeof(float)) == 0);
    rv__air_release(&a);
    rv__air_release(&b);
    site_free(site);
}

/* Clouds over a plain site without noise, and the same date without air. */
static void draw_clouds(picture *with, picture *without, double haze)
{
    const rv_simulate_opts o = plain_opts(4, 112);
    rv__site *site = site_new(&o);
    site->date[1].cloudy = true;
    site->date[1].cover = -.2;
    site->date[1].cloud_m = 150.0;
    site->date[1].view[0].haze = haze;
    *with = draw_date(site, 1);
    site->date[1].cloudy = false;
    site->date[1].view[0].haze = 0.0;
    *without = draw_date(site, 1);
    site_free(site);
}

TEST(thick_cloud_is_white_and_clear_air_changes_nothing)
{
    static const double white[4] = { .72, .72, .72, .70 };
    picture with, without;
    draw_clouds(&with, &without, 0.0);
    const size_t n = with.size * with.size;
    size_t thick = 0, clear = 0;
    for (size_t i = 0; i < n; i++) {
        const bool is_thick = with.air[i] > .95f, is_clear = with.air[i] == 0.0f && with.air[n + i] == 1.0f;
        thick += is_thick;
        clear += is_clear;
        for (size_t k = 0; k < 4; k++) {
            const int was = without.value[k * n + i], is = with.value[k * n + i];
            if (is_thick)
                CHECK_NEAR(is / 1e4, white[k], .05 * white[k]); /* at most a twentieth is ground */
            if (is_clear)
                CHECK(abs(is - was) <= 1); /* air is rounded to 1/4096 */
            CHECK(without.air[i] == 0.0f && without.air[n + i] == 1.0f && without.air[2 * n + i] == 0.0f);
        }
    }
    CHECK(thick > 50 && clear > 500);
    picture_free(&with);
    picture_free(&without);
}

/* Light through the air, eq. of air.h's planes: haze over cloud over ground whose direct light the shadow dims. */
TEST(the_planes_of_the_air_explain_every_pixel)
{
    static const double white[4] = { .72, .72, .72, .70 }, grey[4] = { .30, .27, .24, .22 };
    picture with, without;
    draw_clouds(&with, &without, .12);
    const size_t n = with.size * with.size;
    double worst = 0.0, most_haze = 0.0;
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < 4; k++) {
            const double alpha = (double)with.air[i], lit = (double)with.air[n + i],
                         haze = 1.0 - exp(-(double)with.air[2 * n + i]);
            const double ground = without.value[k * n + i] / 1e4, soft = rv__diffuse[k];
            const double below = ground * (soft + (1.0 - soft) * lit) * (1.0 - alpha) + white[k] * alpha;
            worst = fmax(worst, fabs(below + haze * (grey[k] - below) - with.value[k * n + i] / 1e4));
            most_haze = fmax(most_haze, haze);
        }
    CHECK_NEAR(worst, 0.0, 5e-4);
    CHECK(most_haze > .05 && most_haze < .21);
    picture_free(&with);
    picture_free(&without);
}

/* Classes: 0 clear, 1 cloud, 2 shadow, 3 cloud in shadow, 4 haze, 5 snow. Planes are rounded, so close calls count as either. */
TEST(mask_classes_agree_with_the_air)
{
    const float near = 3e-4f;
    int seen[6] = { 0 };
    static const double haze[3] = { .02, .3, .02 }, snow[3] = { 0.0, 0.0, .8 };
    rv__site *site = rich_site(RV_SENSOR_PS, 144);
    for (int k = 0; k < 3; k++) {
        const int date = 2;
        site->date[date].cover = .4;
        site->date[date].cloud_m = 200.0;
        site->date[date].snow = snow[k];
        site->date[date].view[0].haze = haze[k];
        picture p = draw_date(site, date);
        const size_t n = p.size * p.size;
        for (size_t i = 0; i < n; i++) {
            const float alpha = p.air[i], shadow = 1.0f - p.air[n + i], grey = 1.0f - expf(-p.air[2 * n + i]);
            if (fabsf(alpha - .1f) < near || fabsf(shadow - .1f) < near || fabsf(grey - .2f) < near)
                continue;
            const bool cloud = alpha > .1f, dark = shadow > .1f;
            const int want = cloud && dark                ? 3
                             : cloud                      ? 1
                             : dark                       ? 2
                             : grey > .2f                 ? 4
                             : site->date[date].snow > .6 ? 5
                                                          : 0;
            CHECK(p.mask[i] == want);
            seen[want]++;
        }
        picture_free(&p);
    }
    for (int k = 0; k < 6; k++)
        CHECK(seen[k] > 20);
    site_free(site);
}

TEST(under_a_thin_cover_snow_is_where_the_mask_says)
{
    rv__site *site = rich_site(RV_SENSOR_PS, 144);
    const int date = 2;
    double bright[2] = { 0.0, 0.0 };
    int count[2] = { 0, 0 };
    site->date[date].cloudy = false;
    site->date[date].view[0].haze = 0.0;
    site->date[date].snow = .33;
    picture p = draw_date(site, date);
    for (size_t i = 0; i < p.size * p.size; i++)
        if (p.mask[i] == 0 || p.mask[i] == 5) {
            bright[p.mask[i] == 5] += p.value[i];
            count[p.mask[i] == 5]++;
        }
    CHECK(count[0] > 500 && count[1] > 500);
    CHECK(bright[1] / count[1] > 1.5 * bright[0] / count[0]);
    picture_free(&p);
    site_free(site);
}

TESTS(RUN(strips_and_single_dates_equal_the_whole_to_the_bit),
      RUN(noise_air_and_displacement_of_a_window_equal_the_whole_to_the_bit),
      RUN(thick_cloud_is_white_and_clear_air_changes_nothing), RUN(the_planes_of_the_air_explain_every_pixel),
      RUN(mask_classes_agree_with_the_air), RUN(under_a_thin_cover_snow_is_where_the_mask_says))

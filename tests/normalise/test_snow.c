/* SPDX-License-Identifier: Apache-2.0 */
/* Snow, a roof that comes while it lies, a cloud and haze, drawn on fields with roads: what each becomes in the masks. */
#include "normalise/snow.h"

#include <revisit/normalise.h>

#include "base/mem.h"
#include "base/rng.h"
#include "drawn.h"
#include "normalise/air.h"
#include "normalise/veil.h"
#include "raster/gdal_read.h"

enum { W = 192, H = 176, N = W * H, DATES = 10, BANDS = 4, SNOW_FIRST = 4, SNOW_LAST = 6, CLOUDY = 8, HAZY = 2 };

static float data[BANDS * N], got[N];
static uint8_t valid[N], code[DATES][N], weight[DATES][N];
static const float spectrum[BANDS] = { 1, 1.4f, 1.8f, 3 }, grey[BANDS] = { 3000, 2700, 2400, 2200 };

/* 1 on roads of 4 px, 48 apart. */
static int is_road(int i)
{
    return i % W % 48 < 4 || i / W % 48 < 4;
}

static int is_roof(int i)
{
    return i % W >= 60 && i % W < 88 && i / W >= 56 && i / W < 80;
}

static double cloud_at(int i)
{
    return 1 / (1 + exp((hypot(i % W - 120, i / W - 110) - 48) / 2));
}

static float ground(int i, int band)
{
    const int field = i % W / 24 * 7 + i / W / 22 * 13;
    return spectrum[band] * (float)(700 + 60 * (field % 6)) * (is_road(i) ? 1.7f : 1.f);
}

static float value_at(int t, int band, int i, double haze)
{
    double v = (double)ground(i, band);
    if (t > SNOW_FIRST && is_roof(i))
        v = 5500;
    else if (t >= SNOW_FIRST && t <= SNOW_LAST && !is_road(i))
        v = band == 3 ? 7600 : 8200;
    if (t == CLOUDY)
        v += cloud_at(i) * (7200 - v);
    return (float)(t == HAZY ? v + haze * ((double)grey[band] - v) : v);
}

static void draw(drawn *d, const char *roles, double haze)
{
    rv__rng rng;
    rv__rng_init(&rng, 3, 0, 0, 0);
    memset(valid, 1, sizeof valid);
    drawn_begin(d, W, H);
    for (int t = 0; t < DATES; t++) {
        for (int b = 0; b < (int)strlen(roles); b++)
            for (int i = 0; i < N; i++)
                data[b * N + i] = value_at(t, b, i, haze) * (float)(1 + .01 * rv__rng_normal(&rng));
        drawn_add(d, data, valid, roles, RV__SAMPLE_U16);
    }
}

static void read_band(uint8_t *out, const char *path, int band)
{
    const int window[4] = { 0, 0, W, H };
    rv__gtiff *file;
    CHECK(rv__gtiff_open(&file, path) == RV_OK);
    CHECK(rv__gtiff_read(file, got, band, window) == RV_OK);
    rv__gtiff_close(file);
    for (int i = 0; i < N; i++)
        out[i] = (uint8_t)got[i];
}

static void mask(double clear[DATES], const drawn *d)
{
    char path[DATES][128];
    const char *paths[DATES];
    rv_stack *stack = drawn_stack(d, NULL);
    for (int t = 0; t < DATES; t++) {
        snprintf(path[t], sizeof path[t], "%s/mask%d.tif", d->folder, t);
        paths[t] = path[t];
    }
    CHECK(rv_masks_write(clear, paths, stack, NULL) == RV_OK);
    rv_stack_free(stack);
    for (int t = 0; t < DATES; t++) {
        read_band(code[t], path[t], 0);
        read_band(weight[t], path[t], 1);
    }
}

static int count(int t, int want)
{
    int n = 0;
    for (int i = 0; i < N; i++)
        n += code[t][i] == want;
    return n;
}

/* Of the open ground, which is neither road nor roof nor within 3 px of them or the frame. */
static double share_of_fields(int t, int want)
{
    int n = 0, all = 0;
    for (int i = 0; i < N; i++) {
        const int c = i % W % 48, r = i / W % 48;
        const int inner = c > 6 && c < 45 && r > 6 && r < 45 && i % W < W - 4 && i / W < H - 4;
        const int roof = i % W > 54 && i % W < 94 && i / W > 50 && i / W < 86;
        all += inner && !roof;
        n += inner && !roof && code[t][i] == want;
    }
    return (double)n / all;
}

static void check_series(const char *roles)
{
    drawn d;
    double clear[DATES];
    draw(&d, roles, 0);
    mask(clear, &d);
    for (int t = 0; t < DATES; t++) {
        const int snow = t >= SNOW_FIRST && t <= SNOW_LAST;
        CHECK(snow ? share_of_fields(t, RV_MASK_SNOW) > .99 : count(t, RV_MASK_SNOW) == 0);
        CHECK(count(t, RV_MASK_HAZE) == 0);
        if (t != CLOUDY)
            CHECK(count(t, RV_MASK_CLOUD) + count(t, RV_MASK_SHADOW) + count(t, RV_MASK_BOTH) == 0);
    }
    CHECK(code[CLOUDY][110 * W + 120] == RV_MASK_CLOUD && count(CLOUDY, RV_MASK_CLOUD) > 5000);
    CHECK(clear[SNOW_FIRST] < .3 && clear[0] == 1);
    for (int i = 0; i < N; i++) /* roads and the new roof show through, and are clear after the snow */
        for (int t = SNOW_FIRST + 1; t < CLOUDY; t++)
            if (is_roof(i) && is_roof(i - 2 * W - 2) && is_roof(i + 2 * W + 2))
                CHECK(code[t][i] == RV_MASK_CLEAR);
    CHECK(code[SNOW_FIRST][20 * W + 49] == RV_MASK_CLEAR);
    drawn_end(&d);
}

TEST(snow_is_found_on_its_dates_and_a_roof_that_comes_with_it_is_none)
{
    check_series("BGRN");
}

TEST(three_bands_are_enough_for_snow)
{
    check_series("BGR");
}

TEST(a_cloud_over_most_of_a_frame_is_no_snow)
{
    uint8_t date[DATES];
    drawn d;
    draw(&d, "BGRN", 0);
    rv_stack *stack = drawn_stack(&d, NULL);
    CHECK(rv__snow_dates(date, stack) == RV_OK);
    for (int t = 0; t < DATES; t++)
        CHECK(date[t] == (t >= SNOW_FIRST && t <= SNOW_LAST));
    rv_stack_free(stack);
    drawn_end(&d);
}

/* . bare, s under snow; r a roof from date 2 on, g a date that is bright and coloured.
 *
 *     dates 0 1 2 3 4:  . s s . .
 */
TEST(snow_is_white_and_goes_again)
{
    enum { PLACES = 4, T = 5 };
    static const uint8_t snowy[T] = { 0, 1, 1, 0, 0 };
    static const float blue[T][PLACES] = { { 700, 700, 700, 5000 },
                                           { 8000, 8000, 8000, 8000 },
                                           { 8000, 6000, 8000, 8000 },
                                           { 700, 6000, 700, 5000 },
                                           { 700, 6000, 700, 5000 } };
    uint8_t grey_of[T * PLACES], in[T * PLACES], snow[T * PLACES];
    const float least[T] = { 3, 3, 3, 3, 3 };
    memset(in, 1, sizeof in);
    memset(grey_of, RV__WHITE_FLAT | RV__WHITE_COLD, sizeof grey_of);
    grey_of[2 * PLACES + 2] = RV__WHITE_COLD;
    const rv__snow_series s = { PLACES, T, snowy, &blue[0][0], grey_of, in, least };
    CHECK(rv__snow_mark(snow, &s) == RV_OK);
    static const uint8_t want[T][PLACES] = { { 0 }, { 1, 0, 1, 0 }, { 1, 0, 0, 0 }, { 0 }, { 0 } };
    CHECK(memcmp(snow, want, sizeof want) == 0);
}

TEST(haze_is_told_with_its_share_and_hides_nothing)
{
    drawn d;
    double clear[DATES];
    draw(&d, "BGRN", .35);
    mask(clear, &d);
    CHECK(share_of_fields(HAZY, RV_MASK_HAZE) > .99);
    CHECK(clear[HAZY] > .99);
    for (int t = 0; t < DATES; t++)
        CHECK(t == HAZY || count(t, RV_MASK_HAZE) == 0);
    CHECK_NEAR(weight[HAZY][30 * W + 30], 65, 8);
    CHECK(weight[0][30 * W + 30] == 100);
    drawn_end(&d);
}

/* A square as bright as .1 of a cloud and one cloud: the veil is made of neither. */
TEST(a_small_bright_thing_is_no_haze_and_a_wide_one_is_smooth)
{
    static uint8_t opacity[N], bits[N], veil[N];
    for (int i = 0; i < N; i++) {
        opacity[i] = is_roof(i) ? RV__AIR_FULL / 10 : 0;
        bits[i] = 0;
    }
    rv__veil_date date = { W, H, opacity, bits, 0, 0 };
    CHECK(rv__veil_fill(veil, &date) == RV_OK);
    for (int i = 0; i < N; i++)
        CHECK(veil[i] == 0);
    for (int i = 0; i < N; i++) {
        bits[i] = i % W < 60 ? RV__AIR_CLOUD : 0;
        opacity[i] = i % W < 60 ? RV__AIR_FULL : RV__AIR_FULL * 9 / 100;
    }
    CHECK(rv__veil_fill(veil, &date) == RV_OK);
    CHECK_NEAR(veil[80 * W + 70], RV__AIR_FULL * .09 / .42, 4); /* the cloud beside it adds nothing */
    CHECK(abs(veil[80 * W + 70] - veil[80 * W + 150]) <= 1);
}

TEST(threads_change_no_bit_of_snow_and_haze)
{
    static uint8_t first[DATES][N], first_weight[DATES][N];
    double clear[DATES];
    drawn d;
    draw(&d, "BGRN", .35);
    mask(clear, &d);
    memcpy(first, code, sizeof code);
    memcpy(first_weight, weight, sizeof weight);
    for (int k = 0; k < 3; k++) {
        CHECK(rv_threads_set((int[]){ 1, 2, 7 }[k]) == RV_OK);
        mask(clear, &d);
        CHECK(memcmp(first, code, sizeof code) == 0 && memcmp(first_weight, weight, sizeof weight) == 0);
    }
    CHECK(rv_threads_set(0) == RV_OK);
    drawn_end(&d);
}

TEST(a_failed_allocation_is_reported)
{
    drawn d;
    uint8_t date[DATES];
    int met = 0;
    draw(&d, "BGRN", 0);
    rv_stack *stack = drawn_stack(&d, NULL);
    CHECK(rv_threads_set(1) == RV_OK);
    for (long n = 1; n < 12; n++) {
        rv__mem_fail_nth(n, true);
        met += rv__snow_dates(date, stack) == RV_ERR_NOMEM;
        rv__mem_fail_nth(0, false);
    }
    CHECK(met == 11);
    CHECK(rv_threads_set(0) == RV_OK);
    rv_stack_free(stack);
    drawn_end(&d);
}

TESTS(RUN(snow_is_found_on_its_dates_and_a_roof_that_comes_with_it_is_none), RUN(three_bands_are_enough_for_snow),
      RUN(a_cloud_over_most_of_a_frame_is_no_snow), RUN(snow_is_white_and_goes_again),
      RUN(haze_is_told_with_its_share_and_hides_nothing), RUN(a_small_bright_thing_is_no_haze_and_a_wide_one_is_smooth),
      RUN(threads_change_no_bit_of_snow_and_haze), RUN(a_failed_allocation_is_reported))

/* SPDX-License-Identifier: Apache-2.0 */
/* Where the sun is known from, and the direction of shadows told by clouds alone. */
#include "normalise/sunward.h"

#include "base/mem.h"
#include "base/time.h"
#include "lib/test.h"

#include <math.h>
#include <string.h>

enum { W = 160, H = 150, N = W * H };

static uint8_t cloud[N], shade[N], hidden[N];

static rv_scene_info taken(double t_min, double t_max)
{
    return (rv_scene_info){ .t_min = t_min,
                            .t_max = t_max,
                            .sun_azimuth_deg = NAN,
                            .sun_elevation_deg = NAN,
                            .view_azimuth_deg = NAN,
                            .view_off_nadir_deg = NAN };
}

/* 512 px of 3 m about 9 E 48 N. */
static const rv_grid grid = {
    .crs = "EPSG:32632", .gt = { 499232, 3, 0, 5316968, 0, -3 }, .width = 512, .height = 512
};

TEST(the_sun_is_known_by_the_time_of_day_and_not_by_the_day)
{
    const double day = rv__time_of_date(2023, 6, 21),
                 noon = day + 41040; /* 11:24 UTC is true noon at 9 E, but for 2 min */
    double azimuth, elevation;
    rv_scene_info info = taken(noon + 110, noon + 110);
    CHECK(rv__sun_of(&azimuth, &elevation, &info, &grid) == RV__SUN_BY_TIME);
    CHECK_NEAR(azimuth, 180, .5);
    CHECK_NEAR(elevation, 90 - 48 + 23.44, .1);
    info.sun_azimuth_deg = 170;
    info.sun_elevation_deg = 50;
    CHECK(rv__sun_of(&azimuth, &elevation, &info, &grid) == RV__SUN_TOLD && azimuth == 170);
    info = taken(day, day + 86399);
    CHECK(rv__sun_of(&azimuth, &elevation, &info, &grid) == RV__SUN_UNKNOWN);
    info = taken(day, day); /* a date that was written as a time */
    CHECK(rv__sun_of(&azimuth, &elevation, &info, &grid) == RV__SUN_UNKNOWN);
    info = taken(day + 75600, day + 75600); /* in the night */
    CHECK(rv__sun_of(&azimuth, &elevation, &info, &grid) == RV__SUN_UNKNOWN);
    info = taken(NAN, NAN);
    CHECK(rv__sun_of(&azimuth, &elevation, &info, &grid) == RV__SUN_UNKNOWN);
}

TEST(shadows_by_time_point_away_from_the_morning_sun)
{
    const rv_scene_info info = taken(rv__time_of_date(2023, 3, 21) + 28800, rv__time_of_date(2023, 3, 21) + 28800);
    double away[2];
    CHECK(rv__sun_away(away, &info, &grid));
    CHECK(away[0] < 0 && away[1] < 0); /* to the north-west, which is up and left */
}

static double blob(int i, double col, double row, double radius)
{
    return 1 / (1 + exp((hypot(i % W - col, i / W - row) - radius) / 1.5));
}

/* Three clouds, and their shadows moved by (col, row). */
static double clouds(int i, double col, double row)
{
    return fmin(1, blob(i, 50 + col, 70 + row, 16) + blob(i, 84 + col, 62 + row, 11) + blob(i, 66 + col, 100 + row, 9));
}

static rv__cast find(const double way[][2], int n)
{
    rv__cast cast;
    for (int i = 0; i < N; i++) {
        double s = 0;
        for (int k = 0; k < n; k++)
            s += .5 * clouds(i, way[k][0], way[k][1]);
        cloud[i] = (uint8_t)(250 * clouds(i, 0, 0));
        hidden[i] = cloud[i] > 20;
        shade[i] = (uint8_t)(hidden[i] ? 0 : 250 * fmin(1, s));
    }
    const rv__sky sky = { W, H, cloud, shade, hidden, { NAN, NAN }, { 0, 0 } };
    CHECK(rv__cast_around(&cast, &sky) == RV_OK);
    printf("# score %.2f, met %.2f, px %.0f %.0f\n", cast.score, cast.met, cast.px[0], cast.px[1]);
    return cast;
}

TEST(clouds_alone_tell_where_their_shadows_lie)
{
    static const double way[][2][2] = { { { 40, 36 } }, { { -30, 38 } }, { { 45, -30 } } };
    for (int k = 0; k < 3; k++) {
        const rv__cast cast = find(way[k], 1);
        CHECK(cast.score > .7 && cast.met > .8);
        CHECK_NEAR(cast.px[0], way[k][0][0], 4);
        CHECK_NEAR(cast.px[1], way[k][0][1], 4);
    }
}

TEST(two_directions_that_agree_as_well_are_none)
{
    static const double way[2][2] = { { 40, 36 }, { 40, -36 } };
    CHECK(find(way, 2).score == 0);
}

TEST(a_failed_allocation_is_reported)
{
    rv__cast cast;
    const rv__sky sky = { W, H, cloud, shade, hidden, { NAN, NAN }, { 0, 0 } };
    rv__mem_fail_nth(1, false);
    CHECK_FAILS(RV_ERR_NOMEM, rv__cast_around(&cast, &sky));
    rv__mem_fail_nth(0, false);
}

TESTS(RUN(the_sun_is_known_by_the_time_of_day_and_not_by_the_day), RUN(shadows_by_time_point_away_from_the_morning_sun),
      RUN(clouds_alone_tell_where_their_shadows_lie), RUN(two_directions_that_agree_as_well_are_none),
      RUN(a_failed_allocation_is_reported))

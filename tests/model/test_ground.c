/* SPDX-License-Identifier: Apache-2.0 */
/* The map through ground points: exact from exact points, and refused in words where the points do not fix it. */
#include "lib/test.h"

#include <revisit/transform.h>

#include "geo/ellipsoid.h"
#include "tilted_view.h"

static const rv_grid picture = { .gt = { 0, 1, 0, 0, 0, 1 }, .width = VIEW_W, .height = VIEW_H };

static void points_of(rv_gcp *points, size_t n, const double view[9])
{
    double back[9];
    CHECK_FAILS(RV_OK, rv_transform_invert(back, view));
    for (size_t i = 0; i < n; i++)
        points[i] = gcp_at(back, view_places[i][0], view_places[i][1], NULL);
}

TEST(exact_points_give_the_map_exactly)
{
    double view[9], x, y, pixel[2];
    for (size_t n = 4; n <= 8; n++) {
        rv_gcp points[8];
        rv_ground g;
        tilted_view(view, .3 * (double)n);
        points_of(points, n, view);
        CHECK_FAILS(RV_OK, rv_ground_fit(&g, points, n, &picture));
        CHECK(g.points == (int)n);
        for (int k = 0; k < 50; k++) {
            rv__homography_apply(pixel, view, (const double[2]){ 13.0 * k - 300, 7.0 * k - 100 });
            CHECK_FAILS(RV_OK, rv_ground_apply(&g, pixel[0], pixel[1], &x, &y));
            CHECK_NEAR(x, 13.0 * k - 300, 1e-6);
            CHECK_NEAR(y, 7.0 * k - 100, 1e-6);
        }
    }
}

TEST(four_points_leave_no_residual_and_more_do)
{
    double view[9];
    rv_gcp points[8];
    rv_ground g;
    tilted_view(view, 0);
    points_of(points, 8, view);
    points[4].x_m += 3;
    CHECK_FAILS(RV_OK, rv_ground_fit(&g, points, 4, &picture));
    CHECK(isnan(g.rms_m) && isnan(g.misfit) && isnan(points[0].residual_m) && points[0].total_m > 1);
    CHECK_FAILS(RV_OK, rv_ground_fit(&g, points, 8, &picture));
    CHECK(g.rms_m > .3 && g.rms_m < 3 && points[4].residual_x_m < -.5);
    CHECK_NEAR(points[4].residual_m, hypot(points[4].residual_x_m, points[4].residual_y_m), 1e-12);
}

TEST(points_that_disagree_widen_the_spread)
{
    double view[9];
    rv_gcp points[8];
    rv_ground good, bad;
    tilted_view(view, 0);
    points_of(points, 8, view);
    CHECK_FAILS(RV_OK, rv_ground_fit(&good, points, 8, &picture));
    points[4].x_m += 30;
    CHECK_FAILS(RV_OK, rv_ground_fit(&bad, points, 8, &picture));
    CHECK(good.misfit < 1e-6 && bad.misfit > 3);
    CHECK(fabs(bad.spread[0][2]) > 2 * fabs(good.spread[0][2]));
}

/* Degrees of longitude shrink with the latitude, so a square of them is no square. */
TEST(longitude_and_latitude_become_metres_about_their_mean)
{
    const double lon[4] = { 11.66, 11.68, 11.68, 11.66 }, lat[4] = { 48.27, 48.27, 48.26, 48.26 };
    const rv_grid degrees = { .crs = "EPSG:4326", .gt = { 11, 1e-5, 0, 49, 0, -1e-5 }, .width = 9, .height = 9 };
    rv_gcp points[4];
    rv_ground g;
    double wide, high;
    for (int i = 0; i < 4; i++) {
        rv_fields_init(rv_gcp_fields(), &points[i]);
        points[i].lon = lon[i];
        points[i].lat = lat[i];
        points[i].ref_col = i % 3 ? 1500 : 100;
        points[i].ref_row = i / 2 ? 900 : 100;
        points[i].sigma_m = points[i].sigma_px = 1;
    }
    CHECK_FAILS(RV_OK, rv_ground_fit(&g, points, 4, &picture));
    CHECK_FAILS(RV_OK, rv__distance_m(&wide, (rv_point){ lon[0], lat[0] }, (rv_point){ lon[1], lat[1] }, &degrees));
    CHECK_FAILS(RV_OK, rv__distance_m(&high, (rv_point){ lon[1], lat[1] }, (rv_point){ lon[2], lat[2] }, &degrees));
    CHECK_NEAR(hypot(points[1].x_m - points[0].x_m, points[1].y_m - points[0].y_m), wide, 1e-4 * wide);
    CHECK_NEAR(hypot(points[2].x_m - points[1].x_m, points[2].y_m - points[1].y_m), high, 1e-4 * high);
    CHECK_NEAR(points[0].x_m + points[1].x_m + points[2].x_m + points[3].x_m, 0, .01);
    CHECK(points[1].x_m > 700 && points[1].y_m > 500);
}

TEST(the_date_line_is_no_matter)
{
    rv_gcp points[4];
    rv_ground g;
    for (int i = 0; i < 4; i++) {
        rv_fields_init(rv_gcp_fields(), &points[i]);
        points[i].lon = i % 3 ? -179.99 : 179.99;
        points[i].lat = i / 2 ? -16.01 : -16;
        points[i].ref_col = i % 3 ? 1500 : 100;
        points[i].ref_row = i / 2 ? 900 : 100;
        points[i].sigma_m = points[i].sigma_px = 1;
    }
    CHECK_FAILS(RV_OK, rv_ground_fit(&g, points, 4, &picture));
    CHECK_NEAR(points[1].x_m - points[0].x_m, .02 * 111320 * cos(16 * acos(-1.0) / 180), 10);
}

static void check_refused(rv_gcp *points, size_t n, const char *words)
{
    rv_ground g = { .points = 77 };
    CHECK_FAILS(RV_ERR_RANGE, rv_ground_fit(&g, points, n, &picture));
    if (!strstr(rv_last_error(), words))
        CHECK_TEXT(rv_last_error(), words);
    CHECK(g.points == 77);
}

TEST(points_that_do_not_fix_a_map_are_refused_with_the_number_that_shows_it)
{
    double view[9], back[9];
    rv_gcp points[8];
    tilted_view(view, 0);
    points_of(points, 8, view);
    check_refused(points, 3, "3 ground points, fewer than the 4");
    check_refused(points, 1, "1 ground point, fewer than the 4");
    CHECK_FAILS(RV_OK, rv_transform_invert(back, view));
    for (int i = 0; i < 3; i++)
        points[i] = gcp_at(back, 200 + 500 * i, 300 + 100 * i + (i == 1), NULL);
    strcpy(points[3].name, "NE gate");
    check_refused(points, 4,
                  "3 of the 4 ground points, all but 'NE gate', lie on a line in the picture: in a strip of 1.0 x ");
    check_refused(points, 4, " px, narrower than 5 %");
    for (int i = 0; i < 4; i++)
        points[i] = gcp_at(back, 1400 + 100 * (i % 2), 850 + 100 * (i / 2), NULL);
    check_refused(points, 4, "span 100 x 100 px, 0.62 % of the picture of 1600 x 1000 px, less than 2 %");
    points_of(points, 8, view);
    points[2].x_m = points[0].x_m + 2 * (points[1].x_m - points[0].x_m);
    points[2].y_m = points[0].y_m + 2 * (points[1].y_m - points[0].y_m);
    check_refused(points, 4, "lie on a line on the ground");
}

TEST(mirrored_points_and_a_point_beyond_the_horizon_are_refused)
{
    double view[9];
    rv_gcp points[8];
    tilted_view(view, 0);
    points_of(points, 8, view);
    for (int i = 0; i < 8; i++) {
        const double swap = points[i].x_m;
        points[i].x_m = points[i].y_m;
        points[i].y_m = swap;
    }
    check_refused(points, 8, "mirror the picture");
    points_of(points, 4, view);
    points[1].x_m = (points[0].x_m + points[2].x_m + points[3].x_m) / 3; /* inside the others, unlike in the picture */
    points[1].y_m = (points[0].y_m + points[2].y_m + points[3].y_m) / 3;
    check_refused(points, 4, "beyond the horizon");
}

TEST(no_place_is_given_beyond_the_horizon)
{
    double view[9], x, y;
    rv_gcp points[4];
    rv_ground g;
    tilted_view(view, 0);
    points_of(points, 4, view);
    CHECK_FAILS(RV_OK, rv_ground_fit(&g, points, 4, &picture));
    CHECK_FAILS(RV_OK, rv_ground_apply(&g, 800, -500, &x, &y));
    CHECK_FAILS(RV_ERR_RANGE, rv_ground_apply(&g, 800, -1500, &x, &y));
}

TESTS(RUN(exact_points_give_the_map_exactly), RUN(four_points_leave_no_residual_and_more_do),
      RUN(points_that_disagree_widen_the_spread), RUN(longitude_and_latitude_become_metres_about_their_mean),
      RUN(the_date_line_is_no_matter), RUN(points_that_do_not_fix_a_map_are_refused_with_the_number_that_shows_it),
      RUN(mirrored_points_and_a_point_beyond_the_horizon_are_refused), RUN(no_place_is_given_beyond_the_horizon))

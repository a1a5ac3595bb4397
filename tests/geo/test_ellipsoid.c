/* SPDX-License-Identifier: Apache-2.0 */
/* Ground areas against the closed formula for cells between parallels and meridians, and against each other. */
#include "lib/test.h"

#include "base/parallel.h"
#include "base/rng.h"
#include "geo/crs.h"
#include "geo/ellipsoid.h"
#include "geo/polygon.h"

static double radians(double d)
{
    return d * acos(-1.0) / 180;
}

/* Area between the equator and a latitude per radian of longitude, WGS 84 [snyder1987, eq. 3-12]. */
static double zone_m2(double lat_deg)
{
    const double a = 6378137, f = 1 / 298.257223563, e = sqrt(f * (2 - f)), s = sin(radians(lat_deg));
    return a * a * (1 - e * e) / 2 * (s / (1 - e * e * s * s) + atanh(e * s) / e);
}

static double cell_m2(double lat0, double lat1, double width_deg)
{
    return radians(width_deg) * (zone_m2(lat1) - zone_m2(lat0));
}

static rv_grid grid_of(const char *crs)
{
    rv_grid g = { .gt = { 0, 1, 0, 0, 0, -1 }, .width = 100, .height = 100 };
    snprintf(g.crs, sizeof g.crs, "%s", crs);
    return g;
}

static double box_area(double x, double y, double side, const rv_grid *grid)
{
    rv_point p[4] = { { x, y }, { x + side, y }, { x + side, y + side }, { x, y + side } };
    rv_ring ring = { p, 4 };
    const rv_polygon box = { &ring, 1 };
    double area = NAN;
    CHECK(rv__area_m2(&area, &box, grid) == RV_OK);
    return area;
}

TEST(cells_of_one_degree_have_the_closed_formula_s_area)
{
    const rv_grid g = grid_of("EPSG:4326");
    for (double lat = -80; lat <= 79; lat += 17) {
        const double truth = cell_m2(lat, lat + 1, 1);
        CHECK_NEAR(box_area(10, lat, 1, &g) / truth, 1, 2e-8);
    }
}

TEST(cells_from_half_a_metre_up_do_too)
{
    const rv_grid g = grid_of("EPSG:4326");
    for (double side = 5e-6; side < .5; side *= 1.9) {
        const double truth = cell_m2(30.3, 30.3 + side, side);
        CHECK_NEAR(box_area(-97.7, 30.3, side, &g) / truth, 1, 2e-8);
    }
}

TEST(a_cell_across_the_date_line_is_as_large_as_anywhere)
{
    const rv_grid g = grid_of("EPSG:4326");
    CHECK_NEAR(box_area(179.95, 52, .1, &g) / box_area(10, 52, .1, &g), 1, 1e-10);
    CHECK_NEAR(box_area(179.9999, 52, .0002, &g) / box_area(10, 52, .0002, &g), 1, 1e-7);
    CHECK_NEAR(box_area(-180.05, 52, .1, &g) / box_area(10, 52, .1, &g), 1, 1e-10);
}

TEST(the_scale_of_a_projection_does_not_matter)
{
    /* One house, drawn in three systems: UTM is 0.08 % too small here, web Mercator 2.3 times too large. */
    static const char *const systems[] = { "EPSG:32636", "EPSG:3857", "EPSG:3035" };
    const rv_grid degrees = grid_of("EPSG:4326");
    const rv_point corner[6] = { { 33.0, 49.0 },       { 33.0006, 49.0001 },  { 33.0005, 49.0004 },
                                 { 33.0003, 49.0003 }, { 33.00025, 49.0005 }, { 33.00005, 49.0005 } };
    rv_point p[6];
    rv_ring ring = { p, 6 };
    const rv_polygon house = { &ring, 1 };
    double truth = NAN, planar_utm = NAN;
    memcpy(p, corner, sizeof p);
    CHECK(rv__area_m2(&truth, &house, &degrees) == RV_OK);
    for (int k = 0; k < 3; k++) {
        const rv_grid g = grid_of(systems[k]);
        rv__crs_map *map = NULL;
        double area = NAN;
        CHECK(rv__crs_map_new(&map, "EPSG:4326", systems[k]) == RV_OK);
        for (int i = 0; i < 6; i++) {
            p[i] = corner[i];
            CHECK(rv__crs_map_point(map, &p[i].x, &p[i].y) == RV_OK);
        }
        rv__crs_map_free(map);
        CHECK(rv__area_m2(&area, &house, &g) == RV_OK);
        CHECK_NEAR(area / truth, 1, 1e-6); /* straight edges are not the same line in all three */
        if (k == 0)
            planar_utm = rv_polygon_area(&house);
    }
    CHECK_NEAR(planar_utm / truth, .9996 * .9996, 1e-5);
}

TEST(a_cap_around_the_pole_is_whole)
{
    /* The parallel of 80 degrees north in a polar system, as 3600 straight edges: 5e-7 inside the circle. */
    enum { N = 3600 };
    const rv_grid g = grid_of("EPSG:3995");
    static rv_point p[N];
    rv_ring ring = { p, N };
    const rv_polygon cap = { &ring, 1 };
    double area = NAN;
    rv__crs_map *map = NULL;
    CHECK(rv__crs_map_new(&map, "EPSG:4326", g.crs) == RV_OK);
    for (int i = 0; i < N; i++) {
        p[i] = (rv_point){ -180 + .1 * i, 80 };
        CHECK(rv__crs_map_point(map, &p[i].x, &p[i].y) == RV_OK);
    }
    rv__crs_map_free(map);
    CHECK(rv__area_m2(&area, &cap, &g) == RV_OK);
    CHECK_NEAR(area / cell_m2(80, 90, 360), 1, 1e-6);
}

TEST(a_hole_is_taken_off)
{
    const rv_grid g = grid_of("EPSG:32636");
    rv_point outer[4] = { { 5e5, 5.5e6 }, { 500100, 5.5e6 }, { 500100, 5500100 }, { 5e5, 5500100 } };
    rv_point hole[4] = { { 500020, 5500020 }, { 500020, 5500040 }, { 500040, 5500040 }, { 500040, 5500020 } };
    rv_ring rings[2] = { { outer, 4 }, { hole, 4 } };
    const rv_polygon p = { rings, 2 };
    double area = NAN;
    CHECK(rv__area_m2(&area, &p, &g) == RV_OK);
    CHECK_NEAR(area / (9600 / (.9996 * .9996)), 1, 1e-6);
}

TEST(pixels_in_degrees_are_not_square)
{
    rv_grid g = grid_of("EPSG:4326");
    const double gt[6] = { -97.7, 5.36e-6, 0, 30.3, 0, -5.36e-6 };
    double col_m, row_m, area;
    memcpy(g.gt, gt, sizeof gt);
    CHECK(rv_grid_pixel_size_m(&g, &col_m, &row_m) == RV_OK);
    CHECK(rv__pixel_area_m2(&area, &g, 50, 50) == RV_OK);
    CHECK_NEAR(col_m, .516, .001);
    CHECK_NEAR(row_m, .594, .001);
    CHECK_NEAR(area / (col_m * row_m), 1, 1e-6);
}

TEST(without_a_system_the_stated_pixel_size_counts)
{
    rv_grid g = { .gt = { 0, 1, 0, 0, 0, 1 }, .width = 10, .height = 10, .gsd_m = .5 };
    double v = NAN, w = NAN;
    CHECK_NEAR(box_area(2, 3, 4, &g), 4, 1e-12);
    CHECK(rv__distance_m(&v, (rv_point){ 0, 0 }, (rv_point){ 3, 4 }, &g) == RV_OK);
    CHECK_NEAR(v, 2.5, 1e-12);
    CHECK(rv__pixel_area_m2(&v, &g, 5, 5) == RV_OK);
    CHECK_NEAR(v, .25, 1e-12);
    CHECK(rv__azimuth_deg(&v, (rv_point){ 0, 0 }, (rv_point){ 1, 0 }, &g) == RV_OK);
    CHECK_NEAR(v, 90, 1e-12);
    CHECK(rv__azimuth_deg(&v, (rv_point){ 0, 0 }, (rv_point){ 0, -1 }, &g) == RV_OK);
    CHECK_NEAR(v, 0, 1e-12);
    CHECK(rv__ground_to_pixel(&v, &w, &g, 0) == RV_OK);
    CHECK_NEAR(v, 0, 1e-12);
    CHECK_NEAR(w, -2, 1e-12);
    g.gsd_m = 0;
    v = 77;
    CHECK_FAILS(RV_ERR_NODATA, rv__distance_m(&v, (rv_point){ 0, 0 }, (rv_point){ 3, 4 }, &g));
    CHECK_FAILS(RV_ERR_NODATA, rv_grid_pixel_size_m(&g, &v, &w));
    CHECK(v == 77);
}

TEST(a_step_on_the_ground_is_a_step_in_pixels)
{
    /* A turned UTM grid of 3 m, off the central meridian so that grid north is not north. */
    rv_grid g = grid_of("EPSG:32636");
    const double c = cos(.3), s = sin(.3), gt[6] = { 6e5, 3 * c, 3 * s, 5.5e6, 3 * s, -3 * c };
    rv__rng rng;
    memcpy(g.gt, gt, sizeof gt);
    rv__rng_init(&rng, 8, 8, 8, 8);
    for (int i = 0; i < 50; i++) {
        const double azimuth = rv__rng_between(&rng, 0, 360);
        double dcol, drow, length, back;
        rv_point a, b;
        CHECK(rv__ground_to_pixel(&dcol, &drow, &g, azimuth) == RV_OK);
        rv_grid_to_map(&g, 50, 50, &a.x, &a.y);
        rv_grid_to_map(&g, 50 + 200 * dcol, 50 + 200 * drow, &b.x, &b.y);
        CHECK(rv__distance_m(&length, a, b, &g) == RV_OK);
        CHECK(rv__azimuth_deg(&back, a, b, &g) == RV_OK);
        CHECK_NEAR(length, 200, 1e-4);
        CHECK_NEAR(remainder(back - azimuth, 360), 0, 1e-4);
    }
}

TEST(steps_near_the_date_line_stay_on_their_side)
{
    rv_grid g = grid_of("EPSG:4326");
    const double gt[6] = { 179.9999, 1e-6, 0, 52, 0, -1e-6 };
    double dcol, drow;
    memcpy(g.gt, gt, sizeof gt);
    CHECK(rv__ground_to_pixel(&dcol, &drow, &g, 90) == RV_OK);
    CHECK_NEAR(dcol, 1 / (111.3e3 * cos(radians(52)) * 1e-6), .05);
    CHECK_NEAR(drow, 0, 1e-4);
}

static int area_task(size_t i, size_t worker, void *user)
{
    double *areas = user;
    const rv_grid g = grid_of(i % 2 ? "EPSG:32636" : "EPSG:4326");
    rv_point p[4] = { { 33, 49 }, { 33.001, 49 }, { 33.001, 49.001 }, { 33, 49.001 } };
    rv_ring ring = { p, 4 };
    const rv_polygon box = { &ring, 1 };
    (void)worker;
    for (int k = 0; i % 2 && k < 4; k++)
        p[k] = (rv_point){ 5e5 + 100 * (k == 1 || k == 2), 5.5e6 + 100 * (k > 1) };
    return rv__area_m2(&areas[i], &box, &g);
}

TEST(any_number_of_threads_gives_the_same_bits)
{
    double one[64], many[64];
    CHECK(rv_threads_set(1) == RV_OK && rv__parallel_for(64, area_task, one) == RV_OK);
    CHECK(rv_threads_set(7) == RV_OK && rv__parallel_for(64, area_task, many) == RV_OK);
    CHECK(memcmp(one, many, sizeof one) == 0);
    CHECK(rv_threads_set(0) == RV_OK);
}

TEST(a_grid_of_unknown_system_says_so)
{
    const rv_grid g = grid_of("EPSG:0");
    double v = 5;
    CHECK_FAILS(RV_ERR_FORMAT, rv__distance_m(&v, (rv_point){ 0, 0 }, (rv_point){ 1, 1 }, &g));
    CHECK(v == 5);
}

TESTS(RUN(cells_of_one_degree_have_the_closed_formula_s_area), RUN(cells_from_half_a_metre_up_do_too),
      RUN(a_cell_across_the_date_line_is_as_large_as_anywhere), RUN(the_scale_of_a_projection_does_not_matter),
      RUN(a_cap_around_the_pole_is_whole), RUN(a_hole_is_taken_off), RUN(pixels_in_degrees_are_not_square),
      RUN(without_a_system_the_stated_pixel_size_counts), RUN(a_step_on_the_ground_is_a_step_in_pixels),
      RUN(steps_near_the_date_line_stay_on_their_side), RUN(any_number_of_threads_gives_the_same_bits),
      RUN(a_grid_of_unknown_system_says_so))

/* SPDX-License-Identifier: Apache-2.0 */
/* Pixels to map and back, maps between grids, polygons between frames. */
#include "lib/test.h"

#include "geo/crs.h"
#include "geo/ellipsoid.h"
#include "geo/polygon.h"

static rv_grid grid_of(const char *crs, double x, double y, double dx, double dy)
{
    rv_grid g = { .gt = { x, dx, 0, y, 0, dy }, .width = 512, .height = 400 };
    snprintf(g.crs, sizeof g.crs, "%s", crs);
    return g;
}

static void apply(double *x, double *y, const double m[9], double col, double row)
{
    const double w = m[6] * col + m[7] * row + m[8];
    *x = (m[0] * col + m[1] * row + m[2]) / w;
    *y = (m[3] * col + m[4] * row + m[5]) / w;
}

static rv_polygon box_of(rv_point *p, rv_ring *ring, double x, double y, double side)
{
    p[0] = (rv_point){ x, y };
    p[1] = (rv_point){ x + side, y };
    p[2] = (rv_point){ x + side, y + side };
    p[3] = (rv_point){ x, y + side };
    *ring = (rv_ring){ p, 4 };
    return (rv_polygon){ ring, 1 };
}

TEST(pixels_come_back_from_the_map)
{
    rv_grid g = grid_of("EPSG:32636", 6e5, 5.5e6, 3, -3);
    g.gt[2] = .7;
    g.gt[4] = -.2;
    double x, y, col, row;
    rv_grid_to_map(&g, 12.25, 400.5, &x, &y);
    CHECK_NEAR(x, 6e5 + 12.25 * 3 + 400.5 * .7, 1e-9);
    rv_grid_to_pixel(&g, x, y, &col, &row);
    CHECK_NEAR(col, 12.25, 1e-9);
    CHECK_NEAR(row, 400.5, 1e-9);
}

TEST(grids_are_equal_to_the_bit_only)
{
    const rv_grid a = grid_of("EPSG:32636", 6e5, 5.5e6, 3, -3);
    rv_grid b = a;
    CHECK(rv_grid_equal(&a, &b));
    b.gt[0] = nextafter(b.gt[0], 0);
    CHECK(!rv_grid_equal(&a, &b));
    b = a;
    b.width++;
    CHECK(!rv_grid_equal(&a, &b));
}

TEST(grids_of_one_system_are_joined_exactly)
{
    const rv_grid a = grid_of("EPSG:32636", 6e5, 5.5e6, 3, -3), b = grid_of("EPSG:32636", 600030, 5500015, 1.5, -1.5);
    double m[9], worst = NAN, x, y;
    CHECK(rv__grid_map(m, &worst, &a, &b) == RV_OK);
    apply(&x, &y, m, 10, 5);
    CHECK(worst == 0 && x == 0 && y == 20);
}

TEST(grids_of_two_systems_agree_with_the_transformation_within_the_stated_residual)
{
    /* 1.5 km of UTM onto degrees: the map is curved by far less than a pixel. */
    const rv_grid a = grid_of("EPSG:32614", 625000, 3352000, 3, -3), b = grid_of("EPSG:4326", -97.7, 30.3, 5e-6, -5e-6);
    double m[9], worst = NAN, largest = 0;
    rv__crs_map *map = NULL;
    CHECK(rv__grid_map(m, &worst, &a, &b) == RV_OK);
    CHECK(worst < .1);
    CHECK(worst > 0);
    CHECK(rv__crs_map_new(&map, a.crs, b.crs) == RV_OK);
    for (int i = 0; map && i < 400; i++) {
        const double col = a.width * (i % 20) / 19.0, row = a.height * (i / 20) / 19.0;
        double x, y, u, v, c, r;
        rv_grid_to_map(&a, col, row, &x, &y);
        CHECK(rv__crs_map_point(map, &x, &y) == RV_OK);
        rv_grid_to_pixel(&b, x, y, &u, &v);
        apply(&c, &r, m, col, row);
        largest = fmax(largest, hypot(c - u, r - v));
    }
    CHECK(largest <= worst * 1.2 + 1e-6);
    rv__crs_map_free(map);
}

TEST(the_map_of_grids_has_an_inverse_in_the_map_back)
{
    const rv_grid a = grid_of("EPSG:32636", 6e5, 5.5e6, 3, -3), b = grid_of("EPSG:3035", 5.9e6, 3.0e6, 4, -4);
    double m[9], n[9], worst, back, x, y, col, row;
    CHECK(rv__grid_map(m, &worst, &a, &b) == RV_OK);
    apply(&x, &y, m, 256, 200);
    rv_grid c = b; /* the second net where the first grid lies */
    rv_grid_to_map(&b, x - 256, y - 200, &c.gt[0], &c.gt[3]);
    CHECK(rv__grid_map(m, &worst, &a, &c) == RV_OK && rv__grid_map(n, &back, &c, &a) == RV_OK);
    for (int i = 0; i < 25; i++) {
        const double c0 = 128 + 64 * (i % 5), r0 = 100 + 50.0 * (i / 5);
        apply(&x, &y, m, c0, r0);
        apply(&col, &row, n, x, y);
        CHECK_NEAR(hypot(col - c0, row - r0), 0, 3 * (worst + back) + 1e-6);
    }
}

TEST(grids_meet_across_the_date_line)
{
    const rv_grid utm = grid_of("EPSG:32660", 704000, 5765000, 10, -10);
    rv_grid east = grid_of("EPSG:4326", 179.97, 52.01, 1e-4, -1e-4), west = east;
    double m[9], n[9], worst, x, y, x2, y2;
    west.gt[0] -= 360;
    CHECK(rv__grid_map(m, &worst, &utm, &east) == RV_OK && worst < .1);
    CHECK(rv__grid_map(n, &worst, &utm, &west) == RV_OK && worst < .1);
    apply(&x, &y, m, 512, 0);
    apply(&x2, &y2, n, 512, 0);
    CHECK_NEAR(x, x2, 1e-5);
    CHECK_NEAR(y, y2, 1e-5);
    CHECK(rv__grid_map(m, &worst, &east, &west) == RV_OK);
    apply(&x, &y, m, 7, 9);
    CHECK_NEAR(x, 7, 1e-6);
    CHECK_NEAR(y, 9, 1e-6);
}

TEST(pictures_are_joined_by_the_ratio_of_their_pixel_sizes)
{
    rv_grid a = grid_of("", 0, 0, 1, 1), b = a;
    double m[9], worst, x, y;
    a.gsd_m = .5;
    b.gsd_m = 2;
    CHECK(rv__grid_map(m, &worst, &a, &b) == RV_OK);
    apply(&x, &y, m, 40, 20);
    CHECK(x == 10 && y == 5 && worst == 0);
    b.gsd_m = 0;
    CHECK(rv__grid_map(m, &worst, &a, &b) == RV_OK);
    apply(&x, &y, m, 40, 20);
    CHECK(x == 40 && y == 20);
    const rv_grid c = grid_of("EPSG:32636", 6e5, 5.5e6, 3, -3);
    CHECK_FAILS(RV_ERR_MISMATCH, rv__grid_map(m, &worst, &a, &c));
}

TEST(polygons_come_back_from_pixels)
{
    const rv_grid g = grid_of("EPSG:32636", 6e5, 5.5e6, 3, -3);
    rv_point p[4];
    rv_ring ring;
    const rv_polygon box = box_of(p, &ring, 600030, 5499000, 60);
    rv_polygon pixel = { 0 }, back = { 0 };
    CHECK(rv__polygon_to_pixel(&pixel, &box, &g) == RV_OK);
    CHECK(rv__ring_area(&pixel.ring[0]) < 0); /* counter-clockwise as seen: rows grow downward */
    CHECK_NEAR(rv_polygon_area(&pixel), 400, 1e-6);
    CHECK(rv__polygon_from_pixel(&back, &pixel, &g) == RV_OK);
    CHECK(rv__ring_area(&back.ring[0]) > 0);
    for (int i = 0; i < 4; i++)
        CHECK_NEAR(hypot(back.ring[0].p[i].x - p[i].x, back.ring[0].p[i].y - p[i].y), 0, 1e-8);
    rv_polygon_release(&pixel);
    rv_polygon_release(&back);
}

TEST(polygons_come_back_from_longitude_and_latitude_on_either_side_of_the_date_line)
{
    static const struct {
        const char *crs;
        double x, y, side;
        bool crosses;
    } row[] = { { "EPSG:32636", 600030, 5499000, 60, false }, { "EPSG:31467", 3500030, 5400000, 60, false },
                { "EPSG:32660", 705829, 5765200, 200, true }, { "EPSG:32601", 293971, 5765200, 200, true },
                { "EPSG:4326", 179.9995, 52, .001, true },    { "EPSG:4326", -180.0005, 52, .001, true },
                { "EPSG:4326", 200, 52, .001, false } };
    for (size_t k = 0; k < sizeof row / sizeof *row; k++) {
        const double px = row[k].side / 50;
        const rv_grid g = grid_of(row[k].crs, row[k].x - row[k].side, row[k].y + 2 * row[k].side, px, -px);
        rv_point p[4];
        rv_ring ring;
        const rv_polygon box = box_of(p, &ring, row[k].x, row[k].y, row[k].side);
        rv_polygon lonlat = { 0 }, back = { 0 };
        double bounds[4];
        CHECK(rv__polygon_lonlat(&lonlat, &box, &g) == RV_OK);
        CHECK(rv__ring_area(&lonlat.ring[0]) > 0);
        rv__polygon_bounds(bounds, &lonlat);
        CHECK((floor((bounds[0] + 180) / 360) != floor((bounds[2] + 180) / 360)) == row[k].crosses);
        CHECK(bounds[2] - bounds[0] < .02 && bounds[0] > -181 && bounds[2] < 181);
        CHECK(bounds[1] > -90 && bounds[3] < 90);
        CHECK(rv__polygon_from_lonlat(&back, &lonlat, &g) == RV_OK);
        for (int i = 0; i < 4; i++)
            CHECK_NEAR(hypot(back.ring[0].p[i].x - p[i].x, back.ring[0].p[i].y - p[i].y) / px, 0, 1e-4);
        rv_polygon_release(&lonlat);
        rv_polygon_release(&back);
    }
}

TEST(points_have_longitudes_within_half_a_turn)
{
    const rv_grid utm = grid_of("EPSG:32636", 5e5, 5.5e6, 3, -3), far = grid_of("EPSG:4326", 200, 52, 1e-5, -1e-5);
    const rv_grid none = grid_of("", 0, 0, 1, 1);
    double lon = 7, lat = 8;
    CHECK(rv__point_lonlat(&lon, &lat, (rv_point){ 200.5, 52 }, &far) == RV_OK);
    CHECK_NEAR(lon, -159.5, 1e-12);
    CHECK(rv__point_lonlat(&lon, &lat, (rv_point){ 5e5, 0 }, &utm) == RV_OK);
    CHECK_NEAR(lon, 33, 1e-12);
    CHECK_NEAR(lat, 0, 1e-12);
    CHECK_FAILS(RV_ERR_NODATA, rv__point_lonlat(&lon, &lat, (rv_point){ 5, 6 }, &none));
    CHECK_NEAR(lon, 33, 1e-12);
}

TESTS(RUN(points_have_longitudes_within_half_a_turn), RUN(pixels_come_back_from_the_map),
      RUN(grids_are_equal_to_the_bit_only), RUN(grids_of_one_system_are_joined_exactly),
      RUN(grids_of_two_systems_agree_with_the_transformation_within_the_stated_residual),
      RUN(the_map_of_grids_has_an_inverse_in_the_map_back), RUN(grids_meet_across_the_date_line),
      RUN(pictures_are_joined_by_the_ratio_of_their_pixel_sizes), RUN(polygons_come_back_from_pixels),
      RUN(polygons_come_back_from_longitude_and_latitude_on_either_side_of_the_date_line))

/* SPDX-License-Identifier: Apache-2.0 */
/* The drawn sites: same options same bytes, exact areas, the stated shift in the pixels, clear of one another. */
#include <unistd.h>

#include <revisit/simulate.h>

#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/sha256.h"
#include "base/time.h"
#include "geo/ellipsoid.h"
#include "geo/geos.h"
#include "geo/polygon.h"
#include "lib/test.h"
#include "raster/filter.h"
#include "simulate/draw.h"
#include "simulate/light.h"
#include "simulate/noise.h"

enum { SIZE = 160 };

static rv_simulate_opts small(int seed)
{
    rv_simulate_opts o = RV_SIMULATE_OPTS_INIT;
    o.seed = seed;
    o.size_px = SIZE;
    o.dates = 3;
    o.buildings_old = 1;
    o.buildings_new = 1;
    return o;
}

static int hash_one(const char *name, void *user)
{
    char path[256], hash[65];
    const char **folder_and_sum = user;
    snprintf(path, sizeof path, "%s/%s", folder_and_sum[0], name);
    char *all = (char *)folder_and_sum[1];
    const int err = rv__sha256_file(hash, path);
    strcat(all, name);
    strcat(all, hash);
    return err;
}

/* Names and hashes of all files of a fresh drawing. */
static void draw_and_hash(char all[4096], const rv_simulate_opts *o)
{
    char folder[] = "/tmp/rv-simulate-XXXXXX";
    const char *user[2] = { folder, all };
    all[0] = '\0';
    CHECK(mkdtemp(folder) != NULL);
    CHECK(rv_simulate(folder, o) == RV_OK);
    CHECK(rv__folder_each(folder, hash_one, user) == RV_OK);
    CHECK(rv_simulate(folder, o) == RV_OK); /* over itself */
    rv__folder_remove(folder);
}

TEST(the_same_options_give_the_same_bytes_with_any_number_of_threads)
{
    static char a[4096], b[4096];
    const rv_simulate_opts o = small(7);
    rv_threads_set(1);
    draw_and_hash(a, &o);
    rv_threads_set(3);
    draw_and_hash(b, &o);
    rv_threads_set(0);
    CHECK(strlen(a) > 8 * 64);
    CHECK(strcmp(a, b) == 0);
}

TEST(another_seed_gives_another_picture)
{
    static uint16_t a[4 * SIZE * SIZE], b[4 * SIZE * SIZE];
    rv__site one = { .n_buildings = 0 }, two = one;
    const rv_simulate_opts o = small(7), p = small(8);
    CHECK(rv__site_build(&one, &o) == RV_OK && rv__site_build(&two, &p) == RV_OK);
    CHECK(rv__sim_draw(a, &one, 0) == RV_OK && rv__sim_draw(b, &two, 0) == RV_OK);
    size_t different = 0;
    for (size_t i = 0; i < 4 * SIZE * SIZE; i++)
        different += abs(a[i] - b[i]) > 50;
    CHECK(different > SIZE * SIZE);
    rv__site_release(&one);
    rv__site_release(&two);
}

TEST(a_drawing_does_not_overwrite_another_one)
{
    char folder[] = "/tmp/rv-simulate-XXXXXX";
    rv_simulate_opts o = small(1);
    CHECK(mkdtemp(folder) != NULL);
    CHECK(rv_simulate(folder, &o) == RV_OK);
    o.seed = 2;
    CHECK_FAILS(RV_ERR_REFUSED, rv_simulate(folder, &o));
    rv__folder_remove(folder);
}

TEST(options_out_of_range_are_named)
{
    rv_simulate_opts o = small(1);
    o.haze = 2.0;
    CHECK_FAILS(RV_ERR_RANGE, rv_simulate("/tmp/rv-never", &o));
    CHECK(strstr(rv_last_error(), "haze") != NULL);
    o = small(1);
    o.dates = 1;
    CHECK_FAILS(RV_ERR_RANGE, rv_simulate("/tmp/rv-never", &o));
    o = small(1);
    o.buildings_old = 200;
    CHECK_FAILS(RV_ERR_RANGE, rv_simulate("/tmp/rv-never", &o));
    CHECK(!rv__file_exists("/tmp/rv-never"));
}

static double shoelace(const rv_point *p, int n)
{
    double twice = 0.0;
    for (int k = 0; k < n; k++)
        twice += p[k].x * p[(k + 1) % n].y - p[(k + 1) % n].x * p[k].y;
    return fabs(twice) / 2.0;
}

/* Two drawings that differ in the roof's brightness alone: their difference adds up to the roof's area. Rounding to
 * integers scatters by .3 of 1 / 4000 a pixel, far below the tolerance. */
TEST(a_rendered_roof_adds_up_to_its_true_area)
{
    static uint16_t a[4 * SIZE * SIZE], b[4 * SIZE * SIZE];
    rv_simulate_opts o = small(3);
    o.noise = o.haze = o.cloud_share = 0.0;
    rv__site site = { .n_buildings = 0 };
    CHECK(rv__site_build(&site, &o) == RV_OK);
    for (int k = 0; k < site.n_buildings; k++) {
        rv__sim_building *h = &site.building[k];
        rv_point p[4];
        double sum = 0.0;
        rv__building_corners(p, h, 0.0, 0.0, 0.0);
        for (int band = 0; band < 4; band++)
            h->roof[band] = .2;
        h->height_m = 0.0; /* no wall, whose brightness follows the roof's */
        CHECK(rv__sim_draw(a, &site, 2) == RV_OK);
        for (int band = 0; band < 4; band++)
            h->roof[band] = .6;
        CHECK(rv__sim_draw(b, &site, 2) == RV_OK);
        for (size_t i = 0; i < SIZE * SIZE; i++)
            sum += (double)(b[i] - a[i]) / 4000.0;
        CHECK_NEAR(sum * o.gsd_m * o.gsd_m / shoelace(p, 4), 1.0, 5e-4);
        h->height_m = 5.0;
    }
    rv__site_release(&site);
}

TEST(a_truth_area_is_the_ground_area_of_its_outline_to_three_parts_in_ten_thousand)
{
    rv__site site = { .n_buildings = 0 };
    const rv_simulate_opts o = RV_SIMULATE_OPTS_INIT;
    CHECK(rv__site_build(&site, &o) == RV_OK);
    for (int k = 0; k < site.n_buildings; k++) {
        rv_point p[4];
        rv_polygon map = { NULL, 0 };
        double ground = 0.0;
        rv__building_corners(p, &site.building[k], 0.0, site.grid.gt[0], 0.0);
        const double flat = shoelace(p, 4);
        for (int i = 0; i < 4; i++)
            p[i].y = site.grid.gt[3] - p[i].y;
        CHECK(rv__polygon_ring(&map, p, 4) == RV_OK);
        CHECK(rv__ring_area(&map.ring[0]) > 0.0);
        CHECK(rv__area_m2(&ground, &map, &site.grid) == RV_OK);
        CHECK_NEAR(ground / flat, 1.0, 3e-4);
        rv_polygon_release(&map);
    }
    rv__site_release(&site);
}

/* Least squares on the gradient [lucas1981] of smoothed pictures, one date drawn twice, once moved. */
TEST(the_stated_shift_is_in_the_pixels)
{
    static uint16_t a[4 * SIZE * SIZE], b[4 * SIZE * SIZE];
    rv_simulate_opts o = small(5);
    o.noise = 0.0;
    rv__site site = { .n_buildings = 0 };
    CHECK(rv__site_build(&site, &o) == RV_OK);
    CHECK(rv__sim_draw(a, &site, 0) == RV_OK);
    site.date[0].shift_px[0] = .3;
    site.date[0].shift_px[1] = -.2;
    CHECK(rv__sim_draw(b, &site, 0) == RV_OK);
    static float f[SIZE * SIZE], g[SIZE * SIZE];
    for (size_t i = 0; i < SIZE * SIZE; i++) {
        f[i] = a[i];
        g[i] = b[i];
    }
    CHECK(rv__gaussian(f, f, SIZE, SIZE, 2.0) == RV_OK && rv__gaussian(g, g, SIZE, SIZE, 2.0) == RV_OK);
    double xx = 0.0, xy = 0.0, yy = 0.0, xt = 0.0, yt = 0.0;
    for (size_t r = 9; r < SIZE - 9; r++)
        for (size_t c = 9; c < SIZE - 9; c++) {
            const size_t i = r * SIZE + c;
            const double gx = (double)(f[i + 1] - f[i - 1] + g[i + 1] - g[i - 1]) / 4.0;
            const double gy = (double)(f[i + SIZE] - f[i - SIZE] + g[i + SIZE] - g[i - SIZE]) / 4.0;
            const double d = (double)(f[i] - g[i]);
            xx += gx * gx;
            xy += gx * gy;
            yy += gy * gy;
            xt += gx * d;
            yt += gy * d;
        }
    const double det = xx * yy - xy * xy;
    CHECK_NEAR((yy * xt - xy * yt) / det, .3, .01);
    CHECK_NEAR((xx * yt - xy * xt) / det, -.2, .01);
    rv__site_release(&site);
}

TEST(buildings_stay_clear_of_one_another_and_of_the_edge)
{
    for (int seed = 1; seed <= 20; seed++) {
        rv_simulate_opts o = RV_SIMULATE_OPTS_INIT;
        o.seed = seed;
        o.buildings_old = 6;
        o.buildings_new = 6;
        rv__site site = { .n_buildings = 0 };
        CHECK(rv__site_build(&site, &o) == RV_OK);
        for (int k = 0; k < site.n_buildings; k++) {
            rv_point p[4];
            rv_polygon one = { NULL, 0 };
            rv__building_corners(p, &site.building[k], 0.0, 0.0, 0.0);
            CHECK(rv__polygon_ring(&one, p, 4) == RV_OK);
            for (int i = 0; i < 4; i++)
                CHECK(p[i].x > 12.0 && p[i].y > 12.0 && p[i].x < site.size_m - 12.0 && p[i].y < site.size_m - 12.0);
            for (int j = 0; j < k; j++) {
                rv_polygon other = { NULL, 0 };
                double shared = -1.0;
                rv__building_corners(p, &site.building[j], 5.0, 0.0, 0.0);
                CHECK(rv__polygon_ring(&other, p, 4) == RV_OK);
                CHECK(rv__polygon_overlap(&shared, &one, &other) == RV_OK && shared < 1e-9);
                rv_polygon_release(&other);
            }
            rv_polygon_release(&one);
        }
        rv__site_release(&site);
    }
}

TEST(the_story_has_a_hall_that_is_half_as_large_again_and_brackets_that_hold_the_day)
{
    rv__site site = { .n_buildings = 0 };
    const rv_simulate_opts o = RV_SIMULATE_OPTS_INIT;
    CHECK(rv__site_build(&site, &o) == RV_OK);
    const rv__sim_building *was = &site.building[0], *is = &site.building[o.buildings_old];
    const double ratio = is->half[0] * is->half[1] / (was->half[0] * was->half[1]);
    CHECK(was->old && !is->old && ratio >= 1.4 && ratio <= 1.8);
    for (int k = o.buildings_old; k < site.n_buildings; k++) {
        const rv__sim_building *b = &site.building[k];
        CHECK(site.date[b->first - 1].t < b->t_complete && b->t_complete < site.date[b->first].t);
        CHECK(b->t_start < site.date[b->first - 1].t); /* the works show before */
    }
    CHECK(site.date[0].shift_px[0] == 0.0 && site.date[0].shift_px[1] == 0.0 && !site.date[0].cloudy);
    rv__site_release(&site);
}

/* The Astronomical Almanac's low-precision formulas (.01 degrees), by ecliptic longitude and sidereal time: another road to
 * the same place. */
static void almanac_sun(double *az, double *el, double t, double lon, double lat)
{
    const double rad = acos(-1.0) / 180.0, n = t / 86400.0 + 2440587.5 - 2451545.0;
    const double g = (357.528 + .9856003 * n) * rad, e = (23.439 - 4e-7 * n) * rad;
    const double l = (280.460 + .9856474 * n + 1.915 * sin(g) + .020 * sin(2 * g)) * rad;
    const double right_ascension = atan2(cos(e) * sin(l), cos(l)), declination = asin(sin(e) * sin(l));
    const double h = (280.46062 + 360.98564737 * n + lon) * rad - right_ascension, f = lat * rad;
    const double up = sin(declination) * sin(f) + cos(declination) * cos(f) * cos(h);
    *el = asin(up) / rad;
    *az = fmod(atan2(-cos(declination) * sin(h), sin(declination) * cos(f) - cos(declination) * sin(f) * cos(h)) / rad +
                   360.0,
               360.0);
}

TEST(the_sun_stands_where_the_almanac_has_it)
{
    for (int k = 0; k < 24; k++) {
        const double t = rv__time_of_date(2023, 1 + k % 12, 3 + k) + (7.0 + .4 * k) * 3600.0;
        double az, el, az0, el0;
        rv__sun(&az, &el, t, 20.0, -35.0 + 4.0 * k);
        almanac_sun(&az0, &el0, t, 20.0, -35.0 + 4.0 * k);
        CHECK_NEAR(el, el0, .15);
        CHECK_NEAR(fmod(az - az0 + 540.0, 360.0), 180.0, el0 < 70.0 ? .4 : 1.0);
    }
}

TEST(noise_depends_on_the_place_and_not_on_the_net)
{
    const rv__fbm f = { 3, 1, 5, 40.0, 4, .6 };
    const rv__cells all = { -20.0, 7.0, 1.5, 300, 200 }, part = { -20.0 + 150.0, 7.0 + 60.0, 1.5, 50, 30 };
    static float a[300 * 200], b[50 * 30];
    CHECK(rv__fbm_fill(a, &f, &all) == RV_OK && rv__fbm_fill(b, &f, &part) == RV_OK);
    double sum = 0.0, square = 0.0;
    for (size_t i = 0; i < 30; i++)
        for (size_t j = 0; j < 50; j++)
            CHECK_NEAR(b[i * 50 + j], a[(i + 40) * 300 + j + 100], 1e-4);
    for (size_t i = 0; i < 300 * 200; i++) {
        sum += (double)a[i];
        square += (double)a[i] * (double)a[i];
    }
    CHECK_NEAR(sum / (300 * 200), 0.0, .35);
    CHECK_NEAR(sqrt(square / (300 * 200)), 1.0, .25);
}

TEST(the_texts_parse_and_state_what_was_drawn)
{
    char folder[] = "/tmp/rv-simulate-XXXXXX", path[256];
    const rv_simulate_opts o = small(4);
    rv__json *truth = NULL, *item = NULL, *site = NULL;
    CHECK(mkdtemp(folder) != NULL);
    CHECK(rv_simulate(folder, &o) == RV_OK);
    snprintf(path, sizeof path, "%s/truth.geojson", folder);
    CHECK(rv__json_load(&truth, path) == RV_OK);
    snprintf(path, sizeof path, "%s/2023-02-15.json", folder);
    CHECK(rv__json_load(&item, path) == RV_OK);
    snprintf(path, sizeof path, "%s/site.geojson", folder);
    CHECK(rv__json_load(&site, path) == RV_OK);
    const rv__json *feature = rv__json_at(rv__json_get(truth, "features"), 1);
    CHECK(rv__json_size(rv__json_get(truth, "features")) == 2);
    CHECK_TEXT(rv__json_text(rv__json_path(feature, "properties/event")), "new");
    CHECK_TEXT(rv__json_text(rv__json_path(feature, "properties/first_present")), "2023-02-15");
    CHECK(rv__json_number(rv__json_path(feature, "properties/area_m2")) > 800.0);
    CHECK_TEXT(rv__json_text(rv__json_get(truth, "reference")), "2023-01-15");
    CHECK(rv__json_size(rv__json_get(truth, "frames")) == 3);
    CHECK(rv__json_number(rv__json_path(item, "properties/gsd")) == 3.0);
    CHECK(rv__json_number(rv__json_path(item, "properties/view:sun_elevation")) > 10.0);
    CHECK_TEXT(rv__json_text(rv__json_path(rv__json_at(rv__json_get(site, "features"), 0), "properties/role")), "aoi");
    rv__json_free(site);
    rv__json_free(item);
    rv__json_free(truth);
    rv__folder_remove(folder);
}

TEST(the_rows_agree_with_the_defaults)
{
    const rv_simulate_opts init = RV_SIMULATE_OPTS_INIT;
    rv_simulate_opts filled;
    rv_fields_init(rv_simulate_fields(), &filled);
    for (size_t k = 0; k < rv_simulate_fields()->n; k++)
        CHECK(rv_field_equal(&rv_simulate_fields()->field[k], &init, &filled));
    CHECK(rv_fields_check(rv_simulate_fields(), &init) == RV_OK);
}

TESTS(RUN(the_same_options_give_the_same_bytes_with_any_number_of_threads), RUN(another_seed_gives_another_picture),
      RUN(a_drawing_does_not_overwrite_another_one), RUN(options_out_of_range_are_named),
      RUN(a_rendered_roof_adds_up_to_its_true_area),
      RUN(a_truth_area_is_the_ground_area_of_its_outline_to_three_parts_in_ten_thousand),
      RUN(the_stated_shift_is_in_the_pixels), RUN(buildings_stay_clear_of_one_another_and_of_the_edge),
      RUN(the_story_has_a_hall_that_is_half_as_large_again_and_brackets_that_hold_the_day),
      RUN(the_sun_stands_where_the_almanac_has_it), RUN(noise_depends_on_the_place_and_not_on_the_net),
      RUN(the_texts_parse_and_state_what_was_drawn), RUN(the_rows_agree_with_the_defaults))

/* SPDX-License-Identifier: Apache-2.0 */
/* Axis order, round trips and names of coordinate systems. */
#include "lib/test.h"

#include "base/rng.h"
#include "geo/crs.h"

static const double wgs84_a = 6378137, wgs84_f = 1 / 298.257223563;

/* Length of the meridian from the equator to a latitude, by Simpson's rule. */
static double meridian_arc_m(double lat_deg)
{
    const int n = 10000;
    const double e2 = wgs84_f * (2 - wgs84_f), end = lat_deg * acos(-1.0) / 180;
    double sum = 0;
    for (int i = 0; i <= n; i++) {
        const double s = sin(end * i / n);
        const double radius = wgs84_a * (1 - e2) / pow(1 - e2 * s * s, 1.5);
        sum += radius * (i == 0 || i == n ? 1 : i % 2 ? 4 : 2);
    }
    return sum * end / n / 3;
}

static void transform(const char *from, const char *to, double *x, double *y)
{
    rv__crs_map *map = NULL;
    CHECK(rv__crs_map_new(&map, from, to) == RV_OK);
    if (map)
        CHECK(rv__crs_map_point(map, x, y) == RV_OK);
    rv__crs_map_free(map);
}

TEST(longitude_comes_first_and_utm_agrees_with_the_meridian_arc)
{
    double x = 33, y = 50;
    transform("EPSG:4326", "EPSG:32636", &x, &y);
    CHECK_NEAR(x, 500000, 1e-6);
    CHECK_NEAR(y, .9996 * meridian_arc_m(50), 1e-4);
}

TEST(easting_comes_first_where_the_authority_puts_northing_first)
{
    /* Official axis order of both is northing, easting. */
    double x = 9, y = 48;
    transform("EPSG:4326", "EPSG:31467", &x, &y);
    CHECK_NEAR(x, 3500000, 500);
    CHECK_NEAR(y, 5.318e6, 2e4);
    x = 173;
    y = -41;
    transform("EPSG:4326", "EPSG:2193", &x, &y);
    CHECK_NEAR(x, 1600000, 1);
    CHECK_NEAR(y, 5.461e6, 2e4);
}

TEST(points_come_back)
{
    static const char *const systems[] = { "EPSG:32636", "EPSG:31467", "EPSG:3035",
                                           "EPSG:3857",  "EPSG:4258",  "OGC:CRS84" };
    rv__rng rng;
    rv__rng_init(&rng, 5, 5, 5, 5);
    for (size_t k = 0; k < sizeof systems / sizeof *systems; k++) {
        rv__crs_map *map = NULL;
        CHECK(rv__crs_map_new(&map, "EPSG:4326", systems[k]) == RV_OK);
        CHECK(rv__crs_map_pin(map, 10, 50) == RV_OK);
        for (int i = 0; map && i < 100; i++) {
            const double lon = rv__rng_between(&rng, 6, 14), lat = rv__rng_between(&rng, 47, 54);
            double x = lon, y = lat;
            CHECK(rv__crs_map_point(map, &x, &y) == RV_OK);
            CHECK(rv__crs_map_inverse(map, &x, &y) == RV_OK);
            CHECK_NEAR(x, lon, 1e-8);
            CHECK_NEAR(y, lat, 1e-8);
        }
        rv__crs_map_free(map);
    }
}

TEST(grads_east_of_paris_become_degrees_on_their_own_datum)
{
    rv__lonlat *way = NULL;
    double x = 10, y = 50, a_m, inv_f, turn; /* EPSG:4807 counts in grads from Paris */
    CHECK(rv__lonlat_take(&way, "EPSG:4807", NULL) == RV_OK);
    CHECK(rv__crs_map_point(way->map, &x, &y) == RV_OK);
    CHECK_NEAR(x, 9, 1e-9);
    CHECK_NEAR(y, 45, 1e-9);
    rv__crs_map_source(way->map, &a_m, &inv_f, &turn);
    rv__lonlat_give(way);
    CHECK_NEAR(turn, 400, 1e-9);
    CHECK_NEAR(a_m, 6378249.2, .01);
}

TEST(a_transformation_given_back_is_taken_again_unless_others_pushed_it_out)
{
    rv__lonlat *first = NULL, *again = NULL, *two[2] = { NULL, NULL };
    CHECK(rv__lonlat_take(&first, "EPSG:32636", NULL) == RV_OK);
    rv__lonlat_give(first);
    CHECK(rv__lonlat_take(&again, "EPSG:32636", NULL) == RV_OK);
    CHECK(first == again);
    CHECK(rv__lonlat_take(&two[0], "EPSG:32636", NULL) == RV_OK);
    CHECK(two[0] != again); /* the first is in use */
    rv__lonlat_give(two[0]);
    rv__lonlat_give(again);
    for (int zone = 1; zone < 40; zone++) {
        char crs[RV_CRS_MAX];
        const double lon = -180 + 6 * zone - 3;
        double x = 500000, y = 0;
        rv__crs_utm(crs, lon, 10);
        CHECK(rv__lonlat_take(&again, crs, NULL) == RV_OK);
        CHECK_TEXT(again->crs, crs);
        CHECK(rv__crs_map_point(again->map, &x, &y) == RV_OK);
        CHECK_NEAR(x, lon, 1e-9);
        rv__lonlat_give(again);
    }
}

TEST(own_datum_and_each_anchor_are_different_transformations)
{
    const rv_point north = { 3500000, 6000000 }, south = { 3500000, 5300000 };
    rv__lonlat *way[3] = { NULL };
    double x[3], y[3];
    for (int round = 0; round < 2; round++) {
        for (int k = 0; k < 3; k++) {
            x[k] = 3500000;
            y[k] = 5650000;
            CHECK(rv__lonlat_take(&way[k], "EPSG:31467", k == 0 ? NULL : k == 1 ? &north : &south) == RV_OK);
            CHECK(rv__crs_map_point(way[k]->map, &x[k], &y[k]) == RV_OK);
            rv__lonlat_give(way[k]);
        }
        CHECK(way[0] != way[1] && way[1] != way[2]);
        CHECK_NEAR(x[0], 9, 1e-9);                             /* central meridian, on its own datum */
        CHECK(fabs(x[1] - 9) > 5e-4 && fabs(x[2] - 9) > 5e-4); /* DHDN lies some 75 m off WGS 84 */
        CHECK_NEAR(x[1], x[2], 1e-4);
    }
}

TEST(short_names_are_codes_where_the_system_is_surely_the_same)
{
    char out[RV_CRS_MAX];
    CHECK(rv__crs_short(out,
                        "GEOGCS[\"GCS_WGS_1984\",DATUM[\"D_WGS_1984\",SPHEROID[\"WGS_1984\",6378137.0,298.257223563]],"
                        "PRIMEM[\"Greenwich\",0.0],UNIT[\"Degree\",0.0174532925199433]]") == RV_OK);
    CHECK_TEXT(out, "EPSG:4326");
    CHECK(rv__crs_short(out, "+proj=utm +zone=36 +datum=WGS84") == RV_OK);
    CHECK_TEXT(out, "EPSG:32636");
    CHECK(rv__crs_short(out, "EPSG:3035") == RV_OK);
    CHECK_TEXT(out, "EPSG:3035");
    CHECK(rv__crs_short(out, "") == RV_OK);
    CHECK_TEXT(out, "");
}

TEST(a_system_without_a_code_keeps_its_wkt_and_a_lying_code_is_not_believed)
{
    char out[RV_CRS_MAX], again[RV_CRS_MAX];
    CHECK(rv__crs_short(out, "+proj=laea +lat_0=12.5 +lon_0=3 +ellps=GRS80") == RV_OK);
    CHECK(strncmp(out, "PROJCRS[", 8) == 0);
    CHECK(rv__crs_short(again, out) == RV_OK);
    CHECK_TEXT(again, out);
    /* Says EPSG:32636, but its scale is another. */
    CHECK(rv__crs_short(
              out, "PROJCS[\"WGS 84 / UTM zone 36N\",GEOGCS[\"WGS 84\",DATUM[\"WGS_1984\",SPHEROID[\"WGS 84\",6378137,"
                   "298.257223563]],PRIMEM[\"Greenwich\",0],UNIT[\"degree\",0.0174532925199433]],PROJECTION["
                   "\"Transverse_Mercator\"],PARAMETER[\"latitude_of_origin\",0],PARAMETER[\"central_meridian\",33],"
                   "PARAMETER[\"scale_factor\",0.9997],PARAMETER[\"false_easting\",500000],PARAMETER["
                   "\"false_northing\",0],UNIT[\"metre\",1],AUTHORITY[\"EPSG\",\"32636\"]]") == RV_OK);
    CHECK(strncmp(out, "PROJCRS[", 8) == 0);
}

TEST(what_is_no_system_is_refused_and_leaves_the_output)
{
    char out[RV_CRS_MAX] = "before";
    rv__crs_map *map = NULL;
    rv__lonlat *way = NULL;
    double a, f;
    CHECK_FAILS(RV_ERR_FORMAT, rv__crs_short(out, "rubbish"));
    CHECK_TEXT(out, "before");
    CHECK_FAILS(RV_ERR_FORMAT, rv__crs_map_new(&map, "EPSG:4326", "EPSG:1"));
    CHECK(!map);
    CHECK_FAILS(RV_ERR_FORMAT, rv__crs_ellipsoid("+proj=nosuch", &a, &f));
    CHECK_FAILS(RV_ERR_MISMATCH, rv__lonlat_take(&way, "LOCAL_CS[\"site\",UNIT[\"metre\",1]]", NULL));
    CHECK(!rv__crs_is_geographic("rubbish"));
}

TEST(kinds_ellipsoids_and_sameness)
{
    double a, inv_f;
    CHECK(rv__crs_is_geographic("EPSG:4326") && rv__crs_is_geographic("OGC:CRS84"));
    CHECK(!rv__crs_is_geographic("EPSG:32636") && !rv__crs_is_geographic("EPSG:7415"));
    CHECK(rv__crs_same("EPSG:4326", "OGC:CRS84"));
    CHECK(!rv__crs_same("EPSG:32636", "EPSG:32637") && !rv__crs_same("", "EPSG:4326") && rv__crs_same("", ""));
    CHECK(rv__crs_ellipsoid("EPSG:32636", &a, &inv_f) == RV_OK);
    CHECK_NEAR(a, wgs84_a, 0);
    CHECK_NEAR(inv_f, 1 / wgs84_f, 1e-9);
    CHECK(rv__crs_ellipsoid("EPSG:31467", &a, &inv_f) == RV_OK);
    CHECK_NEAR(a, 6377397.155, 1e-3); /* Bessel 1841 */
}

TEST(utm_zones_follow_longitude_around_the_earth)
{
    static const struct {
        double lon, lat;
        const char *crs;
    } row[] = { { 33.4, 49.1, "EPSG:32636" }, { -97.7, 30.3, "EPSG:32614" }, { 179.9, 1, "EPSG:32660" },
                { 180.1, 1, "EPSG:32601" },   { -180, -1, "EPSG:32701" },    { 539.9, -17, "EPSG:32760" } };
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        char out[RV_CRS_MAX];
        rv__crs_utm(out, row[i].lon, row[i].lat);
        CHECK_TEXT(out, row[i].crs);
    }
}

TEST(a_point_outside_the_projection_is_an_error)
{
    rv__crs_map *map = NULL;
    double x = 1e30, y = 1e30;
    CHECK(rv__crs_map_new(&map, "EPSG:32636", "EPSG:4326") == RV_OK);
    CHECK_FAILS(RV_ERR_RANGE, rv__crs_map_point(map, &x, &y));
    CHECK(x == 1e30 && y == 1e30);
    rv__crs_map_free(map);
}

TESTS(RUN(longitude_comes_first_and_utm_agrees_with_the_meridian_arc),
      RUN(easting_comes_first_where_the_authority_puts_northing_first), RUN(points_come_back),
      RUN(grads_east_of_paris_become_degrees_on_their_own_datum),
      RUN(a_transformation_given_back_is_taken_again_unless_others_pushed_it_out),
      RUN(own_datum_and_each_anchor_are_different_transformations),
      RUN(short_names_are_codes_where_the_system_is_surely_the_same),
      RUN(a_system_without_a_code_keeps_its_wkt_and_a_lying_code_is_not_believed),
      RUN(what_is_no_system_is_refused_and_leaves_the_output), RUN(kinds_ellipsoids_and_sameness),
      RUN(utm_zones_follow_longitude_around_the_earth), RUN(a_point_outside_the_projection_is_an_error))

/* SPDX-License-Identifier: Apache-2.0 */
/* Site files and outlines: what is taken, what is refused and why. */
#include "drawn.h"

#define FEATURE(properties, geometry) \
    "{\"type\":\"Feature\",\"properties\":{" properties "},\"geometry\":{" geometry "}}"
#define SITE(features) "{\"type\":\"FeatureCollection\",\"features\":[" features "]}"
#define SQUARE "[[[33,36],[33.01,36],[33.01,36.01],[33,36.01],[33,36]]]"

typedef struct seen {
    int n, points, role[8];
    double radius_m;
    char names[256];
} seen;

static int see(const rv_place *row, void *user)
{
    seen *s = user;
    if (s->n < 8)
        s->role[s->n] = row->role;
    s->n++;
    for (size_t i = 0; i < row->shape.n; i++)
        s->points += (int)row->shape.ring[i].n;
    if (row->radius_m > 0)
        s->radius_m = row->radius_m;
    strcat(s->names, row->name);
    strcat(s->names, ";");
    return 0;
}

static int site(rv_case *c, const char *text)
{
    return rv_step_site(c, scratch_write("site.geojson", text, strlen(text)));
}

static int outline(rv_case *c, const char *text)
{
    return rv_step_outline(c, scratch_write("old.geojson", text, strlen(text)));
}

TEST(every_geometry_becomes_places_one_a_part)
{
    rv_case *c = new_case("geometry.case");
    seen s = { 0 };
    CHECK_FAILS(
        RV_OK,
        site(
            c,
            SITE(FEATURE("\"role\":\"aoi\",\"name\":\"a\"", "\"type\":\"Polygon\",\"coordinates\":" SQUARE) "," FEATURE(
                "\"role\":\"poi\",\"name\":\"b\",\"radius_m\":40",
                "\"type\":\"Point\",\"coordinates\":[33,36]") "," FEATURE("\"role\":\"exclude\",\"name\":\"c\"",
                                                                          "\"type\":\"LineString\","
                                                                          "\"coordinates\":[[33,36],[33.1,36],[33."
                                                                          "1,36.1]]") "," FEATURE("\"role\":"
                                                                                                  "\"reference\","
                                                                                                  "\"name\":\"d\"",
                                                                                                  "\"type\":"
                                                                                                  "\"MultiPolygon"
                                                                                                  "\","
                                                                                                  "\"coordinates\""
                                                                                                  ":[" SQUARE "," SQUARE
                                                                                                  "]"))));
    CHECK_FAILS(RV_OK, rv_case_each_place(c, see, &s));
    CHECK(s.n == 5);
    CHECK(s.points == 4 + 1 + 3 + 4 + 4); /* closing points are not kept */
    CHECK_TEXT(s.names, "a;b;c;d;d;");
    CHECK(s.role[0] == RV_ROLE_AOI && s.role[1] == RV_ROLE_POI && s.role[2] == RV_ROLE_EXCLUDE &&
          s.role[4] == RV_ROLE_REFERENCE);
    CHECK(s.radius_m == 40);
    rv_case_close(c);
}

TEST(a_new_site_file_replaces_the_old_one_and_outlines_stay)
{
    rv_case *c = new_case("again.case");
    seen s = { 0 };
    CHECK_FAILS(RV_OK, outline(c, SITE(FEATURE("\"name\":\"old\"", "\"type\":\"Polygon\",\"coordinates\":" SQUARE))));
    CHECK_FAILS(RV_OK,
                site(c, SITE(FEATURE("\"role\":\"poi\",\"name\":\"x\"", "\"type\":\"Point\",\"coordinates\":[1,2]"))));
    CHECK_FAILS(RV_OK,
                site(c, SITE(FEATURE("\"role\":\"poi\",\"name\":\"y\"", "\"type\":\"Point\",\"coordinates\":[1,2]"))));
    CHECK_FAILS(RV_OK, rv_case_each_place(c, see, &s));
    CHECK_TEXT(s.names, "old;y;");
    CHECK(s.role[0] == RV_ROLE_REFERENCE);
    CHECK_FAILS(RV_OK, rv_case_verify(c, NULL)); /* both files are kept as originals */
    rv_case_close(c);
}

static int see_id(const rv_place *row, void *user)
{
    strcat(user, row->id);
    strcat(user, ";");
    return 0;
}

TEST(ids_of_features_are_kept_and_fit_for_file_names)
{
    rv_case *c = new_case("ids.case");
    char ids[256] = "";
    CHECK_FAILS(RV_OK,
                outline(c, "{\"type\":\"FeatureCollection\",\"features\":["
                           "{\"type\":\"Feature\",\"id\":\"hall 7/b\",\"properties\":{\"id\":\"x\"},\"geometry\":{"
                           "\"type\":\"Polygon\",\"coordinates\":" SQUARE "}},"
                           "{\"type\":\"Feature\",\"id\":12,\"properties\":{},\"geometry\":{"
                           "\"type\":\"Polygon\",\"coordinates\":" SQUARE "}},"
                           "{\"type\":\"Feature\",\"properties\":{\"id\":\"y.1\"},\"geometry\":{"
                           "\"type\":\"Polygon\",\"coordinates\":" SQUARE "}},"
                           "{\"type\":\"Feature\",\"properties\":{},\"geometry\":{"
                           "\"type\":\"Polygon\",\"coordinates\":" SQUARE "}}]}"));
    CHECK_FAILS(RV_OK, rv_case_each_place(c, see_id, ids));
    CHECK_TEXT(ids, "hall_7_b;12;y.1;;");
    rv_case_close(c);
}

TEST(what_is_no_site_file_is_refused_with_its_feature)
{
    static const struct {
        const char *text, *why;
    } bad[] = {
        { "{", "json is broken" },
        { "[1,2]", "not a GeoJSON FeatureCollection" },
        { SITE(""), "no feature in it" },
        { SITE(FEATURE("\"role\":\"house\"", "\"type\":\"Point\",\"coordinates\":[1,2]")),
          "feature 1: role must be aoi" },
        { SITE(FEATURE("", "\"type\":\"Point\",\"coordinates\":[1,2]")), "not \"\"" },
        { SITE(FEATURE("\"role\":\"poi\"", "\"type\":\"Point\",\"coordinates\":[1]")),
          "a position is not two numbers" },
        { SITE(FEATURE("\"role\":\"aoi\"", "\"type\":\"Polygon\",\"coordinates\":[[[0,0],[1,0],[1,1],[0,1]]]")),
          "a ring is not closed" },
        { SITE(FEATURE("\"role\":\"aoi\"", "\"type\":\"GeometryCollection\"")), "GeometryCollection" },
        { SITE(FEATURE("\"role\":\"poi\",\"radius_m\":-5", "\"type\":\"Point\",\"coordinates\":[1,2]")), "radius_m" },
        { "{\"type\":\"FeatureCollection\",\"crs\":{\"properties\":{\"name\":\"EPSG:32636\"}},\"features\":[]}",
          "not EPSG:32636" },
    };
    rv_case *c = new_case("bad.case");
    seen s = { 0 };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        CHECK(site(c, bad[i].text) < 0);
        if (!strstr(rv_last_error(), bad[i].why) || strncmp(rv_last_error(), "site.geojson: ", 14) != 0) {
            printf("# site file %zu: \"%s\" does not say \"%s\"\n", i, rv_last_error(), bad[i].why);
            test_failed++;
        }
    }
    CHECK_FAILS(RV_ERR_FORMAT, outline(c, SITE(FEATURE("\"name\":\"p\"", "\"type\":\"Point\",\"coordinates\":[1,2]"))));
    CHECK_FAILS(RV_ERR_NOTFOUND, rv_step_site(c, scratch("nowhere.geojson")));
    CHECK_FAILS(RV_OK, rv_case_each_place(c, see, &s));
    CHECK(s.n == 0);
    rv_case_close(c);
}

TESTS(RUN(every_geometry_becomes_places_one_a_part), RUN(a_new_site_file_replaces_the_old_one_and_outlines_stay),
      RUN(ids_of_features_are_kept_and_fit_for_file_names), RUN(what_is_no_site_file_is_refused_with_its_feature))

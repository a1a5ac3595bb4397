/* SPDX-License-Identifier: Apache-2.0 */
/* case.gpkg: read by another program, the same bytes each time, and nobody's truth. */
#include "site.h"

#include "base/sha256.h"

/* Output of a command, cut to size; "" when it cannot be run. */
static void output_of(char *out, size_t size, const char *command)
{
    FILE *pipe = popen(command, "r");
    const size_t n = pipe ? fread(out, 1, size - 1, pipe) : 0;
    out[n] = '\0';
    if (pipe && pclose(pipe) != 0)
        out[0] = '\0';
}

static bool has_ogrinfo(void)
{
    char text[256];
    output_of(text, sizeof text, "ogrinfo --version 2>/dev/null");
    return text[0] != '\0';
}

TEST(ogrinfo_lists_every_layer_and_reads_a_structure)
{
    static char text[65536];
    static const char *const layers[] = { "structures (Polygon)", "scenes (Polygon)",    "places",
                                          "transforms (None)",    "measurements (None)", "budget (None)",
                                          "runs (None)",          "layer_styles (None)" };
    char command[700];
    if (!has_ogrinfo())
        SKIP("ogrinfo is not installed");
    rv_case *c = site_case("layers.case", false);
    CHECK_FAILS(RV_OK, rv_export_refresh(c));
    snprintf(command, sizeof command, "ogrinfo -ro %s 2>&1", scratch("layers.case/case.gpkg"));
    output_of(text, sizeof text, command);
    for (size_t i = 0; i < sizeof layers / sizeof *layers; i++)
        if (!strstr(text, layers[i])) {
            printf("# no layer %s in: %s\n", layers[i], text);
            test_failed++;
        }
    CHECK(!strstr(text, "Warning"));
    snprintf(command, sizeof command, "ogrinfo -ro %s structures -where \"id='s002'\" 2>&1",
             scratch("layers.case/case.gpkg"));
    output_of(text, sizeof text, command);
    CHECK(strstr(text, "ratio_verdict (String) = between 55 and 66 % larger") != NULL);
    CHECK(strstr(text, "flags (String) = dark_roof,edge_of_image") != NULL);
    CHECK(strstr(text, "area_m2 (Real) = 1400") != NULL);
    CHECK(strstr(text, "height_m (Real) = (null)") != NULL);
    CHECK(strstr(text, "POLYGON ((33.00") != NULL);
    CHECK(strstr(text, "ID[\"EPSG\",4326]") != NULL);
    rv_case_close(c);
}

TEST(the_same_case_gives_the_same_bytes)
{
    char first[RV_HASH_MAX], second[RV_HASH_MAX];
    rv_case *c = site_case("same.case", false);
    CHECK_FAILS(RV_OK, rv_export_refresh(c));
    CHECK_FAILS(RV_OK, rv__sha256_file(first, scratch("same.case/case.gpkg")));
    CHECK_FAILS(RV_OK, rv_export_refresh(c));
    CHECK_FAILS(RV_OK, rv__sha256_file(second, scratch("same.case/case.gpkg")));
    CHECK_TEXT(second, first);
    rv_case_close(c);
    c = site_case("same.case", false); /* another day's runs, the same rows */
    CHECK_FAILS(RV_OK, rv_export_refresh(c));
    CHECK_FAILS(RV_OK, rv__sha256_file(second, scratch("same.case/case.gpkg")));
    CHECK_TEXT(second, first);
    rv_case_close(c);
}

TEST(whatever_is_done_to_the_geopackage_harms_nothing)
{
    char first[RV_HASH_MAX], second[RV_HASH_MAX];
    rv_case *c = site_case("harm.case", false);
    CHECK_FAILS(RV_OK, rv_export_refresh(c));
    CHECK_FAILS(RV_OK, rv__sha256_file(first, scratch("harm.case/case.gpkg")));
    scratch_write("harm.case/case.gpkg", "scribble", 8);
    scratch_write("harm.case/.new.case.gpkg", "left by an export that was killed", 33);
    CHECK_FAILS(RV_OK, rv_case_verify(c, NULL));
    CHECK_FAILS(RV_OK, rv_export_refresh(c));
    CHECK_FAILS(RV_OK, rv__sha256_file(second, scratch("harm.case/case.gpkg")));
    CHECK_TEXT(second, first);
    CHECK(!rv__file_exists(scratch("harm.case/.new.case.gpkg")));
    rv_case_close(c);
}

TEST(findings_that_became_stale_are_not_left_behind_in_a_file)
{
    rv_case *c = site_case("left.case", true);
    CHECK_FAILS(RV_OK, rv_export_refresh(c));
    CHECK(rv__file_exists(scratch("left.case/reports/structures.geojson")));
    hand_run(c, "align", 0);
    CHECK_FAILS(RV_OK, rv_export_refresh(c));
    CHECK(!rv__file_exists(scratch("left.case/reports/structures.geojson")));
    rv_case_close(c);
}

TEST(an_empty_case_has_a_geopackage_too)
{
    rv_case *c = hand_case("empty.case");
    CHECK_FAILS(RV_OK, rv_export_refresh(c));
    CHECK(rv__file_exists(scratch("empty.case/case.gpkg")));
    rv_case_close(c);
}

TESTS(RUN(ogrinfo_lists_every_layer_and_reads_a_structure), RUN(the_same_case_gives_the_same_bytes),
      RUN(whatever_is_done_to_the_geopackage_harms_nothing),
      RUN(findings_that_became_stale_are_not_left_behind_in_a_file), RUN(an_empty_case_has_a_geopackage_too))

/* SPDX-License-Identifier: Apache-2.0 */
/* The shapes of docs/interchange.md, each against golden text (*.expected beside this file). Who changes one on purpose
 * runs the test with RV_WRITE_EXPECTED=1 and reads the difference before committing it. */
#include "site.h"

#include "base/json.h"
#include "base/mem.h"
#include "geo/crs.h"
#include "raster/gdal_read.h"

static void compare_golden(const char *name, const char *got)
{
    char path[1024], *want = NULL;
    size_t n = 0;
    snprintf(path, sizeof path, "%s/tests/exchange/%s.expected", RV_TEST_SOURCE_ROOT, name);
    if (getenv("RV_WRITE_EXPECTED"))
        CHECK_FAILS(RV_OK, rv__file_write(path, got, strlen(got)));
    CHECK_FAILS(RV_OK, rv__file_read(&want, &n, path, 1 << 20));
    if (want && strcmp(got, want) != 0) {
        size_t line = 1, at = 0;
        for (; got[at] && got[at] == want[at]; at++)
            line += got[at] == '\n';
        printf("# %s.expected differs in line %zu: got \"%.60s\", not \"%.60s\"\n", name, line, got + at, want + at);
        test_failed++;
    }
    rv__free(want);
}

TEST(structures_have_the_shape_of_the_interchange_format)
{
    char *text = NULL;
    rv_case *c = site_case("structures.case", false);
    CHECK_FAILS(RV_OK, rv_export_structures(&text, c));
    compare_golden("structures", text ? text : "");
    rv_text_free(text);
    rv_case_close(c);
}

TEST(without_a_crs_structures_are_in_pixels_and_bounded_by_images)
{
    char *text = NULL;
    rv_case *c = site_case("pixels.case", true);
    CHECK_FAILS(RV_OK, rv_export_structures(&text, c));
    compare_golden("structures_crs_less", text ? text : "");
    rv_text_free(text);
    rv_case_close(c);
}

TEST(transforms_have_the_shape_of_the_interchange_format)
{
    char *text = NULL;
    rv_case *c = site_case("transforms.case", false);
    CHECK_FAILS(RV_OK, rv_export_transforms(&text, c));
    compare_golden("transforms", text ? text : "");
    rv_text_free(text);
    rv_case_close(c);
}

/* The golden text was made by the program under test; this asks independently whether it says what the case holds. */
TEST(every_promised_property_is_in_every_feature)
{
    static const char *const promised[] = { "id",
                                            "kind",
                                            "event",
                                            "likelihood",
                                            "alternatives",
                                            "score",
                                            "nfa",
                                            "area_m2",
                                            "area_lo_m2",
                                            "area_hi_m2",
                                            "wall_area_m2",
                                            "wall_area_lo_m2",
                                            "wall_area_hi_m2",
                                            "why_no_area",
                                            "height_m",
                                            "height_lo_m",
                                            "height_hi_m",
                                            "last_absent",
                                            "first_present",
                                            "works_first",
                                            "works_seen",
                                            "complete_last",
                                            "date_set",
                                            "date_set_size",
                                            "images_absent",
                                            "images_present",
                                            "ratio_ref",
                                            "ratio",
                                            "ratio_lo",
                                            "ratio_hi",
                                            "ratio_verdict",
                                            "flags" };
    char *text = NULL;
    rv__json *root = NULL;
    rv_case *c = site_case("promised.case", false);
    CHECK_FAILS(RV_OK, rv_export_structures(&text, c));
    CHECK_FAILS(RV_OK, rv__json_parse(&root, text, strlen(text)));
    const rv__json *features = rv__json_get(root, "features");
    CHECK(rv__json_size(features) == 3);
    for (size_t i = 0; i < rv__json_size(features); i++) {
        const rv__json *properties = rv__json_get(rv__json_at(features, i), "properties");
        for (size_t k = 0; k < sizeof promised / sizeof *promised; k++)
            if (!rv__json_get(properties, promised[k])) {
                printf("# feature %zu has no property %s\n", i, promised[k]);
                test_failed++;
            }
    }
    rv__json_free(root);
    rv_text_free(text);
    rv_case_close(c);
}

TEST(coordinates_are_the_projected_ones_and_outer_rings_counter_clockwise)
{
    char *text = NULL;
    rv__json *root = NULL;
    rv__crs_map *map = NULL;
    rv_case *c = site_case("projected.case", false);
    CHECK_FAILS(RV_OK, rv_export_structures(&text, c));
    CHECK_FAILS(RV_OK, rv__json_parse(&root, text, strlen(text)));
    const rv__json *features = rv__json_get(root, "features");
    CHECK_FAILS(RV_OK, rv__crs_map_new(&map, "EPSG:32636", "EPSG:4326"));
    double x = 500090, y = 3999760;
    CHECK_FAILS(RV_OK, rv__crs_map_point(map, &x, &y));
    const rv__json *outer = rv__json_at(rv__json_path(rv__json_at(features, 1), "geometry/coordinates"), 0);
    CHECK(rv__json_size(outer) == 5);
    bool found = false;
    double area = 0;
    for (size_t i = 0; i + 1 < rv__json_size(outer); i++) {
        const rv__json *p = rv__json_at(outer, i), *q = rv__json_at(outer, i + 1);
        const double px = rv__json_number(rv__json_at(p, 0)), py = rv__json_number(rv__json_at(p, 1));
        const double qx = rv__json_number(rv__json_at(q, 0)), qy = rv__json_number(rv__json_at(q, 1));
        found |= fabs(px - x) < 2e-8 && fabs(py - y) < 2e-8;
        area += px * qy - qx * py;
    }
    CHECK(found);
    CHECK(area > 0); /* right-hand rule: outer rings are counter-clockwise */
    rv__crs_map_free(map);
    rv__json_free(root);
    rv_text_free(text);
    rv_case_close(c);
}

static int count_files(const char *name, void *user)
{
    (void)name;
    ++*(int *)user;
    return 0;
}

TEST(masks_are_one_file_a_trusted_frame_with_the_codes_of_the_format)
{
    static const float codes[7] = { RV_MASK_CLEAR, RV_MASK_CLOUD, RV_MASK_SHADOW, RV_MASK_BOTH,
                                    RV_MASK_HAZE,  RV_MASK_SNOW,  RV_MASK_OUTSIDE };
    rv_case *c = site_case("masks.case", false);
    rv__gtiff *file = NULL;
    float pixels[8];
    int files = 0;
    CHECK_FAILS(RV_OK, rv_export_masks(c, scratch("masks")));
    CHECK_FAILS(RV_OK, rv__folder_each(scratch("masks"), count_files, &files));
    CHECK(files == 3);
    CHECK_FAILS(RV_OK, rv__gtiff_open(&file, scratch("masks/2022-06-01.tif")));
    CHECK_FAILS(RV_OK, rv__gtiff_read(file, pixels, 0, (const int[4]){ 0, 0, 4, 2 }));
    CHECK(memcmp(pixels, codes, sizeof codes) == 0 && pixels[7] == 2);
    rv__gtiff_close(file);
    rv_case_close(c);
}

TEST(rows_of_every_kind_parse_and_are_counted)
{
    static const struct {
        const char *kind;
        size_t n;
    } kinds[] = { { "scenes", 5 },       { "transforms", 4 }, { "gains", 0 }, { "structures", 3 }, { "budget", 1 },
                  { "measurements", 5 }, { "places", 3 },     { "runs", 6 },  { "gcps", 0 } };
    rv_case *c = site_case("rows.case", false);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        char *text = NULL;
        rv__json *root = NULL;
        CHECK_FAILS(RV_OK, rv_export_rows(&text, c, kinds[i].kind));
        CHECK_FAILS(RV_OK, rv__json_parse(&root, text ? text : "", text ? strlen(text) : 0));
        if (rv__json_size(root) != kinds[i].n) {
            printf("# %s: %zu rows, not %zu\n", kinds[i].kind, rv__json_size(root), kinds[i].n);
            test_failed++;
        }
        rv__json_free(root);
        rv_text_free(text);
    }
    char *text = NULL;
    CHECK_FAILS(RV_ERR_NOTFOUND, rv_export_rows(&text, c, "houses"));
    CHECK(text == NULL);
    rv_case_close(c);
}

TEST(before_a_step_its_export_says_so)
{
    rv_case *c = hand_case("early.case");
    char *text = NULL;
    CHECK_FAILS(RV_ERR_STATE, rv_export_structures(&text, c));
    CHECK_FAILS(RV_ERR_STATE, rv_export_transforms(&text, c));
    CHECK_FAILS(RV_ERR_STATE, rv_export_masks(c, scratch("early")));
    rv_case_close(c);
}

TESTS(RUN(structures_have_the_shape_of_the_interchange_format),
      RUN(without_a_crs_structures_are_in_pixels_and_bounded_by_images),
      RUN(transforms_have_the_shape_of_the_interchange_format), RUN(every_promised_property_is_in_every_feature),
      RUN(coordinates_are_the_projected_ones_and_outer_rings_counter_clockwise),
      RUN(masks_are_one_file_a_trusted_frame_with_the_codes_of_the_format),
      RUN(rows_of_every_kind_parse_and_are_counted), RUN(before_a_step_its_export_says_so))

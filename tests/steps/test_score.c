/* SPDX-License-Identifier: Apache-2.0 */
/* Truths, structures, labels, masks and transforms from files: what fits together is scored, what does not is refused. */
#include <revisit/score.h>

#include "base/mem.h"
#include "lib/oom.h"
#include "lib/scratch.h"
#include "raster/gdal_write.h"

#include <time.h>

#define FRAMES                                                                                                        \
    "\"reference\":\"2023-01-01\",\"frames\":{\"2023-01-01\":{\"time\":\"2023-01-01T10:00:00Z\",\"M\":[[1,0,0],[0,1," \
    "0]]},"                                                                                                           \
    "\"2023-02-01\":{\"M\":[[1,0,2],[0,1,0]],\"sigma_px\":0.1},\"2023-03-01\":{\"M\":[[1,0,0],[0,1,-1]]}},"
#define PIXELS "\"crs_less\":true,\"grid\":{\"crs\":null,\"gt\":null,\"width\":40,\"height\":20},"
#define RING(x0, y0, x1, y1)                                                                                           \
    "\"geometry\":{\"type\":\"Polygon\",\"coordinates\":[[[" #x0 "," #y0 "],[" #x1 "," #y0 "],[" #x1 "," #y1 "],[" #x0 \
    "," #y1 "],[" #x0 "," #y0 "]]]}"
#define THING(id, event, more, ring)                                                                             \
    "{\"type\":\"Feature\",\"properties\":{\"id\":\"" id "\",\"kind\":\"building\",\"event\":\"" event "\"" more \
    "}," ring "}"
#define TRUTH(members, features) "{\"type\":\"FeatureCollection\"," members "\"features\":[" features "]}"

#define DAY \
    ",\"complete\":\"2023-01-15\",\"last_absent\":\"2023-01-01\",\"first_present\":\"2023-02-01\",\"area_m2\":360"
#define NEW_ONE THING("a", "new", DAY, RING(4, 4, 10, 10))
#define OLD_ONE THING("b", "none", "", RING(20, 4, 30, 14))

static const char *put(const char *name, const char *text)
{
    return scratch_write(name, text, strlen(text));
}

static double value_in(const rv_scores *scores, const char *metric, const char *stratum)
{
    for (size_t i = 0; i < scores->n; i++)
        if (strcmp(scores->v[i].metric, metric) == 0 && strcmp(scores->v[i].stratum, stratum) == 0)
            return scores->v[i].value;
    return -999;
}

static const char *note_in(const rv_scores *scores, const char *metric)
{
    for (size_t i = 0; i < scores->n; i++)
        if (strcmp(scores->v[i].metric, metric) == 0)
            return scores->v[i].note;
    return "";
}

TEST(a_truth_held_against_itself_is_perfect)
{
    const char *truth = put("t.geojson", TRUTH(FRAMES PIXELS, NEW_ONE "," OLD_ONE));
    const rv_score_scene scene = { .truth = truth, .found = truth };
    static const char *const ones[] = { "pixel.f1",   "object.f1",  "object.ap",        "existing.recall", "scot.score",
                                        "date.valid", "date.exact", "shape.iou_median", "class.macro_f1" };
    rv_scores scores = { 0 };
    CHECK(rv_score(&scores, &scene, 1, NULL) == RV_OK);
    for (size_t i = 0; i < sizeof ones / sizeof *ones; i++)
        CHECK_NEAR(value_in(&scores, ones[i], "all"), 1, 1e-9);
    CHECK_NEAR(value_in(&scores, "registration.rmse_px", "all"), 0, 1e-12);
    CHECK_NEAR(value_in(&scores, "registration.rmse_px", "2023-03-01"), 0, 1e-12);
    CHECK(isnan(value_in(&scores, "mask.cloud_oa", "all")) && strstr(note_in(&scores, "mask.cloud_oa"), "--masks"));
    CHECK(isnan(value_in(&scores, "alarm.ratio", "all")) && strstr(note_in(&scores, "alarm.ratio"), "changes"));
    rv_scores_release(&scores);
}

TEST(nothing_found_leaves_reasons_and_every_metric_is_listed)
{
    const rv_score_scene scene = { .truth = put("t.geojson", TRUTH(FRAMES PIXELS, NEW_ONE "," OLD_ONE)),
                                   .found = put("f.geojson", TRUTH("\"crs_less\":true,", "")) };
    rv_scores scores = { 0 };
    CHECK(rv_score(&scores, &scene, 1, NULL) == RV_OK);
    CHECK(value_in(&scores, "object.recall", "all") == 0 && value_in(&scores, "pixel.f1", "all") == 0);
    CHECK(value_in(&scores, "scot.score", "all") == 0);
    for (size_t i = 0; i < scores.n; i++)
        CHECK(!isnan(scores.v[i].value) || scores.v[i].note[0]);
    CHECK(strstr(note_in(&scores, "registration.rmse_px"), "transforms") != NULL);
    rv_scores_release(&scores);
}

/* The structures are in the pixels of the second image, which lies 2 px to the left of the first. */
TEST(structures_in_another_images_pixels_go_through_its_true_map)
{
    const char *moved = put("m.geojson", TRUTH("\"crs_less\":true,", THING("a", "new", "", RING(2, 4, 8, 10))));
    const rv_score_scene scene = { .truth = put("t.geojson", TRUTH(FRAMES PIXELS, NEW_ONE)), .found = moved };
    rv_score_opts opts = RV_SCORE_OPTS_INIT;
    rv_scores scores = { 0 };
    CHECK(rv_score(&scores, &scene, 1, &opts) == RV_OK);
    CHECK_NEAR(value_in(&scores, "shape.iou_median", "all"), .5, 1e-9);
    rv_scores_release(&scores);
    opts.reference = "2023-02-01";
    CHECK(rv_score(&scores, &scene, 1, &opts) == RV_OK);
    CHECK_NEAR(value_in(&scores, "shape.iou_median", "all"), 1, 1e-9);
    rv_scores_release(&scores);
    opts.reference = "1999-01-01";
    CHECK_FAILS(RV_ERR_RANGE, rv_score(&scores, &scene, 1, &opts));
}

/* The case's reference is the second image: true maps into it are (-2, 0) from the first and (-2, -1) from the third. */
TEST(transforms_into_another_reference_are_compared_there)
{
    const char *json =
        "{\"reference\":\"2023-02-01\",\"frames\":{\"2023-01-01\":{\"M\":[[1,0,-2],[0,1,0]],\"sigma_px\":0.1},"
        "\"2023-02-01\":{\"M\":[[1,0,0],[0,1,0]]},\"2023-03-01\":{\"M\":[[1,0,-1.7],[0,1,-0.6]],\"sigma_px\":0.1}}}";
    const rv_score_scene scene = { .truth = put("t.geojson", TRUTH(FRAMES PIXELS, NEW_ONE)),
                                   .found = put("f.geojson", TRUTH("\"crs_less\":true,", "")),
                                   .transforms = put("x.json", json) };
    rv_score_opts opts = RV_SCORE_OPTS_INIT;
    rv_scores scores = { 0 };
    opts.metric = "registration";
    CHECK(rv_score(&scores, &scene, 1, &opts) == RV_OK);
    CHECK_NEAR(value_in(&scores, "registration.rmse_px", "2023-01-01"), 0, 1e-12);
    CHECK_NEAR(value_in(&scores, "registration.rmse_px", "2023-03-01"), .5, 1e-12);
    CHECK_NEAR(value_in(&scores, "registration.p999_px", "all"), .5, 1e-12);
    CHECK_NEAR(value_in(&scores, "registration.coverage95", "all"), .5, 1e-12);
    CHECK(value_in(&scores, "registration.used", "all") == 1);
    CHECK(value_in(&scores, "object.f1", "all") == -999); /* was not asked for */
    rv_scores_release(&scores);
}

static double n_in(const rv_scores *scores, const char *metric)
{
    for (size_t i = 0; i < scores->n; i++)
        if (strcmp(scores->v[i].metric, metric) == 0 && strcmp(scores->v[i].stratum, "all") == 0)
            return scores->v[i].n;
    return -999;
}

/* The truth has two frames beside the reference: one of them is dropped, not trusted, or of an unknown reference. */
TEST(frames_that_a_case_drops_lower_the_share_used)
{
    static const char *const json[] = {
        "{\"reference\":\"2023-01-01\",\"frames\":{\"2023-02-01\":{\"M\":[[1,0,2],[0,1,0]]}}}",
        ("{\"reference\":\"2023-01-01\",\"frames\":{\"2023-02-01\":{\"M\":[[1,0,2],[0,1,0]]},"
         "\"2023-03-01\":{\"M\":[[1,0,0],[0,1,-1]],\"trusted\":false}}}"),
        "{\"reference\":\"1999-01-01\",\"frames\":{\"2023-02-01\":{\"M\":[[1,0,2],[0,1,0]]}}}"
    };
    for (int k = 0; k < 3; k++) {
        const rv_score_scene scene = { .truth = put("t.geojson", TRUTH(FRAMES PIXELS, NEW_ONE)),
                                       .found = put("f.geojson", TRUTH("\"crs_less\":true,", "")),
                                       .transforms = put("x.json", json[k]) };
        rv_score_opts opts = RV_SCORE_OPTS_INIT;
        rv_scores scores = { 0 };
        opts.metric = "registration";
        CHECK(rv_score(&scores, &scene, 1, &opts) == RV_OK);
        CHECK_NEAR(value_in(&scores, "registration.used", "all"), k < 2 ? .5 : 0, 1e-12);
        CHECK(n_in(&scores, "registration.used") == (k < 2 ? 2 : 3));
        CHECK(k == 2 || strstr(note_in(&scores, "registration.rmse_px"), "1 of 2 frames") != NULL);
        CHECK(k < 2 || isnan(value_in(&scores, "registration.rmse_px", "all")));
        rv_scores_release(&scores);
    }
}

/* An older truth: longitude and latitude, no grid; a structure of 60 m by 60 m at 3 m a pixel. */
TEST(a_truth_without_a_grid_is_scored_in_pixels_of_the_size_given)
{
    const char *truth = put("t.geojson", TRUTH("", THING("a", "new", "", RING(33.0, 36.0, 33.000667, 36.000541))));
    const rv_score_scene scene = { .truth = truth, .found = truth };
    rv_score_opts opts = RV_SCORE_OPTS_INIT;
    rv_scores scores = { 0 };
    opts.gsd_m = 3;
    CHECK(rv_score(&scores, &scene, 1, &opts) == RV_OK);
    CHECK(value_in(&scores, "object.recall", ">256") == 1);
    CHECK(isnan(value_in(&scores, "pixel.f1", "all")) && isnan(value_in(&scores, "object.false_per_100mpx", "all")));
    rv_scores_release(&scores);
    opts.gsd_m = 10;
    CHECK(rv_score(&scores, &scene, 1, &opts) == RV_OK);
    CHECK(value_in(&scores, "object.recall", "16-64") == 1);
    rv_scores_release(&scores);
}

enum { W = 40, H = 20 };

static const char *label(const char *name, int col0, int col1)
{
    uint8_t plane[W * H] = { 0 };
    for (int i = 0; i < W * H; i++)
        plane[i] = i % W >= col0 && i % W < col1 ? 255 : 0;
    return scratch_envi(name, plane, sizeof plane, "samples = 40\nlines = 20\nbands = 1\ndata type = 1\n");
}

/* Found columns 10 to 20, true 15 to 20: precision .5, recall 1; known are 12 to 30. */
TEST(a_label_alone_is_scored_by_pixels_and_unlabelled_ones_are_out)
{
    rv_score_scene scene = { .found = put("f.geojson",
                                          TRUTH("\"crs_less\":true,", THING("a", "new", "", RING(10, 0, 20, 20)))),
                             .label = label("change", 15, 20) };
    rv_scores scores = { 0 };
    CHECK(rv_score(&scores, &scene, 1, NULL) == RV_OK);
    CHECK_NEAR(value_in(&scores, "pixel.precision", "all"), .5, 1e-12);
    CHECK_NEAR(value_in(&scores, "pixel.recall", "all"), 1, 1e-12);
    CHECK(isnan(value_in(&scores, "object.f1", "all")) && strstr(note_in(&scores, "object.f1"), "label"));
    rv_scores_release(&scores);
    scene.label_unchanged = label("same", 12, 15);
    CHECK(rv_score(&scores, &scene, 1, NULL) == RV_OK);
    CHECK_NEAR(value_in(&scores, "pixel.precision", "all"), 5.0 / 8, 1e-12);
    CHECK_NEAR(value_in(&scores, "pixel.oa", "all"), 5.0 / 8, 1e-12);
    rv_scores_release(&scores);
}

#define LABEL_HEAD "samples = 40\nlines = 20\nbands = 1\n"

/* Columns 15 to 20 say change, 20 to 40 nothing; 0 to 15 unchanged. Found are columns 10 to 30. */
static int score_gaps(rv_scores *out, const void *pixels, size_t n, const char *facts)
{
    const rv_score_scene scene = { .found = put("f.geojson", TRUTH("\"crs_less\":true,",
                                                                   THING("a", "new", "", RING(10, 0, 30, 20)))),
                                   .label = scratch_envi("gaps", pixels, n, facts) };
    rv_score_opts opts = RV_SCORE_OPTS_INIT;
    opts.metric = "pixel";
    return rv_score(out, &scene, 1, &opts);
}

TEST(pixels_of_a_label_that_are_no_data_are_out_and_not_unchanged)
{
    static uint8_t bytes[W * H];
    static float floats[W * H];
    rv_scores scores = { 0 };
    for (int i = 0; i < W * H; i++) {
        bytes[i] = (uint8_t)(i % W >= 20 ? 9 : i % W >= 15);
        floats[i] = i % W >= 20 ? NAN : i % W >= 15;
    }
    CHECK(score_gaps(&scores, bytes, sizeof bytes, LABEL_HEAD "data type = 1\ndata ignore value = 9\n") == RV_OK);
    CHECK_NEAR(value_in(&scores, "pixel.precision", "all"), .5, 1e-12);
    CHECK_NEAR(value_in(&scores, "pixel.oa", "all"), .75, 1e-12);
    rv_scores_release(&scores);
    CHECK(score_gaps(&scores, floats, sizeof floats, LABEL_HEAD "data type = 4\n") == RV_OK);
    CHECK_NEAR(value_in(&scores, "pixel.oa", "all"), .75, 1e-12);
    rv_scores_release(&scores);
}

TEST(a_label_may_declare_0_as_no_data_and_not_its_changes)
{
    static uint8_t bytes[W * H];
    rv_scores scores = { 0 };
    for (int i = 0; i < W * H; i++)
        bytes[i] = i % W >= 15 && i % W < 20 ? 255 : 0;
    CHECK(score_gaps(&scores, bytes, sizeof bytes, LABEL_HEAD "data type = 1\ndata ignore value = 0\n") == RV_OK);
    CHECK_NEAR(value_in(&scores, "pixel.precision", "all"), .25, 1e-12);
    rv_scores_release(&scores);
    CHECK_FAILS(RV_ERR_FORMAT,
                score_gaps(&scores, bytes, sizeof bytes, LABEL_HEAD "data type = 1\ndata ignore value = 255\n"));
    CHECK(strstr(rv_last_error(), "gaps: its 255 is declared as no data") != NULL);
}

TEST(works_count_against_a_label_only_where_asked)
{
    const rv_score_scene scene = { .found = put("f.geojson", TRUTH("\"crs_less\":true,",
                                                                   THING("a", "works", "", RING(15, 0, 20, 20)))),
                                   .label = label("change", 15, 20) };
    rv_score_opts opts = RV_SCORE_OPTS_INIT;
    rv_scores scores = { 0 };
    CHECK(rv_score(&scores, &scene, 1, &opts) == RV_OK && value_in(&scores, "pixel.f1", "all") == 0);
    rv_scores_release(&scores);
    opts.any_change = true;
    CHECK(rv_score(&scores, &scene, 1, &opts) == RV_OK && value_in(&scores, "pixel.f1", "all") == 1);
    rv_scores_release(&scores);
}

TEST(a_list_pools_its_scenes_and_gives_intervals)
{
    put("t.geojson", TRUTH(FRAMES PIXELS, NEW_ONE "," OLD_ONE));
    put("f.geojson", TRUTH("\"crs_less\":true,", ""));
    const char *list = put("list.tsv", "# truth, found\nt.geojson\tt.geojson\r\n\nt.geojson\tf.geojson\n");
    rv_scores scores = { 0 };
    CHECK(rv_score_list(&scores, list, NULL) == RV_OK);
    CHECK_NEAR(value_in(&scores, "object.recall", "all"), .5, 1e-12);
    CHECK_NEAR(value_in(&scores, "scot.score", "all"), .5, 1e-12);
    for (size_t i = 0; i < scores.n; i++)
        if (strcmp(scores.v[i].metric, "object.recall") == 0 && strcmp(scores.v[i].stratum, "all") == 0)
            CHECK(scores.v[i].lo == 0 && scores.v[i].hi == 1);
    rv_scores_release(&scores);
    CHECK_FAILS(RV_ERR_FORMAT, rv_score_list(&scores, put("list.tsv", "t.geojson\n"), NULL));
    CHECK(strstr(rv_last_error(), "list.tsv, line 1") != NULL);
    CHECK_FAILS(RV_ERR_FORMAT, rv_score_list(&scores, put("list.tsv", "# none\n"), NULL));
}

static void check_refused(int code, const char *truth, const char *found, const char *words)
{
    const rv_score_scene scene = { .truth = put("bad.geojson", truth), .found = put("f.geojson", found) };
    rv_scores scores = { 0 };
    CHECK_FAILS(code, rv_score(&scores, &scene, 1, NULL));
    if (!strstr(rv_last_error(), words))
        printf("# \"%s\" does not say \"%s\"\n", rv_last_error(), words);
    CHECK(strstr(rv_last_error(), words) != NULL && scores.v == NULL);
}

TEST(what_is_damaged_empty_or_elsewhere_is_named)
{
    const char *pixels = TRUTH("\"crs_less\":true,", NEW_ONE);
    check_refused(RV_ERR_FORMAT, "{\"type\":", pixels, "bad.geojson");
    check_refused(RV_ERR_FORMAT, "", pixels, "bad.geojson");
    check_refused(RV_ERR_FORMAT, "{\"type\":\"Feature\"}", pixels, "FeatureCollection");
    check_refused(RV_ERR_FORMAT, TRUTH(PIXELS, ""), pixels, "empty truth");
    check_refused(RV_ERR_FORMAT, TRUTH(PIXELS, THING("a", "built", "", RING(0, 0, 5, 5))), pixels, "built");
    check_refused(RV_ERR_FORMAT, TRUTH(PIXELS, THING("a", "new", "", "\"geometry\":{\"type\":\"Point\"}")), pixels,
                  "Point");
    check_refused(RV_ERR_FORMAT, TRUTH("", THING("a", "new", "", RING(33, 36, 33.001, 36.001))), pixels, "in pixels");
    check_refused(RV_ERR_FORMAT, TRUTH(PIXELS, NEW_ONE), TRUTH("", THING("a", "new", "", RING(33, 36, 33.1, 36.1))),
                  "longitude and latitude");
    check_refused(RV_ERR_FORMAT, TRUTH(PIXELS, NEW_ONE),
                  TRUTH("\"crs_less\":true,", THING("a", "new", "", RING(900, 4, 910, 10))), "another place");
}

#define BOW_TIE "\"geometry\":{\"type\":\"Polygon\",\"coordinates\":[[[4,4],[14,14],[14,4],[4,14],[4,4]]]}"
#define PARTS(a, b) "\"geometry\":{\"type\":\"MultiPolygon\",\"coordinates\":[[[" a "]],[[" b "]]]}"
#define LEFT "[4,4],[10,4],[10,10],[4,10],[4,4]"
#define RIGHT "[20,4],[26,4],[26,10],[20,10],[20,4]"

TEST(a_true_outline_that_crosses_itself_is_named_and_a_found_one_is_its_largest_part)
{
    const char *good = TRUTH("\"crs_less\":true,", NEW_ONE);
    check_refused(RV_ERR_FORMAT, TRUTH(PIXELS, THING("tie", "new", "", BOW_TIE)), good,
                  "bad.geojson: the outline of structure tie crosses itself");
    /* Of the tie's two triangles of 25 px2 one is left, and hits by that size. */
    const rv_score_scene scene = { .truth = put("t.geojson", TRUTH(PIXELS, NEW_ONE)),
                                   .found = put("f.geojson",
                                                TRUTH("\"crs_less\":true,", THING("tie", "new", "", BOW_TIE))) };
    rv_scores scores = { 0 };
    CHECK(rv_score(&scores, &scene, 1, NULL) == RV_OK);
    CHECK_NEAR(value_in(&scores, "object.false", "all"), 0.0, 1e-12);
    CHECK_NEAR(value_in(&scores, "object.precision", "16-64"), 1.0, 1e-12);
    rv_scores_release(&scores);
}

TEST(a_truth_without_an_outline_or_with_several_is_named)
{
    const char *good = TRUTH("\"crs_less\":true,", NEW_ONE);
    check_refused(RV_ERR_FORMAT, TRUTH(PIXELS, NEW_ONE "," THING("lost", "new", "", "\"geometry\":null")), good,
                  "bad.geojson: feature 2: true structure \"lost\" has no geometry");
    check_refused(RV_ERR_FORMAT, TRUTH(PIXELS, THING("two", "new", "", PARTS(LEFT, RIGHT))), good,
                  "true structure \"two\" has 2 parts");
}

TEST(each_part_of_a_finding_is_held_against_the_truth)
{
    const rv_score_scene scene = {
        .truth = put("t.geojson", TRUTH(PIXELS, NEW_ONE "," THING("b", "new", "", RING(20, 4, 26, 10)))),
        .found = put("f.geojson", TRUTH("\"crs_less\":true,", THING("a", "new", "", PARTS(LEFT, RIGHT)))),
    };
    rv_scores scores = { 0 };
    CHECK(rv_score(&scores, &scene, 1, NULL) == RV_OK);
    CHECK_NEAR(value_in(&scores, "object.recall", "all"), 1, 1e-12);
    CHECK_NEAR(value_in(&scores, "pixel.f1", "all"), 1, 1e-12);
    rv_scores_release(&scores);
}

#define GRID(more) TRUTH("\"crs_less\":true,\"grid\":{" more "},", NEW_ONE)

TEST(a_grid_that_is_none_or_too_large_is_refused)
{
    const char *found = TRUTH("\"crs_less\":true,", NEW_ONE);
    check_refused(RV_ERR_REFUSED, GRID("\"width\":2000000,\"height\":20"), found, "2000000 x 20 px, limit 1048576");
    check_refused(RV_ERR_REFUSED, GRID("\"width\":1000000,\"height\":1000000"), found, "2147483648");
    check_refused(RV_ERR_FORMAT, GRID("\"width\":0,\"height\":20"), found, "bad.geojson: width and height");
    check_refused(RV_ERR_FORMAT, GRID("\"width\":40.5,\"height\":20"), found, "whole numbers");
    check_refused(RV_ERR_FORMAT, GRID("\"width\":40"), found, "whole numbers");
    check_refused(RV_ERR_FORMAT, TRUTH("\"crs_less\":true,\"grid\":[40,20],", NEW_ONE), found, "no object");
    check_refused(RV_ERR_FORMAT, GRID("\"crs\":\"EPSG:32636\",\"gt\":[0,1,1,0,1,1],\"width\":40,\"height\":20"), found,
                  "inverted");
    check_refused(RV_ERR_FORMAT, GRID("\"crs\":\"EPSG:32636\",\"gt\":[0,1],\"width\":40,\"height\":20"), found,
                  "inverted");
}

TEST(a_truth_of_other_images_is_refused_though_its_structures_lie_near)
{
    const char *others = "{\"reference\":\"2019-07-01\",\"frames\":{\"2019-07-01\":{\"M\":[[1,0,0],[0,1,0]]}}}";
    const rv_score_scene scene = { .truth = put("t.geojson", TRUTH(FRAMES PIXELS, NEW_ONE)),
                                   .found = put("f.geojson", TRUTH("\"crs_less\":true,", NEW_ONE)),
                                   .transforms = put("x.json", others) };
    rv_scores scores = { 0 };
    CHECK_FAILS(RV_ERR_FORMAT, rv_score(&scores, &scene, 1, NULL));
    CHECK(strstr(rv_last_error(), "none of them") != NULL);
}

TEST(missing_files_and_wrong_options_are_named)
{
    const char *truth = put("t.geojson", TRUTH(FRAMES PIXELS, NEW_ONE));
    const rv_score_scene good = { .truth = truth, .found = truth }, gone = { .truth = scratch("gone"), .found = truth },
                         half = { .truth = truth };
    rv_score_opts opts = RV_SCORE_OPTS_INIT;
    rv_scores scores = { 0 };
    CHECK_FAILS(RV_ERR_NOTFOUND, rv_score(&scores, &gone, 1, NULL));
    CHECK_FAILS(RV_ERR_RANGE, rv_score(&scores, &half, 1, NULL));
    CHECK_FAILS(RV_ERR_RANGE, rv_score(&scores, NULL, 0, NULL));
    opts.metric = "beauty";
    CHECK_FAILS(RV_ERR_RANGE, rv_score(&scores, &good, 1, &opts));
    CHECK(strstr(rv_last_error(), "beauty") != NULL);
    opts.metric = NULL;
    opts.iou = 1;
    CHECK_FAILS(RV_ERR_RANGE, rv_score(&scores, &good, 1, &opts));
}

/* 40 x 20 px of one class, with a block of another from (c0, 0) to (c1, 20). */
static void put_mask(const char *name, int c0, int c1, uint8_t value)
{
    const rv_grid grid = { .gt = { 0, 1, 0, 0, 0, 1 }, .width = W, .height = H };
    uint8_t plane[W * H] = { 0 };
    for (int i = 0; i < W * H; i++)
        plane[i] = i % W >= c0 && i % W < c1 ? value : 0;
    CHECK(rv__layer_write_u8(scratch(name), &grid, plane, 255) == RV_OK);
}

/* Cloud in columns 10 to 20 of the second frame, which lies 2 px left of the first: 12 to 22 of the reference. Found are 12
 * to 17. The new building covers columns 4 to 10 from mid-January on; shadow is found over its last two. */
static void score_masks(rv_scores *out)
{
    const char *json = "{\"reference\":\"2023-01-01\",\"frames\":{\"2023-02-01\":{\"M\":[[1,0,2],[0,1,0]]}}}";
    const rv_score_scene scene = { .truth = put("t.geojson", TRUTH(FRAMES PIXELS, NEW_ONE)),
                                   .found = put("f.geojson", TRUTH("\"crs_less\":true,", "")),
                                   .transforms = put("x.json", json),
                                   .masks = scratch("masks") };
    rv_score_opts opts = RV_SCORE_OPTS_INIT;
    opts.metric = "mask";
    CHECK(rv_score(out, &scene, 1, &opts) == RV_OK);
}

TEST(masks_on_the_reference_are_held_against_those_of_the_frames)
{
    rv_scores scores = { 0 };
    CHECK(rv__folder_make(scratch("truth")) == RV_OK && rv__folder_make(scratch("masks")) == RV_OK);
    put_mask("truth/2023-02-01_mask.tif", 10, 20, 1);
    put_mask("masks/2023-02-01.tif", 12, 17, 1);
    score_masks(&scores);
    /* two columns of the reference lie outside the frame: 38 are compared */
    CHECK_NEAR(value_in(&scores, "mask.cloud_pa", "all"), .5, 1e-12);
    CHECK_NEAR(value_in(&scores, "mask.cloud_ua", "all"), 1, 1e-12);
    CHECK_NEAR(value_in(&scores, "mask.cloud_oa", "all"), 33.0 / 38, 1e-12);
    CHECK_NEAR(value_in(&scores, "mask.newbuilding_lost", "all"), 0, 1e-12);
    CHECK(isnan(value_in(&scores, "mask.missed_thick", "all")) &&
          strstr(note_in(&scores, "mask.missed_thick"), "opacity"));
    rv_scores_release(&scores);
    put_mask("truth/2023-03-01_mask.tif", 0, 0, 0); /* and none is found */
    put_mask("masks/2023-02-01.tif", 8, 10, 2);
    score_masks(&scores);
    CHECK_NEAR(value_in(&scores, "mask.newbuilding_lost", "all"), 0, 1e-12);
    CHECK_NEAR(value_in(&scores, "mask.newbuilding_shaded", "all"), 1.0 / 3, 1e-12);
    CHECK_NEAR(value_in(&scores, "mask.shadow_ua", "all"), 0, 1e-12);
    CHECK(value_in(&scores, "mask.used", "all") == .5 && n_in(&scores, "mask.used") == 2);
    rv_scores_release(&scores);
    put_mask("masks/2023-02-01.tif", 0, 40, 255); /* all of it outside */
    score_masks(&scores);
    CHECK(value_in(&scores, "mask.used", "all") == .5 && isnan(value_in(&scores, "mask.cloud_oa", "all")));
    rv_scores_release(&scores);
    CHECK(remove(scratch("masks/2023-02-01.tif")) == 0);
    score_masks(&scores);
    CHECK(value_in(&scores, "mask.used", "all") == 0 && isnan(value_in(&scores, "mask.cloud_oa", "all")));
    rv_scores_release(&scores);
    rv__folder_remove(scratch("truth"));
}

/* Three thousand roofs in a large image: going through all of it for each would take half a minute. */
TEST(a_new_roof_costs_its_own_pixels_and_not_those_of_the_image)
{
    enum { N = 3000, SIZE = 400 };
    char *truth = rv__alloc(N + 1, SIZE), *end = truth;
    rv_scores scores = { 0 };
    CHECK(rv__folder_make(scratch("truth")) == RV_OK && rv__folder_make(scratch("masks")) == RV_OK);
    put_mask("truth/2023-02-01_mask.tif", 0, 0, 0);
    put_mask("masks/2023-02-01.tif", 0, 20, 1);
    end += sprintf(end, "{\"type\":\"FeatureCollection\"," FRAMES
                        "\"crs_less\":true,\"grid\":{\"width\":3000,\"height\":3000},\"features\":[");
    for (int i = 0; i < N; i++) {
        const int x = i % 1000 * 3, y = i / 1000 * 3;
        end += sprintf(
            end,
            "%s{\"type\":\"Feature\",\"properties\":{\"id\":\"t%d\",\"event\":\"new\",\"complete\":\"2023-01-15\"},"
            "\"geometry\":{\"type\":\"Polygon\",\"coordinates\":[[[%d,%d],[%d,%d],[%d,%d],[%d,%d],[%d,%d]]]}}",
            i ? "," : "", i, x, y, x + 2, y, x + 2, y + 2, x, y + 2, x, y);
    }
    sprintf(end, "]}");
    const rv_score_scene scene = {
        .truth = put("t.geojson", truth),
        .found = put("f.geojson", TRUTH("\"crs_less\":true,", "")),
        .transforms =
            put("x.json", "{\"reference\":\"2023-01-01\",\"frames\":{\"2023-02-01\":{\"M\":[[1,0,0],[0,1,0]]}}}"),
        .masks = scratch("masks")
    };
    rv_score_opts opts = RV_SCORE_OPTS_INIT;
    opts.metric = "mask";
    const clock_t begun = clock();
    CHECK(rv_score(&scores, &scene, 1, &opts) == RV_OK);
    CHECK((double)(clock() - begun) / CLOCKS_PER_SEC < 12);
    CHECK_NEAR(value_in(&scores, "mask.newbuilding_lost", "all"), 14.0 / 27,
               1e-12); /* of 40 columns, 2 in 3 are roof */
    rv_scores_release(&scores);
    rv__free(truth);
    rv__folder_remove(scratch("truth"));
}

/* The third frame's true map says (0, -1), its displacements (.5, 1): the found map errs by what the latter say. */
TEST(displacements_come_before_the_global_map)
{
    const rv_grid grid = { .gt = { 0, 1, 0, 0, 0, 1 }, .width = W, .height = H };
    static float plane[2 * W * H];
    const char *json = "{\"reference\":\"2023-01-01\",\"frames\":{\"2023-03-01\":{\"M\":[[1,0,0],[0,1,-1]]}}}";
    const rv_score_scene scene = { .truth = put("t.geojson", TRUTH(FRAMES PIXELS, NEW_ONE)),
                                   .found = put("f.geojson", TRUTH("\"crs_less\":true,", "")),
                                   .transforms = put("x.json", json) };
    rv_score_opts opts = RV_SCORE_OPTS_INIT;
    rv_scores scores = { 0 };
    opts.metric = "registration";
    for (int i = 0; i < W * H; i++) {
        plane[i] = .5f;
        plane[W * H + i] = 1;
    }
    CHECK(rv__folder_make(scratch("truth")) == RV_OK);
    CHECK(rv__layer_write_f32(scratch("truth/2023-03-01_displacement.tif"), &grid, plane, NULL, 2) == RV_OK);
    CHECK(rv_score(&scores, &scene, 1, &opts) == RV_OK);
    CHECK_NEAR(value_in(&scores, "registration.rmse_px", "all"), .5, 1e-6);
    rv_scores_release(&scores);
    rv__folder_remove(scratch("truth"));
}

/* Dates alone name the frame of that day, as image ids would. */
TEST(a_day_stands_for_the_frame_taken_on_it)
{
    const char *day = TRUTH(
        "\"crs_less\":true,",
        THING("a", "new", ",\"last_absent\":\"2023-01-01\",\"first_present\":\"2023-02-01\"", RING(4, 4, 10, 10)));
    const char *frames =
        "\"frames\":{\"p\":{\"time\":\"2023-01-01T10:00:00Z\"},\"q\":{\"time\":\"2023-02-01T10:00:00Z\"}},";
    char truth[2048];
    snprintf(truth, sizeof truth, "{\"type\":\"FeatureCollection\",%s" PIXELS "\"features\":[%s]}", frames,
             THING("a", "new", ",\"complete\":\"2023-01-15\"", RING(4, 4, 10, 10)) "," OLD_ONE);
    const rv_score_scene scene = { .truth = put("t.geojson", truth), .found = put("f.geojson", day) };
    rv_scores scores = { 0 };
    CHECK(rv_score(&scores, &scene, 1, NULL) == RV_OK);
    CHECK_NEAR(value_in(&scores, "date.exact", "all"), 1, 1e-12);
    CHECK_NEAR(value_in(&scores, "scot.change", "all"), 1, 1e-12);
    rv_scores_release(&scores);
}

static int score_once(void *user)
{
    rv_scores scores = { 0 };
    const int err = rv_score(&scores, user, 1, NULL);
    rv_scores_release(&scores);
    return err;
}

TEST(a_failed_allocation_is_borne)
{
    const char *truth = put("t.geojson", TRUTH(FRAMES PIXELS, NEW_ONE "," OLD_ONE));
    rv_score_scene scene = { .truth = truth, .found = truth };
    CHECK_SURVIVES_OOM(score_once, &scene);
}

TEST(the_rows_agree_with_the_defaults)
{
    const rv_score_opts init = RV_SCORE_OPTS_INIT;
    rv_score_opts filled;
    rv_fields_init(rv_score_fields(), &filled);
    for (size_t k = 0; k < rv_score_fields()->n; k++)
        CHECK(rv_field_equal(&rv_score_fields()->field[k], &init, &filled));
}

TESTS(RUN(a_truth_held_against_itself_is_perfect), RUN(nothing_found_leaves_reasons_and_every_metric_is_listed),
      RUN(structures_in_another_images_pixels_go_through_its_true_map),
      RUN(transforms_into_another_reference_are_compared_there), RUN(frames_that_a_case_drops_lower_the_share_used),
      RUN(a_truth_without_a_grid_is_scored_in_pixels_of_the_size_given),
      RUN(a_label_alone_is_scored_by_pixels_and_unlabelled_ones_are_out),
      RUN(pixels_of_a_label_that_are_no_data_are_out_and_not_unchanged),
      RUN(a_label_may_declare_0_as_no_data_and_not_its_changes), RUN(works_count_against_a_label_only_where_asked),
      RUN(a_list_pools_its_scenes_and_gives_intervals), RUN(what_is_damaged_empty_or_elsewhere_is_named),
      RUN(a_truth_of_other_images_is_refused_though_its_structures_lie_near),
      RUN(a_true_outline_that_crosses_itself_is_named_and_a_found_one_is_its_largest_part),
      RUN(a_truth_without_an_outline_or_with_several_is_named), RUN(each_part_of_a_finding_is_held_against_the_truth),
      RUN(a_grid_that_is_none_or_too_large_is_refused), RUN(missing_files_and_wrong_options_are_named),
      RUN(masks_on_the_reference_are_held_against_those_of_the_frames),
      RUN(a_new_roof_costs_its_own_pixels_and_not_those_of_the_image), RUN(displacements_come_before_the_global_map),
      RUN(a_day_stands_for_the_frame_taken_on_it), RUN(a_failed_allocation_is_borne),
      RUN(the_rows_agree_with_the_defaults))

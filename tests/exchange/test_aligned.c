/* SPDX-License-Identifier: Apache-2.0 */
/* The aligned images of a case made by hand: smooth ground seen by three scenes, one of them moved by whole pixels, so that
 * what comes out is known to the bit; and one that is not trusted. */
#include "hand.h"

#include "base/mem.h"
#include "raster/gdal_read.h"
#include "raster/gdal_write.h"

#include <revisit/export.h>

enum { W = 200, H = 100, MOVED_COL = 5, MOVED_ROW = -3 };

static uint16_t ground(int b, int col, int row)
{
    return (uint16_t)(1000 + 100 * b + 300 * sin(col / 5.) * cos(row / 7.) + 2 * row);
}

/* Scene pixel (c, r) shows the ground at (c + col0, r + row0). */
static void put_scene(rv_case *c, int run, const char *id, int col0, int row0)
{
    static uint16_t pixels[4 * W * H];
    static uint8_t valid[W * H];
    const rv_grid grid = { .crs = "EPSG:32636", .gt = { 500000, 3, 0, 4000000, 0, -3 }, .width = W, .height = H };
    rv_scene_info row = hand_scene(id, "EPSG:32636", 0, 0);
    char path[RV_PATH_MAX];
    rv__cog *cog = NULL;
    memcpy(row.gt, grid.gt, sizeof row.gt);
    for (int i = 0; i < W * H; i++) {
        valid[i] = 1;
        for (int b = 0; b < 4; b++)
            pixels[b * W * H + i] = ground(b, i % W + col0, i / W + row0);
    }
    CHECK_FAILS(RV_OK, rv__case_path(c, path, sizeof path, row.working_copy));
    CHECK_FAILS(RV_OK, rv__cog_begin(&cog, path, &grid, 4, RV__SAMPLE_U16));
    CHECK_FAILS(RV_OK, rv__cog_rows(cog, pixels, valid, 0, H));
    CHECK_FAILS(RV_OK, rv__cog_finish(cog));
    CHECK_FAILS(RV_OK, rv__scene_put(c, run, &row));
}

static void put_transform(rv_case *c, int run, const char *id, int col, int row)
{
    const rv_grid grid = { .crs = "EPSG:32636", .gt = { 500000, 3, 0, 4000000, 0, -3 }, .width = W, .height = H };
    static const uint8_t mask[W * H];
    char name[RV_PATH_MAX], path[RV_PATH_MAX];
    rv_transform t;
    rv_transform_identity(&t);
    snprintf(t.scene_id, sizeof t.scene_id, "%s", id);
    snprintf(t.reference_id, sizeof t.reference_id, "still");
    t.m[2] = col;
    t.m[5] = row;
    t.trusted = strcmp(id, "lost") != 0;
    snprintf(t.why, sizeof t.why, "%s", t.trusted ? "" : "too few places agree");
    CHECK_FAILS(RV_OK, rv__transform_put(c, run, &t));
    CHECK_FAILS(RV_OK, rv__case_mask_name(name, sizeof name, run, id));
    CHECK_FAILS(RV_OK, rv__case_path(c, path, sizeof path, name));
    CHECK_FAILS(RV_OK, rv__layer_write_u8(path, &grid, mask, -1));
}

static rv_case *site(const char *name)
{
    rv_case *c = hand_case(name);
    int run = 0;
    CHECK_FAILS(RV_OK, rv__run_begin(c, &run, "add", NULL, NULL, 0));
    put_scene(c, run, "lost", 0, 0);
    put_scene(c, run, "moved", MOVED_COL, MOVED_ROW);
    put_scene(c, run, "still", 0, 0);
    CHECK_FAILS(RV_OK, rv__run_end(c, run, RV_RUN_DONE));
    CHECK_FAILS(RV_OK, rv__run_begin(c, &run, "align", NULL, NULL, rv_case_current_run(c, "add")));
    put_transform(c, run, "lost", 0, 0);
    put_transform(c, run, "moved", MOVED_COL, MOVED_ROW);
    put_transform(c, run, "still", 0, 0);
    CHECK_FAILS(RV_OK, rv__fact_put(c, run, "reference_id", "still"));
    CHECK_FAILS(RV_OK, rv__run_end(c, run, RV_RUN_DONE));
    return c;
}

static const char *in(const char *folder, const char *name)
{
    char joined[128];
    snprintf(joined, sizeof joined, "%s/%s", folder, name);
    return scratch(joined);
}

static int same_bytes(const char *a, const char *b)
{
    char *text[2] = { NULL };
    size_t n[2];
    CHECK_FAILS(RV_OK, rv__file_read(&text[0], &n[0], a, 1 << 22));
    CHECK_FAILS(RV_OK, rv__file_read(&text[1], &n[1], b, 1 << 22));
    const int same = text[0] && text[1] && n[0] == n[1] && memcmp(text[0], text[1], n[0]) == 0;
    rv__free(text[0]);
    rv__free(text[1]);
    return same;
}

TEST(each_trusted_frame_is_a_file_on_the_grid_of_the_reference)
{
    static float got[W * H];
    static uint8_t valid[W * H];
    static const char *const names[] = { "moved.tif", "still.tif" };
    const int all[4] = { 0, 0, W, H };
    rv_case *c = site("frames.case");
    CHECK_FAILS(RV_OK, rv_export_aligned(c, scratch("frames"), NULL, NULL));
    CHECK(!rv__file_exists(in("frames", "lost.tif")) && !rv__file_exists(in("frames", "still.png")));
    for (int k = 0; k < 2; k++) {
        rv__gtiff *file = NULL;
        int width, height, bands, seen = 0;
        CHECK_FAILS(RV_OK, rv__gtiff_open(&file, in("frames", names[k])));
        rv__gtiff_size(file, &width, &height, &bands);
        CHECK(width == W && height == H && bands == 4 && rv__gtiff_sample(file) == RV__SAMPLE_U16);
        CHECK(rv__gtiff_read_valid(file, valid, all) == RV_OK);
        for (int b = 0; b < 4; b++) {
            CHECK(rv__gtiff_read(file, got, b, all) == RV_OK);
            for (int i = 0; i < W * H; i++) {
                const bool there = k == 1 || (i % W >= MOVED_COL && i / W < H + MOVED_ROW);
                CHECK(valid[i] == there);
                CHECK_NEAR(got[i], there ? ground(b, i % W, i / W) : 0, 0);
                seen += valid[i];
            }
        }
        CHECK(seen > 3 * W * H);
        rv__gtiff_close(file);
    }
    rv_case_close(c);
}

TEST(flicker_shows_the_frame_jump_before_and_stand_still_after)
{
    rv_case *c = site("flicker.case");
    const rv_flicker_opts opts = { .flicker = true, .at = "100,50", .crop_px = 64 };
    CHECK_FAILS(RV_OK, rv_export_aligned(c, scratch("flicker"), NULL, &opts));
    CHECK(same_bytes(in("flicker", "moved.after.png"), in("flicker", "still.png")));
    CHECK(!same_bytes(in("flicker", "moved.before.png"), in("flicker", "still.png")));
    CHECK(!rv__file_exists(in("flicker", "still.after.png")) && !rv__file_exists(in("flicker", "lost.after.png")));
    rv_case_close(c);
}

TEST(a_place_may_be_larger_than_the_image_and_must_lie_in_it)
{
    rv_case *c = site("place.case");
    CHECK_FAILS(RV_OK, rv_export_aligned(c, scratch("place"), NULL, &(rv_flicker_opts){ true, NULL, 1024 }));
    CHECK(rv__file_exists(in("place", "moved.before.png")));
    CHECK_FAILS(RV_ERR_RANGE, rv_export_aligned(c, scratch("place"), NULL, &(rv_flicker_opts){ true, "7", 64 }));
    CHECK_FAILS(RV_ERR_RANGE, rv_export_aligned(c, scratch("place"), NULL, &(rv_flicker_opts){ true, "201,5", 64 }));
    CHECK_FAILS(RV_ERR_RANGE, rv_export_aligned(c, scratch("place"), NULL, &(rv_flicker_opts){ true, NULL, 3 }));
    rv_case_close(c);
}

TEST(before_align_there_is_nothing_to_write)
{
    rv_case *c = hand_case("early.case");
    CHECK_FAILS(RV_ERR_STATE, rv_export_aligned(c, scratch("early"), NULL, NULL));
    rv_case_close(c);
}

TESTS(RUN(each_trusted_frame_is_a_file_on_the_grid_of_the_reference),
      RUN(flicker_shows_the_frame_jump_before_and_stand_still_after),
      RUN(a_place_may_be_larger_than_the_image_and_must_lie_in_it), RUN(before_align_there_is_nothing_to_write))

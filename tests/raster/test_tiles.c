/* SPDX-License-Identifier: Apache-2.0 */
/* GeoTIFF by tiles out, and by blocks in. */
#include "base/mem.h"
#include "lib/oom.h"
#include "lib/scratch.h"
#include "raster/gdal_blocks.h"
#include "raster/gdal_tiles.h"
#include "raster/gdal_write.h"

enum { W = 1100, H = 1700, BANDS = 2, SIDE = RV__TILE_PX };

static const rv_grid grid = { .crs = "EPSG:32636", .gt = { 500000, 3, 0, 4500000, 0, -3 }, .width = W, .height = H };

static uint16_t truth(int b, int col, int row)
{
    return (uint16_t)(col * 7 + row * 13 + b * 1000);
}

static bool clear(int col, int row)
{
    return (col / 19 + row / 23) % 5 != 0 || col > 600;
}

static int write_tiles(const char *path, const rv__tiles_form *form)
{
    static uint16_t samples[BANDS * SIDE * SIDE];
    static uint8_t valid[SIDE * SIDE];
    rv__tiles *tiles = NULL;
    int err = rv__tiles_begin(&tiles, path, &grid, form);
    for (int row = 3; row >= 0 && err == RV_OK; row--) /* in any order */
        for (int col = 0; col < 3 && err == RV_OK; col++) {
            for (int i = 0; i < SIDE * SIDE; i++) {
                const int c = col * SIDE + i % SIDE, r = row * SIDE + i / SIDE;
                valid[i] = clear(c, r);
                for (int b = 0; b < BANDS; b++)
                    samples[b * SIDE * SIDE + i] = truth(b, c, r);
            }
            err = rv__tiles_put(tiles, (const int[2]){ col, row }, samples, valid);
        }
    if (err == RV_OK)
        return rv__tiles_finish(tiles);
    rv__tiles_abandon(tiles);
    return err;
}

TEST(tiles_read_back_with_their_mask_and_grid_however_compressed)
{
    static const char *const how[] = { "NONE", "DEFLATE", "ZSTD" };
    static float got[W * 8];
    static uint8_t valid[W * 8];
    for (int k = 0; k < 3; k++) {
        const rv__tiles_form form = { BANDS, RV__SAMPLE_U16, how[k], "BG", .5, -1 };
        rv__gtiff *file = NULL;
        rv_grid back;
        CHECK_FAILS(RV_OK, write_tiles(scratch("tiles.tif"), &form));
        CHECK_FAILS(RV_OK, rv__gtiff_open(&file, scratch("tiles.tif")));
        CHECK(rv__gtiff_grid(file, &back) == RV_OK && rv_grid_equal(&back, &grid));
        CHECK(rv__gtiff_sample(file) == RV__SAMPLE_U16);
        int wrong = 0;
        for (int row = 0; row + 8 <= H; row += 97)
            for (int b = 0; b < BANDS; b++) {
                const int window[4] = { 0, row, W, 8 };
                CHECK(rv__gtiff_read(file, got, b, window) == RV_OK &&
                      rv__gtiff_read_valid(file, valid, window) == RV_OK);
                for (int i = 0; i < W * 8; i++)
                    wrong += (uint16_t)got[i] != truth(b, i % W, row + i / W) || valid[i] != clear(i % W, row + i / W);
            }
        CHECK(wrong == 0);
        rv__gtiff_close(file);
    }
}

TEST(an_abandoned_file_and_one_in_no_folder_leave_nothing)
{
    const rv__tiles_form form = { BANDS, RV__SAMPLE_U16, "NONE", NULL, 1, 0 };
    rv__tiles *tiles = NULL;
    CHECK_FAILS(RV_OK, rv__tiles_begin(&tiles, scratch("gone.tif"), &grid, &form));
    rv__tiles_abandon(tiles);
    rv__tiles_abandon(NULL);
    CHECK(!rv__file_exists(scratch("gone.tif")) && !rv__file_exists(scratch("gone.tif.part")));
    tiles = NULL;
    CHECK_FAILS(RV_ERR_IO, rv__tiles_begin(&tiles, scratch("no/such.tif"), &grid, &form));
    CHECK(tiles == NULL);
}

static void compare_windows(rv__gtiff *file, rv__blocks *blocks)
{
    static uint16_t want[300 * 700], got[300 * 700];
    static const int windows[][4] = { { 0, 0, 300, 530 },      { 400, 500, 300, 40 }, { 0, 500, 300, 600 },
                                      { 800, 1100, 300, 600 }, { 500, 0, 300, 700 },  { 11, 1690, 300, 10 },
                                      { 1099, 1699, 1, 1 },    { 100, 300, 300, 700 } };
    for (size_t k = 0; k < sizeof windows / sizeof *windows; k++)
        for (int b = 0; b < BANDS; b++) {
            const size_t n = (size_t)windows[k][2] * (size_t)windows[k][3];
            CHECK(rv__gtiff_read_raw(file, want, b, windows[k]) == RV_OK);
            CHECK(rv__blocks_read(blocks, got, b, windows[k]) == RV_OK);
            CHECK(memcmp(want, got, n * sizeof *got) == 0);
            CHECK(want[0] == truth(b, windows[k][0], windows[k][1]));
        }
}

TEST(blocks_give_the_same_samples_down_the_file_and_back)
{
    const rv__tiles_form form = { BANDS, RV__SAMPLE_U16, "ZSTD", NULL, 1, 0 };
    rv__gtiff *file = NULL;
    rv__blocks *blocks = NULL;
    CHECK_FAILS(RV_OK, write_tiles(scratch("blocks.tif"), &form));
    CHECK_FAILS(RV_OK, rv__gtiff_open(&file, scratch("blocks.tif")));
    CHECK_FAILS(RV_OK, rv__blocks_new(&blocks, file, 1 << 30));
    CHECK(blocks != NULL);
    if (blocks)
        compare_windows(file, blocks);
    rv__blocks_free(blocks);
    CHECK_FAILS(RV_OK, rv__blocks_new(&blocks, file, 1 << 20));
    CHECK(blocks == NULL); /* more than may be taken */
    rv__gtiff_close(file);
}

TEST(a_file_of_strips_has_no_blocks_to_keep)
{
    const rv_grid small = { .gt = { 0, 1, 0, 0, 0, 1 }, .width = 64, .height = 64 };
    static uint8_t pixels[64 * 64];
    rv__gtiff *file = NULL;
    rv__cog *strips = NULL;
    rv__blocks *blocks = NULL;
    CHECK_FAILS(RV_OK, rv__strips_begin(&strips, scratch("strips.tif"), &small, 1, RV__SAMPLE_U8));
    CHECK_FAILS(RV_OK, rv__cog_rows(strips, pixels, NULL, 0, 64));
    CHECK_FAILS(RV_OK, rv__cog_finish(strips));
    CHECK_FAILS(RV_OK, rv__gtiff_open(&file, scratch("strips.tif")));
    CHECK_FAILS(RV_OK, rv__blocks_new(&blocks, file, 1 << 30));
    CHECK(blocks == NULL);
    rv__gtiff_close(file);
}

static int write_and_keep(void *user)
{
    const rv__tiles_form form = { BANDS, RV__SAMPLE_U16, "NONE", NULL, 1, 0 };
    static uint16_t pixel;
    rv__gtiff *file = NULL;
    rv__blocks *blocks = NULL;
    (void)user;
    int err = write_tiles(scratch("oom.tif"), &form);
    if (err == RV_OK && (err = rv__gtiff_open(&file, scratch("oom.tif"))) == RV_OK &&
        (err = rv__blocks_new(&blocks, file, 1 << 30)) == RV_OK)
        err = rv__blocks_read(blocks, &pixel, 0, (const int[4]){ 3, 3, 1, 1 });
    rv__blocks_free(blocks);
    rv__gtiff_close(file);
    return err;
}

TEST(tiles_and_blocks_survive_any_failed_allocation)
{
    CHECK_SURVIVES_OOM(write_and_keep, NULL);
}

TESTS(RUN(tiles_read_back_with_their_mask_and_grid_however_compressed),
      RUN(an_abandoned_file_and_one_in_no_folder_leave_nothing),
      RUN(blocks_give_the_same_samples_down_the_file_and_back), RUN(a_file_of_strips_has_no_blocks_to_keep),
      RUN(tiles_and_blocks_survive_any_failed_allocation))

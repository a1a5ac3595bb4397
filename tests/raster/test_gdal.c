/* SPDX-License-Identifier: Apache-2.0 */
/* Our own GeoTIFFs, written and read back. */
#include "base/file.h"
#include "base/mem.h"
#include "base/rng.h"
#include "base/sha256.h"
#include "lib/oom.h"
#include "lib/scratch.h"
#include "raster/gdal_read.h"
#include "raster/gdal_write.h"

enum { W = 700, H = 530, N = W * H };

static rv_grid utm_grid(int width, int height)
{
    rv_grid g = { .crs = "EPSG:32636", .gt = { 500000, 3, 0, 4500000, 0, -3 } };
    g.width = width;
    g.height = height;
    return g;
}

/* Band b at i: a number that each sample type can hold. */
static double truth(int b, int i)
{
    return (i * 7 + b * 31) % 251;
}

static bool truth_valid(int i)
{
    return (i / 13 + i % W) % 9 != 0;
}

static void fill(void *samples, rv__sample type, int bands, int first, int n)
{
    for (int b = 0; b < bands; b++)
        for (int i = 0; i < n; i++) {
            const double v = truth(b, first + i);
            const size_t at = (size_t)b * (size_t)n + (size_t)i;
            if (type == RV__SAMPLE_U8)
                ((uint8_t *)samples)[at] = (uint8_t)v;
            else if (type == RV__SAMPLE_U16)
                ((uint16_t *)samples)[at] = (uint16_t)(v * 200);
            else if (type == RV__SAMPLE_I16)
                ((int16_t *)samples)[at] = (int16_t)(v * 100 - 10000);
            else
                ((float *)samples)[at] = (float)(v / 8 - 3);
        }
}

static double expected(rv__sample type, int b, int i)
{
    const double v = truth(b, i);
    return type == RV__SAMPLE_U8    ? v
           : type == RV__SAMPLE_U16 ? v * 200
           : type == RV__SAMPLE_I16 ? v * 100 - 10000
                                    : v / 8 - 3;
}

/* Rows of uneven counts, as a decoder gives them. */
static int write_cog(const char *path, const rv_grid *grid, rv__sample type, int bands)
{
    static char samples[4 * N * 4];
    static uint8_t valid[N];
    rv__cog *cog = NULL;
    int err;
    if ((err = rv__cog_begin(&cog, path, grid, bands, type)) < 0)
        return err;
    for (int row = 0, rows = 1; row < H; row += rows, rows = 37 + row % 50) {
        rows = row + rows > H ? H - row : rows;
        fill(samples, type, bands, row * W, rows * W);
        for (int i = 0; i < rows * W; i++)
            valid[i] = truth_valid(row * W + i);
        if ((err = rv__cog_rows(cog, samples, valid, row, rows)) < 0) {
            rv__cog_abandon(cog);
            return err;
        }
    }
    return rv__cog_finish(cog);
}

TEST(a_working_copy_gives_back_samples_mask_and_grid_of_every_type)
{
    static float data[N];
    static uint8_t valid[N];
    const rv_grid grid = utm_grid(W, H);
    const int whole[4] = { 0, 0, W, H };
    for (int type = RV__SAMPLE_U8; type <= RV__SAMPLE_F32; type++) {
        rv__gtiff *file = NULL;
        rv_grid back;
        int width, height, bands, wrong = 0;
        CHECK(write_cog(scratch("types.tif"), &grid, (rv__sample)type, 4) == RV_OK);
        CHECK(rv__gtiff_open(&file, scratch("types.tif")) == RV_OK);
        rv__gtiff_size(file, &width, &height, &bands);
        CHECK(width == W && height == H && bands == 4);
        CHECK(rv__gtiff_grid(file, &back) == RV_OK);
        CHECK(rv_grid_equal(&grid, &back));
        CHECK(rv__gtiff_read_valid(file, valid, whole) == RV_OK);
        for (int b = 0; b < 4; b++) {
            CHECK(rv__gtiff_read(file, data, b, whole) == RV_OK);
            for (int i = 0; i < N; i++)
                wrong += valid[i] != truth_valid(i) || fabs((double)data[i] - expected((rv__sample)type, b, i)) > 1e-6;
        }
        CHECK(wrong == 0);
        rv__gtiff_close(file);
    }
}

TEST(a_window_is_the_same_part_of_the_whole)
{
    static float part[40 * 30];
    const rv_grid grid = utm_grid(W, H);
    const int window[4] = { 500, 490, 40, 30 };
    rv__gtiff *file = NULL;
    int wrong = 0;
    CHECK(write_cog(scratch("window.tif"), &grid, RV__SAMPLE_U16, 2) == RV_OK);
    CHECK(rv__gtiff_open(&file, scratch("window.tif")) == RV_OK);
    CHECK(rv__gtiff_read(file, part, 1, window) == RV_OK);
    for (int r = 0; r < 30; r++)
        for (int c = 0; c < 40; c++)
            wrong += fabs((double)part[r * 40 + c] - expected(RV__SAMPLE_U16, 1, (490 + r) * W + 500 + c)) > 0;
    CHECK(wrong == 0);
    rv__gtiff_close(file);
}

TEST(the_same_pixels_give_the_same_bytes)
{
    const rv_grid grid = utm_grid(W, H);
    char a[65], b[65];
    CHECK(write_cog(scratch("one.tif"), &grid, RV__SAMPLE_U16, 3) == RV_OK);
    CHECK(write_cog(scratch("two.tif"), &grid, RV__SAMPLE_U16, 3) == RV_OK);
    CHECK(rv__sha256_file(a, scratch("one.tif")) == RV_OK && rv__sha256_file(b, scratch("two.tif")) == RV_OK);
    CHECK_TEXT(a, b);
}

TEST(a_mask_may_be_replaced_after_its_rows_were_written)
{
    enum { SIDE = 40 };
    const rv_grid grid = utm_grid(SIDE, SIDE);
    uint8_t samples[SIDE * SIDE], valid[SIDE * SIDE], back[SIDE * SIDE];
    const int whole[4] = { 0, 0, SIDE, SIDE };
    rv__cog *cog = NULL;
    rv__gtiff *file = NULL;
    memset(samples, 9, sizeof samples);
    memset(valid, 1, sizeof valid);
    CHECK(rv__cog_begin(&cog, scratch("mask.tif"), &grid, 1, RV__SAMPLE_U8) == RV_OK);
    CHECK(rv__cog_rows(cog, samples, valid, 0, SIDE) == RV_OK);
    memset(valid + 10 * SIDE, 0, 5 * SIDE);
    CHECK(rv__cog_mask(cog, valid, 0, SIDE) == RV_OK);
    CHECK(rv__cog_finish(cog) == RV_OK);
    CHECK(rv__gtiff_open(&file, scratch("mask.tif")) == RV_OK);
    CHECK(rv__gtiff_read_valid(file, back, whole) == RV_OK);
    CHECK(memcmp(back, valid, sizeof back) == 0);
    rv__gtiff_close(file);
}

static int count_name(const char *name, void *user)
{
    *(int *)user += strstr(name, "left") != NULL;
    return 0;
}

TEST(an_abandoned_file_leaves_nothing_behind)
{
    const rv_grid grid = utm_grid(64, 64);
    rv__cog *cog = NULL;
    int found = 0;
    CHECK(rv__cog_begin(&cog, scratch("left.tif"), &grid, 1, RV__SAMPLE_U8) == RV_OK);
    rv__cog_abandon(cog);
    CHECK(rv__folder_each(scratch_root, count_name, &found) == RV_OK);
    CHECK(found == 0);
}

TEST(a_folder_that_does_not_exist_is_a_storage_error)
{
    const rv_grid grid = utm_grid(8, 8);
    const uint8_t pixels[64] = { 0 };
    rv__cog *cog = NULL;
    CHECK_FAILS(RV_ERR_IO, rv__cog_begin(&cog, scratch("no/such/folder.tif"), &grid, 1, RV__SAMPLE_U8));
    CHECK_FAILS(RV_ERR_IO, rv__layer_write_u8(scratch("no/such/layer.tif"), &grid, pixels, 255));
}

TEST(layers_of_bytes_and_of_floats_read_back)
{
    enum { SIDE = 300 };
    static uint8_t codes[SIDE * SIDE], valid[SIDE * SIDE], back_valid[SIDE * SIDE];
    static float score[2 * SIDE * SIDE], back[SIDE * SIDE];
    const rv_grid grid = utm_grid(SIDE, SIDE);
    const int whole[4] = { 0, 0, SIDE, SIDE };
    rv__gtiff *file = NULL;
    int wrong = 0;
    for (int i = 0; i < SIDE * SIDE; i++) {
        codes[i] = (uint8_t)(i % 6 ? i % 6 : 255);
        valid[i] = i % 5 != 0;
        score[i] = (float)i / 3;
        score[SIDE * SIDE + i] = -(float)i;
    }
    CHECK(rv__layer_write_u8(scratch("codes.tif"), &grid, codes, 255) == RV_OK);
    CHECK(rv__layer_write_f32(scratch("score.tif"), &grid, score, valid, 2) == RV_OK);
    CHECK(rv__gtiff_open(&file, scratch("codes.tif")) == RV_OK);
    CHECK(rv__gtiff_read(file, back, 0, whole) == RV_OK);
    CHECK(rv__gtiff_read_valid(file, back_valid, whole) == RV_OK);
    for (int i = 0; i < SIDE * SIDE; i++)
        wrong += (int)back[i] != codes[i] || back_valid[i] != (codes[i] != 255);
    CHECK(wrong == 0);
    rv__gtiff_close(file);
    CHECK(rv__gtiff_open(&file, scratch("score.tif")) == RV_OK);
    CHECK(rv__gtiff_read(file, back, 1, whole) == RV_OK);
    CHECK(rv__gtiff_read_valid(file, back_valid, whole) == RV_OK);
    CHECK(memcmp(back, score + SIDE * SIDE, sizeof back) == 0 && memcmp(back_valid, valid, sizeof valid) == 0);
    rv__gtiff_close(file);
}

TEST(a_grid_without_a_crs_keeps_its_pixel_size)
{
    rv_grid grid = { .gt = { 0, 1, 0, 0, 0, 1 }, .width = 20, .height = 10, .gsd_m = 0.55 }, back;
    const uint8_t pixels[200] = { 1 };
    rv__gtiff *file = NULL;
    CHECK(rv__layer_write_u8(scratch("plain.tif"), &grid, pixels, -1) == RV_OK);
    CHECK(rv__gtiff_open(&file, scratch("plain.tif")) == RV_OK);
    CHECK(rv__gtiff_grid(file, &back) == RV_OK);
    CHECK(rv_grid_equal(&grid, &back));
    rv__gtiff_close(file);
}

TEST(a_damaged_working_copy_is_a_storage_error_with_a_sentence)
{
    rv__gtiff *file = NULL;
    scratch_write("rubbish.tif", "II*\0 but nothing of the kind", 28);
    CHECK_FAILS(RV_ERR_IO, rv__gtiff_open(&file, scratch("rubbish.tif")));
    CHECK(strstr(rv_last_error(), "cannot open") && !strstr(rv_last_error(), scratch_root));
    CHECK_FAILS(RV_ERR_IO, rv__gtiff_open(&file, scratch("absent.tif")));
    CHECK(file == NULL);
}

static int write_and_read(void *user)
{
    const rv_grid grid = utm_grid(16, 16);
    const uint8_t valid[256] = { 1 };
    rv__cog *cog = NULL;
    rv__gtiff *file = NULL;
    (void)user;
    int err = rv__cog_begin(&cog, scratch("oom.tif"), &grid, 1, RV__SAMPLE_U8);
    if (err == RV_OK && (err = rv__cog_rows(cog, valid, valid, 0, 16)) == RV_OK)
        err = rv__cog_finish(cog);
    if (err == RV_OK && (err = rv__gtiff_open(&file, scratch("oom.tif"))) == RV_OK)
        rv__gtiff_close(file);
    return err;
}

TEST(writing_and_reading_survive_any_failed_allocation)
{
    CHECK_SURVIVES_OOM(write_and_read, NULL);
}

TESTS(RUN(a_working_copy_gives_back_samples_mask_and_grid_of_every_type), RUN(a_window_is_the_same_part_of_the_whole),
      RUN(the_same_pixels_give_the_same_bytes), RUN(a_mask_may_be_replaced_after_its_rows_were_written),
      RUN(an_abandoned_file_leaves_nothing_behind), RUN(a_folder_that_does_not_exist_is_a_storage_error),
      RUN(layers_of_bytes_and_of_floats_read_back), RUN(a_grid_without_a_crs_keeps_its_pixel_size),
      RUN(a_damaged_working_copy_is_a_storage_error_with_a_sentence),
      RUN(writing_and_reading_survive_any_failed_allocation))

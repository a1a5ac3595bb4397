/* SPDX-License-Identifier: Apache-2.0 */
/* Masks of providers beside an image: which file is taken, what its classes become, and what is left out. */
#include "ingest/told.h"

#include <revisit/stack.h>

#include "ingest/ingest.h"
#include "lib/scratch.h"
#include "model/told.h"
#include "raster/gdal_write.h"

enum { W = 8, H = 3, N = W * H };

static const rv_grid grid = { .crs = "EPSG:32636", .gt = { 500000, 3, 0, 4500000, 0, -3 }, .width = W, .height = H };
static rv_scene_info info;
static float codes[N];

static void draw(const char *name, const uint8_t *pixels, int bands)
{
    CHECK(rv__layers_write_u8(scratch(name), &grid, pixels, bands, -1) == RV_OK);
}

/* Take in an image of one band and read what is told of its first row. */
static int take(const char *image)
{
    static uint8_t pixels[N];
    const rv__ingest_opts opts = { 0 };
    rv_scene *scene = NULL;
    char told[600];
    memset(pixels, 70, sizeof pixels);
    memset(codes, 0, sizeof codes);
    draw(image, pixels, 1);
    memset(&info, 0, sizeof info);
    snprintf(info.id, sizeof info.id, "kept");
    rv__scene_told_path(told, sizeof told, scratch("working.tif"));
    remove(told);
    CHECK(rv__ingest(&info, scratch(image), scratch("working.tif"), &opts) == RV_OK);
    CHECK(rv_scene_open(&scene, scratch("working.tif"), &info) == RV_OK);
    const int is_told = rv__scene_is_told(scene);
    if (is_told)
        CHECK(rv__scene_read_told(scene, codes, (int[4]){ 0, 0, W, H }) == RV_OK);
    rv_scene_free(scene);
    return is_told;
}

static void check_row(const int *want, int n)
{
    for (int i = 0; i < n; i++)
        CHECK_NEAR(codes[i], want[i], 0);
}

TEST(an_image_alone_is_told_nothing)
{
    CHECK(take("alone.tif") == 0);
}

TEST(the_eight_bands_of_udm2_become_codes)
{
    /* clear, snow, shadow, light haze, heavy haze, cloud; cloud over shadow; nothing */
    static const int band[W] = { 0, 1, 2, 3, 4, 5, 5, 7 }, want[W] = { 0, 5, 2, 4, 4, 1, 3, 255 };
    static uint8_t pixels[8 * N];
    for (int i = 0; i < W - 1; i++)
        pixels[band[i] * N + i] = 1;
    pixels[2 * N + 6] = 1;
    draw("20200629_030740_0f28_3B_udm2.tif", pixels, 8);
    CHECK(take("20200629_030740_0f28_3B_AnalyticMS_SR.tif") == 1);
    check_row(want, W);
}

TEST(bits_and_classes_of_older_masks_become_codes)
{
    static const uint8_t udm[N] = { 0, 1, 2, 3, 64 }, scl[N] = { 0, 3, 4, 5, 8, 9, 10, 11 };
    static const uint8_t qa[N] = { 64, 1, 8, 2, 16, 24, 32, 4 };
    draw("a_3B_AnalyticMS_DN_udm.tif", udm, 1);
    CHECK(take("a_3B_AnalyticMS.tif") == 1);
    check_row((int[]){ 0, 255, 1, 255, 0 }, 5);
    draw("s_SCL.tif", scl, 1);
    CHECK(take("s.tif") == 1);
    check_row((int[]){ 255, 2, 0, 0, 1, 1, 4, 5 }, 8);
    draw("l_QA_PIXEL.tif", qa, 1);
    CHECK(take("l.tif") == 1);
    check_row((int[]){ 0, 255, 1, 1, 2, 3, 5, 4 }, 8);
}

TEST(a_mask_that_cannot_be_used_is_left_out_and_the_image_stays)
{
    static uint8_t pixels[N];
    draw("few_udm2.tif", pixels, 1); /* one band instead of eight */
    CHECK(take("few.tif") == 0);
    scratch_write("broken_udm2.tif", "II*\0nothing", 11);
    CHECK(take("broken.tif") == 0);
}

TEST(a_mask_is_no_image)
{
    static uint8_t pixels[8 * N];
    const rv__ingest_opts opts = { 0 };
    draw("b_3B_udm2.tif", pixels, 8);
    CHECK_FAILS(RV_ERR_REFUSED, rv__ingest(&info, scratch("b_3B_udm2.tif"), scratch("no.tif"), &opts));
    CHECK(rv__told_is_mask("x/20170831_172754_101c_3B_AnalyticMS_DN_udm.tif"));
    CHECK(!rv__told_is_mask("x/udm2.tif") && !rv__told_is_mask("SCL.jp2") && !rv__told_is_mask("site_2022.tif"));
}

TESTS(RUN(an_image_alone_is_told_nothing), RUN(the_eight_bands_of_udm2_become_codes),
      RUN(bits_and_classes_of_older_masks_become_codes),
      RUN(a_mask_that_cannot_be_used_is_left_out_and_the_image_stays), RUN(a_mask_is_no_image))

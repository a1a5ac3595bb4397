/* SPDX-License-Identifier: Apache-2.0 */
/* Whole images taken in: facts, working copy, and nothing left behind after a refusal. */
#include "base/mem.h"
#include "base/sha256.h"
#include "ingest/ingest.h"
#include "lib/oom.h"
#include "lib/scratch.h"

static rv_scene_info info;

static int take(const char *path, const rv__ingest_opts *opts)
{
    memset(&info, 0, sizeof info);
    snprintf(info.id, sizeof info.id, "kept");
    return rv__ingest(&info, path, scratch("working.tif"), opts);
}

static const char *four_bands(const char *name, int border)
{
    static uint16_t pixels[4 * 30 * 20];
    for (int b = 0; b < 4; b++)
        for (int r = 0; r < 20; r++)
            for (int c = 0; c < 30; c++)
                pixels[(b * 20 + r) * 30 + c] = (uint16_t)(c < border ? 0 : 1000 * b + r * 30 + c + (b > 0));
    return scratch_envi(name, pixels, sizeof pixels,
                        "samples = 30\nlines = 20\nbands = 4\ndata type = 12\n"
                        "map info = {UTM, 1, 1, 500000, 4500000, 3, 3, 36, North, WGS-84}\n");
}

TEST(an_image_becomes_a_working_copy_and_its_facts)
{
    const rv__ingest_opts opts = { .credit = "drawn by a test" };
    char hash[65];
    rv_scene *scene = NULL;
    float value[4];
    uint8_t valid;
    const int bands[] = { 0, 1, 2, 3 }, pixel[4] = { 29, 19, 1, 1 };
    CHECK(take(four_bands("site_2022-05-16", 0), &opts) == RV_OK);
    CHECK_TEXT(info.id, "kept");
    CHECK_TEXT(info.roles, "BGRN");
    CHECK_TEXT(info.crs, "EPSG:32636");
    CHECK_TEXT(info.time_source, "name");
    CHECK_TEXT(info.credit, "drawn by a test");
    CHECK(info.width == 30 && info.height == 20 && info.bands == 4 && info.bits == 16 && info.state == RV_SCENE_OK);
    CHECK(!(info.gsd_m > 0) && isnan(info.sun_azimuth_deg));
    CHECK_NEAR(info.valid_share, 1, 0);
    CHECK(rv__sha256_file(hash, scratch("site_2022-05-16")) == RV_OK);
    CHECK_TEXT(info.sha256, hash);
    CHECK(rv__sha256_file(hash, scratch("working.tif")) == RV_OK);
    CHECK_TEXT(info.working_sha256, hash);
    CHECK(rv_fields_check(rv_scene_info_fields(), &info) == RV_OK);
    CHECK(rv_scene_open(&scene, scratch("working.tif"), &info) == RV_OK);
    CHECK(rv_scene_read(scene, value, &valid, bands, 4, pixel) == RV_OK);
    CHECK(valid == 1);
    CHECK_NEAR(value[3], 3000 + 19 * 30 + 29 + 1, 0);
    rv_scene_free(scene);
}

TEST(a_zero_border_and_a_watermark_hold_no_data)
{
    const rv__ingest_opts opts = { .mask_box = "-10,-4,-0,-0" };
    rv_scene *scene = NULL;
    static float data[600];
    static uint8_t valid[600];
    const int band = 0, whole[4] = { 0, 0, 30, 20 };
    int wrong = 0;
    CHECK(take(four_bands("border", 6), &opts) == RV_OK);
    CHECK_NEAR(info.valid_share, 1 - (6 * 20 + 10 * 4) / 600.0, 1e-12);
    CHECK(rv_scene_open(&scene, scratch("working.tif"), &info) == RV_OK);
    CHECK(rv_scene_read(scene, data, valid, &band, 1, whole) == RV_OK);
    for (int i = 0; i < 600; i++)
        wrong += valid[i] != !(i % 30 < 6 || (i % 30 >= 20 && i / 30 >= 16));
    CHECK(wrong == 0);
    rv_scene_free(scene);
}

static int only_ours(const char *name, void *user)
{
    *(int *)user += strncmp(name, "working", 7) == 0;
    return 0;
}

static void check_nothing_left(int code, const char *path, const rv__ingest_opts *opts, const char *words)
{
    int left = 0;
    remove(scratch("working.tif"));
    CHECK_FAILS(code, take(path, opts));
    if (!strstr(rv_last_error(), words)) {
        printf("# \"%s\" does not say \"%s\"\n", rv_last_error(), words);
        test_failed++;
    }
    CHECK(rv__folder_each(scratch_root, only_ours, &left) == RV_OK);
    CHECK(left == 0);
    CHECK_TEXT(info.id, "kept");
}

TEST(a_refused_image_leaves_its_hash_and_no_file)
{
    static const uint8_t nothing[100];
    const rv__ingest_opts plain = { .time = NULL }, late = { .time = "soon" }, box = { .mask_box = "0,0,9" };
    const char *zero =
        scratch_envi("zero", nothing, sizeof nothing, "samples = 10\nlines = 10\nbands = 1\ndata type = 1\n");
    check_nothing_left(RV_ERR_REFUSED, zero, &plain, "no valid pixel");
    CHECK(strlen(info.sha256) == 64);
    check_nothing_left(RV_ERR_FORMAT, scratch_write("bad.tif", "II*\0junk", 8), &plain, "cannot be decoded");
    CHECK(strlen(info.sha256) == 64);
    check_nothing_left(RV_ERR_NOTFOUND, scratch("absent.tif"), &plain, "no such file");
    CHECK_TEXT(info.sha256, "");
    check_nothing_left(RV_ERR_RANGE, four_bands("a", 0), &late, "soon");
    check_nothing_left(RV_ERR_RANGE, four_bands("a", 0), &box, "0,0,9");
}

TEST(a_picture_without_a_crs_takes_the_pixel_size_given)
{
    static const uint8_t grey[100] = { [50] = 1 };
    const rv__ingest_opts opts = { .gsd_m = .5, .mask_box = "0,0,1,1" }, none = { .gsd_m = 0 };
    const char *path = scratch_envi("plain", grey, sizeof grey,
                                    "samples = 10\nlines = 10\nbands = 1\ndata type = 1\n"
                                    "data ignore value = 77\n");
    CHECK(take(path, &opts) == RV_OK);
    CHECK_TEXT(info.crs, "");
    CHECK_NEAR(info.gsd_m, .5, 0);
    CHECK_NEAR(info.valid_share, .99, 1e-12); /* zeros count: the file says what is no data */
    CHECK(take(path, &none) == RV_OK);
    CHECK_NEAR(info.gsd_m, 0, 0);
    CHECK_TEXT(info.time_source, "none");
    CHECK(isinf(info.t_min) && isinf(info.t_max));
}

static int take_whole(void *user)
{
    const rv__ingest_opts opts = { .time = "2020" };
    return take(user, &opts);
}

TEST(taking_in_survives_any_failed_allocation)
{
    char path[512];
    snprintf(path, sizeof path, "%s", four_bands("oom", 3));
    CHECK_SURVIVES_OOM(take_whole, path);
}

/* ---- shared data ---- */

TEST(the_plant_series_tells_bands_time_and_angles)
{
    const rv__ingest_opts opts = { .time = NULL };
    const char *path = test_shared("data/plant/2023-05-18.tif");
    if (!path)
        SKIP("no shared data");
    CHECK(take(path, &opts) == RV_OK);
    CHECK_TEXT(info.roles, "BGRN");
    CHECK_TEXT(info.time_source, "stac");
    CHECK_TEXT(info.crs, "EPSG:32636");
    CHECK(info.sun_elevation_deg > 0 && info.view_off_nadir_deg >= 0);
}

TEST(landsat_in_envi_files_without_extension_is_read_and_dated)
{
    const rv__ingest_opts opts = { .time = NULL };
    char t[RV_TIME_TEXT_MAX];
    const char *path = test_shared("data/taizhou/2000TM");
    if (!path)
        SKIP("no shared data");
    CHECK(take(path, &opts) == RV_OK);
    CHECK_TEXT(info.roles, "BGRNST");
    rv_date_text(t, info.t_min);
    CHECK_TEXT(t, "2000-03-17");
}

TEST(masks_beside_and_inside_transparency_and_no_data_agree_on_the_same_picture)
{
    static const char *const names[] = { "RGB.byte.tif", "RGB2.byte.tif", "RGBA.byte.tif" };
    const rv__ingest_opts opts = { .time = NULL };
    for (int i = 0; i < 3; i++) {
        char relative[64];
        snprintf(relative, sizeof relative, "data/odd-rasters/%s", names[i]);
        const char *path = test_shared(relative);
        if (!path)
            SKIP("no shared data");
        CHECK(take(path, &opts) == RV_OK);
        CHECK_TEXT(info.roles, "RGB");
        CHECK_NEAR(info.valid_share, .674, .001);
    }
}

TESTS(RUN(an_image_becomes_a_working_copy_and_its_facts), RUN(a_zero_border_and_a_watermark_hold_no_data),
      RUN(a_refused_image_leaves_its_hash_and_no_file), RUN(a_picture_without_a_crs_takes_the_pixel_size_given),
      RUN(taking_in_survives_any_failed_allocation), RUN(the_plant_series_tells_bands_time_and_angles),
      RUN(landsat_in_envi_files_without_extension_is_read_and_dated),
      RUN(masks_beside_and_inside_transparency_and_no_data_agree_on_the_same_picture))

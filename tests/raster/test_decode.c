/* SPDX-License-Identifier: Apache-2.0 */
/* Foreign files through the worker: what comes back, and with which words the others are turned away. */
#include "base/error.h"
#include "base/mem.h"
#include "lib/oom.h"
#include "lib/scratch.h"
#include "raster/decode.h"

#include <errno.h>
#include <sys/stat.h>
#include <sys/wait.h>

typedef struct taken {
    rv__decoded header;
    unsigned char samples[1 << 20];
    uint8_t valid[1 << 16];
    int rows, headers, stop_at;
} taken;

static int on_header(const rv__decoded *header, void *user)
{
    taken *t = user;
    t->header = *header;
    t->headers++;
    return RV_OK;
}

/* Keeps band-major planes of the whole picture. */
static int on_rows(const void *samples, const uint8_t *valid, int row0, int n_rows, void *user)
{
    taken *t = user;
    const size_t width = (size_t)t->header.grid.width, n = width * (size_t)n_rows;
    const size_t item = t->header.sample == RV__SAMPLE_U8 ? 1 : t->header.sample == RV__SAMPLE_F32 ? 4 : 2;
    const size_t plane = width * (size_t)t->header.grid.height;
    if (t->stop_at && row0 + n_rows >= t->stop_at)
        return rv__fail(RV_ERR_STOPPED, "enough");
    for (int b = 0; b < t->header.bands; b++)
        memcpy(t->samples + ((size_t)b * plane + (size_t)row0 * width) * item,
               (const char *)samples + (size_t)b * n * item, n * item);
    memcpy(t->valid + (size_t)row0 * width, valid, n);
    t->rows += n_rows;
    return RV_OK;
}

static taken got;

static int decode(const char *path)
{
    const rv__decode_sink sink = { on_header, on_rows, &got };
    memset(&got, 0, sizeof got);
    return rv__decode(path, &sink);
}

static void check_refused(int code, const char *path, const char *words)
{
    CHECK_FAILS(code, decode(path));
    if (!strstr(rv_last_error(), words)) {
        printf("# \"%s\" does not say \"%s\"\n", rv_last_error(), words);
        test_failed++;
    }
    CHECK(got.rows == 0);
}

TEST(what_is_no_image_is_turned_away_with_its_own_words)
{
    check_refused(RV_ERR_NOTFOUND, scratch("absent.tif"), "no such file");
    check_refused(RV_ERR_FORMAT, scratch_write("empty.tif", "", 0), "file is empty");
    mkdir(scratch("folder.tif"), 0700);
    check_refused(RV_ERR_FORMAT, scratch("folder.tif"), "is a folder");
    check_refused(RV_ERR_FORMAT, scratch_write("text.tif", "hello, world", 12), "not a raster format");
    check_refused(RV_ERR_FORMAT, scratch_write("a.gif", "GIF89a....", 10), "GIF is not");
    check_refused(RV_ERR_FORMAT, scratch_write("page.png", "<html></html>", 13), "XML or HTML");
    check_refused(RV_ERR_FORMAT, scratch_write("head.tif", "II*\0\1\0\0\0", 8), "cannot be decoded");
    check_refused(RV_ERR_REFUSED, "/dev/null", "not a regular file");
}

TEST(a_text_that_points_at_other_files_is_refused_whatever_its_name)
{
    static const char *const texts[] = { "<VRTDataset rasterXSize=\"1\"></VRTDataset>", "\xef\xbb\xbf \n<VRTDataset/>",
                                         "<?xml version=\"1.0\"?>\n<!-- x --><VRTDataset/>", "<GDAL_WMS></GDAL_WMS>" };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        check_refused(RV_ERR_REFUSED, scratch_write("image.tif", texts[i], strlen(texts[i])), "points at other files");
}

static const char *const utm = "map info = {UTM, 1, 1, 500000, 4500000, 10, 10, 36, North, WGS-84}\n";

/* 3 x 2 px, 2 bands of 16 bits. */
static const char *small_envi(const char *name, const char *more)
{
    static const uint16_t pixels[] = { 1, 2, 3, 4, 5, 60000, 7, 8, 9, 10, 11, 12 };
    char facts[512];
    snprintf(facts, sizeof facts, "samples = 3\nlines = 2\nbands = 2\ndata type = 12\n%s", more);
    return scratch_envi(name, pixels, sizeof pixels, facts);
}

TEST(a_raw_picture_with_its_header_beside_is_read)
{
    const uint16_t *v = (const uint16_t *)(const void *)got.samples;
    CHECK(decode(small_envi("raw", utm)) == RV_OK);
    CHECK(got.headers == 1 && got.rows == 2 && got.header.bands == 2 && got.header.sample == RV__SAMPLE_U16);
    CHECK_TEXT(got.header.grid.crs, "EPSG:32636");
    CHECK_NEAR(got.header.grid.gt[0], 500000, 0);
    CHECK_NEAR(got.header.grid.gt[5], -10, 0);
    CHECK(v[0] == 1 && v[5] == 60000 && v[6] == 7 && v[11] == 12);
    CHECK(memchr(got.valid, 0, 6) == NULL);
    CHECK(!got.header.says_validity);
    CHECK_TEXT(got.header.driver, "ENVI");
}

TEST(a_picture_without_georeference_lies_in_its_own_pixels)
{
    CHECK(decode(small_envi("plain", "")) == RV_OK);
    CHECK_TEXT(got.header.grid.crs, "");
    CHECK_NEAR(got.header.grid.gt[1], 1, 0);
    CHECK_NEAR(got.header.grid.gt[5], 1, 0);
}

TEST(a_file_shorter_than_its_header_promises_is_truncated)
{
    const char *path = small_envi("short", utm);
    char bytes[24] = { 0 };
    scratch_write("short", bytes, 23);
    check_refused(RV_ERR_FORMAT, path, "23 bytes, its header promises 24");
}

TEST(figures_over_a_limit_are_named_with_the_limit)
{
    static const char pixels[2000000];
    check_refused(RV_ERR_REFUSED,
                  scratch_envi("bands", pixels, 18, "samples = 1\nlines = 1\nbands = 18\ndata type = 1\n"),
                  "18 bands, limit 16");
    check_refused(
        RV_ERR_REFUSED,
        scratch_envi("wide", pixels, sizeof pixels, "samples = 2000000\nlines = 1\nbands = 1\ndata type = 1\n"),
        "2000000 x 1 px, limit 1048576");
    check_refused(RV_ERR_REFUSED,
                  scratch_envi("pole", pixels, 4,
                               "samples = 2\nlines = 2\nbands = 1\ndata type = 1\n"
                               "map info = {Geographic Lat/Lon, 1, 1, 10, 300, 1, 1, WGS-84}\n"),
                  "latitudes");
    check_refused(RV_ERR_REFUSED,
                  scratch_envi("complex", pixels, 64, "samples = 2\nlines = 2\nbands = 1\ndata type = 6\n"),
                  "CFloat32");
}

/* 2 bands x 4 px: no-data 0 must hold in both bands, -9999 in one. */
TEST(no_data_that_could_be_measured_must_hold_in_all_bands)
{
    static const uint8_t bytes[] = { 0, 0, 5, 7, 0, 3, 0, 9 };
    static const float reals[] = { -9999, 1, 2, NAN, 4, -9999, 6, INFINITY };
    const uint8_t want_bytes[] = { 0, 1, 1, 1 }, want_reals[] = { 0, 0, 1, 0 };
    const float *v = (const float *)(const void *)got.samples;
    CHECK(decode(scratch_envi("zero", bytes, sizeof bytes,
                              "samples = 4\nlines = 1\nbands = 2\ndata type = 1\ndata ignore value = 0\n")) == RV_OK);
    CHECK(memcmp(got.valid, want_bytes, 4) == 0 && got.header.says_validity);
    CHECK(decode(scratch_envi("real", reals, sizeof reals,
                              "samples = 4\nlines = 1\nbands = 2\ndata type = 4\ndata ignore value = -9999\n")) ==
          RV_OK);
    CHECK(memcmp(got.valid, want_reals, 4) == 0);
    CHECK_NEAR(v[2], 2, 0);
    CHECK_NEAR(v[0], 0, 0); /* invalid samples are zero, so that a working copy holds finite numbers alone */
    CHECK_NEAR(v[7], 0, 0);
}

/* A bitmap of 2 x 2 px whose palette is red, green, blue, white: rows from the bottom, padded to 4 bytes. */
static const char *small_bitmap(const char *name, size_t cut)
{
    unsigned char b[14 + 40 + 16 + 8] = "BM";
    static const unsigned char colours[16] = { 0, 0, 255, 0, 0, 255, 0, 0, 255, 0, 0, 0, 255, 255, 255, 0 };
    b[2] = sizeof b;
    b[10] = 14 + 40 + 16;
    b[14] = 40;
    b[18] = b[22] = 2;
    b[26] = 1;
    b[28] = 8;
    b[46] = 4;
    memcpy(b + 54, colours, sizeof colours);
    b[70] = 2; /* bottom: blue white */
    b[71] = 3;
    b[74] = 0; /* top: red green */
    b[75] = 1;
    return scratch_write(name, b, sizeof b - cut);
}

TEST(a_palette_becomes_the_colours_that_were_drawn)
{
    static const unsigned char want[] = { 255, 0, 0, 255, 0, 255, 0, 255, 0, 0, 255, 255 };
    CHECK(decode(small_bitmap("palette.bmp", 0)) == RV_OK);
    CHECK(got.header.bands == 3);
    CHECK_TEXT(got.header.interp, "RGB");
    CHECK(memcmp(got.samples, want, sizeof want) == 0);
}

TEST(a_cut_bitmap_is_truncated_not_black)
{
    check_refused(RV_ERR_FORMAT, small_bitmap("cut.bmp", 4), "truncated");
}

static uint16_t noise(int i)
{
    return (uint16_t)((uint32_t)i * 2654435761U >> 16);
}

/* Write a GeoTIFF with our own writer, give a foreign name, cut it. */
static const char *big_tiff(const char *name)
{
    enum { W = 300, H = 200 };
    static uint16_t samples[W * H];
    static uint8_t valid[W * H];
    rv_grid grid = { .crs = "EPSG:32636", .gt = { 500000, 3, 0, 4500000, 0, -3 }, .width = W, .height = H };
    rv__cog *cog = NULL;
    for (int i = 0; i < W * H; i++) {
        samples[i] = noise(i);
        valid[i] = i % 7 != 0;
    }
    if (rv__cog_begin(&cog, scratch(name), &grid, 1, RV__SAMPLE_U16) < 0 ||
        rv__cog_rows(cog, samples, valid, 0, H) < 0 || rv__cog_finish(cog) < 0)
        abort();
    return scratch(name);
}

TEST(an_internal_mask_becomes_validity)
{
    const uint16_t *v = (const uint16_t *)(const void *)got.samples;
    int wrong = 0;
    CHECK(decode(big_tiff("whole.tif")) == RV_OK);
    for (int i = 0; i < 300 * 200; i++)
        wrong += got.valid[i] != (i % 7 != 0) || v[i] != (i % 7 ? noise(i) : 0);
    CHECK(wrong == 0);
    CHECK(got.header.says_validity && got.rows == 200);
}

TEST(a_tiff_cut_anywhere_never_gives_a_whole_picture)
{
    char *bytes = NULL;
    size_t n = 0;
    CHECK(rv__file_read(&bytes, &n, big_tiff("uncut.tif"), 1 << 20) == RV_OK);
    for (size_t keep = 10; keep < n; keep += n / 23) {
        scratch_write("cut.tif", bytes, keep);
        CHECK_FAILS(RV_ERR_FORMAT, decode(scratch("cut.tif")));
        CHECK(got.rows < 200 && !strstr(rv_last_error(), scratch_root));
    }
    rv__free(bytes);
}

TEST(a_damaged_tiff_is_named_or_read_but_never_ends_the_program)
{
    char *bytes = NULL;
    size_t n = 0;
    int failed = 0;
    CHECK(rv__file_read(&bytes, &n, big_tiff("good.tif"), 1 << 20) == RV_OK);
    for (size_t at = 0; at < 600; at += 7) {
        const char before = bytes[at];
        bytes[at] = (char)(before ^ 0x5a);
        scratch_write("bad.tif", bytes, n);
        const int err = decode(scratch("bad.tif"));
        failed += err != RV_OK;
        CHECK(err == RV_OK || err == RV_ERR_FORMAT || err == RV_ERR_REFUSED);
        CHECK(err == RV_OK || (rv_last_error()[0] && !strchr(rv_last_error(), '\n')));
        bytes[at] = before;
    }
    CHECK(failed > 5);
    rv__free(bytes);
}

TEST(a_sink_that_stops_is_passed_on_and_the_worker_is_collected)
{
    const char *path = big_tiff("stop.tif");
    const rv__decode_sink sink = { on_header, on_rows, &got };
    memset(&got, 0, sizeof got);
    got.stop_at = 1;
    CHECK_FAILS(RV_ERR_STOPPED, rv__decode(path, &sink));
    CHECK_TEXT(rv_last_error(), "enough");
    CHECK(waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD);
}

/* The worker must not have closed or used what the parent has open. */
TEST(files_open_in_the_parent_stay_as_they_are)
{
    FILE *f = fopen(scratch("open.txt"), "w+");
    CHECK(f && fputs("before ", f) >= 0 && fflush(f) == 0);
    CHECK(decode(big_tiff("beside.tif")) == RV_OK);
    CHECK(decode(small_envi("beside", utm)) == RV_OK);
    CHECK(decode(big_tiff("beside.tif")) == RV_OK); /* once more: GDAL and PROJ are at home in the parent by now */
    CHECK(f && fputs("after", f) >= 0 && fflush(f) == 0 && ftell(f) == 12);
    if (f)
        fclose(f);
}

static int decode_whole(void *user)
{
    return decode(user);
}

TEST(decoding_survives_any_failed_allocation_of_the_parent)
{
    char path[512];
    snprintf(path, sizeof path, "%s", small_envi("oom", utm));
    CHECK_SURVIVES_OOM(decode_whole, path);
}

TESTS(RUN(what_is_no_image_is_turned_away_with_its_own_words),
      RUN(a_text_that_points_at_other_files_is_refused_whatever_its_name),
      RUN(a_raw_picture_with_its_header_beside_is_read), RUN(a_picture_without_georeference_lies_in_its_own_pixels),
      RUN(a_file_shorter_than_its_header_promises_is_truncated), RUN(figures_over_a_limit_are_named_with_the_limit),
      RUN(no_data_that_could_be_measured_must_hold_in_all_bands), RUN(a_palette_becomes_the_colours_that_were_drawn),
      RUN(a_cut_bitmap_is_truncated_not_black), RUN(an_internal_mask_becomes_validity),
      RUN(a_tiff_cut_anywhere_never_gives_a_whole_picture),
      RUN(a_damaged_tiff_is_named_or_read_but_never_ends_the_program),
      RUN(a_sink_that_stops_is_passed_on_and_the_worker_is_collected), RUN(files_open_in_the_parent_stay_as_they_are),
      RUN(decoding_survives_any_failed_allocation_of_the_parent))

/* SPDX-License-Identifier: Apache-2.0 */
/* IR-MAD from two files to a third. */
#include "lib/scratch.h"
#include "normalise/irmad_store.h"

#include "base/mem.h"
#include "base/rng.h"
#include "raster/gdal_read.h"

#include <revisit/irmad.h>

enum { W = 90, H = 70, BANDS = 3, PX = W * H, PLANES = BANDS + 2 };

static const char *const place = "map info = {UTM, 1, 1, 500000, 4500000, 10, 10, 36, North, WGS-84}\n";
static uint16_t first[BANDS * PX], second[BANDS * PX];

static void draw(void)
{
    rv__rng r;
    rv__rng_init(&r, 1, 0, 0, 0);
    for (size_t i = 0; i < BANDS * PX; i++) {
        const double v = 1000 + 200 * rv__rng_normal(&r),
                     noise = 10 + 20 * (double)(i / PX); /* else any mix would do */
        first[i] = (uint16_t)(v + noise * rv__rng_normal(&r));
        second[i] = (uint16_t)(1.3 * v + 50 + noise * rv__rng_normal(&r));
        if (i % PX < 60)
            second[i] = (uint16_t)(500 + 200 * rv__rng_normal(&r));
    }
    for (size_t b = 0; b < BANDS; b++)
        first[b * PX + 100] = 0; /* no data */
}

static const char *envi(const char *name, const uint16_t *pixels, const char *size, const char *more)
{
    char facts[512];
    snprintf(facts, sizeof facts, "%s\ndata type = 12\ndata ignore value = 0\n%s",
             size ? size : "samples = 90\nlines = 70\nbands = 3", more);
    return scratch_envi(name, pixels, BANDS * PX * sizeof *pixels, facts);
}

static int compare(rv_irmad *fit, const char *a, const char *b, const char *c, const rv_irmad_opts *opts)
{
    const char *const paths[3] = { a, b, c };
    return rv_irmad_write(fit, paths, opts);
}

TEST(a_file_holds_what_the_arrays_give)
{
    static float a[BANDS * PX], b[BANDS * PX], want[PLANES * PX], got[PX];
    static uint8_t valid[PX];
    rv_irmad from_files, from_arrays;
    rv__gtiff *file;
    rv_grid grid;
    int w, h, bands;
    draw();
    const char *out = scratch("c.tif");
    CHECK(compare(&from_files, envi("a", first, NULL, place), envi("b", second, NULL, place), out, NULL) == RV_OK);
    for (size_t i = 0; i < BANDS * PX; i++) {
        a[i] = first[i];
        b[i] = second[i];
        valid[i % PX] = i % PX != 100;
    }
    const rv_irmad_pair pair = { a, b, valid, PX, BANDS };
    CHECK(rv_irmad_fit(&from_arrays, &pair, NULL) == RV_OK && rv_irmad_apply(want, &from_arrays, &pair) == RV_OK);
    CHECK_NEAR(from_files.pixels, PX - 1, 0);
    CHECK(rv__gtiff_open(&file, out) == RV_OK);
    rv__gtiff_size(file, &w, &h, &bands);
    CHECK(w == W && h == H && bands == PLANES && rv__gtiff_grid(file, &grid) == RV_OK);
    CHECK_TEXT(grid.crs, "EPSG:32636");
    CHECK_NEAR(grid.gt[0], 500000, 0);
    for (int p = 0; p < PLANES; p++) {
        CHECK(rv__gtiff_read(file, got, p, (const int[]){ 0, 0, W, H }) == RV_OK);
        for (size_t i = 0; i < PX; i++) {
            const double v = (double)want[(size_t)p * PX + i];
            CHECK(i == 100 ? isnan(got[i]) : fabs((double)got[i] - v) <= 1e-5 * (1 + fabs(v)));
        }
    }
    rv__gtiff_close(file);
}

TEST(files_that_cannot_meet_are_told_by_how_much)
{
    static const struct {
        const char *size, *more, *words;
    } cases[] = {
        { "samples = 70\nlines = 90\nbands = 3", place, "b: 70 x 90 px, the first image has 90 x 70" },
        { "samples = 90\nlines = 105\nbands = 2", place, "b: 90 x 105 px, the first image has 90 x 70" },
        { "samples = 90\nlines = 70\nbands = 2", place, "b: 2 bands, the first image has 3" },
        { NULL, "map info = {UTM, 1, 1, 500025, 4500005, 10, 10, 36, North, WGS-84}\n",
          "b: lies up to 2.55 px from the first image (2.5 right, -0.5 down)" },
        { NULL, "map info = {UTM, 1, 1, 500000, 4500000, 10, 10, 37, North, WGS-84}\n", "b: lies in EPSG:32637" },
        { NULL, "", "only the first image has a georeference" },
    };
    rv_irmad fit;
    draw();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *a = envi("a", first, NULL, place), *b = envi("b", second, cases[i].size, cases[i].more);
        CHECK_FAILS(RV_ERR_MISMATCH, compare(&fit, a, b, scratch("d.tif"), NULL));
        if (!strstr(rv_last_error(), cases[i].words)) {
            printf("# \"%s\" does not say \"%s\"\n", rv_last_error(), cases[i].words);
            test_failed++;
        }
        CHECK(!rv__file_exists(scratch("d.tif")));
    }
    const rv_irmad_opts anywhere = { 30, .001, true, false };
    const char *a = envi("a", first, NULL, place), *b = envi("b", second, NULL, "");
    CHECK(compare(&fit, a, b, scratch("d.tif"), &anywhere) == RV_OK);
}

TEST(nothing_is_overwritten_unasked)
{
    rv_irmad fit;
    draw();
    const char *a = envi("a", first, NULL, place), *b = envi("b", second, NULL, place);
    const char *there = scratch_write("e.tif", "mine", 4);
    CHECK_FAILS(RV_ERR_REFUSED, compare(&fit, a, b, there, NULL));
    CHECK_FAILS(RV_ERR_REFUSED, compare(&fit, a, b, a, &(rv_irmad_opts){ 30, .001, false, true }));
    CHECK(compare(&fit, a, b, there, &(rv_irmad_opts){ 30, .001, false, true }) == RV_OK);
    CHECK_FAILS(RV_ERR_NOTFOUND, compare(&fit, a, scratch("absent"), scratch("f.tif"), NULL));
}

TEST(what_memory_does_not_hold_comes_from_a_file_the_same)
{
    enum { SW = 700, SH = 600, N = SW * SH, SB = 16 };
    float *values = malloc((size_t)N * SB * sizeof *values);
    rv__rng r;
    rv__rng_init(&r, 2, 0, 0, 0);
    for (size_t i = 0; i < (size_t)N * SB; i++)
        values[i] = (float)rv__rng_uniform(&r);
    rv__irmad_store memory, file;
    rv_ram_set((uint64_t)64 << 20);
    CHECK(rv__irmad_store_init(&memory, SW, SH, SB, NULL) == RV_OK && memory.data);
    CHECK(rv__irmad_store_init(&file, SW, SH, SB, scratch("near")) == RV_OK && !file.data);
    for (int image = 0; image < 2; image++)
        for (size_t row = 0; row < SH; row += 100) {
            const rv__irmad_rows rows = { values + row * SW, RV__SAMPLE_F32, N, NULL, row, 100 };
            CHECK(rv__irmad_store_put(&memory, image, &rows) == RV_OK);
            CHECK(rv__irmad_store_put(&file, image, &rows) == RV_OK);
        }
    const float *in_memory[2 * SB], *in_file[2 * SB];
    float *room = malloc(rv__irmad_store_room(&file) * sizeof *room);
    for (size_t b = 0; b < memory.blocks; b++) {
        CHECK(rv__irmad_store_block(in_memory, &memory, b, NULL) == RV_OK);
        CHECK(rv__irmad_store_block(in_file, &file, b, room) == RV_OK);
        for (int p = 0; p < 2 * SB; p++)
            CHECK(memcmp(in_memory[p], in_file[p], memory.stride * sizeof(float)) == 0);
    }
    CHECK_NEAR(in_memory[3][(SH - 1) % memory.rows * SW + 5], values[(size_t)3 * N + (SH - 1) * SW + 5], 0);
    rv_ram_set((uint64_t)1 << 30);
    rv__irmad_store_release(&memory);
    rv__irmad_store_release(&file);
    free(room);
    free(values);
}

TESTS(RUN(a_file_holds_what_the_arrays_give), RUN(files_that_cannot_meet_are_told_by_how_much),
      RUN(nothing_is_overwritten_unasked), RUN(what_memory_does_not_hold_comes_from_a_file_the_same))

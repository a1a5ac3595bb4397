/* SPDX-License-Identifier: Apache-2.0 */
/* Planes, tiles and windows; and the ground size of a real image's pixels. */
#include "lib/test.h"

#include <revisit/grid.h>

#include "base/mem.h"
#include "geo/ellipsoid.h"
#include "raster/gdal_read.h"
#include "raster/raster.h"

TEST(a_new_raster_is_zero_and_invalid)
{
    rv__raster r = { 0 };
    CHECK(rv__raster_init(&r, 7, 5, 3) == RV_OK);
    CHECK(rv__raster_band(&r, 2) == r.data + 70);
    double sum = 0;
    for (size_t i = 0; i < 105; i++)
        sum += fabs((double)r.data[i]) + r.valid[i % 35];
    CHECK(sum == 0);
    rv__raster_release(&r);
    CHECK(!r.data && !r.valid);
}

TEST(sizes_beyond_memory_are_an_error)
{
    rv__raster r = { 0 };
    const long live = rv__mem_live();
    CHECK_FAILS(RV_ERR_NOMEM, rv__raster_init(&r, SIZE_MAX / 2, 3, 1));
    CHECK_FAILS(RV_ERR_NOMEM, rv__raster_init(&r, 1000, 1000, SIZE_MAX / 10));
    for (long k = 1; k <= 2; k++) {
        rv__mem_fail_nth(k, false);
        CHECK_FAILS(RV_ERR_NOMEM, rv__raster_init(&r, 10, 10, 2));
    }
    rv__mem_fail_nth(0, false);
    CHECK(!r.data && rv__mem_live() == live);
}

TEST(tiles_cover_every_pixel_once)
{
    static const int sizes[][3] = { { 100, 60, 32 }, { 64, 64, 64 }, { 1, 1, 512 }, { 65, 3, 8 } };
    for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
        static int seen[100 * 64];
        const int w = sizes[k][0], h = sizes[k][1], size = sizes[k][2];
        int wrong = 0;
        memset(seen, 0, sizeof seen);
        for (size_t i = 0; i < rv__tile_count(w, h, size); i++) {
            const rv__window t = rv__tile_at(w, h, size, i);
            CHECK(t.width >= 1 && t.width <= size && t.height >= 1 && t.height <= size);
            for (int p = 0; p < t.width * t.height; p++)
                seen[(t.row0 + p / t.width) * w + t.col0 + p % t.width]++;
        }
        for (int p = 0; p < w * h; p++)
            wrong += seen[p] != 1;
        CHECK(wrong == 0);
    }
    const rv__window second = rv__tile_at(100, 60, 32, 1);
    CHECK(second.col0 == 32 && second.row0 == 0); /* along the row first */
}

TEST(a_window_grows_up_to_the_border)
{
    const rv__window w = rv__window_grow((rv__window){ 2, 10, 20, 5 }, 4, 24, 100);
    CHECK(w.col0 == 0 && w.row0 == 6 && w.width == 24 && w.height == 13);
}

TEST(a_real_image_in_degrees_has_pixels_that_are_not_square)
{
    const char *path = test_shared("data/levir/test_102_A.tif");
    rv__gtiff *file = NULL;
    rv_grid grid;
    double col_m, row_m, area;
    if (!path)
        SKIP("no shared data");
    CHECK(rv__gtiff_open(&file, path) == RV_OK);
    CHECK(rv__gtiff_grid(file, &grid) == RV_OK);
    CHECK(rv_grid_pixel_size_m(&grid, &col_m, &row_m) == RV_OK);
    CHECK(rv__pixel_area_m2(&area, &grid, 512, 512) == RV_OK);
    CHECK_NEAR(col_m, .516, .001);
    CHECK_NEAR(row_m, .595, .001);
    CHECK_NEAR(area, col_m * row_m, 1e-6);
    rv__gtiff_close(file);
}

TESTS(RUN(a_new_raster_is_zero_and_invalid), RUN(sizes_beyond_memory_are_an_error), RUN(tiles_cover_every_pixel_once),
      RUN(a_window_grows_up_to_the_border), RUN(a_real_image_in_degrees_has_pixels_that_are_not_square))

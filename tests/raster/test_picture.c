/* SPDX-License-Identifier: Apache-2.0 */
/* PNG: read back by libpng, same bytes, nothing but pixels inside. */
#include "lib/test.h"

#include "base/mem.h"
#include "base/rng.h"
#include "raster/picture.h"

#include <png.h>

enum { W = 67, H = 31 };

static void noise(uint8_t *pixels, size_t n)
{
    rv__rng rng;
    rv__rng_init(&rng, 41, 0, 0, 0);
    for (size_t i = 0; i < n; i++)
        pixels[i] = (uint8_t)(i % 5 ? i / 7 : rv__rng_u32(&rng));
}

TEST(pixels_come_back)
{
    static const int channels[3] = { 1, 3, 4 };
    static const png_uint_32 formats[3] = { PNG_FORMAT_GRAY, PNG_FORMAT_RGB, PNG_FORMAT_RGBA };
    static uint8_t pixels[W * H * 4], back[W * H * 4];
    noise(pixels, sizeof pixels);
    for (int k = 0; k < 3; k++) {
        uint8_t *bytes = NULL;
        size_t n = 0;
        png_image image = { .version = PNG_IMAGE_VERSION };
        CHECK(rv__png_encode(&bytes, &n, pixels, W, H, channels[k]) == RV_OK);
        CHECK(png_image_begin_read_from_memory(&image, bytes, n));
        CHECK(image.width == W && image.height == H && image.format == formats[k]);
        CHECK(png_image_finish_read(&image, NULL, back, 0, NULL));
        CHECK(memcmp(back, pixels, (size_t)(W * H * channels[k])) == 0);
        rv__free(bytes);
    }
}

TEST(the_same_pixels_give_the_same_bytes_and_no_chunk_tells_more)
{
    static uint8_t pixels[W * H * 3];
    uint8_t *a = NULL, *b = NULL;
    size_t n = 0, m = 0;
    noise(pixels, sizeof pixels);
    CHECK(rv__png_encode(&a, &n, pixels, W, H, 3) == RV_OK && rv__png_encode(&b, &m, pixels, W, H, 3) == RV_OK);
    CHECK(n == m && memcmp(a, b, n) == 0);
    for (size_t at = 8; at + 12 <= n;) {
        const size_t length = (size_t)a[at] << 24 | (size_t)a[at + 1] << 16 | (size_t)a[at + 2] << 8 | a[at + 3];
        CHECK(!memcmp(a + at + 4, "IHDR", 4) || !memcmp(a + at + 4, "IDAT", 4) || !memcmp(a + at + 4, "IEND", 4));
        at += length + 12;
    }
    rv__free(a);
    rv__free(b);
}

TEST(sizes_outside_the_limits_are_refused)
{
    uint8_t pixel[3] = { 0 }, *bytes = NULL;
    size_t n = 0;
    CHECK_FAILS(RV_ERR_RANGE, rv__png_encode(&bytes, &n, pixel, 0, 1, 3));
    CHECK_FAILS(RV_ERR_RANGE, rv__png_encode(&bytes, &n, pixel, 1, 1000001, 3));
    CHECK(!bytes && n == 0);
}

TEST(encoding_survives_failing_memory)
{
    static uint8_t pixels[W * H * 3];
    uint8_t *bytes = NULL;
    size_t n = 0;
    int err = RV_ERR_NOMEM, tries = 0;
    const long live = rv__mem_live();
    noise(pixels, sizeof pixels);
    for (long k = 1; err == RV_ERR_NOMEM && k < 100; k++, tries++) {
        rv__mem_fail_nth(k, false);
        err = rv__png_encode(&bytes, &n, pixels, W, H, 3);
        CHECK(err == RV_OK || (!bytes && rv__mem_live() == live));
    }
    rv__mem_fail_nth(0, false);
    CHECK(err == RV_OK && tries > 3);
    rv__free(bytes);
}

TESTS(RUN(pixels_come_back), RUN(the_same_pixels_give_the_same_bytes_and_no_chunk_tells_more),
      RUN(sizes_outside_the_limits_are_refused), RUN(encoding_survives_failing_memory))

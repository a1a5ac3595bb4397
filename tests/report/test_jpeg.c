/* SPDX-License-Identifier: Apache-2.0 */
/* Photographs of the page, read back by the decoder that reads everybody's images. */
#include "base/file.h"
#include "base/mem.h"
#include "base/rng.h"
#include "lib/test.h"
#include "raster/decode.h"
#include "report/jpeg.h"

#include <unistd.h>

enum { W = 61, H = 43 };

typedef struct reader {
    int width, height, bands;
    uint8_t samples[W * H * 3];
} reader;

static int begin(const rv__decoded *header, void *user)
{
    reader *r = user;
    r->width = header->grid.width;
    r->height = header->grid.height;
    r->bands = header->bands;
    return r->width == W && r->height == H && r->bands == 3 ? 0 : 1;
}

static int rows(const void *samples, const uint8_t *valid, int row0, int n_rows, void *user)
{
    (void)valid;
    reader *r = user;
    for (int b = 0; b < 3; b++) /* band after band, each n_rows rows */
        memcpy(r->samples + (size_t)b * W * H + (size_t)row0 * W,
               (const uint8_t *)samples + (size_t)b * W * (size_t)n_rows, (size_t)W * (size_t)n_rows);
    return 0;
}

/* A field with a bright roof, a colour ramp and a little noise. */
static void draw(uint8_t *rgb)
{
    rv__rng rng;
    rv__rng_init(&rng, 11, 0, 0, 0);
    for (int i = 0; i < W * H; i++) {
        const int x = i % W, y = i / W;
        const bool roof = x > 20 && x < 40 && y > 10 && y < 30;
        rgb[3 * i] = (uint8_t)(roof ? 230 : 60 + x + (int)rv__rng_below(&rng, 8));
        rgb[3 * i + 1] = (uint8_t)(roof ? 60 : 90 + (int)rv__rng_below(&rng, 8));
        rgb[3 * i + 2] = (uint8_t)(roof ? 50 : 40 + 2 * y + (int)rv__rng_below(&rng, 8));
    }
}

/* Root mean square of the differences, grey levels. */
static double error_at(int quality, size_t *bytes)
{
    static uint8_t rgb[W * H * 3];
    static reader r;
    char path[] = "/tmp/revisit-jpeg-XXXXXX";
    uint8_t *jpeg = NULL;
    double sum = 0;
    draw(rgb);
    CHECK(rv__jpeg_encode(&jpeg, bytes, rgb, (const int[2]){ W, H }, quality) == RV_OK);
    const int file = mkstemp(path);
    CHECK(file >= 0 && write(file, jpeg, *bytes) == (ssize_t)*bytes && close(file) == 0);
    const rv__decode_sink sink = { begin, rows, &r };
    CHECK(rv__decode(path, &sink) == RV_OK);
    for (size_t i = 0; i < (size_t)W * H; i++)
        for (size_t b = 0; b < 3; b++) {
            const double d = (double)rgb[3 * i + b] - r.samples[b * W * H + i];
            sum += d * d;
        }
    unlink(path);
    rv__free(jpeg);
    return sqrt(sum / (W * H * 3));
}

TEST(another_decoder_reads_the_picture_back)
{
    size_t fine = 0, coarse = 0;
    const double at_95 = error_at(95, &fine), at_40 = error_at(40, &coarse);
    CHECK(at_95 < 3.0);
    CHECK(at_40 < 12.0 && at_40 > at_95);
    CHECK(coarse < fine && fine < W * H * 3);
}

TEST(the_same_pixels_give_the_same_bytes)
{
    static uint8_t rgb[W * H * 3];
    uint8_t *a = NULL, *b = NULL;
    size_t na = 0, nb = 0;
    draw(rgb);
    CHECK(rv__jpeg_encode(&a, &na, rgb, (const int[2]){ W, H }, 88) == RV_OK);
    CHECK(rv__jpeg_encode(&b, &nb, rgb, (const int[2]){ W, H }, 88) == RV_OK);
    CHECK(na == nb && memcmp(a, b, na) == 0);
    rv__free(a);
    rv__free(b);
}

TEST(one_pixel_is_a_picture_too)
{
    const uint8_t pixel[3] = { 200, 100, 50 };
    uint8_t *jpeg = NULL;
    size_t n = 0;
    CHECK(rv__jpeg_encode(&jpeg, &n, pixel, (const int[2]){ 1, 1 }, 1) == RV_OK);
    CHECK(n > 600 && jpeg[0] == 0xFF && jpeg[1] == 0xD8 && jpeg[n - 2] == 0xFF && jpeg[n - 1] == 0xD9);
    rv__free(jpeg);
}

TESTS(RUN(another_decoder_reads_the_picture_back), RUN(the_same_pixels_give_the_same_bytes),
      RUN(one_pixel_is_a_picture_too))

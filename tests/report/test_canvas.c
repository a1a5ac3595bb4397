/* SPDX-License-Identifier: Apache-2.0 */
/* Drawing: the same drawing gives the same bytes, and colours come out as they went in. */
#include "base/mem.h"
#include "lib/test.h"
#include "report/canvas.h"

enum { W = 160, H = 90 };

static void draw(rv__canvas *canvas)
{
    static const rv_point triangle[3] = { { 10, 10 }, { 100.5, 20.25 }, { 40, 80 } };
    static const uint8_t rgb[12] = { 255, 0, 0, 0, 255, 0, 0, 0, 255, 90, 90, 90 };
    CHECK(rv__canvas_picture(canvas, rgb, 2, 2, (const double[4]){ 100, 30, 50, 50 }) == RV_OK);
    rv__canvas_path(canvas, triangle, 3, 1, (rv__pen){ 0xE69F00FF, 0x000000B0, 2, 6 });
    rv__canvas_disc(canvas, 60, 45, 12, 0x1A1A1AE0, (rv__pen){ 0xFFFFFFFF, 0, 1.4, 0 });
    rv__canvas_text(canvas, 60, 50, (rv__type){ 14, 1, RV__CENTRE, 0xFFFFFFFF, 0x000000B0 }, "12 \xC2\xB7 m\xC2\xB2");
}

static void encode(uint8_t **png, size_t *n, uint32_t background)
{
    rv__canvas *canvas = NULL;
    CHECK(rv__canvas_new(&canvas, W, H, background) == RV_OK);
    draw(canvas);
    CHECK(rv__canvas_png(png, n, canvas) == RV_OK);
    rv__canvas_free(canvas);
}

TEST(the_same_drawing_gives_the_same_bytes)
{
    static const uint32_t backgrounds[2] = { 0xF4F4F2FF, 0x00000000 };
    for (int i = 0; i < 2; i++) {
        uint8_t *a = NULL, *b = NULL;
        size_t na = 0, nb = 0;
        encode(&a, &na, backgrounds[i]);
        encode(&b, &nb, backgrounds[i]);
        CHECK(na > 100 && na == nb && memcmp(a, b, na) == 0);
        rv__free(a);
        rv__free(b);
    }
}

static uint8_t *pixels_of(uint32_t background, uint32_t rectangle)
{
    rv__canvas *canvas = NULL;
    uint8_t *out = NULL;
    CHECK(rv__canvas_new(&canvas, W, H, background) == RV_OK);
    rv__canvas_rect(canvas, 10, 10, 20, 20, rectangle);
    CHECK(rv__canvas_pixels(&out, canvas) == RV_OK);
    rv__canvas_free(canvas);
    return out;
}

TEST(an_opaque_background_gives_three_bytes_a_pixel_as_they_went_in)
{
    uint8_t *p = pixels_of(0x102030FF, 0xE69F00FF);
    const size_t inside = 3 * (15 * W + 15);
    CHECK(p[0] == 0x10 && p[1] == 0x20 && p[2] == 0x30);
    CHECK(p[inside] == 0xE6 && p[inside + 1] == 0x9F && p[inside + 2] == 0x00);
    rv__free(p);
}

TEST(a_clear_background_lets_the_picture_below_show_through)
{
    uint8_t *p = pixels_of(0x00000000, 0x00FF0080);
    const size_t inside = 4 * (15 * W + 15);
    CHECK(p[3] == 0);
    CHECK(p[inside + 3] == 0x80);
    CHECK(p[inside] == 0 && p[inside + 1] == 0xFF && p[inside + 2] == 0);
    rv__free(p);
}

TEST(nothing_is_drawn_outside_a_clip)
{
    rv__canvas *canvas = NULL;
    uint8_t *p = NULL;
    CHECK(rv__canvas_new(&canvas, W, H, 0xFFFFFFFF) == RV_OK);
    rv__canvas_clip(canvas, 20, 20, 30, 30);
    rv__canvas_rect(canvas, 0, 0, W, H, 0x000000FF);
    rv__canvas_unclip(canvas);
    rv__canvas_rect(canvas, 100, 0, 1, 1, 0x000000FF);
    CHECK(rv__canvas_pixels(&p, canvas) == RV_OK);
    size_t black = 0;
    for (size_t i = 0; i < (size_t)W * H; i++)
        black += p[3 * i] == 0;
    CHECK(black == 30 * 30 + 1);
    rv__free(p);
    rv__canvas_free(canvas);
}

TEST(a_text_twice_as_large_is_twice_as_wide)
{
    rv__canvas *canvas = NULL;
    CHECK(rv__canvas_new(&canvas, W, H, 0xFFFFFFFF) == RV_OK);
    const double small = rv__canvas_text_width(canvas, (rv__type){ 10, 0, RV__LEFT, 0xFF, 0 }, "between 30 April");
    const double large = rv__canvas_text_width(canvas, (rv__type){ 20, 0, RV__LEFT, 0xFF, 0 }, "between 30 April");
    CHECK(small > 40);
    CHECK_NEAR(large / small, 2.0, 0.02);
    rv__canvas_free(canvas);
}

TESTS(RUN(the_same_drawing_gives_the_same_bytes), RUN(an_opaque_background_gives_three_bytes_a_pixel_as_they_went_in),
      RUN(a_clear_background_lets_the_picture_below_show_through), RUN(nothing_is_drawn_outside_a_clip),
      RUN(a_text_twice_as_large_is_twice_as_wide))

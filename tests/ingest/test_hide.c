/* SPDX-License-Identifier: Apache-2.0 */
/* Watermark boxes and zero borders. Pictures are drawn in text: '.' valid, '0' zero, ' ' invalid. */
#include "base/rng.h"
#include "ingest/hide.h"
#include "lib/test.h"

static void check_hidden(const char *before, const char *after, int width, int height)
{
    uint8_t plane[400];
    char got[401] = "";
    size_t hidden = 0;
    const int n = width * height;
    for (int i = 0; i < n; i++)
        plane[i] = before[i] == '.' ? RV__PLANE_VALID : before[i] == '0' ? RV__PLANE_ZERO : RV__PLANE_INVALID;
    const size_t said = rv__hide_zero_border(plane, width, height);
    for (int i = 0; i < n; i++) {
        got[i] = plane[i] ? '.' : ' ';
        hidden += before[i] == '0' && !plane[i];
    }
    CHECK_TEXT(got, after);
    CHECK(said == hidden);
}

TEST(zeros_joined_to_the_border_are_no_data_and_those_inside_are)
{
    check_hidden("00000000"
                 "00....00"
                 "0..00..0"
                 "0..00..0"
                 "00....0."
                 "0000000.",
                 "        "
                 "  ....  "
                 " ...... "
                 " ...... "
                 "  .... ."
                 "       .",
                 8, 6);
}

TEST(a_winding_gap_is_followed_by_edges_and_not_by_corners)
{
    check_hidden(".........."
                 ".0000000.."
                 ".0.....0.."
                 ".0.000.0.."
                 ".0.0.0.0.0"
                 ".0.0...0.0"
                 ".0.00000.0"
                 ".0......0."
                 ".000000000"
                 "..........",
                 ".........."
                 ".       .."
                 ". ..... .."
                 ". .   . .."
                 ". . . . . "
                 ". . ... . "
                 ". .     . "
                 ". ...... ."
                 ".         "
                 "..........",
                 10, 10);
}

/* The slow, obvious way: a stack of pixels. */
static void flood(uint8_t *plane, int w, int h)
{
    static int todo[64 * 64 * 5];
    int n = 0;
    for (int i = 0; i < w * h; i++)
        if (i % w == 0 || i % w == w - 1 || i < w || i >= w * (h - 1))
            todo[n++] = i;
    while (n) {
        const int i = todo[--n];
        if (plane[i] != RV__PLANE_ZERO)
            continue;
        plane[i] = RV__PLANE_INVALID;
        if (i % w > 0)
            todo[n++] = i - 1;
        if (i % w < w - 1)
            todo[n++] = i + 1;
        if (i >= w)
            todo[n++] = i - w;
        if (i < w * (h - 1))
            todo[n++] = i + w;
    }
    for (int i = 0; i < w * h; i++)
        plane[i] = plane[i] ? RV__PLANE_VALID : RV__PLANE_INVALID;
}

TEST(any_picture_gives_what_a_flood_from_the_border_gives)
{
    static uint8_t a[64 * 64], b[64 * 64];
    rv__rng rng;
    rv__rng_init(&rng, 3, 0, 0, 0);
    for (int trial = 0; trial < 300; trial++) {
        const int w = 1 + (int)rv__rng_below(&rng, 64), h = 1 + (int)rv__rng_below(&rng, 64);
        const double zeros = rv__rng_uniform(&rng);
        for (int i = 0; i < w * h; i++)
            a[i] = b[i] = rv__rng_uniform(&rng) < zeros ? RV__PLANE_ZERO : (uint8_t)rv__rng_below(&rng, 2);
        rv__hide_zero_border(a, w, h);
        flood(b, w, h);
        CHECK(memcmp(a, b, (size_t)(w * h)) == 0);
    }
}

TEST(boxes_are_clipped_and_may_count_from_the_far_edge)
{
    rv__boxes b;
    uint8_t valid[10 * 8];
    int left = 0;
    CHECK(rv__boxes_parse(&b, "0,0,3,2;-4,-2,-0,-0;8,3,1000,4") == RV_OK && b.n == 3);
    CHECK(rv__boxes_place(&b, 10, 8) == RV_OK);
    memset(valid, 1, sizeof valid);
    rv__boxes_apply(valid, &b, 10, 0, 3); /* in two parts, as rows come */
    rv__boxes_apply(valid + 30, &b, 10, 3, 5);
    for (int r = 0; r < 8; r++)
        for (int c = 0; c < 10; c++) {
            const bool hidden = (c < 3 && r < 2) || (c >= 6 && r >= 6) || (c >= 8 && r == 3);
            left += valid[r * 10 + c] != !hidden;
        }
    CHECK(left == 0);
}

TEST(boxes_that_make_no_sense_are_out_of_range)
{
    static const char *const bad[] = { "1,2,3", "1,2,3,4,5", "a,b,c,d", "1,2,,4", "1;2;3;4", "1e9,0,1,1", "nan,0,1,1" };
    rv__boxes b;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        CHECK_FAILS(RV_ERR_RANGE, rv__boxes_parse(&b, bad[i]));
    CHECK(rv__boxes_parse(&b, NULL) == RV_OK && b.n == 0);
    CHECK(rv__boxes_parse(&b, "5,5,5,9") == RV_OK);
    CHECK_FAILS(RV_ERR_RANGE, rv__boxes_place(&b, 10, 10));
    CHECK(rv__boxes_parse(&b, "20,0,30,9") == RV_OK);
    CHECK_FAILS(RV_ERR_RANGE, rv__boxes_place(&b, 10, 10));
    CHECK(strstr(rv_last_error(), "20,0,30,9") && strstr(rv_last_error(), "10 x 10"));
}

TESTS(RUN(zeros_joined_to_the_border_are_no_data_and_those_inside_are),
      RUN(a_winding_gap_is_followed_by_edges_and_not_by_corners),
      RUN(any_picture_gives_what_a_flood_from_the_border_gives), RUN(boxes_are_clipped_and_may_count_from_the_far_edge),
      RUN(boxes_that_make_no_sense_are_out_of_range))

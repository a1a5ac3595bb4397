/* SPDX-License-Identifier: Apache-2.0 */
/* The smooth field of a gain: text and back, and its values. */
#include "model/haze.h"

#include "lib/test.h"

#include <revisit/stack.h>

static const rv__haze slope = { 3, 2, { 0, 1, 2, 10, 11, 12 } };

TEST(a_field_comes_back_from_its_text)
{
    char text[RV_FIELD_TEXT_MAX];
    rv__haze full = { RV__HAZE_SIDE, RV__HAZE_SIDE, { 0 } }, back;
    for (int scale = -12; scale <= 12; scale += 4) {
        for (int i = 0; i < RV__HAZE_KNOTS; i++)
            full.value[i] = pow(10, scale) * (i % 2 ? -99999.4 : 1234.5678 * i);
        rv__haze_text(text, &full);
        CHECK(strlen(text) < RV_FIELD_TEXT_MAX - 1 && rv__haze_parse(&back, text) == RV_OK);
        CHECK(back.cols == full.cols && back.rows == full.rows);
        for (int i = 0; i < RV__HAZE_KNOTS; i++)
            CHECK_NEAR(back.value[i], full.value[i], 1e-5 * pow(10, scale) * 99999.4);
    }
    rv__haze_text(text, &slope);
    CHECK_TEXT(text, "3 2 0.001 0 1000 2000 10000 11000 12000");
}

TEST(no_field_is_an_empty_text)
{
    const rv__haze none = { 0 }, zero = { 2, 2, { 0 } };
    rv__haze back = slope;
    char text[RV_FIELD_TEXT_MAX];
    rv__haze_text(text, &none);
    CHECK_TEXT(text, "");
    rv__haze_text(text, &zero);
    CHECK_TEXT(text, "");
    CHECK(rv__haze_parse(&back, "") == RV_OK && back.cols == 0);
}

TEST(a_text_that_is_no_field_is_refused)
{
    static const char *const texts[] = { "3",       "3 2 1 1 2 3 4 5",   "3 2 1 1 2 3 4 5 6 7", "1 2 1 1 2",
                                         "9 2 1 1", "3 2 0 1 2 3 4 5 6", "3 2 1 1 2 3 4 5 x",   "2 2 1 1 2 3 1e999" };
    rv__haze back;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        CHECK_FAILS(RV_ERR_FORMAT, rv__haze_parse(&back, texts[i]));
}

TEST(knots_lie_from_edge_to_edge_with_straight_lines_between)
{
    float row[101] = { 0 };
    uint8_t mask[101] = { 0 };
    mask[7] = RV_MASK_OUTSIDE;
    rv__haze_add(row, mask, 101, &slope, (const int[]){ 0, 0, 101, 51 });
    for (int i = 0; i < 101; i++)
        CHECK_NEAR(row[i], i == 7 ? 0 : i / 50.0, 1e-6);
    memset(row, 0, sizeof row);
    rv__haze_add(row, mask, 21, &slope, (const int[]){ 40, 25, 101, 51 });
    for (int i = 8; i < 21; i++)
        CHECK_NEAR(row[i], (40 + i) / 50.0 + 5, 1e-5);
}

TESTS(RUN(a_field_comes_back_from_its_text), RUN(no_field_is_an_empty_text), RUN(a_text_that_is_no_field_is_refused),
      RUN(knots_lie_from_edge_to_edge_with_straight_lines_between))

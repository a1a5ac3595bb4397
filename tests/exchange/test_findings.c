/* SPDX-License-Identifier: Apache-2.0 */
/* The words of a comparison. */
#include "exchange/findings.h"
#include "lib/test.h"

static const char *verdict(double lo, double hi)
{
    static char text[96];
    rv__ratio_verdict(text, sizeof text, lo, hi);
    return text;
}

TEST(a_ratio_is_said_in_per_cent_rounded_outwards)
{
    CHECK_TEXT(verdict(1.55, 1.66), "between 55 and 66 % larger");
    CHECK_TEXT(verdict(1.559, 1.651), "between 55 and 66 % larger");
    CHECK_TEXT(verdict(1.0, 1.2), "between 0 and 20 % larger");
    CHECK_TEXT(verdict(0.7, 0.85), "between 15 and 30 % smaller");
    CHECK_TEXT(verdict(0.95, 1.1), "between 5 % smaller and 10 % larger");
    CHECK_TEXT(verdict(2.15, 2.61), "between 2.1 and 2.7 times as large");
    CHECK_TEXT(verdict(9.99, 10.0), "between 9.9 and 10.0 times as large");
}

TEST(an_unknown_ratio_has_no_words)
{
    CHECK_TEXT(verdict((double)NAN, (double)NAN), "");
    CHECK_TEXT(verdict(1.5, (double)INFINITY), "");
    CHECK_TEXT(verdict(0, 1), "");
}

TEST(flags_are_named_in_a_fixed_order)
{
    size_t i = 0;
    const int flags = RV_FLAG_POOR_FIT | RV_FLAG_DARK_ROOF;
    CHECK_TEXT(rv__flag_next(flags, &i), "dark_roof");
    CHECK_TEXT(rv__flag_next(flags, &i), "poor_fit");
    CHECK(rv__flag_next(flags, &i) == NULL);
}

TESTS(RUN(a_ratio_is_said_in_per_cent_rounded_outwards), RUN(an_unknown_ratio_has_no_words),
      RUN(flags_are_named_in_a_fixed_order))

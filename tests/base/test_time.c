/* SPDX-License-Identifier: Apache-2.0 */
/* Calendar, periods and dates in file names: tables a reader can extend, a slow calendar, and random text. */
#include "base/time.h"

#include "base/rng.h"
#include "lib/test.h"

static bool is_leap(int year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

/* The slow calendar: count every day from 1 January of year 1, which was day -719162 of ours. */
TEST(the_calendar_agrees_with_counting_days_from_year_1_to_2500)
{
    static const int length[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    long day = -719162, wrong = 0;
    for (int year = 1; year <= 2500; year++)
        for (int month = 1; month <= 12; month++)
            for (int d = 1; d <= length[month - 1] + (month == 2 && is_leap(year)); d++, day++) {
                int got_year, got_month, got_day;
                const double t = rv__time_of_date(year, month, d);
                rv__date_of_time(t + 86399, &got_year, &got_month, &got_day);
                wrong += t != 86400.0 * (double)day || got_year != year || got_month != month || got_day != d;
            }
    CHECK(wrong == 0);
    CHECK_NEAR(rv__time_of_date(1970, 1, 1), 0, 0);
}

/* Input and the two ends of the period as text. */
static const struct {
    const char *text, *t_min, *t_max;
} periods[] = {
    { "2022", "2022-01-01T00:00:00Z", "2022-12-31T23:59:59Z" },
    { "2022-05", "2022-05-01T00:00:00Z", "2022-05-31T23:59:59Z" },
    { "2022-05-16", "2022-05-16T00:00:00Z", "2022-05-16T23:59:59Z" },
    { "2022-05-16T10Z", "2022-05-16T10:00:00Z", "2022-05-16T10:59:59Z" },
    { "2022-05-16T10:18Z", "2022-05-16T10:18:00Z", "2022-05-16T10:18:59Z" },
    { "2022-05-16T10:18:15Z", "2022-05-16T10:18:15Z", "2022-05-16T10:18:15Z" },
    { "2022-05-16T10:18:15", "2022-05-16T10:18:15Z", "2022-05-16T10:18:15Z" },
    { "2022-05-16 10:18:15z", "2022-05-16T10:18:15Z", "2022-05-16T10:18:15Z" },
    /* zones */
    { "2022-05-16T10:18:15+02:00", "2022-05-16T08:18:15Z", "2022-05-16T08:18:15Z" },
    { "2022-05-16T10:18:15-0330", "2022-05-16T13:48:15Z", "2022-05-16T13:48:15Z" },
    { "2022-01-01T00:30+01", "2021-12-31T23:30:00Z", "2021-12-31T23:30:59Z" },
    { "2022-05-16T10:18:15.5+02:00", "2022-05-16T08:18:15.5Z", "2022-05-16T08:18:15.5Z" },
    { "2022-05-16T10:18:15,25Z", "2022-05-16T10:18:15.25Z", "2022-05-16T10:18:15.25Z" },
    /* leap days and seconds */
    { "2020-02", "2020-02-01T00:00:00Z", "2020-02-29T23:59:59Z" },
    { "2021-02", "2021-02-01T00:00:00Z", "2021-02-28T23:59:59Z" },
    { "1900-02", "1900-02-01T00:00:00Z", "1900-02-28T23:59:59Z" },
    { "2000-02-29", "2000-02-29T00:00:00Z", "2000-02-29T23:59:59Z" },
    { "2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z", "2017-01-01T00:00:00Z" },
    /* ranges */
    { "2022/2023", "2022-01-01T00:00:00Z", "2023-12-31T23:59:59Z" },
    { "2022-05-16/2022-06", "2022-05-16T00:00:00Z", "2022-06-30T23:59:59Z" },
    { "2022-05-16..2022-06-02T10:00:00Z", "2022-05-16T00:00:00Z", "2022-06-02T10:00:00Z" },
    { "2022-05/2022-05", "2022-05-01T00:00:00Z", "2022-05-31T23:59:59Z" },
    { "../2022-05", "", "2022-05-31T23:59:59Z" },
    { "2022-05/..", "2022-05-01T00:00:00Z", "" },
    { "2022-05..", "2022-05-01T00:00:00Z", "" },
    { "..2022-05", "", "2022-05-31T23:59:59Z" },
    { "/2022-05", "", "2022-05-31T23:59:59Z" },
    { "0001-01-01", "0001-01-01T00:00:00Z", "0001-01-01T23:59:59Z" },
    { "9999", "9999-01-01T00:00:00Z", "9999-12-31T23:59:59Z" },
};

TEST(a_period_covers_what_its_precision_leaves_open)
{
    for (size_t i = 0; i < sizeof periods / sizeof *periods; i++) {
        rv_period p = { NAN, NAN };
        char text[RV_TIME_TEXT_MAX];
        if (rv_period_parse(&p, periods[i].text) != RV_OK)
            printf("# refused: %s\n", periods[i].text);
        rv_time_text(text, p.t_min);
        CHECK_TEXT(text, periods[i].t_min);
        rv_time_text(text, p.t_max);
        CHECK_TEXT(text, periods[i].t_max);
        CHECK(p.t_min <= p.t_max);
    }
}

static const char *const no_periods[] = {
    "",
    " ",
    "22",
    "202",
    "20222",
    "2022-",
    "2022-5",
    "2022-13",
    "2022-00",
    "2022-05-",
    "2022-05-32",
    "2022-05-00",
    "2022-02-29",
    "1900-02-29",
    "2100-02-29",
    "2022-04-31",
    "2022-05-16T",
    "2022-05-16T24:00:00Z",
    "2022-05-16T10:60Z",
    "2022-05-16T10:18:60Z",
    "2022-05-16T10:18:61Z",
    "2022-05-16T10:18:",
    "2022-05-16T1:18Z",
    "2022-05-16T10:18:15.Z",
    "2022-05-16T10:18:15+24:00",
    "2022-05-16T10:18:15+02:60",
    "2022-05-16T10:18:15+2",
    "2022-05-16T10:18:15ZZ",
    "2022-05-16T10:18:15 ",
    " 2022",
    "2022Z",
    "2022-05Z",
    "2022-05-16Z",
    "2022-05T10:00",
    "20220516",
    "2022/05/16",
    "16.05.2022",
    "2022.05",
    "yesterday",
    "-2022",
    "+2022",
    "2022_05",
    "..",
    "../..",
    "/",
    "2023/2022",
    "2022-06..2022-05",
    "2022/2023/2024",
    "2022...2023",
    "2022-05-16T10:18:15+",
    "2022-0x-01",
    "\xd9\xa2\xd9\xa0\xd9\xa2\xd9\xa2",
    "2022-05-16T10:18:15+02:",
};

TEST(what_is_no_date_is_refused_and_leaves_the_output_alone)
{
    for (size_t i = 0; i < sizeof no_periods / sizeof *no_periods; i++) {
        rv_period p = { 1, 2 };
        if (rv_period_parse(&p, no_periods[i]) != RV_ERR_FORMAT)
            printf("# accepted: '%s'\n", no_periods[i]);
        CHECK_FAILS(RV_ERR_FORMAT, rv_period_parse(&p, no_periods[i]));
        CHECK(p.t_min == 1 && p.t_max == 2);
    }
    rv_period p;
    rv_period_parse(&p, "2022-02-30");
    CHECK(strstr(rv_last_error(), "'2022-02-30' is no date") != NULL);
}

static const struct {
    const char *name, *t_min, *t_max; /* t_min NULL: no date in it */
} names[] = {
    { "2022-05-16.tif", "2022-05-16T00:00:00Z", "2022-05-16T23:59:59Z" },
    { "2022_05.jpg", "2022-05-01T00:00:00Z", "2022-05-31T23:59:59Z" },
    { "2009_12.jpg", "2009-12-01T00:00:00Z", "2009-12-31T23:59:59Z" },
    { "2022_05_16", "2022-05-16T00:00:00Z", "2022-05-16T23:59:59Z" },
    { "site-2022.05.16.png", "2022-05-16T00:00:00Z", "2022-05-16T23:59:59Z" },
    { "20220516_101815_ssc4_u0001_visual.tif", "2022-05-16T10:18:15Z", "2022-05-16T10:18:15Z" },
    { "S2A_MSIL2A_20220516T101601_N0400_R065_T32TPT_20220516T163502.SAFE", "2022-05-16T10:16:01Z",
      "2022-05-16T10:16:01Z" },
    { "2022-05-16T10.18.15.tif", "2022-05-16T10:18:15Z", "2022-05-16T10:18:15Z" },
    { "2022-05-16T10:18:15Z.tif", "2022-05-16T10:18:15Z", "2022-05-16T10:18:15Z" },
    { "2022-05-16_10-18-15.tif", "2022-05-16T10:18:15Z", "2022-05-16T10:18:15Z" },
    { "2022-05-16_101815.tif", "2022-05-16T10:18:15Z", "2022-05-16T10:18:15Z" },
    /* the longest wins, the first among equals */
    { "2021_03_plant_2022-05-16.tif", "2022-05-16T00:00:00Z", "2022-05-16T23:59:59Z" },
    { "2022-05-16_2023-06-17.tif", "2022-05-16T00:00:00Z", "2022-05-16T23:59:59Z" },
    { "before_2020_02_29_after", "2020-02-29T00:00:00Z", "2020-02-29T23:59:59Z" },
    /* a day that does not exist leaves the month, a wrong time leaves the day */
    { "2021_02_29", "2021-02-01T00:00:00Z", "2021-02-28T23:59:59Z" },
    { "2022-05-16_256199.tif", "2022-05-16T00:00:00Z", "2022-05-16T23:59:59Z" },
    { "2022-05-16_1024.tif", "2022-05-16T00:00:00Z", "2022-05-16T23:59:59Z" },
    /* no dates */
    { "2022.tif", NULL, NULL },
    { "20220516.tif", NULL, NULL },
    { "test_102_A.tif", NULL, NULL },
    { "2003TM", NULL, NULL },
    { "LC08_L2SP_192026_20220516_20220520_02_T1", NULL, NULL },
    { "12022-05-16.tif", NULL, NULL },
    { "2022-051.tif", NULL, NULL },
    { "2022_13.tif", NULL, NULL },
    { "1024_10.tif", NULL, NULL },
    { "2022.05.tif", NULL, NULL },
    { "scene", NULL, NULL },
    { "", NULL, NULL },
};

TEST(a_file_name_tells_its_date_or_none)
{
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        rv_period p = { 1, 2 };
        const int err = rv__period_from_name(&p, names[i].name);
        if (!names[i].t_min) {
            if (err != RV_ERR_NOTFOUND)
                printf("# found a date in: %s\n", names[i].name);
            CHECK(err == RV_ERR_NOTFOUND && p.t_min == 1 && p.t_max == 2);
            continue;
        }
        char text[RV_TIME_TEXT_MAX];
        CHECK(err == RV_OK);
        rv_time_text(text, p.t_min);
        CHECK_TEXT(text, names[i].t_min);
        rv_time_text(text, p.t_max);
        CHECK_TEXT(text, names[i].t_max);
    }
}

TEST(times_have_text_and_open_ends_have_none)
{
    char text[RV_TIME_TEXT_MAX];
    rv_time_text(text, 1652696295);
    CHECK_TEXT(text, "2022-05-16T10:18:15Z");
    rv_date_text(text, 1652696295);
    CHECK_TEXT(text, "2022-05-16");
    rv_time_text(text, -1);
    CHECK_TEXT(text, "1969-12-31T23:59:59Z");
    rv_date_text(text, -1);
    CHECK_TEXT(text, "1969-12-31");
    rv_time_text(text, 59.9999999);
    CHECK_TEXT(text, "1970-01-01T00:01:00Z");
    rv_time_text(text, 0.000001);
    CHECK_TEXT(text, "1970-01-01T00:00:00.000001Z");
    const double none[] = { INFINITY, -INFINITY, NAN, 1e18 };
    for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
        rv_time_text(text, none[i]);
        CHECK_TEXT(text, "");
        rv_date_text(text, none[i]);
        CHECK_TEXT(text, "");
    }
}

TEST(a_time_written_and_read_is_the_same)
{
    rv__rng rng;
    rv__rng_init(&rng, 5, 0, 0, 0);
    for (int i = 0; i < 20000; i++) {
        char text[RV_TIME_TEXT_MAX];
        rv_period p = { NAN, NAN };
        const double t = rv__rng_between(&rng, rv__time_of_date(1, 1, 1), rv__time_of_date(9999, 12, 31));
        const double second = floor(t);
        rv_time_text(text, second);
        CHECK(rv_period_parse(&p, text) == RV_OK && p.t_min == second && p.t_max == second);
        rv_time_text(text, t);
        CHECK(rv_period_parse(&p, text) == RV_OK);
        CHECK_NEAR(p.t_min, t, 5e-5); /* doubles are 3e-5 s apart in the year 9999 */
    }
}

/* Any text made of the letters dates are made of is refused, or gives a period whose ends are in order. */
TEST(random_text_is_refused_or_gives_an_ordered_period)
{
    static const char letters[] = "0123456789012345678920-:-T.Z/+ _..";
    static const char start[] = "2022-05-16T10:18:15.5+02:00/2023-01-31";
    rv__rng rng;
    rv__rng_init(&rng, 6, 0, 0, 0);
    int accepted = 0, found = 0;
    for (int i = 0; i < 300000; i++) {
        char text[64] = "";
        const uint32_t n = rv__rng_below(&rng, sizeof start);
        memcpy(text, start, n);
        for (uint32_t k = rv__rng_below(&rng, 5); k > 0; k--)
            text[rv__rng_below(&rng, n + 1)] = letters[rv__rng_below(&rng, sizeof letters - 1)];
        rv_period p = { 1, 2 };
        if (rv_period_parse(&p, text) == RV_OK) {
            CHECK(p.t_min <= p.t_max && (isfinite(p.t_min) || isfinite(p.t_max)));
            accepted++;
        } else {
            CHECK(p.t_min == 1 && p.t_max == 2);
        }
        if (rv__period_from_name(&p, text) == RV_OK) {
            CHECK(p.t_min <= p.t_max && p.t_min >= rv__time_of_date(1900, 1, 1));
            found++;
        }
    }
    CHECK(accepted > 1000 && accepted < 299000);
    CHECK(found > 1000 && found < 299000);
}

TEST(clocks_run_forward)
{
    const double a = rv__clock(), b = rv__clock();
    CHECK(b >= a);
    CHECK(rv__now() > rv__time_of_date(2024, 1, 1));
}

TESTS(RUN(the_calendar_agrees_with_counting_days_from_year_1_to_2500),
      RUN(a_period_covers_what_its_precision_leaves_open), RUN(what_is_no_date_is_refused_and_leaves_the_output_alone),
      RUN(a_file_name_tells_its_date_or_none), RUN(times_have_text_and_open_ends_have_none),
      RUN(a_time_written_and_read_is_the_same), RUN(random_text_is_refused_or_gives_an_ordered_period),
      RUN(clocks_run_forward))

/* SPDX-License-Identifier: Apache-2.0 */
/* What the report says of a number, a date and a kind: never more than is known. */
#include "base/mem.h"
#include "base/rng.h"
#include "base/time.h"
#include "lib/test.h"
#include "report/sentence.h"

#define NBSP "\xC2\xA0"
#define DASH "\xE2\x80\x93"
#define M2 NBSP "m\xC2\xB2"

static const char *number(double value, double sigma)
{
    static char text[64];
    rv__str out = { 0 };
    rv__words_number(&out, value, rv__words_decimals(sigma));
    snprintf(text, sizeof text, "%s", out.s);
    rv__str_release(&out);
    return text;
}

TEST(a_number_ends_where_its_sigma_begins)
{
    CHECK_TEXT(number(1847.3, 45), "1" NBSP "850");
    CHECK_TEXT(number(1847.3, 14), "1" NBSP "847");
    CHECK_TEXT(number(1847.3, 400), "1" NBSP "800");
    CHECK_TEXT(number(61.237, 0.4), "61.2");
    CHECK_TEXT(number(61.237, 0.12), "61.24");
    CHECK_TEXT(number(0.04321, 0.005), "0.043");
}

TEST(a_rounded_number_is_within_half_a_sigma_and_has_at_most_two_digits_of_it)
{
    rv__rng rng;
    rv__rng_init(&rng, 7, 0, 0, 0);
    for (int i = 0; i < 2000; i++) {
        const double sigma = pow(10, -4 + 9 * rv__rng_uniform(&rng)), value = sigma * 1000 * rv__rng_uniform(&rng);
        const int decimals = rv__words_decimals(sigma);
        const double unit = pow(10, -decimals);
        CHECK(unit / 2 <= 0.5 * sigma);
        CHECK(sigma / unit < 29.6); /* two digits only of a sigma that begins with 1 or 2 */
        char plain[64];
        size_t k = 0;
        for (const char *p = number(value, sigma); *p; p++)
            if ((unsigned char)*p < 128)
                plain[k++] = *p;
        plain[k] = 0;
        CHECK_NEAR(strtod(plain, NULL), value, unit * 0.5000001 + 1e-12);
    }
}

TEST(thousands_are_set_apart_and_zero_has_no_sign)
{
    CHECK_TEXT(number(999, 1), "999.0");
    CHECK_TEXT(number(1234567, 5), "1" NBSP "234" NBSP "567");
    CHECK_TEXT(number(12345.6, 0.5), "12" NBSP "345.6");
    CHECK_TEXT(number(-0.001, 0.5), "0.0");
    CHECK_TEXT(number(-1234, 5), "\xE2\x88\x92"
                                 "1" NBSP "234");
}

TEST(a_sigma_that_is_no_number_gives_whole_numbers)
{
    CHECK(rv__words_decimals(0) == 0);
    CHECK(rv__words_decimals(NAN) == 0);
    CHECK(rv__words_decimals(INFINITY) == 0);
}

TEST(a_measurement_shows_its_interval_to_the_same_digit)
{
    rv_measurement m = { .value = 1849.7, .sigma = 45.2, .lo = 1761.1, .hi = 1938.3, .unit = "m2" };
    rv__str out = { 0 };
    rv__words_measured(&out, &m);
    CHECK_TEXT(out.s, "1" NBSP "850" M2 " (95" NBSP "%: 1" NBSP "760" DASH "1" NBSP "940)");
    rv__str_release(&out);
}

static const char *measured(double value, double sigma, double lo, double hi, const char *unit)
{
    static char text[96];
    rv_measurement m = { .value = value, .sigma = sigma, .lo = lo, .hi = hi };
    snprintf(m.unit, sizeof m.unit, "%s", unit);
    rv__str out = { 0 };
    rv__words_measured(&out, &m);
    snprintf(text, sizeof text, "%s", out.s);
    rv__str_release(&out);
    return text;
}

TEST(an_interval_that_reaches_zero_bounds_from_above_alone)
{
    CHECK_TEXT(measured(90, 55, 0, 198, "m2"), "up to 200" M2 " (95" NBSP "%)");
    CHECK_TEXT(measured(90, 55, -18, 198, "m2"), "up to 200" M2 " (95" NBSP "%)");
    CHECK_TEXT(measured(90, 55, 4.9, 198, "m2"), "up to 200" M2 " (95" NBSP "%)");
    CHECK_TEXT(measured(90, 42, 8, 172, "m2"), "90" M2 " (95" NBSP "%: 10" DASH "170)");
    CHECK_TEXT(measured(1, 1, -1, 3, "deg"), "1.0\xC2\xB0 (95" NBSP "%: \xE2\x88\x92"
                                             "1.0" DASH "3.0)");
}

/* A made-up case: scenes from period texts, all used. */
static rv_scene_info scenes[8];
static rv_transform transforms[8];

static rv__facts facts_of(const char *const *periods)
{
    rv__facts facts = { 0 };
    size_t n = 0;
    memset(scenes, 0, sizeof scenes);
    memset(transforms, 0, sizeof transforms);
    for (; periods[n]; n++) {
        rv_period p = { -INFINITY, INFINITY };
        scenes[n].id[0] = (char)('a' + n);
        CHECK(!*periods[n] || rv_period_parse(&p, periods[n]) == RV_OK);
        scenes[n].t_min = p.t_min;
        scenes[n].t_max = p.t_max;
        memcpy(transforms[n].scene_id, scenes[n].id, sizeof scenes[n].id);
        transforms[n].trusted = 1;
    }
    facts.scenes.v = scenes;
    facts.transforms.v = transforms;
    facts.scenes.n = facts.transforms.n = n;
    return facts;
}

static const char *date(const char *period)
{
    static char text[128];
    const rv__facts facts = facts_of((const char *const[]){ period, NULL });
    rv__str out = { 0 };
    rv__words_scene_date(&out, &facts.scenes.v[0]);
    snprintf(text, sizeof text, "%s", out.s);
    rv__str_release(&out);
    return text;
}

TEST(a_date_says_what_the_images_period_knows)
{
    CHECK_TEXT(date("2022-04-30"), "30" NBSP "April" NBSP "2022");
    CHECK_TEXT(date("2022-04-30T10:18:15Z"), "30" NBSP "April" NBSP "2022");
    CHECK_TEXT(date("2022-04"), "April" NBSP "2022");
    CHECK_TEXT(date("2022"), "2022");
    CHECK_TEXT(date("2022-04-03/2022-04-06"), "3" DASH "6" NBSP "April" NBSP "2022");
    CHECK_TEXT(date("2022-04/2022-06"), "April" DASH "June" NBSP "2022");
    CHECK_TEXT(date("2021-11/2022-02"), "November" NBSP "2021" DASH "February" NBSP "2022");
    CHECK_TEXT(date("2010/2015"), "2010" DASH "2015");
    CHECK_TEXT(date(""), "undated");
}

static const char *bracket(const char *absent, const char *present, int event)
{
    static char text[256];
    const rv__facts facts =
        facts_of((const char *const[]){ absent ? absent : "1990", present ? present : "2030", NULL });
    const rv_structure s = { .event = event, .absent_id = { absent ? 'a' : 0 }, .present_id = { present ? 'b' : 0 } };
    rv__str out = { 0 };
    rv__words_bracket(&out, &facts, &s);
    snprintf(text, sizeof text, "%s", out.s);
    rv__str_release(&out);
    return text;
}

TEST(a_bracket_names_both_images_dates_and_the_year_once)
{
    CHECK_TEXT(bracket("2022-04-30", "2022-05-16", RV_EVENT_NEW),
               "between 30" NBSP "April and 16" NBSP "May" NBSP "2022 (UTC)");
    CHECK_TEXT(bracket("2021-12-30", "2022-05-16", RV_EVENT_NEW),
               "between 30" NBSP "December" NBSP "2021 and 16" NBSP "May" NBSP "2022 (UTC)");
    CHECK_TEXT(bracket("2022-03", "2022-05", RV_EVENT_NEW), "between March and May" NBSP "2022");
    CHECK_TEXT(bracket("2012", "2016", RV_EVENT_NEW), "between 2012 and 2016");
    CHECK_TEXT(bracket("2012", "2012", RV_EVENT_NEW), "in 2012, between the images a and b");
}

TEST(a_bracket_with_an_open_end_says_so)
{
    CHECK_TEXT(bracket(NULL, "2022-05-16", RV_EVENT_NEW), "before 16" NBSP "May" NBSP "2022 (UTC)");
    CHECK_TEXT(bracket("2022-04-30", NULL, RV_EVENT_NEW), "after 30" NBSP "April" NBSP "2022 (UTC)");
    CHECK_TEXT(bracket(NULL, NULL, RV_EVENT_NEW), "at a time that the images do not bound");
    CHECK_TEXT(bracket("", "2022-05-16", RV_EVENT_NEW), "between the images a and b");
}

TEST(a_demolition_is_told_in_the_order_of_time)
{
    CHECK_TEXT(bracket("2022-05-16", "2022-04-30", RV_EVENT_DEMOLISHED),
               "between 30" NBSP "April and 16" NBSP "May" NBSP "2022 (UTC)");
    CHECK_TEXT(bracket("2022-04-30", NULL, RV_EVENT_DEMOLISHED), "before 30" NBSP "April" NBSP "2022 (UTC)");
    CHECK_TEXT(bracket(NULL, "2022-04-30", RV_EVENT_DEMOLISHED), "after 30" NBSP "April" NBSP "2022 (UTC)");
}

static const char *kind(int what, double likelihood, int event)
{
    static char text[64];
    const rv_structure s = { .kind = what, .likelihood = likelihood, .event = event };
    rv__str out = { 0 };
    rv__words_kind(&out, &s);
    snprintf(text, sizeof text, "%s", out.s);
    rv__str_release(&out);
    return text;
}

TEST(a_kind_is_named_only_as_surely_as_its_likelihood)
{
    CHECK_TEXT(kind(RV_KIND_HALL, 0.9, RV_EVENT_NEW), "hall");
    CHECK_TEXT(kind(RV_KIND_HALL, 0.6, RV_EVENT_NEW), "structure, probably a hall");
    CHECK_TEXT(kind(RV_KIND_HALL, 0.5, RV_EVENT_NEW), "structure");
    CHECK_TEXT(kind(RV_KIND_HALL, NAN, RV_EVENT_NEW), "structure");
    CHECK_TEXT(kind(RV_KIND_EARTHWORKS, 0.3, RV_EVENT_WORKS), "ground works");
    CHECK_TEXT(kind(RV_KIND_VEGETATION, 0.3, RV_EVENT_NEW), "change of the ground");
    CHECK_TEXT(kind(RV_KIND_EXISTING, 0.6, RV_EVENT_NONE), "structure");
}

/* n structures of one bracket, each with an area; every tenth is larger. */
static rv__facts many(size_t n, int event)
{
    static rv_structure structures[64];
    static rv_measurement measurements[64];
    rv__facts facts = facts_of((const char *const[]){ "2022-04-30", "2022-05-16", NULL });
    for (size_t i = 0; i < n; i++) {
        structures[i] = (rv_structure){
            .kind = RV_KIND_HALL, .likelihood = 0.9, .event = event, .absent_id = "a", .present_id = "b"
        };
        snprintf(structures[i].id, sizeof structures[i].id, "s%03zu", i + 1);
        const double area = i % 10 == 9 ? 1850 : 500;
        measurements[i] = (rv_measurement){
            .quantity = "area_m2", .value = area, .sigma = 45, .lo = area - 90, .hi = area + 90, .unit = "m2"
        };
        memcpy(measurements[i].structure_id, structures[i].id, sizeof structures[i].id);
    }
    facts.structures.v = structures;
    facts.structures.n = n;
    facts.measurements.v = measurements;
    facts.measurements.n = n;
    return facts;
}

static char *summary(const rv__facts *facts)
{
    rv__str out = { 0 };
    rv__sentence_summary(&out, facts);
    return rv__str_take(&out);
}

static size_t count_lines(const char *text)
{
    size_t n = 0;
    for (; *text; text++)
        n += *text == '\n';
    return n;
}

TEST(one_change_is_one_sentence_with_bracket_area_and_number)
{
    const rv__facts facts = many(1, RV_EVENT_NEW);
    char *text = summary(&facts);
    CHECK_TEXT(text, "2 images from 30" NBSP "April to 16" NBSP "May" NBSP "2022 were compared: no structure was "
                     "recognised that stood throughout and 1 change was found.\n"
                     "Between 30" NBSP "April and 16" NBSP "May" NBSP "2022 (UTC) a hall of 500" M2 " (95" NBSP
                     "%: 410" DASH "590) appeared (no." NBSP "1).\n");
    rv__free(text);
}

TEST(fifty_changes_are_counted_and_the_largest_named)
{
    const rv__facts facts = many(50, RV_EVENT_NEW);
    char *text = summary(&facts);
    CHECK(count_lines(text) == 1 + 1 + 1 + 5);
    CHECK(strstr(text, ": 50 new halls (together about 31" NBSP "800" M2 ").\n") !=
          NULL); /* 45 * 500 + 5 * 1850, +-2250 */
    CHECK(strstr(text, "of 1" NBSP "850" M2) != NULL);
    CHECK(strstr(text, "of 500" M2) == NULL);
    rv__free(text);
}

TEST(the_largest_change_is_number_one)
{
    const rv__facts facts = many(20, RV_EVENT_NEW);
    size_t order[20];
    CHECK(rv__facts_changes(&facts, order) == 20);
    CHECK(order[0] == 9 && order[1] == 19 && order[2] == 0 && order[19] == 18);
}

TEST(what_chance_may_have_made_comes_last_and_is_called_doubtful)
{
    rv__facts facts = many(20, RV_EVENT_NEW);
    size_t order[20];
    facts.structures.v[9].nfa = 6;
    CHECK(rv__facts_changes(&facts, order) == 20);
    CHECK(order[0] == 19 && order[19] == 9);
    facts.structures.n = 10;
    char *text = summary(&facts);
    CHECK(strstr(text, "10 changes were found, 1 of them doubtful.\n") != NULL);
    rv__free(text);
    rv__str out = { 0 };
    rv__sentence_event(&out, &facts, &facts.structures.v[9], 0);
    CHECK(out.s && strstr(out.s, " may have appeared.") != NULL);
    rv__str_release(&out);
    rv__words_what(&out, &facts.structures.v[9]);
    CHECK_TEXT(out.s, "new hall (doubtful)");
    rv__str_release(&out);
}

TEST(one_image_alone_is_not_said_to_show_no_change)
{
    rv__facts facts = many(2, RV_EVENT_NONE);
    facts.transforms.n = 1;
    char *text = summary(&facts);
    CHECK(strstr(text, "1 image from 30" NBSP "April" NBSP "2022 was examined: 2 structures were found. "
                       "A change needs a second image.\n") == text);
    CHECK(strstr(text, "no change") == NULL);
    rv__free(text);
}

TEST(two_events_of_one_bracket_share_a_line)
{
    rv__facts facts = many(12, RV_EVENT_NEW);
    facts.structures.v[3].event = RV_EVENT_DEMOLISHED;
    char *text = summary(&facts);
    CHECK(strstr(text, ": 11 new halls (together about 6" NBSP "900" M2 "), 1 vanished hall (about 500" M2 ").\n") !=
          NULL); /* 10 * 500 + 1850, +-495 */
    rv__free(text);
}

TEST(doubtful_changes_are_counted_apart_and_not_summed)
{
    rv__facts facts = many(12, RV_EVENT_NEW);
    facts.structures.v[9].nfa = facts.structures.v[3].nfa = 6;
    char *text = summary(&facts);
    CHECK(strstr(text, ": 10 new halls (together about 5" NBSP "000" M2 "), 2 doubtful new halls.\n") != NULL);
    rv__free(text);
}

TEST(no_change_is_said_with_what_was_looked_for)
{
    static rv_run run = { .step = "detect",
                          .state = RV_RUN_DONE,
                          .options = "{\"min_area_m2\": 40, \"min_area_px2\": 6}" };
    rv__facts facts = many(3, RV_EVENT_NONE);
    facts.runs.v = &run;
    facts.runs.n = 1;
    char *text = summary(&facts);
    CHECK(strstr(text, "3 structures stood throughout, and no change was found.\n") != NULL);
    CHECK(strstr(text, "Structures smaller than 40" M2 " or 6 pixels were not looked for.\n") != NULL);
    rv__free(text);
}

static const char *ratio(double value, double sigma)
{
    static char text[256];
    static rv_measurement m;
    const rv_structure s = { .id = "s002", .kind = RV_KIND_HALL, .likelihood = 0.9 };
    const rv__facts facts = { .measurements = { &m, 1, 1 } };
    m = (rv_measurement){ .structure_id = "s002",
                          .quantity = "ratio",
                          .other_id = "s001",
                          .value = value,
                          .sigma = sigma,
                          .lo = value - 1.96 * sigma,
                          .hi = value + 1.96 * sigma };
    rv__str out = { 0 };
    rv__sentence_ratio(&out, &facts, &s);
    snprintf(text, sizeof text, "%s", out.s);
    rv__str_release(&out);
    return text;
}

TEST(a_ratio_is_told_as_its_interval_allows)
{
    CHECK_TEXT(ratio(1.61, 0.03),
               "It is 55" DASH "67" NBSP "% larger than s001 (ratio 1.61, 95" NBSP "%: 1.55" DASH "1.67).");
    CHECK_TEXT(ratio(0.8, 0.05),
               "It is 10" DASH "30" NBSP "% smaller than s001 (ratio 0.80, 95" NBSP "%: 0.70" DASH "0.90).");
    CHECK(strstr(ratio(1.02, 0.03), "not measurably larger or smaller than s001") != NULL);
    CHECK(strstr(ratio(3.0, 0.2), "2.61" DASH "3.39 times as large as s001") != NULL);
}

TEST(an_old_structure_is_named_with_its_area)
{
    rv__facts facts = many(2, RV_EVENT_NEW);
    rv_measurement rows[3] = { facts.measurements.v[0],
                               facts.measurements.v[1],
                               { .structure_id = "s002",
                                 .quantity = "ratio",
                                 .other_id = "s001",
                                 .value = 1.61,
                                 .sigma = 0.03,
                                 .lo = 1.55,
                                 .hi = 1.67 } };
    facts.structures.v[0].event = RV_EVENT_NONE;
    facts.measurements.v = rows;
    facts.measurements.n = 3;
    rv__str out = { 0 };
    rv__sentence_ratio(&out, &facts, &facts.structures.v[1]);
    CHECK(out.s && strstr(out.s, "larger than s001 of 500" M2 ", which stood throughout (ratio") != NULL);
    rv__str_release(&out);
}

TESTS(RUN(a_number_ends_where_its_sigma_begins),
      RUN(a_rounded_number_is_within_half_a_sigma_and_has_at_most_two_digits_of_it),
      RUN(thousands_are_set_apart_and_zero_has_no_sign), RUN(a_sigma_that_is_no_number_gives_whole_numbers),
      RUN(an_interval_that_reaches_zero_bounds_from_above_alone),
      RUN(a_measurement_shows_its_interval_to_the_same_digit), RUN(a_date_says_what_the_images_period_knows),
      RUN(a_bracket_names_both_images_dates_and_the_year_once), RUN(a_bracket_with_an_open_end_says_so),
      RUN(a_demolition_is_told_in_the_order_of_time), RUN(a_kind_is_named_only_as_surely_as_its_likelihood),
      RUN(one_change_is_one_sentence_with_bracket_area_and_number),
      RUN(fifty_changes_are_counted_and_the_largest_named), RUN(the_largest_change_is_number_one),
      RUN(what_chance_may_have_made_comes_last_and_is_called_doubtful),
      RUN(one_image_alone_is_not_said_to_show_no_change), RUN(two_events_of_one_bracket_share_a_line),
      RUN(doubtful_changes_are_counted_apart_and_not_summed), RUN(no_change_is_said_with_what_was_looked_for),
      RUN(a_ratio_is_told_as_its_interval_allows), RUN(an_old_structure_is_named_with_its_area))

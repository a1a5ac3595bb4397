/* SPDX-License-Identifier: Apache-2.0 */
/* Described structs: defaults, parsing, limits, text and comparison, for a field of every type. */
#include "base/field.h"

#include "described.h"
#include "base/rng.h"
#include "lib/test.h"

static int set(sample *s, const char *name, const char *text)
{
    return rv_field_parse(rv_field_find(&sample_fields, name), s, text);
}

static bool equal(const sample *a, const sample *b)
{
    for (size_t i = 0; i < sample_fields.n; i++)
        if (!rv_field_equal(&sample_rows[i], a, b))
            return false;
    return true;
}

TEST(defaults_from_the_rows_equal_those_of_the_macro_and_pass_their_check)
{
    const sample from_macro = SAMPLE_INIT;
    sample s;
    memset(&s, 0xff, sizeof s);
    rv_fields_init(&sample_fields, &s);
    CHECK(equal(&s, &from_macro));
    CHECK(rv_fields_check(&sample_fields, &s) == RV_OK);
}

TEST(without_defaults_all_is_empty_and_unknown)
{
    rv_fields rows = sample_fields;
    rows.defaults = NULL;
    sample s;
    memset(&s, 0xff, sizeof s);
    rv_fields_init(&rows, &s);
    CHECK(isnan(s.min_area_m2) && isnan(s.gt[2]) && isnan(s.t_min));
    CHECK(s.count == 0 && !s.inventory && s.id[0] == '\0' && s.reference == NULL);
    CHECK(rv_fields_check(&rows, &s) == RV_OK); /* a row may be unknown anywhere */
}

TEST(a_name_is_found_with_hyphens_or_underscores)
{
    CHECK(rv_field_find(&sample_fields, "min_area_m2") == &sample_rows[0]);
    CHECK(rv_field_find(&sample_fields, "min-area-m2") == &sample_rows[0]);
    CHECK(rv_field_find(&sample_fields, "min-area") == NULL);
    CHECK(rv_field_find(&sample_fields, "min_area_m2x") == NULL);
    CHECK(rv_field_find(&sample_fields, "") == NULL);
}

static const struct {
    const char *name, *text, *back; /* back NULL: same as text */
} good[] = {
    { "min_area_m2", "40", NULL },
    { "min_area_m2", "1e3", "1000" },
    { "min_area_m2", "0", NULL },
    { "min_area_m2", "1e7", "10000000" },
    { "min_area_m2", "", NULL },
    { "gsd_m", "0.1", NULL },
    { "count", "-2", NULL },
    { "count", "2147483647", NULL },
    { "count", "1e3", "1000" },
    { "box", "1,2,3,4", NULL },
    { "gt", "1.5,-2,3", NULL },
    { "gt", "1.5,,3", NULL },
    { "inventory", "no", "false" },
    { "inventory", "1", "true" },
    { "inventory", "true", NULL },
    { "id", "s001", NULL },
    { "id", "1234567", NULL },
    { "id", "", NULL },
    { "reference", "2022-05-16", NULL },
    { "kind", "road", NULL },
    { "kind", "portal-works", "portal_works" },
    { "t_min", "2022-05-16T10:18:15Z", NULL },
    { "t_min", "2022-05", "2022-05-01T00:00:00Z" },
    { "t_min", "", NULL },
};

TEST(good_text_is_read_and_printed_again)
{
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        const rv_field *field = rv_field_find(&sample_fields, good[i].name);
        sample s = SAMPLE_INIT, again = SAMPLE_INIT;
        char text[64];
        CHECK(rv_field_parse(field, &s, good[i].text) == RV_OK);
        rv_field_text(field, &s, text, sizeof text);
        CHECK_TEXT(text, good[i].back ? good[i].back : good[i].text);
        CHECK(rv_field_parse(field, &again, text) == RV_OK);
        CHECK(rv_field_equal(field, &s, &again));
        CHECK(s.pad == 'p');
    }
}

static const struct {
    const char *name, *text, *sentence;
} bad[] = {
    { "min_area_m2", "-5", "min_area_m2 must lie in [0, 1e+07] m2, not -5" },
    { "min_area_m2", "10000001", "min_area_m2 must lie in [0, 1e+07] m2, not 10000001" },
    { "min_area_m2", "abc", "min_area_m2 must be a number, not 'abc'" },
    { "min_area_m2", "5m", "min_area_m2 must be a number, not '5m'" },
    { "min_area_m2", "5,6", "min_area_m2 must be a number, not '5,6'" },
    { "min_area_m2", "nan", "min_area_m2 must be a number, not 'nan'" },
    { "min_area_m2", "1e999", "min_area_m2 must be a number, not '1e999'" },
    { "gsd_m", "0", "gsd_m must lie in [0.01, 1000] m, not 0" },
    { "count", "1.5", "count must be an integer, not '1.5'" },
    { "count", "", "count must be an integer, not ''" },
    { "count", "-3", "count must lie in [-2, 2147483647], not -3" },
    { "count", "2147483648", "count must lie in [-2, 2147483647], not 2147483648" },
    { "box", "1,2,3", "box must be 4 integers with commas between, not '1,2,3'" },
    { "box", "1,2,3,4,5", "box must be 4 integers with commas between, not '1,2,3,4,5'" },
    { "box", "1,2,3,101", "box must lie in [0, 100] px, not 101" },
    { "gt", "1,2,", NULL },
    { "gt", "1;2;3", "gt must be 3 numbers with commas between, not '1;2;3'" },
    { "inventory", "maybe", "inventory must be true or false, not 'maybe'" },
    { "inventory", "", "inventory must be true or false, not ''" },
    { "id", "12345678", "id may hold 7 bytes, not 8" },
    { "kind", "house", "kind must be one of new, portal_works, road, not 'house'" },
    { "kind", "", "kind must be one of new, portal_works, road, not ''" },
    { "t_min", "2022-02-30",
      "t_min: '2022-02-30' is no date, time or period like 2022-05-16T10:18:15Z or 2022-05/2022-07" },
};

TEST(bad_text_is_refused_in_words_and_changes_nothing)
{
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        sample s = SAMPLE_INIT;
        const int code = set(&s, bad[i].name, bad[i].text);
        if (!bad[i].sentence) { /* an empty last place is an unknown number, as in "1.5,,3" */
            CHECK(code == RV_OK && isnan(s.gt[2]));
            continue;
        }
        CHECK(code == RV_ERR_RANGE);
        CHECK_TEXT(rv_last_error(), bad[i].sentence);
        CHECK(equal(&s, &sample_defaults));
    }
}

TEST(a_string_option_keeps_the_pointer)
{
    static const char given[] = "2022-05-16";
    sample s = SAMPLE_INIT;
    CHECK(set(&s, "reference", given) == RV_OK);
    CHECK(s.reference == given);
}

TEST(a_check_finds_each_field_out_of_its_limits)
{
    const sample ok = SAMPLE_INIT;
    sample s;
    s = ok, s.min_area_m2 = -1;
    CHECK_FAILS(RV_ERR_RANGE, rv_fields_check(&sample_fields, &s));
    s = ok, s.min_area_m2 = INFINITY;
    CHECK_FAILS(RV_ERR_RANGE, rv_fields_check(&sample_fields, &s));
    s = ok, s.min_area_m2 = NAN; /* has a real default, so it cannot be unknown */
    CHECK_FAILS(RV_ERR_RANGE, rv_fields_check(&sample_fields, &s));
    CHECK_TEXT(rv_last_error(), "min_area_m2 must lie in [0, 1e+07] m2, not unknown");
    s = ok, s.gsd_m = NAN;
    CHECK(rv_fields_check(&sample_fields, &s) == RV_OK);
    s = ok, s.box[3] = 101;
    CHECK_FAILS(RV_ERR_RANGE, rv_fields_check(&sample_fields, &s));
    s = ok, s.gt[1] = 11;
    CHECK_FAILS(RV_ERR_RANGE, rv_fields_check(&sample_fields, &s));
    s = ok, s.kind = 3;
    CHECK_FAILS(RV_ERR_RANGE, rv_fields_check(&sample_fields, &s));
    CHECK_TEXT(rv_last_error(), "kind must lie in [0, 2], not 3");
    s = ok, s.kind = -1;
    CHECK_FAILS(RV_ERR_RANGE, rv_fields_check(&sample_fields, &s));
    s = ok;
    memset(s.id, 'x', sizeof s.id);
    CHECK_FAILS(RV_ERR_RANGE, rv_fields_check(&sample_fields, &s));
    s = ok, s.t_min = -INFINITY;
    CHECK(rv_fields_check(&sample_fields, &s) == RV_OK);
}

TEST(text_is_cut_to_the_room_there_is)
{
    sample s = SAMPLE_INIT;
    char out[4];
    s.min_area_m2 = 123456;
    rv_field_text(&sample_rows[0], &s, out, sizeof out);
    CHECK_TEXT(out, "123");
    rv_field_text(rv_field_find(&sample_fields, "box"), &s, out, sizeof out);
    CHECK_TEXT(out, "0,0");
    rv_field_text(rv_field_find(&sample_fields, "id"), &s, out, sizeof out);
    CHECK_TEXT(out, "non");
    s.kind = 99;
    rv_field_text(rv_field_find(&sample_fields, "kind"), &s, out, sizeof out);
    CHECK_TEXT(out, "");
    s.t_min = INFINITY;
    rv_field_text(rv_field_find(&sample_fields, "t_min"), &s, out, sizeof out);
    CHECK_TEXT(out, "");
}

TEST(two_structs_differ_in_exactly_the_field_that_was_changed)
{
    static const char *const other[] = { "26", "2", "4", "0,0,10,11", "1,0.5,0", "false", "nona", "x", "new", "2022" };
    for (size_t i = 0; i < sample_fields.n; i++) {
        sample s = SAMPLE_INIT;
        CHECK(rv_field_parse(&sample_rows[i], &s, other[i]) == RV_OK);
        for (size_t k = 0; k < sample_fields.n; k++)
            CHECK(rv_field_equal(&sample_rows[k], &s, &sample_defaults) == (k != i));
    }
    sample a = SAMPLE_INIT, b = SAMPLE_INIT;
    memset(a.id, 'x', sizeof a.id); /* what follows the end of the text is no difference */
    memset(b.id, 'y', sizeof b.id);
    snprintf(a.id, sizeof a.id, "ab");
    snprintf(b.id, sizeof b.id, "ab");
    CHECK(rv_field_equal(rv_field_find(&sample_fields, "id"), &a, &b));
}

/* Random text never crashes and never leaves a struct that its own check would refuse. */
TEST(random_text_gives_a_valid_struct_or_a_refusal)
{
    static const char letters[] = "0123456789.,-+e:TZtruefalsnowd_ ";
    rv__rng rng;
    rv__rng_init(&rng, 31, 0, 0, 0);
    int accepted = 0;
    for (int i = 0; i < 100000; i++) {
        sample s = SAMPLE_INIT;
        char text[24] = "";
        const uint32_t n = rv__rng_below(&rng, i % 2 ? 4 : sizeof text - 1);
        for (uint32_t k = 0; k < n; k++)
            text[k] = letters[rv__rng_below(&rng, sizeof letters - 1)];
        const rv_field *field = &sample_rows[rv__rng_below(&rng, (uint32_t)sample_fields.n)];
        if (rv_field_parse(field, &s, text) == RV_OK) {
            CHECK(rv__field_check(field, &s, true) == RV_OK);
            accepted++;
        } else {
            CHECK(rv_field_equal(field, &s, &sample_defaults));
        }
    }
    CHECK(accepted > 1000);
}

TESTS(RUN(defaults_from_the_rows_equal_those_of_the_macro_and_pass_their_check),
      RUN(without_defaults_all_is_empty_and_unknown), RUN(a_name_is_found_with_hyphens_or_underscores),
      RUN(good_text_is_read_and_printed_again), RUN(bad_text_is_refused_in_words_and_changes_nothing),
      RUN(a_string_option_keeps_the_pointer), RUN(a_check_finds_each_field_out_of_its_limits),
      RUN(text_is_cut_to_the_room_there_is), RUN(two_structs_differ_in_exactly_the_field_that_was_changed),
      RUN(random_text_gives_a_valid_struct_or_a_refusal))

/* SPDX-License-Identifier: Apache-2.0 */
/* Growable text, escaping, and numbers to text and back in any locale. */
#include "base/str.h"

#include <float.h>
#include <locale.h>
#include <stdint.h>

#include "base/file.h"
#include "base/rng.h"
#include "base/text.h"
#include "lib/oom.h"

#define CHECK_ESCAPED(escape, text, expected) \
    do {                                      \
        rv__str str_ = { 0 };                 \
        escape(&str_, text);                  \
        CHECK_TEXT(str_.s, expected);         \
        rv__str_release(&str_);               \
    } while (0)

TEST(text_grows_piece_by_piece)
{
    rv__str str = { 0 };
    char expected[4000] = "";
    for (int i = 0; i < 500; i++) {
        rv__str_addf(&str, "%d,", i);
        snprintf(expected + strlen(expected), sizeof expected - strlen(expected), "%d,", i);
    }
    CHECK_TEXT(str.s, expected);
    CHECK(str.len == strlen(expected));
    rv__str_add_bytes(&str, "abc", 2);
    CHECK_TEXT(str.s + str.len - 3, ",ab");
    char *text = rv__str_take(&str);
    CHECK(text && !str.s && str.len == 0);
    rv__free(text);
    text = rv__str_take(&str);
    CHECK_TEXT(text, "");
    rv__free(text);
}

TEST(numbers_have_the_shortest_text_that_reads_back)
{
    const struct {
        double value;
        const char *text;
    } table[] = { { 0.1, "0.1" },
                  { 1e300, "1e+300" },
                  { -2, "-2" },
                  { 0, "0" },
                  { 1.0 / 3, "0.3333333333333333" },
                  { 0.1 + 0.2, "0.30000000000000004" },
                  { 5e-324, "5e-324" },
                  { 2.2250738585072014e-308, "2.2250738585072014e-308" },
                  { DBL_MAX, "1.7976931348623157e+308" },
                  { 1652696295, "1652696295" },
                  { 9007199254740993.0, "9007199254740992" } };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        char text[32];
        rv__number_text(text, table[i].value);
        CHECK_TEXT(text, table[i].text);
    }
}

TEST(a_hundred_thousand_random_doubles_come_back_to_the_bit)
{
    rv__rng rng;
    rv__rng_init(&rng, 7, 0, 0, 0);
    long wrong = 0;
    for (int i = 0; i < 100000; i++) {
        const uint64_t bits = (uint64_t)rv__rng_u32(&rng) << 32 | rv__rng_u32(&rng);
        double value, back;
        char text[32];
        memcpy(&value, &bits, sizeof value);
        if (!isfinite(value))
            continue;
        rv__number_text(text, value);
        wrong += rv__number_parse(&back, text) != RV_OK || memcmp(&back, &value, sizeof back) != 0;
    }
    CHECK(wrong == 0);
}

TEST(what_is_no_finite_number_is_null)
{
    rv__str str = { 0 };
    rv__str_number(&str, NAN);
    rv__str_add(&str, " ");
    rv__str_number(&str, -INFINITY);
    rv__str_add(&str, " ");
    rv__str_fixed(&str, INFINITY, 2);
    CHECK_TEXT(str.s, "null null null");
    rv__str_release(&str);
}

TEST(fixed_decimals_round_and_know_no_negative_zero)
{
    rv__str str = { 0 };
    rv__str_fixed(&str, 1234.5, 2);
    rv__str_add(&str, " ");
    rv__str_fixed(&str, -0.0004, 2);
    rv__str_add(&str, " ");
    rv__str_fixed(&str, -0.006, 2);
    rv__str_add(&str, " ");
    rv__str_fixed(&str, 2.5, 0);
    rv__str_add(&str, " ");
    rv__str_fixed(&str, -10, 1);
    CHECK_TEXT(str.s, "1234.50 0.00 -0.01 2 -10.0");
    rv__str_release(&str);
}

TEST(only_decimal_numbers_are_numbers)
{
    const struct {
        const char *text;
        double value;
    } good[] = { { "1", 1 },      { "-1.5", -1.5 }, { "+2", 2 },       { ".5", 0.5 },
                 { "5.", 5 },     { "1e3", 1000 },  { "1E-3", 1e-3 },  { "-0", -0.0 },
                 { "1e-999", 0 }, { "007", 7 },     { "1.5e+2", 150 }, { "1e0000002", 100 } };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        double value = NAN;
        CHECK(rv__number_parse(&value, good[i].text) == RV_OK);
        CHECK_NEAR(value, good[i].value, 0);
    }
    const char *bad[] = { "",    " 1", "1 ", "0x10",  "inf",   "nan",      "1,5",   "1e", "e5",  "-",
                          "+-1", ".",  "--", "1e999", "1.2.3", "infinity", "1_000", "0x", "1e+", "\xd9\xa1" };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        double value = 42;
        CHECK_FAILS(RV_ERR_FORMAT, rv__number_parse(&value, bad[i]));
        CHECK_NEAR(value, 42, 0);
    }
}

TEST(a_scan_stops_behind_the_number)
{
    const char *text = "12.5em", *end = NULL;
    double value;
    CHECK(rv__number_scan(&value, text, &end) == RV_OK);
    CHECK_NEAR(value, 12.5, 0);
    CHECK_TEXT(end, "em");
    CHECK(rv__number_scan(&value, "7,8", &end) == RV_OK);
    CHECK_TEXT(end, ",8");
    CHECK_FAILS(RV_ERR_FORMAT, rv__number_scan(&value, ",8", &end));
}

/* German from the system, else compiled into a folder of our own where the system has the sources of its locales. */
static bool set_a_comma_locale(char *folder)
{
    if (setlocale(LC_ALL, "de_DE.UTF-8"))
        return true;
    char command[128];
    snprintf(command, sizeof command, "localedef -i de_DE -f UTF-8 %s/de_DE.UTF-8 >/dev/null 2>&1", folder);
    return system(command) == 0 && setenv("LOCPATH", folder, 1) == 0 && setlocale(LC_ALL, "de_DE.UTF-8");
}

TEST(numbers_do_not_follow_a_locale_with_decimal_commas)
{
    char folder[] = "/tmp/revisit-locale-XXXXXX";
    CHECK(mkdtemp(folder) != NULL);
    const bool is_set = set_a_comma_locale(folder);
    CHECK(rv__folder_remove(folder) == RV_OK);
    if (!is_set)
        SKIP("no locale with a decimal comma is installed");
    char text[32], check[32];
    double value;
    snprintf(check, sizeof check, "%.1f", 0.5);
    rv__number_text(text, 0.5);
    const int err = rv__number_parse(&value, "2.25");
    rv__fail(RV_ERR_RANGE, "must be below %g", 0.5);
    setlocale(LC_ALL, "C");
    CHECK_TEXT(check, "0,5");
    CHECK_TEXT(text, "0.5");
    CHECK_TEXT(rv_last_error(), "must be below 0.5");
    CHECK(err == RV_OK);
    CHECK_NEAR(value, 2.25, 0);
}

TEST(json_text_is_escaped)
{
    CHECK_ESCAPED(rv__str_json, "", "\"\"");
    CHECK_ESCAPED(rv__str_json, "a\"b\\c/d", "\"a\\\"b\\\\c/d\"");
    CHECK_ESCAPED(rv__str_json, "\n\t\r\b\f\x01\x1f", "\"\\n\\t\\r\\b\\f\\u0001\\u001f\"");
    CHECK_ESCAPED(rv__str_json, "</script><!--<b>", "\"\\u003c/script>\\u003c!--<b>\"");
    CHECK_ESCAPED(rv__str_json, "\xc3\xa9 \xe2\x82\xac \xf0\x9f\x9b\xb0", "\"\xc3\xa9 \xe2\x82\xac \xf0\x9f\x9b\xb0\"");
    CHECK_ESCAPED(rv__str_json,
                  "a\xff"
                  "b\xc3",
                  "\"a\xef\xbf\xbd"
                  "b\xef\xbf\xbd\"");
}

TEST(xml_text_is_escaped)
{
    CHECK_ESCAPED(rv__str_xml, "", "");
    CHECK_ESCAPED(rv__str_xml, "<a href=\"x\">'&'</a>", "&lt;a href=&quot;x&quot;&gt;&#39;&amp;&#39;&lt;/a&gt;");
    CHECK_ESCAPED(rv__str_xml,
                  "a\x01"
                  "b\nc\x7f",
                  "a\xef\xbf\xbd"
                  "b\nc\xef\xbf\xbd");
    CHECK_ESCAPED(rv__str_xml, "\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
}

/* The slow obvious way: decode the bytes to a code point and encode that again. */
static size_t slow_utf8(const unsigned char *s, size_t n)
{
    static const unsigned long least[] = { 0, 0, 0x80, 0x800, 0x10000 };
    const size_t need = s[0] < 0x80 ? 1 : s[0] >> 5 == 6 ? 2 : s[0] >> 4 == 14 ? 3 : s[0] >> 3 == 30 ? 4 : 0;
    if (need <= 1)
        return need;
    unsigned long code = s[0] & (0xffu >> (need + 1));
    for (size_t i = 1; i < need; i++) {
        if (i >= n || s[i] >> 6 != 2)
            return 0;
        code = code << 6 | (s[i] & 0x3f);
    }
    return code < least[need] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000) ? 0 : need;
}

TEST(utf8_agrees_with_decoding_it_for_every_start_of_four_bytes)
{
    static const unsigned char edges[] = { 0x00, 0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xff };
    long wrong = 0;
    for (unsigned a = 1; a < 256; a++)
        for (unsigned b = 0; b < 256; b++)
            for (size_t i = 0; i < sizeof edges * sizeof edges; i++) {
                const unsigned char s[4] = { (unsigned char)a, (unsigned char)b, edges[i % sizeof edges],
                                             edges[i / sizeof edges] };
                for (size_t n = 1; n <= 4; n++)
                    wrong += rv__text_utf8((const char *)s, n) != slow_utf8(s, n);
            }
    CHECK(wrong == 0);
    CHECK(rv__text_utf8("", 0) == 0);
}

static int build_a_text(void *user)
{
    (void)user;
    rv__str str = { 0 };
    for (int i = 0; i < 100; i++) {
        rv__str_addf(&str, "%d ", i);
        rv__str_number(&str, i / 3.0);
        rv__str_json(&str, "a\nb");
        rv__str_xml(&str, "<&>");
    }
    const int err = str.err;
    char *text = rv__str_take(&str);
    const bool agree = (text != NULL) == (err == RV_OK);
    rv__free(text);
    return agree ? err : RV_ERR_STATE;
}

static int take_an_empty_text(void *user)
{
    (void)user;
    rv__str str = { 0 };
    char *text = rv__str_take(&str);
    rv__free(text);
    return text ? RV_OK : str.err;
}

TEST(a_failed_allocation_sticks_until_the_end)
{
    CHECK_SURVIVES_OOM(build_a_text, NULL);
    CHECK_SURVIVES_OOM(take_an_empty_text, NULL);
}

TESTS(RUN(text_grows_piece_by_piece), RUN(numbers_have_the_shortest_text_that_reads_back),
      RUN(a_hundred_thousand_random_doubles_come_back_to_the_bit), RUN(what_is_no_finite_number_is_null),
      RUN(fixed_decimals_round_and_know_no_negative_zero), RUN(only_decimal_numbers_are_numbers),
      RUN(a_scan_stops_behind_the_number), RUN(numbers_do_not_follow_a_locale_with_decimal_commas),
      RUN(json_text_is_escaped), RUN(xml_text_is_escaped),
      RUN(utf8_agrees_with_decoding_it_for_every_start_of_four_bytes), RUN(a_failed_allocation_sticks_until_the_end))

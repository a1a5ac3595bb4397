/* SPDX-License-Identifier: Apache-2.0 */
/* Growable text, escaping for JSON and XML, and doubles to text and back.
 *
 * A double is printed with 15, 16 or 17 digits, the first that reads back the same: every decimal of up to 15 digits
 * survives the way through a double, so this is the shortest text for all but subnormal numbers, which are tried from one
 * digit up. A table-driven printer (Ryu) would be faster and is not needed for reports. */
#include "base/str.h"

#include <float.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"

#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

/* Room for n more bytes and the terminator. */
static bool make_room(rv__str *str, size_t n)
{
    if (str->err < 0)
        return false;
    if (n < str->cap - str->len)
        return true;
    const size_t need = str->len + n + 1, twice = str->cap * 2;
    const size_t cap = need < 64 ? 64 : need > twice ? need : twice;
    char *grown = rv__realloc(str->s, str->cap, cap, 1);
    if (!grown) {
        str->err = RV_ERR_NOMEM;
        return false;
    }
    str->s = grown;
    str->cap = cap;
    return true;
}

void rv__str_add_bytes(rv__str *str, const char *bytes, size_t n)
{
    if (!make_room(str, n))
        return;
    if (n)
        memcpy(str->s + str->len, bytes, n);
    str->len += n;
    str->s[str->len] = '\0';
}

void rv__str_add(rv__str *str, const char *text)
{
    rv__str_add_bytes(str, text, strlen(text));
}

void rv__str_addf(rv__str *str, const char *fmt, ...)
{
    va_list args, again;
    va_start(args, fmt);
    va_copy(again, args);
    const int n = rv__text_vformat(NULL, 0, fmt, args);
    va_end(args);
    if (n >= 0 && make_room(str, (size_t)n)) {
        rv__text_vformat(str->s + str->len, (size_t)n + 1, fmt, again);
        str->len += (size_t)n;
    }
    va_end(again);
}

void rv__number_text(char out[32], double value)
{
    for (int digits = fabs(value) < DBL_MIN ? 1 : 15; digits <= 17; digits++) {
        rv__text_format(out, 32, "%.*g", digits, value);
        if (rv__text_strtod(out, NULL) == value)
            return;
    }
}

void rv__str_number(rv__str *str, double value)
{
    char text[32] = "null";
    if (isfinite(value))
        rv__number_text(text, value);
    rv__str_add(str, text);
}

static bool is_all_zero(const char *text)
{
    return text[strspn(text, "-0.")] == '\0';
}

void rv__str_fixed(rv__str *str, double value, int decimals)
{
    char text[512]; /* the largest double has 309 digits before the point */
    if (!isfinite(value)) {
        rv__str_add(str, "null");
        return;
    }
    rv__text_format(text, sizeof text, "%.*f", decimals < 0 ? 0 : decimals > 100 ? 100 : decimals, value);
    rv__str_add(str, text[0] == '-' && is_all_zero(text) ? text + 1 : text);
}

/* "</" and "<!" are escaped too, so that JSON may stand inside a script element. */
static void add_json_char(rv__str *str, const char *c)
{
    static const char named[] = "\"\\\b\f\n\r\t", letters[] = "\"\\bfnrt";
    const char *at = strchr(named, *c);
    if (at)
        rv__str_addf(str, "\\%c", letters[at - named]);
    else if ((unsigned char)*c < 0x20 || (*c == '<' && (c[1] == '/' || c[1] == '!')))
        rv__str_addf(str, "\\u%04x", (unsigned)*c);
    else
        rv__str_add_bytes(str, c, 1);
}

static void add_xml_char(rv__str *str, const char *c)
{
    static const struct {
        char c;
        const char *text;
    } named[] = { { '&', "&amp;" }, { '<', "&lt;" }, { '>', "&gt;" }, { '"', "&quot;" }, { '\'', "&#39;" } };
    for (size_t i = 0; i < sizeof named / sizeof *named; i++)
        if (*c == named[i].c) {
            rv__str_add(str, named[i].text);
            return;
        }
    const bool control = ((unsigned char)*c < 0x20 && !strchr("\t\n\r", *c)) || *c == 0x7f;
    rv__str_add_bytes(str, control ? REPLACEMENT : c, control ? 3 : 1);
}

/* Walks well-formed characters; single bytes go through add_char, broken ones become U+FFFD. */
static void add_escaped(rv__str *str, const char *text, void (*add_char)(rv__str *, const char *))
{
    const char *end = text + strlen(text);
    while (text < end) {
        const size_t n = rv__text_utf8(text, (size_t)(end - text));
        if (n == 1)
            add_char(str, text);
        else
            rv__str_add_bytes(str, n ? text : REPLACEMENT, n ? n : 3);
        text += n ? n : 1;
    }
}

void rv__str_json(rv__str *str, const char *text)
{
    rv__str_add(str, "\"");
    add_escaped(str, text, add_json_char);
    rv__str_add(str, "\"");
}

void rv__str_xml(rv__str *str, const char *text)
{
    rv__str_add(str, "");
    add_escaped(str, text, add_xml_char);
}

char *rv__str_take(rv__str *str)
{
    rv__str_add(str, "");
    char *text = str->err < 0 ? NULL : str->s;
    if (!text)
        rv__free(str->s);
    *str = (rv__str){ .err = str->err };
    return text;
}

void rv__str_release(rv__str *str)
{
    rv__free(str->s);
    *str = (rv__str){ 0 };
}

static const char *skip_digits(const char *s)
{
    while (*s >= '0' && *s <= '9')
        s++;
    return s;
}

/* End of the longest decimal number at s, or s: no hexadecimal, no "inf", no blanks, all of which strtod would take. */
static const char *end_of_number(const char *s)
{
    const char *digits = s + (*s == '-' || *s == '+');
    const char *whole = skip_digits(digits);
    const char *end = *whole == '.' ? skip_digits(whole + 1) : whole;
    if (end - digits == (*whole == '.'))
        return s; /* no digit at all */
    if (*end == 'e' || *end == 'E') {
        const char *power = end + 1 + (end[1] == '-' || end[1] == '+');
        const char *after = skip_digits(power);
        if (after > power)
            end = after;
    }
    return end;
}

int rv__number_scan(double *out, const char *text, const char **end)
{
    const char *stop = end_of_number(text);
    char *seen;
    const double value = rv__text_strtod(text, &seen);
    if (stop == text || seen != stop)
        return rv__fail(RV_ERR_FORMAT, "'%.40s' is not a number", text);
    if (!isfinite(value))
        return rv__fail(RV_ERR_FORMAT, "'%.40s' is too large a number", text);
    *out = value;
    *end = stop;
    return RV_OK;
}

int rv__number_next(double *out, const char **text)
{
    *text += strspn(*text, " ");
    return rv__number_scan(out, *text, text);
}

int rv__number_parse(double *out, const char *text)
{
    const char *end;
    double value;
    const int err = rv__number_scan(&value, text, &end);
    if (err < 0)
        return err;
    if (*end)
        return rv__fail(RV_ERR_FORMAT, "'%.40s' is not a number", text);
    *out = value;
    return RV_OK;
}

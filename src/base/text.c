/* SPDX-License-Identifier: Apache-2.0 */
/* Formatting and reading in the C locale, whatever locale the host program has set.
 *
 * The thread's locale is swapped for the call: POSIX has no snprintf_l, and mending the decimal point afterwards would
 * miss thousands separators and the "%g" inside longer sentences. The locale "C" is a constant of the C library, so
 * neither newlocale allocates nor is there anything to free. */
#include "base/text.h"

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static locale_t to_c_locale(void)
{
    return uselocale(newlocale(LC_ALL_MASK, "C", (locale_t)0));
}

int rv__text_vformat(char *out, size_t size, const char *fmt, va_list args)
{
    const locale_t before = to_c_locale();
    const int n = vsnprintf(out, size, fmt, args);
    uselocale(before);
    return n;
}

int rv__text_format(char *out, size_t size, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    const int n = rv__text_vformat(out, size, fmt, args);
    va_end(args);
    return n;
}

double rv__text_strtod(const char *text, char **end)
{
    const locale_t before = to_c_locale();
    const double value = strtod(text, end);
    uselocale(before);
    return value;
}

const char *rv__text_errno(int number)
{
    static _Thread_local char words[128];
    snprintf(words, sizeof words, "%s", strerror_l(number, newlocale(LC_ALL_MASK, "C", (locale_t)0)));
    if (words[0] >= 'A' && words[0] <= 'Z')
        words[0] = (char)(words[0] - 'A' + 'a');
    return words;
}

int rv__text_index(const char *const *words, const char *text, size_t n)
{
    for (int i = 0; words[i]; i++)
        if (strlen(words[i]) == n && memcmp(words[i], text, n) == 0)
            return i;
    return -1;
}

static bool is_tail(const char *text, size_t n)
{
    for (size_t i = 1; i < n; i++)
        if (((unsigned char)text[i] & 0xc0) != 0x80)
            return false;
    return true;
}

/* Table 3-7 of the Unicode standard: the second byte is narrowed after E0, ED, F0 and F4. */
size_t rv__text_utf8(const char *text, size_t n)
{
    if (n == 0)
        return 0;
    const unsigned char a = (unsigned char)text[0];
    const size_t need = a < 0x80 ? 1 : a < 0xc2 ? 0 : a < 0xe0 ? 2 : a < 0xf0 ? 3 : a < 0xf5 ? 4 : 0;
    if (need <= 1)
        return need;
    if (need > n || !is_tail(text, need))
        return 0;
    const unsigned char b = (unsigned char)text[1];
    const bool bad =
        (a == 0xe0 && b < 0xa0) || (a == 0xed && b > 0x9f) || (a == 0xf0 && b < 0x90) || (a == 0xf4 && b > 0x8f);
    return bad ? 0 : need;
}

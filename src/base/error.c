/* SPDX-License-Identifier: Apache-2.0 */
/* Status codes to words, and the thread's last sentence.
 *
 * The sentence lives in a fixed thread-local buffer, so that reporting "memory ran out" needs no memory. It is put
 * together in a second buffer first, because callers may pass the old sentence as an argument of the new one. Bytes that
 * could move a terminal's cursor (file names come from strangers) are shown as \xNN. */
#include "base/error.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

enum { SENTENCE_MAX = 1024 };

static _Thread_local char sentence[SENTENCE_MAX];

static bool is_control(unsigned char c)
{
    return c < 0x20 || c == 0x7f;
}

/* Length without a UTF-8 character at the end of which only the first bytes are there. */
static size_t without_half_character(const char *text, size_t n)
{
    size_t start = n;
    while (start > 0 && n - start < 3 && ((unsigned char)text[start - 1] & 0xc0) == 0x80)
        start--;
    if (start > 0 && (unsigned char)text[start - 1] >= 0xc0)
        start--;
    return start < n && rv__text_utf8(text + start, n - start) == 0 ? start : n;
}

/* Copies with control bytes shown; a text that fills the room is cut between characters. */
static size_t show(char *out, size_t size, const char *text)
{
    size_t n = 0;
    for (; *text; text++) {
        const unsigned char c = (unsigned char)*text;
        const size_t need = is_control(c) ? 4 : 1;
        if (n + need >= size)
            break;
        if (need == 1)
            out[n] = (char)c;
        else
            snprintf(out + n, size - n, "\\x%02x", c);
        n += need;
    }
    if (n + 4 >= size)
        n = without_half_character(out, n);
    out[n] = '\0';
    return n;
}

int rv__fail(int code, const char *fmt, ...)
{
    char text[SENTENCE_MAX];
    va_list args;
    va_start(args, fmt);
    rv__text_vformat(text, sizeof text, fmt, args);
    va_end(args);
    show(sentence, sizeof sentence, text);
    return code;
}

int rv__subject(int code, const char *fmt, ...)
{
    char old[SENTENCE_MAX], subject[SENTENCE_MAX / 2];
    va_list args;
    va_start(args, fmt);
    rv__text_vformat(subject, sizeof subject, fmt, args);
    va_end(args);
    memcpy(old, sentence, sizeof old);
    const size_t n = show(sentence, sizeof sentence, subject);
    show(sentence + n, sizeof sentence - n, old);
    return code;
}

const char *rv_last_error(void)
{
    return sentence;
}

const char *rv_version(void)
{
    return RV_VERSION_TEXT;
}

const char *rv_status_name(int code)
{
    static const char *const names[] = { "OK",       "NOMEM",  "IO",    "FORMAT", "REFUSED",   "RANGE",   "NOTFOUND",
                                         "MISMATCH", "NODATA", "STATE", "LOCKED", "INTEGRITY", "STOPPED", "NET" };
    static_assert(sizeof names / sizeof *names == -RV_ERR_NET + 1, "one name a code");
    return code <= 0 && code >= RV_ERR_NET ? names[-code] : "UNKNOWN";
}

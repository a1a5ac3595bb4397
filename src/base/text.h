/* SPDX-License-Identifier: Apache-2.0 */
/* The C library's number formatting, held to the C locale. Everything in base that formats or reads goes through here. */
#ifndef RV_BASE_TEXT_H
#define RV_BASE_TEXT_H

#include <stdarg.h>
#include <stddef.h>

#include "base/error.h"

/** vsnprintf in the C locale: same result, same cutting, decimal point always '.'. Allocates nothing. */
int rv__text_vformat(char *out, size_t size, const char *fmt, va_list args) RV__PRINTF(3, 0);
int rv__text_format(char *out, size_t size, const char *fmt, ...) RV__PRINTF(3, 4);
/** strtod in the C locale. */
double rv__text_strtod(const char *text, char **end);
/** Which of a list of words that ends with NULL the n bytes at text are; -1 = none. */
int rv__text_index(const char *const *words, const char *text, size_t n);
/** Bytes of the well-formed UTF-8 character at text (1 to 4), or 0 if it is none (overlong, surrogate, cut). */
size_t rv__text_utf8(const char *text, size_t n);

/** The system's words for an errno, in English, starting lower case. Valid until the thread's next call. */
const char *rv__text_errno(int number);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Growable UTF-8 text. A failed allocation sticks: check err once at the end. Numbers never follow the locale. */
#ifndef RV_BASE_STR_H
#define RV_BASE_STR_H

#include "base/error.h"

typedef struct rv__str {
    char *s; /* always terminated once anything was added; NULL before */
    size_t len, cap;
    int err; /* RV_OK or RV_ERR_NOMEM */
} rv__str;

void rv__str_add(rv__str *str, const char *text);
void rv__str_add_bytes(rv__str *str, const char *bytes, size_t n);
void rv__str_addf(rv__str *str, const char *fmt, ...) RV__PRINTF(2, 3); /* integers and text; use _number for doubles */
void rv__str_number(rv__str *str, double value); /* shortest text that reads back the same; "null" unless finite */
void rv__str_fixed(rv__str *str, double value, int decimals); /* "1234.50" */
void rv__str_json(rv__str *str, const char *text);            /* quoted and escaped; bad UTF-8 becomes U+FFFD */
void rv__str_xml(rv__str *str, const char *text);             /* & < > " ' escaped, control bytes as U+FFFD */
char *rv__str_take(rv__str *str);                             /* the text, owned by the caller; NULL if err */
void rv__str_release(rv__str *str);

/** Parse a whole text as a double, point as decimal mark whatever the locale. @return RV_OK or RV_ERR_FORMAT */
int rv__number_parse(double *out, const char *text);
/** Same for one double at the start; *end is set past it. */
int rv__number_scan(double *out, const char *text, const char **end);
/** Same for one in a list: blanks before it are passed over, and *text is set past it. */
int rv__number_next(double *out, const char **text);
/** Shortest round-trip text of a double ("0.1", "1e+300"), without locale. */
void rv__number_text(char out[32], double value);

#endif

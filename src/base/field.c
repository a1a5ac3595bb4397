/* SPDX-License-Identifier: Apache-2.0 */
/* Described structs: one row a field gives defaults, parsing, limits, text and comparison.
 *
 * Members are reached by offset through memcpy, which needs no knowledge of the struct's type and no alignment. NAN is the
 * unknown value of a double; a check lets it pass where the default is NAN too, so an option that has a real default
 * cannot be made unknown. */
#include "base/field.h"

#include <assert.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/str.h"
#include "base/text.h"

static const char *member(const rv_field *field, const void *object, size_t i)
{
    return (const char *)object + field->offset + i * (field->size / field->count);
}

static char *member_to_write(const rv_field *field, void *object, size_t i)
{
    return (char *)object + field->offset + i * (field->size / field->count);
}

double rv__field_double(const rv_field *field, const void *object, size_t i)
{
    double value;
    memcpy(&value, member(field, object, i), sizeof value);
    return value;
}

void rv__field_put_double(const rv_field *field, void *object, size_t i, double value)
{
    memcpy(member_to_write(field, object, i), &value, sizeof value);
}

int rv__field_int(const rv_field *field, const void *object, size_t i)
{
    int value;
    memcpy(&value, member(field, object, i), sizeof value);
    return value;
}

void rv__field_put_int(const rv_field *field, void *object, size_t i, int value)
{
    memcpy(member_to_write(field, object, i), &value, sizeof value);
}

bool rv__field_bool(const rv_field *field, const void *object)
{
    bool value;
    memcpy(&value, member(field, object, 0), sizeof value);
    return value;
}

void rv__field_put_bool(const rv_field *field, void *object, bool value)
{
    memcpy(member_to_write(field, object, 0), &value, sizeof value);
}

const char *rv__field_string(const rv_field *field, const void *object)
{
    const char *text = member(field, object, 0);
    if (field->type == RV_TYPE_STRING)
        memcpy(&text, member(field, object, 0), sizeof text);
    return text;
}

int rv__field_put_string(const rv_field *field, void *object, const char *text)
{
    char *to = member_to_write(field, object, 0);
    if (field->type == RV_TYPE_STRING) {
        memcpy(to, &text, sizeof text);
        return RV_OK;
    }
    const size_t n = strlen(text);
    if (n >= field->size)
        return rv__fail(RV_ERR_RANGE, "%s may hold %zu bytes, not %zu", field->name, field->size - 1, n);
    memset(to, 0, field->size);
    memcpy(to, text, n);
    return RV_OK;
}

static size_t count_words(const rv_field *field)
{
    size_t n = 0;
    while (field->names[n])
        n++;
    return n;
}

const char *rv__field_word(const rv_field *field, const void *object)
{
    const int index = rv__field_int(field, object, 0);
    return index >= 0 && (size_t)index < count_words(field) ? field->names[index] : NULL;
}

/* '-' and '_' are the same, for words on a command line. */
static bool same_word(const char *a, const char *b)
{
    for (; *a && *b; a++, b++)
        if (*a != *b && !(strchr("-_", *a) && strchr("-_", *b)))
            return false;
    return *a == *b;
}

int rv__field_put_word(const rv_field *field, void *object, const char *word)
{
    char all[512] = "";
    for (size_t i = 0; field->names[i]; i++) {
        if (same_word(field->names[i], word)) {
            rv__field_put_int(field, object, 0, (int)i);
            return RV_OK;
        }
        const size_t n = strlen(all);
        snprintf(all + n, sizeof all - n, "%s%s", n ? ", " : "", field->names[i]);
    }
    return rv__fail(RV_ERR_RANGE, "%s must be one of %s, not '%.60s'", field->name, all, word);
}

const rv_field *rv_field_find(const rv_fields *fields, const char *name)
{
    for (size_t i = 0; i < fields->n; i++)
        if (same_word(fields->field[i].name, name))
            return &fields->field[i];
    return NULL;
}

void rv_fields_init(const rv_fields *fields, void *object)
{
    if (fields->defaults) {
        memcpy(object, fields->defaults, fields->size);
        return;
    }
    memset(object, 0, fields->size);
    for (size_t i = 0; i < fields->n; i++) {
        const rv_field *field = &fields->field[i];
        const bool has_unknown = field->type == RV_TYPE_DOUBLE || field->type == RV_TYPE_TIME;
        for (size_t k = 0; has_unknown && k < field->count; k++)
            rv__field_put_double(field, object, k, NAN);
    }
}

/* As few digits as tell the number, "1e+07" rather than "10000000". */
static void brief(char out[32], double value)
{
    rv__text_format(out, 32, "%g", value);
    if (rv__text_strtod(out, NULL) != value)
        rv__number_text(out, value);
}

static int out_of_limits(const rv_field *field, double value)
{
    char lo[32], hi[32], got[32];
    const bool has_unit = field->unit && field->unit[0];
    brief(lo, field->min);
    brief(hi, field->max);
    if (isnan(value))
        snprintf(got, sizeof got, "unknown");
    else
        brief(got, value);
    return rv__fail(RV_ERR_RANGE, "%s must lie in [%s, %s]%s%s, not %s", field->name, lo, hi, has_unit ? " " : "",
                    has_unit ? field->unit : "", got);
}

static int check_number(const rv_field *field, double value, bool unknown_fits)
{
    if (isnan(value) ? unknown_fits : value >= field->min && value <= field->max)
        return RV_OK;
    return out_of_limits(field, value);
}

int rv__field_check(const rv_field *field, const void *object, bool unknown_fits)
{
    int err = RV_OK;
    switch (field->type) {
    case RV_TYPE_DOUBLE:
        for (size_t i = 0; i < field->count && err == RV_OK; i++)
            err = check_number(field, rv__field_double(field, object, i), unknown_fits);
        return err;
    case RV_TYPE_INT:
        for (size_t i = 0; i < field->count && err == RV_OK; i++)
            err = check_number(field, rv__field_int(field, object, i), false);
        return err;
    case RV_TYPE_ENUM:
        if (rv__field_word(field, object))
            return RV_OK;
        return rv__fail(RV_ERR_RANGE, "%s must lie in [0, %zu], not %d", field->name, count_words(field) - 1,
                        rv__field_int(field, object, 0));
    case RV_TYPE_TEXT:
        if (memchr(member(field, object, 0), '\0', field->size))
            return RV_OK;
        return rv__fail(RV_ERR_RANGE, "%s may hold %zu bytes, not more", field->name, field->size - 1);
    case RV_TYPE_BOOL:
    case RV_TYPE_STRING:
    case RV_TYPE_TIME:
        break;
    }
    return RV_OK;
}

static bool may_be_unknown(const rv_fields *fields, const rv_field *field)
{
    return !fields->defaults || (field->type == RV_TYPE_DOUBLE && isnan(rv__field_double(field, fields->defaults, 0)));
}

int rv_fields_check(const rv_fields *fields, const void *object)
{
    int err = RV_OK;
    for (size_t i = 0; i < fields->n && err == RV_OK; i++)
        err = rv__field_check(&fields->field[i], object, may_be_unknown(fields, &fields->field[i]));
    return err;
}

static int parse_bool(const rv_field *field, void *object, const char *text)
{
    static const char *const words[] = { "false", "true", "no", "yes", "0", "1" };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(text, words[i]) == 0) {
            rv__field_put_bool(field, object, i % 2);
            return RV_OK;
        }
    return rv__fail(RV_ERR_RANGE, "%s must be true or false, not '%.60s'", field->name, text);
}

static int parse_time(const rv_field *field, void *object, const char *text)
{
    rv_period period = { NAN, NAN };
    if (*text && rv_period_parse(&period, text) < 0)
        return rv__subject(RV_ERR_RANGE, "%s: ", field->name);
    rv__field_put_double(field, object, 0, period.t_min);
    return RV_OK;
}

static int not_a_number(const rv_field *field, const char *text)
{
    const char *kind = field->type == RV_TYPE_INT ? "integer" : "number";
    if (field->count > 1)
        return rv__fail(RV_ERR_RANGE, "%s must be %zu %ss with commas between, not '%.60s'", field->name, field->count,
                        kind, text);
    return rv__fail(RV_ERR_RANGE, "%s must be %s %s, not '%.60s'", field->name, field->type == RV_TYPE_INT ? "an" : "a",
                    kind, text);
}

/* One number of the list; an empty place is an unknown double. */
static int parse_number(const rv_field *field, void *object, size_t i, const char **text)
{
    const char *start = *text;
    const bool empty = *start == '\0' || *start == ',';
    double value = NAN;
    if (empty ? field->type == RV_TYPE_INT : rv__number_scan(&value, start, text) < 0)
        return not_a_number(field, start);
    if (field->type == RV_TYPE_INT && value != floor(value))
        return not_a_number(field, start);
    const int err = check_number(field, value, true);
    if (err < 0)
        return err;
    if (field->type == RV_TYPE_DOUBLE)
        rv__field_put_double(field, object, i, value);
    else if (value >= INT_MIN && value <= INT_MAX)
        rv__field_put_int(field, object, i, (int)value);
    else
        return out_of_limits(field, value);
    return RV_OK;
}

enum { VALUES_MAX = 64 };

/* Into an array of its own first: a failure in the third number must not leave two changed. */
static int parse_numbers(const rv_field *field, void *object, const char *text)
{
    char values[VALUES_MAX * sizeof(double)];
    rv_field at_zero = *field;
    const char *p = text;
    assert(field->count <= VALUES_MAX && field->size <= sizeof values);
    at_zero.offset = 0;
    for (size_t i = 0; i < field->count; i++) {
        const int err = parse_number(&at_zero, values, i, &p);
        if (err < 0)
            return err;
        if (*p != (i + 1 < field->count ? ',' : '\0'))
            return not_a_number(field, text);
        p++;
    }
    memcpy(member_to_write(field, object, 0), values, field->size);
    return RV_OK;
}

int rv_field_parse(const rv_field *field, void *object, const char *text)
{
    switch (field->type) {
    case RV_TYPE_BOOL:
        return parse_bool(field, object, text);
    case RV_TYPE_TEXT:
    case RV_TYPE_STRING:
        return rv__field_put_string(field, object, text);
    case RV_TYPE_ENUM:
        return rv__field_put_word(field, object, text);
    case RV_TYPE_TIME:
        return parse_time(field, object, text);
    case RV_TYPE_DOUBLE:
    case RV_TYPE_INT:
        break;
    }
    return parse_numbers(field, object, text);
}

static void numbers_text(const rv_field *field, const void *object, char *out, size_t size)
{
    size_t n = 0;
    for (size_t i = 0; i < field->count && n < size; i++) {
        const double value =
            field->type == RV_TYPE_INT ? rv__field_int(field, object, i) : rv__field_double(field, object, i);
        char one[32] = "";
        if (isfinite(value))
            rv__number_text(one, value);
        n += (size_t)snprintf(out + n, size - n, "%s%s", i ? "," : "", one);
    }
}

void rv_field_text(const rv_field *field, const void *object, char *out, size_t size)
{
    char time[RV_TIME_TEXT_MAX];
    const char *text = NULL;
    switch (field->type) {
    case RV_TYPE_DOUBLE:
    case RV_TYPE_INT:
        numbers_text(field, object, out, size);
        return;
    case RV_TYPE_BOOL:
        text = rv__field_bool(field, object) ? "true" : "false";
        break;
    case RV_TYPE_TEXT:
    case RV_TYPE_STRING:
        text = rv__field_string(field, object);
        break;
    case RV_TYPE_ENUM:
        text = rv__field_word(field, object);
        break;
    case RV_TYPE_TIME:
        rv_time_text(time, rv__field_double(field, object, 0));
        text = time;
        break;
    }
    snprintf(out, size, "%s", text ? text : "");
}

static bool equal_doubles(double a, double b)
{
    return a == b || (isnan(a) && isnan(b));
}

bool rv_field_equal(const rv_field *field, const void *a, const void *b)
{
    if (field->type == RV_TYPE_TEXT)
        return strncmp(member(field, a, 0), member(field, b, 0), field->size) == 0;
    if (field->type == RV_TYPE_STRING) {
        const char *s = rv__field_string(field, a), *t = rv__field_string(field, b);
        return s && t ? strcmp(s, t) == 0 : s == t;
    }
    if (field->type != RV_TYPE_DOUBLE && field->type != RV_TYPE_TIME)
        return memcmp(member(field, a, 0), member(field, b, 0), field->size) == 0;
    for (size_t i = 0; i < field->count; i++)
        if (!equal_doubles(rv__field_double(field, a, i), rv__field_double(field, b, i)))
            return false;
    return true;
}

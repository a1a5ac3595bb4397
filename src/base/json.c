/* SPDX-License-Identifier: Apache-2.0 */
/* JSON [rfc8259] in by jansson, described structs in and out.
 *
 * Text comes from strangers, so size and nesting are bounded before jansson, whose own limit of nesting is 2048, sees it.
 * Integers are read as doubles: 64-bit numbers beyond 2^53 are no quantities of ours, and an overflow is no error. Writing
 * does not go through a tree: a struct's members are appended as text in order of its rows, so equal structs give equal
 * bytes. */
#include "base/json.h"

#include "base/field.h"
#include "base/file.h"
#include "base/mem.h"

#include <jansson.h>

#include <limits.h>
#include <math.h>
#include <string.h>

enum { DEPTH_MAX = 64, KEY_MAX = 256 };

#define BYTES_MAX ((size_t)64 << 20)

static const json_t *inner(const rv__json *node)
{
    return (const json_t *)(const void *)node;
}

static const rv__json *outer(const json_t *node)
{
    return (const rv__json *)(const void *)node;
}

/* Deepest nesting of brackets outside strings; broken text is left to the parser. */
static size_t depth_of(const char *text, size_t n)
{
    size_t depth = 0, deepest = 0;
    bool in_string = false;
    for (size_t i = 0; i < n; i++) {
        const char c = text[i];
        if (c == '"')
            in_string = !in_string;
        else if (in_string)
            i += c == '\\';
        else if ((c == '[' || c == '{') && ++depth > deepest)
            deepest = depth;
        else if ((c == ']' || c == '}') && depth > 0)
            depth--;
    }
    return deepest;
}

int rv__json_parse(rv__json **out, const char *text, size_t n)
{
    static const char mark[] = "\xef\xbb\xbf"; /* a byte order mark is no error, though no JSON either */
    json_error_t error;
    if (n > BYTES_MAX)
        return rv__fail(RV_ERR_REFUSED, "json of %zu bytes is larger than %zu bytes", n, BYTES_MAX);
    if (n >= 3 && memcmp(text, mark, 3) == 0) {
        text += 3;
        n -= 3;
    }
    const size_t depth = depth_of(text, n);
    if (depth > DEPTH_MAX)
        return rv__fail(RV_ERR_REFUSED, "json is nested %zu deep, more than %d", depth, DEPTH_MAX);
    json_t *root = json_loadb(text, n, JSON_REJECT_DUPLICATES | JSON_DECODE_INT_AS_REAL, &error);
    if (!root && json_error_code(&error) == json_error_out_of_memory)
        return rv__fail(RV_ERR_NOMEM, "memory ran out in json of %zu bytes", n);
    if (!root)
        return rv__fail(RV_ERR_FORMAT, "json is broken at line %d, column %d: %s", error.line, error.column,
                        error.text);
    *out = (rv__json *)(void *)root;
    return RV_OK;
}

int rv__json_load(rv__json **out, const char *path)
{
    char *text;
    size_t n;
    int err = rv__file_read(&text, &n, path, BYTES_MAX);
    if (err < 0)
        return err;
    err = rv__json_parse(out, text, n);
    rv__free(text);
    return err < 0 ? rv__subject(err, "%s: ", path) : RV_OK;
}

void rv__json_free(rv__json *root)
{
    json_decref((json_t *)(void *)root);
}

const rv__json *rv__json_get(const rv__json *object, const char *key)
{
    return outer(json_object_get(inner(object), key));
}

const rv__json *rv__json_path(const rv__json *object, const char *path)
{
    char key[KEY_MAX];
    for (;;) {
        const size_t n = strcspn(path, "/");
        if (n >= sizeof key)
            return NULL;
        memcpy(key, path, n);
        key[n] = '\0';
        object = rv__json_get(object, key);
        if (!object || !path[n])
            return object;
        path += n + 1;
    }
}

const rv__json *rv__json_at(const rv__json *array, size_t i)
{
    return outer(json_array_get(inner(array), i));
}

size_t rv__json_size(const rv__json *array_or_object)
{
    const json_t *node = inner(array_or_object);
    return json_is_object(node) ? json_object_size(node) : json_array_size(node);
}

const char *rv__json_text(const rv__json *node)
{
    return json_string_value(inner(node));
}

double rv__json_number(const rv__json *node)
{
    return json_is_number(inner(node)) ? json_number_value(inner(node)) : NAN;
}

int rv__json_true(const rv__json *node)
{
    return json_is_true(inner(node));
}

int rv__json_is(const rv__json *node, char type)
{
    const json_t *n = inner(node);
    switch (type) {
    case 'o':
        return json_is_object(n);
    case 'a':
        return json_is_array(n);
    case 's':
        return json_is_string(n);
    case 'n':
        return json_is_number(n);
    case 'b':
        return json_is_boolean(n);
    case 'z':
        return json_is_null(n);
    default:
        return 0;
    }
}

int rv__json_each(const rv__json *object, int (*fn)(const char *key, const rv__json *value, void *user), void *user)
{
    json_t *node = (json_t *)(void *)object; /* an iterator asks for a node it may change */
    int code = RV_OK;
    for (void *at = json_object_iter(node); at && code == RV_OK; at = json_object_iter_next(node, at))
        code = fn(json_object_iter_key(at), outer(json_object_iter_value(at)), user);
    return code;
}

static void add_text(rv__str *out, const char *text)
{
    if (text)
        rv__str_json(out, text);
    else
        rv__str_add(out, "null");
}

static void add_numbers(rv__str *out, const rv_field *field, const void *object)
{
    if (field->count > 1)
        rv__str_add(out, "[");
    for (size_t i = 0; i < field->count; i++) {
        rv__str_add(out, i ? ", " : "");
        if (field->type == RV_TYPE_INT)
            rv__str_addf(out, "%d", rv__field_int(field, object, i));
        else
            rv__str_number(out, rv__field_double(field, object, i));
    }
    if (field->count > 1)
        rv__str_add(out, "]");
}

static void add_value(rv__str *out, const rv_field *field, const void *object)
{
    char time[RV_TIME_TEXT_MAX];
    switch (field->type) {
    case RV_TYPE_DOUBLE:
    case RV_TYPE_INT:
        add_numbers(out, field, object);
        break;
    case RV_TYPE_BOOL:
        rv__str_add(out, rv__field_bool(field, object) ? "true" : "false");
        break;
    case RV_TYPE_TEXT:
    case RV_TYPE_STRING:
        add_text(out, rv__field_string(field, object));
        break;
    case RV_TYPE_ENUM:
        add_text(out, rv__field_word(field, object));
        break;
    case RV_TYPE_TIME:
        rv_time_text(time, rv__field_double(field, object, 0));
        add_text(out, time[0] ? time : NULL);
        break;
    }
}

void rv__json_members(rv__str *out, const rv_fields *fields, const void *object)
{
    for (size_t i = 0; i < fields->n; i++) {
        rv__str_add(out, i ? ", " : "");
        rv__str_json(out, fields->field[i].name);
        rv__str_add(out, ": ");
        add_value(out, &fields->field[i], object);
    }
}

void rv__json_from_fields(rv__str *out, const rv_fields *fields, const void *object)
{
    rv__str_add(out, "{");
    rv__json_members(out, fields, object);
    rv__str_add(out, "}");
}

static int wrong_type(const rv_field *field, const char *wanted)
{
    return rv__fail(RV_ERR_FORMAT, "'%s' must be %s", field->name, wanted);
}

static int read_number(const rv_field *field, void *object, size_t i, const rv__json *node)
{
    const double value = rv__json_number(node);
    if (field->type == RV_TYPE_DOUBLE) {
        if (!rv__json_is(node, 'n') && !rv__json_is(node, 'z'))
            return wrong_type(field, "a number or null");
        rv__field_put_double(field, object, i, value);
        return RV_OK;
    }
    if (!(value >= INT_MIN && value <= INT_MAX) || value != floor(value))
        return wrong_type(field, "an integer");
    rv__field_put_int(field, object, i, (int)value);
    return RV_OK;
}

static int read_numbers(const rv_field *field, void *object, const rv__json *node)
{
    if (field->count == 1)
        return read_number(field, object, 0, node);
    if (!rv__json_is(node, 'a') || rv__json_size(node) != field->count)
        return rv__fail(RV_ERR_FORMAT, "'%s' must be a list of %zu numbers", field->name, field->count);
    int err = RV_OK;
    for (size_t i = 0; i < field->count && err == RV_OK; i++)
        err = read_number(field, object, i, rv__json_at(node, i));
    return err;
}

static int read_time(const rv_field *field, void *object, const rv__json *node)
{
    const char *text = rv__json_text(node);
    rv_period period = { NAN, NAN };
    if (!text && !rv__json_is(node, 'z'))
        return wrong_type(field, "a time or null");
    if (text && rv_period_parse(&period, text) < 0)
        return rv__subject(RV_ERR_FORMAT, "'%s': ", field->name);
    rv__field_put_double(field, object, 0, period.t_min);
    return RV_OK;
}

static int read_text(const rv_field *field, void *object, const rv__json *node)
{
    const char *text = rv__json_text(node);
    if (!text && !(field->type == RV_TYPE_STRING && rv__json_is(node, 'z')))
        return wrong_type(field, "text");
    return field->type == RV_TYPE_ENUM ? rv__field_put_word(field, object, text)
                                       : rv__field_put_string(field, object, text);
}

static int read_value(const rv_field *field, void *object, const rv__json *node)
{
    switch (field->type) {
    case RV_TYPE_DOUBLE:
    case RV_TYPE_INT:
        return read_numbers(field, object, node);
    case RV_TYPE_BOOL:
        if (!rv__json_is(node, 'b'))
            return wrong_type(field, "true or false");
        rv__field_put_bool(field, object, json_is_true(inner(node)));
        return RV_OK;
    case RV_TYPE_TIME:
        return read_time(field, object, node);
    case RV_TYPE_TEXT:
    case RV_TYPE_STRING:
    case RV_TYPE_ENUM:
        break;
    }
    return read_text(field, object, node);
}

typedef struct filling {
    const rv_fields *fields;
    void *object;
} filling;

static int fill_member(const char *key, const rv__json *value, void *user)
{
    const filling *f = user;
    const rv_field *field = rv_field_find(f->fields, key);
    if (!field || strcmp(field->name, key) != 0)
        return rv__fail(RV_ERR_FORMAT, "'%.60s' is no field of %s", key, f->fields->name);
    const int err = read_value(field, f->object, value);
    return err < 0 ? err : rv__field_check(field, f->object, true);
}

int rv__json_to_fields(const rv__json *object, const rv_fields *fields, void *out)
{
    if (!rv__json_is(object, 'o'))
        return rv__fail(RV_ERR_FORMAT, "%s must be an object", fields->name);
    void *copy = rv__alloc(1, fields->size);
    if (!copy)
        return RV_ERR_NOMEM;
    memcpy(copy, out, fields->size);
    const int err = rv__json_each(object, fill_member, &(filling){ fields, copy });
    if (err == RV_OK)
        memcpy(out, copy, fields->size);
    rv__free(copy);
    return err;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* JSON in (a tree that is only read) and described structs out. Depth <= 64, size <= 64 MB, doubled keys refused. */
#ifndef RV_BASE_JSON_H
#define RV_BASE_JSON_H

#include <revisit/field.h>

#include "base/str.h"

typedef struct rv__json rv__json; /* borrowed nodes; only the root is freed */

int rv__json_parse(rv__json **out, const char *text, size_t n); /* RV_ERR_FORMAT with line and column */
int rv__json_load(rv__json **out, const char *path);            /* the sentence names the path */
void rv__json_free(rv__json *root);
/* Getters: NULL node or wrong type gives NULL, NAN, 0 or the fallback. */
const rv__json *rv__json_get(const rv__json *object, const char *key);
const rv__json *rv__json_path(const rv__json *object, const char *path); /* "properties/view:sun_azimuth" */
const rv__json *rv__json_at(const rv__json *array, size_t i);
size_t rv__json_size(const rv__json *array_or_object);
const char *rv__json_text(const rv__json *node);  /* NULL unless a string */
double rv__json_number(const rv__json *node);     /* NAN unless a number */
int rv__json_true(const rv__json *node);          /* 1 for true, else 0 */
int rv__json_is(const rv__json *node, char type); /* 'o' 'a' 's' 'n' 'b' 'z'(null) */
/** Visit the members of an object in file order. */
int rv__json_each(const rv__json *object, int (*fn)(const char *key, const rv__json *value, void *user), void *user);

/** Append the described struct as an object: {"a": 1, "t_min": "2022-05-16T00:00:00Z", "sun": null}. No outer members besides. */
void rv__json_from_fields(rv__str *out, const rv_fields *fields, const void *object);
/** Append only its members ("a": 1, "b": 2), for objects with nested parts. */
void rv__json_members(rv__str *out, const rv_fields *fields, const void *object);
/** Fill a described struct from an object; unknown keys are an error, missing ones keep their value. A RV_TYPE_STRING
 *  field borrows its text from the tree. @return RV_OK, RV_ERR_FORMAT, RV_ERR_RANGE, RV_ERR_NOMEM; out is untouched then */
int rv__json_to_fields(const rv__json *object, const rv_fields *fields, void *out);

#endif

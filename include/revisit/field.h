/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file field.h
 * Described structs: a flat struct with one row per field. Parsing, checks, help, JSON, manual and database columns
 * all come from these rows. Flat things only; nested parts are tables of their own.
 */
#ifndef REVISIT_FIELD_H
#define REVISIT_FIELD_H

#include <revisit/base.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum rv_field_type {
    RV_TYPE_DOUBLE, /* double; NAN = unknown: null in JSON, NULL in the database */
    RV_TYPE_INT,    /* int */
    RV_TYPE_BOOL,   /* bool */
    RV_TYPE_TEXT,   /* char[size], always terminated; for rows */
    RV_TYPE_STRING, /* const char *, borrowed, NULL = not given; for options */
    RV_TYPE_ENUM,   /* int (or an enum type of int's size) that indexes names[] */
    RV_TYPE_TIME    /* double, UTC seconds; ISO 8601 text outside; infinite or NAN = null */
} rv_field_type;

typedef struct rv_field {
    const char *name; /* member, flag (with -), JSON key and column */
    rv_field_type type;
    size_t offset;
    size_t size;              /* bytes of the whole member */
    size_t count;             /* values in the member: 1, or more for an array of double or int */
    double min, max;          /* limits of numbers, both allowed */
    const char *unit;         /* "m2", "" */
    const char *help;         /* one sentence without a full stop */
    const char *const *names; /* RV_TYPE_ENUM: its words, NULL-terminated; else NULL */
    const char *word;         /* RV_TYPE_STRING: what the value is, for the help ("FILE"); else NULL */
} rv_field;

typedef struct rv_fields {
    const char *name;      /* "detect_opts" */
    size_t size;           /* sizeof the struct */
    const void *defaults;  /* the struct as its INIT macro makes it; NULL: all empty and unknown */
    const rv_field *field; /* n rows */
    size_t n;
} rv_fields;

/* One row each. T is the struct, m the member. */
#define RV_FIELD_COUNT(T, m, E) (sizeof(((T *)0)->m) / sizeof(E))
/* clang-format off */
#define RV_FIELD_ROW(T, m, type, count, lo, hi, unit, help, names, word) \
    { #m, type, offsetof(T, m), sizeof(((T *)0)->m), count, lo, hi, unit, help, names, word }
#define RV_DOUBLE(T, m, lo, hi, unit, help) \
    RV_FIELD_ROW(T, m, RV_TYPE_DOUBLE, RV_FIELD_COUNT(T, m, double), lo, hi, unit, help, NULL, NULL)
#define RV_INT(T, m, lo, hi, unit, help) \
    RV_FIELD_ROW(T, m, RV_TYPE_INT, RV_FIELD_COUNT(T, m, int), lo, hi, unit, help, NULL, NULL)
#define RV_BOOL(T, m, help) RV_FIELD_ROW(T, m, RV_TYPE_BOOL, 1, 0, 1, "", help, NULL, NULL)
#define RV_TEXT(T, m, help) RV_FIELD_ROW(T, m, RV_TYPE_TEXT, 1, 0, 0, "", help, NULL, NULL)
#define RV_STRING(T, m, word, help) RV_FIELD_ROW(T, m, RV_TYPE_STRING, 1, 0, 0, "", help, NULL, word)
#define RV_ENUM(T, m, names, help) RV_FIELD_ROW(T, m, RV_TYPE_ENUM, 1, 0, 0, "", help, names, NULL)
#define RV_TIME(T, m, help) RV_FIELD_ROW(T, m, RV_TYPE_TIME, 1, 0, 0, "", help, NULL, NULL)
/* clang-format on */

/** The row of a name ('-' and '_' are the same), or NULL. */
RV_API const rv_field *rv_field_find(const rv_fields *fields, const char *name);

/** Set every field to its default. */
RV_API void rv_fields_init(const rv_fields *fields, void *object);

/**
 * Set one field from text: numbers without locale, "true/false/yes/no/1/0", an enum's word, an ISO 8601 time, arrays
 * separated by commas. The text must be used up; limits are checked. A RV_TYPE_STRING field keeps the pointer; "" makes
 * a double or a time unknown; of a time less precise than a second ("2022-05") the first moment is taken.
 *
 * @return RV_OK; RV_ERR_RANGE "min_area_m2 must lie in [0, 1e+07] m2, not -5"
 */
RV_API int rv_field_parse(const rv_field *field, void *object, const char *text);

/**
 * Check every field of a struct against its limits. NAN passes where the default is NAN, or everywhere without defaults.
 *
 * @return RV_OK or RV_ERR_RANGE
 */
RV_API int rv_fields_check(const rv_fields *fields, const void *object);

/** Text of one field as rv_field_parse reads it; "" for null. Cut to size. */
RV_API void rv_field_text(const rv_field *field, const void *object, char *out, size_t size);

/** True when both structs agree in the field (two NANs agree). */
RV_API bool rv_field_equal(const rv_field *field, const void *a, const void *b);

#ifdef __cplusplus
}
#endif
#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Described structs inside the library: one value of one field, for the JSON and the database writers. */
#ifndef RV_BASE_FIELD_H
#define RV_BASE_FIELD_H

#include <revisit/field.h>

/** The i-th value of a RV_TYPE_DOUBLE or RV_TYPE_TIME field. */
double rv__field_double(const rv_field *field, const void *object, size_t i);
void rv__field_put_double(const rv_field *field, void *object, size_t i, double value);
/** The i-th value of a RV_TYPE_INT field, or the index of a RV_TYPE_ENUM. */
int rv__field_int(const rv_field *field, const void *object, size_t i);
void rv__field_put_int(const rv_field *field, void *object, size_t i, int value);
bool rv__field_bool(const rv_field *field, const void *object);
void rv__field_put_bool(const rv_field *field, void *object, bool value);
/** The text of a RV_TYPE_TEXT (never NULL) or RV_TYPE_STRING field (NULL = not given). */
const char *rv__field_string(const rv_field *field, const void *object);
/** Copies into a RV_TYPE_TEXT; keeps the pointer in a RV_TYPE_STRING. @return RV_OK or RV_ERR_RANGE when too long */
int rv__field_put_string(const rv_field *field, void *object, const char *text);
/** The word of a RV_TYPE_ENUM, or NULL when its index has none. */
const char *rv__field_word(const rv_field *field, const void *object);
int rv__field_put_word(const rv_field *field, void *object, const char *word); /* RV_OK or RV_ERR_RANGE */

/** Check one field; NAN passes only where unknown_fits. @return RV_OK or RV_ERR_RANGE */
int rv__field_check(const rv_field *field, const void *object, bool unknown_fits);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Described struct to row and back, driven by the field rows alone: a number is a number, a time its UTC seconds, an enum
 * its word, an array JSON text, and not knowing (NAN, an open time) is NULL. The typed put functions at the end are what
 * the steps call. */
#include "case/store.h"

#include "base/field.h"
#include "base/json.h"
#include "base/mem.h"
#include "geo/polygon.h"

#include <math.h>
#include <string.h>

static int bind_array(rv__stmt *stmt, int param, const rv_field *field, const void *row)
{
    rv__str text = { 0 };
    for (size_t i = 0; i < field->count; i++) {
        rv__str_add(&text, i ? "," : "[");
        if (field->type == RV_TYPE_INT)
            rv__str_addf(&text, "%d", rv__field_int(field, row, i));
        else
            rv__str_number(&text, rv__field_double(field, row, i));
    }
    rv__str_add(&text, "]");
    const int err = text.err;
    if (err == RV_OK)
        rv__stmt_text(stmt, param, text.s);
    rv__str_release(&text);
    return err;
}

static int bind_field(rv__stmt *stmt, int param, const rv_field *field, const void *row)
{
    if (field->count > 1)
        return bind_array(stmt, param, field, row);
    switch (field->type) {
    case RV_TYPE_DOUBLE:
        rv__stmt_real(stmt, param, rv__field_double(field, row, 0));
        break;
    case RV_TYPE_TIME: {
        const double t = rv__field_double(field, row, 0);
        rv__stmt_real(stmt, param, isfinite(t) ? t : (double)NAN);
        break;
    }
    case RV_TYPE_INT:
        rv__stmt_int(stmt, param, rv__field_int(field, row, 0));
        break;
    case RV_TYPE_BOOL:
        rv__stmt_int(stmt, param, rv__field_bool(field, row));
        break;
    case RV_TYPE_ENUM:
        rv__stmt_text(stmt, param, rv__field_word(field, row));
        break;
    case RV_TYPE_TEXT:
    case RV_TYPE_STRING:
        rv__stmt_text(stmt, param, rv__field_string(field, row));
        break;
    }
    return RV_OK;
}

static int read_array(void *row, const rv_field *field, const char *text)
{
    rv__json *array = NULL;
    int err = rv__json_parse(&array, text, strlen(text));
    if (err < 0)
        return err;
    if (rv__json_size(array) != field->count)
        err = rv__fail(RV_ERR_FORMAT, "%zu numbers, not %zu", rv__json_size(array), field->count);
    for (size_t i = 0; i < field->count && err == RV_OK; i++) {
        const double number = rv__json_number(rv__json_at(array, i));
        if (field->type == RV_TYPE_INT)
            rv__field_put_int(field, row, i, fabs(number) < 2147483648.0 ? (int)number : 0);
        else
            rv__field_put_double(field, row, i, number);
    }
    rv__json_free(array);
    return err;
}

/* An open end is NULL in the table; which end it was is told by the field's default. */
static double open_time(const rv_fields *fields, const rv_field *field)
{
    const double standard = rv__field_double(field, fields->defaults, 0);
    return isinf(standard) ? standard : (double)NAN;
}

static int read_field(void *row, const rv__stmt *stmt, int column, const rv_field *field)
{
    if (field->count > 1)
        return read_array(row, field, rv__stmt_get_text(stmt, column));
    switch (field->type) {
    case RV_TYPE_DOUBLE:
    case RV_TYPE_TIME:
        rv__field_put_double(field, row, 0, rv__stmt_get_real(stmt, column));
        return RV_OK;
    case RV_TYPE_INT:
        rv__field_put_int(field, row, 0, (int)rv__stmt_get_int(stmt, column));
        return RV_OK;
    case RV_TYPE_BOOL:
        rv__field_put_bool(field, row, rv__stmt_get_int(stmt, column) != 0);
        return RV_OK;
    case RV_TYPE_ENUM:
        return rv__field_put_word(field, row, rv__stmt_get_text(stmt, column));
    case RV_TYPE_TEXT:
        return rv__field_put_string(field, row, rv__stmt_get_text(stmt, column));
    case RV_TYPE_STRING: /* rows own their texts, so no row has one */
        break;
    }
    return RV_OK;
}

void rv__row_columns(rv__str *sql, const rv_fields *fields, const char *prefix)
{
    for (size_t i = 0; i < fields->n; i++)
        rv__str_addf(sql, "%s%s.\"%s\"", i ? ", " : "", prefix, fields->field[i].name);
}

int rv__row_bind(rv__stmt *stmt, int param, const rv_fields *fields, const void *row)
{
    int err = RV_OK;
    for (size_t i = 0; i < fields->n && err == RV_OK; i++)
        err = bind_field(stmt, param + (int)i, &fields->field[i], row);
    return err;
}

int rv__row_read(void *row, const rv__stmt *stmt, int column, const rv_fields *fields)
{
    rv_fields_init(fields, row);
    for (size_t i = 0; i < fields->n; i++) {
        const rv_field *field = &fields->field[i];
        if (rv__stmt_is_null(stmt, column + (int)i)) {
            if (field->type == RV_TYPE_TIME)
                rv__field_put_double(field, row, 0, open_time(fields, field));
            else if (field->type == RV_TYPE_DOUBLE && field->count == 1)
                rv__field_put_double(field, row, 0, (double)NAN);
            continue; /* a column added since keeps its default */
        }
        const int err = read_field(row, stmt, column + (int)i, field);
        if (err < 0) /* out of range or too long: the file is not what it says */
            return rv__subject(err == RV_ERR_NOMEM ? err : RV_ERR_FORMAT, "case.db: %s.%s: ", fields->name,
                               field->name);
    }
    return RV_OK;
}

int rv__row_put(rv_case *c, const rv__table *table, int run_id, const void *row, const char *extra)
{
    const rv_fields *fields = table->fields();
    const int n = (int)fields->n;
    rv__str sql = { 0 };
    rv__stmt *s = NULL;
    int err;
    rv__str_addf(&sql, "INSERT OR REPLACE INTO \"%s\" (run_id", table->name);
    for (int i = 0; i < n; i++)
        rv__str_addf(&sql, ", \"%s\"", fields->field[i].name);
    if (table->extra)
        rv__str_addf(&sql, ", \"%s\"", table->extra);
    for (int i = 0; i < n + 1 + (table->extra ? 1 : 0); i++)
        rv__str_addf(&sql, "%s?%d", i ? ", " : ") VALUES (", i + 1);
    rv__str_add(&sql, ")");
    err = sql.err < 0 ? sql.err : rv__stmt_new(&s, c->db, sql.s);
    rv__str_release(&sql);
    if (err < 0)
        return err;
    rv__stmt_int(s, 1, run_id);
    if ((err = rv__row_bind(s, 2, fields, row)) < 0) {
        rv__stmt_free(s);
        return err;
    }
    if (table->extra)
        rv__stmt_text(s, n + 2, extra);
    return rv__stmt_finish(s);
}

int rv__scene_put(rv_case *c, int run_id, const rv_scene_info *row)
{
    return rv__row_put(c, &rv__table_scene, run_id, row, NULL);
}

int rv__transform_put(rv_case *c, int run_id, const rv_transform *row)
{
    return rv__row_put(c, &rv__table_transform, run_id, row, NULL);
}

int rv__gain_put(rv_case *c, int run_id, const rv_gain *row)
{
    return rv__row_put(c, &rv__table_gain, run_id, row, NULL);
}

int rv__outline_put(rv_case *c, int run_id, const char *structure_id, const rv_polygon *outline)
{
    uint8_t *wkb = NULL;
    size_t n = 0;
    rv__stmt *s = NULL;
    int err;
    if ((err = rv__polygon_to_wkb(&wkb, &n, outline)) < 0)
        return err;
    if ((err = rv__stmt_new(&s, c->db, "INSERT OR REPLACE INTO outline VALUES (?1, ?2, ?3)")) == RV_OK) {
        rv__stmt_int(s, 1, run_id);
        rv__stmt_text(s, 2, structure_id);
        rv__stmt_blob(s, 3, wkb, n);
        err = rv__stmt_finish(s);
    }
    rv__free(wkb);
    return err;
}

int rv__structure_put(rv_case *c, int run_id, const rv_structure *row)
{
    const int err = rv__row_put(c, &rv__table_structure, run_id, row, NULL);
    return err < 0 ? err : rv__outline_put(c, run_id, row->id, &row->outline);
}

int rv__measurement_put(rv_case *c, int run_id, const rv_measurement *row)
{
    return rv__row_put(c, &rv__table_measurement, run_id, row, NULL);
}

int rv__gcp_put(rv_case *c, int run_id, const rv_gcp *row)
{
    return rv__row_put(c, &rv__table_gcp, run_id, row, NULL);
}

int rv__smallest_put(rv_case *c, int run_id, const rv_smallest *row)
{
    return rv__row_put(c, &rv__table_smallest, run_id, row, NULL);
}

int rv__budget_put(rv_case *c, int run_id, const rv_budget_term *row)
{
    return rv__row_put(c, &rv__table_budget, run_id, row, NULL);
}

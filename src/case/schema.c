/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of a case. One table per described struct, its columns made from the field rows, so that a new field is one
 * row in the model and nothing here; four tables of our own beside them. The version stands in the file's header
 * (user_version): a database made by a newer build is refused, one made by an older build gets the tables and columns it
 * lacks, which read as empty and unknown. */
#include "case/store.h"

#include <stddef.h>

const rv__table rv__table_scene = { "scene", rv_scene_info_fields, "id", NULL };
const rv__table rv__table_transform = { "transform", rv_transform_fields, "run_id, scene_id", NULL };
const rv__table rv__table_gain = { "gain", rv_gain_fields, "run_id, scene_id, band", NULL };
const rv__table rv__table_structure = { "structure", rv_structure_fields, "run_id, id", NULL };
const rv__table rv__table_measurement = { "measurement", rv_measurement_fields, NULL, NULL };
const rv__table rv__table_budget = { "budget", rv_budget_term_fields, NULL, NULL };
const rv__table rv__table_smallest = { "smallest", rv_smallest_fields, NULL, NULL };
const rv__table rv__table_place = { "place", rv_place_fields, NULL, "shape" };
const rv__table rv__table_gcp = { "gcp", rv_gcp_fields, NULL, NULL };
const rv__table rv__table_run = { "run", rv_run_fields, NULL, NULL };

static const rv__table *const tables[] = { &rv__table_scene,     &rv__table_transform,   &rv__table_gain,
                                           &rv__table_structure, &rv__table_measurement, &rv__table_budget,
                                           &rv__table_place,     &rv__table_gcp,         &rv__table_smallest };
enum { N_TABLES = sizeof tables / sizeof *tables };

/* outline: run_id is the detect run that drew it or the measure run that refined it.
 * file: path is relative to the case, or absolute for an original that stays where it is.
 * fact: text facts of a run, such as the reference scene of an align run. */
static const char own_tables[] =
    "CREATE TABLE outline (run_id INTEGER NOT NULL REFERENCES run (id), structure_id TEXT NOT NULL,"
    " wkb BLOB NOT NULL, PRIMARY KEY (run_id, structure_id));"
    "CREATE TABLE file (path TEXT PRIMARY KEY, run_id INTEGER NOT NULL REFERENCES run (id), sha256 TEXT NOT NULL);"
    "CREATE TABLE fact (run_id INTEGER NOT NULL REFERENCES run (id), key TEXT NOT NULL, value TEXT NOT NULL,"
    " PRIMARY KEY (run_id, key));"
    "CREATE TABLE journal (seq INTEGER PRIMARY KEY, t REAL NOT NULL, what TEXT NOT NULL, subject TEXT NOT NULL,"
    " text TEXT NOT NULL, hash TEXT NOT NULL);"
    "CREATE INDEX measurement_run ON measurement (run_id);"
    "CREATE INDEX budget_run ON budget (run_id);";

static const char *column_type(const rv_field *field)
{
    if (field->count > 1)
        return "TEXT"; /* JSON array */
    switch (field->type) {
    case RV_TYPE_DOUBLE:
    case RV_TYPE_TIME:
        return "REAL";
    case RV_TYPE_INT:
    case RV_TYPE_BOOL:
        return "INTEGER";
    default:
        return "TEXT"; /* an enum is stored as its word: readable, and safe when words are added */
    }
}

static void add_columns(rv__str *sql, const rv_fields *fields)
{
    for (size_t i = 0; i < fields->n; i++)
        rv__str_addf(sql, ", \"%s\" %s", fields->field[i].name, column_type(&fields->field[i]));
}

static int exec_and_release(rv__db *db, rv__str *sql)
{
    const int err = sql->err < 0 ? sql->err : rv__db_exec(db, sql->s);
    rv__str_release(sql);
    return err;
}

static int create_run_table(rv__db *db)
{
    rv__str sql = { 0 };
    const rv_fields *fields = rv_run_fields();
    rv__str_add(&sql, "CREATE TABLE run (id INTEGER PRIMARY KEY");
    for (size_t i = 1; i < fields->n; i++) /* row 0 is the id */
        rv__str_addf(&sql, ", \"%s\" %s", fields->field[i].name, column_type(&fields->field[i]));
    rv__str_add(&sql, ")");
    return exec_and_release(db, &sql);
}

static int create_table(rv__db *db, const rv__table *table)
{
    rv__str sql = { 0 };
    rv__str_addf(
        &sql, "CREATE TABLE IF NOT EXISTS \"%s\" (seq INTEGER PRIMARY KEY, run_id INTEGER NOT NULL REFERENCES run (id)",
        table->name);
    add_columns(&sql, table->fields());
    if (table->extra)
        rv__str_addf(&sql, ", \"%s\" TEXT", table->extra);
    if (table->key)
        rv__str_addf(&sql, ", UNIQUE (%s)", table->key);
    rv__str_add(&sql, ")");
    return exec_and_release(db, &sql);
}

static int extend_table(rv__db *db, const rv__table *table)
{
    const rv_fields *fields = table->fields();
    for (size_t i = 0; i < fields->n; i++) {
        bool there = false;
        int err = rv__db_has_column(&there, db, table->name, fields->field[i].name);
        if (err < 0)
            return err;
        if (there)
            continue;
        rv__str sql = { 0 };
        rv__str_addf(&sql, "ALTER TABLE \"%s\" ADD COLUMN \"%s\" %s", table->name, fields->field[i].name,
                     column_type(&fields->field[i]));
        if ((err = exec_and_release(db, &sql)) < 0)
            return err;
    }
    return RV_OK;
}

int rv__schema_create(rv__db *db)
{
    int err;
    if ((err = rv__db_begin(db)) < 0 || (err = create_run_table(db)) < 0)
        goto fail;
    for (size_t i = 0; i < N_TABLES; i++)
        if ((err = create_table(db, tables[i])) < 0)
            goto fail;
    if ((err = rv__db_exec(db, own_tables)) < 0 || (err = rv__db_schema_set(db, RV__SCHEMA_VERSION)) < 0 ||
        (err = rv__db_commit(db)) < 0)
        goto fail;
    return RV_OK;
fail:
    rv__db_rollback(db);
    return err;
}

int rv__schema_open(rv__db *db)
{
    int version = 0, err;
    if ((err = rv__db_schema_get(&version, db)) < 0)
        return err;
    if (version < 1)
        return rv__fail(RV_ERR_FORMAT, "case.db is not the database of a case (no schema version)");
    if (version > RV__SCHEMA_VERSION)
        return rv__fail(RV_ERR_REFUSED,
                        "case.db has schema version %d, made by a newer release (this one reads up to %d)", version,
                        RV__SCHEMA_VERSION);
    if ((err = extend_table(db, &rv__table_run)) < 0)
        return err;
    for (size_t i = 0; i < N_TABLES; i++)
        if ((err = create_table(db, tables[i])) < 0 || (err = extend_table(db, tables[i])) < 0)
            return err;
    return RV_OK;
}

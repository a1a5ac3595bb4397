/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of this folder share: the case itself, its tables, and rows in general. */
#ifndef RV_CASE_STORE_H
#define RV_CASE_STORE_H

#include "base/str.h"
#include "case/case_internal.h"
#include "case/db.h"

enum { RV__SCHEMA_VERSION = 1 };

struct rv_case {
    char *folder;
    char name[256];
    double gsd_m;
    bool keep_references;
    rv__db *db;
    int lock_fd;         /* holds the writer's lock while a run is open, else -1 */
    double lock_wait_s;  /* how long run_begin waits for another writer */
    int open_run;        /* 0 = none */
    double open_clock_s; /* monotonic, at its begin */
};

/** A table whose columns are the described fields of one struct, in their order, behind seq and run_id. */
typedef struct rv__table {
    const char *name;
    const rv_fields *(*fields)(void);
    const char *key;   /* columns of the UNIQUE constraint, or NULL */
    const char *extra; /* one more column, of text, or NULL */
} rv__table;

extern const rv__table rv__table_scene, rv__table_transform, rv__table_gain, rv__table_structure, rv__table_measurement,
    rv__table_budget, rv__table_place, rv__table_gcp, rv__table_smallest, rv__table_run;

/* rows.c */
/** Append "a"."id", "a"."path", ... for SELECT; prefix is the table's alias. */
void rv__row_columns(rv__str *sql, const rv_fields *fields, const char *prefix);
int rv__row_bind(rv__stmt *stmt, int param, const rv_fields *fields, const void *row);
/** Fill a struct from columns [column, column + n). NULL times become the field's default, other NULL numbers NAN. */
int rv__row_read(void *row, const rv__stmt *stmt, int column, const rv_fields *fields);
/** INSERT OR REPLACE; extra is bound to the table's extra column. */
int rv__row_put(rv_case *c, const rv__table *table, int run_id, const void *row, const char *extra);

/* schema.c */
int rv__schema_create(rv__db *db);
/** Check the version of an opened database and add columns that an older build did not know. */
int rv__schema_open(rv__db *db);

/* lock.c */
/** Take the writer's lock, waiting at most wait_s. @return RV_OK, RV_ERR_LOCKED, RV_ERR_IO */
int rv__lock_take(rv_case *c, double wait_s);
void rv__lock_drop(rv_case *c);

/* runs.c */
/** Runs recorded as running while nobody holds the lock were cut off: mark them failed. */
int rv__runs_recover(rv_case *c);

/* journal.c */
int rv__journal_check(rv_case *c);
/** Hash that the journal last recorded for a file; "" when it did not. */
int rv__journal_file_hash(rv_case *c, char out[RV_HASH_MAX], const char *path);

#endif

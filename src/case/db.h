/* SPDX-License-Identifier: Apache-2.0 */
/* The database behind a case: statements with numbered parameters ("?1"), transactions, nothing else. Small on purpose,
 * so that a second store can stand beside db_sqlite.c. Column and parameter numbers start at 0 and 1, as in SQL libraries. */
#ifndef RV_CASE_DB_H
#define RV_CASE_DB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct rv__db rv__db;
typedef struct rv__stmt rv__stmt;

/** Open a database that is there, or make a new file (mode 0600). @return RV_OK; RV_ERR_FORMAT for what is no database, RV_ERR_IO, RV_ERR_LOCKED */
int rv__db_open(rv__db **out, const char *path, bool create);
void rv__db_close(rv__db *db);
const char *rv__db_version(void); /* "SQLite 3.40.1" */

/** Run statements that give no rows. */
int rv__db_exec(rv__db *db, const char *sql);
int rv__db_begin(rv__db *db); /* takes the write lock at once */
int rv__db_commit(rv__db *db);
void rv__db_rollback(rv__db *db); /* nothing to do outside a transaction */
bool rv__db_in_transaction(const rv__db *db);

/** Version of the tables as the file's header keeps it; 0 for an empty database. */
int rv__db_schema_get(int *version, rv__db *db);
int rv__db_schema_set(rv__db *db, int version);
/** Whether a table has a column. */
int rv__db_has_column(bool *out, rv__db *db, const char *table, const char *column);

int rv__stmt_new(rv__stmt **out, rv__db *db, const char *sql);
void rv__stmt_free(rv__stmt *stmt); /* NULL is fine */
/* Parameters; a failed bind is reported by the next step. NAN binds as NULL, a NULL text too. Texts are copied. */
void rv__stmt_int(rv__stmt *stmt, int param, int64_t value);
void rv__stmt_real(rv__stmt *stmt, int param, double value);
void rv__stmt_text(rv__stmt *stmt, int param, const char *text);
void rv__stmt_blob(rv__stmt *stmt, int param, const void *bytes, size_t n);
/** @return 1 with a row, 0 at the end, a negative code on failure */
int rv__stmt_step(rv__stmt *stmt);
/** Run a statement that gives no rows, then free it (in any case). */
int rv__stmt_finish(rv__stmt *stmt);
/* Columns of the current row, valid until the next step. */
bool rv__stmt_is_null(const rv__stmt *stmt, int column);
int64_t rv__stmt_get_int(const rv__stmt *stmt, int column);
double rv__stmt_get_real(const rv__stmt *stmt, int column);      /* NAN for NULL */
const char *rv__stmt_get_text(const rv__stmt *stmt, int column); /* "" for NULL */
const void *rv__stmt_get_blob(const rv__stmt *stmt, int column, size_t *n);

#endif

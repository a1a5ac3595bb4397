/* SPDX-License-Identifier: Apache-2.0 */
/* The case's database in SQLite: one file, WAL so that readers never wait for a step, synchronous FULL so that what was
 * committed survives a power cut. A case may come from a stranger, so the schema is not trusted: views and triggers in the
 * file may call no function with side effects (trusted_schema off), and the defensive flag keeps SQL away from the file's
 * own structures. The road not taken: one database a step joined by ATTACH, whose commits are not atomic under WAL. */
#include "case/db.h"

#include "base/error.h"
#include "base/mem.h"

#include <sqlite3.h>

#include <fcntl.h>
#include <math.h>
#include <unistd.h>

enum { BUSY_MS = 30000 };

struct rv__db {
    sqlite3 *handle;
};

struct rv__stmt {
    sqlite3 *handle; /* borrowed */
    sqlite3_stmt *stmt;
    int bound; /* first failed bind, else SQLITE_OK */
};

static int code_of(int sqlite_code)
{
    switch (sqlite_code & 0xff) {
    case SQLITE_OK:
        return RV_OK;
    case SQLITE_NOMEM:
        return RV_ERR_NOMEM;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return RV_ERR_LOCKED;
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
    case SQLITE_ERROR: /* a table or column that is not there */
        return RV_ERR_FORMAT;
    default:
        return RV_ERR_IO;
    }
}

static int fail_with(sqlite3 *handle, int sqlite_code)
{
    if ((sqlite_code & 0xff) == SQLITE_BUSY)
        return rv__fail(RV_ERR_LOCKED, "case.db is held by another process (waited %d s)", BUSY_MS / 1000);
    return rv__fail(code_of(sqlite_code), "case.db: %s", sqlite3_errmsg(handle));
}

/* Made beforehand, because SQLite would give a new file the umask's mode; the WAL beside it inherits this one. */
static int make_file(const char *path)
{
    const int fd = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
    if (fd < 0)
        return rv__fail(RV_ERR_IO, "%s cannot be made", path);
    close(fd);
    return RV_OK;
}

static int configure(rv__db *db)
{
    sqlite3_extended_result_codes(db->handle, 1);
    sqlite3_busy_timeout(db->handle, BUSY_MS);
    sqlite3_db_config(db->handle, SQLITE_DBCONFIG_DEFENSIVE, 1, (int *)NULL);
    sqlite3_db_config(db->handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, (int *)NULL);
    sqlite3_db_config(db->handle, SQLITE_DBCONFIG_ENABLE_FKEY, 1, (int *)NULL);
    return rv__db_exec(db, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;");
}

int rv__db_open(rv__db **out, const char *path, bool create)
{
    int err;
    rv__db *db = rv__alloc(1, sizeof *db);
    if (!db)
        return RV_ERR_NOMEM;
    if (create && (err = make_file(path)) < 0)
        goto fail;
    const int got = sqlite3_open_v2(path, &db->handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
    if (got != SQLITE_OK) {
        err = fail_with(db->handle, got);
        goto fail;
    }
    if ((err = configure(db)) < 0)
        goto fail;
    *out = db;
    return RV_OK;
fail:
    rv__db_close(db);
    return err;
}

void rv__db_close(rv__db *db)
{
    if (!db)
        return;
    sqlite3_close(db->handle);
    rv__free(db);
}

const char *rv__db_version(void)
{
    return "SQLite " SQLITE_VERSION;
}

int rv__db_exec(rv__db *db, const char *sql)
{
    const int got = sqlite3_exec(db->handle, sql, NULL, NULL, NULL);
    return got == SQLITE_OK ? RV_OK : fail_with(db->handle, got);
}

int rv__db_begin(rv__db *db)
{
    return rv__db_exec(db, "BEGIN IMMEDIATE");
}

int rv__db_commit(rv__db *db)
{
    return rv__db_exec(db, "COMMIT");
}

void rv__db_rollback(rv__db *db)
{
    if (rv__db_in_transaction(db))
        sqlite3_exec(db->handle, "ROLLBACK", NULL, NULL, NULL); /* the sentence of the failure before must stay */
}

bool rv__db_in_transaction(const rv__db *db)
{
    return !sqlite3_get_autocommit(db->handle);
}

int rv__db_schema_get(int *version, rv__db *db)
{
    rv__stmt *s = NULL;
    int err = rv__stmt_new(&s, db, "PRAGMA user_version");
    if (err < 0)
        return err;
    if ((err = rv__stmt_step(s)) >= 0)
        *version = err > 0 ? (int)rv__stmt_get_int(s, 0) : 0;
    rv__stmt_free(s);
    return err < 0 ? err : RV_OK;
}

int rv__db_schema_set(rv__db *db, int version)
{
    char sql[64];
    sqlite3_snprintf((int)sizeof sql, sql, "PRAGMA user_version = %d", version);
    return rv__db_exec(db, sql);
}

int rv__db_has_column(bool *out, rv__db *db, const char *table, const char *column)
{
    rv__stmt *s = NULL;
    int err = rv__stmt_new(&s, db, "SELECT 1 FROM pragma_table_info(?1) WHERE name = ?2");
    if (err < 0)
        return err;
    rv__stmt_text(s, 1, table);
    rv__stmt_text(s, 2, column);
    if ((err = rv__stmt_step(s)) >= 0)
        *out = err > 0;
    rv__stmt_free(s);
    return err < 0 ? err : RV_OK;
}

int rv__stmt_new(rv__stmt **out, rv__db *db, const char *sql)
{
    rv__stmt *s = rv__alloc(1, sizeof *s);
    if (!s)
        return RV_ERR_NOMEM;
    s->handle = db->handle;
    const int got = sqlite3_prepare_v2(db->handle, sql, -1, &s->stmt, NULL);
    if (got != SQLITE_OK) {
        rv__free(s);
        return fail_with(db->handle, got);
    }
    *out = s;
    return RV_OK;
}

void rv__stmt_free(rv__stmt *stmt)
{
    if (!stmt)
        return;
    sqlite3_finalize(stmt->stmt);
    rv__free(stmt);
}

static void keep_bind(rv__stmt *stmt, int sqlite_code)
{
    if (stmt->bound == SQLITE_OK)
        stmt->bound = sqlite_code;
}

void rv__stmt_int(rv__stmt *stmt, int param, int64_t value)
{
    keep_bind(stmt, sqlite3_bind_int64(stmt->stmt, param, value));
}

void rv__stmt_real(rv__stmt *stmt, int param, double value)
{
    keep_bind(stmt,
              isnan(value) ? sqlite3_bind_null(stmt->stmt, param) : sqlite3_bind_double(stmt->stmt, param, value));
}

void rv__stmt_text(rv__stmt *stmt, int param, const char *text)
{
    keep_bind(stmt, sqlite3_bind_text(stmt->stmt, param, text, -1, SQLITE_TRANSIENT));
}

void rv__stmt_blob(rv__stmt *stmt, int param, const void *bytes, size_t n)
{
    keep_bind(stmt, sqlite3_bind_blob64(stmt->stmt, param, bytes, n, SQLITE_TRANSIENT));
}

int rv__stmt_step(rv__stmt *stmt)
{
    const int got = stmt->bound != SQLITE_OK ? stmt->bound : sqlite3_step(stmt->stmt);
    if (got == SQLITE_ROW)
        return 1;
    return got == SQLITE_DONE ? 0 : fail_with(stmt->handle, got);
}

int rv__stmt_finish(rv__stmt *stmt)
{
    const int got = rv__stmt_step(stmt);
    rv__stmt_free(stmt);
    return got < 0 ? got : RV_OK;
}

bool rv__stmt_is_null(const rv__stmt *stmt, int column)
{
    return sqlite3_column_type(stmt->stmt, column) == SQLITE_NULL;
}

int64_t rv__stmt_get_int(const rv__stmt *stmt, int column)
{
    return sqlite3_column_int64(stmt->stmt, column);
}

double rv__stmt_get_real(const rv__stmt *stmt, int column)
{
    return rv__stmt_is_null(stmt, column) ? (double)NAN : sqlite3_column_double(stmt->stmt, column);
}

const char *rv__stmt_get_text(const rv__stmt *stmt, int column)
{
    const unsigned char *text = sqlite3_column_text(stmt->stmt, column);
    return text ? (const char *)text : "";
}

const void *rv__stmt_get_blob(const rv__stmt *stmt, int column, size_t *n)
{
    const void *bytes = sqlite3_column_blob(stmt->stmt, column);
    *n = bytes ? (size_t)sqlite3_column_bytes(stmt->stmt, column) : 0;
    return bytes;
}

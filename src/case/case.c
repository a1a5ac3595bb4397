/* SPDX-License-Identifier: Apache-2.0 */
/* The case as a folder: make it, open it, close it. It is private to its owner (0700, files 0600, originals 0400), because
 * what is looked at may be nobody else's business. The database is made under another name and renamed when whole, so a
 * folder with a case.db is always a case. */
#include "case/store.h"

#include "base/file.h"
#include "base/mem.h"

#include <assert.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NEW_DB "case.db.new"
enum { LOCK_WAIT_S = 30 };

static const char *const folders[] = { "originals", "scenes", "layers", "reports", NULL };

static const rv_case_opts case_defaults = RV_CASE_OPTS_INIT;

static const rv_field case_rows[] = {
    RV_STRING(rv_case_opts, name, "NAME", "name of the site; by default the folder's"),
    RV_DOUBLE(rv_case_opts, gsd_m, 0, 1e5, "m", "pixel size of images without a CRS; 0 = unknown"),
    RV_BOOL(rv_case_opts, keep_references, "refer to originals where they are instead of copying them"),
    RV_BOOL(rv_case_opts, overwrite, "replace a case that is there"),
};

/* What a creation that was cut off may have left. */
static int is_own_leftover(const char *name, void *user)
{
    (void)user;
    for (size_t i = 0; folders[i]; i++)
        if (strcmp(name, folders[i]) == 0)
            return 0;
    return strncmp(name, NEW_DB, sizeof NEW_DB - 1) == 0 ? 0 : 1;
}

static int file_in(char *out, size_t size, const char *folder, const char *name, bool *there)
{
    const int err = rv__path_join(out, size, folder, name);
    if (err == RV_OK)
        *there = rv__file_exists(out);
    return err;
}

/* Empty the place for a new case; whatever is not a case is left alone. */
static int make_room(const char *folder, bool overwrite)
{
    char path[RV_PATH_MAX];
    struct stat st;
    bool is_case = false;
    int got;
    if (stat(folder, &st) != 0)
        return RV_OK;
    if (!S_ISDIR(st.st_mode))
        return rv__fail(RV_ERR_REFUSED, "%s exists and is no folder", folder);
    if ((got = file_in(path, sizeof path, folder, "case.db", &is_case)) < 0)
        return got;
    if (is_case && overwrite)
        return rv__folder_remove(folder);
    if (is_case)
        return rv__fail(RV_ERR_REFUSED, "%s exists and holds a case", folder);
    if ((got = rv__folder_each(folder, is_own_leftover, NULL)) < 0)
        return got;
    return got ? rv__fail(RV_ERR_REFUSED, "%s exists and is not empty", folder) : RV_OK;
}

static int private_folder(const char *path)
{
    const int err = rv__folder_make(path);
    if (err < 0)
        return err;
    if (chmod(path, 0700) != 0)
        return rv__fail(RV_ERR_IO, "%s: the mode cannot be set: %s", path, strerror(errno));
    return RV_OK;
}

static int make_folders(const char *folder)
{
    char path[RV_PATH_MAX];
    int err = private_folder(folder);
    for (size_t i = 0; folders[i] && err == RV_OK; i++)
        if ((err = rv__path_join(path, sizeof path, folder, folders[i])) == RV_OK)
            err = private_folder(path);
    return err;
}

static int make_database(const char *folder)
{
    static const char *const leftovers[] = { NEW_DB, NEW_DB "-wal", NEW_DB "-shm" };
    char draft[RV_PATH_MAX], path[RV_PATH_MAX];
    rv__db *db = NULL;
    int err;
    for (size_t i = 0; i < sizeof leftovers / sizeof *leftovers; i++)
        if ((err = rv__path_join(draft, sizeof draft, folder, leftovers[i])) == RV_OK)
            remove(draft);
    if ((err = rv__path_join(draft, sizeof draft, folder, NEW_DB)) < 0 ||
        (err = rv__path_join(path, sizeof path, folder, "case.db")) < 0 || (err = rv__db_open(&db, draft, true)) < 0)
        return err;
    err = rv__schema_create(db);
    rv__db_close(db); /* folds the WAL in, so that one file can be renamed */
    if (err == RV_OK && rename(draft, path) != 0)
        err = rv__fail(RV_ERR_IO, "%s cannot be made: %s", path, strerror(errno));
    return err;
}

/* "a/b/Garching.case/" gives "Garching". */
static void name_of_folder(char *out, size_t size, const char *folder)
{
    char path[RV_PATH_MAX] = "";
    strncpy(path, folder, sizeof path - 1);
    for (size_t n = strlen(path); n > 1 && path[n - 1] == '/'; n--)
        path[n - 1] = '\0';
    const char *base = rv__path_base(path);
    const size_t n = strlen(base), ext = sizeof ".case" - 1;
    memset(out, 0, size);
    strncpy(out, base, size - 1);
    if (n > ext && n < size && strcmp(base + n - ext, ".case") == 0)
        out[n - ext] = '\0';
}

static int store_facts(rv_case *c, int run_id, const rv_case_opts *o)
{
    char name[sizeof c->name], gsd[32];
    int err;
    name_of_folder(name, sizeof name, c->folder);
    rv__number_text(gsd, o->gsd_m);
    if ((err = rv__fact_put(c, run_id, "name", o->name ? o->name : name)) < 0 ||
        (err = rv__fact_put(c, run_id, "gsd_m", gsd)) < 0)
        return err;
    return rv__fact_put(c, run_id, "keep_references", o->keep_references ? "1" : "0");
}

static int load_facts(rv_case *c)
{
    char text[32];
    int err;
    if ((err = rv__fact_get(c, c->name, sizeof c->name, "name")) < 0 ||
        (err = rv__fact_get(c, text, sizeof text, "gsd_m")) < 0)
        return err;
    if (!text[0] || rv__number_parse(&c->gsd_m, text) < 0)
        c->gsd_m = 0.0;
    if ((err = rv__fact_get(c, text, sizeof text, "keep_references")) < 0)
        return err;
    c->keep_references = strcmp(text, "1") == 0;
    return RV_OK;
}

static int record_init(const char *folder, const rv_case_opts *o)
{
    rv_case *c = NULL;
    int run_id = 0, err;
    if ((err = rv_case_open(&c, folder)) < 0)
        return err;
    if ((err = rv__run_begin(c, &run_id, "init", rv_case_fields(), o, 0)) == RV_OK &&
        ((err = store_facts(c, run_id, o)) < 0 || (err = rv__run_end(c, run_id, RV_RUN_DONE)) < 0))
        err = rv__run_fail(c, run_id, err);
    rv_case_close(c);
    return err;
}

const rv_fields *rv_case_fields(void)
{
    static const rv_fields fields = { "case_opts", sizeof(rv_case_opts), &case_defaults, case_rows,
                                      sizeof case_rows / sizeof *case_rows };
    return &fields;
}

int rv_case_create(rv_case **out, const char *folder, const rv_case_opts *opts)
{
    const rv_case_opts o = opts ? *opts : (rv_case_opts)RV_CASE_OPTS_INIT;
    int err;
    if ((err = rv_fields_check(rv_case_fields(), &o)) < 0 || (err = make_room(folder, o.overwrite)) < 0 ||
        (err = make_folders(folder)) < 0 || (err = make_database(folder)) < 0 || (err = record_init(folder, &o)) < 0)
        return err;
    return rv_case_open(out, folder);
}

int rv_case_open(rv_case **out, const char *folder)
{
    char path[RV_PATH_MAX];
    struct stat st;
    bool there = false;
    int err;
    if (stat(folder, &st) != 0)
        return rv__fail(RV_ERR_NOTFOUND, "%s does not exist", folder);
    if (!S_ISDIR(st.st_mode))
        return rv__fail(RV_ERR_REFUSED, "%s is not a case (no folder)", folder);
    if ((err = file_in(path, sizeof path, folder, "case.db", &there)) < 0)
        return err;
    if (!there)
        return rv__fail(RV_ERR_REFUSED, "%s is not a case (no case.db)", folder);
    rv_case *c = rv__alloc(1, sizeof *c);
    if (!c)
        return RV_ERR_NOMEM;
    c->lock_fd = -1;
    c->lock_wait_s = LOCK_WAIT_S;
    if (!(c->folder = rv__strdup(folder))) {
        err = RV_ERR_NOMEM;
        goto fail;
    }
    if ((err = rv__db_open(&c->db, path, false)) < 0 || (err = rv__schema_open(c->db)) < 0 ||
        (err = rv__runs_recover(c)) < 0 || (err = load_facts(c)) < 0)
        goto fail;
    *out = c;
    return RV_OK;
fail:
    rv_case_close(c);
    return rv__subject(err, "%s: ", folder);
}

void rv_case_close(rv_case *c)
{
    if (!c)
        return;
    assert(c->open_run == 0);
    rv__db_close(c->db);
    rv__lock_drop(c);
    rv__free(c->folder);
    rv__free(c);
}

const char *rv_case_folder(const rv_case *c)
{
    return c->folder;
}

const char *rv_case_name(const rv_case *c)
{
    return c->name;
}

double rv_case_gsd_m(const rv_case *c)
{
    return c->gsd_m;
}

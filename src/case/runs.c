/* SPDX-License-Identifier: Apache-2.0 */
/* The record of every run, from which each number can be traced: step, options, versions, a hash over all inputs, time,
 * memory. The record is committed as running before the work begins and its results are one transaction, so that a run
 * that was cut off is seen when the case is opened next, and leaves nothing else behind. */
#include "case/store.h"

#include "base/isa.h"
#include "base/json.h"
#include "base/parallel.h"
#include "base/sha256.h"
#include "base/time.h"
#include "geo/crs.h"
#include "geo/geos.h"
#include "raster/gdal_read.h"

#include <assert.h>
#include <string.h>
#include <sys/resource.h>

#define DONE "state IN ('done', 'part') AND stale = 0"

static const char *const state_names[] = { "running", "done", "part", "failed", NULL };

static const rv_run run_defaults = { 0 };

static const rv_field run_rows[] = {
    RV_INT(rv_run, id, 0, 2147483647, "", "number of the run within the case"),
    RV_TEXT(rv_run, step, "init, site, outline, add, align, detect, measure, judge or report"),
    RV_ENUM(rv_run, state, state_names, "how it ended"),
    RV_INT(rv_run, stale, 0, 1, "", "1 where an earlier step has run again since"),
    RV_INT(rv_run, based_on, 0, 2147483647, "", "run whose results it read; 0 = none"),
    RV_TEXT(rv_run, options, "all options of the step, as JSON"),
    RV_TEXT(rv_run, versions, "this program and the libraries it used, as JSON"),
    RV_TEXT(rv_run, inputs, "SHA-256 over the hashes of the files it could read"),
    RV_INT(rv_run, seed, -2147483647, 2147483647, "", "of the random numbers"),
    RV_TIME(rv_run, started, "when it began"),
    RV_DOUBLE(rv_run, duration_s, 0, 1e9, "s", "how long it took"),
    RV_DOUBLE(rv_run, peak_rss_mb, 0, 1e9, "MiB", "largest memory of the process until its end"),
    RV_INT(rv_run, threads, 0, 256, "", "workers"),
    RV_TEXT(rv_run, error, "why it failed"),
};

/* A step makes the runs of those with a larger stales rank stale. A site file is read by detect, not by align. */
typedef struct step_rank {
    const char *step;
    int rank;   /* its place in the chain */
    int stales; /* from this rank on; 9 = none */
} step_rank;

static const step_rank ranks[] = { { "init", 0, 9 },    { "add", 0, 1 },   { "site", 0, 2 },
                                   { "outline", 0, 2 }, { "align", 1, 2 }, { "detect", 2, 3 },
                                   { "measure", 3, 4 }, { "judge", 4, 5 }, { "report", 5, 9 } };
enum { N_RANKS = sizeof ranks / sizeof *ranks };

static const step_rank *rank_of(const char *step)
{
    for (size_t i = 0; i < N_RANKS; i++)
        if (strcmp(ranks[i].step, step) == 0)
            return &ranks[i];
    assert(false && "a step that is not in the table");
    return &ranks[0];
}

static double peak_rss_mb(void)
{
    struct rusage usage;
    return getrusage(RUSAGE_SELF, &usage) == 0 ? (double)usage.ru_maxrss / 1024.0 : 0.0;
}

static const char *architecture(void)
{
#if defined(__x86_64__)
    return "x86_64";
#elif defined(__aarch64__)
    return "aarch64";
#else
    return "other";
#endif
}

static void versions_text(char *out, size_t size)
{
    char gdal[128] = "";
    rv__gdal_versions(gdal, sizeof gdal);
    rv__str text = { 0 };
    rv__str_add(&text, "{\"revisit\": ");
    rv__str_json(&text, rv_version());
    rv__str_add(&text, ", \"gdal\": ");
    rv__str_json(&text, gdal);
    rv__str_add(&text, ", \"geos\": ");
    rv__str_json(&text, rv__geos_version());
    rv__str_add(&text, ", \"proj\": ");
    rv__str_json(&text, rv__proj_version());
    rv__str_add(&text, ", \"database\": ");
    rv__str_json(&text, rv__db_version());
    rv__str_add(&text, ", \"compiler\": ");
    rv__str_json(&text, __VERSION__);
    rv__str_add(&text, ", \"architecture\": ");
    rv__str_json(&text, architecture());
    rv__str_add(&text, ", \"instructions\": ");
    rv__str_json(&text, rv__isa_name(rv__isa_used()));
    rv__str_add(&text, "}");
    memset(out, 0, size);
    if (text.err == RV_OK && text.len < size)
        memcpy(out, text.s, text.len);
    rv__str_release(&text);
}

static int options_text(char *out, size_t size, const rv_fields *fields, const void *options)
{
    rv__str text = { 0 };
    if (fields)
        rv__json_from_fields(&text, fields, options);
    else
        rv__str_add(&text, "{}");
    int err = text.err;
    if (err == RV_OK && text.len >= size)
        err = rv__fail(RV_ERR_RANGE, "the options take %zu bytes, more than %zu", text.len, size - 1);
    if (err == RV_OK)
        memcpy(out, text.s, text.len + 1);
    rv__str_release(&text);
    return err;
}

/* Over "sha256 path" of each file that add, site or outline recorded or that a run in the chain of based_on recorded, in order of path. */
static int inputs_hash(rv_case *c, char *out, int based_on)
{
    rv__stmt *s = NULL;
    rv__str text = { 0 };
    int got = rv__stmt_new(&s, c->db,
                           "WITH RECURSIVE chain (id) AS (SELECT ?1 UNION SELECT r.based_on FROM run r, chain"
                           " WHERE r.id = chain.id AND r.based_on > 0)"
                           " SELECT f.sha256, f.path FROM file f JOIN run r ON r.id = f.run_id"
                           " WHERE r.step IN ('add', 'site', 'outline') OR r.id IN chain ORDER BY f.path");
    if (got < 0)
        return got;
    rv__stmt_int(s, 1, based_on);
    while ((got = rv__stmt_step(s)) > 0)
        rv__str_addf(&text, "%s %s\n", rv__stmt_get_text(s, 0), rv__stmt_get_text(s, 1));
    rv__stmt_free(s);
    if (got == 0 && (got = text.err) == RV_OK)
        got = rv__sha256(out, text.s ? text.s : "", text.len);
    rv__str_release(&text);
    return got;
}

static int query_int(int *out, rv_case *c, const char *sql, const char *text)
{
    rv__stmt *s = NULL;
    int got = rv__stmt_new(&s, c->db, sql);
    if (got < 0)
        return got;
    if (text)
        rv__stmt_text(s, 1, text);
    if ((got = rv__stmt_step(s)) > 0)
        *out = (int)rv__stmt_get_int(s, 0);
    rv__stmt_free(s);
    return got < 0 ? got : RV_OK;
}

static int insert_run(rv_case *c, const rv_run *run)
{
    const rv_fields *fields = rv_run_fields();
    rv__str sql = { 0 };
    rv__stmt *s = NULL;
    rv__str_add(&sql, "INSERT INTO run (");
    for (size_t i = 0; i < fields->n; i++)
        rv__str_addf(&sql, "%s\"%s\"", i ? ", " : "", fields->field[i].name);
    for (size_t i = 0; i < fields->n; i++)
        rv__str_addf(&sql, "%s?%zu", i ? ", " : ") VALUES (", i + 1);
    rv__str_add(&sql, ")");
    int err = sql.err < 0 ? sql.err : rv__stmt_new(&s, c->db, sql.s);
    rv__str_release(&sql);
    if (err < 0)
        return err;
    if ((err = rv__row_bind(s, 1, fields, run)) < 0) {
        rv__stmt_free(s);
        return err;
    }
    return rv__stmt_finish(s);
}

/* Set what is known only at the end, and write the journal's entry: the run's step and end. */
static int close_record(rv_case *c, int run_id, int state, const char *error)
{
    rv__stmt *s = NULL;
    char subject[48] = "";
    int err = rv__stmt_new(&s, c->db,
                           "UPDATE run SET state = ?2, duration_s = ?3, peak_rss_mb = ?4, error = ?5 WHERE id = ?1"
                           " RETURNING step || ' run ' || id");
    if (err < 0)
        return err;
    rv__stmt_int(s, 1, run_id);
    rv__stmt_text(s, 2, state_names[state]);
    rv__stmt_real(s, 3, rv__clock() - c->open_clock_s);
    rv__stmt_real(s, 4, peak_rss_mb());
    rv__stmt_text(s, 5, error);
    if ((err = rv__stmt_step(s)) > 0)
        strncpy(subject, rv__stmt_get_text(s, 0), sizeof subject - 1);
    while (err > 0)
        err = rv__stmt_step(s);
    rv__stmt_free(s);
    if (err < 0)
        return err;
    return rv__journal_add(c, "run", subject, error[0] ? error : state_names[state]);
}

/* An image that was refused (add, part) changes nothing that later steps have read. */
static int mark_stale(rv_case *c, int run_id, int state)
{
    rv__stmt *s = NULL;
    char step[16] = "";
    int got = rv__stmt_new(&s, c->db, "SELECT step FROM run WHERE id = ?1");
    if (got < 0)
        return got;
    rv__stmt_int(s, 1, run_id);
    if ((got = rv__stmt_step(s)) > 0)
        strncpy(step, rv__stmt_get_text(s, 0), sizeof step - 1);
    rv__stmt_free(s);
    if (got < 0 || (state == RV_RUN_PART && strcmp(step, "add") == 0))
        return got < 0 ? got : RV_OK;
    for (size_t i = 0; i < N_RANKS; i++) {
        if (ranks[i].rank < rank_of(step)->stales)
            continue;
        if ((got = rv__stmt_new(&s, c->db, "UPDATE run SET stale = 1 WHERE step = ?1 AND id < ?2")) < 0)
            return got;
        rv__stmt_text(s, 1, ranks[i].step);
        rv__stmt_int(s, 2, run_id);
        if ((got = rv__stmt_finish(s)) < 0)
            return got;
    }
    return RV_OK;
}

static void leave(rv_case *c)
{
    c->open_run = 0;
    rv__lock_drop(c);
}

const rv_fields *rv_run_fields(void)
{
    static const rv_fields fields = { "run", sizeof(rv_run), &run_defaults, run_rows,
                                      sizeof run_rows / sizeof *run_rows };
    return &fields;
}

int rv_case_current_run(rv_case *c, const char *step)
{
    int id = 0;
    return query_int(&id, c, "SELECT max(id) FROM run WHERE step = ?1 AND " DONE, step) < 0 ? 0 : id;
}

int rv__run_begin(rv_case *c, int *run_id, const char *step, const rv_fields *options_fields, const void *options,
                  int based_on)
{
    rv_run run = { .state = RV_RUN_RUNNING, .based_on = based_on };
    int err;
    assert(c->open_run == 0);
    strncpy(run.step, rank_of(step)->step, sizeof run.step - 1);
    if ((err = rv__lock_take(c, c->lock_wait_s)) < 0)
        return err;
    if ((err = options_text(run.options, sizeof run.options, options_fields, options)) < 0 ||
        (err = inputs_hash(c, run.inputs, based_on)) < 0 ||
        (err = query_int(&run.id, c, "SELECT COALESCE(max(id), 0) + 1 FROM run", NULL)) < 0)
        goto fail;
    versions_text(run.versions, sizeof run.versions);
    run.started = rv__now();
    run.threads = (int)rv__workers();
    const rv_field *seed = options_fields ? rv_field_find(options_fields, "seed") : NULL;
    if (seed && seed->type == RV_TYPE_INT)
        run.seed = *(const int *)((const char *)options + seed->offset);
    if ((err = insert_run(c, &run)) < 0 || (err = rv__db_begin(c->db)) < 0)
        goto fail;
    c->open_run = run.id;
    c->open_clock_s = rv__clock();
    *run_id = run.id;
    return RV_OK;
fail:
    rv__lock_drop(c);
    return err;
}

int rv__run_end(rv_case *c, int run_id, int state)
{
    int err;
    assert(c->open_run == run_id && (state == RV_RUN_DONE || state == RV_RUN_PART));
    if ((err = close_record(c, run_id, state, "")) < 0 || (err = mark_stale(c, run_id, state)) < 0 ||
        (err = rv__db_commit(c->db)) < 0)
        return err;
    leave(c);
    return RV_OK;
}

int rv__run_fail(rv_case *c, int run_id, int code)
{
    char sentence[RV_WHY_MAX] = "";
    assert(c->open_run == run_id && code < 0);
    strncpy(sentence, rv_last_error(), sizeof sentence - 1);
    rv__db_rollback(c->db);
    if (rv__db_begin(c->db) == RV_OK) {
        if (close_record(c, run_id, RV_RUN_FAILED, sentence[0] ? sentence : rv_status_name(code)) < 0 ||
            rv__db_commit(c->db) < 0)
            rv__db_rollback(c->db); /* the next open marks it */
    }
    leave(c);
    return rv__fail(code, "%s", sentence);
}

int rv__runs_recover(rv_case *c)
{
    int id = 0, err;
    if ((err = query_int(&id, c, "SELECT max(id) FROM run WHERE state = 'running'", NULL)) < 0 || id == 0)
        return err;
    if ((err = rv__lock_take(c, 0.0)) < 0)
        return err == RV_ERR_LOCKED ? RV_OK : err; /* it is running, not cut off */
    if ((err = rv__db_begin(c->db)) < 0)
        goto done;
    while ((err = query_int(&id, c, "SELECT COALESCE(max(id), 0) FROM run WHERE state = 'running'", NULL)) == RV_OK &&
           id > 0) {
        c->open_clock_s = rv__clock(); /* how long it ran is not known */
        if ((err = close_record(c, id, RV_RUN_FAILED, "stopped")) < 0)
            break;
    }
    if (err == RV_OK)
        err = rv__db_commit(c->db);
    if (err < 0)
        rv__db_rollback(c->db);
done:
    rv__lock_drop(c);
    return err;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The journal: what happened to a case, one entry per run, refusal and file, only ever appended. Each entry carries the
 * SHA-256 of the hash before it and its own canonical JSON, so that an entry changed, dropped or slipped in later breaks
 * every hash behind it (the linked time stamps of [haber1991], without their notary). A chain cannot show that its newest
 * entries were cut off, nor that a person rewrote it whole: that takes a signature kept elsewhere. */
#include "case/store.h"

#include "base/mem.h"
#include "base/sha256.h"
#include "base/time.h"

#include <string.h>

static const char first_hash[] = "0000000000000000000000000000000000000000000000000000000000000000";

typedef struct entry {
    int64_t seq;
    double t;
    const char *what, *subject, *text;
} entry;

/* hash = SHA-256(hash before || {"seq":..,"t":..,"what":..,"subject":..,"text":..}) */
static int entry_hash(char out[RV_HASH_MAX], const char *before, const entry *e)
{
    rv__str bytes = { 0 };
    rv__str_addf(&bytes, "%s{\"seq\":%lld,\"t\":", before, (long long)e->seq);
    rv__str_number(&bytes, e->t);
    rv__str_add(&bytes, ",\"what\":");
    rv__str_json(&bytes, e->what);
    rv__str_add(&bytes, ",\"subject\":");
    rv__str_json(&bytes, e->subject);
    rv__str_add(&bytes, ",\"text\":");
    rv__str_json(&bytes, e->text);
    rv__str_add(&bytes, "}");
    const int err = bytes.err < 0 ? bytes.err : rv__sha256(out, bytes.s, bytes.len);
    rv__str_release(&bytes);
    return err;
}

static int last_entry(rv_case *c, int64_t *seq, char hash[RV_HASH_MAX])
{
    rv__stmt *s = NULL;
    int got = rv__stmt_new(&s, c->db, "SELECT seq, hash FROM journal ORDER BY seq DESC LIMIT 1");
    if (got < 0)
        return got;
    *seq = 0;
    memcpy(hash, first_hash, RV_HASH_MAX);
    if ((got = rv__stmt_step(s)) > 0) {
        *seq = rv__stmt_get_int(s, 0);
        memset(hash, 0, RV_HASH_MAX);
        strncpy(hash, rv__stmt_get_text(s, 1), RV_HASH_MAX - 1);
    }
    rv__stmt_free(s);
    return got < 0 ? got : RV_OK;
}

static int append(rv_case *c, const char *what, const char *subject, const char *text)
{
    char before[RV_HASH_MAX], hash[RV_HASH_MAX];
    entry e = { .t = rv__now(), .what = what, .subject = subject, .text = text };
    rv__stmt *s = NULL;
    int err;
    if ((err = last_entry(c, &e.seq, before)) < 0)
        return err;
    e.seq++;
    if ((err = entry_hash(hash, before, &e)) < 0 ||
        (err = rv__stmt_new(&s, c->db, "INSERT INTO journal VALUES (?1, ?2, ?3, ?4, ?5, ?6)")) < 0)
        return err;
    rv__stmt_int(s, 1, e.seq);
    rv__stmt_real(s, 2, e.t);
    rv__stmt_text(s, 3, what);
    rv__stmt_text(s, 4, subject);
    rv__stmt_text(s, 5, text);
    rv__stmt_text(s, 6, hash);
    return rv__stmt_finish(s);
}

int rv__journal_add(rv_case *c, const char *what, const char *subject, const char *text)
{
    int err;
    if (rv__db_in_transaction(c->db))
        return append(c, what, subject, text);
    if ((err = rv__db_begin(c->db)) < 0)
        return err;
    if ((err = append(c, what, subject, text)) == RV_OK)
        err = rv__db_commit(c->db);
    if (err < 0)
        rv__db_rollback(c->db);
    return err;
}

int rv__journal_file_hash(rv_case *c, char out[RV_HASH_MAX], const char *path)
{
    rv__stmt *s = NULL;
    int got = rv__stmt_new(&s, c->db,
                           "SELECT text FROM journal WHERE what = 'file' AND subject = ?1 ORDER BY seq DESC LIMIT 1");
    if (got < 0)
        return got;
    rv__stmt_text(s, 1, path);
    memset(out, 0, RV_HASH_MAX);
    if ((got = rv__stmt_step(s)) > 0)
        strncpy(out, rv__stmt_get_text(s, 0), RV_HASH_MAX - 1);
    rv__stmt_free(s);
    return got < 0 ? got : RV_OK;
}

int rv__journal_check(rv_case *c)
{
    char before[RV_HASH_MAX], hash[RV_HASH_MAX];
    rv__stmt *s = NULL;
    int64_t seq = 0;
    int got = rv__stmt_new(&s, c->db, "SELECT seq, t, what, subject, text, hash FROM journal ORDER BY seq");
    if (got < 0)
        return got;
    memcpy(before, first_hash, sizeof before);
    while ((got = rv__stmt_step(s)) > 0) {
        const entry e = { rv__stmt_get_int(s, 0), rv__stmt_get_real(s, 1), rv__stmt_get_text(s, 2),
                          rv__stmt_get_text(s, 3), rv__stmt_get_text(s, 4) };
        if ((got = entry_hash(hash, before, &e)) < 0)
            break;
        if (e.seq != ++seq || strcmp(hash, rv__stmt_get_text(s, 5)) != 0) {
            got = rv__fail(RV_ERR_INTEGRITY, "journal: entry %lld is not what its hash says", (long long)seq);
            break;
        }
        memcpy(before, hash, sizeof before);
    }
    rv__stmt_free(s);
    return got < 0 ? got : RV_OK;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Recompute every hash of a case: the journal's chain first, because it vouches for the recorded hashes, then every file
 * against its record and the record against the journal. The first bad item is named. */
#include "case/store.h"

#include "base/file.h"
#include "base/sha256.h"

#include <string.h>

static int check_file(rv_case *c, const char *name, const char *recorded)
{
    char inside[RV_PATH_MAX], sha256[RV_HASH_MAX], vouched[RV_HASH_MAX];
    const char *path = name[0] == '/' ? name : inside; /* an original may stay where it is */
    int err;
    if ((err = rv__journal_file_hash(c, vouched, name)) < 0)
        return err;
    if (strcmp(vouched, recorded) != 0)
        return rv__fail(RV_ERR_INTEGRITY, "%s: the record says sha-256 %s, the journal %s", name, recorded,
                        vouched[0] ? vouched : "nothing");
    if (path == inside && (err = rv__case_path(c, inside, sizeof inside, name)) < 0)
        return err;
    if (!rv__file_exists(path))
        return rv__fail(RV_ERR_INTEGRITY, "%s: the file is missing", name);
    if ((err = rv__sha256_file(sha256, path)) < 0)
        return err;
    if (strcmp(sha256, recorded) != 0)
        return rv__fail(RV_ERR_INTEGRITY, "%s: sha-256 is %s, not %s", name, sha256, recorded);
    return RV_OK;
}

static int count_files(int *out, rv_case *c)
{
    rv__stmt *s = NULL;
    int got = rv__stmt_new(&s, c->db, "SELECT count(*) FROM file");
    if (got < 0)
        return got;
    if ((got = rv__stmt_step(s)) > 0)
        *out = (int)rv__stmt_get_int(s, 0);
    rv__stmt_free(s);
    return got < 0 ? got : RV_OK;
}

int rv_case_verify(rv_case *c, int *checked)
{
    rv__stmt *s = NULL;
    int n = 0, total = 0, err;
    if ((err = rv__journal_check(c)) < 0 || (err = count_files(&total, c)) < 0 ||
        (err = rv__stmt_new(&s, c->db, "SELECT path, sha256 FROM file ORDER BY path")) < 0)
        return err;
    while ((err = rv__stmt_step(s)) > 0) {
        if ((err = rv__progress("verify", (double)n / (double)total)) < 0 ||
            (err = check_file(c, rv__stmt_get_text(s, 0), rv__stmt_get_text(s, 1))) < 0)
            break;
        n++;
    }
    rv__stmt_free(s);
    if (err < 0)
        return err;
    if (checked)
        *checked = n;
    return RV_OK;
}

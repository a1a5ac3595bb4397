/* SPDX-License-Identifier: Apache-2.0 */
/* The files of a case, each recorded with its hash: originals by their own hash and read-only (or left where they are, by
 * choice), working copies, layers. Files are written before the transaction that records them is committed, under names
 * that no committed record uses, so a run cut off leaves at most a file that nobody mentions. */
#include "case/store.h"

#include "base/file.h"
#include "base/sha256.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* What lies beside an image and is needed to read it again: ENVI header, STAC item, world files, GDAL's own notes. */
static const char *const side_extensions[] = { ".hdr", ".json", ".tfw", ".jgw", ".pgw", ".aux.xml", NULL };

/* ".tif" of "a/b.tif", "" where there is none; a dot inside a folder's name or in front does not count. */
static const char *extension(const char *path)
{
    const char *base = rv__path_base(path);
    const char *dot = strrchr(base, '.');
    return dot && dot != base && strlen(dot) <= 8 ? dot : "";
}

static int set_mode(const char *path, mode_t mode)
{
    if (chmod(path, mode) != 0)
        return rv__fail(RV_ERR_IO, "%s: the mode cannot be set: %s", path, strerror(errno));
    return RV_OK;
}

static int record(rv_case *c, int run_id, const char *path, const char *sha256)
{
    rv__stmt *s = NULL;
    int err = rv__stmt_new(&s, c->db, "INSERT OR REPLACE INTO file VALUES (?1, ?2, ?3)");
    if (err < 0)
        return err;
    rv__stmt_text(s, 1, path);
    rv__stmt_int(s, 2, run_id);
    rv__stmt_text(s, 3, sha256);
    if ((err = rv__stmt_finish(s)) < 0)
        return err;
    return rv__journal_add(c, "file", path, sha256);
}

/* Copy into originals/<name>, read-only, and see that the copy is what was hashed. */
static int keep_copy(rv_case *c, int run_id, const char *path, const char *name, const char *sha256)
{
    char relative[RV_PATH_MAX], to[RV_PATH_MAX], got[RV_HASH_MAX];
    int err;
    if ((err = rv__path_join(relative, sizeof relative, "originals", name)) < 0 ||
        (err = rv__case_path(c, to, sizeof to, relative)) < 0)
        return err;
    if (!rv__file_exists(to) && (err = rv__file_copy(to, path)) < 0)
        return err;
    if ((err = set_mode(to, 0400)) < 0 || (err = rv__sha256_file(got, to)) < 0)
        return err;
    if (strcmp(got, sha256) != 0)
        return rv__fail(RV_ERR_INTEGRITY, "%s changed while it was read: sha-256 is %s, not %s", path, got, sha256);
    return record(c, run_id, relative, sha256);
}

static int keep_one(rv_case *c, int run_id, const char *path, const char *name, const char *sha256)
{
    if (!c->keep_references)
        return keep_copy(c, run_id, path, name, sha256);
    char full[PATH_MAX]; /* the case may be opened from another folder later */
    if (!realpath(path, full))
        return rv__fail(RV_ERR_IO, "%s: %s", path, strerror(errno));
    return record(c, run_id, full, sha256);
}

/* Side files are kept under the image's hash, because that is whose they are. */
static int keep_side(rv_case *c, int run_id, const char *side, const char *image_sha256, const char *ext)
{
    char name[RV_PATH_MAX], sha256[RV_HASH_MAX];
    int err;
    if ((err = rv__sha256_file(sha256, side)) < 0)
        return err;
    rv__str text = { 0 };
    rv__str_addf(&text, "%s%s", image_sha256, ext);
    if (text.err < 0)
        return text.err;
    strncpy(name, text.s, sizeof name - 1);
    name[sizeof name - 1] = '\0';
    rv__str_release(&text);
    return keep_one(c, run_id, side, name, sha256);
}

static int keep_sides(rv_case *c, int run_id, const char *path, const char *sha256)
{
    const size_t stem = strlen(path) - strlen(extension(path));
    for (size_t i = 0; side_extensions[i]; i++)
        for (int whole = 0; whole < 2; whole++) { /* image.hdr, then image.img.hdr */
            const size_t n = whole ? strlen(path) : stem;
            rv__str side = { 0 };
            rv__str_add_bytes(&side, path, n);
            rv__str_add(&side, side_extensions[i]);
            int err = side.err;
            const bool there = err == RV_OK && strcmp(side.s, path) != 0 && rv__file_exists(side.s);
            if (there)
                err = keep_side(c, run_id, side.s, sha256, side_extensions[i]);
            rv__str_release(&side);
            if (err < 0)
                return err;
            if (there || stem == strlen(path))
                break;
        }
    return RV_OK;
}

int rv__file_put(rv_case *c, int run_id, const char *relative_path, const char *sha256)
{
    char path[RV_PATH_MAX];
    int err;
    if ((err = rv__case_path(c, path, sizeof path, relative_path)) < 0 || (err = set_mode(path, 0600)) < 0)
        return err;
    return record(c, run_id, relative_path, sha256);
}

int rv__file_put_hashed(rv_case *c, int run_id, const char *relative_path)
{
    char path[RV_PATH_MAX], sha256[RV_HASH_MAX];
    int err;
    if ((err = rv__case_path(c, path, sizeof path, relative_path)) < 0 || (err = rv__sha256_file(sha256, path)) < 0)
        return err;
    return rv__file_put(c, run_id, relative_path, sha256);
}

int rv__original_keep(rv_case *c, int run_id, const char *path, const char *sha256)
{
    char name[RV_PATH_MAX];
    int err;
    assert(strlen(sha256) == RV_HASH_MAX - 1);
    memcpy(name, sha256, RV_HASH_MAX - 1);
    strcpy(name + RV_HASH_MAX - 1, extension(path));
    if ((err = keep_one(c, run_id, path, name, sha256)) < 0)
        return err;
    return keep_sides(c, run_id, path, sha256);
}

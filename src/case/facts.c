/* SPDX-License-Identifier: Apache-2.0 */
/* Facts of a case kept as text beside the run that found them, and what follows from them: paths and the grid. A fact of a
 * run that has become stale is not given any more. */
#include "case/store.h"

#include "base/file.h"

#include <stdio.h>
#include <string.h>

typedef struct wanted_scene {
    const char *id;
    rv_grid *grid;
} wanted_scene;

static int take_grid(const rv_scene_info *row, void *user)
{
    const wanted_scene *wanted = user;
    if (strcmp(row->id, wanted->id) != 0)
        return 0;
    rv_scene_info_grid(row, wanted->grid);
    return 1;
}

int rv__fact_put(rv_case *c, int run_id, const char *key, const char *value)
{
    rv__stmt *s = NULL;
    const int err = rv__stmt_new(&s, c->db, "INSERT OR REPLACE INTO fact VALUES (?1, ?2, ?3)");
    if (err < 0)
        return err;
    rv__stmt_int(s, 1, run_id);
    rv__stmt_text(s, 2, key);
    rv__stmt_text(s, 3, value ? value : "");
    return rv__stmt_finish(s);
}

int rv__fact_get(rv_case *c, char *out, size_t size, const char *key)
{
    rv__stmt *s = NULL;
    int got = rv__stmt_new(&s, c->db,
                           "SELECT f.value FROM fact f JOIN run r ON r.id = f.run_id WHERE f.key = ?1 AND r.stale = 0"
                           " AND (r.state IN ('done', 'part') OR r.id = ?2) ORDER BY r.id DESC LIMIT 1");
    if (got < 0)
        return got;
    rv__stmt_text(s, 1, key);
    rv__stmt_int(s, 2, c->open_run);
    if ((got = rv__stmt_step(s)) >= 0) {
        memset(out, 0, size);
        strncpy(out, got > 0 ? rv__stmt_get_text(s, 0) : "", size - 1);
    }
    rv__stmt_free(s);
    return got < 0 ? got : RV_OK;
}

int rv__case_grid(rv_case *c, rv_grid *out)
{
    char id[RV_ID_MAX];
    int got;
    if ((got = rv__fact_get(c, id, sizeof id, "reference_id")) < 0)
        return got;
    if (!id[0])
        return rv__fail(RV_ERR_STATE, "the scenes are not aligned yet");
    got = rv_case_each_scene(c, take_grid, &(wanted_scene){ id, out });
    if (got == 0)
        return rv__fail(RV_ERR_FORMAT, "case.db: reference scene %s is not there", id);
    return got < 0 ? got : RV_OK;
}

int rv__case_path(const rv_case *c, char *out, size_t size, const char *relative)
{
    return rv__path_join(out, size, c->folder, relative);
}

int rv__case_mask_name(char *out, size_t size, int align_run, const char *scene_id)
{
    const int n = snprintf(out, size, "layers/%s.align-%d.tif", scene_id, align_run);
    return n < 0 || (size_t)n >= size ? rv__fail(RV_ERR_REFUSED, "the name of the mask of %s is too long", scene_id)
                                      : RV_OK;
}

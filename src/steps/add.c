/* SPDX-License-Identifier: Apache-2.0 */
/* Take one image into the case. An image that cannot be used is a result, not an accident: it is stored as a refused scene
 * with its reason, so that the report can say what was not looked at and why. */
#include "steps/step.h"

#include "base/file.h"
#include "base/sha256.h"
#include "ingest/ingest.h"
#include "model/told.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

static const rv_add_opts add_defaults = RV_ADD_OPTS_INIT;

static const rv_field add_rows[] = {
    RV_STRING(rv_add_opts, time, "TIME", "acquisition time or period of images that do not tell it"),
    RV_DOUBLE(rv_add_opts, gsd_m, 0, 1e5, "m", "pixel size of images without a CRS; 0 = the case's"),
    RV_STRING(rv_add_opts, mask_box, "BOX", "watermark or border to ignore: col0,row0,col1,row1, several joined by ;"),
    RV_STRING(rv_add_opts, credit, "TEXT", "line to print beside the pictures"),
    RV_STRING(rv_add_opts, licence, "TEXT", "licence of the images"),
};

typedef struct adder {
    const char *path;
    const rv_add_opts *opts;
    rv_scene_info info; /* what was stored */
    int refused;        /* code of the refusal, else RV_OK */
} adder;

typedef struct id_search {
    const char *id, *path, *sha256;
    bool taken;                /* by a scene that stays */
    char same_file[RV_ID_MAX]; /* id of the scene of the same bytes */
} id_search;

static int compare_scene(const rv_scene_info *row, void *user)
{
    id_search *search = user;
    const bool again = row->state == RV_SCENE_REFUSED && strcmp(row->path, search->path) == 0;
    if (strcmp(row->id, search->id) == 0 && !again)
        search->taken = true;
    if (row->state == RV_SCENE_OK && search->sha256[0] && strcmp(row->sha256, search->sha256) == 0)
        memcpy(search->same_file, row->id, sizeof search->same_file);
    return 0;
}

/* Bytes that make no good file name become '_'; a character cut in half at the end goes. */
static void clean_id(char id[RV_ID_MAX])
{
    size_t n = strlen(id), tail = n;
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)id[i] < 0x20 || id[i] == 0x7f || id[i] == '/' || id[i] == '\\')
            id[i] = '_';
    while (tail > 0 && ((unsigned char)id[tail - 1] & 0xc0) == 0x80)
        tail--;
    if (tail > 0 && (unsigned char)id[tail - 1] >= 0xc0) {
        const unsigned char lead = (unsigned char)id[tail - 1];
        const size_t whole = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
        if (n - (tail - 1) < whole)
            id[tail - 1] = '\0';
    }
    if (!id[0])
        memcpy(id, "image", sizeof "image");
}

/* The stem, with -2, -3 ... where another scene has it; a refused scene of the same path is replaced. */
static int choose_id(rv_case *c, rv_scene_info *info, char same_file[RV_ID_MAX])
{
    enum { ROOM = 8, TRIES = 99999 };
    char stem[RV_ID_MAX - ROOM];
    rv__path_stem(stem, sizeof stem, info->path);
    for (int i = 1; i <= TRIES; i++) {
        memset(info->id, 0, sizeof info->id);
        memcpy(info->id, stem, strlen(stem));
        clean_id(info->id);
        if (i > 1)
            snprintf(info->id + strlen(info->id), ROOM, "-%d", i);
        id_search search = { .id = info->id, .path = info->path, .sha256 = info->sha256 };
        const int err = rv_case_each_scene(c, compare_scene, &search);
        if (err < 0)
            return err;
        memcpy(same_file, search.same_file, RV_ID_MAX);
        if (!search.taken)
            return RV_OK;
    }
    return rv__fail(RV_ERR_REFUSED, "more than %d images of one name", TRIES);
}

/* Codes that speak of the image, not of this machine or of a wrong option. */
static bool is_refusal(int code)
{
    return code == RV_ERR_FORMAT || code == RV_ERR_REFUSED || code == RV_ERR_NOTFOUND || code == RV_ERR_MISMATCH ||
           code == RV_ERR_NODATA;
}

/* Decode into the case's scenes/, or say why not. Fills info except its id, which it keeps. */
static int take_image(rv_case *c, adder *a)
{
    char id[RV_ID_MAX], working[RV_PATH_MAX], relative[RV_PATH_MAX], same_file[RV_ID_MAX];
    const rv_add_opts *o = a->opts;
    const rv__ingest_opts ingest = { o->time, o->gsd_m > 0 ? o->gsd_m : rv_case_gsd_m(c), o->mask_box, o->credit,
                                     o->licence };
    int err;
    if (strlen(a->path) >= sizeof a->info.path)
        return rv__fail(RV_ERR_REFUSED, "the path is %zu bytes long, more than %zu", strlen(a->path),
                        sizeof a->info.path - 1);
    strcpy(a->info.path, a->path);
    if ((err = rv__sha256_file(a->info.sha256, a->path)) < 0) {
        const int no_id = choose_id(c, &a->info, same_file);
        return no_id < 0 ? no_id : err == RV_ERR_IO ? rv__fail(RV_ERR_FORMAT, "%s", rv_last_error()) : err;
    }
    if ((err = choose_id(c, &a->info, same_file)) < 0)
        return err;
    if (same_file[0])
        return rv__fail(RV_ERR_REFUSED, "the same file as %s", same_file);
    memcpy(id, a->info.id, sizeof id);
    const int n = snprintf(relative, sizeof relative, "scenes/%s.tif", id);
    assert(n > 0 && (size_t)n < sizeof relative);
    if ((err = rv__case_path(c, working, sizeof working, relative)) == RV_OK)
        err = rv__ingest(&a->info, a->path, working, &ingest);
    memcpy(a->info.id, id, sizeof id);
    strcpy(a->info.path, a->path);
    if (err < 0)
        return err;
    strcpy(a->info.working_copy, relative);
    return a->info.working_sha256[0] ? RV_OK : rv__sha256_file(a->info.working_sha256, working);
}

static int store_refusal(rv_case *c, int run_id, adder *a)
{
    rv_scene_info row;
    int err;
    rv_fields_init(rv_scene_info_fields(), &row);
    memcpy(row.id, a->info.id, sizeof row.id);
    memcpy(row.path, a->info.path, sizeof row.path);
    memcpy(row.sha256, a->info.sha256, sizeof row.sha256);
    row.state = RV_SCENE_REFUSED;
    strncpy(row.why, rv_last_error(), sizeof row.why - 1);
    if ((err = rv__journal_add(c, "refused", row.path, row.why)) == RV_OK)
        err = rv__scene_put(c, run_id, &row);
    a->info = row;
    return err;
}

/* The provider's mask, where one was taken along. */
static int store_told(rv_case *c, int run_id, const rv_scene_info *info)
{
    char relative[RV_PATH_MAX], path[RV_PATH_MAX];
    int err;
    rv__scene_told_path(relative, sizeof relative, info->working_copy);
    if ((err = rv__case_path(c, path, sizeof path, relative)) < 0 || !rv__file_exists(path))
        return err;
    return rv__file_put_hashed(c, run_id, relative);
}

static int store_scene(rv_case *c, int run_id, const rv_scene_info *info)
{
    int err;
    if ((err = rv__scene_put(c, run_id, info)) < 0 ||
        (err = rv__original_keep(c, run_id, info->path, info->sha256)) < 0 || (err = store_told(c, run_id, info)) < 0)
        return err;
    return rv__file_put(c, run_id, info->working_copy, info->working_sha256);
}

static void drop_working_copy(rv_case *c, const rv_scene_info *info)
{
    char path[RV_PATH_MAX], told[RV_PATH_MAX];
    if (info->working_copy[0] && rv__case_path(c, path, sizeof path, info->working_copy) == RV_OK) {
        rv__scene_told_path(told, sizeof told, path);
        remove(told);
        remove(path);
    }
}

static int add_image(rv_case *c, int run_id, int *state, void *user)
{
    adder *a = user;
    int err = take_image(c, a);
    if (err < 0 && is_refusal(err) && a->info.id[0]) {
        a->refused = err;
        *state = RV_RUN_PART;
        return store_refusal(c, run_id, a);
    }
    if (err == RV_OK && (err = store_scene(c, run_id, &a->info)) < 0)
        drop_working_copy(c, &a->info);
    return err;
}

const rv_fields *rv_add_fields(void)
{
    static const rv_fields fields = { "add_opts", sizeof(rv_add_opts), &add_defaults, add_rows,
                                      sizeof add_rows / sizeof *add_rows };
    return &fields;
}

int rv_step_add(rv_case *c, const char *path, char *id, const rv_add_opts *opts)
{
    const rv_add_opts o = opts ? *opts : (rv_add_opts)RV_ADD_OPTS_INIT;
    adder a = { .path = path, .opts = &o };
    int err;
    rv_fields_init(rv_scene_info_fields(), &a.info);
    if ((err = rv_fields_check(rv_add_fields(), &o)) < 0 ||
        (err = rv__step_run(
             c, &(rv__step){
                    .name = "add", .fields = rv_add_fields(), .options = &o, .work = add_image, .user = &a })) < 0)
        return err;
    if (id)
        memcpy(id, a.info.id, sizeof a.info.id);
    return a.refused ? rv__fail(a.refused, "%s", a.info.why) : RV_OK;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Load the stack and the site's places, detect, store structures with their outlines. */
#include "steps/step.h"

#include "base/file.h"
#include "base/mem.h"
#include "base/sha256.h"
#include "model/order.h"

#include <string.h>

/* Rasters of probabilities are originals like the images; their names and hashes stand with the run. */
static int keep_evidence(rv_case *c, int run_id, const char *paths)
{
    rv__str told = { 0 };
    char *copy = rv__strdup(paths), sha256[RV_HASH_MAX];
    int err = copy ? RV_OK : RV_ERR_NOMEM;
    char *rest = NULL;
    for (char *at = copy ? strtok_r(copy, ";", &rest) : NULL; !err && at; at = strtok_r(NULL, ";", &rest)) {
        if ((err = rv__sha256_file(sha256, at)) == RV_OK)
            err = rv__original_keep(c, run_id, at, sha256);
        rv__str_addf(&told, "%s%s %s", told.len ? "; " : "", rv__path_base(at), sha256);
    }
    err = err ? err : told.err;
    if (!err && told.len)
        err = rv__fact_put(c, run_id, "evidence", told.s);
    rv__str_release(&told);
    rv__free(copy);
    return err;
}

static int put_smallest(rv_case *c, int run_id, const rv_stack *stack, const rv_structures *found,
                        const rv_detect_opts *opts)
{
    rv_smallest *row = NULL;
    size_t n = 0;
    int err = rv_detect_smallest(&row, &n, stack, found, opts);
    if (err == RV_OK && n == 0)
        rv__log(0, "how small a thing would have been seen is told for two images or more whose scale is known");
    for (size_t i = 0; err == RV_OK && i < n; i++)
        err = rv__smallest_put(c, run_id, &row[i]);
    rv_smallest_free(row);
    return err;
}

static int detect_on(rv_case *c, int run_id, const rv_stack *stack, const rv_detect_opts *opts)
{
    rv__place_list places = { 0 };
    rv_structures found = { 0 };
    int err;
    if ((opts->evidence && (err = keep_evidence(c, run_id, opts->evidence)) < 0) ||
        (err = rv__load_places(&places, c, rv_stack_grid(stack))) < 0 ||
        (err = rv_detect(&found, stack, places.v, places.n, opts)) < 0)
        goto done;
    for (size_t i = 0; i < found.n && err == RV_OK; i++)
        err = rv__structure_put(c, run_id, &found.v[i]);
    if (err == RV_OK && opts->smallest)
        err = put_smallest(c, run_id, stack, &found, opts);
    rv_structures_release(&found);
done:
    rv__place_list_release(&places);
    return err;
}

typedef void (*tell_fn)(rv__str *out, const rv_scene_info *const *scene, size_t n);

/* What the findings rest on and the images do not tell is said at once, and again in the report. */
static int tell(const rv_stack *stack, int level, tell_fn words)
{
    const size_t n = rv_stack_size(stack);
    const rv_scene_info **scene = rv__alloc(n, sizeof *scene);
    rv__str text = { 0 };
    for (size_t i = 0; scene && i < n; i++)
        scene[i] = rv_stack_facts(stack, i);
    if (scene)
        words(&text, scene, n);
    if (text.len && !text.err)
        rv__log(level, "%s", text.s);
    const int err = scene ? text.err : RV_ERR_NOMEM;
    rv__str_release(&text);
    rv__free(scene);
    return err;
}

static int detect_step(rv_case *c, int run_id, int *state, void *user)
{
    (void)state;
    rv_case_stack *s = NULL;
    int err;
    if ((err = rv_case_stack_open(&s, c)) < 0)
        return err;
    if ((err = tell(rv_case_stack_get(s), 0, rv__order_words)) == RV_OK &&
        (err = tell(rv_case_stack_get(s), 1, rv__sun_words)) == RV_OK && (err = rv__progress("detect", 0.0)) == RV_OK &&
        (err = detect_on(c, run_id, rv_case_stack_get(s), user)) == RV_OK)
        err = rv__progress("detect", 1.0);
    rv_case_stack_free(s);
    return err;
}

int rv_step_detect(rv_case *c, const rv_detect_opts *opts)
{
    rv_detect_opts o = opts ? *opts : (rv_detect_opts)RV_DETECT_OPTS_INIT;
    const int align_run = rv_case_current_run(c, "align");
    int err;
    if ((err = rv_fields_check(rv_detect_fields(), &o)) < 0)
        return err;
    if (align_run == 0)
        return rv__fail(RV_ERR_STATE, "the scenes are not aligned yet");
    return rv__step_run(c, &(rv__step){ .name = "detect",
                                        .fields = rv_detect_fields(),
                                        .options = &o,
                                        .based_on = align_run,
                                        .work = detect_step,
                                        .user = &o });
}

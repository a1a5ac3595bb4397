/* SPDX-License-Identifier: Apache-2.0 */
/* Transforms as JSON: {"reference": id, "frames": {id: {...}}}, the shape of docs/interchange.md. A shift or affine map is
 * given as M (2 x 3), a homography as H (3 x 3); a frame that was never matched has neither, so that nobody takes the
 * identity for an estimate. */
#include <revisit/export.h>

#include "base/str.h"
#include "case/case_internal.h"

#include <string.h>

static const char *const kind_names[] = { "shift", "affine", "homography" };

static void add_matrix(rv__str *out, const double *m, int rows)
{
    for (int r = 0; r < rows; r++)
        for (int col = 0; col < 3; col++) {
            rv__str_add(out, col ? ", " : r ? ", [" : "[[");
            rv__str_number(out, m[3 * r + col]);
            rv__str_add(out, col < 2 ? "" : r + 1 < rows ? "]" : "]]");
        }
}

/* A number, or a list of two. */
static void add_numbers(rv__str *out, const char *key, const double *v, int n)
{
    rv__str_add(out, key);
    for (int i = 0; i < n; i++) {
        rv__str_add(out, n == 1 ? "" : i ? ", " : "[");
        rv__str_number(out, v[i]);
    }
    rv__str_add(out, n == 1 ? "" : "]");
}

static int add_frame(const rv_transform *t, void *user)
{
    rv__str *out = user;
    const bool is_reference = strcmp(t->scene_id, t->reference_id) == 0;
    const bool matched = is_reference || t->trusted || t->ties > 0;
    const bool projective = t->kind == RV_TRANSFORM_HOMOGRAPHY;
    rv__str_add(out, out->s[out->len - 1] == '{' ? "\n" : ",\n");
    rv__str_json(out, t->scene_id);
    rv__str_add(out, ": {\"M\": ");
    if (matched && !projective)
        add_matrix(out, t->m, 2);
    else
        rv__str_add(out, "null");
    rv__str_add(out, ", \"H\": ");
    if (matched && projective)
        add_matrix(out, t->m, 3);
    else
        rv__str_add(out, "null");
    rv__str_addf(out, ", \"kind\": \"%s\", \"sigma_px\": ", kind_names[t->kind]);
    rv__str_number(out, t->sigma_px);
    add_numbers(out, ", \"residual_px\": ", &t->residual_px, 1);
    add_numbers(out, ", \"shift_px\": ", t->shift_px, 2);
    add_numbers(out, ", \"pull_px\": ", t->pull_px, 2);
    add_numbers(out, ", \"closure_px\": ", &t->closure_px, 1);
    rv__str_addf(out, ", \"loops\": %d, \"bend\": ", t->loops);
    rv__str_json(out, t->bend);
    rv__str_addf(out, ", \"ties\": %d, \"trusted\": %s, \"why\": ", t->ties, t->trusted ? "true" : "false");
    rv__str_json(out, t->why);
    rv__str_add(out, "}");
    return out->err;
}

int rv_export_transforms(char **out, rv_case *c)
{
    char reference[RV_ID_MAX];
    rv__str text = { 0 };
    int err;
    if (rv_case_current_run(c, "align") == 0)
        return rv__fail(RV_ERR_STATE, "the scenes are not aligned yet");
    if ((err = rv__fact_get(c, reference, sizeof reference, "reference_id")) < 0)
        return err;
    rv__str_add(&text, "{\"reference\": ");
    rv__str_json(&text, reference);
    rv__str_add(&text, ", \"frames\": {");
    if (text.err < 0 || (err = rv_case_each_transform(c, add_frame, &text)) < 0) {
        err = err < 0 ? err : text.err;
        rv__str_release(&text);
        return err;
    }
    rv__str_add(&text, "\n}}\n");
    char *taken = rv__str_take(&text);
    if (!taken)
        return RV_ERR_NOMEM;
    *out = taken;
    return RV_OK;
}

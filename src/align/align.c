/* SPDX-License-Identifier: Apache-2.0 */
/* Entry of the alignment: the options, one pair, a series. The method is in pair.c, series.c and the files they name;
 * docs/methods/align.md tells it in words. */
#include "align/align_internal.h"

#include "base/error.h"
#include "base/mem.h"

static const rv_align_opts defaults = RV_ALIGN_OPTS_INIT;
static const char *const model_names[] = { "auto", "shift", "affine", "homography", "none", NULL };

static const rv_field rows[] = {
    RV_STRING(rv_align_opts, reference, "ID", "scene that all others are moved to"),
    RV_ENUM(rv_align_opts, model, model_names, "transform that is fitted; none believes the georeference"),
    RV_INT(rv_align_opts, window_px, 32, 512, "px", "size of a matching window, a power of two"),
    RV_DOUBLE(rv_align_opts, max_shift_px, 0, 1e6, "px", "largest shift looked for; 0 is half the scene"),
    RV_BOOL(rv_align_opts, bend, "keep a smooth field beside the transform where the windows prove one"),
    RV_DOUBLE(rv_align_opts, clip_quantile, .05, 1, "", "gradients are clipped at this quantile"),
};

static const rv_fields fields = { "align_opts", sizeof(rv_align_opts), &defaults, rows, sizeof rows / sizeof *rows };

const rv_fields *rv_align_fields(void)
{
    return &fields;
}

static int check(rv_align_opts *out, const rv_align_opts *opts)
{
    *out = opts ? *opts : defaults;
    const int err = rv_fields_check(&fields, out);
    if (err < 0)
        return err;
    if ((out->window_px & (out->window_px - 1)) != 0)
        return rv__fail(RV_ERR_RANGE, "window_px must be a power of two, not %d", out->window_px);
    return RV_OK;
}

int rv_align(rv_transform *out, const rv_scene *scene, const rv_scene *reference, const rv_align_opts *opts)
{
    /* The series only reads its scenes. */
    rv_scene *const pair[2] = { (rv_scene *)(uintptr_t)reference, (rv_scene *)(uintptr_t)scene };
    rv_align_opts o;
    rv_transform rows_of_pair[2];
    int err = check(&o, opts);
    if (err == RV_OK && (err = rv__align_all(rows_of_pair, pair, 2, 0, &o)) == RV_OK)
        *out = rows_of_pair[1];
    return err;
}

int rv_align_series(rv_transform *out, rv_scene *const *scenes, size_t n, size_t reference, const rv_align_opts *opts)
{
    rv_align_opts o;
    const int err = check(&o, opts);
    if (err < 0)
        return err;
    if (reference >= n)
        return rv__fail(RV_ERR_RANGE, "the reference must be one of the %zu scenes, not number %zu", n, reference);
    return rv__align_all(out, scenes, n, reference, &o);
}

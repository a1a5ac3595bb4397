/* SPDX-License-Identifier: Apache-2.0 */
/* The ground control points of a case: read from their file, checked against the pictures they were picked in, carried to
 * the reference picture by the transforms, whose uncertainty they take along, and fitted. */
#include "steps/step.h"

#include "base/file.h"
#include "base/mem.h"
#include "base/vec.h"
#include "ingest/gcp.h"

#include <math.h>
#include <string.h>

enum { FILE_MAX = 1 << 20 };

/* By hand, in a picture where the place has an edge. */
static const double PICKED_PX = 0.5;
/* A residual, in standard uncertainties, from which on its point is named. */
static const double RESIDUAL_TOLD = 3.0;

static const rv_gcp_opts defaults = RV_GCP_OPTS_INIT;

static const rv_field rows[] = {
    RV_STRING(rv_gcp_opts, gcp, "FILE", "ground control points of pictures without a CRS: CSV, four or more"),
    RV_DOUBLE(rv_gcp_opts, gcp_sigma_m, .001, 1000, "m", "standard uncertainty of a point's place on the ground"),
};

static const rv_fields fields = { "ground_opts", sizeof(rv_gcp_opts), &defaults, rows, sizeof rows / sizeof *rows };

const rv_fields *rv_gcp_opts_fields(void)
{
    return &fields;
}

static const rv_scene_info *scene_of(const rv__scene_list *scenes, const char *id)
{
    for (size_t i = 0; i < scenes->n; i++)
        if (strcmp(scenes->v[i].id, id) == 0)
            return &scenes->v[i];
    return NULL;
}

static const rv_transform *transform_of(const rv__transform_list *transforms, const char *id)
{
    for (size_t i = 0; i < transforms->n; i++)
        if (strcmp(transforms->v[i].scene_id, id) == 0)
            return &transforms->v[i];
    return NULL;
}

static int carry(rv_gcp *p, const rv__scene_list *scenes, const rv__transform_list *transforms)
{
    const rv_scene_info *scene = scene_of(scenes, p->image_id);
    const rv_transform *t = transform_of(transforms, p->image_id);
    if (!scene)
        return rv__fail(RV_ERR_RANGE, "the case has no usable image '%s'", p->image_id);
    if (!t || !t->trusted)
        return rv__fail(RV_ERR_RANGE, "image '%s' could not be aligned", p->image_id);
    if (!(p->col >= 0 && p->col <= scene->width && p->row >= 0 && p->row <= scene->height))
        return rv__fail(RV_ERR_RANGE, "pixel %.1f, %.1f lies outside image '%s' of %d x %d px", p->col, p->row,
                        p->image_id, scene->width, scene->height);
    rv_transform_apply(t, p->col, p->row, &p->ref_col, &p->ref_row);
    const bool own = strcmp(t->scene_id, t->reference_id) == 0;
    p->sigma_px = hypot(PICKED_PX, own || !isfinite(t->sigma_px) ? 0 : t->sigma_px);
    return RV_OK;
}

static int carry_all(rv__gcp_list *points, rv_case *c, double sigma_m)
{
    rv__scene_list scenes = { 0 };
    rv__transform_list transforms = { 0 };
    int err;
    if ((err = rv__load_scenes(&scenes, c)) == RV_OK)
        err = rv__load_transforms(&transforms, c);
    for (size_t i = 0; i < points->n && err == RV_OK; i++) {
        points->v[i].sigma_m = sigma_m;
        if ((err = carry(&points->v[i], &scenes, &transforms)) < 0)
            rv__subject(err, "point no. %zu: ", i + 1);
    }
    rv__free(scenes.v);
    rv__free(transforms.v);
    return err;
}

static int load(rv__gcp_list *points, rv_case *c, const rv_gcp_opts *opts)
{
    char *text = NULL;
    size_t size;
    int err;
    if ((err = rv__file_read(&text, &size, opts->gcp, FILE_MAX)) < 0)
        return err;
    if ((err = rv__gcps_parse(&points->v, &points->n, text)) == RV_OK)
        err = carry_all(points, c, opts->gcp_sigma_m);
    rv__free(text);
    return err;
}

/* Points that miss by more than they should are named; a wrong one may hide among few, so none is dropped. */
static void tell_residuals(const rv__gcp_list *points)
{
    for (size_t i = 0; i < points->n; i++) {
        const rv_gcp *p = &points->v[i];
        if (p->residual_m > RESIDUAL_TOLD * p->total_m)
            rv__log(0, "ground point no. %zu %s misses by %.1f m, %.1f times its uncertainty", i + 1, p->name,
                    p->residual_m, p->residual_m / p->total_m);
    }
}

int rv__gcps_fit(rv_ground *out, rv_case *c, const rv__gcp_job *job, const rv_grid *reference)
{
    rv__gcp_list points = { 0 };
    rv_ground ground;
    int err;
    if (reference->crs[0])
        return rv__fail(RV_ERR_MISMATCH, "ground points are for pictures without a CRS, and these have one");
    if ((err = load(&points, c, job->opts)) < 0 || (err = rv_ground_fit(&ground, points.v, points.n, reference)) < 0) {
        rv__subject(err, "%s: ", rv__path_base(job->opts->gcp));
        goto done;
    }
    tell_residuals(&points);
    for (size_t i = 0; i < points.n && err == RV_OK; i++)
        err = rv__gcp_put(c, job->run_id, &points.v[i]);
    if (err == RV_OK && (err = rv__original_keep(c, job->run_id, job->opts->gcp, job->sha256)) == RV_OK)
        *out = ground;
done:
    rv__free(points.v);
    return err;
}

static int push(const rv_gcp *row, void *user)
{
    rv__gcp_list *list = user;
    return RV__PUSH(list, *row);
}

int rv__gcps_stored(rv__gcp_list *out, rv_case *c)
{
    rv__gcp_list list = { 0 };
    const int err = rv_case_each_gcp(c, push, &list);
    if (err < 0)
        rv__free(list.v);
    else
        *out = list;
    return err;
}

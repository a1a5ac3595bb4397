/* SPDX-License-Identifier: Apache-2.0 */
/* Scenes on one grid and one radiometric scale. Nothing is resampled until a window is asked for; then the working copy is
 * interpolated once, from its own pixels to the grid's, by the inverse of the scene's transform, and gain and offset are
 * applied to the result (they commute with interpolation, whose weights add up to one). A stack holds no pixels. */
#include "model/stack_internal.h"

#include "base/error.h"
#include "base/mem.h"
#include "geo/crs.h"
#include "geo/homography.h"
#include "model/haze.h"
#include "model/roles.h"
#include "model/told.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef rv__stack_view view;

/* Middle of the period; an open end gives way to the closed one, and what has no date at all comes last. */
static double middle_of(const rv_scene_info *info)
{
    if (isfinite(info->t_min) && isfinite(info->t_max))
        return info->t_min + (info->t_max - info->t_min) / 2;
    return isfinite(info->t_min) ? info->t_min : isfinite(info->t_max) ? info->t_max : INFINITY;
}

static int by_time(const void *a, const void *b)
{
    const view *u = a, *v = b;
    if (u->when < v->when || u->when > v->when)
        return u->when < v->when ? -1 : 1;
    return strcmp(rv_scene_facts(u->scene)->id, rv_scene_facts(v->scene)->id);
}

static int choose_roles(rv_stack *stack)
{
    const char **roles = rv__alloc(stack->n, sizeof *roles);
    if (!roles)
        return RV_ERR_NOMEM;
    for (size_t i = 0; i < stack->n; i++)
        roles[i] = rv_scene_facts(stack->view[i].scene)->roles;
    stack->bands = rv__common_roles(stack->roles, &stack->mean_of_visible, roles, stack->n);
    rv__free(roles);
    if (stack->bands)
        return RV_OK;
    const rv_scene_info *a = rv_scene_facts(stack->view[0].scene);
    const rv_scene_info *b = rv_scene_facts(stack->view[stack->n - 1].scene);
    return rv__fail(RV_ERR_MISMATCH, "scenes %s to %s share no band (%s, %s)", a->id, b->id, a->roles, b->roles);
}

/* Where the grid's first pixel lies in the reference scene, when the grid is a window of it. */
static void grid_offset(double *col, double *row, const rv_stack *stack)
{
    *col = *row = 0;
    for (size_t i = 0; i < stack->n; i++) {
        const rv_scene *scene = stack->view[i].scene;
        if (strcmp(rv_scene_facts(scene)->id, stack->view[i].transform.reference_id) != 0)
            continue;
        rv_grid_to_pixel(rv_scene_grid(scene), stack->grid.gt[0], stack->grid.gt[3], col, row);
        if (fabs(*col - floor(*col + .5)) < 1e-6 && fabs(*row - floor(*row + .5)) < 1e-6) {
            *col = floor(*col + .5);
            *row = floor(*row + .5);
        }
        return;
    }
}

/* A field of the reference's px turned into what is added to positions in the scene. */
static int set_bend(view *v, double offset_col, double offset_row)
{
    rv__warpfield *f = &v->bend.f;
    const int err = rv__bend_parse(&v->bend, v->transform.bend);
    if (err < 0 || f->nx == 0)
        return err < 0 ? rv__subject(err, "scene %s: ", rv_scene_facts(v->scene)->id) : RV_OK;
    f->col0 -= offset_col;
    f->row0 -= offset_row;
    for (size_t i = 0; i < f->nx * f->ny; i++) {
        const double at[2] = { f->col0 + (double)(i % f->nx) * f->step_px, f->row0 + (double)(i / f->nx) * f->step_px };
        double *bx = &v->bend.v[i], *by = bx + f->nx * f->ny, slope[4];
        rv__homography_slope(slope, v->from_ref, at);
        const double b[2] = { *bx, *by };
        *bx = slope[0] * b[0] + slope[1] * b[1];
        *by = slope[2] * b[0] + slope[3] * b[1];
    }
    return RV_OK;
}

static int set_inverse(view *v, double offset_col, double offset_row)
{
    const rv_scene_info *info = rv_scene_facts(v->scene);
    double m[9];
    int err;
    if ((err = rv_transform_invert(m, v->transform.m)) < 0)
        return rv__subject(err, "scene %s: ", info->id);
    memcpy(v->from_ref, m, sizeof m);
    for (int i = 0; i < 3; i++)
        v->from_ref[3 * i + 2] = m[3 * i] * offset_col + m[3 * i + 1] * offset_row + m[3 * i + 2];
    if (!(fabs(v->from_ref[8]) > 0))
        return rv__fail(RV_ERR_RANGE, "scene %s: the grid's corner lies on the horizon of its transform", info->id);
    for (int i = 0; i < 9; i++)
        v->from_ref[i] /= v->from_ref[8];
    return RV_OK;
}

static int open_mask(view *v, const char *path, const rv_grid *grid)
{
    int width, height, bands, err;
    if ((err = rv__gtiff_open(&v->mask, path)) < 0)
        return err;
    rv__gtiff_size(v->mask, &width, &height, &bands);
    if (width != grid->width || height != grid->height || bands > 2)
        return rv__fail(RV_ERR_MISMATCH, "mask of scene %s is %d x %d px with %d bands, not %d x %d with 1 or 2",
                        rv_scene_facts(v->scene)->id, width, height, bands, grid->width, grid->height);
    v->weighed = bands == 2;
    return RV_OK;
}

static int set_gains(view *v, const rv_gain *gains, int bands)
{
    for (int b = 0; b < bands; b++) {
        const rv_gain *g = gains ? &gains[v->index * (size_t)bands + (size_t)b] : NULL;
        int err;
        v->gain[b] = g ? g->gain : 1.0;
        v->offset[b] = g ? g->offset : 0.0;
        if (!g || !g->field[0])
            continue;
        if (!v->haze && !(v->haze = rv__alloc((size_t)bands, sizeof *v->haze)))
            return RV_ERR_NOMEM;
        if ((err = rv__haze_parse(&v->haze[b], g->field)) < 0)
            return err;
    }
    return RV_OK;
}

/* The part of a source window that the scene has, or false. */
static bool clip(int window[4], const rv_grid *grid)
{
    const int64_t col1 = (int64_t)window[0] + window[2], row1 = (int64_t)window[1] + window[3];
    const int col0 = window[0] > 0 ? window[0] : 0, row0 = window[1] > 0 ? window[1] : 0;
    const int right = col1 < grid->width ? (int)col1 : grid->width;
    const int below = row1 < grid->height ? (int)row1 : grid->height;
    if (col0 >= right || row0 >= below)
        return false;
    window[0] = col0;
    window[1] = row0;
    window[2] = right - col0;
    window[3] = below - row0;
    return true;
}

static void mean_planes(float *data, int planes, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        double sum = 0;
        for (int b = 0; b < planes; b++)
            sum += (double)data[(size_t)b * n + i];
        data[i] = (float)(sum / planes);
    }
}

/* True for a shift by whole pixels: the scene's window is the answer. */
static bool whole_shift(int out[4], const view *v, const int window[4])
{
    const double *m = v->from_ref;
    if (v->bend.f.nx)
        return false;
    const double col = floor(m[2] + .5), row = floor(m[5] + .5);
    const bool straight = !(fabs(m[0] - 1) > 0) && !(fabs(m[4] - 1) > 0) && !(fabs(m[1]) > 0) && !(fabs(m[3]) > 0) &&
                          !(fabs(m[6]) > 0) && !(fabs(m[7]) > 0);
    if (!straight || fabs(m[2] - col) > 1e-9 || fabs(m[5] - row) > 1e-9 || fabs(col) > 1e8 || fabs(row) > 1e8)
        return false;
    out[0] = window[0] + (int)col;
    out[1] = window[1] + (int)row;
    out[2] = window[2];
    out[3] = window[3];
    return true;
}

/* Scene pixels of a window of source positions, averaged where the stack has only their mean. */
static int read_source(float *data, uint8_t *valid, const view *v, bool mean, const int window[4])
{
    const int err = rv_scene_read(v->scene, data, valid, v->source, v->n_source, window);
    if (err == RV_OK && mean)
        mean_planes(data, v->n_source, (size_t)window[2] * (size_t)window[3]);
    return err;
}

rv__resample_job rv__stack_job(const rv__stack_view *v, const int window[4])
{
    rv__resample_job job = { .col0 = window[0],
                             .row0 = window[1],
                             .out_w = (size_t)window[2],
                             .out_h = (size_t)window[3],
                             .field = v->bend.f.nx ? &v->bend.f : NULL,
                             .kernel = RV__KERNEL_CUBIC_BSPLINE };
    memcpy(job.m, v->from_ref, sizeof job.m);
    return job;
}

bool rv__stack_needs(int from[4], const rv__stack_view *v, const rv__resample_job *job)
{
    rv__resample_needs(from, job);
    return clip(from, rv_scene_grid(v->scene));
}

/* Samples stay as the file holds them until the resampler takes them; a mean of bands is made of floats. */
static int read_resampled(float *data, uint8_t *valid, const rv_stack *stack, const view *v, const int window[4])
{
    const size_t n = (size_t)window[2] * (size_t)window[3];
    const bool mean = stack->mean_of_visible;
    rv__resample_job job = rv__stack_job(v, window);
    int from[4], err = RV_ERR_NOMEM;
    if (!rv__stack_needs(from, v, &job)) {
        memset(data, 0, n * (size_t)stack->bands * sizeof *data);
        memset(valid, 0, n);
        return RV_OK;
    }
    job.src_w = (size_t)from[2];
    job.src_h = (size_t)from[3];
    job.src_col0 = from[0];
    job.src_row0 = from[1];
    job.planes = (size_t)stack->bands;
    job.raw_type = mean ? RV__SAMPLE_F32 : rv__scene_sample(v->scene);
    void *src = rv__alloc(job.src_w * job.src_h * (size_t)v->n_source, rv__sample_size(job.raw_type));
    uint8_t *src_valid = rv__alloc(job.src_w * job.src_h, 1);
    job.raw = src;
    job.src_valid = src_valid;
    if (src && src_valid)
        err =
            mean ? read_source(src, src_valid, v, true, from)
                 : rv__scene_read_raw(v->scene, src, src_valid, &(rv__raw_bands){ v->source, v->n_source, NULL }, from);
    if (err == RV_OK)
        err = rv__resample(data, valid, &job);
    rv__free(src_valid);
    rv__free(src);
    return err;
}

int rv__stack_read_mean(float *data, uint8_t *valid, const rv__stack_view *v, const int window[4])
{
    return read_source(data, valid, v, true, window);
}

/* A plain copy still needs room for the bands whose mean is the answer. */
static int read_copy(float *data, uint8_t *valid, const rv_stack *stack, const view *v, const int from[4])
{
    if (!stack->mean_of_visible || v->n_source == 1)
        return read_source(data, valid, v, false, from);
    const size_t n = (size_t)from[2] * (size_t)from[3];
    float *planes = rv__alloc(n * (size_t)v->n_source, sizeof *planes);
    if (!planes)
        return RV_ERR_NOMEM;
    const int err = read_source(planes, valid, v, true, from);
    memcpy(data, planes, n * sizeof *data);
    rv__free(planes);
    return err;
}

/* One band of the mask file, written over the pixels of a window that are clear so far. */
static int read_mask(uint8_t *out, const view *v, int band, const rv_grid *grid, const int window[4])
{
    int inside[4] = { window[0], window[1], window[2], window[3] };
    if (!clip(inside, grid))
        return RV_OK;
    float *line_of = rv__alloc((size_t)inside[2], sizeof *line_of);
    int err = line_of ? RV_OK : RV_ERR_NOMEM;
    for (int r = 0; err == RV_OK && r < inside[3]; r++) {
        uint8_t *row = out + (size_t)(inside[1] - window[1] + r) * (size_t)window[2] + (size_t)(inside[0] - window[0]);
        const int line[4] = { inside[0], inside[1] + r, inside[2], 1 };
        err = rv__gtiff_read(v->mask, line_of, band, line);
        for (int c = 0; err == RV_OK && c < inside[2]; c++)
            if (row[c] == RV_MASK_CLEAR)
                row[c] = (uint8_t)line_of[c];
    }
    rv__free(line_of);
    return err;
}

void rv__stack_codes(uint8_t *mask, size_t n)
{
    for (size_t i = 0; i < n; i++)
        mask[i] = mask[i] ? RV_MASK_CLEAR : RV_MASK_OUTSIDE;
}

/* Validity becomes mask codes: those of the mask file where there is one. */
static int read_codes(uint8_t *mask, const view *v, const rv_grid *grid, const int window[4])
{
    rv__stack_codes(mask, (size_t)window[2] * (size_t)window[3]);
    return v->mask ? read_mask(mask, v, 0, grid, window) : RV_OK;
}

void rv__stack_apply_gains(float *data, const uint8_t *mask, const rv_stack *stack, const view *v, const int window[4])
{
    const size_t width = (size_t)window[2], n = width * (size_t)window[3];
    for (int b = 0; b < stack->bands; b++) {
        float *plane = data + (size_t)b * n;
        for (size_t i = 0; i < n; i++)
            plane[i] = mask[i] == RV_MASK_OUTSIDE ? 0.0F : (float)(v->gain[b] * (double)plane[i] + v->offset[b]);
        if (!v->haze || !v->haze[b].cols)
            continue;
        for (int r = 0; r < window[3]; r++)
            rv__haze_add(plane + (size_t)r * width, mask + (size_t)r * width, width, &v->haze[b],
                         (const int[]){ window[0], window[1] + r, stack->grid.width, stack->grid.height });
    }
}

int rv_stack_build(rv_stack **out, const rv_stack_parts *parts, const rv_grid *grid)
{
    const size_t n = parts->n;
    int err;
    double col, row;
    if (n == 0)
        return rv__fail(RV_ERR_NODATA, "no scene to stack");
    rv_stack *stack = rv__alloc(1, sizeof *stack);
    if (!stack)
        return RV_ERR_NOMEM;
    stack->grid = *grid;
    if (!(stack->view = rv__alloc(n, sizeof *stack->view))) {
        err = RV_ERR_NOMEM;
        goto fail;
    }
    stack->n = n;
    for (size_t i = 0; i < n; i++) {
        view *v = &stack->view[i];
        v->scene = parts->scenes[i];
        v->transform = parts->transforms[i];
        v->when = middle_of(rv_scene_facts(parts->scenes[i]));
        v->index = i;
    }
    qsort(stack->view, n, sizeof *stack->view, by_time);
    if ((err = choose_roles(stack)) < 0)
        goto fail;
    grid_offset(&col, &row, stack);
    for (size_t i = 0; i < n; i++) {
        view *v = &stack->view[i];
        v->n_source =
            rv__role_sources(v->source, rv_scene_facts(v->scene)->roles, stack->roles, stack->mean_of_visible);
        if ((err = set_gains(v, parts->gains, stack->bands)) < 0 || (err = set_inverse(v, col, row)) < 0 ||
            (err = set_bend(v, col, row)) < 0)
            goto fail;
        if (parts->masks && parts->masks[v->index] && (err = open_mask(v, parts->masks[v->index], grid)) < 0)
            goto fail;
    }
    *out = stack;
    return RV_OK;
fail:
    rv_stack_free(stack);
    return err;
}

int rv__stack_unaligned(rv_stack **out, const rv_stack *stack)
{
    rv_stack *made = rv__alloc(1, sizeof *made);
    view *views = rv__alloc(stack->n, sizeof *views);
    int err = made && views ? RV_OK : RV_ERR_NOMEM;
    for (size_t i = 0; i < stack->n && err == RV_OK; i++) {
        double worst_px;
        views[i] = stack->view[i];
        views[i].mask = NULL;
        views[i].haze = NULL;
        views[i].bend = (rv__bend){ 0 };
        err = rv__grid_map(views[i].from_ref, &worst_px, &stack->grid, rv_scene_grid(views[i].scene));
    }
    if (err < 0) {
        rv__free(views);
        rv__free(made);
        return err;
    }
    *made = *stack;
    made->view = views;
    *out = made;
    return RV_OK;
}

void rv_stack_free(rv_stack *stack)
{
    if (!stack)
        return;
    for (size_t i = 0; i < stack->n; i++) {
        rv__gtiff_close(stack->view[i].mask);
        rv__bend_release(&stack->view[i].bend);
        rv__free(stack->view[i].haze);
    }
    rv__free(stack->view);
    rv__free(stack);
}

size_t rv_stack_size(const rv_stack *stack)
{
    return stack->n;
}

const rv_grid *rv_stack_grid(const rv_stack *stack)
{
    return &stack->grid;
}

void rv_stack_set_ground(rv_stack *stack, const rv_ground *ground)
{
    stack->has_ground = ground != NULL;
    if (ground)
        stack->ground = *ground;
}

const rv_ground *rv_stack_ground(const rv_stack *stack)
{
    return stack->has_ground ? &stack->ground : NULL;
}

int rv_stack_bands(const rv_stack *stack)
{
    return stack->bands;
}

const char *rv_stack_roles(const rv_stack *stack)
{
    return stack->roles;
}

size_t rv__stack_scene(const rv_stack *stack, const char *id)
{
    size_t t = 0;
    while (t < stack->n && strcmp(rv_stack_facts(stack, t)->id, id) != 0)
        t++;
    return t;
}

const rv_scene_info *rv_stack_facts(const rv_stack *stack, size_t t)
{
    assert(t < stack->n);
    return rv_scene_facts(stack->view[t].scene);
}

const rv_transform *rv_stack_transform(const rv_stack *stack, size_t t)
{
    assert(t < stack->n);
    return &stack->view[t].transform;
}

int rv_stack_read(const rv_stack *stack, float *data, uint8_t *mask, size_t t, const int window[4])
{
    assert(t < stack->n && window[2] > 0 && window[3] > 0);
    const view *v = &stack->view[t];
    int from[4], err;
    if (whole_shift(from, v, window))
        err = read_copy(data, mask, stack, v, from);
    else
        err = read_resampled(data, mask, stack, v, window);
    if (err < 0 || (err = read_codes(mask, v, &stack->grid, window)) < 0)
        return err;
    rv__stack_apply_gains(data, mask, stack, v, window);
    return RV_OK;
}

int rv_stack_read_weight(const rv_stack *stack, float *weight, size_t t, const int window[4])
{
    assert(t < stack->n && window[2] > 0 && window[3] > 0);
    const view *v = &stack->view[t];
    const size_t n = (size_t)window[2] * (size_t)window[3];
    if (!v->mask || !v->weighed)
        return rv__fail(RV_ERR_NODATA, "scene %s has no weights: its mask was written without them",
                        rv_scene_facts(v->scene)->id);
    uint8_t *percent = rv__alloc(n, 1);
    const int err = percent ? read_mask(percent, v, 1, &stack->grid, window) : RV_ERR_NOMEM;
    for (size_t i = 0; i < n && err == RV_OK; i++)
        weight[i] = percent[i] <= 100 ? .01f * (float)percent[i] : 0.f;
    rv__free(percent);
    return err;
}

bool rv_stack_is_told(const rv_stack *stack, size_t t)
{
    assert(t < stack->n);
    return rv__scene_is_told(stack->view[t].scene);
}

/* The nearest pixel of the scene under every pixel of a window: classes cannot be interpolated. */
static void take_nearest(uint8_t *told, const view *v, const float *codes, const int from[4], const int window[4])
{
    const double *m = v->from_ref;
    for (int row = 0; row < window[3]; row++)
        for (int col = 0; col < window[2]; col++) {
            const double c = window[0] + col + .5, r = window[1] + row + .5, w = m[6] * c + m[7] * r + m[8];
            const double x = floor((m[0] * c + m[1] * r + m[2]) / w) - from[0];
            const double y = floor((m[3] * c + m[4] * r + m[5]) / w) - from[1];
            if (x >= 0 && y >= 0 && x < from[2] && y < from[3])
                told[(size_t)row * (size_t)window[2] + (size_t)col] =
                    (uint8_t)codes[(size_t)y * (size_t)from[2] + (size_t)x];
        }
}

int rv_stack_read_told(const rv_stack *stack, uint8_t *told, size_t t, const int window[4])
{
    assert(t < stack->n && window[2] > 0 && window[3] > 0);
    const view *v = &stack->view[t];
    int from[4];
    memset(told, RV_MASK_OUTSIDE, (size_t)window[2] * (size_t)window[3]);
    rv__resample_bounds(from, v->from_ref, window[0], window[1], (size_t)window[2], (size_t)window[3]);
    if (!rv__scene_is_told(v->scene) || !clip(from, rv_scene_grid(v->scene)))
        return RV_OK;
    float *codes = rv__alloc((size_t)from[2] * (size_t)from[3], sizeof *codes);
    const int err = codes ? rv__scene_read_told(v->scene, codes, from) : RV_ERR_NOMEM;
    if (err == RV_OK)
        take_nearest(told, v, codes, from, window);
    rv__free(codes);
    return err;
}

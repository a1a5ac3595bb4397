/* SPDX-License-Identifier: Apache-2.0 */
/* Transforms and masks of a case held against the truth of each frame. Where the truth has displacements, a place of the
 * reference ground is looked up in both images; else the global map stands for them. The case may have chosen another
 * reference than the truth: a place is then taken to where it truly lies in that image. */
#include "steps/score_read.h"

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "model/bend.h"
#include "base/text.h"
#include "base/vec.h"

#include <math.h>
#include <string.h>

enum {
    NET = 64
}; /* places a side: 4096 a frame are enough for one in a thousand of a smooth field, and cheap to pool */

/* What the truth knows of one frame. */
typedef struct true_frame {
    const rv__frame *frame;
    rv__raster displacement, mask; /* width 0 = none */
    double inverse[9];             /* reference to frame */
} true_frame;

static void true_frame_release(true_frame *f)
{
    rv__raster_release(&f->displacement);
    rv__raster_release(&f->mask);
}

static int read_optional(rv__raster *out, const char *truth, const char *id, const char *suffix)
{
    char path[RV_PATH_MAX];
    rv_grid grid;
    const int err = rv__score_truth_path(path, truth, id, suffix);
    if (err < 0 || !rv__file_exists(path))
        return err;
    return rv__score_raster_read(out, &grid, path);
}

static int true_frame_read(true_frame *out, const rv__score_file *truth, const rv__frame *frame)
{
    int err;
    *out = (true_frame){ .frame = frame };
    if ((err = read_optional(&out->displacement, truth->path, frame->id, "_displacement.tif")) < 0 ||
        (err = read_optional(&out->mask, truth->path, frame->id, "_mask.tif")) < 0)
        return err;
    if (out->displacement.width && out->displacement.bands < 2)
        return rv__fail(RV_ERR_FORMAT, "%s_displacement.tif: 1 band, 2 are needed", frame->id);
    if (!out->displacement.width && frame->has_map && rv_transform_invert(out->inverse, frame->m) < 0)
        return rv__fail(RV_ERR_FORMAT, "frame %s: its true map cannot be inverted", frame->id);
    return RV_OK;
}

static void map_point(rv_point *p, const double m[9])
{
    const double w = m[6] * p->x + m[7] * p->y + m[8], x = (m[0] * p->x + m[1] * p->y + m[2]) / w;
    p->y = (m[3] * p->x + m[4] * p->y + m[5]) / w;
    p->x = x;
}

/* Pixel of a raster under a position, or -1. */
static ptrdiff_t pixel_at(const rv__raster *raster, rv_point p)
{
    const bool inside = p.x >= 0 && p.y >= 0 && p.x < (double)raster->width && p.y < (double)raster->height;
    return inside ? (ptrdiff_t)((size_t)p.y * raster->width + (size_t)p.x) : -1;
}

static uint8_t mask_at(const rv__raster *mask, rv_point p)
{
    const ptrdiff_t i = pixel_at(mask, p);
    return i < 0 || !mask->valid[i] ? 255 : (uint8_t)mask->data[i];
}

/* Where a place of the truth's reference is seen in a frame; false where that is not known or not clear. */
static bool seen_at(rv_point *out, const true_frame *f, rv_point p)
{
    *out = p;
    if (f->displacement.width) {
        const ptrdiff_t i = pixel_at(&f->displacement, p);
        if (i < 0 || !f->displacement.valid[i])
            return false;
        out->x += (double)rv__raster_band(&f->displacement, 0)[i];
        out->y += (double)rv__raster_band(&f->displacement, 1)[i];
    } else if (f->frame->has_map) {
        map_point(out, f->inverse);
    } else {
        return false;
    }
    return !f->mask.width || mask_at(&f->mask, *out) == 0;
}

typedef struct site {
    const rv__score_file *truth, *found;
    const rv__score_input *in;
    float *roofs; /* share of each pixel under any true outline */
    size_t w, h;
    true_frame reference; /* the case's */
} site;

static int draw_roofs(site *s)
{
    int err = RV_OK;
    s->roofs = rv__alloc(s->w * s->h, sizeof *s->roofs);
    if (!s->roofs)
        return RV_ERR_NOMEM;
    for (size_t i = 0; err == RV_OK && i < s->in->truth.n; i++)
        err = rv__score_burn(s->roofs, s->w, s->h, &s->in->truth.v[i].outline);
    return err;
}

/* Places of clear ground of one frame, in it and in the case's reference. */
static int collect(rv__score_ties *out, const site *s, const rv__frame *truth, const rv__frame *found)
{
    rv_point *a = rv__alloc((size_t)NET * NET, sizeof *a), *b = rv__alloc((size_t)NET * NET, sizeof *b);
    true_frame f = { 0 };
    rv__bend bend = { 0 };
    size_t n = 0;
    int err = a && b ? true_frame_read(&f, s->truth, truth) : RV_ERR_NOMEM;
    if (err == RV_OK)
        err = rv__bend_parse(&bend, found->bend);
    for (int k = 0; err == RV_OK && k < NET * NET; k++) {
        const rv_point p = { floor((k % NET + .5) * (double)s->w / NET) + .5,
                             floor((k / NET + .5) * (double)s->h / NET) + .5 }; /* middle of a pixel */
        if (s->roofs[(size_t)p.y * s->w + (size_t)p.x] > 0 || !seen_at(&a[n], &f, p) ||
            !seen_at(&b[n], &s->reference, p))
            continue;
        if (bend.f.nx) { /* the matrix takes the frame's place to x + b(x) of the reference */
            double d[2];
            rv__warpfield_eval(d, &bend.f, b[n].x, b[n].y);
            b[n].x += d[0];
            b[n].y += d[1];
        }
        n += a[n].x >= 0 && a[n].y >= 0 && a[n].x <= (double)s->w && a[n].y <= (double)s->h;
    }
    true_frame_release(&f);
    rv__bend_release(&bend);
    if (err < 0) {
        rv__free(a);
        rv__free(b);
        return err;
    }
    *out = (rv__score_ties){ truth->id, found->m, a, b, n, found->sigma_px };
    return RV_OK;
}

static void ties_release(rv__score_ties *ties, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        rv__free((void *)(uintptr_t)ties[i].in_frame);
        rv__free((void *)(uintptr_t)ties[i].in_reference);
    }
    rv__free(ties);
}

/* Every frame of the truth but the reference counts: what a case drops, it did not place. */
static void note_frames(rv__tally *t, size_t used, size_t all)
{
    char note[96];
    rv__text_format(note, sizeof note, "%zu of %zu frames; the others are missing or not trusted", used, all);
    rv__tally_ratio(t, "registration.used", "all", (double)used, (double)all);
    for (size_t i = 0; used < all && i < t->n; i++)
        if (strncmp(t->v[i].metric, "registration.", 13) == 0 && strcmp(t->v[i].stratum, "all") == 0)
            memcpy(t->v[i].note, note, sizeof note);
}

static int collect_all(rv__tally *t, const site *s)
{
    const rv__frames *frames = &s->truth->frames;
    rv__score_ties *ties = rv__alloc(frames->n, sizeof *ties);
    size_t n = 0, all = 0;
    int err = ties ? RV_OK : RV_ERR_NOMEM;
    for (size_t k = 0; err == RV_OK && k < frames->n; k++) {
        const rv__frame *found = rv__frame_find(&s->found->frames, frames->v[k].id);
        if (strcmp(frames->v[k].id, s->found->frames.reference) == 0)
            continue;
        all++;
        if (!found || !found->trusted || !found->has_map)
            continue;
        if ((err = collect(&ties[n], s, &frames->v[k], found)) == RV_OK)
            n++;
    }
    if (err == RV_OK)
        err = rv__score_registration(t, ties, n);
    note_frames(t, n, all);
    ties_release(ties, n);
    return err;
}

int rv__score_alignment(rv__tally *t, const char **why, const rv__score_file *truth, const rv__score_file *found,
                        const rv__score_input *in)
{
    const rv__frame *reference = rv__frame_find(&truth->frames, found->frames.reference);
    site s = { .truth = truth, .found = found, .in = in, .w = (size_t)in->width, .h = (size_t)in->height };
    int err;
    *why = found->frames.n == 0 ? "no transforms: give a case or --transforms"
           : !reference         ? "the truth knows no map of the reference frame"
                                : "the size of the truth's grid is not known";
    if (found->frames.n > 0 && !reference) /* none of the frames can be compared */
        note_frames(t, 0, truth->frames.n);
    if (found->frames.n == 0 || !reference || !(in->width > 0))
        return RV_OK;
    if ((err = true_frame_read(&s.reference, truth, reference)) == RV_OK && (err = draw_roofs(&s)) == RV_OK)
        err = collect_all(t, &s);
    true_frame_release(&s.reference);
    rv__free(s.roofs);
    return err;
}

/* One frame's masks, brought to the pixels of the found one. */
typedef struct mask_pair {
    rv__raster found, truth, cloud; /* cloud: opacity in its first band */
    uint8_t *a, *b, *building;
    float *alpha;
} mask_pair;

static void mask_pair_release(mask_pair *m)
{
    rv__raster_release(&m->found);
    rv__raster_release(&m->truth);
    rv__raster_release(&m->cloud);
    rv__free(m->a);
    rv__free(m->b);
    rv__free(m->building);
    rv__free(m->alpha);
}

/* Pixels that one roof covers at least half of are finished on that day at the latest. */
static int finish_roof(double *when, const rv__window *all, const rv_polygon *outline, double day)
{
    rv__window box;
    float *share = NULL;
    const int err = rv__score_shares(&share, &box, all, outline);
    for (int r = 0; err == RV_OK && r < box.height; r++)
        for (int c = 0; c < box.width; c++) {
            double *at = &when[(size_t)(box.row0 + r) * (size_t)all->width + (size_t)(box.col0 + c)];
            *at = share[(size_t)r * (size_t)box.width + (size_t)c] >= .5f ? fmin(*at, day) : *at;
        }
    rv__free(share);
    return err;
}

/* When each pixel of the truth's reference got a finished new roof; infinite where it got none. */
static int finished_by(double **out, const rv__score_input *in)
{
    const rv__window all = { 0, 0, (int)in->width, (int)in->height };
    const size_t n = (size_t)all.width * (size_t)all.height;
    double *when = rv__alloc(n, sizeof *when);
    int err = when ? RV_OK : RV_ERR_NOMEM;
    for (size_t i = 0; err == RV_OK && i < n; i++)
        when[i] = INFINITY;
    for (size_t k = 0; err == RV_OK && k < in->truth.n; k++) {
        const rv__thing *thing = &in->truth.v[k];
        const double day = isfinite(thing->complete) ? thing->complete : thing->hi;
        if (rv__thing_is_new(thing) && isfinite(day))
            err = finish_roof(when, &all, &thing->outline, day);
    }
    if (err == RV_OK)
        *out = when;
    else
        rv__free(when);
    return err;
}

typedef struct mask_job {
    const rv__score_file *truth, *found;
    const rv__score_input *in;
    const double *to_truth; /* case's reference to the truth's, or NULL */
    double *finished;
} mask_job;

static int read_pair(mask_pair *m, const mask_job *job, const rv__frame *truth, const char *found_path)
{
    rv_grid grid;
    int err;
    if ((err = read_optional(&m->truth, job->truth->path, truth->id, "_mask.tif")) < 0 || !m->truth.width ||
        (err = rv__score_raster_read(&m->found, &grid, found_path)) < 0 ||
        (err = read_optional(&m->cloud, job->truth->path, truth->id, "_cloud.tif")) < 0)
        return err;
    const size_t n = m->found.width * m->found.height;
    m->a = rv__alloc(n, 1);
    m->b = rv__alloc(n, 1);
    m->building = rv__alloc(n, 1);
    m->alpha = rv__alloc(n, sizeof *m->alpha);
    return m->a && m->b && m->building && m->alpha ? RV_OK : RV_ERR_NOMEM;
}

/* Each pixel of the found mask was judged by a pixel of the frame: the found map says which, so that an error of
 * registration is not counted here again. */
static void bring_together(mask_pair *m, const mask_job *job, const double inverse[9], double time)
{
    const rv__raster net = { .width = (size_t)job->in->width, .height = (size_t)job->in->height };
    for (size_t i = 0; i < m->found.width * m->found.height; i++) {
        const rv_point p = { (double)(i % m->found.width) + .5, (double)(i / m->found.width) + .5 };
        rv_point q = p, r = p;
        map_point(&q, inverse);
        if (job->to_truth)
            map_point(&r, job->to_truth);
        const ptrdiff_t cloud = pixel_at(&m->cloud, q), roof = pixel_at(&net, r);
        m->a[i] = mask_at(&m->truth, q);
        m->b[i] = m->found.valid[i] ? (uint8_t)m->found.data[i] : 255;
        m->alpha[i] = cloud >= 0 ? m->cloud.data[cloud] : 0;
        m->building[i] = roof >= 0 && time >= job->finished[roof];
    }
}

static int count_frame(rv__mask_counts *counts, const mask_job *job, const rv__frame *truth, const rv__frame *found)
{
    mask_pair m = { 0 };
    double inverse[9];
    int err;
    if ((err = rv_transform_invert(inverse, found->m)) < 0)
        return err;
    if ((err = read_pair(&m, job, truth, found->mask)) == RV_OK && m.truth.width) {
        bring_together(&m, job, inverse, truth->time);
        const size_t n = m.found.width * m.found.height;
        const rv__score_masks masks = { m.a, m.b, m.cloud.width ? m.alpha : NULL, m.building, n };
        rv__mask_count(counts, &masks);
    }
    mask_pair_release(&m);
    return err;
}

int rv__score_case_masks(rv__tally *t, const char **why, const rv__score_file *truth, const rv__score_file *found,
                         const rv__score_input *in)
{
    mask_job job = { .truth = truth, .found = found, .in = in };
    const rv__frame *reference = rv__frame_find(&truth->frames, found->frames.reference);
    rv__mask_counts counts = { 0 };
    int err = RV_OK;
    size_t all = 0, used = 0;
    *why = !found->masked  ? "no masks: give a case or --masks"
           : in->width > 0 ? "the truth has no masks"
                           : "the size of the truth's grid is not known";
    if (!found->masked || !(in->width > 0))
        return RV_OK;
    job.to_truth = reference && reference->has_map ? reference->m : NULL;
    err = finished_by(&job.finished, in);
    for (size_t k = 0; err == RV_OK && k < truth->frames.n; k++) {
        const rv__frame *f = rv__frame_find(&found->frames, truth->frames.v[k].id);
        char path[RV_PATH_MAX];
        if ((err = rv__score_truth_path(path, truth->path, truth->frames.v[k].id, "_mask.tif")) < 0 ||
            !rv__file_exists(path))
            continue;
        all++;
        if (f && f->has_map && f->mask[0] && (err = count_frame(&counts, &job, &truth->frames.v[k], f)) == RV_OK)
            used++;
    }
    rv__free(job.finished);
    if (err == RV_OK && all > 0) {
        rv__tally_ratio(t, "mask.used", "all", (double)used, (double)all);
        *why = "no frame of the truth has a mask here";
    }
    if (err == RV_OK && counts.n > 0) {
        rv__score_mask(t, &counts);
        *why = "the truth tells no opacity of clouds";
    }
    return err;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* One interpolation from a source window to an output window under a projective map and, where asked, a smooth displacement.
 *
 * The default is the interpolating cubic B-spline [unser1993] [thevenaz2000]: sharper than Catmull-Rom at the same four
 * taps, at the price of a recursive prefilter of the window. Lanczos-3, bilinear and nearest are kept for comparison
 * and for masks. The source is prepared first: area means where the map shrinks (shrink.c), invalid pixels continued
 * from their valid neighbours so that they cannot ring (fill.c), then the prefilter (spline.c). Dropping the weights of
 * invalid pixels, as for a positive kernel, is no choice here: after the prefilter every coefficient carries them all.
 *
 * Work goes block by block of the output, so that a plane of prepared source stays in the processor's cache and a
 * large window needs no second copy of itself. Maps without rotation (shifts above all) run one axis after the other
 * (straight.c); others take their weights pixel by pixel (bent.c). A shift by whole pixels is a copy. */
#include "raster/resample.h"

#include <revisit/base.h>

#include "base/mem.h"
#include "raster/fill.h"
#include "raster/morph.h"
#include "raster/resample_internal.h"
#include "raster/shrink.h"
#include "raster/spline.h"

#include <assert.h>
#include <math.h>
#include <string.h>

/* Output px of a block; a halo of BLOCK_HALO leaves no seam: |z|^(14 - 2) = 1e-7 of the contrast. */
enum { BLOCK_COLS = 512, BLOCK_ROWS = 256, BLOCK_HALO = 14 };

static const double shrinks_from = 1.25; /* source px an output px */

/* A buffer that lives for all blocks of a job. */
typedef struct buffer {
    void *v;
    size_t bytes;
} buffer;

struct rv__resample_space {
    buffer data, spline, flat, valid, safe;
};

typedef rv__resample_space scratch;

static void *room(buffer *b, size_t count, size_t size)
{
    if (count * size > b->bytes || !b->v) {
        rv__free(b->v);
        b->v = rv__alloc(count, size);
        b->bytes = b->v ? count * size : 0;
    }
    return b->v;
}

static void release(scratch *k)
{
    rv__free(k->safe.v);
    rv__free(k->valid.v);
    rv__free(k->flat.v);
    rv__free(k->spline.v);
    rv__free(k->data.v);
}

rv__resample_space *rv__resample_space_new(void)
{
    return rv__alloc(1, sizeof(rv__resample_space));
}

void rv__resample_space_free(rv__resample_space *space)
{
    if (space)
        release(space);
    rv__free(space);
}

/* ---- preparation ---- */

static int is_straight(const double m[9])
{
    return m[1] == 0 && m[3] == 0 && m[6] == 0 && m[7] == 0 && m[8] == 1;
}

static int is_whole(double x)
{
    return fabs(x - floor(x + .5)) < 1e-9;
}

/* A shift by whole pixels needs no kernel at all. */
static rv__kernel kernel_for(const rv__resample_job *job)
{
    const double *m = job->m;
    const int copy = !job->field && is_straight(m) && m[0] == 1 && m[4] == 1 &&
                     is_whole(m[2] + job->col0 - job->src_col0) && is_whole(m[5] + job->row0 - job->src_row0);
    return copy ? RV__KERNEL_NEAREST : job->kernel;
}

/* Source px an output px along both source axes, at the middle of the output window; 1 where it is next to none. */
static void steps(double step[2], const rv__resample_job *job)
{
    const double *m = job->m, x = job->col0 + .5 * (double)job->out_w, y = job->row0 + .5 * (double)job->out_h;
    const double w = m[6] * x + m[7] * y + m[8];
    for (int axis = 0; axis < 2; axis++) {
        const double *a = m + 3 * axis, at = (a[0] * x + a[1] * y + a[2]) / w;
        step[axis] = w > 0 ? hypot((a[0] - at * m[6]) / w, (a[1] - at * m[7]) / w) : 1;
        step[axis] = step[axis] > shrinks_from ? step[axis] : 1;
    }
}

/* Part of the source that a block is made from. */
typedef struct window {
    size_t col0, row0, w, h;
} window;

static rv__rows rows_of(const rv__resample_job *job, const window *win)
{
    const size_t at = win->row0 * job->src_w + win->col0;
    return job->raw ? (rv__rows){ job->raw, job->raw_type, at, job->src_w }
                    : (rv__rows){ job->src, RV__SAMPLE_F32, at, job->src_w };
}

static int all_valid(const rv__resample_job *job, const window *win)
{
    for (size_t r = 0; r < win->h; r++)
        if (memchr(job->src_valid + (win->row0 + r) * job->src_w + win->col0, 0, win->w))
            return 0;
    return 1;
}

/* Pixels whose neighbourhood within r, window edge included, is valid throughout. */
static int mark_safe(uint8_t *safe, const rv__source *s)
{
    const size_t r = (size_t)s->taps / 2;
    const int err = rv__erode_u8(safe, s->valid, s->w, s->h, r);
    for (size_t row = 0; row < s->h; row++)
        for (size_t col = 0; col < s->w; col++)
            if (row < r || col < r || row + r >= s->h || col + r >= s->w)
                safe[row * s->w + col] = 0;
    return err;
}

/* A copy of the window, averaged and filled: *in and its rows' stride become those of the copy. */
static int prepare_copy(rv__rows *in, rv__source *s, scratch *k, const rv__resample_job *job, const window *win)
{
    const size_t n = s->w * s->h, size[2] = { s->w, s->h };
    float *flat = room(&k->flat, n * s->planes, sizeof *flat);
    uint8_t *valid = room(&k->valid, n, 1), *safe = room(&k->safe, n, 1);
    double step[2];
    int err;
    if (!flat || !valid || !safe)
        return RV_ERR_NOMEM;
    for (size_t r = 0; r < s->h; r++) {
        const size_t from = (win->row0 + r) * job->src_w + win->col0;
        memcpy(valid + r * s->w, job->src_valid + from, s->w);
        for (size_t b = 0; b < s->planes; b++)
            rv__samples_load(flat + b * n + r * s->w, in->v, in->type, b * job->src_w * job->src_h + from, s->w);
    }
    steps(step, job);
    if ((step[0] > 1 || step[1] > 1) && (err = rv__area_mean(flat, valid, size, s->planes, step[0], step[1])) < 0)
        return err;
    if (s->taps > 1 && (err = rv__fill_invalid(flat, valid, s->w, s->h, s->planes)) < 0)
        return err;
    s->valid = valid;
    s->safe = safe;
    *in = (rv__rows){ flat, RV__SAMPLE_F32, 0, s->w };
    return mark_safe(safe, s);
}

static void mirror_margin(float *plane, const rv__source *s)
{
    const ptrdiff_t stride = (ptrdiff_t)s->stride, h = (ptrdiff_t)s->h;
    for (ptrdiff_t r = 0; r < h; r++)
        rv__taps_mirror_ends(plane + r * stride, s->w, RV__MARGIN);
    for (ptrdiff_t i = 1; i <= RV__MARGIN; i++) {
        const ptrdiff_t pair[2][2] = { { -i, (ptrdiff_t)rv__taps_mirror(-i, s->h) },
                                       { h - 1 + i, (ptrdiff_t)rv__taps_mirror(h - 1 + i, s->h) } };
        for (int k = 0; k < 2; k++)
            memcpy(plane + pair[k][0] * stride - RV__MARGIN, plane + pair[k][1] * stride - RV__MARGIN,
                   (s->w + 2 * RV__MARGIN) * sizeof *plane);
    }
}

/* Planes of samples or of coefficients, with their margins. */
static int prepare(rv__source *s, scratch *k, const rv__resample_job *job, const window *win)
{
    const size_t size[2] = { s->w, s->h };
    rv__rows in = rows_of(job, win);
    size_t in_plane = job->src_w * job->src_h;
    double step[2];
    int err;
    steps(step, job);
    if (step[0] > 1 || step[1] > 1 || !all_valid(job, win)) {
        if ((err = prepare_copy(&in, s, k, job, win)) < 0)
            return err;
        in_plane = s->w * s->h;
    }
    s->stride = s->w + 2 * RV__MARGIN;
    s->plane = s->stride * (s->h + 2 * RV__MARGIN);
    float *data = room(&k->data, s->plane * s->planes + RV__LANES, sizeof *data);
    float *spline = room(&k->spline, rv__spline_scratch(s->w), sizeof *spline);
    if (!data || !spline)
        return RV_ERR_NOMEM;
    data += RV__MARGIN * s->stride + RV__MARGIN;
    s->data = data;
    for (size_t b = 0; b < s->planes; b++, data += s->plane, in.at += in_plane) {
        if (s->kernel == RV__KERNEL_CUBIC_BSPLINE)
            rv__spline_coefficients(data, s->stride, &in, size, spline);
        else
            for (size_t r = 0; r < s->h; r++)
                rv__samples_load(data + r * s->stride, in.v, in.type, in.at + r * in.stride, s->w);
        mirror_margin(data, s);
    }
    return RV_OK;
}

/* ---- blocks ---- */

static void clear(const rv__target *t)
{
    for (size_t r = 0; r < t->h; r++)
        rv__target_clear_row(t, r);
}

/* Source window of a block within the job's, or false where they do not meet. */
static int window_of(window *out, const rv__resample_job *job, const rv__resample_job *block)
{
    const double size[2] = { (double)job->src_w, (double)job->src_h }, at[2] = { job->src_col0, job->src_row0 };
    double lo[2], hi[2];
    int bounds[4];
    rv__resample_needs(bounds, block);
    for (int axis = 0; axis < 2; axis++) {
        lo[axis] = fmax(0, floor(bounds[axis] - at[axis]) - (BLOCK_HALO - RV__RESAMPLE_HALO));
        hi[axis] = fmin(size[axis],
                        ceil(bounds[axis] + (double)bounds[axis + 2] - at[axis]) + (BLOCK_HALO - RV__RESAMPLE_HALO));
    }
    if (!(lo[0] < hi[0] && lo[1] < hi[1]))
        return 0;
    *out = (window){ (size_t)lo[0], (size_t)lo[1], (size_t)(hi[0] - lo[0]), (size_t)(hi[1] - lo[1]) };
    return 1;
}

/* Columns of the target by the row of taps. */
static void interpolate(const rv__target *t, const rv__source *s, const rv__resample_job *job)
{
    for (size_t c = 0; c < t->w; c += RV__TAPS_ROW) {
        rv__target part = *t;
        part.out += c;
        part.valid += c;
        part.col0 += (double)c;
        part.w = t->w - c < RV__TAPS_ROW ? t->w - c : RV__TAPS_ROW;
        if (is_straight(job->m) && !job->field)
            rv__straight(&part, s, job->m);
        else
            rv__bent(&part, s, job->m, job->field);
    }
}

static int run_block(const rv__target *t, scratch *k, const rv__resample_job *job)
{
    rv__resample_job block = *job;
    window win;
    int err;
    block.col0 = t->col0;
    block.row0 = t->row0;
    block.out_w = t->w;
    block.out_h = t->h;
    if (!window_of(&win, job, &block)) {
        clear(t);
        return RV_OK;
    }
    rv__source s = { .w = win.w,
                     .h = win.h,
                     .planes = job->planes,
                     .col0 = job->src_col0 + (double)win.col0,
                     .row0 = job->src_row0 + (double)win.row0,
                     .kernel = kernel_for(job) };
    s.taps = rv__taps_count(s.kernel);
    if ((err = prepare(&s, k, &block, &win)) == RV_OK)
        interpolate(t, &s, job);
    return err;
}

int rv__resample(float *out, uint8_t *out_valid, const rv__resample_job *job)
{
    scratch own = { 0 }, *k = job->space ? job->space : &own;
    double step[2];
    int err = RV_OK;
    assert(job->kernel >= RV__KERNEL_CUBIC_BSPLINE && job->kernel <= RV__KERNEL_NEAREST);
    steps(step, job);
    const double shrink = fmin(fmax(step[0], step[1]), 16);
    const size_t cols = (size_t)(BLOCK_COLS / shrink), rows = (size_t)(BLOCK_ROWS / shrink);
    for (size_t r = 0; r < job->out_h && err == RV_OK; r += rows)
        for (size_t c = 0; c < job->out_w && err == RV_OK; c += cols) {
            const size_t at = r * job->out_w + c;
            const rv__target t = { .out = out + at,
                                   .valid = out_valid + at,
                                   .w = job->out_w - c < cols ? job->out_w - c : cols,
                                   .h = job->out_h - r < rows ? job->out_h - r : rows,
                                   .stride = job->out_w,
                                   .plane = job->out_w * job->out_h,
                                   .planes = job->planes,
                                   .col0 = job->col0 + (double)c,
                                   .row0 = job->row0 + (double)r };
            err = run_block(&t, k, job);
        }
    release(&own);
    return err;
}

/* ---- bounds ---- */

static int to_px(double v)
{
    const double limit = 1 << 28;
    return (int)(v < -limit ? -limit : v > limit ? limit : v);
}

void rv__resample_needs(int bounds[4], const rv__resample_job *job)
{
    const double *m = job->m;
    const double win[4] = { job->col0, job->row0, (double)job->out_w, (double)job->out_h };
    double lo[2] = { INFINITY, INFINITY }, hi[2] = { -INFINITY, -INFINITY }, step[2], less[2] = { 0 }, more[2] = { 0 };
    /* The window becomes the quadrilateral of its mapped corners; a corner behind the horizon frees the bounds. */
    for (int i = 0; i < 4; i++) {
        const double x = win[0] + (i & 1 ? win[2] : 0), y = win[1] + (i & 2 ? win[3] : 0);
        const double w = m[6] * x + m[7] * y + m[8];
        for (int axis = 0; axis < 2; axis++) {
            const double at = (m[3 * axis] * x + m[3 * axis + 1] * y + m[3 * axis + 2]) / w;
            lo[axis] = w > 0 ? fmin(lo[axis], at) : -INFINITY;
            hi[axis] = w > 0 ? fmax(hi[axis], at) : INFINITY;
        }
    }
    if (job->field)
        rv__warpfield_range(less, more, job->field, win);
    steps(step, job);
    for (int axis = 0; axis < 2; axis++) {
        const double halo = RV__RESAMPLE_HALO + (step[axis] > 1 ? ceil(step[axis] / 2) : 0);
        bounds[axis] = to_px(floor(lo[axis] + less[axis] - halo));
        bounds[axis + 2] = to_px(ceil(hi[axis] + more[axis] + halo)) - bounds[axis];
    }
}

void rv__resample_bounds(int bounds[4], const double m[9], double col0, double row0, size_t out_w, size_t out_h)
{
    rv__resample_job job = { .col0 = col0, .row0 = row0, .out_w = out_w, .out_h = out_h };
    memcpy(job.m, m, sizeof job.m);
    rv__resample_needs(bounds, &job);
}

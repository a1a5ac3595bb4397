/* SPDX-License-Identifier: Apache-2.0 */
/* One interpolation from a source window to an output window under a projective map.
 *
 * The default is the interpolating cubic B-spline [unser1993] [thevenaz2000]: sharper than Catmull-Rom at the same four
 * taps, at the price of a recursive prefilter of the window. Lanczos-3, bilinear and nearest are kept for comparison
 * and for masks. The source is prepared first: area means where the map shrinks (shrink.c), invalid pixels continued
 * from their valid neighbours so that they cannot ring (fill.c), then the prefilter (spline.c). Dropping the weights of
 * invalid pixels, as for a positive kernel, is no choice here: after the prefilter every coefficient carries them all.
 *
 * Maps without rotation (shifts above all) run one axis after the other with a ring of filtered rows; others take
 * their weights pixel by pixel. A shift by whole pixels is a copy. */
#include "raster/resample.h"

#include <revisit/base.h>

#include "base/mem.h"
#include "raster/fill.h"
#include "raster/morph.h"
#include "raster/shrink.h"
#include "raster/spline.h"
#include "raster/taps.h"

#include <assert.h>
#include <math.h>
#include <string.h>

static const double shrinks_from = 1.25; /* source px an output px */

/* What is interpolated from. */
typedef struct source {
    float *data;    /* planes of samples or of spline coefficients */
    uint8_t *valid; /* after area means */
    uint8_t *safe;  /* 1 where every kernel centred nearest to the pixel lies on valid pixels */
    size_t w, h, planes;
    rv__kernel kernel;
    int taps;
} source;

/* The validity rule where a kernel meets invalid pixels or the window's edge: at least half of its absolute weight. */
static uint8_t half_covered(const source *s, const rv__taps *x, const rv__taps *y)
{
    double on_valid = 0, all = 0;
    for (int j = 0; j < s->taps; j++) {
        const ptrdiff_t row = y->first + j;
        for (int i = 0; i < s->taps; i++) {
            const ptrdiff_t col = x->first + i;
            const double weight = fabs((double)x->weight[i] * (double)y->weight[j]);
            const int in = row >= 0 && row < (ptrdiff_t)s->h && col >= 0 && col < (ptrdiff_t)s->w;
            on_valid += in && s->valid[row * (ptrdiff_t)s->w + col] ? weight : 0;
            all += weight;
        }
    }
    return on_valid >= .5 * all;
}

static inline uint8_t is_valid(const source *s, const rv__taps *x, const rv__taps *y)
{
    const size_t nearest = (size_t)y->nearest * s->w + (size_t)x->nearest;
    return s->safe[nearest] ? 1 : s->valid[nearest] && half_covered(s, x, y);
}

static inline int on_axis(const rv__taps *t, size_t n)
{
    return t->nearest >= 0 && t->nearest < (ptrdiff_t)n;
}

/* ---- maps without rotation ---- */

typedef struct lines {
    rv__taps *cols;    /* one an output column */
    size_t begin, end; /* columns whose nearest source pixel exists */
    int steady;        /* all columns have the same weights, one source pixel apart */
    float *padded;     /* a source row with RV__TAPS_MAX mirrored samples on both sides */
    float *ring;       /* planes * taps rows, filtered along */
    ptrdiff_t held[RV__TAPS_MAX];
} lines;

static void pad_row(float *padded, const float *row, size_t w)
{
    memcpy(padded + RV__TAPS_MAX, row, w * sizeof *row);
    for (int i = 0; i < RV__TAPS_MAX; i++) {
        padded[i] = row[rv__taps_mirror(i - RV__TAPS_MAX, w)];
        padded[RV__TAPS_MAX + (ptrdiff_t)w + i] = row[rv__taps_mirror((ptrdiff_t)w + i, w)];
    }
}

/* out[c] = sum of weight[k] in[c + k] */
static void filter_steady(float *restrict out, const float *in, const float *weight, int taps, size_t n)
{
    for (size_t c = 0; c < n; c++)
        out[c] = weight[0] * in[c];
    for (int k = 1; k < taps; k++)
        for (size_t c = 0; c < n; c++)
            out[c] += weight[k] * in[c + (size_t)k];
}

static void filter_row(float *out, const lines *l, int taps)
{
    if (l->steady) {
        filter_steady(out + l->begin, l->padded + RV__TAPS_MAX + l->cols[l->begin].first, l->cols[l->begin].weight,
                      taps, l->end - l->begin);
        return;
    }
    for (size_t c = l->begin; c < l->end; c++) {
        const float *in = l->padded + RV__TAPS_MAX + l->cols[c].first;
        float sum = 0;
        for (int k = 0; k < taps; k++)
            sum += l->cols[c].weight[k] * in[k];
        out[c] = sum;
    }
}

/* Make the ring hold source row `row`; returns its place. */
static int hold_row(lines *l, const source *s, ptrdiff_t row, size_t out_w)
{
    const int place = (int)((row % s->taps + s->taps) % s->taps);
    if (l->held[place] == row)
        return place;
    l->held[place] = row;
    for (size_t b = 0; b < s->planes; b++) {
        pad_row(l->padded, s->data + (b * s->h + rv__taps_mirror(row, s->h)) * s->w, s->w);
        filter_row(l->ring + (b * (size_t)s->taps + (size_t)place) * out_w, l, s->taps);
    }
    return place;
}

static void blend_rows(float *restrict out, const float *row, float weight, int begins, size_t n)
{
    if (begins)
        for (size_t c = 0; c < n; c++)
            out[c] = weight * row[c];
    else
        for (size_t c = 0; c < n; c++)
            out[c] += weight * row[c];
}

static void straight_row(float *out, uint8_t *out_valid, const rv__resample_job *job, const source *s, lines *l,
                         const rv__taps *y)
{
    const size_t w = job->out_w, plane = w * job->out_h;
    for (int j = 0; j < s->taps; j++) {
        const int place = hold_row(l, s, y->first + j, w);
        for (size_t b = 0; b < s->planes; b++)
            blend_rows(out + b * plane + l->begin, l->ring + (b * (size_t)s->taps + (size_t)place) * w + l->begin,
                       y->weight[j], j == 0, l->end - l->begin);
    }
    for (size_t c = l->begin; c < l->end; c++) {
        out_valid[c] = is_valid(s, &l->cols[c], y);
        for (size_t b = 0; !out_valid[c] && b < s->planes; b++)
            out[b * plane + c] = 0;
    }
}

/* Sample coordinate of output position i along an axis of scale m and offset at pixel corners. */
static double straight(double m, double offset, double first, size_t i, double src_first)
{
    return m * (first + (double)i + .5) + offset - src_first - .5;
}

static void set_columns(lines *l, const rv__resample_job *job, const source *s)
{
    for (size_t c = 0; c < job->out_w; c++)
        rv__taps_set(&l->cols[c], s->kernel, straight(job->m[0], job->m[2], job->col0, c, job->src_col0));
    while (l->begin < job->out_w && !on_axis(&l->cols[l->begin], s->w))
        l->begin++;
    l->end = l->begin;
    while (l->end < job->out_w && on_axis(&l->cols[l->end], s->w))
        l->end++;
    /* One set of weights for all: the columns' own differ from it by the rounding of their positions alone. */
    l->steady = job->m[0] == 1;
    for (size_t c = l->begin; l->steady && c < l->end; c++)
        l->steady = l->cols[c].first == l->cols[l->begin].first + (ptrdiff_t)(c - l->begin);
    for (int k = 0; k < RV__TAPS_MAX; k++)
        l->held[k] = PTRDIFF_MIN;
}

static int run_straight(float *out, uint8_t *out_valid, const rv__resample_job *job, const source *s)
{
    lines l = { .cols = rv__alloc(job->out_w, sizeof *l.cols),
                .padded = rv__alloc(s->w + 2 * RV__TAPS_MAX, sizeof *l.padded),
                .ring = rv__alloc(s->planes * (size_t)s->taps * job->out_w, sizeof *l.ring) };
    int err = RV_ERR_NOMEM;
    if (!l.cols || !l.padded || !l.ring)
        goto done;
    set_columns(&l, job, s);
    for (size_t r = 0; r < job->out_h && l.begin < l.end; r++) {
        rv__taps y;
        rv__taps_set(&y, s->kernel, straight(job->m[4], job->m[5], job->row0, r, job->src_row0));
        if (on_axis(&y, s->h))
            straight_row(out + r * job->out_w, out_valid + r * job->out_w, job, s, &l, &y);
    }
    err = RV_OK;
done:
    rv__free(l.ring);
    rv__free(l.padded);
    rv__free(l.cols);
    return err;
}

/* ---- all other maps ---- */

/* taps is a constant where this is called: the compiler unrolls both loops. */
static inline float weigh(const float *in, size_t stride, const float *wx, const float *wy, int taps)
{
    float sum = 0;
    for (int j = 0; j < taps; j++) {
        float along = 0;
        for (int i = 0; i < taps; i++)
            along += wx[i] * in[(size_t)j * stride + (size_t)i];
        sum += wy[j] * along;
    }
    return sum;
}

/* Kernel that reaches over the window's edge: its patch of mirrored samples. */
static void mirror_patch(float *patch, const float *plane, const source *s, const rv__taps *x, const rv__taps *y)
{
    for (int j = 0; j < s->taps; j++)
        for (int i = 0; i < s->taps; i++)
            patch[j * s->taps + i] =
                plane[rv__taps_mirror(y->first + j, s->h) * s->w + rv__taps_mirror(x->first + i, s->w)];
}

static inline void bent_pixel(float *out, size_t plane, const source *s, const rv__taps *x, const rv__taps *y,
                              const int taps)
{
    const size_t n = s->w * s->h;
    const int inside =
        x->first >= 0 && y->first >= 0 && x->first + taps <= (ptrdiff_t)s->w && y->first + taps <= (ptrdiff_t)s->h;
    for (size_t b = 0; b < s->planes; b++) {
        if (inside) {
            const float *in = s->data + b * n + (size_t)y->first * s->w + (size_t)x->first;
            out[b * plane] = weigh(in, s->w, x->weight, y->weight, taps);
        } else {
            float patch[RV__TAPS_MAX * RV__TAPS_MAX];
            mirror_patch(patch, s->data + b * n, s, x, y);
            out[b * plane] = weigh(patch, (size_t)taps, x->weight, y->weight, taps);
        }
    }
}

static void bent_row(float *out, uint8_t *out_valid, const rv__resample_job *job, const source *s, size_t r)
{
    const double *m = job->m, row = job->row0 + (double)r + .5;
    const int projective = m[6] != 0 || m[7] != 0;
    for (size_t c = 0; c < job->out_w; c++) {
        const double col = job->col0 + (double)c + .5, w = m[6] * col + m[7] * row + m[8];
        if (w <= 0)
            continue; /* behind the horizon of the map */
        const double scale = projective || m[8] != 1 ? 1 / w : 1;
        const double u = (m[0] * col + (m[1] * row + m[2])) * scale - job->src_col0 - .5;
        const double v = (m[3] * col + (m[4] * row + m[5])) * scale - job->src_row0 - .5;
        if (!(u >= -.5 && v >= -.5 && u < (double)s->w - .5 && v < (double)s->h - .5))
            continue;
        rv__taps x, y;
        rv__taps_set(&x, s->kernel, u);
        rv__taps_set(&y, s->kernel, v);
        if (!on_axis(&x, s->w) || !on_axis(&y, s->h) || !(out_valid[c] = is_valid(s, &x, &y)))
            continue;
        const size_t plane = job->out_w * job->out_h;
        switch (s->taps) {
        case 4:
            bent_pixel(out + c, plane, s, &x, &y, 4);
            break;
        case 6:
            bent_pixel(out + c, plane, s, &x, &y, 6);
            break;
        case 2:
            bent_pixel(out + c, plane, s, &x, &y, 2);
            break;
        default:
            bent_pixel(out + c, plane, s, &x, &y, 1);
        }
    }
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
    const int copy = is_straight(m) && m[0] == 1 && m[4] == 1 && is_whole(m[2] + job->col0 - job->src_col0) &&
                     is_whole(m[5] + job->row0 - job->src_row0);
    return copy ? RV__KERNEL_NEAREST : job->kernel;
}

/* Source px an output px along both source axes, at the middle of the output window. */
static void steps(double step[2], const double m[9], const double middle[2])
{
    const double x = middle[0], y = middle[1], w = m[6] * x + m[7] * y + m[8];
    for (int axis = 0; axis < 2; axis++) {
        const double *a = m + 3 * axis, at = (a[0] * x + a[1] * y + a[2]) / w;
        step[axis] = w > 0 ? hypot((a[0] - at * m[6]) / w, (a[1] - at * m[7]) / w) : 1;
    }
}

static void job_steps(double step[2], const rv__resample_job *job)
{
    const double middle[2] = { job->col0 + .5 * (double)job->out_w, job->row0 + .5 * (double)job->out_h };
    steps(step, job->m, middle);
    for (int axis = 0; axis < 2; axis++)
        step[axis] = step[axis] > shrinks_from ? step[axis] : 1;
}

/* Pixels whose neighbourhood within r, window edge included, is valid throughout. */
static int mark_safe(source *s)
{
    const size_t r = (size_t)s->taps / 2;
    const int err = rv__erode_u8(s->safe, s->valid, s->w, s->h, r);
    for (size_t row = 0; row < s->h; row++)
        for (size_t col = 0; col < s->w; col++)
            if (row < r || col < r || row + r >= s->h || col + r >= s->w)
                s->safe[row * s->w + col] = 0;
    return err;
}

static int prepare(source *s, const rv__resample_job *job)
{
    const size_t n = s->w * s->h, size[2] = { s->w, s->h };
    double step[2];
    int err;
    s->data = rv__alloc(s->planes * n, sizeof *s->data);
    s->valid = rv__alloc(n, 1);
    s->safe = rv__alloc(n, 1);
    if (!s->data || !s->valid || !s->safe)
        return RV_ERR_NOMEM;
    memcpy(s->data, job->src, s->planes * n * sizeof *s->data);
    memcpy(s->valid, job->src_valid, n);
    job_steps(step, job);
    if ((step[0] > 1 || step[1] > 1) && (err = rv__area_mean(s->data, s->valid, size, s->planes, step[0], step[1])) < 0)
        return err;
    if (s->taps > 1 && (err = rv__fill_invalid(s->data, s->valid, s->w, s->h, s->planes)) < 0)
        return err;
    for (size_t b = 0; s->kernel == RV__KERNEL_CUBIC_BSPLINE && b < s->planes; b++)
        if ((err = rv__spline_prefilter(s->data + b * n, s->w, s->h)) < 0)
            return err;
    return mark_safe(s);
}

int rv__resample(float *out, uint8_t *out_valid, const rv__resample_job *job)
{
    source s = { .w = job->src_w, .h = job->src_h, .planes = job->planes, .kernel = kernel_for(job) };
    int err = RV_OK;
    assert(job->kernel >= RV__KERNEL_CUBIC_BSPLINE && job->kernel <= RV__KERNEL_NEAREST);
    memset(out, 0, job->planes * job->out_w * job->out_h * sizeof *out);
    memset(out_valid, 0, job->out_w * job->out_h);
    if (!s.w || !s.h || !job->out_w || !job->out_h)
        return RV_OK;
    s.taps = rv__taps_count(s.kernel);
    if ((err = prepare(&s, job)) < 0)
        goto done;
    if (is_straight(job->m))
        err = run_straight(out, out_valid, job, &s);
    for (size_t r = 0; !is_straight(job->m) && r < job->out_h; r++)
        bent_row(out + r * job->out_w, out_valid + r * job->out_w, job, &s, r);
done:
    rv__free(s.safe);
    rv__free(s.valid);
    rv__free(s.data);
    return err;
}

static int to_px(double v)
{
    const double limit = 1 << 28;
    return (int)(v < -limit ? -limit : v > limit ? limit : v);
}

void rv__resample_bounds(int bounds[4], const double m[9], double col0, double row0, size_t out_w, size_t out_h)
{
    const double middle[2] = { col0 + .5 * (double)out_w, row0 + .5 * (double)out_h };
    double lo[2] = { INFINITY, INFINITY }, hi[2] = { -INFINITY, -INFINITY }, step[2];
    /* The window becomes the quadrilateral of its mapped corners; a corner behind the horizon frees the bounds. */
    for (int i = 0; i < 4; i++) {
        const double x = col0 + (i & 1 ? (double)out_w : 0), y = row0 + (i & 2 ? (double)out_h : 0);
        const double w = m[6] * x + m[7] * y + m[8];
        for (int axis = 0; axis < 2; axis++) {
            const double at = (m[3 * axis] * x + m[3 * axis + 1] * y + m[3 * axis + 2]) / w;
            lo[axis] = w > 0 ? fmin(lo[axis], at) : -INFINITY;
            hi[axis] = w > 0 ? fmax(hi[axis], at) : INFINITY;
        }
    }
    steps(step, m, middle);
    for (int axis = 0; axis < 2; axis++) {
        const double halo = RV__RESAMPLE_HALO + (step[axis] > shrinks_from ? ceil(step[axis] / 2) : 0);
        bounds[axis] = to_px(floor(lo[axis] - halo));
        bounds[axis + 2] = to_px(ceil(hi[axis] + halo)) - bounds[axis];
    }
}

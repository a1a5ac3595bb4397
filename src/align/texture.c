/* SPDX-License-Identifier: Apache-2.0 */
/* Texture of a window, row by row in vector kernels: nothing but the quantile's histogram goes pixel by pixel.
 *
 * Gradient: magnitude after a Gaussian of .8 px, cut at a quantile, since the strongest edges are those of shadows, and
 * shadows follow the sun. Orientation: channels of oriented gradients [ye2019], |g . n_k| for nine directions n_k over half
 * a turn, smoothed in the plane and across directions, divided by their norm: blind to the sign of contrast, and to its
 * size. Planes are multiplied by the root of a Hann window, so that the product of two is tapered by a Hann window.
 */
#include "align/texture.h"

#include <revisit/base.h>

#include "align/texture_kernels.h"
#include "base/mem.h"
#include "raster/filter.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

enum { LANES = RV__TEXTURE_LANES, REACH = RV__TEXTURE_REACH, BINS = 1 << 15, OCTAVE = 128 };

static const double BLUR_PX[] = { 0, .8, .5 }; /* before the gradient, by kind */
static const double CHANNEL_BLUR_PX = .8;
static const double FLOOR = .3; /* of the median norm, added to every norm: flat ground has no direction */

struct rv__texture {
    rv__texture_kind kind;
    size_t width, height;
    double area;     /* that the taper opens, px */
    float *taper[2]; /* along a row and along a column */
    uint8_t *ok[3];  /* validity: without gaps, eroded along rows, and along columns too */
    float *smooth;   /* rows of width + 2 * LANES, edge pixels repeated to both sides */
    float *line;
    float *gradient[2];
    uint32_t *bins;
};

static void blur_taps(float k[REACH + 1], double sigma)
{
    double sum = 0;
    for (int i = -REACH; i <= REACH; i++)
        sum += exp(-.5 * i * i / (sigma * sigma));
    for (int i = 0; i <= REACH; i++)
        k[i] = (float)(exp(-.5 * i * i / (sigma * sigma)) / sum);
}

/** Place of the k-th smallest of the binned values, by linear interpolation in its bin; bins are float's leading bits. */
static float binned(const uint32_t *bins, double k)
{
    double below = 0;
    size_t i = 0;
    for (; i + OCTAVE < BINS; i += OCTAVE) {
        uint32_t octave = 0;
        for (size_t b = 0; b < OCTAVE; b++)
            octave += bins[i + b];
        if (below + octave > k)
            break;
        below += octave;
    }
    for (; i + 1 < BINS && below + bins[i] <= k; i++)
        below += bins[i];
    const uint32_t edge[2] = { (uint32_t)i << 16, (uint32_t)(i + 1) << 16 };
    float low, high;
    memcpy(&low, edge, sizeof low);
    memcpy(&high, edge + 1, sizeof high);
    return low + (high - low) * (float)((k - below + .5) / (bins[i] > 0 ? bins[i] : 1));
}

/**
 * Quantile of values >= 0 over inner pixels, to a part in 1,000: every third is enough, and 3 shares no factor with the
 * power of two a row is long. Where most of the window is flat it is that of the positive ones. 0: none.
 */
static float quantile(rv__texture *t, const float *v, const uint8_t *inner, double q)
{
    const size_t n = t->width * t->height;
    double count = 0;
    memset(t->bins, 0, BINS * sizeof *t->bins);
    for (size_t i = 0; i<n; i += n> 4096 ? 3 : 1)
        if (!inner || inner[i]) {
            uint32_t bits;
            memcpy(&bits, v + i, sizeof bits);
            t->bins[bits >> 16 & (BINS - 1)]++;
            count++;
        }
    if (count == 0)
        return 0.0F;
    const double zeros = t->bins[0], place = q * (count - 1);
    if (place >= zeros)
        return binned(t->bins, place);
    t->bins[0] = 0;
    return count - zeros > count / 20 ? binned(t->bins, q * (count - zeros - 1)) : 0.0F;
}

/** Gaussian into t->smooth, or into a plane of the caller. */
static void smooth_plane(rv__texture *t, float *out, size_t out_pitch, const float *in, size_t in_pitch, double sigma)
{
    rv__blur b = { .out = out,
                   .in = in,
                   .out_pitch = out_pitch,
                   .in_pitch = in_pitch,
                   .width = t->width,
                   .height = t->height,
                   .line = t->line };
    blur_taps(b.k, sigma);
    rv__blur_plane(&b);
}

/** The valid part of a plane to t->smooth, weighted so that invalid pixels count nothing. */
static int smooth_masked(rv__texture *t, const rv__plane *plane, double sigma)
{
    const size_t w = t->width, h = t->height, pitch = w + 2 * LANES;
    float *packed = rv__alloc(w * h, sizeof *packed);
    int err = packed ? RV_OK : RV_ERR_NOMEM;
    for (size_t r = 0; err == RV_OK && r < h; r++)
        memcpy(packed + r * w, plane->v + r * plane->pitch, w * sizeof *packed);
    if (err == RV_OK)
        err = rv__gaussian_masked(packed, packed, t->ok[0], w, h, sigma);
    for (size_t r = 0; err == RV_OK && r < h; r++) {
        float *row = t->smooth + r * pitch + LANES;
        memcpy(row, packed + r * w, w * sizeof *row);
        row[-1] = row[0];
        row[w] = row[w - 1];
    }
    rv__free(packed);
    return err;
}

/**
 * Pixels whose texture rests on valid pixels only: valid as far as AROUND about them. NULL: all.
 * @return their number
 */
static size_t erode(const uint8_t **inner, rv__texture *t, const rv__plane *plane)
{
    enum { AROUND = 2 };
    const size_t w = t->width, h = t->height;
    size_t valid = 0, n = 0;
    *inner = NULL;
    for (size_t r = 0; plane->ok && r < h; r++) {
        memcpy(t->ok[0] + r * w, plane->ok + r * plane->pitch, w);
        valid += memchr(t->ok[0] + r * w, 0, w) == NULL;
    }
    if (!plane->ok || valid == h)
        return w * h;
    memcpy(t->ok[1], t->ok[0], w * h);
    for (size_t r = 0; r < h; r++)
        for (size_t i = 1; i <= AROUND; i++)
            for (size_t c = 0; c + i < w; c++) {
                t->ok[1][r * w + c] &= t->ok[0][r * w + c + i];
                t->ok[1][r * w + c + i] &= t->ok[0][r * w + c];
            }
    memcpy(t->ok[2], t->ok[1], w * h);
    for (size_t i = 1; i <= AROUND; i++)
        for (size_t k = 0; k + i * w < w * h; k++) {
            t->ok[2][k] &= t->ok[1][k + i * w];
            t->ok[2][k + i * w] &= t->ok[1][k];
        }
    for (size_t k = 0; k < w * h; k++)
        n += t->ok[2][k];
    *inner = t->ok[2];
    return n;
}

/** Nine channels of the gradient in t->gradient; their norm takes the place of its first part. */
static void orientations(float *out, rv__texture *t)
{
    const size_t n = t->width * t->height, pitch = t->width + 2 * LANES;
    float *folded = t->smooth + LANES; /* the smoothed plane has done its part */
    for (size_t k = 0; k < RV__ORIENTATIONS; k++) {
        const double angle = (double)k * 3.14159265358979323846 / RV__ORIENTATIONS;
        float *channel = out + k * n;
        rv__project(channel, t->gradient[0], t->gradient[1], angle, n);
        smooth_plane(t, folded, pitch, channel, t->width, CHANNEL_BLUR_PX);
        for (size_t r = 0; r < t->height; r++)
            memcpy(channel + r * t->width, folded + r * pitch, t->width * sizeof *channel);
    }
    rv__smooth_across(out, t->gradient[0], n);
}

static void hide(float *v, const uint8_t *inner, size_t n)
{
    for (size_t i = 0; i < n; i++)
        v[i] = inner[i] ? v[i] : 0.0F;
}

/** The gradient's part: its magnitude in out and where to cut it off. */
static int make_magnitude(float *out, rv__finish *f, rv__texture *t, const uint8_t *inner, double clip_quantile)
{
    rv__gradient_size(out, t->smooth, t->width, t->height);
    f->top = quantile(t, out, inner, clip_quantile);
    f->scale = 1.0F / f->top;
    return f->top > 0 ? RV_OK : RV_ERR_NODATA;
}

static int make_orientations(float *out, rv__texture *t, const uint8_t *inner)
{
    const size_t n = t->width * t->height;
    rv__gradient(t->gradient[0], t->gradient[1], t->smooth, t->width, t->height);
    orientations(out, t);
    const float floor = (float)FLOOR * quantile(t, t->gradient[0], inner, .5);
    for (size_t k = 0; floor > 0 && k < RV__ORIENTATIONS; k++)
        rv__divide(out + k * n, t->gradient[0], floor, n);
    return floor > 0 ? RV_OK : RV_ERR_NODATA;
}

static int smooth_any(rv__texture *t, const rv__plane *plane, bool masked)
{
    if (masked)
        return smooth_masked(t, plane, BLUR_PX[t->kind]);
    smooth_plane(t, t->smooth + LANES, t->width + 2 * LANES, plane->v, plane->pitch, BLUR_PX[t->kind]);
    return RV_OK;
}

/** One channel's mean and taper, from f->v to f->out. count: pixels that are inner. */
static void finish_channel(rv__finish *f, const uint8_t *inner, size_t count)
{
    const size_t n = f->width * f->height;
    if (inner) { /* 0 counts nothing in the sum, and is put back where the mean was taken from it */
        for (size_t r = 0; f->v != f->out && r < f->height; r++)
            memcpy(f->out + r * f->width, f->v + r * f->pitch, f->width * sizeof *f->out);
        f->v = f->out;
        f->pitch = f->width;
        hide(f->out, inner, n);
    }
    rv__finish_sum(f);
    f->mean = (float)(f->sum / (double)count);
    rv__finish_taper(f);
    if (inner)
        hide(f->out, inner, n);
}

int rv__texture_make(float *out, rv__texture *t, const rv__plane *plane, double clip_quantile, double share_min)
{
    const size_t n = t->width * t->height;
    const uint8_t *inner;
    const size_t count = erode(&inner, t, plane);
    const bool plain = t->kind == RV__TEXTURE_PLAIN;
    rv__finish f = { .v = plain ? plane->v : out,
                     .pitch = plain ? plane->pitch : t->width,
                     .taper_col = t->taper[0],
                     .taper_row = t->taper[1],
                     .width = t->width,
                     .height = t->height,
                     .top = INFINITY,
                     .scale = 1 };
    if (count == 0 || (double)count < share_min * t->area)
        return RV_ERR_NODATA;
    int err = plain ? RV_OK : smooth_any(t, plane, inner != NULL);
    if (err == RV_OK && t->kind == RV__TEXTURE_GRADIENT)
        err = make_magnitude(out, &f, t, inner, clip_quantile);
    if (err == RV_OK && t->kind == RV__TEXTURE_ORIENTATION)
        err = make_orientations(out, t, inner);
    if (err < 0)
        return err;
    for (size_t k = 0; k < rv__texture_channels(t->kind); k++) {
        f.out = out + k * n;
        if (!plain)
            f.v = f.out;
        finish_channel(&f, inner, count);
    }
    return RV_OK;
}

size_t rv__texture_channels(rv__texture_kind kind)
{
    return kind == RV__TEXTURE_ORIENTATION ? RV__ORIENTATIONS : 1;
}

/** Root of a Hann window over the first n samples, 0 behind. */
static void make_taper(float *taper, size_t n)
{
    for (size_t i = 0; i < n; i++)
        taper[i] = (float)sin(3.14159265358979323846 * ((double)i + .5) / (double)n);
}

void rv__texture_free(rv__texture *t)
{
    if (!t)
        return;
    rv__free(t->taper[0]);
    rv__free(t->taper[1]);
    rv__free(t->smooth);
    rv__free(t->line);
    rv__free(t->gradient[0]);
    rv__free(t->gradient[1]);
    rv__free(t->bins);
    for (int i = 0; i < 3; i++)
        rv__free(t->ok[i]);
    rv__free(t);
}

int rv__texture_new(rv__texture **out, rv__texture_kind kind, const size_t size[2], const size_t used[2])
{
    const size_t w = size[0], h = size[1];
    rv__texture *t = rv__alloc(1, sizeof *t);
    if (!t)
        return RV_ERR_NOMEM;
    t->kind = kind;
    t->width = w;
    t->height = h;
    t->area = (double)(used[0] * used[1]);
    bool good = (t->taper[0] = rv__alloc(w, sizeof(float))) && (t->taper[1] = rv__alloc(h, sizeof(float)));
    good = good && (t->smooth = rv__alloc((w + 2 * LANES) * h, sizeof(float)));
    good = good && (t->line = rv__alloc(w + 2 * LANES, sizeof(float))) && (t->bins = rv__alloc(BINS, sizeof *t->bins));
    for (int i = 0; i < 3; i++)
        good = good && (t->ok[i] = rv__alloc(w * h, 1));
    for (int i = 0; kind == RV__TEXTURE_ORIENTATION && i < 2; i++)
        good = good && (t->gradient[i] = rv__alloc(w * h, sizeof(float)));
    if (!good) {
        rv__texture_free(t);
        return RV_ERR_NOMEM;
    }
    make_taper(t->taper[0], used[0]);
    make_taper(t->taper[1], used[1]);
    *out = t;
    return RV_OK;
}

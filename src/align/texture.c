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

#include "base/isa.h"
#include "base/mem.h"
#include "raster/filter.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

enum { LANES = 16, REACH = 3, TAPS = REACH + 1, BINS = 1 << 15, OCTAVE = 128 };

static const double BLUR_PX[] = { 0, .8, .5 }; /* before the gradient, by kind */
static const double CHANNEL_BLUR_PX = .8;
static const double FLOOR = .3; /* of the median norm, added to every norm: flat ground has no direction */

struct rv__texture {
    rv__texture_kind kind;
    size_t width, height;
    double area;    /* that the taper opens, px */
    float *open;    /* the taper, as a plane */
    float *masked;  /* the same where inner */
    uint8_t *ok[3]; /* validity: without gaps, eroded along rows, and along columns too */
    float *smooth;  /* rows of width + 2 * LANES, edge pixels repeated to both sides */
    float *line;
    float *gradient[2];
    uint32_t *bins;
};

/** Gaussian of at most REACH px from one plane to another; out has a repeated pixel on both sides of its rows. */
typedef struct blur {
    float *out;
    const float *in;
    size_t out_pitch, in_pitch, width, height;
    float *line; /* width + 2 * LANES */
    float k[TAPS];
} blur;

static void blur_taps(float k[TAPS], double sigma)
{
    double sum = 0;
    for (int i = -REACH; i <= REACH; i++)
        sum += exp(-.5 * i * i / (sigma * sigma));
    for (int i = 0; i < TAPS; i++)
        k[i] = (float)(exp(-.5 * i * i / (sigma * sigma)) / sum);
}

/** Row r of n, reflected with the edge repeated. */
RV__INLINE size_t reflected(ptrdiff_t r, size_t n)
{
    const ptrdiff_t last = (ptrdiff_t)n - 1;
    return (size_t)(r < 0 ? -1 - r : r > last ? 2 * last + 1 - r : r);
}

RV__INLINE void blur_body(const blur *b)
{
    const float k0 = b->k[0], k1 = b->k[1], k2 = b->k[2], k3 = b->k[3];
    for (size_t r = 0; r < b->height; r++) {
        const float *row[2 * REACH + 1];
        for (int i = -REACH; i <= REACH; i++)
            row[i + REACH] = b->in + reflected((ptrdiff_t)r + i, b->height) * b->in_pitch;
        const float *a3 = row[0], *a2 = row[1], *a1 = row[2], *m = row[3], *b1 = row[4], *b2 = row[5], *b3 = row[6];
        float *restrict line = b->line + LANES, *restrict out = b->out + r * b->out_pitch;
        for (size_t c = 0; c < b->width; c++)
            line[c] = k0 * m[c] + k1 * (a1[c] + b1[c]) + k2 * (a2[c] + b2[c]) + k3 * (a3[c] + b3[c]);
        for (ptrdiff_t i = 0; i < REACH; i++) {
            line[-1 - i] = line[i];
            line[b->width + (size_t)i] = line[b->width - 1 - (size_t)i];
        }
        for (size_t c = 0; c < b->width; c++) {
            const float *p = line + c;
            out[c] = k0 * p[0] + k1 * (p[-1] + p[1]) + k2 * (p[-2] + p[2]) + k3 * (p[-3] + p[3]);
        }
        out[-1] = out[0];
        out[b->width] = out[b->width - 1];
    }
}

RV__KERNEL(blur_plane, blur_body, (const blur *b), (b));

/** Sobel's gradient of rows that have a repeated pixel at both ends; y is NULL where the magnitude is wanted, in x. */
RV__INLINE void sobel(float *restrict x, float *restrict y, const float *smooth, size_t width, size_t height)
{
    const size_t pitch = width + 2 * LANES;
    for (size_t r = 0; r < height; r++) {
        const float *m = smooth + r * pitch + LANES, *u = r ? m - pitch : m, *d = r + 1 < height ? m + pitch : m;
        for (size_t c = 0; c < width; c++) {
            const float *p = u + c, *q = m + c, *s = d + c;
            const float gx = .125F * ((p[1] - p[-1]) + 2 * (q[1] - q[-1]) + (s[1] - s[-1]));
            const float gy = .125F * ((s[-1] - p[-1]) + 2 * (s[0] - p[0]) + (s[1] - p[1]));
            x[r * width + c] = y ? gx : sqrtf(gx * gx + gy * gy);
            if (y)
                y[r * width + c] = gy;
        }
    }
}

RV__INLINE void magnitude_body(float *out, const float *smooth, size_t width, size_t height)
{
    sobel(out, NULL, smooth, width, height);
}

RV__INLINE void gradient_body(float *x, float *y, const float *smooth, size_t width, size_t height)
{
    sobel(x, y, smooth, width, height);
}

#define MAGNITUDE_PARAMS (float *out, const float *smooth, size_t width, size_t height)
#define GRADIENT_PARAMS (float *x, float *y, const float *smooth, size_t width, size_t height)
RV__KERNEL(magnitude, magnitude_body, MAGNITUDE_PARAMS, (out, smooth, width, height));
RV__KERNEL(gradient, gradient_body, GRADIENT_PARAMS, (x, y, smooth, width, height));

/** |x c + y s| over a plane. */
RV__INLINE void project_body(float *restrict out, const float *restrict x, const float *restrict y, const float cs[2],
                             size_t n)
{
    const float c = cs[0], s = cs[1];
    for (size_t i = 0; i < n; i++)
        out[i] = fabsf(x[i] * c + y[i] * s);
}

#define PROJECT_PARAMS (float *out, const float *x, const float *y, const float cs[2], size_t n)
RV__KERNEL(project, project_body, PROJECT_PARAMS, (out, x, y, cs, n));

/** Smooth n px across the channels, which are n apart, and give their norm. */
RV__INLINE void across_body(float *restrict v, float *restrict norm, size_t n)
{
    for (size_t i = 0; i < n; i += LANES) {
        float first[LANES], before[LANES], sum[LANES] = { 0 };
        for (size_t l = 0; l < LANES; l++) {
            first[l] = v[i + l];
            before[l] = v[(RV__ORIENTATIONS - 1) * n + i + l];
        }
        for (size_t k = 0; k < RV__ORIENTATIONS; k++) {
            const float *next = k + 1 < RV__ORIENTATIONS ? v + (k + 1) * n + i : first;
            float *here = v + k * n + i;
            RV__APART
            for (size_t l = 0; l < LANES; l++) {
                const float was = here[l], now = .25F * (before[l] + next[l]) + .5F * was;
                before[l] = was;
                here[l] = now;
                sum[l] += now * now;
            }
        }
        for (size_t l = 0; l < LANES; l++)
            norm[i + l] = sqrtf(sum[l]);
    }
}

RV__KERNEL(across, across_body, (float *v, float *norm, size_t n), (v, norm, n));

/** v = min(v, top) / (norm + level), where norm is not NULL; sums of 16 interleaved parts of the plane. */
typedef struct level {
    float top, floor;
    const float *norm;
    double sum;
} level;

RV__INLINE void limit_body(float *restrict v, level *to, size_t n)
{
    enum { CHUNK = 4096 }; /* summed in float, then in double */
    const float top = to->top, floor = to->floor;
    const float *restrict norm = to->norm;
    to->sum = 0;
    for (size_t i = 0; i < n; i += CHUNK) {
        float sum[LANES] = { 0 };
        const size_t end = i + CHUNK < n ? i + CHUNK : n;
        for (size_t k = i; k < end; k += LANES)
            for (size_t l = 0; l < LANES; l++) {
                const float x = norm ? v[k + l] / (norm[k + l] + floor) : v[k + l] < top ? v[k + l] : top;
                v[k + l] = x;
                sum[l] += x;
            }
        for (size_t l = 0; l < LANES; l++)
            to->sum += (double)sum[l];
    }
}

RV__INLINE void open_body(float *restrict v, const float *restrict open, float mean, float scale, size_t n)
{
    for (size_t i = 0; i < n; i++)
        v[i] = (v[i] - mean) * scale * open[i];
}

#define OPEN_PARAMS (float *v, const float *open, float mean, float scale, size_t n)
RV__KERNEL(limit, limit_body, (float *v, level *to, size_t n), (v, to, n));
RV__KERNEL(open_plane, open_body, OPEN_PARAMS, (v, open, mean, scale, n));

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
    blur b = { .out = out,
               .in = in,
               .out_pitch = out_pitch,
               .in_pitch = in_pitch,
               .width = t->width,
               .height = t->height,
               .line = t->line };
    blur_taps(b.k, sigma);
    blur_plane[rv__isa_used()](&b);
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
    const rv__isa isa = rv__isa_used();
    float *folded = t->smooth + LANES; /* the smoothed plane has done its part */
    for (size_t k = 0; k < RV__ORIENTATIONS; k++) {
        const double angle = (double)k * 3.14159265358979323846 / RV__ORIENTATIONS;
        const float cs[2] = { (float)cos(angle), (float)sin(angle) };
        float *channel = out + k * n;
        project[isa](channel, t->gradient[0], t->gradient[1], cs, n);
        smooth_plane(t, folded, pitch, channel, t->width, CHANNEL_BLUR_PX);
        for (size_t r = 0; r < t->height; r++)
            memcpy(channel + r * t->width, folded + r * pitch, t->width * sizeof *channel);
    }
    across[isa](out, t->gradient[0], n);
}

static void hide(float *v, const uint8_t *inner, size_t n)
{
    for (size_t i = 0; i < n; i++)
        v[i] = inner[i] ? v[i] : 0.0F;
}

/** Channels before the taper, and how to limit them. inner is NULL where all is valid. */
static int raw_channels(float *out, level *to, rv__texture *t, const rv__plane *plane, const uint8_t *inner)
{
    const size_t w = t->width, h = t->height;
    const rv__isa isa = rv__isa_used();
    if (t->kind == RV__TEXTURE_PLAIN) {
        for (size_t r = 0; r < h; r++)
            memmove(out + r * w, plane->v + r * plane->pitch, w * sizeof *out);
        return RV_OK;
    }
    if (inner) {
        const int err = smooth_masked(t, plane, BLUR_PX[t->kind]);
        if (err < 0)
            return err;
    } else {
        smooth_plane(t, t->smooth + LANES, w + 2 * LANES, plane->v, plane->pitch, BLUR_PX[t->kind]);
    }
    if (t->kind == RV__TEXTURE_GRADIENT) {
        magnitude[isa](out, t->smooth, w, h);
        to->top = quantile(t, out, inner, to->top);
        return to->top > 0 ? RV_OK : RV_ERR_NODATA;
    }
    gradient[isa](t->gradient[0], t->gradient[1], t->smooth, w, h);
    orientations(out, t);
    to->norm = t->gradient[0];
    to->floor = (float)FLOOR * quantile(t, to->norm, inner, .5);
    return to->floor > 0 ? RV_OK : RV_ERR_NODATA;
}

int rv__texture_make(float *out, rv__texture *t, const rv__plane *plane, double clip_quantile, double share_min)
{
    const size_t n = t->width * t->height;
    const rv__isa isa = rv__isa_used();
    const uint8_t *inner;
    const size_t count = erode(&inner, t, plane);
    level to = { .top = t->kind == RV__TEXTURE_GRADIENT ? (float)clip_quantile : INFINITY };
    if (count == 0 || (double)count < share_min * t->area)
        return RV_ERR_NODATA;
    const int err = raw_channels(out, &to, t, plane, inner);
    if (err < 0)
        return err;
    for (size_t i = 0; inner && i < n; i++)
        t->masked[i] = inner[i] ? t->open[i] : 0.0F;
    const float scale = t->kind == RV__TEXTURE_GRADIENT ? 1.0F / to.top : 1.0F;
    for (size_t k = 0; k < rv__texture_channels(t->kind); k++) {
        if (inner)
            hide(out + k * n, inner, n);
        limit[isa](out + k * n, &to, n);
        open_plane[isa](out + k * n, inner ? t->masked : t->open, (float)(to.sum / (double)count), scale, n);
    }
    return RV_OK;
}

size_t rv__texture_channels(rv__texture_kind kind)
{
    return kind == RV__TEXTURE_ORIENTATION ? RV__ORIENTATIONS : 1;
}

/** Root of a Hann window over the first n samples, 0 behind. */
static float taper(size_t i, size_t n)
{
    return i < n ? (float)sin(3.14159265358979323846 * ((double)i + .5) / (double)n) : 0.0F;
}

void rv__texture_free(rv__texture *t)
{
    if (!t)
        return;
    rv__free(t->open);
    rv__free(t->masked);
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
    bool good = (t->open = rv__alloc(w * h, sizeof(float))) && (t->masked = rv__alloc(w * h, sizeof(float)));
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
    for (size_t r = 0; r < h; r++)
        for (size_t c = 0; c < w; c++)
            t->open[r * w + c] = taper(r, used[1]) * taper(c, used[0]);
    *out = t;
    return RV_OK;
}

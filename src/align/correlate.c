/* SPDX-License-Identifier: Apache-2.0 */
/* Two windows to a correlation surface.
 *
 * Texture is the gradient magnitude of the logarithm, cut off at its 30 % quantile: the strongest edges are those of
 * shadows, and shadows follow the sun, not the ground. On rendered series with known shifts the error falls from .45 px
 * (cut at 90 %) to .08 px (30 %). The planes are tapered by the root of a Hann window, so that their product is tapered
 * by a Hann window, and correlated by phase [kuglin1975] with a Gaussian weight on frequency, since the highest ones
 * carry noise and aliases. The surface is the inverse transform of that spectrum: as a whole by FFT to search, and around
 * one place at a fraction of a pixel by two matrix products [guizar2008]. The usual ratio of peak and side peak
 * (Foroosh 2002) was left out: blur and taper bias it by .13 to .24 px.
 */
#include "align/align_internal.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/robust.h"
#include "raster/fft.h"
#include "raster/filter.h"

#include <math.h>
#include <string.h>

enum { MOVING = 0, REFERENCE = 1, ZOOM_PAD = 36 };

static const double TAU = 6.28318530717958647692;
static const double BLUR_PX = .8;   /* before the gradient */
static const double BAND = .22;     /* cycles/px at which the frequency weight falls to 1/e */
static const double BAND_END = .45; /* and where it is cut off: 1.5 % */
static const double LOWEST = 1.5;   /* cycles a window: slower waves are haze and season */

struct rv__correlator {
    size_t width, height, used_w, used_h;
    rv__fft *fft;
    float *plane[2], *spectrum[2]; /* spectrum[0] becomes the weighted cross spectrum */
    float *gx, *gy, *work;
    uint8_t *valid, *inner;
    float *taper_col, *taper_row;
    double phase_start; /* where the columns' phasors begin; NAN before the first zoom */
    double *weight;     /* of each frequency of the half plane */
    double weight_sum;  /* over the whole plane: height of a perfect match */
    float *phase;       /* columns' and rows' phasors of the zoom */
};

/** Root of a Hann window over the first n of size samples, 0 behind. */
static void make_taper(float *out, size_t size, size_t n)
{
    for (size_t i = 0; i < size; i++)
        out[i] = i < n ? (float)sin(.5 * TAU * ((double)i + .5) / (double)n) : 0.0F;
}

/** Pixels whose gradient rests on valid pixels only. @return their number */
static size_t erode(uint8_t *out, const uint8_t *in, size_t w, size_t h)
{
    enum { REACH = 2 };
    if (!memchr(in, 0, w * h)) {
        memset(out, 1, w * h);
        return w * h;
    }
    size_t n = 0;
    for (size_t r = 0; r < h; r++)
        for (size_t c = 0; c < w; c++) {
            const size_t r0 = r < REACH ? 0 : r - REACH, r1 = r + REACH < h ? r + REACH : h - 1;
            const size_t c0 = c < REACH ? 0 : c - REACH, c1 = c + REACH < w ? c + REACH : w - 1;
            uint8_t all = in[r * w + c];
            for (size_t y = r0; all && y <= r1; y++)
                all = memchr(in + y * w + c0, 0, c1 - c0 + 1) == NULL;
            out[r * w + c] = all;
            n += all;
        }
    return n;
}

/** Level at which gradients are cut: their quantile, or that of the positive ones where most of the window is flat. */
static float clip_level(float *work, const float *g, const uint8_t *ok, size_t n, double q)
{
    size_t count = 0, positive = 0;
    /* Every third pixel is enough for a quantile; 3 shares no factor with the power of two a row is long. */
    for (size_t i = 0; i<n; i += n> 4096 ? 3 : 1)
        if (ok[i])
            work[count++] = g[i];
    if (count == 0)
        return 0.0F;
    const float level = rv__quantile_f(work, count, q);
    if (level > 0.0F)
        return level;
    for (size_t i = 0; i < count; i++)
        if (work[i] > 0.0F)
            work[positive++] = work[i];
    return positive > count / 20 ? rv__quantile_f(work, positive, q) : 0.0F;
}

/** Plane to clipped gradient magnitude of mean 0, tapered, in place. */
static int texture(rv__correlator *c, float *v, double clip_quantile)
{
    const size_t w = c->width, h = c->height, n = w * h;
    const int err = memchr(c->valid, 0, n) ? rv__gaussian_masked(c->work, v, c->valid, w, h, BLUR_PX)
                                           : rv__gaussian(c->work, v, w, h, BLUR_PX);
    if (err < 0)
        return err;
    rv__sobel(c->gx, c->gy, c->work, w, h);
    for (size_t i = 0; i < n; i++)
        v[i] = sqrtf(c->gx[i] * c->gx[i] + c->gy[i] * c->gy[i]);
    const float level = clip_level(c->work, v, c->inner, n, clip_quantile);
    if (!(level > 0.0F))
        return RV_ERR_NODATA;
    double sum = 0, count = 0;
    for (size_t i = 0; i < n; i++) {
        v[i] = c->inner[i] ? (v[i] < level ? v[i] / level : 1.0F) : 0.0F;
        sum += v[i];
        count += c->inner[i];
    }
    const float mean = (float)(sum / count);
    for (size_t r = 0; r < h; r++)
        for (size_t k = 0; k < w; k++) {
            const size_t i = r * w + k;
            v[i] = c->inner[i] ? (v[i] - mean) * c->taper_row[r] * c->taper_col[k] : 0.0F;
        }
    return RV_OK;
}

static void make_weights(rv__correlator *c)
{
    const size_t pairs = c->width / 2 + 1;
    c->weight_sum = 0;
    for (size_t v = 0; v < c->height; v++)
        for (size_t u = 0; u < pairs; u++) {
            const double fy = (double)(v <= c->height / 2 ? v : c->height - v) / (double)c->height;
            const double fx = (double)u / (double)c->width, f2 = fx * fx + fy * fy;
            const double low = hypot(fx * (double)c->width, fy * (double)c->height);
            const bool in = f2 < BAND_END * BAND_END && low > LOWEST;
            const double weight = in ? exp(-f2 / (BAND * BAND)) : 0.0;
            c->weight[v * pairs + u] = weight;
            c->weight_sum += (u ? 2.0 : 1.0) * weight;
        }
}

float *rv__correlator_plane(rv__correlator *c, int which)
{
    return c->plane[which];
}

uint8_t *rv__correlator_valid(rv__correlator *c)
{
    return c->valid;
}

int rv__correlate(rv__correlator *c, double clip_quantile, double share_min)
{
    const size_t pairs = c->width / 2 + 1;
    const size_t good = erode(c->inner, c->valid, c->width, c->height);
    if ((double)good < share_min * (double)(c->used_w * c->used_h) || good == 0)
        return RV_ERR_NODATA;
    for (int i = 0; i < 2; i++) {
        const int err = texture(c, c->plane[i], clip_quantile);
        if (err < 0)
            return err;
        rv__fft_forward(c->fft, c->spectrum[i], c->plane[i]);
    }
    for (size_t i = 0; i < pairs * c->height; i++) {
        float *m = c->spectrum[MOVING] + 2 * i;
        const float *r = c->spectrum[REFERENCE] + 2 * i;
        const float re = m[0] * r[0] + m[1] * r[1], im = m[1] * r[0] - m[0] * r[1];
        const float size = sqrtf(re * re + im * im);
        const float weight = size > 1e-20F ? (float)c->weight[i] / size : 0.0F;
        m[0] = re * weight;
        m[1] = im * weight;
    }
    return RV_OK;
}

const float *rv__correlator_spectrum(const rv__correlator *c)
{
    return c->spectrum[MOVING];
}

void rv__correlate_search(rv__correlator *c, rv__peak *out, const int radius[2], float *surface)
{
    const int w = (int)c->width, h = (int)c->height, side = 2 * radius[0] + 1;
    const float scale = (float)((double)(w * h) / c->weight_sum);
    rv__peak p = { .height = -1 };
    double sum = 0, sum2 = 0;
    int n = 0;
    memcpy(c->spectrum[REFERENCE], c->spectrum[MOVING], 2 * c->height * (c->width / 2 + 1) * sizeof(float));
    rv__fft_inverse(c->fft, c->work, c->spectrum[REFERENCE]);
    for (int pass = 0; pass < 2; pass++)
        for (int dy = -radius[1]; dy <= radius[1]; dy++)
            for (int dx = -radius[0]; dx <= radius[0]; dx++) {
                const double v = scale * c->work[(dy + h) % h * w + (dx + w) % w];
                if (pass == 0 && surface)
                    surface[(dy + radius[1]) * side + dx + radius[0]] = (float)v;
                if (pass == 0 && v > p.height) {
                    p.height = v;
                    p.d[0] = dx;
                    p.d[1] = dy;
                }
                if (pass == 1 && (dx - p.d[0]) * (dx - p.d[0]) + (dy - p.d[1]) * (dy - p.d[1]) > 9) {
                    p.second = fmax(p.second, v);
                    sum += v;
                    sum2 += v * v;
                    n++;
                }
            }
    p.sd = n > 1 ? sqrt(fmax(sum2 / n - sum / n * (sum / n), 0)) : 0;
    *out = p;
}

/** Phasors exp(+2 pi i f (start + k / rate)) for the frequency index f of a side of length n. */
static void phasors(float *re, float *im, double f, size_t n, double start)
{
    for (int k = 0; k < ZOOM_PAD; k++) {
        const double angle = TAU * f * (start + (double)k / RV__ZOOM_RATE) / (double)n;
        re[k] = k < RV__ZOOM ? (float)cos(angle) : 0.0F;
        im[k] = k < RV__ZOOM ? (float)sin(angle) : 0.0F;
    }
}

void rv__correlate_zoom(rv__correlator *c, float *out, const double centre[2])
{
    const size_t pairs = c->width / 2 + 1, umax = (size_t)(BAND_END * (double)c->width) + 1;
    const double half = (double)(RV__ZOOM / 2) / RV__ZOOM_RATE;
    float *column_re = c->phase, *column_im = c->phase + umax * ZOOM_PAD;
    double total[RV__ZOOM * RV__ZOOM] = { 0 };
    for (size_t u = 0; u < umax && !(c->phase_start == centre[0] - half); u++)
        phasors(column_re + u * ZOOM_PAD, column_im + u * ZOOM_PAD, (double)u, c->width, centre[0] - half);
    c->phase_start = centre[0] - half;
    for (size_t v = 0; v < c->height; v++) {
        const double f = v <= c->height / 2 ? (double)v : (double)v - (double)c->height;
        if (fabs(f) > BAND_END * (double)c->height)
            continue;
        float tr[ZOOM_PAD] = { 0 }, ti[ZOOM_PAD] = { 0 }, er[ZOOM_PAD], ei[ZOOM_PAD];
        for (size_t u = 0; u < umax; u++) {
            const float *s = c->spectrum[MOVING] + 2 * (v * pairs + u);
            const float twice = u ? 2.0F : 1.0F, re = twice * s[0], im = twice * s[1];
            const float *xr = column_re + u * ZOOM_PAD, *xi = column_im + u * ZOOM_PAD;
            for (int k = 0; k < ZOOM_PAD; k++) {
                tr[k] += re * xr[k] - im * xi[k];
                ti[k] += re * xi[k] + im * xr[k];
            }
        }
        phasors(er, ei, f, c->height, centre[1] - half);
        for (int y = 0; y < RV__ZOOM; y++)
            for (int x = 0; x < RV__ZOOM; x++)
                total[y * RV__ZOOM + x] += (double)(er[y] * tr[x] - ei[y] * ti[x]);
    }
    for (int i = 0; i < RV__ZOOM * RV__ZOOM; i++)
        out[i] = (float)(total[i] / c->weight_sum);
}

void rv__correlator_free(rv__correlator *c)
{
    if (!c)
        return;
    rv__fft_free(c->fft);
    for (int i = 0; i < 2; i++) {
        rv__free(c->plane[i]);
        rv__free(c->spectrum[i]);
    }
    rv__free(c->gx);
    rv__free(c->gy);
    rv__free(c->work);
    rv__free(c->valid);
    rv__free(c->inner);
    rv__free(c->taper_col);
    rv__free(c->taper_row);
    rv__free(c->weight);
    rv__free(c->phase);
    rv__free(c);
}

int rv__correlator_new(rv__correlator **out, size_t width, size_t height, size_t used_w, size_t used_h)
{
    const size_t n = width * height, pairs = (width / 2 + 1) * height;
    rv__correlator *c = rv__alloc(1, sizeof *c);
    if (!c)
        return RV_ERR_NOMEM;
    int err = rv__fft_new(&c->fft, width, height);
    bool good = err == RV_OK;
    for (int i = 0; i < 2; i++) {
        good = good && (c->plane[i] = rv__alloc(n, sizeof(float)));
        good = good && (c->spectrum[i] = rv__alloc(2 * pairs, sizeof(float)));
    }
    good = good && (c->gx = rv__alloc(n, sizeof(float))) && (c->gy = rv__alloc(n, sizeof(float)));
    good = good && (c->work = rv__alloc(n, sizeof(float)));
    good = good && (c->valid = rv__alloc(n, 1)) && (c->inner = rv__alloc(n, 1));
    good = good && (c->taper_col = rv__alloc(width, sizeof(float)));
    good = good && (c->taper_row = rv__alloc(height, sizeof(float)));
    good = good && (c->weight = rv__alloc(pairs, sizeof(double)));
    good = good && (c->phase = rv__alloc(2 * (width / 2 + 1) * ZOOM_PAD, sizeof(float)));
    if (!good) {
        rv__correlator_free(c);
        return err < 0 ? err : RV_ERR_NOMEM;
    }
    c->width = width;
    c->height = height;
    c->used_w = used_w;
    c->used_h = used_h;
    c->phase_start = NAN;
    make_taper(c->taper_col, width, used_w);
    make_taper(c->taper_row, height, used_h);
    make_weights(c);
    *out = c;
    return RV_OK;
}

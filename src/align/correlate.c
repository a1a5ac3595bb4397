/* SPDX-License-Identifier: Apache-2.0 */
/* Two windows to a correlation surface, as ties.c and coarse.c want it.
 *
 * Their texture is the gradient magnitude of the logarithm, cut off at its 30 % quantile: the strongest edges are those of
 * shadows, and shadows follow the sun, not the ground. On rendered series with known shifts the error falls from .45 px
 * (cut at 90 %) to .08 px (30 %). A pixel must be valid in both windows. The surface is the inverse transform of the
 * normalised cross spectrum (band.h): as a whole by FFT to search, and around one place at a fraction of a pixel by two
 * matrix products [guizar2008]. The usual ratio of peak and side peak (Foroosh 2002) was left out: blur and taper bias it
 * by .13 to .24 px.
 */
#include "align/align_internal.h"

#include <revisit/base.h>

#include "align/band.h"
#include "align/texture.h"
#include "base/isa.h"
#include "base/mem.h"
#include "raster/fft.h"

#include <math.h>
#include <string.h>

enum { MOVING = 0, REFERENCE = 1, ZOOM = RV__ZOOM, ZOOM_PAD = 48 };

static const double TAU = 6.28318530717958647692;

/** Phasors and sums of the zoom. */
typedef struct zoom {
    const rv__band *band;
    double start[2];        /* of the samples, px; NAN before the first zoom */
    float *row;             /* re and im, ZOOM samples of each row of the spectrum */
    float *column;          /* re and im, ZOOM_PAD samples of each column */
    float *sums;            /* re and im, ZOOM times the band's columns */
    float *row_of_spectrum; /* its real parts, then its imaginary ones */
} zoom;

struct rv__correlator {
    size_t width, height, channels;
    rv__texture *texture;
    rv__band *band;
    rv__fft *fft;
    float *plane[2], *spectrum[2]; /* of one channel */
    float *cross;                  /* weighted cross spectrum */
    uint8_t *valid;                /* in both windows */
    zoom zoom;
};

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
    const size_t n = c->width * c->height;
    for (int i = 0; i < 2; i++) {
        const rv__plane plane = { c->plane[i], c->valid, c->width };
        const int err = rv__texture_make(c->plane[i], c->texture, &plane, clip_quantile, share_min);
        if (err < 0)
            return err;
    }
    for (size_t k = 0; k < c->channels; k++) {
        for (int i = 0; i < 2; i++)
            rv__fft_forward(c->fft, c->spectrum[i], c->plane[i] + k * n);
        if (c->channels > 1)
            rv__band_cross(c->cross, c->spectrum[MOVING], c->spectrum[REFERENCE], c->band, k > 0);
    }
    if (c->channels > 1)
        rv__band_whiten(c->cross, c->band);
    else
        rv__band_match(c->cross, c->spectrum[MOVING], c->spectrum[REFERENCE], c->band);
    return RV_OK;
}

const float *rv__correlator_spectrum(const rv__correlator *c)
{
    return c->cross;
}

void rv__correlate_search(rv__correlator *c, rv__peak *out, const int radius[2], float *surface)
{
    const int w = (int)c->width, h = (int)c->height, rx = radius[0], ry = radius[1];
    const float scale = (float)((double)(w * h) / c->band->weight_sum);
    float *plane = c->plane[MOVING]; /* its texture has been transformed */
    memcpy(c->spectrum[MOVING], c->cross, 2 * c->band->numbers * sizeof(float));
    rv__fft_inverse_near(c->fft, plane, c->spectrum[MOVING], (size_t)ry);
    rv__band_search(out, plane, c->band, radius);
    for (int dy = -ry; surface && dy <= ry; dy++) {
        const float *row = plane + (dy + h) % h * w;
        for (int dx = -rx; dx < 0; dx++)
            *surface++ = scale * row[dx + w];
        for (int dx = 0; dx <= rx; dx++)
            *surface++ = scale * row[dx];
    }
}

/** Sums along the columns of q e_row, for every row of the zoom. */
RV__INLINE void along_columns_body(const zoom *z, const float *spectrum)
{
    const size_t n = z->band->columns;
    float *restrict qr = z->row_of_spectrum, *restrict qi = qr + n;
    for (size_t v = 0; v < z->band->height; v++) {
        if (!rv__band_has_row(z->band, v))
            continue;
        const float *restrict q = spectrum + 2 * v * z->band->pairs;
        for (size_t u = 0; u < n; u++) {
            qr[u] = q[2 * u];
            qi[u] = q[2 * u + 1];
        }
        for (size_t k = 0; k < ZOOM; k++) {
            const float er = z->row[2 * (v * ZOOM + k)], ei = z->row[2 * (v * ZOOM + k) + 1];
            float *restrict re = z->sums + 2 * k * n, *restrict im = re + n;
            RV__APART
            for (size_t u = 0; u < n; u++) {
                re[u] += qr[u] * er - qi[u] * ei;
                im[u] += qr[u] * ei + qi[u] * er;
            }
        }
    }
}

/** Real parts of the sums along a row of those times e_column. */
RV__INLINE void along_row_body(const zoom *z, float *out, size_t k)
{
    const size_t n = z->band->columns;
    const float *re = z->sums + 2 * k * n, *im = re + n;
    float sum[ZOOM_PAD] = { 0 };
    for (size_t u = 0; u < n; u++) {
        const float *er = z->column + 2 * u * ZOOM_PAD, *ei = er + ZOOM_PAD;
        for (size_t x = 0; x < ZOOM_PAD; x++)
            sum[x] += re[u] * er[x] - im[u] * ei[x];
    }
    memcpy(out, sum, ZOOM * sizeof *out);
}

RV__KERNEL(along_columns, along_columns_body, (const zoom *z, const float *spectrum), (z, spectrum));
RV__KERNEL(along_row, along_row_body, (const zoom *z, float *out, size_t k), (z, out, k));

/** Phasors exp(2 pi i f (start + k / rate)), and the weight of the half plane that is not stored in the columns'. */
static void zoom_at(zoom *z, const double start[2])
{
    const size_t w = z->band->width, h = z->band->height;
    if (start[0] == z->start[0] && start[1] == z->start[1])
        return;
    for (size_t u = 0; u < z->band->columns; u++)
        for (size_t k = 0; k < ZOOM; k++) {
            const double angle = TAU * (double)u * (start[0] + (double)k / RV__ZOOM_RATE) / (double)w;
            const double share = (u ? 2.0 : 1.0) / z->band->weight_sum;
            z->column[2 * u * ZOOM_PAD + k] = (float)(share * cos(angle));
            z->column[(2 * u + 1) * ZOOM_PAD + k] = (float)(share * sin(angle));
        }
    for (size_t v = 0; v < h; v++)
        for (size_t k = 0; k < ZOOM; k++) {
            const double f = v <= h / 2 ? (double)v : (double)v - (double)h;
            const double angle = TAU * f * (start[1] + (double)k / RV__ZOOM_RATE) / (double)h;
            z->row[2 * (v * ZOOM + k)] = (float)cos(angle);
            z->row[2 * (v * ZOOM + k) + 1] = (float)sin(angle);
        }
    memcpy(z->start, start, sizeof z->start);
}

void rv__correlate_zoom(rv__correlator *c, float *out, const double centre[2])
{
    const double half = (double)(ZOOM / 2) / RV__ZOOM_RATE;
    const rv__isa isa = rv__isa_used();
    zoom_at(&c->zoom, (const double[2]){ centre[0] - half, centre[1] - half });
    memset(c->zoom.sums, 0, 2 * ZOOM * c->band->columns * sizeof(float));
    along_columns[isa](&c->zoom, c->cross);
    for (size_t k = 0; k < ZOOM; k++)
        along_row[isa](&c->zoom, out + k * ZOOM, k);
}

void rv__correlator_free(rv__correlator *c)
{
    if (!c)
        return;
    rv__texture_free(c->texture);
    rv__band_free(c->band);
    rv__fft_free(c->fft);
    for (int i = 0; i < 2; i++) {
        rv__free(c->plane[i]);
        rv__free(c->spectrum[i]);
    }
    rv__free(c->cross);
    rv__free(c->valid);
    rv__free(c->zoom.row);
    rv__free(c->zoom.column);
    rv__free(c->zoom.sums);
    rv__free(c->zoom.row_of_spectrum);
    rv__free(c);
}

static int zoom_new(zoom *z, const rv__band *band)
{
    z->band = band;
    z->start[0] = z->start[1] = NAN;
    z->row = rv__alloc(2 * band->height * ZOOM, sizeof(float));
    z->column = rv__alloc(2 * band->columns * ZOOM_PAD, sizeof(float));
    z->sums = rv__alloc(2 * band->columns * ZOOM, sizeof(float));
    z->row_of_spectrum = rv__alloc(2 * band->columns, sizeof(float));
    return z->row && z->column && z->sums && z->row_of_spectrum ? RV_OK : RV_ERR_NOMEM;
}

int rv__correlator_new_kind(rv__correlator **out, rv__texture_kind kind, const size_t size[2], const size_t used[2])
{
    const size_t n = size[0] * size[1];
    rv__correlator *c = rv__alloc(1, sizeof *c);
    if (!c)
        return RV_ERR_NOMEM;
    c->width = size[0];
    c->height = size[1];
    c->channels = rv__texture_channels(kind);
    int err = rv__fft_new(&c->fft, size[0], size[1]);
    if (err == RV_OK)
        err = rv__texture_new(&c->texture, kind, size, used);
    if (err == RV_OK)
        err = rv__band_new(&c->band, size[0], size[1]);
    if (err == RV_OK)
        err = zoom_new(&c->zoom, c->band);
    bool good = err == RV_OK && (c->valid = rv__alloc(n, 1));
    good = good && (c->cross = rv__alloc(2 * c->band->numbers, sizeof(float)));
    for (int i = 0; i < 2; i++) {
        good = good && (c->plane[i] = rv__alloc(c->channels * n, sizeof(float)));
        good = good && (c->spectrum[i] = rv__alloc(2 * c->band->numbers, sizeof(float)));
    }
    if (!good) {
        rv__correlator_free(c);
        return err < 0 ? err : RV_ERR_NOMEM;
    }
    *out = c;
    return RV_OK;
}

int rv__correlator_new(rv__correlator **out, size_t width, size_t height, size_t used_w, size_t used_h)
{
    const size_t size[2] = { width, height }, used[2] = { used_w, used_h };
    return rv__correlator_new_kind(out, RV__TEXTURE_GRADIENT, size, used);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* One window: texture, transform, normalised cross spectrum, highest sample of its surface, and from there uphill to the
 * maximum. The reference's half of the work is done once.
 */
#include "align/window.h"

#include "align/band.h"
#include "align/window_internal.h"
#include "base/mem.h"

#include <math.h>
#include <string.h>

size_t rv__window_floats(const rv__window *w)
{
    return 2 * w->band->numbers * rv__texture_channels(w->opts.kind);
}

int rv__window_prepare(float *reference, rv__window *w, const rv__plane *plane)
{
    const size_t n = w->opts.side * w->opts.side;
    const int err = rv__texture_make(w->plane, w->texture, plane, w->opts.clip_quantile, w->opts.share_min);
    for (size_t k = 0; err == RV_OK && k < rv__texture_channels(w->opts.kind); k++)
        rv__fft_forward(w->fft, reference + k * 2 * w->band->numbers, w->plane + k * n);
    return err;
}

int rv__window_correlate(float *out, rv__window *w, const float *reference, const rv__plane *plane)
{
    const size_t n = w->opts.side * w->opts.side, channels = rv__texture_channels(w->opts.kind);
    const int err = rv__texture_make(w->plane, w->texture, plane, w->opts.clip_quantile, w->opts.share_min);
    if (err < 0)
        return err;
    for (size_t k = 0; k < channels; k++) {
        rv__fft_forward(w->fft, w->spectrum, w->plane + k * n);
        if (channels > 1)
            rv__band_cross(out, w->spectrum, reference + k * 2 * w->band->numbers, w->band, k > 0);
    }
    if (channels > 1)
        rv__band_whiten(out, w->band);
    else
        rv__band_match(out, w->spectrum, reference, w->band);
    return RV_OK;
}

/** Top of the parabola through three samples, from the middle one. */
static double between(float before, float middle, float after)
{
    const double bend = (double)before - 2.0 * (double)middle + (double)after;
    return bend < 0 ? .5 * ((double)before - (double)after) / bend : 0;
}

/** Start uphill from less than a tenth of a px. */
static void refine(double d[2], const float *plane, long side)
{
    const long col = (lround(d[0]) + side) % side, row = (lround(d[1]) + side) % side;
    const float *v = plane + row * side, *up = plane + (row + side - 1) % side * side,
                *down = plane + (row + 1) % side * side;
    d[0] += between(v[(col + side - 1) % side], v[col], v[(col + 1) % side]);
    d[1] += between(up[col], v[col], down[col]);
}

int rv__window_peak(rv__shift *out, double slopes[6], rv__window *w, const float *spectrum)
{
    const int quarter = (int)w->opts.side / 4, radius[2] = { quarter, quarter };
    rv__peak p;
    memcpy(w->spectrum, spectrum, 2 * w->band->numbers * sizeof *spectrum);
    rv__fft_inverse_near(w->fft, w->plane, w->spectrum, w->opts.side / 4 + 1);
    rv__band_search(&p, w->plane, w->band, radius);
    *out = (rv__shift){ .d = { p.d[0], p.d[1] }, .second = p.second, .sd = p.sd, .used = 1 };
    refine(out->d, w->plane, (long)w->opts.side);
    if (!rv__band_climb(out->d, slopes, spectrum, w->band))
        return RV_ERR_NODATA;
    out->height = slopes[0];
    return RV_OK;
}

/** cov = H^-1 B H^-1, H the curvature in slopes, B the covariance of the slope. */
void rv__shift_sandwich(double cov[3], const double slopes[6], const double b[3])
{
    const double det = slopes[3] * slopes[5] - slopes[4] * slopes[4];
    const double i[3] = { slopes[5] / det, -slopes[4] / det, slopes[3] / det };
    cov[0] = i[0] * i[0] * b[0] + 2 * i[0] * i[1] * b[1] + i[1] * i[1] * b[2];
    cov[1] = i[0] * i[1] * b[0] + (i[0] * i[2] + i[1] * i[1]) * b[1] + i[1] * i[2] * b[2];
    cov[2] = i[1] * i[1] * b[0] + 2 * i[1] * i[2] * b[1] + i[2] * i[2] * b[2];
}

int rv__window_shift(rv__shift *out, rv__window *w, const float *reference, const rv__plane *plane)
{
    rv__shift found;
    double slopes[6], noise[3];
    int err = rv__window_correlate(w->cross, w, reference, plane);
    if (err == RV_OK)
        err = rv__window_peak(&found, slopes, w, w->cross);
    if (err < 0)
        return err;
    rv__band_noise(noise, w->cross, w->band, found.d);
    rv__shift_sandwich(found.cov, slopes, noise);
    *out = found;
    return RV_OK;
}

void rv__window_free(rv__window *w)
{
    if (!w)
        return;
    rv__fft_free(w->fft);
    rv__texture_free(w->texture);
    rv__band_free(w->band);
    rv__free(w->plane);
    rv__free(w->spectrum);
    rv__free(w->cross);
    rv__free(w);
}

int rv__window_new(rv__window **out, const rv__window_opts *opts)
{
    const size_t side = opts->side, size[2] = { side, side };
    rv__window *w = rv__alloc(1, sizeof *w);
    if (!w)
        return RV_ERR_NOMEM;
    w->opts = *opts;
    int err = rv__fft_new(&w->fft, side, side);
    if (err == RV_OK)
        err = rv__texture_new(&w->texture, opts->kind, size, size);
    if (err == RV_OK)
        err = rv__band_new(&w->band, side, side);
    const size_t floats = err == RV_OK ? 2 * w->band->numbers : 0;
    bool good = err == RV_OK && (w->plane = rv__alloc(rv__texture_channels(opts->kind) * side * side, sizeof(float)));
    good = good && (w->spectrum = rv__alloc(floats, sizeof(float))) && (w->cross = rv__alloc(floats, sizeof(float)));
    if (!good) {
        rv__window_free(w);
        return err < 0 ? err : RV_ERR_NOMEM;
    }
    *out = w;
    return RV_OK;
}

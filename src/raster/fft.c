/* SPDX-License-Identifier: Apache-2.0 */
/* Two-dimensional Fourier transform of real planes: rows, then columns, sixteen at a time in the lanes of fft_lanes.c.
 *
 * A row of real numbers is a complex row of half the length; the columns 0 and width/2 are real along the rows' axis and
 * travel as one complex column. FFTW, its plans measured, takes 1.1 to 1.9 times as long from 64 to 2048 px a side
 * (bench/peer_fft.py), would put every binary under the GPL, and picks its plans by the clock.
 */
#include "raster/fft.h"

#include "base/error.h"
#include "base/mem.h"
#include "raster/fft_lanes.h"

#include <math.h>

enum { LANES = RV__LANES, SIDE_MIN = 32, SIDE_MAX = 4096 };

struct rv__fft {
    size_t width, height;
    float *row_twiddle;  /* exp(-2 pi i k / (width / 2)), k in [0, width / 2), as pairs */
    float *half_twiddle; /* exp(-2 pi i k / width), k in [0, width / 4], as pairs */
    float *col_twiddle;  /* exp(-2 pi i k / height), k in [0, height), as pairs */
    float *lanes[2];
};

static float *twiddles_new(size_t count, size_t period)
{
    float *w = rv__alloc(2 * count, sizeof *w);
    for (size_t k = 0; w && k < count; k++) {
        const double angle = -2.0 * 3.14159265358979323846 * (double)k / (double)period;
        w[2 * k] = (float)cos(angle);
        w[2 * k + 1] = (float)sin(angle);
    }
    return w;
}

static bool is_side(size_t n)
{
    return n >= SIDE_MIN && n <= SIDE_MAX && (n & (n - 1)) == 0;
}

/** Columns 0 and last hold the transform of (first + i last): part them by the symmetry of real input. */
static void edges_part(float *spectrum, size_t pitch, size_t height)
{
    for (size_t r = 0; r <= height / 2; r++) {
        float *a = spectrum + r * pitch, *b = spectrum + (r ? height - r : 0) * pitch;
        const float ar = a[0], ai = a[1], br = b[0], bi = b[1];
        a[0] = .5F * (ar + br);
        a[1] = .5F * (ai - bi);
        a[pitch - 2] = .5F * (ai + bi);
        a[pitch - 1] = .5F * (br - ar);
        b[0] = a[0];
        b[1] = -a[1];
        b[pitch - 2] = a[pitch - 2];
        b[pitch - 1] = -a[pitch - 1];
    }
}

static void edges_join(float *spectrum, size_t pitch, size_t height)
{
    for (size_t r = 0; r < height; r++) {
        float *a = spectrum + r * pitch;
        a[0] -= a[pitch - 1];
        a[1] += a[pitch - 2];
    }
}

static void transform_columns(rv__fft *plan, float *spectrum, bool inverse)
{
    for (size_t c = 0; c < plan->width / 2; c += LANES)
        rv__lanes_columns(spectrum + 2 * c, plan->width + 2, plan->height, plan->lanes, plan->col_twiddle, inverse);
}

void rv__fft_forward(rv__fft *plan, float *spectrum, const float *plane)
{
    const size_t w = plan->width, m = w / 2, pitch = w + 2;
    for (size_t r = 0; r < plan->height; r += LANES) {
        rv__lanes_from_rows(plan->lanes[0], plane + r * w, w, m);
        const int at = rv__lanes_transform(plan->lanes, m, plan->row_twiddle);
        rv__lanes_unpack(plan->lanes[at], m, plan->half_twiddle);
        rv__lanes_to_rows(spectrum + r * pitch, pitch, plan->lanes[at], m, false);
    }
    transform_columns(plan, spectrum, false);
    edges_part(spectrum, pitch, plan->height);
}

void rv__fft_inverse_near(rv__fft *plan, float *plane, float *spectrum, size_t reach)
{
    const size_t w = plan->width, m = w / 2, pitch = w + 2;
    const float scale = (float)(1.0 / ((double)m * (double)plan->height));
    edges_join(spectrum, pitch, plan->height);
    transform_columns(plan, spectrum, true);
    for (size_t r = 0; r < plan->height; r += LANES) {
        if (r > reach && r + LANES + reach <= plan->height)
            continue;
        rv__lanes_from_rows(plan->lanes[0], spectrum + r * pitch, pitch, m);
        rv__lanes_pack(plan->lanes[0], m, plan->half_twiddle, scale);
        const int at = rv__lanes_transform(plan->lanes, m, plan->row_twiddle);
        rv__lanes_to_rows(plane + r * w, w, plan->lanes[at], m, true);
    }
}

void rv__fft_inverse(rv__fft *plan, float *plane, float *spectrum)
{
    rv__fft_inverse_near(plan, plane, spectrum, plan->height);
}

int rv__fft_new(rv__fft **out, size_t width, size_t height)
{
    if (!is_side(width) || !is_side(height))
        return rv__fail(RV_ERR_RANGE, "sides of a transform must be powers of two in [%d, %d], not %zu x %zu", SIDE_MIN,
                        SIDE_MAX, width, height);
    rv__fft *plan = rv__alloc(1, sizeof *plan);
    if (!plan)
        return RV_ERR_NOMEM;
    const size_t longest = width / 2 > height ? width / 2 : height;
    bool good = true;
    plan->width = width;
    plan->height = height;
    good = good && (plan->row_twiddle = twiddles_new(width / 2, width / 2));
    good = good && (plan->half_twiddle = twiddles_new(width / 4 + 1, width));
    good = good && (plan->col_twiddle = twiddles_new(height, height));
    for (int i = 0; i < 2; i++)
        good = good && (plan->lanes[i] = rv__alloc(longest * RV__LANES_PAIR, sizeof(float)));
    if (!good) {
        rv__fft_free(plan);
        return RV_ERR_NOMEM;
    }
    *out = plan;
    return RV_OK;
}

void rv__fft_free(rv__fft *plan)
{
    if (!plan)
        return;
    for (int i = 0; i < 2; i++)
        rv__free(plan->lanes[i]);
    rv__free(plan->row_twiddle);
    rv__free(plan->half_twiddle);
    rv__free(plan->col_twiddle);
    rv__free(plan);
}

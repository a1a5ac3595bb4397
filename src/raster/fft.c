/* SPDX-License-Identifier: Apache-2.0 */
/* Two-dimensional Fourier transform of real planes.
 *
 * One kernel does all the work: a Stockham radix-4 transform (a radix-2 pass closes odd powers) of LANES sequences at
 * once, real and imaginary parts apart [vanloan1992, section 1.7]. Element k of lane l lies at k * LANES + l, so the
 * innermost loop runs over contiguous floats with one twiddle and any compiler turns it into vector code. Rows and
 * columns are gathered into lanes, transformed, and scattered. A row of real numbers is a complex row of half the
 * length; the columns 0 and width/2 are real along the rows' axis and travel as one complex column.
 *
 * FFTW is faster, and would put every binary under the GPL; its plans also depend on the clock.
 */
#include "raster/fft.h"

#include "base/error.h"
#include "base/mem.h"

#include <math.h>

enum { LANES = 16, SIDE_MIN = 32, SIDE_MAX = 4096 };

struct rv__fft {
    size_t width, height;
    float *row_twiddle;  /* exp(-2 pi i k / (width / 2)), k in [0, width / 2), as pairs */
    float *half_twiddle; /* exp(-2 pi i k / width), k in [0, width / 4], as pairs */
    float *col_twiddle;  /* exp(-2 pi i k / height), k in [0, height), as pairs */
    float *re[2], *im[2];
};

/** n elements in lanes, as one array of n * LANES floats for each part. */
typedef struct lanes {
    float *re, *im;
} lanes;

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

/** One radix-4 butterfly of run contiguous floats: inputs are quarter apart, outputs run apart. */
static void butterfly4(lanes to, lanes from, size_t quarter, size_t run, const float w[6])
{
    const float *restrict ar = from.re, *restrict ai = from.im;
    const float *restrict br = ar + quarter, *restrict bi = ai + quarter;
    const float *restrict cr = br + quarter, *restrict ci = bi + quarter;
    const float *restrict dr = cr + quarter, *restrict di = ci + quarter;
    float *restrict yr = to.re, *restrict yi = to.im;
    for (size_t q = 0; q < run; q++) {
        const float sr = ar[q] + cr[q], si = ai[q] + ci[q];
        const float tr = ar[q] - cr[q], ti = ai[q] - ci[q];
        const float ur = br[q] + dr[q], ui = bi[q] + di[q];
        const float vr = di[q] - bi[q], vi = br[q] - dr[q]; /* i (b - d) */
        const float er = tr - vr, ei = ti - vi;
        const float fr = sr - ur, fi = si - ui;
        const float gr = tr + vr, gi = ti + vi;
        yr[q] = sr + ur;
        yi[q] = si + ui;
        yr[q + run] = er * w[0] - ei * w[1];
        yi[q + run] = er * w[1] + ei * w[0];
        yr[q + 2 * run] = fr * w[2] - fi * w[3];
        yi[q + 2 * run] = fr * w[3] + fi * w[2];
        yr[q + 3 * run] = gr * w[4] - gi * w[5];
        yi[q + 3 * run] = gr * w[5] + gi * w[4];
    }
}

static void butterfly2(lanes to, lanes from, size_t half)
{
    const float *restrict ar = from.re, *restrict ai = from.im;
    float *restrict yr = to.re, *restrict yi = to.im;
    for (size_t q = 0; q < half; q++) {
        yr[q] = ar[q] + ar[q + half];
        yi[q] = ai[q] + ai[q + half];
        yr[q + half] = ar[q] - ar[q + half];
        yi[q + half] = ai[q] - ai[q + half];
    }
}

static void pass4(lanes to, lanes from, size_t n, size_t stride, const float *twiddle)
{
    const size_t quarter = n / 4 * stride * LANES, run = stride * LANES;
    for (size_t p = 0; p < n / 4; p++) {
        const float *w1 = twiddle + 2 * p * stride, *w2 = twiddle + 4 * p * stride, *w3 = twiddle + 6 * p * stride;
        const float w[6] = { w1[0], w1[1], w2[0], w2[1], w3[0], w3[1] };
        const lanes x = { from.re + p * run, from.im + p * run };
        const lanes y = { to.re + 4 * p * run, to.im + 4 * p * run };
        butterfly4(y, x, quarter, run, w);
    }
}

/** Transform n elements in each lane. Swapping re and im of buffer gives the inverse, unscaled. @return the result's place */
static int transform_lanes(const lanes buffer[2], size_t n, const float *twiddle)
{
    int at = 0;
    size_t left = n, stride = 1;
    for (; left >= 4; left /= 4, stride *= 4, at = !at)
        pass4(buffer[!at], buffer[at], left, stride, twiddle);
    if (left == 2) {
        butterfly2(buffer[!at], buffer[at], n / 2 * LANES);
        at = !at;
    }
    return at;
}

/** Spectrum of real rows from the one of their halves packed as complex numbers; element m of z is element 0. */
static void unpack_rows(float *spectrum, size_t pitch, lanes z, size_t m, const float *half)
{
    for (size_t k = 0; k <= m / 2; k++) {
        const size_t a = k * LANES, b = (k ? m - k : 0) * LANES;
        const float wr = half[2 * k], wi = half[2 * k + 1];
        for (size_t l = 0; l < LANES; l++) {
            const float er = .5F * (z.re[a + l] + z.re[b + l]), ei = .5F * (z.im[a + l] - z.im[b + l]);
            const float dr = .5F * (z.im[a + l] + z.im[b + l]), di = .5F * (z.re[b + l] - z.re[a + l]);
            const float tr = dr * wr - di * wi, ti = dr * wi + di * wr;
            float *low = spectrum + l * pitch + 2 * k, *high = spectrum + l * pitch + 2 * (m - k);
            low[0] = er + tr;
            low[1] = ei + ti;
            high[0] = er - tr;
            high[1] = ti - ei;
        }
    }
}

static void pack_rows(lanes z, const float *spectrum, size_t pitch, size_t m, const float *half)
{
    for (size_t k = 0; k <= m / 2; k++) {
        const size_t a = k * LANES, b = (k ? m - k : 0) * LANES;
        const float wr = half[2 * k], wi = -half[2 * k + 1];
        for (size_t l = 0; l < LANES; l++) {
            const float *low = spectrum + l * pitch + 2 * k, *high = spectrum + l * pitch + 2 * (m - k);
            const float er = .5F * (low[0] + high[0]), ei = .5F * (low[1] - high[1]);
            const float tr = .5F * (low[0] - high[0]), ti = .5F * (low[1] + high[1]);
            const float dr = tr * wr - ti * wi, di = tr * wi + ti * wr;
            z.re[a + l] = er - di;
            z.im[a + l] = ei + dr;
            if (k) {
                z.re[b + l] = er + di;
                z.im[b + l] = dr - ei;
            }
        }
    }
}

static void columns_gather(lanes z, const float *spectrum, size_t pitch, size_t height)
{
    for (size_t r = 0; r < height; r++) {
        const float *row = spectrum + r * pitch;
        for (size_t l = 0; l < LANES; l++) {
            z.re[r * LANES + l] = row[2 * l];
            z.im[r * LANES + l] = row[2 * l + 1];
        }
    }
}

static void columns_scatter(float *spectrum, size_t pitch, size_t height, lanes z)
{
    for (size_t r = 0; r < height; r++) {
        float *row = spectrum + r * pitch;
        for (size_t l = 0; l < LANES; l++) {
            row[2 * l] = z.re[r * LANES + l];
            row[2 * l + 1] = z.im[r * LANES + l];
        }
    }
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

/** Both directions along the columns; inverse by swapped parts. */
static void transform_columns(rv__fft *plan, float *spectrum, bool inverse)
{
    const size_t pitch = plan->width + 2;
    const lanes z[2] = { { plan->re[0], plan->im[0] }, { plan->re[1], plan->im[1] } };
    const lanes swapped[2] = { { plan->im[0], plan->re[0] }, { plan->im[1], plan->re[1] } };
    for (size_t c = 0; c < plan->width / 2; c += LANES) {
        columns_gather(z[0], spectrum + 2 * c, pitch, plan->height);
        const int at = transform_lanes(inverse ? swapped : z, plan->height, plan->col_twiddle);
        columns_scatter(spectrum + 2 * c, pitch, plan->height, z[at]);
    }
}

void rv__fft_forward(rv__fft *plan, float *spectrum, const float *plane)
{
    const size_t w = plan->width, m = w / 2, pitch = w + 2;
    const lanes z[2] = { { plan->re[0], plan->im[0] }, { plan->re[1], plan->im[1] } };
    for (size_t r = 0; r < plan->height; r += LANES) {
        for (size_t l = 0; l < LANES; l++) {
            const float *row = plane + (r + l) * w;
            for (size_t k = 0; k < m; k++) {
                z[0].re[k * LANES + l] = row[2 * k];
                z[0].im[k * LANES + l] = row[2 * k + 1];
            }
        }
        const int at = transform_lanes(z, m, plan->row_twiddle);
        unpack_rows(spectrum + r * pitch, pitch, z[at], m, plan->half_twiddle);
    }
    for (size_t r = 0; r < plan->height; r++)
        spectrum[r * pitch + 1] = spectrum[r * pitch + w];
    transform_columns(plan, spectrum, false);
    edges_part(spectrum, pitch, plan->height);
}

void rv__fft_inverse(rv__fft *plan, float *plane, float *spectrum)
{
    const size_t w = plan->width, m = w / 2, pitch = w + 2;
    const float scale = (float)(1.0 / ((double)m * (double)plan->height));
    const lanes z[2] = { { plan->re[0], plan->im[0] }, { plan->re[1], plan->im[1] } };
    const lanes swapped[2] = { { plan->im[0], plan->re[0] }, { plan->im[1], plan->re[1] } };
    edges_join(spectrum, pitch, plan->height);
    transform_columns(plan, spectrum, true);
    for (size_t r = 0; r < plan->height; r++) {
        float *row = spectrum + r * pitch;
        row[w] = row[1];
        row[1] = row[w + 1] = 0.0F;
    }
    for (size_t r = 0; r < plan->height; r += LANES) {
        pack_rows(z[0], spectrum + r * pitch, pitch, m, plan->half_twiddle);
        const int at = transform_lanes(swapped, m, plan->row_twiddle);
        for (size_t l = 0; l < LANES; l++) {
            float *row = plane + (r + l) * w;
            for (size_t k = 0; k < m; k++) {
                row[2 * k] = scale * z[at].re[k * LANES + l];
                row[2 * k + 1] = scale * z[at].im[k * LANES + l];
            }
        }
    }
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
    for (int i = 0; i < 2; i++) {
        good = good && (plan->re[i] = rv__alloc(longest * LANES, sizeof(float)));
        good = good && (plan->im[i] = rv__alloc(longest * LANES, sizeof(float)));
    }
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
    for (int i = 0; i < 2; i++) {
        rv__free(plan->re[i]);
        rv__free(plan->im[i]);
    }
    rv__free(plan->row_twiddle);
    rv__free(plan->half_twiddle);
    rv__free(plan->col_twiddle);
    rv__free(plan);
}

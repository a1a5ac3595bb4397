/* SPDX-License-Identifier: Apache-2.0 */
/* Separable smoothing and gradients on float planes.
 *
 * Edges reflect with the edge pixel repeated (abc|cba), so a constant stays constant and a mean keeps its weight. Rows
 * are copied into a padded buffer and swept tap by tap: the inner loops run over neighbouring pixels without branches
 * and the compiler vectorises them. A recursive Gaussian would cost the same for any sigma, but its tails differ from
 * the kernel that the thresholds were tried with, and ours stay below sigma 10. */
#include "raster/filter.h"

#include <revisit/base.h>

#include "base/mem.h"

#include <math.h>
#include <string.h>

/* Index of position i in [-inf, inf) on n samples, reflected with the edge repeated. */
static size_t reflect(ptrdiff_t i, size_t n)
{
    const ptrdiff_t period = 2 * (ptrdiff_t)n;
    ptrdiff_t k = i % period;
    if (k < 0)
        k += period;
    return (size_t)(k < (ptrdiff_t)n ? k : period - 1 - k);
}

/* padded[0 .. n + 2 r) = row with r reflected samples on both sides */
static void pad_row(float *padded, const float *row, size_t n, size_t r)
{
    for (size_t i = 0; i < r; i++) {
        padded[i] = row[reflect((ptrdiff_t)i - (ptrdiff_t)r, n)];
        padded[r + n + i] = row[reflect((ptrdiff_t)(n + i), n)];
    }
    memcpy(padded + r, row, n * sizeof *row);
}

/* out = k[0] centre + sum over i of k[i] (left_i + right_i), for n pixels at once */
static void scale_row(float *out, const float *in, float k, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] = k * in[i];
}

static void add_pair(float *restrict out, const float *a, const float *b, float k, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] += k * (a[i] + b[i]);
}

/* Half kernel k[0 .. r] of unit sum over both sides. */
typedef struct half_kernel {
    float *k;
    size_t r;
} half_kernel;

static void gaussian_taps(half_kernel g, double sigma)
{
    float *k = g.k;
    const size_t r = g.r;
    double sum = 1;
    for (size_t i = 1; i <= r; i++)
        sum += 2 * exp(-.5 * (double)(i * i) / (sigma * sigma));
    for (size_t i = 0; i <= r; i++)
        k[i] = (float)(exp(-.5 * (double)(i * i) / (sigma * sigma)) / sum);
}

static void smooth_rows(float *out, const float *in, size_t w, size_t h, half_kernel g, float *padded)
{
    for (size_t row = 0; row < h; row++) {
        pad_row(padded, in + row * w, w, g.r);
        scale_row(out + row * w, padded + g.r, g.k[0], w);
        for (size_t i = 1; i <= g.r; i++)
            add_pair(out + row * w, padded + g.r - i, padded + g.r + i, g.k[i], w);
    }
}

static void smooth_cols(float *out, const float *in, size_t w, size_t h, half_kernel g)
{
    for (size_t row = 0; row < h; row++) {
        scale_row(out + row * w, in + row * w, g.k[0], w);
        for (size_t i = 1; i <= g.r; i++)
            add_pair(out + row * w, in + reflect((ptrdiff_t)row - (ptrdiff_t)i, h) * w,
                     in + reflect((ptrdiff_t)(row + i), h) * w, g.k[i], w);
    }
}

static void sobel_row(float *gx, float *gy, const float *up, const float *mid, const float *down, size_t w)
{
    for (size_t c = 1; c + 1 < w; c++) {
        gx[c] = .125f * ((up[c + 1] - up[c - 1]) + 2 * (mid[c + 1] - mid[c - 1]) + (down[c + 1] - down[c - 1]));
        gy[c] = .125f * ((down[c - 1] - up[c - 1]) + 2 * (down[c] - up[c]) + (down[c + 1] - up[c + 1]));
    }
    const size_t edge[2] = { 0, w - 1 };
    for (int i = 0; i < 2; i++) {
        const size_t c = edge[i], a = c ? c - 1 : 0, b = c + 1 < w ? c + 1 : c;
        gx[c] = .125f * ((up[b] - up[a]) + 2 * (mid[b] - mid[a]) + (down[b] - down[a]));
        gy[c] = .125f * ((down[a] - up[a]) + 2 * (down[c] - up[c]) + (down[b] - up[b]));
    }
}

static inline void order(float *a, float *b)
{
    const float lo = *a < *b ? *a : *b, hi = *a < *b ? *b : *a;
    *a = lo;
    *b = hi;
}

/* The 19 exchanges that bring the median of nine to v[4] [smith1996]. */
static inline float median9(float v[9])
{
    static const unsigned char pair[19][2] = { { 1, 2 }, { 4, 5 }, { 7, 8 }, { 0, 1 }, { 3, 4 }, { 6, 7 }, { 1, 2 },
                                               { 4, 5 }, { 7, 8 }, { 0, 3 }, { 5, 8 }, { 4, 7 }, { 3, 6 }, { 1, 4 },
                                               { 2, 5 }, { 4, 7 }, { 4, 2 }, { 6, 4 }, { 4, 2 } };
    for (int i = 0; i < 19; i++)
        order(&v[pair[i][0]], &v[pair[i][1]]);
    return v[4];
}

int rv__gaussian(float *out, const float *in, size_t w, size_t h, double sigma)
{
    const size_t r = sigma > 0 ? (size_t)ceil(4 * sigma) : 0;
    const half_kernel g = { rv__alloc(r + 1, sizeof *g.k), r };
    float *padded = rv__alloc(w + 2 * r, sizeof *padded), *rows = rv__alloc(w * h, sizeof *rows);
    int err = RV_ERR_NOMEM;
    if (g.k && padded && rows) {
        gaussian_taps(g, sigma > 0 ? sigma : 1);
        smooth_rows(rows, in, w, h, g, padded);
        smooth_cols(out, rows, w, h, g);
        err = RV_OK;
    }
    rv__free(rows);
    rv__free(padded);
    rv__free(g.k);
    return err;
}

int rv__gaussian_masked(float *out, const float *in, const uint8_t *valid, size_t w, size_t h, double sigma)
{
    const size_t n = w * h;
    float *weight = rv__alloc(n, sizeof *weight), *value = rv__alloc(n, sizeof *value);
    int err = RV_ERR_NOMEM;
    if (!weight || !value)
        goto done;
    for (size_t i = 0; i < n; i++) {
        weight[i] = valid[i] ? 1.f : 0.f;
        value[i] = valid[i] ? in[i] : 0.f;
    }
    if ((err = rv__gaussian(value, value, w, h, sigma)) < 0 || (err = rv__gaussian(weight, weight, w, h, sigma)) < 0)
        goto done;
    for (size_t i = 0; i < n; i++)
        out[i] = weight[i] > 0 ? value[i] / weight[i] : 0.f;
done:
    rv__free(value);
    rv__free(weight);
    return err;
}

/* Means of 2 r + 1 samples along each row, by a running sum. */
static void box_rows(float *out, const float *in, size_t w, size_t h, size_t r, float *padded)
{
    const double share = 1.0 / (double)(2 * r + 1);
    for (size_t row = 0; row < h; row++) {
        pad_row(padded, in + row * w, w, r);
        double sum = 0;
        for (size_t i = 0; i < 2 * r + 1; i++)
            sum += (double)padded[i];
        out[row * w] = (float)(sum * share);
        for (size_t c = 1; c < w; c++) {
            sum += (double)padded[c + 2 * r] - (double)padded[c - 1];
            out[row * w + c] = (float)(sum * share);
        }
    }
}

static void box_cols(float *out, const float *in, size_t w, size_t h, size_t r, double *sum)
{
    const double share = 1.0 / (double)(2 * r + 1);
    memset(sum, 0, w * sizeof *sum);
    for (size_t i = 0; i < 2 * r + 1; i++) {
        const float *line = in + reflect((ptrdiff_t)i - (ptrdiff_t)r, h) * w;
        for (size_t c = 0; c < w; c++)
            sum[c] += (double)line[c];
    }
    for (size_t row = 0; row < h; row++) {
        const float *leave = in + reflect((ptrdiff_t)row - (ptrdiff_t)r, h) * w;
        const float *enter = in + reflect((ptrdiff_t)(row + r + 1), h) * w;
        for (size_t c = 0; c < w; c++) {
            out[row * w + c] = (float)(sum[c] * share);
            sum[c] += (double)enter[c] - (double)leave[c];
        }
    }
}

int rv__box_mean(float *out, const float *in, size_t w, size_t h, size_t rx, size_t ry)
{
    float *padded = rv__alloc(w + 2 * rx, sizeof *padded), *rows = rv__alloc(w * h, sizeof *rows);
    double *sum = rv__alloc(w, sizeof *sum);
    int err = RV_ERR_NOMEM;
    if (padded && rows && sum) {
        box_rows(rows, in, w, h, rx, padded);
        box_cols(out, rows, w, h, ry, sum);
        err = RV_OK;
    }
    rv__free(sum);
    rv__free(rows);
    rv__free(padded);
    return err;
}

void rv__sobel(float *gx, float *gy, const float *in, size_t w, size_t h)
{
    for (size_t row = 0; row < h; row++) {
        const float *mid = in + row * w, *up = row ? mid - w : mid, *down = row + 1 < h ? mid + w : mid;
        sobel_row(gx + row * w, gy + row * w, up, mid, down, w);
    }
}

void rv__median3(float *out, const float *in, size_t w, size_t h)
{
    for (size_t row = 0; row < h; row++) {
        const float *mid = in + row * w, *up = row ? mid - w : mid, *down = row + 1 < h ? mid + w : mid;
        for (size_t c = 0; c < w; c++) {
            const size_t a = c ? c - 1 : 0, b = c + 1 < w ? c + 1 : c;
            float v[9] = { up[a], up[c], up[b], mid[a], mid[c], mid[b], down[a], down[c], down[b] };
            out[row * w + c] = median9(v);
        }
    }
}

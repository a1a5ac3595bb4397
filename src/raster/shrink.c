/* SPDX-License-Identifier: Apache-2.0 */
/* Area means before a map that shrinks: a box as wide as the output pixel has its zeros at the output's sampling
 * frequency, so what would fold onto slow patterns is gone; the spline then interpolates between the means. A stretched
 * kernel would be sharper at rational scales, but serves neither rotations nor homographies by one pass an axis. */
#include "raster/shrink.h"

#include <revisit/base.h>

#include "base/mem.h"

#include <string.h>

/* A box of odd whole width 2 r + 1 and two rim pixels that count by rim in [0, 1). */
typedef struct box {
    size_t r;
    double rim;
} box;

static box box_of(double width)
{
    const double half = width > 1 ? (width - 1) / 2 : 0;
    const size_t r = (size_t)half;
    return (box){ r, half - (double)r };
}

/* Sums along one row of n; total has n + 1 places. */
static void sum_row(float *out, const float *in, size_t n, box b, double *total)
{
    total[0] = 0;
    for (size_t i = 0; i < n; i++)
        total[i + 1] = total[i] + (double)in[i];
    for (size_t i = 0; i < n; i++) {
        const size_t lo = i > b.r ? i - b.r : 0, hi = i + b.r + 1 < n ? i + b.r + 1 : n;
        const double left = i > b.r ? (double)in[i - b.r - 1] : 0, right = i + b.r + 1 < n ? (double)in[hi] : 0;
        out[i] = (float)(total[hi] - total[lo] + b.rim * (left + right));
    }
}

static void add_row(double *sum, const float *row, double weight, size_t w)
{
    for (size_t c = 0; c < w; c++)
        sum[c] += weight * (double)row[c];
}

/* Sums down the columns, one output row at a time. */
static void sum_cols(float *out, const float *in, size_t w, size_t h, box b, double *sum)
{
    double *whole = sum, *with_rim = sum + w;
    memset(whole, 0, w * sizeof *whole);
    for (size_t r = 0; r < b.r && r < h; r++)
        add_row(whole, in + r * w, 1, w);
    for (size_t r = 0; r < h; r++) {
        if (r + b.r < h)
            add_row(whole, in + (r + b.r) * w, 1, w);
        if (r > b.r)
            add_row(whole, in + (r - b.r - 1) * w, -1, w);
        memcpy(with_rim, whole, w * sizeof *whole);
        if (r > b.r)
            add_row(with_rim, in + (r - b.r - 1) * w, b.rim, w);
        if (r + b.r + 1 < h)
            add_row(with_rim, in + (r + b.r + 1) * w, b.rim, w);
        for (size_t c = 0; c < w; c++)
            out[r * w + c] = (float)with_rim[c];
    }
}

typedef struct scratch {
    float *half;   /* plane, summed along the rows */
    float *weight; /* plane: valid area in the box */
    double *sum;
} scratch;

static void sum_plane(float *out, const float *in, const size_t size[2], const box b[2], scratch *s)
{
    for (size_t r = 0; r < size[1]; r++)
        sum_row(s->half + r * size[0], in + r * size[0], size[0], b[0], s->sum);
    sum_cols(out, s->half, size[0], size[1], b[1], s->sum);
}

/* Length of the box around i that lies inside [0, n). */
static double inside(size_t i, size_t n, box b)
{
    const double lo = i > b.r ? (double)b.r + b.rim : (double)i, after = (double)(n - 1 - i);
    const double hi = n - 1 - i > b.r ? (double)b.r + b.rim : after;
    return lo + 1 + hi;
}

static void means(float *data, uint8_t *valid, const size_t size[2], size_t planes, const box b[2], scratch *s)
{
    const size_t w = size[0], n = w * size[1];
    for (size_t p = 0; p < n; p++)
        s->weight[p] = valid[p] ? 1.f : 0.f;
    sum_plane(s->weight, s->weight, size, b, s);
    for (size_t k = 0; k < planes; k++) {
        float *plane = data + k * n;
        for (size_t p = 0; p < n; p++)
            plane[p] = valid[p] ? plane[p] : 0.f;
        sum_plane(plane, plane, size, b, s);
        for (size_t p = 0; p < n; p++)
            plane[p] = s->weight[p] > 1e-3f ? plane[p] / s->weight[p] : 0.f;
    }
    for (size_t p = 0; p < n; p++)
        valid[p] = (double)s->weight[p] >= .5 * inside(p % w, w, b[0]) * inside(p / w, size[1], b[1]) - 1e-3;
}

int rv__area_mean(float *data, uint8_t *valid, const size_t size[2], size_t planes, double width, double height)
{
    const size_t n = size[0] * size[1];
    const box b[2] = { box_of(width), box_of(height) };
    scratch s = { rv__alloc(n, sizeof *s.half), rv__alloc(n, sizeof *s.weight),
                  rv__alloc(2 * size[0] + 1, sizeof *s.sum) };
    int err = RV_ERR_NOMEM;
    if (s.half && s.weight && s.sum) {
        means(data, valid, size, planes, b, &s);
        err = RV_OK;
    }
    rv__free(s.sum);
    rv__free(s.weight);
    rv__free(s.half);
    return err;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "align/texture_kernels.h"

#include "base/isa.h"

#include <math.h>

enum { LANES = RV__TEXTURE_LANES, REACH = RV__TEXTURE_REACH };

/** Row r of n, reflected with the edge repeated. */
RV__INLINE size_t reflected(ptrdiff_t r, size_t n)
{
    const ptrdiff_t last = (ptrdiff_t)n - 1;
    return (size_t)(r < 0 ? -1 - r : r > last ? 2 * last + 1 - r : r);
}

RV__INLINE void blur_body(const rv__blur *b)
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

RV__KERNEL(blur_plane, blur_body, (const rv__blur *b), (b));

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

RV__INLINE void divide_body(float *restrict v, const float *restrict norm, float floor, size_t n)
{
    for (size_t i = 0; i < n; i++)
        v[i] /= norm[i] + floor;
}

RV__INLINE void sum_body(rv__finish *f)
{
    const float top = f->top;
    f->sum = 0;
    for (size_t r = 0; r < f->height; r++) {
        const float *v = f->v + r * f->pitch;
        float sum[LANES] = { 0 };
        for (size_t c = 0; c < f->width; c += LANES)
            for (size_t l = 0; l < LANES; l++)
                sum[l] += v[c + l] < top ? v[c + l] : top;
        for (size_t step = LANES / 2; step > 0; step /= 2)
            for (size_t l = 0; l < step; l++)
                sum[l] += sum[l + step];
        f->sum += (double)sum[0];
    }
}

RV__INLINE void open_body(rv__finish *f)
{
    const float top = f->top, mean = f->mean;
    for (size_t r = 0; r < f->height; r++) {
        const float *v = f->v + r * f->pitch, *restrict col = f->taper_col, row = f->scale * f->taper_row[r];
        float *out = f->out + r * f->width;
        RV__APART
        for (size_t c = 0; c < f->width; c++)
            out[c] = ((v[c] < top ? v[c] : top) - mean) * (row * col[c]);
    }
}

#define DIVIDE_PARAMS (float *v, const float *norm, float floor, size_t n)
RV__KERNEL(divide, divide_body, DIVIDE_PARAMS, (v, norm, floor, n));
RV__KERNEL(sum_plane, sum_body, (rv__finish * f), (f));
RV__KERNEL(open_plane, open_body, (rv__finish * f), (f));

void rv__blur_plane(const rv__blur *b)
{
    blur_plane[rv__isa_used()](b);
}

void rv__gradient_size(float *out, const float *smooth, size_t width, size_t height)
{
    magnitude[rv__isa_used()](out, smooth, width, height);
}

void rv__gradient(float *x, float *y, const float *smooth, size_t width, size_t height)
{
    gradient[rv__isa_used()](x, y, smooth, width, height);
}

void rv__project(float *out, const float *x, const float *y, double angle, size_t n)
{
    const float cs[2] = { (float)cos(angle), (float)sin(angle) };
    project[rv__isa_used()](out, x, y, cs, n);
}

void rv__smooth_across(float *channels, float *norm, size_t n)
{
    across[rv__isa_used()](channels, norm, n);
}

void rv__divide(float *v, const float *norm, float floor, size_t n)
{
    divide[rv__isa_used()](v, norm, floor, n);
}

void rv__finish_sum(rv__finish *f)
{
    sum_plane[rv__isa_used()](f);
}

void rv__finish_taper(rv__finish *f)
{
    open_plane[rv__isa_used()](f);
}

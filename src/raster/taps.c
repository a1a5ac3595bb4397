/* SPDX-License-Identifier: Apache-2.0 */
/* Interpolation kernels on one axis: cubic B-spline on prefiltered samples [unser1993], Lanczos-3 scaled to unit sum,
 * bilinear and nearest. A row of positions at a time, one array a tap, so that weights are made and used by vectors. */
#include "raster/taps.h"

#include "base/isa.h"

#include <math.h>

int rv__taps_count(rv__kernel kernel)
{
    static const int taps[] = { 4, 6, 2, 1 };
    return taps[kernel];
}

size_t rv__taps_mirror(ptrdiff_t i, size_t n)
{
    const ptrdiff_t period = 2 * (ptrdiff_t)n - 2;
    if (period == 0)
        return 0;
    i = (i < 0 ? -i : i) % period;
    return (size_t)(i < (ptrdiff_t)n ? i : period - i);
}

void rv__taps_mirror_ends(float *row, size_t n, size_t reach)
{
    if (n > reach)
        for (size_t i = 1; i <= reach; i++) {
            *(row - i) = row[i];
            row[n - 1 + i] = row[n - 1 - i];
        }
    else
        for (ptrdiff_t i = 1; i <= (ptrdiff_t)reach; i++) {
            row[-i] = row[rv__taps_mirror(-i, n)];
            row[(ptrdiff_t)n - 1 + i] = row[rv__taps_mirror((ptrdiff_t)n - 1 + i, n)];
        }
}

/* Sample below, way on to the next, nearest sample. Adding 1 before the cut to a whole number makes it a floor: what lies
 * outside has been brought to [-1/2, size - 1/2] before. */
RV__INLINE void split_body(rv__taps *o, float *restrict t, const double *x, const int *size, int n)
{
    const int count = size[0], reach = size[1];
    const double end = (double)count - .5;
    for (int i = 0; i < n; i++) {
        const double p = x[i], q = p > -.5 ? (p < end ? p : end) : -.5;
        const int32_t below = (int32_t)(q + 1) - 1;
        const float way = (float)(q - (double)below);
        const int32_t near = below + (way >= .5F);
        t[i] = way;
        o->first[i] = below;
        o->nearest[i] = near < count ? near : count - 1;
        o->inside[i] = (p >= -.5) & (p < end);
        o->clear[i] = o->inside[i] & (near >= reach) & (near + reach < count);
    }
}

RV__KERNEL(split, split_body, (rv__taps * o, float *restrict t, const double *x, const int *size, int n),
           (o, t, x, size, n));

RV__INLINE void spline_body(rv__taps *o, const float *restrict way, int n)
{
    for (int i = 0; i < n; i++) {
        const float t = way[i], u = 1 - t, sixth = 1.F / 6.F;
        o->weight[0][i] = u * u * u * sixth;
        o->weight[1][i] = (4 + t * t * (3 * t - 6)) * sixth;
        o->weight[2][i] = (4 + u * u * (3 * u - 6)) * sixth;
        o->weight[3][i] = t * t * t * sixth;
        o->first[i] -= 1;
    }
}

RV__KERNEL(spline_weights, spline_body, (rv__taps * o, const float *restrict way, int n), (o, way, n));

/* sinc(x) sinc(x / 3) at x = t - k, k = -2 .. 3, scaled to sum 1; two sines serve all six taps. */
static void lanczos_weights(double v[6], double t)
{
    static const double cos3[6] = { -.5, .5, 1, .5, -.5, -1 };
    static const double sin3[6] = { -.86602540378443864676, -.86602540378443864676, 0,
                                    .86602540378443864676,  .86602540378443864676,  0 };
    const double pi = 3.14159265358979323846, s = sin(pi * t), a = sin(pi * t / 3), b = cos(pi * t / 3);
    double sum = 0;
    for (int i = 0; i < 6; i++) {
        const double x = pi * (t - (i - 2));
        v[i] = fabs(x) < 1e-9 ? 1 : 3 * (i & 1 ? -s : s) * (a * cos3[i] - b * sin3[i]) / (x * x);
        sum += v[i];
    }
    for (int i = 0; i < 6; i++)
        v[i] /= sum;
}

static void other_weights(rv__taps *o, rv__kernel kernel, const float *way, int n)
{
    double v[6];
    for (int i = 0; i < n; i++)
        switch (kernel) {
        case RV__KERNEL_LANCZOS3:
            lanczos_weights(v, (double)way[i]);
            for (int k = 0; k < 6; k++)
                o->weight[k][i] = (float)v[k];
            o->first[i] -= 2;
            break;
        case RV__KERNEL_BILINEAR:
            o->weight[0][i] = 1 - way[i];
            o->weight[1][i] = way[i];
            break;
        default:
            o->weight[0][i] = 1;
            o->first[i] = o->nearest[i];
        }
}

void rv__taps_row(rv__taps *out, rv__kernel kernel, const double *x, size_t n, size_t size)
{
    float way[RV__TAPS_ROW];
    const rv__isa isa = rv__isa_used();
    split[isa](out, way, x, (const int[2]){ (int)size, rv__taps_count(kernel) / 2 }, (int)n);
    if (kernel == RV__KERNEL_CUBIC_BSPLINE)
        spline_weights[isa](out, way, (int)n);
    else
        other_weights(out, kernel, way, (int)n);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Interpolation kernels on one axis: cubic B-spline on prefiltered samples [unser1993], Lanczos-3 scaled to unit sum,
 * bilinear and nearest. */
#include "raster/taps.h"

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

static void spline_weights(float *w, double t)
{
    const double u = 1 - t;
    w[0] = (float)(u * u * u / 6);
    w[1] = (float)((4 - 6 * t * t + 3 * t * t * t) / 6);
    w[2] = (float)((4 - 6 * u * u + 3 * u * u * u) / 6);
    w[3] = (float)(t * t * t / 6);
}

/* sinc(x) sinc(x / 3) at x = t - k, k = -2 .. 3, scaled to sum 1; two sines serve all six taps. */
static void lanczos_weights(float *w, double t)
{
    static const double cos3[6] = { -.5, .5, 1, .5, -.5, -1 };
    static const double sin3[6] = { -.86602540378443864676, -.86602540378443864676, 0,
                                    .86602540378443864676,  .86602540378443864676,  0 };
    const double pi = 3.14159265358979323846, s = sin(pi * t), a = sin(pi * t / 3), b = cos(pi * t / 3);
    double v[6], sum = 0;
    for (int i = 0; i < 6; i++) {
        const double x = pi * (t - (i - 2));
        v[i] = fabs(x) < 1e-9 ? 1 : 3 * (i & 1 ? -s : s) * (a * cos3[i] - b * sin3[i]) / (x * x);
        sum += v[i];
    }
    for (int i = 0; i < 6; i++)
        w[i] = (float)(v[i] / sum);
}

void rv__taps_set(rv__taps *out, rv__kernel kernel, double x)
{
    const double below = floor(x), t = x - below;
    out->nearest = (ptrdiff_t)floor(x + .5);
    switch (kernel) {
    case RV__KERNEL_CUBIC_BSPLINE:
        out->first = (ptrdiff_t)below - 1;
        spline_weights(out->weight, t);
        break;
    case RV__KERNEL_LANCZOS3:
        out->first = (ptrdiff_t)below - 2;
        lanczos_weights(out->weight, t);
        break;
    case RV__KERNEL_BILINEAR:
        out->first = (ptrdiff_t)below;
        out->weight[0] = (float)(1 - t);
        out->weight[1] = (float)t;
        break;
    default:
        out->first = out->nearest;
        out->weight[0] = 1;
    }
}

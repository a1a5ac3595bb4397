/* SPDX-License-Identifier: Apache-2.0 */
/* From data to places in a plot: limits, lines at round numbers, points. */
#include "report/axes.h"

#include <math.h>

void rv__axes_fit(rv__axes *axes, const rv__sample_point *series, size_t n)
{
    axes->t0 = axes->t1 = series[0].t;
    axes->lo = axes->hi = 0;
    for (size_t i = 0; i < n; i++) {
        axes->t0 = fmin(axes->t0, series[i].t);
        axes->t1 = fmax(axes->t1, series[i].t);
        axes->lo = series[i].known ? fmin(axes->lo, series[i].value) : axes->lo;
        axes->hi = series[i].known ? fmax(axes->hi, series[i].value) : axes->hi;
    }
    const double margin = fmax(0.1 * (axes->hi - axes->lo), 2.0);
    axes->lo -= margin;
    axes->hi += margin;
    if (axes->t1 - axes->t0 < 1e-6)
        axes->t1 = axes->t0 + 1.0;
}

rv_point rv__axes_point(const rv__axes *axes, double t, double value)
{
    return (rv_point){ axes->x0 + (t - axes->t0) / (axes->t1 - axes->t0) * (axes->x1 - axes->x0),
                       axes->y1 - (value - axes->lo) / (axes->hi - axes->lo) * (axes->y1 - axes->y0) };
}

double rv__axes_step(double span)
{
    const double raw = span / 3, power = pow(10.0, floor(log10(raw)));
    return power * (raw / power >= 5 ? 5 : raw / power >= 2 ? 2 : 1);
}

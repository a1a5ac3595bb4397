/* SPDX-License-Identifier: Apache-2.0 */
/* From data to places in a plot. */
#ifndef RV_REPORT_AXES_H
#define RV_REPORT_AXES_H

#include <stdbool.h>
#include <stddef.h>

#include <revisit/grid.h>

typedef struct rv__axes {
    double x0, x1, y0, y1; /* of the plot area, px; y0 above y1 */
    double t0, t1, lo, hi; /* of the data */
} rv__axes;

/** One image of a series; a value that is not known keeps its place in time. */
typedef struct rv__sample_point {
    double t, value;
    bool known;
} rv__sample_point;

/** Limits of a series: all its times; all known values and zero, with a margin. n >= 1. */
void rv__axes_fit(rv__axes *axes, const rv__sample_point *series, size_t n);
rv_point rv__axes_point(const rv__axes *axes, double t, double value);
/** Distance of grid lines for a span: 1, 2 or 5 times a power of ten, so that 3 to 7 lines lie in it. */
double rv__axes_step(double span);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* A uniform cubic B-spline of displacements [unser1993]. Between two knots of a row the spline is one cubic polynomial: its
 * four coefficients are made once from 4 x 4 knots, then each pixel costs three steps of Horner's rule an axis. (Forward
 * differences would cost three additions, and drift.) */
#include "raster/warpfield.h"

#include <assert.h>
#include <math.h>

#include "base/isa.h"

/* a[0] + a[1] t + a[2] t^2 + a[3] t^3 on the unit interval between the middle ones of four coefficients. */
static void polynomial(double a[4], const double c[4])
{
    a[0] = (c[0] + 4 * c[1] + c[2]) / 6;
    a[1] = (c[2] - c[0]) / 2;
    a[2] = (c[0] - 2 * c[1] + c[2]) / 2;
    a[3] = (c[3] - c[0] + 3 * (c[1] - c[2])) / 6;
}

static double horner(const double a[4], double t)
{
    return ((a[3] * t + a[2]) * t + a[1]) * t + a[0];
}

/* Knot below, brought where the spline is constant when it lies further out; t is left alone by that. */
static ptrdiff_t knot_below(double *t, double x, size_t n)
{
    const double limit = (double)n + 2, inside = x > -3 ? (x < limit ? x : limit) : -3, below = floor(inside);
    *t = inside - below;
    return (ptrdiff_t)below;
}

static size_t clamp(ptrdiff_t i, size_t n)
{
    return i < 0 ? 0 : i < (ptrdiff_t)n ? (size_t)i : n - 1;
}

/* The polynomial along a row between knots i and i + 1, at height t above knot j. */
static void row_polynomial(double a[4], const rv__warpfield *f, const double *plane, const ptrdiff_t knot[2], double t)
{
    double line[4], down[4], b[4];
    for (int i = 0; i < 4; i++) {
        for (int j = 0; j < 4; j++)
            down[j] = plane[clamp(knot[1] - 1 + j, f->ny) * f->nx + clamp(knot[0] - 1 + i, f->nx)];
        polynomial(b, down);
        line[i] = horner(b, t);
    }
    polynomial(a, line);
}

void rv__warpfield_eval(double out[2], const rv__warpfield *f, double col, double row)
{
    double t[2], a[4];
    const ptrdiff_t knot[2] = { knot_below(&t[0], (col - f->col0) / f->step_px, f->nx),
                                knot_below(&t[1], (row - f->row0) / f->step_px, f->ny) };
    row_polynomial(a, f, f->col, knot, t[1]);
    out[0] = horner(a, t[0]);
    row_polynomial(a, f, f->row, knot, t[1]);
    out[1] = horner(a, t[0]);
}

/* What each of four coefficients weighs between the middle ones: the polynomial, told the other way round. */
static void weights(double w[4], double t)
{
    const double u = 1 - t;
    w[0] = u * u * u / 6;
    w[1] = (4 - 6 * t * t + 3 * t * t * t) / 6;
    w[2] = (4 - 6 * u * u + 3 * u * u * u) / 6;
    w[3] = t * t * t / 6;
}

void rv__warpfield_basis(double weight[16], size_t knot[16], const rv__warpfield *f, double col, double row)
{
    double t[2], across[4], down[4];
    const ptrdiff_t i = knot_below(&t[0], (col - f->col0) / f->step_px, f->nx);
    const ptrdiff_t j = knot_below(&t[1], (row - f->row0) / f->step_px, f->ny);
    weights(across, t[0]);
    weights(down, t[1]);
    for (int k = 0; k < 16; k++) {
        weight[k] = across[k % 4] * down[k / 4];
        knot[k] = clamp(j - 1 + k / 4, f->ny) * f->nx + clamp(i - 1 + k % 4, f->nx);
    }
}

/* out[i] = the polynomial at (first + i) / step - knot. */
RV__INLINE void span_body(double *out, const double *a, const double *place, int n)
{
    for (int i = 0; i < n; i++) {
        const double t = (place[0] + (double)i) * place[1] - place[2];
        out[i] = ((a[3] * t + a[2]) * t + a[1]) * t + a[0];
    }
}

RV__KERNEL(span, span_body, (double *out, const double *a, const double *place, int n), (out, a, place, n));

void rv__warpfield_row(double *out_col, double *out_row, size_t n, const rv__warpfield *f, const double at[2])
{
    const double first = at[0] - f->col0;
    double unused, t, a[4];
    assert(f->nx > 0 && f->ny > 0 && f->step_px > 0);
    const ptrdiff_t j = knot_below(&t, (at[1] - f->row0) / f->step_px, f->ny);
    for (size_t i = 0, end; i < n; i = end) {
        const double x = (first + (double)i) / f->step_px, next = ceil((floor(x) + 1) * f->step_px - first);
        end = next < (double)n ? (size_t)next : n;
        end = end > i ? end : i + 1;
        const ptrdiff_t knot[2] = { knot_below(&unused, x, f->nx), j };
        const double place[3] = { first + (double)i, 1 / f->step_px, floor(x) };
        row_polynomial(a, f, f->col, knot, t);
        span[rv__isa_used()](out_col + i, a, place, (int)(end - i));
        row_polynomial(a, f, f->row, knot, t);
        span[rv__isa_used()](out_row + i, a, place, (int)(end - i));
    }
}

/* Knots whose spline reaches the interval [from, to] of output positions, clamped. */
static void reach(size_t *first, size_t *last, double from, double to, size_t n)
{
    double unused;
    *first = clamp(knot_below(&unused, from, n) - 1, n);
    *last = clamp(knot_below(&unused, to, n) + 2, n);
}

void rv__warpfield_range(double lo[2], double hi[2], const rv__warpfield *f, const double window[4])
{
    size_t i0, i1, j0, j1;
    const double left = (window[0] - f->col0) / f->step_px, top = (window[1] - f->row0) / f->step_px;
    reach(&i0, &i1, left, left + window[2] / f->step_px, f->nx);
    reach(&j0, &j1, top, top + window[3] / f->step_px, f->ny);
    for (int axis = 0; axis < 2; axis++) {
        const double *plane = axis ? f->row : f->col;
        lo[axis] = INFINITY;
        hi[axis] = -INFINITY;
        for (size_t j = j0; j <= j1; j++)
            for (size_t i = i0; i <= i1; i++) {
                lo[axis] = fmin(lo[axis], plane[j * f->nx + i]);
                hi[axis] = fmax(hi[axis], plane[j * f->nx + i]);
            }
    }
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Samples to cubic B-spline coefficients, the inverse filter of Unser, Aldroubi and Eden [unser1993]: one pole
 * z = sqrt 3 - 2, once forwards and once backwards along each axis.
 *
 * Down the columns the recursion is taken as it stands: a whole row is one vector step. Along a row it cannot be
 * vectorised; there the sum over z^|k| is cut behind |k| = 15 (z^16 = 7e-10) and falls apart into four factors:
 *     sum of z^k S^k, k < 16, = (1 + z S) (1 + z^2 S^2) (1 + z^4 S^4) (1 + z^8 S^8)      (S: one sample on)
 * which with their mirror images are symmetric sums of three samples each, 1 + a (S^s + S^-s), a = z^s / (1 + z^2s).
 * The last factor and the first step down the columns are one pass: a plane is read once and written twice. */
#include "raster/spline.h"

#include "base/isa.h"
#include "raster/taps.h"

#include <string.h>

enum { REACH = 15, HORIZON = 16 };

static const double pole = -0.26794919243112270647;

typedef struct factors {
    float a[4];            /* of distances 1, 2, 4, 8 */
    float gain[2];         /* of a single row; of rows whose columns are filtered too */
    float z, end;          /* the pole; start of the way back */
    float weight[HORIZON]; /* of the first rows in the start of the way down */
    size_t starts;
} factors;

/* Start value of the way down, eq. (2.9) of [unser1993] for the mirrored signal. */
static void set_start(factors *f, size_t h)
{
    double z[2 * HORIZON];
    z[0] = 1;
    for (size_t k = 1; k < 2 * HORIZON; k++)
        z[k] = z[k - 1] * pole;
    f->starts = h < HORIZON ? h : HORIZON;
    for (size_t k = 0; k < f->starts; k++)
        f->weight[k] = (float)(h > HORIZON              ? z[k]
                               : (k == 0 || k == h - 1) ? z[k] / (1 - z[2 * h - 2])
                                                        : (z[k] + z[2 * h - 2 - k]) / (1 - z[2 * h - 2]));
}

static void set_factors(factors *f, size_t h)
{
    double power = pole, gain = -6 * pole;
    for (int i = 0; i < 4; i++) {
        f->a[i] = (float)(power / (1 + power * power));
        gain *= 1 + power * power;
        power *= power;
    }
    f->gain[0] = (float)gain;
    f->gain[1] = (float)(6 * gain);
    f->z = (float)pole;
    f->end = (float)(pole / (pole * pole - 1));
    f->starts = 0;
    if (h > 1)
        set_start(f, h);
}

/* One factor: out[i] = in[i + s] + a (in[i] + in[i + 2 s]) */
RV__INLINE void factor_body(float *restrict out, const float *restrict in, float a, size_t s, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] = in[i + s] + a * (in[i] + in[i + 2 * s]);
}

RV__KERNEL(factor, factor_body, (float *restrict out, const float *restrict in, float a, size_t s, size_t n),
           (out, in, a, s, n));

/* The last factor, of distance 8, and the way down from the row above: k is a, gain, z. */
RV__INLINE void join_body(float *restrict out, const float *restrict in, const float *restrict above, const float *k,
                          size_t n)
{
    const float a = k[0], gain = k[1], z = k[2];
    for (size_t i = 0; i < n; i++)
        out[i] = gain * (in[i + 8] + a * (in[i] + in[i + 16])) + z * above[i];
}

RV__KERNEL(join, join_body,
           (float *restrict out, const float *restrict in, const float *restrict above, const float *k, size_t n),
           (out, in, above, k, n));

/* out = a * out + b * in */
RV__INLINE void blend_body(float *restrict out, const float *restrict in, float a, float b, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] = a * out[i] + b * in[i];
}

RV__KERNEL(blend, blend_body, (float *restrict out, const float *restrict in, float a, float b, size_t n),
           (out, in, a, b, n));

/* out = z * (below - out) */
RV__INLINE void back_body(float *restrict out, const float *restrict below, float z, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] = z * (below[i] - out[i]);
}

RV__KERNEL(back, back_body, (float *restrict out, const float *restrict below, float z, size_t n), (out, below, z, n));

/* The row that stands at scratch + REACH along itself, and one step down from above. */
static void filter_row(float *out, const float *above, size_t w, const factors *f, float *scratch)
{
    const rv__isa isa = rv__isa_used();
    float *a = scratch, *b = scratch + w + 2 * REACH;
    const float k[3] = { f->a[3], f->gain[f->starts > 0], f->z };
    rv__taps_mirror_ends(a + REACH, w, REACH);
    factor[isa](b, a, f->a[0], 1, w + 28);
    factor[isa](a, b, f->a[1], 2, w + 24);
    factor[isa](b, a, f->a[2], 4, w + 16);
    join[isa](out, b, above, k, w);
}

/* The first rows know of all above them, which is their mirror image. */
static void start(float *out, size_t stride, size_t w, const factors *f)
{
    const rv__isa isa = rv__isa_used();
    for (size_t k = 1; k < f->starts; k++)
        blend[isa](out, out + k * stride, k == 1 ? f->weight[0] : 1, f->weight[k], w);
    for (size_t r = 1; r < f->starts; r++)
        blend[isa](out + r * stride, out + (r - 1) * stride, 1, f->z, w);
}

size_t rv__spline_scratch(size_t w)
{
    return 3 * (w + 2 * REACH);
}

void rv__spline_coefficients(float *out, size_t stride, const rv__rows *in, const size_t size[2], float *scratch)
{
    const size_t w = size[0], h = size[1];
    const rv__isa isa = rv__isa_used();
    float *zeros = scratch + 2 * (w + 2 * REACH);
    factors f;
    set_factors(&f, h);
    memset(zeros, 0, w * sizeof *zeros);
    for (size_t r = 0; r < h; r++) {
        if (r == f.starts)
            start(out, stride, w, &f);
        rv__samples_load(scratch + REACH, in->v, in->type, in->at + r * in->stride, w);
        filter_row(out + r * stride, r == 0 || r < f.starts ? zeros : out + (r - 1) * stride, w, &f, scratch);
    }
    if (h == 1)
        return;
    if (h == f.starts)
        start(out, stride, w, &f);
    blend[isa](out + (h - 1) * stride, out + (h - 2) * stride, f.end, f.end * f.z, w);
    for (size_t r = h - 1; r-- > 0;)
        back[isa](out + r * stride, out + (r + 1) * stride, f.z, w);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Cross spectra and the surface over them. The maximum of S is found by Newton steps on S itself, whose slopes are sums
 * over the spectrum like S; they end where the upsampled transform [guizar2008] would at infinite sampling. */
#include "align/band.h"

#include "base/isa.h"
#include "base/mem.h"

#include <math.h>
#include <string.h>

enum { LANES = 16, SIDE_MAX = 4096, SUMS = 6, NEAR_PX = 3 };

static const double TAU = 6.28318530717958647692;
static const double BAND = .22;     /* cycles/px at which the frequency weight falls to 1/e */
static const double BAND_END = .45; /* and where it is cut off: 1.5 % */
static const double LOWEST = 1.5;   /* cycles a window: slower waves are haze and season */
static const double GRAIN =
    2.25; /* taper and cross product correlate neighbouring frequencies: variance of their sum */

/**
 * minus is -1, and not known to the compiler: gcc 12 makes fused instructions of a b + c d beside a b - c d, contraction
 * off or not.
 */
RV__INLINE void cross_body(float *sum, const float *m, const float *restrict r, size_t n, bool add, float minus)
{
    RV__APART
    for (size_t i = 0; i < n; i++) {
        const float re = m[2 * i] * r[2 * i] + m[2 * i + 1] * r[2 * i + 1];
        const float im = m[2 * i + 1] * r[2 * i] + m[2 * i] * (minus * r[2 * i + 1]);
        sum[2 * i] = add ? sum[2 * i] + re : re;
        sum[2 * i + 1] = add ? sum[2 * i + 1] + im : im;
    }
}

RV__INLINE void whiten_body(float *cross, const float *restrict weight, size_t n)
{
    RV__APART
    for (size_t i = 0; i < n; i++) {
        const float re = cross[2 * i], im = cross[2 * i + 1];
        const float w = weight[i] / sqrtf(re * re + im * im + 1e-37F);
        cross[2 * i] = re * w;
        cross[2 * i + 1] = im * w;
    }
}

/** The two in one pass. */
RV__INLINE void match_body(float *out, const float *m, const float *restrict r, const float *restrict weight, size_t n)
{
    RV__APART
    for (size_t i = 0; i < n; i++) {
        const float re = m[2 * i] * r[2 * i] + m[2 * i + 1] * r[2 * i + 1];
        const float im = m[2 * i + 1] * r[2 * i] - m[2 * i] * r[2 * i + 1];
        const float w = weight[i] / sqrtf(re * re + im * im + 1e-37F);
        out[2 * i] = re * w;
        out[2 * i + 1] = im * w;
    }
}

#define CROSS_PARAMS (float *sum, const float *m, const float *r, size_t n, bool add, float minus)
#define WHITEN_PARAMS (float *cross, const float *weight, size_t n)
#define MATCH_PARAMS (float *out, const float *m, const float *r, const float *weight, size_t n)
RV__KERNEL(cross_spectrum, cross_body, CROSS_PARAMS, (sum, m, r, n, add, minus));
RV__KERNEL(whiten, whiten_body, WHITEN_PARAMS, (cross, weight, n));
RV__KERNEL(match, match_body, MATCH_PARAMS, (out, m, r, weight, n));

/** Largest, sum and sum of squares of a run of samples. */
typedef struct run {
    float largest;
    double sum, sum2;
} run;

RV__INLINE void run_body(run *out, const float *v, size_t n)
{
    float top[LANES], sum[LANES] = { 0 }, sum2[LANES] = { 0 };
    for (size_t l = 0; l < LANES; l++)
        top[l] = -INFINITY;
    size_t i = 0;
    for (; i + LANES <= n; i += LANES)
        for (size_t l = 0; l < LANES; l++) {
            const float x = v[i + l];
            top[l] = x > top[l] ? x : top[l];
            sum[l] += x;
            sum2[l] += x * x;
        }
    for (size_t l = 0; i + l < n; l++) {
        const float x = v[i + l];
        top[l] = x > top[l] ? x : top[l];
        sum[l] += x;
        sum2[l] += x * x;
    }
    for (size_t l = 0; l < LANES; l++) {
        out->largest = top[l] > out->largest ? top[l] : out->largest;
        out->sum += (double)sum[l];
        out->sum2 += (double)sum2[l];
    }
}

RV__KERNEL(add_run, run_body, (run * out, const float *v, size_t n), (out, v, n));

/** What a pass over the rows of a spectrum needs: the phasors of rows and of columns at a displacement. */
typedef struct phases {
    const rv__band *band;
    const float *spectrum;
    float *sums;                                               /* SUMS * columns, 0 at first */
    float row_re[SIDE_MAX], row_im[SIDE_MAX], row_f[SIDE_MAX]; /* of height rows; frequency in radians a px */
    float col_re[SIDE_MAX / 2], col_im[SIDE_MAX / 2], col_f[SIDE_MAX / 2];
} phases;

/** Sums along the columns: of z = q e_row, f z and f^2 z, f the row's frequency, real and imaginary parts. */
RV__INLINE void slopes_body(const phases *p)
{
    const size_t n = p->band->columns, h = p->band->height;
    float *restrict s0 = p->sums, *restrict s1 = s0 + n, *restrict s2 = s1 + n;
    float *restrict s3 = s2 + n, *restrict s4 = s3 + n, *restrict s5 = s4 + n;
    for (size_t v = 0; v < h; v++) {
        if (!rv__band_has_row(p->band, v))
            continue;
        const float *restrict q = p->spectrum + 2 * v * p->band->pairs;
        const float er = p->row_re[v], ei = p->row_im[v], f = p->row_f[v];
        RV__APART
        for (size_t u = 0; u < n; u++) {
            const float re = q[2 * u] * er - q[2 * u + 1] * ei, im = q[2 * u] * ei + q[2 * u + 1] * er;
            s0[u] += re;
            s1[u] += im;
            s2[u] += f * re;
            s3[u] += f * im;
            s4[u] += f * f * re;
            s5[u] += f * f * im;
        }
    }
}

/** Sums along the columns of s = Im(q e_row e_col)^2, f s and f^2 s. */
RV__INLINE void noise_body(const phases *p)
{
    const size_t n = p->band->columns, h = p->band->height;
    float *restrict s0 = p->sums, *restrict s1 = s0 + n, *restrict s2 = s1 + n;
    for (size_t v = 0; v < h; v++) {
        if (!rv__band_has_row(p->band, v))
            continue;
        const float *restrict q = p->spectrum + 2 * v * p->band->pairs;
        const float er = p->row_re[v], ei = p->row_im[v], f = p->row_f[v];
        RV__APART
        for (size_t u = 0; u < n; u++) {
            const float re = q[2 * u] * er - q[2 * u + 1] * ei, im = q[2 * u] * ei + q[2 * u + 1] * er;
            const float side = re * p->col_im[u] + im * p->col_re[u], s = side * side;
            s0[u] += s;
            s1[u] += f * s;
            s2[u] += f * f * s;
        }
    }
}

RV__KERNEL(sum_slopes, slopes_body, (const phases *p), (p));
RV__KERNEL(sum_noise, noise_body, (const phases *p), (p));

/** Phasors exp(i f_k d) of the frequencies 0 ... n - 1 of a side; each is the last one turned on. */
static void turn_phasors(float *re, float *im, float *f, size_t n, size_t side, double d)
{
    const double step = TAU / (double)side, cr = cos(step * d), ci = sin(step * d);
    double r = 1, i = 0;
    for (size_t k = 0; k < n; k++) {
        re[k] = (float)r;
        im[k] = (float)i;
        f[k] = (float)(step * (double)k);
        const double was = r;
        r = was * cr - i * ci;
        i = was * ci + i * cr;
    }
}

static void phases_at(phases *p, float *sums, const float *spectrum, const rv__band *band, const double d[2])
{
    const size_t h = band->height;
    p->band = band;
    p->spectrum = spectrum;
    p->sums = sums;
    memset(sums, 0, SUMS * band->columns * sizeof *sums);
    turn_phasors(p->col_re, p->col_im, p->col_f, band->columns, band->width, d[0]);
    turn_phasors(p->row_re, p->row_im, p->row_f, band->rows, h, d[1]);
    for (size_t k = 1; k < band->rows; k++) {
        p->row_re[h - k] = p->row_re[k];
        p->row_im[h - k] = -p->row_im[k];
        p->row_f[h - k] = -p->row_f[k];
    }
}

void rv__band_slopes(double out[6], const float *spectrum, const rv__band *band, const double d[2])
{
    phases p;
    float sums[SUMS * SIDE_MAX / 2];
    const size_t n = band->columns;
    memset(out, 0, 6 * sizeof *out);
    phases_at(&p, sums, spectrum, band, d);
    sum_slopes[rv__isa_used()](&p);
    for (size_t u = 0; u < n; u++) {
        /* The half plane that is not stored holds the conjugates. */
        const double share = (u ? 2.0 : 1.0) / band->weight_sum, f = (double)p.col_f[u];
        const double er = share * (double)p.col_re[u], ei = share * (double)p.col_im[u];
        double z[SUMS];
        for (size_t k = 0; k < SUMS; k++)
            z[k] = (double)sums[k * n + u];
        const double re0 = z[0] * er - z[1] * ei, im0 = z[0] * ei + z[1] * er;
        const double re1 = z[2] * er - z[3] * ei, im1 = z[2] * ei + z[3] * er;
        out[0] += re0;
        out[1] -= f * im0;
        out[2] -= im1;
        out[3] -= f * f * re0;
        out[4] -= f * re1;
        out[5] -= z[4] * er - z[5] * ei;
    }
}

void rv__band_noise(double out[3], const float *spectrum, const rv__band *band, const double d[2])
{
    phases p;
    float sums[SUMS * SIDE_MAX / 2];
    const size_t n = band->columns;
    memset(out, 0, 3 * sizeof *out);
    phases_at(&p, sums, spectrum, band, d);
    sum_noise[rv__isa_used()](&p);
    for (size_t u = 0; u < n; u++) {
        const double share = (u ? 4.0 : 1.0) / (band->weight_sum * band->weight_sum), f = (double)p.col_f[u];
        out[0] += GRAIN * share * f * f * (double)sums[u];
        out[1] += GRAIN * share * f * (double)sums[n + u];
        out[2] += GRAIN * share * (double)sums[2 * n + u];
    }
}

bool rv__band_climb(double d[2], double s[6], const float *spectrum, const rv__band *band)
{
    enum { STEPS = 8 };
    const double from[2] = { d[0], d[1] };
    rv__band_slopes(s, spectrum, band, d);
    for (int i = 0; i < STEPS; i++) {
        const double det = s[3] * s[5] - s[4] * s[4];
        if (!(s[3] < 0 && det > 0))
            return false;
        const double dx = (s[4] * s[2] - s[5] * s[1]) / det, dy = (s[4] * s[1] - s[3] * s[2]) / det;
        const double length = hypot(dx, dy), brake = length > .5 ? .5 / length : 1;
        d[0] += brake * dx;
        d[1] += brake * dy;
        if (hypot(d[0] - from[0], d[1] - from[1]) > 1.5)
            return false;
        if (length < 2e-4) /* the next one would be its square */
            return true;
        rv__band_slopes(s, spectrum, band, d);
    }
    return true;
}

void rv__band_search(rv__peak *out, const float *plane, const rv__band *band, const int radius[2])
{
    const int w = (int)band->width, h = (int)band->height, rx = radius[0], ry = radius[1];
    const double scale = (double)(band->width * band->height) / band->weight_sum;
    float largest[SIDE_MAX], second = -INFINITY, top = -INFINITY;
    double sum = 0, sum2 = 0, n = (2.0 * rx + 1) * (2.0 * ry + 1);
    rv__peak p = { .height = -1 };
    for (int dy = -ry; dy <= ry; dy++) {
        const float *row = plane + (dy + h) % h * w;
        run r = { .largest = -INFINITY };
        add_run[rv__isa_used()](&r, row + w - rx, (size_t)rx);
        add_run[rv__isa_used()](&r, row, (size_t)rx + 1);
        largest[dy + ry] = r.largest;
        sum += r.sum;
        sum2 += r.sum2;
        if (r.largest > top) {
            top = r.largest;
            p.d[1] = dy;
        }
    }
    const float *row = plane + ((int)p.d[1] + h) % h * w;
    for (int dx = -rx; dx <= rx; dx++)
        if (row[(dx + w) % w] >= top) {
            p.d[0] = dx;
            break;
        }
    for (int dy = -ry; dy <= ry; dy++) {
        const int ty = dy - (int)p.d[1];
        if (ty > NEAR_PX || ty < -NEAR_PX) {
            second = fmaxf(second, largest[dy + ry]);
            continue;
        }
        for (int dx = -rx; dx <= rx; dx++) {
            const float v = plane[(dy + h) % h * w + (dx + w) % w];
            const int tx = dx - (int)p.d[0];
            if (tx * tx + ty * ty > NEAR_PX * NEAR_PX) {
                second = fmaxf(second, v);
                continue;
            }
            sum -= (double)v;
            sum2 -= (double)v * (double)v;
            n--;
        }
    }
    p.height = scale * (double)top;
    p.second = fmax(scale * (double)second, 0);
    p.sd = n > 1 ? scale * sqrt(fmax(sum2 / n - sum / n * (sum / n), 0)) : 0;
    *out = p;
}

void rv__band_match(float *out, const float *moving, const float *reference, const rv__band *band)
{
    match[rv__isa_used()](out, moving, reference, band->weight, band->numbers);
}

void rv__band_cross(float *sum, const float *moving, const float *reference, const rv__band *band, bool add)
{
    cross_spectrum[rv__isa_used()](sum, moving, reference, band->numbers, add, -1.0F);
}

void rv__band_whiten(float *cross, const rv__band *band)
{
    whiten[rv__isa_used()](cross, band->weight, band->numbers);
}

static void weigh(rv__band *b)
{
    for (size_t v = 0; v < b->height; v++)
        for (size_t u = 0; u < b->pairs; u++) {
            const double fy = (double)(v <= b->height / 2 ? v : b->height - v) / (double)b->height;
            const double fx = (double)u / (double)b->width, f2 = fx * fx + fy * fy;
            const double low = hypot(fx * (double)b->width, fy * (double)b->height);
            const bool in = f2 < BAND_END * BAND_END && low > LOWEST;
            const double weight = in ? exp(-f2 / (BAND * BAND)) : 0.0;
            b->weight[v * b->pairs + u] = (float)weight;
            b->weight_sum += (u ? 2.0 : 1.0) * weight;
        }
}

void rv__band_free(rv__band *b)
{
    if (!b)
        return;
    rv__free(b->weight);
    rv__free(b);
}

int rv__band_new(rv__band **out, size_t width, size_t height)
{
    rv__band *b = rv__alloc(1, sizeof *b);
    if (!b)
        return RV_ERR_NOMEM;
    b->width = width;
    b->height = height;
    b->pairs = width / 2 + 1;
    b->numbers = b->pairs * height;
    b->columns = ((size_t)(BAND_END * (double)width) + LANES) / LANES * LANES;
    b->rows = (size_t)(BAND_END * (double)height) + 1;
    b->weight = rv__alloc(b->numbers, sizeof *b->weight);
    if (!b->weight) {
        rv__band_free(b);
        return RV_ERR_NOMEM;
    }
    weigh(b);
    *out = b;
    return RV_OK;
}

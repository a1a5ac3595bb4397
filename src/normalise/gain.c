/* SPDX-License-Identifier: Apache-2.0 */
/* One robust line through the pairs of two images: how a scene must be scaled to match the temporal median.
 *
 * Orthogonal regression, because both images carry noise and a plain one would flatten the noisier scene a little more
 * in every round; weights (1 + (r / 1.5 s)^2)^-2 of the residual r, so that clouds, shadows and what was built weigh
 * nothing. Such weights need a start near the truth: the best of three lines by median residual (same medians and
 * spreads, same medians, unchanged). The covariance is the sandwich of the estimating equations, which stays right for
 * heavy tails [huber1964]; pairs are taken as independent, which holds for noise but not for the ground's own change. */
#include "normalise/gain.h"

#include "base/robust.h"

#include <math.h>
#include <string.h>

enum { PAIRS_MIN = 50, STEPS = 12 };

static const double tuning = 1.5; /* of the weight, in robust sd */
/* Residual over what it would be without any correlation rho: the root of 1 - rho, so .85 asks for rho > .28. */
static const double spread_left = .85;

typedef struct pairs {
    const float *x, *y;
    size_t n;
    double ratio; /* spread of y over that of x */
    float *scratch;
} pairs;

static double residual(const pairs *p, size_t i, double gain, double offset)
{
    return (double)p->y[i] - gain * (double)p->x[i] - offset;
}

static double weight(double r, double s)
{
    const double u = r / (tuning * s), d = 1 / (1 + u * u);
    return d * d;
}

static double spread(const pairs *p, double gain, double offset)
{
    for (size_t i = 0; i < p->n; i++)
        p->scratch[i] = (float)fabs(residual(p, i, gain, offset));
    return 1.4826 * (double)rv__median_f(p->scratch, p->n);
}

static void median_and_mad(double out[2], const float *v, size_t n, float *scratch)
{
    memcpy(scratch, v, n * sizeof *v);
    const float centre = rv__median_f(scratch, n);
    memcpy(scratch, v, n * sizeof *v);
    out[0] = (double)centre;
    out[1] = (double)rv__mad_f(scratch, n, centre);
}

/* Best of the three starts by median residual. */
static double start(rv__line *line, const pairs *p, const double x[2], const double y[2])
{
    const double tries[3][2] = { { p->ratio, y[0] - p->ratio * x[0] }, { 1, y[0] - x[0] }, { 1, 0 } };
    double best = INFINITY;
    for (int i = 0; i < 3; i++) {
        const double s = spread(p, tries[i][0], tries[i][1]);
        if (s < best) {
            best = s;
            line->gain = tries[i][0];
            line->offset = tries[i][1];
        }
    }
    return best;
}

typedef struct moments {
    double w, x, y, xx, yy, xy; /* sum of weights, means, central second moments */
} moments;

static moments weighted_moments(const pairs *p, const rv__line *line, double s)
{
    moments m = { 0, 0, 0, 0, 0, 0 };
    for (size_t i = 0; i < p->n; i++) {
        const double w = weight(residual(p, i, line->gain, line->offset), s);
        m.w += w;
        m.x += w * (double)p->x[i];
        m.y += w * (double)p->y[i];
    }
    m.x /= m.w;
    m.y /= m.w;
    for (size_t i = 0; i < p->n; i++) {
        const double w = weight(residual(p, i, line->gain, line->offset), s);
        const double dx = (double)p->x[i] - m.x, dy = (double)p->y[i] - m.y;
        m.xx += w * dx * dx;
        m.yy += w * dy * dy;
        m.xy += w * dx * dy;
    }
    return m;
}

/* Major axis of the weighted cloud in units where both spreads agree. @return 0 when the two do not rise together */
static int major_axis(double *gain, const moments *m, double ratio)
{
    const double xx = m->xx * ratio * ratio, xy = m->xy * ratio, d = m->yy - xx;
    if (!(xy > .1 * sqrt(xx * m->yy)) || !(xx > 0))
        return 0;
    *gain = ratio * (d + sqrt(d * d + 4 * xy * xy)) / (2 * xy);
    return 1;
}

/* (sum psi' a a')^-1 (sum psi^2 a a') (sum psi' a a')^-1 with a = (x*, 1), x* the abscissa of the pair's foot on the
 * line, psi = w r. */
static void sandwich(rv__line *line, const pairs *p)
{
    const double g = line->gain, k = g / (p->ratio * p->ratio + g * g);
    double h[3] = { 0, 0, 0 }, j[3] = { 0, 0, 0 }, centre = 0;
    for (size_t i = 0; i < p->n; i++)
        centre += (double)p->x[i] / (double)p->n;
    line->support = 0;
    for (size_t i = 0; i < p->n; i++) {
        const double r = residual(p, i, g, line->offset), w = weight(r, line->spread);
        const double u2 = r * r / (tuning * tuning * line->spread * line->spread);
        const double slope = w * (1 - 4 * u2 / (1 + u2)), psi2 = w * w * r * r; /* psi' and psi^2 */
        const double a = (double)p->x[i] + k * r - centre;
        const double terms[3] = { a * a, a, 1 };
        for (int t = 0; t < 3; t++) {
            h[t] += slope * terms[t];
            j[t] += psi2 * terms[t];
        }
        line->support += w;
    }
    const double det = h[0] * h[2] - h[1] * h[1];
    const double i0 = h[2] / det, i1 = -h[1] / det, i2 = h[0] / det; /* of h */
    const double gg = i0 * i0 * j[0] + 2 * i0 * i1 * j[1] + i1 * i1 * j[2];
    const double gc = i0 * i1 * j[0] + (i0 * i2 + i1 * i1) * j[1] + i1 * i2 * j[2];
    const double cc = i1 * i1 * j[0] + 2 * i1 * i2 * j[1] + i2 * i2 * j[2];
    /* back from the value at the centre to the offset at zero */
    line->cov[0] = gg;
    line->cov[1] = gc - centre * gg;
    line->cov[2] = cc - 2 * centre * gc + centre * centre * gg;
}

/* One step of reweighting. @return 0 when the weighted cloud has no direction */
static int step(rv__line *line, const pairs *p, const double limits[2], double s)
{
    const moments m = weighted_moments(p, line, s);
    double gain;
    if (!major_axis(&gain, &m, p->ratio))
        return 0;
    line->gain = fmin(fmax(gain, limits[0]), limits[1]);
    line->kept = line->gain != gain;
    line->offset = m.y - line->gain * m.x;
    return 1;
}

/* Spreads and medians made equal: all that images without a common pattern can tell of each other. */
static rv__line_kind match(rv__line *out, const pairs *p, const double limits[2], const double x[2], const double y[2])
{
    const double gain = fmin(fmax(p->ratio, limits[0]), limits[1]), offset = y[0] - gain * x[0];
    *out = (rv__line){ .gain = gain,
                       .offset = offset,
                       .cov = { NAN, NAN, NAN },
                       .spread = spread(p, gain, offset),
                       .support = (double)p->n,
                       .kept = gain < p->ratio || gain > p->ratio };
    return RV__LINE_MATCHED;
}

rv__line_kind rv__gain_fit(rv__line *out, const float *x, const float *y, size_t n, const double limits[2],
                           float *scratch)
{
    rv__line line = { .gain = 1 };
    pairs p = { x, y, n, 1, scratch };
    double of_x[2], of_y[2];
    if (n < PAIRS_MIN)
        return RV__LINE_NONE;
    median_and_mad(of_x, x, n, scratch);
    median_and_mad(of_y, y, n, scratch);
    if (!(of_x[1] > 0) || !(of_y[1] > 0))
        return RV__LINE_NONE;
    p.ratio = of_y[1] / of_x[1];
    /* Equal images have no residual at all; a millionth of the spread keeps the weights finite. */
    const double least = 1e-6 * of_y[1];
    double s = fmax(start(&line, &p, of_x, of_y), least);
    for (int i = 0; i < STEPS; i++) {
        if (!step(&line, &p, limits, s))
            return match(out, &p, limits, of_x, of_y);
        s = fmax(spread(&p, line.gain, line.offset), least);
    }
    /* Weights that follow a line find one in any cloud of points; it must also leave less than it set out with. */
    if (s > spread_left * hypot(of_y[1], line.gain * of_x[1]))
        return match(out, &p, limits, of_x, of_y);
    line.spread = s;
    sandwich(&line, &p);
    *out = line;
    return RV__LINE_FITTED;
}

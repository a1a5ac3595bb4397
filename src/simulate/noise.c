/* SPDX-License-Identifier: Apache-2.0 */
/* Fractal noise: octaves of random lattice values joined by cubic B-splines. The lattice values come from Philox with
 * the lattice point as the counter, so tiles drawn in any order meet without a seam. B-splines instead of the usual
 * smoothed linear joins of value noise: those leave the lattice visible as a faint plaid, which corner and line
 * detectors find. Gradient noise would need a rotation per octave for the same, at three times the cost. */
#include "simulate/noise.h"

#include <math.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/rng.h"

/* sd of uniform(-1, 1) lattice values after two-dimensional cubic B-spline weights, averaged over the cell: the mean of
 * the sum of squared weights is 151/315 along each axis. */
#define LATTICE_SD (0.57735026918962573 * 151.0 / 315.0)

typedef struct axis {
    long first; /* lattice index of item 0 */
    size_t n;   /* lattice items needed */
} axis;

static axis axis_of(double start, double step, size_t cells, double wavelength)
{
    const long lo = (long)floor(start / wavelength) - 1;
    const long hi = (long)floor((start + step * (double)(cells - 1)) / wavelength) + 2;
    return (axis){ lo, (size_t)(hi - lo + 1) };
}

static void spline_weights(float w[4], double t)
{
    const double s = 1.0 - t;
    w[0] = (float)(s * s * s / 6.0);
    w[1] = (float)((4.0 - 6.0 * t * t + 3.0 * t * t * t) / 6.0);
    w[2] = (float)((4.0 - 6.0 * s * s + 3.0 * s * s * s) / 6.0);
    w[3] = (float)(t * t * t / 6.0);
}

static void fill_lattice(float *lattice, axis ax, axis ay, const rv__fbm *f, int octave)
{
    const uint32_t key[2] = { f->seed, (f->purpose << 16) ^ (f->date + 1u) };
    for (size_t i = 0; i < ay.n; i++)
        for (size_t j = 0; j < ax.n; j++) {
            const uint32_t counter[4] = { (uint32_t)(ax.first + (long)j), (uint32_t)(ay.first + (long)i),
                                          (uint32_t)octave, 0x66426du };
            uint32_t u[4];
            rv__philox(u, counter, key);
            lattice[i * ax.n + j] = (float)((double)u[0] / 2147483648.0 - 1.0);
        }
}

/* Where along an axis item k stands: index of its first lattice item and the four weights. */
static size_t place(float w[4], axis a, double at, double wavelength)
{
    const double q = at / wavelength, base = floor(q);
    spline_weights(w, q - base);
    return (size_t)((long)base - 1 - a.first);
}

static int add_octave(float *out, const rv__fbm *f, const rv__cells *c, int octave, float amplitude)
{
    const double wavelength = f->wavelength_m / pow(2.0, octave);
    const axis ax = axis_of(c->x0_m, c->step_m, c->w, wavelength), ay = axis_of(c->y0_m, c->step_m, c->h, wavelength);
    float *lattice = rv__alloc(ax.n * ay.n, sizeof *lattice);
    float *line = rv__alloc(ax.n, sizeof *line);
    float *weight = rv__alloc(c->w * 4, sizeof *weight);
    size_t *first = rv__alloc(c->w, sizeof *first);
    int err = lattice && line && weight && first ? RV_OK : RV_ERR_NOMEM;
    if (err == RV_OK) {
        fill_lattice(lattice, ax, ay, f, octave);
        for (size_t j = 0; j < c->w; j++)
            first[j] = place(weight + 4 * j, ax, c->x0_m + c->step_m * (double)j, wavelength);
    }
    for (size_t i = 0; err == RV_OK && i < c->h; i++) {
        float v[4];
        const float *row = lattice + ax.n * place(v, ay, c->y0_m + c->step_m * (double)i, wavelength);
        for (size_t k = 0; k < ax.n; k++)
            line[k] = amplitude *
                      (v[0] * row[k] + v[1] * row[ax.n + k] + v[2] * row[2 * ax.n + k] + v[3] * row[3 * ax.n + k]);
        for (size_t j = 0; j < c->w; j++) {
            const float *w = weight + 4 * j, *p = line + first[j];
            out[i * c->w + j] += w[0] * p[0] + w[1] * p[1] + w[2] * p[2] + w[3] * p[3];
        }
    }
    rv__free(first);
    rv__free(weight);
    rv__free(line);
    rv__free(lattice);
    return err;
}

int rv__fbm_fill(float *out, const rv__fbm *fbm, const rv__cells *cells)
{
    double power = 0.0;
    for (int k = 0; k < fbm->octaves; k++)
        power += pow(fbm->gain, 2.0 * k);
    for (size_t i = 0; i < cells->w * cells->h; i++)
        out[i] = 0.0f;
    for (int k = 0; k < fbm->octaves; k++) {
        const double amplitude = pow(fbm->gain, k) / (LATTICE_SD * sqrt(power));
        const int err = add_octave(out, fbm, cells, k, (float)amplitude);
        if (err < 0)
            return err;
    }
    return RV_OK;
}

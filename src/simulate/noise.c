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

static double centre(double first, double k, double step)
{
    return (first + k + .5) * step;
}

static axis axis_of(double start, double step, size_t cells, double wavelength)
{
    const long lo = (long)floor(centre(start, 0, step) / wavelength) - 1;
    const long hi = (long)floor(centre(start, (double)(cells - 1), step) / wavelength) + 2;
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

/* Where along an axis a place lies: index of its first lattice item and the four weights. */
static size_t place(float w[4], axis a, double at, double wavelength)
{
    const double q = at / wavelength, base = floor(q);
    spline_weights(w, q - base);
    return (size_t)((long)base - 1 - a.first);
}

typedef struct octave {
    axis x, y;
    float *lattice, *line,
        *weight[4];      /* weights of each column, one plane a lattice item: loops over columns vectorise */
    size_t *first, *end; /* of each column: its first lattice item, and where the columns of the same end */
} octave;

static void release(octave *o)
{
    rv__free(o->lattice);
    rv__free(o->line);
    rv__free(o->weight[0]);
    rv__free(o->first);
    rv__free(o->end);
}

static int prepare(octave *o, const rv__fbm *f, const rv__cells *c, int number, double wavelength)
{
    o->x = axis_of(c->col0, c->step_m, c->w, wavelength);
    o->y = axis_of(c->row0, c->step_m, c->h, wavelength);
    o->lattice = rv__alloc(o->x.n * o->y.n, sizeof *o->lattice);
    o->line = rv__alloc(o->x.n, sizeof *o->line);
    o->weight[0] = rv__alloc(c->w * 4, sizeof *o->weight[0]);
    o->first = rv__alloc(c->w, sizeof *o->first);
    o->end = rv__alloc(c->w, sizeof *o->end);
    if (!o->lattice || !o->line || !o->weight[0] || !o->first || !o->end)
        return RV_ERR_NOMEM;
    fill_lattice(o->lattice, o->x, o->y, f, number);
    for (int k = 1; k < 4; k++)
        o->weight[k] = o->weight[0] + (size_t)k * c->w;
    for (size_t j = 0; j < c->w; j++) {
        float w[4];
        o->first[j] = place(w, o->x, centre(c->col0, (double)j, c->step_m), wavelength);
        for (int k = 0; k < 4; k++)
            o->weight[k][j] = w[k];
    }
    for (size_t j = c->w; j-- > 0;)
        o->end[j] = j + 1 < c->w && o->first[j + 1] == o->first[j] ? o->end[j + 1] : j + 1;
    return RV_OK;
}

/* The first octave sets what the others add to. */
static void add_row(float *restrict out, const octave *o, size_t w, bool set)
{
    const float *restrict w0 = o->weight[0], *restrict w1 = o->weight[1], *restrict w2 = o->weight[2],
                          *restrict w3 = o->weight[3];
    for (size_t j = 0; j < w; j = o->end[j]) {
        const float *p = o->line + o->first[j];
        const float a = p[0], b = p[1], c = p[2], d = p[3];
        if (set)
            for (size_t i = j; i < o->end[j]; i++)
                out[i] = w0[i] * a + w1[i] * b + w2[i] * c + w3[i] * d;
        else
            for (size_t i = j; i < o->end[j]; i++)
                out[i] += w0[i] * a + w1[i] * b + w2[i] * c + w3[i] * d;
    }
}

static int add_octave(float *out, const rv__fbm *f, const rv__cells *c, int number, float amplitude)
{
    const double wavelength = f->wavelength_m / pow(2.0, number);
    octave o = { .lattice = NULL };
    const int err = prepare(&o, f, c, number, wavelength);
    for (size_t i = 0; err == RV_OK && i < c->h; i++) {
        float v[4];
        const float *row = o.lattice + o.x.n * place(v, o.y, centre(c->row0, (double)i, c->step_m), wavelength);
        for (size_t k = 0; k < o.x.n; k++)
            o.line[k] = amplitude *
                        (v[0] * row[k] + v[1] * row[o.x.n + k] + v[2] * row[2 * o.x.n + k] + v[3] * row[3 * o.x.n + k]);
        add_row(out + i * c->w, &o, c->w, number == 0);
    }
    release(&o);
    return err;
}

rv__cells rv__cell_at(double x_m, double y_m)
{
    return (rv__cells){ x_m - .5, y_m - .5, 1.0, 1, 1 };
}

int rv__fbm_fill(float *out, const rv__fbm *fbm, const rv__cells *cells)
{
    double power = 0.0;
    for (int k = 0; k < fbm->octaves; k++)
        power += pow(fbm->gain, 2.0 * k);
    for (int k = 0; k < fbm->octaves; k++) {
        const double amplitude = pow(fbm->gain, k) / (LATTICE_SD * sqrt(power));
        const int err = add_octave(out, fbm, cells, k, (float)amplitude);
        if (err < 0)
            return err;
    }
    return RV_OK;
}

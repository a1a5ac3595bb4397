/* SPDX-License-Identifier: Apache-2.0 */
/* A pixel is the scene under optics and detector: along each axis Gaussian optics over a detector as wide as the pixel,
 * integrated exactly over every cell (the antiderivative of the error function is closed). Sampling goes down the columns
 * first, then along the rows, each pixel at its own place, so that shift, turn, smooth field and jitter are in the very
 * weights and no interpolation enters. Weights are tabled at 1/256 of a cell: .001 px at 4 cells a pixel. */
#include "simulate/sensor.h"

#include <math.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/rng.h"

static const rv__sensor sensors[] = {
    [RV_SENSOR_PS] = { "ps", { 0, 1, 2, 3 }, 4, 16, 10000, false, false },
    [RV_SENSOR_SN7] = { "sn7", { 2, 1, 0 }, 3, 8, 255, false, false },
    [RV_SENSOR_SKYSAT] = { "skysat", { 0, 1, 2, 3 }, 4, 16, 10000, false, true },
    [RV_SENSOR_GE] = { "ge", { 2, 1, 0 }, 3, 8, 255, false, true },
    [RV_SENSOR_S2] = { "s2", { 0, 1, 2, 3, 4 }, 5, 16, 10000, true, false },
};

const rv__sensor *rv__sensor_of(const rv_simulate_opts *opts)
{
    return &sensors[opts->sensor];
}

/* Integral of the normal distribution function: u Phi(u / s) + s phi(u / s) ... of sd s. */
static double ramp(double u, double s)
{
    const double q = u / s;
    return u * .5 * erfc(-q * .70710678118654752) + s * .39894228040143268 * exp(-.5 * q * q);
}

/* Share of a pixel centred at 0, h cells to either side, that comes from the cell [a, a + 1) under a Gaussian of sd s. */
static double gauss_share(double a, double h, double s)
{
    return (ramp(a + 1 + h, s) - ramp(a + 1 - h, s) - ramp(a + h, s) + ramp(a - h, s)) / (2 * h);
}

static double share(const rv_simulate_opts *o, double a, double sigma)
{
    const double h = o->oversample / 2.0;
    if (o->style == RV_STYLE_A)
        return gauss_share(a, h, sigma);
    /* A skirt of 12 % twice as wide, and a smear of a fifth of a pixel, as two looks. */
    const double smear = .1 * o->oversample;
    return .44 * (gauss_share(a - smear, h, sigma) + gauss_share(a + smear, h, sigma)) +
           .12 * gauss_share(a, h, 2 * sigma);
}

int rv__psf_make(rv__psf *out, const rv_simulate_opts *o, double sigma_px)
{
    const double sigma = sigma_px * o->oversample, skirt = o->style == RV_STYLE_B ? 5.2 : 3.4;
    const int reach = (int)fmin(ceil(skirt * sigma + o->oversample / 2.0), RV__TAPS_MAX / 2 - 1);
    rv__psf p = { (2 * reach + 2 + 3) / 4 * 4, reach, NULL }; /* whole fours, for the loops below */
    p.weight = rv__alloc((size_t)RV__PHASES * (size_t)p.taps, sizeof *p.weight);
    if (!p.weight)
        return RV_ERR_NOMEM;
    for (int k = 0; k < RV__PHASES; k++) {
        double sum = 0.0, value[RV__TAPS_MAX];
        for (int i = 0; i < p.taps; i++)
            sum += value[i] = share(o, i - reach - (double)k / RV__PHASES, sigma);
        for (int i = 0; i < p.taps; i++)
            p.weight[k * p.taps + i] = (float)(value[i] / sum);
    }
    *out = p;
    return RV_OK;
}

void rv__psf_release(rv__psf *psf)
{
    rv__free(psf->weight);
    psf->weight = NULL;
}

/* First cell (from the tile's first) and row of weights for a centre at `at` cells of the whole place's net. By whole numbers,
 * for floor is a call on the oldest x86-64; far makes them positive. */
static const float *weights(long *first, const rv__psf *p, double at, double tile_first)
{
    const int64_t far = 1 << 20, q = (int64_t)((at + (double)far) * RV__PHASES + .5);
    *first = (long)(q / RV__PHASES - far - (int64_t)tile_first) - p->reach;
    return p->weight + (size_t)(q % RV__PHASES) * (size_t)p->taps;
}

static const float *row_of(const float *plane, const rv__cells *c, long r)
{
    return plane + (size_t)(r < 0 ? 0 : r >= (long)c->h ? (long)c->h - 1 : r) * c->w;
}

/* Columns [begin, end) that share a place along y. */
typedef struct run {
    const float *w;
    long first;
    size_t begin, end;
} run;

/* Weighted sum of the run's rows of cells, four rows a pass. */
static void down(float *restrict out, const float *plane, const rv__cells *c, const run *r, int taps)
{
    for (size_t j = r->begin; j < r->end; j++)
        out[j] = 0.0f;
    for (int k = 0; k < taps; k += 4) {
        const float *restrict a = row_of(plane, c, r->first + k), *restrict b = row_of(plane, c, r->first + k + 1);
        const float *restrict d = row_of(plane, c, r->first + k + 2), *restrict e = row_of(plane, c, r->first + k + 3);
        const float wa = r->w[k], wb = r->w[k + 1], wd = r->w[k + 2], we = r->w[k + 3];
        for (size_t j = r->begin; j < r->end; j++)
            out[j] += (wa * a[j] + wb * b[j]) + (wd * d[j] + we * e[j]);
    }
}

/* Four sums side by side, so that additions need not wait for one another. */
static float across(const float *line, long n, long first, const float *w, int taps)
{
    float sum[4] = { 0.0f, 0.0f, 0.0f, 0.0f };
    if (first < 0 || first + taps > n)
        for (int k = 0; k < taps; k++)
            sum[k % 4] += w[k] * line[first + k < 0 ? 0 : first + k >= n ? n - 1 : first + k];
    else
        for (int k = 0; k < taps; k += 4)
            for (int i = 0; i < 4; i++)
                sum[i] += w[k + i] * line[first + k + i];
    return (sum[0] + sum[1]) + (sum[2] + sum[3]);
}

/* One row: down the columns in runs that share weights, by the place of the pixel above or below each; the field is
 * smooth, so its value there serves the few pixels around. */
static void sample_columns(float *line, const float *plane, const rv__cells *c, const rv__sights *sights,
                           const rv__sampling *s, int row)
{
    const rv__window sw = sights->window;
    const float *y = sights->y + (size_t)(row - sw.row0) * (size_t)sw.width;
    const size_t os = (size_t)s->oversample;
    run r = { NULL, 0, 0, 0 };
    for (size_t j = 0; j < c->w; j += os) {
        const double px = (c->col0 + (double)j + .5 * s->oversample) / s->oversample + s->shift_px;
        const int at = (int)(px + (1 << 20)) - (1 << 20) - sw.col0, col = at < 0           ? 0
                                                                          : at >= sw.width ? sw.width - 1
                                                                                           : at;
        long first;
        const float *w = weights(&first, s->psf, ((double)y[col] + s->move[1]) * s->oversample, c->row0);
        if (r.w && (w != r.w || first != r.first)) {
            r.end = j;
            down(line, plane, c, &r, s->psf->taps);
            r.begin = j;
        }
        r.w = w;
        r.first = first;
    }
    r.end = c->w;
    down(line, plane, c, &r, s->psf->taps);
}

int rv__psf_sample(float *out, const float *plane, const rv__cells *c, const rv__sights *sights, const rv__sampling *s)
{
    const rv__window w = s->window, sw = sights->window;
    float *line = rv__alloc(c->w, sizeof *line);
    if (!line)
        return RV_ERR_NOMEM;
    for (int i = 0; i < w.height; i++) {
        const float *x = sights->x + (size_t)(w.row0 + i - sw.row0) * (size_t)sw.width + (size_t)(w.col0 - sw.col0);
        sample_columns(line, plane, c, sights, s, w.row0 + i);
        for (int j = 0; j < w.width; j++) {
            long first;
            const float *f = weights(&first, s->psf, ((double)x[j] + s->move[0]) * s->oversample, c->col0);
            out[(size_t)i * (size_t)w.width + (size_t)j] = across(line, (long)c->w, first, f, s->psf->taps);
        }
    }
    rv__free(line);
    return RV_OK;
}

/* Newton's method on the distribution function; it converges from 0, for the function is concave on that side. */
static double quantile(double p)
{
    double x = 0.0;
    if (p > .5)
        return -quantile(1.0 - p);
    for (int k = 0; k < 60; k++) {
        const double step = (.5 * erfc(-x * .70710678118654752) - p) / (.39894228040143268 * exp(-.5 * x * x));
        x -= fmin(fmax(step, -1.0), 1.0);
    }
    return x;
}

void rv__normal_table(float out[RV__NORMALS + 1])
{
    for (int k = 0; k <= RV__NORMALS; k++)
        out[k] = (float)quantile(fmin(fmax((double)k, .25), RV__NORMALS - .25) / RV__NORMALS);
}

/* Four normals from one block of random bits, by quantiles: a third of the time that logarithms and sines take, and the same
 * bits whatever mathematics library. */
static void four_normals(float out[4], uint32_t col, uint32_t row, uint32_t set, const uint32_t key[2],
                         const float *normal)
{
    const uint32_t counter[4] = { col, row, set, 0x6e6f6973u };
    uint32_t u[4];
    rv__philox(u, counter, key);
    for (int k = 0; k < 4; k++) {
        const float *at = normal + (u[k] >> 20);
        const float part = (float)(u[k] & 0xfffffu) / 1048576.0f;
        out[k] = at[0] + part * (at[1] - at[0]);
    }
}

void rv__sensor_noise(float *const *plane, int n_bands, rv__window w, const rv_simulate_opts *o, int date,
                      const float *normal)
{
    const uint32_t key[2] = { (uint32_t)o->seed, ((uint32_t)RV__DRAW_NOISE << 16) ^ (uint32_t)(date + 1) };
    const float floor_var = (float)(.5 * o->noise * o->noise), light_var = (float)(.5 * o->noise * o->noise / .2);
    if (o->noise <= 0.0)
        return;
    for (int i = 0; i < w.height; i++)
        for (int j = 0; j < w.width; j++) {
            const size_t at = (size_t)i * (size_t)w.width + (size_t)j;
            float n[8];
            four_normals(n, (uint32_t)(w.col0 + j), (uint32_t)(w.row0 + i), 0, key, normal);
            if (n_bands > 4)
                four_normals(n + 4, (uint32_t)(w.col0 + j), (uint32_t)(w.row0 + i), 1, key, normal);
            for (int k = 0; k < n_bands; k++) {
                const float light = plane[k][at] > 0.0f ? plane[k][at] : 0.0f;
                plane[k][at] += n[k] * sqrtf(floor_var + light_var * light);
            }
        }
}

int rv__sensor_sharpen(float *plane, rv__window win, double weight)
{
    const size_t w = (size_t)win.width, h = (size_t)win.height;
    float *copy = rv__alloc(w * h, sizeof *copy);
    if (!copy)
        return RV_ERR_NOMEM;
    for (size_t i = 0; i < w * h; i++)
        copy[i] = plane[i];
    for (size_t i = 1; i + 1 < h; i++)
        for (size_t j = 1; j + 1 < w; j++) {
            const float *p = copy + i * w + j, *up = p - w, *down_ = p + w;
            const float mean =
                (4 * p[0] + 2 * (p[-1] + p[1] + up[0] + down_[0]) + up[-1] + up[1] + down_[-1] + down_[1]) / 16;
            plane[i * w + j] = p[0] + (float)weight * (p[0] - mean);
        }
    rv__free(copy);
    return RV_OK;
}

rv__tone rv__tone_of(const rv__sensor *sensor, const rv_simulate_opts *o, int date, int band)
{
    rv__tone t = { .scale = sensor->bits == 16 ? sensor->scale : 0.0, .shoulder = o->style == RV_STYLE_B };
    const double spread = o->sensor == RV_SENSOR_GE ? 1.0 : .35;
    rv__rng g;
    rv__rng_init(&g, (uint64_t)o->seed, (uint32_t)band, (uint32_t)date, RV__DRAW_STYLE);
    const double balance = exp(.05 * spread * rv__rng_normal(&g));
    rv__rng_init(&g, (uint64_t)o->seed, 99, (uint32_t)date, RV__DRAW_STYLE);
    /* Pictures for viewing have had their haze taken off and their contrast drawn out. */
    t.gain = (o->sensor == RV_SENSOR_GE ? 2.6 : 2.1) * balance * exp(.18 * spread * rv__rng_normal(&g));
    t.black = .006 * spread * rv__rng_normal(&g) - (o->sensor == RV_SENSOR_GE ? .035 : 0.0);
    return t;
}

/* sRGB [iec61966] in style A, a power of 1/1.8 with a soft shoulder in style B. */
float rv__tone_value(const rv__tone *t, float reflectance)
{
    if (t->scale > 0.0) {
        const float v = floorf(reflectance * (float)t->scale + .5f);
        return v < 1.0f ? 1.0f : v > 65535.0f ? 65535.0f : v;
    }
    const double linear = fmax(0.0, ((double)reflectance + t->black) * t->gain), v = pow(linear, 1 / 1.8);
    const double srgb = linear <= .0031308 ? 12.92 * linear : 1.055 * pow(linear, 1 / 2.4) - .055;
    return (float)fmin(255.0 * (t->shoulder ? 1.12 * v / (1.0 + .18 * v * v) : srgb), 255.0);
}

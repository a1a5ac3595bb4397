/* SPDX-License-Identifier: Apache-2.0 */
/* Iteratively reweighted multivariate alteration detection [nielsen2007]: in each pass the canonical correlations of two
 * images are found from covariances in which every pixel weighs as much as it is likely not to have changed; that likelihood
 * is the chi-square survival of its squared canonical differences over their variances in the pass before. The first pass
 * weighs all pixels alike and is MAD. Order and sign of the variates, and the end of the passes, are those of the author's
 * and M. Canty's programs.
 *
 * Moments are summed in the frame of the last variates (irmad_kernel.c says why) and brought back to the bands by the
 * inverse of their basis, which basis S basis' = 1 gives as S basis'. The first frame is that of a sample. Sums are made in SHARES of the blocks and joined in order, whatever the threads. */
#include "normalise/irmad_fit.h"

#include "base/error.h"
#include "base/linalg.h"
#include "base/mem.h"
#include "base/parallel.h"
#include "normalise/irmad_kernel.h"

#include <math.h>
#include <string.h>

enum { N = RV_BANDS_MAX, SHARES = 64, SAMPLE_RUNS = 256, RUN = RV__IRMAD_RUN };

#define PIVOT_MIN 1e-7        /* part of a band's variance that the bands before it leave */
#define FLAT 1e-14            /* variance over squared mean */
#define WEIGHT_PER_NUMBER 4.0 /* least sum of weights for each band of both images */

/* Moments of one image's bands and, for both, of one with the other. Matrices are row-major, k * k without gaps. */
typedef struct moments {
    double weight;
    double mean[2][N];
    double own[2][N * N]; /* covariances within each image */
    double cross[N * N];  /* first with second */
} moments;

typedef struct pass {
    const rv__irmad_store *store;
    const rv__irmad_frame *frame;
    double *sums; /* SHARES * size */
    size_t size;
} pass;

/* c = a b or, with t, a b'. All k * k. */
static void multiply(double *c, const double *a, const double *b, int k, bool t)
{
    for (int i = 0; i < k; i++)
        for (int j = 0; j < k; j++) {
            double sum = 0;
            for (int l = 0; l < k; l++)
                sum += a[i * k + l] * (t ? b[j * k + l] : b[l * k + j]);
            c[i * k + j] = sum;
        }
}

/* Lower L with L L' = S. @return -1, or the first band that is flat or follows from the bands before it */
static int cholesky(double *low, const double *s, int k)
{
    memset(low, 0, sizeof(double) * (size_t)(k * k));
    for (int i = 0; i < k; i++)
        for (int j = 0; j <= i; j++) {
            double sum = s[i * k + j];
            for (int l = 0; l < j; l++)
                sum -= low[i * k + l] * low[j * k + l];
            if (i == j && !(sum > PIVOT_MIN * s[i * k + i]))
                return i;
            low[i * k + j] = i == j ? sqrt(sum) : sum / low[j * k + j];
        }
    return -1;
}

/* ---- one pass ---- */

static int add_share(size_t share, size_t worker, void *user)
{
    const pass *p = user;
    const rv__irmad_store *s = p->store;
    const rv__isa isa = rv__isa_used();
    const float *planes[2 * N], *at[2 * N];
    float *room = rv__alloc(rv__irmad_store_room(s), sizeof *room);
    int err = room ? rv__stopping() : RV_ERR_NOMEM;
    (void)worker;
    for (size_t b = share * s->blocks / SHARES; b < (share + 1) * s->blocks / SHARES && err == RV_OK; b++) {
        if ((err = rv__irmad_store_block(planes, s, b, room)) < 0)
            break;
        for (size_t i = 0; i < s->stride; i += RUN) {
            for (int j = 0; j < 2 * s->bands; j++)
                at[j] = planes[j] + i;
            rv__irmad_add(isa, p->sums + share * p->size, at, s->valid + b * s->stride + i, p->frame);
        }
    }
    rv__free(room);
    return err;
}

/* Weight, means and covariances of the frame's variates u and differences d, in the places of the two images. */
static int moments_in_frame(moments *out, const rv__irmad_store *store, const rv__irmad_frame *frame)
{
    const int k = frame->bands, n = 2 * k;
    double first[2 * N], second[4 * N * N];
    pass p = { store, frame, NULL, rv__irmad_sums_size(k) };
    p.sums = rv__alloc(SHARES * p.size, sizeof *p.sums);
    const int err = p.sums ? rv__parallel_for(SHARES, add_share, &p) : RV_ERR_NOMEM;
    if (err == RV_OK) {
        for (size_t i = p.size; i < SHARES * p.size; i++)
            p.sums[i % p.size] += p.sums[i];
        const double w = out->weight = rv__irmad_sums_read(first, second, p.sums, k);
        for (int i = 0; i < n * n; i++)
            second[i] = second[i] / w - first[i / n] / w * (first[i % n] / w);
        for (int i = 0; i < k; i++) {
            out->mean[0][i] = first[i] / w;
            out->mean[1][i] = first[k + i] / w;
            for (int j = 0; j < k; j++) {
                out->own[0][i * k + j] = second[i * n + j];
                out->own[1][i * k + j] = second[(k + i) * n + k + j];
                out->cross[i * k + j] = second[i * n + k + j];
            }
        }
    }
    rv__free(p.sums);
    return err;
}

/* The way back from the kernel's frame: x = mean + inverse (u - shift), exactly what its floats say. */
typedef struct base {
    double mean[2][N], shift[2][N], inverse[2][N * N];
    double rest[N * N]; /* 1 + the frame's: v = rest u - d */
} base;

/* S12 = Suu R' - Sud, S22 = R Suu R' - R Sud - (R Sud)' + Sdd. */
static void moments_of_variates(moments *m, const base *f, int k)
{
    double mean[N] = { 0 }, uv[N * N], rud[N * N], rur[N * N];
    multiply(uv, m->own[0], f->rest, k, true);
    multiply(rur, f->rest, uv, k, false);
    multiply(rud, f->rest, m->cross, k, false);
    for (int i = 0; i < k; i++) {
        mean[i] = -m->mean[1][i];
        for (int j = 0; j < k; j++) {
            mean[i] += f->rest[i * k + j] * m->mean[0][j];
            m->own[1][i * k + j] += rur[i * k + j] - rud[i * k + j] - rud[j * k + i];
            m->cross[i * k + j] = uv[i * k + j] - m->cross[i * k + j];
        }
    }
    memcpy(m->mean[1], mean, sizeof mean);
}

static void moments_of_bands(moments *m, const base *f, int k)
{
    double half[N * N];
    moments_of_variates(m, f, k);
    for (int image = 0; image < 2; image++) {
        double mean[N] = { 0 };
        for (int j = 0; j < k; j++) {
            mean[j] = f->mean[image][j];
            for (int i = 0; i < k; i++)
                mean[j] += f->inverse[image][j * k + i] * (m->mean[image][i] - f->shift[image][i]);
        }
        memcpy(m->mean[image], mean, sizeof mean);
        multiply(half, f->inverse[image], m->own[image], k, false);
        multiply(m->own[image], half, f->inverse[image], k, true);
    }
    multiply(half, f->inverse[0], m->cross, k, false);
    multiply(m->cross, half, f->inverse[1], k, true);
}

/* Frame of basis (x - mean) in floats. The way back must invert those floats, not the doubles they were rounded from: a
 * step of Newton's X (2 - F X) from the inverse of the doubles, S basis', squares its error of 1e-7. */
static void set_image(rv__irmad_frame *out, base *f, int image, const double *mean, const double *basis)
{
    const int k = out->bands;
    double rounded[N * N], product[N * N], better[N * N] = { 0 }, *inverse = f->inverse[image];
    for (int i = 0; i < k; i++) {
        double shift = 0;
        out->mean[image][i] = (float)mean[i];
        f->mean[image][i] = (double)out->mean[image][i];
        for (int j = 0; j < k; j++) {
            out->basis[image][i][j] = (float)basis[i * k + j];
            rounded[i * k + j] = (double)out->basis[image][i][j];
            shift -= rounded[i * k + j] * (mean[j] - (double)(float)mean[j]);
        }
        out->shift[image][i] = (float)shift;
        f->shift[image][i] = (double)out->shift[image][i];
    }
    multiply(product, rounded, inverse, k, false);
    for (int i = 0; i < k * k; i++)
        product[i] = (i % (k + 1) == 0 ? 2 : 0) - product[i];
    multiply(better, inverse, product, k, false);
    memcpy(inverse, better, sizeof better);
    for (int i = 0; i < k * k; i++)
        product[i] = basis[i] - rounded[i];
    multiply(better, product, inverse, k, false); /* what rounding took, in terms of u or, next to it, v */
    for (int i = 0; i < k * k; i++)
        f->rest[i] += image ? -better[i] : better[i];
}

/* The variates of a fit, made from covariances `own`, as the next frame. */
static void set_frame(rv__irmad_frame *out, base *f, const rv_irmad *fit, const double own[2][N * N])
{
    const int k = out->bands;
    multiply(f->inverse[0], own[0], fit->a, k, true);
    multiply(f->inverse[1], own[1], fit->b, k, true);
    memset(f->rest, 0, sizeof f->rest);
    set_image(out, f, 0, fit->mean_a, fit->a);
    set_image(out, f, 1, fit->mean_b, fit->b);
    for (int i = 0; i < k * k; i++) {
        out->rest[i / k][i % k] = (float)f->rest[i];
        f->rest[i] = (double)out->rest[i / k][i % k] + (i % (k + 1) == 0);
    }
    for (int i = 0; i < k; i++)
        out->inverse_variance[i] = 1 / fmax(2 * (1 - fit->rho[i]), RV__IRMAD_VARIANCE_MIN);
}

/* ---- canonical correlations ---- */

/* First band that varies by no more than floats of its size tell apart, or -1. */
static int flat_band(const moments *m, int image, int k)
{
    for (int j = 0; j < k; j++)
        if (!(m->own[image][j * (k + 1)] > FLAT * m->mean[image][j] * m->mean[image][j]))
            return j;
    return -1;
}

static int singular(const char *image, int band, int passes)
{
    if (passes == 0)
        return rv__fail(RV_ERR_MISMATCH,
                        "band %d of the %s image is flat or follows from the bands before it; leave it out", band + 1,
                        image);
    return rv__fail(RV_ERR_MISMATCH,
                    "after %d passes band %d of the %s image is flat where nothing changed: is an area filled with one "
                    "value that is not marked as no data?",
                    passes, band + 1, image);
}

/* Rows of a and b to unit variance, positive correlation, and the sign that correlates a with its bands. */
static void finish_variate(rv_irmad *fit, const moments *m, const double *inverse, int i)
{
    const int k = fit->bands;
    double *a = fit->a + i * k, *b = fit->b + i * k, towards[N], together = 0, norm = 0;
    for (int j = 0; j < k; j++) {
        double s = 0;
        for (int l = 0; l < k; l++)
            s += m->own[0][j * k + l] * a[l];
        together += s / sqrt(m->own[0][j * k + j]);
    }
    for (int j = 0; j < k && together < 0; j++)
        a[j] = -a[j];
    for (int j = 0; j < k; j++) {
        towards[j] = 0;
        for (int l = 0; l < k; l++)
            towards[j] += m->cross[l * k + j] * a[l];
    }
    for (int j = 0; j < k; j++) {
        b[j] = 0;
        for (int l = 0; l < k; l++)
            b[j] += inverse[j * k + l] * towards[l];
        norm += b[j] * towards[j];
    }
    /* norm is rho^2: b = S22^-1 S21 a / rho */
    for (int j = 0; j < k; j++)
        b[j] /= sqrt(fmax(norm, 1e-30));
}

static int solve(rv_irmad *fit, const moments *m)
{
    const int k = fit->bands;
    double low[N * N], inverse[N * N], half[N * N], s[N * N], square[N], zero[N] = { 0 }, x[N];
    int err, band;
    for (int image = 0; image < 2; image++)
        if ((band = flat_band(m, image, k)) >= 0 || (band = cholesky(low, m->own[image], k)) >= 0)
            return singular(image ? "second" : "first", band, fit->iterations);
    if ((err = rv__solve_spd(x, inverse, m->own[1], zero, (size_t)k)) < 0)
        return err;
    multiply(half, m->cross, inverse, k, false);
    multiply(s, half, m->cross, k, true);
    for (int i = 0; i < k; i++)
        for (int j = 0; j < i; j++)
            s[i * k + j] = s[j * k + i] = (s[i * k + j] + s[j * k + i]) / 2;
    if ((err = rv__eigen_sym(square, fit->a, s, m->own[0], (size_t)k)) < 0)
        return err;
    for (int i = 0; i < k; i++) {
        fit->rho[i] = sqrt(fmin(fmax(square[i], 0), 1));
        finish_variate(fit, m, inverse, i);
    }
    memcpy(fit->mean_a, m->mean[0], sizeof fit->mean_a);
    memcpy(fit->mean_b, m->mean[1], sizeof fit->mean_b);
    return RV_OK;
}

/* ---- the sample before the first pass ---- */

static void add_sample(moments *m, const float *const *planes, const uint8_t *valid, size_t from, int k)
{
    for (size_t i = from; i < from + RUN; i++) {
        double d[2][N];
        if (!valid[i])
            continue;
        m->weight += 1;
        for (int image = 0; image < 2; image++)
            for (int a = 0; a < k; a++) /* from the mean of those before: Welford's update */
                d[image][a] = (double)planes[image * k + a][i] - m->mean[image][a];
        for (int a = 0; a < k; a++)
            for (int b = 0; b < k; b++) {
                m->own[0][a * k + b] += d[0][a] * d[0][b] * (m->weight - 1) / m->weight;
                m->own[1][a * k + b] += d[1][a] * d[1][b] * (m->weight - 1) / m->weight;
                m->cross[a * k + b] += d[0][a] * d[1][b] * (m->weight - 1) / m->weight;
            }
        for (int image = 0; image < 2; image++)
            for (int a = 0; a < k; a++)
                m->mean[image][a] += d[image][a] / m->weight;
    }
}

static int take_sample(moments *m, const rv__irmad_store *s)
{
    const size_t each = s->stride / RUN, runs = s->blocks * each, step = runs < SAMPLE_RUNS ? 1 : runs / SAMPLE_RUNS;
    const float *planes[2 * N];
    float *room = rv__alloc(rv__irmad_store_room(s), sizeof *room);
    int err = room ? RV_OK : RV_ERR_NOMEM;
    memset(m, 0, sizeof *m);
    for (size_t r = step / 2; r < runs && err == RV_OK; r += step)
        if (memchr(s->valid + r / each * s->stride + r % each * RUN, 1, RUN) &&
            (err = rv__irmad_store_block(planes, s, r / each, room)) == RV_OK)
            add_sample(m, planes, s->valid + r / each * s->stride, r % each * RUN, s->bands);
    rv__free(room);
    for (int i = 0; i < s->bands * s->bands; i++) {
        m->own[0][i] /= fmax(m->weight, 1);
        m->own[1][i] /= fmax(m->weight, 1);
        m->cross[i] /= fmax(m->weight, 1);
    }
    return err;
}

/* The sample's own variates; where it has none, bands of unit variance: then whatever is wrong shows in the first pass. */
static void frame_of_sample(rv__irmad_frame *out, base *f, moments *m)
{
    const int k = out->bands;
    rv_irmad fit = { .bands = k };
    if (solve(&fit, m) == RV_OK) {
        set_frame(out, f, &fit, m->own);
        return;
    }
    fit = (rv_irmad){ .bands = k };
    memcpy(fit.mean_a, m->mean[0], sizeof fit.mean_a);
    memcpy(fit.mean_b, m->mean[1], sizeof fit.mean_b);
    for (int i = 0; i < k * k; i++)
        for (int image = 0; image < 2; image++) {
            const bool diagonal = i % (k + 1) == 0;
            m->own[image][i] = !diagonal ? 0 : m->own[image][i] > 0 ? m->own[image][i] : 1;
            (image ? fit.b : fit.a)[i] = diagonal ? 1 / sqrt(m->own[image][i]) : 0;
        }
    set_frame(out, f, &fit, m->own);
}

/* ---- entry ---- */

static int check_enough(double weight, int bands, double pixels)
{
    if (weight > WEIGHT_PER_NUMBER * 2 * bands)
        return RV_OK;
    if (weight < pixels)
        return rv__fail(RV_ERR_NODATA, "hardly any of the %.0f pixels seen in both images is left unchanged", pixels);
    return rv__fail(RV_ERR_NODATA, "%.0f pixels are valid in both images, at least %d needed", pixels,
                    (int)WEIGHT_PER_NUMBER * 2 * bands + 1);
}

static int next_pass(rv_irmad *fit, rv__irmad_frame *frame, base *f, const rv__irmad_store *store)
{
    const int k = fit->bands;
    moments m = { 0 };
    double before[N];
    int err;
    memcpy(before, fit->rho, sizeof before);
    if ((err = moments_in_frame(&m, store, frame)) < 0)
        return err;
    fit->pixels = frame->weighted ? fit->pixels : m.weight;
    fit->unchanged = m.weight;
    if ((err = check_enough(m.weight, k, fit->pixels)) < 0)
        return err;
    moments_of_bands(&m, f, k);
    if ((err = solve(fit, &m)) < 0)
        return err;
    fit->iterations++;
    fit->last_step = 0;
    for (int i = 0; i < k; i++)
        fit->last_step = fmax(fit->last_step, fabs(fit->rho[i] - before[i]));
    set_frame(frame, f, fit, m.own);
    frame->weighted = true;
    return RV_OK;
}

int rv__irmad_fit(rv_irmad *out, const rv__irmad_store *store, const rv_irmad_opts *o)
{
    rv_irmad fit = { .bands = store->bands };
    rv__irmad_frame frame = { .bands = store->bands };
    base f;
    moments sample;
    int err;
    if ((err = take_sample(&sample, store)) < 0)
        return err;
    frame_of_sample(&frame, &f, &sample);
    do {
        if ((err = rv__progress("irmad", (double)fit.iterations / o->iterations)) < 0 ||
            (err = next_pass(&fit, &frame, &f, store)) < 0)
            return err;
        fit.converged = fit.last_step <= o->tolerance;
    } while (!fit.converged && fit.iterations < o->iterations);
    *out = fit;
    return rv__progress("irmad", 1);
}

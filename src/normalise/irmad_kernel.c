/* SPDX-License-Identifier: Apache-2.0 */
/* The two loops of IR-MAD over pixels.
 *
 * The pass sums weighted products of the variates of the last pass, not of the bands: those of the first image, which have
 * unit variance and next to no correlation, and their differences from the second, which are small where 1 - rho is. Every
 * sum then has a small relative error even if it is made of floats within a run (across runs sums are doubles), and so has
 * 1 - rho, which products of both images' variates would lose where rho is nearly 1.
 * Vectors have eight lanes whatever the machine, so that every instruction set gives the same bits. The final variates,
 * which are written, are made in double from the values as read. */
#include "normalise/irmad_kernel.h"

#include "normalise/survival.h"

#include <string.h>

enum { RUN = RV__IRMAD_RUN, LANES = RV__IRMAD_LANES, ROWS = 2 * RV__IRMAD_BANDS, TILE = 4, DIAGONAL = 10, BESIDE = 16 };

typedef float vec __attribute__((vector_size(LANES * sizeof(float))));
typedef double dvec __attribute__((vector_size(LANES * sizeof(double))));

typedef struct rows {
    _Alignas(64) float v[ROWS][RUN];
} rows;

static int padded(int n)
{
    return (n + TILE - 1) / TILE * TILE;
}

size_t rv__irmad_sums_size(int bands)
{
    const size_t variates = (size_t)padded(2 * bands), groups = variates / TILE;
    return LANES * (1 + variates + groups * DIAGONAL + groups * (groups - 1) / 2 * BESIDE);
}

RV__INLINE void load(vec *out, const float *from)
{
    memcpy(out, from, sizeof *out);
}

RV__INLINE void store(float *to, const vec *v)
{
    memcpy(to, v, sizeof *v);
}

RV__INLINE void add_lanes(double *sums, const vec *v)
{
    for (int l = 0; l < LANES; l++)
        sums[l] += (double)(*v)[l];
}

/* Rows of image 0 or 1: u = basis (x - mean) + shift, four at a time; rows beyond the bands come out as 0. */
RV__INLINE void turn(rows *out, const float *const *x, const rv__irmad_frame *f, int image, int k)
{
    const float *mean = f->mean[image];
    const int first = image * k;
    for (int i = 0; i < k; i += TILE) {
        const float(*t)[RV__IRMAD_BANDS] = f->basis[image] + i;
        for (int l = 0; l < RUN; l += LANES) {
            vec u0 = { 0 }, u1 = { 0 }, u2 = { 0 }, u3 = { 0 };
            u0 += f->shift[image][i];
            u1 += f->shift[image][i + 1];
            u2 += f->shift[image][i + 2];
            u3 += f->shift[image][i + 3];
            for (int j = 0; j < k; j++) {
                vec v;
                load(&v, x[j] + l);
                v -= mean[j];
                u0 += v * t[0][j];
                u1 += v * t[1][j];
                u2 += v * t[2][j];
                u3 += v * t[3][j];
            }
            store(out->v[first + i] + l, &u0);
            store(out->v[first + i + 1] + l, &u1);
            store(out->v[first + i + 2] + l, &u2);
            store(out->v[first + i + 3] + l, &u3);
        }
    }
}

/* d in the place of v. */
RV__INLINE void subtract(rows *u, const rv__irmad_frame *f, int k)
{
    for (int i = 0; i < k; i++) {
        const float *c = f->rest[i];
        for (int l = 0; l < RUN; l += LANES) {
            vec d, v, lost = { 0 };
            load(&d, u->v[i] + l);
            load(&v, u->v[k + i] + l);
            d -= v;
            for (int j = 0; j < k; j++) {
                load(&v, u->v[j] + l);
                lost += v * c[j];
            }
            d += lost;
            store(u->v[k + i] + l, &d);
        }
    }
}

RV__INLINE void weigh(float *w, const rows *u, const uint8_t *valid, const rv__irmad_frame *f, int k)
{
    double chi2[RUN], p[RUN];
    for (int l = 0; l < RUN; l += LANES) {
        dvec sum = { 0 };
        for (int i = 0; i < k; i++) {
            vec d;
            load(&d, u->v[k + i] + l);
            sum += __builtin_convertvector(d * d, dvec) * f->inverse_variance[i];
        }
        memcpy(chi2 + l, &sum, sizeof sum);
    }
    rv__chi2_above(p, chi2, RUN, k);
    for (int l = 0; l < RUN; l++)
        w[l] = (float)p[l] * (float)valid[l];
}

/* Products of four rows with each other: the upper triangle. */
RV__INLINE void add_diagonal(double *sums, const rows *wu, const rows *u, int i)
{
    vec s[DIAGONAL];
    memset(s, 0, sizeof s);
    for (int l = 0; l < RUN; l += LANES) {
        vec a0, a1, a2, a3, b0, b1, b2, b3;
        load(&a0, wu->v[i] + l), load(&a1, wu->v[i + 1] + l), load(&a2, wu->v[i + 2] + l), load(&a3, wu->v[i + 3] + l);
        load(&b0, u->v[i] + l), load(&b1, u->v[i + 1] + l), load(&b2, u->v[i + 2] + l), load(&b3, u->v[i + 3] + l);
        s[0] += a0 * b0, s[1] += a0 * b1, s[2] += a0 * b2, s[3] += a0 * b3;
        s[4] += a1 * b1, s[5] += a1 * b2, s[6] += a1 * b3;
        s[7] += a2 * b2, s[8] += a2 * b3, s[9] += a3 * b3;
    }
    for (int p = 0; p < DIAGONAL; p++)
        add_lanes(sums + p * LANES, &s[p]);
}

/* Products of four rows with four others, in two halves: eight sums and six operands fit the registers of AVX2. */
RV__INLINE void add_beside(double *sums, const rows *wu, const rows *u, int i, int j)
{
    for (int half = 0; half < 4; half += 2) {
        vec s[BESIDE / 2];
        memset(s, 0, sizeof s);
        for (int l = 0; l < RUN; l += LANES) {
            vec a0, a1, b0, b1, b2, b3;
            load(&a0, wu->v[i + half] + l), load(&a1, wu->v[i + half + 1] + l);
            load(&b0, u->v[j] + l), load(&b1, u->v[j + 1] + l), load(&b2, u->v[j + 2] + l), load(&b3, u->v[j + 3] + l);
            s[0] += a0 * b0, s[1] += a0 * b1, s[2] += a0 * b2, s[3] += a0 * b3;
            s[4] += a1 * b0, s[5] += a1 * b1, s[6] += a1 * b2, s[7] += a1 * b3;
        }
        for (int p = 0; p < BESIDE / 2; p++)
            add_lanes(sums + (half * TILE + p) * LANES, &s[p]);
    }
}

RV__INLINE void add_bands(double *sums, const float *const *x, const uint8_t *valid, const rv__irmad_frame *f, int k)
{
    rows u, wu;
    float w[RUN];
    const int all = padded(2 * k);
    turn(&u, x, f, 0, k);
    turn(&u, x + k, f, 1, k); /* over the rows that the first left empty */
    subtract(&u, f, k);
    if (f->weighted)
        weigh(w, &u, valid, f, k);
    else
        for (int l = 0; l < RUN; l++)
            w[l] = (float)valid[l];
    vec weight = { 0 };
    for (int l = 0; l < RUN; l += LANES) {
        vec v;
        load(&v, w + l);
        weight += v;
    }
    add_lanes(sums, &weight);
    sums += LANES;
    for (int i = 0; i < all; i++, sums += LANES) {
        vec s = { 0 };
        for (int l = 0; l < RUN; l += LANES) {
            vec a, b;
            load(&a, u.v[i] + l);
            load(&b, w + l);
            a *= b;
            store(wu.v[i] + l, &a);
            s += a;
        }
        add_lanes(sums, &s);
    }
    for (int i = 0; i < all; i += TILE) {
        add_diagonal(sums, &wu, &u, i);
        sums += DIAGONAL * LANES;
        for (int j = i + TILE; j < all; j += TILE, sums += BESIDE * LANES)
            add_beside(sums, &wu, &u, i, j);
    }
}
/* With the number of bands known loops unroll: a third of the time for the common ones. */
RV__INLINE void add_body(double *sums, const float *const *x, const uint8_t *valid, const rv__irmad_frame *f)
{
    if (f->bands == 4)
        add_bands(sums, x, valid, f, 4);
    else if (f->bands == 3)
        add_bands(sums, x, valid, f, 3);
    else
        add_bands(sums, x, valid, f, f->bands);
}
RV__KERNEL(add, add_body, (double *sums, const float *const *x, const uint8_t *valid, const rv__irmad_frame *f),
           (sums, x, valid, f));

void rv__irmad_add(rv__isa isa, double *sums, const float *const *x, const uint8_t *valid, const rv__irmad_frame *frame)
{
    add[isa](sums, x, valid, frame);
}

static double lanes(const double **sums)
{
    double s = 0;
    for (int l = 0; l < LANES; l++)
        s += (*sums)[l];
    *sums += LANES;
    return s;
}

/* One tile of products, rows i and columns j on; @return what follows it */
static const double *read_tile(double *second, const double *sums, int i, int j, int n)
{
    for (int a = i; a < i + TILE; a++)
        for (int b = i == j ? a : j; b < j + TILE; b++) {
            const double s = lanes(&sums);
            if (a < n && b < n)
                second[a * n + b] = second[b * n + a] = s;
        }
    return sums;
}

double rv__irmad_sums_read(double *first, double *second, const double *sums, int bands)
{
    const int n = 2 * bands, all = padded(n);
    const double weight = lanes(&sums);
    for (int i = 0; i < all; i++) {
        const double s = lanes(&sums);
        if (i < n)
            first[i] = s;
    }
    for (int i = 0; i < all; i += TILE)
        for (int j = i; j < all; j += TILE)
            sums = read_tile(second, sums, i, j, n);
    return weight;
}

/* Difference of the variates i of both images. */
RV__INLINE void difference(double *d, const float *const *x, const rv_irmad *fit, int i)
{
    const int k = fit->bands;
    for (int l = 0; l < RUN; l += LANES) {
        dvec s = { 0 };
        for (int j = 0; j < k; j++) {
            vec xa, xb;
            load(&xa, x[j] + l);
            load(&xb, x[k + j] + l);
            s += (__builtin_convertvector(xa, dvec) - fit->mean_a[j]) * fit->a[i * k + j];
            s -= (__builtin_convertvector(xb, dvec) - fit->mean_b[j]) * fit->b[i * k + j];
        }
        memcpy(d + l, &s, sizeof s);
    }
}

RV__INLINE void variates_body(float *out, const float *const *x, const rv_irmad *fit)
{
    double d[RUN], chi2[RUN], p[RUN];
    for (int l = 0; l < RUN; l++)
        chi2[l] = 0;
    for (int i = 0; i < fit->bands; i++, out += RUN) {
        const double inverse_variance = 1 / fmax(2 * (1 - fit->rho[i]), RV__IRMAD_VARIANCE_MIN);
        difference(d, x, fit, i);
        for (int l = 0; l < RUN; l++) {
            out[l] = (float)d[l];
            chi2[l] += d[l] * d[l] * inverse_variance;
        }
    }
    rv__chi2_above(p, chi2, RUN, fit->bands);
    for (int l = 0; l < RUN; l++) {
        out[l] = (float)chi2[l];
        out[RUN + l] = (float)p[l];
    }
}
RV__KERNEL(variates, variates_body, (float *out, const float *const *x, const rv_irmad *fit), (out, x, fit));

void rv__irmad_variates(rv__isa isa, float *out, const float *const *x, const rv_irmad *fit)
{
    variates[isa](out, x, fit);
}

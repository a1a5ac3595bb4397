/* SPDX-License-Identifier: Apache-2.0 */
/* IR-MAD the slow, obvious way [nielsen2007]: double precision, plain loops, moments of the bands as they are, the
 * eigenvalues by Jacobi's rotations of L^-1 S12 S22^-1 S21 L^-T with L L' = S11, the chi-square survival by the functions
 * of the C library. Pixels without validity are not looked at. */
#ifndef RV_TEST_IRMAD_SLOW_H
#define RV_TEST_IRMAD_SLOW_H

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <revisit/irmad.h>

enum { SLOW_MAX = 8 };
typedef double slow_matrix[SLOW_MAX][SLOW_MAX];

static inline double slow_survival(double x, int freedom)
{
    const double h = x / 2;
    double sum = 0;
    for (int j = 0; j < freedom / 2; j++) {
        const double e = j + (freedom % 2 ? .5 : 0);
        sum += h > 0 ? exp(e * log(h) - h - lgamma(e + 1)) : e > 0 ? 0 : 1;
    }
    return sum + (freedom % 2 ? erfc(sqrt(h)) : 0);
}

static inline void slow_cholesky(slow_matrix low, slow_matrix s, int k)
{
    memset(low, 0, sizeof(slow_matrix));
    for (int i = 0; i < k; i++)
        for (int j = 0; j <= i; j++) {
            double sum = s[i][j];
            for (int l = 0; l < j; l++)
                sum -= low[i][l] * low[j][l];
            low[i][j] = i == j ? sqrt(sum) : sum / low[j][j];
        }
}

/* x with L L' x = y */
static inline void slow_solve(double *x, slow_matrix low, const double *y, int k)
{
    for (int i = 0; i < k; i++) {
        x[i] = y[i];
        for (int l = 0; l < i; l++)
            x[i] -= low[i][l] * x[l];
        x[i] /= low[i][i];
    }
    for (int i = k - 1; i >= 0; i--) {
        for (int l = i + 1; l < k; l++)
            x[i] -= low[l][i] * x[l];
        x[i] /= low[i][i];
    }
}

/* Eigenvalues on the diagonal of m, vectors in the columns of v. */
static inline void slow_jacobi(slow_matrix m, slow_matrix v, int k)
{
    memset(v, 0, sizeof(slow_matrix));
    for (int i = 0; i < k; i++)
        v[i][i] = 1;
    for (int sweep = 0; sweep < 60; sweep++)
        for (int p = 0; p < k; p++)
            for (int q = p + 1; q < k; q++) {
                if (fabs(m[p][q]) < 1e-300)
                    continue;
                const double theta = (m[q][q] - m[p][p]) / (2 * m[p][q]);
                const double t = (theta < 0 ? -1 : 1) / (fabs(theta) + sqrt(theta * theta + 1));
                const double c = 1 / sqrt(t * t + 1), s = t * c;
                for (int i = 0; i < k; i++) {
                    const double a = m[i][p], b = m[i][q];
                    m[i][p] = c * a - s * b;
                    m[i][q] = s * a + c * b;
                }
                for (int i = 0; i < k; i++) {
                    const double a = m[p][i], b = m[q][i];
                    m[p][i] = c * a - s * b;
                    m[q][i] = s * a + c * b;
                }
                for (int i = 0; i < k; i++) {
                    const double a = v[i][p], b = v[i][q];
                    v[i][p] = c * a - s * b;
                    v[i][q] = s * a + c * b;
                }
            }
}

typedef struct slow_moments {
    double mean[2 * SLOW_MAX], s[2 * SLOW_MAX][2 * SLOW_MAX];
} slow_moments;

static inline double slow_value(const rv_irmad_pair *p, int band, size_t i)
{
    return (double)(band < p->bands ? p->a[(size_t)band * p->n + i] : p->b[(size_t)(band - p->bands) * p->n + i]);
}

static inline void slow_weigh(slow_moments *m, const rv_irmad_pair *p, const double *w)
{
    const int n = 2 * p->bands;
    double sum = 0;
    memset(m, 0, sizeof *m);
    for (size_t i = 0; i < p->n; i++) {
        sum += w[i];
        for (int a = 0; a < n && w[i] > 0; a++)
            m->mean[a] += w[i] * slow_value(p, a, i);
    }
    for (int a = 0; a < n; a++)
        m->mean[a] /= sum;
    for (size_t i = 0; i < p->n; i++)
        for (int a = 0; a < n && w[i] > 0; a++)
            for (int b = 0; b < n; b++)
                m->s[a][b] += w[i] * (slow_value(p, a, i) - m->mean[a]) * (slow_value(p, b, i) - m->mean[b]) / sum;
}

static inline void slow_variates(rv_irmad *fit, const slow_moments *m)
{
    const int k = fit->bands;
    slow_matrix s11, s22, l1, l2, x, middle, v;
    for (int i = 0; i < k; i++)
        for (int j = 0; j < k; j++) {
            s11[i][j] = m->s[i][j];
            s22[i][j] = m->s[k + i][k + j];
        }
    slow_cholesky(l1, s11, k);
    slow_cholesky(l2, s22, k);
    for (int i = 0; i < k; i++) /* row i of S12 against S22 */
        slow_solve(x[i], l2, m->s[i] + k, k);
    for (int i = 0; i < k; i++)
        for (int j = 0; j < k; j++) {
            middle[i][j] = 0;
            for (int l = 0; l < k; l++)
                middle[i][j] += x[i][l] * m->s[j][k + l];
        }
    for (int side = 0; side < 2; side++) { /* L^-1 M, transposed, twice */
        slow_matrix t;
        for (int j = 0; j < k; j++)
            for (int i = 0; i < k; i++) {
                double sum = middle[i][j];
                for (int l = 0; l < i; l++)
                    sum -= l1[i][l] * t[j][l];
                t[j][i] = sum / l1[i][i];
            }
        memcpy(middle, t, sizeof t);
    }
    slow_jacobi(middle, v, k);
    for (int i = 0, taken[SLOW_MAX] = { 0 }; i < k; i++) {
        int next = -1;
        for (int c = 0; c < k; c++)
            if (!taken[c] && (next < 0 || middle[c][c] < middle[next][next]))
                next = c;
        taken[next] = 1;
        double *a = fit->a + i * k, *b = fit->b + i * k, sign = 0, towards[SLOW_MAX] = { 0 };
        fit->rho[i] = sqrt(middle[next][next]);
        for (int r = k - 1; r >= 0; r--) { /* a = L^-T v */
            a[r] = v[r][next];
            for (int l = r + 1; l < k; l++)
                a[r] -= l1[l][r] * a[l];
            a[r] /= l1[r][r];
        }
        for (int j = 0; j < k; j++)
            for (int l = 0; l < k; l++)
                sign += s11[j][l] * a[l] / sqrt(s11[j][j]);
        for (int j = 0; j < k; j++)
            a[j] *= sign < 0 ? -1 : 1;
        for (int j = 0; j < k; j++)
            for (int l = 0; l < k; l++)
                towards[j] += m->s[l][k + j] * a[l] / fit->rho[i];
        slow_solve(b, l2, towards, k);
    }
    memcpy(fit->mean_a, m->mean, sizeof(double) * (size_t)k);
    memcpy(fit->mean_b, m->mean + k, sizeof(double) * (size_t)k);
}

/* out: (bands + 2) * n as rv_irmad_apply, in double */
static inline void slow_apply(double *out, const rv_irmad *fit, const rv_irmad_pair *p)
{
    const int k = fit->bands;
    for (size_t i = 0; i < p->n; i++) {
        double chi2 = 0;
        for (int v = 0; v < k; v++) {
            double d = 0;
            for (int j = 0; j < k; j++)
                d += fit->a[v * k + j] * (slow_value(p, j, i) - fit->mean_a[j]) -
                     fit->b[v * k + j] * (slow_value(p, k + j, i) - fit->mean_b[j]);
            out[(size_t)v * p->n + i] = d;
            chi2 += d * d / (2 * (1 - fit->rho[v]));
        }
        out[(size_t)k * p->n + i] = chi2;
        out[(size_t)(k + 1) * p->n + i] = slow_survival(chi2, k);
    }
}

static inline void slow_irmad(rv_irmad *fit, double *out, const rv_irmad_pair *p, int most, double tolerance)
{
    double *w = malloc(p->n * sizeof *w), step = 1;
    memset(fit, 0, sizeof *fit);
    fit->bands = p->bands;
    for (size_t i = 0; i < p->n; i++)
        w[i] = !p->valid || p->valid[i];
    for (; fit->iterations < most && step > tolerance; fit->iterations++) {
        slow_moments m;
        double before[SLOW_MAX];
        memcpy(before, fit->rho, sizeof before);
        slow_weigh(&m, p, w);
        slow_variates(fit, &m);
        slow_apply(out, fit, p);
        step = 0;
        for (int i = 0; i < p->bands; i++)
            step = fmax(step, fabs(fit->rho[i] - before[i]));
        for (size_t i = 0; i < p->n; i++)
            w[i] = w[i] > 0 ? out[(size_t)(p->bands + 1) * p->n + i] : 0;
    }
    free(w);
}

#endif

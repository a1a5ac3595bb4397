/* SPDX-License-Identifier: Apache-2.0 */
/* Small dense systems by LAPACK [anderson1999].
 *
 * Least squares goes through QR with column pivoting of the weighted matrix (never the normal equations, which square
 * the condition number): A D P = Q R with the columns scaled to unit length by D, so that the rank test does not depend on
 * units. Covariance is D P (R'R)^-1 P' D. The work arrays are ours: the LAPACKE wrappers without _work allocate behind
 * our back. BLAS is held to one thread, for a sum split among threads is not the same sum. */
#include "base/linalg.h"

#include <lapacke.h>

#include <assert.h>
#include <limits.h>
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"

void openblas_set_num_threads(int threads); /* cblas.h of OpenBLAS alone declares it */

#define RANK_TOLERANCE 1e-12 /* of a unit column left over by the others: some thousand roundings */

enum { BLOCK = 32 };

typedef struct system_qr {
    double *a;    /* m * n, column-major: weighted and scaled, then its QR */
    double *y;    /* m, weighted */
    double *tau;  /* n */
    double *d;    /* n column scales */
    double *work; /* n_work */
    lapack_int *pivot;
    lapack_int m, n, n_work;
} system_qr;

static void hold_to_one_thread(void)
{
    openblas_set_num_threads(1);
}

static bool all_finite(const double *v, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!isfinite(v[i]))
            return false;
    return true;
}

static void system_release(system_qr *s)
{
    rv__free(s->pivot);
    rv__free(s->work);
    rv__free(s->d);
    rv__free(s->tau);
    rv__free(s->y);
    rv__free(s->a);
}

static int system_init(system_qr *s, size_t m, size_t n)
{
    assert(m <= INT_MAX / 2 && n > 0 && n <= 4096);
    *s = (system_qr){ .m = (lapack_int)m, .n = (lapack_int)n, .n_work = (lapack_int)(2 * n + (n + 1) * BLOCK) };
    s->a = rv__alloc(m * n, sizeof *s->a);
    s->y = rv__alloc(m, sizeof *s->y);
    s->tau = rv__alloc(n, sizeof *s->tau);
    s->d = rv__alloc(n, sizeof *s->d);
    s->work = rv__alloc((size_t)s->n_work, sizeof *s->work);
    s->pivot = rv__alloc(n, sizeof *s->pivot);
    return s->a && s->y && s->tau && s->d && s->work && s->pivot ? RV_OK : RV_ERR_NOMEM;
}

static void load_weighted(system_qr *s, const rv__lsq *p)
{
    for (size_t i = 0; i < p->m; i++) {
        assert(!p->w || !(p->w[i] < 0));
        const double root = p->w ? sqrt(p->w[i]) : 1;
        s->y[i] = root * p->y[i];
        for (size_t j = 0; j < p->n; j++)
            s->a[j * p->m + i] = root * p->a[i * p->n + j];
    }
}

static void scale_columns(system_qr *s)
{
    const size_t m = (size_t)s->m;
    for (size_t j = 0; j < (size_t)s->n; j++) {
        double *column = s->a + j * m, sum = 0;
        for (size_t i = 0; i < m; i++)
            sum += column[i] * column[i];
        s->d[j] = sum > 0 ? 1 / sqrt(sum) : 0;
        for (size_t i = 0; i < m; i++)
            column[i] *= s->d[j];
    }
}

/* R of the factored matrix, row i <= column j. */
static double r_at(const system_qr *s, size_t i, size_t j)
{
    return s->a[j * (size_t)s->m + i];
}

static int factor(system_qr *s)
{
    const lapack_int info =
        LAPACKE_dgeqp3_work(LAPACK_COL_MAJOR, s->m, s->n, s->a, s->m, s->pivot, s->tau, s->work, s->n_work);
    assert(info == 0);
    (void)info;
    for (size_t j = 0; j < (size_t)s->n; j++)
        if (!(fabs(r_at(s, j, j)) > RANK_TOLERANCE))
            return rv__fail(RV_ERR_RANGE, "least squares of %d unknowns has rank %zu only", (int)s->n, j);
    return RV_OK;
}

static void solve(system_qr *s, double *x)
{
    lapack_int info = LAPACKE_dormqr_work(LAPACK_COL_MAJOR, 'L', 'T', s->m, 1, s->n, s->a, s->m, s->tau, s->y, s->m,
                                          s->work, s->n_work);
    assert(info == 0);
    info = LAPACKE_dtrtrs_work(LAPACK_COL_MAJOR, 'U', 'N', 'N', s->n, 1, s->a, s->m, s->y, s->m);
    assert(info == 0);
    (void)info;
    for (size_t j = 0; j < (size_t)s->n; j++) {
        const size_t to = (size_t)s->pivot[j] - 1;
        x[to] = s->d[to] * s->y[j];
    }
}

/* R is replaced by its inverse; element (i, j) of (R'R)^-1 is the product of rows i and j of the inverse. */
static void covariance(system_qr *s, double *cov)
{
    const size_t n = (size_t)s->n;
    const lapack_int info = LAPACKE_dtrtri_work(LAPACK_COL_MAJOR, 'U', 'N', s->n, s->a, s->m);
    assert(info == 0);
    (void)info;
    for (size_t i = 0; i < n; i++)
        for (size_t j = i; j < n; j++) {
            double sum = 0;
            for (size_t k = j; k < n; k++)
                sum += r_at(s, i, k) * r_at(s, j, k);
            const size_t to_i = (size_t)s->pivot[i] - 1, to_j = (size_t)s->pivot[j] - 1;
            cov[to_i * n + to_j] = cov[to_j * n + to_i] = s->d[to_i] * s->d[to_j] * sum;
        }
}

int rv__lsq_solve(double *x, double *cov, const rv__lsq *p)
{
    if (p->m < p->n)
        return rv__fail(RV_ERR_RANGE, "least squares needs at least %zu observations, not %zu", p->n, p->m);
    system_qr s;
    hold_to_one_thread();
    int err = system_init(&s, p->m, p->n);
    if (err < 0)
        goto done;
    load_weighted(&s, p);
    if (!all_finite(s.a, p->m * p->n) || !all_finite(s.y, p->m)) {
        err = rv__fail(RV_ERR_RANGE, "least squares got a number that is not finite");
        goto done;
    }
    scale_columns(&s);
    if ((err = factor(&s)) < 0)
        goto done;
    solve(&s, x);
    if (cov)
        covariance(&s, cov);
done:
    system_release(&s);
    return err;
}

/* S scaled to a unit diagonal, so that the Cholesky pivots tell how much of each unknown the others leave. */
static bool scale_to_unit_diagonal(double *unit, double *d, const double *s, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (!(s[i * n + i] > 0) || !isfinite(s[i * n + i]))
            return false;
        d[i] = 1 / sqrt(s[i * n + i]);
    }
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++)
            unit[i * n + j] = d[i] * s[i * n + j] * d[j];
    return all_finite(unit, n * n);
}

static bool cholesky(double *unit, size_t n)
{
    if (LAPACKE_dpotrf_work(LAPACK_COL_MAJOR, 'U', (lapack_int)n, unit, (lapack_int)n) != 0)
        return false;
    for (size_t i = 0; i < n; i++)
        if (!(unit[i * n + i] * unit[i * n + i] > RANK_TOLERANCE))
            return false;
    return true;
}

static void invert_cholesky(double *s_inverse, double *unit, const double *d, size_t n)
{
    const lapack_int info = LAPACKE_dpotri_work(LAPACK_COL_MAJOR, 'U', (lapack_int)n, unit, (lapack_int)n);
    assert(info == 0);
    (void)info;
    for (size_t i = 0; i < n; i++)
        for (size_t j = i; j < n; j++)
            s_inverse[i * n + j] = s_inverse[j * n + i] = d[i] * unit[j * n + i] * d[j];
}

int rv__solve_spd(double *x, double *s_inverse, const double *s, const double *b, size_t n)
{
    assert(n > 0 && n <= 4096);
    hold_to_one_thread();
    int err = RV_OK;
    double *unit = rv__alloc(n * n, sizeof *unit);
    double *d = rv__alloc(2 * n, sizeof *d), *y = d ? d + n : NULL;
    if (!unit || !d) {
        err = RV_ERR_NOMEM;
        goto done;
    }
    if (!scale_to_unit_diagonal(unit, d, s, n) || !all_finite(b, n) || !cholesky(unit, n)) {
        err = rv__fail(RV_ERR_RANGE, "matrix of %zu unknowns is not positive definite", n);
        goto done;
    }
    for (size_t i = 0; i < n; i++)
        y[i] = d[i] * b[i];
    LAPACKE_dpotrs_work(LAPACK_COL_MAJOR, 'U', (lapack_int)n, 1, unit, (lapack_int)n, y, (lapack_int)n);
    for (size_t i = 0; i < n; i++)
        x[i] = d[i] * y[i];
    if (s_inverse)
        invert_cholesky(s_inverse, unit, d, n);
done:
    rv__free(d);
    rv__free(unit);
    return err;
}

/* LAPACK leaves the sign of a vector open; its largest component shall be positive. */
static void fix_sign(double *v, size_t n)
{
    size_t largest = 0;
    for (size_t i = 1; i < n; i++)
        if (fabs(v[i]) > fabs(v[largest]))
            largest = i;
    if (v[largest] < 0)
        for (size_t i = 0; i < n; i++)
            v[i] = -v[i];
}

int rv__eigen_sym(double *values, double *vectors, const double *s, const double *b, size_t n)
{
    assert(n > 0 && n <= 4096);
    hold_to_one_thread();
    int err = RV_OK;
    lapack_int info;
    const lapack_int size = (lapack_int)n, n_work = (BLOCK + 2) * size;
    double *v = rv__alloc(n * n, sizeof *v), *metric = rv__alloc(n * n, sizeof *metric);
    double *found = rv__alloc(n, sizeof *found), *work = rv__alloc((size_t)n_work, sizeof *work);
    if (!v || !metric || !found || !work) {
        err = RV_ERR_NOMEM;
        goto done;
    }
    if (!all_finite(s, n * n) || (b && !all_finite(b, n * n))) {
        err = rv__fail(RV_ERR_RANGE, "matrix of %zu rows holds a number that is not finite", n);
        goto done;
    }
    memcpy(v, s, n * n * sizeof *v);
    if (b) {
        memcpy(metric, b, n * n * sizeof *metric);
        info = LAPACKE_dsygv_work(LAPACK_COL_MAJOR, 1, 'V', 'U', size, v, size, metric, size, found, work, n_work);
    } else {
        info = LAPACKE_dsyev_work(LAPACK_COL_MAJOR, 'V', 'U', size, v, size, found, work, n_work);
    }
    if (info != 0) {
        err = rv__fail(RV_ERR_RANGE, "eigenvalues of %zu rows do not exist: metric is not positive definite", n);
        goto done;
    }
    for (size_t i = 0; i < n; i++)
        fix_sign(v + i * n, n);
    memcpy(values, found, n * sizeof *values);
    memcpy(vectors, v, n * n * sizeof *vectors);
done:
    rv__free(work);
    rv__free(found);
    rv__free(metric);
    rv__free(v);
    return err;
}

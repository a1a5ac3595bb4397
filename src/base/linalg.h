/* SPDX-License-Identifier: Apache-2.0 */
/* Small dense linear algebra by LAPACK, one thread. Matrices are row-major. */
#ifndef RV_BASE_LINALG_H
#define RV_BASE_LINALG_H

#include <stddef.h>

/** Observations of a weighted linear least squares problem: minimise sum w_i (y_i - sum_j a_ij x_j)^2. Borrowed. */
typedef struct rv__lsq {
    const double *a; /* m * n, row-major */
    const double *y; /* m */
    const double *w; /* m weights >= 0, or NULL for ones */
    size_t m, n;     /* observations, unknowns */
} rv__lsq;

/**
 * Solve it.
 *
 * @param x    n solutions
 * @param cov  n * n covariance for unit-variance residuals: (A' W A)^-1; may be NULL
 * @return     RV_OK; RV_ERR_RANGE when the rank is below n or a number is not finite; RV_ERR_NOMEM
 */
int rv__lsq_solve(double *x, double *cov, const rv__lsq *problem);

/** The same with the problem's parts in a row. */
#define rv__least_squares(x, cov, a, y, w, m, n) rv__lsq_solve((x), (cov), &(rv__lsq){ (a), (y), (w), (m), (n) })

/** Solve the symmetric positive definite system S x = b (n); s_inverse (n * n) may be NULL. @return RV_OK or RV_ERR_RANGE */
int rv__solve_spd(double *x, double *s_inverse, const double *s, const double *b, size_t n);

/** Eigenvalues (ascending) and vectors (rows) of the symmetric S v = lambda B v, B positive definite or NULL for the unit matrix. */
int rv__eigen_sym(double *values, double *vectors, const double *s, const double *b, size_t n);

#endif

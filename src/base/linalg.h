/* SPDX-License-Identifier: Apache-2.0 */
/* Small dense linear algebra by LAPACK, one thread. Matrices are row-major. */
#ifndef RV_BASE_LINALG_H
#define RV_BASE_LINALG_H

#include <stddef.h>

/**
 * Weighted linear least squares: minimise sum w_i (y_i - sum_j a_ij x_j)^2.
 *
 * @param x    n solutions
 * @param cov  n * n covariance for unit-variance residuals: (A' W A)^-1; may be NULL
 * @param a    m * n, row-major, kept
 * @param w    m weights >= 0, or NULL for ones
 * @return     RV_OK; RV_ERR_RANGE when the rank is below n; RV_ERR_NOMEM
 */
int rv__least_squares(double *x, double *cov, const double *a, const double *y, const double *w, size_t m, size_t n);

/** Solve the symmetric positive definite system S x = b (n); s_inverse (n * n) may be NULL. @return RV_OK or RV_ERR_RANGE */
int rv__solve_spd(double *x, double *s_inverse, const double *s, const double *b, size_t n);

/** Eigenvalues (ascending) and vectors (rows) of the symmetric S v = lambda B v, B positive definite or NULL for the unit matrix. */
int rv__eigen_sym(double *values, double *vectors, const double *s, const double *b, size_t n);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Order statistics. All permute their input; n >= 1 unless said. */
#ifndef RV_BASE_ROBUST_H
#define RV_BASE_ROBUST_H

#include <stddef.h>

float rv__select_f(float *v, size_t n, size_t k); /* k-th smallest, from 0 */
double rv__select(double *v, size_t n, size_t k);
float rv__median_f(float *v, size_t n); /* mean of the two middle ones for even n */
double rv__median(double *v, size_t n);
float rv__quantile_f(float *v, size_t n,
                     double q); /* linear between order statistics, q in [0, 1] (type 7 of Hyndman & Fan 1996) */
double rv__quantile(double *v, size_t n, double q);
double rv__mad(double *v, size_t n, double centre); /* 1.4826 * median |v - centre| */
float rv__mad_f(float *v, size_t n, float centre);

#endif

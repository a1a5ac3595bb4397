/* SPDX-License-Identifier: Apache-2.0 */
#ifndef RV_SCORE_BINOMIAL_H
#define RV_SCORE_BINOMIAL_H

/** Exact 95 % band of a share k / n [clopper1934]: both tails hold at most 2.5 %. n = 0 gives [0, 1]. */
void rv__binomial_band(double *lo, double *hi, double k, double n);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Share of a chi-square distribution above x, good to 1e-9, in loops that vectorise: with h = x / 2,
 *
 *   even freedom  exp(-h) sum_{j < k/2} h^j / j!
 *   odd freedom   erfc(s) + exp(-h) sum_{j=1}^{(k-1)/2} h^(j-1/2) / Gamma(j + 1/2),  s = sqrt(h)
 *
 * [abramowitz1964], 26.4.4 and 26.4.5. erfc(s) = exp(-s^2) t R(t) with t = 2 / (2 + s): R by Chebyshev's interpolation,
 * relative error 1.3e-10. Everything shares one exponential, made by powers of two and a Taylor series. */
#ifndef RV_NORMALISE_SURVIVAL_H
#define RV_NORMALISE_SURVIVAL_H

#include "base/isa.h"

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* exp(-h) for h in [0, 350]. */
RV__INLINE double rv__exp_minus(double h)
{
    const double y = h * -1.44269504088896341, magic = 0x1.8p52, shifted = y + magic;
    const double r = (y - (shifted - magic)) * 0.693147180559945309;
    int64_t bits;
    double power;
    memcpy(&bits, &shifted, sizeof bits);
    bits = (int64_t)((uint64_t)(bits + 1023) << 52);
    memcpy(&power, &bits, sizeof power);
    double p = 1.0 / 39916800;
    p = p * r + 1.0 / 3628800;
    p = p * r + 1.0 / 362880;
    p = p * r + 1.0 / 40320;
    p = p * r + 1.0 / 5040;
    p = p * r + 1.0 / 720;
    p = p * r + 1.0 / 120;
    p = p * r + 1.0 / 24;
    p = p * r + 1.0 / 6;
    p = p * r + 1.0 / 2;
    p = p * r + 1;
    return (p * r + 1) * power;
}

/* exp(s^2) erfc(s) for s >= 0. */
RV__INLINE double rv__erfcx(double s)
{
    const double t = 2 / (2 + s), z = 2 * t - 1;
    double p = 1.4996546529804453e-06;
    p = p * z + 2.657256710856628e-06;
    p = p * z - 1.3751658187869962e-05;
    p = p * z - 9.9632120203898221e-06;
    p = p * z + 7.4886869735901152e-05;
    p = p * z - 2.215717286718614e-05;
    p = p * z - 0.00033300058923477086;
    p = p * z + 0.00042054382966397554;
    p = p * z + 0.0015457594020748897;
    p = p * z - 0.0032399660783872645;
    p = p * z - 0.010755400721212892;
    p = p * z + 0.018221148161551376;
    p = p * z + 0.13973605038946821;
    p = p * z + 0.34358034140080485;
    p = p * z + 0.51079135258112196;
    return t * p;
}

/** p[i] = share above x[i] >= 0, n values; freedom in [1, 33]. p and x may not be the same. */
RV__INLINE void rv__chi2_above(double *p, const double *x, size_t n, int freedom)
{
    const int terms = freedom / 2; /* of the sum, in either case */
    const double half = freedom % 2 ? .5 : 0;
    /* Horner from the last term: each is the one before times h / (j + half). */
    for (size_t i = 0; i < n; i++)
        p[i] = terms > 0 ? 1 : 0;
    for (int j = terms - 1; j > 0; j--) {
        const double factor = .5 / (j + half);
        for (size_t i = 0; i < n; i++)
            p[i] = 1 + p[i] * (factor * (x[i] < 700 ? x[i] : 700));
    }
    if (freedom % 2)
        for (size_t i = 0; i < n; i++) {
            const double s = sqrt(.5 * (x[i] < 700 ? x[i] : 700));
            p[i] = p[i] * s * 1.12837916709551257 + rv__erfcx(s); /* 1 / Gamma(3/2) */
        }
    for (size_t i = 0; i < n; i++)
        p[i] *= rv__exp_minus(.5 * (x[i] < 700 ? x[i] : 700));
}

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* The band of Clopper and Pearson [clopper1934]: the shares p at which k or more, or k or fewer, of n would be seen in 2.5 %
 * of all series. The tail is summed term by term and the share found by bisection: slow, exact, and without the
 * incomplete beta function's own approximations. */
#include "score/binomial.h"

#include <math.h>

/* Chance of at least k of n. */
static double tail(double k, double n, double p)
{
    double sum = 0;
    for (double i = k; i <= n; i += 1) {
        const double log_ways = lgamma(n + 1) - lgamma(i + 1) - lgamma(n - i + 1);
        sum += exp(log_ways + i * log(p) + (n - i) * log1p(-p));
    }
    return sum;
}

/* Share at which the chance of at least k reaches `chance`; it grows with the share. */
static double share_of(double k, double n, double chance)
{
    double lo = 0, hi = 1;
    for (int i = 0; i < 60; i++) {
        const double p = (lo + hi) / 2;
        if (tail(k, n, p) < chance)
            lo = p;
        else
            hi = p;
    }
    return (lo + hi) / 2;
}

void rv__binomial_band(double *lo, double *hi, double k, double n)
{
    *lo = k > 0 ? share_of(k, n, 0.025) : 0;
    *hi = k < n ? share_of(k + 1, n, 0.975) : 1;
}

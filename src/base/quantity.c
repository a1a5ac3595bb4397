/* SPDX-License-Identifier: Apache-2.0 */
/* A measured number with its uncertainty: making one, and the ratio of two by first-order propagation [gum2008]. */
#include <revisit/base.h>

#include <assert.h>
#include <math.h>

#define NORMAL_95 1.96

rv_quantity rv_quantity_make(double value, double sigma)
{
    return (rv_quantity){ value, sigma, value - NORMAL_95 * sigma, value + NORMAL_95 * sigma };
}

/* var(ln a/b) = (sa/a)^2 + (sb/b)^2 - 2 rho (sa/a)(sb/b). The interval is symmetric in the logarithm, so that a / b and
 * b / a tell the same and no end falls below zero. */
rv_quantity rv_quantity_ratio(rv_quantity a, rv_quantity b, double rho)
{
    assert(rho >= -1 && rho <= 1);
    if (!(a.value > 0 && b.value > 0))
        return (rv_quantity){ NAN, NAN, NAN, NAN };
    const double ratio = a.value / b.value, ra = a.sigma / a.value, rb = b.sigma / b.value;
    const double variance = ra * ra + rb * rb - 2 * rho * ra * rb;
    const double s = variance > 0 ? sqrt(variance) : variance <= 0 ? 0 : NAN;
    return (rv_quantity){ ratio, ratio * s, ratio * exp(-NORMAL_95 * s), ratio * exp(NORMAL_95 * s) };
}

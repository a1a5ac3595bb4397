/* SPDX-License-Identifier: Apache-2.0 */
/* Projective maps of the plane: (u, v, w) = m * (x, y, 1), image (u / w, v / w), m row-major. */
#ifndef RV_GEO_HOMOGRAPHY_H
#define RV_GEO_HOMOGRAPHY_H

#include <stddef.h>

enum { RV__HOMOGRAPHY_FREE = 8 }; /* numbers that are free in one */

/** One place seen in both planes; sigma is the standard uncertainty of each coordinate of `to`. */
typedef struct rv__tie_point {
    double from[2], to[2];
    double sigma;
} rv__tie_point;

void rv__homography_apply(double out[2], const double m[9], const double p[2]);
void rv__homography_multiply(double out[9], const double a[9], const double b[9]);
/** Derivative of the map at p: du/dx, du/dy, dv/dx, dv/dy. */
void rv__homography_slope(double out[4], const double m[9], const double p[2]);

/**
 * The map of four or more ties by linear least squares, uncertainties left aside: the direct linear transformation in
 * coordinates normalised to about one [hartley1997], re-weighted so that residuals are distances. Scaled so that w is 1 at
 * the mean of `from`.
 *
 * @return RV_OK; RV_ERR_RANGE where the ties do not fix a map; RV_ERR_NOMEM
 */
int rv__homography_fit(double m[9], const rv__tie_point *ties, size_t n);

/**
 * From there to the map that minimises the squared distances over sigma^2 (Levenberg-Marquardt [marquardt1963]).
 *
 * @param m      in and out, scaled as rv__homography_fit leaves it
 * @param spread m + spread[k] and m - spread[k] lie one standard deviation away along independent directions: the root of
 *               the covariance of m, column by column
 */
int rv__homography_refine(double m[9], double spread[RV__HOMOGRAPHY_FREE][9], const rv__tie_point *ties, size_t n);

#endif

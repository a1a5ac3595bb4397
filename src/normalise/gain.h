/* SPDX-License-Identifier: Apache-2.0 */
/* One robust line through the pairs of two images. */
#ifndef RV_NORMALISE_GAIN_H
#define RV_NORMALISE_GAIN_H

#include <stddef.h>

typedef struct rv__line {
    double gain, offset;
    double cov[3];  /* gain gain, gain offset, offset offset */
    double spread;  /* robust sd of y - (gain x + offset) */
    double support; /* sum of the final weights: pairs that agree with the line */
    int kept;       /* bool: the fitted gain lay outside the limits and was set to the nearer one */
} rv__line;

typedef enum rv__line_kind {
    RV__LINE_NONE,    /* fewer than 50 pairs, or an image without any pattern */
    RV__LINE_MATCHED, /* too little pattern in common to fit: medians and spreads made equal, covariance unknown */
    RV__LINE_FITTED
} rv__line_kind;

/**
 * Line y = gain x + offset through n pairs by weighted orthogonal regression, x and y brought to the same spread first.
 *
 * @param out     untouched when there is no line
 * @param limits  smallest and largest gain
 * @param scratch n floats
 */
rv__line_kind rv__gain_fit(rv__line *out, const float *x, const float *y, size_t n, const double limits[2],
                           float *scratch);

#endif

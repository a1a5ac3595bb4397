/* SPDX-License-Identifier: Apache-2.0 */
/* The band of frequencies that tell a shift, and the correlation surface that a cross spectrum over it defines:
 *
 *     S(d) = sum over k of w_k Re(q_k exp(2 pi i k . d)) / sum over k of w_k,  |q_k| = 1,
 *
 * where q is the normalised cross spectrum [kuglin1975] and w falls off as a Gaussian. S is 1 for a perfect match.
 * Spectra are half planes as rv__fft_forward makes them. All calls but new and free leave the band as it is. */
#ifndef RV_ALIGN_BAND_H
#define RV_ALIGN_BAND_H

#include "align/align_internal.h"

typedef struct rv__band {
    size_t width, height;
    size_t pairs;      /* complex numbers a row of a spectrum: width / 2 + 1 */
    size_t columns;    /* of those, from 0, inside the band; a multiple of 16 with weight 0 at the end */
    size_t rows;       /* of the spectrum, on either side of row 0 and with it */
    size_t numbers;    /* complex numbers of a spectrum */
    float *weight;     /* of each of them */
    double weight_sum; /* over the whole plane, both halves */
} rv__band;

int rv__band_new(rv__band **out, size_t width, size_t height);
void rv__band_free(rv__band *band);

static inline bool rv__band_has_row(const rv__band *band, size_t v)
{
    return v < band->rows || v > band->height - band->rows;
}

/** out = w_k q_k of moving * conj(reference); out may be moving. */
void rv__band_match(float *out, const float *moving, const float *reference, const rv__band *band);
/** The same of several channels: first sum = moving * conj(reference) of one, += of the others, then whiten the sum. */
void rv__band_cross(float *sum, const float *moving, const float *reference, const rv__band *band, bool add);
void rv__band_whiten(float *sum, const rv__band *band);

/** Highest of the samples at |d| <= radius (x, y) of a plane that is the inverse transform of w q. */
void rv__band_search(rv__peak *out, const float *plane, const rv__band *band, const int radius[2]);

/** S, its slope (x, y) and its curvature (xx, xy, yy) at d. */
void rv__band_slopes(double out[6], const float *spectrum, const rv__band *band, const double d[2]);

/** Covariance (xx, xy, yy) of the slope of S at d, from the scatter of the phases about the peak's. */
void rv__band_noise(double out[3], const float *spectrum, const rv__band *band, const double d[2]);

/** Move d to the maximum of S uphill from it by Newton steps. @return false when there is none within 1.5 px */
bool rv__band_climb(double d[2], double slopes[6], const float *spectrum, const rv__band *band);

#endif

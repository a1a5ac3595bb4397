/* SPDX-License-Identifier: Apache-2.0 */
/* What IR-MAD does with every pixel, on runs of a fixed length: arithmetic without allocation, threads or failure. */
#ifndef RV_NORMALISE_IRMAD_KERNEL_H
#define RV_NORMALISE_IRMAD_KERNEL_H

#include <revisit/irmad.h>

#include "base/isa.h"

enum { RV__IRMAD_RUN = 256, RV__IRMAD_LANES = 8, RV__IRMAD_BANDS = RV_BANDS_MAX };

#define RV__IRMAD_VARIANCE_MIN 1e-10 /* of a difference: images that are the same have none */

/**
 * Unit variates u = basis (x - mean) + shift of the first image, v of the second alike, and differences
 * d = u - v + rest u. Shift and rest hold what floats lose of the mean and of the bases: where 1 - rho is small, d would
 * else be off by parts of its spread that show.
 */
typedef struct rv__irmad_frame {
    int bands;
    bool weighted; /* by the probability of no change in this frame; else every valid pixel counts 1 */
    float mean[2][RV__IRMAD_BANDS], shift[2][RV__IRMAD_BANDS], basis[2][RV__IRMAD_BANDS][RV__IRMAD_BANDS];
    float rest[RV__IRMAD_BANDS][RV__IRMAD_BANDS];
    double inverse_variance[RV__IRMAD_BANDS]; /* of the differences */
} rv__irmad_frame;

/** Doubles that the sums of a frame take. */
size_t rv__irmad_sums_size(int bands);

/**
 * Add a run to the sums.
 *
 * @param x     2 * bands pointers to RV__IRMAD_RUN values: bands of the first image, then of the second
 * @param valid RV__IRMAD_RUN bytes, 1 or 0; values of the others must be finite
 */
void rv__irmad_add(rv__isa isa, double *sums, const float *const *x, const uint8_t *valid,
                   const rv__irmad_frame *frame);

/**
 * Sum of weights (returned), weighted sums (2 * bands) and symmetric weighted products (2 * bands squared) of u, then
 * d.
 */
double rv__irmad_sums_read(double *first, double *second, const double *sums, int bands);

/** (bands + 2) * RV__IRMAD_RUN values: variates, chi-square, probability of no change. Invalid pixels get numbers too. */
void rv__irmad_variates(rv__isa isa, float *out, const float *const *x, const rv_irmad *fit);

#endif

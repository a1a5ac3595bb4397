/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file irmad.h
 * What changed between two images whatever their light: iteratively reweighted multivariate alteration detection.
 */
#ifndef REVISIT_IRMAD_H
#define REVISIT_IRMAD_H

#include <revisit/scene.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct rv_irmad_opts {
    int iterations;   /* most passes over the pixels. Default 30; 1 is MAD without reweighting */
    double tolerance; /* ends when no correlation changes by more. Default .001 */
    bool any_place;   /* files: compare pixel by pixel, whatever their georeference says. Default false */
    bool overwrite;   /* files: replace a file that is there. Default false */
} rv_irmad_opts;
#define RV_IRMAD_OPTS_INIT      \
    {                           \
        30, 0.001, false, false \
    }

RV_API const rv_fields *rv_irmad_fields(void);

/** Two images of n pixels, band after band. */
typedef struct rv_irmad_pair {
    const float *a, *b;   /* bands * n each */
    const uint8_t *valid; /* n: 1 or 0, NULL = all; values that are not finite are left out too */
    size_t n;
    int bands; /* of each, in [1, RV_BANDS_MAX] */
} rv_irmad_pair;

/**
 * Canonical variates of the unchanged pixels. Variate i of a pixel (x, y) is
 * a_i . (x - mean_a) - b_i . (y - mean_b), with variance 2 (1 - rho_i); row i of a and b begins at i * bands.
 * Variates are in order of rising correlation. Each pair of them has positive correlation, and the correlations of
 * a_i . x with the bands of the first image have a positive sum.
 */
typedef struct rv_irmad {
    int bands;
    int iterations;   /* passes made */
    int converged;    /* bool */
    double last_step; /* largest change of a correlation in the last pass */
    double pixels;    /* valid in both images */
    double unchanged; /* sum of the probabilities of no change in the last pass */
    double rho[RV_BANDS_MAX];
    double mean_a[RV_BANDS_MAX], mean_b[RV_BANDS_MAX];
    double a[RV_BANDS_MAX * RV_BANDS_MAX], b[RV_BANDS_MAX * RV_BANDS_MAX];
} rv_irmad;

/**
 * Fit. @return RV_OK; RV_ERR_NODATA without enough pixels; RV_ERR_MISMATCH when bands are flat or follow from others;
 * RV_ERR_RANGE, RV_ERR_NOMEM. Method: docs/methods/irmad.md
 */
RV_API int rv_irmad_fit(rv_irmad *out, const rv_irmad_pair *pair, const rv_irmad_opts *opts);

/**
 * Variates, chi-square statistic and probability of no change of every pixel.
 *
 * @param out (bands + 2) * n: the variates, sum of squares over their variances, its chi-square survival; NAN where a
 *            pixel was left out
 */
RV_API int rv_irmad_apply(float *out, const rv_irmad *fit, const rv_irmad_pair *pair);

/**
 * Fit two files and write what rv_irmad_apply gives as bands of a GeoTIFF with no-data value NAN.
 *
 * @param paths first image, second image, output
 * @return      as rv_irmad_fit; RV_ERR_MISMATCH when size, bands or place differ; RV_ERR_REFUSED when the output is
 *              there; what reading and writing gives
 */
RV_API int rv_irmad_write(rv_irmad *out, const char *const paths[3], const rv_irmad_opts *opts);

#ifdef __cplusplus
}
#endif
#endif

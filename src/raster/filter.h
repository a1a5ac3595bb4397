/* SPDX-License-Identifier: Apache-2.0 */
/* Separable smoothing and gradients on float planes; edges reflect (dcb|abcd|cba without repeating the edge is NOT used: abc|cba). */
#ifndef RV_RASTER_FILTER_H
#define RV_RASTER_FILTER_H

#include <stddef.h>
#include <stdint.h>

/** Gaussian of sigma px (truncated at 4 sigma), in place allowed. @return RV_OK or RV_ERR_NOMEM */
int rv__gaussian(float *out, const float *in, size_t w, size_t h, double sigma);
/** Gaussian of valid pixels only: sum(w v ok) / sum(w ok); 0 where no weight. */
int rv__gaussian_masked(float *out, const float *in, const uint8_t *valid, size_t w, size_t h, double sigma);
/** Mean over a (2 rx + 1) x (2 ry + 1) box, running sums in double. */
int rv__box_mean(float *out, const float *in, size_t w, size_t h, size_t rx, size_t ry);
/** Sobel / 8 : derivative per px. */
void rv__sobel(float *gx, float *gy, const float *in, size_t w, size_t h);
/** 3 x 3 median, the edge pixels repeated; out is not in. */
void rv__median3(float *out, const float *in, size_t w, size_t h);

#endif

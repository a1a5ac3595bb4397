/* SPDX-License-Identifier: Apache-2.0 */
/* Two-dimensional Fourier transform of real planes, powers of two from 32 to 4096 a side. */
#ifndef RV_RASTER_FFT_H
#define RV_RASTER_FFT_H

#include <stddef.h>

typedef struct rv__fft rv__fft; /* plan: twiddles and scratch; one thread at a time */

int rv__fft_new(rv__fft **out, size_t width, size_t height);
void rv__fft_free(rv__fft *plan);
/**
 * Forward: spectrum[row * (width/2 + 1) + col] as pairs (re, im), height rows; no scaling. out holds
 * 2 * height * (width / 2 + 1) floats. X(u, v) = sum x(c, r) exp(-2 pi i (u c / width + v r / height)).
 */
void rv__fft_forward(rv__fft *plan, float *spectrum, const float *plane);
/** Inverse of the above, scaled by 1 / (width height). spectrum is destroyed. */
void rv__fft_inverse(rv__fft *plan, float *plane, float *spectrum);
/** The same for the rows up to reach rows from row 0, either way around; others may be left as they were. */
void rv__fft_inverse_near(rv__fft *plan, float *plane, float *spectrum, size_t reach);

#endif

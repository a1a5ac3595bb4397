/* SPDX-License-Identifier: Apache-2.0 */
/* One-dimensional transforms of several complex sequences side by side, the kernels of fft.c. */
#ifndef RV_RASTER_FFT_LANES_H
#define RV_RASTER_FFT_LANES_H

#include <stdbool.h>
#include <stddef.h>

/** Sequences side by side. Element k of lane l stands at v[k][0][l] (real part) and v[k][1][l] (imaginary part). */
enum { RV__LANES = 16, RV__LANES_PAIR = 2 * RV__LANES };

/**
 * Transform n elements in every lane, n a power of two from 16: buffer[0] is read, both are overwritten.
 *
 * @param twiddle   exp(-2 pi i k / n) for k in [0, n), as pairs
 * @return          which of the two buffers holds the result
 */
int rv__lanes_transform(float *const buffer[2], size_t n, const float *twiddle);

/** Transform 16 columns of pairs (re, im) in place, n rows from 32, pitch floats apart. Inverse: +i, not scaled. */
void rv__lanes_columns(float *columns, size_t pitch, size_t n, float *const buffer[2], const float *twiddle,
                       bool inverse);

/** 16 rows of pairs to lanes: row l is lane l; the elements of a row are a multiple of 8. */
void rv__lanes_from_rows(float *lanes, const float *rows, size_t pitch, size_t elements);
void rv__lanes_to_rows(float *rows, size_t pitch, const float *lanes, size_t elements, bool conjugate);

/**
 * Spectra of real sequences of 2 m numbers, from those of the same numbers taken as m pairs, in place. Element 0 is left
 * holding two real numbers: frequency 0 and, as its imaginary part, frequency m.
 *
 * @param half      exp(-2 pi i k / (2 m)) for k in [0, m / 2], as pairs
 */
void rv__lanes_unpack(float *lanes, size_t m, const float *half);
/** The way back, times 2 scale and conjugated, so that a forward transform and another conjugation make the inverse. */
void rv__lanes_pack(float *lanes, size_t m, const float *half, float scale);

#endif

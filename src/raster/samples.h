/* SPDX-License-Identifier: Apache-2.0 */
/* Samples as files hold them, and as floats. */
#ifndef RV_RASTER_SAMPLES_H
#define RV_RASTER_SAMPLES_H

#include <stddef.h>

typedef enum rv__sample { RV__SAMPLE_U8, RV__SAMPLE_U16, RV__SAMPLE_I16, RV__SAMPLE_F32 } rv__sample;

/** Bytes of one sample. */
size_t rv__sample_size(rv__sample type);

/** Item i of samples of a type. */
double rv__sample_value(const void *samples, rv__sample type, size_t i);

/** n samples from item at on, as floats. */
void rv__samples_load(float *out, const void *samples, rv__sample type, size_t at, size_t n);

/** n floats to samples from item at on: rounded to the nearest (halves to the even one), and what the type cannot hold to its limit. */
void rv__samples_store(void *samples, rv__sample type, size_t at, const float *in, size_t n);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Conversion of samples, a row at a time. */
#include "raster/samples.h"

#include "base/isa.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

size_t rv__sample_size(rv__sample type)
{
    static const size_t sizes[] = { 1, 2, 2, 4 };
    return sizes[type];
}

double rv__sample_value(const void *samples, rv__sample type, size_t i)
{
    switch (type) {
    case RV__SAMPLE_U8:
        return ((const uint8_t *)samples)[i];
    case RV__SAMPLE_U16:
        return ((const uint16_t *)samples)[i];
    case RV__SAMPLE_I16:
        return ((const int16_t *)samples)[i];
    default:
        return (double)((const float *)samples)[i];
    }
}

RV__INLINE void load_u8_body(float *restrict out, const uint8_t *restrict in, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] = (float)in[i];
}

RV__INLINE void load_u16_body(float *restrict out, const uint16_t *restrict in, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] = (float)in[i];
}

RV__INLINE void load_i16_body(float *restrict out, const int16_t *restrict in, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] = (float)in[i];
}

/* The whole number nearest to v, halves to the even one, held to lo .. hi. A float above 2^23 has no places behind the point:
 * adding 3 * 2^22 rounds as the processor does, in every instruction set alike. */
RV__INLINE int32_t nearest(float v, float lo, float hi)
{
    const float whole = 12582912.F, kept = v > lo ? (v < hi ? v : hi) : lo;
    return (int32_t)((kept + whole) - whole);
}

RV__INLINE void store_u8_body(uint8_t *restrict out, const float *restrict in, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] = (uint8_t)nearest(in[i], 0, 255);
}

RV__INLINE void store_u16_body(uint16_t *restrict out, const float *restrict in, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] = (uint16_t)nearest(in[i], 0, 65535);
}

RV__INLINE void store_i16_body(int16_t *restrict out, const float *restrict in, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] = (int16_t)nearest(in[i], -32768, 32767);
}

RV__KERNEL(load_u8, load_u8_body, (float *restrict out, const uint8_t *restrict in, size_t n), (out, in, n));
RV__KERNEL(load_u16, load_u16_body, (float *restrict out, const uint16_t *restrict in, size_t n), (out, in, n));
RV__KERNEL(load_i16, load_i16_body, (float *restrict out, const int16_t *restrict in, size_t n), (out, in, n));
RV__KERNEL(store_u8, store_u8_body, (uint8_t *restrict out, const float *restrict in, size_t n), (out, in, n));
RV__KERNEL(store_u16, store_u16_body, (uint16_t *restrict out, const float *restrict in, size_t n), (out, in, n));
RV__KERNEL(store_i16, store_i16_body, (int16_t *restrict out, const float *restrict in, size_t n), (out, in, n));

void rv__samples_load(float *out, const void *samples, rv__sample type, size_t at, size_t n)
{
    const rv__isa isa = rv__isa_used();
    switch (type) {
    case RV__SAMPLE_U8:
        load_u8[isa](out, (const uint8_t *)samples + at, n);
        break;
    case RV__SAMPLE_U16:
        load_u16[isa](out, (const uint16_t *)samples + at, n);
        break;
    case RV__SAMPLE_I16:
        load_i16[isa](out, (const int16_t *)samples + at, n);
        break;
    default:
        memcpy(out, (const float *)samples + at, n * sizeof *out);
    }
}

void rv__samples_store(void *samples, rv__sample type, size_t at, const float *in, size_t n)
{
    const rv__isa isa = rv__isa_used();
    switch (type) {
    case RV__SAMPLE_U8:
        store_u8[isa]((uint8_t *)samples + at, in, n);
        break;
    case RV__SAMPLE_U16:
        store_u16[isa]((uint16_t *)samples + at, in, n);
        break;
    case RV__SAMPLE_I16:
        store_i16[isa]((int16_t *)samples + at, in, n);
        break;
    default:
        memcpy((float *)samples + at, in, n * sizeof *in);
    }
}

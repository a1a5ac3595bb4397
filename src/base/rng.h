/* SPDX-License-Identifier: Apache-2.0 */
/* Counter-based random numbers: Philox4x32-10 [salmon2011]. A value depends on key and counter alone, so any order of
 * threads or tiles gives the same bits. */
#ifndef RV_BASE_RNG_H
#define RV_BASE_RNG_H

#include <stdint.h>

typedef struct rv__rng {
    uint32_t key[2];
    uint32_t counter[4]; /* counter[0] is advanced */
    uint32_t out[4];
    int left;
} rv__rng;

void rv__philox(uint32_t out[4], const uint32_t counter[4], const uint32_t key[2]);
/** Stream for (seed, object, date, purpose). */
void rv__rng_init(rv__rng *rng, uint64_t seed, uint32_t object, uint32_t date, uint32_t purpose);
uint32_t rv__rng_u32(rv__rng *rng);
double rv__rng_uniform(rv__rng *rng);                       /* [0, 1) with 53 bits */
double rv__rng_between(rv__rng *rng, double lo, double hi); /* [lo, hi) */
double rv__rng_normal(rv__rng *rng);                        /* mean 0, sd 1, by Box-Muller */
uint32_t rv__rng_below(rv__rng *rng, uint32_t n);           /* [0, n), unbiased */

#endif

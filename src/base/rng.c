/* SPDX-License-Identifier: Apache-2.0 */
/* Philox4x32-10 [salmon2011]: ten rounds of two 32-bit multiplications over a 128-bit counter, keyed by 64 bits.
 *
 * A counter generator and not a state one (xoshiro, PCG): the value for (seed, object, date, purpose) needs no history,
 * so tiles and threads may come in any order. A stream holds 2^34 values; then its counter comes round. */
#include "base/rng.h"

#include <assert.h>
#include <math.h>
#include <string.h>

enum { ROUNDS = 10 };

static void multiply(uint32_t *high, uint32_t *low, uint32_t a, uint32_t b)
{
    const uint64_t product = (uint64_t)a * b;
    *high = (uint32_t)(product >> 32);
    *low = (uint32_t)product;
}

void rv__philox(uint32_t out[4], const uint32_t counter[4], const uint32_t key[2])
{
    uint32_t c[4] = { counter[0], counter[1], counter[2], counter[3] }, k0 = key[0], k1 = key[1];
    for (int round = 0; round < ROUNDS; round++) {
        uint32_t high0, low0, high1, low1;
        multiply(&high0, &low0, 0xD2511F53u, c[0]);
        multiply(&high1, &low1, 0xCD9E8D57u, c[2]);
        c[0] = high1 ^ c[1] ^ k0;
        c[1] = low1;
        c[2] = high0 ^ c[3] ^ k1;
        c[3] = low0;
        k0 += 0x9E3779B9u;
        k1 += 0xBB67AE85u;
    }
    memcpy(out, c, sizeof c);
}

void rv__rng_init(rv__rng *rng, uint64_t seed, uint32_t object, uint32_t date, uint32_t purpose)
{
    *rng = (rv__rng){ .key = { (uint32_t)seed, (uint32_t)(seed >> 32) }, .counter = { 0, object, date, purpose } };
}

uint32_t rv__rng_u32(rv__rng *rng)
{
    if (rng->left == 0) {
        rv__philox(rng->out, rng->counter, rng->key);
        rng->counter[0]++;
        rng->left = 4;
    }
    return rng->out[4 - rng->left--];
}

double rv__rng_uniform(rv__rng *rng)
{
    const uint32_t high = rv__rng_u32(rng) >> 5, low = rv__rng_u32(rng) >> 6;
    return ((double)high * 67108864.0 + (double)low) / 9007199254740992.0; /* (2^26 high + low) / 2^53 */
}

double rv__rng_between(rv__rng *rng, double lo, double hi)
{
    const double value = lo + (hi - lo) * rv__rng_uniform(rng);
    return value < hi ? value : lo; /* rounding may reach hi */
}

/* Only one of the two values of Box and Muller is used: the other would be state beside the counter. */
double rv__rng_normal(rv__rng *rng)
{
    const double pi = 3.14159265358979323846;
    const double radius = sqrt(-2 * log(1 - rv__rng_uniform(rng)));
    return radius * cos(2 * pi * rv__rng_uniform(rng));
}

uint32_t rv__rng_below(rv__rng *rng, uint32_t n)
{
    assert(n > 0);
    const uint32_t uneven = (UINT32_MAX - n + 1) % n; /* 2^32 mod n: values below it would come once too often */
    uint32_t value;
    do {
        value = rv__rng_u32(rng);
    } while (value < uneven);
    return value % n;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Square series of three bands for the tests: a light for each place and date, and noise. */
#ifndef RV_TEST_NOISY_H
#define RV_TEST_NOISY_H

#include "base/rng.h"
#include "normalise/drawn.h"

typedef double (*noisy_light)(int t, int col, int row, const void *user);

typedef struct noisy {
    int side, scenes;
    uint64_t seed;
    double sd;
    noisy_light light;
    const void *user;
} noisy;

static inline void noisy_draw(drawn *d, const noisy *o)
{
    const int px = o->side * o->side;
    float *data = rv__alloc((size_t)px, 3 * sizeof *data);
    uint8_t *valid = rv__alloc((size_t)px, 1);
    memset(valid, 255, (size_t)px);
    drawn_begin(d, o->side, o->side);
    for (int t = 0; t < o->scenes; t++) {
        rv__rng g;
        rv__rng_init(&g, o->seed, 0, (uint32_t)t, 0);
        for (int i = 0; i < 3 * px; i++)
            data[i] = (float)(o->light(t, i % o->side, i / o->side % o->side, o->user) + o->sd * rv__rng_normal(&g));
        drawn_add(d, data, valid, "BGR", RV__SAMPLE_U16);
    }
    rv__free(data);
    rv__free(valid);
}

#endif

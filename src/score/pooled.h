/* SPDX-License-Identifier: Apache-2.0 */
/* The statistics of one metric and stratum, joined over scenes. */
#ifndef RV_SCORE_POOLED_H
#define RV_SCORE_POOLED_H

#include "score/tally.h"

typedef struct rv__pooled_sample {
    double x, y;
    size_t scene;
} rv__pooled_sample;

typedef struct rv__pool {
    const rv__stat *const *stats; /* one of each scene, NULL where it has none; borrowed */
    size_t n;
    rv__form form;
    rv__pooled_sample *sample; /* rising in x */
    size_t n_samples;
} rv__pool;

int rv__pool_init(rv__pool *pool, const rv__stat *const *stats, size_t n);
void rv__pool_release(rv__pool *pool);
/** The value when scene s counts weight[s] times (whole numbers); NAN where it is undefined. */
double rv__pool_value(const rv__pool *pool, const double *weight);

#endif

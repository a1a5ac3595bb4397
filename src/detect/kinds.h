/* SPDX-License-Identifier: Apache-2.0 */
/* What a chosen candidate is, among buildings and among works on the ground: a multinomial logistic model of its size,
 * shape and neighbours [hosmer2013], fitted on drawn sites of style A by bench/fit_detect.py. */
#ifndef RV_DETECT_KINDS_H
#define RV_DETECT_KINDS_H

#include <revisit/structure.h>

#include "detect/candidates.h"

enum { RV__KIND_TRAITS = 33, RV__KINDS_BUILT = 4, RV__KINDS_WORKS = 2 };

typedef struct rv__kind_row {
    int kind; /* rv_kind */
    double bias, weight[RV__KIND_TRAITS];
} rv__kind_row;

extern const rv__kind_row rv__kinds_built[RV__KINDS_BUILT], rv__kinds_works[RV__KINDS_WORKS], rv__kinds_road;

/** Size in m2 as a broken line of its logarithm, shape, contrast, neighbours. Pixels must have a known size. */
void rv__kinds_traits(double trait[RV__KIND_TRAITS], const rv__candidate *item, const rv__scale *scale);

/** Count what stands near each chosen candidate: things of its hypothesis and size, works on the ground. */
void rv__kinds_neighbours(rv__candidates *list, const size_t *order, size_t n);

/** ln odds that a new line is a road. */
double rv__kinds_road_odds(const rv__candidate *item, const rv__scale *scale);

/** Chance of each kind (rv_kind), given that it is a building or works, as its hypothesis says. They add up to 1. */
void rv__kinds_shares(double share[RV_KIND_OTHER + 1], const rv__candidate *item, const rv__scale *scale);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* What is true about a drawn site, as features. */
#ifndef RV_SIMULATE_TRUTH_H
#define RV_SIMULATE_TRUTH_H

#include "simulate/site.h"

/** One thing of the truth; outlines in site metres, owned. */
typedef struct rv__fact {
    char id[16];
    int kind, event; /* rv_kind, rv_event */
    rv_polygon roof, wall;
    double area_m2, wall_area_m2, area_before_m2; /* NAN where there is none */
    double height_m;                              /* NAN for what is flat */
    double start, complete, ends;                 /* -INFINITY, INFINITY where open */
    double x, y;                                  /* its middle */
    bool built;                                   /* a building, whose roof counts in the map of what was built */
} rv__fact;

typedef int (*rv__fact_fn)(const rv__fact *fact, void *user);

/** Every structure: buildings, clusters of houses, works, the new road. Nuisances and props are none. */
int rv__truth_each(const rv__site *site, rv__fact_fn fn, void *user);

/** Dates that bound the moment: the last clear one before, the first clear one at or after; -1 where there is none. */
void rv__truth_bracket(int *absent, int *present, const rv__site *site, const bool *clear, double moment);
/** Whether cloud or its shadow leaves the thing's outline free, of every date. */
void rv__truth_clear(bool clear[RV__SIM_DATES_MAX], const rv__site *site, const rv__fact *fact);

/** 1 where a roof that came or went between the first and the last date covers at least half of a pixel. */
int rv__truth_change(uint8_t *out, const rv__site *site);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* One object through time: its contrast to its surroundings per scene, and the steps in it. */
#ifndef RV_DETECT_SERIES_H
#define RV_DETECT_SERIES_H

#include "detect/candidates.h"

/** Clear scenes from which on a series tells whether there is a step. */
enum { RV__SERIES_MIN = 6 };

/** Of an object's contrast, the most that may be on the side of a step where it is not. */
#define RV__ABSENT_SHARE 0.35

typedef struct rv__series {
    int n;                                       /* scenes in which the object is clear */
    int scene[RV__DATES_MAX];                    /* their indices in the stack */
    float value[RV__CHANNELS][RV__DATES_MAX];    /* object minus ring, noise units */
    float own[RV__CHANNELS][RV__DATES_MAX];      /* the object alone, less the offset of the scene, noise units */
    float unsteady[RV__CHANNELS][RV__DATES_MAX]; /* sd of what is unchanged in that scene, noise units */
    int cloudy;                                  /* scenes in which it is not clear */
} rv__series;

typedef struct rv__step_fit {
    double gain; /* fall of the robust cost by the step (or by both) */
    double sd;   /* size of the step at which it was built, in sd of the series */
    int first;   /* index in the series of the first value after the built step; 0 = none */
    int works;   /* index of the first value of an earlier phase of works; 0 = none */
} rv__step_fit;

/** Read an object's series from the tile. */
int rv__series_read(rv__series *out, const rv__run *runs, size_t n_runs, const rv__candidate *item,
                    const rv__views *views, const rv__scale *scale);

/** The best one or two steps of a series of at least two values. */
rv__step_fit rv__series_step(const rv__series *series, int channels);

/** What the best single step tells of a candidate: its step_ fields. */
void rv__series_traits(rv__candidate *c, const rv__series *series, const rv__scale *scale);

/** Median of v[from, to), which is not empty. */
double rv__series_median(const float *v, int from, int to);

/** Robust sd from value to value of n >= 2, not below 1. */
double rv__series_spread(const float *v, int n);

/** The same series, last value first. */
rv__series rv__series_turned(const rv__series *series, int channels);

/** Share of the contrast from index first on that is there before it: 0 = nothing, 1 = the same, < 0 the reverse. */
double rv__series_share(const rv__series *series, int channels, int first);

#endif

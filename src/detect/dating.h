/* SPDX-License-Identifier: Apache-2.0 */
/* When an object came or went: a chain of three states in order of time (before, works, built), and how sure its date is. */
#ifndef RV_DETECT_DATING_H
#define RV_DETECT_DATING_H

#include "detect/series.h"

typedef struct rv__dating {
    int first;                   /* index in the series of the first value of the last state; 0 = none */
    int works;                   /* index of the first value of the works before it; 0 = none seen */
    double share[RV__DATES_MAX]; /* posterior share that the last state begins with value i; sums to 1, [0] is 0 */
    bool in_set[RV__DATES_MAX];  /* the fewest values whose shares sum to .9 or more */
    int set_n;                   /* how many */
} rv__dating;

/**
 * Date a series of at least two values, rising in time.
 *
 * @param days times of the values in days, rising; for the lengths of works and gaps alone
 * first and works are those of the likeliest date: first of the largest share, works the best onset for it.
 */
void rv__dating_find(rv__dating *out, const rv__series *series, int channels, const double *days);

/**
 * Date the end of what stood first: the chain run backwards in time.
 *
 * first is the first value without it, works the first value after the clearing that followed, 0 = none seen; shares
 * and set are those of first.
 */
void rv__dating_find_end(rv__dating *out, const rv__series *series, int channels, const double *days);

#endif

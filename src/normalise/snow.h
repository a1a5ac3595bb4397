/* SPDX-License-Identifier: Apache-2.0 */
/* On which dates snow lies, and where. */
#ifndef RV_NORMALISE_SNOW_H
#define RV_NORMALISE_SNOW_H

#include <revisit/stack.h>

#include "normalise/white.h"

/**
 * Look at windows spread over the frame and tell the dates on which snow lies over a tenth of it or more.
 *
 * @param date as many as the stack has: 1 snow, 0 none or not known (no colour, fewer than three dates, no date without)
 */
int rv__snow_dates(uint8_t *date, const rv_stack *stack);

/** A tile of a series: planes of n pixels, date after date. */
typedef struct rv__snow_series {
    size_t n, dates;
    const uint8_t *date; /* rv__snow_dates */
    const float *blue;   /* white.h */
    const uint8_t *grey, *inside;
    const float *least; /* of every date: rv__white_least */
} rv__snow_series;

/**
 * Mark the pixels of the snow dates that are white and several times as bright as on the dates without snow next to them, before and
 * after. What stays as bright after the snow, such as a new roof, is none.
 *
 * @param snow dates * n: 1 snow, 0 other
 */
int rv__snow_mark(uint8_t *snow, const rv__snow_series *series);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Does a date depart from the dates before it AND from those after it? Per place, on plain arrays. */
#ifndef RV_NORMALISE_DEPARTURE_H
#define RV_NORMALISE_DEPARTURE_H

#include <stddef.h>
#include <stdint.h>

/** What a place is at a date; 0 is nothing of note. */
enum { RV__BRIGHT = 1 /* above both sides */, RV__DARK = 2 /* below both sides */ };

/** Places over time: n values, date after date. */
typedef struct rv__departing {
    size_t n, dates;
    const float *value;    /* dates * n: brightness */
    const uint8_t *inside; /* dates * n */
} rv__departing;

/**
 * What every place is at every date; where only one side exists the limits are stricter.
 *
 * @param bits  dates * n
 * @param limit departure in robust standard deviations
 */
int rv__departures(uint8_t *bits, const rv__departing *series, double limit);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Does a date depart from the dates before it AND from those after it? Per pixel of a tile, on plain arrays. */
#ifndef RV_NORMALISE_DEPARTURE_H
#define RV_NORMALISE_DEPARTURE_H

#include <stddef.h>
#include <stdint.h>

/** Bits of a candidate pixel. */
enum {
    RV__BRIGHT = 1,    /* above both sides */
    RV__DARK = 2,      /* below both sides */
    RV__ONE_SIDED = 4, /* only one side exists: judged by stricter limits */
    RV__NO_PIXEL = 128 /* outside the scene */
};

/** A tile of a series: planes of n = w * h pixels, date after date. */
typedef struct rv__tile_series {
    size_t w, h, dates;
    const float *visible;  /* dates * n: mean of the visible bands, smoothed */
    const float *full;     /* dates * n: brightness that shadows are looked for in, smoothed */
    const uint8_t *inside; /* dates * n */
} rv__tile_series;

/**
 * Candidate bits of every date.
 *
 * @param bits  dates * n
 * @param rise  dates * n: height of the visible brightness above the higher side, 0 where it is not above
 * @param limit departure in robust standard deviations
 */
int rv__departures(uint8_t *bits, float *rise, const rv__tile_series *tile, double limit);

#endif

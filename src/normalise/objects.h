/* SPDX-License-Identifier: Apache-2.0 */
/* What is known of the air of one date, pixel by pixel, to its mask and weights. */
#ifndef RV_NORMALISE_OBJECTS_H
#define RV_NORMALISE_OBJECTS_H

#include <stddef.h>
#include <stdint.h>

/** One date: planes of w * h as air.h makes them. */
typedef struct rv__air_date {
    size_t w, h;
    const uint8_t *opacity, *shade, *bits;
    const uint8_t *veil; /* share of haze, or RV__AIR_SNOW; NULL = none anywhere */
    const uint8_t *told; /* codes of the provider, OUTSIDE where nothing is told; NULL = none */
    double away[2];      /* sunward.h; NAN where sun or view are not known */
    double
        *cast_px; /* out, px from cloud to shadow where their direction was found by them alone; NULL = not asked for */
    size_t min_px; /* smallest object that may be cloud where only one side in time exists */
} rv__air_date;

/**
 * @param mask   w * h codes RV_MASK_...
 * @param weight w * h: share of the ground's own light that is seen, in percent; 255 outside. May be a plane of the date
 */
int rv__mask_from_air(uint8_t *mask, uint8_t *weight, const rv__air_date *date);

#endif

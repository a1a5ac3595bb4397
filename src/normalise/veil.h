/* SPDX-License-Identifier: Apache-2.0 */
/* Haze: what is too thin for a cloud and wide enough to be no thing on the ground. */
#ifndef RV_NORMALISE_VEIL_H
#define RV_NORMALISE_VEIL_H

#include <stddef.h>
#include <stdint.h>

/** One date of a tile: planes of w * h as air.h makes them. */
typedef struct rv__veil_date {
    size_t w, h;
    const uint8_t *opacity, *bits;
    float haze;   /* of the whole scene (survey.h) */
    float unrest; /* opacity that clear ground is taken for by its own changes */
} rv__veil_date;

enum { RV__VEIL_REACH_PX = 16 }; /* as far as a pixel of a veil looks */

/** @param veil w * h: share of the light that is haze, of RV__AIR_FULL; 0 where there is too little to speak of */
int rv__veil_fill(uint8_t *veil, const rv__veil_date *date);

#endif

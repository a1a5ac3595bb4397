/* SPDX-License-Identifier: Apache-2.0 */
/* How opaque the air above each pixel is, and how deep in shadow it lies, by the dates before and after. */
#ifndef RV_NORMALISE_AIR_H
#define RV_NORMALISE_AIR_H

#include <stddef.h>
#include <stdint.h>

#include "base/isa.h"
#include "normalise/survey.h"

/** Bits of a pixel. */
enum {
    RV__AIR_CLOUD = 1,      /* perhaps cloud */
    RV__AIR_CLOUD_CORE = 2, /* surely brighter than before and after */
    RV__AIR_SHADE = 4,
    RV__AIR_SHADE_CORE = 8,
    RV__AIR_ONE_SIDED = 16,  /* only dates before or only dates after to compare with */
    RV__AIR_HARD = 32,       /* a step of opacity as sharp as the sensor can draw runs through or beside the pixel */
    RV__AIR_SHADE_HARD = 64, /* a step of shade */
    RV__AIR_OUTSIDE = 128
};

/** Opacity and depth of shadow are stored as shares of this; haze in the veil too, which holds snow besides. */
enum { RV__AIR_FULL = 250, RV__AIR_SNOW = 255 };

/** A tile of a series: planes of n = w * h pixels, date after date. */
typedef struct rv__air_series {
    size_t w, h, dates;
    const float *blue, *full; /* light.h, on the scale of the survey */
    const uint8_t *inside;
    const uint8_t
        *told; /* codes RV_MASK_... of the providers, OUTSIDE where nothing is told; NULL = no scene has any */
    const uint8_t *member; /* dates that are compared with each other, 1 or 0; all others are left alone. NULL = all */
    const rv__survey *survey; /* of the same dates */
    float taken[2];           /* by a full shadow from blue and full */
    double mad;               /* departures below as many robust deviations are noise */
} rv__air_series;

/** Planes of the same order, filled by rv__air_find, but for the veil: what lies on the ground or thinly before it. */
typedef struct rv__air {
    uint8_t *opacity, *shade, *bits, *veil;
} rv__air;

int rv__air_find(const rv__air *out, const rv__air_series *series);

/** The same with the copy of the kernel that is asked for. */
int rv__air_find_with(const rv__air *out, const rv__air_series *series, rv__isa isa);

#endif

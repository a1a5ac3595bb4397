/* SPDX-License-Identifier: Apache-2.0 */
/* The two planes in which clouds and shadows are looked for. */
#ifndef RV_NORMALISE_LIGHT_H
#define RV_NORMALISE_LIGHT_H

#include <revisit/stack.h>

#include "raster/raster.h"

/** Planes of one window and date, each width * height. */
typedef struct rv__light {
    float *blue;     /* shortest visible band, smoothed */
    float *full;     /* half visible, half near infrared where there is one, smoothed */
    uint8_t *inside; /* 1 where the scene has pixels */
} rv__light;

/** Read and smooth one window of a date. */
int rv__light_read(const rv__light *out, const rv_stack *stack, size_t t, rv__window window);

/** Share of the light that a full shadow takes from each of the two planes. */
void rv__light_taken(float out[2], const char *roles);

#endif

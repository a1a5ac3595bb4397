/* SPDX-License-Identifier: Apache-2.0 */
/* Dates of a site as the sensor records them, some rows at a time. */
#ifndef RV_SIMULATE_DRAW_H
#define RV_SIMULATE_DRAW_H

#include <stdint.h>

#include "simulate/relief.h"
#include "simulate/sensor.h"
#include "simulate/site.h"

/** Rows and columns of a tile: large against the halo that blur and displacement want (34 % more cells), small
 *  enough for 32 MB a worker; at 192 px fewer cells cost as much, for they leave the cache. */
enum { RV__SIM_TILE = 128 };

/** Some consecutive dates and the light of each on the hills. */
typedef struct rv__batch rv__batch;

int rv__batch_new(rv__batch **out, const rv__site *site, const rv__relief *relief, int first, int n);
void rv__batch_free(rv__batch *batch);

/** Rows of one date, band after band; a NULL plane is not wanted. */
typedef struct rv__rows {
    uint16_t *value;     /* n_bands planes */
    float *displacement; /* 2 planes: the ground at reference pixel p is seen at p + d */
    float *air;          /* 3 planes: alpha of cloud, transmittance of its shadow, optical depth of haze */
    uint8_t *mask;       /* classes of the interchange format */
} rv__rows;

/** Rows [row0, row0 + n_rows) of every date of the batch; row0 a whole multiple of 16. */
int rv__batch_rows(rv__rows *out, const rv__batch *batch, int row0, int n_rows);

#endif

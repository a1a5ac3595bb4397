/* SPDX-License-Identifier: Apache-2.0 */
/* One date of a site as the sensor records it. */
#ifndef RV_SIMULATE_DRAW_H
#define RV_SIMULATE_DRAW_H

#include <stdint.h>

#include "simulate/site.h"

enum { RV__SIM_SCALE = 10000 }; /* stored value of reflectance 1 */

/** Samples of RV__SIM_BANDS bands, band after band, size_px * size_px each. */
int rv__sim_draw(uint16_t *out, const rv__site *site, int date);

/** Share of a building's corners and centre that cloud or its shadow hides on a date. */
double rv__sim_hidden(const rv__site *site, const rv__sim_building *b, int date);

#endif

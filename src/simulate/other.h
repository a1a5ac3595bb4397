/* SPDX-License-Identifier: Apache-2.0 */
/* Every second date may show other ground in a share of the place, and contrast turned over. */
#ifndef RV_SIMULATE_OTHER_H
#define RV_SIMULATE_OTHER_H

#include "simulate/ground.h"
#include "simulate/site.h"

/** The place beside ours, and what share of the noise it fills; no-op where the options ask for none. */
int rv__other_make(rv__site *site);
void rv__other_release(rv__site *site);

/** Does a date show other ground, or ground turned over? */
bool rv__other_shown(const rv__site *site, int date);
bool rv__other_inverted(const rv__site *site, int date);

/** Share of other ground of every cell: 0 and 1 but for a rim. */
int rv__other_share(float *out, const rv__site *site, const rv__cells *cells);
/** Mix planes of other ground into ours by that share. */
int rv__other_mix(float *const plane[RV__SIM_BANDS], rv__ground *other, const float *share, int date, double t);

/** Reflectance turned over: bare soil becomes as bright as full green was, and the other way round. */
float rv__other_turned(const rv__site *site, float reflectance, int band);

#endif

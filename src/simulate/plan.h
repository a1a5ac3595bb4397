/* SPDX-License-Identifier: Apache-2.0 */
/* Which buildings stand where. */
#ifndef RV_SIMULATE_PLAN_H
#define RV_SIMULATE_PLAN_H

#include "simulate/site.h"

/** Fills building[] (no times yet). @return RV_OK; RV_ERR_RANGE when they do not fit */
int rv__plan_make(rv__site *site);
/** Reflectance of a random roof of the site's style. */
void rv__plan_roof(double out[RV__SIM_BANDS], const rv__site *site, double pick);

#endif

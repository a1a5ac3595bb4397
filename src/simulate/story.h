/* SPDX-License-Identifier: Apache-2.0 */
/* What happens, and when it is seen. */
#ifndef RV_SIMULATE_STORY_H
#define RV_SIMULATE_STORY_H

#include "simulate/site.h"

/** Dates with their light, views and weather; needs the grid. */
int rv__story_dates(rv__site *site);
/** Times of building works, extensions, demolitions, the new road, portals, nuisances; needs dates and buildings. */
int rv__story_events(rv__site *site);

#endif

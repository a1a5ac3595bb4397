/* SPDX-License-Identifier: Apache-2.0 */
/* What the analyst knows of the site, laid over what was found. */
#ifndef RV_DETECT_INVENTORY_H
#define RV_DETECT_INVENTORY_H

#include <revisit/detect.h>

/**
 * Drop findings outside the aoi or inside an exclusion, and one of two findings that overlap (from neighbouring
 * tiles); put reference outlines in the place of what was found there.
 */
int rv__inventory_places(rv_structures *list, const rv_place *places, size_t n, const rv_stack *stack);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* What the analyst knows of the site, laid over what was found. */
#ifndef RV_DETECT_INVENTORY_H
#define RV_DETECT_INVENTORY_H

#include <revisit/detect.h>

#include "detect/scale.h"

typedef struct rv__inventory {
    const rv_stack *stack;
    const rv__scale *scale;
    const rv_detect_opts *opts;
} rv__inventory;

/**
 * Drop findings outside the aoi or inside an exclusion, and one of two findings that overlap (from neighbouring
 * tiles); put reference outlines in the place of what was found there, with ids and
 * the events that their own series show. What was found has no id yet.
 */
int rv__inventory_places(rv_structures *list, const rv_place *places, size_t n, const rv__inventory *with);

#endif

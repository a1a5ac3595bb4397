/* SPDX-License-Identifier: Apache-2.0 */
/* One tile of the stack: everything from pixels to structures. */
#ifndef RV_DETECT_TILE_H
#define RV_DETECT_TILE_H

#include <revisit/detect.h>

#include "detect/scale.h"

/** Core tile and halo that fit the memory plan. */
void rv__tile_plan(int *core_px, int *halo_px, const rv__scale *scale);

/**
 * Append the structures whose representative point lies in the core window: outlines in map coordinates, no ids yet.
 */
int rv__tile_detect(rv_structures *out, const rv_stack *stack, const rv__scale *scale, rv__window core,
                    const rv_detect_opts *opts);

#endif

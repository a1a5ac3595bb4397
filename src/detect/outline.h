/* SPDX-License-Identifier: Apache-2.0 */
/* Outline of a region. */
#ifndef RV_DETECT_OUTLINE_H
#define RV_DETECT_OUTLINE_H

#include "detect/candidates.h"

/**
 * Outline in px of the stack's grid: a rectangle where that fits, else the simplified contour. Owned by the caller.
 * @param pixel_m ground size of a fine px, 0 = unknown
 */
int rv__outline(rv_polygon *out, const rv__candidate *item, const rv__run *runs, const rv__maps *maps, double pixel_m);

/** Turn a polygon in px of the grid into map coordinates, outer ring counter-clockwise. */
void rv__outline_to_map(rv_polygon *polygon, const rv_grid *grid);

#endif

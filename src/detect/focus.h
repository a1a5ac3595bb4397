/* SPDX-License-Identifier: Apache-2.0 */
/* Where the analyst points: around a point of interest less is asked of a finding. */
#ifndef RV_DETECT_FOCUS_H
#define RV_DETECT_FOCUS_H

#include <revisit/grid.h>
#include <revisit/structure.h>

#include "base/vec.h"

typedef struct rv__spot {
    double col, row, radius; /* stack px */
} rv__spot;

typedef RV__VEC(rv__spot) rv__focus;

/** The site's points of interest, whose shapes are in map coordinates; an extended one counts by its middle. */
int rv__focus_make(rv__focus *out, const rv_place *places, size_t n, const rv_grid *grid);
void rv__focus_release(rv__focus *focus);

/** How far the limit of a score is lowered at a place, ln odds: 0 away from every point of interest. */
double rv__focus_ease(const rv__focus *focus, double col, double row);

#endif

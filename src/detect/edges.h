/* SPDX-License-Identifier: Apache-2.0 */
/* What the edges of a region tell where pixels are much smaller than roofs. */
#ifndef RV_DETECT_EDGES_H
#define RV_DETECT_EDGES_H

#include "detect/traits.h"

/** Masks of a region laid on the fine grid. */
typedef struct rv__box {
    const rv__part *part;
    int col0, row0, w, h;
} rv__box;

/** Fill closed, ridge, shade and near of a candidate. */
void rv__edges_measure(rv__candidate *item, const rv__maps *maps, const rv__scale *scale, const rv__box *box);

#endif

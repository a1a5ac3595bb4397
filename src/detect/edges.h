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

/** Correlation of the edges in region and ring with those of the picture before, moved by shift; of every stride-th row. */
double rv__edges_alike(const rv__maps *maps, const rv__box *box, const int shift[2], int stride);

/** Fill closed, ridge, shade and near of a candidate. */
void rv__edges_measure(rv__candidate *item, const rv__maps *maps, const rv__scale *scale, const rv__box *box);

#endif

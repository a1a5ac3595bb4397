/* SPDX-License-Identifier: Apache-2.0 */
/* What is measured on one region. */
#ifndef RV_DETECT_TRAITS_H
#define RV_DETECT_TRAITS_H

#include "detect/candidates.h"

/** Room for the largest box; one per worker. */
typedef struct rv__part {
    uint8_t *object, *near, *wide, *row; /* masks of the box grown by the pad */
    size_t cap;
} rv__part;

void rv__part_release(rv__part *patch);

/** Fill everything of a candidate from seen to had; box, px, fill, elongation and the count of its runs are given. */
int rv__traits_measure(rv__candidate *item, const rv__run *runs, const rv__maps *maps, const rv__scale *scale,
                       rv__part *patch);

#endif

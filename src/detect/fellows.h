/* SPDX-License-Identifier: Apache-2.0 */
/* What stands around a candidate: buildings come in rows and estates, fields and heaps do not. */
#ifndef RV_DETECT_FELLOWS_H
#define RV_DETECT_FELLOWS_H

#include "detect/candidates.h"

/** Where a candidate lies, fine px. */
typedef struct rv__fellow {
    double col, row, half_w, half_h; /* its middle, half of its box */
    double radius, px, heading_rad;
    double chance; /* that it is a building, of those that are chosen */
} rv__fellow;

typedef struct rv__fellows {
    rv__fellow *v; /* by rising row */
    size_t n;
    double half_h; /* the largest */
} rv__fellows;

/** What would be chosen of the new ones by their scores alone, at a low limit. Scores must be ln odds; they
 *  are as before afterwards. */
int rv__fellows_find(rv__fellows *out, const rv__candidates *list, const rv__maps *maps);
void rv__fellows_release(rv__fellows *fellows);

/** Set what a new candidate has around it, and that this is known; one that no company could lift is left as it is. */
void rv__fellows_count(rv__candidate *item, const rv__run *runs, const rv__fellows *fellows, const rv__scale *scale);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* From what was measured to the words of a structure. */
#ifndef RV_DETECT_CLASSIFY_H
#define RV_DETECT_CLASSIFY_H

#include <revisit/structure.h>

#include "detect/candidates.h"

/** Kind, event, score, likelihood and flags of a structure; nfa is set already. */
void rv__classify(rv_structure *out, const rv__candidate *item, const rv__scale *scale);

/** The kind and event of one that stands in both pictures, when its series begins without it. */
void rv__classify_new(rv_structure *out, const rv__candidate *item, const rv__scale *scale);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* From what was measured to the words of a structure. */
#ifndef RV_DETECT_CLASSIFY_H
#define RV_DETECT_CLASSIFY_H

#include <revisit/structure.h>

#include "detect/candidates.h"

/** Kind, the other kinds, event, score, likelihood and number of false alarms of a structure; adds flags. */
void rv__classify(rv_structure *out, const rv__candidate *item, const rv__scale *scale);

#endif

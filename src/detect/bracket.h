/* SPDX-License-Identifier: Apache-2.0 */
/* A dating put into a structure: brackets by scenes, each widened by its own period, and the set of dates. */
#ifndef RV_DETECT_BRACKET_H
#define RV_DETECT_BRACKET_H

#include <revisit/structure.h>

#include "detect/dating.h"

/** Date a structure by its series of at least two scenes. gone: it stood first. */
void rv__bracket_set(rv_structure *out, const rv_stack *stack, const rv__series *series, int channels, bool gone);

/** The set as text: ids of scenes, two for each interval, joined by "/"; the hull where that is too long. */
void rv__bracket_text(char out[RV_DATE_SET_MAX], const rv_stack *stack, const rv__series *series,
                      const rv__dating *dating);

#endif

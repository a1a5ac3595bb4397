/* SPDX-License-Identifier: Apache-2.0 */
/* What happened to a structure whose outline somebody gave. */
#ifndef RV_DETECT_REFERENCE_H
#define RV_DETECT_REFERENCE_H

#include <revisit/detect.h>

#include "detect/series.h"

/**
 * Ask the structure's own series for a step: sets event (none, new or demolished), its bracket and step_sd, where six clear
 * scenes or more tell; otherwise nothing but flags is touched.
 *
 * @param s    outline in map coordinates; event none
 */
int rv__reference_event(rv_structure *s, const rv_stack *stack, const rv__scale *scale, const rv_detect_opts *opts);

/** The contrasts of a structure in all scenes where it is clear; n 0 where it has no px. */
int rv__reference_series(rv__series *out, const rv_structure *s, const rv_stack *stack, const rv__scale *scale);

#endif

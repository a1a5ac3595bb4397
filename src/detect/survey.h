/* SPDX-License-Identifier: Apache-2.0 */
/* The first pass: rank thresholds of the scene from sample windows. */
#ifndef RV_DETECT_SURVEY_H
#define RV_DETECT_SURVEY_H

#include "detect/scale.h"

/** Fill noise and thresholds of a scale made by rv__scale_facts. */
int rv__survey(rv__scale *scale, const rv_stack *stack);

#endif

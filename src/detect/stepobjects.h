/* SPDX-License-Identifier: Apache-2.0 */
/* Candidates from the step map: large objects and ground works. */
#ifndef RV_DETECT_STEPOBJECTS_H
#define RV_DETECT_STEPOBJECTS_H

#include "detect/candidates.h"

/** Append, measured and scored; nothing when the series is too short. */
int rv__steps_objects(rv__candidates *list, const rv__views *views, const rv__maps *maps, const rv__scale *scale);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* How far unchanged ground moves from scene to scene: what an object's own values must be read against. */
#ifndef RV_DETECT_DRIFT_H
#define RV_DETECT_DRIFT_H

#include "base/vec.h"
#include "detect/views.h"

/** Departures of px from their median over time, per channel and scene. All zero at first. */
typedef struct rv__drift {
    RV__VEC(float) departure[RV__CHANNELS][RV__DATES_MAX];
} rv__drift;

/** Add the px of a window. */
int rv__drift_sample(rv__drift *drift, const rv__views *views);

/** Set offset and unsteady of the scale, whose noise is known. Sorts the samples. */
void rv__drift_set(rv__scale *scale, rv__drift *drift);

void rv__drift_release(rv__drift *drift);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Per cell of the ground: the best single step in time, how sure and how large it is, and when. */
#ifndef RV_DETECT_STEPMAP_H
#define RV_DETECT_STEPMAP_H

#include "detect/views.h"

typedef struct rv__steps {
    size_t w, h, n;
    int cell;       /* stack px a cell is wide: 1 or 2 */
    float *feature; /* feature[((t * RV__STEP_FEATURES + k) * h + row) * w + col] */
    uint8_t *clear; /* clear[(t * h + row) * w + col] */
    float *gain;    /* fall of the truncated cost by one step, in noise units */
    float *step;    /* root mean square step of the features, in noise units */
    uint8_t *first; /* first scene after the step */
    uint8_t *seen;  /* 1 where enough scenes are clear */
} rv__steps;

/** A step needs scenes on both sides, and some more to be told from an accident. */
bool rv__steps_possible(const rv__scale *scale);
/** Fill feature and clear alone. */
int rv__steps_features(rv__steps *out, const rv__views *views, const rv__scale *scale);
/** Everything. */
int rv__steps_build(rv__steps *out, const rv__views *views, const rv__scale *scale);
void rv__steps_release(rv__steps *steps);
/** Rank thresholds from samples of gain and step, which are permuted. */
void rv__steps_thresholds(rv__scale *scale, float *gain, float *step, size_t n);

#endif

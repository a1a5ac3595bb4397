/* SPDX-License-Identifier: Apache-2.0 */
/* Scores, which of overlapping candidates stands for the object, and how many false ones to expect. */
#ifndef RV_DETECT_DECIDE_H
#define RV_DETECT_DECIDE_H

#include "detect/candidates.h"

/** Set hypothesis and score of a candidate from its measures. */
void rv__decide_score(rv__candidate *item, const rv__scale *scale);

/**
 * Greedy choice by falling score: a candidate more than OVERLAP covered by better ones is dropped.
 * @param order *n indices of the chosen ones, best first; owned by the caller
 */
int rv__decide_choose(size_t **order, size_t *n, const rv__candidates *list, const rv__maps *maps);

/** Drop from order dark things that came or went and are the shadow of another chosen object. */
int rv__decide_shadows(size_t *order, size_t *n, const rv__candidates *list, const rv__maps *maps,
                       const rv__scale *scale);

/** Expected number of objects of background that reach this score in a stack of this size. */
double rv__decide_nfa(double score, const rv__scale *scale);
/** Rough chance that an object of this score is what it is said to be; not calibrated yet. */
double rv__decide_likelihood(double score);

#endif

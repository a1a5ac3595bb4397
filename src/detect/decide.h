/* SPDX-License-Identifier: Apache-2.0 */
/* Hypotheses, scores and how many false ones to expect; which dark things are shadows. */
#ifndef RV_DETECT_DECIDE_H
#define RV_DETECT_DECIDE_H

#include "detect/candidates.h"

/** Whether it was found in both pictures but steps in time: then it is asked as a new thing, too. */
bool rv__decide_steps(const rv__candidate *item);

/** Set hypothesis and score of a candidate from its measures; once more when it is known what is around it. */
void rv__decide_score(rv__candidate *item, const rv__scale *scale);

/** Make works on the ground of it where by the fitted models that is likelier than what was set before. */
void rv__decide_works(rv__candidate *item, const rv__scale *scale);

/** Drop from order dark things that came or went and are the shadow of another chosen object. */
int rv__decide_shadows(size_t *order, size_t *n, const rv__candidates *list, const rv__maps *maps,
                       const rv__scale *scale);

/** Expected number of objects of background that reach this score in a stack of this size. */
double rv__decide_nfa(double score, int hypothesis, const rv__scale *scale);
/** The score at which that number is nfa; 0: at which a finding is right in two of five cases, by hand that of 10. */
double rv__decide_limit(double nfa, int hypothesis, const rv__scale *scale);
/** Chance that an object of this score is what it is said to be. */
double rv__decide_likelihood(double score, int hypothesis, const rv__scale *scale);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Probabilities from elsewhere: their planes, and what they add to composites and scores. */
#ifndef RV_DETECT_EVIDENCE_H
#define RV_DETECT_EVIDENCE_H

#include <revisit/evidence.h>

#include "detect/candidates.h"

enum { RV__UNKNOWN = 255, RV__CERTAIN = 254 }; /* codes: 254 p, rounded */

/** The same window as codes; scenes without a plane are unknown. */
void rv__evidence_codes(uint8_t *out, const rv_evidence *evidence, size_t t, rv__window window);

/** Mean probability of the first and of the last scenes that are clear and known, on the fine grid; .5 where none is. */
int rv__evidence_composite(rv__maps *maps, const rv__views *views, const rv__scale *scale);

/** A plane of evidence (RV__EVIDENCE and on) that is cut for candidates: after, change, before. */
void rv__evidence_signal(float *out, const rv__maps *maps, int signal);
/** The fixed level l of such a plane. */
double rv__evidence_level(int signal, int l);

/** ln odds of a probability, bounded. */
double rv__evidence_odds(double probability);

/** What it adds to a score: for what is in picture e and not in the other, and for what stands in both. */
double rv__evidence_change(const rv__candidate *item, int e);
double rv__evidence_standing(const rv__candidate *item);

#endif

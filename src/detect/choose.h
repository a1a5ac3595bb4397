/* SPDX-License-Identifier: Apache-2.0 */
/* Which of the overlapping candidates stand for what is there. */
#ifndef RV_DETECT_CHOOSE_H
#define RV_DETECT_CHOOSE_H

#include "detect/candidates.h"

/**
 * Indexes of a set of candidates that hardly overlap (a quarter of the smaller at most), best first. A candidate is worth
 * what its score lies above the limit.
 *
 * @param order owned by the caller, NULL on error
 * @param limit for each hypothesis: scores not above it are left out
 * @param parts one that holds others stands aside where these together are worth more: an estate is its houses. Scores
 *              must then be comparable sums, as ln odds are
 */
int rv__choose(size_t **order, size_t *n, const rv__candidates *list, const rv__maps *maps,
               const double limit[RV__HYPOTHESES], bool parts);

#endif

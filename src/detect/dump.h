/* SPDX-License-Identifier: Apache-2.0 */
/* Candidates as a table, for fitting the model anew (bench/fit_detect.py). */
#ifndef RV_DETECT_DUMP_H
#define RV_DETECT_DUMP_H

#include "detect/candidates.h"

/**
 * Append every candidate to a table of tabs: hypothesis (0 new, 1 gone, 2 stood), whether it was chosen, signal (-1: step
 * map), score, magnification and origin of the tile, score by hand, the traits of model.h in their order, and the rows of the region
 * ("row:col0-col1 ..." in fine px of the tile).
 *
 * @param order the n that were chosen
 */
int rv__dump_candidates(const char *path, const rv__candidates *list, const size_t *order, size_t n,
                        const rv__maps *maps, const rv__scale *scale);

#endif

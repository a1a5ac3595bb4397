/* SPDX-License-Identifier: Apache-2.0 */
/* New roads and tracks: what is long, narrow and was not there before. */
#ifndef RV_DETECT_LINES_H
#define RV_DETECT_LINES_H

#include "detect/candidates.h"

/** rv__candidate.signal of a line. */
enum { RV__LINE = -2 };

/** Append every new line of 100 m or more (40 px where pixels have no size) as a candidate; measured. */
int rv__lines_find(rv__candidates *out, const rv__maps *maps, const rv__scale *scale);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Candidates of all sizes in a pair of pictures with pixels much smaller than roofs. */
#ifndef RV_DETECT_PYRAMID_H
#define RV_DETECT_PYRAMID_H

#include "detect/candidates.h"

/** As rv__candidates_find, on the picture and on all that it is halved to; each measured where its size is middling. */
int rv__pyramid_find(rv__candidates *out, const rv__maps *maps, const rv__scale *scale);

#endif

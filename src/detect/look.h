/* SPDX-License-Identifier: Apache-2.0 */
/* All that is looked at in a tile: its candidates, measured and scored. */
#ifndef RV_DETECT_LOOK_H
#define RV_DETECT_LOOK_H

#include "detect/candidates.h"

/** Builds the maps of the views and fills the list; both are the caller's to release, after errors too. */
int rv__look(rv__candidates *list, rv__maps *maps, const rv__views *views, const rv__scale *scale);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Houses that stand together and came together: a cluster, which repeats them as one hull. */
#ifndef RV_DETECT_ESTATES_H
#define RV_DETECT_ESTATES_H

#include <revisit/structure.h>

/** Append a structure of kind housing_cluster for every four or more new houses near one another. px: side of a pixel in map
 * units. */
int rv__estates_add(rv_structures *list, double px);

#endif

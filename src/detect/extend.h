/* SPDX-License-Identifier: Apache-2.0 */
/* A new part that continues what stood there is no building of its own. */
#ifndef RV_DETECT_EXTEND_H
#define RV_DETECT_EXTEND_H

#include <revisit/structure.h>

/** Join new buildings that lengthen or widen a standing one to it: that becomes extended, with the outline of both and the
 * dates of the new part. px: side of a pixel in map units. */
int rv__extend(rv_structures *list, double px);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef RV_MODEL_STRUCTURE_LIST_H
#define RV_MODEL_STRUCTURE_LIST_H

#include <revisit/structure.h>

/** Take structure i out; those after it move up. */
void rv__structures_drop(rv_structures *structures, size_t i);

#endif

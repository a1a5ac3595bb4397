/* SPDX-License-Identifier: Apache-2.0 */
/* What the order of a series rests on, in words. */
#ifndef RV_MODEL_ORDER_H
#define RV_MODEL_ORDER_H

#include <revisit/scene.h>

#include "base/str.h"

/** Whether two scenes, the second after the first in a stack, could as well have been taken the other way round. */
bool rv__order_open(const rv_scene_info *first, const rv_scene_info *second);

/** A clause (no capital, no full stop) about scenes whose order is not known; nothing where all is clear. */
void rv__order_words(rv__str *out, const rv_scene_info *const *scene, size_t n);
/** A clause about scenes that do not tell where the sun stood; nothing where all do. */
void rv__sun_words(rv__str *out, const rv_scene_info *const *scene, size_t n);

#endif

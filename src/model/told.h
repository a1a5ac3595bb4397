/* SPDX-License-Identifier: Apache-2.0 */
/* The provider's own mask of a scene, kept beside its working copy as codes RV_MASK_..., 255 where nothing is told. */
#ifndef RV_MODEL_TOLD_H
#define RV_MODEL_TOLD_H

#include <stddef.h>

#include <revisit/scene.h>

/** scenes/x.tif -> scenes/x.told.tif */
void rv__scene_told_path(char *out, size_t size, const char *working_copy);

/** Whether the scene was opened with such a mask. */
bool rv__scene_is_told(const rv_scene *scene);

/** Codes of a window inside the scene, as floats. */
int rv__scene_read_told(const rv_scene *scene, float *codes, const int window[4]);

#endif

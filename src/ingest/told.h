/* SPDX-License-Identifier: Apache-2.0 */
/* The provider's own mask that lies beside an image: found by its name, kept as codes RV_MASK_... */
#ifndef RV_INGEST_TOLD_H
#define RV_INGEST_TOLD_H

#include <revisit/scene.h>

/** True for the name of a file that is such a mask and no image. */
bool rv__told_is_mask(const char *path);

/**
 * Look for the mask beside an image that was taken in, and write its codes beside the working copy
 * (rv__scene_told_path). A mask that is damaged or of another size is left out with a line in the log.
 *
 * @return 1 written, 0 there is none that can be used, or a code
 */
int rv__told_take(const rv_scene_info *info, const char *working_copy);

#endif

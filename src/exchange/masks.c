/* SPDX-License-Identifier: Apache-2.0 */
/* The masks of the current align run, one GeoTIFF a frame, named after it: 0 clear, 1 cloud, 2 shadow, 3 both, 4 haze,
 * 5 snow, 255 outside, on the reference image's grid. They are copies of the layers the case keeps. */
#include <revisit/export.h>

#include "base/file.h"
#include "base/str.h"
#include "case/case_internal.h"

#include <stdio.h>

typedef struct mask_copy {
    rv_case *c;
    const char *folder;
    int align_run;
} mask_copy;

static int copy_mask(const rv_transform *t, void *user)
{
    mask_copy *copy = user;
    char layer[RV_PATH_MAX], from[RV_PATH_MAX], name[RV_PATH_MAX], to[RV_PATH_MAX];
    int err;
    if (!t->trusted)
        return 0; /* a frame that is not used has no mask; show transforms says why */
    snprintf(name, sizeof name, "%s.tif", t->scene_id);
    if ((err = rv__case_mask_name(layer, sizeof layer, copy->align_run, t->scene_id)) < 0 ||
        (err = rv__case_path(copy->c, from, sizeof from, layer)) < 0 ||
        (err = rv__path_join(to, sizeof to, copy->folder, name)) < 0)
        return err;
    return rv__file_copy(to, from);
}

int rv_export_masks(rv_case *c, const char *folder)
{
    mask_copy copy = { .c = c, .folder = folder, .align_run = rv_case_current_run(c, "align") };
    int err;
    if (copy.align_run == 0)
        return rv__fail(RV_ERR_STATE, "the scenes are not aligned yet");
    if ((err = rv__folder_make(folder)) < 0)
        return err;
    return rv_case_each_transform(c, copy_mask, &copy);
}

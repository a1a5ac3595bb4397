/* SPDX-License-Identifier: Apache-2.0 */
/* The masks of the current align run, one GeoTIFF a frame, named after it: 0 clear, 1 cloud, 2 shadow, 3 both, 4 haze,
 * 5 snow, 255 outside, on the reference image's grid; or their weights in percent. They are bands of the layers that the
 * case keeps. */
#include <revisit/export.h>

#include "base/file.h"
#include "base/mem.h"
#include "case/case_internal.h"
#include "raster/gdal_read.h"
#include "raster/gdal_write.h"

#include <stdio.h>

typedef struct mask_copy {
    rv_case *c;
    const char *folder;
    int align_run, band;
} mask_copy;

/* One band of a layer as a file of its own. */
static int write_band(const char *to, rv__gtiff *layer, int band)
{
    int width, height, bands, err;
    rv_grid grid;
    rv__gtiff_size(layer, &width, &height, &bands);
    if (band >= bands)
        return rv__fail(RV_ERR_NODATA, "masks of this case hold no weights: align again");
    float *line = rv__alloc((size_t)width, sizeof *line);
    uint8_t *bytes = rv__alloc((size_t)width * (size_t)height, 1);
    err = line && bytes ? rv__gtiff_grid(layer, &grid) : RV_ERR_NOMEM;
    for (int row = 0; row < height && err == RV_OK; row++) {
        err = rv__gtiff_read(layer, line, band, (int[4]){ 0, row, width, 1 });
        for (int col = 0; col < width && err == RV_OK; col++)
            bytes[(size_t)row * (size_t)width + (size_t)col] = (uint8_t)line[col];
    }
    if (err == RV_OK)
        err = rv__layer_write_u8(to, &grid, bytes, 255);
    rv__free(bytes);
    rv__free(line);
    return err;
}

static int copy_mask(const rv_transform *t, void *user)
{
    mask_copy *copy = user;
    char layer[RV_PATH_MAX], from[RV_PATH_MAX], name[RV_PATH_MAX], to[RV_PATH_MAX];
    rv__gtiff *file = NULL;
    int err;
    if (!t->trusted)
        return 0; /* a frame that is not used has no mask; show transforms says why */
    snprintf(name, sizeof name, "%s.tif", t->scene_id);
    if ((err = rv__case_mask_name(layer, sizeof layer, copy->align_run, t->scene_id)) < 0 ||
        (err = rv__case_path(copy->c, from, sizeof from, layer)) < 0 ||
        (err = rv__path_join(to, sizeof to, copy->folder, name)) < 0 || (err = rv__gtiff_open(&file, from)) < 0)
        return err;
    err = write_band(to, file, copy->band);
    rv__gtiff_close(file);
    return err;
}

static int export_band(rv_case *c, const char *folder, int band)
{
    mask_copy copy = { .c = c, .folder = folder, .align_run = rv_case_current_run(c, "align"), .band = band };
    int err;
    if (copy.align_run == 0)
        return rv__fail(RV_ERR_STATE, "the scenes are not aligned yet");
    if ((err = rv__folder_make(folder)) < 0)
        return err;
    return rv_case_each_transform(c, copy_mask, &copy);
}

int rv_export_masks(rv_case *c, const char *folder)
{
    return export_band(c, folder, 0);
}

int rv_export_weights(rv_case *c, const char *folder)
{
    return export_band(c, folder, 1);
}

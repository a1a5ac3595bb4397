/* SPDX-License-Identifier: Apache-2.0 */
/* One acquisition: its described facts, and a handle that reads its working copy by window. A handle belongs to one
 * thread at a time, because the reader under it keeps block caches and a file position. */
#include "model/stack_internal.h"

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "model/told.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

struct rv_scene {
    rv_scene_info info;
    rv_grid grid;
    rv__gtiff *file;
    rv__gtiff *told; /* or NULL */
};

static const char *const state_names[] = { "ok", "refused", NULL };

static const rv_scene_info defaults = { .scale = 1.0,
                                        .valid_share = NAN,
                                        .gt = { 0, 1, 0, 0, 0, 1 },
                                        .t_min = -INFINITY,
                                        .t_max = INFINITY,
                                        .time_source = "none",
                                        .sun_azimuth_deg = NAN,
                                        .sun_elevation_deg = NAN,
                                        .view_azimuth_deg = NAN,
                                        .view_off_nadir_deg = NAN };

static const rv_field rows[] = {
    RV_TEXT(rv_scene_info, id, "file name without extension, unique within the case"),
    RV_TEXT(rv_scene_info, path, "original, as given"),
    RV_TEXT(rv_scene_info, sha256, "fingerprint of the original"),
    RV_ENUM(rv_scene_info, state, state_names, "whether the image is used"),
    RV_TEXT(rv_scene_info, why, "reason of a refusal"),
    RV_TEXT(rv_scene_info, working_copy, "path within the case folder"),
    RV_TEXT(rv_scene_info, working_sha256, "fingerprint of the working copy"),
    RV_INT(rv_scene_info, width, 0, 1048576, "px", "columns"),
    RV_INT(rv_scene_info, height, 0, 1048576, "px", "rows"),
    RV_INT(rv_scene_info, bands, 0, RV_BANDS_MAX, "", "bands kept"),
    RV_TEXT(rv_scene_info, roles, "one letter a band: B G R N S T P X"),
    RV_INT(rv_scene_info, bits, 0, 64, "", "bits of the original's samples"),
    RV_DOUBLE(rv_scene_info, scale, -1e12, 1e12, "", "physical value per stored value"),
    RV_DOUBLE(rv_scene_info, offset, -1e12, 1e12, "", "added after the scale"),
    RV_DOUBLE(rv_scene_info, valid_share, 0, 1, "", "share of pixels that hold data"),
    RV_TEXT(rv_scene_info, crs, "coordinate reference system"),
    RV_DOUBLE(rv_scene_info, gt, -1e12, 1e12, "", "geotransform"),
    RV_DOUBLE(rv_scene_info, gsd_m, 0, 1e6, "m", "pixel size where there is no CRS; 0 = unknown"),
    RV_TIME(rv_scene_info, t_min, "earliest time of acquisition"),
    RV_TIME(rv_scene_info, t_max, "latest time of acquisition"),
    RV_TEXT(rv_scene_info, time_source, "where the time comes from: option, stac, tag, name or none"),
    RV_TEXT(rv_scene_info, sensor, "platform and instrument"),
    RV_DOUBLE(rv_scene_info, sun_azimuth_deg, -360, 360, "deg", "sun, clockwise from north"),
    RV_DOUBLE(rv_scene_info, sun_elevation_deg, -90, 90, "deg", "sun above the horizon"),
    RV_DOUBLE(rv_scene_info, view_azimuth_deg, -360, 360, "deg", "towards the satellite, clockwise from north"),
    RV_DOUBLE(rv_scene_info, view_off_nadir_deg, 0, 90, "deg", "view off nadir"),
    RV_TEXT(rv_scene_info, credit, "line to print beside the picture"),
    RV_TEXT(rv_scene_info, licence, "licence of the image"),
};

static int check_size(const rv__gtiff *file, const rv_scene_info *info)
{
    int width, height, bands;
    rv__gtiff_size(file, &width, &height, &bands);
    if (width != info->width || height != info->height || bands != info->bands)
        return rv__fail(RV_ERR_MISMATCH, "working copy is %d x %d px with %d bands, not %d x %d with %d as recorded",
                        width, height, bands, info->width, info->height, info->bands);
    return RV_OK;
}

/* Place a w * h block at the top left of the window into the larger one, from the last row up so that it may be done in
 * one buffer: the target of a row never lies before its source. */
static void spread_rows(void *plane, size_t item, const int inner[4], const int window[4])
{
    char *base = plane;
    const size_t width = (size_t)window[2];
    const size_t left = (size_t)(inner[0] - window[0]), top = (size_t)(inner[1] - window[1]);
    const size_t w = (size_t)inner[2], h = (size_t)inner[3];
    for (size_t r = h; r-- > 0;) {
        char *to = base + (top + r) * width * item;
        memmove(to + left * item, base + r * w * item, w * item);
        memset(to, 0, left * item);
        memset(to + (left + w) * item, 0, (width - left - w) * item);
    }
    memset(base, 0, top * width * item);
    memset(base + (top + h) * width * item, 0, ((size_t)window[3] - top - h) * width * item);
}

const rv_fields *rv_scene_info_fields(void)
{
    static const rv_fields fields = { "scene", sizeof(rv_scene_info), &defaults, rows, sizeof rows / sizeof *rows };
    return &fields;
}

void rv_scene_info_grid(const rv_scene_info *info, rv_grid *out)
{
    *out = (rv_grid){ .width = info->width, .height = info->height, .gsd_m = info->gsd_m };
    memcpy(out->crs, info->crs, sizeof out->crs);
    memcpy(out->gt, info->gt, sizeof out->gt);
}

void rv__scene_told_path(char *out, size_t size, const char *working_copy)
{
    const size_t n = strlen(working_copy);
    const bool tif = n > 4 && strcmp(working_copy + n - 4, ".tif") == 0;
    snprintf(out, size, "%.*s.told.tif", (int)(tif ? n - 4 : n), working_copy);
}

static int open_told(rv_scene *scene, const char *working_copy)
{
    enum { SUFFIX = 16 };
    char path[RV_PATH_MAX + SUFFIX];
    int width, height, bands, err;
    rv__scene_told_path(path, sizeof path, working_copy);
    if (!rv__file_exists(path))
        return RV_OK;
    if ((err = rv__gtiff_open(&scene->told, path)) < 0)
        return err;
    rv__gtiff_size(scene->told, &width, &height, &bands);
    if (width != scene->info.width || height != scene->info.height || bands != 1)
        return rv__fail(RV_ERR_MISMATCH, "the provider's mask is %d x %d px with %d bands, not %d x %d with 1", width,
                        height, bands, scene->info.width, scene->info.height);
    return RV_OK;
}

int rv_scene_open(rv_scene **out, const char *path, const rv_scene_info *info)
{
    int err;
    rv_scene *scene = rv__alloc(1, sizeof *scene);
    if (!scene)
        return RV_ERR_NOMEM;
    scene->info = *info;
    rv_scene_info_grid(info, &scene->grid);
    if ((err = rv__gtiff_open(&scene->file, path)) < 0 || (err = check_size(scene->file, info)) < 0 ||
        (err = open_told(scene, path)) < 0)
        goto fail;
    *out = scene;
    return RV_OK;
fail:
    rv_scene_free(scene);
    return rv__subject(err, "scene %s: ", info->id);
}

void rv_scene_free(rv_scene *scene)
{
    if (!scene)
        return;
    if (scene->file)
        rv__gtiff_close(scene->file);
    if (scene->told)
        rv__gtiff_close(scene->told);
    rv__free(scene);
}

const rv_scene_info *rv_scene_facts(const rv_scene *scene)
{
    return &scene->info;
}

const rv_grid *rv_scene_grid(const rv_scene *scene)
{
    return &scene->grid;
}

int rv_scene_read(const rv_scene *scene, float *data, uint8_t *valid, const int *band, int n_bands, const int window[4])
{
    assert(window[2] > 0 && window[3] > 0);
    const size_t n = (size_t)window[2] * (size_t)window[3];
    const int col0 = window[0] > 0 ? window[0] : 0, row0 = window[1] > 0 ? window[1] : 0;
    const int64_t right = (int64_t)window[0] + window[2], below = (int64_t)window[1] + window[3];
    const int col1 = right < scene->grid.width ? (int)right : scene->grid.width;
    const int row1 = below < scene->grid.height ? (int)below : scene->grid.height;
    if (col0 >= col1 || row0 >= row1) {
        memset(data, 0, n * (size_t)n_bands * sizeof *data);
        memset(valid, 0, n);
        return RV_OK;
    }
    const int inner[4] = { col0, row0, col1 - col0, row1 - row0 };
    int err;
    if ((err = rv__gtiff_read_valid(scene->file, valid, inner)) < 0)
        return rv__subject(err, "scene %s: ", scene->info.id);
    spread_rows(valid, sizeof *valid, inner, window);
    for (int b = 0; b < n_bands; b++) {
        float *plane = data + (size_t)b * n;
        assert(band[b] >= 0 && band[b] < scene->info.bands);
        if ((err = rv__gtiff_read(scene->file, plane, band[b], inner)) < 0)
            return rv__subject(err, "scene %s: ", scene->info.id);
        spread_rows(plane, sizeof *plane, inner, window);
        for (size_t i = 0; i < n; i++)
            plane[i] = valid[i] ? plane[i] : 0.0F;
    }
    return RV_OK;
}

bool rv__scene_is_told(const rv_scene *scene)
{
    return scene->told != NULL;
}

int rv__scene_read_told(const rv_scene *scene, float *codes, const int window[4])
{
    const int err = rv__gtiff_read(scene->told, codes, 0, window);
    return err < 0 ? rv__subject(err, "scene %s: ", scene->info.id) : RV_OK;
}

rv__sample rv__scene_sample(const rv_scene *scene)
{
    return rv__gtiff_sample(scene->file);
}

int rv__scene_blocks(rv__blocks **out, const rv_scene *scene, size_t bytes_max)
{
    return rv__blocks_new(out, scene->file, bytes_max);
}

int rv__scene_read_raw(const rv_scene *scene, void *data, uint8_t *valid, const rv__raw_bands *bands,
                       const int window[4])
{
    const size_t plane = (size_t)window[2] * (size_t)window[3] * rv__sample_size(rv__scene_sample(scene));
    int err = rv__gtiff_read_valid(scene->file, valid, window);
    for (int i = 0; i < bands->n && err == RV_OK; i++) {
        char *to = (char *)data + (size_t)i * plane;
        err = bands->blocks ? rv__blocks_read(bands->blocks, to, bands->band[i], window)
                            : rv__gtiff_read_raw(scene->file, to, bands->band[i], window);
    }
    return err < 0 ? rv__subject(err, "scene %s: ", scene->info.id) : RV_OK;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* One foreign image to a working copy and its facts: fingerprint first, then the decoding worker's rows go straight into
 * the working copy, so that memory does not grow with the picture. What the picture says of itself (STAC item beside it,
 * tags, name) is gathered from the modules of this folder; options win over all of it. */
#include "ingest/ingest.h"

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/sha256.h"
#include "ingest/bands.h"
#include "ingest/hide.h"
#include "ingest/stac.h"
#include "ingest/told.h"
#include "ingest/when.h"
#include "raster/decode.h"
#include "raster/sniff.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct intake {
    const rv__ingest_opts *opts;
    const char *working_copy;
    rv_scene_info *info;
    rv__stac stac;
    rv__boxes boxes;
    rv__sample sample;
    rv__cog *cog;
    uint8_t *valid; /* of the rows at hand */
    size_t valid_size;
    uint8_t *plane; /* of the whole picture, where zero borders are looked for; else NULL */
    size_t n_valid;
} intake;

static void copy_text(char *out, size_t size, const char *text)
{
    snprintf(out, size, "%s", text);
}

static void note_facts(rv_scene_info *info, const rv__stac *stac, const rv__decoded *h, const rv__ingest_opts *opts)
{
    static const int bits[] = { 8, 16, 16, 32 };
    info->width = h->grid.width;
    info->height = h->grid.height;
    info->bands = h->bands;
    info->bits = bits[h->sample];
    info->scale = h->scale;
    info->offset = h->offset;
    memcpy(info->crs, h->grid.crs, sizeof info->crs);
    memcpy(info->gt, h->grid.gt, sizeof info->gt);
    info->gsd_m = info->crs[0] ? 0.0 : opts->gsd_m;
    info->sun_azimuth_deg = stac->sun_azimuth_deg;
    info->sun_elevation_deg = stac->sun_elevation_deg;
    info->view_azimuth_deg = stac->view_azimuth_deg;
    info->view_off_nadir_deg = stac->view_off_nadir_deg;
    copy_text(info->sensor, sizeof info->sensor, stac->sensor);
    copy_text(info->credit, sizeof info->credit,
              opts->credit      ? opts->credit
              : stac->credit[0] ? stac->credit
                                : h->copyright);
    copy_text(info->licence, sizeof info->licence, opts->licence ? opts->licence : stac->licence);
    rv__band_roles(info->roles, h,
                   stac->roles[0] ? stac->roles : rv__product_roles(rv__path_base(info->path), h->bands));
}

/* Zero borders are looked for in whole numbers that say nothing of validity. The plane for it takes a byte a pixel; a
 * picture for which that is more than a quarter of --ram goes without, and is told so. */
static int begin_plane(intake *in, const rv__decoded *h)
{
    const size_t pixels = (size_t)h->grid.width * (size_t)h->grid.height;
    if (h->says_validity || h->sample == RV__SAMPLE_F32)
        return RV_OK;
    if (pixels > rv__ram() / 4) {
        rv__log(0, "zero borders are not looked for: %zu px need more than a quarter of the memory allowed", pixels);
        return RV_OK;
    }
    in->plane = rv__alloc(pixels, 1);
    return in->plane ? RV_OK : RV_ERR_NOMEM;
}

static int begin(const rv__decoded *h, void *user)
{
    intake *in = user;
    rv_grid grid;
    int err;
    note_facts(in->info, &in->stac, h, in->opts);
    in->sample = h->sample;
    rv_scene_info_grid(in->info, &grid);
    if ((err = rv__when(in->info, in->opts->time, &in->stac, h)) < 0 ||
        (err = rv__boxes_place(&in->boxes, grid.width, grid.height)) < 0 || (err = begin_plane(in, h)) < 0)
        return err;
    return rv__cog_begin(&in->cog, in->working_copy, &grid, h->bands, h->sample);
}

static bool is_zero(const intake *in, const void *samples, size_t i, size_t n)
{
    for (int b = 0; b < in->info->bands; b++) {
        const size_t at = (size_t)b * n + i;
        if (in->sample == RV__SAMPLE_U8 ? ((const uint8_t *)samples)[at] != 0 : ((const uint16_t *)samples)[at] != 0)
            return false; /* 16 bits are zero or not, whatever their sign */
    }
    return true;
}

static void note_plane(intake *in, const void *samples, int row0, size_t n)
{
    uint8_t *plane = in->plane + (size_t)row0 * (size_t)in->info->width;
    for (size_t i = 0; i < n; i++)
        plane[i] = !in->valid[i] ? RV__PLANE_INVALID : is_zero(in, samples, i, n) ? RV__PLANE_ZERO : RV__PLANE_VALID;
}

static int take_rows(const void *samples, const uint8_t *valid, int row0, int n_rows, void *user)
{
    intake *in = user;
    const size_t n = (size_t)in->info->width * (size_t)n_rows;
    if (n > in->valid_size) {
        rv__free(in->valid);
        in->valid_size = 0;
        if (!(in->valid = rv__alloc(n, 1)))
            return RV_ERR_NOMEM;
        in->valid_size = n;
    }
    memcpy(in->valid, valid, n);
    rv__boxes_apply(in->valid, &in->boxes, in->info->width, row0, n_rows);
    if (in->plane)
        note_plane(in, samples, row0, n);
    for (size_t i = 0; i < n; i++)
        in->n_valid += in->valid[i];
    return rv__cog_rows(in->cog, samples, in->valid, row0, n_rows);
}

static int hide_border(intake *in)
{
    if (!in->plane)
        return RV_OK;
    const size_t hidden = rv__hide_zero_border(in->plane, in->info->width, in->info->height);
    in->n_valid -= hidden;
    return hidden ? rv__cog_mask(in->cog, in->plane, 0, in->info->height) : RV_OK;
}

static int finish(intake *in)
{
    int err;
    if ((err = hide_border(in)) < 0)
        return err;
    if (in->n_valid == 0)
        return rv__fail(RV_ERR_REFUSED, "no valid pixel");
    in->info->valid_share = (double)in->n_valid / ((double)in->info->width * (double)in->info->height);
    rv__cog *cog = in->cog;
    in->cog = NULL; /* finish frees it either way */
    if ((err = rv__cog_finish(cog)) < 0)
        return err;
    if ((err = rv__sha256_file(in->info->working_sha256, in->working_copy)) < 0)
        unlink(in->working_copy);
    return err;
}

/* What can be said of the file before a decoder sees it. */
static int receive(rv_scene_info *info, const char *path)
{
    struct stat st;
    rv__sniffed file;
    int err = RV_OK;
    if (stat(path, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0)
        err = rv__sha256_file(info->sha256, path);
    return err < 0 ? err : rv__sniff(&file, path);
}

int rv__ingest(rv_scene_info *out, const char *path, const char *working_copy, const rv__ingest_opts *opts)
{
    rv_scene_info info;
    intake in = { .opts = opts, .working_copy = working_copy, .info = &info };
    const rv__decode_sink sink = { begin, take_rows, &in };
    int err;
    rv_fields_init(rv_scene_info_fields(), &info);
    copy_text(info.path, sizeof info.path, path);
    if ((err = rv__boxes_parse(&in.boxes, opts->mask_box)) < 0)
        return err;
    if (rv__told_is_mask(path))
        return rv__fail(RV_ERR_REFUSED, "a mask that comes with an image, and no image itself");
    err = receive(&info, path);
    memcpy(out->sha256, info.sha256, sizeof out->sha256);
    if (err < 0)
        return err;
    if ((err = rv__stac_beside(&in.stac, path)) < 0 || (err = rv__decode(path, &sink)) < 0 || (err = finish(&in)) < 0)
        goto done;
    if ((err = rv__told_take(&info, working_copy)) < 0) {
        unlink(working_copy);
        goto done;
    }
    err = RV_OK;
    copy_text(info.id, sizeof info.id, out->id);
    copy_text(info.working_copy, sizeof info.working_copy, out->working_copy);
    *out = info;
done:
    rv__cog_abandon(in.cog);
    rv__free(in.plane);
    rv__free(in.valid);
    return err;
}

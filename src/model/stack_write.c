/* SPDX-License-Identifier: Apache-2.0 */
/* A scene of a stack as a file on the stack's grid. Rows of tiles are read once, as the scene's file holds them, and
 * resampled tile by tile, so that the floats of a tile stay in the processor's cache. */
#include "model/stack_internal.h"

#include "base/error.h"
#include "base/mem.h"
#include "raster/gdal_tiles.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { TILE = RV__TILE_PX, STRIP_TILES_MAX = 8 };

static const size_t tile_px = (size_t)TILE * TILE;

static const rv_stack_write_opts write_defaults = RV_STACK_WRITE_OPTS_INIT;
static const char *const compress_names[] = { "deflate", "zstd", "none", NULL };
static const rv_field write_rows[] = {
    RV_BOOL(rv_stack_write_opts, gains, "bands common to all images, on the radiometric scale of the reference"),
    RV_ENUM(rv_stack_write_opts, compress, compress_names, "compression of the files"),
};

typedef struct writer {
    const rv_stack *stack;
    const rv__stack_view *v;
    bool gains, mean;
    int band[RV_BANDS_MAX], bands, planes; /* read; written */
    rv__sample type;                       /* of the source's samples and of the file */
    rv__blocks *blocks;                    /* of the source, or NULL */
    rv__tiles *tiles;
    void *src; /* of a row of tiles */
    uint8_t *src_valid;
    size_t src_px;
    rv__resample_space *space;
    float *out; /* of one tile */
    uint8_t *valid;
    void *samples;
} writer;

static void choose_bands(writer *w, bool gains)
{
    const rv__stack_view *v = w->v;
    w->gains = gains;
    w->mean = gains && w->stack->mean_of_visible;
    w->bands = gains ? v->n_source : rv_scene_facts(v->scene)->bands;
    w->planes = gains ? w->stack->bands : w->bands;
    for (int b = 0; b < w->bands; b++)
        w->band[b] = gains ? v->source[b] : b;
    w->type = w->mean ? RV__SAMPLE_F32 : rv__scene_sample(v->scene);
}

static int make_room(writer *w, size_t px)
{
    if (px <= w->src_px)
        return RV_OK;
    rv__free(w->src);
    rv__free(w->src_valid);
    w->src = rv__alloc(px * (size_t)w->bands, rv__sample_size(w->type));
    w->src_valid = rv__alloc(px, 1);
    w->src_px = w->src && w->src_valid ? px : 0;
    return w->src_px ? RV_OK : RV_ERR_NOMEM;
}

/* Source of a window of the grid, or an empty one. */
static int read_strip(writer *w, rv__resample_job *job)
{
    const rv__raw_bands bands = { w->band, w->bands, w->blocks };
    int from[4] = { 0 }, err;
    job->planes = (size_t)w->planes;
    job->raw_type = w->type;
    job->space = w->space;
    if (!rv__stack_needs(from, w->v, job))
        return RV_OK; /* src_w is 0 */
    job->src_w = (size_t)from[2];
    job->src_h = (size_t)from[3];
    job->src_col0 = from[0];
    job->src_row0 = from[1];
    if ((err = make_room(w, job->src_w * job->src_h)) < 0)
        return err;
    job->raw = w->src;
    job->src_valid = w->src_valid;
    return w->mean ? rv__stack_read_mean(w->src, w->src_valid, w->v, from)
                   : rv__scene_read_raw(w->v->scene, w->src, w->src_valid, &bands, from);
}

static int put_tile(writer *w, const int at[2], const rv__resample_job *strip)
{
    rv__resample_job job = *strip;
    job.col0 = at[0] * TILE;
    job.row0 = at[1] * TILE;
    job.out_w = job.out_h = TILE;
    const int err = rv__resample(w->out, w->valid, &job);
    for (int b = 0; b < w->planes && err == RV_OK; b++) {
        float *plane = w->out + (size_t)b * tile_px;
        const float gain = (float)w->v->gain[b], offset = (float)w->v->offset[b];
        for (size_t i = 0; w->gains && i < tile_px; i++)
            plane[i] = w->valid[i] ? gain * plane[i] + offset : 0;
        rv__samples_store(w->samples, w->type, (size_t)b * tile_px, plane, tile_px);
    }
    return err < 0 ? err : rv__tiles_put(w->tiles, at, w->samples, w->valid);
}

/* Tiles of a row that are read at once: an eighth of the memory allowed, and no more than keeps a turned source small. */
static int tiles_at_once(const writer *w)
{
    const uint64_t tile = 2 * tile_px * (uint64_t)w->bands * rv__sample_size(w->type), n = rv__ram() / 8 / tile;
    return n < 1 ? 1 : n < STRIP_TILES_MAX ? (int)n : STRIP_TILES_MAX;
}

static int put_all(writer *w)
{
    const rv_grid *grid = &w->stack->grid;
    const int cols = (grid->width + TILE - 1) / TILE, rows = (grid->height + TILE - 1) / TILE;
    const int step = tiles_at_once(w);
    int err = RV_OK;
    for (int row = 0; row < rows; row++)
        for (int col = 0; col < cols && err == RV_OK; col += step) {
            const int end = col + step < cols ? col + step : cols;
            const int window[4] = { col * TILE, row * TILE, (end - col) * TILE, TILE };
            rv__resample_job strip = rv__stack_job(w->v, window);
            if ((err = rv__stopping()) < 0 || (err = read_strip(w, &strip)) < 0)
                break;
            for (int c = col; c < end && err == RV_OK; c++)
                err = put_tile(w, (const int[2]){ c, row }, &strip);
        }
    return err;
}

const rv_fields *rv_stack_write_fields(void)
{
    static const rv_fields fields = { "stack_write_opts", sizeof(rv_stack_write_opts), &write_defaults, write_rows,
                                      sizeof write_rows / sizeof *write_rows };
    return &fields;
}

int rv_stack_write(const rv_stack *stack, size_t t, const char *path, const rv_stack_write_opts *opts)
{
    static const char *const gdal_names[] = { "DEFLATE", "ZSTD", "NONE" };
    const rv_stack_write_opts o = opts ? *opts : write_defaults;
    assert(t < stack->n);
    writer w = { .stack = stack, .v = &stack->view[t] };
    const rv_scene_info *info = rv_scene_facts(w.v->scene);
    int err = rv_fields_check(rv_stack_write_fields(), &o);
    if (err < 0)
        return err;
    choose_bands(&w, o.gains);
    const rv__tiles_form form = {
        w.planes, w.type, gdal_names[o.compress], o.gains ? stack->roles : info->roles, info->scale, info->offset
    };
    w.space = rv__resample_space_new();
    w.out = rv__alloc(tile_px * (size_t)w.planes, sizeof *w.out);
    w.valid = rv__alloc(tile_px, 1);
    w.samples = rv__alloc(tile_px * (size_t)w.planes, rv__sample_size(w.type));
    if (!w.space || !w.out || !w.valid || !w.samples)
        err = RV_ERR_NOMEM;
    else if ((w.mean || (err = rv__scene_blocks(&w.blocks, w.v->scene, (size_t)(rv__ram() / 8))) == RV_OK) &&
             ((err = rv__tiles_begin(&w.tiles, path, &stack->grid, &form)) == RV_OK)) {
        if ((err = put_all(&w)) < 0)
            rv__tiles_abandon(w.tiles);
        else
            err = rv__tiles_finish(w.tiles);
    }
    rv__free(w.samples);
    rv__free(w.valid);
    rv__free(w.out);
    rv__resample_space_free(w.space);
    rv__blocks_free(w.blocks);
    rv__free(w.src_valid);
    rv__free(w.src);
    return err < 0 ? rv__subject(err, "scene %s: ", info->id) : RV_OK;
}

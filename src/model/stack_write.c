/* SPDX-License-Identifier: Apache-2.0 */
/* A scene of a stack as a file on the stack's grid, tile by tile: samples come as the scene's file holds them and go back so,
 * and the floats between stay in the processor's cache. */
#include "model/stack_internal.h"

#include "base/error.h"
#include "base/mem.h"
#include "raster/gdal_tiles.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { TILE = RV__TILE_PX };

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
    void *src; /* what one tile is made from */
    uint8_t *src_valid;
    size_t src_px;
    rv__resample_space *space;
    float *out; /* of one tile, as are the following */
    uint8_t *out_valid;
    void *samples; /* whole tiles */
    uint8_t *valid;
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

static int make_source_room(writer *w, size_t px)
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

/* The source of a job; src_w stays 0 where there is none. */
static int read_source(writer *w, rv__resample_job *job)
{
    const rv__raw_bands bands = { w->band, w->bands, w->blocks };
    int from[4], err;
    if (!rv__stack_needs(from, w->v, job))
        return RV_OK;
    job->src_w = (size_t)from[2];
    job->src_h = (size_t)from[3];
    job->src_col0 = from[0];
    job->src_row0 = from[1];
    if ((err = make_source_room(w, job->src_w * job->src_h)) < 0)
        return err;
    job->raw = w->src;
    job->src_valid = w->src_valid;
    return w->mean ? rv__stack_read_mean(w->src, w->src_valid, w->v, from)
                   : rv__scene_read_raw(w->v->scene, w->src, w->src_valid, &bands, from);
}

/* A window's rows into the tile; what a tile has beyond the grid is 0. */
static void fill_tile(writer *w, const int window[4])
{
    const size_t cols = (size_t)window[2], rows = (size_t)window[3], n = cols * rows;
    if (n < tile_px) {
        memset(w->samples, 0, tile_px * (size_t)w->planes * rv__sample_size(w->type));
        memset(w->valid, 0, tile_px);
    }
    for (size_t r = 0; r < rows; r++)
        memcpy(w->valid + r * TILE, w->out_valid + r * cols, cols);
    if (w->gains) {
        rv__stack_codes(w->out_valid, n);
        rv__stack_apply_gains(w->out, w->out_valid, w->stack, w->v, window);
    }
    for (size_t b = 0; b < (size_t)w->planes; b++)
        for (size_t r = 0; r < rows; r++)
            rv__samples_store(w->samples, w->type, b * tile_px + r * TILE, w->out + b * n + r * cols, cols);
}

static int put_tile(writer *w, int col, int row)
{
    const rv_grid *grid = &w->stack->grid;
    const int col0 = col * TILE, row0 = row * TILE;
    const int window[4] = { col0, row0, grid->width - col0 < TILE ? grid->width - col0 : TILE,
                            grid->height - row0 < TILE ? grid->height - row0 : TILE };
    rv__resample_job job = rv__stack_job(w->v, window);
    int err;
    job.planes = (size_t)w->planes;
    job.raw_type = w->type;
    job.space = w->space;
    if ((err = rv__stopping()) < 0 || (err = read_source(w, &job)) < 0 ||
        (err = rv__resample(w->out, w->out_valid, &job)) < 0)
        return err;
    fill_tile(w, window);
    return rv__tiles_put(w->tiles, (const int[2]){ col, row }, w->samples, w->valid);
}

static int put_all(writer *w)
{
    const int cols = (w->stack->grid.width + TILE - 1) / TILE, rows = (w->stack->grid.height + TILE - 1) / TILE;
    int err = RV_OK;
    for (int row = 0; row < rows; row++)
        for (int col = 0; col < cols && err == RV_OK; col++)
            err = put_tile(w, col, row);
    return err;
}

static int make_room(writer *w)
{
    const size_t n = tile_px * (size_t)w->planes;
    int err = RV_OK;
    if (!(w->space = rv__resample_space_new()) || !(w->out = rv__alloc(n, sizeof *w->out)) ||
        !(w->out_valid = rv__alloc(tile_px, 1)) || !(w->samples = rv__alloc(n, rv__sample_size(w->type))) ||
        !(w->valid = rv__alloc(tile_px, 1)))
        return RV_ERR_NOMEM;
    if (!w->mean)
        err = rv__scene_blocks(&w->blocks, w->v->scene, (size_t)(rv__ram() / 8));
    return err;
}

static void release(writer *w)
{
    rv__blocks_free(w->blocks);
    rv__free(w->valid);
    rv__free(w->samples);
    rv__free(w->out_valid);
    rv__free(w->out);
    rv__resample_space_free(w->space);
    rv__free(w->src_valid);
    rv__free(w->src);
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
    if ((err = make_room(&w)) == RV_OK && (err = rv__tiles_begin(&w.tiles, path, &stack->grid, &form)) == RV_OK) {
        if ((err = put_all(&w)) < 0)
            rv__tiles_abandon(w.tiles);
        else
            err = rv__tiles_finish(w.tiles);
    }
    release(&w);
    return err < 0 ? rv__subject(err, "scene %s: ", info->id) : RV_OK;
}

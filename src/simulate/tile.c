/* SPDX-License-Identifier: Apache-2.0 */
/* One piece of memory a worker, cut into planes; asked for anew only when a tile is larger than those before it. */
#include "simulate/tile.h"

#include <math.h>

#include "base/error.h"
#include "base/mem.h"
#include "simulate/other.h"
#include "simulate/sight.h"

static bool wants(const rv__batch *b, int band)
{
    for (int k = 0; k < b->sensor->n_bands; k++)
        if (b->sensor->band[k] == band)
            return true;
    return false;
}

rv__window rv__window_around(rv__window w, int cols, int rows)
{
    return (rv__window){ w.col0 - cols, w.row0 - rows, w.width + 2 * cols, w.height + 2 * rows };
}

/* Cells that any pixel of the tile may see in any look of the batch. */
static rv__cells cells_of(const rv__batch *b, rv__window px)
{
    double far = 0.0;
    for (int k = 0; k < b->n_looks; k++) {
        const double reach = (b->look[k].psf.taps / 2 + 1.0) / b->site->opts.oversample;
        far = fmax(far, rv__sight_reach_px(b->site, b->look[k].view) + reach + 1.0);
    }
    const int os = b->site->opts.oversample, halo = (int)ceil(far) * os;
    return (rv__cells){ px.col0 * os - halo, px.row0 * os - halo, b->site->opts.gsd_m / os,
                        (size_t)(px.width * os + 2 * halo), (size_t)(px.height * os + 2 * halo) };
}

static int make_room(rv__sim_tile *t, size_t floats)
{
    if (t->n_memory >= floats)
        return RV_OK;
    rv__free(t->memory);
    t->memory = rv__alloc(floats, sizeof *t->memory);
    t->n_memory = t->memory ? floats : 0;
    return t->memory ? RV_OK : RV_ERR_NOMEM;
}

static float *cut(float **from, size_t n)
{
    float *p = *from;
    *from += n;
    return p;
}

static int lay_out(rv__sim_tile *t)
{
    enum { CELL_PLANES = 2 * RV__SIM_BANDS + RV__SOLID_SCRATCH + 6, PX_PLANES = 2 * RV__SIM_BANDS + 2 };
    const rv__batch *b = t->b;
    const size_t n = t->cells.w * t->cells.h, n_px = (size_t)t->px.width * (size_t)t->px.height;
    const int err = make_room(t, CELL_PLANES * n + PX_PLANES * n_px);
    float *next = t->memory;
    if (err < 0)
        return err;
    for (int k = 0; k < RV__SIM_BANDS; k++) {
        t->plane[k] = wants(b, k) ? cut(&next, n) : NULL;
        t->solids.colour[k] = wants(b, k) ? cut(&next, n) : NULL;
        t->pixel[k] = cut(&next, n_px);
        t->part[k] = cut(&next, n_px);
    }
    for (int k = 0; k < RV__SOLID_SCRATCH; k++)
        t->solids.scratch[k] = cut(&next, n);
    t->solids.alpha = cut(&next, n);
    t->solids.shade = cut(&next, n);
    t->light = cut(&next, n);
    t->canopy = b->relief->ground ? cut(&next, n) : NULL;
    t->share = b->site->other ? cut(&next, n) : NULL;
    t->crowns = t->share && t->canopy ? cut(&next, n) : t->canopy;
    t->snow = cut(&next, n_px);
    t->pick = (uint8_t *)cut(&next, n_px);
    return RV_OK;
}

int rv__sim_tile_begin(rv__sim_tile *t, const rv__batch *b, rv__window inner)
{
    t->b = b;
    t->inner = inner;
    t->px = rv__window_around(inner, b->margin_px, b->margin_px);
    t->cells = cells_of(b, t->px);
    t->has_crowns = false;
    const size_t n = t->cells.w * t->cells.h;
    int err = lay_out(t);
    if (err < 0 || (err = rv__ground_new(&t->ground, b->site, &t->cells)) < 0)
        return err;
    if (t->canopy)
        err = rv__relief_sample(t->canopy, b->relief, b->relief->canopy, &t->cells);
    else
        for (size_t i = 0; i < n; i++)
            t->light[i] = 1.0f; /* flat and bare; else every look has its own */
    for (size_t i = 0; err == RV_OK && t->canopy && !t->has_crowns && i < n; i++)
        t->has_crowns = t->canopy[i] > 0.0f;
    if (err == RV_OK && t->share && (err = rv__other_share(t->share, b->site, &t->cells)) == RV_OK)
        err = rv__ground_new(&t->other, b->site->other, &t->cells);
    t->solids.cells = &t->cells;
    t->solids.grain = rv__ground_grain(t->ground);
    return err;
}

void rv__sim_tile_end(rv__sim_tile *t)
{
    rv__ground_free(t->ground);
    rv__ground_free(t->other);
    t->ground = t->other = NULL;
}

void rv__sim_tile_release(rv__sim_tile *t)
{
    rv__sim_tile_end(t);
    rv__free(t->memory);
    t->memory = NULL;
    t->n_memory = 0;
}

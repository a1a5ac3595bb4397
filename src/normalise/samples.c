/* SPDX-License-Identifier: Apache-2.0 */
/* A thin, regular net of pixels of every scene. The stack is read whole, tile by tile and scene by scene side by side,
 * because a single row costs as much as the rows around it that its interpolation needs; only the net stays in memory.
 * Random places would do as well but could not be told to a reader in one line. */
#include "normalise/samples.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/parallel.h"
#include "raster/raster.h"

enum { TILE = 512 };

typedef struct net {
    const rv_stack *stack;
    rv__samples *into;
    int width, height, step, cols; /* cols places along a row */
} net;

/* Smallest step that leaves at most max_n places. */
static int step_for(int width, int height, size_t max_n)
{
    int step = 1;
    while ((size_t)((width + step - 1) / step) * (size_t)((height + step - 1) / step) > max_n)
        step++;
    return step;
}

/* First multiple of step not below v. */
static int next(int v, int step)
{
    return (v + step - 1) / step * step;
}

static void keep(const net *k, size_t t, rv__window w, const float *data, const uint8_t *mask)
{
    rv__samples *s = k->into;
    const size_t plane = (size_t)w.width * (size_t)w.height;
    for (int row = next(w.row0, k->step); row < w.row0 + w.height; row += k->step) {
        for (int col = next(w.col0, k->step); col < w.col0 + w.width; col += k->step) {
            const size_t place = (size_t)(row / k->step) * (size_t)k->cols + (size_t)(col / k->step);
            const size_t at = (size_t)(row - w.row0) * (size_t)w.width + (size_t)(col - w.col0);
            s->inside[t * s->n + place] = mask[at] == RV_MASK_CLEAR || mask[at] == RV_MASK_HAZE;
            for (size_t b = 0; b < s->bands; b++)
                s->value[(t * s->bands + b) * s->n + place] = data[b * plane + at];
        }
    }
}

static int read_scene(size_t t, size_t worker, void *user)
{
    const net *k = user;
    const size_t n_tiles = rv__tile_count(k->width, k->height, TILE), plane = (size_t)TILE * TILE;
    float *data = rv__alloc(k->into->bands * plane, sizeof *data);
    uint8_t *mask = rv__alloc(plane, 1);
    int err = data && mask ? RV_OK : RV_ERR_NOMEM;
    (void)worker;
    for (size_t i = 0; i < n_tiles && err == RV_OK; i++) {
        const rv__window w = rv__tile_at(k->width, k->height, TILE, i);
        const int window[4] = { w.col0, w.row0, w.width, w.height };
        if ((err = rv__stopping()) == RV_OK && (err = rv_stack_read(k->stack, data, mask, t, window)) == RV_OK)
            keep(k, t, w, data, mask);
    }
    rv__free(mask);
    rv__free(data);
    return err;
}

int rv__samples_read(rv__samples *out, const rv_stack *stack, size_t max_n)
{
    const rv_grid *grid = rv_stack_grid(stack);
    rv__samples s = { .dates = rv_stack_size(stack), .bands = (size_t)rv_stack_bands(stack) };
    net k = { stack, &s, grid->width, grid->height, step_for(grid->width, grid->height, max_n), 0 };
    int err = RV_ERR_NOMEM;
    s.width = k.width;
    s.height = k.height;
    s.step = k.step;
    s.cols = k.cols = (k.width + k.step - 1) / k.step;
    s.n = (size_t)k.cols * (size_t)((k.height + k.step - 1) / k.step);
    s.value = rv__alloc(s.dates * s.bands * s.n, sizeof *s.value);
    s.inside = rv__alloc(s.dates * s.n, 1);
    if (!s.value || !s.inside || (err = rv__parallel_for(s.dates, read_scene, &k)) < 0) {
        rv__samples_release(&s);
        return err;
    }
    *out = s;
    return RV_OK;
}

void rv__samples_release(rv__samples *samples)
{
    rv__free(samples->inside);
    rv__free(samples->value);
    *samples = (rv__samples){ 0 };
}

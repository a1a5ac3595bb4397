/* SPDX-License-Identifier: Apache-2.0 */
#include "normalise/probes.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/parallel.h"

enum { SIDE = 96, WINDOWS_MIN = 4, BLOCK = 4096 };

void rv__probes_place(rv__probes *p, const rv_stack *stack, size_t most, size_t bytes_a_pixel)
{
    const rv_grid *grid = rv_stack_grid(stack);
    *p = (rv__probes){ .dates = rv_stack_size(stack) };
    const size_t all = rv__tile_count(grid->width, grid->height, SIDE);
    const size_t fit = (size_t)(rv__ram() / 4) / (p->dates * bytes_a_pixel * SIDE * SIDE);
    const size_t some = fit < WINDOWS_MIN ? WINDOWS_MIN : fit < most ? fit : most;
    p->windows = all < some ? all : some;
    for (size_t i = 0; i < p->windows; i++) {
        p->window[i] = rv__tile_at(grid->width, grid->height, SIDE, i * all / p->windows);
        p->start[i + 1] = p->start[i] + (size_t)p->window[i].width * (size_t)p->window[i].height;
    }
    p->n = p->start[p->windows];
}

typedef struct each_job {
    const rv__probes *probes;
    rv__probe_fn fn;
    void *user;
} each_job;

static int each_block(size_t block, size_t worker, void *user)
{
    const each_job *j = user;
    const size_t n = j->probes->n, end = (block + 1) * BLOCK < n ? (block + 1) * BLOCK : n;
    float *v = rv__alloc(j->probes->dates, sizeof *v);
    (void)worker;
    if (!v)
        return RV_ERR_NOMEM;
    for (size_t i = block * BLOCK; i < end; i++)
        j->fn(i, v, j->user);
    rv__free(v);
    return RV_OK;
}

int rv__probes_each(const rv__probes *p, rv__probe_fn fn, void *user)
{
    each_job job = { p, fn, user };
    return rv__parallel_for((p->n + BLOCK - 1) / BLOCK, each_block, &job);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Regions that might be structures: connected parts of the planes of composite.c above each of a ladder of rank
 * thresholds, in both polarities. One threshold would have to be right for every roof; a ladder only has to contain
 * the right one. A second ladder on opened masks cuts the thin bridges by which a roof hangs on a road of its
 * brightness. Max-trees would give all levels at once; they are not needed for the answer. */
#include "detect/candidates.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/parallel.h"
#include "detect/traits.h"
#include "raster/label.h"
#include "raster/morph.h"

#include <math.h>
#include <string.h>

enum { OPENINGS = 2, JOBS = RV__SIGNALS * 2 };

static const double FILL_MIN = 0.5, ELONGATION_MAX = 6, SEEN_MIN = 0.7, REPEATED = 0.93;

typedef struct find_job {
    const rv__maps *maps;
    const rv__scale *scale;
    rv__candidates found[JOBS];
} find_job;

typedef struct ladder {
    const rv__maps *maps;
    const rv__scale *scale;
    rv__candidates *out;
    float *plane;
    uint8_t *mask;
    int32_t *labels, *above[OPENINGS]; /* of this level, and of the one before it, which holds it */
    rv__region *regions_above[OPENINGS];
    rv__part patch;
    RV__VEC(rv__run) run;
    int signal, polarity, level;
} ladder;

void rv__candidates_release(rv__candidates *list)
{
    rv__free(list->v);
    rv__free(list->run.v);
    *list = (rv__candidates){ 0 };
}

int rv__candidates_add(rv__candidates *list, const rv__candidate *item, const rv__run *runs)
{
    rv__candidate c = *item;
    c.run = list->run.n;
    const int err = RV__RESERVE(&list->run, list->run.n + c.n_runs);
    if (err)
        return err;
    memcpy(list->run.v + list->run.n, runs, c.n_runs * sizeof *runs);
    list->run.n += c.n_runs;
    return RV__PUSH(list, c);
}

void rv__candidate_paint(int32_t *plane, size_t w, const rv__candidates *list, const rv__candidate *item, int32_t value)
{
    for (size_t i = 0; i < item->n_runs; i++) {
        const rv__run *r = &list->run.v[item->run + i];
        for (int col = r->col0; col < r->col1; col++)
            plane[(size_t)r->row * w + (size_t)col] = value;
    }
}

/* A region cut by the tile's rim belongs to another tile, unless the image ends there. */
static bool cut_by_rim(const rv__region *r, const rv__maps *m, const rv__scale *s)
{
    const rv__window *t = &m->window;
    return (r->col0 == 0 && t->col0 > 0) || (r->row0 == 0 && t->row0 > 0) ||
           (r->col1 == (int)m->w && t->col0 + t->width < s->width) ||
           (r->row1 == (int)m->h && t->row0 + t->height < s->height);
}

static bool describe_shape(rv__candidate *c, const rv__region *r)
{
    const double trace = r->cov[0] + r->cov[2], det = fmax(r->cov[0] * r->cov[2] - r->cov[1] * r->cov[1], 1e-6);
    const double large = trace / 2 + sqrt(fmax(trace * trace / 4 - det, 0)), small = det / large;
    *c = (rv__candidate){ .col0 = r->col0, .row0 = r->row0, .col1 = r->col1, .row1 = r->row1 };
    c->px = (double)r->n;
    c->fill = c->px / (12 * sqrt(det));
    c->elongation = sqrt(large / small);
    c->first_scene = -1;
    return c->fill >= FILL_MIN && c->elongation <= ELONGATION_MAX;
}

static int collect_runs(ladder *l, const rv__region *r, int32_t label)
{
    l->run.n = 0;
    for (int row = r->row0; row < r->row1; row++) {
        const int32_t *at = l->labels + (size_t)row * l->maps->w;
        for (int col = r->col0; col < r->col1; col++) {
            if (at[col] != label)
                continue;
            rv__run run = { row, col, col };
            while (run.col1 < r->col1 && at[run.col1] == label)
                run.col1++;
            if (RV__PUSH(&l->run, run) < 0)
                return RV_ERR_NOMEM;
            col = run.col1;
        }
    }
    return RV_OK;
}

static int measure(ladder *l, rv__candidate *c)
{
    c->n_runs = l->run.n;
    return rv__traits_measure(c, l->run.v, l->maps, l->scale, &l->patch);
}

/* Nearly all of the region that held it one level before: measured there. */
static bool is_repeated(const ladder *l, const rv__region *r, int32_t label, int opening)
{
    const int32_t *row = l->labels + (size_t)r->row0 * l->maps->w;
    int col = r->col0;
    while (row[col] != label)
        col++;
    const int32_t *above = l->above[opening];
    const int32_t parent = above ? above[(size_t)r->row0 * l->maps->w + (size_t)col] : 0;
    return parent && (double)r->n > REPEATED * (double)l->regions_above[opening][parent - 1].n &&
           (double)l->regions_above[opening][parent - 1].n <= l->scale->max_px;
}

static int take_regions(ladder *l, const rv__region *regions, size_t n, int opening)
{
    for (size_t i = 0; i < n; i++) {
        const rv__region *r = &regions[i];
        rv__candidate c;
        if ((double)r->n < l->scale->min_px || (double)r->n > l->scale->max_px || cut_by_rim(r, l->maps, l->scale) ||
            !describe_shape(&c, r) || is_repeated(l, r, (int32_t)i + 1, opening))
            continue;
        c.signal = l->signal;
        c.polarity = l->polarity;
        c.level = l->level;
        int err = collect_runs(l, r, (int32_t)i + 1);
        err = err ? err : measure(l, &c);
        if (!err && c.seen >= SEEN_MIN)
            err = rv__candidates_add(l->out, &c, l->run.v);
        if (err)
            return err;
    }
    return RV_OK;
}

static int climb(ladder *l)
{
    const size_t w = l->maps->w, h = l->maps->h, px = w * h;
    const size_t open[OPENINGS] = { l->scale->zoom > 1 ? 0 : 1, l->scale->zoom > 1 ? 2 : 4 };
    int err = RV_OK;
    for (int i = 0; !err && i < RV__LEVELS * OPENINGS; i++) {
        l->level = i / OPENINGS;
        const size_t radius = open[i % OPENINGS];
        const float threshold = l->scale->level[l->signal][l->polarity][l->level], sign = l->polarity ? -1.0f : 1.0f;
        for (size_t p = 0; p < px; p++)
            l->mask[p] = sign * l->plane[p] > threshold;
        rv__region *regions = NULL;
        size_t n = 0;
        err = radius ? rv__erode_u8(l->mask, l->mask, w, h, radius) : RV_OK;
        err = err || !radius ? err : rv__dilate_u8(l->mask, l->mask, w, h, radius);
        err = err ? err : rv__label(l->labels, &regions, &n, l->mask, w, h, 4);
        err = err ? err : take_regions(l, regions, n, i % OPENINGS);
        rv__free(l->regions_above[i % OPENINGS]);
        l->regions_above[i % OPENINGS] = regions;
        int32_t *swap = l->above[i % OPENINGS];
        l->above[i % OPENINGS] = l->labels;
        l->labels = swap;
        if (!err && !l->labels && !(l->labels = rv__alloc(px, sizeof *l->labels)))
            err = RV_ERR_NOMEM;
    }
    for (int i = 0; i < OPENINGS; i++) {
        rv__free(l->above[i]);
        rv__free(l->regions_above[i]);
    }
    return err;
}

static int find_one(size_t index, size_t worker, void *user)
{
    (void)worker;
    find_job *j = user;
    const size_t px = j->maps->w * j->maps->h;
    ladder l = { .maps = j->maps,
                 .scale = j->scale,
                 .out = &j->found[index],
                 .signal = (int)index / 2,
                 .polarity = (int)index % 2 };
    if (!rv__signal_exists(j->maps, l.signal) || (l.signal >= RV__EVIDENCE && l.polarity))
        return RV_OK;
    int err = rv__stopping();
    if (err)
        return err;
    l.plane = rv__alloc(px, sizeof *l.plane);
    l.mask = rv__alloc(px, 1);
    l.labels = rv__alloc(px, sizeof *l.labels);
    err = l.plane && l.mask && l.labels ? rv__signal(l.plane, j->maps, j->scale, l.signal) : RV_ERR_NOMEM;
    if (!err)
        err = climb(&l);
    rv__free(l.plane);
    rv__free(l.mask);
    rv__free(l.labels);
    rv__free(l.run.v);
    rv__part_release(&l.patch);
    return err;
}

int rv__candidates_find(rv__candidates *out, const rv__maps *maps, const rv__scale *scale)
{
    find_job *job = rv__alloc(1, sizeof *job);
    if (!job)
        return RV_ERR_NOMEM;
    job->maps = maps;
    job->scale = scale;
    int err = rv__parallel_for(JOBS, find_one, job);
    for (int i = 0; i < JOBS; i++) {
        const rv__candidates *f = &job->found[i];
        for (size_t k = 0; !err && k < f->n; k++)
            err = rv__candidates_add(out, &f->v[k], f->run.v + f->v[k].run);
        rv__candidates_release(&job->found[i]);
    }
    rv__free(job);
    return err;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* A hall of 20,000 px is cut up by its own skylights, cars and joints, and what is measured along 600 px of its boundary
 * is not what is measured along 40 px of a house. So candidates are sought on the pictures halved, too, where the same
 * ladder sees larger things, and each region is measured on the scale where it has some hundred px. */
#include "detect/pyramid.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/parallel.h"
#include "detect/traits.h"

#include <math.h>
#include <string.h>

enum { AT_ONCE = 128 };

/* Regions with more px are measured a scale above. */
static const double MIDDLING = 2400;

typedef struct pyramid {
    rv__maps maps[RV__SCALES]; /* the first is borrowed */
    rv__scale scale[RV__SCALES];
    int n;
    int at; /* the scale that is searched */
    rv__candidates *out;
    size_t first; /* of this scale in out */
} pyramid;

/* Runs on a grid that is halved so often: rows and ends as they fall on the middles of its px. */
static size_t shrink_runs(rv__run *out, const rv__run *in, size_t n, int halvings)
{
    const int wide = 1 << halvings, half = wide / 2;
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        const rv__run r = { in[i].row / wide, (in[i].col0 + half - 1) / wide, (in[i].col1 + half - 1) / wide };
        if (in[i].row % wide == half && r.col1 > r.col0)
            out[kept++] = r;
    }
    return kept;
}

static void bound(rv__candidate *c, const rv__run *runs, size_t n)
{
    c->row0 = runs[0].row;
    c->row1 = runs[n - 1].row + 1;
    c->col0 = runs[0].col0;
    c->col1 = runs[0].col1;
    c->px = 0;
    for (size_t i = 0; i < n; i++) {
        c->col0 = runs[i].col0 < c->col0 ? runs[i].col0 : c->col0;
        c->col1 = runs[i].col1 > c->col1 ? runs[i].col1 : c->col1;
        c->px += runs[i].col1 - runs[i].col0;
    }
    c->n_runs = n;
}

/* On the scale where it has some hundred px, unless it was measured there when it was found. */
static int measure_middling(rv__candidate *c, const pyramid *p, rv__part *patch)
{
    int at = 0;
    while (at + 1 < p->n && c->px / (1 << 2 * at) > MIDDLING)
        at++;
    if (at == p->at)
        return RV_OK;
    rv__run *runs = rv__alloc(c->n_runs, sizeof *runs);
    if (!runs)
        return RV_ERR_NOMEM;
    rv__candidate small = *c;
    const size_t n = shrink_runs(runs, p->out->run.v + c->run, c->n_runs, at);
    int err = RV_OK;
    if (n > 0) {
        bound(&small, runs, n);
        err = rv__traits_measure(&small, runs, &p->maps[at], &p->scale[at], patch);
        bound(&small, p->out->run.v + c->run, c->n_runs);
        *c = small;
    }
    rv__free(runs);
    return err;
}

static int measure_some(size_t index, size_t worker, void *user)
{
    (void)worker;
    const pyramid *p = user;
    rv__part patch = { 0 };
    int err = RV_OK;
    const size_t begin = p->first + index * AT_ONCE;
    for (size_t i = begin; !err && i < begin + AT_ONCE && i < p->out->n; i++)
        err = measure_middling(&p->out->v[i], p, &patch);
    rv__part_release(&patch);
    return err;
}

/* To the finest grid, whose width and height cut what the last px of the coarse one has beyond. */
static int add_lifted(const pyramid *p, const rv__candidates *found, const rv__candidate *item)
{
    const int wide = 1 << p->at, w = (int)p->maps[0].w, h = (int)p->maps[0].h;
    const rv__run *run = found->run.v + item->run;
    rv__candidate c = *item;
    rv__run *runs = rv__alloc(item->n_runs * (size_t)wide, sizeof *runs);
    size_t n = 0;
    if (!runs)
        return RV_ERR_NOMEM;
    for (size_t i = 0, end; i < item->n_runs; i = end) {
        for (end = i; end < item->n_runs && run[end].row == run[i].row;)
            end++;
        for (int row = run[i].row * wide; row < (run[i].row + 1) * wide && row < h; row++)
            for (size_t j = i; j < end; j++)
                runs[n++] = (rv__run){ row, run[j].col0 * wide, run[j].col1 * wide < w ? run[j].col1 * wide : w };
    }
    bound(&c, runs, n);
    const int err = rv__candidates_add(p->out, &c, runs);
    rv__free(runs);
    return err;
}

static int find_at(pyramid *p, int at)
{
    rv__candidates found = { 0 };
    p->at = at;
    p->first = p->out->n;
    int err = rv__candidates_find(&found, &p->maps[at], &p->scale[at]);
    for (size_t i = 0; !err && i < found.n; i++)
        err = add_lifted(p, &found, &found.v[i]);
    rv__candidates_release(&found);
    return err ? err : rv__parallel_for((p->out->n - p->first + AT_ONCE - 1) / AT_ONCE, measure_some, p);
}

int rv__pyramid_find(rv__candidates *out, const rv__maps *maps, const rv__scale *scale)
{
    pyramid *p = rv__alloc(1, sizeof *p);
    if (!p)
        return RV_ERR_NOMEM;
    int err = RV_OK;
    p->maps[0] = *maps;
    p->out = out;
    for (p->n = 0; !err && p->n < scale->scales; p->n++) {
        p->scale[p->n] = rv__scale_at(scale, p->n);
        if (p->n > 0)
            err = rv__maps_halve(&p->maps[p->n], &p->maps[p->n - 1], &p->scale[p->n]);
    }
    for (int at = 0; !err && at < p->n; at++)
        err = find_at(p, at);
    for (int at = 1; at < p->n; at++)
        rv__maps_release(&p->maps[at]);
    rv__free(p);
    return err;
}

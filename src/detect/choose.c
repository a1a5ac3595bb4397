/* SPDX-License-Identifier: Apache-2.0 */
/* A set of least false alarms among nested and overlapping regions: dynamic programming from the smallest region to the
 * largest, as on a max-tree, but by what regions cover, because those of different planes form no tree. The worth of
 * a region is its own or the sum over the best of those inside it, whichever is more; regions are then taken by
 * falling worth. Taking the best single scores instead joins a row of houses to one block, whose outline is as
 * clean and which is larger. */
#include "detect/choose.h"

#include "base/error.h"
#include "base/mem.h"

#include <stdlib.h>

enum { CELL = 32 }; /* fine px of the grid by which regions inside another are found */

/* Overlap that is let pass, share of a region that makes it lie inside another, and how much smaller it must be. */
static const double OVERLAP = 0.25, INSIDE = 0.8, SMALLER = 0.7;
static const double BEHIND = 1e6; /* more than any score */

typedef struct item {
    size_t index;   /* in the list of candidates */
    double worth;   /* its own, or that of the parts */
    size_t part;    /* where its parts begin in the pool */
    size_t n_parts; /* 0: stands for itself */
    size_t next;    /* in its cell, plus 1 */
} item;

typedef struct choice {
    const rv__candidates *list;
    size_t w, cells_w;
    item *item; /* from small to large */
    size_t n;
    size_t *cell;              /* first item whose middle lies in the cell, plus 1 */
    int32_t *inside, *covered; /* last item whose px, or whose parts' px, these are, plus 1 */
    RV__VEC(size_t) part;
    RV__VEC(size_t) within;
} choice;

static const rv__candidate *candidate_of(const choice *c, const item *it)
{
    return &c->list->v[it->index];
}

/* Buildings go first: works take what ground they leave, and are weighed against works alone. */
static bool is_works(const rv__candidate *c)
{
    return c->hypothesis == RV__WORKS;
}

typedef struct ranked {
    double key;
    size_t index;
} ranked;

/* Falling key; equal ones in order of index, so that no sort's whim decides. */
static int by_key(const void *a, const void *b)
{
    const ranked *x = a, *y = b;
    if (x->key != y->key)
        return x->key < y->key ? 1 : -1;
    return x->index > y->index ? 1 : x->index < y->index ? -1 : 0;
}

static double marked(const int32_t *plane, int32_t mark, const choice *c, const rv__candidate *of)
{
    size_t n = 0;
    for (size_t i = 0; i < of->n_runs; i++) {
        const rv__run *r = &c->list->run.v[of->run + i];
        const int32_t *row = plane + (size_t)r->row * c->w;
        for (int col = r->col0; col < r->col1; col++)
            n += row[col] == mark;
    }
    return (double)n;
}

static void mark(int32_t *plane, int32_t value, const choice *c, const rv__candidate *of)
{
    rv__candidate_paint(plane, c->w, c->list, of, value);
}

/* How far a candidate lies above its limit, which is lower where the analyst points. */
static double above(const rv__candidate *of, const double limit[RV__HYPOTHESES])
{
    return of->score - limit[of->hypothesis] + (double)of->ease;
}

/* Those above the limit, from small to large. */
static int collect(choice *c, const double limit[RV__HYPOTHESES])
{
    ranked *rank = rv__alloc(c->list->n, sizeof *rank);
    c->item = rv__alloc(c->list->n, sizeof *c->item);
    if (!rank || !c->item) {
        rv__free(rank);
        return RV_ERR_NOMEM;
    }
    for (size_t i = 0; i < c->list->n; i++)
        if (above(&c->list->v[i], limit) > 0)
            rank[c->n++] = (ranked){ -c->list->v[i].px, i };
    qsort(rank, c->n, sizeof *rank, by_key);
    for (size_t i = 0; i < c->n; i++) {
        const rv__candidate *of = &c->list->v[rank[i].index];
        c->item[i] = (item){ .index = rank[i].index, .worth = above(of, limit) };
    }
    rv__free(rank);
    return RV_OK;
}

static size_t *cell_at(const choice *c, int col, int row)
{
    return &c->cell[(size_t)(row / CELL) * c->cells_w + (size_t)(col / CELL)];
}

static void put_in_cell(choice *c, size_t k)
{
    const rv__candidate *of = candidate_of(c, &c->item[k]);
    size_t *head = cell_at(c, (of->col0 + of->col1) / 2, (of->row0 + of->row1) / 2);
    c->item[k].next = *head;
    *head = k + 1;
}

/* Smaller items that lie in item k, whose px are marked, by falling worth. */
static int find_within(choice *c, size_t k, ranked **out)
{
    const rv__candidate *of = candidate_of(c, &c->item[k]);
    c->within.n = 0;
    for (int row = of->row0 / CELL; row <= (of->row1 - 1) / CELL; row++)
        for (int col = of->col0 / CELL; col <= (of->col1 - 1) / CELL; col++)
            for (size_t j = *cell_at(c, col * CELL, row * CELL); j; j = c->item[j - 1].next) {
                const rv__candidate *in = candidate_of(c, &c->item[j - 1]);
                if (is_works(in) == is_works(of) && in->px < SMALLER * of->px &&
                    marked(c->inside, (int32_t)k + 1, c, in) >= INSIDE * in->px && RV__PUSH(&c->within, j - 1) < 0)
                    return RV_ERR_NOMEM;
            }
    *out = c->within.n > 1 ? rv__alloc(c->within.n, sizeof **out) : NULL;
    if (c->within.n > 1 && !*out)
        return RV_ERR_NOMEM;
    for (size_t i = 0; *out && i < c->within.n; i++)
        (*out)[i] = (ranked){ c->item[c->within.v[i]].worth, c->within.v[i] };
    if (*out)
        qsort(*out, c->within.n, sizeof **out, by_key);
    return RV_OK;
}

/* What stands for item j: itself, or its parts. */
static int push_parts(choice *c, size_t j)
{
    const item *it = &c->item[j];
    if (!it->n_parts)
        return RV__PUSH(&c->part, it->index);
    for (size_t i = 0; i < it->n_parts; i++)
        if (RV__PUSH(&c->part, c->part.v[it->part + i]) < 0)
            return RV_ERR_NOMEM;
    return RV_OK;
}

/* The best of what lies in item k, against k itself. */
static int weigh(choice *c, size_t k)
{
    ranked *rank = NULL;
    const size_t begin = c->part.n;
    double sum = 0;
    int taken = 0;
    mark(c->inside, (int32_t)k + 1, c, candidate_of(c, &c->item[k]));
    int err = find_within(c, k, &rank);
    for (size_t i = 0; !err && rank && i < c->within.n; i++) {
        const rv__candidate *in = candidate_of(c, &c->item[rank[i].index]);
        if (marked(c->covered, (int32_t)k + 1, c, in) > OVERLAP * in->px)
            continue;
        mark(c->covered, (int32_t)k + 1, c, in);
        sum += rank[i].key;
        taken++;
        err = push_parts(c, rank[i].index);
    }
    rv__free(rank);
    if (!err && taken > 1 && sum > c->item[k].worth) {
        c->item[k].worth = sum;
        c->item[k].part = begin;
        c->item[k].n_parts = c->part.n - begin;
    } else {
        c->part.n = begin;
    }
    put_in_cell(c, k);
    return err;
}

/* Lets parts stand for wholes where they are worth more. */
static int weigh_all(choice *c, size_t h)
{
    c->cell = rv__alloc(c->cells_w * (h / CELL + 1), sizeof *c->cell);
    c->inside = rv__alloc(c->w * h, sizeof *c->inside);
    int err = c->cell && c->inside ? RV_OK : RV_ERR_NOMEM;
    for (size_t k = 0; !err && k < c->n; k++)
        err = weigh(c, k);
    return err;
}

/* By falling worth, what is covered already left out. */
static int take(size_t *out, size_t *found, choice *c)
{
    ranked *rank = rv__alloc(c->n, sizeof *rank);
    int err = rank ? RV_OK : RV_ERR_NOMEM;
    for (size_t k = 0; !err && k < c->n; k++)
        rank[k] = (ranked){ c->item[k].worth - (is_works(candidate_of(c, &c->item[k])) ? BEHIND : 0), k };
    if (!err)
        qsort(rank, c->n, sizeof *rank, by_key);
    for (size_t k = 0; !err && k < c->n; k++) {
        const size_t begin = c->part.n;
        err = push_parts(c, rank[k].index);
        for (size_t i = begin; !err && i < c->part.n; i++) {
            const rv__candidate *of = &c->list->v[c->part.v[i]];
            if (marked(c->covered, -1, c, of) > OVERLAP * of->px)
                continue;
            mark(c->covered, -1, c, of);
            out[(*found)++] = c->part.v[i];
        }
        c->part.n = begin;
    }
    rv__free(rank);
    return err;
}

static int by_score(size_t *order, size_t n, const rv__candidates *list)
{
    ranked *rank = rv__alloc(n, sizeof *rank);
    if (!rank)
        return RV_ERR_NOMEM;
    for (size_t i = 0; i < n; i++)
        rank[i] = (ranked){ list->v[order[i]].score, order[i] };
    qsort(rank, n, sizeof *rank, by_key);
    for (size_t i = 0; i < n; i++)
        order[i] = rank[i].index;
    rv__free(rank);
    return RV_OK;
}

int rv__choose(size_t **order, size_t *n, const rv__candidates *list, const rv__maps *m,
               const double limit[RV__HYPOTHESES], bool parts)
{
    choice c = { .list = list, .w = m->w, .cells_w = m->w / CELL + 1 };
    size_t *out = rv__alloc(list->n, sizeof *out), found = 0;
    c.covered = rv__alloc(m->w * m->h, sizeof *c.covered);
    int err = out && c.covered ? collect(&c, limit) : RV_ERR_NOMEM;
    if (!err && parts)
        err = weigh_all(&c, m->h);
    err = err ? err : take(out, &found, &c);
    err = err ? err : by_score(out, found, list);
    rv__free(c.cell);
    rv__free(c.inside);
    rv__free(c.covered);
    rv__free(c.item);
    rv__free(c.part.v);
    rv__free(c.within.v);
    if (err) {
        rv__free(out);
        return err;
    }
    *order = out;
    *n = found;
    return RV_OK;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Exact assignment: the Hungarian method [kuhn1955] by shortest augmenting paths with potentials [jonker1987], run on each
 * connected component of the graph of pairs alone. Footprints overlap few others, so components are small and the cubic
 * cost never matters; one matrix over a whole scene would be a thousand times larger and nearly all zeros. */
#include "score/assign.h"

#include "base/mem.h"

#include <revisit/base.h>

#include <math.h>
#include <stdbool.h>
#include <string.h>

/* One component as a dense matrix of costs, n <= m; columns from 1, 0 is the root of the search. */
typedef struct matrix {
    size_t n, m;
    double *cost;   /* n * m */
    double *u, *v;  /* potentials, n + 1 and m + 1 */
    double *least;  /* m + 1: smallest reduced cost by which a column was reached */
    size_t *row_of; /* m + 1: row matched to a column, 0 = none; rows from 1 */
    size_t *came;   /* m + 1: column before it on the path */
    bool *used;     /* m + 1 */
} matrix;

static void matrix_release(matrix *x)
{
    rv__free(x->used);
    rv__free(x->came);
    rv__free(x->row_of);
    rv__free(x->least);
    rv__free(x->v);
    rv__free(x->u);
    rv__free(x->cost);
}

static int matrix_init(matrix *x, size_t n, size_t m)
{
    *x = (matrix){ .n = n, .m = m };
    x->cost = rv__alloc(n * m, sizeof *x->cost);
    x->u = rv__alloc(n + 1, sizeof *x->u);
    x->v = rv__alloc(m + 1, sizeof *x->v);
    x->least = rv__alloc(m + 1, sizeof *x->least);
    x->row_of = rv__alloc(m + 1, sizeof *x->row_of);
    x->came = rv__alloc(m + 1, sizeof *x->came);
    x->used = rv__alloc(m + 1, sizeof *x->used);
    return x->cost && x->u && x->v && x->least && x->row_of && x->came && x->used ? RV_OK : RV_ERR_NOMEM;
}

/* Reach further from column j; returns the free column that is nearest now. */
static size_t reach(matrix *x, size_t j)
{
    const size_t i = x->row_of[j];
    size_t next = 0;
    double delta = INFINITY;
    x->used[j] = true;
    for (size_t c = 1; c <= x->m; c++) {
        if (x->used[c])
            continue;
        const double reduced = x->cost[(i - 1) * x->m + c - 1] - x->u[i] - x->v[c];
        if (reduced < x->least[c]) {
            x->least[c] = reduced;
            x->came[c] = j;
        }
        if (x->least[c] < delta) {
            delta = x->least[c];
            next = c;
        }
    }
    for (size_t c = 0; c <= x->m; c++) {
        if (x->used[c]) {
            x->u[x->row_of[c]] += delta;
            x->v[c] -= delta;
        } else {
            x->least[c] -= delta;
        }
    }
    return next;
}

/* Match one more row by the shortest augmenting path. */
static void augment(matrix *x, size_t row)
{
    size_t j = 0;
    x->row_of[0] = row;
    memset(x->used, 0, (x->m + 1) * sizeof *x->used);
    for (size_t c = 0; c <= x->m; c++)
        x->least[c] = INFINITY;
    do
        j = reach(x, j);
    while (x->row_of[j] != 0);
    while (j != 0) {
        x->row_of[j] = x->row_of[x->came[j]];
        j = x->came[j];
    }
}

/* The graph: nodes are the rows, then the columns; root of each by union-find. */
typedef struct graph {
    const rv__pairs *pairs;
    size_t n_rows, n_nodes;
    size_t *root;
    size_t *place;       /* index of a node among the rows or columns of its component */
    size_t *rows, *cols; /* of the component with that root */
    size_t *from;        /* n_nodes + 1: where the pairs of a root begin in order */
    size_t *order;       /* pairs, those of a root together */
} graph;

static void graph_release(graph *g)
{
    rv__free(g->order);
    rv__free(g->from);
    rv__free(g->cols);
    rv__free(g->rows);
    rv__free(g->place);
    rv__free(g->root);
}

static int graph_init(graph *g, const rv__pairs *pairs, size_t n_rows, size_t n_cols)
{
    *g = (graph){ .pairs = pairs, .n_rows = n_rows, .n_nodes = n_rows + n_cols };
    g->root = rv__alloc(g->n_nodes, sizeof *g->root);
    g->place = rv__alloc(g->n_nodes, sizeof *g->place);
    g->rows = rv__alloc(g->n_nodes, sizeof *g->rows);
    g->cols = rv__alloc(g->n_nodes, sizeof *g->cols);
    g->from = rv__alloc(g->n_nodes + 1, sizeof *g->from);
    g->order = rv__alloc(pairs->n, sizeof *g->order);
    return g->root && g->place && g->rows && g->cols && g->from && g->order ? RV_OK : RV_ERR_NOMEM;
}

static size_t find(size_t *root, size_t i)
{
    while (root[i] != i)
        i = root[i] = root[root[i]];
    return i;
}

/* Components: the nodes of each numbered, and the pairs sorted by root in one pass of counting. */
static void group(graph *g)
{
    for (size_t i = 0; i < g->n_nodes; i++)
        g->root[i] = i;
    for (size_t k = 0; k < g->pairs->n; k++) {
        const size_t a = find(g->root, (size_t)g->pairs->v[k].row);
        g->root[a] = find(g->root, g->n_rows + (size_t)g->pairs->v[k].col);
    }
    for (size_t i = 0; i < g->n_nodes; i++) {
        const size_t root = find(g->root, i);
        g->place[i] = i < g->n_rows ? g->rows[root]++ : g->cols[root]++;
    }
    for (size_t k = 0; k < g->pairs->n; k++)
        g->from[find(g->root, (size_t)g->pairs->v[k].row)]++;
    for (size_t i = 0; i < g->n_nodes; i++)
        g->from[i + 1] += g->from[i]; /* where root i ends, until its pairs push it back to where it begins */
    for (size_t k = g->pairs->n; k-- > 0;)
        g->order[--g->from[find(g->root, (size_t)g->pairs->v[k].row)]] = k;
}

static int solve_component(int *partner, const graph *g, size_t root)
{
    const size_t *order = &g->order[g->from[root]], n_pairs = g->from[root + 1] - g->from[root];
    const size_t rows = g->rows[root], cols = g->cols[root];
    const bool flip = rows > cols;
    matrix x;
    int err = matrix_init(&x, flip ? cols : rows, flip ? rows : cols);
    for (size_t k = 0; err == RV_OK && k < n_pairs; k++) {
        const rv__pair *p = &g->pairs->v[order[k]];
        const size_t r = g->place[p->row], c = g->place[g->n_rows + (size_t)p->col];
        x.cost[flip ? c * x.m + r : r * x.m + c] = -p->reward;
    }
    for (size_t i = 1; err == RV_OK && i <= x.n; i++)
        augment(&x, i);
    for (size_t k = 0; err == RV_OK && k < n_pairs; k++) {
        const rv__pair *p = &g->pairs->v[order[k]];
        const size_t r = g->place[p->row], c = g->place[g->n_rows + (size_t)p->col];
        if (x.row_of[(flip ? r : c) + 1] == (flip ? c : r) + 1)
            partner[p->row] = p->col;
    }
    matrix_release(&x);
    return err;
}

int rv__assign(int *partner, const rv__pairs *pairs, size_t n_rows, size_t n_cols)
{
    graph g;
    int err = graph_init(&g, pairs, n_rows, n_cols);
    for (size_t i = 0; i < n_rows; i++)
        partner[i] = -1;
    if (err == RV_OK)
        group(&g);
    for (size_t root = 0; err == RV_OK && root < g.n_nodes; root++) {
        if (g.from[root + 1] > g.from[root])
            err = solve_component(partner, &g, root);
    }
    graph_release(&g);
    return err;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Connected regions by runs and union-find [he2008].
 *
 * Each row is cut into runs of set pixels; a run joins the runs it touches in the row above. The root of a set is always
 * its first run in scan order, so the numbers of the regions follow the scan order of their first pixels without a sort.
 * Sizes and moments come from the runs in closed form. Flood fill (the test's truth) touches each pixel five times and
 * needs a queue as large as the largest region.
 */
#include "raster/label.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/vec.h"

#include <assert.h>
#include <string.h>

typedef struct run {
    int row, col0, col1; /* col1 past the end */
    size_t parent;       /* index of a run at or before this one */
} run;

typedef RV__VEC(run) runs;

/* Sums over a region's pixel centres, about the corner of its first run. */
typedef struct sums {
    double c, r, cc, cr, rr;
    int col, row;
} sums;

static size_t find_root(run *r, size_t i)
{
    while (r[i].parent != i) {
        r[i].parent = r[r[i].parent].parent; /* halving */
        i = r[i].parent;
    }
    return i;
}

static void join(run *r, size_t a, size_t b)
{
    a = find_root(r, a);
    b = find_root(r, b);
    if (a < b)
        r[b].parent = a;
    else
        r[a].parent = b;
}

static int cut_row(runs *out, const uint8_t *in, size_t w, size_t row)
{
    for (size_t c = 0; c < w; c++) {
        if (!in[c])
            continue;
        const size_t begin = c;
        while (c < w && in[c])
            c++;
        const run found = { (int)row, (int)begin, (int)c, out->n };
        if (RV__PUSH(out, found) < 0)
            return RV_ERR_NOMEM;
    }
    return RV_OK;
}

/* Join the runs [begin, end) of a row with those of [above, begin), both sorted. reach is 1 for 8-connectivity, else 0. */
static void join_rows(run *r, size_t above, size_t begin, size_t end, int reach)
{
    size_t a = above;
    for (size_t b = begin; b < end; b++) {
        while (a < begin && r[a].col1 + reach <= r[b].col0)
            a++;
        for (size_t k = a; k < begin && r[k].col0 < r[b].col1 + reach; k++)
            join(r, k, b);
    }
}

static int find_runs(runs *out, const uint8_t *in, size_t w, size_t h, int reach)
{
    size_t above = 0;
    for (size_t row = 0; row < h; row++) {
        const size_t begin = out->n;
        if (cut_row(out, in + row * w, w, row) < 0)
            return RV_ERR_NOMEM;
        join_rows(out->v, above, begin, out->n, reach);
        above = begin;
    }
    return RV_OK;
}

static void add_run(rv__region *region, sums *s, const run *r)
{
    if (region->n == 0) {
        *region = (rv__region){ .col0 = r->col0, .row0 = r->row, .col1 = r->col1, .row1 = r->row + 1 };
        *s = (sums){ .col = r->col0, .row = r->row };
    }
    const double n = r->col1 - r->col0, y = r->row - s->row + .5;
    const double mean = (r->col0 + r->col1) / 2.0 - s->col;
    region->n += (size_t)n;
    region->col0 = r->col0 < region->col0 ? r->col0 : region->col0;
    region->col1 = r->col1 > region->col1 ? r->col1 : region->col1;
    region->row1 = r->row + 1;
    s->c += n * mean;
    s->r += n * y;
    s->cc += n * mean * mean + n * (n * n - 1) / 12; /* n points one apart about their mean */
    s->cr += n * mean * y;
    s->rr += n * y * y;
}

static void finish_region(rv__region *region, const sums *s)
{
    const double n = (double)region->n, c = s->c / n, r = s->r / n;
    region->col = s->col + c;
    region->row = s->row + r;
    region->cov[0] = s->cc / n - c * c + 1 / 12.0;
    region->cov[1] = s->cr / n - c * r;
    region->cov[2] = s->rr / n - r * r + 1 / 12.0;
}

/* Number the roots in order and paint. number[i] is valid for roots. */
static void paint(int32_t *labels, rv__region *regions, sums *s, size_t *number, const runs *found, size_t w)
{
    size_t n = 0;
    for (size_t i = 0; i < found->n; i++) {
        const run *r = &found->v[i];
        const size_t root = find_root(found->v, i);
        if (root == i)
            number[i] = n++;
        const size_t k = number[root];
        add_run(&regions[k], &s[k], r);
        for (int c = r->col0; c < r->col1; c++)
            labels[(size_t)r->row * w + (size_t)c] = (int32_t)(k + 1);
    }
    for (size_t k = 0; k < n; k++)
        finish_region(&regions[k], &s[k]);
}

int rv__label_plane(int32_t *labels, rv__region **regions, size_t *n_regions, const uint8_t *in, rv__size size,
                    int connectivity)
{
    const size_t w = size.w, h = size.h;
    runs found = { 0 };
    rv__region *region = NULL;
    sums *s = NULL;
    size_t *number = NULL, n = 0;
    int err = RV_ERR_NOMEM;
    assert(connectivity == 4 || connectivity == 8);
    assert(w < INT32_MAX && h < INT32_MAX);
    if (find_runs(&found, in, w, h, connectivity == 8) < 0)
        goto done;
    for (size_t i = 0; i < found.n; i++)
        n += found.v[i].parent == i;
    if (n >= INT32_MAX) {
        err = rv__fail(RV_ERR_REFUSED, "%zu regions are more than labels can number (%d)", n, INT32_MAX - 1);
        goto done;
    }
    region = rv__alloc(n, sizeof *region);
    s = rv__alloc(n, sizeof *s);
    number = rv__alloc(found.n, sizeof *number);
    if (!region || !s || !number)
        goto done;
    memset(labels, 0, w * h * sizeof *labels);
    paint(labels, region, s, number, &found, w);
    *regions = region;
    *n_regions = n;
    region = NULL;
    err = RV_OK;
done:
    rv__free(number);
    rv__free(s);
    rv__free(region);
    rv__free(found.v);
    return err;
}

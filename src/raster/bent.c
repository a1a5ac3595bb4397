/* SPDX-License-Identifier: Apache-2.0 */
/* Maps that turn, lean or bend. Along an output row the source position moves by about a pixel a pixel, so there are long
 * runs whose taps lie side by side on the same source rows: those are summed by vectors, each pixel with weights of its
 * own, without gathering. A map that turns much has short runs, which go pixel by pixel; the sums are the same. */
#include "raster/resample_internal.h"

#include "base/isa.h"

#include <string.h>

enum {
    RUN_MIN = 5,
    RUN_UNIT = 8
}; /* shorter runs cost more as a vector than one by one; longer ones fill whole units */

/* Positions of one row, in samples of the source, and their runs. */
typedef struct line {
    double x[RV__TAPS_ROW], y[RV__TAPS_ROW];
    double bend_x[RV__TAPS_ROW], bend_y[RV__TAPS_ROW];
    rv__taps col, row;
    uint16_t run[RV__TAPS_ROW + 1];
    size_t runs;
    float out[RV__TAPS_PITCH];
} line;

/* k: m row by row with the row's share summed up, then first column, and what is taken off columns and rows */
RV__INLINE void affine_body(double *restrict x, double *restrict y, const double *k, int n)
{
    for (int c = 0; c < n; c++) {
        const double col = k[6] + (double)c;
        x[c] = k[0] * col + k[1] - k[7] - .5;
        y[c] = k[2] * col + k[3] - k[8] - .5;
    }
}

RV__KERNEL(affine, affine_body, (double *restrict x, double *restrict y, const double *k, int n), (x, y, k, n));

RV__INLINE void project_body(double *restrict x, double *restrict y, const double *k, int n)
{
    for (int c = 0; c < n; c++) {
        const double col = k[6] + (double)c, w = k[4] * col + k[5], scale = 1 / w;
        const double u = (k[0] * col + k[1]) * scale - k[7] - .5, v = (k[2] * col + k[3]) * scale - k[8] - .5;
        x[c] = w > 0 ? u : -1e9; /* behind the horizon of the map */
        y[c] = w > 0 ? v : -1e9;
    }
}

RV__KERNEL(project, project_body, (double *restrict x, double *restrict y, const double *k, int n), (x, y, k, n));

static void place_row(line *l, const rv__target *t, size_t r, const rv__source *s, const double m[9])
{
    const double row = t->row0 + (double)r + .5;
    const double k[9] = { m[0],         m[1] * row + m[2], m[3],   m[4] * row + m[5], m[6], m[7] * row + m[8],
                          t->col0 + .5, s->col0,           s->row0 };
    const int flat = !(m[6] > 0 || m[6] < 0 || m[7] > 0 || m[7] < 0 || m[8] < 1 || m[8] > 1);
    (flat ? affine : project)[rv__isa_used()](l->x, l->y, k, (int)t->w);
}

static void bend_row(line *l, const rv__target *t, size_t r, const rv__warpfield *field)
{
    const double at[2] = { t->col0 + .5, t->row0 + (double)r + .5 };
    rv__warpfield_row(l->bend_x, l->bend_y, t->w, field, at);
    for (size_t c = 0; c < t->w; c++) {
        l->x[c] += l->bend_x[c];
        l->y[c] += l->bend_y[c];
    }
}

/* 1 where the whole line is one run, as it is for most of a map that hardly turns. */
RV__INLINE void one_run_body(int *one, const int32_t *col, const int32_t *row, int n)
{
    int32_t other = 0;
    for (int c = 0; c < n; c++)
        other |= (col[c] - c - col[0]) | (row[c] - row[0]);
    *one = other == 0;
}

RV__KERNEL(one_run, one_run_body, (int *one, const int32_t *col, const int32_t *row, int n), (one, col, row, n));

static void find_runs(line *l, size_t w)
{
    const int32_t *col = l->col.first, *row = l->row.first;
    int one;
    one_run[rv__isa_used()](&one, col, row, (int)w);
    if (one) {
        l->runs = 1;
        l->run[0] = 0;
        l->run[1] = (uint16_t)w;
        return;
    }
    l->runs = 0;
    for (size_t c = 0; c < w; l->runs++) {
        l->run[l->runs] = (uint16_t)c++;
        while (c < w && col[c] == col[c - 1] + 1 && row[c] == row[c - 1])
            c++;
    }
    l->run[l->runs] = (uint16_t)w;
}

/* A run of n pixels: in is the first tap of the first one, wx and wy its weights. */
typedef struct run {
    const float *in, *wx, *wy;
    size_t stride, n;
} run;

RV__INLINE void sum_taps(float *restrict out, const run *u, size_t n, const int taps)
{
    const float *restrict in = u->in, *restrict wx = u->wx, *restrict wy = u->wy;
    const size_t stride = u->stride;
    for (size_t c = 0; c < n; c++) {
        float sum = 0;
        for (int i = 0; i < taps; i++) {
            float column = wy[c] * in[c + (size_t)i];
            for (int j = 1; j < taps; j++)
                column += wy[(size_t)j * RV__TAPS_PITCH + c] * in[(size_t)j * stride + c + (size_t)i];
            sum += wx[(size_t)i * RV__TAPS_PITCH + c] * column;
        }
        out[c] = sum;
    }
}

RV__INLINE void sum_body(float *out, const run *u, int taps)
{
    const size_t n = u->n < RUN_MIN ? u->n : (u->n + RUN_UNIT - 1) / RUN_UNIT * RUN_UNIT;
    if (taps == 4)
        sum_taps(out, u, n, 4);
    else if (taps == 6)
        sum_taps(out, u, n, 6);
    else if (taps == 2)
        sum_taps(out, u, n, 2);
    else
        sum_taps(out, u, n, 1);
}

RV__KERNEL(sum_run, sum_body, (float *out, const run *u, int taps), (out, u, taps));

/* What a run of whole units writes too much the next one replaces, so a row that is not one run of whole units is put
 * together aside. */
static void sum_row(float *out, line *l, const rv__source *s, const float *plane, size_t w)
{
    const rv__isa isa = rv__isa_used();
    const int direct = l->runs == 1 && w % RUN_UNIT == 0;
    for (size_t i = 0; i < l->runs; i++) {
        const size_t c = l->run[i];
        const run u = { plane + l->row.first[c] * (ptrdiff_t)s->stride + l->col.first[c], &l->col.weight[0][c],
                        &l->row.weight[0][c], s->stride, (size_t)l->run[i + 1] - c };
        sum_run[isa](direct ? out : l->out + c, &u, s->taps);
    }
    if (!direct)
        memcpy(out, l->out, w * sizeof *out);
}

void rv__bent(const rv__target *t, const rv__source *s, const double m[9], const rv__warpfield *field)
{
    line l;
    memset(&l, 0, sizeof l);
    for (size_t r = 0; r < t->h; r++) {
        place_row(&l, t, r, s, m);
        if (field)
            bend_row(&l, t, r, field);
        rv__taps_row(&l.col, s->kernel, l.x, t->w, s->w);
        rv__taps_row(&l.row, s->kernel, l.y, t->w, s->h);
        find_runs(&l, t->w);
        for (size_t b = 0; b < t->planes; b++)
            sum_row(t->out + b * t->plane + r * t->stride, &l, s, s->data + b * s->plane, t->w);
        rv__target_judge_row(t, r, s, &l.col, &l.row, 0);
    }
}

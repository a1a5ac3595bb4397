/* SPDX-License-Identifier: Apache-2.0 */
/* Maps without rotation, shifts above all: source rows are filtered along themselves once, kept in a ring, and blended
 * down. */
#include "raster/resample_internal.h"

#include "base/isa.h"

#include <string.h>

/* out[c] = sum of weight[k][c] in[c + k] for whole vectors of lanes; weight points at the first pixel of a run. */
RV__INLINE void along_taps(float *restrict out, const float *restrict in, const float *restrict weight, size_t n,
                           const int taps)
{
    for (size_t c = 0; c < n; c++) {
        float sum = weight[c] * in[c];
        for (int k = 1; k < taps; k++)
            sum += weight[(size_t)k * RV__TAPS_PITCH + c] * in[c + (size_t)k];
        out[c] = sum;
    }
}

RV__INLINE void along_body(float *out, const float *in, const float *weight, size_t n, int taps)
{
    n = n / RV__LANES * RV__LANES;
    if (taps == 4)
        along_taps(out, in, weight, n, 4);
    else if (taps == 6)
        along_taps(out, in, weight, n, 6);
    else if (taps == 2)
        along_taps(out, in, weight, n, 2);
    else
        along_taps(out, in, weight, n, 1);
}

RV__KERNEL(along, along_body, (float *out, const float *in, const float *weight, size_t n, int taps),
           (out, in, weight, n, taps));

/* out[c] = sum of weight[k] row[k][c] */
RV__INLINE void down_taps(float *restrict out, const float *const *row, const float *weight, size_t n, const int taps)
{
    const float *restrict first = row[0];
    for (size_t c = 0; c < n; c++) {
        float sum = weight[0] * first[c];
        for (int k = 1; k < taps; k++)
            sum += weight[k] * row[k][c];
        out[c] = sum;
    }
}

RV__INLINE void down_body(float *out, const float *const *row, const float *weight, size_t n, int taps)
{
    if (taps == 4)
        down_taps(out, row, weight, n, 4);
    else if (taps == 6)
        down_taps(out, row, weight, n, 6);
    else if (taps == 2)
        down_taps(out, row, weight, n, 2);
    else
        down_taps(out, row, weight, n, 1);
}

RV__KERNEL(down, down_body, (float *out, const float *const *row, const float *weight, size_t n, int taps),
           (out, row, weight, n, taps));

/* Columns by runs whose taps lie side by side: run i goes from begin[i] to begin[i + 1]. */
typedef struct runs {
    uint16_t begin[RV__TAPS_ROW + 1];
    size_t n;
} runs;

static void find_runs(runs *out, const rv__taps *x, size_t w)
{
    out->n = 0;
    for (size_t c = 0; c < w; out->n++) {
        out->begin[out->n] = (uint16_t)c++;
        while (c < w && x->first[c] == x->first[c - 1] + 1)
            c++;
    }
    out->begin[out->n] = (uint16_t)w;
}

/* Last RV__TAPS_MAX source rows of a plane, filtered along. */
typedef struct ring {
    float row[RV__TAPS_MAX][RV__TAPS_PITCH];
    ptrdiff_t held[RV__TAPS_MAX];
    runs along;
} ring;

/* A run is filtered in whole vectors; what it writes too much the next run replaces. */
static const float *hold_row(ring *g, const float *in, ptrdiff_t row, const rv__taps *x, int taps)
{
    const size_t place = (size_t)((row + RV__MARGIN) % RV__TAPS_MAX);
    if (g->held[place] != row) {
        g->held[place] = row;
        for (size_t i = 0; i < g->along.n; i++) {
            const size_t c = g->along.begin[i], n = g->along.begin[i + 1] - c + RV__LANES - 1;
            along[rv__isa_used()](g->row[place] + c, in + x->first[c], &x->weight[0][c], n, taps);
        }
    }
    return g->row[place];
}

static void plane_rows(float *out, const rv__target *t, const rv__source *s, const float *in, const rv__taps axis[2])
{
    const rv__taps *x = &axis[0], *y = &axis[1];
    ring g;
    memset(g.row, 0, sizeof g.row);
    find_runs(&g.along, x, t->w);
    for (int k = 0; k < RV__TAPS_MAX; k++)
        g.held[k] = PTRDIFF_MIN;
    for (size_t r = 0; r < t->h; r++) {
        const float *row[RV__TAPS_MAX];
        float weight[RV__TAPS_MAX];
        for (int k = 0; y->inside[r] && k < s->taps; k++) {
            const ptrdiff_t from = y->first[r] + k;
            row[k] = hold_row(&g, in + from * (ptrdiff_t)s->stride, from, x, s->taps);
            weight[k] = y->weight[k][r];
        }
        if (y->inside[r])
            down[rv__isa_used()](out + r * t->stride, row, weight, t->w, s->taps);
    }
}

static void set_axis(rv__taps *out, rv__kernel kernel, const double line[4], size_t n, size_t size)
{
    double x[RV__TAPS_ROW];
    for (size_t i = 0; i < n; i++)
        x[i] = line[0] * (line[1] + (double)i + .5) + line[2] - line[3] - .5;
    rv__taps_row(out, kernel, x, n, size);
}

void rv__straight(const rv__target *t, const rv__source *s, const double m[9])
{
    const double along_line[4] = { m[0], t->col0, m[2], s->col0 }, down_line[4] = { m[4], t->row0, m[5], s->row0 };
    rv__taps axis[2];
    set_axis(&axis[0], s->kernel, along_line, t->w, s->w);
    set_axis(&axis[1], s->kernel, down_line, t->h, s->h);
    for (size_t b = 0; b < t->planes; b++)
        plane_rows(t->out + b * t->plane, t, s, s->data + b * s->plane, axis);
    for (size_t r = 0; r < t->h; r++)
        if (axis[1].inside[r])
            rv__target_judge_row(t, r, s, &axis[0], &axis[1], 1);
        else
            rv__target_clear_row(t, r);
}

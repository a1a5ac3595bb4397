/* SPDX-License-Identifier: Apache-2.0 */
/* The rule of validity: at least half of the kernel's absolute weight on valid pixels, and the nearest source pixel valid.
 * Where a whole row of kernels lies on valid pixels nothing is summed. */
#include "raster/resample_internal.h"

#include <math.h>
#include <string.h>

void rv__target_clear_row(const rv__target *t, size_t r)
{
    for (size_t b = 0; b < t->planes; b++)
        memset(t->out + b * t->plane + r * t->stride, 0, t->w * sizeof *t->out);
    memset(t->valid + r * t->stride, 0, t->w);
}

static int is_valid(const rv__source *s, ptrdiff_t col, ptrdiff_t row)
{
    const int in = row >= 0 && row < (ptrdiff_t)s->h && col >= 0 && col < (ptrdiff_t)s->w;
    return in && (!s->valid || s->valid[row * (ptrdiff_t)s->w + col]);
}

static uint8_t half_covered(const rv__source *s, const rv__taps *x, size_t c, const rv__taps *y, size_t r)
{
    double on_valid = 0, all = 0;
    for (int j = 0; j < s->taps; j++)
        for (int i = 0; i < s->taps; i++) {
            const double weight = fabs((double)x->weight[i][c] * (double)y->weight[j][r]);
            on_valid += is_valid(s, x->first[c] + i, y->first[r] + j) ? weight : 0;
            all += weight;
        }
    return on_valid >= .5 * all;
}

static uint8_t judge(const rv__source *s, const rv__taps *x, size_t c, const rv__taps *y, size_t r)
{
    if (!x->inside[c] || !y->inside[r])
        return 0;
    const ptrdiff_t col = x->nearest[c], row = y->nearest[r];
    if (s->safe && s->safe[row * (ptrdiff_t)s->w + col])
        return 1;
    return is_valid(s, col, row) && half_covered(s, x, c, y, r);
}

/* Kernels that lie inside an all valid source need no sum. */
static void judge_clear(uint8_t *valid, size_t n, const rv__taps *x, const rv__taps *y, const int32_t *row)
{
    if (row)
        for (size_t c = 0; c < n; c++)
            valid[c] = (uint8_t)(x->clear[c] & *row);
    else
        for (size_t c = 0; c < n; c++)
            valid[c] = (uint8_t)(x->clear[c] & y->clear[c]);
}

void rv__target_judge_row(const rv__target *t, size_t r, const rv__source *s, const rv__taps *x, const rv__taps *y,
                          int y_of_rows)
{
    uint8_t *valid = t->valid + r * t->stride;
    if (s->valid)
        memset(valid, 0, t->w);
    else
        judge_clear(valid, t->w, x, y, y_of_rows ? &y->clear[r] : NULL);
    for (const uint8_t *at = valid; (at = memchr(at, 0, t->w - (size_t)(at - valid))); at++) {
        const size_t c = (size_t)(at - valid);
        valid[c] = judge(s, x, c, y, y_of_rows ? r : c);
        for (size_t b = 0; !valid[c] && b < t->planes; b++)
            t->out[b * t->plane + r * t->stride + c] = 0;
    }
}

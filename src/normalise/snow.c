/* SPDX-License-Identifier: Apache-2.0 */
/* White and bright is a cloud, too. But under snow the edges of the ground remain: roads, roofs, trees and banks show through
 * or throw their shape on it, and a cloud hides them. So over what is white on a date the slope of the brightness, as a share of it, is
 * correlated with the slope of the same places without snow (median of the dates that show almost nothing white), both as
 * logarithms. On style A, suites W and M, this is .40 to .67 on the dates under snow and -.11 to .16 on those with as much
 * of cloud. Seen on one date alone it needs no second snow date, and it does not ask which of both is the brighter. */
#include "normalise/snow.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/parallel.h"
#include "base/robust.h"
#include "normalise/probes.h"
#include "raster/filter.h"
#include "raster/morph.h"

#include <math.h>
#include <string.h>

enum { WINDOWS = 24, BYTES_A_PIXEL = 14, BLOCK = 4096, DATES_MIN = 3, RIM_PX = 2, EDGE_PX = 4, EACH_SIDE = 3 };

static const float share_least = .1f, share_none = .05f; /* of the frame white: perhaps snow, certainly none */
static const float alike = .35f;
static const double low = .2;                          /* quantile in time that is bare ground */
static const float steepest = .3f, slope_least = .01f; /* a px, of the brightness */

typedef struct look {
    const rv_stack *stack;
    rv__probes at;
    float *blue, *slope; /* dates * n; slope is the visible mean until rv__snow_dates has use for its slope */
    uint8_t *grey, *inside;
    float *bare;  /* n: slope without snow */
    float *share; /* dates */
    uint8_t *date;
} look;

static int read_date(size_t t, size_t worker, void *user)
{
    const look *k = user;
    int err = RV_OK;
    (void)worker;
    for (size_t i = 0; i < k->at.windows && err == RV_OK; i++) {
        const size_t at = t * k->at.n + k->at.start[i];
        const rv__white planes = { k->blue + at, k->slope + at, k->grey + at, k->inside + at };
        if ((err = rv__white_read(&planes, k->stack, t, k->at.window[i])) == RV_OK)
            err = rv__erode_u8(planes.inside, planes.inside, (size_t)k->at.window[i].width,
                               (size_t)k->at.window[i].height, EDGE_PX);
    }
    return err;
}

/* grey becomes 1 where a pixel is white: flat, and far above the low quantile of its dates. */
static void whiten_pixel(size_t i, float *v, void *user)
{
    const look *k = user;
    size_t count = 0;
    for (size_t t = 0; t < k->at.dates; t++)
        if (k->inside[t * k->at.n + i])
            v[count++] = k->blue[t * k->at.n + i];
    const float ground = count ? rv__select_f(v, count, (size_t)(low * (double)(count - 1))) : 0;
    for (size_t t = 0; t < k->at.dates; t++) {
        uint8_t *grey = &k->grey[t * k->at.n + i];
        *grey = (*grey & RV__WHITE_FLAT) && k->blue[t * k->at.n + i] > rv__white_least(k->stack, t) * ground;
    }
}

static void set_shares(const look *k)
{
    for (size_t t = 0; t < k->at.dates; t++) {
        size_t inside = 0, white = 0;
        for (size_t i = 0; i < k->at.n; i++) {
            inside += k->inside[t * k->at.n + i];
            white += k->grey[t * k->at.n + i];
        }
        k->share[t] = inside ? (float)white / (float)inside : 0;
    }
}

/* Logarithm of the slope as a share of the brightness, over one window. */
static int slope_window(float *plane, size_t w, size_t h)
{
    const size_t n = w * h;
    float *g = rv__alloc(2 * n, sizeof *g);
    int err = g ? rv__gaussian(plane, plane, w, h, 1) : RV_ERR_NOMEM;
    if (err == RV_OK) {
        rv__sobel(g, g + n, plane, w, h);
        for (size_t i = 0; i < n; i++) {
            const float share = hypotf(g[i], g[n + i]) / fmaxf(plane[i], 1e-6f);
            plane[i] = logf(fminf(share, steepest) + slope_least);
        }
    }
    rv__free(g);
    return err;
}

static int slope_date(size_t t, size_t worker, void *user)
{
    const look *k = user;
    int err = RV_OK;
    (void)worker;
    for (size_t i = 0; i < k->at.windows && err == RV_OK; i++)
        err = slope_window(k->slope + t * k->at.n + k->at.start[i], (size_t)k->at.window[i].width,
                           (size_t)k->at.window[i].height);
    return err;
}

static void bare_pixel(size_t i, float *v, void *user)
{
    const look *k = user;
    size_t count = 0;
    for (size_t t = 0; t < k->at.dates; t++)
        if (k->share[t] < share_none && k->inside[t * k->at.n + i])
            v[count++] = k->slope[t * k->at.n + i];
    k->bare[i] = count ? rv__median_f(v, count) : 0;
}

typedef struct sums {
    double n, x, y, xx, yy, xy;
} sums;

static double correlation(const sums *s)
{
    const double xx = s->xx - s->x * s->x / s->n, yy = s->yy - s->y * s->y / s->n;
    return s->n > 0 && xx > 0 && yy > 0 ? (s->xy - s->x * s->y / s->n) / sqrt(xx * yy) : 0;
}

/* Whether the white of a date, with its rims, goes with the ground. */
static int judge_date(size_t t, size_t worker, void *user)
{
    const look *k = user;
    uint8_t *near = rv__alloc(k->at.n, 1);
    int err = near ? RV_OK : RV_ERR_NOMEM;
    sums s = { 0 };
    (void)worker;
    for (size_t i = 0; i < k->at.windows && err == RV_OK; i++)
        err = rv__dilate_u8(near + k->at.start[i], k->grey + t * k->at.n + k->at.start[i],
                            (size_t)k->at.window[i].width, (size_t)k->at.window[i].height, RIM_PX);
    for (size_t i = 0; i < k->at.n && err == RV_OK; i++)
        if (near[i] && k->inside[t * k->at.n + i]) {
            const double x = (double)k->slope[t * k->at.n + i], y = (double)k->bare[i];
            s.n++;
            s.x += x;
            s.y += y;
            s.xx += x * x;
            s.yy += y * y;
            s.xy += x * y;
        }
    k->date[t] = err == RV_OK && k->share[t] > share_least && correlation(&s) > (double)alike;
    rv__free(near);
    return err;
}

/* Of dates that could be snow and of dates that are certainly none there must be one each. */
static int is_worth_it(const look *k)
{
    size_t perhaps = 0, none = 0;
    for (size_t t = 0; t < k->at.dates; t++) {
        perhaps += k->share[t] > share_least;
        none += k->share[t] < share_none;
    }
    return perhaps && none;
}

static int find_dates(look *k)
{
    int err;
    if ((err = rv__parallel_for(k->at.dates, read_date, k)) < 0 || (err = rv__probes_each(&k->at, whiten_pixel, k)) < 0)
        return err;
    set_shares(k);
    if (!is_worth_it(k))
        return RV_OK;
    if ((err = rv__parallel_for(k->at.dates, slope_date, k)) < 0 || (err = rv__probes_each(&k->at, bare_pixel, k)) < 0)
        return err;
    return rv__parallel_for(k->at.dates, judge_date, k);
}

int rv__snow_dates(uint8_t *date, const rv_stack *stack)
{
    const size_t dates = rv_stack_size(stack);
    look k = { .stack = stack, .date = date };
    int err = RV_ERR_NOMEM;
    memset(date, 0, dates);
    if (dates < DATES_MIN || !rv__white_known(stack))
        return RV_OK;
    rv__probes_place(&k.at, stack, WINDOWS, BYTES_A_PIXEL);
    k.blue = rv__alloc((2 * k.at.dates + 1) * k.at.n + k.at.dates, sizeof *k.blue);
    k.grey = rv__alloc(2 * k.at.dates * k.at.n, 1);
    if (k.blue && k.grey) {
        k.slope = k.blue + k.at.dates * k.at.n;
        k.bare = k.slope + k.at.dates * k.at.n;
        k.share = k.bare + k.at.n;
        k.inside = k.grey + k.at.dates * k.at.n;
        err = find_dates(&k);
    }
    rv__free(k.grey);
    rv__free(k.blue);
    return err;
}

/* Median of the nearest dates without snow on one side of t, or -1; step is 1 or -1. */
static float bare_beside(const rv__snow_series *s, size_t i, size_t t, ptrdiff_t step)
{
    float v[EACH_SIDE];
    size_t count = 0;
    for (ptrdiff_t d = (ptrdiff_t)t + step; d >= 0 && d < (ptrdiff_t)s->dates && count < EACH_SIDE; d += step) {
        const size_t at = (size_t)d * s->n + i;
        if (!s->date[d] && s->inside[at])
            v[count++] = s->blue[at];
    }
    return count ? rv__select_f(v, count, (count - 1) / 2) : -1; /* of two the darker: the other may be cloud */
}

static void mark_block(uint8_t *snow, const rv__snow_series *s, size_t first, size_t end)
{
    for (size_t t = 0; t < s->dates; t++)
        for (size_t i = first; i < end && s->date[t]; i++) {
            const size_t at = t * s->n + i;
            if (!(s->grey[at] & RV__WHITE_FLAT) || !s->inside[at])
                continue;
            const float ground = fmaxf(bare_beside(s, i, t, -1), bare_beside(s, i, t, 1));
            snow[at] = ground >= 0 && s->blue[at] > s->least[t] * ground;
        }
}

typedef struct mark_job {
    uint8_t *snow;
    const rv__snow_series *series;
} mark_job;

static int mark(size_t block, size_t worker, void *user)
{
    const mark_job *k = user;
    const size_t end = (block + 1) * BLOCK;
    (void)worker;
    mark_block(k->snow, k->series, block * BLOCK, end < k->series->n ? end : k->series->n);
    return RV_OK;
}

int rv__snow_mark(uint8_t *snow, const rv__snow_series *series)
{
    memset(snow, 0, series->n * series->dates);
    return rv__parallel_for((series->n + BLOCK - 1) / BLOCK, mark, &(mark_job){ snow, series });
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The two-sided temporal test: a cloud is brighter, a shadow darker than the ground was before AND than it is after.
 *
 * Per pixel and date the medians of the three nearest unsuspicious dates on either side are compared with the value;
 * what was built departs from one side only, so a lasting change is never cloud, whatever its brightness. (Tmask
 * [zhu2014] fits a season to all dates and asks one side; with a dozen dates there is no season to fit.) The limits are
 * robust deviations of the pixel's own series plus a share of its brightness. A second round leaves out of the medians
 * what the first one found, so that a cloudy neighbour does not hide a cloud.
 *
 * Where only one side exists (first and last dates) the limits are stricter. Gains are fitted without what is found
 * here; the masks have a finer test of their own (air.c). */
#include "normalise/departure.h"

#include <revisit/base.h>

#include "base/mem.h"
#include "base/parallel.h"
#include "base/robust.h"

#include <math.h>
#include <string.h>

enum { SIDE = 3, BLOCK = 4096 };

static const double cloud_share = .10, shadow_share = .18; /* of the pixel's median, two sides */
static const double one_sided_factor = 1.5, one_sided_cloud = .25, one_sided_shadow = .30;

typedef struct work {
    const rv__tile_series *tile;
    uint8_t *bits;
    float *sd_visible, *sd_full;   /* n: robust deviation in time */
    float *mid_visible, *mid_full; /* n: median in time */
    float floor_visible, floor_full;
    float *rise; /* dates * n: height above the higher side, 0 where there is none */
    double limit;
} work;

static float middle(float *v, size_t n)
{
    return n == 1 ? v[0] : n == 2 ? .5f * (v[0] + v[1]) : rv__median_f(v, n);
}

/* Median and deviation in time of one pixel. */
static void spread_in_time(float out[2], const rv__tile_series *tile, const float *plane, size_t p, float *v)
{
    const size_t n = tile->w * tile->h;
    size_t count = 0;
    for (size_t t = 0; t < tile->dates; t++)
        if (tile->inside[t * n + p])
            v[count++] = plane[t * n + p];
    out[0] = count ? rv__median_f(v, count) : 0.f;
    out[1] = count ? rv__mad_f(v, count, out[0]) : 0.f;
}

static int spread_block(size_t block, size_t worker, void *user)
{
    const work *k = user;
    const size_t n = k->tile->w * k->tile->h, end = (block + 1) * BLOCK < n ? (block + 1) * BLOCK : n;
    float *v = rv__alloc(k->tile->dates, sizeof *v);
    (void)worker;
    if (!v)
        return RV_ERR_NOMEM;
    for (size_t p = block * BLOCK; p < end; p++) {
        float s[2];
        spread_in_time(s, k->tile, k->tile->visible, p, v);
        k->mid_visible[p] = s[0];
        k->sd_visible[p] = s[1];
        spread_in_time(s, k->tile, k->tile->full, p, v);
        k->mid_full[p] = s[0];
        k->sd_full[p] = s[1];
    }
    rv__free(v);
    return RV_OK;
}

/* Median of up to three nearest unsuspicious dates from t in direction step. @return 0 when there is none */
static int side(float out[2], const work *k, size_t p, size_t t, int step)
{
    const size_t n = k->tile->w * k->tile->h;
    float visible[SIDE], full[SIDE];
    size_t count = 0;
    for (size_t i = t + (size_t)step; i < k->tile->dates && count < SIDE; i += (size_t)step) {
        if (k->tile->inside[i * n + p] && !(k->bits[i * n + p] & (RV__BRIGHT | RV__DARK))) {
            visible[count] = k->tile->visible[i * n + p];
            full[count++] = k->tile->full[i * n + p];
        }
    }
    if (!count)
        return 0;
    out[0] = middle(visible, count);
    out[1] = middle(full, count);
    return 1;
}

/* Bits of one pixel at one date; *rise is its height above the higher side. */
static uint8_t judge(float *rise, const work *k, size_t p, size_t t)
{
    const size_t n = k->tile->w * k->tile->h;
    float before[2], after[2];
    *rise = 0;
    if (!k->tile->inside[t * n + p])
        return RV__NO_PIXEL;
    const int has_before = side(before, k, p, t, -1), has_after = side(after, k, p, t, 1);
    if (!has_before && !has_after)
        return 0;
    const float *one = has_before ? before : after, *other = has_after ? after : before;
    const double up = (double)(k->tile->visible[t * n + p] - fmaxf(one[0], other[0]));
    const double down = (double)(fminf(one[1], other[1]) - k->tile->full[t * n + p]);
    const double sd_up = (double)fmaxf(k->sd_visible[p], k->floor_visible);
    const double sd_down = (double)fmaxf(k->sd_full[p], k->floor_full);
    const int both = has_before && has_after;
    const double limit = both ? k->limit : k->limit * one_sided_factor;
    uint8_t bits = both ? 0 : RV__ONE_SIDED;
    *rise = up > 0 ? (float)up : 0.f;
    if (up > limit * sd_up + (both ? cloud_share : one_sided_cloud) * (double)k->mid_visible[p])
        return (uint8_t)(bits | RV__BRIGHT);
    if (down > limit * sd_down && down > (both ? shadow_share : one_sided_shadow) * (double)k->mid_full[p])
        return (uint8_t)(bits | RV__DARK);
    return bits;
}

/* A pixel looks at its own series alone, and the bits of a round are written after all its dates are judged. */
static int judge_block(size_t block, size_t worker, void *user)
{
    const work *k = user;
    const size_t n = k->tile->w * k->tile->h, end = (block + 1) * BLOCK < n ? (block + 1) * BLOCK : n;
    uint8_t *found = rv__alloc(k->tile->dates, 1);
    (void)worker;
    if (!found)
        return RV_ERR_NOMEM;
    for (size_t p = block * BLOCK; p < end; p++) {
        for (size_t t = 0; t < k->tile->dates; t++)
            found[t] = judge(&k->rise[t * n + p], k, p, t);
        for (size_t t = 0; t < k->tile->dates; t++)
            k->bits[t * n + p] = found[t];
    }
    rv__free(found);
    return RV_OK;
}

static float median_of(float *scratch, const float *plane, size_t n)
{
    memcpy(scratch, plane, n * sizeof *plane);
    return rv__median_f(scratch, n);
}

/* A pixel that never stirred must not call the first breath a cloud: no deviation counts as less than the median one
 * of the tile. */
static void set_floors(work *k, size_t n)
{
    k->floor_visible = median_of(k->rise, k->sd_visible, n);
    k->floor_full = median_of(k->rise, k->sd_full, n);
}

int rv__departures(uint8_t *bits, float *rise, const rv__tile_series *tile, double limit)
{
    const size_t n = tile->w * tile->h, blocks = (n + BLOCK - 1) / BLOCK;
    work k = { .tile = tile, .bits = bits, .rise = rise, .limit = limit };
    float *planes = rv__alloc(4 * n, sizeof *planes);
    int err = RV_ERR_NOMEM;
    if (!planes)
        return err;
    k.sd_visible = planes;
    k.sd_full = planes + n;
    k.mid_visible = planes + 2 * n;
    k.mid_full = planes + 3 * n;
    if ((err = rv__parallel_for(blocks, spread_block, &k)) < 0)
        goto done;
    set_floors(&k, n);
    memset(bits, 0, tile->dates * n);
    for (int round = 0; round < 2 && err == RV_OK; round++)
        err = rv__parallel_for(blocks, judge_block, &k);
done:
    rv__free(planes);
    return err;
}

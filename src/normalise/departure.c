/* SPDX-License-Identifier: Apache-2.0 */
/* The two-sided temporal test: a cloud is brighter, a shadow darker than the ground was before AND than it is after.
 *
 * Per place and date the medians of the three nearest unsuspicious dates on either side are compared with the value;
 * what was built departs from one side only, so a lasting change is never cloud, whatever its brightness. (Tmask
 * [zhu2014] fits a season to all dates and asks one side; with a dozen dates there is no season to fit.) The limits are
 * robust deviations of the place's own series plus a share of its brightness. A second round leaves out of the medians
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

static const double cloud_share = .10, shadow_share = .18; /* of the place's median, two sides */
static const double one_sided_factor = 1.5, one_sided_cloud = .25, one_sided_shadow = .30;

typedef struct work {
    const rv__departing *series;
    uint8_t *bits;
    float *sd, *mid; /* n: robust deviation and median in time */
    float floor;     /* no deviation counts as less */
    double limit;
} work;

static float middle(float *v, size_t n)
{
    return n == 1 ? v[0] : n == 2 ? .5f * (v[0] + v[1]) : rv__median_f(v, n);
}

static void spread_in_time(work *k, size_t p, float *v)
{
    const rv__departing *s = k->series;
    size_t count = 0;
    for (size_t t = 0; t < s->dates; t++)
        if (s->inside[t * s->n + p])
            v[count++] = s->value[t * s->n + p];
    k->mid[p] = count ? rv__median_f(v, count) : 0.f;
    k->sd[p] = count ? rv__mad_f(v, count, k->mid[p]) : 0.f;
}

static int spread_block(size_t block, size_t worker, void *user)
{
    work *k = user;
    const size_t n = k->series->n, end = (block + 1) * BLOCK < n ? (block + 1) * BLOCK : n;
    float *v = rv__alloc(k->series->dates, sizeof *v);
    (void)worker;
    if (!v)
        return RV_ERR_NOMEM;
    for (size_t p = block * BLOCK; p < end; p++)
        spread_in_time(k, p, v);
    rv__free(v);
    return RV_OK;
}

/* Median of up to three nearest unsuspicious dates from t in direction step. @return 0 when there is none */
static int side(float *out, const work *k, size_t p, size_t t, int step)
{
    const rv__departing *s = k->series;
    float v[SIDE];
    size_t count = 0;
    for (size_t i = t + (size_t)step; i < s->dates && count < SIDE; i += (size_t)step)
        if (s->inside[i * s->n + p] && !k->bits[i * s->n + p])
            v[count++] = s->value[i * s->n + p];
    if (!count)
        return 0;
    *out = middle(v, count);
    return 1;
}

static uint8_t judge(const work *k, size_t p, size_t t)
{
    const rv__departing *s = k->series;
    float before, after;
    if (!s->inside[t * s->n + p])
        return 0;
    const int has_before = side(&before, k, p, t, -1), has_after = side(&after, k, p, t, 1);
    if (!has_before && !has_after)
        return 0;
    const float one = has_before ? before : after, other = has_after ? after : before, seen = s->value[t * s->n + p];
    const double up = (double)(seen - fmaxf(one, other)), down = (double)(fminf(one, other) - seen);
    const int both = has_before && has_after;
    const double far = (both ? k->limit : k->limit * one_sided_factor) * (double)fmaxf(k->sd[p], k->floor);
    const double mid = (double)k->mid[p];
    if (up > far + (both ? cloud_share : one_sided_cloud) * mid)
        return RV__BRIGHT;
    return down > far && down > (both ? shadow_share : one_sided_shadow) * mid ? RV__DARK : 0;
}

/* A place looks at its own series alone, and the bits of a round are written after all its dates are judged. */
static int judge_block(size_t block, size_t worker, void *user)
{
    const work *k = user;
    const size_t n = k->series->n, end = (block + 1) * BLOCK < n ? (block + 1) * BLOCK : n;
    uint8_t *found = rv__alloc(k->series->dates, 1);
    (void)worker;
    if (!found)
        return RV_ERR_NOMEM;
    for (size_t p = block * BLOCK; p < end; p++) {
        for (size_t t = 0; t < k->series->dates; t++)
            found[t] = judge(k, p, t);
        for (size_t t = 0; t < k->series->dates; t++)
            k->bits[t * n + p] = found[t];
    }
    rv__free(found);
    return RV_OK;
}

/* A place that never stirred must not call the first breath a cloud: no deviation counts as less than the median one. */
static int set_floor(work *k)
{
    const size_t n = k->series->n;
    float *scratch = rv__alloc(n, sizeof *scratch);
    if (!scratch)
        return RV_ERR_NOMEM;
    memcpy(scratch, k->sd, n * sizeof *scratch);
    k->floor = rv__median_f(scratch, n);
    rv__free(scratch);
    return RV_OK;
}

int rv__departures(uint8_t *bits, const rv__departing *series, double limit)
{
    const size_t n = series->n, blocks = (n + BLOCK - 1) / BLOCK;
    work k = { .series = series, .bits = bits, .limit = limit };
    int err = RV_ERR_NOMEM;
    k.sd = rv__alloc(n, sizeof *k.sd);
    k.mid = rv__alloc(n, sizeof *k.mid);
    if (k.sd && k.mid && (err = rv__parallel_for(blocks, spread_block, &k)) == RV_OK &&
        (err = set_floor(&k)) == RV_OK) {
        memset(bits, 0, series->dates * n);
        for (int round = 0; round < 2 && err == RV_OK; round++)
            err = rv__parallel_for(blocks, judge_block, &k);
    }
    rv__free(k.sd);
    rv__free(k.mid);
    return err;
}

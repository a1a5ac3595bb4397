/* SPDX-License-Identifier: Apache-2.0 */
/* A look at windows spread over the frame, all dates of them: how each date's clear ground compares with the series, and
 * how bright a thick cloud is.
 *
 * The gains of a date that is mostly cloud follow the cloud. But where the ground is seen its pattern is the one of all
 * other dates, and under a cloud it is not: windows of 17 x 17 px whose brightness goes with the series' median (mean
 * correlation of both planes above .6) hold seven in ten of the clear pixels and one in ten of the clouded ones, however
 * large the cloud. A robust line through those brings the date to the series. */
#include "normalise/survey.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/parallel.h"
#include "base/robust.h"
#include "model/stack_internal.h"
#include "normalise/gain.h"
#include "normalise/light.h"
#include "normalise/probes.h"
#include "raster/filter.h"

#include <math.h>
#include <string.h>

enum { WINDOWS = 48, BYTES_A_PIXEL = 9, NEAR_PX = 8, AGREE_MIN = 400, PAIRS = 12000 };

static const float alike = .6f;     /* correlation of clear ground with its median */
static const double top = .995;     /* quantile that is cloud where there is one */
static const float white_least = 4; /* times the ground */
static const float haze_most = .6f;
static const double clearest = .1;
static const float kept = 1.1f;    /* contrast, of the middle date's: as much as gains of sensors stir */
static const double tilted = 1.25; /* gains that differ by more are not the same */

typedef struct look {
    const rv_stack *stack;
    const uint8_t *member; /* dates that are looked at */
    rv__probes at;
    float *plane[2];    /* dates * n */
    uint8_t *inside;    /* dates * n */
    float *ground[2];   /* n: median in time */
    float *restless[2]; /* n: robust deviation in time */
    rv__survey *out;
} look;

static int read_date(size_t t, size_t worker, void *user)
{
    const look *k = user;
    int err = RV_OK;
    (void)worker;
    for (size_t i = 0; i < k->at.windows && k->member[t] && err == RV_OK; i++) {
        const size_t at = t * k->at.n + k->at.start[i];
        const rv__light planes = { k->plane[0] + at, k->plane[1] + at, k->inside + at };
        err = rv__light_read(&planes, k->stack, t, k->at.window[i]);
    }
    return err;
}

static void median_at(size_t i, float *v, void *user)
{
    const look *k = user;
    for (int p = 0; p < 2; p++) {
        size_t count = 0;
        for (size_t t = 0; t < k->at.dates; t++)
            if (k->member[t] && k->inside[t * k->at.n + i]) {
                const rv__date_light *d = &k->out->date[t];
                v[count++] = d->gain[p] * k->plane[p][t * k->at.n + i] + d->offset[p];
            }
        k->ground[p][i] = count ? rv__median_f(v, count) : 0;
        k->restless[p][i] = count ? rv__mad_f(v, count, k->ground[p][i]) : 0;
    }
}

/* Box means of the five products of one window; out holds 5 * n. */
static int box_products(float *out, const float *y, const float *r, size_t w, size_t h)
{
    const size_t n = w * h;
    int err = RV_OK;
    for (size_t i = 0; i < n; i++) {
        out[i] = y[i];
        out[n + i] = r[i];
        out[2 * n + i] = y[i] * y[i];
        out[3 * n + i] = r[i] * r[i];
        out[4 * n + i] = y[i] * r[i];
    }
    for (int k = 0; k < 5 && err == RV_OK; k++)
        err = rv__box_mean(out + (size_t)k * n, out + (size_t)k * n, w, h, NEAR_PX, NEAR_PX);
    return err;
}

/* Half the correlation of each pixel's surroundings is added to agree. */
static void add_agreement(float *agree, const float *box, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const float yy = box[2 * n + i] - box[i] * box[i], rr = box[3 * n + i] - box[n + i] * box[n + i];
        const float yr = box[4 * n + i] - box[i] * box[n + i];
        agree[i] += yy > 0 && rr > 0 ? .5f * yr / sqrtf(yy * rr) : 0.f;
    }
}

/* Of one date: how well each place goes with the ground, and what both are without the mean of their surroundings. */
typedef struct likeness {
    float *agree, *own[2], *ground[2]; /* n each */
} likeness;

/* What both are without the means of their surroundings, which stand first in box. */
static void take_pattern(float *own, float *ground, const float *box, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        own[i] -= box[i];
        ground[i] -= box[n + i];
    }
}

/* 0 where the surroundings are not all inside: the edge would agree with itself. */
static int agreement(likeness *out, const look *k, size_t t, size_t window)
{
    const size_t w = (size_t)k->at.window[window].width, h = (size_t)k->at.window[window].height, n = w * h;
    const size_t at = k->at.start[window];
    float *box = rv__alloc(5 * n, sizeof *box), *agree = out->agree + at;
    int err = box ? RV_OK : RV_ERR_NOMEM;
    for (int p = 0; p < 2 && err == RV_OK; p++) {
        if ((err = box_products(box, k->plane[p] + t * k->at.n + at, k->ground[p] + at, w, h)) < 0)
            break;
        add_agreement(agree, box, n);
        memcpy(out->own[p] + at, k->plane[p] + t * k->at.n + at, n * sizeof *box);
        memcpy(out->ground[p] + at, k->ground[p] + at, n * sizeof *box);
        take_pattern(out->own[p] + at, out->ground[p] + at, box, n);
    }
    for (size_t i = 0; i < n && err == RV_OK; i++)
        box[i] = k->inside[t * k->at.n + at + i];
    if (err == RV_OK && (err = rv__box_mean(box, box, w, h, NEAR_PX, NEAR_PX)) == RV_OK)
        for (size_t i = 0; i < n; i++)
            agree[i] = box[i] > .999f ? agree[i] : 0.f;
    rv__free(box);
    return err;
}

/* The band that blue is read from (light.c): the mean of the visible ones goes by the first of them. */
static size_t blue_of(const rv_stack *stack)
{
    const char *roles = rv_stack_roles(stack), *blue = strchr(roles, 'B');
    return blue ? (size_t)(blue - roles) : 0;
}

/* Pairs of a date's and the ground's values at places that agree, evenly thinned: neighbours say the same. */
static size_t gather(float *x, float *y, const look *k, const float *agree, const float *own, const float *ground)
{
    size_t all = 0, n = 0, seen = 0;
    for (size_t i = 0; i < k->at.n; i++)
        all += agree[i] > alike;
    const size_t step = all / PAIRS + 1;
    for (size_t i = 0; i < k->at.n; i++)
        if (agree[i] > alike && seen++ % step == 0) {
            x[n] = own[i];
            y[n++] = ground[i];
        }
    return n;
}

/* A line through the values themselves; but where a veil lies over the brighter part of the frame it is tilted. The pattern
 * alone, without the mean of the surroundings, is not: where its gain is another one, it is taken, and the offset that
 * the middle of the places needs. */
static void level_plane(const look *k, const likeness *like, int p, size_t t, float *scratch)
{
    static const double limits[2] = { .2, 5 };
    float *x = scratch, *y = x + k->at.n, *room = y + k->at.n;
    rv__date_light *d = &k->out->date[t];
    rv__line line, pattern;
    size_t n = gather(x, y, k, like->agree, like->own[p], like->ground[p]);
    if (n < AGREE_MIN || rv__gain_fit(&pattern, x, y, n, limits, room) != RV__LINE_FITTED)
        return;
    n = gather(x, y, k, like->agree, k->plane[p] + t * k->at.n, k->ground[p]);
    if (rv__gain_fit(&line, x, y, n, limits, room) == RV__LINE_FITTED && line.gain < tilted * pattern.gain &&
        pattern.gain < tilted * line.gain) {
        d->gain[p] = (float)line.gain;
        d->offset[p] = (float)line.offset;
        return;
    }
    for (size_t i = 0; i < n; i++)
        room[i] = y[i] - (float)pattern.gain * x[i];
    d->gain[p] = (float)pattern.gain;
    d->offset[p] = rv__median_f(room, n);
}

/* Lines of one date through the places that agree; without enough of them it stays as it is. */
static int level_date(size_t t, size_t worker, void *user)
{
    const look *k = user;
    if (!k->member[t])
        return RV_OK;
    float *planes = rv__alloc(8 * k->at.n, sizeof *planes);
    likeness like = { planes,
                      { planes + k->at.n, planes + 2 * k->at.n },
                      { planes + 3 * k->at.n, planes + 4 * k->at.n } };
    int err = planes ? RV_OK : RV_ERR_NOMEM;
    (void)worker;
    for (size_t i = 0; i < k->at.windows && err == RV_OK; i++)
        err = agreement(&like, k, t, i);
    for (int p = 0; p < 2 && err == RV_OK; p++)
        level_plane(k, &like, p, t, planes + 5 * k->at.n);
    rv__free(planes);
    return err;
}

static int find_top(size_t t, size_t worker, void *user)
{
    const look *k = user;
    rv__date_light *d = &k->out->date[t];
    float *v = rv__alloc(k->at.n, sizeof *v);
    (void)worker;
    if (!v)
        return RV_ERR_NOMEM;
    for (int p = 0; p < 2; p++) {
        size_t n = 0;
        for (size_t i = 0; i < k->at.n; i++)
            if (k->inside[t * k->at.n + i])
                v[n++] = d->gain[p] * k->plane[p][t * k->at.n + i] + d->offset[p];
        d->white[p] = n ? rv__quantile_f(v, n, top) : 0;
    }
    rv__free(v);
    return RV_OK;
}

/* A line far from 1 was drawn through little ground, and white is far beyond its end. */
static int steady(const rv__date_light *d)
{
    return d->gain[0] > .6f && d->gain[0] < 1.7f;
}

/* White of the dates that show thick cloud; of all dates alike when a steady one has none. */
static void usual_white(float out[2], const rv__survey *s, const uint8_t *member, size_t dates, float *v)
{
    float highest = 0;
    for (size_t t = 0; t < dates; t++)
        highest = member[t] && steady(&s->date[t]) && s->date[t].white[0] > highest ? s->date[t].white[0] : highest;
    for (int p = 0; p < 2; p++) {
        size_t n = 0;
        for (size_t t = 0; t < dates; t++)
            if (member[t] && (!(highest > 0) || (steady(&s->date[t]) && s->date[t].white[0] >= .75f * highest)))
                v[n++] = s->date[t].white[p];
        out[p] = rv__median_f(v, n);
    }
}

/* Dates without thick cloud take the white of those that have one. */
static void set_whites(rv__survey *s, const uint8_t *member, size_t dates, float *v)
{
    float usual[2];
    usual_white(usual, s, member, dates, v);
    for (size_t t = 0; t < dates; t++) {
        rv__date_light *d = &s->date[t];
        const int own = d->white[0] > .75f * usual[0] && d->white[0] < 1.35f * usual[0];
        for (int p = 0; p < 2; p++) {
            const float least = (p ? 2 : white_least) * s->ground[p], white = own ? d->white[p] : usual[p];
            d->white[p] = white > least ? white : least;
        }
    }
}

/* Haze h over the ground r is (1 - h) r + h grey. What it adds tells it from wet ground, a low sun and the gains of sensors,
 * which all multiply. Brought to the scale of the median, the offset taken away is grey (h / (1 - h)) less what the median has of
 * it. The clearest dates, the tenth quantile, are taken to have none: what is told is haze beyond theirs. It must have taken
 * of the contrast, too: little more is left than on the middle date, which may be hazy itself. On style A the share so found is 1.0 times the true one less .05,
 * give or take .02. */
static void set_haze(look *k, float *v)
{
    float *share = v + k->at.dates, *contrast = v + 2 * k->at.dates;
    size_t n = 0;
    for (size_t t = 0; t < k->at.dates; t++) {
        const rv__date_light *d = &k->out->date[t];
        const rv__stack_view *view = &k->stack->view[t];
        share[t] = -(d->offset[0] + d->gain[0] * (float)view->offset[blue_of(k->stack)]);
        contrast[t] = 1 / (d->gain[0] * (float)view->gain[blue_of(k->stack)]);
        if (k->member[t])
            v[n++] = share[t];
    }
    const float none = rv__quantile_f(v, n, clearest);
    n = 0;
    for (size_t t = 0; t < k->at.dates; t++)
        if (k->member[t])
            v[n++] = contrast[t];
    const float usual = rv__median_f(v, n);
    for (size_t t = 0; t < k->at.dates; t++) {
        rv__date_light *d = &k->out->date[t];
        const float u = (share[t] - none) / (RV__HAZE_GREY * d->white[0]);
        d->haze = k->member[t] && u > 0 && contrast[t] < kept * usual ? fminf(u / (1 + u), haze_most) : 0;
    }
}

static float middle(const look *k, const float *plane, float *scratch)
{
    memcpy(scratch, plane, k->at.n * sizeof *plane);
    return rv__median_f(scratch, k->at.n);
}

static int measure(look *k)
{
    float *scratch = rv__alloc(k->at.n > 3 * k->at.dates ? k->at.n : 3 * k->at.dates, sizeof *scratch);
    int err = scratch ? rv__parallel_for(k->at.dates, read_date, k) : RV_ERR_NOMEM;
    for (int round = 0; round < 2 && err == RV_OK; round++)
        if ((err = rv__probes_each(&k->at, median_at, k)) == RV_OK)
            err = rv__parallel_for(k->at.dates, level_date, k);
    if (err == RV_OK && (err = rv__probes_each(&k->at, median_at, k)) == RV_OK &&
        (err = rv__parallel_for(k->at.dates, find_top, k)) == RV_OK) {
        for (int p = 0; p < 2; p++) {
            k->out->noise[p] = middle(k, k->restless[p], scratch);
            k->out->ground[p] = middle(k, k->ground[p], scratch);
        }
        set_whites(k->out, k->member, k->at.dates, scratch);
        set_haze(k, scratch);
    }
    rv__free(scratch);
    return err;
}

int rv__survey_make(rv__survey *out, const rv_stack *stack, const uint8_t *member)
{
    rv__survey s = { 0 };
    look k = { .stack = stack, .member = member, .out = &s };
    int err = RV_ERR_NOMEM;
    rv__probes_place(&k.at, stack, WINDOWS, BYTES_A_PIXEL);
    float *planes = rv__alloc((2 * k.at.dates + 4) * k.at.n, sizeof *planes);
    k.inside = rv__alloc(k.at.dates * k.at.n, 1);
    s.date = rv__alloc(k.at.dates, sizeof *s.date);
    if (planes && k.inside && s.date) {
        for (size_t p = 0; p < 2; p++) {
            k.plane[p] = planes + p * k.at.dates * k.at.n;
            k.ground[p] = planes + (2 * k.at.dates + p) * k.at.n;
            k.restless[p] = planes + (2 * k.at.dates + 2 + p) * k.at.n;
        }
        for (size_t t = 0; t < k.at.dates; t++)
            s.date[t].gain[0] = s.date[t].gain[1] = 1;
        err = measure(&k);
    }
    rv__free(k.inside);
    rv__free(planes);
    if (err < 0)
        rv__free(s.date);
    else
        *out = s;
    return err;
}

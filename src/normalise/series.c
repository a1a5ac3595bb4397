/* SPDX-License-Identifier: Apache-2.0 */
/* Gains of a whole series: the temporal median of all scenes is the target, every scene and band is fitted to it, and
 * with the scaled scenes the median is drawn and met again. The median takes no date as the truth, and what was built
 * or clouded in less than half of the dates is not in it. Two dates have no median but their mean; there the second
 * scene is brought to the reference. IR-MAD [nielsen2007] would choose its unchanged pixels by all bands together; for
 * a series the redescending weights do the same band by band at a fraction of the cost. */
#include "normalise/series.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/parallel.h"
#include "base/robust.h"
#include "normalise/departure.h"
#include "normalise/gain.h"
#include "normalise/haze.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { BLOCK = 4096, HAZE_PAIRS = 30000 };

typedef struct fit {
    rv_gain *gains;
    const rv__samples *samples;
    const double *level;
    const rv_normalise_opts *opts;
    size_t reference;
    float *target; /* bands * n */
    uint8_t *told; /* n: 1 where enough dates tell the target */
    uint8_t *odd;  /* dates * n: not 0 where a date departs from those before and after; NULL before the first round */
} fit;

static const float *plane(const rv__samples *s, size_t t, size_t b)
{
    return s->value + (t * s->bands + b) * s->n;
}

/* Fewest dates whose median is better than each of them. */
static size_t dates_needed(size_t dates)
{
    return dates < 3 ? dates : 3;
}

static void median_at(const fit *f, size_t i, float *values)
{
    const rv__samples *s = f->samples;
    size_t count = 0;
    for (size_t b = 0; b < s->bands; b++) {
        count = 0;
        for (size_t t = 0; t < s->dates; t++) {
            const rv_gain *g = &f->gains[t * s->bands + b];
            if (s->inside[t * s->n + i] && !(f->odd && f->odd[t * s->n + i]))
                values[count++] = (float)(g->gain * (double)plane(s, t, b)[i] + g->offset);
        }
        f->target[b * s->n + i] = count ? rv__median_f(values, count) : 0.f;
    }
    f->told[i] = count >= dates_needed(s->dates);
}

static int median_block(size_t block, size_t worker, void *user)
{
    const fit *f = user;
    const size_t end = (block + 1) * BLOCK < f->samples->n ? (block + 1) * BLOCK : f->samples->n;
    float *values = rv__alloc(f->samples->dates, sizeof *values);
    (void)worker;
    if (!values)
        return RV_ERR_NOMEM;
    for (size_t i = block * BLOCK; i < end; i++)
        median_at(f, i, values);
    rv__free(values);
    return RV_OK;
}

static void take_reference(const fit *f)
{
    const rv__samples *s = f->samples;
    for (size_t b = 0; b < s->bands; b++)
        memcpy(f->target + b * s->n, plane(s, f->reference, b), s->n * sizeof *f->target);
    memcpy(f->told, s->inside + f->reference * s->n, s->n);
}

static void set_gain(rv_gain *out, const rv__line *line, double level)
{
    out->gain = line->gain * level;
    out->offset = line->offset;
    out->cov[0] = line->cov[0] * level * level;
    out->cov[1] = line->cov[1] * level;
    out->cov[2] = line->cov[2];
    out->pixels = (int)line->support;
    out->why[0] = 0;
    if (line->kept)
        snprintf(out->why, sizeof out->why, "gain kept at its limit %g", line->gain);
    else if (isnan(line->cov[0]))
        snprintf(out->why, sizeof out->why,
                 "too little pattern in common with the series: medians and spreads made equal");
}

static void leave(rv_gain *out, double level, size_t pairs)
{
    out->gain = level;
    out->offset = 0;
    out->cov[0] = out->cov[1] = out->cov[2] = NAN;
    out->pixels = 0;
    snprintf(out->why, sizeof out->why, "left as it is: %s",
             pairs < 50 ? "too few pixels in common with the series" : "flat, or the series is");
}

static int fit_one(size_t index, size_t worker, void *user)
{
    const fit *f = user;
    const rv__samples *s = f->samples;
    const size_t t = index / s->bands, b = index % s->bands;
    const double limits[2] = { f->opts->gain_min, f->opts->gain_max };
    float *x = rv__alloc(3 * s->n, sizeof *x), *y = x + s->n, *scratch = y + s->n;
    size_t n = 0;
    rv__line line;
    (void)worker;
    if (!x)
        return RV_ERR_NOMEM;
    for (size_t i = 0; i < s->n; i++) {
        if (f->told[i] && s->inside[t * s->n + i] && !(f->odd && f->odd[t * s->n + i])) {
            x[n] = (float)f->level[t] * plane(s, t, b)[i];
            y[n++] = f->target[b * s->n + i];
        }
    }
    if (rv__gain_fit(&line, x, y, n, limits, scratch) != RV__LINE_NONE)
        set_gain(&f->gains[index], &line, f->level[t]);
    else
        leave(&f->gains[index], f->level[t], n);
    rv__free(x);
    return rv__stopping();
}

/* A field through what the line leaves, on at most HAZE_PAIRS places. */
static int haze_one(size_t index, size_t worker, void *user)
{
    const fit *f = user;
    const rv__samples *s = f->samples;
    const size_t t = index / s->bands, b = index % s->bands, every = s->n / HAZE_PAIRS + 1;
    rv_gain *g = &f->gains[index];
    rv__haze field;
    (void)worker;
    if (g->pixels == 0 || (s->dates == 2 && t == f->reference))
        return RV_OK;
    float *col = rv__alloc(3 * (s->n / every + 1), sizeof *col);
    if (!col)
        return RV_ERR_NOMEM;
    float *row = col + s->n / every + 1, *missing = row + s->n / every + 1;
    rv__haze_pairs p = { col, row, missing, 0, s->width, s->height, f->opts->haze_px };
    for (size_t i = 0; i < s->n; i += every) {
        if (!f->told[i] || !s->inside[t * s->n + i] || (f->odd && f->odd[t * s->n + i]))
            continue;
        col[p.n] = (float)((int)i % s->cols * s->step) + .5F;
        row[p.n] = (float)((int)i / s->cols * s->step) + .5F;
        missing[p.n++] = f->target[b * s->n + i] - (float)(g->gain * (double)plane(s, t, b)[i] + g->offset);
    }
    const int err = rv__haze_fit(&field, &p);
    if (err == RV_OK)
        rv__haze_text(g->field, &field);
    if (err == RV_OK && g->field[0] && !g->why[0])
        snprintf(g->why, sizeof g->why, "with a smooth field of %d x %d knots", field.cols, field.rows);
    rv__free(col);
    return err < 0 ? err : rv__stopping();
}

/* Brightness of every date and place as the gains found so far have it. */
static void scaled_brightness(float *out, const fit *f)
{
    const rv__samples *s = f->samples;
    for (size_t t = 0; t < s->dates; t++) {
        for (size_t b = 0; b < s->bands; b++) {
            const rv_gain *g = &f->gains[t * s->bands + b];
            const float gain = (float)(g->gain / (double)s->bands), offset = (float)(g->offset / (double)s->bands);
            for (size_t i = 0; i < s->n; i++)
                out[t * s->n + i] += gain * plane(s, t, b)[i] + offset;
        }
    }
}

/* Clouds and shadows may cover more than half of a scene; then the weights follow them. The next round leaves out what
 * departs from the dates on both sides. */
static int find_odd(fit *f, uint8_t *odd)
{
    const rv__samples *s = f->samples;
    float *bright = rv__alloc(s->dates * s->n, sizeof *bright);
    if (!bright)
        return RV_ERR_NOMEM;
    scaled_brightness(bright, f);
    const rv__departing net = { s->n, s->dates, bright, s->inside };
    const int err = rv__departures(odd, &net, f->opts->cloud_mad);
    f->odd = odd;
    rv__free(bright);
    return err;
}

static double mean_of_target(const fit *f, size_t b)
{
    const rv__samples *s = f->samples;
    double sum = 0, count = 0;
    for (size_t i = 0; i < s->n; i++) {
        sum += f->told[i] ? (double)f->target[b * s->n + i] : 0;
        count += f->told[i] ? 1 : 0;
    }
    return count > 0 ? sum / count : 0;
}

/* A median of many scenes has less contrast than any of them: noise and seasons are gone from it. Around its mean
 * level, the scale of each band is stretched until the median gain is 1 again. */
static int set_back(const fit *f)
{
    const rv__samples *s = f->samples;
    double *fitted = rv__alloc(s->dates, sizeof *fitted);
    if (!fitted)
        return RV_ERR_NOMEM;
    for (size_t b = 0; b < s->bands; b++) {
        size_t n = 0;
        for (size_t t = 0; t < s->dates; t++)
            if (isfinite(f->gains[t * s->bands + b].cov[0]))
                fitted[n++] = f->gains[t * s->bands + b].gain / f->level[t];
        const double a = n ? 1 / rv__median(fitted, n) : 1, level = mean_of_target(f, b);
        for (size_t t = 0; t < s->dates; t++) {
            rv_gain *g = &f->gains[t * s->bands + b];
            if (g->pixels == 0)
                continue; /* left as it is */
            g->gain *= a;
            g->offset = a * g->offset + (1 - a) * level;
            for (int i = 0; i < 3; i++)
                g->cov[i] *= a * a;
        }
    }
    rv__free(fitted);
    return RV_OK;
}

static int meet(fit *f, uint8_t *odd)
{
    const rv__samples *s = f->samples;
    const int rounds = s->dates == 2 ? 1 : f->opts->rounds;
    int err = RV_OK;
    for (int round = 0; round < rounds; round++) {
        if (s->dates == 2)
            take_reference(f);
        else if ((round > 0 && (err = find_odd(f, odd)) < 0) ||
                 (err = rv__parallel_for((s->n + BLOCK - 1) / BLOCK, median_block, f)) < 0)
            return err;
        if ((err = rv__parallel_for(s->dates * s->bands, fit_one, f)) < 0 || (s->dates > 2 && (err = set_back(f)) < 0))
            return err;
    }
    /* set_back has moved the scale since the target was drawn: it is drawn anew */
    if (!(f->opts->haze_px > 0) ||
        (s->dates > 2 && (err = rv__parallel_for((s->n + BLOCK - 1) / BLOCK, median_block, f)) < 0))
        return err;
    return rv__parallel_for(s->dates * s->bands, haze_one, f);
}

int rv__gains_from_samples(rv_gain *gains, const rv__samples *samples, const double *level, size_t reference,
                           const rv_normalise_opts *opts)
{
    const size_t rows = samples->dates * samples->bands;
    fit f = { gains, samples, level, opts, reference, NULL, NULL, NULL };
    uint8_t *odd = NULL;
    int err = RV_OK;
    for (size_t i = 0; i < rows; i++) {
        gains[i].gain = level[i / samples->bands];
        gains[i].offset = 0;
        gains[i].cov[0] = gains[i].cov[1] = gains[i].cov[2] = 0;
        gains[i].pixels = 0;
        gains[i].why[0] = 0;
        gains[i].field[0] = 0;
    }
    if (samples->dates < 2)
        return RV_OK;
    f.target = rv__alloc(samples->bands * samples->n, sizeof *f.target);
    f.told = rv__alloc(samples->n, 1);
    odd = rv__alloc(samples->dates * samples->n, 1);
    err = f.target && f.told && odd ? meet(&f, odd) : RV_ERR_NOMEM;
    rv__free(odd);
    rv__free(f.told);
    rv__free(f.target);
    return err;
}

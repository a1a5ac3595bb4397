/* SPDX-License-Identifier: Apache-2.0 */
/* The step map: for every cell the single step in time that lowers a truncated L1 cost most, over light, greenness,
 * warmth and texture together. Truncation makes one odd scene (a cloud that was missed, snow) worth at most CUT noise
 * units, so it cannot pay for a step. It finds what has no outline of its own in any one picture: fields of panels,
 * ground works, large halls. Cells that always flicker are scaled down by their own flicker. */
#include "detect/stepmap.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/parallel.h"
#include "base/robust.h"
#include "raster/filter.h"

#include <math.h>
#include <string.h>

enum { DATES_MAX = 256, SCENES_MIN = 5, TEXTURE_BOX = 2, TONE_BOX = 48 };

static const float CUT = 4;
static const float WEIGHT[RV__STEP_FEATURES] = { 1, 1, 1, 0.7f };
static const double SMOOTH = 1.0;

typedef struct step_job {
    const rv__views *views;
    const rv__scale *scale;
    rv__steps *steps;
} step_job;

typedef struct best_step {
    float gain, step;
    int first; /* index among the clear scenes */
} best_step;

bool rv__steps_possible(const rv__scale *scale)
{
    return scale->n >= SCENES_MIN;
}

void rv__steps_release(rv__steps *s)
{
    rv__free(s->feature);
    rv__free(s->clear);
    rv__free(s->gain);
    rv__free(s->step);
    rv__free(s->first);
    rv__free(s->seen);
    *s = (rv__steps){ 0 };
}

static void shrink(float *out, const float *in, const rv__steps *s, size_t in_w)
{
    for (size_t r = 0; r < s->h; r++)
        for (size_t c = 0; c < s->w; c++) {
            const float *p = in + r * 2 * in_w + 2 * c;
            out[r * s->w + c] = 0.25f * (p[0] + p[1] + p[in_w] + p[in_w + 1]);
        }
}

static void shrink_clear(uint8_t *out, const uint8_t *in, const rv__steps *s, size_t in_w)
{
    const size_t cell = (size_t)s->cell;
    for (size_t r = 0; r < s->h; r++)
        for (size_t c = 0; c < s->w; c++) {
            const uint8_t *p = in + r * cell * in_w + c * cell;
            out[r * s->w + c] = cell == 1 ? p[0] : p[0] & p[1] & p[in_w] & p[in_w + 1];
        }
}

/* Logarithm of the standard deviation in a 5 x 5 box. */
static int texture(float *out, float *scratch, const float *light, size_t w, size_t h)
{
    float *square = scratch, *mean = scratch + w * h;
    for (size_t i = 0; i < w * h; i++)
        square[i] = light[i] * light[i];
    int err = rv__box_mean(mean, light, w, h, TEXTURE_BOX, TEXTURE_BOX);
    err = err ? err : rv__box_mean(out, square, w, h, TEXTURE_BOX, TEXTURE_BOX);
    for (size_t i = 0; !err && i < w * h; i++)
        square[i] = logf(sqrtf(fmaxf(out[i] - mean[i] * mean[i], 0)) + 0.03f);
    return err ? err : rv__box_mean(out, square, w, h, TEXTURE_BOX, TEXTURE_BOX);
}

static int scene_features(size_t t, size_t worker, void *user)
{
    (void)worker;
    const step_job *j = user;
    rv__steps *s = j->steps;
    const size_t px = s->w * s->h;
    float *base = s->feature + t * RV__STEP_FEATURES * px;
    float *scratch = rv__alloc(3 * px, sizeof *scratch);
    int err = scratch ? RV_OK : RV_ERR_NOMEM;
    for (int k = 0; !err && k < j->views->channels; k++) {
        const float *in = rv__views_plane(j->views, t, k);
        if (s->cell == 1)
            memcpy(scratch + 2 * px, in, px * sizeof *in);
        else
            shrink(scratch + 2 * px, in, s, j->views->w);
        if (k == RV__LIGHT)
            err = texture(base + (RV__STEP_FEATURES - 1) * px, scratch, scratch + 2 * px, s->w, s->h);
        err = err ? err : rv__gaussian(base + (size_t)k * px, scratch + 2 * px, s->w, s->h, SMOOTH);
    }
    shrink_clear(s->clear + t * px, j->views->clear + t * j->views->w * j->views->h, s, j->views->w);
    rv__free(scratch);
    return err;
}

int rv__steps_features(rv__steps *out, const rv__views *views, const rv__scale *scale)
{
    rv__steps s = { .cell = scale->zoom == 1 ? 2 : 1, .n = views->n };
    s.w = views->w / (size_t)s.cell;
    s.h = views->h / (size_t)s.cell;
    s.feature = rv__alloc(s.n * RV__STEP_FEATURES * s.w * s.h, sizeof *s.feature);
    s.clear = rv__alloc(s.n * s.w * s.h, 1);
    step_job job = { views, scale, &s };
    int err = s.feature && s.clear ? RV_OK : RV_ERR_NOMEM;
    if (!err)
        err = rv__parallel_for(s.n, scene_features, &job);
    if (!err)
        *out = s;
    else
        rv__steps_release(&s);
    return err;
}

/* Mean of the clear values in a box, twice: about a Gaussian, at a cost that does not grow with the box. Values and
 * weights (n each in both planes) are overwritten. */
static int smooth_clear(float *value, float *weight, float *scratch, size_t w, size_t h)
{
    int err = RV_OK;
    for (int pass = 0; !err && pass < 2; pass++) {
        err = rv__box_mean(scratch, value, w, h, TONE_BOX, TONE_BOX);
        memcpy(value, scratch, w * h * sizeof *value);
        err = err ? err : rv__box_mean(scratch, weight, w, h, TONE_BOX, TONE_BOX);
        memcpy(weight, scratch, w * h * sizeof *weight);
    }
    return err;
}

/* Take each scene's smooth departure from the median of all scenes off: tone and haze vary over hundreds of metres. */
static int level_tone(size_t k, size_t worker, void *user)
{
    (void)worker;
    const step_job *j = user;
    const rv__steps *s = j->steps;
    const size_t px = s->w * s->h, plane = RV__STEP_FEATURES * px;
    float *median = rv__alloc(4 * px, sizeof *median), v[DATES_MAX];
    if (!median)
        return RV_ERR_NOMEM;
    float *departure = median + px, *weight = departure + px, *scratch = weight + px, *base = s->feature + k * px;
    for (size_t i = 0; i < px; i++) {
        size_t n = 0;
        for (size_t t = 0; t < s->n && n < DATES_MAX; t++)
            if (s->clear[t * px + i])
                v[n++] = base[t * plane + i];
        median[i] = n ? rv__median_f(v, n) : 0;
    }
    int err = RV_OK;
    const float limit = 5 * j->scale->step_noise[k];
    for (size_t t = 0; !err && t < s->n; t++) {
        for (size_t i = 0; i < px; i++) {
            weight[i] = s->clear[t * px + i];
            departure[i] = weight[i] * fminf(fmaxf(base[t * plane + i] - median[i], -limit), limit);
        }
        err = smooth_clear(departure, weight, scratch, s->w, s->h);
        for (size_t i = 0; !err && i < px; i++)
            base[t * plane + i] -= departure[i] / fmaxf(weight[i], 1e-3f);
    }
    rv__free(median);
    return err;
}

/* Truncated cost and median of every beginning of v: cost[t] of v[0 .. t). Sorted insertion, O(n2) in all. */
static void beginnings(float *cost, float *median, const float *v, int n, int step)
{
    float sorted[DATES_MAX];
    for (int t = 0; t < n; t++) {
        const float x = v[t * step];
        int i = t;
        for (; i > 0 && sorted[i - 1] > x; i--)
            sorted[i] = sorted[i - 1];
        sorted[i] = x;
        const float m = t % 2 ? 0.5f * (sorted[t / 2] + sorted[t / 2 + 1]) : sorted[t / 2];
        float sum = 0;
        for (i = 0; i <= t; i++)
            sum += fminf(fabsf(sorted[i] - m), CUT);
        cost[t + 1] = sum;
        median[t + 1] = m;
    }
    cost[0] = 0;
}

static float flicker(const float *v, int n)
{
    float d[DATES_MAX];
    for (int t = 0; t + 1 < n; t++)
        d[t] = fabsf(v[t + 1] - v[t]);
    return fmaxf(rv__median_f(d, (size_t)(n - 1)), 1);
}

/* v: features one after another, n values each, in noise units. */
static best_step find_step(float *v, int n, int features)
{
    float gain[DATES_MAX + 1] = { 0 }, jump2[DATES_MAX + 1] = { 0 };
    float head[DATES_MAX + 1], tail[DATES_MAX + 1], head_median[DATES_MAX + 1], tail_median[DATES_MAX + 1];
    for (int k = 0; k < features; k++) {
        float *x = v + k * n;
        const float scale = 1 / flicker(x, n);
        for (int t = 0; t < n; t++)
            x[t] *= scale;
        beginnings(head, head_median, x, n, 1);
        beginnings(tail, tail_median, x + n - 1, n, -1);
        for (int t = 1; t < n; t++) {
            const float d = head_median[t] - tail_median[n - t];
            gain[t] += head[n] - head[t] - tail[n - t];
            jump2[t] += d * d / (float)features;
        }
    }
    best_step best = { 0, 0, 0 };
    for (int t = 1; t < n; t++)
        if (gain[t] > best.gain)
            best = (best_step){ gain[t], sqrtf(jump2[t]), t };
    return best;
}

static int step_row(size_t row, size_t worker, void *user)
{
    (void)worker;
    const step_job *j = user;
    rv__steps *s = j->steps;
    const size_t px = s->w * s->h;
    float v[RV__STEP_FEATURES * DATES_MAX];
    const bool grey = j->views->channels == 1;
    const int which[RV__STEP_FEATURES] = { 0, grey ? 3 : 1, 2, 3 }, features = grey ? 2 : RV__STEP_FEATURES;
    for (size_t i = row * s->w; i < (row + 1) * s->w; i++) {
        int scene[DATES_MAX], n = 0;
        for (size_t t = 0; t < s->n && n < DATES_MAX; t++)
            if (s->clear[t * px + i])
                scene[n++] = (int)t;
        s->seen[i] = n >= SCENES_MIN;
        if (!s->seen[i])
            continue;
        for (int k = 0; k < features; k++)
            for (int t = 0; t < n; t++)
                v[k * n + t] = s->feature[((size_t)scene[t] * RV__STEP_FEATURES + (size_t)which[k]) * px + i] *
                               WEIGHT[which[k]] / j->scale->step_noise[which[k]];
        const best_step best = find_step(v, n, features);
        s->gain[i] = best.gain;
        s->step[i] = best.step;
        s->first[i] = best.gain > 0 ? (uint8_t)scene[best.first] : 0;
    }
    return RV_OK;
}

int rv__steps_build(rv__steps *out, const rv__views *views, const rv__scale *scale)
{
    rv__steps s = { 0 };
    int err = rv__steps_features(&s, views, scale);
    if (err)
        return err;
    const size_t px = s.w * s.h;
    s.gain = rv__alloc(px, sizeof *s.gain);
    s.step = rv__alloc(px, sizeof *s.step);
    s.first = rv__alloc(px, 1);
    s.seen = rv__alloc(px, 1);
    step_job job = { views, scale, &s };
    err = s.gain && s.step && s.first && s.seen ? RV_OK : RV_ERR_NOMEM;
    if (!err)
        err = rv__parallel_for(RV__STEP_FEATURES, level_tone, &job);
    if (!err)
        err = rv__parallel_for(s.h, step_row, &job);
    if (!err)
        *out = s;
    else
        rv__steps_release(&s);
    return err;
}

/* A share of the scene is always the most changed one, so ranks alone would find something in a scene where nothing
 * happened: the threshold also stands well above the bulk of the scene. */
void rv__steps_thresholds(rv__scale *scale, float *gain, float *step, size_t n)
{
    if (n == 0) {
        scale->gain_hot = scale->step_hot = INFINITY;
        return;
    }
    const float rank = rv__quantile_f(gain, n, 0.9), middle = rv__median_f(gain, n),
                upper = rv__quantile_f(gain, n, 0.75);
    scale->gain_hot = fmaxf(rank, middle + 3 * (upper - middle));
    scale->step_hot = rv__quantile_f(step, n, 0.75);
}

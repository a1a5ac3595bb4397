/* SPDX-License-Identifier: Apache-2.0 */
/* The first pass. Nothing is decided by a threshold in physical units: seasons, sensors and exposures move those by
 * more than a building does. A plane is cut at quantiles of the scene instead, taken from sample windows that are
 * spread over the image, so that all tiles use the same ones and memory does not grow with the image. */
#include "detect/survey.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/robust.h"
#include "base/vec.h"
#include "detect/composite.h"
#include "detect/drift.h"
#include "detect/evidence.h"
#include "detect/stepmap.h"

#include <math.h>
#include <string.h>

enum { SMALL_PX = 640, SAMPLE_PX = 192, SAMPLE_SIDE = 4, FAR_PX = 8 };

/* Shares of the scene above the first and the last level. */
static const double COMMON = 0.35, RARE = 0.0012;

typedef RV__VEC(float) floats;

typedef struct samples {
    floats noise[RV__CHANNELS], step_noise[RV__STEP_FEATURES], signal[RV__SIGNALS], rank[2][RV__CHANNELS + 1], gain,
        step;
    rv__drift drift;
} samples;

static int window_count(const rv__scale *s)
{
    return s->width <= SMALL_PX && s->height <= SMALL_PX ? 1 : SAMPLE_SIDE * SAMPLE_SIDE;
}

static rv__window window_at(const rv__scale *s, int i)
{
    if (window_count(s) == 1)
        return (rv__window){ 0, 0, s->width, s->height };
    const int w = s->width < SAMPLE_PX ? s->width : SAMPLE_PX, h = s->height < SAMPLE_PX ? s->height : SAMPLE_PX;
    return (rv__window){ (s->width - w) * (i % SAMPLE_SIDE) / (SAMPLE_SIDE - 1),
                         (s->height - h) * (i / SAMPLE_SIDE) / (SAMPLE_SIDE - 1), w, h };
}

/* Change from one clear scene to the next. One or two scenes have no such thing: half of their differences may be real;
 * there it is the change over FAR_PX px inside each scene. */
static int sample_noise(samples *out, const rv__views *v)
{
    const size_t px = v->w * v->h;
    const bool series = v->n > 2;
    for (int k = 0; k < v->channels; k++)
        for (size_t t = 0; t + series < v->n; t++) {
            const float *a = rv__views_plane(v, t, k), *b = series ? rv__views_plane(v, t + 1, k) : a + FAR_PX;
            const uint8_t *ca = v->clear + t * px, *cb = series ? ca + px : ca + FAR_PX;
            for (size_t i = 0; i + FAR_PX < px; i += 7)
                if (ca[i] && cb[i] && RV__PUSH(&out->noise[k], fabsf(a[i] - b[i])) < 0)
                    return RV_ERR_NOMEM;
        }
    return RV_OK;
}

static int sample_step_noise(samples *out, const rv__views *v, const rv__scale *s)
{
    rv__steps steps = { 0 };
    if (!rv__steps_possible(s))
        return RV_OK;
    int err = rv__steps_features(&steps, v, s);
    const size_t px = steps.w * steps.h;
    for (size_t i = 0; !err && i < (v->n - 1) * px;
         i += 5) /* feature k of scene t + 1 lies RV__STEP_FEATURES planes on */
        for (int k = 0; !err && k < RV__STEP_FEATURES; k++) {
            const float *a = steps.feature + ((i / px) * RV__STEP_FEATURES + (size_t)k) * px + i % px;
            if (steps.clear[i] && steps.clear[i + px])
                err = RV__PUSH(&out->step_noise[k], fabsf(a[RV__STEP_FEATURES * px] - a[0]));
        }
    rv__steps_release(&steps);
    return err;
}

static int sample_plane(floats *out, const float *plane, const uint8_t *seen, size_t w, size_t h, size_t step)
{
    for (size_t r = step / 2; r < h; r += step)
        for (size_t c = step / 2; c < w; c += step)
            if (seen[r * w + c] && RV__PUSH(out, plane[r * w + c]) < 0)
                return RV_ERR_NOMEM;
    return RV_OK;
}

static int sample_maps(samples *out, const rv__maps *m, const rv__scale *s)
{
    float *plane = rv__alloc(m->w * m->h, sizeof *plane);
    int err = plane ? RV_OK : RV_ERR_NOMEM;
    for (int i = 0; !err && i < RV__EVIDENCE; i++)
        if (rv__signal_exists(m, i) && (err = rv__signal(plane, m, s, i)) == RV_OK)
            err = sample_plane(&out->signal[i], plane, m->seen, m->w, m->h, (size_t)(s->zoom + 1));
    for (int k = 0; !err && k <= RV__CHANNELS; k++) {
        const float *before = k == RV__CHANNELS ? m->edge_before : m->before[k];
        const float *after = k == RV__CHANNELS ? m->edge_after : m->after[k];
        if (!before || !after)
            continue;
        err = sample_plane(&out->rank[0][k], before, m->seen, m->w, m->h, (size_t)(2 * s->zoom + 1));
        err = err ? err : sample_plane(&out->rank[1][k], after, m->seen, m->w, m->h, (size_t)(2 * s->zoom + 1));
    }
    rv__free(plane);
    return err;
}

static int sample_signals(samples *out, const rv__views *v, const rv__scale *s)
{
    rv__maps maps = { 0 };
    int err = rv__maps_build(&maps, v, s, 0);
    err = err ? err : sample_maps(out, &maps, s);
    rv__maps_release(&maps);
    return err;
}

/* As sample_noise, of pictures that are halved already. */
static int sample_inside(samples *out, const rv__maps *m)
{
    const size_t px = m->w * m->h;
    for (int k = 0; k < 2 * m->channels; k++) {
        const float *a = k % 2 ? m->after[k / 2] : m->before[k / 2];
        for (size_t i = 0; i + FAR_PX < px; i += 3)
            if (m->seen[i] && m->seen[i + FAR_PX] && RV__PUSH(&out->noise[k / 2], fabsf(a[i] - a[i + FAR_PX])) < 0)
                return RV_ERR_NOMEM;
    }
    return RV_OK;
}

static int sample_steps(samples *out, const rv__views *v, const rv__scale *s)
{
    rv__steps steps = { 0 };
    if (!rv__steps_possible(s))
        return RV_OK;
    int err = rv__steps_build(&steps, v, s);
    if (!err)
        err = sample_plane(&out->gain, steps.gain, steps.seen, steps.w, steps.h, 2);
    if (!err)
        err = sample_plane(&out->step, steps.step, steps.seen, steps.w, steps.h, 2);
    rv__steps_release(&steps);
    return err;
}

static float noise_of(floats *differences)
{
    const float median = differences->n ? rv__median_f(differences->v, differences->n) : 0;
    return fmaxf(1.4826f * median / 1.4142136f, 1e-4f);
}

static void set_levels(rv__scale *s, samples *from)
{
    for (int i = RV__EVIDENCE; i < RV__SIGNALS; i++)
        for (int l = 0; l < RV__LEVELS; l++)
            s->level[i][0][l] = (float)rv__evidence_level(i, l);
    for (int i = 0; i < RV__EVIDENCE; i++)
        for (int l = 0; l < RV__LEVELS; l++) {
            const double share = COMMON * pow(RARE / COMMON, (double)l / (RV__LEVELS - 1));
            const size_t n = from->signal[i].n;
            s->level[i][0][l] = n ? rv__quantile_f(from->signal[i].v, n, 1 - share) : 0;
            s->level[i][1][l] = n ? -rv__quantile_f(from->signal[i].v, n, share) : 0;
        }
}

static void set_ranks(rv__scale *s, samples *from)
{
    for (int e = 0; e < 2; e++)
        for (int k = 0; k <= RV__CHANNELS; k++) {
            floats *v = &from->rank[e][k];
            for (int i = 0; i < RV__RANKS && v->n; i++)
                s->rank[e][k][i] = rv__quantile_f(v->v, v->n, (double)i / (RV__RANKS - 1));
        }
}

static int each_window(samples *out, rv__scale *s, const rv_stack *stack, bool noise_only)
{
    int err = RV_OK;
    const int count = window_count(s), stride = noise_only ? SAMPLE_SIDE + 1 : 1; /* noise: the diagonal is enough */
    for (int i = 0; !err && i < count; i += stride) {
        rv__views v = { 0 };
        if ((err = rv__stopping()) < 0 || (err = rv__views_read(&v, stack, s, window_at(s, i))) < 0)
            break;
        if (noise_only)
            err = (err = sample_noise(out, &v)) || (err = rv__drift_sample(&out->drift, &v))
                      ? err
                      : sample_step_noise(out, &v, s);
        else if ((err = sample_signals(out, &v, s)) == RV_OK)
            err = sample_steps(out, &v, s);
        rv__views_release(&v);
    }
    return err;
}

static void release(samples *got)
{
    for (int k = 0; k < RV__CHANNELS; k++)
        rv__free(got->noise[k].v);
    for (int k = 0; k < RV__STEP_FEATURES; k++)
        rv__free(got->step_noise[k].v);
    for (int i = 0; i < RV__SIGNALS; i++)
        rv__free(got->signal[i].v);
    for (int k = 0; k <= RV__CHANNELS; k++) {
        rv__free(got->rank[0][k].v);
        rv__free(got->rank[1][k].v);
    }
    rv__drift_release(&got->drift);
    rv__free(got->gain.v);
    rv__free(got->step.v);
}

/* A window halved again and again: of each scale its noise, or with it known all else. */
static int sample_halved(samples got[RV__SCALES - 1], const rv__views *v, const rv__scale *s, bool noise_only)
{
    rv__maps maps = { 0 }, half = { 0 };
    int err = rv__maps_build(&maps, v, s, 0);
    for (int i = 1; !err && i < s->scales; i++) {
        const rv__scale at = rv__scale_at(s, i);
        err = rv__maps_halve(&half, &maps, noise_only ? NULL : &at);
        rv__maps_release(&maps);
        maps = half;
        half = (rv__maps){ 0 };
        if (!err)
            err = noise_only ? sample_inside(&got[i - 1], &maps) : sample_maps(&got[i - 1], &maps, &at);
    }
    rv__maps_release(&maps);
    return err;
}

static int each_halved(samples got[RV__SCALES - 1], const rv__scale *s, const rv_stack *stack, bool noise_only)
{
    int err = RV_OK;
    for (int i = 0; !err && i < window_count(s); i++) {
        rv__views v = { 0 };
        err = rv__stopping();
        err = err ? err : rv__views_read(&v, stack, s, window_at(s, i));
        err = err ? err : sample_halved(got, &v, s, noise_only);
        rv__views_release(&v);
    }
    return err;
}

static void set_cuts(rv__cuts *own, const rv__scale *s, samples *got)
{
    rv__scale at = *s;
    set_levels(&at, got);
    set_ranks(&at, got);
    memcpy(own->level, at.level, sizeof at.level);
    memcpy(own->rank, at.rank, sizeof at.rank);
}

/* What the scales of the pyramid have of their own. */
static int survey_halved(rv__scale *s, const rv_stack *stack)
{
    samples got[RV__SCALES - 1] = { 0 };
    int err = each_halved(got, s, stack, true);
    for (int i = 0; !err && i + 1 < s->scales; i++)
        for (int k = 0; k < s->channels; k++)
            s->coarser[i].noise[k] = noise_of(&got[i].noise[k]);
    err = err ? err : each_halved(got, s, stack, false);
    for (int i = 0; i + 1 < s->scales; i++) {
        if (!err)
            set_cuts(&s->coarser[i], s, &got[i]);
        release(&got[i]);
    }
    return err;
}

int rv__survey(rv__scale *s, const rv_stack *stack)
{
    samples got = { 0 };
    int err = each_window(&got, s, stack, true);
    if (err)
        goto end;
    for (int k = 0; k < s->channels; k++)
        s->noise[k] = noise_of(&got.noise[k]);
    rv__drift_set(s, &got.drift);
    for (int k = 0; k < RV__STEP_FEATURES; k++)
        s->step_noise[k] = noise_of(&got.step_noise[k]);
    if ((err = each_window(&got, s, stack, false)) < 0)
        goto end;
    set_levels(s, &got);
    set_ranks(s, &got);
    rv__steps_thresholds(s, got.gain.v, got.step.v, got.gain.n);
    if (s->scales > 1)
        err = survey_halved(s, stack);
end:
    release(&got);
    return err;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Departures of px from their own median over time: their median in a scene is what gains left over (offset), the scale
 * of the quietest quarter what ground that did not change varies by (unsteady). The quarter and not the half, because
 * fields that ripen are no measure for roofs. */
#include "detect/drift.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/robust.h"

#include <math.h>

enum { SAMPLES_MIN = 20 };

static const double QUIET = .25, QUIET_SD = .3186; /* quantile of |z| of a normal variable at QUIET */

static int scenes_of(const rv__views *v)
{
    return v->n < RV__DATES_MAX ? (int)v->n : RV__DATES_MAX;
}

/* One px of one channel through time. */
static int sample_px(rv__drift *d, const rv__views *v, int channel, size_t at)
{
    float seen[RV__DATES_MAX];
    size_t n = 0;
    const int scenes = scenes_of(v);
    for (int t = 0; t < scenes; t++)
        if (v->clear[(size_t)t * v->w * v->h + at])
            seen[n++] = rv__views_plane(v, (size_t)t, channel)[at];
    if (n < 2)
        return RV_OK;
    const float middle = rv__median_f(seen, n);
    for (int t = 0; t < scenes; t++)
        if (v->clear[(size_t)t * v->w * v->h + at] &&
            RV__PUSH(&d->departure[channel][t], rv__views_plane(v, (size_t)t, channel)[at] - middle) < 0)
            return RV_ERR_NOMEM;
    return RV_OK;
}

int rv__drift_sample(rv__drift *d, const rv__views *v)
{
    const size_t px = v->w * v->h, step = 7 + v->n; /* long series need fewer px, and memory stays small */
    int err = RV_OK;
    for (int k = 0; k < v->channels; k++)
        for (size_t i = step / 2; err == RV_OK && i < px; i += step)
            err = sample_px(d, v, k, i);
    return err;
}

void rv__drift_set(rv__scale *s, rv__drift *d)
{
    for (int k = 0; k < s->channels; k++)
        for (int t = 0; t < s->n && t < RV__DATES_MAX; t++) {
            float *v = d->departure[k][t].v;
            const size_t n = d->departure[k][t].n;
            s->offset[k][t] = s->unsteady[k][t] = 0;
            if (n < SAMPLES_MIN)
                continue;
            const float middle = rv__median_f(v, n);
            for (size_t i = 0; i < n; i++)
                v[i] = fabsf(v[i] - middle);
            s->offset[k][t] = middle / s->noise[k];
            s->unsteady[k][t] = (float)((double)rv__quantile_f(v, n, QUIET) / QUIET_SD) / s->noise[k];
        }
}

void rv__drift_release(rv__drift *d)
{
    for (int k = 0; k < RV__CHANNELS; k++)
        for (int t = 0; t < RV__DATES_MAX; t++)
            rv__free(d->departure[k][t].v);
    *d = (rv__drift){ 0 };
}

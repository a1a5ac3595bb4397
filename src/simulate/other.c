/* SPDX-License-Identifier: Apache-2.0 */
/* What makes a pair hard to lay on one another: on every second date a share of the place, in blots of some fifty pixels, is
 * the ground of another place, drawn like ours from another seed, and the contrast of all ground is turned over, as
 * between a band in which soil is brighter than green and one in which it is darker. Turned over are logarithms, about the
 * mean of soil's and green's; what stands on the ground, and the light, stay as they are. */
#include "simulate/other.h"

#include <math.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/robust.h"

static const int SEED_STEP = 1000003; /* from a place to the one beside it */

static rv__fbm blots(const rv__site *site)
{
    return (rv__fbm){ (uint32_t)site->opts.seed, 0, RV__DRAW_PATCH + 700, 50.0 * site->opts.gsd_m, 2, .4 };
}

/* The level above which the asked share of this very place lies, by a net over it. */
static int find_level(rv__site *site)
{
    enum { NET = 128 };
    const rv__fbm noise = blots(site);
    const rv__cells net = { 0, 0, site->size_m / NET, NET, NET };
    float *v = rv__alloc((size_t)NET * NET, sizeof *v);
    const int err = v ? rv__fbm_fill(v, &noise, &net) : RV_ERR_NOMEM;
    if (err == RV_OK)
        site->other_level = (double)rv__quantile_f(v, (size_t)NET * NET, 1.0 - site->opts.other_share);
    rv__free(v);
    return err;
}

int rv__other_make(rv__site *site)
{
    rv_simulate_opts o = site->opts;
    if (o.other_share <= 0.0)
        return RV_OK;
    o.seed = (o.seed + SEED_STEP) & 0x7fffffff;
    o.other_share = o.nuisance = 0.0;
    o.buildings_old = o.buildings_new = 0;
    site->other = rv__alloc(1, sizeof *site->other);
    const int err = site->other ? find_level(site) : RV_ERR_NOMEM;
    return err < 0 ? err : rv__site_build(site->other, &o);
}

void rv__other_release(rv__site *site)
{
    if (site->other)
        rv__site_release(site->other);
    rv__free(site->other);
    site->other = NULL;
}

bool rv__other_shown(const rv__site *site, int date)
{
    return site->other && date % 2 == 1;
}

bool rv__other_inverted(const rv__site *site, int date)
{
    return site->opts.inverted && date % 2 == 1;
}

int rv__other_share(float *out, const rv__site *site, const rv__cells *cells)
{
    const rv__fbm noise = blots(site);
    const float level = (float)site->other_level, steep = 25.0f; /* a rim of a px or two */
    const int err = rv__fbm_fill(out, &noise, cells);
    for (size_t i = 0; err == RV_OK && i < cells->w * cells->h; i++) {
        const float s = .5f + steep * (out[i] - level);
        out[i] = s < 0.0f ? 0.0f : s > 1.0f ? 1.0f : s;
    }
    return err;
}

static void mix(float *restrict ours, const float *restrict theirs, const float *restrict share, size_t n)
{
    for (size_t i = 0; i < n; i++)
        ours[i] += share[i] * (theirs[i] - ours[i]);
}

int rv__other_mix(float *const plane[RV__SIM_BANDS], rv__ground *other, const float *share, int date, double t)
{
    const size_t n = rv__ground_cells(other);
    float *theirs[RV__SIM_BANDS] = { NULL };
    int err = RV_OK;
    for (int k = 0; k < RV__SIM_BANDS; k++)
        if (plane[k] && !(theirs[k] = rv__alloc(n, sizeof *theirs[k])))
            err = RV_ERR_NOMEM;
    if (err == RV_OK)
        err = rv__ground_draw(theirs, other, date, t);
    for (int k = 0; k < RV__SIM_BANDS; k++) {
        if (err == RV_OK && plane[k])
            mix(plane[k], theirs[k], share, n);
        rv__free(theirs[k]);
    }
    return err;
}

float rv__other_turned(const rv__site *site, float reflectance, int band)
{
    const double about = site->material[RV__SOIL][band] * site->material[RV__CROP][band];
    return fminf((float)about / fmaxf(reflectance, .005f), .95f);
}

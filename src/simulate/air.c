/* SPDX-License-Identifier: Apache-2.0 */
/* Clouds where fractal noise is above a level: optical depth grows with it, opacity is 1 - exp(-depth). Their shadow is the
 * same noise moved along the sun by the height of the cloud, their picture moved by the lean of the view. Haze is a smooth
 * share of grey light. All of it is smooth at the size of a pixel and is reckoned by pixel, a sixteenth of the work. */
#include "simulate/air.h"

#include <math.h>

#include "base/error.h"
#include "base/mem.h"
#include "simulate/solid.h"

static const double cloud_white[RV__SIM_BANDS] = { .72, .72, .72, .70, .55 };
static const double haze_grey[RV__SIM_BANDS] = { .30, .27, .24, .22, .15 };

static rv__fbm cloud_noise(const rv__site *site, int date)
{
    return (rv__fbm){
        (uint32_t)site->opts.seed, (uint32_t)date + 1, RV__DRAW_CLOUD, fmax(260.0, 90.0 * site->opts.gsd_m), 5, .55
    };
}

/* Every fourth cloudy date has thin cirrus alone. */
static float opacity(const rv__site *site, int date, float noise)
{
    const float above = noise - (float)site->date[date].cover;
    const bool cirrus = !rv__suite_is_simple(site->opts.suite) && date % 4 == 3;
    const float depth = cirrus ? .16f : 2.6f;
    return above > 0.0f ? 1.0f - expf(-depth * above) : 0.0f;
}

/* The net of a window of pixels as a cloud at its height is seen from it, or keeps the sun from it. */
static rv__cells seen(const rv__site *site, int date, const double direction[2], rv__window w)
{
    const double gsd = site->opts.gsd_m, h = site->date[date].cloud_m;
    return (rv__cells){ w.col0 - direction[0] * h / gsd, w.row0 - direction[1] * h / gsd, gsd, (size_t)w.width,
                        (size_t)w.height };
}

int rv__air_make(rv__air *out, const rv__site *site, int date, const rv__sim_view *v, rv__window w)
{
    const size_t n = (size_t)w.width * (size_t)w.height;
    const rv__fbm cloud = cloud_noise(site, date);
    const rv__fbm haze = { (uint32_t)site->opts.seed, (uint32_t)date + 1, RV__DRAW_HAZE, 900.0, 2, .5 };
    /* All looks of a mosaic lie under the clouds of the first, as the truth's lists of clear frames have it. */
    const rv__sim_view *first = &site->date[date].view[0];
    const rv__cells above = seen(site, date, first->lean, w), sunward = seen(site, date, first->shadow, w);
    const rv__cells here = { w.col0, w.row0, site->opts.gsd_m, (size_t)w.width, (size_t)w.height };
    const bool cloudy = site->date[date].cloudy;
    rv__air a = { rv__alloc(n, sizeof(float)), rv__alloc(n, sizeof(float)), rv__alloc(n, sizeof(float)) };
    int err = a.alpha && a.shadow && a.haze ? RV_OK : RV_ERR_NOMEM;
    if (err == RV_OK && cloudy && (err = rv__fbm_fill(a.alpha, &cloud, &above)) == RV_OK)
        err = rv__fbm_fill(a.shadow, &cloud, &sunward);
    if (err == RV_OK && v->haze > 0.0)
        err = rv__fbm_fill(a.haze, &haze, &here);
    for (size_t i = 0; err == RV_OK && i < n; i++) {
        a.alpha[i] = cloudy ? opacity(site, date, a.alpha[i]) : 0.0f;
        a.shadow[i] = cloudy ? opacity(site, date, a.shadow[i]) : 0.0f;
        const float swing = 1.0f + .25f * a.haze[i];
        a.haze[i] = (float)v->haze * (swing < .3f ? .3f : swing > 1.7f ? 1.7f : swing);
    }
    if (err < 0) {
        rv__air_release(&a);
        return err;
    }
    *out = a;
    return RV_OK;
}

void rv__air_release(rv__air *a)
{
    rv__free(a->alpha);
    rv__free(a->shadow);
    rv__free(a->haze);
    a->alpha = a->shadow = a->haze = NULL;
}

void rv__air_pass(float *restrict plane, const rv__air *a, size_t n, int band)
{
    const float dark = (float)(1.0 - rv__diffuse[band]), white = (float)cloud_white[band],
                grey = (float)haze_grey[band];
    for (size_t i = 0; i < n; i++) {
        const float lit = plane[i] * (1.0f - dark * a->shadow[i]) * (1.0f - a->alpha[i]) + white * a->alpha[i];
        plane[i] = lit + a->haze[i] * (grey - lit);
    }
}

bool rv__air_hides(const rv__site *site, int date, double x, double y)
{
    const rv__fbm noise = cloud_noise(site, date);
    const rv__sim_view *v = &site->date[date].view[0];
    const double *const way[2] = { v->lean, v->shadow };
    if (!site->date[date].cloudy)
        return false;
    for (int k = 0; k < 2; k++) {
        const double h = site->date[date].cloud_m;
        const rv__cells there = rv__cell_at(x - way[k][0] * h + site->date[date].shift_px[0] * site->opts.gsd_m,
                                            y - way[k][1] * h + site->date[date].shift_px[1] * site->opts.gsd_m);
        float n = 0.0f;
        if (rv__fbm_fill(&n, &noise, &there) < 0 || opacity(site, date, n) > .1f)
            return true;
    }
    return false;
}

double rv__air_cloud_share(const rv__site *site, int date)
{
    enum { NET = 48 };
    float n[NET * NET];
    const rv__fbm noise = cloud_noise(site, date);
    const double step = site->size_m / NET, h = site->date[date].cloud_m;
    const double *lean = site->date[date].view[0].lean;
    const rv__cells net = { -lean[0] * h / step, -lean[1] * h / step, step, NET, NET };
    int under = 0;
    if (!site->date[date].cloudy || rv__fbm_fill(n, &noise, &net) < 0)
        return 0.0;
    for (int i = 0; i < NET * NET; i++)
        under += opacity(site, date, n[i]) > .1f;
    return (double)under / (NET * NET);
}

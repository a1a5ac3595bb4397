/* SPDX-License-Identifier: Apache-2.0 */
/* When the place is seen, and how: dates, sun, view, geometry, weather. A mosaic (sensor sn7) has several looks a date, days
 * apart, each with light, haze and shift of its own. Daily temperatures follow the year with weather of a week's
 * memory; snow falls below freezing on wet days and melts by the degree and day [hock2003]. */
#include <math.h>

#include "base/error.h"
#include "base/rng.h"
#include "base/time.h"
#include "geo/ellipsoid.h"
#include "geo/sun.h"
#include "simulate/sensor.h"
#include "simulate/story.h"

static const double PI = 3.14159265358979323846, DAY = 86400.0;

/* Metres east and south for a metre of ground towards an azimuth. */
static int ground_direction(double out[2], const rv__site *site, double azimuth_deg)
{
    const int err = rv__ground_to_pixel(&out[0], &out[1], &site->grid, azimuth_deg);
    out[0] *= site->opts.gsd_m;
    out[1] *= site->opts.gsd_m;
    return err;
}

static int light_view(rv__sim_view *v, const rv__site *site)
{
    const double rad = PI / 180.0;
    double sun[2], view[2];
    int err;
    rv__sun_at(&v->sun_azimuth_deg, &v->sun_elevation_deg, v->t, site->lon, site->lat);
    if ((err = ground_direction(sun, site, v->sun_azimuth_deg)) < 0 ||
        (err = ground_direction(view, site, v->view_azimuth_deg)) < 0)
        return err;
    const double el = v->sun_elevation_deg * rad;
    for (int i = 0; i < 2; i++) {
        v->shadow[i] = -sun[i] / tan(el);
        v->lean[i] = -view[i] * tan(v->off_nadir_deg * rad); /* roofs move away from the satellite */
        v->to_sun[i] = sun[i] * cos(el);
        v->parallax[i] = v->lean[i] / site->opts.gsd_m;
    }
    v->to_sun[2] = sin(el);
    return RV_OK;
}

/* frame = A (p - c) + c + shift, with a small turn and scale about the middle. */
static void draw_geometry(rv__sim_view *v, double shift_px[2], const rv__site *site, bool reference, rv__rng *g)
{
    const rv_simulate_opts *o = &site->opts;
    const double turn = o->rotation_deg * PI / 180.0 * rv__rng_normal(g);
    const double scale = 1.0 + (o->rotation_deg > 0.0 ? 2e-4 * rv__rng_normal(g) : 0.0), c = o->size_px / 2.0;
    const double a = reference ? 1.0 : scale * cos(turn), b = reference ? 0.0 : scale * sin(turn);
    for (int i = 0; i < 2; i++) {
        const double shift = o->shift_px * rv__rng_normal(g);
        shift_px[i] = reference ? 0.0 : shift;
    }
    const double m[6] = { a, -b, c - a * c + b * c + shift_px[0], b, a, c - b * c - a * c + shift_px[1] };
    for (int i = 0; i < 6; i++)
        v->m[i] = m[i];
    v->field_px = reference ? 0.0 : o->field_px;
    v->jitter_px = !reference && o->field_px > 0.0 && o->sensor == RV_SENSOR_PS ? .03 : 0.0;
}

/* Bands lie a little apart, by nothing on average over those that the sensor records: M stays the frame's own. */
static void draw_band_offsets(rv__sim_view *v, const rv__site *site, rv__rng *g)
{
    const rv__sensor *sensor = rv__sensor_of(&site->opts);
    for (int i = 0; i < 2; i++) {
        double mean = 0.0;
        for (int k = 0; k < RV__SIM_BANDS; k++)
            v->band_px[k][i] = rv__suite_is_simple(site->opts.suite) ? 0.0 : .08 * rv__rng_normal(g);
        for (int k = 0; k < sensor->n_bands; k++)
            mean += v->band_px[sensor->band[k]][i] / sensor->n_bands;
        for (int k = 0; k < RV__SIM_BANDS; k++)
            v->band_px[k][i] -= mean;
    }
}

/* The sensor's own doing: blur, bands a little apart, gains that differ from date to date. */
static void draw_sensor(rv__sim_view *v, const rv__site *site, bool reference, rv__rng *g)
{
    const bool simple = rv__suite_is_simple(site->opts.suite), b = site->opts.style == RV_STYLE_B;
    v->psf_px = simple ? rv__rng_between(g, .6, .8) : rv__rng_between(g, b ? .55 : .5, b ? .9 : .8);
    if (site->opts.sensor == RV_SENSOR_GE)
        v->psf_px *= .65; /* what is offered to look at has been sharpened by its maker */
    const double wide = site->opts.sensor == RV_SENSOR_SN7 ? .4 : 1.0, all = .06 * wide * rv__rng_normal(g);
    for (int k = 0; k < RV__SIM_BANDS; k++) {
        const double one = .025 * wide * rv__rng_normal(g);
        const double off = .004 * wide * rv__rng_normal(g);
        v->gain[k] = simple || reference ? 1.0 : exp(all + one);
        v->offset[k] = simple || reference ? 0.0 : off;
    }
}

static int draw_view(rv__sim_view *v, double shift_px[2], const rv__site *site, int date, int part)
{
    rv__rng g;
    rv__rng_init(&g, (uint64_t)site->opts.seed, (uint32_t)part, (uint32_t)date, RV__DRAW_DATE);
    const bool reference = date == 0 && part == 0;
    const double hours = site->opts.suite == RV_SUITE_J || site->opts.sensor == RV_SENSOR_GE ? 14400 : 2400;
    v->t = floor(v->t / DAY) * DAY + 7.5 * 3600.0 + floor(rv__rng_between(&g, 0, hours)) + 1200.0;
    v->off_nadir_deg = site->opts.off_nadir_deg *
                       (site->opts.suite == RV_SUITE_V ? rv__rng_between(&g, .4, 1.0) : rv__rng_uniform(&g));
    v->view_azimuth_deg = rv__rng_between(&g, 0, 360);
    v->haze = site->opts.haze * rv__rng_uniform(&g);
    draw_geometry(v, shift_px, site, reference, &g);
    draw_sensor(v, site, reference, &g);
    draw_band_offsets(v, site, &g);
    return light_view(v, site);
}

static double date_time(const rv__site *site, int k)
{
    const double step = site->opts.step_days;
    if (step <= 0.0)
        return rv__time_of_date(2023 + k / 12, k % 12 + 1, 15);
    rv__rng g;
    rv__rng_init(&g, (uint64_t)site->opts.seed, 99, (uint32_t)k, RV__DRAW_DATE);
    const double start = rv__time_of_date(2022, site->opts.suite == RV_SUITE_W ? 11 : 5, 3);
    return start + DAY * floor(step * (k + .3 * rv__rng_uniform(&g)));
}

/* Looks of a mosaic have been laid on one another: they differ by a fraction of a date's own displacement. */
static void join_look(rv__sim_view *v, const rv__sim_view *first)
{
    for (int k = 0; k < 6; k++)
        v->m[k] = k % 3 == 2 ? first->m[k] + .3 * (v->m[k] - first->m[k]) : first->m[k];
    v->haze = fmax(v->haze, .02);
}

static int make_date(rv__site *site, int k)
{
    rv__sim_date *d = &site->date[k];
    rv__rng g;
    rv__rng_init(&g, (uint64_t)site->opts.seed, 77, (uint32_t)k, RV__DRAW_DATE);
    const double t = date_time(site, k);
    d->n_views = site->opts.sensor == RV_SENSOR_SN7 ? 3 + (int)rv__rng_below(&g, RV__SIM_VIEWS - 2) : 1;
    d->cloud_m =
        rv__suite_is_simple(site->opts.suite) ? rv__rng_between(&g, 120, 260) : 150.0 * exp(2.2 * rv__rng_uniform(&g));
    d->cover = site->opts.suite == RV_SUITE_DEMO       ? 1.2
               : rv__suite_is_simple(site->opts.suite) ? .8
                                                       : rv__rng_between(&g, .0, 1.5);
    const double wet = rv__rng_uniform(&g);
    d->wet = rv__suite_is_simple(site->opts.suite) || rv__rng_uniform(&g) > .35 ? 1.0 : 1.0 - .25 * wet;
    d->halo = rv__suite_is_simple(site->opts.suite)
                  ? 0.0
                  : rv__rng_between(&g, 0, site->opts.style == RV_STYLE_B ? .25 : .15);
    for (int p = 0; p < d->n_views; p++) {
        double shift[2];
        d->view[p].t = t + (p ? DAY * floor(rv__rng_between(&g, -12, 12)) : 0.0);
        const int err = draw_view(&d->view[p], p ? shift : d->shift_px, site, k, p);
        if (err < 0)
            return err;
        if (p)
            join_look(&d->view[p], &d->view[0]);
    }
    const rv__sim_view *v = &d->view[0];
    d->t = v->t;
    d->sun_azimuth_deg = v->sun_azimuth_deg;
    d->sun_elevation_deg = v->sun_elevation_deg;
    d->off_nadir_deg = v->off_nadir_deg;
    d->view_azimuth_deg = v->view_azimuth_deg;
    rv_date_text(d->id, d->t);
    return RV_OK;
}

/* The first date stays clear: it is the reference of the truth's frames; and the last of the demo, to end on. */
static void choose_cloudy(rv__site *site)
{
    const int n = site->opts.dates - (site->opts.suite == RV_SUITE_DEMO);
    int wanted = (int)lround(site->opts.cloud_share * n), order[RV__SIM_DATES_MAX];
    rv__rng g;
    rv__rng_init(&g, (uint64_t)site->opts.seed, 0, 0, RV__DRAW_CLOUD);
    for (int k = 0; k < n; k++)
        order[k] = k;
    for (int k = 1; k < n && wanted > 0; k++, wanted--) {
        const int j = k + (int)rv__rng_below(&g, (uint32_t)(n - k)), swap = order[j];
        order[j] = order[k];
        order[k] = swap;
        site->date[swap].cloudy = true;
    }
}

/* Share of the ground under snow of every date: a water balance by the day from 60 days before the first one. */
static void make_snow(rv__site *site)
{
    double water_mm = 0.0, weather = 0.0;
    int next = 0;
    rv__rng g;
    rv__rng_init(&g, (uint64_t)site->opts.seed, 0, 0, RV__DRAW_WEATHER);
    const double first = floor(site->date[0].t / DAY) * DAY - 60 * DAY;
    for (double t = first; site->opts.snow > 0.0 && next < site->opts.dates; t += DAY) {
        const double season = cos(2 * PI * (rv__day_of_year(t) - 15) / 365.25);
        weather = .86 * weather + 2.0 * rv__rng_normal(&g);
        const double degrees = 9.0 - (9.0 + 9.0 * site->opts.snow) * season + weather, wet = rv__rng_uniform(&g);
        water_mm += wet < .3 && degrees < 1.0 ? 25.0 * (.3 - wet) : 0.0;
        water_mm = fmax(0.0, water_mm - 3.5 * fmax(0.0, degrees));
        while (next < site->opts.dates && site->date[next].t < t + DAY)
            site->date[next++].snow = fmin(1.0, water_mm / 12.0);
    }
}

int rv__story_dates(rv__site *site)
{
    for (int k = 0; k < site->opts.dates; k++) {
        const int err = make_date(site, k);
        if (err < 0)
            return err;
    }
    choose_cloudy(site);
    make_snow(site);
    return RV_OK;
}

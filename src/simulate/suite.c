/* SPDX-License-Identifier: Apache-2.0 */
/* The suites: one row each of what its scenes have in common, and what is drawn from the seed besides. */
#include <revisit/simulate.h>

#include <math.h>

#include "base/error.h"
#include "base/rng.h"
#include "simulate/site.h"

static const rv_simulate_opts defaults = RV_SIMULATE_OPTS_INIT;

static const rv_simulate_opts rows[] = {
    [RV_SUITE_PLAIN] = RV_SIMULATE_OPTS_INIT,
    [RV_SUITE_DEMO] = { .size_px = 320,
                        .gsd_m = 3,
                        .dates = 8,
                        .buildings_old = 4,
                        .buildings_new = 2,
                        .shift_px = .6,
                        .haze = .08,
                        .noise = .004,
                        .cloud_share = .3,
                        .sensor = RV_SENSOR_PS,
                        .off_nadir_deg = 4 },
    [RV_SUITE_R] = { .size_px = 256,
                     .gsd_m = 3,
                     .dates = 4,
                     .buildings_old = 8,
                     .buildings_new = 4,
                     .shift_px = .7,
                     .haze = .2,
                     .noise = .005,
                     .step_days = 75,
                     .relief_m = 60,
                     .off_nadir_deg = 5,
                     .rotation_deg = .03,
                     .field_px = .2,
                     .nuisance = .6 },
    [RV_SUITE_M] = { .size_px = 256,
                     .gsd_m = 3,
                     .dates = 12,
                     .buildings_old = 5,
                     .buildings_new = 4,
                     .shift_px = .5,
                     .haze = .3,
                     .noise = .005,
                     .cloud_share = .5,
                     .relief_m = 40,
                     .off_nadir_deg = 5,
                     .nuisance = .5 },
    [RV_SUITE_N] = { .size_px = 320,
                     .gsd_m = 3,
                     .dates = 12,
                     .buildings_old = 8,
                     .buildings_new = 0,
                     .shift_px = .5,
                     .haze = .15,
                     .noise = .005,
                     .cloud_share = .25,
                     .relief_m = 40,
                     .off_nadir_deg = 5,
                     .rotation_deg = .02,
                     .nuisance = 1 },
    [RV_SUITE_D] = { .size_px = 256,
                     .gsd_m = 3,
                     .dates = 16,
                     .buildings_old = 4,
                     .buildings_new = 8,
                     .shift_px = .5,
                     .haze = .15,
                     .noise = .005,
                     .cloud_share = .25,
                     .relief_m = 30,
                     .off_nadir_deg = 5,
                     .nuisance = .5 },
    [RV_SUITE_F] = { .size_px = 256,
                     .gsd_m = 3,
                     .dates = 6,
                     .buildings_old = 3,
                     .buildings_new = 9,
                     .shift_px = .5,
                     .haze = .1,
                     .noise = .005,
                     .cloud_share = .1,
                     .off_nadir_deg = 4,
                     .nuisance = .2 },
    [RV_SUITE_Q] = { .size_px = 256,
                     .gsd_m = 3,
                     .dates = 8,
                     .buildings_old = 3,
                     .buildings_new = 3,
                     .shift_px = .5,
                     .haze = .1,
                     .noise = .005,
                     .cloud_share = .2,
                     .off_nadir_deg = 4,
                     .nuisance = .3 },
    [RV_SUITE_H] = { .size_px = 256,
                     .gsd_m = 3,
                     .dates = 6,
                     .buildings_old = 3,
                     .buildings_new = 6,
                     .shift_px = .5,
                     .haze = .1,
                     .noise = .005,
                     .off_nadir_deg = 6,
                     .nuisance = .2 },
    [RV_SUITE_K] = { .size_px = 320,
                     .gsd_m = 3,
                     .dates = 12,
                     .buildings_old = 6,
                     .buildings_new = 6,
                     .shift_px = .5,
                     .haze = .15,
                     .noise = .005,
                     .cloud_share = .2,
                     .relief_m = 60,
                     .off_nadir_deg = 5,
                     .nuisance = .7 },
    [RV_SUITE_V] = { .size_px = 384,
                     .gsd_m = .6,
                     .dates = 6,
                     .buildings_old = 4,
                     .buildings_new = 4,
                     .shift_px = .7,
                     .haze = .1,
                     .noise = .006,
                     .sensor = RV_SENSOR_SKYSAT,
                     .relief_m = 20,
                     .off_nadir_deg = 30,
                     .rotation_deg = .03,
                     .nuisance = .4,
                     .sharpen = .3 },
    [RV_SUITE_J] = { .size_px = 512,
                     .gsd_m = .5,
                     .dates = 2,
                     .buildings_old = 12,
                     .buildings_new = 8,
                     .shift_px = .8,
                     .haze = .15,
                     .noise = .008,
                     .sensor = RV_SENSOR_GE,
                     .step_days = 950,
                     .relief_m = 15,
                     .off_nadir_deg = 20,
                     .rotation_deg = .03,
                     .nuisance = 1,
                     .jpeg_quality = 80,
                     .sharpen = .6 },
    [RV_SUITE_S] = { .size_px = 256,
                     .gsd_m = 4,
                     .dates = 24,
                     .buildings_old = 12,
                     .buildings_new = 12,
                     .shift_px = .4,
                     .haze = .15,
                     .noise = .006,
                     .cloud_share = .1,
                     .sensor = RV_SENSOR_SN7,
                     .relief_m = 40,
                     .off_nadir_deg = 5,
                     .nuisance = .6 },
    [RV_SUITE_W] = { .size_px = 256,
                     .gsd_m = 3,
                     .dates = 12,
                     .buildings_old = 5,
                     .buildings_new = 5,
                     .shift_px = .5,
                     .haze = .15,
                     .noise = .005,
                     .cloud_share = .2,
                     .step_days = 18,
                     .relief_m = 60,
                     .off_nadir_deg = 5,
                     .nuisance = .5,
                     .snow = 1 },
    [RV_SUITE_X] = { .size_px = 320,
                     .gsd_m = 3,
                     .dates = 14,
                     .buildings_old = 8,
                     .buildings_new = 8,
                     .shift_px = .7,
                     .haze = .3,
                     .noise = .006,
                     .cloud_share = .35,
                     .relief_m = 90,
                     .off_nadir_deg = 8,
                     .rotation_deg = .03,
                     .field_px = .2,
                     .nuisance = .8,
                     .snow = .5 },
};

bool rv__suite_is_simple(int suite)
{
    return suite == RV_SUITE_PLAIN || suite == RV_SUITE_DEMO;
}

bool rv__suite_has_works(int suite)
{
    return suite == RV_SUITE_DEMO || suite == RV_SUITE_K || suite == RV_SUITE_X;
}

/* Footprints are wanted at four pixel sizes, and from one date, four or sixteen after them. */
static void vary_footprints(rv_simulate_opts *o, rv__rng *g)
{
    static const struct {
        double gsd_m;
        int sensor, dates;
    } strata[] = { { 3, RV_SENSOR_PS, 6 },
                   { .6, RV_SENSOR_SKYSAT, 4 },
                   { 3, RV_SENSOR_PS, 16 },
                   { 10, RV_SENSOR_S2, 6 },
                   { 4, RV_SENSOR_PS, 4 } };
    const uint32_t k = rv__rng_below(g, 5);
    o->gsd_m = strata[k].gsd_m;
    o->sensor = strata[k].sensor;
    o->dates = strata[k].dates;
    if (o->gsd_m < 1.0)
        o->size_px = 384;
}

static void vary(rv_simulate_opts *o, rv__rng *g)
{
    const double u = rv__rng_uniform(g), v = rv__rng_uniform(g);
    switch (o->suite) {
    case RV_SUITE_F:
        vary_footprints(o, g);
        break;
    case RV_SUITE_H:
    case RV_SUITE_Q:
        if (u < .4) {
            o->gsd_m = .6;
            o->sensor = RV_SENSOR_SKYSAT;
            o->size_px = 384;
        }
        if (o->suite == RV_SUITE_H && v < .4)
            o->relief_m = 120;
        break;
    case RV_SUITE_R:
        o->field_px = u < .5 ? 0.0 : rv__rng_between(g, .2, .4);
        break;
    case RV_SUITE_J:
        o->jpeg_quality = 60 + (int)(36 * u);
        o->sharpen = .6 + .9 * v;
        break;
    default:
        break;
    }
    if (o->sensor == RV_SENSOR_PS && o->gsd_m == 3.0 && o->suite != RV_SUITE_DEMO && o->suite != RV_SUITE_F)
        o->gsd_m = 3.0 + .7 * floor(8 * rv__rng_uniform(g)) / 7; /* an orbit that sinks */
}

int rv_simulate_suite(rv_simulate_opts *out, rv_suite suite, rv_style style, int seed)
{
    if ((int)suite < 0 || (size_t)suite >= sizeof rows / sizeof *rows)
        return rv__fail(RV_ERR_RANGE, "suite must lie in [0, %d], not %d", (int)(sizeof rows / sizeof *rows) - 1,
                        (int)suite);
    if ((style != RV_STYLE_A && style != RV_STYLE_B) || seed < 0)
        return rv__fail(RV_ERR_RANGE, "style must be 0 or 1 and seed at least 0, not %d and %d", (int)style, seed);
    rv_simulate_opts o = rows[suite];
    rv__rng g;
    rv__rng_init(&g, (uint64_t)seed, (uint32_t)suite, 0, RV__DRAW_SUITE);
    o.suite = (int)suite;
    o.style = (int)style;
    o.seed = seed;
    o.oversample = defaults.oversample;
    if (suite != RV_SUITE_PLAIN)
        vary(&o, &g);
    *out = o;
    return RV_OK;
}

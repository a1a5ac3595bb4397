/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file simulate.h
 * Drawn series of made-up sites whose truth is exact: for tests, for the scoreboard and for the demo.
 */
#ifndef REVISIT_SIMULATE_H
#define REVISIT_SIMULATE_H

#include <revisit/structure.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What a series is for. Every suite but the first two has a letter; docs/methods/simulate.md says what each holds. */
typedef enum rv_suite {
    RV_SUITE_PLAIN, /* flat ground, simple roofs: for trying things out */
    RV_SUITE_DEMO,  /* the story of the tool: a plant that grows */
    RV_SUITE_R,     /* registration */
    RV_SUITE_M,     /* cloud, shadow, haze masks */
    RV_SUITE_N,     /* nothing is built */
    RV_SUITE_D,     /* dating */
    RV_SUITE_F,     /* footprints and areas */
    RV_SUITE_Q,     /* ratios of two halls */
    RV_SUITE_H,     /* heights */
    RV_SUITE_K,     /* kinds, portals among them */
    RV_SUITE_V,     /* views far off nadir */
    RV_SUITE_J,     /* pairs of sharpened RGB pictures through JPEG */
    RV_SUITE_S,     /* monthly RGB mosaics */
    RV_SUITE_W,     /* winter */
    RV_SUITE_X      /* everything */
} rv_suite;

/** A is for tuning; B has other spectra, generators, point spread functions, tone curves and textures, and is what
 *  results count on. Nothing may be fitted on B. */
typedef enum rv_style { RV_STYLE_A, RV_STYLE_B } rv_style;

typedef enum rv_sensor {
    RV_SENSOR_PS,     /* 3-3.7 m, B G R N */
    RV_SENSOR_SN7,    /* 4 m, R G B, monthly mosaics */
    RV_SENSOR_SKYSAT, /* .5-.8 m, B G R N */
    RV_SENSOR_GE,     /* .5 m, R G B of 8 bits, sharpened, JPEG */
    RV_SENSOR_S2      /* 10 m, B G R N and short-wave infrared of 20 m */
} rv_sensor;

typedef struct rv_simulate_opts {
    int seed;             /* default 1 */
    int size_px;          /* width and height. Default 256 */
    double gsd_m;         /* default 3 */
    int dates;            /* default 6 */
    int buildings_old;    /* that stand throughout. Default 3 */
    int buildings_new;    /* that appear. Default 4 */
    double shift_px;      /* sd of the random sub-pixel shift of a date. Default .6 */
    double haze;          /* largest haze share. Default .1 */
    double noise;         /* sd in reflectance. Default .004 */
    double cloud_share;   /* of dates with some clouds, in [0, 1]. Default .2 */
    int suite;            /* rv_suite. Default plain */
    int style;            /* rv_style. Default A */
    int sensor;           /* rv_sensor. Default ps */
    int oversample;       /* cells along a pixel. Default 4 */
    double step_days;     /* between dates; 0 = the middle of each month. Default 0 */
    double relief_m;      /* height of the hills. Default 0 */
    double off_nadir_deg; /* largest view angle. Default 4 */
    double rotation_deg;  /* sd of the rotation of a date; scale goes with it. Default 0 */
    double field_px;      /* rms of a smooth displacement of 200 px and more. Default 0 */
    double nuisance;      /* changes that are no structures, 0 = none, 1 = many. Default 0 */
    double snow;          /* cold of the winter: 0 = no snow, 1 = snow from December to March. Default 0 */
    int jpeg_quality;     /* 0 = no JPEG. Default 0 */
    double sharpen;       /* weight of the unsharp mask. Default 0 */
    double other_share;   /* of the place that is other ground on every second date, in [0, 1]. Default 0 */
    int inverted;         /* 1 = contrast of the ground turned over on every second date. Default 0 */
} rv_simulate_opts;
#define RV_SIMULATE_OPTS_INIT                                                                                        \
    {                                                                                                                \
        1, 256, 3.0, 6, 3, 4, 0.6, 0.1, 0.004, 0.2, RV_SUITE_PLAIN, RV_STYLE_A, RV_SENSOR_PS, 4, 0.0, 0.0, 4.0, 0.0, \
            0.0, 0.0, 0.0, 0, 0.0, 0.0, 0                                                                            \
    }

RV_API const rv_fields *rv_simulate_fields(void);

/** Words of rv_suite, NULL at the end. */
RV_API const char *const *rv_suite_names(void);

/**
 * Options of scene number seed of a suite in a style: sizes, dates, sensor, clouds and the rest, some of them drawn from
 * the seed. Change what you like before drawing.
 *
 * @return RV_OK; RV_ERR_RANGE for a suite, style or seed that does not exist
 */
RV_API int rv_simulate_suite(rv_simulate_opts *out, rv_suite suite, rv_style style, int seed);

/**
 * Draw a site into a folder: <date>.tif (UTM), <date>.json (STAC item with sun and view), truth.geojson and
 * site.geojson (interchange shapes), manifest.json (options, SHA-256 of every file), and truth/: masks, displacements,
 * clouds of every date and the map of what was built. The same options give the same bytes.
 *
 * @return RV_OK; RV_ERR_RANGE, RV_ERR_IO; RV_ERR_REFUSED when the folder holds another drawing's images
 */
RV_API int rv_simulate(const char *folder, const rv_simulate_opts *opts);

#ifdef __cplusplus
}
#endif
#endif

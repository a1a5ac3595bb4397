/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file simulate.h
 * Small drawn sites with exact truth, for tests and the demo.
 */
#ifndef REVISIT_SIMULATE_H
#define REVISIT_SIMULATE_H

#include <revisit/structure.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct rv_simulate_opts {
    int seed;           /* default 1 */
    int size_px;        /* width and height. Default 256 */
    double gsd_m;       /* default 3 */
    int dates;          /* default 6, monthly from 2023-01-15 */
    int buildings_old;  /* that stand throughout. Default 3 */
    int buildings_new;  /* that appear, one a date from the second date on, then again. Default 4 */
    double shift_px;    /* sd of the random sub-pixel shift of a date. Default .6 */
    double haze;        /* largest haze share. Default .1 */
    double noise;       /* sd in reflectance. Default .004 */
    double cloud_share; /* of dates with some clouds, in [0, 1]. Default .2 */
} rv_simulate_opts;
#define RV_SIMULATE_OPTS_INIT                      \
    {                                              \
        1, 256, 3.0, 6, 3, 4, 0.6, 0.1, 0.004, 0.2 \
    }

RV_API const rv_fields *rv_simulate_fields(void);

/**
 * Draw a site into a folder: <date>.tif (4 bands B G R N, uint16 reflectance x 10000, UTM), <date>.json (STAC item with
 * sun and view), truth.geojson (interchange shape) and site.geojson. The same options give the same bytes.
 *
 * @return RV_OK; RV_ERR_RANGE, RV_ERR_IO; RV_ERR_REFUSED when the folder holds another drawing's images
 */
RV_API int rv_simulate(const char *folder, const rv_simulate_opts *opts);

#ifdef __cplusplus
}
#endif
#endif

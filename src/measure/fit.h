/* SPDX-License-Identifier: Apache-2.0 */
/* Outline, height and their covariance by rendering. */
#ifndef RV_MEASURE_FIT_H
#define RV_MEASURE_FIT_H

#include "measure/descent.h"

/** Geometry: edge offsets, rotation, height (m). All in pixels of the window unless said. */
typedef struct rv__fit {
    int n; /* edges */
    rv_point outline[RV__EDGES_MAX];
    double geometry[RV__GEOMETRY_MAX];
    double covariance[RV__GEOMETRY_MAX * RV__GEOMETRY_MAX]; /* (n + 2) squared, least squares */
    double start_area_px2, area_px2, perimeter_px;
    double moved_px;    /* largest move of an edge or of the centre from the start */
    double noise_px2;   /* sd of the area by least squares alone */
    double texture_px2; /* sd by the residuals' autocovariance */
    double misfit;      /* residual on the outline over the smallest contrast */
    double contrast;    /* roof against ground or shadow, in sd of a pixel */
    bool has_height, at_bound, has_before;
    double height_m, sd_height_m;
    double psf_px, facade_px; /* mean PSF; mean length of the visible wall */
    int views, iterations;
} rv__fit;

/**
 * @param patch its rings are laid around the best start
 * @param trimmed begin with the outline less the cast shadow of each height that is tried
 * @return RV_OK; RV_ERR_RANGE when the equations cannot be solved; RV_ERR_NOMEM
 */
int rv__fit_outline(rv__fit *out, rv__patch *patch, const rv__shape *shape, bool trimmed);

/** Variance of a quantity by the autocovariance of residuals; v is its solution vector per view in local order. */
int rv__spread(double *variance, const rv__equation *eq, int n_eq, const double (*v)[RV__LOCAL_MAX]);

#endif

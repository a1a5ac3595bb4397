/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ground.h
 * Where the pixels of a picture without a CRS lie on the ground: a projective map to a plane in metres, fitted to ground
 * control points. A picture taken aslant has no single scale; this gives it one at every place.
 */
#ifndef REVISIT_GROUND_H
#define REVISIT_GROUND_H

#include <revisit/scene.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A ground control point: a place that is known on the ground and seen in a picture. Pixel corners lie at integers. */
typedef struct rv_gcp {
    char image_id[RV_ID_MAX];
    char name[RV_ID_MAX];
    double col, row;         /* in that image */
    double lon, lat;         /* degrees on WGS 84; NAN where x_m and y_m were given */
    double x_m, y_m;         /* east and north: as given, or of the mean of all points */
    double ref_col, ref_row; /* the same place in the reference image */
    double sigma_m;          /* standard uncertainty of each coordinate on the ground */
    double sigma_px;         /* of each coordinate in the reference image: picking it, and carrying it there */
    double total_m;          /* both together, on the ground */
    double residual_x_m, residual_y_m,
        residual_m; /* of the map less the point; NAN with four points, which leave none */
} rv_gcp;

RV_API const rv_fields *rv_gcp_fields(void);

/** From map coordinates of a grid without a CRS, that is pixels of the reference image, to metres east and north. */
typedef struct rv_ground {
    double m[9]; /* row-major: (u, v, w) = m * (col, row, 1), place = (u / w, v / w); w is 1 at the points' mean */
    double spread[8][9]; /* m + spread[k] and m - spread[k] are one standard deviation away, each k on its own */
    int points;
    double rms_m; /* root mean square length of the residuals; NAN with four points */
    double
        misfit; /* residuals over what the points' stated uncertainty lets expect; above 1 it widens spread. NAN with four */
} rv_ground;

/**
 * Fit the map: least squares weighted by the points' uncertainty.
 *
 * @param points    ref_col, ref_row, lon and lat or x_m and y_m, sigma_m and sigma_px filled in; x_m and y_m of points with
 *                  lon and lat, total_m and the residuals of all are set
 * @param reference grid of the reference image
 * @return          RV_OK; RV_ERR_RANGE for fewer than four points, points that lie on a line but for one, in a small part of
 *                  the picture, mirrored, or on both sides of the horizon
 */
RV_API int rv_ground_fit(rv_ground *out, rv_gcp *points, size_t n, const rv_grid *reference);

/** @return RV_OK; RV_ERR_RANGE beyond the horizon of the map */
RV_API int rv_ground_apply(const rv_ground *ground, double col, double row, double *x_m, double *y_m);

#ifdef __cplusplus
}
#endif
#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Forward model of one view: shares of roof, visible cast shadow and visible wall in every pixel. */
#ifndef RV_MEASURE_RENDER_H
#define RV_MEASURE_RENDER_H

#include "measure/patch.h"

enum { RV__ROOF, RV__SHADOW, RV__WALL, RV__FIELDS };

/** Unknowns of one view besides the outline. */
typedef struct rv__pose {
    double height_m, psf_px, dx, dy;
} rv__pose;

/** Fields of w * h floats each. @return RV_OK or RV_ERR_NOMEM */
int rv__render(float *const field[RV__FIELDS], const rv__patch *patch, const rv__view *view, const rv_point *outline,
               int n, const rv__pose *pose);

#endif

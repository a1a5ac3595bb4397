/* SPDX-License-Identifier: Apache-2.0 */
/* The smooth displacement field beside a transform's matrix, as numbers and as the text that a transform's row keeps. */
#ifndef RV_MODEL_BEND_H
#define RV_MODEL_BEND_H

#include <revisit/transform.h>

#include "raster/warpfield.h"

enum { RV__BEND_SIDE_MAX = 16 }; /* knots a side, so that the text fits its row */

/** Owns its coefficients: columns, then rows, in reference px, on knots over the reference. nx 0 = no field. */
typedef struct rv__bend {
    rv__warpfield f;
    double *v; /* 2 * nx * ny */
} rv__bend;

int rv__bend_new(rv__bend *out, size_t nx, size_t ny);
void rv__bend_release(rv__bend *bend);

/** "nx ny step col0 row0 c c c ..."; "" is no field. @return RV_OK; RV_ERR_FORMAT, RV_ERR_NOMEM */
int rv__bend_parse(rv__bend *out, const char *text);
/** @return RV_OK; RV_ERR_RANGE when the text does not fit */
int rv__bend_print(char text[RV_BEND_MAX], const rv__bend *bend);

#endif

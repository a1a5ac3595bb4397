/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file transform.h
 * How a scene must move and be scaled to match the reference: plain described rows.
 */
#ifndef REVISIT_TRANSFORM_H
#define REVISIT_TRANSFORM_H

#include <revisit/scene.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum rv_transform_kind { RV_TRANSFORM_SHIFT, RV_TRANSFORM_AFFINE, RV_TRANSFORM_HOMOGRAPHY } rv_transform_kind;

enum { RV_BEND_MAX = 6144 };

/**
 * Maps pixel positions of a scene to pixel positions of the reference scene, corners at integers, georeference
 * included: (u, v, w) = m * (col, row, 1), reference pixel = (u / w, v / w). m is row-major, m[8] = 1.
 */
typedef struct rv_transform {
    char scene_id[RV_ID_MAX];
    char reference_id[RV_ID_MAX];
    int kind; /* rv_transform_kind */
    double m[9];
    double sigma_px;    /* standard uncertainty of a position at the common area's centre, reference px */
    double cov_px2[3];  /* of that position: xx, xy, yy */
    double residual_px; /* robust spread of the ties about the transform */
    double shift_px[2]; /* by how much the georeference was wrong at the centre of the common area */
    double pull_px[2];  /* by which shadows had pulled the match along with the sun; taken out */
    double closure_px;  /* root mean square of what loops by way of neighbours in time miss; NAN = no loop */
    int loops;
    int ties;
    char bend
        [RV_BEND_MAX]; /* smooth field b on the reference, "" = none: position x of it is seen where m^-1 puts x + b(x);
                             * "nx ny step col0 row0" of its knots, then coefficients of a uniform cubic B-spline along the
                             * columns and the rows, ten-thousandths of a px */
    int trusted;       /* bool: 0 = do not use this scene, see why */
    char why[RV_WHY_MAX];
} rv_transform;

RV_API const rv_fields *rv_transform_fields(void);
RV_API void rv_transform_identity(rv_transform *out);
RV_API void rv_transform_apply(const rv_transform *transform, double col, double row, double *ref_col, double *ref_row);

/** Inverse matrix. @return RV_OK; RV_ERR_RANGE when m is singular */
RV_API int rv_transform_invert(double out[9], const double m[9]);

enum { RV_FIELD_TEXT_MAX = 1024 };

/** normalised = gain * value + offset + field at the pixel, one row a scene and band of the stack. */
typedef struct rv_gain {
    char scene_id[RV_ID_MAX];
    int band; /* of the stack, from 0 */
    double gain;
    double offset;
    double cov[3]; /* gain gain, gain offset, offset offset */
    int pixels;    /* that the fit rests on */
    char why[RV_WHY_MAX];
    /**
     * "" or knots spread evenly over the reference's grid from edge to edge, straight lines between: "cols rows unit v v v",
     * rows from the top, whole numbers of the unit.
     */
    char field[RV_FIELD_TEXT_MAX];
} rv_gain;

RV_API const rv_fields *rv_gain_fields(void);

#ifdef __cplusplus
}
#endif
#endif

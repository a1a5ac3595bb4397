/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of resampling share: a prepared source, and the part of the output that is made from it. */
#ifndef RV_RASTER_RESAMPLE_INTERNAL_H
#define RV_RASTER_RESAMPLE_INTERNAL_H

#include "raster/resample.h"
#include "raster/taps.h"

/* So many mirrored samples stand around each plane that no kernel asks where the edge is. */
enum { RV__MARGIN = RV__TAPS_MAX / 2 };

typedef struct rv__source {
    const float *data; /* sample (0, 0) of plane 0: samples, or coefficients of the spline */
    size_t w, h, stride, plane, planes;
    double col0, row0;    /* source position of its first pixel */
    const uint8_t *valid; /* w * h; NULL where all are */
    const uint8_t *safe;  /* w * h, 1 where every kernel centred nearest to it lies on valid pixels; NULL likewise */
    rv__kernel kernel;
    int taps;
} rv__source;

/* Block of the output, no side longer than RV__TAPS_ROW. */
typedef struct rv__target {
    float *out; /* its first pixel, in rows of stride and planes of plane floats */
    uint8_t *valid;
    size_t w, h, stride, plane, planes;
    double col0, row0;
} rv__target;

/** Zeros, and not valid. */
void rv__target_clear_row(const rv__target *t, size_t r);

/**
 * Set the validity of row r by the rule, and what is not valid to 0. Pixel c has taps c of x, and of y taps c, or taps r where
 * y holds the rows of the target.
 */
void rv__target_judge_row(const rv__target *t, size_t r, const rv__source *s, const rv__taps *x, const rv__taps *y,
                          int y_of_rows);

/** Maps without rotation: one axis after the other. */
void rv__straight(const rv__target *t, const rv__source *s, const double m[9]);

/** All others; field may be NULL. */
void rv__bent(const rv__target *t, const rv__source *s, const double m[9], const rv__warpfield *field);

#endif

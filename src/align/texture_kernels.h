/* SPDX-License-Identifier: Apache-2.0 */
/* The arithmetic of texture.c over whole planes, in vector kernels. Widths and plane sizes are multiples of 16. */
#ifndef RV_ALIGN_TEXTURE_KERNELS_H
#define RV_ALIGN_TEXTURE_KERNELS_H

#include <stddef.h>

#include "align/texture.h"

enum { RV__TEXTURE_LANES = 16, RV__TEXTURE_REACH = 3 };

/** Gaussian of at most RV__TEXTURE_REACH px from one plane to another; out has a repeated pixel on both sides of its rows. */
typedef struct rv__blur {
    float *out;
    const float *in;
    size_t out_pitch, in_pitch, width, height;
    float *line; /* width + 2 * RV__TEXTURE_LANES */
    float k[RV__TEXTURE_REACH + 1];
} rv__blur;

void rv__blur_plane(const rv__blur *blur);

/** Sobel's gradient of a smooth plane as rv__blur_plane writes it, rows width + 2 * RV__TEXTURE_LANES apart, and its size. */
void rv__gradient(float *x, float *y, const float *smooth, size_t width, size_t height);
void rv__gradient_size(float *out, const float *smooth, size_t width, size_t height);

/** |x cos + y sin| of an angle. */
void rv__project(float *out, const float *x, const float *y, double angle, size_t n);
/** Smooth n px across RV__ORIENTATIONS channels, which are n apart and close a circle, and give their norm. */
void rv__smooth_across(float *channels, float *norm, size_t n);
/** v /= norm + floor. */
void rv__divide(float *v, const float *norm, float floor, size_t n);

/** A plane and how it becomes texture: cut off at top, mean removed, scaled, tapered. */
typedef struct rv__finish {
    float *out;
    const float *v, *taper_col, *taper_row;
    size_t pitch, width, height;
    float top, mean, scale;
    double sum; /* of the cut-off values */
} rv__finish;

/** Set sum. */
void rv__finish_sum(rv__finish *finish);
/** Write out, without gaps. */
void rv__finish_taper(rv__finish *finish);

#endif

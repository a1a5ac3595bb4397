/* SPDX-License-Identifier: Apache-2.0 */
/* The shift of one window against a reference that was prepared once, and of a whole image by many windows. */
#ifndef RV_ALIGN_WINDOW_H
#define RV_ALIGN_WINDOW_H

#include "align/texture.h"

typedef struct rv__window_opts {
    size_t side; /* px, a power of two from 32 */
    rv__texture_kind kind;
    double clip_quantile; /* of gradients */
    double share_min;     /* of a window's pixels that must be valid */
} rv__window_opts;

#define RV__WINDOW_OPTS_INIT           \
    {                                  \
        256, RV__TEXTURE_PLAIN, .8, .6 \
    }

typedef struct rv__shift {
    double d[2];   /* the moving plane shows the reference's point x at x + d, px */
    double cov[3]; /* xx, xy, yy, px^2 */
    double height; /* of the surface's peak, 1 = same picture */
    double second; /* of the largest more than 3 px away, within a quarter window */
    double sd;     /* of the surface there */
    int used;      /* windows it rests on */
} rv__shift;

/** Plan and scratch for windows of one size: one thread at a time. */
typedef struct rv__window rv__window;

int rv__window_new(rv__window **out, const rv__window_opts *opts);
void rv__window_free(rv__window *window);

/** Floats of a prepared reference. */
size_t rv__window_floats(const rv__window *window);
/** Prepare a reference window. @return RV_OK, RV_ERR_NOMEM; RV_ERR_NODATA (no sentence set): too little valid or flat */
int rv__window_prepare(float *reference, rv__window *window, const rv__plane *plane);
/** Errors as above; RV_ERR_NODATA also where the surface has no peak within a quarter window. */
int rv__window_shift(rv__shift *out, rv__window *window, const float *reference, const rv__plane *plane);

/** An image of one band with its windows prepared, and scratch: one call at a time, which uses all workers. */
typedef struct rv__anchor rv__anchor;

/** Windows lie side by side, at most windows_max of them, spread over the image. size is width, height. */
int rv__anchor_new(rv__anchor **out, const rv__plane *image, const size_t size[2], size_t windows_max,
                   const rv__window_opts *opts);
void rv__anchor_free(rv__anchor *anchor);
/**
 * One shift of a whole image of the same size: the maximum of the windows' summed surfaces, so that a window which shows
 * something else adds noise and no pull. Covariance by the windows' scatter.
 */
int rv__anchor_shift(rv__shift *out, rv__anchor *anchor, const rv__plane *image);

#endif

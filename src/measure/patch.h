/* SPDX-License-Identifier: Apache-2.0 */
/* What a fit looks at: a window of some scenes, each with its light, its mask and its ground model. */
#ifndef RV_MEASURE_PATCH_H
#define RV_MEASURE_PATCH_H

#include <revisit/measure.h>

#include "measure/shape.h"

enum { RV__VIEWS_MAX = 12, RV__GROUND_MAX = 72 };

/** One scene of the window: n usable pixels. */
typedef struct rv__view {
    size_t t; /* index in the stack */
    size_t n;
    uint32_t *at;  /* pixels of the window, rising */
    float *y;      /* bands * n values, each band divided by its level */
    float *ground; /* n_ground * n columns: one, before-image bands, rings, bumps */
    int n_ground;  /* first the constant, then n_before, then n_rings, then bumps */
    int n_before, n_rings;
    double level[RV_BANDS_MAX]; /* median of the band's usable pixels */
    bool has_sun, has_view;
    double shadow[2], lean[2]; /* px of displacement a metre of height */
    double shift_sd;           /* prior of its residual shift, px */
} rv__view;

typedef struct rv__patch {
    int col0, row0, w, h; /* window on the stack's grid */
    int over;             /* cells a pixel, along each axis, in rendering */
    int bands;
    double shadow_mean[RV_BANDS_MAX]; /* expected share of light in shadow, less SHADE of render.h */
    bool has_before;
    int n_views;
    rv__view view[RV__VIEWS_MAX];
} rv__patch;

/** Which scenes show the structure standing, and which show the place before; both in order of time. */
typedef struct rv__epoch {
    size_t after[RV__VIEWS_MAX], before[3];
    int n_after, n_before;
} rv__epoch;

/**
 * Choose at most max_scenes scenes, clear at the outline, evenly spread over the time in which the structure stands.
 *
 * @return RV_OK; RV_ERR_NODATA when no clear scene shows it
 */
int rv__epoch_choose(rv__epoch *out, const rv_structure *structure, const rv_polygon *outline_px, const rv_stack *stack,
                     int max_scenes);

/** Read the window around a shape. Shape coordinates are moved into the window (corner at 0). */
int rv__patch_read(rv__patch *out, rv__shape *shape, const rv__epoch *epoch, const rv_stack *stack);
/**
 * Lay the ground's rings around an outline (shape and its parameters). Until then they are zero: laid around the drawn
 * outline, a ring takes the place of an edge that lies half a pixel further out, and the fit stays where it began.
 */
int rv__patch_rings(rv__patch *patch, const rv__shape *shape, const double *param);
void rv__patch_release(rv__patch *patch);

#endif

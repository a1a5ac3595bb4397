/* SPDX-License-Identifier: Apache-2.0 */
/* What a stack is made of, for the files that read through it. */
#ifndef RV_MODEL_STACK_INTERNAL_H
#define RV_MODEL_STACK_INTERNAL_H

#include <revisit/stack.h>

#include "model/bend.h"
#include "model/haze.h"
#include "raster/gdal_blocks.h"
#include "raster/resample.h"

typedef struct rv__stack_view {
    rv_scene *scene;
    rv_transform transform;
    double from_ref[9];       /* stack pixel to scene pixel */
    rv__bend bend;            /* smooth field beside it, in scene px over stack px */
    int source[RV_BANDS_MAX]; /* bands of the scene that are read */
    int n_source;             /* as many as the stack has, or those whose mean is its only band */
    double gain[RV_BANDS_MAX], offset[RV_BANDS_MAX];
    rv__haze *haze;  /* bands; NULL where no band has a field */
    rv__gtiff *mask; /* or NULL */
    bool weighed;    /* the mask has a second band */
    double when;
    size_t index; /* in the caller's arrays */
} rv__stack_view;

struct rv_stack {
    rv__stack_view *view;
    size_t n;
    rv_grid grid;
    char roles[RV_BANDS_MAX + 1];
    int bands;
    bool mean_of_visible;
    bool has_ground;
    rv_ground ground;
};

/** Place of the scene with this id, or the size of the stack. */
size_t rv__stack_scene(const rv_stack *stack, const char *id);

/** The same scenes where their georeference alone puts them, without masks. It must not outlive the stack. */
int rv__stack_unaligned(rv_stack **out, const rv_stack *stack);

/** A window of the stack's grid as a job for the resampler, without source. */
rv__resample_job rv__stack_job(const rv__stack_view *v, const int window[4]);

/** Part of the scene that a job needs (col0, row0, width, height), or false where they do not meet. */
bool rv__stack_needs(int from[4], const rv__stack_view *v, const rv__resample_job *job);

/** Validity (1, 0) of n pixels as mask codes. */
void rv__stack_codes(uint8_t *mask, size_t n);

/** Gain, offset and smooth field on the bands of a window, 0 outside by the mask codes. */
void rv__stack_apply_gains(float *data, const uint8_t *mask, const rv_stack *stack, const rv__stack_view *v,
                           const int window[4]);

/** Mean of a view's source bands in a window of the scene, in the first of n_source planes. */
int rv__stack_read_mean(float *data, uint8_t *valid, const rv__stack_view *v, const int window[4]);

/** Bands to read, and the scene's blocks where they are kept. */
typedef struct rv__raw_bands {
    const int *band;
    int n;
    rv__blocks *blocks; /* or NULL */
} rv__raw_bands;

/** Samples of a window that lies inside the scene, in the type of its file, and their validity. Invalid ones are anything. */
int rv__scene_read_raw(const rv_scene *scene, void *data, uint8_t *valid, const rv__raw_bands *bands,
                       const int window[4]);
int rv__scene_blocks(rv__blocks **out, const rv_scene *scene, size_t bytes_max);
rv__sample rv__scene_sample(const rv_scene *scene);

#endif

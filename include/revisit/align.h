/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file align.h
 * Shift, affine or homography of every scene against a reference scene; gains; clear-sky masks.
 */
#ifndef REVISIT_ALIGN_H
#define REVISIT_ALIGN_H

#include <revisit/stack.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct rv_align_opts {
    const char *reference; /* id of the reference scene. Default NULL: chosen (clear, sharp, central in time) */
    int model;            /* 0 auto, 1 shift, 2 affine, 3 homography, 4 none: the georeference is believed. Default 0 */
    int window_px;        /* size of a matching window, power of two in [32, 512]. Default 128 */
    double max_shift_px;  /* largest shift looked for. Default 0: half the scene */
    bool bend;            /* keep a smooth field beside the transform where one is proved. Default true */
    double clip_quantile; /* gradients are clipped at this quantile. Default .4 */
} rv_align_opts;
#define RV_ALIGN_OPTS_INIT           \
    {                                \
        NULL, 0, 128, 0.0, true, 0.4 \
    }

RV_API const rv_fields *rv_align_fields(void);

/** Index of the scene that serves best as reference. */
RV_API int rv_align_reference(size_t *out, rv_scene *const *scenes, size_t n, const rv_align_opts *opts);

/**
 * Transform of one scene to the reference. A scene that cannot be matched is not an error: out->trusted is 0 and
 * out->why says why.
 *
 * @return RV_OK; RV_ERR_RANGE, RV_ERR_IO, RV_ERR_NOMEM
 */
RV_API int rv_align(rv_transform *out, const rv_scene *scene, const rv_scene *reference, const rv_align_opts *opts);

/**
 * Transforms of a whole series to one of its scenes: every scene against it, neighbours in time against each other, and
 * one adjustment of all. A scene that does not match the reference is tried by way of its neighbours.
 *
 * @param out       n rows, in the order of scenes; that of the reference is the identity
 * @param scenes    placed by any CRS, or none of which has one
 * @param reference index, see rv_align_reference
 * @return          RV_OK; RV_ERR_RANGE, RV_ERR_IO, RV_ERR_NOMEM
 */
RV_API int rv_align_series(rv_transform *out, rv_scene *const *scenes, size_t n, size_t reference,
                           const rv_align_opts *opts);

#ifdef __cplusplus
}
#endif
#endif

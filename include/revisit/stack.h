/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file stack.h
 * Scenes on one grid and one radiometric scale in order of time, read block by block. Each read interpolates the
 * working copies once, transform and gain applied together.
 */
#ifndef REVISIT_STACK_H
#define REVISIT_STACK_H

#include <revisit/ground.h>
#include <revisit/transform.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What a mask pixel says; the codes of the interchange format. */
enum {
    RV_MASK_CLEAR = 0,
    RV_MASK_CLOUD = 1,
    RV_MASK_SHADOW = 2,
    RV_MASK_BOTH = 3,
    RV_MASK_HAZE = 4,
    RV_MASK_SNOW = 5,
    RV_MASK_OUTSIDE = 255
};

typedef struct rv_stack rv_stack;

/** What a stack is joined from: n of each, in the same order. */
typedef struct rv_stack_parts {
    rv_scene *const *scenes; /* working copies; ownership stays with the caller, and they must outlive the stack */
    const rv_transform *transforms; /* all trusted */
    const rv_gain *gains;           /* n * bands, scene after scene, or NULL for none; bands is rv_stack_bands */
    const char *const *masks;       /* paths of mask rasters on the stack's grid: codes, and weights as a second band
                                       (rv_masks_write); entries or the array may be NULL */
    size_t n;
} rv_stack_parts;

/**
 * Join scenes to a stack on the grid of the reference scene, or of a window of it.
 *
 * @param parts copied, but for the scenes
 * @param grid  grid of the stack (the reference scene's grid, or one whose origin lies on another of its pixels)
 * @return      RV_OK; RV_ERR_NODATA when n is 0; RV_ERR_MISMATCH when the scenes share no band
 * The stack's scenes are in order of time (middle of the period, then id; those without a date last). Its bands are the
 * roles all scenes share, in the order B G R N S T; a P-only scene against RGB gives one band, the mean of the visible
 * ones ("P"); scenes that share none of these but have bands of unknown role are joined by their order ("XX").
 */
RV_API int rv_stack_build(rv_stack **out, const rv_stack_parts *parts, const rv_grid *grid);
RV_API void rv_stack_free(rv_stack *stack);
RV_API size_t rv_stack_size(const rv_stack *stack);
RV_API const rv_grid *rv_stack_grid(const rv_stack *stack);
RV_API int rv_stack_bands(const rv_stack *stack);
RV_API const char *rv_stack_roles(const rv_stack *stack); /* "BGRN" */
RV_API const rv_scene_info *rv_stack_facts(const rv_stack *stack, size_t t);
RV_API const rv_transform *rv_stack_transform(const rv_stack *stack, size_t t);

/** Tell where the pixels of a stack without a CRS lie on the ground (copied); NULL takes it back. */
RV_API void rv_stack_set_ground(rv_stack *stack, const rv_ground *ground);
RV_API const rv_ground *rv_stack_ground(const rv_stack *stack); /* borrowed; NULL where nothing was told */

/**
 * How far the transforms of a stack are from similarities, that is how much of a tilt can be seen between its frames. What
 * all frames share, they do not show.
 */
typedef struct rv_tilt {
    double
        spread; /* largest length of a pixel over the smallest, less 1, over one frame and all directions; the worst frame */
    double rate_px; /* largest change of ln(ground area of a pixel) over one px of the grid; the worst frame */
    bool tilted;    /* no CRS, and a spread of 2 % or more: no single scale can be taken for the picture */
} rv_tilt;
RV_API void rv_stack_tilt(rv_tilt *out, const rv_stack *stack);

/**
 * Read a window of one scene on the stack's grid, all bands.
 *
 * @param data   bands * height * width floats, band after band; 0 where invalid
 * @param mask   height * width mask codes (RV_MASK_...); RV_MASK_OUTSIDE where there are no pixels
 * @param t      in [0, size); different t may be read by different threads at the same time
 * @param window col0, row0, width, height in px of the grid; may reach outside
 */
RV_API int rv_stack_read(const rv_stack *stack, float *data, uint8_t *mask, size_t t, const int window[4]);

/**
 * How much of the ground's own light a window of one scene shows: 1 clear, less under thin cloud and in shadow, 0 where
 * nothing of the ground is seen. Needs masks that hold it (rv_masks_write).
 *
 * @param weight height * width shares in [0, 1]; 0 outside
 * @return       RV_OK; RV_ERR_NODATA when the scene's mask has no weights
 */
RV_API int rv_stack_read_weight(const rv_stack *stack, float *weight, size_t t, const int window[4]);

/** Whether a scene came with a mask of its provider. */
RV_API bool rv_stack_is_told(const rv_stack *stack, size_t t);

/**
 * What the provider's own mask says of a window of one scene.
 *
 * @param told height * width codes RV_MASK_..., of the nearest pixel; RV_MASK_OUTSIDE where nothing is told
 */
RV_API int rv_stack_read_told(const rv_stack *stack, uint8_t *told, size_t t, const int window[4]);

typedef enum rv_compression { RV_COMPRESS_DEFLATE, RV_COMPRESS_ZSTD, RV_COMPRESS_NONE } rv_compression;

typedef struct rv_stack_write_opts {
    bool
        gains; /* the stack's bands on the radiometric scale of the reference. Default false: all bands of the scene as stored */
    int compress; /* rv_compression. Default RV_COMPRESS_DEFLATE, which every program reads */
} rv_stack_write_opts;
#define RV_STACK_WRITE_OPTS_INIT   \
    {                              \
        false, RV_COMPRESS_DEFLATE \
    }

/**
 * Write one scene on the stack's grid as a tiled GeoTIFF, interpolated once, block by block.
 *
 * Samples keep the type they have in the scene's file: whole numbers are rounded and held to what the type can hold. What has
 * no data is 0 and hidden by an internal mask; the stack's own masks (cloud and the like) hide nothing here.
 *
 * @param t    as in rv_stack_read, and with the same rule for threads
 * @param opts NULL for the defaults
 * @return     RV_OK; RV_ERR_RANGE, RV_ERR_IO
 */
RV_API int rv_stack_write(const rv_stack *stack, size_t t, const char *path, const rv_stack_write_opts *opts);
RV_API const rv_fields *rv_stack_write_fields(void);

#ifdef __cplusplus
}
#endif
#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* One interpolation from a source window to an output window under a projective map and a smooth displacement. */
#ifndef RV_RASTER_RESAMPLE_H
#define RV_RASTER_RESAMPLE_H

#include <stddef.h>
#include <stdint.h>

#include "raster/samples.h"
#include "raster/warpfield.h"

typedef enum rv__kernel {
    RV__KERNEL_CUBIC_BSPLINE,
    RV__KERNEL_LANCZOS3,
    RV__KERNEL_BILINEAR,
    RV__KERNEL_NEAREST
} rv__kernel;

enum { RV__RESAMPLE_HALO = 10 }; /* source px needed around the mapped window for full accuracy */

typedef struct rv__resample_space rv__resample_space; /* one thread at a time */
rv__resample_space *rv__resample_space_new(void);     /* NULL when memory runs out */
void rv__resample_space_free(rv__resample_space *space);

/**
 * Resample planes. Output pixel (c, r) of the window takes its value at source position m * (c + col0 + .5, r + row0 + .5, 1),
 * positions with corners at integers, and where there is a field its displacement at (c + col0 + .5, r + row0 + .5) is added; src pixel (0, 0) of the buffer lies at source (src_col0, src_row0).
 * Shrinking maps (more than 1.25 source px an output px) are area-averaged first so that nothing aliases.
 * Invalid source pixels are continued from the valid ones around them and never seen themselves; an output pixel is
 * valid when at least half of the kernel's absolute weight falls on valid pixels AND the nearest source pixel is valid
 * (the buffer's outside counts as invalid; after area means a pixel is valid when half of its area is). Invalid output
 * is 0. A shift by whole pixels copies.
 *
 * @param out planes * out_w * out_h floats; out_valid out_w * out_h
 */
typedef struct rv__resample_job {
    const float *src;
    const void *raw;     /* the same as a file holds it, in place of src; NULL: src */
    rv__sample raw_type; /* of raw */
    const uint8_t *src_valid;
    size_t src_w, src_h, planes;
    double src_col0, src_row0;
    double m[9];
    double col0, row0;
    size_t out_w, out_h;
    rv__kernel kernel;
    const rv__warpfield *field; /* or NULL */
    rv__resample_space *space;  /* memory kept from job to job, or NULL: each job takes and gives back its own */
} rv__resample_job;

int rv__resample(float *out, uint8_t *out_valid, const rv__resample_job *job);

/** Source window (col0, row0, width, height) that the job's output window needs, halo included; may reach outside the source.
 * Reads m, field and the output window of the job alone. */
void rv__resample_needs(int bounds[4], const rv__resample_job *job);

/** The same for a map without a field. */
void rv__resample_bounds(int bounds[4], const double m[9], double col0, double row0, size_t out_w, size_t out_h);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* The pixels of two images as IR-MAD goes through them: blocks of whole rows, each with the bands of both images one after
 * the other, so that a pass reads memory in one stream. What --ram does not hold lies in an unnamed file. */
#ifndef RV_NORMALISE_IRMAD_STORE_H
#define RV_NORMALISE_IRMAD_STORE_H

#include <stddef.h>
#include <stdint.h>

#include "raster/gdal_write.h"

typedef struct rv__irmad_store {
    size_t width, height; /* px */
    int bands;            /* of each image */
    size_t rows, blocks;  /* rows of a block; the last may have fewer */
    size_t stride;        /* values of a plane of a block: a multiple of RV__IRMAD_RUN, the rest is 0 and not valid */
    float *data;          /* NULL when in the file */
    uint8_t *valid;       /* blocks * stride: valid in both images */
    int file;             /* descriptor or -1 */
} rv__irmad_store;

/** All pixels valid and 0. @param near path beside which the file may lie; NULL: memory whatever its size. Release in any case. */
int rv__irmad_store_init(rv__irmad_store *out, size_t width, size_t height, int bands, const char *near);
void rv__irmad_store_release(rv__irmad_store *store);

/** Rows of image 0 or 1 in any order: samples of n_rows * width, band after band, and their validity (NULL = all). */
typedef struct rv__irmad_rows {
    const void *samples;
    rv__sample type;
    size_t band_step; /* samples from one band to the next */
    const uint8_t *valid;
    size_t row0, n_rows;
} rv__irmad_rows;
int rv__irmad_store_put(rv__irmad_store *store, int image, const rv__irmad_rows *rows);

/** Pointers to the 2 * bands planes of a block; room holds rv__irmad_store_room values and is used for the file alone. */
int rv__irmad_store_block(const float **planes, const rv__irmad_store *store, size_t block, float *room);
size_t rv__irmad_store_room(const rv__irmad_store *store);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Windows of one of our GeoTIFFs for whoever reads it from top to bottom: its blocks stay in memory that is taken once. */
#ifndef RV_RASTER_GDAL_BLOCKS_H
#define RV_RASTER_GDAL_BLOCKS_H

#include "raster/gdal_read.h"

typedef struct rv__blocks rv__blocks;

/**
 * Room for three rows of blocks of a file. *out is NULL where they would take more than bytes_max or the file is not made of
 * blocks a band; rv__gtiff_read_raw serves such a file. The file must outlive it, and no two threads may use them at once.
 */
int rv__blocks_new(rv__blocks **out, rv__gtiff *file, size_t bytes_max);
void rv__blocks_free(rv__blocks *blocks);

/** The same samples as rv__gtiff_read_raw. Quick where windows go down the file and each is no higher than a block. */
int rv__blocks_read(rv__blocks *blocks, void *out, int band, const int window[4]);

#endif

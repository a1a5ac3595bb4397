/* SPDX-License-Identifier: Apache-2.0 */
/* What the writers of GeoTIFF share. GDAL's handles are void * so that this header needs no GDAL. */
#ifndef RV_RASTER_GDAL_OUT_H
#define RV_RASTER_GDAL_OUT_H

#include <revisit/grid.h>

#include "raster/samples.h"

enum { RV__FILE_NAME_MAX = 4096 };

/** GDALDataType of samples. */
int rv__gdal_type(rv__sample sample);

int rv__gdal_set_grid(void *dataset, const rv_grid *grid);

/** Mask bytes 1/0 of a window (col0, row0, width, height) to the 255/0 that GDAL writes, through a small buffer. */
int rv__gdal_write_mask(void *mask, const uint8_t *valid, const int window[4]);

/** Name of the file while it is written. */
int rv__temporary_name(char out[RV__FILE_NAME_MAX], const char *path, const char *suffix);

/** Storage first, name second: after a crash the name is either absent or holds all bytes. */
int rv__publish(const char *from, const char *to);

#endif

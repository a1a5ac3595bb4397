/* SPDX-License-Identifier: Apache-2.0 */
/* Planes of floats beside a plane of validity, and windows of them. A kernel takes pointers and counts. */
#ifndef RV_RASTER_RASTER_H
#define RV_RASTER_RASTER_H

#include <stddef.h>
#include <stdint.h>

#include <revisit/base.h>

/** Band-major: data[(band * height + row) * width + col]; valid[row * width + col] is 1 or 0; invalid data are 0. */
typedef struct rv__raster {
    size_t width, height, bands;
    float *data;
    uint8_t *valid;
} rv__raster;

int rv__raster_init(rv__raster *out, size_t width, size_t height, size_t bands); /* zeroed, all invalid */
void rv__raster_release(rv__raster *raster);
float *rv__raster_band(const rv__raster *raster, size_t band);

typedef struct rv__window {
    int col0, row0, width, height;
} rv__window;

/** Cut [0, width) x [0, height) into tiles of at most size px, rows first. Returns the count; tile i by rv__tile_at. */
size_t rv__tile_count(int width, int height, int size);
rv__window rv__tile_at(int width, int height, int size, size_t i);
/** Window grown by halo and clipped to [0, width) x [0, height). */
rv__window rv__window_grow(rv__window w, int halo, int width, int height);

#endif

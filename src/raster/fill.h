/* SPDX-License-Identifier: Apache-2.0 */
/* Give invalid pixels a value that hurts nobody. */
#ifndef RV_RASTER_FILL_H
#define RV_RASTER_FILL_H

#include <stddef.h>
#include <stdint.h>

/**
 * Continue planes into their invalid pixels, layer by layer outwards from the valid ones: each becomes the mean of its
 * up to eight neighbours in the layers before. Valid pixels keep their values; with no valid pixel all become 0.
 */
int rv__fill_invalid(float *data, const uint8_t *valid, size_t w, size_t h, size_t planes);

#endif

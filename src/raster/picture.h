/* SPDX-License-Identifier: Apache-2.0 */
/* PNG to memory. */
#ifndef RV_RASTER_PICTURE_H
#define RV_RASTER_PICTURE_H

#include <stddef.h>
#include <stdint.h>

/** @param rgba height * width * channels bytes, channels 1, 3 or 4; *out is owned by the caller (rv__free). Same pixels, same bytes; no time chunk. */
int rv__png_encode(uint8_t **out, size_t *n, const uint8_t *pixels, size_t width, size_t height, int channels);

#endif

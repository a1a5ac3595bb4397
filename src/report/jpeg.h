/* SPDX-License-Identifier: Apache-2.0 */
/* Baseline JPEG to memory, for photographs inside the page; files on disk are PNG, without loss. */
#ifndef RV_REPORT_JPEG_H
#define RV_REPORT_JPEG_H

#include <stddef.h>
#include <stdint.h>

/**
 * @param rgb     height * width * 3 bytes; sides in [1, 65535]
 * @param quality in [1, 100], the scale of the Independent JPEG Group
 * *out is owned by the caller (rv__free). Same pixels, same bytes.
 */
int rv__jpeg_encode(uint8_t **out, size_t *n, const uint8_t *rgb, const int size[2], int quality);

#endif

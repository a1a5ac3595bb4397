/* SPDX-License-Identifier: Apache-2.0 */
/* What JPEG takes from a picture. */
#ifndef RV_SIMULATE_JPEG_H
#define RV_SIMULATE_JPEG_H

#include <stddef.h>

/**
 * Send three planes of values in [0, 255] through baseline JPEG with colour at half resolution (4:2:0) and back: the
 * transform and quantisation alone, for the entropy coding loses nothing. w and h are whole multiples of 16.
 *
 * @param rgb      three planes of h * w, changed in place
 * @param quality  1 to 100, on the scale of the Independent JPEG Group
 */
int rv__jpeg_loss(float *const rgb[3], size_t w, size_t h, int quality);

#endif

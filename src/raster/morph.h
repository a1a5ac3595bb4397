/* SPDX-License-Identifier: Apache-2.0 */
/* Grey and binary morphology. */
#ifndef RV_RASTER_MORPH_H
#define RV_RASTER_MORPH_H

#include <stddef.h>
#include <stdint.h>

/** Erosion / dilation by a (2 rx + 1) x (2 ry + 1) rectangle, van Herk / Gil-Werman, O(1) a pixel. Outside does not count. */
int rv__erode(float *out, const float *in, size_t w, size_t h, size_t rx, size_t ry);
int rv__dilate(float *out, const float *in, size_t w, size_t h, size_t rx, size_t ry);
/** Erosion / dilation by a line of length px in direction 0, 45, 90 or 135 degrees (counted from the column axis towards falling rows).
 * The length counts pixels: on a diagonal each is sqrt 2 px long. Erosion by an even length looks one pixel further ahead,
 * dilation one further back, so that an opening is one. Any of these may work in place. */
int rv__erode_line(float *out, const float *in, size_t w, size_t h, size_t length, int direction_deg);
int rv__dilate_line(float *out, const float *in, size_t w, size_t h, size_t length, int direction_deg);
/** Reconstruction by dilation of marker under mask, 8-connected [vincent1993]; in place in marker (cut at the mask first). */
int rv__reconstruct(float *marker, const float *mask, size_t w, size_t h);
/** Binary, in place allowed; square of radius r. */
int rv__erode_u8(uint8_t *out, const uint8_t *in, size_t w, size_t h, size_t r);
int rv__dilate_u8(uint8_t *out, const uint8_t *in, size_t w, size_t h, size_t r);

#endif

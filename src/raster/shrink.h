/* SPDX-License-Identifier: Apache-2.0 */
/* Area means before a map that shrinks. */
#ifndef RV_RASTER_SHRINK_H
#define RV_RASTER_SHRINK_H

#include <stddef.h>
#include <stdint.h>

/**
 * Replace each pixel by the mean of the valid area in a box of width x height px around its centre (fractions of
 * pixels at the box's rim count by their share; 1 or less leaves an axis alone). A pixel becomes valid when at least
 * half of its box inside the plane is; in place.
 */
int rv__area_mean(float *data, uint8_t *valid, const size_t size[2], size_t planes, double width, double height);

#endif

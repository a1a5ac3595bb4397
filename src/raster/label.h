/* SPDX-License-Identifier: Apache-2.0 */
/* Connected regions of a binary plane, by runs and union-find. */
#ifndef RV_RASTER_LABEL_H
#define RV_RASTER_LABEL_H

#include <stddef.h>
#include <stdint.h>

typedef struct rv__region {
    size_t n;                   /* px */
    int col0, row0, col1, row1; /* bounding box, col1 and row1 past the end */
    double col, row;            /* centroid, corners at integers */
    double cov[3];              /* second central moments: cc, cr, rr, with 1/12 px2 added to cc and rr */
} rv__region;

typedef struct rv__size {
    size_t w, h;
} rv__size;

/**
 * Label regions in scan order of their first pixel.
 *
 * @param labels  w * h, 0 = background, else 1 + index of the region
 * @param regions array owned by the caller (rv__free), n_regions entries
 * @param connectivity 4 or 8
 */
int rv__label_plane(int32_t *labels, rv__region **regions, size_t *n_regions, const uint8_t *in, rv__size size,
                    int connectivity);

/* The same with width and height apart, as the callers hold them. */
#define rv__label(labels, regions, n_regions, in, w, h, connectivity) \
    rv__label_plane(labels, regions, n_regions, in, (rv__size){ w, h }, connectivity)

#endif

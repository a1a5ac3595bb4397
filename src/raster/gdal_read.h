/* SPDX-License-Identifier: Apache-2.0 */
/* Read our own GeoTIFFs (working copies, masks, layers) by window. Foreign files go through decode.h alone. */
#ifndef RV_RASTER_GDAL_READ_H
#define RV_RASTER_GDAL_READ_H

#include <revisit/grid.h>

#include "raster/samples.h"

typedef struct rv__gtiff rv__gtiff; /* one thread at a time */

int rv__gtiff_open(rv__gtiff **out, const char *path);
void rv__gtiff_close(rv__gtiff *file);
void rv__gtiff_size(const rv__gtiff *file, int *width, int *height, int *bands);
int rv__gtiff_grid(const rv__gtiff *file, rv_grid *out);
/** Float samples of one band (band from 0) inside the file; the window must lie inside. */
int rv__gtiff_read(rv__gtiff *file, float *out, int band, const int window[4]); /* col0, row0, width, height */
/** Type of the samples of the first band. */
rv__sample rv__gtiff_sample(const rv__gtiff *file);
/** The same window as samples of that type. */
int rv__gtiff_read_raw(rv__gtiff *file, void *out, int band, const int window[4]);
void *rv__gtiff_dataset(const rv__gtiff *file); /* GDAL's, for the files that speak to it; borrowed */
/** Validity (1/0) from the internal mask. */
int rv__gtiff_read_valid(rv__gtiff *file, uint8_t *out, const int window[4]);
/** Versions of GDAL, PROJ and GEOS as "GDAL 3.6.2, PROJ 9.1.1". */
void rv__gdal_versions(char *out, size_t size);

#endif

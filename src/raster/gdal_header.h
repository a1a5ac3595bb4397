/* SPDX-License-Identifier: Apache-2.0 */
/* In the worker: a foreign file opened by its one decoder, and its header held against our limits. */
#ifndef RV_RASTER_GDAL_HEADER_H
#define RV_RASTER_GDAL_HEADER_H

#include "raster/decode.h"
#include "raster/sniff.h"

enum { RV__BLOCK_MAX_MB = 256, RV__RATIO_MAX = 1000 };

/** GDAL's dataset and what to take from it. Handles are void * so that this header needs no GDAL. */
typedef struct rv__foreign {
    void *dataset;
    void *mask;             /* band to read validity from, or NULL */
    bool mask_is_alpha;     /* then half transparent counts as seen */
    int band[RV_BANDS_MAX]; /* GDAL band numbers, from 1, of header.bands bands */
    bool has_nodata[RV_BANDS_MAX];
    double nodata[RV_BANDS_MAX];
    bool palette; /* one band of indices that becomes red, green, blue */
    int block_rows;
    rv__decoded header;
} rv__foreign;

/** Limits that both the worker and its parent check. */
int rv__header_check(const rv__decoded *header);

int rv__foreign_open(rv__foreign *out, const rv__sniffed *file);
void rv__foreign_close(rv__foreign *foreign);

#endif

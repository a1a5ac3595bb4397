/* SPDX-License-Identifier: Apache-2.0 */
/* What a file says it is in its first bytes, before any decoder sees it. */
#ifndef RV_RASTER_SNIFF_H
#define RV_RASTER_SNIFF_H

#include <stdint.h>

enum { RV__SIBLINGS_MAX = 6, RV__NAME_MAX = 256, RV__REAL_PATH_MAX = 4096 };

typedef struct rv__sniffed {
    const char *driver;           /* the one decoder that may open it */
    char path[RV__REAL_PATH_MAX]; /* absolute, links resolved: never a decoder's "PREFIX:..." or "/vsi..." name */
    int64_t bytes;                /* of the file */
    int64_t bytes_promised;       /* least size that the header implies, 0 where it does not say */
    char sibling[RV__SIBLINGS_MAX][RV__NAME_MAX]; /* names beside it that the decoder may look at, itself first */
    int n_siblings;
} rv__sniffed;

/**
 * Find out by which decoder a file may be read.
 *
 * @return RV_OK; RV_ERR_NOTFOUND; RV_ERR_IO when it cannot be read; RV_ERR_FORMAT for a folder, an empty file or a format
 *         that is not read here; RV_ERR_REFUSED for a file that only points at others (VRT, WMS)
 */
int rv__sniff(rv__sniffed *out, const char *path);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* What the files that speak to GDAL share: registration, a quiet error handler, and its last words made printable. */
#ifndef RV_RASTER_GDAL_START_H
#define RV_RASTER_GDAL_START_H

#include <stddef.h>

/** Register the two drivers this process needs (GTiff, COG) and bound GDAL's cache. Cheap when done before; any thread. */
void rv__gdal_start(void);

/** Between these two GDAL prints nothing; its last message stays readable. They nest, per thread. */
void rv__gdal_hush(void);
void rv__gdal_unhush(void);

/** GDAL's text as one line without the full stop, folders taken off paths that name the file. */
void rv__gdal_words(char *out, size_t size, const char *message, const char *path);

/** rv__fail(code, "what: GDAL's last message"). */
int rv__gdal_fail(int code, const char *what, const char *path);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* The worker: a process of its own opens one untrusted file with few GDAL drivers under rlimits, checks the header
 * against limits, and sends metadata and pixel rows back through a pipe. Nothing else in the program opens a foreign raster. */
#ifndef RV_RASTER_DECODE_H
#define RV_RASTER_DECODE_H

#include <revisit/scene.h>

#include "raster/gdal_write.h"

/** Limits of a picture. */
enum { RV__SIDE_MAX_PX = 1 << 20 };
#define RV__AREA_MAX_PX ((int64_t)1 << 31)

typedef struct rv__decoded {
    rv_grid grid; /* crs "" when the file has none; then gt is the pixel frame */
    int bands;
    rv__sample sample;
    double nodata;      /* no-data value of the first band, NAN = none */
    bool says_validity; /* the file has a mask, transparency or a no-data value */
    char driver[32];
    char interp[RV_BANDS_MAX + 1];             /* colour interpretation letters R G B P N X A(lpha), '?' = undefined */
    char descriptions[RV_BANDS_MAX][64];       /* band descriptions, may be "" */
    char datetime[64];                         /* TIFFTAG_DATETIME or EXIF, as found, or "" */
    char copyright[256];                       /* TIFFTAG_COPYRIGHT, EXIF copyright or artist, or "" */
    double scale, offset;                      /* of band 1 when all bands agree, else 1 and 0 */
    double centre_wavelength_nm[RV_BANDS_MAX]; /* NAN where not told */
} rv__decoded;

/** Called once with the header, then with rows in order. Return non-zero to stop (passed on). */
typedef struct rv__decode_sink {
    int (*begin)(const rv__decoded *header, void *user);
    int (*rows)(const void *samples, const uint8_t *valid, int row0, int n_rows, void *user);
    void *user;
} rv__decode_sink;

/**
 * Decode a foreign file in a worker process. Alpha, no-data, internal and side masks and non-finite samples become the
 * validity plane; the alpha band is left out of bands.
 *
 * @return RV_OK; RV_ERR_NOTFOUND, RV_ERR_FORMAT (empty, truncated, damaged, unknown), RV_ERR_REFUSED (over a limit,
 *         forbidden driver, worker killed), RV_ERR_IO
 */
int rv__decode(const char *path, const rv__decode_sink *sink);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* What happens inside the decoding worker. Only decode.c calls this, after fork: it changes GDAL for the whole process. */
#ifndef RV_RASTER_GDAL_DECODE_H
#define RV_RASTER_GDAL_DECODE_H

#include "raster/decode.h"
#include "raster/sniff.h"

enum { RV__ROWS_BYTES = 4 << 20, RV__ROWS_BYTES_MAX = 64 << 20, RV__EXIT_NOMEM = 12 };

/** Leave this process the few decoders and nothing that reaches a network or a side file. */
void rv__worker_gdal(void);

/** Memory for the next rows and their validity, of the size given; NULL: the decoder takes its own. */
typedef void *(*rv__room_fn)(size_t bytes, void *user);

/**
 * Read one sniffed file to the end. A decoder that runs out of memory ends the process with RV__EXIT_NOMEM at once:
 * GDAL has been seen to go on with wrong pixels after a failed allocation.
 * room gets the sink's user.
 */
int rv__worker_decode(const rv__sniffed *file, const rv__decode_sink *sink, rv__room_fn room);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* What the decoding worker and its parent agree on: limits, frames on the pipe, slots of shared memory. */
#ifndef RV_RASTER_DECODE_INTERNAL_H
#define RV_RASTER_DECODE_INTERNAL_H

#include "raster/decode.h"
#include "raster/sniff.h"

enum { RV__DECODE_MEMORY_MB = 1024, RV__DECODE_CPU_S = 60, RV__DECODE_TEXT_MAX = 400 };
enum { RV__SLOTS = 2, RV__SLOT_BYTES = 24 << 20 }; /* pages that nobody touches cost nothing */

typedef enum rv__frame_kind {
    RV__FRAME_HEADER,
    RV__FRAME_ROWS,
    RV__FRAME_SLOT,
    RV__FRAME_END,
    RV__FRAME_ERROR
} rv__frame_kind;

typedef struct rv__frame {
    uint32_t magic;
    uint32_t kind;
    uint64_t bytes; /* that follow */
} rv__frame;

enum { RV__FRAME_MAGIC = 0x72766465 };

typedef struct rv__rows_head {
    int32_t row0, n_rows;
} rv__rows_head;

typedef struct rv__error_body {
    int32_t code;
    char text[RV__DECODE_TEXT_MAX];
} rv__error_body;

/** In the child: confine this process, decode, send, and end. Takes the descriptors and slots (NULL: none) over. */
_Noreturn void rv__worker_run(int fd, int free_fd, unsigned char *slots, const rv__sniffed *file);

#endif

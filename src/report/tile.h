/* SPDX-License-Identifier: Apache-2.0 */
/* Windows of the aligned images as bytes to show. */
#ifndef RV_REPORT_TILE_H
#define RV_REPORT_TILE_H

#include <revisit/stack.h>

/** RGB values of a window, reduced by a whole factor; valid tells which pixels saw ground. */
typedef struct rv__tile {
    int width, height;
    float *rgb;     /* height * width * 3, owned */
    uint8_t *valid; /* owned */
} rv__tile;

/** @param window col0, row0, width, height in px of the grid, width and height multiples of factor */
int rv__tile_read(rv__tile *out, const rv_stack *stack, int t, const int window[4], int factor);
void rv__tile_release(rv__tile *tile);
/** Both tiles as RGB bytes on one stretch; out[i] by rv__free. */
int rv__tile_tone(uint8_t *out[2], const rv__tile pair[2]);

#endif

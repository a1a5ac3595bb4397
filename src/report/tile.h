/* SPDX-License-Identifier: Apache-2.0 */
/* Windows of the aligned images as bytes to show. */
#ifndef RV_REPORT_TILE_H
#define RV_REPORT_TILE_H

#include <stdbool.h>

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
/** Values of the whole site that are shown as black and as white, of each channel. */
typedef struct rv__tone {
    double black[3], white[3];
    bool known;
} rv__tone;

/**
 * Both tiles as RGB bytes on one stretch; out[i] by rv__free. A tone that is not known yet is taken from this pair, and
 * gives all later ones the same balance of colours.
 */
int rv__tile_show(uint8_t *out[2], const rv__tile pair[2], rv__tone *tone);

#endif

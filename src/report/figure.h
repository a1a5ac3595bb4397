/* SPDX-License-Identifier: Apache-2.0 */
/* Pictures: windows of the aligned images with outlines, scale bar, north arrow, date and credit. */
#ifndef RV_REPORT_FIGURE_H
#define RV_REPORT_FIGURE_H

#include "report/facts.h"

typedef struct rv__picture {
    uint8_t *png; /* owned */
    size_t n;
    int width, height;
    char name[96]; /* file name under figures/ */
} rv__picture;

void rv__picture_release(rv__picture *picture);

/** What a picture shows: a window of the stack's grid, drawn at a width. */
typedef struct rv__view {
    int window[4];        /* col0, row0, width, height */
    int width;            /* of the picture, px */
    const size_t *marked; /* indices of the structures to draw; NULL for none */
    const size_t *number; /* their numbers; 0 = outline without a number */
    size_t n_marked;
    int dashed; /* bool: the outlines do not stand in this image yet (or any more) */
} rv__view;

/** The window around one structure, 4:3, and around the whole grid. */
void rv__view_of(rv__view *out, const rv__facts *facts, size_t structure, int width);
void rv__view_all(rv__view *out, const rv__facts *facts, int width);

/** Two images of the stack (indices a, b) on the same window and stretch. */
int rv__figure_pair(rv__picture out[2], const rv__facts *facts, const rv__view view[2], const int t[2]);

#endif

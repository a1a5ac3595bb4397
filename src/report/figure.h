/* SPDX-License-Identifier: Apache-2.0 */
/* Pairs of pictures of one window: what the page shows, and the files that a paper can print. */
#ifndef RV_REPORT_FIGURE_H
#define RV_REPORT_FIGURE_H

#include "report/facts.h"
#include "report/tile.h"

/** An encoded picture. */
typedef struct rv__image {
    uint8_t *bytes; /* owned */
    size_t n;
    const char *type; /* "image/png" */
} rv__image;

void rv__image_release(rv__image *image);

/** A picture of the page: the photograph, and the drawing that lies over it; date and source stand below as text. */
typedef struct rv__picture {
    rv__image base, over; /* over may be empty */
    int width, height;    /* px in which it was drawn */
    char date[96];
    char source[480];
} rv__picture;

void rv__picture_release(rv__picture *picture);

/** What a picture shows: a window of the stack's grid, drawn at a width. */
typedef struct rv__view {
    int window[4];        /* col0, row0, width, height */
    int width;            /* of the picture, px */
    const size_t *marked; /* indices of the structures to draw; NULL for none */
    const size_t *number; /* their numbers; 0 = outline without a number */
    size_t n_marked;
    int dashed;  /* bool: the outlines do not stand in this image yet (or any more) */
    int locator; /* bool: a corner shows where the window lies in the site */
} rv__view;

/** The window around one structure, 4:3, and around the whole grid. */
void rv__view_of(rv__view *out, const rv__facts *facts, size_t structure, int width);
void rv__view_all(rv__view *out, const rv__facts *facts, int width);

/** Two images of the stack on the same window and stretch, and where their files go. */
typedef struct rv__pair {
    rv__view view[2];
    int t[2];
    rv__tone *tone;     /* of the report: set by the first pair, used by the others */
    const char *folder; /* for NAME-before.png, NAME-before-clean.png, ...; NULL for none */
    const char *name;
} rv__pair;

int rv__figure_pair(rv__picture out[2], const rv__facts *facts, const rv__pair *pair);

#endif

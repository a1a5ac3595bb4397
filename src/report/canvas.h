/* SPDX-License-Identifier: Apache-2.0 */
/* A picture to draw on. Colours are 0xRRGGBBAA; coordinates are pixels, y down. */
#ifndef RV_REPORT_CANVAS_H
#define RV_REPORT_CANVAS_H

#include <stddef.h>
#include <stdint.h>

#include <revisit/grid.h>

typedef struct rv__canvas rv__canvas;

typedef enum rv__anchor { RV__LEFT, RV__CENTRE, RV__RIGHT } rv__anchor;

typedef struct rv__pen {
    uint32_t colour;
    uint32_t halo; /* drawn wider underneath; 0 = none */
    double width;
    double dash; /* length of a dash, 0 = solid */
} rv__pen;

typedef struct rv__type {
    double size; /* of the letters, px */
    int bold;    /* bool */
    rv__anchor anchor;
    uint32_t colour;
    uint32_t halo; /* 0 = none */
} rv__type;

/** A background that is not opaque makes a picture with an alpha channel: nothing, or a veil, to lay over another. */
int rv__canvas_new(rv__canvas **out, int width, int height, uint32_t background);
void rv__canvas_free(rv__canvas *canvas);
/** Draw an RGB picture (3 bytes a pixel) into the rectangle x, y, w, h; magnified smoothly. */
int rv__canvas_picture(rv__canvas *canvas, const uint8_t *rgb, int width, int height, const double rect[4]);
void rv__canvas_path(rv__canvas *canvas, const rv_point *points, size_t n, int closed, rv__pen pen);
void rv__canvas_fill(rv__canvas *canvas, const rv_point *points, size_t n, uint32_t colour);
void rv__canvas_rect(rv__canvas *canvas, double x, double y, double w, double h, uint32_t colour);
void rv__canvas_disc(rv__canvas *canvas, double x, double y, double radius, uint32_t fill, rv__pen edge);
/** Text with its baseline at y. */
void rv__canvas_text(rv__canvas *canvas, double x, double y, rv__type type, const char *text);
double rv__canvas_text_width(rv__canvas *canvas, rv__type type, const char *text);
/** Keep what follows inside a rectangle, until released. */
void rv__canvas_clip(rv__canvas *canvas, double x, double y, double w, double h);
void rv__canvas_unclip(rv__canvas *canvas);
/** Bytes of the picture: 3 a pixel, or 4 with an alpha channel; *out by rv__free. */
int rv__canvas_pixels(uint8_t **out, rv__canvas *canvas);
int rv__canvas_png(uint8_t **out, size_t *n, rv__canvas *canvas);

#endif

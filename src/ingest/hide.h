/* SPDX-License-Identifier: Apache-2.0 */
/* Pixels that hold no ground although the file does not say so: watermarks in boxes, zero borders. */
#ifndef RV_INGEST_HIDE_H
#define RV_INGEST_HIDE_H

#include <stddef.h>
#include <stdint.h>

enum { RV__BOXES_MAX = 64 };

typedef struct rv__boxes {
    double edge[RV__BOXES_MAX][4]; /* col0 row0 col1 row1 at pixel corners; a negative one (-0 too) from the far edge */
    int px[RV__BOXES_MAX][4];      /* resolved and clipped */
    size_t n;
} rv__boxes;

/** Read "col0,row0,col1,row1;..."; NULL or "" gives none. @return RV_OK; RV_ERR_RANGE */
int rv__boxes_parse(rv__boxes *out, const char *text);
/** Place the boxes in a picture of that size. @return RV_OK; RV_ERR_RANGE for a box that covers no pixel of any picture */
int rv__boxes_place(rv__boxes *boxes, int width, int height);
/** Clear the validity of rows row0 .. row0 + n_rows - 1. */
void rv__boxes_apply(uint8_t *valid, const rv__boxes *boxes, int width, int row0, int n_rows);

enum { RV__PLANE_INVALID = 0, RV__PLANE_VALID = 1, RV__PLANE_ZERO = 2 /* valid so far, 0 in all bands */ };

/**
 * Turn the zero pixels that touch the picture's border, directly or through others (by an edge), into invalid ones, and
 * all other zero pixels into valid ones. @return pixels that became invalid
 */
size_t rv__hide_zero_border(uint8_t *plane, int width, int height);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* A report is a list of blocks; each writer (page, pictures) walks the same list. */
#ifndef RV_REPORT_BLOCK_H
#define RV_REPORT_BLOCK_H

#include "report/figure.h"

typedef enum rv__block_kind {
    RV__BLOCK_TITLE,
    RV__BLOCK_HEADING,
    RV__BLOCK_LEAD,    /* summary: one sentence a line */
    RV__BLOCK_TEXT,    /* a paragraph */
    RV__BLOCK_LIST,    /* one item a line */
    RV__BLOCK_PAIR,    /* before and after, with a slider */
    RV__BLOCK_PICTURE, /* one picture */
    RV__BLOCK_TABLE    /* rows of columns cells; the first row is the heading */
} rv__block_kind;

typedef struct rv__block {
    rv__block_kind kind;
    char *text;             /* owned; of a picture: its caption */
    rv__picture picture[2]; /* owned */
    RV__VEC(char *) cells;  /* owned texts */
    size_t columns;
} rv__block;

typedef RV__VEC(rv__block) rv__blocks;

/** Append an empty block; NULL with the sentence set when memory ran out. */
rv__block *rv__blocks_add(rv__blocks *blocks, rv__block_kind kind);
/** Append a block with a text that is copied. */
int rv__blocks_text(rv__blocks *blocks, rv__block_kind kind, const char *text);
int rv__block_cell(rv__block *table, const char *text);
void rv__blocks_release(rv__blocks *blocks);

/** The list as one page that needs nothing from elsewhere. */
int rv__html_write(const rv__blocks *blocks, const char *path);
/** Every picture of the list as a PNG file in a folder. */
int rv__png_write(const rv__blocks *blocks, const char *folder);

#endif

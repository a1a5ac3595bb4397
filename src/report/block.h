/* SPDX-License-Identifier: Apache-2.0 */
/* A report is a list of blocks; a writer walks the list. */
#ifndef RV_REPORT_BLOCK_H
#define RV_REPORT_BLOCK_H

#include "base/str.h"
#include "report/figure.h"

typedef enum rv__block_kind {
    RV__BLOCK_TITLE,
    RV__BLOCK_META, /* what the report is about, below the title */
    RV__BLOCK_HEADING,
    RV__BLOCK_LEAD,    /* summary: one sentence a line; "(no. 4)" leads to change 4 */
    RV__BLOCK_TEXT,    /* a paragraph a line */
    RV__BLOCK_NOTE,    /* the same in small */
    RV__BLOCK_LIST,    /* one item a line */
    RV__BLOCK_CODE,    /* lines to copy, folded */
    RV__BLOCK_PAIR,    /* before and after, with a slider */
    RV__BLOCK_PICTURE, /* one picture */
    RV__BLOCK_TABLE    /* rows of columns cells; the first row is the heading */
} rv__block_kind;

typedef struct rv__block {
    rv__block_kind kind;
    char *text;             /* owned; of a picture: its caption */
    char *fold;             /* owned; where given, the block is closed at first and this is what one sees */
    char anchor[24];        /* of a heading, else "" */
    size_t links;           /* changes up to this number can be led to */
    rv__picture picture[2]; /* owned */
    RV__VEC(char *) cells;  /* owned texts */
    size_t columns;
    const char *format; /* of a table, a letter a column: t text, n kept on one line, a number of a change */
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
/** The page in memory. */
void rv__html_page(rv__str *out, const rv__blocks *blocks);
void rv__html_base64(rv__str *out, const uint8_t *bytes, size_t n);

#endif

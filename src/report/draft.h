/* SPDX-License-Identifier: Apache-2.0 */
/* The report under construction, and its parts. */
#ifndef RV_REPORT_DRAFT_H
#define RV_REPORT_DRAFT_H

#include <revisit/report.h>

#include "report/block.h"
#include "report/sentence.h"

typedef struct draft {
    rv__facts facts;
    rv__blocks blocks;
    const rv_report_opts *opts;
    size_t *order; /* indices of the changes, in the order of their numbers */
    size_t changes;
    size_t panels;    /* changes that get pictures of their own */
    rv__tone tone;    /* of all its pictures */
    rv__str captions; /* of the files in the figures folder */
    char figures[RV_PATH_MAX];
} draft;

/** Append a block with a text that is taken over; text->err is passed on. */
int rv__draft_words(draft *d, rv__block_kind kind, rv__str *text);
/** Append a pair of pictures with a caption that is taken over; the files go to the figures folder. */
int rv__draft_pair(draft *d, rv__pair *pair, rv__str *caption);

/** Change k of the order with its pictures and its series. */
int rv__draft_change(draft *d, size_t k);
int rv__draft_changes_table(draft *d);
/** What stood before the first image. */
int rv__draft_existing_table(draft *d);
/** Every image with its date, shift, state and credit. */
int rv__draft_scenes(draft *d);
/** The ground points of the measure run with their residuals, where it was given any. */
int rv__draft_gcps(draft *d);
/** The runs that the report stands on, options that differ from the defaults, hashes. */
int rv__draft_trace(draft *d);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* The report under construction, and the tables at its end. */
#ifndef RV_REPORT_DRAFT_H
#define RV_REPORT_DRAFT_H

#include <revisit/report.h>

#include "report/block.h"

typedef struct draft {
    rv__facts facts;
    rv__blocks blocks;
    const rv_report_opts *opts;
    size_t *order; /* indices of the changes, in the order of their numbers */
    size_t changes;
} draft;

/** Changes, or what stood before the first image. */
int rv__draft_structures(draft *d, bool changes);
/** Every image with its date, shift, state, credit and hash. */
int rv__draft_scenes(draft *d);
/** The runs that the report stands on. */
int rv__draft_runs(draft *d);

#endif

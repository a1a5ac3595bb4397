/* SPDX-License-Identifier: Apache-2.0 */
/* The described row of a score. */
#include <revisit/score.h>

#include "base/mem.h"

#include <math.h>

static const rv_score_row row_defaults = { .value = NAN, .lo = NAN, .hi = NAN };

static const rv_field rows[] = {
    RV_TEXT(rv_score_row, metric, "what is scored"),
    RV_TEXT(rv_score_row, stratum, "which part of it"),
    RV_DOUBLE(rv_score_row, value, -1e300, 1e300, "", "the score"),
    RV_DOUBLE(rv_score_row, lo, -1e300, 1e300, "", "lower end of its 95 % interval"),
    RV_DOUBLE(rv_score_row, hi, -1e300, 1e300, "", "upper end of its 95 % interval"),
    RV_DOUBLE(rv_score_row, n, 0, 1e300, "", "observations behind it"),
    RV_TEXT(rv_score_row, unit, "unit of value, lo and hi"),
    RV_TEXT(rv_score_row, note, "remark, or why there is no value"),
};

const rv_fields *rv_score_row_fields(void)
{
    static const rv_fields fields = { "score_row", sizeof(rv_score_row), &row_defaults, rows,
                                      sizeof rows / sizeof *rows };
    return &fields;
}

void rv_scores_release(rv_scores *scores)
{
    rv__free(scores->v);
    *scores = (rv_scores){ 0 };
}

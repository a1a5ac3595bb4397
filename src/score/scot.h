/* SPDX-License-Identifier: Apache-2.0 */
/* The SpaceNet change and object tracking metric. */
#ifndef RV_SCORE_SCOT_H
#define RV_SCORE_SCOT_H

#include "score/assign.h"

/** An outline at a time: shape is a row (ground) or column (proposals) of the overlaps, id is what must persist. */
typedef struct rv__scot_row {
    int time, id, shape;
} rv__scot_row;

typedef struct rv__scot_rows {
    rv__scot_row *v;
    size_t n, cap;
} rv__scot_rows;

typedef struct rv__scot_input {
    rv__scot_rows ground, proposal; /* ids and shapes from 0 */
    size_t n_times, n_ground,
        n_proposals;           /* one more than the largest time, ground id or shape, proposal id or shape */
    const rv__pairs *overlaps; /* IoU of every ground and proposal shape that meet */
    const double *ground_px2;  /* by shape */
    double least_iou;
} rv__scot_input;

typedef struct rv__scot_result {
    double tp, fp, fn, mismatches, change_tp, change_fp, change_fn;
    double tracking, change, score;
    int times; /* that were scored */
} rv__scot_result;

int rv__scot(rv__scot_result *out, const rv__scot_input *in);

#endif

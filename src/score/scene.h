/* SPDX-License-Identifier: Apache-2.0 */
/* One scene as the metrics see it: true and found structures in pixels of one frame, the frames' times, and which truth
 * belongs to which finding. Knows neither files nor cases. */
#ifndef RV_SCORE_SCENE_H
#define RV_SCORE_SCENE_H

#include <revisit/structure.h>

#include "score/assign.h"

enum { RV__SPANS_MAX = 16 }; /* intervals of a date set; further ones are joined to the last */

/** A structure, true or found. Numbers are NAN where unknown, times infinite where open, indices -1 where none. */
typedef struct rv__thing {
    char id[RV_ID_MAX];
    rv_polygon outline; /* px, y down; owned */
    double area_px2;
    int kind, event; /* rv_kind, rv_event */
    double likelihood, score, nfa;
    rv_quantity area_m2; /* sigma NAN: taken from the interval */
    rv_quantity height_m;
    char ratio_ref[RV_ID_MAX];
    double ratio, ratio_lo, ratio_hi;
    double lo, hi;       /* bracket of the event: last without, first with (demolished: last with, first without) */
    int absent, present; /* frames of these ends */
    double works_first, complete_last;
    struct rv__spans {
        double lo[RV__SPANS_MAX], hi[RV__SPANS_MAX];
        int n;
    } dates;                      /* intervals that together hold the event with 90 %; n 0 = none told */
    int date_set_size;            /* brackets in them */
    double start, complete, ends; /* of a truth: first works, finished, gone; NAN = unknown */
    bool *clear;                  /* n_frames: its place is not hidden; NULL = unknown; owned */
} rv__thing;

typedef struct rv__things {
    rv__thing *v;
    size_t n, cap;
} rv__things;

void rv__thing_init(rv__thing *thing); /* all unknown */
void rv__thing_release(rv__thing *thing);
void rv__things_release(rv__things *things);

/** Who is whose: index of the partner or -1, and the intersection over union. */
typedef struct rv__match {
    int *of_truth, *of_found;
    double *iou; /* of the truths */
} rv__match;

typedef struct rv__score_input {
    rv__things truth, found;
    double *time; /* of the frames, rising */
    size_t n_frames;
    double width, height; /* px of the frame; 0 = unknown */
    double sun_cot_px_m;  /* shadow length in px of one metre of height; NAN = unknown */
    rv__match fresh;      /* new, extended and replaced buildings among themselves */
    rv__match old;        /* what stood throughout */
    rv__match change;     /* any change, whatever it is */
} rv__score_input;

void rv__score_input_release(rv__score_input *in);

/** A building that came: event new, extended or replaced, and no road, works, vegetation, water or passing thing. */
bool rv__thing_is_new(const rv__thing *thing);
bool rv__kind_is_building(int kind);

enum { RV__LEAST_PX2 = 4 }; /* truths below are no one's task, as in SCOT */

/** Fill the three matches: exact assignment of largest total 100 + IoU over the pairs above least_iou. */
int rv__score_match(rv__score_input *in, double least_iou);

enum { RV__OVERLAPS_MAX = 2000000 }; /* outlines that meet in so many ways are no map of buildings */

/** Intersections over union above 0 of two sets, by boxes first; rows are truths. rewards hold the IoU. RV_ERR_REFUSED
 * above RV__OVERLAPS_MAX pairs of boxes that meet. */
int rv__score_overlaps(rv__pairs *out, const rv__things *truth, const rv__things *found);

/** Bins of area in px2: lower end allowed, upper not. */
typedef struct rv__size_bin {
    const char *name;
    double lo, hi;
} rv__size_bin;
extern const rv__size_bin rv__size_bins[];
enum { RV__SIZE_BINS = 7 };

#endif

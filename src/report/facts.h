/* SPDX-License-Identifier: Apache-2.0 */
/* All rows of a case that a report speaks of, loaded once. */
#ifndef RV_REPORT_FACTS_H
#define RV_REPORT_FACTS_H

#include <revisit/case.h>
#include <revisit/step.h>

#include "base/vec.h"

typedef struct rv__facts {
    rv_case *c; /* borrowed */
    RV__VEC(rv_scene_info) scenes;
    RV__VEC(rv_transform) transforms;
    rv_structures structures;
    RV__VEC(rv_measurement) measurements;
    RV__VEC(rv_budget_term) budget;
    RV__VEC(rv_run) runs;
    RV__VEC(rv_gcp) gcps;
    rv_case_stack *owner;  /* NULL until the images are needed */
    const rv_stack *stack; /* borrowed from owner */
} rv__facts;

int rv__facts_load(rv__facts *out, rv_case *c);
/** Open the aligned images too. */
int rv__facts_open_stack(rv__facts *facts);
void rv__facts_release(rv__facts *facts);

const rv_scene_info *rv__facts_scene(const rv__facts *facts, const char *id);                       /* or NULL */
const rv_measurement *rv__facts_measured(const rv__facts *facts, const char *id, const char *what); /* or NULL */
/** The area of a structure in m2, or in px2 where the scale is unknown; NULL when it was not measured. */
const rv_measurement *rv__facts_area(const rv__facts *facts, const rv_structure *s);
/** Whether an image is part of the aligned series, and how many are. */
bool rv__facts_used(const rv__facts *facts, const char *scene_id);
size_t rv__facts_n_used(const rv__facts *facts);
/**
 * The two images that bound a change, in order of time: the last without it and the first with it, or of a structure that
 * was demolished the last with it and the first without it. NULL = open.
 */
void rv__facts_bracket(const rv__facts *facts, const rv_structure *s, const rv_scene_info **first,
                       const rv_scene_info **second);
/** Ground size of a pixel at a place of the reference image, along columns and rows. False where it is not known: without
 * a scale, and in a tilted view without ground points. Needs the stack. */
bool rv__facts_pixel_m(const rv__facts *facts, rv_point at, double *col_m, double *row_m);
/** Index in the stack, or -1. */
int rv__facts_time(const rv__facts *facts, const char *scene_id);
/** Scenes that serve as the picture before and after an event (indices in the stack). */
void rv__facts_pair(const rv__facts *facts, const rv_structure *s, int *before, int *after);
/** Whether chance alone would give more than a tenth of a finding as sure as this one. */
bool rv__facts_doubtful(const rv_structure *s);
/**
 * Indices of the changes in the order of their numbers on the pictures and in the text: doubtful ones after all others, in
 * each part the largest first, those without an area last, equal ones in order of ids. Returns the count.
 */
size_t rv__facts_changes(const rv__facts *facts, size_t *order);
/** The same of the structures that stood throughout. */
size_t rv__facts_existing(const rv__facts *facts, size_t *order);

#endif

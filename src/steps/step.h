/* SPDX-License-Identifier: Apache-2.0 */
/* The frame all steps share, and what they load from a case. */
#ifndef RV_STEPS_STEP_H
#define RV_STEPS_STEP_H

#include <revisit/step.h>

#include "case/case_internal.h"

typedef struct rv__step {
    const char *name;
    const rv_fields *fields; /* of the options, or NULL */
    const void *options;
    int based_on; /* run whose results it reads, or 0 */
    /** Compute and store; *state is RV_RUN_DONE and may be set to RV_RUN_PART. */
    int (*work)(rv_case *c, int run_id, int *state, void *user);
    void *user;
} rv__step;

/** One run: begin, work, end; on failure nothing of it stays but its record. */
int rv__step_run(rv_case *c, const rv__step *step);

typedef struct rv__scene_list {
    rv_scene_info *v;
    size_t n, cap;
} rv__scene_list;

typedef struct rv__transform_list {
    rv_transform *v;
    size_t n, cap;
} rv__transform_list;

typedef struct rv__place_list {
    rv_place *v;
    size_t n, cap;
} rv__place_list;

/** Scenes that were not refused, in order of time. Free v with rv__free, as of the transforms. */
int rv__load_scenes(rv__scene_list *out, rv_case *c);
int rv__load_transforms(rv__transform_list *out, rv_case *c);
/** Places with their shapes in the map coordinates of the grid. */
int rv__load_places(rv__place_list *out, rv_case *c, const rv_grid *grid);
void rv__place_list_release(rv__place_list *places);
/** As detect drew them. */
int rv__load_structures(rv_structures *out, rv_case *c);

/** Append the rows of fields to rows, whose struct holds theirs at an offset. Returns how many there are then. */
size_t rv__fields_append(rv_field *rows, size_t n, const rv_fields *fields, size_t offset);

typedef struct rv__gcp_job {
    int run_id;
    const rv_gcp_opts *opts;
    const char *sha256; /* of the file */
} rv__gcp_job;

/** Read the points of a CSV, carry them to the reference image, fit the map, and store points and file. */
int rv__gcps_fit(rv_ground *out, rv_case *c, const rv__gcp_job *job, const rv_grid *reference);

typedef struct rv__gcp_list {
    rv_gcp *v;
    size_t n, cap;
} rv__gcp_list;

/** The points of the current measure run. Free v with rv__free. */
int rv__gcps_stored(rv__gcp_list *out, rv_case *c);

void rv__case_stack_set_ground(rv_case_stack *s, const rv_ground *ground);

/** Working copy of a scene of the case. */
int rv__open_scene(rv_scene **out, rv_case *c, const rv_scene_info *info);

#endif

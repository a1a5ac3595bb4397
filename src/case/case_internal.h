/* SPDX-License-Identifier: Apache-2.0 */
/* What the steps need of a case beyond reading: runs, transactions, rows in. */
#ifndef RV_CASE_INTERNAL_H
#define RV_CASE_INTERNAL_H

#include <revisit/case.h>
#include <revisit/normalise.h>

#include "base/str.h"

/**
 * Begin a run: writes its record as running (so that a killed run is seen), then opens the transaction that holds its
 * results. Runs found as running by a process that is gone are marked failed when the case is opened.
 */
int rv__run_begin(rv_case *c, int *run_id, const char *step, const rv_fields *options_fields, const void *options,
                  int based_on);
/** Commit the results and the record (on failure the run stays open: call rv__run_fail); state is RV_RUN_DONE or RV_RUN_PART. Later steps' older runs become stale. One journal entry. */
int rv__run_end(rv_case *c, int run_id, int state);
/** Roll back, store the failure (sentence of this thread) and keep the sentence. Returns code. */
int rv__run_fail(rv_case *c, int run_id, int code);

/* Rows of the open run. */
int rv__scene_put(rv_case *c, int run_id, const rv_scene_info *row); /* replaces the row of the same id */
int rv__transform_put(rv_case *c, int run_id, const rv_transform *row);
int rv__gain_put(rv_case *c, int run_id, const rv_gain *row);
int rv__structure_put(rv_case *c, int run_id, const rv_structure *row); /* with its outline */
int rv__outline_put(
    rv_case *c, int run_id, const char *structure_id,
    const rv_polygon *outline); /* refined by measure: each_structure gives this one when the measure run is current */
int rv__measurement_put(rv_case *c, int run_id, const rv_measurement *row);
int rv__budget_put(rv_case *c, int run_id, const rv_budget_term *row);
int rv__smallest_put(rv_case *c, int run_id, const rv_smallest *row);
int rv__gcp_put(rv_case *c, int run_id, const rv_gcp *row);
int rv__place_put(rv_case *c, int run_id, const rv_place *row);

/** rv_case_each_structure with the outlines as detect drew them: measuring again must not start from what was measured. */
int rv__case_each_detected(rv_case *c, rv_structure_fn fn, void *user);

/** Append a ring of n >= 1 points, copied, to a place's shape. */
int rv__place_ring(rv_polygon *shape, const rv_point *points, size_t n);
/** A place's shape in the map coordinates of a grid (a copy without CRS). RV_ERR_RANGE for what is no lon/lat. */
int rv__place_to_map(rv_polygon *out, const rv_polygon *shape, const rv_grid *grid);
/** The shape as nested arrays [[[x,y],...],...] and back. */
void rv__place_shape_text(rv__str *out, const rv_polygon *shape);
int rv__place_shape_read(rv_polygon *out, const char *text);

/** Record a file of the case (relative path) with its hash for verify; replaces an older entry of the same path. */
int rv__file_put(rv_case *c, int run_id, const char *relative_path, const char *sha256);
int rv__file_put_hashed(rv_case *c, int run_id, const char *relative_path); /* hashes it first */
/** Copy an original into originals/<sha256><ext>, read-only; or record the reference only. */
int rv__original_keep(rv_case *c, int run_id, const char *path, const char *sha256);
/** Append to the hash-chained journal. */
int rv__journal_add(rv_case *c, const char *what, const char *subject, const char *text);
/** Facts of the case kept as text: "reference_id" after align, "grid" ... NULL-safe; empty text when unknown. */
int rv__fact_put(rv_case *c, int run_id, const char *key, const char *value);
int rv__fact_get(rv_case *c, char *out, size_t size, const char *key);

/** Grid of the reference scene of the current align run. RV_ERR_STATE before align. */
int rv__case_grid(rv_case *c, rv_grid *out);
/** Path inside the case folder. */
int rv__case_path(const rv_case *c, char *out, size_t size, const char *relative);
/** "layers/<id>.align-3.tif": each run has masks of its own, so that one cut off spoils no older one's. */
int rv__case_mask_name(char *out, size_t size, int align_run, const char *scene_id);

#endif

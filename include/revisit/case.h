/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file case.h
 * The case: a folder with the site, the scenes, all that was found and measured, and the record of every run.
 */
#ifndef REVISIT_CASE_H
#define REVISIT_CASE_H

#include <revisit/measure.h>
#include <revisit/structure.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct rv_case rv_case;

typedef struct rv_case_opts {
    const char *name;     /* of the site. Default NULL: the folder's name */
    double gsd_m;         /* pixel size of images without a CRS, metres. Default 0: unknown */
    bool keep_references; /* refer to originals where they are instead of copying them. Default false */
    bool overwrite;       /* replace a case that is there. Default false */
} rv_case_opts;
#define RV_CASE_OPTS_INIT       \
    {                           \
        NULL, 0.0, false, false \
    }

RV_API const rv_fields *rv_case_fields(void);

/** Make the folder and its database. @return RV_OK; RV_ERR_REFUSED when it exists and is not empty, RV_ERR_IO */
RV_API int rv_case_create(rv_case **out, const char *folder, const rv_case_opts *opts);

/**
 * Open for reading and writing.
 * @return RV_OK; RV_ERR_NOTFOUND, RV_ERR_LOCKED; RV_ERR_REFUSED for what is no case, or one of a newer release;
 *         RV_ERR_FORMAT for a damaged one
 */
RV_API int rv_case_open(rv_case **out, const char *folder);
RV_API void rv_case_close(rv_case *c);
RV_API const char *rv_case_folder(const rv_case *c); /* borrowed */
RV_API const char *rv_case_name(const rv_case *c);   /* borrowed */
RV_API double rv_case_gsd_m(const rv_case *c);

/** One run of one step; the record from which every number can be traced. */
typedef enum rv_run_state { RV_RUN_RUNNING, RV_RUN_DONE, RV_RUN_PART, RV_RUN_FAILED } rv_run_state;
typedef struct rv_run {
    int id;
    char step[16];      /* "init" "site" "outline" "add" "align" "detect" "measure" "judge" "report" */
    int state;          /* rv_run_state */
    int stale;          /* bool: an earlier step has run again since */
    int based_on;       /* id of the run whose results this one read; 0 = none */
    char options[4096]; /* JSON of the whole struct */
    char versions[512]; /* JSON: revisit and the libraries it used */
    char inputs[128];   /* SHA-256 over the hashes of all files it could read, in order of path */
    int seed;
    double started; /* UTC seconds */
    double duration_s;
    double peak_rss_mb;
    int threads;
    char error[RV_WHY_MAX];
} rv_run;

RV_API const rv_fields *rv_run_fields(void);

/**
 * Each of these visits the rows of the newest run of its step that is done and not stale, in a fixed order; the callback
 * returns 0 to go on, anything else ends the walk and is returned. Rows are borrowed for the time of the call.
 */
typedef int (*rv_scene_fn)(const rv_scene_info *row, void *user);
typedef int (*rv_transform_fn)(const rv_transform *row, void *user);
typedef int (*rv_gain_fn)(const rv_gain *row, void *user);
typedef int (*rv_structure_fn)(const rv_structure *row, void *user);
typedef int (*rv_measurement_fn)(const rv_measurement *row, void *user);
typedef int (*rv_budget_fn)(const rv_budget_term *row, void *user);
typedef int (*rv_smallest_fn)(const rv_smallest *row, void *user);
typedef int (*rv_gcp_fn)(const rv_gcp *row, void *user);
typedef int (*rv_place_fn)(const rv_place *row, void *user);
typedef int (*rv_run_fn)(const rv_run *row, void *user);
RV_API int rv_case_each_scene(rv_case *c, rv_scene_fn fn, void *user); /* refused ones too; order of time, then id */
RV_API int rv_case_each_transform(rv_case *c, rv_transform_fn fn, void *user); /* order of the scenes */
RV_API int rv_case_each_gain(rv_case *c, rv_gain_fn fn, void *user);
RV_API int rv_case_each_structure(rv_case *c, rv_structure_fn fn, void *user);     /* order of ids */
RV_API int rv_case_each_measurement(rv_case *c, rv_measurement_fn fn, void *user); /* order of structure, quantity */
RV_API int rv_case_each_budget(rv_case *c, rv_budget_fn fn, void *user);
RV_API int rv_case_each_smallest(rv_case *c, rv_smallest_fn fn, void *user); /* by time; of detect --smallest alone */
RV_API int rv_case_each_gcp(rv_case *c, rv_gcp_fn fn, void *user); /* those measure was given, in their order */
RV_API int rv_case_each_place(rv_case *c, rv_place_fn fn, void *user);
RV_API int rv_case_each_run(rv_case *c, rv_run_fn fn, void *user); /* all of them, oldest first */

/** Id of the newest run of a step that is done and not stale; 0 when there is none. */
RV_API int rv_case_current_run(rv_case *c, const char *step);

/**
 * Recompute every hash: originals, working copies, layers, and the journal's chain.
 *
 * @param checked files whose hash was compared
 * @return RV_OK; RV_ERR_INTEGRITY with the first bad item in rv_last_error
 */
RV_API int rv_case_verify(rv_case *c, int *checked);

#ifdef __cplusplus
}
#endif
#endif

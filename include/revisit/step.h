/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file step.h
 * The steps of a case: each loads, computes, and stores in one transaction with a run record. Running a step again
 * appends a run and marks what was built on the older one stale.
 */
#ifndef REVISIT_STEP_H
#define REVISIT_STEP_H

#include <revisit/align.h>
#include <revisit/case.h>
#include <revisit/detect.h>
#include <revisit/normalise.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Read the site file (GeoJSON; see the interchange format) into the case. */
RV_API int rv_step_site(rv_case *c, const char *path);

/** Read outlines of structures known before (GeoJSON polygons), as places of the role reference. */
RV_API int rv_step_outline(rv_case *c, const char *path);

typedef struct rv_add_opts {
    const char *time; /* acquisition time or period of the images, where they do not tell. Default NULL */
    double gsd_m;     /* pixel size of images without a CRS. Default 0: the case's */
    const char *
        mask_box; /* "col0,row0,col1,row1": watermark or border to ignore, negative numbers count from the far edge; several joined by ";". Default NULL */
    const char *credit;  /* line to print beside the pictures. Default NULL: from the metadata */
    const char *licence; /* Default NULL */
} rv_add_opts;
#define RV_ADD_OPTS_INIT            \
    {                               \
        NULL, 0.0, NULL, NULL, NULL \
    }

RV_API const rv_fields *rv_add_fields(void);

/**
 * Take one image into the case: hash, decode in a process of its own, write the working copy. A refused image is
 * recorded with its reason, and the code says why.
 *
 * @param id the scene's id on success or refusal (RV_ID_MAX bytes), may be NULL
 * @return RV_OK; RV_ERR_FORMAT (damaged), RV_ERR_REFUSED (over a limit, no CRS, no pixels), RV_ERR_NOTFOUND, RV_ERR_IO
 */
RV_API int rv_step_add(rv_case *c, const char *path, char *id, const rv_add_opts *opts);

/** Align, normalise, mask. Scenes that cannot be used get a reason. @return RV_ERR_NODATA when there is no scene */
RV_API int rv_step_align(rv_case *c, const rv_align_opts *opts, const rv_normalise_opts *normalise);
RV_API int rv_step_detect(rv_case *c, const rv_detect_opts *opts); /* @return RV_ERR_STATE before align */

typedef struct rv_gcp_opts {
    const char *gcp;    /* CSV of ground control points (docs/methods/gcp.md). Default NULL: none */
    double gcp_sigma_m; /* standard uncertainty of each coordinate of a point on the ground. Default 1 */
} rv_gcp_opts;
#define RV_GCP_OPTS_INIT \
    {                    \
        NULL, 1.0        \
    }

RV_API const rv_fields *rv_gcp_opts_fields(void);

/**
 * Measure all structures; in a case without a CRS by the ground control points that gcp names. The points' file is kept
 * among the originals, its hash stands in the run's options as gcp_sha256.
 *
 * @return RV_OK; RV_ERR_STATE before detect; RV_ERR_FORMAT, RV_ERR_RANGE for points that cannot be used; RV_ERR_MISMATCH
 *         for points in a case that has a CRS
 */
RV_API int rv_step_measure(rv_case *c, const rv_measure_opts *opts, const rv_gcp_opts *gcp);

/** Hold claims against measurements. Claims have no step of their own yet: stores a run that says "no claims". */
RV_API int rv_step_judge(rv_case *c);

/**
 * The stack of the current align run, for readers (figures, plots). It owns its scenes: free with rv_case_stack_free.
 *
 * @return RV_ERR_STATE before align
 */
typedef struct rv_case_stack rv_case_stack;
RV_API int rv_case_stack_open(rv_case_stack **out, rv_case *c);
RV_API const rv_stack *rv_case_stack_get(const rv_case_stack *s); /* borrowed */
RV_API void rv_case_stack_free(rv_case_stack *s);

#ifdef __cplusplus
}
#endif
#endif

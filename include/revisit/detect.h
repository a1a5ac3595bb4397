/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file detect.h
 * Stack to structures and events.
 */
#ifndef REVISIT_DETECT_H
#define REVISIT_DETECT_H

#include <revisit/stack.h>
#include <revisit/structure.h>

#ifdef __cplusplus
extern "C" {
#endif

/** How candidates are scored. */
typedef enum rv_scoring {
    RV_SCORING_HAND, /* weights set by hand */
    RV_SCORING_FITTED, /* models fitted on drawn sites: six scenes or more of pixels wider than 1.2 m, two of finer ones; else by hand */
} rv_scoring;

typedef struct rv_detect_opts {
    double min_area_m2;  /* smallest footprint reported; without a scale see min_area_px2. Default 0: 25 m2 */
    double min_area_px2; /* and never below this many pixels. Default 6 */
    double
        nfa; /* expected false alarms a stack that are accepted; default 0: each finding that is right in two of five cases */
    double step_gain; /* least gain of a step in time. Default 6 */
    int clear_min;    /* clear scenes needed on each side of a date, where the series has them. Default 1 */
    bool inventory;   /* list what stood before the first scene too. Default true */
    int scoring;      /* rv_scoring. Default fitted */
    /* Append all regions that were looked at, with their traits, to this table of tabs, from which bench/fit_detect.py
     * fits the model anew. Default NULL: none */
    const char *candidates;
    bool smallest; /* also find the smallest thing that would have been seen; rv_step_detect alone. Default false */
    const char *evidence; /* rasters of probabilities (evidence.h), several separated by ";". Default NULL: none */
} rv_detect_opts;
#define RV_DETECT_OPTS_INIT                                               \
    {                                                                     \
        0.0, 6.0, 0.0, 6.0, 1, true, RV_SCORING_FITTED, NULL, false, NULL \
    }

RV_API const rv_fields *rv_detect_fields(void);

/**
 * Find what was built and what stood before.
 *
 * @param out    structures with outlines in map coordinates, ids from north to south; owned by the caller
 * @param stack  with gains and masks; at least one scene (one scene gives the inventory alone)
 * @param places the site's features (reference outlines seed the inventory, exclude areas are skipped, an aoi limits),
 *               shapes already in the stack's map coordinates; may be NULL when n_places is 0
 */
RV_API int rv_detect(rv_structures *out, const rv_stack *stack, const rv_place *places, size_t n_places,
                     const rv_detect_opts *opts);

/**
 * The smallest thing that would have been seen, for two kinds and each pair of neighbouring scenes: roofs are laid into the
 * scenes and searched as rv_detect does (docs/methods/detect.md). Takes several times as long as rv_detect.
 *
 * @param out   n rows by time, owned by the caller (rv_smallest_free); none for one scene or without a scale
 * @param found what rv_detect gave with the same options: places to keep off, and whose contrasts the roofs get
 */
RV_API int rv_detect_smallest(rv_smallest **out, size_t *n, const rv_stack *stack, const rv_structures *found,
                              const rv_detect_opts *opts);
RV_API void rv_smallest_free(rv_smallest *rows); /* NULL is fine */

#ifdef __cplusplus
}
#endif
#endif

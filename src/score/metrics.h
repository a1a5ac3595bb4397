/* SPDX-License-Identifier: Apache-2.0 */
/* The metrics by name, and tallies of scenes to rows. */
#ifndef RV_SCORE_METRICS_H
#define RV_SCORE_METRICS_H

#include "score/tally.h"

enum { RV__FAMILIES = 13 };

typedef struct rv__metric {
    const char *name;
    int family; /* index into rv_score_families */
    const char *unit;
    const char *undefined; /* why it has no value when its sums are empty */
} rv__metric;

extern const rv__metric rv__metrics[];
extern const size_t rv__n_metrics;

/**
 * Which metrics a list of families and metrics joined by commas asks for; NULL asks for all.
 *
 * @param wanted rv__n_metrics flags
 * @return       RV_OK; RV_ERR_RANGE names the word that is neither
 */
int rv__metrics_wanted(bool *wanted, const char *list);

/** How often each scene counts in each draw. It depends on seed and number of the draw alone, so all rows share it. */
typedef struct rv__bootstrap {
    int draws;
    size_t n;       /* scenes */
    uint8_t *times; /* draws x n; owned; NULL with fewer than two scenes */
} rv__bootstrap;
int rv__bootstrap_init(rv__bootstrap *bootstrap, int draws, int seed, size_t n);
void rv__bootstrap_release(rv__bootstrap *bootstrap);

/** Rows of one metric, a stratum each; one row without value where no scene has it, with the reason why. */
int rv__score_rows(rv_scores *out, const rv__metric *metric, const rv__tally *scenes, size_t n,
                   const rv__bootstrap *bootstrap, const char *why);

#endif

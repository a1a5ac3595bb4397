/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file score.h
 * Findings held against the truth: the metrics of docs/methods/score.md, one described row each.
 */
#ifndef REVISIT_SCORE_H
#define REVISIT_SCORE_H

#include <revisit/structure.h>

#ifdef __cplusplus
extern "C" {
#endif

/** One number. What could not be computed has a value of NAN and the reason in note. */
typedef struct rv_score_row {
    char metric[48];  /* "object.f1" */
    char stratum[64]; /* "all", a size bin "16-64" (px2), a frame's id ... */
    double value;
    double lo, hi; /* 95 %: scene-level bootstrap, or the exact binomial band where note says so; NAN = none */
    double n;      /* observations behind the value: objects, pairs, pixels */
    char unit[16];
    char note[RV_WHY_MAX];
} rv_score_row;

RV_API const rv_fields *rv_score_row_fields(void);

typedef struct rv_scores {
    rv_score_row *v;
    size_t n, cap;
} rv_scores;

RV_API void rv_scores_release(rv_scores *scores);

/** Families of metrics, NULL at the end: "pixel" "object" ... */
RV_API const char *const *rv_score_families(void);

/** What is held against what; paths, NULL where there is none. A scene has a truth or a label. */
typedef struct rv_score_scene {
    const char *truth;           /* GeoJSON of the true structures */
    const char *found;           /* case folder, or GeoJSON of structures */
    const char *label;           /* raster of change, nonzero = change */
    const char *label_unchanged; /* raster of what surely did not change; pixels in neither are left out */
    const char *transforms;      /* JSON of transforms, where found is no case */
    const char *masks;           /* folder of masks <frame>.tif on the reference's grid, where found is no case */
} rv_score_scene;

typedef struct rv_score_opts {
    const char *metric;    /* families or metrics, joined by commas. Default NULL: all */
    double iou;            /* a pair matches above this intersection over union. Default .25 */
    bool any_change;       /* works count as change against a label too. Default false: buildings only */
    const char *reference; /* image whose pixels found is in. Default NULL: the case's reference, or the truth's */
    double gsd_m;          /* pixel size for a truth that states no grid. Default 0: 1 m */
    int draws;             /* of the bootstrap over scenes. Default 1000 */
    int seed;              /* of the bootstrap. Default 1 */
} rv_score_opts;
#define RV_SCORE_OPTS_INIT                    \
    {                                         \
        NULL, 0.25, false, NULL, 0.0, 1000, 1 \
    }

RV_API const rv_fields *rv_score_fields(void);

/**
 * Score n >= 1 scenes: counts and samples are pooled, and scenes are drawn again for the interval where n > 1.
 *
 * @param out    rows in the order of the families, owned by the caller; free with rv_scores_release
 * @param scenes what to hold against what
 * @param opts   NULL for the defaults
 * @return       RV_OK; RV_ERR_RANGE for an unknown metric; RV_ERR_FORMAT for a truth that is damaged, empty or of another
 *               place; RV_ERR_NOTFOUND; RV_ERR_STATE for a case in which nothing was detected
 */
RV_API int rv_score(rv_scores *out, const rv_score_scene *scenes, size_t n, const rv_score_opts *opts);

/**
 * The same for a list: lines of truth, tab, case or structures; a truth that is no JSON is a label, and a third column is
 * its label of the unchanged. Paths are relative to the list; lines that are empty or begin with # are passed over.
 */
RV_API int rv_score_list(rv_scores *out, const char *path, const rv_score_opts *opts);

#ifdef __cplusplus
}
#endif
#endif

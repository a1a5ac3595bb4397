/* SPDX-License-Identifier: Apache-2.0 */
/* Regions of a tile that might be structures, each with what was measured on it. */
#ifndef RV_DETECT_CANDIDATES_H
#define RV_DETECT_CANDIDATES_H

#include "base/vec.h"
#include "detect/composite.h"

enum { RV__BEFORE, RV__AFTER };

/* Share of the contrast in both pictures (kept, had) from which on nothing came or went. */
#define RV__SAME 0.5f

/* What it may be: a building that came, went or stood in both pictures; works on the ground that came. */
typedef enum rv__hypothesis { RV__NEW, RV__GONE, RV__STOOD, RV__WORKS, RV__HYPOTHESES } rv__hypothesis;

/** A row of a region on the fine grid: columns [col0, col1). */
typedef struct rv__run {
    int row, col0, col1;
} rv__run;

typedef struct rv__candidate {
    int signal, polarity, level;     /* where it was cut out; signal -1: from the step map */
    int col0, row0, col1, row1;      /* box, fine px, end past */
    size_t run, n_runs;              /* its rows in rv__candidates.run */
    double px;                       /* size, fine px */
    double fill;                     /* 1 = rectangle, smaller = ragged (moments) */
    double elongation;               /* long to short axis */
    double rough;                    /* boundary px / sqrt(px) */
    double seen;                     /* share of px with clear composites */
    float contrast[2][RV__CHANNELS]; /* object minus ring, noise units */
    float separation[2];             /* the contrast against the spread in object and ring */
    float leak[2];                   /* share of ring px that look like the object plus the reverse */
    float edge[2];                   /* mean gradient along the boundary, noise units */
    float edge_rank[2];              /* rank of that in the scene, 0 to 1 */
    float green_rank[2];             /* rank of its greenness in the scene; .5 without colour */
    float shadow[2]; /* darkest light beside it on the side away from the sun minus that of its ring; 0 unknown */
    float kept;      /* share of the after contrast that was there before: 0 = new, 1 = unchanged */
    float had;       /* share of the before contrast that is there after: 0 = gone */
    float own;       /* share of the change of contrast that is the object's and not its ring's */
    float alike;     /* correlation of the edges before and after, in object and ring: 1 = nothing but colour changed */
    float square;    /* share of its smallest rectangle that it fills */
    float straight[2];          /* how far gradients along the boundary keep to two directions at right angles */
    float unrest[2];            /* spread of light inside, noise units */
    float closed[2];            /* rank of the gradient along the weakest quarter of the boundary */
    float ridge[2];             /* ln of the gradient along the boundary over that inside */
    float shade[2];             /* light just outside on its darkest side less that on all sides */
    float near;                 /* alike, where the other picture may be moved by slack */
    float evidence[2];          /* ln odds of the mean probability inside, bounded; 0 = none or even */
    int step_n;                 /* scenes of its series; the rest is 0 below two: */
    int step_first;             /* index in the series of the first scene after its best single step; 0 = none */
    int cut;                    /* that scene, where a picture would reach across it; 0 = none does */
    float step_gain, step_sd;   /* of its best single step: see rv__step_fit */
    float step_green;           /* rank of its own greenness, upper quartile of the scenes after the step */
    float step_share;           /* share of the contrast after it that is there before it */
    float step_clean;           /* share of scenes on the right side of it */
    bool among;                 /* what stands around it was counted (fellows.h): */
    float alone;                /* its score without that */
    float fellows, crowd;       /* likely buildings near it, of about its size and of any: sums of their chances */
    float fellow, parallel;     /* the likeliest of its size; those of its size along or across it */
    double gain;                /* of its step in time */
    int first_scene;            /* after the step map's step; -1 = not from there */
    int near_alike, near_works; /* chosen ones beside it: of its hypothesis and size, works on the ground */
    float ease;                 /* how far the limit of its score is lowered for it, ln odds */
    int hypothesis;             /* rv__hypothesis */
    double score;
    int flags; /* RV_FLAG_... */
} rv__candidate;

typedef struct rv__candidates {
    rv__candidate *v;
    size_t n, cap;
    RV__VEC(rv__run) run;
} rv__candidates;

void rv__candidates_release(rv__candidates *list);
/** Append a region given by its item->n_runs rows. */
int rv__candidates_add(rv__candidates *list, const rv__candidate *item, const rv__run *runs);

/** Set the px of a region on a plane that is w wide. */
void rv__candidate_paint(int32_t *plane, size_t w, const rv__candidates *list, const rv__candidate *item,
                         int32_t value);

/** All regions of all planes, levels and polarities that could be a structure by size and shape; measured. */
int rv__candidates_find(rv__candidates *out, const rv__maps *maps, const rv__scale *scale);

#endif

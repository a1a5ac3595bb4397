/* SPDX-License-Identifier: Apache-2.0 */
/* How much a candidate looks like a building: a sum of small regression trees fitted by boosting [friedman2001], monotone
 * in each trait but for size, so that a stronger edge or a cleaner outline can never count against a building. The trees
 * are fitted on drawn sites of style A by bench/fit_detect.py, which writes model_data.c; anyone can fit them anew. */
#ifndef RV_DETECT_MODEL_H
#define RV_DETECT_MODEL_H

#include "detect/candidates.h"

/* None is a colour or a brightness as such. "Other" is the picture without it. */
typedef enum rv__trait {
    RV__TRAIT_SEPARATION, /* ln(contrast over spread + .05) */
    RV__TRAIT_LEAK,
    RV__TRAIT_EDGE,     /* rank of the boundary's gradient */
    RV__TRAIT_RAGGED,   /* 1 - fill, 0 or more */
    RV__TRAIT_ROUGH,    /* boundary px / sqrt(px) */
    RV__TRAIT_LONG,     /* ln(elongation) */
    RV__TRAIT_SIZE,     /* ln(px / small building), to 2.5 */
    RV__TRAIT_BIG,      /* what is beyond that */
    RV__TRAIT_GREEN,    /* rank of NDVI; 0 without near infrared */
    RV__TRAIT_EXCESS,   /* rank of excess green; 0 with near infrared */
    RV__TRAIT_RISE,     /* ln of edge here over edge in the other picture */
    RV__TRAIT_KEPT,     /* share of the contrast that the other picture has */
    RV__TRAIT_SHADOW,   /* light beside it on the side away from the sun, here less other */
    RV__TRAIT_DARK,     /* how much darker than its ring, noise units */
    RV__TRAIT_BRIGHT,   /* how much brighter */
    RV__TRAIT_ALIKE,    /* correlation of edges between the pictures */
    RV__TRAIT_SQUARE,   /* share of its smallest rectangle */
    RV__TRAIT_STRAIGHT, /* how far its edges keep to two directions at right angles */
    RV__TRAIT_UNREST,   /* ln(spread of light inside + .3), noise units */
    RV__TRAIT_CLEAN,    /* share of scenes on the right side of its step */
    RV__TRAIT_GAIN,     /* ln(1 + gain of its step) */
    RV__TRAIT_STEP,     /* ln(1 + size of its step), sd */
    RV__TRAIT_GROWN,    /* rank of its own greenness when greenest since the step; 0 without near infrared */
    RV__TRAIT_SHARE,    /* share of the contrast that is there before the step */
    RV__TRAIT_OWN,      /* share of the change of contrast that is its own and not its ring's */
    RV__TRAIT_EDGE_OTHER,
    RV__TRAIT_SEPARATION_OTHER,
    RV__TRAIT_ALONE,    /* its score by the traits above; this and the rest are 0 until it is known what is around */
    RV__TRAIT_FELLOWS,  /* likely buildings of about its size near it, to 6 */
    RV__TRAIT_CROWD,    /* of any size, to 8 */
    RV__TRAIT_FELLOW,   /* chance of the likeliest of its size */
    RV__TRAIT_PARALLEL, /* those of its size that lie along or across it, to 6 */
    RV__TRAIT_CLOSED, /* rank of the gradient along the weakest quarter of the boundary; this and all below of pairs alone */
    RV__TRAIT_RIDGE, /* ln of the gradient along the boundary over that inside */
    RV__TRAIT_SHADE, /* light on its darkest side less that on all sides, here less other */
    RV__TRAIT_NEAR,  /* correlation of edges between the pictures, the other moved by slack at most */
    RV__TRAITS
} rv__trait;

enum { RV__LEAF = -1 };

/** Trees in preorder: a trait up to the limit goes on to the node that follows, else to node more. */
typedef struct rv__node {
    int8_t trait;  /* rv__trait, RV__LEAF: value is what the tree adds */
    uint16_t more; /* its place in the model's nodes; always further on */
    float value;   /* limit */
} rv__node;

typedef struct rv__model {
    double bias;
    size_t n_nodes, n_trees;
    const rv__node *node;
    const uint16_t *root; /* of each tree */
} rv__model;

/** Background reaches a score s with chance exp(-rate (s - from)) a test; the odds that a chosen candidate is no background
 * are exp(slope (s - even)). */
typedef struct rv__law {
    double rate, from, slope, even;
} rv__law;

/** Of buildings, of works on the ground. The models of works and of kinds are fitted by bench/fit_works.py (works_data.c). */
extern const rv__law rv__model_law, rv__model_law_works;

/** A building that is in one picture and not in the other, by itself and, where it is new, knowing what is around it; one that
 * is in both; works on the ground that came. */
extern const rv__model rv__model_change, rv__model_among, rv__model_standing, rv__model_works;

/** The same of two scenes of fine pixels; their law stands in decide.c. */
extern const rv__model rv__model_pair_change, rv__model_pair_standing;

/** The traits of a candidate as a thing that is in picture e (RV__BEFORE or RV__AFTER) and not in the other. */
void rv__traits_change(double trait[RV__TRAITS], const rv__candidate *item, int e, const rv__scale *scale);

/** The traits of a candidate as a thing that is in both: each as in the picture where it looks less like a building. */
void rv__traits_standing(double trait[RV__TRAITS], const rv__candidate *item, const rv__scale *scale);

/** ln of the odds that it is a building, among candidates that are chosen. */
double rv__model_score(const rv__model *model, const double trait[RV__TRAITS]);

#endif

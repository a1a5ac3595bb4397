/* SPDX-License-Identifier: Apache-2.0 */
/* What holds for the whole stack: sizes, the sun, and the rank thresholds of a first pass, so that tiles agree. */
#ifndef RV_DETECT_SCALE_H
#define RV_DETECT_SCALE_H

#include "detect/focus.h"
#include <revisit/stack.h>

#include "raster/raster.h"

enum {
    RV__LIGHT,             /* ln of the mean of the visible bands (or of the one band) */
    RV__GREEN,             /* NDVI, or excess green */
    RV__WARM,              /* (red - blue) / (red + blue) */
    RV__CHANNELS,          /* at most */
    RV__STEP_FEATURES = 4, /* see stepmap.c */
    RV__LEVELS = 16,
    RV__RANKS = 33,
    RV__DATES_MAX = 256, /* scenes of an object's series */
    RV__EVIDENCE = 10,   /* first of the planes of evidence among those that are cut at levels: see candidates.c */
    RV__SIGNALS = 13,
    RV__SCALES = 6 /* of the pyramid, at most */
};

/** What a scale of the pyramid has of its own, as in rv__scale. */
typedef struct rv__cuts {
    float noise[RV__CHANNELS];
    float level[RV__SIGNALS][2][RV__LEVELS];
    float rank[2][RV__CHANNELS + 1][RV__RANKS];
} rv__cuts;

typedef struct rv__scale {
    int width, height, n;             /* of the stack */
    int channels;                     /* 1, or RV__CHANNELS */
    bool vegetation;                  /* greenness is NDVI: high values are plants and nothing else */
    double pixel_m;                   /* ground size of a pixel, 0 = unknown */
    bool fitted;                      /* scores are those of the fitted model, not of the weights set by hand */
    bool traits;                      /* what only that model asks of a candidate is measured too */
    bool series, pairs;               /* and it is the model for series of coarse pixels, for two scenes of fine ones */
    int scales;                       /* candidates are sought on the picture and, halved, on scales - 1 more */
    rv__cuts coarser[RV__SCALES - 1]; /* of these */
    const struct rv__plants *plants;  /* laid into every window that is read, for a trial; NULL: none */
    const struct rv_evidence *evidence; /* borrowed; NULL: none */
    const rv__focus *focus;             /* borrowed; NULL: the analyst points nowhere */
    int zoom;                           /* candidates are sought on composites magnified so much: 1 or 2 */
    double fine_m;                      /* pixel_m / zoom, 0 = unknown */
    int epoch;                          /* scenes in the first and in the last composite */
    int slack;                          /* fine px by which an unchanged thing may seem to move */
    double highpass;                    /* sigma of the local mean that is taken off, fine px */
    double floor;                       /* added to light before the logarithm */
    double shadow[2];       /* mean shadow direction of the last composite's scenes in px (dcol, drow), 0 0 = unknown */
    double shadow_first[2]; /* the same of the first composite's */
    double elevation_deg;   /* mean sun elevation, NAN = unknown */
    float noise[RV__CHANNELS]; /* robust sd of one value from scene to scene */
    /* of the first RV__DATES_MAX scenes, noise units: what all of the ground departs by, and the sd of what is unchanged */
    float offset[RV__CHANNELS][RV__DATES_MAX], unsteady[RV__CHANNELS][RV__DATES_MAX];
    float level[RV__SIGNALS][2][RV__LEVELS];    /* thresholds: plane, polarity, from common to rare */
    float step_noise[RV__STEP_FEATURES];        /* robust sd of a step feature from scene to scene */
    float gain_hot, step_hot;                   /* thresholds of the step map */
    float rank[2][RV__CHANNELS + 1][RV__RANKS]; /* quantiles of the pictures before and after; last: of their edges */
    double size_px;                             /* a small building, fine px: the unit of size in scores */
    double min_px, max_px;                      /* footprint limits in fine px */
} rv__scale;

/** Who scores: the fitted model where it is asked for, pixels are wider than 1.2 m and scenes are as many as it was fitted on. */
void rv__scale_scoring(rv__scale *scale, bool fitted);

/** The scale that holds for the picture halved so many times; its px are of that size. */
rv__scale rv__scale_at(const rv__scale *scale, int halvings);

/** Rank of a value among a plane's quantiles, 0 to 1. */
float rv__rank_of(const float quantile[RV__RANKS], double value);

/** Everything but the rank thresholds. */
int rv__scale_facts(rv__scale *out, const rv_stack *stack, double min_area_m2, double min_area_px2);

#endif

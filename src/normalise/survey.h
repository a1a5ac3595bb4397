/* SPDX-License-Identifier: Apache-2.0 */
/* What has to be known of the whole series before single pixels are judged. */
#ifndef RV_NORMALISE_SURVEY_H
#define RV_NORMALISE_SURVEY_H

#include <revisit/stack.h>

/** Haze in blue as a share of white: .30 of .72 [K]. */
#define RV__HAZE_GREY .42f

/** Of one date; the first of each pair is blue, the second full (light.h). */
typedef struct rv__date_light {
    float gain[2], offset[2]; /* brings the date's clear ground to the series' median */
    float white[2];           /* what a thick cloud looks like, on that scale */
    float haze;               /* share of the light of the whole scene that is haze, in [0, .6], by survey.c */
} rv__date_light;

typedef struct rv__survey {
    rv__date_light *date; /* as many as the stack has; rv__free */
    float noise[2];       /* median over the ground of the robust deviation in time */
    float ground[2];      /* median brightness */
} rv__survey;

/**
 * Look at windows spread over the whole frame.
 *
 * @param member as many as the stack has: 1 for dates that are compared with each other, others are passed over
 */
int rv__survey_make(rv__survey *out, const rv_stack *stack, const uint8_t *member);

#endif

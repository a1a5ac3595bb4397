/* SPDX-License-Identifier: Apache-2.0 */
/* The metrics, a family a function: what one scene adds to the tally. Formulas: docs/methods/score.md. */
#ifndef RV_SCORE_FAMILIES_H
#define RV_SCORE_FAMILIES_H

#include "score/scene.h"
#include "score/tally.h"

/** Rasters of the change class: 0 or 1; known may be NULL, else pixels with 0 are left out. */
typedef struct rv__score_planes {
    const uint8_t *truth, *found, *known;
    size_t w, h;
} rv__score_planes;
int rv__score_pixel(rv__tally *t, const rv__score_planes *planes);

void rv__score_object(rv__tally *t, const rv__score_input *in);
int rv__score_shape(rv__tally *t, const rv__score_input *in);
int rv__score_scot(rv__tally *t, const rv__score_input *in);
int rv__score_date(rv__tally *t, const rv__score_input *in);
int rv__score_interval(rv__tally *t, const rv__score_input *in);
void rv__score_ratio(rv__tally *t, const rv__score_input *in);
int rv__score_height(rv__tally *t, const rv__score_input *in);
void rv__score_class(rv__tally *t, const rv__score_input *in);
void rv__score_probability(rv__tally *t, const rv__score_input *in);
/** Only where nothing changed; false when something did. */
bool rv__score_alarm(rv__tally *t, const rv__score_input *in);

/** Adds what the pairs of one match in one bin of true sizes tell. */
typedef int (*rv__stratum_fn)(rv__tally *t, const rv__score_input *in, const rv__match *match, const rv__size_bin *bin);
/** New things by size, then existing ones of any size as a stratum of their own. */
int rv__score_strata(rv__tally *t, const rv__score_input *in, rv__stratum_fn add);

/** One frame held against where its pixels truly belong. */
typedef struct rv__score_ties {
    const char *frame;
    const double *m;                         /* 3 x 3, frame to reference, as found */
    const rv_point *in_frame, *in_reference; /* the same n places, as they truly are */
    size_t n;
    double sigma_px; /* stated for a position, one axis; NAN = none */
} rv__score_ties;
int rv__score_registration(rv__tally *t, const rv__score_ties *frames, size_t n_frames);

/** Masks in the words of the interchange format, pixel by pixel: 0 clear .. 5 snow, 255 outside. */
typedef struct rv__score_masks {
    const uint8_t *truth, *found;
    const float *alpha;      /* opacity of the true cloud, or NULL */
    const uint8_t *building; /* 1 where a new building stands by now, or NULL */
    size_t n;
} rv__score_masks;
typedef struct rv__mask_counts {
    double both[4], truth[4], found[4]; /* pixels of cloud, shadow, haze, snow */
    double n;
    double thick, thick_missed, building, building_lost, building_shaded;
    bool has_alpha, has_building;
} rv__mask_counts;
void rv__mask_count(rv__mask_counts *counts, const rv__score_masks *masks);
void rv__score_mask(rv__tally *t, const rv__mask_counts *counts);

#endif

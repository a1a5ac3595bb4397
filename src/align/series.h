/* SPDX-License-Identifier: Apache-2.0 */
/* A series while it is aligned: what series.c finds pair by pair and links.c brings into one adjustment. */
#ifndef RV_ALIGN_SERIES_H
#define RV_ALIGN_SERIES_H

#include "align/align_internal.h"

typedef struct rv__series {
    rv_scene *const *scene;
    size_t n, reference;
    const rv_align_opts *opts;
    rv__match *match; /* of each scene with the reference */
    size_t *order;    /* scenes by time */
    rv__match *pair;  /* of neighbours in time: pair_of[2 i] is the reference's part, pair_of[2 i + 1] the scene's */
    size_t *pair_of;
    size_t n_pairs;
    rv__link *link;
    size_t n_links;
    rv__field basis; /* about the middle of the reference */
    double *cov;     /* of each scene's field after the adjustment: n * 36 */
    bool adjusted;   /* cov holds for the scenes that take part */
    double *closure; /* of each scene: sum of squares and number of loops */
    rv__frame_cache cache;
    size_t done, todo; /* pairs */
} rv__series;

/** Tie two neighbours, and keep what the loop by way of them misses. */
void rv__link_pair(rv__series *s, size_t a, size_t b, const rv__match *m);
/** One adjustment of all links: the scenes' maps and covariances. */
int rv__series_adjust(rv__series *s);

#endif

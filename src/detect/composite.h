/* SPDX-License-Identifier: Apache-2.0 */
/* Robust pictures of a tile before and after, on the fine grid, and the planes that are cut for candidates. */
#ifndef RV_DETECT_COMPOSITE_H
#define RV_DETECT_COMPOSITE_H

#include "detect/views.h"

typedef struct rv__maps {
    rv__window window; /* of the tile on the stack's grid */
    size_t w, h;       /* fine px: window size times zoom */
    int zoom, channels;
    bool pair; /* false: one scene, before is after */
    float *before[RV__CHANNELS], *after[RV__CHANNELS];
    float *edge_before, *edge_after; /* gradient of all channels in units of their noise, per fine px */
    float *evidence[2];              /* probability before and after, NULL without evidence */
    uint8_t *seen;                   /* 1 where both pictures rest on clear pixels */
} rv__maps;

/** cut: scene that the picture before ends in front of and the picture after begins with at the earliest; 0 = none. */
int rv__maps_build(rv__maps *out, const rv__views *views, const rv__scale *scale, int cut);
void rv__maps_release(rv__maps *maps);

/** A pair's pictures with px twice as wide, means of four. scale: that of these px; NULL: without edges. */
int rv__maps_halve(rv__maps *out, const rv__maps *maps, const rv__scale *scale);

/**
 * One of the RV__SIGNALS planes in which objects stand out: 0-2 after minus its local mean, 3-5 change, 6-8 before
 * minus its local mean, 9 light after as it is, 10-12 evidence after, its change, before. Planes a stack does not have
 * are RV_ERR_NOTFOUND, without a sentence.
 */
int rv__signal(float *out, const rv__maps *maps, const rv__scale *scale, int signal);
bool rv__signal_exists(const rv__maps *maps, int signal);

#endif

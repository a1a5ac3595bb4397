/* SPDX-License-Identifier: Apache-2.0 */
/* Maps made by hand: planes that a test fills px by px, with everything else of a scale set to plain numbers. */
#ifndef RV_TEST_DETECT_HAND_H
#define RV_TEST_DETECT_HAND_H

#include "base/mem.h"
#include "detect/candidates.h"
#include "lib/test.h"

typedef struct hand {
    rv__maps maps;
    rv__scale scale;
} hand;

/* All planes 0, all px seen, noise 1, edges 0. */
static inline hand hand_make(size_t w, size_t h, int zoom, int channels, bool pair)
{
    hand out = { .maps = { .w = w, .h = h, .zoom = zoom, .channels = channels, .pair = pair },
                 .scale = { .n = pair ? 6 : 1, .channels = channels, .zoom = zoom } };
    rv__maps *m = &out.maps;
    m->window = (rv__window){ 0, 0, (int)w / zoom, (int)h / zoom };
    out.scale.width = m->window.width;
    out.scale.height = m->window.height;
    out.scale.highpass = 10;
    out.scale.min_px = 6;
    out.scale.max_px = 600;
    out.scale.size_px = 24;
    m->seen = rv__alloc(w * h, 1);
    memset(m->seen, 1, w * h);
    m->edge_after = rv__alloc(w * h, sizeof(float));
    m->edge_before = pair ? rv__alloc(w * h, sizeof(float)) : m->edge_after;
    for (int k = 0; k < channels; k++) {
        m->after[k] = rv__alloc(w * h, sizeof(float));
        m->before[k] = pair ? rv__alloc(w * h, sizeof(float)) : m->after[k];
        out.scale.noise[k] = 1;
    }
    return out;
}

static inline void hand_box(float *plane, const hand *h, const int box[4], float value)
{
    for (int row = box[1]; row < box[3]; row++)
        for (int col = box[0]; col < box[2]; col++)
            plane[(size_t)row * h->maps.w + (size_t)col] = value;
}

/* A new thing of this box and score. */
static inline void hand_add(rv__candidates *list, const int box[4], double score)
{
    rv__run runs[64];
    rv__candidate item = { .col0 = box[0], .row0 = box[1], .col1 = box[2], .row1 = box[3], .score = score };
    for (int row = box[1]; row < box[3]; row++)
        runs[row - box[1]] = (rv__run){ row, box[0], box[2] };
    item.n_runs = (size_t)(box[3] - box[1]);
    item.px = (double)(box[2] - box[0]) * (box[3] - box[1]);
    item.hypothesis = RV__NEW;
    CHECK_FAILS(RV_OK, rv__candidates_add(list, &item, runs));
}

#endif

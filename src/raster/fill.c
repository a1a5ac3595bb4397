/* SPDX-License-Identifier: Apache-2.0 */
/* Invalid pixels continued from the valid ones around them, so that a filter with long arms (the spline's prefilter,
 * Lanczos) sees no cliff at a mask's edge and does not ring into valid ground. A breadth-first walk from the edge gives
 * each pixel the mean of neighbours nearer to it: every pixel is visited once, however deep the hole. (A pyramid of
 * means is no cheaper here and leaves steps of its blocks' size right at the edge.) */
#include "raster/fill.h"

#include <revisit/base.h>

#include "base/mem.h"

typedef struct walk {
    size_t w, h;
    uint32_t *layer; /* 0 not reached, 1 valid, then by distance */
    uint32_t *order;
    size_t n;
} walk;

/* Indices of the neighbours of p that exist. */
static size_t neighbours(size_t near[8], const walk *k, size_t p)
{
    const size_t col = p % k->w, row = p / k->w;
    size_t n = 0;
    for (size_t r = row ? row - 1 : 0; r <= row + 1 && r < k->h; r++)
        for (size_t c = col ? col - 1 : 0; c <= col + 1 && c < k->w; c++)
            if (r != row || c != col)
                near[n++] = r * k->w + c;
    return n;
}

static void reach(walk *k, size_t p, uint32_t layer)
{
    k->layer[p] = layer;
    k->order[k->n++] = (uint32_t)p;
}

/* The pixels at the edge of the valid ones. */
static void begin(walk *k)
{
    size_t near[8];
    for (size_t p = 0; p < k->w * k->h; p++) {
        const size_t n = k->layer[p] == 1 ? 0 : neighbours(near, k, p);
        for (size_t i = 0; i < n; i++) {
            if (k->layer[near[i]] == 1) {
                reach(k, p, 2);
                break;
            }
        }
    }
}

static void set_mean(float *data, const walk *k, size_t p, const size_t *near, size_t n)
{
    float sum = 0;
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        const uint32_t layer = k->layer[near[i]];
        if (layer && layer < k->layer[p]) {
            sum += data[near[i]];
            count++;
        }
    }
    data[p] = sum / (float)count;
}

/* Walks once for all planes; in a plane without any valid pixel nothing is reached and the zeros stay. */
static void spread(float *data, walk *k, size_t planes)
{
    size_t near[8];
    begin(k);
    for (size_t i = 0; i < k->n; i++) {
        const size_t p = k->order[i], n = neighbours(near, k, p);
        for (size_t b = 0; b < planes; b++)
            set_mean(data + b * k->w * k->h, k, p, near, n);
        for (size_t j = 0; j < n; j++)
            if (!k->layer[near[j]])
                reach(k, near[j], k->layer[p] + 1);
    }
}

int rv__fill_invalid(float *data, const uint8_t *valid, size_t w, size_t h, size_t planes)
{
    size_t invalid = 0;
    for (size_t p = 0; p < w * h; p++)
        invalid += !valid[p];
    if (!invalid)
        return RV_OK;
    walk k = { w, h, rv__alloc(w * h, sizeof *k.layer), rv__alloc(invalid, sizeof *k.order), 0 };
    int err = RV_ERR_NOMEM;
    if (k.layer && k.order) {
        for (size_t p = 0; p < w * h; p++) {
            k.layer[p] = valid[p] != 0;
            for (size_t b = 0; !valid[p] && b < planes; b++)
                data[b * w * h + p] = 0;
        }
        spread(data, &k, planes);
        err = RV_OK;
    }
    rv__free(k.order);
    rv__free(k.layer);
    return err;
}

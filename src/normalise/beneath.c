/* SPDX-License-Identifier: Apache-2.0 */
/* Whether the ground under a thick cloud lies in shadow is told by the cloud's piece of the sky towards the sun. Where that
 * is not in the frame, or its place is not known, the shade beside the cloud is the best guess: shadows are as large as the clouds that
 * throw them and do not end where another cloud begins to hide them. The nearest known pixel is found by the two passes
 * of the chamfer distance with weights 3 and 4 [borgefors1986], within 4 % of the straight way; of two as near, the lit one
 * counts. */
#include "normalise/beneath.h"

#include "base/error.h"
#include "base/mem.h"

enum { STRAIGHT = 3, ASLANT = 4, FAR = 1 << 28 };

/* The way to the nearest known pixel, twice, and 1 where that is in shadow. */
static uint32_t nearer(uint32_t here, uint32_t there, uint32_t step)
{
    const uint32_t by = there + 2 * step;
    return by < here ? by : here;
}

/* One pass over the rows: from the row that was done before and the pixels of this row done before, then back along the row. */
static void sweep_row(uint32_t *row, const uint32_t *done, size_t w)
{
    for (size_t c = 0; c < w; c++) {
        uint32_t v = c > 0 ? nearer(row[c], row[c - 1], STRAIGHT) : row[c];
        if (done) {
            v = nearer(v, done[c], STRAIGHT);
            v = c > 0 ? nearer(v, done[c - 1], ASLANT) : v;
            v = c + 1 < w ? nearer(v, done[c + 1], ASLANT) : v;
        }
        row[c] = v;
    }
    for (size_t c = w - 1; c-- > 0;)
        row[c] = nearer(row[c], row[c + 1], STRAIGHT);
}

int rv__beneath_fill(uint8_t *state, size_t w, size_t h, size_t reach_px)
{
    const uint32_t reach = (uint32_t)(2 * STRAIGHT * reach_px + 1);
    uint32_t *way = rv__alloc(w * h, sizeof *way);
    if (!way)
        return RV_ERR_NOMEM;
    for (size_t p = 0; p < w * h; p++)
        way[p] = state[p] <= RV__BENEATH_SHADOW ? state[p] : FAR;
    for (size_t r = 0; r < h; r++)
        sweep_row(way + r * w, r > 0 ? way + (r - 1) * w : NULL, w);
    for (size_t r = h; r-- > 0;)
        sweep_row(way + r * w, r + 1 < h ? way + (r + 1) * w : NULL, w);
    for (size_t p = 0; p < w * h; p++)
        if (state[p] == RV__BENEATH_UNKNOWN)
            state[p] = way[p] <= reach && (way[p] & 1) ? RV__BENEATH_SHADOW : RV__BENEATH_LIT;
    rv__free(way);
    return RV_OK;
}

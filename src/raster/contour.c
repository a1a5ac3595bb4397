/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Outlines along pixel edges.
 *
 * The boundary of a region is walked with the region at the left hand (seen with rows flipped up), so the outer ring
 * comes out counter-clockwise and holes clockwise. Where two pixels of the region meet at a corner only, the walk
 * goes around the background pixel: the rings then touch there but none touches itself, which is what makes the
 * polygon valid for GEOS and PostGIS. Walking around the region's own pixel would join a hole to the outer ring.
 */
#include "raster/contour.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/vec.h"
#include "geo/polygon.h"

#include <stdbool.h>
#include <string.h>

/* Headings in the order of left turns, and for each the pixels ahead at the left and right of the corner (dx, dy of the
 * pixel's upper left corner). */
enum { WEST, SOUTH, EAST, NORTH };
static const int step_x[4] = { -1, 0, 1, 0 }, step_y[4] = { 0, 1, 0, -1 };
static const int left_x[4] = { -1, 0, 0, -1 }, left_y[4] = { 0, 0, -1, -1 };
static const int right_x[4] = { -1, -1, 0, 0 }, right_y[4] = { -1, 0, 0, -1 };

typedef RV__VEC(rv_point) points;

typedef struct region {
    const int32_t *labels;
    size_t w;
    int col0, row0, col1, row1;
    int32_t label;
    uint8_t *walked; /* top edges of the box's pixels */
} region;

static bool is_in(const region *g, int col, int row)
{
    return col >= g->col0 && col < g->col1 && row >= g->row0 && row < g->row1 &&
           g->labels[(size_t)row * g->w + (size_t)col] == g->label;
}

static uint8_t *top_edge(const region *g, int col, int row)
{
    return &g->walked[(size_t)(row - g->row0) * (size_t)(g->col1 - g->col0) + (size_t)(col - g->col0)];
}

/* Heading after the corner (x, y) reached with heading d. */
static int next_heading(const region *g, int x, int y, int d)
{
    if (is_in(g, x + right_x[d], y + right_y[d]))
        return (d + 3) % 4;
    return is_in(g, x + left_x[d], y + left_y[d]) ? d : (d + 1) % 4;
}

/* The ring that holds the top edge of pixel (col, row), walked westwards. Corners only. */
static int walk(points *out, const region *g, int col, int row)
{
    int x = col + 1, y = row, d = WEST;
    out->n = 0;
    do {
        if (d == WEST)
            *top_edge(g, x - 1, y) = 1;
        x += step_x[d];
        y += step_y[d];
        const int next = next_heading(g, x, y, d);
        if (next != d && RV__PUSH(out, ((rv_point){ x, y })) < 0)
            return RV_ERR_NOMEM;
        d = next;
    } while (x != col + 1 || y != row || d != WEST);
    return RV_OK;
}

static int add_walked(rv_polygon *polygon, const points *ring, int32_t label)
{
    const rv_ring walked = { ring->v, ring->n };
    const bool outer = rv__ring_area(&walked) < 0; /* rows grow downward */
    if (outer != (polygon->n == 0))
        return rv__fail(RV_ERR_RANGE, "the pixels of label %ld are not one connected region", (long)label);
    return rv__polygon_ring(polygon, ring->v, ring->n);
}

/* Every ring has a top edge: the first in scan order belongs to the outer ring. */
static int walk_all(rv_polygon *polygon, points *ring, const region *g)
{
    int err;
    for (int row = g->row0; row < g->row1; row++) {
        for (int col = g->col0; col < g->col1; col++) {
            if (!is_in(g, col, row) || is_in(g, col, row - 1) || *top_edge(g, col, row))
                continue;
            if ((err = walk(ring, g, col, row)) < 0 || (err = add_walked(polygon, ring, g->label)) < 0)
                return err;
        }
    }
    if (polygon->n == 0)
        return rv__fail(RV_ERR_NODATA, "no pixel has label %ld", (long)g->label);
    return RV_OK;
}

int rv__contour_region_in(rv_polygon *out, const int32_t *labels, size_t w, const int box[4], int32_t label)
{
    rv_polygon polygon = { 0 };
    points ring = { 0 };
    region g = { labels, w, box[0], box[1], box[2], box[3], label, NULL };
    const size_t across = (size_t)(g.col1 - g.col0), down = (size_t)(g.row1 - g.row0);
    g.walked = rv__alloc(across * down, 1);
    const int err = g.walked ? walk_all(&polygon, &ring, &g) : RV_ERR_NOMEM;
    rv__free(ring.v);
    rv__free(g.walked);
    if (err < 0) {
        rv_polygon_release(&polygon);
        return err;
    }
    *out = polygon;
    return RV_OK;
}

int rv__contour_region(rv_polygon *out, const int32_t *labels, size_t w, size_t h, int32_t label)
{
    int box[4] = { (int)w, (int)h, 0, 0 };
    for (size_t row = 0; row < h; row++) {
        for (size_t col = 0; col < w; col++) {
            if (labels[row * w + col] != label)
                continue;
            const int c = (int)col, r = (int)row;
            box[0] = c < box[0] ? c : box[0];
            box[1] = r < box[1] ? r : box[1];
            box[2] = c + 1 > box[2] ? c + 1 : box[2];
            box[3] = r + 1;
        }
    }
    if (box[3] == 0)
        return rv__fail(RV_ERR_NODATA, "no pixel has label %ld", (long)label);
    return rv__contour_region_in(out, labels, w, box, label);
}

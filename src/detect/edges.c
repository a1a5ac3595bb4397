/* SPDX-License-Identifier: Apache-2.0 */
/* Edges of a region in pictures of half a metre. The boundary is asked for its weakest quarter, since a piece of road has
 * two good sides; against the edges inside, since in a wood all edges are alike; and for its darkest side, since a
 * roof casts a shadow, whichever way the sun may stand. Gradients are the largest within 1 px, and pictures are laid on
 * each other where they fit best within slack, since roofs lean and outlines are off by that. */
#include "detect/edges.h"

#include <math.h>
#include <string.h>

enum { INNER = 2, SHADE_PX = 3, DIRECTIONS = 8, BINS = RV__RANKS + 1 };

static const double RIDGE_FLOOR = 0.1;
static const int STEP[DIRECTIONS][2] = { { 1, 0 },  { 1, 1 },   { 0, 1 },  { -1, 1 },
                                         { -1, 0 }, { -1, -1 }, { 0, -1 }, { 1, -1 } };

static bool inside(const rv__box *b, int x, int y)
{
    return x >= 0 && y >= 0 && x < b->w && y < b->h && b->part->object[y * b->w + x];
}

static bool on_map(const rv__maps *m, int col, int row)
{
    return col >= 0 && row >= 0 && col < (int)m->w && row < (int)m->h;
}

/* Whether every px r away in the four directions is of the region. */
static bool is_deep(const rv__box *b, int x, int y, int r)
{
    return inside(b, x + r, y) && inside(b, x - r, y) && inside(b, x, y + r) && inside(b, x, y - r);
}

static float strongest(const float *edge, const rv__maps *m, int col, int row)
{
    float best = 0;
    for (int dy = -1; dy <= 1; dy++)
        for (int dx = -1; dx <= 1; dx++)
            if (on_map(m, col + dx, row + dy))
                best = fmaxf(best, edge[(size_t)(row + dy) * m->w + (size_t)(col + dx)]);
    return best;
}

/* Rank that three quarters of the boundary reach. */
static float rank_of_quarter(const int *bin, int n)
{
    int i = 0;
    for (int below = bin[0]; i + 1 < BINS && 4 * below <= n; below += bin[i])
        i++;
    return (float)i / RV__RANKS;
}

static void of_boundary(rv__candidate *c, int e, const rv__maps *m, const rv__scale *s, const rv__box *b)
{
    const float *edge = e == RV__AFTER ? m->edge_after : m->edge_before;
    int bin[BINS] = { 0 }, n[2] = { 0, 0 };
    double sum[2] = { 0, 0 };
    for (int y = 0; y < b->h; y++)
        for (int x = 0; x < b->w; x++) {
            const int col = b->col0 + x, row = b->row0 + y;
            if (!inside(b, x, y) || !on_map(m, col, row))
                continue;
            const bool deep = is_deep(b, x, y, INNER), rim = !is_deep(b, x, y, 1);
            if (!deep && !rim)
                continue;
            const float value = strongest(edge, m, col, row);
            sum[deep] += (double)value;
            n[deep]++;
            if (rim)
                bin[(int)lround((double)rv__rank_of(s->rank[e][RV__CHANNELS], (double)value) * RV__RANKS)]++;
        }
    c->closed[e] = rank_of_quarter(bin, n[0]);
    c->ridge[e] = n[1] ? (float)log((sum[0] / fmax(n[0], 1) + RIDGE_FLOOR) / (sum[1] / n[1] + RIDGE_FLOOR)) : 0;
}

/* Light SHADE_PX outside of the boundary, by the side that it is on. */
static float shade_of(const float *light, const rv__maps *m, const rv__box *b)
{
    double sum[DIRECTIONS] = { 0 }, n[DIRECTIONS] = { 0 }, all = 0, total = 0, least = 0;
    for (int y = 0; y < b->h; y++)
        for (int x = 0; x < b->w; x++) {
            if (!inside(b, x, y) || is_deep(b, x, y, 1))
                continue;
            for (int d = 0; d < DIRECTIONS; d++) {
                const int px = x + SHADE_PX * STEP[d][0], py = y + SHADE_PX * STEP[d][1];
                if (inside(b, x + STEP[d][0], y + STEP[d][1]) || inside(b, px, py) ||
                    !on_map(m, b->col0 + px, b->row0 + py))
                    continue;
                sum[d] += (double)light[(size_t)(b->row0 + py) * m->w + (size_t)(b->col0 + px)];
                n[d]++;
            }
        }
    for (int d = 0; d < DIRECTIONS; d++) {
        all += sum[d];
        total += n[d];
    }
    for (int d = 0; d < DIRECTIONS; d++)
        if (n[d] > 0)
            least = fmin(least, sum[d] / n[d] - all / total);
    return (float)least;
}

double rv__edges_alike(const rv__maps *m, const rv__box *b, const int shift[2], int stride)
{
    const int dx = shift[0], dy = shift[1];
    double n = 0, u1 = 0, v1 = 0, uu = 0, vv = 0, uv = 0;
    for (int y = stride / 2; y < b->h; y += stride)
        for (int x = 0; x < b->w; x++) {
            const int col = b->col0 + x, row = b->row0 + y;
            if (!b->part->wide[y * b->w + x] || !on_map(m, col, row) || !on_map(m, col + dx, row + dy))
                continue;
            const double u = (double)m->edge_before[(size_t)(row + dy) * m->w + (size_t)(col + dx)];
            const double v = (double)m->edge_after[(size_t)row * m->w + (size_t)col];
            n++;
            u1 += u;
            v1 += v;
            uu += u * u;
            vv += v * v;
            uv += u * v;
        }
    const double vu = uu * n - u1 * u1, vw = vv * n - v1 * v1;
    return vu > 0 && vw > 0 ? (uv * n - u1 * v1) / sqrt(vu * vw) : 0;
}

void rv__edges_measure(rv__candidate *c, const rv__maps *m, const rv__scale *s, const rv__box *b)
{
    for (int e = 0; e < 2; e++) {
        of_boundary(c, e, m, s, b);
        c->shade[e] = shade_of(e == RV__AFTER ? m->after[RV__LIGHT] : m->before[RV__LIGHT], m, b);
    }
    double best = -1;
    for (int dy = -1; dy <= 1; dy++)
        for (int dx = -1; dx <= 1; dx++)
            best = fmax(best, rv__edges_alike(m, b, (const int[2]){ dx * s->slack, dy * s->slack }, 1));
    c->near = (float)best;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* What is measured on one region: contrast to a ring around it, edges along its boundary, shadow on the side away from
 * the sun, in the picture before and in the one after. Absolute colour is left out on purpose: it follows season and
 * place, so that what fits one scene does not fit the next; where colour counts it is as a rank in the scene. */
#include "detect/traits.h"

#include "base/mem.h"
#include "detect/edges.h"
#include "detect/evidence.h"
#include "geo/polygon.h"

#include <math.h>
#include <string.h>

typedef struct sums {
    double n, sum[RV__CHANNELS], square[RV__CHANNELS];
} sums;

/* A patch laid on the fine grid. */
typedef struct scope {
    const rv__maps *maps;
    const rv__scale *scale;
    const rv__part *patch;
    int col0, row0, w, h;
    int stride; /* rows read of large patches: every stride-th */
} scope;

enum { OUTSIDE, OBJECT, RING, PATCH_PX = 16384 };

static int gap_px(const rv__scale *s)
{
    return s->zoom > 1 ? 1 : 2;
}

static int ring_px(const rv__scale *s)
{
    return s->zoom > 1 ? 3 : 6;
}

void rv__part_release(rv__part *p)
{
    rv__free(p->object);
    rv__free(p->near);
    rv__free(p->wide);
    rv__free(p->row);
    *p = (rv__part){ 0 };
}

static int make_room(rv__part *p, size_t need)
{
    if (need <= p->cap)
        return RV_OK;
    rv__part_release(p);
    p->object = rv__alloc(need, 1);
    p->near = rv__alloc(need, 1);
    p->wide = rv__alloc(need, 1);
    p->row = rv__alloc(need, 1);
    p->cap = p->object && p->near && p->wide && p->row ? need : 0;
    return p->cap ? RV_OK : RV_ERR_NOMEM;
}

/* Square dilation by distance to the last set pixel: rows, then columns. */
static void spread_line(uint8_t *out, const uint8_t *in, int n, int step, int r)
{
    int last = -r - 1;
    for (int i = 0; i < n + r; i++) {
        if (i < n && in[i * step])
            last = i;
        if (i >= r)
            out[(i - r) * step] = i - last <= 2 * r;
    }
}

static void spread(uint8_t *out, const scope *at, int r)
{
    const rv__part *p = at->patch;
    for (int y = 0; y < at->h; y++)
        spread_line(p->row + y * at->w, p->object + y * at->w, at->w, 1, r);
    for (int x = 0; x < at->w; x++)
        spread_line(out + x, p->row + x, at->h, at->w, r);
}

static void paint(const scope *at, const rv__run *runs, size_t n)
{
    uint8_t *mask = at->patch->object;
    memset(mask, 0, (size_t)at->w * (size_t)at->h);
    for (size_t i = 0; i < n; i++)
        memset(mask + (runs[i].row - at->row0) * at->w + runs[i].col0 - at->col0, 1,
               (size_t)(runs[i].col1 - runs[i].col0));
}

static int part_of(const rv__part *p, int at)
{
    return p->object[at] ? OBJECT : p->wide[at] && !p->near[at] ? RING : OUTSIDE;
}

/* Index on the maps of patch px (x, y) moved by (dx, dy); false outside the picture. */
static bool place_of(size_t *index, const scope *at, int x, int y)
{
    const int col = at->col0 + x, row = at->row0 + y;
    *index = (size_t)row * at->maps->w + (size_t)col;
    return col >= 0 && row >= 0 && col < (int)at->maps->w && row < (int)at->maps->h;
}

/* Object and ring of the patch laid on a picture, moved by (dx, dy). */
static void collect(sums part[3], float *const *plane, const scope *at, int dx, int dy)
{
    memset(part, 0, 3 * sizeof *part);
    for (int y = at->stride / 2; y < at->h; y += at->stride)
        for (int x = 0; x < at->w; x++) {
            const int which = part_of(at->patch, y * at->w + x);
            size_t i;
            if (which == OUTSIDE || !place_of(&i, at, x + dx, y + dy))
                continue;
            part[which].n++;
            for (int k = 0; k < at->maps->channels; k++) {
                const double v = plane[k][i];
                part[which].sum[k] += v;
                part[which].square[k] += v * v;
            }
        }
}

static double mean_of(const sums *s, int k)
{
    return s->sum[k] / fmax(s->n, 1);
}

static double variance_of(const sums *s, int k)
{
    const double m = mean_of(s, k);
    return fmax(s->square[k] / fmax(s->n, 1) - m * m, 0);
}

/* Contrast in noise units; returns its size against the spread on both sides. */
static float contrast_of(float contrast[RV__CHANNELS], const sums part[3], const rv__scale *s)
{
    double total = 0;
    for (int k = 0; k < RV__CHANNELS; k++)
        contrast[k] = 0;
    for (int k = 0; k < s->channels && part[RING].n > 0; k++) {
        const double d = mean_of(&part[OBJECT], k) - mean_of(&part[RING], k), noise = (double)s->noise[k];
        contrast[k] = (float)(d / noise);
        total += d * d / (variance_of(&part[OBJECT], k) + variance_of(&part[RING], k) + 2 * noise * noise);
    }
    return (float)sqrt(total);
}

/* How badly the contrast parts object and ring: the shares of both on the wrong side of its middle, by rank and not by
 * moments. A piece of road leaks at both ends; a roof does not. */
static float leak_of(const sums part[3], const float *contrast, float *const *plane, const scope *at)
{
    double weight[RV__CHANNELS] = { 0 }, middle = 0, wrong[3] = { 0, 0, 0 };
    for (int k = 0; k < at->maps->channels; k++) {
        weight[k] = (double)contrast[k] / (double)at->scale->noise[k];
        middle += weight[k] * (mean_of(&part[OBJECT], k) + mean_of(&part[RING], k)) / 2;
    }
    for (int y = at->stride / 2; y < at->h; y += at->stride)
        for (int x = 0; x < at->w; x++) {
            const int which = part_of(at->patch, y * at->w + x);
            size_t i;
            if (which == OUTSIDE || !place_of(&i, at, x, y))
                continue;
            double value = -middle;
            for (int k = 0; k < at->maps->channels; k++)
                value += weight[k] * (double)plane[k][i];
            wrong[which] += which == OBJECT ? value < 0 : value > 0;
        }
    return (float)(wrong[RING] / fmax(part[RING].n, 1) + wrong[OBJECT] / fmax(part[OBJECT].n, 1));
}

static float share_of(const float *of, const float *in, int channels)
{
    float dot = 0, square = 1e-6f;
    for (int k = 0; k < channels; k++) {
        dot += of[k] * in[k];
        square += of[k] * of[k];
    }
    return dot / square;
}

/* The other picture's contrast at the place within slack where it resembles the given one most, from its contrast here
 * on; a resemblance of RV__SAME is enough to know. */
static float best_share(const float *of, const float *here, float *const *plane, const scope *at)
{
    const int slack = at->scale->slack, step = slack > 0 ? slack : 1;
    float best = share_of(of, here, at->maps->channels);
    for (int dy = -slack; dy <= slack && best < RV__SAME; dy += step)
        for (int dx = -slack; dx <= slack && best < RV__SAME; dx += step) {
            sums part[3];
            float contrast[RV__CHANNELS] = { 0, 0, 0 };
            if (dx == 0 && dy == 0)
                continue;
            collect(part, plane, at, dx, dy);
            contrast_of(contrast, part, at->scale);
            best = fmaxf(best, share_of(of, contrast, at->maps->channels));
        }
    return best;
}

/* Which part of the change of contrast is the object's own and not the ring's: beside a new thing, old ground gets a
 * contrast without changing. The scene's median change (season) is nobody's. */
static float own_share(const rv__candidate *c, const sums before[3], const sums after[3], const scope *at)
{
    const rv__scale *s = at->scale;
    double own = 0, total = 1e-6;
    for (int k = 0; k < s->channels; k++) {
        const double noise = (double)s->noise[k];
        const double season =
            (double)s->rank[RV__AFTER][k][RV__RANKS / 2] - (double)s->rank[RV__BEFORE][k][RV__RANKS / 2];
        const double object = (mean_of(&after[OBJECT], k) - mean_of(&before[OBJECT], k) - season) / noise;
        const double change = (double)c->contrast[RV__AFTER][k] - (double)c->contrast[RV__BEFORE][k];
        own += object * change;
        total += change * change;
    }
    return (float)(own / total);
}

/* Round things and branching ones fill less of their smallest rectangle than roofs. */
static int square_of(float *out, const rv__candidate *c, const rv__run *runs)
{
    rv_point *p = rv__alloc(4 * c->n_runs, sizeof *p);
    if (!p)
        return RV_ERR_NOMEM;
    for (size_t i = 0; i < c->n_runs; i++)
        for (int k = 0; k < 4; k++)
            p[4 * i + (size_t)k] = (rv_point){ k & 1 ? runs[i].col1 : runs[i].col0, runs[i].row + (k >> 1) };
    double centre[2], half[2], angle;
    const rv_ring ring = { p, 4 * c->n_runs };
    const int err = rv__min_area_rect(centre, half, &angle, &ring);
    *out = err ? 0 : (float)(c->px / fmax(4 * half[0] * half[1], 1e-9));
    rv__free(p);
    return err;
}

static bool on_boundary(const uint8_t *object, int w)
{
    return object[0] && !(object[1] && object[-1] && object[w] && object[-w]);
}

static void along_boundary(rv__candidate *c, const scope *at)
{
    const rv__maps *m = at->maps;
    double n = 0, before = 0, after = 0, seen = 0;
    for (int y = 1; y + 1 < at->h; y++)
        for (int x = 1; x + 1 < at->w; x++) {
            const uint8_t *o = at->patch->object + y * at->w + x;
            size_t i;
            if (!o[0] || !place_of(&i, at, x, y))
                continue;
            seen += m->seen[i];
            if (!on_boundary(o, at->w))
                continue;
            n++;
            before += (double)m->edge_before[i];
            after += (double)m->edge_after[i];
        }
    c->edge[RV__BEFORE] = (float)(before / fmax(n, 1));
    c->edge[RV__AFTER] = (float)(after / fmax(n, 1));
    c->rough = n / sqrt(c->px);
    c->seen = seen / c->px;
}

/* Sobel's gradient at index i of the picture along the contrast, all channels in noise units. */
static void gradient_along(double g[2], const float *contrast, float *const *plane, size_t i, const scope *at)
{
    const ptrdiff_t w = (ptrdiff_t)at->maps->w;
    g[0] = g[1] = 0;
    for (int k = 0; k < at->maps->channels; k++) {
        const float *p = plane[k] + i, *up = p - w, *down = p + w;
        const double weight = (double)(contrast[k] / at->scale->noise[k]);
        g[0] += weight * (double)(up[1] + 2 * p[1] + down[1] - up[-1] - 2 * p[-1] - down[-1]);
        g[1] += weight * (double)(down[-1] + 2 * down[0] + down[1] - up[-1] - 2 * up[0] - up[1]);
    }
}

/* How far the gradients along the boundary keep to two directions at right angles: the length of their mean at four times
 * the angle. 1 = a rectangle, 0 = a blob or a tank. */
static float straightness(const float *contrast, float *const *plane, const scope *at)
{
    const int w = (int)at->maps->w, h = (int)at->maps->h;
    double along = 0, across = 0, total = 1e-9;
    for (int y = 1; y + 1 < at->h; y++)
        for (int x = 1; x + 1 < at->w; x++) {
            const int col = at->col0 + x, row = at->row0 + y;
            double g[2];
            if (!on_boundary(at->patch->object + y * at->w + x, at->w) || col < 1 || row < 1 || col + 1 >= w ||
                row + 1 >= h)
                continue;
            gradient_along(g, contrast, plane, (size_t)row * (size_t)w + (size_t)col, at);
            const double angle = 4 * atan2(g[1], g[0]), length = hypot(g[0], g[1]);
            along += length * cos(angle);
            across += length * sin(angle);
            total += length;
        }
    return (float)(hypot(along, across) / total);
}

/* Mean light of the px of ring and gap that lie on the shadow side, minus the light of the rest of them. */
static float shadow_beside(const float *light, const double direction[2], const scope *at)
{
    const int dx = (int)lround(3 * direction[0]), dy = (int)lround(3 * direction[1]);
    double sum[2] = { 0, 0 }, n[2] = { 0, 0 };
    for (int y = 0; y < at->h; y++)
        for (int x = 0; x < at->w; x++) {
            const int bx = x - dx, by = y - dy;
            size_t i;
            if (at->patch->object[y * at->w + x] || !at->patch->wide[y * at->w + x] || !place_of(&i, at, x, y))
                continue;
            const bool beside = bx >= 0 && by >= 0 && bx < at->w && by < at->h && at->patch->object[by * at->w + bx];
            sum[beside] += (double)light[i];
            n[beside]++;
        }
    return n[0] > 0 && n[1] > 0 ? (float)(sum[1] / n[1] - sum[0] / n[0]) : 0;
}

/* How well the region is what a plane of probabilities calls a building: probability in it over the px in it and those
 * beside it that are sooner building than not. 1 for the whole of one, less for a part of one or for what spills over. */
static float evidence_of(const float *plane, const scope *at)
{
    double in = 0, n = 0, missed = 0;
    for (int y = 0; y < at->h; y++)
        for (int x = 0; x < at->w; x++) {
            const int p = y * at->w + x;
            size_t i;
            if (!at->patch->wide[p] || !place_of(&i, at, x, y))
                continue;
            const double share = (double)plane[i];
            n += at->patch->object[p];
            in += at->patch->object[p] ? share : 0;
            missed += at->patch->object[p] ? 0 : fmax(2 * share - 1, 0);
        }
    return (float)rv__evidence_odds(in / fmax(n + missed, 1));
}

/* Everything that is asked of each of the two pictures alone. */
static void one_picture(rv__candidate *c, int e, sums part[3], const scope *at)
{
    const rv__maps *m = at->maps;
    const rv__scale *s = at->scale;
    float *const *plane = e == RV__AFTER ? m->after : m->before;
    const double *direction = e == RV__AFTER ? s->shadow : s->shadow_first;
    collect(part, plane, at, 0, 0);
    c->separation[e] = contrast_of(c->contrast[e], part, s);
    c->leak[e] = leak_of(part, c->contrast[e], plane, at);
    c->edge_rank[e] = rv__rank_of(s->rank[e][RV__CHANNELS], (double)c->edge[e]);
    if (s->traits)
        c->straight[e] = straightness(c->contrast[e], plane, at);
    c->unrest[e] = (float)sqrt(variance_of(&part[OBJECT], RV__LIGHT)) / s->noise[RV__LIGHT];
    c->green_rank[e] = 0.5f;
    if (m->channels > 1)
        c->green_rank[e] = rv__rank_of(s->rank[e][RV__GREEN], mean_of(&part[OBJECT], RV__GREEN));
    if (direction[0] != 0 || direction[1] != 0)
        c->shadow[e] = shadow_beside(plane[RV__LIGHT], direction, at);
}

int rv__traits_measure(rv__candidate *c, const rv__run *runs, const rv__maps *m, const rv__scale *s, rv__part *p)
{
    const int pad = ring_px(s) + 1;
    const int w = c->col1 - c->col0 + 2 * pad, h = c->row1 - c->row0 + 2 * pad;
    const scope at = { m, s, p, c->col0 - pad, c->row0 - pad, w, h, 1 + w * h / PATCH_PX };
    const int err = make_room(p, (size_t)at.w * (size_t)at.h);
    if (err)
        return err;
    paint(&at, runs, c->n_runs);
    spread(p->near, &at, gap_px(s));
    spread(p->wide, &at, ring_px(s));
    along_boundary(c, &at);
    sums before[3], after[3];
    one_picture(c, RV__BEFORE, before, &at);
    one_picture(c, RV__AFTER, after, &at);
    c->kept = m->pair ? best_share(c->contrast[RV__AFTER], c->contrast[RV__BEFORE], m->before, &at) : 1;
    c->had = m->pair ? best_share(c->contrast[RV__BEFORE], c->contrast[RV__AFTER], m->after, &at) : 1;
    c->own = m->pair ? own_share(c, before, after, &at) : 0;
    for (int e = 0; e < 2 && m->evidence[e]; e++)
        c->evidence[e] = evidence_of(m->evidence[e], &at);
    if (!s->traits)
        return RV_OK;
    const rv__box box = { p, at.col0, at.row0, at.w, at.h };
    c->alike = (float)rv__edges_alike(m, &box, (const int[2]){ 0, 0 }, at.stride);
    if (s->pairs)
        rv__edges_measure(c, m, s, &box);
    return square_of(&c->square, c, runs);
}

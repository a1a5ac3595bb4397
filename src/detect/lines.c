/* SPDX-License-Identifier: Apache-2.0 */
/* Lines by the ratio detector's rule [tupin1998] on differences of logarithms: the mean along a short line against those
 * of two lines beside it, of which the more similar counts, so that an edge is no line. Where the best of 16 directions is
 * a crest and the picture before has less than half of it, the line is new. Crests that go on in each other's direction are
 * joined; what reaches far enough is a candidate as wide as a crest and its neighbours. */
#include "detect/lines.h"

#include "base/mem.h"
#include "detect/traits.h"
#include "raster/label.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Px of the coarse grid: half a line, distance of the lines beside it, rim that is filled with the nearest value. */
enum { TURNS = 16, HALF = 8, BESIDE = 4, RIM = HALF + BESIDE + 2 };

/* Crests are joined over so many px, where their directions differ by so many turns at most and the way from one to the
 * other strays from that direction by at most this slope. */
enum { JOIN = 3, BEND = 2, CREST = 1, BRIDGE };
static const double STRAY = 0.4;

static const double PI = 3.14159265358979323846, COARSE_M = 3;
static const float FAINT = 1, KEPT_MAX = 0.45f;           /* noise units; share that the picture before has */
static const double LONG_M = 100, LONG_PX = 40, SLIM = 7; /* reach of a line, and over its mean width */

typedef struct lines {
    const rv__maps *maps;
    const rv__scale *scale;
    int step;                               /* fine px of a coarse one */
    size_t w, h;                            /* coarse, without the rim */
    size_t stride;                          /* of planes with it */
    float *plane[RV__CHANNELS][2], *sum[2]; /* with rim, noise units: pictures, means along lines */
    float *crest, *kept;
    uint8_t *turn;
} lines;

/* Picture on the coarse grid with its rim, in noise units. */
static void shrink(float *out, const float *in, const lines *l, float noise)
{
    const float share = 1 / ((float)(l->step * l->step) * noise);
    for (size_t y = 0; y < l->h + 2 * RIM; y++)
        for (size_t x = 0; x < l->stride; x++) {
            const size_t row = y < RIM          ? 0
                               : y - RIM < l->h ? y - RIM
                                                : l->h - 1,
                         col = x < RIM          ? 0
                               : x - RIM < l->w ? x - RIM
                                                : l->w - 1;
            float sum = 0;
            for (int i = 0; i < l->step; i++)
                for (int k = 0; k < l->step; k++)
                    sum += in[(row * (size_t)l->step + (size_t)i) * l->maps->w + col * (size_t)l->step + (size_t)k];
            out[y * l->stride + x] = sum * share;
        }
}

static ptrdiff_t offset_of(const lines *l, double angle, double along, double beside)
{
    const double c = cos(angle), s = sin(angle);
    return lround(along * s + beside * c) * (ptrdiff_t)l->stride + lround(along * c - beside * s);
}

/* Means along lines of one direction about every px at least HALF px from the rim's end. */
static void sum_lines(float *restrict out, const float *restrict in, const lines *l, double angle)
{
    memset(out, 0, l->stride * (l->h + 2 * RIM) * sizeof *out);
    for (int u = -HALF; u <= HALF; u++) {
        const ptrdiff_t at = offset_of(l, angle, u, 0);
        for (size_t y = HALF; y < l->h + 2 * RIM - HALF; y++) {
            float *row = out + y * l->stride;
            const float *from = in + y * l->stride + at;
            for (size_t x = HALF; x < l->stride - HALF; x++)
                row[x] += from[x];
        }
    }
}

/* How far a line stands out from both sides. */
static inline float stand_out(const float *sum, const ptrdiff_t side[2][3])
{
    const float share = 1.0f / (2 * HALF + 1);
    const float left = *sum - (sum[side[0][0]] + sum[side[0][1]] + sum[side[0][2]]) / 3;
    const float right = *sum - (sum[side[1][0]] + sum[side[1][1]] + sum[side[1][2]]) / 3;
    return share * (left > 0 && right > 0 ? fminf(left, right) : left < 0 && right < 0 ? fmaxf(left, right) : 0);
}

/* Where this direction and channel show a clearer line than those before. */
static void take_best(lines *l, int turn)
{
    const double angle = PI * turn / TURNS;
    ptrdiff_t side[2][3];
    for (int k = 0; k < 3; k++) {
        side[0][k] = offset_of(l, angle, 0, BESIDE - 1 + k);
        side[1][k] = offset_of(l, angle, 0, -(BESIDE - 1 + k));
    }
    for (size_t y = 0; y < l->h; y++)
        for (size_t x = 0; x < l->w; x++) {
            const size_t at = (y + RIM) * l->stride + x + RIM, i = y * l->w + x;
            const float after = stand_out(l->sum[RV__AFTER] + at, side);
            if (fabsf(after) <= l->crest[i])
                continue;
            l->crest[i] = fabsf(after);
            l->kept[i] = stand_out(l->sum[RV__BEFORE] + at, side) / after;
            l->turn[i] = (uint8_t)turn;
        }
}

/* A crest is not below its neighbours across the line. */
static bool is_crest(const lines *l, size_t x, size_t y)
{
    const double angle = PI * l->turn[y * l->w + x] / TURNS;
    const float own = l->crest[y * l->w + x];
    if (x < BESIDE || y < BESIDE || x + BESIDE >= l->w || y + BESIDE >= l->h)
        return false; /* nothing is known beside it */
    for (int far = -2; far <= 2; far++) {
        const long col = (long)x + lround(-far * sin(angle)), row = (long)y + lround(far * cos(angle));
        if (col >= 0 && row >= 0 && col < (long)l->w && row < (long)l->h &&
            l->crest[(size_t)row * l->w + (size_t)col] > own)
            return false;
    }
    return own > FAINT && l->kept[y * l->w + x] < KEPT_MAX;
}

/* Px of crests that follow one another share a root; a line is all that have the same. */
typedef struct finder {
    const lines *l;
    rv__candidates *out;
    uint8_t *crest, *mask; /* of all lines; of one, with the px beside it */
    int32_t *root;         /* of each px: index of a px of its line */
    rv__region *line;      /* by the index of the root: box, number of crests */
    rv__part patch;
    RV__VEC(rv__run) run;
} finder;

static int32_t root_of(finder *f, int32_t i)
{
    while (f->root[i] != i)
        i = f->root[i] = f->root[f->root[i]];
    return i;
}

static void share_root(finder *f, size_t i, size_t k)
{
    const int32_t a = root_of(f, (int32_t)i), b = root_of(f, (int32_t)k);
    f->root[a > b ? a : b] = a > b ? b : a;
}

/* Whether a crest at (dx, dy) from another goes on in its direction. */
static bool follows(const lines *l, size_t from, size_t to, int dx, int dy)
{
    const int apart = abs(l->turn[from] - l->turn[to]);
    if ((apart < TURNS - apart ? apart : TURNS - apart) > BEND)
        return false;
    const double angle = PI * l->turn[from] / TURNS;
    return fabs(dx * sin(angle) - dy * cos(angle)) <= fmax(1, STRAY * fabs(dx * cos(angle) + dy * sin(angle)));
}

/* Two crests and what lies between them become one line. */
static void join(finder *f, size_t from, size_t to, const int way[2])
{
    const int n = abs(way[0]) > abs(way[1]) ? abs(way[0]) : abs(way[1]);
    share_root(f, from, to);
    for (int k = 1; k < n; k++) {
        const ptrdiff_t at =
            (ptrdiff_t)from + lround((double)way[1] * k / n) * (ptrdiff_t)f->l->w + lround((double)way[0] * k / n);
        if (f->crest[at])
            continue;
        f->crest[at] = BRIDGE;
        share_root(f, from, (size_t)at);
    }
}

/* With crests on the same row and below. */
static void join_one(finder *f, size_t x, size_t y)
{
    const lines *l = f->l;
    const size_t from = y * l->w + x;
    for (int dy = 0; dy <= JOIN; dy++)
        for (int dx = dy ? -JOIN : 1; dx <= JOIN; dx++) {
            const long col = (long)x + dx, row = (long)y + dy;
            const size_t to = (size_t)row * l->w + (size_t)col;
            if (col >= 0 && col < (long)l->w && row < (long)l->h && f->crest[to] == CREST &&
                follows(l, from, to, dx, dy))
                join(f, from, to, (const int[2]){ dx, dy });
        }
}

static void join_crests(finder *f)
{
    const lines *l = f->l;
    for (size_t i = 0; i < l->w * l->h; i++)
        f->root[i] = (int32_t)i;
    for (size_t y = 0; y < l->h; y++)
        for (size_t x = 0; x < l->w; x++)
            if (f->crest[y * l->w + x] == CREST)
                join_one(f, x, y);
}

static void box_lines(finder *f)
{
    const lines *l = f->l;
    for (size_t i = 0; i < l->w * l->h; i++) {
        if (!f->crest[i])
            continue;
        rv__region *r = &f->line[root_of(f, (int32_t)i)];
        const int x = (int)(i % l->w), y = (int)(i / l->w);
        if (!r->n)
            *r = (rv__region){ .col0 = x, .row0 = y, .col1 = x + 1, .row1 = y + 1 };
        r->n++;
        r->col0 = x < r->col0 ? x : r->col0;
        r->col1 = x >= r->col1 ? x + 1 : r->col1;
        r->row1 = y + 1;
    }
}

/* A line and the px beside it, on the mask; box grows by these. */
static void paint(finder *f, rv__region *r, int32_t root)
{
    const lines *l = f->l;
    const rv__region old = *r;
    r->col0 = old.col0 > 0 ? old.col0 - 1 : 0;
    r->row0 = old.row0 > 0 ? old.row0 - 1 : 0;
    r->col1 = old.col1 < (int)l->w ? old.col1 + 1 : old.col1;
    r->row1 = old.row1 < (int)l->h ? old.row1 + 1 : old.row1;
    for (int y = r->row0; y < r->row1; y++)
        memset(f->mask + (size_t)y * l->w + (size_t)r->col0, 0, (size_t)(r->col1 - r->col0));
    for (int y = old.row0; y < old.row1; y++)
        for (int x = old.col0; x < old.col1; x++) {
            const size_t i = (size_t)y * l->w + (size_t)x;
            if (!f->crest[i] || root_of(f, (int32_t)i) != root)
                continue;
            for (int row = y > 0 ? y - 1 : 0; row <= y + 1 && row < r->row1; row++)
                for (int col = x > 0 ? x - 1 : 0; col <= x + 1 && col < r->col1; col++)
                    f->mask[(size_t)row * l->w + (size_t)col] = 1;
        }
}

/* Rows of what is painted in a box on the fine grid, and how many px these are. */
static int collect(finder *f, const rv__region *r, double *px)
{
    const lines *l = f->l;
    const int step = l->step;
    *px = 0;
    f->run.n = 0;
    for (int row = r->row0 * step; row < r->row1 * step; row++)
        for (int col = r->col0; col < r->col1; col++) {
            const uint8_t *at = f->mask + (size_t)(row / step) * l->w;
            const int start = col;
            while (col < r->col1 && at[col])
                col++;
            *px += (col - start) * step;
            if (col > start && RV__PUSH(&f->run, ((rv__run){ row, start * step, col * step })) < 0)
                return RV_ERR_NOMEM;
        }
    return RV_OK;
}

static int take(finder *f, int32_t root)
{
    const lines *l = f->l;
    rv__region r = f->line[root];
    const int step = l->step;
    const double least = l->scale->fine_m > 0 ? LONG_M / (l->scale->fine_m * step) : LONG_PX;
    const double reach = hypot(r.col1 - r.col0, r.row1 - r.row0);
    double px;
    if ((double)r.n < least || reach < least)
        return RV_OK;
    paint(f, &r, root);
    int err = collect(f, &r, &px);
    rv__candidate c = { .signal = RV__LINE,
                        .col0 = r.col0 * step,
                        .row0 = r.row0 * step,
                        .col1 = r.col1 * step,
                        .row1 = r.row1 * step,
                        .px = px,
                        .fill = 1,
                        .elongation = reach * reach * step * step / px,
                        .n_runs = f->run.n,
                        .first_scene = -1 };
    if (err || c.elongation < SLIM)
        return err;
    err = rv__traits_measure(&c, f->run.v, l->maps, l->scale, &f->patch);
    return err ? err : rv__candidates_add(f->out, &c, f->run.v);
}

static int find_regions(finder *f)
{
    const lines *l = f->l;
    int err = RV_OK;
    for (size_t y = 0; y < l->h; y++)
        for (size_t x = 0; x < l->w; x++)
            f->crest[y * l->w + x] = is_crest(l, x, y) ? CREST : 0;
    join_crests(f);
    box_lines(f);
    for (size_t i = 0; !err && i < l->w * l->h; i++)
        if (f->line[i].n)
            err = take(f, (int32_t)i);
    return err;
}

static int measure_lines(lines *l)
{
    const rv__maps *m = l->maps;
    const size_t px = l->stride * (l->h + 2 * RIM);
    int err = RV_OK;
    for (int k = 0; k < m->channels; k++)
        for (int e = 0; e < 2 && !err; e++) {
            l->plane[k][e] = rv__alloc(px, sizeof(float));
            err = l->plane[k][e] ? RV_OK : RV_ERR_NOMEM;
            if (!err)
                shrink(l->plane[k][e], e == RV__AFTER ? m->after[k] : m->before[k], l, l->scale->noise[k]);
        }
    for (int turn = 0; turn < TURNS && !err; turn++)
        for (int k = 0; k < m->channels; k++) {
            for (int e = 0; e < 2; e++)
                sum_lines(l->sum[e], l->plane[k][e], l, PI * turn / TURNS);
            take_best(l, turn);
        }
    return err;
}

static void release(lines *l, finder *f)
{
    for (int k = 0; k < RV__CHANNELS; k++)
        for (int e = 0; e < 2; e++)
            rv__free(l->plane[k][e]);
    rv__free(l->sum[0]);
    rv__free(l->sum[1]);
    rv__free(l->crest);
    rv__free(l->kept);
    rv__free(l->turn);
    rv__free(f->crest);
    rv__free(f->root);
    rv__free(f->mask);
    rv__free(f->line);
    rv__free(f->run.v);
    rv__part_release(&f->patch);
}

int rv__lines_find(rv__candidates *out, const rv__maps *m, const rv__scale *s)
{
    const double wanted = s->fine_m > 0 ? floor(COARSE_M / s->fine_m + .5) : 1;
    lines l = { .maps = m, .scale = s, .step = wanted > m->zoom ? (int)wanted : m->zoom };
    l.w = m->w / (size_t)l.step;
    l.h = m->h / (size_t)l.step;
    l.stride = l.w + 2 * RIM;
    if (!m->pair || l.w < 2 || l.h < 2)
        return RV_OK;
    finder f = { .l = &l, .out = out };
    const size_t px = l.stride * (l.h + 2 * RIM), n = l.w * l.h;
    l.sum[0] = rv__alloc(px, sizeof(float));
    l.sum[1] = rv__alloc(px, sizeof(float));
    l.crest = rv__alloc(n, sizeof(float));
    l.kept = rv__alloc(n, sizeof(float));
    l.turn = rv__alloc(n, 1);
    f.crest = rv__alloc(n, 1);
    f.root = rv__alloc(n, sizeof *f.root);
    f.mask = rv__alloc(n, 1);
    f.line = rv__alloc(n, sizeof *f.line);
    int err = l.sum[0] && l.sum[1] && l.crest && l.kept && l.turn && f.crest && f.root && f.mask && f.line
                  ? RV_OK
                  : RV_ERR_NOMEM;
    err = err ? err : measure_lines(&l);
    err = err ? err : find_regions(&f);
    release(&l, &f);
    return err;
}

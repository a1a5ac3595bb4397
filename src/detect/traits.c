/* SPDX-License-Identifier: Apache-2.0 */
/* What is measured on one region: contrast to a ring around it, edges along its boundary, shadow on the side away from
 * the sun, in the picture before and in the one after. Absolute colour is left out on purpose: it follows season and
 * place, and did not carry over from scene to scene [prototype, section 1.7]. */
#include "detect/traits.h"

#include "base/mem.h"

#include <math.h>
#include <string.h>

typedef struct sums {
    double n, sum[RV__CHANNELS], square[RV__CHANNELS];
} sums;

typedef struct frame {
    int col0, row0; /* of the patch on the fine grid */
    int w, h;
} frame;

static int gap_px(const rv__scale *s)
{
    return s->zoom > 1 ? 1 : 2;
}

static int ring_px(const rv__scale *s)
{
    return s->zoom > 1 ? 3 : 6;
}

void rv__patch_release(rv__patch *p)
{
    rv__free(p->object);
    rv__free(p->near);
    rv__free(p->wide);
    rv__free(p->row);
    *p = (rv__patch){ 0 };
}

static int make_room(rv__patch *p, size_t need)
{
    if (need <= p->cap)
        return RV_OK;
    rv__patch_release(p);
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

static void spread(uint8_t *out, uint8_t *scratch, const uint8_t *in, const frame *f, int r)
{
    for (int y = 0; y < f->h; y++)
        spread_line(scratch + y * f->w, in + y * f->w, f->w, 1, r);
    for (int x = 0; x < f->w; x++)
        spread_line(out + x, scratch + x, f->h, f->w, r);
}

static void paint(uint8_t *mask, const frame *f, const rv__run *runs, size_t n)
{
    memset(mask, 0, (size_t)f->w * (size_t)f->h);
    for (size_t i = 0; i < n; i++)
        memset(mask + (runs[i].row - f->row0) * f->w + runs[i].col0 - f->col0, 1,
               (size_t)(runs[i].col1 - runs[i].col0));
}

static int clamp_int(int v, int hi)
{
    return v < 0 ? 0 : v >= hi ? hi - 1 : v;
}

static void add(sums *s, float *const *plane, int channels, size_t i)
{
    s->n++;
    for (int k = 0; k < channels; k++) {
        const double v = plane[k][i];
        s->sum[k] += v;
        s->square[k] += v * v;
    }
}

/* Object and ring of the patch laid on a picture, moved by (dx, dy). */
static void collect(sums *object, sums *ring, float *const *plane, const rv__maps *m, const rv__patch *p,
                    const frame *f, const int move[2])
{
    *object = *ring = (sums){ 0 };
    for (int y = 0; y < f->h; y++) {
        const int row = f->row0 + y + move[1];
        for (int x = 0; x < f->w && row >= 0 && row < (int)m->h; x++) {
            const int at = y * f->w + x, col = f->col0 + x + move[0];
            if (!p->wide[at] || (p->near[at] && !p->object[at]) || col < 0 || col >= (int)m->w)
                continue;
            add(p->object[at] ? object : ring, plane, m->channels, (size_t)row * m->w + (size_t)col);
        }
    }
}

/* Contrast in noise units; returns its size against the spread on both sides. */
static float contrast_of(float contrast[RV__CHANNELS], const sums *o, const sums *r, const rv__scale *s)
{
    double total = 0;
    for (int k = 0; k < s->channels; k++) {
        const double no = fmax(o->n, 1), nr = fmax(r->n, 1), mo = o->sum[k] / no, mr = r->sum[k] / nr;
        const double spread2 = fmax(o->square[k] / no - mo * mo, 0) + fmax(r->square[k] / nr - mr * mr, 0) +
                               2.0 * s->noise[k] * s->noise[k];
        contrast[k] = r->n > 0 ? (float)((mo - mr) / s->noise[k]) : 0;
        total += r->n > 0 ? (mo - mr) * (mo - mr) / spread2 : 0;
    }
    return (float)sqrt(total);
}

/* How well the contrast parts object and ring: shares on the wrong side of its middle, by rank and not by moments. A
 * piece of road leaks at both ends; a roof does not. */
static float leak_of(const sums *o, const sums *r, const float *contrast, float *const *plane, const rv__maps *m,
                     const rv__scale *s, const rv__patch *p, const frame *f)
{
    double weight[RV__CHANNELS] = { 0 }, middle = 0, wrong[2] = { 0, 0 };
    for (int k = 0; k < m->channels; k++) {
        weight[k] = (double)contrast[k] / (double)s->noise[k];
        middle += weight[k] * (o->sum[k] / fmax(o->n, 1) + r->sum[k] / fmax(r->n, 1)) / 2;
    }
    for (int y = 0; y < f->h; y++) {
        const int row = f->row0 + y;
        for (int x = 0; x < f->w && row >= 0 && row < (int)m->h; x++) {
            const int at = y * f->w + x, col = f->col0 + x;
            if (!p->wide[at] || (p->near[at] && !p->object[at]) || col < 0 || col >= (int)m->w)
                continue;
            double value = -middle;
            for (int k = 0; k < m->channels; k++)
                value += weight[k] * (double)plane[k][(size_t)row * m->w + (size_t)col];
            wrong[p->object[at]] += p->object[at] ? value < 0 : value > 0;
        }
    }
    return (float)(wrong[0] / fmax(r->n, 1) + wrong[1] / fmax(o->n, 1));
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

/* The other picture's contrast at the place within slack where it resembles the given one most. */
static float best_share(const float *of, float *const *plane, const rv__maps *m, const rv__scale *s, const rv__patch *p,
                        const frame *f)
{
    const int r = s->slack > 0 ? s->slack : 1;
    float best = -INFINITY;
    for (int dy = s->slack ? -r : 0; dy <= s->slack; dy += r)
        for (int dx = s->slack ? -r : 0; dx <= s->slack; dx += r) {
            sums object, ring;
            float contrast[RV__CHANNELS] = { 0 };
            collect(&object, &ring, plane, m, p, f, (const int[2]){ dx, dy });
            contrast_of(contrast, &object, &ring, s);
            best = fmaxf(best, share_of(of, contrast, m->channels));
        }
    return best;
}

static void along_boundary(rv__candidate *c, const rv__maps *m, const rv__patch *p, const frame *f)
{
    double n = 0, before = 0, after = 0, seen = 0;
    for (int y = 1; y + 1 < f->h; y++)
        for (int x = 1; x + 1 < f->w; x++) {
            const uint8_t *o = p->object + y * f->w + x;
            if (!o[0])
                continue;
            const size_t i =
                (size_t)clamp_int(f->row0 + y, (int)m->h) * m->w + (size_t)clamp_int(f->col0 + x, (int)m->w);
            seen += m->seen[i];
            if (o[1] && o[-1] && o[f->w] && o[-f->w])
                continue;
            n++;
            before += m->edge_before[i];
            after += m->edge_after[i];
        }
    c->edge[RV__BEFORE] = (float)(before / fmax(n, 1));
    c->edge[RV__AFTER] = (float)(after / fmax(n, 1));
    c->rough = n / sqrt(c->px);
    c->seen = seen / c->px;
}

/* Mean light of the px beside the object on the shadow side, 1 to 6 steps out, minus the light of the whole ring. */
static float shadow_beside(const float *light, const double direction[2], const rv__maps *m, const rv__patch *p,
                           const frame *f)
{
    double sum = 0, n = 0, ring = 0, n_ring = 0;
    for (int y = 0; y < f->h; y++)
        for (int x = 0; x < f->w; x++) {
            const int at = y * f->w + x;
            const size_t i =
                (size_t)clamp_int(f->row0 + y, (int)m->h) * m->w + (size_t)clamp_int(f->col0 + x, (int)m->w);
            if (p->object[at] || !p->wide[at])
                continue;
            const int bx = x - (int)lround(3 * direction[0]), by = y - (int)lround(3 * direction[1]);
            const bool beside = bx >= 0 && by >= 0 && bx < f->w && by < f->h && p->object[by * f->w + bx];
            sum += beside ? (double)light[i] : 0;
            n += beside;
            ring += beside ? 0 : (double)light[i];
            n_ring += !beside;
        }
    return n > 0 && n_ring > 0 ? (float)(sum / n - ring / n_ring) : 0;
}

int rv__traits_measure(rv__candidate *c, const rv__run *runs, size_t n_runs, const rv__maps *m, const rv__scale *s,
                       rv__patch *p)
{
    const int pad = ring_px(s) + 1;
    const frame f = { c->col0 - pad, c->row0 - pad, c->col1 - c->col0 + 2 * pad, c->row1 - c->row0 + 2 * pad };
    const int err = make_room(p, (size_t)f.w * (size_t)f.h);
    if (err)
        return err;
    paint(p->object, &f, runs, n_runs);
    spread(p->near, p->row, p->object, &f, gap_px(s));
    spread(p->wide, p->row, p->object, &f, ring_px(s));
    const int still[2] = { 0, 0 };
    sums object, ring;
    for (int e = RV__BEFORE; e <= RV__AFTER; e++) {
        float *const *plane = e == RV__AFTER ? m->after : m->before;
        collect(&object, &ring, plane, m, p, &f, still);
        c->separation[e] = contrast_of(c->contrast[e], &object, &ring, s);
        c->leak[e] = leak_of(&object, &ring, c->contrast[e], plane, m, s, p, &f);
    }
    c->kept = m->pair ? best_share(c->contrast[RV__AFTER], m->before, m, s, p, &f) : 1;
    c->had = m->pair ? best_share(c->contrast[RV__BEFORE], m->after, m, s, p, &f) : 1;
    along_boundary(c, m, p, &f);
    if (s->shadow[0] != 0 || s->shadow[1] != 0)
        c->shadow[RV__AFTER] = shadow_beside(m->after[RV__LIGHT], s->shadow, m, p, &f);
    if (s->shadow_first[0] != 0 || s->shadow_first[1] != 0)
        c->shadow[RV__BEFORE] = shadow_beside(m->before[RV__LIGHT], s->shadow_first, m, p, &f);
    return RV_OK;
}

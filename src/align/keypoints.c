/* SPDX-License-Identifier: Apache-2.0 */
/* Places of a frame that can be recognised under any rotation and scale: extrema of differences of Gaussians with a
 * dominant direction, described by 4 x 4 histograms of gradient directions [lowe2004], square-rooted [arandjelovic2012].
 * For pictures without a georeference only, whose frames may be turned, zoomed and tilted at will. Positions are good to
 * a pixel of the view; the windows do the rest, so Lowe's sub-pixel step is left out.
 */
#include "align/align_internal.h"

#include "base/mem.h"
#include "base/vec.h"
#include "raster/filter.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LAYERS = 6, OCTAVES = 5, BINS = 36, CELLS = 4, TURNS = 8, SIDE_LEAST = 24, MARGIN = 6 };

static const double PI = 3.14159265358979323846;
static const double SIGMA0 = 1.6;
static const double EDGE = 10;       /* ratio of principal curvatures from which an extremum is an edge */
static const double CONTRAST = .012; /* least difference of Gaussians, in standard deviations of the view */

typedef struct octave {
    size_t w, h;
    double scale;         /* view px a side of its px */
    float *gauss[LAYERS]; /* sigma SIGMA0 * 2^(i / 3) of its px */
} octave;

static void octave_release(octave *o)
{
    for (int i = 0; i < LAYERS; i++)
        rv__free(o->gauss[i]);
    *o = (octave){ 0 };
}

static int octave_alloc(octave *o, size_t w, size_t h, double scale)
{
    *o = (octave){ .w = w, .h = h, .scale = scale };
    for (int i = 0; i < LAYERS; i++)
        if (!(o->gauss[i] = rv__alloc(w * h, sizeof(float))))
            return RV_ERR_NOMEM;
    return RV_OK;
}

/** Layers of an octave from its first one, which is filled. */
static int octave_blur(octave *o)
{
    int err = RV_OK;
    for (int i = 1; err == RV_OK && i < LAYERS; i++) {
        const double a = SIGMA0 * pow(2, (i - 1) / 3.0), b = SIGMA0 * pow(2, i / 3.0);
        err = rv__gaussian(o->gauss[i], o->gauss[i - 1], o->w, o->h, sqrt(b * b - a * a));
    }
    return err;
}

/** Next octave: every second pixel of the layer of twice the sigma. Its px are 2 view px wide and begin at the corner. */
static void octave_halve(octave *to, const octave *from)
{
    for (size_t r = 0; r < to->h; r++)
        for (size_t c = 0; c < to->w; c++) {
            const float *s = from->gauss[3] + 2 * r * from->w + 2 * c;
            to->gauss[0][r * to->w + c] = .25F * (s[0] + s[1] + s[from->w] + s[from->w + 1]);
        }
}

static float dog(const octave *o, int layer, size_t i)
{
    return o->gauss[layer + 1][i] - o->gauss[layer][i];
}

static bool is_extremum(const octave *o, int layer, size_t i)
{
    const float v = dog(o, layer, i);
    if (fabs((double)v) < CONTRAST)
        return false;
    for (int l = layer - 1; l <= layer + 1; l++)
        for (int dy = -1; dy <= 1; dy++)
            for (int dx = -1; dx <= 1; dx++) {
                const float n = dog(o, l, i + (size_t)(dy * (ptrdiff_t)o->w + dx));
                if ((l != layer || dx || dy) && (v > 0 ? n >= v : n <= v))
                    return false;
            }
    const size_t w = o->w;
    const double dxx = (double)dog(o, layer, i + 1) + dog(o, layer, i - 1) - 2.0 * v;
    const double dyy = (double)dog(o, layer, i + w) + dog(o, layer, i - w) - 2.0 * v;
    const double dxy = .25 * ((double)dog(o, layer, i + w + 1) + dog(o, layer, i - w - 1) - dog(o, layer, i + w - 1) -
                              dog(o, layer, i - w + 1));
    const double trace = dxx + dyy, det = dxx * dyy - dxy * dxy;
    return det > 0 && trace * trace * EDGE < (EDGE + 1) * (EDGE + 1) * det;
}

/** Gradient of a layer at the pixel nearest to (x, y). @return false outside */
static bool gradient_at(double g[2], const octave *o, int layer, double x, double y)
{
    const ptrdiff_t c = (ptrdiff_t)floor(x), r = (ptrdiff_t)floor(y), w = (ptrdiff_t)o->w;
    if (c < 1 || r < 1 || c >= w - 1 || r >= (ptrdiff_t)o->h - 1)
        return false;
    const float *s = o->gauss[layer] + r * w + c;
    g[0] = .5 * ((double)s[1] - s[-1]);
    g[1] = .5 * ((double)s[w] - s[-w]);
    return true;
}

/** Directions whose gradients weigh most around a point. @return how many, at most 2 */
static int directions(double angle[2], const octave *o, int layer, double x, double y, double sigma)
{
    double h[BINS] = { 0 }, smooth[BINS], most = 0;
    const int reach = (int)ceil(4.5 * sigma);
    for (int dy = -reach; dy <= reach; dy++)
        for (int dx = -reach; dx <= reach; dx++) {
            double g[2];
            if (dx * dx + dy * dy > reach * reach || !gradient_at(g, o, layer, x + dx, y + dy))
                continue;
            const double weight = exp(-(dx * dx + dy * dy) / (4.5 * sigma * sigma));
            const int bin = (int)floor((atan2(g[1], g[0]) + PI) / (2 * PI) * BINS);
            h[(bin + BINS) % BINS] += weight * hypot(g[0], g[1]);
        }
    for (int i = 0; i < BINS; i++) {
        smooth[i] = .25 * h[(i + BINS - 1) % BINS] + .5 * h[i] + .25 * h[(i + 1) % BINS];
        most = fmax(most, smooth[i]);
    }
    int n = 0;
    for (int i = 0; i < BINS && n < 2 && most > 0; i++) {
        const double a = smooth[(i + BINS - 1) % BINS], b = smooth[i], c = smooth[(i + 1) % BINS];
        if (b >= .8 * most && b > a && b >= c)
            angle[n++] = (i + .5 + .5 * (a - c) / (a - 2 * b + c)) / BINS * 2 * PI - PI;
    }
    return n;
}

/** Add one gradient to the cells and turns around it, linearly. */
static void spread(double h[CELLS * CELLS * TURNS], double u, double v, double turn, double weight)
{
    const double fu = u + CELLS / 2.0 - .5, fv = v + CELLS / 2.0 - .5, ft = turn / (2 * PI) * TURNS;
    const int iu = (int)floor(fu), iv = (int)floor(fv), it = (int)floor(ft);
    for (int k = 0; k < 8; k++) {
        const int cu = iu + (k & 1), cv = iv + (k >> 1 & 1), ct = it + (k >> 2 & 1);
        if (cu < 0 || cv < 0 || cu >= CELLS || cv >= CELLS)
            continue;
        const double share = (1 - fabs(fu - cu)) * (1 - fabs(fv - cv)) * (1 - fabs(ft - ct));
        h[(cv * CELLS + cu) * TURNS + (ct % TURNS + TURNS) % TURNS] += weight * share;
    }
}

static void describe(rv__keypoint *k, const octave *o, int layer, double x, double y, double sigma)
{
    double h[RV__DESCRIPTOR] = { 0 };
    const double cell = 3 * sigma, c = cos(k->angle), s = sin(k->angle);
    /* A fixed 20 x 20 lattice over 5 x 5 cells whatever the scale: a constant cost a point. */
    for (int j = 0; j < 20; j++)
        for (int i = 0; i < 20; i++) {
            const double u = (i - 9.5) / 4, v = (j - 9.5) / 4;
            double g[2];
            if (!gradient_at(g, o, layer, x + cell * (c * u - s * v), y + cell * (s * u + c * v)))
                continue;
            const double turn = atan2(g[1], g[0]) - k->angle;
            spread(h, u, v, turn < 0 ? turn + 2 * PI : turn, hypot(g[0], g[1]) * exp(-(u * u + v * v) / 8));
        }
    double norm = 1e-12, sum = 1e-12;
    for (int i = 0; i < RV__DESCRIPTOR; i++)
        norm += h[i] * h[i];
    for (int i = 0; i < RV__DESCRIPTOR; i++) {
        h[i] = fmin(h[i] / sqrt(norm), .2);
        sum += h[i];
    }
    for (int i = 0; i < RV__DESCRIPTOR; i++)
        k->descriptor[i] = (float)sqrt(h[i] / sum);
}

/** Add the keypoint at pixel (c, r) of a layer, once for each of its directions. */
static int add_keypoint(rv__keypoints *found, const octave *o, int layer, size_t c, size_t r)
{
    const double x = (double)c + .5, y = (double)r + .5, sigma = SIGMA0 * pow(2, layer / 3.0);
    double angle[2];
    const int n = directions(angle, o, layer, x, y, sigma);
    for (int a = 0; a < n; a++) {
        rv__keypoint k = { .x = x * o->scale,
                           .y = y * o->scale,
                           .sigma = sigma * o->scale,
                           .angle = angle[a],
                           .strength = fabs((double)dog(o, layer, r * o->w + c)) };
        describe(&k, o, layer, x, y, sigma);
        if (RV__PUSH(found, k) < 0)
            return RV_ERR_NOMEM;
    }
    return RV_OK;
}

static int find_in_octave(rv__keypoints *found, const octave *o)
{
    int err = RV_OK;
    for (int layer = 1; layer <= 3; layer++)
        for (size_t r = MARGIN; r + MARGIN < o->h; r++)
            for (size_t c = MARGIN; err == RV_OK && c + MARGIN < o->w; c++)
                if (is_extremum(o, layer, r * o->w + c))
                    err = add_keypoint(found, o, layer, c, r);
    return err;
}

static int stronger(const void *a, const void *b)
{
    const rv__keypoint *p = a, *q = b;
    if (p->strength != q->strength)
        return p->strength > q->strength ? -1 : 1;
    if (p->y != q->y)
        return p->y < q->y ? -1 : 1;
    return p->x < q->x ? -1 : p->x > q->x ? 1 : p->angle < q->angle ? -1 : p->angle > q->angle;
}

/** View in standard deviations, invalid px at its mean, at the blur of the first layer. */
static int first_layer(octave *o, const rv__view *view)
{
    const size_t n = o->w * o->h;
    double sum = 0, count = 1e-9;
    for (size_t i = 0; i < n; i++) {
        sum += view->ok[i] ? (double)view->v[i] : 0.0;
        count += view->ok[i];
    }
    for (size_t i = 0; i < n; i++)
        o->gauss[0][i] = view->ok[i] ? (float)((view->v[i] - sum / count) / view->contrast) : 0.0F;
    return rv__gaussian(o->gauss[0], o->gauss[0], o->w, o->h, sqrt(SIGMA0 * SIGMA0 - .25));
}

int rv__keypoints_find(rv__keypoints *out, const rv__view *view, size_t most)
{
    rv__keypoints found = { 0 };
    octave o = { 0 }, next = { 0 };
    int err = octave_alloc(&o, view->width, view->height, 1);
    if (err == RV_OK)
        err = first_layer(&o, view);
    for (int k = 0; err == RV_OK && k < OCTAVES && o.w >= SIDE_LEAST && o.h >= SIDE_LEAST; k++) {
        if ((err = octave_blur(&o)) < 0 || (err = find_in_octave(&found, &o)) < 0 ||
            (err = octave_alloc(&next, o.w / 2, o.h / 2, 2 * o.scale)) < 0)
            break;
        octave_halve(&next, &o);
        octave_release(&o);
        o = next;
        next = (octave){ 0 };
    }
    octave_release(&o);
    octave_release(&next);
    if (err < 0) {
        rv__free(found.v);
        return err;
    }
    if (found.n > 0)
        qsort(found.v, found.n, sizeof *found.v, stronger);
    if (found.n > most)
        found.n = most;
    *out = found;
    return RV_OK;
}

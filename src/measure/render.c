/* SPDX-License-Identifier: Apache-2.0 */
/* The forward model of a flat-roofed box of constant height h on flat ground:
 *
 *     I = g (1 - C - S - W + f S) + r C + d S + w W
 *
 * C roof = outline moved by the lean h L; W visible wall = body less roof, body = outline swept along h L; S visible
 * shadow = outline swept along h s, less the body; L and s point away from the satellite and the sun. Shares are exact on
 * cells of 1/over px, then blurred by the point spread function and averaged to pixels. Shadow less body is a
 * difference of shares: the product S (1 - B) leaves a dark fringe along the shared wall line, worth .2 % of area.
 *
 * A sweep is the outline plus the parallelograms over the edges that face the direction; for a convex outline they
 * tile the swept region exactly, for others they may overlap and the sum is cut at 1. */
#include "measure/render.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "raster/coverage.h"
#include "raster/filter.h"

typedef struct canvas {
    size_t w, h;
    int over;
    float *part; /* one polygon at a time */
} canvas;

/* Only the cells that the polygon may touch are visited. */
static int add_share(float *out, const canvas *c, const rv_point *p, size_t n)
{
    rv_point scaled[RV__EDGES_MAX];
    double lo[2] = { INFINITY, INFINITY }, hi[2] = { -INFINITY, -INFINITY };
    for (size_t i = 0; i < n; i++) {
        scaled[i] = (rv_point){ p[i].x * c->over, p[i].y * c->over };
        lo[0] = fmin(lo[0], scaled[i].x);
        lo[1] = fmin(lo[1], scaled[i].y);
        hi[0] = fmax(hi[0], scaled[i].x);
        hi[1] = fmax(hi[1], scaled[i].y);
    }
    const double x0 = fmax(floor(lo[0]), 0.0), y0 = fmax(floor(lo[1]), 0.0);
    const double x1 = fmin(ceil(hi[0]), (double)c->w), y1 = fmin(ceil(hi[1]), (double)c->h);
    if (!(x1 > x0 && y1 > y0))
        return RV_OK;
    const size_t w = (size_t)(x1 - x0), h = (size_t)(y1 - y0);
    rv_ring ring = { scaled, n };
    const rv_polygon polygon = { &ring, 1 };
    const int err = rv__coverage(c->part, w, h, x0, y0, &polygon);
    for (size_t i = 0; err == RV_OK && i < h; i++) {
        float *row = out + ((size_t)y0 + i) * c->w + (size_t)x0;
        for (size_t j = 0; j < w; j++)
            row[j] += c->part[i * w + j];
    }
    return err;
}

static int add_sweep(float *out, const canvas *c, const rv_point *p, int n, const double d[2])
{
    int err = add_share(out, c, p, (size_t)n);
    for (int i = 0; err == RV_OK && i < n; i++) {
        const rv_point a = p[i], b = p[(i + 1) % n], normal = rv__edge_normal(p, n, i);
        if (normal.x * d[0] + normal.y * d[1] <= 1e-9)
            continue;
        const rv_point q[4] = { a, { a.x + d[0], a.y + d[1] }, { b.x + d[0], b.y + d[1] }, b };
        err = add_share(out, c, q, 4);
    }
    for (size_t i = 0; err == RV_OK && i < c->w * c->h; i++)
        out[i] = fminf(out[i], 1.0f);
    return err;
}

static int blur_to_pixels(float *out, float *fine, const canvas *c, double psf_px)
{
    const size_t over = (size_t)c->over, w = c->w / over, h = c->h / over;
    const float share = 1.0f / (float)(over * over);
    const int err = rv__gaussian(fine, fine, c->w, c->h, psf_px * c->over);
    if (err < 0)
        return err;
    memset(out, 0, w * h * sizeof *out);
    for (size_t i = 0; i < c->h; i++)
        for (size_t j = 0; j < w; j++) {
            const float *p = fine + i * c->w + j * over;
            float sum = 0.0f;
            for (size_t k = 0; k < over; k++)
                sum += p[k];
            out[(i / over) * w + j] += sum * share;
        }
    return RV_OK;
}

/* fine holds the three planes, zeroed. */
static int draw_shares(float *const fine[RV__FIELDS], const canvas *c, const rv__view *v, const rv_point *p, int n,
                       double height_m)
{
    const double lean[2] = { v->lean[0] * height_m, v->lean[1] * height_m };
    const double cast[2] = { v->shadow[0] * height_m, v->shadow[1] * height_m };
    rv_point top[RV__EDGES_MAX];
    for (int i = 0; i < n; i++)
        top[i] = (rv_point){ p[i].x + lean[0], p[i].y + lean[1] };
    int err = add_share(fine[RV__ROOF], c, top, (size_t)n);
    if (err == RV_OK && v->has_view)
        err = add_sweep(fine[RV__WALL], c, p, n, lean);
    if (err == RV_OK && v->has_sun)
        err = add_sweep(fine[RV__SHADOW], c, p, n, cast);
    for (size_t i = 0; err == RV_OK && i < c->w * c->h; i++) {
        const float roof = fine[RV__ROOF][i], body = v->has_view ? fmaxf(fine[RV__WALL][i], roof) : roof;
        fine[RV__WALL][i] = body - roof;
        fine[RV__SHADOW][i] = fmaxf(fine[RV__SHADOW][i] - body, 0.0f);
    }
    return err;
}

int rv__render(float *const field[RV__FIELDS], const rv__patch *patch, const rv__view *view, const rv_point *outline,
               int n, const rv__pose *pose)
{
    canvas c = { (size_t)(patch->w * patch->over), (size_t)(patch->h * patch->over), patch->over, NULL };
    float *fine[RV__FIELDS] = { NULL, NULL, NULL };
    rv_point p[RV__EDGES_MAX];
    for (int i = 0; i < n; i++)
        p[i] = (rv_point){ outline[i].x + pose->dx, outline[i].y + pose->dy };
    c.part = rv__alloc(c.w * c.h * (1 + RV__FIELDS), sizeof *c.part);
    int err = c.part ? RV_OK : RV_ERR_NOMEM;
    for (size_t k = 0; err == RV_OK && k < RV__FIELDS; k++)
        fine[k] = c.part + (k + 1) * c.w * c.h;
    if (err == RV_OK)
        err = draw_shares(fine, &c, view, p, n, pose->height_m);
    const bool used[RV__FIELDS] = { true, view->has_sun, view->has_view };
    for (int k = 0; err == RV_OK && k < RV__FIELDS; k++) {
        if (used[k])
            err = blur_to_pixels(field[k], fine[k], &c, pose->psf_px);
        else
            memset(field[k], 0, (size_t)patch->w * (size_t)patch->h * sizeof **field);
    }
    rv__free(c.part);
    return err;
}

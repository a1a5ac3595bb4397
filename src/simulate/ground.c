/* SPDX-License-Identifier: Apache-2.0 */
/* What covers the ground and lasts: parcels, fractal texture at field, patch and grain size, furrows, hedges; and, as overlays,
 * roads, yards and patches: for every cell near one, how far inside its rim it lies, so that the rim may move as it grows.
 * Parcels are kept as spans of a row, which dates are then drawn in without a branch. */
#include "simulate/ground.h"

#include <math.h>

#include "base/error.h"
#include "base/mem.h"
#include "simulate/ground_internal.h"
#include "simulate/land.h"

static const double PI = 3.14159265358979323846;

static int add_entry(rv__overlay *o, size_t cell, double inside_m, double along_m)
{
    return RV__PUSH(o, ((rv__entry){ (uint32_t)cell, (float)inside_m, (float)along_m }));
}

static int add_span(rv__ground *g, size_t cell, uint16_t parcel)
{
    rv__span *last = g->span.n ? &g->span.v[g->span.n - 1] : NULL;
    if (!last || last->parcel != parcel || last->end != cell || cell % g->cells.w == 0)
        return RV__PUSH(&g->span, ((rv__span){ (uint32_t)cell, (uint32_t)cell + 1, parcel }));
    last->end++;
    return RV_OK;
}

static double cell_x(const rv__ground *g, size_t j)
{
    return (g->cells.col0 + (double)j + .5) * g->cells.step_m;
}

static double cell_y(const rv__ground *g, size_t i)
{
    return (g->cells.row0 + (double)i + .5) * g->cells.step_m;
}

static void set_texture(rv__ground *g, const rv__parcel *p, size_t at, double u, double v)
{
    const float patch = g->layer[RV__LAYER_PATCH][at], middle = g->layer[RV__LAYER_MIDDLE][at],
                grain = g->layer[RV__LAYER_GRAIN][at];
    g->green[at] = 1.0f + .22f * patch + .10f * middle;
    g->tone[at] = .07f * patch + .05f * middle + (g->site->opts.gsd_m < 1.0 ? .13f : .036f) * grain;
    if (p->cover == RV__COVER_WOOD)
        g->tone[at] = .24f * grain + .12f * middle;
    else if (p->row_m > 0.0)
        g->tone[at] += .03f * (float)sin((p->axis ? u : v) * 2.0 * PI / p->row_m);
}

/* Parcels of a row of cells. Their edges waver a little, as fences do. */
static int scan_row(rv__ground *g, rv__overlay *edges, size_t i)
{
    const rv__site *site = g->site;
    const rv__parcel *p = NULL, *wild = &site->parcel[site->n_parcels];
    int err = RV_OK;
    for (size_t j = 0; err == RV_OK && j < g->cells.w; j++) {
        const size_t at = i * g->cells.w + j;
        const double waver = .8 * (double)g->layer[RV__LAYER_MIDDLE][at];
        double edge, uv[2];
        p = rv__land_parcel(&edge, uv, site, p, (double[2]){ cell_x(g, j) + waver, cell_y(g, i) + waver },
                            g->layer[RV__LAYER_WILD][at]);
        const bool wood = g->layer[RV__LAYER_WILD][at] > RV__LAND_WILD;
        set_texture(g, wood ? wild : p, at, uv[0], uv[1]);
        if (edge < 1.6 && !wood) /* a strip of weeds, here and there a bush */
            err = add_entry(edges, at, 1.6 - edge, 0.0);
        if (err == RV_OK)
            err = add_span(g, at, (uint16_t)((wood ? wild : p) - site->parcel));
    }
    return err;
}

/* Cells within reach_m of (x, y): rows and columns of a window. False when there are none. */
static bool window_of(size_t w[4], const rv__ground *g, const double box[4])
{
    const double lo[2] = { g->cells.col0, g->cells.row0 }, n[2] = { (double)g->cells.w, (double)g->cells.h };
    for (int k = 0; k < 2; k++) {
        const double a = fmin(fmax(floor(box[k] / g->cells.step_m - lo[k]) - 1, 0), n[k]);
        const double b = fmin(fmax(ceil(box[k + 2] / g->cells.step_m - lo[k]) + 1, 0), n[k]);
        w[k] = (size_t)a;
        w[k + 2] = (size_t)b;
    }
    return w[2] > w[0] && w[3] > w[1];
}

/* Distance inside a rectangle or an ellipse, metres (to first order); turn: cosine and sine of its angle. */
static double inside_shape(const rv__patch *p, const double turn[2], double dx, double dy)
{
    const double u = turn[0] * dx + turn[1] * dy, v = turn[0] * dy - turn[1] * dx;
    if (!p->round)
        return fmin(p->half[0] - fabs(u), p->half[1] - fabs(v));
    const double a = u / p->half[0], b = v / p->half[1];
    return (1.0 - sqrt(a * a + b * b)) * fmin(p->half[0], p->half[1]);
}

static int scan_patch(rv__ground *g, rv__overlay *o, const rv__patch *p)
{
    const double far = hypot(p->half[0], p->half[1]) + 3 * p->ragged_m + 2.0,
                 turn[2] = { cos(p->angle), sin(p->angle) };
    size_t w[4];
    int err = RV_OK;
    if (!window_of(w, g, (double[4]){ p->x - far, p->y - far, p->x + far, p->y + far }))
        return RV_OK;
    for (size_t i = w[1]; err == RV_OK && i < w[3]; i++)
        for (size_t j = w[0]; err == RV_OK && j < w[2]; j++) {
            const size_t at = i * g->cells.w + j;
            const double d = inside_shape(p, turn, cell_x(g, j) - p->x, cell_y(g, i) - p->y) +
                             p->ragged_m * (double)g->layer[RV__LAYER_MIDDLE][at];
            if (d > -1.5)
                err = add_entry(o, at, d, 0.0);
        }
    return err;
}

static int scan_yard(rv__ground *g, rv__overlay *o, const rv__sim_building *b)
{
    rv__patch yard = { .x = b->x, .y = b->y, .angle = b->angle, .ragged_m = 1.5 };
    yard.half[0] = b->half[0] + b->yard_m;
    yard.half[1] = b->half[1] + b->yard_m;
    return scan_patch(g, o, &yard);
}

/* A road one stretch after another; a cell near two stretches keeps the nearer one by coming twice, which mixes alike. */
static int scan_road(rv__ground *g, rv__overlay *o, const rv__road *r)
{
    const double far = r->width_m / 2 + 1.0;
    int err = RV_OK;
    double box[4] = { INFINITY, INFINITY, -INFINITY, -INFINITY };
    for (int k = 0; k < r->n; k++) {
        box[0] = fmin(box[0], r->p[k].x - far);
        box[1] = fmin(box[1], r->p[k].y - far);
        box[2] = fmax(box[2], r->p[k].x + far);
        box[3] = fmax(box[3], r->p[k].y + far);
    }
    size_t w[4];
    if (!window_of(w, g, box))
        return RV_OK;
    rv__road part = *r;
    for (int k = 0; err == RV_OK && k + 1 < r->n; k++) {
        const rv_point a = r->p[k], b = r->p[k + 1];
        const double stretch[4] = { fmin(a.x, b.x) - far, fmin(a.y, b.y) - far, fmax(a.x, b.x) + far,
                                    fmax(a.y, b.y) + far };
        if (!window_of(w, g, stretch))
            continue;
        /* Distances count the stretches beside, so that each cell is entered by its own nearest one alone. */
        const int k0 = k > 0 ? k - 1 : 0, k1 = k + 2 < r->n ? k + 2 : r->n - 1;
        part.n = k1 - k0 + 1;
        for (int q = 0; q < part.n; q++) {
            part.p[q] = r->p[k0 + q];
            part.along_m[q] = r->along_m[k0 + q];
        }
        for (size_t i = w[1]; err == RV_OK && i < w[3]; i++)
            for (size_t j = w[0]; err == RV_OK && j < w[2]; j++) {
                double along = 0.0;
                const double d = rv__road_distance(&along, &part, cell_x(g, j), cell_y(g, i));
                const bool mine = along >= r->along_m[k] && (along < r->along_m[k + 1] || k + 2 == r->n);
                if (mine && d < far)
                    err = add_entry(o, i * g->cells.w + j, r->width_m / 2 - d, along);
            }
    }
    return err;
}

rv__fbm rv__ground_layer(const rv__site *site, int layer)
{
    const bool b = site->opts.style == RV_STYLE_B, fine = site->opts.gsd_m < 1.0;
    const uint32_t seed = (uint32_t)site->opts.seed;
    if (layer == RV__LAYER_PATCH)
        return (rv__fbm){ seed, 0, RV__DRAW_TEXTURE + 1000, b ? 190.0 : 140.0, 4, b ? .7 : .6 };
    if (layer == RV__LAYER_MIDDLE)
        return (rv__fbm){ seed, 0, RV__DRAW_TEXTURE + 2000, b ? 31.0 : 22.0, 3, b ? .7 : .6 };
    /* Grain reaches down to a pixel or so, whatever the pixel. */
    return (rv__fbm){ seed, 0, RV__DRAW_TEXTURE + 3000, b ? 7.5 : 6.0, fine ? 5 : 3, fine ? .95 : b ? .9 : .8 };
}

static int fill_layers(rv__ground *g)
{
    int err = RV_OK;
    for (int k = 0; err == RV_OK && k < RV__LAYER_WILD; k++) {
        const rv__fbm kind = rv__ground_layer(g->site, k);
        err = rv__fbm_fill(g->layer[k], &kind, &g->cells);
    }
    return err < 0 ? err : rv__land_wild(g->layer[RV__LAYER_WILD], g->site, &g->cells);
}

static int scan_all(rv__ground *g)
{
    const rv__site *site = g->site;
    rv__overlay *o = g->over;
    int err = RV_OK;
    o->kind = RV__OVER_EDGE;
    for (size_t i = 0; err == RV_OK && i < g->cells.h; i++)
        err = scan_row(g, o, i);
    for (int k = site->n_roads - 1; err == RV_OK && k >= 0; k--) {
        *++o = (rv__overlay){ .kind = RV__OVER_ROAD, .index = k };
        err = scan_road(g, o, &site->road[k]);
    }
    for (int k = 0; err == RV_OK && k < site->n_patches; k++) {
        *++o = (rv__overlay){ .kind = RV__OVER_PATCH, .index = k };
        err = scan_patch(g, o, &site->patch[k]);
    }
    for (int k = 0; err == RV_OK && k < site->n_buildings + site->n_props; k++) {
        if (site->building[k].yard_m <= 0.0)
            continue;
        *++o = (rv__overlay){ .kind = RV__OVER_YARD, .index = k };
        err = scan_yard(g, o, &site->building[k]);
    }
    g->n_over = (size_t)(o - g->over) + 1;
    return err;
}

int rv__ground_new(rv__ground **out, const rv__site *site, const rv__cells *cells)
{
    const size_t n = cells->w * cells->h;
    rv__ground *g = rv__alloc(1, sizeof *g);
    if (!g)
        return RV_ERR_NOMEM;
    *g = (rv__ground){ .site = site, .cells = *cells };
    g->over =
        rv__alloc((size_t)(1 + site->n_roads + site->n_patches + site->n_buildings + site->n_props), sizeof *g->over);
    g->tone = rv__alloc(n, sizeof *g->tone);
    g->green = rv__alloc(n, sizeof *g->green);
    g->now = rv__alloc(n, sizeof *g->now);
    int err = g->over && g->tone && g->green && g->now ? RV_OK : RV_ERR_NOMEM;
    for (int k = 0; k < RV__LAYERS; k++)
        if (!(g->layer[k] = rv__alloc(n, sizeof *g->layer[k])))
            err = RV_ERR_NOMEM;
    if (err < 0 || (err = fill_layers(g)) < 0 || (err = scan_all(g)) < 0) {
        rv__ground_free(g);
        return err;
    }
    *out = g;
    return RV_OK;
}

void rv__ground_free(rv__ground *g)
{
    if (!g)
        return;
    for (size_t k = 0;
         g->over && k < 1 + (size_t)(g->site->n_roads + g->site->n_patches + g->site->n_buildings + g->site->n_props);
         k++)
        rv__free(g->over[k].v);
    for (int k = 0; k < RV__LAYERS; k++)
        rv__free(g->layer[k]);
    rv__free(g->over);
    rv__free(g->tone);
    rv__free(g->green);
    rv__free(g->now);
    rv__free(g->span.v);
    rv__free(g);
}

size_t rv__ground_cells(const rv__ground *g)
{
    return g->cells.w * g->cells.h;
}

const float *rv__ground_grain(const rv__ground *g)
{
    return g->layer[RV__LAYER_GRAIN];
}

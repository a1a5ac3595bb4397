/* SPDX-License-Identifier: Apache-2.0 */
/* Bodies by their exact shares of every cell, from the highest roof down, front to back: what is drawn later fills only
 * what is left of a cell. A roof is its outline (or its facets) moved by the lean of its height; walls are the strips
 * between an edge on the ground and the same edge at the roof. Shadow on the ground is the hull of each convex part and
 * its copy at the shadow's end, less the body by difference of shares: the product S (1 - B) would leave a dark fringe of
 * .006 px along the walls. The sun is .53 degrees wide, so the end of a long shadow is soft: three suns, weights 1 2 1. */
#include "simulate/solid.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/rng.h"
#include "geo/geos.h"
#include "geo/polygon.h"
#include "raster/coverage.h"
#include "raster/raster.h"
#include "simulate/building.h"

const double rv__diffuse[RV__SIM_BANDS] = { .40, .31, .25, .17, .10 };

static const double FRAME_SHARE = .55; /* of light that a bare frame keeps off */

typedef struct body {
    const rv__sim_building *b;
    rv__stage stage;
    double height_m;
    double lean[2], shadow[2]; /* of the whole height, metres */
} body;

typedef struct scene {
    rv__solids *s;
    const rv__site *site;
    const rv__sim_date *date;
    const rv__sim_view *view;
    double t;
    const body *all;
    size_t n;
} scene;

/* Points to a polygon in cells of the tile, moved by (dx, dy) metres. */
static int to_cells(rv_polygon *out, const rv__cells *c, const rv_point *p, size_t n, const double move[2])
{
    rv_point q[2 * RV__SIM_OUTLINE];
    for (size_t k = 0; k < n; k++) {
        q[k].x = (p[k].x + move[0]) / c->step_m - c->col0;
        q[k].y = (p[k].y + move[1]) / c->step_m - c->row0;
    }
    return rv__polygon_ring(out, q, n);
}

/* Cells of the tile that a polygon may touch; empty when width is 0. */
static rv__window touched(const rv_polygon *polygon, const rv__cells *c)
{
    double b[4];
    rv__polygon_bounds(b, polygon);
    const int x0 = (int)fmax(0.0, floor(b[0])), y0 = (int)fmax(0.0, floor(b[1]));
    const int x1 = (int)fmin((double)c->w, ceil(b[2])), y1 = (int)fmin((double)c->h, ceil(b[3]));
    return x1 > x0 && y1 > y0 ? (rv__window){ x0, y0, x1 - x0, y1 - y0 } : (rv__window){ 0, 0, 0, 0 };
}

static int cover(float *out, rv__window *w, const rv_polygon *p, const rv__cells *c)
{
    *w = touched(p, c);
    return w->width ? rv__coverage(out, (size_t)w->width, (size_t)w->height, w->col0, w->row0, p) : RV_OK;
}

/* Hull of a convex piece and its copy at the end of a move. */
static int swept(rv_polygon *out, const rv__cells *c, const rv__piece *piece, const double from[2], const double to[2])
{
    rv_polygon both = { NULL, 0 };
    int err = to_cells(&both, c, piece->p, (size_t)piece->n, from);
    if (err == RV_OK)
        err = to_cells(&both, c, piece->p, (size_t)piece->n, to);
    if (err == RV_OK) {
        rv_polygon half[2] = { { &both.ring[0], 1 }, { &both.ring[1], 1 } };
        err = rv__polygon_hull(out, half, 2);
    }
    rv_polygon_release(&both);
    return err;
}

/* Fill what is left of the cells with a colour; grain: sd of its texture; dark: shade on it, or NULL. */
static void fill(rv__solids *s, rv__window w, const float *share, const double colour[RV__SIM_BANDS], double grain,
                 const float *dark)
{
    for (int i = 0; i < w.height; i++) {
        const size_t at = (size_t)(w.row0 + i) * s->cells->w + (size_t)w.col0, row = (size_t)i * (size_t)w.width;
        for (int j = 0; j < w.width; j++) {
            const size_t c = at + (size_t)j;
            const float left = 1.0f - s->alpha[c], part = share[row + (size_t)j] < left ? share[row + (size_t)j] : left;
            if (part <= 0.0f)
                continue;
            const float tone = part * (1.0f + (float)grain * s->grain[c]);
            for (int k = 0; k < RV__SIM_BANDS; k++)
                if (s->colour[k])
                    s->colour[k][c] +=
                        tone * (float)colour[k] * (dark ? 1.0f - (float)(1.0 - rv__diffuse[k]) * dark[c] : 1.0f);
            s->alpha[c] += part;
        }
    }
}

/* Window of the tile that a body, its lean and its shadow may reach, whole cells. */
static rv__window body_window(const rv__cells *c, const body *o)
{
    const double at[2] = { o->b->x, o->b->y }, first[2] = { c->col0, c->row0 }, n[2] = { (double)c->w, (double)c->h };
    int lo[2], hi[2];
    for (int k = 0; k < 2; k++) {
        const double a = at[k] - o->b->reach_m + fmin(fmin(0, o->lean[k]), 1.1 * o->shadow[k]);
        const double b = at[k] + o->b->reach_m + fmax(fmax(0, o->lean[k]), 1.1 * o->shadow[k]);
        lo[k] = (int)fmin(fmax(0.0, floor(a / c->step_m - first[k])), n[k]);
        hi[k] = (int)fmin(fmax(0.0, ceil(b / c->step_m - first[k])), n[k]);
    }
    return hi[0] > lo[0] && hi[1] > lo[1] ? (rv__window){ lo[0], lo[1], hi[0] - lo[0], hi[1] - lo[1] }
                                          : (rv__window){ 0, 0, 0, 0 };
}

static void clear_window(float *plane, rv__window w, size_t width)
{
    for (int i = 0; i < w.height; i++)
        memset(plane + (size_t)(w.row0 + i) * width + (size_t)w.col0, 0, (size_t)w.width * sizeof *plane);
}

/* ---- roofs ---- */

static void roof_colour(double out[RV__SIM_BANDS], const scene *sc, const body *o, double lit)
{
    const bool again = sc->t >= o->b->again_t;
    const double snow = .8 * sc->date->snow * sc->date->snow; /* roofs melt first */
    for (int k = 0; k < RV__SIM_BANDS; k++) {
        double c = again ? o->b->again[k] : o->b->roof[k];
        if (o->stage == RV__STAGE_SLAB)
            c = sc->site->material[RV__CONCRETE][k];
        else if (o->stage == RV__STAGE_FRAME)
            c = .5 * sc->site->material[RV__CONCRETE][k] + .5 * sc->site->material[RV__DARK][k];
        c += snow * (sc->site->material[RV__SNOW][k] - c);
        out[k] = c * ((1.0 - rv__diffuse[k]) * lit + rv__diffuse[k]);
    }
}

/* Shadows of higher bodies on a roof, in scratch 2 as a whole plane; *any when there is one. */
static int shade_roof(const scene *sc, const body *o, bool *any)
{
    rv__solids *s = sc->s;
    *any = false;
    for (size_t k = 0; k < sc->n && sc->all[k].height_m > o->height_m + .5; k++) {
        const body *a = &sc->all[k];
        const double more = 1.0 - o->height_m / a->height_m;
        const double reach = hypot(a->shadow[0], a->shadow[1]) + a->b->reach_m + o->b->reach_m;
        if (hypot(a->b->x - o->b->x, a->b->y - o->b->y) > reach)
            continue;
        rv__piece part[RV__SIM_PARTS];
        const int n_parts = rv__building_parts(part, a->b, a->b->eaves_m);
        for (int q = 0; q < n_parts; q++) {
            const double to[2] = { o->lean[0] + more * a->shadow[0], o->lean[1] + more * a->shadow[1] };
            rv_polygon shape = { NULL, 0 };
            rv__window w;
            int err = swept(&shape, s->cells, &part[q], o->lean, to);
            if (err == RV_OK)
                err = cover(s->scratch[0], &w, &shape, s->cells);
            rv_polygon_release(&shape);
            if (err < 0)
                return err;
            if (w.width && !*any)
                clear_window(s->scratch[2], body_window(sc->s->cells, o), s->cells->w);
            *any = *any || w.width;
            for (int i = 0; i < w.height; i++)
                for (int j = 0; j < w.width; j++) {
                    float *d = &s->scratch[2][(size_t)(w.row0 + i) * s->cells->w + (size_t)(w.col0 + j)];
                    *d = fmaxf(*d, s->scratch[0][(size_t)i * (size_t)w.width + (size_t)j]);
                }
        }
    }
    return RV_OK;
}

static int draw_shape(const scene *sc, const rv_polygon *shape, const double colour[RV__SIM_BANDS], double grain,
                      const float *dark, double share)
{
    rv__window w;
    const int err = cover(sc->s->scratch[0], &w, shape, sc->s->cells);
    for (size_t i = 0; share < 1.0 && err == RV_OK && i < (size_t)w.width * (size_t)w.height; i++)
        sc->s->scratch[0][i] *= (float)share;
    if (err == RV_OK && w.width)
        fill(sc->s, w, sc->s->scratch[0], colour, grain, dark);
    return err;
}

static int draw_flat_roof(const scene *sc, const body *o, const float *dark, double share)
{
    rv_polygon outline = { NULL, 0 }, moved = { NULL, 0 };
    double colour[RV__SIM_BANDS];
    int err = rv__building_outline(&outline, o->b, o->stage == RV__STAGE_SLAB ? 0.0 : o->b->eaves_m);
    for (size_t k = 0; err == RV_OK && k < outline.n; k++)
        err = to_cells(&moved, sc->s->cells, outline.ring[k].p, outline.ring[k].n, o->lean);
    roof_colour(colour, sc, o, 1.0);
    if (err == RV_OK)
        err = draw_shape(sc, &moved, colour, o->b->grain, dark, share);
    rv_polygon_release(&outline);
    rv_polygon_release(&moved);
    return err;
}

static int draw_facet(const scene *sc, const body *o, const rv__piece *facet, const float *dark)
{
    double colour[RV__SIM_BANDS];
    rv_polygon shape = { NULL, 0 };
    rv_point p[RV__SIM_OUTLINE];
    for (int k = 0; k < facet->n; k++) { /* what lies higher leans further */
        p[k].x = facet->p[k].x + sc->view->lean[0] * facet->up_m[k];
        p[k].y = facet->p[k].y + sc->view->lean[1] * facet->up_m[k];
    }
    int err = to_cells(&shape, sc->s->cells, p, (size_t)facet->n, o->lean);
    roof_colour(colour, sc, o, facet->lit);
    if (err == RV_OK)
        err = draw_shape(sc, &shape, colour, o->b->grain, dark, 1.0);
    rv_polygon_release(&shape);
    return err;
}

/* Vents, skylights and plant on a large roof, where pixels are small enough to show them. */
static int draw_units(const scene *sc, const body *o, const float *dark)
{
    const double area = 4.0 * o->b->half[0] * o->b->half[1];
    const int n = sc->site->opts.gsd_m < 1.0 && o->b->grain > 0.0 && o->stage == RV__STAGE_BUILT
                      ? (int)fmin(area / 120.0, 40.0)
                      : 0;
    int err = RV_OK;
    for (int k = 0; err == RV_OK && k < n; k++) {
        rv__rng g;
        rv__rng_init(&g, (uint64_t)sc->site->opts.seed, (uint32_t)(o->b - sc->site->building), (uint32_t)k,
                     RV__DRAW_PROP + 50);
        rv__sim_building unit = *o->b;
        body at = *o;
        unit.half[0] = rv__rng_between(&g, .5, 2.0);
        unit.half[1] = rv__rng_between(&g, .5, 2.0);
        /* Inside the roof; on an L inside the arm that has its full width. */
        const double far = o->b->shape == RV__SHAPE_ELL ? 1.0 - 2.0 * o->b->cut[0] : 1.0;
        const double lo[2] = { unit.half[0] - o->b->half[0], unit.half[1] - o->b->half[1] };
        const double hi[2] = { far * o->b->half[0] - unit.half[0], -lo[1] };
        const double u = rv__rng_between(&g, lo[0], hi[0]), v = rv__rng_between(&g, lo[1], hi[1]);
        if (hi[0] <= lo[0] || hi[1] <= lo[1])
            continue;
        const double c = cos(unit.angle), s = sin(unit.angle), bright = rv__rng_between(&g, .45, 1.5);
        unit.x += c * u - s * v;
        unit.y += s * u + c * v;
        unit.shape = RV__SHAPE_RECTANGLE;
        unit.eaves_m = 0.0;
        for (int i = 0; i < RV__SIM_BANDS; i++)
            unit.roof[i] = fmin(.9, unit.roof[i] * bright);
        at.b = &unit;
        if (o->b->shape == RV__SHAPE_RECTANGLE || o->b->shape == RV__SHAPE_ELL)
            err = draw_flat_roof(sc, &at, dark, 1.0);
    }
    return err;
}

static int draw_roof(const scene *sc, const body *o)
{
    rv__piece facet[RV__PIECES];
    bool any = false;
    int err = o->height_m > 0.0 ? shade_roof(sc, o, &any) : RV_OK;
    const int n = o->stage == RV__STAGE_BUILT ? rv__building_facets(facet, o->b, sc->view->to_sun) : 0;
    const float *dark = any ? sc->s->scratch[2] : NULL;
    if (err == RV_OK)
        err = draw_units(sc, o, dark);
    for (int k = 0; err == RV_OK && k < n; k++)
        err = draw_facet(sc, o, &facet[k], dark);
    if (err == RV_OK && n == 0)
        err = draw_flat_roof(sc, o, dark, o->stage == RV__STAGE_FRAME ? FRAME_SHARE : 1.0);
    return err;
}

/* ---- walls ---- */

/* One wall: the strip from an edge on the ground to the same edge at the roof. Its light is that of its own cos i. */
static int draw_wall(const scene *sc, const body *o, rv_point a, rv_point b, const double out_of_wall[2])
{
    const double none[2] = { 0, 0 }, *l = o->lean;
    const rv_point p[4] = { a, b, { b.x + l[0], b.y + l[1] }, { a.x + l[0], a.y + l[1] } };
    const double face =
        fmax(0.0, (out_of_wall[0] * sc->view->to_sun[0] + out_of_wall[1] * sc->view->to_sun[1]) / sc->view->to_sun[2]);
    double colour[RV__SIM_BANDS];
    rv_polygon shape = { NULL, 0 };
    for (int k = 0; k < RV__SIM_BANDS; k++)
        colour[k] = o->b->wall[k] * ((1.0 - rv__diffuse[k]) * fmin(face, 1.6) + .8 * rv__diffuse[k] + .05);
    int err = to_cells(&shape, sc->s->cells, p, 4, none);
    if (err == RV_OK)
        err = draw_shape(sc, &shape, colour, 0.0, NULL, o->stage == RV__STAGE_FRAME ? FRAME_SHARE : 1.0);
    rv_polygon_release(&shape);
    return err;
}

/* A wall is seen when it faces against the lean: roofs move away from the satellite. */
static int draw_walls(const scene *sc, const body *o)
{
    rv_polygon outline = { NULL, 0 };
    int err =
        hypot(o->lean[0], o->lean[1]) > .02 * sc->s->cells->step_m ? rv__building_outline(&outline, o->b, 0.0) : RV_OK;
    for (size_t r = 0; err == RV_OK && r < outline.n; r++)
        for (size_t k = 0; err == RV_OK && k < outline.ring[r].n; k++) {
            const rv_point a = outline.ring[r].p[k], b = outline.ring[r].p[(k + 1) % outline.ring[r].n];
            const double dx = b.x - a.x, dy = b.y - a.y, length = hypot(dx, dy);
            /* Rings run with the inside to the left when y points up, so to the right as drawn: out is (-dy, dx). */
            const double away[2] = { -dy / length, dx / length };
            if (away[0] * o->lean[0] + away[1] * o->lean[1] < 0.0)
                err = draw_wall(sc, o, a, b, away);
        }
    rv_polygon_release(&outline);
    return err;
}

/* ---- shadows ---- */

/* Adds a sun's share of the shadow of a part, or takes off what the body covers: the hull of a part and its copy moved. */
static int add_hull(const scene *sc, const rv__piece *part, const double end[2], float weight, float *sum)
{
    const double none[2] = { 0, 0 };
    rv_polygon shape = { NULL, 0 };
    rv__window w;
    int err = swept(&shape, sc->s->cells, part, none, end);
    if (err == RV_OK)
        err = cover(sc->s->scratch[0], &w, &shape, sc->s->cells);
    rv_polygon_release(&shape);
    for (int i = 0; err == RV_OK && i < w.height; i++) {
        float *to = sum + (size_t)(w.row0 + i) * sc->s->cells->w + (size_t)w.col0;
        const float *from = sc->s->scratch[0] + (size_t)i * (size_t)w.width;
        for (int j = 0; j < w.width; j++)
            to[j] += weight * from[j];
    }
    return err;
}

static void deepen(rv__solids *s, rv__window w, float strength)
{
    for (int i = 0; i < w.height; i++) {
        const size_t at = (size_t)(w.row0 + i) * s->cells->w + (size_t)w.col0;
        for (size_t c = at; c < at + (size_t)w.width; c++) {
            const float dark = strength * s->scratch[2][c];
            s->shade[c] = s->shade[c] > dark ? s->shade[c] : dark;
        }
    }
}

static int draw_shadow(const scene *sc, const body *o)
{
    rv__solids *s = sc->s;
    const rv__window w = body_window(sc->s->cells, o);
    const double el = sc->view->sun_elevation_deg * acos(-1.0) / 180.0,
                 width = o->height_m * .0093 / (sin(el) * sin(el));
    const bool soft = width > .7 * s->cells->step_m;
    rv__piece part[RV__SIM_PARTS];
    const int n = rv__building_parts(part, o->b, o->b->eaves_m);
    int err = RV_OK;
    for (int q = 0; w.width && err == RV_OK && q < n; q++) {
        clear_window(s->scratch[2], w, s->cells->w);
        for (int k = soft ? -1 : 0; err == RV_OK && k <= (soft ? 1 : 0); k++) {
            const double longer = 1.0 + k * .35 * width / fmax(hypot(o->shadow[0], o->shadow[1]), 1e-9);
            const double end[2] = { o->shadow[0] * longer, o->shadow[1] * longer };
            err = add_hull(sc, &part[q], end, !soft ? 1.0f : k ? .25f : .5f, s->scratch[2]);
        }
        if (err == RV_OK)
            err = add_hull(sc, &part[q], o->lean, -1.0f, s->scratch[2]);
        if (err == RV_OK)
            deepen(s, w, o->stage == RV__STAGE_FRAME ? (float)FRAME_SHARE : 1.0f);
    }
    return err;
}

/* ---- all ---- */

static body make_body(const rv__sim_building *b, const rv__sim_view *v, double t)
{
    body o = { .b = b, .stage = rv__building_stage(b, t) };
    const bool stands = o.stage == RV__STAGE_FRAME || o.stage == RV__STAGE_BUILT;
    const double flat = hypot(v->shadow[0], v->shadow[1]), tan_el = 1.0 / flat;
    const double rise =
        (b->slope[0] * v->shadow[0] + b->slope[1] * v->shadow[1]) / flat; /* of the ground, along the shadow */
    o.height_m = stands ? b->height_m : 0.0;
    for (int i = 0; i < 2; i++) {
        o.lean[i] = v->lean[i] * o.height_m;
        o.shadow[i] = v->shadow[i] * o.height_m * tan_el / fmax(tan_el + rise, .3 * tan_el);
    }
    return o;
}

static int higher_first(const void *a, const void *b)
{
    const body *p = a, *q = b;
    if (p->height_m != q->height_m)
        return p->height_m > q->height_m ? -1 : 1;
    return p->b < q->b ? -1 : 1; /* one array, so the order is the same always */
}

static rv__window joined(rv__window a, rv__window b)
{
    if (!a.width || !b.width)
        return a.width ? a : b;
    const int x0 = a.col0 < b.col0 ? a.col0 : b.col0, y0 = a.row0 < b.row0 ? a.row0 : b.row0;
    const int xa = a.col0 + a.width, xb = b.col0 + b.width, ya = a.row0 + a.height, yb = b.row0 + b.height;
    return (rv__window){ x0, y0, (xa > xb ? xa : xb) - x0, (ya > yb ? ya : yb) - y0 };
}

static void clear(rv__solids *s, rv__window w)
{
    clear_window(s->alpha, w, s->cells->w);
    clear_window(s->shade, w, s->cells->w);
    for (int k = 0; k < RV__SIM_BANDS; k++)
        if (s->colour[k])
            clear_window(s->colour[k], w, s->cells->w);
}

int rv__solids_draw(rv__solids *s, rv__window *window, const rv__site *site, int date, const rv__sim_view *view)
{
    const size_t n_all = (size_t)(site->n_buildings + site->n_props);
    body *all = rv__alloc(n_all + 1, sizeof *all);
    size_t n = 0;
    *window = (rv__window){ 0, 0, 0, 0 };
    int err = all ? RV_OK : RV_ERR_NOMEM;
    for (size_t k = 0; err == RV_OK && k < n_all; k++) {
        const body o = make_body(&site->building[k], view, site->date[date].t);
        const rv__window w = body_window(s->cells, &o);
        if (o.stage < RV__STAGE_SLAB || o.stage > RV__STAGE_BUILT || !w.width)
            continue;
        all[n++] = o;
        *window = joined(*window, w);
    }
    clear(s, *window);
    if (n)
        qsort(all, n, sizeof *all, higher_first);
    const scene sc = { s, site, &site->date[date], view, site->date[date].t, all, n };
    /* All roofs before all walls: a roof in front of a wall hides it, as where one hall lengthens another. */
    for (size_t k = 0; err == RV_OK && k < n; k++)
        err = draw_roof(&sc, &all[k]);
    for (size_t k = 0; err == RV_OK && k < n && all[k].height_m > 0.0; k++)
        err = draw_walls(&sc, &all[k]);
    for (size_t k = 0; err == RV_OK && k < n && all[k].height_m > 0.0; k++)
        err = draw_shadow(&sc, &all[k]);
    rv__free(all);
    return err;
}

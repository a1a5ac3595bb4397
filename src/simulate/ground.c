/* SPDX-License-Identifier: Apache-2.0 */
/* What covers the ground: parcels of crop, soil, grass and wood whose green follows the year by a double logistic curve
 * [zhang2003], fractal texture at field, patch and grain size, furrows, hedges, roads, and the worked earth around
 * buildings, first raw and later gravelled. Spectra are typical values, not those of any sensor's library. */
#include "simulate/ground.h"

#include <math.h>

#include "base/error.h"
#include "base/mem.h"
#include "simulate/light.h"

enum { PATCH, MIDDLE, GRAIN, LAYERS };

typedef struct texture {
    float *layer[LAYERS];
} texture;

/* What holds for all cells of a tile on a date. */
typedef struct tile_facts {
    const rv__site *site;
    double t;
    double *green;          /* share of green of each parcel, before texture */
    const rv__parcel *last; /* where the last point lay */
    int *near, n_near;      /* buildings whose ground reaches into the tile */
} tile_facts;

static const double soil[4] = { .085, .120, .165, .245 }, straw[4] = { .075, .115, .145, .270 },
                    crop[4] = { .030, .062, .040, .440 }, wood[4] = { .022, .042, .030, .270 },
                    gravel[4] = { .180, .200, .220, .260 }, asphalt[4] = { .090, .100, .110, .130 },
                    raw_earth[4] = { .150, .205, .260, .330 };

/* Share of green between the start and the end of a season, days of the year. */
static double season(double day, double start, double end)
{
    return 1.0 / (1.0 + exp(-(day - start) / 9.0)) - 1.0 / (1.0 + exp(-(day - end) / 9.0));
}

static double green_share(const rv__parcel *p, double day)
{
    const double d = day - p->days;
    switch (p->cover) {
    case RV__COVER_WHEAT:
        return .12 + .85 * season(d, 75, 172);
    case RV__COVER_MAIZE:
        return .02 + .9 * season(d, 150, 262);
    case RV__COVER_GRASS:
        return .30 + .45 * season(d, 80, 190) + .15 * season(d, 270, 330);
    case RV__COVER_WOOD:
        return .75 + .25 * season(d, 105, 300);
    case RV__COVER_SOIL:
        break;
    }
    return .03;
}

/* Neighbours mostly lie in one parcel: guess is where the last point lay. */
static const rv__parcel *parcel_at(const rv__site *site, const rv__parcel *guess, double u, double v)
{
    const rv__parcel *p = site->parcel;
    if (guess && u >= guess->lo[0] && u < guess->hi[0] && v >= guess->lo[1] && v < guess->hi[1])
        return guess;
    while (p->child[0])
        p = &site->parcel[p->child[(p->axis == 0 ? u : v) >= p->split]];
    return p;
}

/* Distance to the parcel's edge, metres. */
static double edge_distance(const rv__parcel *p, double u, double v)
{
    return fmin(fmin(u - p->lo[0], p->hi[0] - u), fmin(v - p->lo[1], p->hi[1] - v));
}

static void mix(double out[4], const double a[4], const double b[4], double share)
{
    for (int k = 0; k < 4; k++)
        out[k] = a[k] + share * (b[k] - a[k]);
}

static void cover_colour(double out[4], const rv__parcel *p, double share, const double n[LAYERS])
{
    double green = share * (1.0 + .22 * n[PATCH] + .10 * n[MIDDLE]);
    green = fmin(fmax(green, 0.0), 1.0);
    if (p->cover == RV__COVER_WOOD) {
        mix(out, straw, wood, fmin(1.0, green + .2));
        for (int k = 0; k < 4; k++)
            out[k] *= fmax(.25, 1.0 + .30 * n[GRAIN] + .12 * n[MIDDLE]);
        return;
    }
    mix(out, p->cover == RV__COVER_GRASS ? straw : soil, crop, green);
    for (int k = 0; k < 4; k++)
        out[k] *= p->bright * fmax(.4, 1.0 + .07 * n[PATCH] + .05 * n[MIDDLE] + .045 * n[GRAIN]);
}

static void field_colour(double out[4], tile_facts *tile, double x, double y, const double n[LAYERS])
{
    const rv__site *site = tile->site;
    const double c = site->turn_c, s = site->turn_s;
    /* Edges of parcels waver a little, as fences do. */
    const double u = c * x + s * y + .8 * n[MIDDLE], v = c * y - s * x + .8 * n[MIDDLE];
    const rv__parcel *p = tile->last = parcel_at(site, tile->last, u, v);
    cover_colour(out, p, tile->green[p - site->parcel], n);
    if (p->row_m > 0.0 && p->cover != RV__COVER_WOOD) {
        const double along = (p->axis ? u : v) * 2.0 * 3.14159265358979323846 / p->row_m;
        for (int k = 0; k < 4; k++)
            out[k] *= 1.0 + .03 * sin(along);
    }
    const double edge = edge_distance(p, u, v);
    if (edge < 1.6) /* a strip of weeds, here and there a bush */
        mix(out, out, n[MIDDLE] > .3 ? wood : straw, .8 * (1.0 - edge / 1.6));
}

/* 1 well inside, 0 outside, with a soft rim of rim_m. */
static double soft(double inside_m, double rim_m)
{
    return fmin(fmax(inside_m / rim_m + .5, 0.0), 1.0);
}

static void add_roads(double out[4], const rv__site *site, double x, double y, const double n[LAYERS])
{
    for (int k = RV__SIM_ROADS - 1; k >= 0; k--) {
        const rv__road *r = &site->road[k];
        const double share = soft(r->width_m / 2 - rv__road_distance(r, x, y), .8) * (r->paved ? 1.0 : .85);
        double surface[4];
        for (int i = 0; i < 4; i++)
            surface[i] = (r->paved ? asphalt : gravel)[i] * (1.0 + (r->paved ? .02 : .06) * n[GRAIN]);
        if (share > 0.0)
            mix(out, out, surface, share);
    }
}

/* Ground around a building: raw earth while it is being built, gravel afterwards. The rim is ragged. */
static void add_yards(double out[4], const tile_facts *tile, double x, double y, const double n[LAYERS])
{
    const double t = tile->t;
    for (int k = 0; k < tile->n_near; k++) {
        const rv__sim_building *b = &tile->site->building[tile->near[k]];
        const double far = b->reach_m, dx = x - b->x, dy = y - b->y;
        if (dx * dx + dy * dy > far * far)
            continue;
        const double c = cos(b->angle), s = sin(b->angle);
        const double out_u = fabs(c * dx + s * dy) - b->half[0], out_v = fabs(c * dy - s * dx) - b->half[1];
        const double share = soft(b->yard_m - fmax(out_u, out_v) + 1.5 * n[MIDDLE], 2.0);
        if (share <= 0.0)
            continue;
        const double days = (t - b->t_complete) / 86400.0, settled = b->old ? 1.0 : fmin(fmax(days / 120.0, 0.0), 1.0);
        double surface[4];
        mix(surface, raw_earth, gravel, settled);
        for (int i = 0; i < 4; i++)
            surface[i] *= (b->old ? .78 : 1.0) * (1.0 + (t < b->t_complete ? .10 : .05) * n[MIDDLE] + .05 * n[GRAIN]);
        mix(out, out, surface, share * (b->old ? .7 : .95));
    }
}

static int fill_texture(texture *out, const rv__site *site, int date, const rv__cells *cells)
{
    const uint32_t seed = (uint32_t)site->opts.seed;
    /* Patch texture lasts; the grain is half lasting, half of the date. */
    const rv__fbm kind[LAYERS] = { { seed, 0, RV__DRAW_TEXTURE, 140.0, 4, .6 },
                                   { seed, 0, RV__DRAW_TEXTURE + 100, 22.0, 3, .6 },
                                   { seed, 0, RV__DRAW_TEXTURE + 200, 6.0, 3, .8 } };
    const rv__fbm now = { seed, (uint32_t)date + 1, RV__DRAW_TEXTURE + 300, 12.0, 3, .8 };
    const size_t n = cells->w * cells->h;
    float *changing = rv__alloc(n, sizeof *changing);
    int err = changing ? RV_OK : RV_ERR_NOMEM;
    for (int k = 0; err == RV_OK && k < LAYERS; k++) {
        out->layer[k] = rv__alloc(n, sizeof *out->layer[k]);
        err = out->layer[k] ? rv__fbm_fill(out->layer[k], &kind[k], cells) : RV_ERR_NOMEM;
    }
    if (err == RV_OK && (err = rv__fbm_fill(changing, &now, cells)) == RV_OK)
        for (size_t i = 0; i < n; i++)
            out->layer[GRAIN][i] = .8f * out->layer[GRAIN][i] + .6f * changing[i];
    rv__free(changing);
    return err;
}

/* Whether the ground of a building that has been begun reaches into the tile. */
static bool reaches(const rv__sim_building *b, double t, const rv__cells *c)
{
    const double x1 = c->x0_m + c->step_m * (double)c->w, y1 = c->y0_m + c->step_m * (double)c->h;
    return t >= b->t_start && b->x + b->reach_m >= c->x0_m && b->x - b->reach_m <= x1 && b->y + b->reach_m >= c->y0_m &&
           b->y - b->reach_m <= y1;
}

static void release_tile(tile_facts *tile)
{
    rv__free(tile->green);
    rv__free(tile->near);
}

static int prepare_tile(tile_facts *out, const rv__site *site, int date, const rv__cells *cells)
{
    tile_facts made = { .site = site, .t = site->date[date].t };
    const double day = rv__day_of_year(made.t);
    made.green = rv__alloc((size_t)site->n_parcels, sizeof *made.green);
    made.near = rv__alloc((size_t)site->n_buildings + 1, sizeof *made.near);
    if (!made.green || !made.near) {
        release_tile(&made);
        return RV_ERR_NOMEM;
    }
    for (int k = 0; k < site->n_parcels; k++)
        made.green[k] = green_share(&site->parcel[k], day);
    for (int k = 0; k < site->n_buildings; k++)
        if (reaches(&site->building[k], made.t, cells))
            made.near[made.n_near++] = k;
    *out = made;
    return RV_OK;
}

static void draw_row(float *const *plane, size_t row, const texture *tx, tile_facts *tile, const rv__cells *cells)
{
    const double y = cells->y0_m + cells->step_m * (double)row;
    for (size_t j = 0; j < cells->w; j++) {
        const size_t at = row * cells->w + j;
        const double x = cells->x0_m + cells->step_m * (double)j;
        const double n[LAYERS] = { (double)tx->layer[PATCH][at], (double)tx->layer[MIDDLE][at],
                                   (double)tx->layer[GRAIN][at] };
        double colour[4];
        field_colour(colour, tile, x, y, n);
        add_roads(colour, tile->site, x, y, n);
        add_yards(colour, tile, x, y, n);
        for (int k = 0; k < RV__SIM_BANDS; k++)
            plane[k][at] = (float)colour[k];
    }
}

int rv__ground_draw(float *const *plane, const rv__site *site, int date, const rv__cells *cells)
{
    texture tx = { { NULL } };
    tile_facts tile = { .site = NULL };
    int err = fill_texture(&tx, site, date, cells);
    err = err < 0 ? err : prepare_tile(&tile, site, date, cells);
    for (size_t i = 0; err == RV_OK && i < cells->h; i++)
        draw_row(plane, i, &tx, &tile, cells);
    release_tile(&tile);
    for (int k = 0; k < LAYERS; k++)
        rv__free(tx.layer[k]);
    return err;
}

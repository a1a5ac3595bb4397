/* SPDX-License-Identifier: Apache-2.0 */
/* One date, drawn tile by tile on cells a quarter of a pixel wide: ground, then each building's cast shadow, wall and
 * roof by their exact shares of every cell, then cloud and haze; blurred by the point spread function, averaged to
 * pixels, noise added, rounded. Shadow is the hull of the footprint and its displaced copy less the body, by difference
 * of shares: the product S (1 - B) would leave a dark fringe of .006 px along the walls. */
#include "simulate/draw.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/parallel.h"
#include "base/rng.h"
#include "geo/geos.h"
#include "geo/polygon.h"
#include "raster/coverage.h"
#include "raster/filter.h"
#include "raster/raster.h"
#include "simulate/ground.h"

enum { OVER = 4, HALO = 5, TILE = 128 }; /* cells a pixel; px around a tile for the blur */

static const double diffuse[4] = { .40, .31, .25, .17 }; /* share of light left in shadow */
static const double cloud_white[4] = { .72, .72, .72, .70 }, haze_grey[4] = { .30, .27, .24, .22 };

typedef struct drawing {
    const rv__site *site;
    int date;
    uint16_t *out;
} drawing;

typedef struct tile {
    rv__window px; /* without halo */
    rv__cells cells;
    float *plane[RV__SIM_BANDS];
    float *scratch[3];
} tile;

/* Footprint swept from (0, 0) to (dx, dy) metres, in cells of the tile. */
static int swept(rv_polygon *out, const rv__sim_building *b, const rv__cells *c, double dx, double dy)
{
    rv_point p[8];
    rv__building_corners(p, b, 0.0, 0.0, 0.0);
    rv__building_corners(p + 4, b, 0.0, dx, dy);
    for (int k = 0; k < 8; k++) {
        p[k].x = (p[k].x - c->x0_m) / c->step_m + .5;
        p[k].y = (p[k].y - c->y0_m) / c->step_m + .5;
    }
    rv_polygon both = { NULL, 0 };
    int err = rv__polygon_ring(&both, p, hypot(dx, dy) > 1e-9 ? 8 : 4);
    if (err == RV_OK)
        err = rv__polygon_hull(out, &both, 1);
    rv_polygon_release(&both);
    return err;
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

static rv__window joined(rv__window a, rv__window b)
{
    if (!a.width || !b.width)
        return a.width ? a : b;
    const int x0 = a.col0 < b.col0 ? a.col0 : b.col0, y0 = a.row0 < b.row0 ? a.row0 : b.row0;
    const int xa = a.col0 + a.width, xb = b.col0 + b.width, ya = a.row0 + a.height, yb = b.row0 + b.height;
    return (rv__window){ x0, y0, (xa > xb ? xa : xb) - x0, (ya > yb ? ya : yb) - y0 };
}

static void compose(tile *t, const rv__sim_building *b, rv__window w, double lit)
{
    const float *shadow = t->scratch[0], *body = t->scratch[1], *roof = t->scratch[2];
    for (int k = 0; k < RV__SIM_BANDS; k++) {
        const float dark = (float)(1.0 - diffuse[k]), top = (float)b->roof[k];
        const float wall = (float)(lit * (.10 + .5 * b->roof[k]));
        for (int i = 0; i < w.height; i++) {
            float *p = t->plane[k] + (size_t)(w.row0 + i) * t->cells.w + (size_t)w.col0;
            const size_t row = (size_t)i * (size_t)w.width;
            for (int j = 0; j < w.width; j++) {
                const float B = body[row + (size_t)j], C = fminf(roof[row + (size_t)j], B);
                const float S = fmaxf(shadow[row + (size_t)j] - B, 0.0f);
                p[j] = p[j] * (1.0f - B - dark * S) + wall * (B - C) + top * C;
            }
        }
    }
}

static int draw_building(tile *t, const rv__sim_building *b, const rv__sim_date *d)
{
    const double h = b->height_m;
    const double end[3][2] = { { d->shadow[0] * h, d->shadow[1] * h }, { d->lean[0] * h, d->lean[1] * h }, { 0, 0 } };
    rv_polygon shape[3] = { { NULL, 0 }, { NULL, 0 }, { NULL, 0 } };
    rv__cells moved = t->cells; /* the roof stands where the lean puts it */
    moved.x0_m -= end[1][0];
    moved.y0_m -= end[1][1];
    int err = RV_OK;
    rv__window w = { 0, 0, 0, 0 };
    for (int k = 0; err == RV_OK && k < 3; k++) {
        err = swept(&shape[k], b, k == 2 ? &moved : &t->cells, end[k][0], end[k][1]);
        if (err == RV_OK)
            w = joined(w, touched(&shape[k], &t->cells));
    }
    for (int k = 0; err == RV_OK && w.width && k < 3; k++)
        err = rv__coverage(t->scratch[k], (size_t)w.width, (size_t)w.height, w.col0, w.row0, &shape[k]);
    /* A wall that faces the sun is bright. Both directions point away from their source. */
    const double facing = d->shadow[0] * d->lean[0] + d->shadow[1] * d->lean[1];
    if (err == RV_OK && w.width)
        compose(t, b, w, facing > 0.0 ? .9 : .35);
    for (int k = 0; k < 3; k++)
        rv_polygon_release(&shape[k]);
    return err;
}

static rv__fbm cloud_noise(const rv__site *site, int date)
{
    return (rv__fbm){ (uint32_t)site->opts.seed, (uint32_t)date + 1, RV__DRAW_CLOUD, 260.0, 5, .55 };
}

static float opacity(float noise)
{
    return noise > .8f ? 1.0f - expf(-2.6f * (noise - .8f)) : 0.0f;
}

/* Displacement of a cloud's shadow on the ground, metres. */
static rv__cells under_cloud(const rv__cells *c, const rv__sim_date *d)
{
    rv__cells moved = *c;
    moved.x0_m -= d->shadow[0] * d->cloud_m;
    moved.y0_m -= d->shadow[1] * d->cloud_m;
    return moved;
}

static int draw_clouds(tile *t, const rv__site *site, int date)
{
    const rv__fbm noise = cloud_noise(site, date);
    const rv__cells under = under_cloud(&t->cells, &site->date[date]);
    int err;
    if ((err = rv__fbm_fill(t->scratch[0], &noise, &t->cells)) < 0 ||
        (err = rv__fbm_fill(t->scratch[1], &noise, &under)) < 0)
        return err;
    for (int k = 0; k < RV__SIM_BANDS; k++)
        for (size_t i = 0; i < t->cells.w * t->cells.h; i++) {
            const float a = opacity(t->scratch[0][i]), dark = (float)(1.0 - diffuse[k]) * opacity(t->scratch[1][i]);
            t->plane[k][i] = t->plane[k][i] * (1.0f - dark) * (1.0f - a) + (float)cloud_white[k] * a;
        }
    return RV_OK;
}

static int draw_haze(tile *t, const rv__site *site, int date)
{
    const rv__fbm noise = { (uint32_t)site->opts.seed, (uint32_t)date + 1, RV__DRAW_HAZE, 900.0, 2, .5 };
    const int err = rv__fbm_fill(t->scratch[0], &noise, &t->cells);
    for (int k = 0; err == RV_OK && k < RV__SIM_BANDS; k++)
        for (size_t i = 0; i < t->cells.w * t->cells.h; i++) {
            const float share = (float)site->date[date].haze * fminf(fmaxf(1.0f + .25f * t->scratch[0][i], .3f), 1.7f);
            t->plane[k][i] += share * ((float)haze_grey[k] - t->plane[k][i]);
        }
    return err;
}

static void sample_pixels(const drawing *job, const tile *t, int band)
{
    const size_t size = (size_t)job->site->opts.size_px;
    for (int i = 0; i < t->px.height; i++)
        for (int j = 0; j < t->px.width; j++) {
            const size_t row = (size_t)(t->px.row0 + i), col = (size_t)(t->px.col0 + j);
            double sum = 0.0;
            for (int q = 0; q < OVER; q++)
                for (int p = 0; p < OVER; p++)
                    sum += (double)t->plane[band][(size_t)((i + HALO) * OVER + q) * t->cells.w +
                                                  (size_t)((j + HALO) * OVER + p)];
            rv__rng g;
            rv__rng_init(&g, (uint64_t)job->site->opts.seed, (uint32_t)(row * size + col),
                         (uint32_t)(job->date * RV__SIM_BANDS + band), RV__DRAW_NOISE);
            const double noise = job->site->opts.noise > 0.0 ? job->site->opts.noise * rv__rng_normal(&g) : 0.0;
            const double value = floor((sum / (OVER * OVER) + noise) * RV__SIM_SCALE + .5);
            job->out[((size_t)band * size + row) * size + col] = (uint16_t)fmin(fmax(value, 1.0), 65535.0);
        }
}

static int draw_tile(tile *t, const drawing *job)
{
    const rv__site *site = job->site;
    const rv__sim_date *d = &site->date[job->date];
    int err = rv__ground_draw(t->plane, site, job->date, &t->cells);
    for (int k = 0; err == RV_OK && k < site->n_buildings; k++)
        if (site->building[k].t_complete <= d->t)
            err = draw_building(t, &site->building[k], d);
    if (err == RV_OK && d->cloudy)
        err = draw_clouds(t, site, job->date);
    if (err == RV_OK && d->haze > 0.0)
        err = draw_haze(t, site, job->date);
    for (int k = 0; err == RV_OK && k < RV__SIM_BANDS; k++) {
        err = rv__gaussian(t->plane[k], t->plane[k], t->cells.w, t->cells.h, d->psf_px * OVER);
        if (err == RV_OK)
            sample_pixels(job, t, k);
    }
    return err;
}

static int tile_task(size_t index, size_t worker, void *user)
{
    (void)worker;
    const drawing *job = user;
    const rv__sim_date *d = &job->site->date[job->date];
    const int size = job->site->opts.size_px;
    const double gsd = job->site->opts.gsd_m;
    tile t = { .px = rv__tile_at(size, size, TILE, index) };
    t.cells.w = (size_t)((t.px.width + 2 * HALO) * OVER);
    t.cells.h = (size_t)((t.px.height + 2 * HALO) * OVER);
    t.cells.step_m = gsd / OVER;
    t.cells.x0_m = (t.px.col0 - HALO - d->shift_px[0]) * gsd + .5 * t.cells.step_m;
    t.cells.y0_m = (t.px.row0 - HALO - d->shift_px[1]) * gsd + .5 * t.cells.step_m;
    int err = rv__stopping();
    float **buffer[2] = { t.plane, t.scratch };
    for (int k = 0; err == RV_OK && k < RV__SIM_BANDS + 3; k++) {
        float **p = k < RV__SIM_BANDS ? &buffer[0][k] : &buffer[1][k - RV__SIM_BANDS];
        *p = rv__alloc(t.cells.w * t.cells.h, sizeof **p);
        err = *p ? RV_OK : RV_ERR_NOMEM;
    }
    if (err == RV_OK)
        err = draw_tile(&t, job);
    for (int k = 0; k < RV__SIM_BANDS; k++)
        rv__free(t.plane[k]);
    for (int k = 0; k < 3; k++)
        rv__free(t.scratch[k]);
    return err;
}

int rv__sim_draw(uint16_t *out, const rv__site *site, int date)
{
    drawing job = { site, date, out };
    return rv__parallel_for(rv__tile_count(site->opts.size_px, site->opts.size_px, TILE), tile_task, &job);
}

double rv__sim_hidden(const rv__site *site, const rv__sim_building *b, int date)
{
    const rv__sim_date *d = &site->date[date];
    if (!d->cloudy)
        return 0.0;
    const rv__fbm noise = cloud_noise(site, date);
    rv_point p[5] = { [4] = { b->x, b->y } };
    rv__building_corners(p, b, 0.0, 0.0, 0.0);
    int hidden = 0;
    for (int k = 0; k < 5; k++) {
        float above = 0.0f, sunward = 0.0f;
        const rv__cells here = { p[k].x, p[k].y, 1.0, 1, 1 }, under = under_cloud(&here, d);
        if (rv__fbm_fill(&above, &noise, &here) < 0 || rv__fbm_fill(&sunward, &noise, &under) < 0)
            return 1.0;
        hidden += opacity(above) > .1f || opacity(sunward) > .1f;
    }
    return hidden / 5.0;
}

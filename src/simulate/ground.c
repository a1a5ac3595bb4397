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

static const rv__parcel *parcel_at(const rv__site *site, double u, double v)
{
    const rv__parcel *p = site->parcel;
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

static void cover_colour(double out[4], const rv__parcel *p, double day, const double n[LAYERS])
{
    double green = green_share(p, day) * (1.0 + .22 * n[PATCH] + .10 * n[MIDDLE]);
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

static void field_colour(double out[4], const rv__site *site, double x, double y, double day, const double n[LAYERS])
{
    const double c = site->turn_c, s = site->turn_s;
    /* Edges of parcels waver a little, as fences do. */
    const double u = c * x + s * y + .8 * n[MIDDLE], v = c * y - s * x + .8 * n[MIDDLE];
    const rv__parcel *p = parcel_at(site, u, v);
    cover_colour(out, p, day, n);
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
static void add_yards(double out[4], const rv__site *site, double x, double y, double t, const double n[LAYERS])
{
    for (int k = 0; k < site->n_buildings; k++) {
        const rv__sim_building *b = &site->building[k];
        const double far = b->reach_m, dx = x - b->x, dy = y - b->y;
        if (t < b->t_start || dx * dx + dy * dy > far * far)
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

int rv__ground_draw(float *const *plane, const rv__site *site, int date, const rv__cells *cells)
{
    texture tx = { { NULL } };
    const double t = site->date[date].t, day = rv__day_of_year(t);
    const int err = fill_texture(&tx, site, date, cells);
    for (size_t i = 0; err == RV_OK && i < cells->h; i++)
        for (size_t j = 0; j < cells->w; j++) {
            const size_t at = i * cells->w + j;
            const double x = cells->x0_m + cells->step_m * (double)j, y = cells->y0_m + cells->step_m * (double)i;
            const double n[LAYERS] = { (double)tx.layer[PATCH][at], (double)tx.layer[MIDDLE][at],
                                       (double)tx.layer[GRAIN][at] };
            double colour[4];
            field_colour(colour, site, x, y, day, n);
            add_roads(colour, site, x, y, n);
            add_yards(colour, site, x, y, t, n);
            for (int k = 0; k < RV__SIM_BANDS; k++)
                plane[k][at] = (float)colour[k];
        }
    for (int k = 0; k < LAYERS; k++)
        rv__free(tx.layer[k]);
    return err;
}

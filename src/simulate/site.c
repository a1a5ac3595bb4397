/* SPDX-License-Identifier: Apache-2.0 */
/* The place and its story. Land is split recursively into rectangles of a turned frame, as parcels are; roads are
 * gently bent lines; buildings are thrown at random and kept when they are clear of roads, edges and one another.
 * Every number comes from a Philox stream keyed by (seed, object, date, purpose) [salmon2011], so that adding a building
 * does not move the others. The site lies where the UTM scale is 1, so that areas in the map are areas on the ground. */
#include "simulate/site.h"

#include <math.h>
#include <stdio.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/rng.h"
#include "base/time.h"
#include "geo/crs.h"
#include "geo/ellipsoid.h"
#include "simulate/light.h"

static const double PI = 3.14159265358979323846;

enum { TRIES = 4000, ROOFS = 6 };

/* Reflectance in B G R N: grey membrane, white sheet, metal, red tile, blue sheet, beige sheet. */
static const double roofs[ROOFS][RV__SIM_BANDS] = {
    { .30, .31, .31, .33 }, { .47, .49, .50, .51 }, { .35, .36, .38, .42 },
    { .08, .11, .22, .29 }, { .28, .22, .14, .25 }, { .24, .28, .31, .36 },
};

void rv__building_corners(rv_point out[4], const rv__sim_building *b, double grow_m, double dx, double dy)
{
    const double c = cos(b->angle), s = sin(b->angle), u = b->half[0] + grow_m, v = b->half[1] + grow_m;
    const double sign[4][2] = { { -1, 1 }, { 1, 1 }, { 1, -1 }, { -1, -1 } };
    for (int k = 0; k < 4; k++) {
        out[k].x = b->x + dx + c * u * sign[k][0] - s * v * sign[k][1];
        out[k].y = b->y + dy + s * u * sign[k][0] + c * v * sign[k][1];
    }
}

double rv__road_distance(const rv__road *road, double x, double y)
{
    const double u = road->c * x + road->s * y, v = road->c * y - road->s * x;
    const double aside = fabs(v - road->offset) - road->swing; /* a lower limit, cheap: most places are far away */
    if (aside > 150.0)
        return aside;
    const double slope = road->swing / road->bend * cos(u / road->bend + road->phase);
    return fabs(v - road->offset - road->swing * sin(u / road->bend + road->phase)) / sqrt(1.0 + slope * slope);
}

static void make_roads(rv__site *site)
{
    for (uint32_t k = 0; k < RV__SIM_ROADS; k++) {
        rv__rng g;
        rv__rng_init(&g, (uint64_t)site->opts.seed, k, 0, RV__DRAW_ROAD);
        rv__road *r = &site->road[k];
        r->angle = site->turn + (k == 1 ? PI / 2 : 0.0) + rv__rng_between(&g, -.25, .25);
        r->c = cos(r->angle);
        r->s = sin(r->angle);
        const double at = rv__rng_between(&g, k == 0 ? .2 : .55, k == 0 ? .45 : .8) * site->size_m;
        r->offset = r->c * at - r->s * at;
        r->swing = rv__rng_between(&g, 4, 18);
        r->bend = rv__rng_between(&g, 60, 160);
        r->phase = rv__rng_between(&g, 0, 2 * PI);
        r->paved = k == 0;
        r->width_m = k == 0 ? 8.0 : rv__rng_between(&g, 3.0, 5.0);
    }
}

static void make_leaf(rv__parcel *p, rv__rng *g)
{
    const double kind = rv__rng_uniform(g);
    p->cover = kind < .3    ? RV__COVER_SOIL
               : kind < .52 ? RV__COVER_WHEAT
               : kind < .70 ? RV__COVER_MAIZE
               : kind < .90 ? RV__COVER_GRASS
                            : RV__COVER_WOOD;
    p->bright = 1.0 + .13 * rv__rng_normal(g);
    p->bright = fmin(fmax(p->bright, .7), 1.35);
    p->days = 9.0 * rv__rng_normal(g);
    p->row_m = rv__rng_uniform(g) < .5 ? rv__rng_between(g, 5, 12) : 0.0;
}

/* Split until the longer side is below a random limit; parcels are a list in which children follow their parent. */
static int make_parcels(rv__site *site)
{
    site->parcel = rv__alloc(RV__SIM_PARCELS_MAX, sizeof *site->parcel);
    if (!site->parcel)
        return RV_ERR_NOMEM;
    rv__rng g;
    rv__rng_init(&g, (uint64_t)site->opts.seed, 0, 0, RV__DRAW_PARCEL);
    const double far = 1.5 * site->size_m + 200.0; /* the turned frame reaches past every corner, clouds' offsets too */
    site->parcel[0] = (rv__parcel){ .lo = { -far, -far }, .hi = { far, far } };
    site->n_parcels = 1;
    for (int k = 0; k < site->n_parcels; k++) {
        rv__parcel *p = &site->parcel[k];
        const double side[2] = { p->hi[0] - p->lo[0], p->hi[1] - p->lo[1] };
        const int axis = side[0] > side[1] ? 0 : 1;
        if (side[axis] < fmax(rv__rng_between(&g, 90, 320), site->size_m / 12) ||
            site->n_parcels + 2 > RV__SIM_PARCELS_MAX) {
            make_leaf(p, &g);
            continue;
        }
        p->axis = axis;
        p->split = p->lo[axis] + side[axis] * rv__rng_between(&g, .35, .65);
        for (int i = 0; i < 2; i++) {
            rv__parcel *q = &site->parcel[site->n_parcels];
            *q = (rv__parcel){ .lo = { p->lo[0], p->lo[1] }, .hi = { p->hi[0], p->hi[1] } };
            (i ? q->lo : q->hi)[axis] = p->split;
            p->child[i] = site->n_parcels++;
        }
    }
    return RV_OK;
}

static bool is_free(const rv__site *site, const rv__sim_building *b, int n)
{
    const double r = hypot(b->half[0], b->half[1]), margin = r + b->yard_m + 8.0 * site->opts.gsd_m;
    if (b->x < margin || b->y < margin || b->x > site->size_m - margin || b->y > site->size_m - margin)
        return false;
    for (int k = 0; k < RV__SIM_ROADS; k++)
        if (rv__road_distance(&site->road[k], b->x, b->y) < r + site->road[k].width_m + 4.0)
            return false;
    for (int k = 0; k < n; k++) {
        const rv__sim_building *o = &site->building[k];
        const double gap = 6.0 * site->opts.gsd_m + 2.2 * fmax(b->height_m, o->height_m) + 6.0; /* its shadow too */
        if (hypot(b->x - o->x, b->y - o->y) < r + hypot(o->half[0], o->half[1]) + gap)
            return false;
    }
    return true;
}

static void make_body(rv__site *site, rv__sim_building *b, rv__rng *g, double hall_area)
{
    const double area =
        b->hall ? (b->old ? hall_area : hall_area * rv__rng_between(g, 1.4, 1.8)) : rv__rng_between(g, 150, 600);
    const double aspect = rv__rng_between(g, 1.25, 2.2);
    b->half[1] = sqrt(area / aspect) / 2.0;
    b->half[0] = b->half[1] * aspect;
    b->angle = site->turn + rv__rng_below(g, 2) * PI / 2 + rv__rng_between(g, -.06, .06);
    b->height_m = b->hall ? rv__rng_between(g, 6, 11) : rv__rng_between(g, 3, 7);
    b->yard_m = b->hall ? rv__rng_between(g, 8, 14) : rv__rng_between(g, 3, 7);
    b->reach_m = hypot(b->half[0], b->half[1]) + b->yard_m + 6.0;
    const uint32_t roof = rv__rng_below(g, ROOFS);
    const double bright = rv__rng_between(g, .92, 1.08);
    for (int k = 0; k < RV__SIM_BANDS; k++)
        b->roof[k] = bright * roofs[roof][k];
}

/* New buildings are finished one a date from the second date on; their ground is already worked a date earlier. */
static void make_story(rv__site *site, rv__sim_building *b, int order, rv__rng *g)
{
    b->t_start = b->t_complete = -INFINITY;
    b->first = 0;
    if (b->old)
        return;
    b->first = 1 + order % (site->opts.dates - 1);
    const double before = site->date[b->first - 1].t, after = site->date[b->first].t;
    b->t_complete = before + (after - before) * rv__rng_between(g, .25, .9);
    b->t_start = before - 86400.0 * rv__rng_between(g, 6, 24);
}

static int make_buildings(rv__site *site)
{
    const int n_old = site->opts.buildings_old, n = n_old + site->opts.buildings_new;
    site->building = rv__alloc((size_t)n, sizeof *site->building);
    if (!site->building)
        return RV_ERR_NOMEM;
    rv__rng shared;
    rv__rng_init(&shared, (uint64_t)site->opts.seed, 0, 1, RV__DRAW_BUILDING);
    const double hall_area = rv__rng_between(&shared, 800, 1500);
    for (int k = 0; k < n; k++) {
        rv__rng g;
        rv__rng_init(&g, (uint64_t)site->opts.seed, (uint32_t)k, 0, RV__DRAW_BUILDING);
        rv__sim_building *b = &site->building[k];
        snprintf(b->id, sizeof b->id, "b%03d", k + 1);
        b->old = k < n_old;
        b->hall = k == 0 || k == n_old;
        make_body(site, b, &g, hall_area);
        make_story(site, b, k - n_old, &g);
        int tries = 0;
        do {
            b->x = rv__rng_between(&g, 0, site->size_m);
            b->y = rv__rng_between(&g, 0, site->size_m);
        } while (!is_free(site, b, k) && ++tries < TRIES);
        if (tries == TRIES)
            return rv__fail(RV_ERR_RANGE, "%d buildings do not fit into %g m (found room for %d)", n, site->size_m, k);
        site->n_buildings = k + 1;
    }
    return RV_OK;
}

/* Metres east and south for a metre of ground towards an azimuth. */
static int ground_direction(double out[2], const rv__site *site, double azimuth_deg)
{
    const int err = rv__ground_to_pixel(&out[0], &out[1], &site->grid, azimuth_deg);
    out[0] *= site->opts.gsd_m;
    out[1] *= site->opts.gsd_m;
    return err;
}

static int make_date(rv__site *site, int k)
{
    const double rad = PI / 180.0;
    rv__sim_date *d = &site->date[k];
    rv__rng g;
    rv__rng_init(&g, (uint64_t)site->opts.seed, 0, (uint32_t)k, RV__DRAW_DATE);
    const int month = k % 12 + 1, year = 2023 + k / 12;
    d->t = rv__time_of_date(year, month, 15) + 8.0 * 3600.0 + floor(rv__rng_between(&g, 0, 2400));
    rv_date_text(d->id, d->t);
    rv__sun(&d->sun_azimuth_deg, &d->sun_elevation_deg, d->t, site->lon, site->lat);
    d->off_nadir_deg = rv__rng_between(&g, 0, 4);
    d->view_azimuth_deg = rv__rng_between(&g, 0, 360);
    double sun[2], view[2];
    int err;
    if ((err = ground_direction(sun, site, d->sun_azimuth_deg)) < 0 ||
        (err = ground_direction(view, site, d->view_azimuth_deg)) < 0)
        return err;
    for (int i = 0; i < 2; i++) {
        d->shadow[i] = -sun[i] / tan(d->sun_elevation_deg * rad);
        d->lean[i] = -view[i] * tan(d->off_nadir_deg * rad); /* roofs move away from the satellite */
        const double shift = site->opts.shift_px * rv__rng_normal(&g);
        d->shift_px[i] = k == 0 ? 0.0 : shift;
    }
    d->psf_px = rv__rng_between(&g, .6, .8);
    d->haze = site->opts.haze * rv__rng_uniform(&g);
    d->cloud_m = rv__rng_between(&g, 120, 260);
    return RV_OK;
}

/* The first date stays clear: it is the reference of the truth's frames. */
static void choose_cloudy(rv__site *site)
{
    const int n = site->opts.dates;
    int wanted = (int)lround(site->opts.cloud_share * n), order[RV__SIM_DATES_MAX];
    rv__rng g;
    rv__rng_init(&g, (uint64_t)site->opts.seed, 0, 0, RV__DRAW_CLOUD);
    for (int k = 0; k < n; k++)
        order[k] = k;
    for (int k = 1; k < n && wanted > 0; k++, wanted--) {
        const int j = k + (int)rv__rng_below(&g, (uint32_t)(n - k)), swap = order[j];
        order[j] = order[k];
        order[k] = swap;
        site->date[swap].cloudy = true;
    }
}

static int make_grid(rv__site *site)
{
    const rv_simulate_opts *o = &site->opts;
    snprintf(site->grid.crs, sizeof site->grid.crs, "EPSG:32636");
    const double gt[6] = { 680000.0, o->gsd_m, 0.0, 4560000.0, 0.0, -o->gsd_m };
    for (int k = 0; k < 6; k++)
        site->grid.gt[k] = gt[k];
    site->grid.width = site->grid.height = o->size_px;
    site->size_m = o->size_px * o->gsd_m;
    site->lon = gt[0] + site->size_m / 2;
    site->lat = gt[3] - site->size_m / 2;
    rv__crs_map *map = NULL;
    int err = rv__crs_map_new(&map, site->grid.crs, "EPSG:4326");
    if (err == RV_OK)
        err = rv__crs_map_point(map, &site->lon, &site->lat);
    rv__crs_map_free(map);
    return err;
}

int rv__site_build(rv__site *out, const rv_simulate_opts *opts)
{
    rv__site site = { .opts = *opts };
    rv__rng g;
    rv__rng_init(&g, (uint64_t)opts->seed, 0, 0, RV__DRAW_SCATTER);
    site.turn = rv__rng_between(&g, -.6, .6);
    site.turn_c = cos(site.turn);
    site.turn_s = sin(site.turn);
    int err = make_grid(&site);
    for (int k = 0; err == RV_OK && k < opts->dates; k++)
        err = make_date(&site, k);
    if (err < 0)
        goto fail;
    choose_cloudy(&site);
    make_roads(&site);
    if ((err = make_parcels(&site)) < 0 || (err = make_buildings(&site)) < 0)
        goto fail;
    *out = site;
    return RV_OK;
fail:
    rv__site_release(&site);
    return err;
}

void rv__site_release(rv__site *site)
{
    rv__free(site->building);
    rv__free(site->parcel);
    site->building = NULL;
    site->parcel = NULL;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Buildings come in lots: a hall, a lattice of houses, a court, a row of tanks or greenhouses. A lot is thrown at random
 * and kept when it is clear of roads, edges and other lots. Every number comes from a Philox stream keyed by (seed, lot,
 * purpose) [salmon2011], so that one more lot does not move the others. The first old lot and the first new one are halls. */
#include "simulate/plan.h"

#include <math.h>
#include <stdio.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/rng.h"
#include "simulate/building.h"
#include "simulate/land.h"

enum { TRIES = 4000, ROOFS = 8, LOT_MOST = 24, HOUSES_DEMO = 12 };

static const double PI = 3.14159265358979323846;

/* Grey membrane, white sheet, metal, red tile, blue sheet, beige sheet, bitumen, weathered concrete. */
static const double roofs[2][ROOFS][RV__SIM_BANDS] = {
    { { .30, .31, .31, .33, .34 },
      { .47, .49, .50, .51, .45 },
      { .35, .36, .38, .42, .40 },
      { .08, .11, .22, .29, .35 },
      { .28, .22, .14, .25, .25 },
      { .24, .28, .31, .36, .38 },
      { .06, .06, .06, .07, .08 },
      { .16, .18, .19, .21, .23 } },
    { { .26, .28, .30, .31, .30 },
      { .58, .60, .60, .58, .40 },
      { .41, .43, .44, .47, .46 },
      { .09, .14, .26, .33, .38 },
      { .20, .24, .16, .33, .30 },
      { .19, .21, .22, .23, .26 },
      { .08, .08, .085, .10, .11 },
      { .13, .15, .17, .20, .22 } },
};

typedef enum lot_kind { LOT_HALL, LOT_BUILDING, LOT_HOUSES, LOT_COURT, LOT_TANKS, LOT_GREENHOUSES, LOT_KINDS } lot_kind;

typedef struct lot {
    lot_kind kind;
    bool old;
    double area_m2; /* of each building */
    int n;
    double x, y, reach_m;
} lot;

void rv__plan_roof(double out[RV__SIM_BANDS], const rv__site *site, double pick)
{
    const double *const from = roofs[site->opts.style == RV_STYLE_B][(int)(pick * ROOFS) % ROOFS];
    for (int k = 0; k < RV__SIM_BANDS; k++)
        out[k] = from[k];
}

static bool plain(const rv__site *site)
{
    return site->opts.suite == RV_SUITE_PLAIN;
}

static lot_kind draw_kind(const rv__site *site, rv__rng *g)
{
    static const double mix[2][LOT_KINDS] = { { .25, .33, .17, .08, .09, .08 }, { .20, .36, .20, .10, .07, .07 } };
    double u = rv__rng_uniform(g);
    if (site->opts.suite == RV_SUITE_F || site->opts.suite == RV_SUITE_H || site->opts.suite == RV_SUITE_DEMO)
        return u < .5 ? LOT_HALL : LOT_BUILDING;
    for (int k = 0; k < LOT_KINDS; k++) {
        u -= mix[site->opts.style == RV_STYLE_B][k];
        if (u < 0.0)
            return (lot_kind)k;
    }
    return LOT_BUILDING;
}

/* Log-uniform between limits. */
static double spread(rv__rng *g, double lo, double hi)
{
    return lo * exp(log(hi / lo) * rv__rng_uniform(g));
}

static double draw_area(const rv__site *site, lot_kind kind, rv__rng *g)
{
    const double px2 = site->opts.gsd_m * site->opts.gsd_m, most = site->size_m * site->size_m / 60.0;
    if (site->opts.suite == RV_SUITE_F)
        return fmin(fmax(spread(g, 16.0, 700.0) * px2, 40.0), fmin(9000.0, 2 * most));
    switch (kind) {
    case LOT_HALL:
        return fmin(spread(g, 1200, 6000), most);
    case LOT_BUILDING:
        return fmin(spread(g, 120, 900), most);
    case LOT_HOUSES:
        return spread(g, 90, 200);
    case LOT_COURT:
        return fmin(spread(g, 1500, 5000), most);
    case LOT_TANKS:
        return fmin(spread(g, 120, 1200), most / 2);
    default:
        return fmin(spread(g, 250, 1200), most / 2);
    }
}

static int lot_count(lot_kind kind, rv__rng *g)
{
    return kind == LOT_HOUSES        ? 4 + (int)rv__rng_below(g, 9)
           : kind == LOT_TANKS       ? 1 + (int)rv__rng_below(g, 4)
           : kind == LOT_GREENHOUSES ? 2 + (int)rv__rng_below(g, 4)
                                     : 1;
}

/* The halls whose ratio the suite is about; other lots by the mix. */
static void draw_lot(lot *out, const rv__site *site, int k, rv__rng *g, double hall_area, double ratio)
{
    const int n_old = site->opts.buildings_old;
    const bool hall = k == 0 || k == n_old;
    *out = (lot){ .old = k < n_old, .n = 1 };
    out->kind = hall ? LOT_HALL : plain(site) ? LOT_BUILDING : draw_kind(site, g);
    out->area_m2 = draw_area(site, out->kind, g);
    if (plain(site))
        out->area_m2 = rv__rng_between(g, 150, 600);
    if (hall && site->opts.suite != RV_SUITE_F)
        out->area_m2 = out->old ? hall_area : hall_area * ratio;
    out->n = lot_count(out->kind, g);
    if (site->opts.suite == RV_SUITE_DEMO && k == n_old + 1) { /* the workers' houses */
        out->kind = LOT_HOUSES;
        out->n = HOUSES_DEMO;
        out->area_m2 = 300.0;
    }
}

static void draw_shape(rv__sim_building *b, const rv__site *site, const lot *l, rv__rng *g)
{
    const double shape = rv__rng_uniform(g), form = rv__rng_uniform(g);
    b->shape = RV__SHAPE_RECTANGLE;
    b->form = RV__ROOF_FLAT;
    b->bays = 4 + (int)rv__rng_below(g, 7);
    b->pitch = rv__rng_between(g, .25, .6);
    b->cut[0] = rv__rng_between(g, .3, .6);
    b->cut[1] = rv__rng_between(g, .3, .6);
    b->eaves_m = rv__rng_between(g, 0.0, l->kind == LOT_HOUSES ? .8 : .4);
    if (plain(site)) {
        b->eaves_m = 0.0;
        return;
    }
    if (l->kind == LOT_COURT)
        b->shape = RV__SHAPE_COURT;
    else if (l->kind == LOT_TANKS)
        b->shape = RV__SHAPE_DISC;
    else if (shape < .2 && l->kind == LOT_HALL && site->opts.suite != RV_SUITE_Q && site->opts.suite != RV_SUITE_DEMO)
        b->shape = RV__SHAPE_ELL;
    else if (l->kind == LOT_HOUSES || (l->kind == LOT_BUILDING && form < .4))
        b->form = RV__ROOF_GABLE;
    else if (l->kind == LOT_GREENHOUSES || (l->kind == LOT_HALL && form < .3 && site->opts.suite != RV_SUITE_DEMO))
        b->form = RV__ROOF_SAW;
    if (b->shape == RV__SHAPE_DISC || b->shape == RV__SHAPE_COURT)
        b->eaves_m = 0.0;
}

/* Half sides such that the roof has the area wanted. */
static void draw_size(rv__sim_building *b, const lot *l, rv__rng *g)
{
    const double aspect = l->kind == LOT_GREENHOUSES ? rv__rng_between(g, 2.5, 5) : rv__rng_between(g, 1.25, 2.2);
    double area = l->area_m2;
    if (b->shape == RV__SHAPE_DISC) {
        b->half[0] = b->half[1] = sqrt(area / (RV__SIM_OUTLINE / 2.0 * sin(2.0 * PI / RV__SIM_OUTLINE)));
        return;
    }
    if (b->shape == RV__SHAPE_ELL || b->shape == RV__SHAPE_COURT)
        area /= 1.0 - b->cut[0] * b->cut[1];
    b->half[1] = sqrt(area / aspect) / 2.0;
    b->half[0] = b->half[1] * aspect;
    b->half[0] -= b->eaves_m; /* area is the roof's, halves are the walls' */
    b->half[1] -= b->eaves_m;
}

static double draw_height(const rv__site *site, const lot *l, rv__rng *g)
{
    if (site->opts.suite == RV_SUITE_H)
        return spread(g, 3, 40);
    return l->kind == LOT_HALL          ? rv__rng_between(g, 6, plain(site) ? 11 : 16)
           : l->kind == LOT_GREENHOUSES ? rv__rng_between(g, 3, 5)
           : l->kind == LOT_TANKS       ? rv__rng_between(g, 5, 14)
                                        : rv__rng_between(g, 3, 7);
}

static void draw_colours(rv__sim_building *b, const rv__site *site, const lot *l, rv__rng *g)
{
    double pick = rv__rng_uniform(g);
    const double bright = rv__rng_between(g, .92, 1.08), again = rv__rng_uniform(g);
    if (plain(site) || site->opts.suite == RV_SUITE_DEMO)
        pick *= 6.0 / ROOFS; /* no dark roofs where things are tried out */
    if (l->kind == LOT_HOUSES)
        pick = site->opts.suite == RV_SUITE_DEMO ? 1.5 / ROOFS : pick < .6 ? 3.5 / ROOFS : pick; /* sheet; tiles */
    rv__plan_roof(b->roof, site, pick);
    rv__plan_roof(b->again, site, again);
    b->again_t = INFINITY;
    for (int k = 0; k < RV__SIM_BANDS; k++) {
        b->roof[k] *= bright;
        b->wall[k] = .10 + .5 * b->roof[k];
    }
    b->grain = plain(site) ? 0.0 : rv__rng_between(g, .01, .05) * (site->opts.gsd_m < 1.0 ? 2.0 : 1.0);
}

static int kind_of(const lot *l)
{
    return l->kind == LOT_HALL     ? RV_KIND_HALL
           : l->kind == LOT_HOUSES ? RV_KIND_HOUSE
           : l->kind == LOT_TANKS  ? RV_KIND_TANK
                                   : RV_KIND_BUILDING;
}

static void make_body(rv__sim_building *b, const rv__site *site, const lot *l, rv__rng *g)
{
    *b = (rv__sim_building){ .old = l->old, .hall = l->kind == LOT_HALL, .kind = kind_of(l), .extends = -1 };
    draw_shape(b, site, l, g);
    draw_size(b, l, g);
    b->angle = site->turn + rv__rng_below(g, 2) * PI / 2;
    b->angle += rv__rng_between(g, -.06, .06);
    b->height_m = draw_height(site, l, g);
    b->yard_m = b->hall ? rv__rng_between(g, 8, 14) : rv__rng_between(g, 3, 7);
    b->reach_m = hypot(b->half[0], b->half[1]) + b->yard_m + 6.0;
    draw_colours(b, site, l, g);
}

static double lot_gap(const rv__site *site, double height)
{
    return plain(site) ? 6.0 * site->opts.gsd_m + 2.2 * height + 6.0 : 3.0 * site->opts.gsd_m + 3.0;
}

static bool is_free(const rv__site *site, const lot *l, const lot *others, int n, double height)
{
    const double r = l->reach_m, margin = r + 8.0 * site->opts.gsd_m;
    if (l->x < margin || l->y < margin || l->x > site->size_m - margin || l->y > site->size_m - margin)
        return false;
    for (int k = 0; k < site->n_roads; k++)
        if (rv__road_distance(NULL, &site->road[k], l->x, l->y) < r + site->road[k].width_m + 4.0)
            return false;
    for (int k = 0; k < n; k++)
        if (hypot(l->x - others[k].x, l->y - others[k].y) < r + others[k].reach_m + lot_gap(site, height))
            return false;
    return true;
}

/* Members of a lot stand on a lattice with some jitter; the first is the model of all. */
static void spread_members(rv__sim_building *b, lot *l, const rv__site *site, rv__rng *g)
{
    const double houses = rv__rng_between(g, 4, 10), others = rv__rng_between(g, 1.5, 6);
    const double gap = site->opts.suite == RV_SUITE_DEMO ? 14.0 : l->kind == LOT_HOUSES ? houses : others;
    const double du = 2 * b->half[0] + 2 * b->eaves_m + gap, dv = 2 * b->half[1] + 2 * b->eaves_m + gap;
    const int cols = (int)ceil(sqrt(l->n * dv / du)), rows = (l->n + cols - 1) / cols;
    const double c = cos(b->angle), s = sin(b->angle), roam = l->kind == LOT_HOUSES ? .12 * gap : 0.0;
    for (int k = l->n - 1; k >= 0; k--) {
        double u = (k % cols - (cols - 1) / 2.0) * du, v = (k / cols - (rows - 1) / 2.0) * dv;
        u += roam * rv__rng_normal(g);
        v += roam * rv__rng_normal(g);
        b[k] = b[0];
        b[k].x = c * u - s * v;
        b[k].y = s * u + c * v;
    }
    l->reach_m = hypot(cols * du, rows * dv) / 2.0 + b->yard_m;
}

static void set_slope(rv__sim_building *b, const rv__site *site)
{
    const double step = 15.0;
    b->slope[0] =
        (rv__ground_height(site, b->x + step, b->y) - rv__ground_height(site, b->x - step, b->y)) / (2 * step);
    b->slope[1] =
        (rv__ground_height(site, b->x, b->y + step) - rv__ground_height(site, b->x, b->y - step)) / (2 * step);
}

static int place_lot(rv__site *site, lot *lots, int k, rv__rng *g)
{
    lot *l = &lots[k];
    rv__sim_building *b = &site->building[site->n_buildings];
    make_body(b, site, l, g);
    if (l->n > 1)
        spread_members(b, l, site, g);
    else
        l->reach_m = hypot(b->half[0], b->half[1]) + b->yard_m;
    int tries = 0;
    do {
        l->x = rv__rng_between(g, 0, site->size_m);
        l->y = rv__rng_between(g, 0, site->size_m);
    } while (!is_free(site, l, lots, k, b->height_m) && ++tries < TRIES);
    if (tries == TRIES)
        return RV_ERR_RANGE;
    for (int i = 0; i < l->n; i++) {
        b[i].x += l->x;
        b[i].y += l->y;
        set_slope(&b[i], site);
        b[i].lot = k;
        snprintf(b[i].id, sizeof b[i].id, "b%03d", site->n_buildings + i + 1);
    }
    site->n_buildings += l->n;
    return RV_OK;
}

/* Areas of the old hall and the ratio of the new one to it. */
static void draw_halls(const rv__site *site, double *area, double *ratio)
{
    const double px2 = site->opts.gsd_m * site->opts.gsd_m;
    rv__rng g;
    rv__rng_init(&g, (uint64_t)site->opts.seed, 0, 1, RV__DRAW_BUILDING);
    *area = rv__rng_between(&g, 800, 1500);
    *ratio = rv__rng_between(&g, 1.4, 1.8);
    if (site->opts.suite == RV_SUITE_Q) {
        *area = fmin(fmax(spread(&g, 120, 500) * px2, 100), site->size_m * site->size_m / 90);
        *ratio = rv__rng_between(&g, 1.0, 2.5);
    } else if (site->opts.suite == RV_SUITE_DEMO) {
        *area = 820.0 * px2;
        *ratio = 1.65;
    } else if (!plain(site))
        *area = fmin(spread(&g, 1200, 3500), site->size_m * site->size_m / 60);
}

int rv__plan_make(rv__site *site)
{
    const int n_old = site->opts.buildings_old, n = n_old + site->opts.buildings_new;
    double area, ratio;
    draw_halls(site, &area, &ratio);
    lot *lots = rv__alloc((size_t)n + 1, sizeof *lots);
    site->building = rv__alloc((size_t)n * LOT_MOST + 1, sizeof *site->building);
    int err = lots && site->building ? RV_OK : RV_ERR_NOMEM, placed = 0;
    for (int k = 0; err == RV_OK && k < n; k++) {
        rv__rng g;
        rv__rng_init(&g, (uint64_t)site->opts.seed, (uint32_t)k, 0, RV__DRAW_BUILDING);
        draw_lot(&lots[placed], site, k, &g, area, ratio);
        err = place_lot(site, lots, placed, &g);
        for (int again = 0; err == RV_ERR_RANGE && again < 6 && !plain(site);
             again++) { /* a smaller one may find room */
            lots[placed].area_m2 *= .6;
            err = place_lot(site, lots, placed, &g);
        }
        if (err == RV_OK)
            placed++;
        else if (err == RV_ERR_RANGE && !plain(site) && k > 0)
            err = RV_OK; /* a full place takes no more */
        else if (err == RV_ERR_RANGE)
            rv__fail(err, "%d buildings do not fit into %g m (found room for %d)", n, site->size_m, placed);
    }
    rv__free(lots);
    return err;
}

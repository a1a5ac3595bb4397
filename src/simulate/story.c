/* SPDX-License-Identifier: Apache-2.0 */
/* What happens. Building takes its time: clearing, earthworks, slab, frame, roof, with lognormal lengths (medians 30, 40,
 * 60, 40 days for a hall, a third of that for houses) and dates that are exact and continuous. In a plain site the ground
 * is raw from some days before and the building stands a date later, one a date in turn. Besides: halls that are
 * lengthened, buildings that go, a road, works at portals with a spoil heap that grows, and what is no structure at all:
 * tarps, containers, vehicles, cranes, ponds, scars, new paint, panels. */
#include "simulate/story.h"

#include <math.h>
#include <stdio.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/rng.h"
#include "simulate/building.h"
#include "simulate/land.h"
#include "simulate/plan.h"

enum { PATCHES_MAX = 120, PROPS_MAX = 160 };

static const double PI = 3.14159265358979323846, DAY = 86400.0;

static void set_all_times(rv__sim_building *b, double t)
{
    b->t_start = b->t_earth = b->t_slab = b->t_frame = b->t_complete = t;
    b->t_end = INFINITY;
}

/* One a date in turn from the second date on; raw ground from some days before the date before. */
static void plain_times(rv__sim_building *b, const rv__site *site, int order, rv__rng *g)
{
    const int first = 1 + order % (site->opts.dates - 1);
    const double before = site->date[first - 1].t, after = site->date[first].t;
    set_all_times(b, before + (after - before) * rv__rng_between(g, .25, .9));
    b->t_start = before - DAY * rv__rng_between(g, 6, 24);
}

static void works_times(rv__sim_building *b, const rv__site *site, double complete, rv__rng *g)
{
    const double median[4] = { 30, 40, 60, 40 }, hurry = site->opts.suite == RV_SUITE_DEMO ? .15 : 1.0;
    const double scale = (b->hall ? 1.0 : .35) * hurry;
    double days[4];
    for (int k = 0; k < 4; k++)
        days[k] = scale * median[k] * exp(.35 * rv__rng_normal(g));
    set_all_times(b, complete);
    b->t_frame = complete - DAY * days[3];
    b->t_slab = b->t_frame - DAY * days[2];
    b->t_earth = b->t_slab - DAY * days[1];
    b->t_start = b->t_earth - DAY * days[0];
}

/* Houses of a lot follow one another within weeks: they share the lot's day, more or less. */
static void building_times(rv__site *site, int k, double *lot_day, rv__rng *g)
{
    rv__sim_building *b = &site->building[k];
    const double first = site->date[0].t, last = site->date[site->opts.dates - 1].t;
    const bool same_lot = k > 0 && b[-1].lot == b->lot;
    const double fresh = first + (last - first) * rv__rng_between(g, .08, .97), late = rv__rng_between(g, 0, 25) * DAY;
    set_all_times(b, -INFINITY);
    if (b->old)
        return;
    if (site->opts.suite == RV_SUITE_PLAIN) {
        plain_times(b, site, k - site->opts.buildings_old, g);
    } else {
        *lot_day = same_lot ? *lot_day : fresh;
        works_times(b, site, fmin(*lot_day + (same_lot ? late : 0.0), last - 3600.0), g);
    }
    if (site->opts.suite == RV_SUITE_DEMO) { /* all of a building's works between two dates */
        const int seen = (b->hall ? 5 : 3) * (site->opts.dates - 1) / 7;
        works_times(b, site, site->date[seen].t - 2 * DAY - (b->hall ? 0.0 : .4 * late), g);
    }
}

static void find_first(rv__sim_building *b, const rv__site *site)
{
    b->event = b->old ? RV_EVENT_NONE : RV_EVENT_NEW;
    b->first = site->opts.dates;
    for (int k = site->opts.dates - 1; k >= 0; k--)
        if (site->date[k].t >= b->t_complete)
            b->first = k;
}

/* Whether a building may be changed: alone, and no part of the pair whose ratio is asked for. */
static bool is_spare(const rv__site *site, const rv__sim_building *b)
{
    const int s = site->opts.suite;
    return b->old && (s == RV_SUITE_D || s == RV_SUITE_K || s == RV_SUITE_X || s == RV_SUITE_S || s == RV_SUITE_J) &&
           b->kind != RV_KIND_HOUSE && b != &site->building[0];
}

/* Some old buildings go, some are painted anew or get panels. */
static void change_old_ones(rv__site *site)
{
    const double first = site->date[0].t, span = site->date[site->opts.dates - 1].t - first;
    for (int k = 0; k < site->n_buildings; k++) {
        rv__sim_building *b = &site->building[k];
        rv__rng g;
        rv__rng_init(&g, (uint64_t)site->opts.seed, (uint32_t)k, 5, RV__DRAW_BUILDING);
        const double u = rv__rng_uniform(&g), when = first + span * rv__rng_between(&g, .1, .9);
        if (is_spare(site, b) && u < .12) {
            b->t_end = when;
            b->event = RV_EVENT_DEMOLISHED;
        } else if (b->old && u > 1.0 - .25 * site->opts.nuisance)
            b->again_t = when;
    }
}

/* Whether a piece stays inside, off the roads and away from other lots. */
static bool has_room(const rv__site *site, const rv__sim_building *piece)
{
    const double r = hypot(piece->half[0], piece->half[1]) + piece->eaves_m, edge = r + 4.0 * site->opts.gsd_m;
    if (piece->x < edge || piece->y < edge || piece->x > site->size_m - edge || piece->y > site->size_m - edge)
        return false;
    for (int k = 0; k < site->n_roads; k++)
        if (rv__road_distance(NULL, &site->road[k], piece->x, piece->y) < r + site->road[k].width_m)
            return false;
    for (int k = 0; k < site->n_buildings; k++) {
        const rv__sim_building *o = &site->building[k];
        if (o->lot != piece->lot && hypot(o->x - piece->x, o->y - piece->y) < r + hypot(o->half[0], o->half[1]) + 4.0)
            return false;
    }
    return true;
}

/* A hall is lengthened along its axis: the new piece is a building of its own in the pictures, one outline in the truth. */
static void lengthen(rv__site *site, rv__sim_building *b, double share, double side)
{
    rv__sim_building *piece = &site->building[site->n_buildings + site->n_props];
    const double first = site->date[0].t, span = site->date[site->opts.dates - 1].t - first;
    rv__rng g;
    *piece = *b;
    piece->old = false;
    piece->extends = (int)(b - site->building);
    rv__rng_init(&g, (uint64_t)site->opts.seed, (uint32_t)piece->extends, 6, RV__DRAW_BUILDING);
    piece->half[0] = share * b->half[0];
    const double along = side * (b->half[0] + piece->half[0]);
    piece->x += along * cos(b->angle);
    piece->y += along * sin(b->angle);
    if (!has_room(site, piece))
        return;
    const double complete = first + span * rv__rng_between(&g, .2, .9);
    works_times(piece, site, complete, &g);
    find_first(piece, site);
    piece->event = b->event = RV_EVENT_EXTENDED;
    piece->prop = true;
    site->n_props++;
}

static void lengthen_one(rv__site *site)
{
    for (int k = 1; k < site->n_buildings && site->n_props == 0; k++) {
        rv__sim_building *b = &site->building[k];
        rv__rng g;
        rv__rng_init(&g, (uint64_t)site->opts.seed, (uint32_t)k, 7, RV__DRAW_BUILDING);
        const double share = rv__rng_between(&g, .25, .6);
        if (!is_spare(site, b) || !b->hall || b->shape != RV__SHAPE_RECTANGLE || b->t_end < INFINITY)
            continue;
        lengthen(site, b, share, 1.0);
        if (site->n_props == 0)
            lengthen(site, b, share, -1.0);
    }
}

static rv__patch *new_patch(rv__site *site, int kind, rv__material material)
{
    if (site->n_patches >= PATCHES_MAX)
        return NULL;
    rv__patch *p = &site->patch[site->n_patches++];
    *p = (rv__patch){ .kind = kind, .event = RV_EVENT_WORKS, .material = material, .t_end = INFINITY };
    p->t_start = p->t_full = -INFINITY;
    snprintf(p->id, sizeof p->id, "w%03d", site->n_patches);
    return p;
}

static bool is_open_ground(const rv__site *site, double x, double y, double r)
{
    if (x < r || y < r || x > site->size_m - r || y > site->size_m - r)
        return false;
    for (int k = 0; k < site->n_buildings + site->n_props; k++) {
        const rv__sim_building *b = &site->building[k];
        if (hypot(x - b->x, y - b->y) < r + hypot(b->half[0], b->half[1]) + b->yard_m)
            return false;
    }
    for (int k = 0; k < site->n_patches; k++)
        if (hypot(x - site->patch[k].x, y - site->patch[k].y) < r + site->patch[k].half[0])
            return false;
    for (int k = 0; k < site->n_roads; k++)
        if (rv__road_distance(NULL, &site->road[k], x, y) < r + site->road[k].width_m)
            return false;
    return true;
}

/* Open ground for the cutting at (x, y) and for the heap before it. */
static bool free_portal(const rv__site *site, rv__rng *g, double big, double *x, double *y, double *turn)
{
    for (int tries = 0; tries < 400; tries++) {
        *turn = rv__rng_between(g, 0, 2 * PI);
        *x = rv__rng_between(g, 0, site->size_m);
        *y = rv__rng_between(g, 0, site->size_m);
        const double far = 40.0 * big;
        if (is_open_ground(site, *x, *y, 22.0 * big) &&
            is_open_ground(site, *x + far * cos(*turn), *y + far * sin(*turn), 30.0 * big))
            return true;
    }
    return false;
}

/* A cutting with a dark mouth at its head, and a spoil heap before it that grows as long as the work goes on. */
static void make_portal(rv__site *site, int k)
{
    const double first = site->date[0].t, span = site->date[site->opts.dates - 1].t - first;
    rv__rng g;
    rv__rng_init(&g, (uint64_t)site->opts.seed, (uint32_t)k, 0, RV__DRAW_PATCH);
    const double big = fmax(1.0, site->opts.gsd_m / 2.0);
    double x, y, turn;
    if (!free_portal(site, &g, big, &x, &y, &turn))
        return;
    const double start = first + span * rv__rng_between(&g, .2, .45),
                 full = start + span * rv__rng_between(&g, .25, .5);
    const double along[2] = { cos(turn), sin(turn) };
    rv__patch *cut = new_patch(site, RV_KIND_PORTAL_WORKS, RV__ROCK), *mouth = new_patch(site, RV_KIND_OTHER, RV__DARK);
    rv__patch *spoil = new_patch(site, RV_KIND_SPOIL, RV__SPOIL);
    if (!cut || !mouth || !spoil)
        return;
    cut->x = mouth->x = x;
    cut->y = mouth->y = y;
    cut->angle = mouth->angle = spoil->angle = turn;
    cut->half[0] = big * rv__rng_between(&g, 11, 18);
    cut->half[1] = big * rv__rng_between(&g, 8, 13);
    cut->ragged_m = 2.0;
    mouth->half[0] = 2.0 * big;
    mouth->half[1] = rv__rng_between(&g, 3, 6) * fmin(big, 1.5);
    mouth->x -= along[0] * cut->half[0] * .8;
    mouth->y -= along[1] * cut->half[0] * .8;
    mouth->nuisance = true;
    spoil->round = true;
    spoil->half[0] = big * rv__rng_between(&g, 16, 26);
    spoil->half[1] = spoil->half[0] * rv__rng_between(&g, .5, .8);
    spoil->x = x + along[0] * (cut->half[0] + spoil->half[0]);
    spoil->y = y + along[1] * (cut->half[0] + spoil->half[0]);
    spoil->ragged_m = 3.0;
    cut->t_start = start;
    cut->t_full = start + .25 * (full - start);
    spoil->t_start = start + .1 * (full - start);
    spoil->t_full = full;
}

/* Ground that changes and is nobody's building. */
static void make_nuisance(rv__site *site, int k)
{
    static const rv__material stuff[] = { RV__TARP, RV__RAW_EARTH, RV__WATER, RV__BURNT, RV__GRAVEL, RV__SNOW };
    const double first = site->date[0].t, span = site->date[site->opts.dates - 1].t - first;
    rv__rng g;
    rv__rng_init(&g, (uint64_t)site->opts.seed, (uint32_t)k, 1, RV__DRAW_PATCH);
    uint32_t what = rv__rng_below(&g, 5);
    const double u = rv__rng_uniform(&g), life = rv__rng_uniform(&g), big = fmax(1.0, site->opts.gsd_m / 2.0);
    if (site->opts.snow > 0.0 && u < .3)
        what = 5; /* a heap where the yards were cleared */
    rv__patch *p = new_patch(site, what == 1 ? RV_KIND_EARTHWORKS : RV_KIND_OTHER, stuff[what]);
    if (!p)
        return;
    p->nuisance = true;
    p->round = what != 0;
    p->x = rv__rng_between(&g, 0, site->size_m);
    p->y = rv__rng_between(&g, 0, site->size_m);
    p->angle = rv__rng_between(&g, 0, PI);
    p->half[0] = what == 0 ? rv__rng_between(&g, 2, 8) : big * rv__rng_between(&g, 6, 28);
    p->half[1] = p->half[0] * rv__rng_between(&g, .4, 1.0);
    p->ragged_m = what == 0 ? 0.0 : 2.5;
    p->t_start = first + span * rv__rng_between(&g, -.3, .9);
    p->t_full = p->t_start + DAY * rv__rng_between(&g, 0, 60);
    p->t_end = what == 0 || what == 5 ? p->t_start + span * .2 * life : life < .4 ? p->t_full + span * .4 : INFINITY;
}

/* Containers, vehicles and cranes: bodies of a few metres that come and go. */
static void make_prop(rv__site *site, int k)
{
    const int n_dates = site->opts.dates;
    rv__rng g;
    rv__rng_init(&g, (uint64_t)site->opts.seed, (uint32_t)k, 0, RV__DRAW_PROP);
    rv__sim_building *b = &site->building[site->n_buildings + site->n_props];
    const double kind = rv__rng_uniform(&g);
    const int date = (int)rv__rng_below(&g, (uint32_t)n_dates), road = (int)rv__rng_below(&g, (uint32_t)site->n_roads);
    *b = (rv__sim_building){ .prop = true, .extends = -1, .again_t = INFINITY };
    const rv__road *r = &site->road[road];
    const int at = (int)rv__rng_below(&g, (uint32_t)(r->n - 1));
    const double dx = r->p[at + 1].x - r->p[at].x, dy = r->p[at + 1].y - r->p[at].y, s = rv__rng_uniform(&g);
    const double side = kind < .6 ? 0.0 : rv__rng_between(&g, 8, 30), length = hypot(dx, dy);
    b->x = r->p[at].x + s * dx - side * dy / length;
    b->y = r->p[at].y + s * dy + side * dx / length;
    b->angle = atan2(dy, dx);
    b->half[0] = kind < .6 ? rv__rng_between(&g, 2, 6) : rv__rng_between(&g, 3, 6.2);
    b->half[1] = 1.25;
    b->height_m = kind < .6 ? rv__rng_between(&g, 1.5, 3.5) : kind < .95 ? 2.6 : 28.0;
    b->reach_m = 12.0;
    rv__plan_roof(b->roof, site, rv__rng_uniform(&g));
    for (int i = 0; i < RV__SIM_BANDS; i++)
        b->wall[i] = .1 + .5 * b->roof[i];
    set_all_times(b, site->date[date].t - (kind < .6 ? 3600.0 : 40 * DAY));
    b->t_end = kind < .6 ? site->date[date].t + 3600.0 : b->t_complete + DAY * rv__rng_between(&g, 40, 300);
    site->n_props++;
}

/* The last road is the new one: it grows from its beginning. */
static void open_road(rv__site *site)
{
    const double first = site->date[0].t, span = site->date[site->opts.dates - 1].t - first;
    rv__road *r = &site->road[site->n_roads - 1];
    rv__rng g;
    rv__rng_init(&g, (uint64_t)site->opts.seed, 0, 9, RV__DRAW_ROAD);
    r->t_start = first + span * rv__rng_between(&g, .15, .4);
    r->t_complete = r->t_start + span * rv__rng_between(&g, .15, .35);
    r->width_m = fmax(6.0, 2.2 * site->opts.gsd_m);
}

int rv__story_events(rv__site *site)
{
    const rv_simulate_opts *o = &site->opts;
    const bool portals = rv__suite_has_works(o->suite);
    const double hectares = site->size_m * site->size_m / 1e4;
    double lot_day = 0.0;
    site->patch = rv__alloc(PATCHES_MAX, sizeof *site->patch);
    rv__sim_building *more =
        rv__realloc(site->building, (size_t)site->n_buildings, (size_t)site->n_buildings + PROPS_MAX + 2, sizeof *more);
    if (more)
        site->building = more;
    if (!site->patch || !more)
        return RV_ERR_NOMEM;
    for (int k = 0; k < site->n_buildings; k++) {
        rv__rng g;
        rv__rng_init(&g, (uint64_t)o->seed, (uint32_t)k, 4, RV__DRAW_BUILDING);
        building_times(site, k, &lot_day, &g);
        find_first(&site->building[k], site);
    }
    change_old_ones(site);
    if (!rv__suite_is_simple(o->suite))
        lengthen_one(site);
    for (int k = 0; portals && k < 2; k++)
        make_portal(site, k);
    if (portals)
        open_road(site);
    const int n = (int)lround(o->nuisance * fmin(.15 * hectares + 6.0, 60.0));
    for (int k = 0; k < n; k++)
        make_nuisance(site, k);
    for (int k = 0; k < (int)lround(2.0 * n) && site->n_props < PROPS_MAX; k++)
        make_prop(site, k);
    return RV_OK;
}

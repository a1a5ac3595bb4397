/* SPDX-License-Identifier: Apache-2.0 */
/* Land: a recursive split of a turned frame into rectangles, as parcels are; roads as cheapest paths over slopes and
 * rough ground [hart1968]; heights as fractal noise whose spectrum falls with k^-2.2 a direction. Style B has other
 * spectra: every material brighter or darker by 16 %, every band by 6 % (sd), drawn once from a fixed key. Spectra are
 * typical values, not those of any sensor's library. */
#include "simulate/land.h"

#include <math.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/rng.h"

enum { NET = 48, NODES = NET * NET };

static const double spectra[RV__MATERIALS][RV__SIM_BANDS] = {
    [RV__SOIL] = { .085, .120, .165, .245, .340 },      [RV__STRAW] = { .075, .115, .145, .270, .300 },
    [RV__CROP] = { .030, .062, .040, .440, .200 },      [RV__CONIFER] = { .022, .042, .030, .270, .120 },
    [RV__GRAVEL] = { .180, .200, .220, .260, .300 },    [RV__ASPHALT] = { .090, .100, .110, .130, .160 },
    [RV__RAW_EARTH] = { .150, .205, .260, .330, .400 }, [RV__CONCRETE] = { .240, .270, .290, .320, .330 },
    [RV__WATER] = { .050, .050, .030, .010, .005 },     [RV__ROCK] = { .140, .170, .200, .240, .280 },
    [RV__SPOIL] = { .220, .260, .300, .350, .400 },     [RV__BURNT] = { .035, .040, .045, .070, .110 },
    [RV__SNOW] = { .860, .870, .860, .780, .100 },      [RV__TARP] = { .320, .240, .150, .280, .250 },
    [RV__DARK] = { .020, .022, .025, .030, .030 },
};

void rv__land_materials(rv__site *site)
{
    for (uint32_t m = 0; m < RV__MATERIALS; m++) {
        rv__rng g;
        rv__rng_init(&g, 0x5ce7e5, m, 0, RV__DRAW_STYLE);
        const double all = site->opts.style == RV_STYLE_B ? exp(.16 * rv__rng_normal(&g)) : 1.0;
        for (int k = 0; k < RV__SIM_BANDS; k++) {
            const double one = site->opts.style == RV_STYLE_B ? exp(.06 * rv__rng_normal(&g)) : 1.0;
            site->material[m][k] = fmin(.95, spectra[m][k] * all * one);
        }
    }
}

int rv__land_heights(float *out, const rv__site *site, const rv__cells *cells)
{
    const rv__fbm hills = { (uint32_t)site->opts.seed, 0, RV__DRAW_RELIEF, 900.0, 5, .47 };
    const int err = site->opts.relief_m > 0.0 ? rv__fbm_fill(out, &hills, cells) : RV_OK;
    const float scale = (float)(site->opts.relief_m / 4.0); /* two sd either way */
    for (size_t i = 0; i < cells->w * cells->h; i++)
        out[i] = err == RV_OK && site->opts.relief_m > 0.0 ? scale * out[i] : 0.0f;
    return err;
}

double rv__ground_height(const rv__site *site, double x, double y)
{
    float h = 0.0f;
    const rv__cells here = rv__cell_at(x, y);
    return rv__land_heights(&h, site, &here) == RV_OK ? (double)h : 0.0;
}

static void make_leaf(rv__parcel *p, rv__rng *g)
{
    const double kind = rv__rng_uniform(g);
    p->cover = kind < .3    ? RV__COVER_SOIL
               : kind < .52 ? RV__COVER_WHEAT
               : kind < .70 ? RV__COVER_MAIZE
               : kind < .97 ? RV__COVER_GRASS
                            : RV__COVER_WOOD;
    p->bright = 1.0 + .13 * rv__rng_normal(g);
    p->bright = fmin(fmax(p->bright, .7), 1.35);
    p->days = 9.0 * rv__rng_normal(g);
    p->row_m = rv__rng_uniform(g) < .5 ? rv__rng_between(g, 5, 12) : 0.0;
    p->plough_t = p->burnt_t = p->wet[0] = p->wet[1] = INFINITY;
}

/* Harvest and ploughing, burning, watering: what changes a field and is nothing built. */
static void add_farm_work(rv__parcel *p, const rv__site *site, uint32_t index)
{
    rv__rng g;
    rv__rng_init(&g, (uint64_t)site->opts.seed, index, 1, RV__DRAW_PARCEL);
    const double first = site->date[0].t, last = site->date[site->opts.dates - 1].t;
    const double when = first + (last - first) * rv__rng_uniform(&g), kind = rv__rng_uniform(&g);
    if (rv__rng_uniform(&g) > .6 * site->opts.nuisance || p->cover == RV__COVER_WOOD)
        return;
    if (kind < .55)
        p->plough_t = when;
    else if (kind < .65)
        p->burnt_t = when;
    else {
        p->wet[0] = when;
        p->wet[1] = when + 86400.0 * rv__rng_between(&g, 5, 40);
    }
}

/* Split until the longer side is below a random limit; parcels are a list in which children follow their parent. */
static int make_parcels(rv__site *site)
{
    site->parcel = rv__alloc(RV__SIM_PARCELS_MAX + 1, sizeof *site->parcel);
    if (!site->parcel)
        return RV_ERR_NOMEM;
    rv__rng g;
    rv__rng_init(&g, (uint64_t)site->opts.seed, 0, 0, RV__DRAW_PARCEL);
    const double far = 1.5 * site->size_m + 200.0; /* the turned frame reaches past every corner */
    const double lo = site->opts.style == RV_STYLE_B ? 55 : 90, hi = site->opts.style == RV_STYLE_B ? 420 : 320;
    site->parcel[0] = (rv__parcel){ .lo = { -far, -far }, .hi = { far, far } };
    site->n_parcels = 1;
    for (int k = 0; k < site->n_parcels; k++) {
        rv__parcel *p = &site->parcel[k];
        const double side[2] = { p->hi[0] - p->lo[0], p->hi[1] - p->lo[1] };
        const int axis = side[0] > side[1] ? 0 : 1;
        if (side[axis] < fmax(rv__rng_between(&g, lo, hi), site->size_m / 12) ||
            site->n_parcels + 2 > RV__SIM_PARCELS_MAX) {
            make_leaf(p, &g);
            add_farm_work(p, site, (uint32_t)k);
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

int rv__land_wild(float *out, const rv__site *site, const rv__cells *cells)
{
    const rv__fbm wild = { (uint32_t)site->opts.seed, 0, RV__DRAW_TREES, 380.0, 5, .62 };
    if (site->opts.suite != RV_SUITE_PLAIN)
        return rv__fbm_fill(out, &wild, cells);
    for (size_t i = 0; i < cells->w * cells->h; i++)
        out[i] = 0.0f;
    return RV_OK;
}

const rv__parcel *rv__land_parcel(double *edge_m, double uv[2], const rv__site *site, const rv__parcel *guess,
                                  const double xy[2], float wild)
{
    const double bend = site->opts.style == RV_STYLE_B ? 22.0 : 14.0;
    const double u = site->turn_c * xy[0] + site->turn_s * xy[1] + bend * (double)wild;
    const double v = site->turn_c * xy[1] - site->turn_s * xy[0] - .6 * bend * (double)wild;
    const rv__parcel *p = site->parcel;
    /* Neighbours mostly lie in one parcel. */
    if (guess && u >= guess->lo[0] && u < guess->hi[0] && v >= guess->lo[1] && v < guess->hi[1])
        p = guess;
    while (p->child[0])
        p = &site->parcel[p->child[(p->axis == 0 ? u : v) >= p->split]];
    const double a = u - p->lo[0] < p->hi[0] - u ? u - p->lo[0] : p->hi[0] - u;
    const double b = v - p->lo[1] < p->hi[1] - v ? v - p->lo[1] : p->hi[1] - v;
    *edge_m = a < b ? a : b;
    uv[0] = u;
    uv[1] = v;
    return p;
}

/* The woods between the fields: no node of the tree, the last of the list. */
static void add_wild(rv__site *site)
{
    rv__parcel *p = &site->parcel[site->n_parcels];
    *p = (rv__parcel){ .cover = RV__COVER_WOOD, .bright = 1.0 };
    p->plough_t = p->burnt_t = p->wet[0] = p->wet[1] = INFINITY;
}

typedef struct net {
    float height[NODES], rough[NODES];
    double cost[NODES];
    int from[NODES];
    bool done[NODES];
    double step_m, middle_m, c, s; /* turned with the parcels about the middle of the site */
} net;

/* Uphill costs, rough ground costs a little; metres that feel as long. */
static double step_cost(const net *n, int a, int b, double length)
{
    const double slope = (double)(n->height[b] - n->height[a]) / length;
    return length * (1.0 + 120.0 * slope * slope + .35 * (double)(n->rough[b] + 2.0f));
}

/* Dijkstra without a heap: 2,304 nodes are visited once in .003 s, which no road needs to beat. */
static void cheapest_paths(net *n, int start)
{
    for (int k = 0; k < NODES; k++) {
        n->cost[k] = INFINITY;
        n->from[k] = -1;
        n->done[k] = false;
    }
    n->cost[start] = 0.0;
    for (int round = 0; round < NODES; round++) {
        int best = -1;
        for (int k = 0; k < NODES; k++)
            if (!n->done[k] && (best < 0 || n->cost[k] < n->cost[best]))
                best = k;
        n->done[best] = true;
        for (int dy = -1; dy <= 1; dy++)
            for (int dx = -1; dx <= 1; dx++) {
                const int x = best % NET + dx, y = best / NET + dy, to = y * NET + x;
                if (x < 0 || y < 0 || x >= NET || y >= NET || to == best)
                    continue;
                const double cost = n->cost[best] + step_cost(n, best, to, n->step_m * hypot(dx, dy));
                if (cost < n->cost[to]) {
                    n->cost[to] = cost;
                    n->from[to] = best;
                }
            }
    }
}

static rv_point node_place(const net *n, int k)
{
    const double u = (k % NET - (NET - 1) / 2.0) * n->step_m, v = (k / NET - (NET - 1) / 2.0) * n->step_m;
    return (rv_point){ n->middle_m + n->c * u - n->s * v, n->middle_m + n->s * u + n->c * v };
}

static void measure_along(rv__road *r)
{
    r->along_m[0] = 0.0;
    for (int k = 1; k < r->n; k++)
        r->along_m[k] = r->along_m[k - 1] + hypot(r->p[k].x - r->p[k - 1].x, r->p[k].y - r->p[k - 1].y);
}

/* The path's nodes, smoothed thrice by [1 2 1] / 4 with the ends kept. */
static void path_to_road(rv__road *r, const net *n, int end)
{
    r->n = 0;
    for (int k = end; k >= 0 && r->n < RV__SIM_ROAD_POINTS; k = n->from[k])
        r->p[r->n++] = node_place(n, k);
    for (int round = 0; round < 3; round++) {
        rv_point before = r->p[0];
        for (int k = 1; k + 1 < r->n; k++) {
            const rv_point here = r->p[k];
            r->p[k].x = (before.x + 2 * here.x + r->p[k + 1].x) / 4;
            r->p[k].y = (before.y + 2 * here.y + r->p[k + 1].y) / 4;
            before = here;
        }
    }
    measure_along(r);
}

static int prepare_net(net *n, const rv__site *site)
{
    n->step_m = 1.45 * site->size_m / NET; /* past every corner, however it is turned */
    n->middle_m = site->size_m / 2;
    n->c = site->turn_c;
    n->s = site->turn_s;
    for (int k = 0; k < NODES && site->opts.relief_m > 0.0; k++) {
        const rv_point p = node_place(n, k);
        n->height[k] = (float)rv__ground_height(site, p.x, p.y);
    }
    const rv__cells cells = { 0, 0, n->step_m, NET, NET };
    const rv__fbm rough = { (uint32_t)site->opts.seed, 0, RV__DRAW_ROAD, site->size_m / 3, 3, .6 };
    return rv__fbm_fill(n->rough, &rough, &cells);
}

/* Even roads run from west to east, odd ones from north to south; the last is built during the series, if any is. */
static int make_roads(rv__site *site)
{
    net *n = rv__alloc(1, sizeof *n);
    int err = n ? prepare_net(n, site) : RV_ERR_NOMEM;
    for (uint32_t k = 0; err == RV_OK && k < (uint32_t)site->n_roads; k++) {
        rv__rng g;
        rv__rng_init(&g, (uint64_t)site->opts.seed, k, 0, RV__DRAW_ROAD);
        rv__road *r = &site->road[k];
        const int a = (int)(NET * rv__rng_between(&g, k == 0 ? .2 : .55, k == 0 ? .45 : .8));
        const int b = (int)(NET * rv__rng_between(&g, k == 0 ? .2 : .55, k == 0 ? .45 : .8));
        cheapest_paths(n, k % 2 ? a : a * NET);
        path_to_road(r, n, k % 2 ? (NET - 1) * NET + b : b * NET + NET - 1);
        r->paved = k == 0;
        r->width_m = k == 0 ? 8.0 : rv__rng_between(&g, 3.0, 5.0);
        r->t_start = r->t_complete = -INFINITY;
    }
    rv__free(n);
    return err;
}

double rv__road_distance(double *along_m, const rv__road *road, double x, double y)
{
    double best = INFINITY; /* squared */
    for (int k = 0; k + 1 < road->n; k++) {
        const rv_point a = road->p[k], b = road->p[k + 1];
        const double dx = b.x - a.x, dy = b.y - a.y, length2 = dx * dx + dy * dy;
        double s = ((x - a.x) * dx + (y - a.y) * dy) / length2;
        s = s < 0.0 ? 0.0 : s > 1.0 ? 1.0 : s;
        const double u = x - a.x - s * dx, v = y - a.y - s * dy, d = u * u + v * v;
        if (d < best) {
            best = d;
            if (along_m)
                *along_m = road->along_m[k] + s * sqrt(length2);
        }
    }
    return sqrt(best);
}

int rv__land_make(rv__site *site)
{
    const int err = make_parcels(site);
    if (err == RV_OK)
        add_wild(site);
    return err < 0 ? err : make_roads(site);
}

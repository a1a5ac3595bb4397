/* SPDX-License-Identifier: Apache-2.0 */
/* The truth as features. Areas are the shoelace formula over the very vertices that are drawn. A hall that was lengthened is
 * one outline; houses of a lot are also one cluster, their hull. */
#include "simulate/truth.h"

#include <math.h>
#include <stdio.h>

#include "base/error.h"
#include "base/mem.h"
#include "geo/geos.h"
#include "geo/polygon.h"
#include "raster/coverage.h"
#include "simulate/air.h"
#include "simulate/building.h"

static const double PI = 3.14159265358979323846;

static void release(rv__fact *f)
{
    rv_polygon_release(&f->roof);
    rv_polygon_release(&f->wall);
}

static rv__fact new_fact(const char *id, int kind, int event)
{
    rv__fact f = {
        .kind = kind, .event = event, .area_before_m2 = NAN, .height_m = NAN, .start = -INFINITY, .complete = -INFINITY
    };
    f.ends = INFINITY;
    snprintf(f.id, sizeof f.id, "%s", id);
    return f;
}

static int tell(rv__fact *f, int err, rv__fact_fn fn, void *user)
{
    if (err == RV_OK) {
        f->area_m2 = rv_polygon_area(&f->roof);
        f->wall_area_m2 = rv_polygon_area(&f->wall);
        err = fn(f, user);
    }
    release(f);
    return err;
}

/* The piece that lengthens a building, or NULL. */
static const rv__sim_building *piece_of(const rv__site *site, int k)
{
    for (int i = site->n_buildings; i < site->n_buildings + site->n_props; i++)
        if (site->building[i].extends == k)
            return &site->building[i];
    return NULL;
}

static int tell_building(const rv__site *site, int k, rv__fact_fn fn, void *user)
{
    rv__sim_building b = site->building[k];
    const rv__sim_building *piece = piece_of(site, k);
    rv__fact f = new_fact(b.id, b.kind, b.event);
    f.start = b.t_start;
    f.complete = b.t_complete;
    f.ends = b.t_end;
    if (piece) { /* they share an axis: together they are a longer rectangle */
        f.area_before_m2 = rv__building_area(&b, b.eaves_m);
        const double along = piece->half[0] / (b.half[0] + piece->half[0]); /* of the way to the piece's middle */
        b.x += along * (piece->x - b.x);
        b.y += along * (piece->y - b.y);
        b.half[0] += piece->half[0];
        f.start = piece->t_start;
        f.complete = piece->t_complete;
    }
    f.x = b.x;
    f.y = b.y;
    f.height_m = b.height_m;
    f.built = true;
    int err = rv__building_outline(&f.roof, &b, b.eaves_m);
    if (err == RV_OK)
        err = rv__building_outline(&f.wall, &b, 0.0);
    return tell(&f, err, fn, user);
}

/* A lot of four houses and more, from building k on. */
static int tell_cluster(const rv__site *site, int k, int n, rv__fact_fn fn, void *user)
{
    const rv__sim_building *b = &site->building[k];
    rv_polygon *roof = rv__alloc((size_t)n, sizeof *roof);
    char id[16];
    snprintf(id, sizeof id, "c%03d", b->lot + 1);
    rv__fact f = new_fact(id, RV_KIND_HOUSING_CLUSTER, b->event);
    int err = roof ? RV_OK : RV_ERR_NOMEM;
    f.start = INFINITY;
    for (int i = 0; err == RV_OK && i < n; i++) {
        f.start = fmin(f.start, b[i].t_start);
        f.complete = fmax(f.complete, b[i].t_complete);
        f.x += b[i].x / n;
        f.y += b[i].y / n;
        err = rv__building_outline(&roof[i], &b[i], b[i].eaves_m);
    }
    if (err == RV_OK && (err = rv__polygon_hull(&f.roof, roof, (size_t)n)) == RV_OK)
        err = rv_polygon_copy(&f.wall, &f.roof);
    for (int i = 0; roof && i < n; i++)
        rv_polygon_release(&roof[i]);
    rv__free(roof);
    return tell(&f, err, fn, user);
}

static int tell_patch(const rv__patch *p, rv__fact_fn fn, void *user)
{
    enum { ROUND = 32 };
    rv_point q[ROUND];
    const double c = cos(p->angle), s = sin(p->angle);
    const int n = p->round ? ROUND : 4;
    for (int k = 0; k < n; k++) {
        const double a = -2 * PI * (k + .5) / n, grow = p->round ? 1.0 : sqrt(2.0);
        const double u = grow * p->half[0] * cos(a), v = grow * p->half[1] * sin(a);
        q[k] = (rv_point){ p->x + c * u - s * v, p->y + s * u + c * v };
    }
    rv__fact f = new_fact(p->id, p->kind, p->event);
    f.start = p->t_start;
    f.complete = p->t_full;
    f.ends = p->t_end;
    f.x = p->x;
    f.y = p->y;
    int err = rv__polygon_ring(&f.roof, q, (size_t)n);
    if (err == RV_OK)
        err = rv_polygon_copy(&f.wall, &f.roof);
    return tell(&f, err, fn, user);
}

/* The ribbon of a road: one side there, the other side back. */
static int tell_road(const rv__road *r, int number, rv__fact_fn fn, void *user)
{
    rv_point q[2 * RV__SIM_ROAD_POINTS];
    char id[16];
    for (int k = 0; k < r->n; k++) {
        const rv_point a = r->p[k ? k - 1 : 0], b = r->p[k + 1 < r->n ? k + 1 : k];
        const double dx = b.x - a.x, dy = b.y - a.y, half = r->width_m / 2 / hypot(dx, dy);
        q[k] = (rv_point){ r->p[k].x - dy * half, r->p[k].y + dx * half };
        q[2 * r->n - 1 - k] = (rv_point){ r->p[k].x + dy * half, r->p[k].y - dx * half };
    }
    snprintf(id, sizeof id, "r%03d", number + 1);
    rv__fact f = new_fact(id, RV_KIND_ROAD, RV_EVENT_WORKS);
    f.start = r->t_start;
    f.complete = r->t_complete;
    f.x = r->p[r->n / 2].x;
    f.y = r->p[r->n / 2].y;
    int err = rv__polygon_ring(&f.roof, q, 2 * (size_t)r->n);
    if (err == RV_OK)
        err = rv_polygon_copy(&f.wall, &f.roof);
    return tell(&f, err, fn, user);
}

int rv__truth_each(const rv__site *site, rv__fact_fn fn, void *user)
{
    int err = RV_OK;
    for (int k = 0; err == RV_OK && k < site->n_buildings; k++)
        err = tell_building(site, k, fn, user);
    for (int k = 0, n; err == RV_OK && k < site->n_buildings; k += n) {
        for (n = 1; k + n < site->n_buildings && site->building[k + n].lot == site->building[k].lot; n++)
            ;
        if (n >= 4 && site->building[k].kind == RV_KIND_HOUSE)
            err = tell_cluster(site, k, n, fn, user);
    }
    for (int k = 0; err == RV_OK && k < site->n_patches; k++)
        if (!site->patch[k].nuisance)
            err = tell_patch(&site->patch[k], fn, user);
    for (int k = 0; err == RV_OK && k < site->n_roads; k++)
        if (isfinite(site->road[k].t_start))
            err = tell_road(&site->road[k], k, fn, user);
    return err;
}

static bool is_clear(const rv__site *site, const rv__fact *f, int date)
{
    const rv_ring *r = &f->roof.ring[0];
    bool hidden = rv__air_hides(site, date, f->x, f->y);
    for (size_t k = 0; !hidden && k<r->n; k += r->n> 8 ? r->n / 8 : 1)
        hidden = rv__air_hides(site, date, r->p[k].x, r->p[k].y);
    return !hidden;
}

void rv__truth_clear(bool clear[RV__SIM_DATES_MAX], const rv__site *site, const rv__fact *f)
{
    for (int k = 0; k < site->opts.dates; k++)
        clear[k] = is_clear(site, f, k);
}

void rv__truth_bracket(int *absent, int *present, const rv__site *site, const bool *clear, double moment)
{
    *absent = *present = -1;
    for (int k = 0; k < site->opts.dates; k++) {
        if (!clear[k])
            continue;
        if (site->date[k].t < moment)
            *absent = k;
        else if (*present < 0)
            *present = k;
    }
}

typedef struct change {
    const rv__site *site;
    uint8_t *out;
} change;

/* Set the pixels that an outline covers by half or more. */
static int mark(const change *c, const rv_polygon *outline, uint8_t value)
{
    const int size = c->site->opts.size_px;
    rv_polygon px = { NULL, 0 };
    double b[4];
    int err = rv_polygon_copy(&px, outline);
    for (size_t r = 0; err == RV_OK && r < px.n; r++)
        for (size_t k = 0; k < px.ring[r].n; k++) {
            px.ring[r].p[k].x /= c->site->opts.gsd_m;
            px.ring[r].p[k].y /= c->site->opts.gsd_m;
        }
    if (err < 0)
        return err;
    rv__polygon_bounds(b, &px);
    const int x0 = (int)fmax(0, floor(b[0])), y0 = (int)fmax(0, floor(b[1]));
    const int w = (int)fmin(size, ceil(b[2])) - x0, h = (int)fmin(size, ceil(b[3])) - y0;
    float *share = rv__alloc(w > 0 && h > 0 ? (size_t)w * (size_t)h : 1, sizeof *share);
    err = !share ? RV_ERR_NOMEM : w > 0 && h > 0 ? rv__coverage(share, (size_t)w, (size_t)h, x0, y0, &px) : RV_OK;
    for (int i = 0; err == RV_OK && i < h; i++)
        for (int j = 0; j < w; j++)
            if (share[(size_t)i * (size_t)w + (size_t)j] >= .5f)
                c->out[(size_t)(y0 + i) * (size_t)size + (size_t)(x0 + j)] = value;
    rv__free(share);
    rv_polygon_release(&px);
    return err;
}

static int mark_change(const rv__fact *f, void *user)
{
    const change *c = user;
    const double first = c->site->date[0].t, last = c->site->date[c->site->opts.dates - 1].t;
    const bool came = f->complete > first && f->complete <= last, went = f->ends > first && f->ends <= last;
    return f->built && came != went ? mark(c, &f->roof, 1) : RV_OK;
}

/* What stood before under a hall that was lengthened did not change. */
static int unmark_old(const change *c)
{
    int err = RV_OK;
    for (int k = 0; err == RV_OK && k < c->site->n_buildings; k++) {
        const rv__sim_building *b = &c->site->building[k];
        rv_polygon old = { NULL, 0 };
        if (b->event != RV_EVENT_EXTENDED)
            continue;
        err = rv__building_outline(&old, b, b->eaves_m);
        if (err == RV_OK)
            err = mark(c, &old, 0);
        rv_polygon_release(&old);
    }
    return err;
}

int rv__truth_change(uint8_t *out, const rv__site *site)
{
    change c = { site, out };
    const int err = rv__truth_each(site, mark_change, &c);
    return err < 0 ? err : unmark_old(&c);
}

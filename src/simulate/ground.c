/* SPDX-License-Identifier: Apache-2.0 */
/* What covers the ground: parcels of crop, soil, grass and wood whose green follows the year by a double logistic curve
 * [zhang2003], fractal texture at field, patch and grain size, furrows, hedges; then, as overlays, roads, yards and
 * patches, each with a soft and ragged rim that moves as it grows. A tile keeps texture, parcels and overlays for all
 * dates; a date mixes colours, row by row, in loops without branches. */
#include "simulate/ground.h"

#include <math.h>

#include "base/error.h"
#include "base/mem.h"
#include "simulate/building.h"
#include "simulate/land.h"
#include "simulate/light.h"

enum { PATCH, MIDDLE, GRAIN, WILD, LAYERS };
typedef enum overlay_kind { OVER_EDGE, OVER_ROAD, OVER_PATCH, OVER_YARD } overlay_kind;

typedef struct entry {
    uint32_t cell;
    float inside_m, along_m; /* distance inside the rim at full size; along a road */
} entry;

typedef struct overlay {
    overlay_kind kind;
    int index;
    entry *v;
    size_t n, cap;
} overlay;

typedef struct span {
    uint32_t begin, end; /* cells of one row in one parcel */
    uint16_t parcel;
} span;

struct rv__ground {
    const rv__site *site;
    rv__cells cells;
    float *layer[LAYERS];
    float *tone, *green; /* lasting parts of the brightness and of the share of green */
    float *now;          /* texture of the date being drawn */
    span *span;
    size_t n_spans, cap_spans;
    overlay *over;
    size_t n_over;
};

static const double PI = 3.14159265358979323846;

/* Share of green between the start and the end of a season, days of the year. */
static double season(double day, double start, double end)
{
    return 1.0 / (1.0 + exp(-(day - start) / 9.0)) - 1.0 / (1.0 + exp(-(day - end) / 9.0));
}

static double green_share(const rv__parcel *p, double t)
{
    const double d = rv__day_of_year(t) - p->days;
    if (t >= p->plough_t && t < p->plough_t + 86400.0 * 90)
        return .03;
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

static int add_entry(overlay *o, size_t cell, double inside_m, double along_m)
{
    if (o->n == o->cap) {
        const size_t cap = o->cap ? 2 * o->cap : 1024;
        entry *more = rv__realloc(o->v, o->cap, cap, sizeof *more);
        if (!more)
            return RV_ERR_NOMEM;
        o->v = more;
        o->cap = cap;
    }
    o->v[o->n++] = (entry){ (uint32_t)cell, (float)inside_m, (float)along_m };
    return RV_OK;
}

static int add_span(rv__ground *g, size_t cell, uint16_t parcel)
{
    if (g->n_spans && g->span[g->n_spans - 1].parcel == parcel && g->span[g->n_spans - 1].end == cell &&
        cell % g->cells.w) {
        g->span[g->n_spans - 1].end++;
        return RV_OK;
    }
    if (g->n_spans == g->cap_spans) {
        const size_t cap = g->cap_spans ? 2 * g->cap_spans : 4096;
        span *more = rv__realloc(g->span, g->cap_spans, cap, sizeof *more);
        if (!more)
            return RV_ERR_NOMEM;
        g->span = more;
        g->cap_spans = cap;
    }
    g->span[g->n_spans++] = (span){ (uint32_t)cell, (uint32_t)cell + 1, parcel };
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
    const float patch = g->layer[PATCH][at], middle = g->layer[MIDDLE][at], grain = g->layer[GRAIN][at];
    g->green[at] = 1.0f + .22f * patch + .10f * middle;
    g->tone[at] = .07f * patch + .05f * middle + (g->site->opts.gsd_m < 1.0 ? .13f : .036f) * grain;
    if (p->cover == RV__COVER_WOOD)
        g->tone[at] = .24f * grain + .12f * middle;
    else if (p->row_m > 0.0)
        g->tone[at] += .03f * (float)sin((p->axis ? u : v) * 2.0 * PI / p->row_m);
}

/* Parcels of a row of cells. Their edges waver a little, as fences do. */
static int scan_row(rv__ground *g, overlay *edges, size_t i)
{
    const rv__site *site = g->site;
    const rv__parcel *p = NULL, *wild = &site->parcel[site->n_parcels];
    int err = RV_OK;
    for (size_t j = 0; err == RV_OK && j < g->cells.w; j++) {
        const size_t at = i * g->cells.w + j;
        const double waver = .8 * (double)g->layer[MIDDLE][at];
        double edge, uv[2];
        p = rv__land_parcel(&edge, uv, site, p, (double[2]){ cell_x(g, j) + waver, cell_y(g, i) + waver },
                            g->layer[WILD][at]);
        const bool wood = g->layer[WILD][at] > RV__LAND_WILD;
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

static int scan_patch(rv__ground *g, overlay *o, const rv__patch *p)
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
                             p->ragged_m * (double)g->layer[MIDDLE][at];
            if (d > -1.5)
                err = add_entry(o, at, d, 0.0);
        }
    return err;
}

static int scan_yard(rv__ground *g, overlay *o, const rv__sim_building *b)
{
    rv__patch yard = { .x = b->x, .y = b->y, .angle = b->angle, .ragged_m = 1.5 };
    yard.half[0] = b->half[0] + b->yard_m;
    yard.half[1] = b->half[1] + b->yard_m;
    return scan_patch(g, o, &yard);
}

/* A road one stretch after another; a cell near two stretches keeps the nearer one by coming twice, which mixes alike. */
static int scan_road(rv__ground *g, overlay *o, const rv__road *r)
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

static int fill_layers(rv__ground *g)
{
    const uint32_t seed = (uint32_t)g->site->opts.seed;
    const bool b = g->site->opts.style == RV_STYLE_B;
    /* Grain reaches down to a pixel or so, whatever the pixel. */
    const int fine = g->site->opts.gsd_m < 1.0 ? 5 : 3;
    const rv__fbm kind[WILD] = { { seed, 0, RV__DRAW_TEXTURE + 1000, b ? 190.0 : 140.0, 4, b ? .7 : .6 },
                                 { seed, 0, RV__DRAW_TEXTURE + 2000, b ? 31.0 : 22.0, 3, b ? .7 : .6 },
                                 { seed, 0, RV__DRAW_TEXTURE + 3000, b ? 7.5 : 6.0, fine,
                                   fine > 3 ? .95
                                   : b      ? .9
                                            : .8 } };
    int err = RV_OK;
    for (int k = 0; err == RV_OK && k < WILD; k++)
        err = rv__fbm_fill(g->layer[k], &kind[k], &g->cells);
    return err < 0 ? err : rv__land_wild(g->layer[WILD], g->site, &g->cells);
}

static int scan_all(rv__ground *g)
{
    const rv__site *site = g->site;
    overlay *o = g->over;
    int err = RV_OK;
    o->kind = OVER_EDGE;
    for (size_t i = 0; err == RV_OK && i < g->cells.h; i++)
        err = scan_row(g, o, i);
    for (int k = site->n_roads - 1; err == RV_OK && k >= 0; k--) {
        *++o = (overlay){ .kind = OVER_ROAD, .index = k };
        err = scan_road(g, o, &site->road[k]);
    }
    for (int k = 0; err == RV_OK && k < site->n_patches; k++) {
        *++o = (overlay){ .kind = OVER_PATCH, .index = k };
        err = scan_patch(g, o, &site->patch[k]);
    }
    for (int k = 0; err == RV_OK && k < site->n_buildings + site->n_props; k++) {
        if (site->building[k].yard_m <= 0.0)
            continue;
        *++o = (overlay){ .kind = OVER_YARD, .index = k };
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
    for (int k = 0; k < LAYERS; k++)
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
    for (int k = 0; k < LAYERS; k++)
        rv__free(g->layer[k]);
    rv__free(g->over);
    rv__free(g->tone);
    rv__free(g->green);
    rv__free(g->now);
    rv__free(g->span);
    rv__free(g);
}

const float *rv__ground_grain(const rv__ground *g)
{
    return g->layer[GRAIN];
}

/* ---- a date ---- */

typedef struct drawing {
    float *const *plane;
    const rv__ground *g;
    const float *now; /* texture of the date */
    const rv__sim_date *date;
    double t;
} drawing;

/* Colour of a parcel without green and under full green. */
static void parcel_colours(float bare[RV__SIM_BANDS], float full[RV__SIM_BANDS], const drawing *d, const rv__parcel *p)
{
    const rv__site *site = d->g->site;
    const rv__material under = p->cover == RV__COVER_WOOD || p->cover == RV__COVER_GRASS ? RV__STRAW : RV__SOIL;
    const rv__material over = p->cover == RV__COVER_WOOD ? RV__CONIFER : RV__CROP;
    const bool wet = d->t >= p->wet[0] && d->t < p->wet[1], burnt = d->t >= p->burnt_t;
    const double bright = p->cover == RV__COVER_WOOD ? 1.0 : p->bright;
    const double ploughed = d->t >= p->plough_t ? .85 : 1.0, damp = d->date->wet * (wet ? .75 : 1.0) * ploughed;
    for (int k = 0; k < RV__SIM_BANDS; k++) {
        const double soil = burnt ? site->material[RV__BURNT][k] : site->material[under][k];
        bare[k] = (float)(soil * bright * damp);
        full[k] = (float)(site->material[over][k] * bright);
    }
}

/* Share of green and brightness of some cells of a span. */
static void cover_of(float *restrict share, float *restrict bright, const drawing *d, const span *s, size_t from,
                     size_t n)
{
    const rv__parcel *p = &d->g->site->parcel[s->parcel];
    const bool wood = p->cover == RV__COVER_WOOD;
    const float most = (float)green_share(p, d->t), more = wood ? .2f : 0.0f, least = wood ? .25f : .4f;
    const float fresh = wood ? .18f : .027f;
    const float *restrict green = d->g->green + from, *restrict tone = d->g->tone + from, *restrict now = d->now + from;
    for (size_t i = 0; i < n; i++) {
        const float q = most * green[i] + more, f = 1.0f + tone[i] + fresh * now[i];
        share[i] = q < 0.0f ? 0.0f : q > 1.0f ? 1.0f : q;
        bright[i] = f < least ? least : f;
    }
}

static void draw_span(const drawing *d, const span *s)
{
    enum { CHUNK = 256 };
    float share[CHUNK], bright[CHUNK], bare[RV__SIM_BANDS], full[RV__SIM_BANDS];
    parcel_colours(bare, full, d, &d->g->site->parcel[s->parcel]);
    for (size_t from = s->begin; from < s->end; from += CHUNK) {
        const size_t n = s->end - from < CHUNK ? s->end - from : CHUNK;
        cover_of(share, bright, d, s, from, n);
        for (int k = 0; k < RV__SIM_BANDS; k++) {
            const float a = bare[k], b = full[k] - bare[k];
            float *restrict out = d->plane[k] ? d->plane[k] + from : NULL;
            for (size_t i = 0; out && i < n; i++)
                out[i] = (a + b * share[i]) * bright[i];
        }
    }
}

/* 1 well inside, 0 outside, with a soft rim of rim_m. */
static float soft(float inside_m, float rim_m)
{
    const float s = inside_m / rim_m + .5f;
    return s < 0.0f ? 0.0f : s > 1.0f ? 1.0f : s;
}

/* Mix a colour into a cell by a share. */
static void blend(const drawing *d, size_t cell, const double colour[RV__SIM_BANDS], float share, float factor)
{
    for (int k = 0; k < RV__SIM_BANDS; k++)
        if (d->plane[k])
            d->plane[k][cell] += share * ((float)colour[k] * factor - d->plane[k][cell]);
}

static void draw_edges(const drawing *d, const overlay *o)
{
    const rv__ground *g = d->g;
    for (size_t i = 0; i < o->n; i++)
        blend(d, o->v[i].cell, g->site->material[g->layer[MIDDLE][o->v[i].cell] > .3f ? RV__CONIFER : RV__STRAW],
              .8f * o->v[i].inside_m / 1.6f, 1.0f);
}

static void draw_road(const drawing *d, const overlay *o)
{
    const rv__road *r = &d->g->site->road[o->index];
    const double grown = d->t >= r->t_complete ? 2.0 : (d->t - r->t_start) / (r->t_complete - r->t_start);
    const float reach = (float)(grown * r->along_m[r->n - 1]), grain = r->paved ? .02f : .06f;
    const float most = (r->paved ? 1.0f : .85f) * (float)(1.0 - (r->paved ? .3 : .6) * d->date->snow);
    const rv__material surface = r->paved ? RV__ASPHALT : d->t < r->t_complete ? RV__RAW_EARTH : RV__GRAVEL;
    for (size_t i = 0; d->t >= r->t_start && i < o->n; i++)
        if (o->v[i].along_m <= reach)
            blend(d, o->v[i].cell, d->g->site->material[surface], soft(o->v[i].inside_m, .8f) * most,
                  1.0f + grain * d->g->layer[GRAIN][o->v[i].cell]);
}

static void draw_patch(const drawing *d, const overlay *o)
{
    const rv__patch *p = &d->g->site->patch[o->index];
    if (d->t < p->t_start || d->t >= p->t_end)
        return;
    const double grown = d->t >= p->t_full ? 1.0 : (d->t - p->t_start) / (p->t_full - p->t_start);
    const float lost = (float)((1.0 - sqrt(grown)) * fmin(p->half[0], p->half[1]));
    const float grain = p->material == RV__WATER || p->material == RV__TARP ? .02f : .09f;
    for (size_t i = 0; i < o->n; i++)
        blend(d, o->v[i].cell, d->g->site->material[p->material], soft(o->v[i].inside_m - lost, 1.5f),
              1.0f + grain * d->g->layer[GRAIN][o->v[i].cell] + .05f * d->g->layer[MIDDLE][o->v[i].cell]);
}

/* Ground around a building: raw earth while it is being built, gravel afterwards, rubble when it is gone. */
static void draw_yard(const drawing *d, const overlay *o)
{
    const rv__site *site = d->g->site;
    const rv__sim_building *b = &site->building[o->index];
    const rv__stage stage = rv__building_stage(b, d->t);
    if (stage == RV__STAGE_NONE)
        return;
    const double days = (d->t - b->t_complete) / 86400.0;
    const double settled = stage == RV__STAGE_GONE ? .3 : b->old ? 1.0 : fmin(fmax(days / 120.0, 0.0), 1.0);
    const float bright = b->old ? .78f : 1.0f, most = b->old ? .7f : .95f, rough = d->t < b->t_complete ? .10f : .05f;
    double surface[RV__SIM_BANDS];
    for (int k = 0; k < RV__SIM_BANDS; k++)
        surface[k] = site->material[RV__RAW_EARTH][k] +
                     settled * (site->material[RV__GRAVEL][k] - site->material[RV__RAW_EARTH][k]);
    for (size_t i = 0; i < o->n; i++)
        blend(d, o->v[i].cell, surface, soft(o->v[i].inside_m, 2.0f) * most,
              bright * (1.0f + rough * d->g->layer[MIDDLE][o->v[i].cell] + .05f * d->g->layer[GRAIN][o->v[i].cell]));
}

static void draw_snow(const drawing *d)
{
    const float most = (float)d->date->snow;
    const size_t n = d->g->cells.w * d->g->cells.h;
    for (size_t i = 0; most > 0.0f && i < n; i++) {
        const float share =
            soft(1.7f * most - .55f + .22f * d->g->layer[PATCH][i] + .14f * d->g->layer[MIDDLE][i], .4f);
        if (share > 0.0f)
            blend(d, i, d->g->site->material[RV__SNOW], share * .95f, 1.0f + .03f * d->now[i]);
    }
}

int rv__ground_draw(float *const plane[RV__SIM_BANDS], rv__ground *g, int date, double t)
{
    static void (*const draw[])(const drawing *, const overlay *) = { draw_edges, draw_road, draw_patch, draw_yard };
    const rv__fbm fresh = { (uint32_t)g->site->opts.seed,      (uint32_t)date + 1,
                            RV__DRAW_TEXTURE + 4000,           12.0,
                            g->site->opts.gsd_m < 2.0 ? 3 : 2, .8 };
    const int err = rv__fbm_fill(g->now, &fresh, &g->cells);
    const drawing d = { plane, g, g->now, &g->site->date[date], t };
    for (size_t k = 0; err == RV_OK && k < g->n_spans; k++)
        draw_span(&d, &g->span[k]);
    for (size_t k = 0; err == RV_OK && k < g->n_over; k++)
        if (g->over[k].kind != OVER_ROAD || d.date->snow <= 0.0)
            draw[g->over[k].kind](&d, &g->over[k]);
    if (err == RV_OK)
        draw_snow(&d);
    for (size_t k = 0; err == RV_OK && d.date->snow > 0.0 && k < g->n_over; k++)
        if (g->over[k].kind == OVER_ROAD) /* cleared, more or less */
            draw_road(&d, &g->over[k]);
    return err;
}

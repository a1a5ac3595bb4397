/* SPDX-License-Identifier: Apache-2.0 */
/* The ground of a date: green by a double logistic curve of the day of year [zhang2003] over soil or straw, in spans of one
 * parcel; then edges, roads, patches and yards mixed in by how far they have grown; then snow. */
#include <math.h>

#include "base/error.h"
#include "base/mem.h"
#include "simulate/building.h"
#include "simulate/ground_internal.h"
#include "geo/sun.h"

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
static void cover_of(float *restrict share, float *restrict bright, const drawing *d, const rv__span *s, size_t from,
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

static void draw_span(const drawing *d, const rv__span *s)
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

static void draw_edges(const drawing *d, const rv__overlay *o)
{
    const rv__ground *g = d->g;
    for (size_t i = 0; i < o->n; i++)
        blend(d, o->v[i].cell,
              g->site->material[g->layer[RV__LAYER_MIDDLE][o->v[i].cell] > .3f ? RV__CONIFER : RV__STRAW],
              .8f * o->v[i].inside_m / 1.6f, 1.0f);
}

static void draw_road(const drawing *d, const rv__overlay *o)
{
    const rv__road *r = &d->g->site->road[o->index];
    const double grown = d->t >= r->t_complete ? 2.0 : (d->t - r->t_start) / (r->t_complete - r->t_start);
    const float reach = (float)(grown * r->along_m[r->n - 1]), grain = r->paved ? .02f : .06f;
    const float most = (r->paved ? 1.0f : .85f) * (float)(1.0 - (r->paved ? .3 : .6) * d->date->snow);
    const rv__material surface = r->paved ? RV__ASPHALT : d->t < r->t_complete ? RV__RAW_EARTH : RV__GRAVEL;
    for (size_t i = 0; d->t >= r->t_start && i < o->n; i++)
        if (o->v[i].along_m <= reach)
            blend(d, o->v[i].cell, d->g->site->material[surface], soft(o->v[i].inside_m, .8f) * most,
                  1.0f + grain * d->g->layer[RV__LAYER_GRAIN][o->v[i].cell]);
}

static void draw_patch(const drawing *d, const rv__overlay *o)
{
    const rv__patch *p = &d->g->site->patch[o->index];
    if (d->t < p->t_start || d->t >= p->t_end)
        return;
    const double grown = d->t >= p->t_full ? 1.0 : (d->t - p->t_start) / (p->t_full - p->t_start);
    const float lost = (float)((1.0 - sqrt(grown)) * fmin(p->half[0], p->half[1]));
    const float grain = p->material == RV__WATER || p->material == RV__TARP ? .02f : .09f;
    for (size_t i = 0; i < o->n; i++)
        blend(d, o->v[i].cell, d->g->site->material[p->material], soft(o->v[i].inside_m - lost, 1.5f),
              1.0f + grain * d->g->layer[RV__LAYER_GRAIN][o->v[i].cell] +
                  .05f * d->g->layer[RV__LAYER_MIDDLE][o->v[i].cell]);
}

/* Ground around a building: raw earth while it is being built, gravel afterwards, rubble when it is gone. */
static void draw_yard(const drawing *d, const rv__overlay *o)
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
              bright * (1.0f + rough * d->g->layer[RV__LAYER_MIDDLE][o->v[i].cell] +
                        .05f * d->g->layer[RV__LAYER_GRAIN][o->v[i].cell]));
}

static float snow_share(double snow, float patch, float middle)
{
    return .95f * soft(1.7f * (float)snow - .55f + .22f * patch + .14f * middle, .4f);
}

static void draw_snow(const drawing *d)
{
    const rv__ground *g = d->g;
    for (size_t i = 0; d->date->snow > 0.0 && i < g->cells.w * g->cells.h; i++) {
        const float share = snow_share(d->date->snow, g->layer[RV__LAYER_PATCH][i], g->layer[RV__LAYER_MIDDLE][i]);
        if (share > 0.0f)
            blend(d, i, g->site->material[RV__SNOW], share, 1.0f + .03f * d->now[i]);
    }
}

int rv__ground_snow(float *out, const rv__site *site, int date, const rv__cells *cells)
{
    const size_t n = cells->w * cells->h;
    const rv__fbm patch = rv__ground_layer(site, RV__LAYER_PATCH), middle = rv__ground_layer(site, RV__LAYER_MIDDLE);
    float *m = rv__alloc(n, sizeof *m);
    int err = m ? rv__fbm_fill(out, &patch, cells) : RV_ERR_NOMEM;
    if (err == RV_OK)
        err = rv__fbm_fill(m, &middle, cells);
    for (size_t i = 0; err == RV_OK && i < n; i++)
        out[i] = snow_share(site->date[date].snow, out[i], m[i]);
    rv__free(m);
    return err;
}

int rv__ground_draw(float *const plane[RV__SIM_BANDS], rv__ground *g, int date, double t)
{
    static void (*const draw[])(const drawing *, const rv__overlay *) = { draw_edges, draw_road, draw_patch,
                                                                          draw_yard };
    const rv__fbm fresh = { (uint32_t)g->site->opts.seed,      (uint32_t)date + 1,
                            RV__DRAW_TEXTURE + 4000,           12.0,
                            g->site->opts.gsd_m < 2.0 ? 3 : 2, .8 };
    const int err = rv__fbm_fill(g->now, &fresh, &g->cells);
    const drawing d = { plane, g, g->now, &g->site->date[date], t };
    for (size_t k = 0; err == RV_OK && k < g->span.n; k++)
        draw_span(&d, &g->span.v[k]);
    for (size_t k = 0; err == RV_OK && k < g->n_over; k++)
        if (g->over[k].kind != RV__OVER_ROAD || d.date->snow <= 0.0)
            draw[g->over[k].kind](&d, &g->over[k]);
    if (err == RV_OK)
        draw_snow(&d);
    for (size_t k = 0; err == RV_OK && d.date->snow > 0.0 && k < g->n_over; k++)
        if (g->over[k].kind == RV__OVER_ROAD) /* cleared, more or less */
            draw_road(&d, &g->over[k]);
    return err;
}

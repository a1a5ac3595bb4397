/* SPDX-License-Identifier: Apache-2.0 */
/* Tile by tile: what lasts of the ground once, then each date and each of its looks: ground, light on hills and trees,
 * bodies; sampled to pixels; air, gain, noise, sharpening, JPEG, rounding. Cells have whole indices on one net for the
 * whole place, so a tile's bits do not depend on how the picture is cut. */
#include "simulate/draw.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/parallel.h"
#include "raster/filter.h"
#include "simulate/air.h"
#include "simulate/ground.h"
#include "simulate/jpeg.h"
#include "simulate/other.h"
#include "simulate/sight.h"
#include "simulate/solid.h"
#include "simulate/tile.h"

enum { PAN_MARGIN = 9 };

/* ---- a batch ---- */

static int prepare_look(rv__look *l, const rv__batch *b)
{
    const size_t n = b->relief->net.w * b->relief->net.h;
    if (b->relief->ground) {
        l->light = rv__alloc(n, sizeof *l->light);
        const int err = l->light ? rv__relief_light(l->light, b->relief, l->view) : RV_ERR_NOMEM;
        if (err < 0)
            return err;
    }
    return rv__psf_make(&l->psf, &b->site->opts, l->view->psf_px);
}

static int look_task(size_t index, size_t worker, void *user)
{
    (void)worker;
    const rv__batch *b = user;
    return prepare_look(&b->look[index], b);
}

int rv__batch_new(rv__batch **out, const rv__site *site, const rv__relief *relief, int first, int n)
{
    rv__batch *b = rv__alloc(1, sizeof *b);
    if (!b)
        return RV_ERR_NOMEM;
    *b = (rv__batch){ .site = site, .relief = relief, .sensor = rv__sensor_of(&site->opts), .first = first, .n = n };
    b->margin_px =
        b->sensor->pan ? PAN_MARGIN + 1 : 2; /* sharpening wants one, pairs of coarse pixels an even number */
    b->look = rv__alloc((size_t)n * RV__SIM_VIEWS, sizeof *b->look);
    b->normal = rv__alloc(RV__NORMALS + 1, sizeof *b->normal);
    int err = b->look && b->normal ? RV_OK : RV_ERR_NOMEM;
    if (err == RV_OK)
        rv__normal_table(b->normal);
    for (int d = first; err == RV_OK && d < first + n; d++)
        for (int k = 0; k < site->date[d].n_views; k++)
            b->look[b->n_looks++] = (rv__look){ .view = &site->date[d].view[k], .date = d, .number = k };
    if (err == RV_OK)
        err = rv__parallel_for((size_t)b->n_looks, look_task, b);
    if (err < 0) {
        rv__batch_free(b);
        return err;
    }
    *out = b;
    return RV_OK;
}

void rv__batch_free(rv__batch *b)
{
    if (!b)
        return;
    for (int k = 0; k < b->n_looks; k++) {
        rv__free(b->look[k].light);
        rv__psf_release(&b->look[k].psf);
    }
    rv__free(b->look);
    rv__free(b->normal);
    rv__free(b);
}

/* ---- light on the cells ---- */

/* Crowns over whatever grows below them, in a row of cells. */
static void draw_crowns(float *restrict p, const rv__sim_tile *t, size_t at, float leaf)
{
    const float *restrict canopy = t->crowns + at, *restrict grain = t->solids.grain + at;
    for (size_t i = 0; i < t->cells.w; i++) {
        const float c = canopy[i] - .8f, share = c < 0.0f ? 0.0f : c > 1.0f ? 1.0f : c;
        p[i] += .85f * share * (leaf * (1.0f + .2f * grain[i]) - p[i]);
    }
}

/* Ground in its light, less what bodies cover and shade, and the bodies, in cells [at, end). */
static void add_bodies(float *restrict p, const rv__sim_tile *t, size_t at, size_t end, int band)
{
    const float *restrict alpha = t->solids.alpha, *restrict shade = t->solids.shade;
    const float *restrict colour = t->solids.colour[band], *restrict light = t->light;
    const float soft = (float)rv__diffuse[band], direct = 1.0f - soft;
    for (size_t i = at; i < end; i++) {
        const float open = 1.0f - alpha[i], dark = shade[i] < open ? shade[i] : open;
        p[i] = p[i] * (soft * open + direct * light[i] * (open - dark)) + colour[i];
    }
}

static void add_light(float *restrict p, const rv__sim_tile *t, size_t at, size_t end, int band)
{
    const float *restrict light = t->light, soft = (float)rv__diffuse[band], direct = 1.0f - soft;
    for (size_t i = at; i < end; i++)
        p[i] *= soft + direct * light[i];
}

/* Row by row with all bands of a row together: the planes that they share stay in the cache. bodies: where there are any. */
static void compose(rv__sim_tile *t, rv__window bodies)
{
    for (size_t row = 0; row < t->cells.h; row++)
        for (int k = 0; k < RV__SIM_BANDS; k++) {
            const bool in = (int)row >= bodies.row0 && (int)row < bodies.row0 + bodies.height;
            const size_t at = row * t->cells.w, end = at + t->cells.w;
            const size_t first = in ? at + (size_t)bodies.col0 : end, last = in ? first + (size_t)bodies.width : end;
            if (!t->plane[k])
                continue;
            if (t->has_crowns)
                draw_crowns(t->plane[k] + at, t, at, (float)t->b->site->material[RV__CONIFER][k]);
            if (t->canopy) {
                add_light(t->plane[k], t, at, first, k);
                add_light(t->plane[k], t, last, end, k);
            }
            add_bodies(t->plane[k], t, first, last, k);
        }
}

/* Trees of ours, with their shade, stand where the ground is ours. */
static void clear_other(rv__sim_tile *t, bool shown)
{
    for (size_t i = 0; t->crowns != t->canopy && i < t->cells.w * t->cells.h; i++) {
        const float kept = shown ? 1.0f - t->share[i] : 1.0f;
        t->crowns[i] = kept * t->canopy[i];
        t->light[i] = 1.0f + kept * (t->light[i] - 1.0f);
    }
}

/* The ground of a date, without light. */
static int draw_ground(rv__sim_tile *t, int date)
{
    const rv__site *site = t->b->site;
    int err = rv__ground_draw(t->plane, t->ground, date, site->date[date].t);
    if (err == RV_OK && rv__other_shown(site, date))
        err = rv__other_mix(t->plane, t->other, t->share, date, site->date[date].t);
    for (int k = 0; err == RV_OK && rv__other_inverted(site, date) && k < RV__SIM_BANDS; k++)
        for (size_t i = 0; t->plane[k] && i < t->cells.w * t->cells.h; i++)
            t->plane[k][i] = rv__other_turned(site, t->plane[k][i], k);
    return err;
}

/* Light of one look on the cells. */
static int draw_cells(rv__sim_tile *t, const rv__look *l)
{
    rv__window bodies = { 0, 0, 0, 0 };
    /* Looks of a mosaic have their own light; what stands is that of the date, for which the truth speaks. */
    int err = draw_ground(t, l->date);
    if (err == RV_OK)
        err = rv__solids_draw(&t->solids, &bodies, t->b->site, l->date, l->view);
    if (err == RV_OK && l->light)
        err = rv__relief_sample(t->light, t->b->relief, l->light, &t->cells);
    if (err < 0)
        return err;
    clear_other(t, rv__other_shown(t->b->site, l->date));
    compose(t, bodies);
    return RV_OK;
}

/* The coarse band of a sensor: pairs of pixels share their mean. Windows begin at even pixels. */
static void make_coarse(float *p, rv__window w)
{
    const size_t width = (size_t)w.width;
    for (size_t i = 0; i + 1 < (size_t)w.height; i += 2)
        for (size_t j = 0; j + 1 < width; j += 2) {
            float *a = p + i * width + j;
            a[0] = a[1] = a[width] = a[width + 1] = .25f * (a[0] + a[1] + a[width] + a[width + 1]);
        }
}

/* Colour from a picture a quarter as sharp, detail from the mean of all bands. */
static int merge_pan(float *const *p, int n_bands, rv__window w)
{
    const size_t n = (size_t)w.width * (size_t)w.height;
    float *detail = rv__alloc(n, sizeof *detail), *wide = rv__alloc(n, sizeof *wide);
    int err = detail && wide ? RV_OK : RV_ERR_NOMEM;
    for (int k = 0; err == RV_OK && k < n_bands; k++) {
        if ((err = rv__gaussian(wide, p[k], (size_t)w.width, (size_t)w.height, 1.8)) < 0)
            break;
        for (size_t i = 0; i < n; i++) {
            detail[i] += (p[k][i] - wide[i]) / (float)n_bands;
            p[k][i] = wide[i];
        }
    }
    for (int k = 0; err == RV_OK && k < n_bands; k++)
        for (size_t i = 0; i < n; i++)
            p[k][i] += detail[i];
    rv__free(detail);
    rv__free(wide);
    return err;
}

/* Pixels of one look into part[]. */
static int sample_look(rv__sim_tile *t, const rv__look *l, const rv__air *air, const rv__sights *sights)
{
    const rv__batch *b = t->b;
    const size_t n = (size_t)t->px.width * (size_t)t->px.height;
    int err = RV_OK;
    for (int k = 0; err == RV_OK && k < b->sensor->n_bands; k++) {
        const int band = b->sensor->band[k];
        const rv__sampling how = { t->px,
                                   &l->psf,
                                   b->site->opts.oversample,
                                   b->site->date[l->date].shift_px[0],
                                   { l->view->band_px[band][0], l->view->band_px[band][1] } };
        err = rv__psf_sample(t->part[k], t->plane[band], &t->cells, sights, &how);
        if (err == RV_OK)
            rv__air_pass(t->part[k], air, n, band);
        for (size_t i = 0; i < n; i++)
            t->part[k][i] = t->part[k][i] * (float)l->view->gain[band] + (float)l->view->offset[band];
    }
    return err;
}

/* ---- what goes with the pixels ---- */

static uint8_t class_of(float alpha, float shadow, float haze, float snow)
{
    const bool cloud = alpha > .1f, dark = shadow > .1f;
    return (uint8_t)(cloud && dark ? 3 : cloud ? 1 : dark ? 2 : haze > .2f ? 4 : snow > .5f ? 5 : 0);
}

/* To 1/4096: digits below tell nothing and would not compress. */
static float rounded(float v)
{
    return (float)(int)(4096.0f * v + (v < 0.0f ? -.5f : .5f)) / 4096.0f;
}

/* One pixel of the tile to its place in the rows. */
static void store_air(rv__rows *out, size_t plane, size_t at, size_t i, const rv__air *a, float snow)
{
    if (out->air) {
        out->air[at] = rounded(a->alpha[i]);
        out->air[plane + at] = rounded(1.0f - a->shadow[i]);
        out->air[2 * plane + at] = rounded(-logf(1.0f - a->haze[i]));
    }
    if (out->mask)
        out->mask[at] = class_of(a->alpha[i], a->shadow[i], a->haze[i], snow);
}

typedef struct job {
    const rv__batch *b;
    rv__rows *out;
    int row0, n_rows;
    rv__sim_tile *tile; /* one for each worker */
} job;

static size_t place_in_rows(const job *j, const rv__sim_tile *t, int row, int col)
{
    return (size_t)(row + t->inner.row0 - j->row0) * (size_t)j->b->site->opts.size_px + (size_t)(col + t->inner.col0);
}

static size_t plane_of(const job *j)
{
    return (size_t)j->n_rows * (size_t)j->b->site->opts.size_px;
}

/* Pixels of a look that the mosaic takes from it. */
static void take_look(rv__sim_tile *t, const job *j, const rv__look *l, const rv__air *air)
{
    rv__rows *out = &j->out[l->date - j->b->first];
    const size_t n = (size_t)t->px.width * (size_t)t->px.height;
    for (int k = 0; k < j->b->sensor->n_bands; k++)
        for (size_t i = 0; i < n; i++)
            if (t->pick[i] == l->number)
                t->pixel[k][i] = t->part[k][i];
    const int margin = j->b->margin_px;
    for (int r = 0; r < t->inner.height; r++)
        for (int c = 0; c < t->inner.width; c++) {
            const size_t i = (size_t)(r + margin) * (size_t)t->px.width + (size_t)(c + margin);
            if (t->pick[i] == l->number)
                store_air(out, plane_of(j), place_in_rows(j, t, r, c), i, air, t->snow[i]);
        }
}

/* Number of the look that a pixel of the inner tile comes from. */
static int pick_at(const rv__sim_tile *t, int row, int col)
{
    const size_t margin = (size_t)t->b->margin_px;
    return t->pick[((size_t)row + margin) * (size_t)t->px.width + (size_t)col + margin];
}

/* Ground at reference pixel p goes by the look at frame pixel p: over a seam, to within the displacement. */
static int store_displacement(const rv__sim_tile *t, const job *j, const rv__look *l)
{
    rv__rows *out = &j->out[l->date - j->b->first];
    const size_t n = (size_t)t->inner.width * (size_t)t->inner.height;
    if (!out->displacement)
        return RV_OK;
    float *dx = rv__alloc(n, sizeof *dx), *dy = rv__alloc(n, sizeof *dy);
    int err = dx && dy ? rv__displacement(dx, dy, t->b->site, l->date, l->view, t->inner) : RV_ERR_NOMEM;
    for (int r = 0; err == RV_OK && r < t->inner.height; r++)
        for (int c = 0; c < t->inner.width; c++) {
            const size_t at = place_in_rows(j, t, r, c), i = (size_t)r * (size_t)t->inner.width + (size_t)c;
            if (pick_at(t, r, c) != l->number)
                continue;
            out->displacement[at] = rounded(dx[i]);
            out->displacement[plane_of(j) + at] = rounded(dy[i]);
        }
    rv__free(dx);
    rv__free(dy);
    return err;
}

/* Which look each pixel of a mosaic comes from: levels of a smooth noise. */
static int pick_looks(rv__sim_tile *t, int date)
{
    const int n_views = t->b->site->date[date].n_views;
    const size_t n = (size_t)t->px.width * (size_t)t->px.height;
    memset(t->pick, 0, n);
    if (n_views == 1)
        return RV_OK;
    float *u = rv__alloc(n, sizeof *u);
    const rv__fbm seam = {
        (uint32_t)t->b->site->opts.seed, (uint32_t)date + 1, RV__DRAW_SEAM, t->b->site->size_m / 1.5, 3, .5
    };
    const rv__cells here = { t->px.col0, t->px.row0, t->b->site->opts.gsd_m, (size_t)t->px.width,
                             (size_t)t->px.height };
    const int err = u ? rv__fbm_fill(u, &seam, &here) : RV_ERR_NOMEM;
    for (size_t i = 0; err == RV_OK && i < n; i++) {
        const double level = (.5 + .35 * (double)u[i]) * n_views;
        t->pick[i] = (uint8_t)fmin(fmax(floor(level), 0.0), n_views - 1);
    }
    rv__free(u);
    return err;
}

static bool is_used(const rv__sim_tile *t, int number)
{
    return memchr(t->pick, number, (size_t)t->px.width * (size_t)t->px.height) != NULL;
}

/* Share of snow of every pixel of the tile. */
static int lay_snow(rv__sim_tile *t, int date)
{
    const size_t n = (size_t)t->px.width * (size_t)t->px.height;
    const rv__cells here = { t->px.col0, t->px.row0, t->b->site->opts.gsd_m, (size_t)t->px.width,
                             (size_t)t->px.height };
    if (t->b->site->date[date].snow > 0.0)
        return rv__ground_snow(t->snow, t->b->site, date, &here);
    memset(t->snow, 0, n * sizeof *t->snow);
    return RV_OK;
}

static int draw_look(rv__sim_tile *t, const job *j, const rv__look *l)
{
    rv__sights sights = { .x = NULL };
    rv__air air = { .alpha = NULL };
    const int halo = (int)((t->cells.w / (size_t)t->b->site->opts.oversample - (size_t)t->px.width) / 2);
    int err = RV_OK;
    if (is_used(t, l->number) && (err = store_displacement(t, j, l)) == RV_OK && (err = draw_cells(t, l)) == RV_OK &&
        (err = rv__sights_make(&sights, t->b->site, l->date, l->view, rv__window_around(t->px, halo + 8, 0))) ==
            RV_OK &&
        (err = rv__air_make(&air, t->b->site, l->date, l->view, t->px)) == RV_OK &&
        (err = sample_look(t, l, &air, &sights)) == RV_OK)
        take_look(t, j, l, &air);
    rv__sights_release(&sights);
    rv__air_release(&air);
    return err;
}

/* ---- finishing a date ---- */

/* Through JPEG in blocks of 16; beyond the image the last pixels are repeated. */
static int lose_by_jpeg(float *const *value, int width, int height, int quality)
{
    const int w = (width + 15) / 16 * 16, h = (height + 15) / 16 * 16;
    const size_t n = (size_t)w * (size_t)h;
    float *all = rv__alloc(3 * n, sizeof *all);
    if (!all)
        return RV_ERR_NOMEM;
    float *const rgb[3] = { all, all + n, all + 2 * n };
    for (int k = 0; k < 3; k++)
        for (size_t i = 0; i < n; i++) {
            const int r = (int)(i / (size_t)w), c = (int)(i % (size_t)w);
            rgb[k][i] =
                value[k][(size_t)(r < height ? r : height - 1) * (size_t)width + (size_t)(c < width ? c : width - 1)];
        }
    const int err = rv__jpeg_loss(rgb, (size_t)w, (size_t)h, quality);
    for (int k = 0; err == RV_OK && k < 3; k++)
        for (int r = 0; r < height; r++)
            for (int c = 0; c < width; c++)
                value[k][(size_t)r * (size_t)width + (size_t)c] = rgb[k][(size_t)r * (size_t)w + (size_t)c];
    rv__free(all);
    return err;
}

/* Stored values of the inner tile, still as floats, in part[]. */
static void to_values(rv__sim_tile *t, int date)
{
    const rv__batch *b = t->b;
    for (int k = 0; k < b->sensor->n_bands; k++) {
        const rv__tone tone = rv__tone_of(b->sensor, &b->site->opts, date, k);
        for (int r = 0; r < t->inner.height; r++) {
            const float *from = t->pixel[k] + (size_t)(r + b->margin_px) * (size_t)t->px.width + (size_t)b->margin_px;
            float *to = t->part[k] + (size_t)r * (size_t)t->inner.width;
            for (int c = 0; c < t->inner.width; c++)
                to[c] = rv__tone_value(&tone, from[c]);
        }
    }
}

static int finish_date(rv__sim_tile *t, const job *j, int date)
{
    const rv__batch *b = t->b;
    const rv_simulate_opts *o = &b->site->opts;
    int err = RV_OK;
    rv__sensor_noise(t->pixel, b->sensor->n_bands, t->px, o, date, b->normal);
    if (b->sensor->coarse_last)
        make_coarse(t->pixel[b->sensor->n_bands - 1], t->px);
    if (b->sensor->pan)
        err = merge_pan(t->pixel, b->sensor->n_bands, t->px);
    const double sharpen = o->sharpen + b->site->date[date].halo;
    for (int k = 0; err == RV_OK && sharpen > 0.0 && k < b->sensor->n_bands; k++)
        err = rv__sensor_sharpen(t->pixel[k], t->px, sharpen);
    if (err < 0)
        return err;
    to_values(t, date);
    if (o->jpeg_quality > 0 && b->sensor->bits == 8)
        err = lose_by_jpeg(t->part, t->inner.width, t->inner.height, o->jpeg_quality);
    uint16_t *out = j->out[date - b->first].value;
    for (int k = 0; err == RV_OK && out && k < b->sensor->n_bands; k++)
        for (int r = 0; r < t->inner.height; r++)
            for (int c = 0; c < t->inner.width; c++)
                out[(size_t)k * plane_of(j) + place_in_rows(j, t, r, c)] =
                    (uint16_t)(t->part[k][(size_t)r * (size_t)t->inner.width + (size_t)c] + .5f);
    return err;
}

static int tile_task(size_t index, size_t worker, void *user)
{
    const job *j = user;
    const rv__batch *b = j->b;
    rv__sim_tile *t = &j->tile[worker];
    rv__window inner = rv__tile_at(b->site->opts.size_px, j->n_rows, RV__SIM_TILE, index);
    inner.row0 += j->row0;
    int err = rv__sim_tile_begin(t, b, inner);
    for (int d = b->first; err == RV_OK && d < b->first + b->n; d++) {
        if ((err = rv__stopping()) < 0 || (err = pick_looks(t, d)) < 0 || (err = lay_snow(t, d)) < 0)
            break;
        for (int k = 0; err == RV_OK && k < b->n_looks; k++)
            if (b->look[k].date == d)
                err = draw_look(t, j, &b->look[k]);
        if (err == RV_OK)
            err = finish_date(t, j, d);
    }
    rv__sim_tile_end(t);
    return err;
}

int rv__batch_rows(rv__rows *out, const rv__batch *batch, int row0, int n_rows)
{
    const size_t workers = rv__workers();
    job j = { batch, out, row0, n_rows, rv__alloc(workers, sizeof *j.tile) };
    if (!j.tile)
        return RV_ERR_NOMEM;
    const int err = rv__parallel_for(rv__tile_count(batch->site->opts.size_px, n_rows, RV__SIM_TILE), tile_task, &j);
    for (size_t k = 0; k < workers; k++)
        rv__sim_tile_release(&j.tile[k]);
    rv__free(j.tile);
    return err;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Which pixels of each scene show clear ground: the dates under snow (snow.c), the series at large (survey.c), its air pixel by
 * pixel and tile by tile (air.c), objects date by date (objects.c), one layer a scene. Dates under snow are compared with each
 * other, and those without with each other: no ground is the same in both. All dates of a tile are in memory at once, all tiles of a
 * group of dates as four bytes a pixel; the sizes of both follow from the memory allowed, never from the number of
 * threads, so that the same input gives the same masks. */
#include <revisit/normalise.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/parallel.h"
#include "normalise/air.h"
#include "normalise/light.h"
#include "normalise/objects.h"
#include "normalise/snow.h"
#include "normalise/sunward.h"
#include "normalise/survey.h"
#include "normalise/veil.h"
#include "raster/gdal_write.h"
#include "raster/morph.h"
#include "raster/raster.h"

#include <math.h>
#include <string.h>

enum {
    HALO = 24,
    EDGE_PX = 2, /* the reach of a cubic spline */
    TILE_MAX = 1024,
    TILE_MIN = 64,
    DATES_MIN = 3,
    PLANES = 4, /* opacity, shade, bits, veil; in the end mask and weight in place of the first two */
    BYTES_A_PIXEL = 14,
    BYTES_OF_SNOW = 6, /* besides, where there is any */
    BYTES_AN_OBJECT_PIXEL = 24
};

static const float unrest = 2;        /* robust deviations in time */
static const double one_sided_m = 60; /* smallest cloud where time cannot tell it from a roof */
enum { ONE_SIDED_PX = 400, SMALLEST_PX = 49 };

typedef struct frame {
    const rv_stack *stack;
    const rv_normalise_opts *opts;
    rv__survey survey[2]; /* of the dates without snow and of those with it */
    uint8_t *member[2];   /* the dates of each, 1 or 0 */
    size_t members[2];
    int width, height;
    size_t dates;
    size_t min_px;
    double (*cast_px)[2]; /* of the dates: where clouds alone told the direction of shadows, else 0 */
    bool told;            /* some scene has a mask of its provider */
    uint8_t *planes;      /* of the group's dates: PLANES * width * height each */
    size_t first, count;  /* the group */
} frame;

/* One tile of all dates. */
typedef struct tile {
    const frame *frame;
    rv__window window; /* halo included */
    float *blue, *full;
    uint8_t *inside, *told; /* told: NULL where no scene has a mask of its provider */
    float *bare;            /* what snow is looked for in (white.h); NULL where no date has any */
    uint8_t *grey;
    rv__air air;
} tile;

static size_t pixels(const frame *f)
{
    return (size_t)f->width * (size_t)f->height;
}

static bool looked_at(const frame *f)
{
    return f->dates >= DATES_MIN && f->opts->masks;
}

static bool snowy(const frame *f, size_t t)
{
    return f->member[1][t];
}

/* Whether a date has enough of its own kind to be compared with. */
static bool compared(const frame *f, size_t t)
{
    return looked_at(f) && f->members[snowy(f, t)] >= DATES_MIN;
}

/* A date's planes, on the scale of the survey. Beside no data an interpolated value is a guess: such pixels are outside. */
static int read_date(size_t t, size_t worker, void *user)
{
    const tile *k = user;
    const size_t n = (size_t)k->window.width * (size_t)k->window.height;
    const rv__light planes = { k->blue + t * n, k->full + t * n, k->inside + t * n };
    int err = rv__light_read(&planes, k->frame->stack, t, k->window);
    (void)worker;
    if (err == RV_OK && k->bare) {
        const rv__white white = { k->bare + t * n, NULL, k->grey + t * n, planes.inside };
        err = rv__white_read(&white, k->frame->stack, t, k->window);
    }
    if (err < 0 ||
        (err = rv__erode_u8(planes.inside, planes.inside, (size_t)k->window.width, (size_t)k->window.height, EDGE_PX)) <
            0 ||
        !compared(k->frame, t))
        return err;
    const int box[4] = { k->window.col0, k->window.row0, k->window.width, k->window.height };
    if (k->told && (err = rv_stack_read_told(k->frame->stack, k->told + t * n, t, box)) < 0)
        return err;
    const rv__date_light *d = &k->frame->survey[snowy(k->frame, t)].date[t];
    for (size_t i = 0; i < n; i++) {
        planes.blue[i] = d->gain[0] * planes.blue[i] + d->offset[0];
        planes.full[i] = d->gain[1] * planes.full[i] + d->offset[1];
    }
    return RV_OK;
}

/* Snow of the tile, noted in the veil. A cloud over snow is no brighter than fresh snow is, so that nothing is called cloud on
 * such a date; and ground that is bare for a date is darker than snow, but has not the colour of its shadow. */
static int note_snow(tile *k)
{
    const frame *f = k->frame;
    const size_t n = (size_t)k->window.width * (size_t)k->window.height;
    float *least = rv__alloc(f->dates, sizeof *least);
    int err = least ? RV_OK : RV_ERR_NOMEM;
    for (size_t t = 0; t < f->dates && err == RV_OK; t++)
        least[t] = rv__white_least(f->stack, t);
    const rv__snow_series series = { n, f->dates, f->member[1], k->bare, k->grey, k->inside, least };
    if (err == RV_OK)
        err = rv__snow_mark(k->air.veil, &series);
    for (size_t i = 0; i < f->dates * n && err == RV_OK; i++) {
        if (!snowy(f, i / n))
            continue;
        int gone = RV__AIR_CLOUD | RV__AIR_CLOUD_CORE;
        gone |= k->grey[i] & RV__WHITE_COLD ? 0 : RV__AIR_SHADE | RV__AIR_SHADE_CORE;
        k->air.bits[i] = (uint8_t)(k->air.bits[i] & ~gone);
        k->air.veil[i] = k->air.veil[i] ? RV__AIR_SNOW : 0;
    }
    rv__free(least);
    return err;
}

static int veil_date(size_t t, size_t worker, void *user)
{
    const tile *k = user;
    const size_t n = (size_t)k->window.width * (size_t)k->window.height;
    (void)worker;
    if (snowy(k->frame, t) || !compared(k->frame, t))
        return RV_OK;
    const rv__survey *v = &k->frame->survey[0];
    const float span = v->date[t].white[0] - v->ground[0];
    const rv__veil_date date = { .w = (size_t)k->window.width,
                                 .h = (size_t)k->window.height,
                                 .opacity = k->air.opacity + t * n,
                                 .bits = k->air.bits + t * n,
                                 .haze = v->date[t].haze,
                                 .unrest = span > 0 ? unrest * v->noise[0] / span : 1 };
    return rv__veil_fill(k->air.veil + t * n, &date);
}

static int find_air(tile *k)
{
    const frame *f = k->frame;
    const size_t w = (size_t)k->window.width, h = (size_t)k->window.height;
    int err = RV_OK;
    for (size_t i = 0; i < f->dates * w * h; i++)
        k->air.bits[i] = k->inside[i] ? 0 : RV__AIR_OUTSIDE;
    for (int g = 0; g < 2 && err == RV_OK; g++) {
        if (!looked_at(f) || f->members[g] < DATES_MIN)
            continue;
        rv__air_series series = { .w = w,
                                  .h = h,
                                  .dates = f->dates,
                                  .blue = k->blue,
                                  .full = k->full,
                                  .inside = k->inside,
                                  .told = k->told,
                                  .member = f->member[g],
                                  .survey = &f->survey[g],
                                  .mad = f->opts->cloud_mad };
        rv__light_taken(series.taken, rv_stack_roles(f->stack));
        err = rv__air_find(&k->air, &series);
    }
    if (err == RV_OK && k->bare)
        err = note_snow(k);
    return err < 0 ? err : rv__parallel_for(f->dates, veil_date, k);
}

/* The part of one plane of a tile without its halo goes to the plane of the frame. */
static void keep_plane(uint8_t *to, const uint8_t *from, const tile *k, rv__window core)
{
    const size_t w = (size_t)k->window.width;
    for (int row = core.row0; row < core.row0 + core.height; row++)
        memcpy(to + (size_t)row * (size_t)k->frame->width + (size_t)core.col0,
               from + (size_t)(row - k->window.row0) * w + (size_t)(core.col0 - k->window.col0), (size_t)core.width);
}

static void keep(const tile *k, rv__window core)
{
    const frame *f = k->frame;
    const size_t plane = pixels(f), n = (size_t)k->window.width * (size_t)k->window.height;
    for (size_t i = 0; i < f->count; i++) {
        uint8_t *to = f->planes + i * PLANES * plane;
        keep_plane(to, k->air.opacity + (f->first + i) * n, k, core);
        keep_plane(to + plane, k->air.shade + (f->first + i) * n, k, core);
        keep_plane(to + 2 * plane, k->air.bits + (f->first + i) * n, k, core);
        keep_plane(to + 3 * plane, k->air.veil + (f->first + i) * n, k, core);
    }
}

static int make_room(tile *k, size_t n)
{
    const frame *f = k->frame;
    k->blue = rv__alloc(2 * n, sizeof *k->blue);
    k->inside = rv__alloc(n, 1);
    k->air.opacity = rv__alloc(PLANES * n, 1);
    k->told = f->told ? rv__alloc(n, 1) : NULL;
    k->bare = f->members[1] ? rv__alloc(n, sizeof *k->bare) : NULL;
    k->grey = f->members[1] ? rv__alloc(n, 1) : NULL;
    if (!k->blue || !k->inside || !k->air.opacity || (f->told && !k->told) || (f->members[1] && (!k->bare || !k->grey)))
        return RV_ERR_NOMEM;
    k->full = k->blue + n;
    k->air.shade = k->air.opacity + n;
    k->air.bits = k->air.shade + n;
    k->air.veil = k->air.bits + n;
    return RV_OK;
}

static int do_tile(const frame *f, rv__window core)
{
    tile k = { .frame = f, .window = rv__window_grow(core, HALO, f->width, f->height) };
    int err = make_room(&k, f->dates * (size_t)k.window.width * (size_t)k.window.height);
    if (err == RV_OK && (err = rv__parallel_for(f->dates, read_date, &k)) == RV_OK && (err = find_air(&k)) == RV_OK)
        keep(&k, core);
    rv__free(k.grey);
    rv__free(k.bare);
    rv__free(k.told);
    rv__free(k.air.opacity);
    rv__free(k.inside);
    rv__free(k.blue);
    return err;
}

/* Largest tile whose dates fit into a quarter of the memory. */
static int tile_size(const frame *f)
{
    const uint64_t bytes = BYTES_A_PIXEL + (f->members[1] ? BYTES_OF_SNOW : 0);
    int size = TILE_MAX;
    while (size > TILE_MIN &&
           (uint64_t)f->dates * bytes * (uint64_t)(size + 2 * HALO) * (uint64_t)(size + 2 * HALO) > rv__ram() / 4)
        size /= 2;
    return size;
}

/* How many planes of the frame at bytes a pixel fit into a quarter of the memory; at least 1. */
static size_t planes_that_fit(const frame *f, uint64_t bytes)
{
    const uint64_t n = rv__ram() / 4 / (bytes * (uint64_t)f->width * (uint64_t)f->height);
    return n < 1 ? 1 : n > f->dates ? f->dates : (size_t)n;
}

typedef struct layer_job {
    const frame *frame;
    const char *const *paths;
    double *clear;
    size_t first; /* date of index 0 */
} layer_job;

static double clear_share(const uint8_t *mask, size_t n)
{
    size_t inside = 0, clear = 0;
    for (size_t i = 0; i < n; i++) {
        inside += mask[i] != RV_MASK_OUTSIDE;
        clear += mask[i] == RV_MASK_CLEAR || mask[i] == RV_MASK_HAZE; /* the ground is seen, if less well */
    }
    return inside ? (double)clear / (double)inside : 0;
}

/* The provider's mask of a whole date, or NULL. */
static int told_of(uint8_t **out, const frame *f, size_t t)
{
    const int whole[4] = { 0, 0, f->width, f->height };
    *out = NULL;
    if (!f->opts->masks || !rv_stack_is_told(f->stack, t))
        return RV_OK;
    return (*out = rv__alloc(pixels(f), 1)) ? rv_stack_read_told(f->stack, *out, t, whole) : RV_ERR_NOMEM;
}

/* Too few dates for a test in time: what is told is all there is. */
static void believe(uint8_t *mask, uint8_t *weight, const uint8_t *told, size_t n)
{
    for (size_t i = 0; told && i < n; i++)
        if (mask[i] == RV_MASK_CLEAR && told[i] != RV_MASK_OUTSIDE) {
            mask[i] = told[i];
            weight[i] = told[i] == RV_MASK_CLOUD || told[i] == RV_MASK_BOTH ? 0 : weight[i];
        }
}

static int write_layer(size_t index, size_t worker, void *user)
{
    const layer_job *k = user;
    const frame *f = k->frame;
    const size_t t = k->first + index, n = pixels(f);
    uint8_t *plane = f->planes + (t - f->first) * PLANES * n, *told = NULL;
    rv__air_date date = { .w = (size_t)f->width,
                          .h = (size_t)f->height,
                          .opacity = plane,
                          .shade = plane + n,
                          .bits = plane + 2 * n,
                          .veil = plane + 3 * n,
                          .away = { NAN, NAN },
                          .cast_px = f->cast_px[t],
                          .min_px = f->min_px };
    int err = told_of(&told, f, t);
    (void)worker;
    date.told = told;
    rv__sun_away(date.away, rv_stack_facts(f->stack, t), rv_stack_grid(f->stack));
    if (err < 0 || (err = rv__mask_from_air(plane, plane + n, &date)) < 0)
        goto done;
    if (f->dates < DATES_MIN)
        believe(plane, plane + n, told, n);
    k->clear[t] = clear_share(plane, n);
    err = rv__layers_write_u8(k->paths[t], rv_stack_grid(f->stack), plane, 2, RV_MASK_OUTSIDE);
done:
    rv__free(told);
    return err;
}

/* Objects of as many dates at once as their working planes fit into memory. */
static int write_group(const frame *f, double *clear, const char *const *paths)
{
    const size_t at_once = planes_that_fit(f, BYTES_AN_OBJECT_PIXEL);
    int err = RV_OK;
    for (size_t i = 0; i < f->count && err == RV_OK; i += at_once) {
        layer_job job = { f, paths, clear, f->first + i };
        err = rv__parallel_for(f->count - i < at_once ? f->count - i : at_once, write_layer, &job);
    }
    return err;
}

static int do_group(const frame *f, double *clear, const char *const *paths)
{
    const int size = tile_size(f);
    const size_t n = rv__tile_count(f->width, f->height, size);
    int err = RV_OK;
    for (size_t i = 0; i < n && err == RV_OK; i++) {
        const double done = ((double)i / (double)n * (double)f->count + (double)f->first) / (double)f->dates;
        if ((err = rv__progress("masks", done)) == RV_OK)
            err = do_tile(f, rv__tile_at(f->width, f->height, size, i));
    }
    return err < 0 ? err : write_group(f, clear, paths);
}

static size_t smallest_object(const rv_grid *grid)
{
    double col_m, row_m;
    if (rv_grid_pixel_size_m(grid, &col_m, &row_m) < 0)
        return ONE_SIDED_PX;
    const double px = one_sided_m * one_sided_m / (col_m * row_m);
    return px < SMALLEST_PX ? SMALLEST_PX : (size_t)px;
}

/* Where the sun's place comes from, when it did not come with the scene. */
static void say_sun(const frame *f)
{
    for (size_t t = 0; t < f->dates; t++) {
        const rv_scene_info *info = rv_stack_facts(f->stack, t);
        double azimuth_deg, elevation_deg;
        if (rv__sun_of(&azimuth_deg, &elevation_deg, info, rv_stack_grid(f->stack)) == RV__SUN_BY_TIME)
            rv__log(1, "scene %s: sun by time and place, azimuth %.1f deg, elevation %.1f deg", info->id, azimuth_deg,
                    elevation_deg);
        else if (f->cast_px[t][0] != 0 || f->cast_px[t][1] != 0)
            rv__log(1, "scene %s: direction of shadows by its clouds, %.0f px right and %.0f px down of them", info->id,
                    f->cast_px[t][0], f->cast_px[t][1]);
    }
}

/* Which dates are compared with which, and what they have in common. */
static int look_at_series(frame *f)
{
    int err;
    f->member[0] = rv__alloc(2 * f->dates, 1);
    if (!f->member[0])
        return RV_ERR_NOMEM;
    f->member[1] = f->member[0] + f->dates;
    if (looked_at(f) && (err = rv__snow_dates(f->member[1], f->stack)) < 0)
        return err;
    for (size_t t = 0; t < f->dates; t++) {
        f->member[0][t] = !f->member[1][t];
        f->members[f->member[1][t]]++;
        f->told |= f->opts->masks && rv_stack_is_told(f->stack, t);
    }
    for (int g = 0; g < 2; g++)
        if (looked_at(f) && f->members[g] >= DATES_MIN &&
            (err = rv__survey_make(&f->survey[g], f->stack, f->member[g])) < 0)
            return err;
    return RV_OK;
}

int rv_masks_write(double *clear, const char *const *paths, const rv_stack *stack, const rv_normalise_opts *opts)
{
    const rv_normalise_opts o = opts ? *opts : (rv_normalise_opts)RV_NORMALISE_OPTS_INIT;
    const rv_grid *grid = rv_stack_grid(stack);
    frame f = {
        .stack = stack, .opts = &o, .width = grid->width, .height = grid->height, .dates = rv_stack_size(stack)
    };
    double *shares = NULL;
    int err;
    if ((err = rv_fields_check(rv_normalise_fields(), &o)) < 0)
        return err;
    if ((err = look_at_series(&f)) < 0)
        goto done;
    const size_t group = planes_that_fit(&f, PLANES);
    f.min_px = smallest_object(grid);
    f.planes = rv__alloc(group * PLANES * pixels(&f), 1);
    shares = rv__alloc(f.dates, sizeof *shares);
    f.cast_px = rv__alloc(f.dates, sizeof *f.cast_px);
    err = f.planes && shares && f.cast_px ? RV_OK : RV_ERR_NOMEM;
    for (f.first = 0; f.first < f.dates && err == RV_OK; f.first += group) {
        f.count = f.dates - f.first < group ? f.dates - f.first : group;
        err = do_group(&f, shares, paths);
    }
    if (err == RV_OK && (err = rv__progress("masks", 1)) == RV_OK) {
        memcpy(clear, shares, f.dates * sizeof *clear);
        if (o.masks)
            say_sun(&f);
    }
done:
    rv__free(f.cast_px);
    rv__free(shares);
    rv__free(f.planes);
    rv__free(f.survey[1].date);
    rv__free(f.survey[0].date);
    rv__free(f.member[0]);
    return err;
}

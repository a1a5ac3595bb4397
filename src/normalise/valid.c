/* SPDX-License-Identifier: Apache-2.0 */
/* Which pixels of each scene show clear ground: the series at large (survey.c), its air pixel by pixel and tile by tile
 * (air.c), objects date by date (objects.c), one layer a scene. All dates of a tile are in memory at once, all tiles of a
 * group of dates as three bytes a pixel; the sizes of both follow from the memory allowed, never from the number of
 * threads, so that the same input gives the same masks. */
#include <revisit/normalise.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/parallel.h"
#include "normalise/air.h"
#include "normalise/light.h"
#include "normalise/objects.h"
#include "normalise/sunward.h"
#include "normalise/survey.h"
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
    PLANES = 3, /* opacity, shade, bits; in the end mask and weight in place of the first two */
    BYTES_A_PIXEL = 13,
    BYTES_AN_OBJECT_PIXEL = 24
};

static const double one_sided_m = 60; /* smallest cloud where time cannot tell it from a roof */
enum { ONE_SIDED_PX = 400, SMALLEST_PX = 49 };

typedef struct frame {
    const rv_stack *stack;
    const rv_normalise_opts *opts;
    rv__survey survey;
    int width, height;
    size_t dates;
    size_t min_px;
    bool told;           /* some scene has a mask of its provider */
    uint8_t *planes;     /* of the group's dates: PLANES * width * height each */
    size_t first, count; /* the group */
} frame;

/* One tile of all dates. */
typedef struct tile {
    const frame *frame;
    rv__window window; /* halo included */
    float *blue, *full;
    uint8_t *inside, *told; /* told: NULL where no scene has a mask of its provider */
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

/* A date's planes, on the scale of the survey. Beside no data an interpolated value is a guess: such pixels are outside. */
static int read_date(size_t t, size_t worker, void *user)
{
    const tile *k = user;
    const size_t n = (size_t)k->window.width * (size_t)k->window.height;
    const rv__light planes = { k->blue + t * n, k->full + t * n, k->inside + t * n };
    int err = rv__light_read(&planes, k->frame->stack, t, k->window);
    (void)worker;
    if (err < 0 ||
        (err = rv__erode_u8(planes.inside, planes.inside, (size_t)k->window.width, (size_t)k->window.height, EDGE_PX)) <
            0 ||
        !looked_at(k->frame))
        return err;
    const int box[4] = { k->window.col0, k->window.row0, k->window.width, k->window.height };
    if (k->told && (err = rv_stack_read_told(k->frame->stack, k->told + t * n, t, box)) < 0)
        return err;
    const rv__date_light *d = &k->frame->survey.date[t];
    for (size_t i = 0; i < n; i++) {
        planes.blue[i] = d->gain[0] * planes.blue[i] + d->offset[0];
        planes.full[i] = d->gain[1] * planes.full[i] + d->offset[1];
    }
    return RV_OK;
}

static int find_air(tile *k)
{
    const frame *f = k->frame;
    const size_t w = (size_t)k->window.width, h = (size_t)k->window.height;
    rv__air_series series = { .w = w,
                              .h = h,
                              .dates = f->dates,
                              .blue = k->blue,
                              .full = k->full,
                              .inside = k->inside,
                              .told = k->told,
                              .survey = &f->survey,
                              .mad = f->opts->cloud_mad };
    if (!looked_at(f)) {
        for (size_t i = 0; i < f->dates * w * h; i++)
            k->air.bits[i] = k->inside[i] ? 0 : RV__AIR_OUTSIDE;
        return RV_OK;
    }
    rv__light_taken(series.taken, rv_stack_roles(f->stack));
    return rv__air_find(&k->air, &series);
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
    }
}

static int do_tile(const frame *f, rv__window core)
{
    tile k = { .frame = f, .window = rv__window_grow(core, HALO, f->width, f->height) };
    const size_t n = f->dates * (size_t)k.window.width * (size_t)k.window.height;
    int err = RV_ERR_NOMEM;
    k.blue = rv__alloc(2 * n, sizeof *k.blue);
    k.inside = rv__alloc(n, 1);
    k.air.opacity = rv__alloc(PLANES * n, 1);
    if (f->told)
        k.told = rv__alloc(n, 1);
    if (k.blue && k.inside && k.air.opacity && (k.told || !f->told)) {
        k.full = k.blue + n;
        k.air.shade = k.air.opacity + n;
        k.air.bits = k.air.shade + n;
        if ((err = rv__parallel_for(f->dates, read_date, &k)) == RV_OK && (err = find_air(&k)) == RV_OK)
            keep(&k, core);
    }
    rv__free(k.told);
    rv__free(k.air.opacity);
    rv__free(k.inside);
    rv__free(k.blue);
    return err;
}

/* Largest tile whose dates fit into a quarter of the memory. */
static int tile_size(const frame *f)
{
    int size = TILE_MAX;
    while (size > TILE_MIN &&
           (uint64_t)f->dates * BYTES_A_PIXEL * (uint64_t)(size + 2 * HALO) * (uint64_t)(size + 2 * HALO) >
               rv__ram() / 4)
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
        clear += mask[i] == RV_MASK_CLEAR;
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
                          .away = { NAN, NAN },
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

int rv_masks_write(double *clear, const char *const *paths, const rv_stack *stack, const rv_normalise_opts *opts)
{
    const rv_normalise_opts o = opts ? *opts : (rv_normalise_opts)RV_NORMALISE_OPTS_INIT;
    const rv_grid *grid = rv_stack_grid(stack);
    frame f = {
        .stack = stack, .opts = &o, .width = grid->width, .height = grid->height, .dates = rv_stack_size(stack)
    };
    double *shares = NULL;
    int err;
    if ((err = rv_fields_check(rv_normalise_fields(), &o)) < 0 ||
        (looked_at(&f) && (err = rv__survey_make(&f.survey, stack)) < 0))
        return err;
    for (size_t t = 0; t < f.dates; t++)
        f.told |= o.masks && rv_stack_is_told(stack, t);
    const size_t group = planes_that_fit(&f, PLANES);
    f.min_px = smallest_object(grid);
    f.planes = rv__alloc(group * PLANES * pixels(&f), 1);
    shares = rv__alloc(f.dates, sizeof *shares);
    err = f.planes && shares ? RV_OK : RV_ERR_NOMEM;
    for (f.first = 0; f.first < f.dates && err == RV_OK; f.first += group) {
        f.count = f.dates - f.first < group ? f.dates - f.first : group;
        err = do_group(&f, shares, paths);
    }
    if (err == RV_OK && (err = rv__progress("masks", 1)) == RV_OK)
        memcpy(clear, shares, f.dates * sizeof *clear);
    rv__free(shares);
    rv__free(f.planes);
    rv__free(f.survey.date);
    return err;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Which pixels of each scene show clear ground: candidates tile by tile (departure.c), objects date by date
 * (objects.c), one layer a scene. All dates of a tile are in memory at once, all tiles of a group of dates as a byte a
 * pixel; the sizes of both follow from the memory allowed, never from the number of threads, so that the same input
 * gives the same masks. */
#include <revisit/normalise.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/parallel.h"
#include "normalise/departure.h"
#include "normalise/objects.h"
#include "raster/filter.h"
#include "raster/gdal_write.h"
#include "raster/raster.h"

#include <math.h>
#include <string.h>

enum { HALO = 24, TILE_MAX = 1024, TILE_MIN = 64, DATES_MIN = 3, BYTES_A_PIXEL = 14, BYTES_AN_OBJECT_PIXEL = 16 };

static const double smoothing_px = 2.0;
static const double one_sided_m = 60; /* smallest cloud where time cannot tell it from a roof */
enum { ONE_SIDED_PX = 400, SMALLEST_PX = 49 };

typedef struct frame {
    const rv_stack *stack;
    const rv_normalise_opts *opts;
    int width, height;
    size_t dates, bands;
    size_t min_px;
    uint8_t *bits;       /* of the group's dates: width * height each */
    size_t first, count; /* the group */
} frame;

/* One tile of all dates. */
typedef struct tile {
    const frame *frame;
    rv__window window; /* halo included */
    float *visible, *full, *rise;
    uint8_t *inside, *bits;
} tile;

static int is_visible(char role)
{
    return role == 'B' || role == 'G' || role == 'R' || role == 'P';
}

static void add_plane(float *out, const float *in, float share, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] += share * in[i];
}

/* visible: mean of the visible bands (of all where there is none). full: half of it and half near infrared where there
 * is one, else the same: shadows are deepest in the near infrared, where no sky light fills them, but so is the season's
 * swing; on the shared series either alone finds fewer shadows than both together. */
static void brightness(float *visible, float *full, const float *data, size_t n, const char *roles)
{
    const size_t bands = strlen(roles);
    const char *nir = strchr(roles, 'N');
    size_t seen = 0;
    for (size_t b = 0; b < bands; b++)
        seen += is_visible(roles[b]) ? 1 : 0;
    memset(visible, 0, n * sizeof *visible);
    for (size_t b = 0; b < bands; b++)
        if (!seen || is_visible(roles[b]))
            add_plane(visible, data + b * n, 1.f / (float)(seen ? seen : bands), n);
    memcpy(full, visible, n * sizeof *full);
    for (size_t i = 0; nir && i < n; i++)
        full[i] = .5f * (full[i] + data[(size_t)(nir - roles) * n + i]);
}

static int read_date(size_t t, size_t worker, void *user)
{
    const tile *k = user;
    const size_t w = (size_t)k->window.width, h = (size_t)k->window.height, n = w * h;
    const int window[4] = { k->window.col0, k->window.row0, k->window.width, k->window.height };
    float *data = rv__alloc(k->frame->bands * n, sizeof *data), *visible = k->visible + t * n, *full = k->full + t * n;
    uint8_t *inside = k->inside + t * n;
    int err = RV_ERR_NOMEM;
    (void)worker;
    if (!data || (err = rv__stopping()) < 0 || (err = rv_stack_read(k->frame->stack, data, inside, t, window)) < 0)
        goto done;
    for (size_t i = 0; i < n; i++)
        inside[i] = inside[i] != RV_MASK_OUTSIDE;
    brightness(visible, full, data, n, rv_stack_roles(k->frame->stack));
    if ((err = rv__gaussian_masked(visible, visible, inside, w, h, smoothing_px)) == RV_OK)
        err = rv__gaussian_masked(full, full, inside, w, h, smoothing_px);
done:
    rv__free(data);
    return err;
}

static int find_candidates(tile *k)
{
    const size_t w = (size_t)k->window.width, h = (size_t)k->window.height, dates = k->frame->dates;
    const rv__tile_series series = { w, h, dates, k->visible, k->full, k->inside };
    int err;
    if (dates < DATES_MIN || !k->frame->opts->masks) {
        for (size_t i = 0; i < dates * w * h; i++)
            k->bits[i] = k->inside[i] ? 0 : RV__NO_PIXEL;
        return RV_OK;
    }
    if ((err = rv__departures(k->bits, k->rise, &series, k->frame->opts->cloud_mad)) < 0)
        return err;
    return rv__departure_edges(k->bits, k->rise, &series);
}

/* The part of the tile without its halo goes to the group's planes. */
static void keep(const tile *k, rv__window core)
{
    const frame *f = k->frame;
    const size_t plane = (size_t)f->width * (size_t)f->height;
    const size_t w = (size_t)k->window.width, n = w * (size_t)k->window.height;
    for (size_t i = 0; i < f->count; i++)
        for (int row = core.row0; row < core.row0 + core.height; row++)
            memcpy(f->bits + i * plane + (size_t)row * (size_t)f->width + (size_t)core.col0,
                   k->bits + (f->first + i) * n + (size_t)(row - k->window.row0) * w +
                       (size_t)(core.col0 - k->window.col0),
                   (size_t)core.width);
}

static int do_tile(const frame *f, rv__window core)
{
    tile k = { .frame = f, .window = rv__window_grow(core, HALO, f->width, f->height) };
    const size_t n = f->dates * (size_t)k.window.width * (size_t)k.window.height;
    int err = RV_ERR_NOMEM;
    k.visible = rv__alloc(n, sizeof *k.visible);
    k.full = rv__alloc(n, sizeof *k.full);
    k.rise = rv__alloc(n, sizeof *k.rise);
    k.inside = rv__alloc(n, 1);
    k.bits = rv__alloc(n, 1);
    if (k.visible && k.full && k.rise && k.inside && k.bits &&
        (err = rv__parallel_for(f->dates, read_date, &k)) == RV_OK && (err = find_candidates(&k)) == RV_OK)
        keep(&k, core);
    rv__free(k.bits);
    rv__free(k.inside);
    rv__free(k.rise);
    rv__free(k.full);
    rv__free(k.visible);
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

static int write_layer(size_t index, size_t worker, void *user)
{
    const layer_job *k = user;
    const frame *f = k->frame;
    const size_t t = k->first + index, n = (size_t)f->width * (size_t)f->height;
    uint8_t *plane = f->bits + (t - f->first) * n;
    int err = rv__mask_from_bits(plane, plane, (size_t)f->width, (size_t)f->height, f->min_px);
    (void)worker;
    if (err < 0)
        return err;
    k->clear[t] = clear_share(plane, n);
    return rv__layer_write_u8(k->paths[t], rv_stack_grid(f->stack), plane, RV_MASK_OUTSIDE);
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
    frame f = { .stack = stack,
                .opts = &o,
                .width = grid->width,
                .height = grid->height,
                .dates = rv_stack_size(stack),
                .bands = (size_t)rv_stack_bands(stack) };
    double *shares = NULL;
    int err;
    if ((err = rv_fields_check(rv_normalise_fields(), &o)) < 0)
        return err;
    const size_t group = planes_that_fit(&f, 1);
    f.min_px = smallest_object(grid);
    f.bits = rv__alloc(group * (size_t)f.width * (size_t)f.height, 1);
    shares = rv__alloc(f.dates, sizeof *shares);
    err = f.bits && shares ? RV_OK : RV_ERR_NOMEM;
    for (f.first = 0; f.first < f.dates && err == RV_OK; f.first += group) {
        f.count = f.dates - f.first < group ? f.dates - f.first : group;
        err = do_group(&f, shares, paths);
    }
    if (err == RV_OK && (err = rv__progress("masks", 1)) == RV_OK)
        memcpy(clear, shares, f.dates * sizeof *clear);
    rv__free(shares);
    rv__free(f.bits);
    return err;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* rv_simulate: make the site, say the truth, draw the dates some at a time and strip by strip, so that memory does not grow
 * with the picture's height or the number of dates. The truth is written first and is the folder's claim: a folder whose
 * truth differs, or which holds images without one, belongs to something else and is refused; a drawing that was cut short
 * can be drawn again over itself. */
#include <revisit/simulate.h>

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/sha256.h"
#include "raster/gdal_write.h"
#include "simulate/draw.h"
#include "simulate/site.h"
#include "simulate/truth.h"
#include "simulate/write.h"

enum { STRIP = RV__SIM_TILE, DATES_AT_ONCE = 8, NAME = 64, LAYERS = 4 };

static const rv_simulate_opts defaults = RV_SIMULATE_OPTS_INIT;
static const char *const suites[] = { "plain", "demo", "R", "M", "N", "D", "F", "Q",
                                      "H",     "K",    "V", "J", "S", "W", "X", NULL };
static const char *const styles[] = { "A", "B", NULL };
static const char *const sensors[] = { "ps", "sn7", "skysat", "ge", "s2", NULL };

static const rv_field rows[] = {
    RV_INT(rv_simulate_opts, seed, 0, 2147483647, "", "seed of all random numbers"),
    RV_INT(rv_simulate_opts, size_px, 64, 4096, "px", "width and height of an image"),
    RV_DOUBLE(rv_simulate_opts, gsd_m, .3, 30, "m", "size of a pixel on the ground"),
    RV_INT(rv_simulate_opts, dates, 1, RV__SIM_DATES_MAX, "", "images"),
    RV_INT(rv_simulate_opts, buildings_old, 0, 200, "", "buildings, or lots of them, that stand throughout"),
    RV_INT(rv_simulate_opts, buildings_new, 0, 200, "", "buildings, or lots of them, that appear"),
    RV_DOUBLE(rv_simulate_opts, shift_px, 0, 4, "px", "standard deviation of the shift of a date"),
    RV_DOUBLE(rv_simulate_opts, haze, 0, .6, "", "largest share of haze"),
    RV_DOUBLE(rv_simulate_opts, noise, 0, .1, "", "standard deviation of noise, in reflectance"),
    RV_DOUBLE(rv_simulate_opts, cloud_share, 0, 1, "", "share of dates with clouds"),
    RV_ENUM(rv_simulate_opts, suite, suites, "what the series is for; sets the defaults of all others"),
    RV_ENUM(rv_simulate_opts, style, styles, "A for tuning, B held out for results"),
    RV_ENUM(rv_simulate_opts, sensor, sensors, "whose images: ps, sn7, skysat, ge or s2"),
    RV_INT(rv_simulate_opts, oversample, 2, 16, "", "cells along a pixel"),
    RV_DOUBLE(rv_simulate_opts, step_days, 0, 2000, "days", "days between dates; 0 is the middle of each month"),
    RV_DOUBLE(rv_simulate_opts, relief_m, 0, 600, "m", "height of the hills"),
    RV_DOUBLE(rv_simulate_opts, off_nadir_deg, 0, 40, "deg", "largest view angle"),
    RV_DOUBLE(rv_simulate_opts, rotation_deg, 0, 1, "deg", "standard deviation of the rotation of a date"),
    RV_DOUBLE(rv_simulate_opts, field_px, 0, 2, "px", "rms of a smooth displacement"),
    RV_DOUBLE(rv_simulate_opts, nuisance, 0, 1, "", "changes that are no structures, from none to many"),
    RV_DOUBLE(rv_simulate_opts, snow, 0, 1, "", "cold of the winter"),
    RV_INT(rv_simulate_opts, jpeg_quality, 0, 100, "", "quality of a pass through JPEG; 0 is none"),
    RV_DOUBLE(rv_simulate_opts, sharpen, 0, 2, "", "weight of the unsharp mask"),
    RV_DOUBLE(rv_simulate_opts, other_share, 0, 1, "", "share of other ground on every second date"),
    RV_INT(rv_simulate_opts, inverted, 0, 1, "", "1: contrast of the ground turned over on every second date"),
};

static const rv_fields fields = { "simulate_opts", sizeof(rv_simulate_opts), &defaults, rows,
                                  sizeof rows / sizeof *rows };

const rv_fields *rv_simulate_fields(void)
{
    return &fields;
}

const char *const *rv_suite_names(void)
{
    return suites;
}

/* ---- the folder ---- */

static int find_image(const char *name, void *user)
{
    const size_t n = strlen(name);
    bool *found = user;
    *found = *found || (n > 4 && strcmp(name + n - 4, ".tif") == 0);
    return 0;
}

/* @return RV_OK when the folder is free or holds this very drawing */
static int claim_folder(const char *folder, const rv__str *truth)
{
    char path[RV_PATH_MAX], *old = NULL;
    size_t n = 0;
    bool images = false;
    int err;
    if ((err = rv__path_join(path, sizeof path, folder, "truth")) < 0 || (err = rv__folder_make(path)) < 0 ||
        (err = rv__path_join(path, sizeof path, folder, "truth.geojson")) < 0)
        return err;
    if (!rv__file_exists(path)) {
        err = rv__folder_each(folder, find_image, &images);
        if (err == RV_OK && images)
            err = rv__fail(RV_ERR_REFUSED, "%s holds images of something else", folder);
        return err < 0 ? err : rv__file_write(path, truth->s, truth->len);
    }
    if ((err = rv__file_read(&old, &n, path, (size_t)64 << 20)) < 0)
        return err;
    if (n != truth->len || memcmp(old, truth->s, n) != 0)
        err = rv__fail(RV_ERR_REFUSED, "%s holds another drawing", folder);
    rv__free(old);
    return err;
}

static int write_text(const char *folder, const char *name, int err, rv__str *text)
{
    char path[RV_PATH_MAX];
    if (err == RV_OK)
        err = text->err;
    if (err == RV_OK)
        err = rv__path_join(path, sizeof path, folder, name);
    if (err == RV_OK)
        err = rv__file_write(path, text->s, text->len);
    rv__str_release(text);
    return err;
}

/* ---- the rasters of a date ---- */

typedef enum layer_kind { LAYER_VALUE, LAYER_DISPLACEMENT, LAYER_AIR, LAYER_MASK } layer_kind;

typedef struct out_date {
    rv__cog *cog[LAYERS];
    rv__rows rows;
} out_date;

/* Name of a date's raster below the folder. */
static void layer_name(char out[NAME + RV_TIME_TEXT_MAX], const char *id, layer_kind kind)
{
    static const char *const pattern[LAYERS][2] = {
        { "", ".tif" }, { "truth/", "_displacement.tif" }, { "truth/", "_cloud.tif" }, { "truth/", "_mask.tif" }
    };
    snprintf(out, NAME + RV_TIME_TEXT_MAX, "%s%s%s", pattern[kind][0], id, pattern[kind][1]);
}

static int open_layers(out_date *out, const char *folder, const rv__site *site, int date)
{
    const rv__sensor *sensor = rv__sensor_of(&site->opts);
    const int bands[LAYERS] = { sensor->n_bands, 2, 3, 1 };
    const rv__sample sample[LAYERS] = { sensor->bits == 8 ? RV__SAMPLE_U8 : RV__SAMPLE_U16, RV__SAMPLE_F32,
                                        RV__SAMPLE_F32, RV__SAMPLE_U8 };
    int err = RV_OK;
    for (int k = 0; err == RV_OK && k < LAYERS; k++) {
        char name[NAME + RV_TIME_TEXT_MAX], path[RV_PATH_MAX];
        layer_name(name, site->date[date].id, (layer_kind)k);
        if ((err = rv__path_join(path, sizeof path, folder, name)) == RV_OK)
            err = rv__strips_begin(&out->cog[k], path, &site->grid, bands[k], sample[k]);
    }
    return err;
}

static int make_rows(out_date *out, const rv__site *site)
{
    const size_t n = (size_t)STRIP * (size_t)site->opts.size_px;
    out->rows.value = rv__alloc(n * (size_t)rv__sensor_of(&site->opts)->n_bands, sizeof *out->rows.value);
    out->rows.displacement = rv__alloc(n * 2, sizeof *out->rows.displacement);
    out->rows.air = rv__alloc(n * 3, sizeof *out->rows.air);
    out->rows.mask = rv__alloc(n, 1);
    return out->rows.value && out->rows.displacement && out->rows.air && out->rows.mask ? RV_OK : RV_ERR_NOMEM;
}

static void close_date(out_date *out)
{
    for (int k = 0; k < LAYERS; k++)
        rv__cog_abandon(out->cog[k]);
    rv__free(out->rows.value);
    rv__free(out->rows.displacement);
    rv__free(out->rows.air);
    rv__free(out->rows.mask);
}

/* Values of 8 bits, in place. */
static const void *stored(const rv__site *site, uint16_t *value, size_t n)
{
    uint8_t *byte = (uint8_t *)value;
    if (rv__sensor_of(&site->opts)->bits == 8)
        for (size_t i = 0; i < n; i++)
            byte[i] = (uint8_t)value[i];
    return value;
}

static int write_rows(out_date *out, const rv__site *site, int row0, int n_rows)
{
    const size_t n = (size_t)n_rows * (size_t)site->opts.size_px * (size_t)rv__sensor_of(&site->opts)->n_bands;
    const void *const samples[LAYERS] = { stored(site, out->rows.value, n), out->rows.displacement, out->rows.air,
                                          out->rows.mask };
    int err = RV_OK;
    for (int k = 0; err == RV_OK && k < LAYERS; k++)
        err = rv__cog_rows(out->cog[k], samples[k], NULL, row0, n_rows);
    return err;
}

static int finish_layers(out_date *out)
{
    int err = RV_OK;
    for (int k = 0; err == RV_OK && k < LAYERS; k++) {
        err = rv__cog_finish(out->cog[k]);
        out->cog[k] = NULL;
    }
    return err;
}

typedef struct drawing {
    const char *folder;
    const rv__site *site;
    rv__relief relief;
} drawing;

static int draw_strips(const drawing *d, out_date *out, const rv__batch *batch, int first, int n)
{
    const int size = d->site->opts.size_px;
    rv__rows rows_of[DATES_AT_ONCE];
    int err = RV_OK;
    for (int k = 0; k < n; k++)
        rows_of[k] = out[k].rows;
    for (int row = 0; err == RV_OK && row < size; row += STRIP) {
        const int n_rows = row + STRIP <= size ? STRIP : size - row;
        const double done = (first + n * (double)row / size) / d->site->opts.dates;
        if ((err = rv__progress("drawing", done)) < 0 || (err = rv__batch_rows(rows_of, batch, row, n_rows)) < 0)
            break;
        for (int k = 0; err == RV_OK && k < n; k++)
            err = write_rows(&out[k], d->site, row, n_rows);
    }
    return err;
}

static int draw_batch(const drawing *d, int first, int n)
{
    out_date out[DATES_AT_ONCE] = { { { NULL }, { NULL, NULL, NULL, NULL } } };
    rv__batch *batch = NULL;
    int err = rv__batch_new(&batch, d->site, &d->relief, first, n);
    for (int k = 0; err == RV_OK && k < n; k++)
        if ((err = make_rows(&out[k], d->site)) == RV_OK)
            err = open_layers(&out[k], d->folder, d->site, first + k);
    if (err == RV_OK)
        err = draw_strips(d, out, batch, first, n);
    for (int k = 0; err == RV_OK && k < n; k++)
        err = finish_layers(&out[k]);
    for (int k = 0; k < n; k++)
        close_date(&out[k]);
    rv__batch_free(batch);
    return err;
}

/* Every look keeps its light on the hills: as many dates as a quarter of the memory holds, at most DATES_AT_ONCE. */
static int dates_at_once(const rv__site *site, const rv__relief *relief)
{
    const double looks = site->opts.sensor == RV_SENSOR_SN7 ? RV__SIM_VIEWS : 1;
    const double date = 4.0 * looks * (double)relief->net.w * (double)relief->net.h;
    const double room = (double)rv__ram() / 4.0;
    return date * DATES_AT_ONCE <= room ? DATES_AT_ONCE : date >= room ? 1 : (int)(room / date);
}

static int draw_dates(const char *folder, const rv__site *site)
{
    drawing d = { .folder = folder, .site = site };
    int err = rv__relief_make(&d.relief, site);
    if (err < 0)
        return err;
    const int step = dates_at_once(site, &d.relief);
    for (int k = 0; err == RV_OK && k < site->opts.dates; k += step)
        err = draw_batch(&d, k, k + step <= site->opts.dates ? step : site->opts.dates - k);
    rv__relief_release(&d.relief);
    return err;
}

/* ---- what goes with them ---- */

static int write_items(const char *folder, const rv__site *site)
{
    int err = RV_OK;
    for (int k = 0; err == RV_OK && k < site->opts.dates; k++) {
        char name[RV_TIME_TEXT_MAX + 8];
        rv__str item = { 0 };
        snprintf(name, sizeof name, "%s.json", site->date[k].id);
        err = write_text(folder, name, rv__sim_item(&item, site, k), &item);
    }
    return err;
}

static int write_change(const char *folder, const rv__site *site)
{
    char path[RV_PATH_MAX];
    uint8_t *change = rv__alloc((size_t)site->opts.size_px * (size_t)site->opts.size_px, 1);
    int err = change ? rv__truth_change(change, site) : RV_ERR_NOMEM;
    if (err == RV_OK && (err = rv__path_join(path, sizeof path, folder, "truth/change.tif")) == RV_OK)
        err = rv__layer_write_u8(path, &site->grid, change, -1);
    rv__free(change);
    return err;
}

static int add_hash(rv__str *out, const char *folder, const char *name)
{
    char path[RV_PATH_MAX], hash[65];
    int err = rv__path_join(path, sizeof path, folder, name);
    if (err == RV_OK && (err = rv__sha256_file(hash, path)) == RV_OK)
        rv__str_addf(out, "%s\n\"%s\": \"%s\"", out->len ? "," : "", name, hash);
    return err;
}

static int write_manifest(const char *folder, const rv__site *site)
{
    rv__str files = { 0 }, text = { 0 };
    static const char *const once[] = { "truth.geojson", "site.geojson", "truth/change.tif" };
    int err = RV_OK;
    for (size_t i = 0; err == RV_OK && i < sizeof once / sizeof *once; i++)
        err = add_hash(&files, folder, once[i]);
    for (int k = 0; err == RV_OK && k < site->opts.dates; k++) {
        char item[NAME + RV_TIME_TEXT_MAX];
        snprintf(item, sizeof item, "%s.json", site->date[k].id);
        err = add_hash(&files, folder, item);
        for (int i = 0; err == RV_OK && i < LAYERS; i++) {
            char name[NAME + RV_TIME_TEXT_MAX];
            layer_name(name, site->date[k].id, (layer_kind)i);
            err = add_hash(&files, folder, name);
        }
    }
    if (err == RV_OK)
        rv__sim_manifest(&text, site, &files);
    rv__str_release(&files);
    return write_text(folder, "manifest.json", err, &text);
}

static int draw_all(const char *folder, const rv__site *site)
{
    rv__str text = { 0 }, aoi = { 0 };
    int err = rv__sim_truth(&text, site);
    if (err == RV_OK)
        err = text.err;
    if (err == RV_OK)
        err = claim_folder(folder, &text);
    rv__str_release(&text);
    if (err < 0)
        return err;
    if ((err = write_text(folder, "site.geojson", rv__sim_site(&aoi, site), &aoi)) < 0 ||
        (err = write_items(folder, site)) < 0 || (err = write_change(folder, site)) < 0 ||
        (err = draw_dates(folder, site)) < 0)
        return err;
    return write_manifest(folder, site);
}

static int check(const rv_simulate_opts *o)
{
    const int err = rv_fields_check(&fields, o);
    if (err < 0)
        return err;
    if ((o->buildings_new > 0 || o->nuisance > 0.0) && o->dates < 2)
        return rv__fail(RV_ERR_RANGE, "dates must lie in [2, %d] where buildings appear, not 1", RV__SIM_DATES_MAX);
    if (o->step_days > 0.0 && o->step_days < 2.0)
        return rv__fail(RV_ERR_RANGE, "step_days must be 0 or lie in [2, 2000] days, not %g", o->step_days);
    return RV_OK;
}

int rv_simulate(const char *folder, const rv_simulate_opts *opts)
{
    const rv_simulate_opts o = opts ? *opts : defaults;
    rv__site *site = rv__alloc(1, sizeof *site);
    int err = site ? check(&o) : RV_ERR_NOMEM;
    if (err == RV_OK && (err = rv__site_build(site, &o)) == RV_OK) {
        err = draw_all(folder, site);
        rv__site_release(site);
    }
    rv__free(site);
    return err;
}

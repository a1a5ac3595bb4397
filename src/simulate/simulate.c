/* SPDX-License-Identifier: Apache-2.0 */
/* rv_simulate: make the site, say the truth, draw each date. The truth is written first and is the folder's claim: a
 * folder whose truth differs, or which holds images without one, belongs to something else and is refused; a drawing
 * that was cut short can be drawn again over itself. */
#include <revisit/simulate.h>

#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "raster/gdal_write.h"
#include "simulate/draw.h"
#include "simulate/site.h"
#include "simulate/write.h"

static const rv_simulate_opts defaults = RV_SIMULATE_OPTS_INIT;

static const rv_field rows[] = {
    RV_INT(rv_simulate_opts, seed, 0, 2147483647, "", "seed of all random numbers"),
    RV_INT(rv_simulate_opts, size_px, 64, 4096, "px", "width and height of an image"),
    RV_DOUBLE(rv_simulate_opts, gsd_m, .3, 30, "m", "size of a pixel on the ground"),
    RV_INT(rv_simulate_opts, dates, 1, RV__SIM_DATES_MAX, "", "images, one a month from January 2023"),
    RV_INT(rv_simulate_opts, buildings_old, 0, 200, "", "buildings that stand throughout"),
    RV_INT(rv_simulate_opts, buildings_new, 0, 200, "", "buildings that appear, one a date in turn"),
    RV_DOUBLE(rv_simulate_opts, shift_px, 0, 4, "px", "standard deviation of the shift of a date"),
    RV_DOUBLE(rv_simulate_opts, haze, 0, .6, "", "largest share of haze"),
    RV_DOUBLE(rv_simulate_opts, noise, 0, .1, "", "standard deviation of noise, in reflectance"),
    RV_DOUBLE(rv_simulate_opts, cloud_share, 0, 1, "", "share of dates with clouds"),
};

static const rv_fields fields = { "simulate_opts", sizeof(rv_simulate_opts), &defaults, rows,
                                  sizeof rows / sizeof *rows };

const rv_fields *rv_simulate_fields(void)
{
    return &fields;
}

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
    if ((err = rv__folder_make(folder)) < 0 || (err = rv__path_join(path, sizeof path, folder, "truth.geojson")) < 0)
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

static int write_image(const char *folder, const rv__site *site, int date)
{
    const size_t n = (size_t)site->opts.size_px * (size_t)site->opts.size_px;
    char name[RV_TIME_TEXT_MAX + 8], path[RV_PATH_MAX];
    rv__cog *cog = NULL;
    uint16_t *samples = rv__alloc(n * RV__SIM_BANDS, sizeof *samples);
    uint8_t *valid = rv__alloc(n, 1);
    int err = samples && valid ? RV_OK : RV_ERR_NOMEM;
    if (err < 0 || (err = rv__sim_draw(samples, site, date)) < 0)
        goto done;
    memset(valid, 1, n);
    strcpy(name, site->date[date].id);
    strcat(name, ".tif");
    if ((err = rv__path_join(path, sizeof path, folder, name)) < 0 ||
        (err = rv__cog_begin(&cog, path, &site->grid, RV__SIM_BANDS, RV__SAMPLE_U16)) < 0)
        goto done;
    if ((err = rv__cog_rows(cog, samples, valid, 0, site->opts.size_px)) < 0)
        rv__cog_abandon(cog);
    else
        err = rv__cog_finish(cog);
done:
    rv__free(valid);
    rv__free(samples);
    return err;
}

static int draw_all(const char *folder, const rv__site *site)
{
    rv__str text = { 0 };
    int err = rv__sim_truth(&text, site);
    if (err == RV_OK)
        err = text.err;
    if (err == RV_OK)
        err = claim_folder(folder, &text);
    rv__str_release(&text);
    if (err < 0)
        return err;
    rv__str aoi = { 0 };
    err = write_text(folder, "site.geojson", rv__sim_site(&aoi, site), &aoi);
    for (int k = 0; err == RV_OK && k < site->opts.dates; k++) {
        char name[RV_TIME_TEXT_MAX + 8];
        rv__str item = { 0 };
        if ((err = rv__progress("drawing", (double)k / site->opts.dates)) < 0 ||
            (err = write_image(folder, site, k)) < 0)
            break;
        strcpy(name, site->date[k].id);
        strcat(name, ".json");
        err = write_text(folder, name, rv__sim_item(&item, site, k), &item);
    }
    return err;
}

int rv_simulate(const char *folder, const rv_simulate_opts *opts)
{
    const rv_simulate_opts o = opts ? *opts : defaults;
    rv__site site = { 0 };
    int err;
    if ((err = rv_fields_check(&fields, &o)) < 0)
        return err;
    if (o.buildings_new > 0 && o.dates < 2)
        return rv__fail(RV_ERR_RANGE, "dates must lie in [2, %d] where buildings appear, not 1", RV__SIM_DATES_MAX);
    if ((err = rv__site_build(&site, &o)) < 0)
        return err;
    err = draw_all(folder, &site);
    rv__site_release(&site);
    return err;
}

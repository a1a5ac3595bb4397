/* SPDX-License-Identifier: Apache-2.0 */
/* Facts of a SpatioTemporal Asset Catalog item: time, bands, sun and view angles, who made it, under which licence. The
 * item's hrefs are labels here and never followed; only the asset whose href ends in the image's own name (else the first
 * with bands) tells the bands. Numbers outside their range are dropped: an item is hearsay about the image. */
#include "ingest/stac.h"

#include "base/error.h"
#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"
#include "ingest/bands.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { ITEM_MAX_BYTES = 16 << 20, PATH_SIZE = 4096 };

typedef struct asset_search {
    const char *image_name;
    const rv__json *bands;
    bool exact;
} asset_search;

static void copy_text(char *out, size_t size, const char *text)
{
    if (text)
        snprintf(out, size, "%s", text);
}

static double number_within(const rv__json *properties, const char *key, double lo, double hi)
{
    const double v = rv__json_number(rv__json_get(properties, key));
    return v >= lo && v <= hi ? v : NAN;
}

/* "eo:bands" of STAC 1.0, "bands" of 1.1. */
static const rv__json *bands_of(const rv__json *node)
{
    const rv__json *bands = rv__json_get(node, "eo:bands");
    return bands ? bands : rv__json_get(node, "bands");
}

static int look_at_asset(const char *key, const rv__json *asset, void *user)
{
    asset_search *s = user;
    (void)key;
    const rv__json *bands = bands_of(asset);
    const char *href = rv__json_text(rv__json_get(asset, "href"));
    const bool exact = href && strcmp(rv__path_base(href), s->image_name) == 0;
    if (bands && (exact ? !s->exact : !s->bands)) {
        s->bands = bands;
        s->exact = exact;
    }
    return 0;
}

static void read_roles(rv__stac *out, const rv__json *item, const rv__json *properties, const char *image_name)
{
    asset_search s = { .image_name = image_name };
    rv__json_each(rv__json_get(item, "assets"), look_at_asset, &s);
    const rv__json *bands = s.bands ? s.bands : bands_of(properties);
    const size_t n = rv__json_size(bands);
    if (n > RV_BANDS_MAX)
        return;
    for (size_t i = 0; i < n; i++) {
        const rv__json *band = rv__json_at(bands, i);
        const char *name = rv__json_text(rv__json_get(band, "common_name"));
        if (!name)
            name = rv__json_text(rv__json_get(band, "eo:common_name"));
        if (!name)
            name = rv__json_text(rv__json_get(band, "name"));
        out->roles[i] = name ? rv__band_role(name) : 'X';
    }
    out->roles[n] = '\0';
}

static void read_time(rv__stac *out, const rv__json *properties)
{
    const char *at = rv__json_text(rv__json_get(properties, "datetime"));
    const char *from = rv__json_text(rv__json_get(properties, "start_datetime"));
    const char *to = rv__json_text(rv__json_get(properties, "end_datetime"));
    rv_period a, b;
    if (from && to && rv_period_parse(&a, from) == RV_OK && rv_period_parse(&b, to) == RV_OK && a.t_min <= b.t_max) {
        out->time = (rv_period){ a.t_min, b.t_max };
        out->has_time = true;
    } else if (at && rv_period_parse(&a, at) == RV_OK) {
        out->time = a;
        out->has_time = true;
    } else if (at || from) {
        rv__log(0, "STAC item: date \"%.40s\" cannot be read", at ? at : from);
    }
}

/* "platform instrument, instrument" */
static void read_sensor(rv__stac *out, const rv__json *properties)
{
    const rv__json *instruments = rv__json_get(properties, "instruments");
    const char *platform = rv__json_text(rv__json_get(properties, "platform"));
    if (!platform)
        platform = rv__json_text(rv__json_get(properties, "constellation"));
    copy_text(out->sensor, sizeof out->sensor, platform);
    for (size_t i = 0; i < rv__json_size(instruments); i++) {
        const char *name = rv__json_text(rv__json_at(instruments, i));
        const size_t used = strlen(out->sensor);
        if (name)
            snprintf(out->sensor + used, sizeof out->sensor - used, "%s%s", used ? (i ? ", " : " ") : "", name);
    }
}

static void read_credit(rv__stac *out, const rv__json *item, const rv__json *properties)
{
    const rv__json *providers = rv__json_get(properties, "providers");
    if (!providers)
        providers = rv__json_get(item, "providers");
    copy_text(out->credit, sizeof out->credit, rv__json_text(rv__json_get(properties, "attribution")));
    for (size_t i = 0; !rv__json_text(rv__json_get(properties, "attribution")) && i < rv__json_size(providers); i++) {
        const char *name = rv__json_text(rv__json_get(rv__json_at(providers, i), "name"));
        const size_t used = strlen(out->credit);
        if (name)
            snprintf(out->credit + used, sizeof out->credit - used, "%s%s", used ? ", " : "", name);
    }
    copy_text(out->licence, sizeof out->licence, rv__json_text(rv__json_get(properties, "license")));
}

int rv__stac_parse(rv__stac *out, const char *text, size_t n, const char *image_name)
{
    rv__stac s = {
        .sun_azimuth_deg = NAN, .sun_elevation_deg = NAN, .view_azimuth_deg = NAN, .view_off_nadir_deg = NAN
    };
    rv__json *item = NULL;
    int err;
    if ((err = rv__json_parse(&item, text, n)) < 0)
        return err;
    const rv__json *properties = rv__json_get(item, "properties");
    const char *type = rv__json_text(rv__json_get(item, "type"));
    s.found = type && strcmp(type, "Feature") == 0 && rv__json_is(properties, 'o') &&
              rv__json_text(rv__json_get(item, "stac_version"));
    if (s.found) {
        read_roles(&s, item, properties, image_name);
        read_time(&s, properties);
        s.sun_azimuth_deg = number_within(properties, "view:sun_azimuth", -360, 360);
        s.sun_elevation_deg = number_within(properties, "view:sun_elevation", -90, 90);
        s.view_azimuth_deg = number_within(properties, "view:azimuth", -360, 360);
        s.view_off_nadir_deg = number_within(properties, "view:off_nadir", 0, 90);
        read_sensor(&s, properties);
        read_credit(&s, item, properties);
    }
    rv__json_free(item);
    *out = s;
    return RV_OK;
}

int rv__stac_beside(rv__stac *out, const char *image_path)
{
    char path[PATH_SIZE], stem[256], *text = NULL;
    const char *name = rv__path_base(image_path);
    size_t n = 0;
    rv__path_stem(stem, sizeof stem, image_path);
    const int length = snprintf(path, sizeof path, "%.*s%s.json", (int)(name - image_path), image_path, stem);
    *out = (rv__stac){
        .sun_azimuth_deg = NAN, .sun_elevation_deg = NAN, .view_azimuth_deg = NAN, .view_off_nadir_deg = NAN
    };
    if (length < 0 || length >= (int)sizeof path || !rv__file_exists(path) || strcmp(path, image_path) == 0)
        return RV_OK;
    int err = rv__file_read(&text, &n, path, ITEM_MAX_BYTES);
    if (err == RV_OK)
        err = rv__stac_parse(out, text, n, name);
    rv__free(text);
    if (err == RV_ERR_NOMEM)
        return err;
    if (err < 0) /* the image itself may be fine, and its name may tell the time */
        rv__log(0, "%s.json is not used: %s", stem, rv_last_error());
    return RV_OK;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The texts: a STAC item for each date (acquisition time, pixel size, sun and view), the truth in the interchange shape
 * (structures and frames), and the site file. Outlines are written in degrees with nine decimals, a tenth of a
 * millimetre; area_m2 is the shoelace formula over the very vertices that were drawn. */
#include "simulate/write.h"

#include <math.h>

#include "base/json.h"
#include "geo/ellipsoid.h"
#include "geo/geojson.h"
#include "geo/polygon.h"
#include "simulate/air.h"
#include "simulate/sensor.h"
#include "simulate/truth.h"

/* Metres from the corner to a lon/lat polygon. */
static int to_lonlat(rv_polygon *out, const rv__site *site, const rv_polygon *from)
{
    rv_polygon map = { NULL, 0 };
    int err = rv_polygon_copy(&map, from);
    if (err < 0)
        return err;
    for (size_t r = 0; r < map.n; r++)
        for (size_t k = 0; k < map.ring[r].n; k++) {
            map.ring[r].p[k].x = site->grid.gt[0] + map.ring[r].p[k].x;
            map.ring[r].p[k].y = site->grid.gt[3] - map.ring[r].p[k].y;
        }
    rv__polygon_orient(&map, true);
    err = rv__polygon_lonlat(out, &map, &site->grid);
    rv_polygon_release(&map);
    return err;
}

static int add_polygon(rv__str *out, const rv__site *site, const rv_polygon *from)
{
    rv_polygon shape = { NULL, 0 };
    const int err = to_lonlat(&shape, site, from);
    if (err < 0)
        return err;
    rv__geojson_polygon(out, &shape, 9);
    rv_polygon_release(&shape);
    return RV_OK;
}

static void add_key(rv__str *out, const char *key)
{
    rv__str_add(out, ", \"");
    rv__str_add(out, key);
    rv__str_add(out, "\": ");
}

static void add_number(rv__str *out, const char *key, double value, int decimals)
{
    add_key(out, key);
    rv__str_fixed(out, value, decimals);
}

static void add_time(rv__str *out, const char *key, double t)
{
    char text[RV_TIME_TEXT_MAX];
    rv_time_text(text, t);
    add_key(out, key);
    if (*text)
        rv__str_json(out, text);
    else
        rv__str_add(out, "null");
}

static void add_text(rv__str *out, const char *key, const char *text)
{
    add_key(out, key);
    if (text)
        rv__str_json(out, text);
    else
        rv__str_add(out, "null");
}

/* The square of the site, or of what lies inset_m inside it. */
static int add_square(rv__str *out, const rv__site *site, double inset_m)
{
    const double lo = inset_m, hi = site->size_m - inset_m;
    const rv_point p[4] = { { lo, hi }, { hi, hi }, { hi, lo }, { lo, lo } };
    rv_polygon square = { NULL, 0 };
    int err = rv__polygon_ring(&square, p, 4);
    if (err == RV_OK)
        err = add_polygon(out, site, &square);
    rv_polygon_release(&square);
    return err;
}

/* null where it is no number */
static void add_maybe(rv__str *out, const char *key, double value, int decimals)
{
    if (isfinite(value))
        add_number(out, key, value, decimals);
    else
        add_text(out, key, NULL);
}

static void add_bands(rv__str *out, const rv__site *site)
{
    static const char *const name[RV__SIM_BANDS] = { "blue", "green", "red", "nir", "swir16" };
    const rv__sensor *sensor = rv__sensor_of(&site->opts);
    rv__str_add(out, "\"eo:bands\": [");
    for (int k = 0; k < sensor->n_bands; k++)
        rv__str_addf(out, "%s{\"name\": \"%s\", \"common_name\": \"%s\"}", k ? ", " : "", name[sensor->band[k]],
                     name[sensor->band[k]]);
    rv__str_add(out, "], \"raster:bands\": [");
    for (int k = 0; k < sensor->n_bands; k++)
        rv__str_add(out, sensor->bits == 8 ? k ? ", {\"data_type\": \"uint8\"}" : "{\"data_type\": \"uint8\"}"
                         : k               ? ", {\"data_type\": \"uint16\", \"scale\": 0.0001, \"offset\": 0}"
                                           : "{\"data_type\": \"uint16\", \"scale\": 0.0001, \"offset\": 0}");
    rv__str_add(out, "]");
}

int rv__sim_item(rv__str *out, const rv__site *site, int date)
{
    const rv__sim_date *d = &site->date[date];
    rv__str_add(out, "{\"type\": \"Feature\", \"stac_version\": \"1.0.0\", \"stac_extensions\": "
                     "[\"https://stac-extensions.github.io/eo/v1.0.0/schema.json\", "
                     "\"https://stac-extensions.github.io/view/v1.0.0/schema.json\", "
                     "\"https://stac-extensions.github.io/projection/v1.0.0/schema.json\"]");
    add_text(out, "id", d->id);
    add_text(out, "collection", "revisit-simulate");
    add_key(out, "geometry");
    const int err = add_square(out, site, 0.0);
    if (err < 0)
        return err;
    rv__str_add(out, ", \"links\": [], \"properties\": {\"platform\": \"simulated\"");
    add_time(out, "datetime", d->t);
    add_key(out, "gsd");
    rv__str_number(out, site->opts.gsd_m);
    add_number(out, "view:sun_azimuth", d->sun_azimuth_deg, 3);
    add_number(out, "view:sun_elevation", d->sun_elevation_deg, 3);
    add_number(out, "view:off_nadir", d->off_nadir_deg, 3);
    add_number(out, "view:azimuth", d->view_azimuth_deg, 3);
    rv__str_addf(out, ", \"proj:epsg\": 32636, \"proj:shape\": [%d, %d]", site->grid.height, site->grid.width);
    rv__str_addf(out,
                 "}, \"assets\": {\"data\": {\"href\": \"./%s.tif\", \"type\": \"image/tiff; application=geotiff\", "
                 "\"roles\": [\"data\"], ",
                 d->id);
    add_bands(out, site);
    rv__str_addf(out,
                 "}, \"mask\": {\"href\": \"./truth/%s_mask.tif\", \"type\": \"image/tiff; application=geotiff\", "
                 "\"roles\": [\"cloud\", \"cloud-shadow\", \"snow-ice\"]}}}\n",
                 d->id);
    return RV_OK;
}

static void add_bracket(rv__str *out, const rv__site *site, const rv__fact *f)
{
    int absent = -1, present = -1;
    bool clear[RV__SIM_DATES_MAX];
    rv__truth_clear(clear, site, f);
    const bool dated = f->event != RV_EVENT_NONE;
    if (dated)
        rv__truth_bracket(&absent, &present, site, clear, f->event == RV_EVENT_DEMOLISHED ? f->ends : f->complete);
    const char *absent_id = absent >= 0 ? site->date[absent].id : NULL,
               *present_id = present >= 0 ? site->date[present].id : NULL;
    add_text(out, "last_absent", absent_id);
    add_text(out, "first_present", present_id);
    add_text(out, "images_absent", absent_id);
    add_text(out, "images_present", present_id);
    add_key(out, "clear");
    rv__str_add(out, "[");
    for (int k = 0, n = 0; k < site->opts.dates; k++)
        if (clear[k])
            rv__str_addf(out, "%s\"%s\"", n++ ? ", " : "", site->date[k].id);
    rv__str_add(out, "]");
}

typedef struct listing {
    rv__str *out;
    const rv__site *site;
    int n;
} listing;

static int add_fact(const rv__fact *f, void *user)
{
    listing *l = user;
    rv__str *out = l->out;
    rv__str_add(out, l->n++ ? ",\n{\"type\": \"Feature\", \"geometry\": " : "{\"type\": \"Feature\", \"geometry\": ");
    int err = add_polygon(out, l->site, &f->roof);
    rv__str_add(out, ", \"properties\": {\"id\": ");
    rv__str_json(out, f->id);
    add_text(out, "kind", rv_kind_names()[f->kind]);
    add_text(out, "event", rv_event_names()[f->event]);
    add_number(out, "likelihood", 1.0, 0);
    add_number(out, "area_m2", f->area_m2, 4);
    add_number(out, "wall_area_m2", f->wall_area_m2, 4);
    add_maybe(out, "area_before_m2", f->area_before_m2, 4);
    add_maybe(out, "height_m", f->height_m, 3);
    add_time(out, "start", f->start);
    add_time(out, "complete", f->complete);
    add_time(out, "ends", f->ends);
    add_bracket(out, l->site, f);
    add_key(out, "roof");
    err = err < 0 ? err : add_polygon(out, l->site, &f->roof);
    add_key(out, "wall");
    err = err < 0 ? err : add_polygon(out, l->site, &f->wall);
    rv__str_add(out, "}}");
    return err;
}

static void add_row(rv__str *out, double a, double b, double c)
{
    rv__str_add(out, "[");
    rv__str_fixed(out, a + 0.0, 9);
    rv__str_add(out, ", ");
    rv__str_fixed(out, b + 0.0, 9);
    rv__str_add(out, ", ");
    rv__str_fixed(out, c + 0.0, 6);
    rv__str_add(out, "]");
}

/* Frame to reference: the inverse of the view's matrix. The bands' own offsets and the smooth part are in displacement rasters. */
static void add_frame(rv__str *out, const rv__site *site, int date)
{
    const rv__sim_date *d = &site->date[date];
    const double *m = d->view[0].m, det = m[0] * m[4] - m[1] * m[3];
    const double a = m[4] / det, b = -m[1] / det, c = -m[3] / det, e = m[0] / det;
    const bool shift = site->opts.rotation_deg <= 0.0;
    add_text(out, "kind", shift ? "shift" : "affine");
    rv__str_add(out, ", \"M\": [");
    add_row(out, a, b, 0.0 - a * m[2] - b * m[5]);
    rv__str_add(out, ", ");
    add_row(out, c, e, 0.0 - c * m[2] - e * m[5]);
    rv__str_add(out, "], \"H\": null, \"sigma_px\": 0, \"ties\": 0, \"trusted\": true, \"why\": \"drawn\"");
    add_number(out, "psf_px", d->view[0].psf_px, 4);
    add_number(out, "haze", d->view[0].haze, 4);
    add_number(out, "snow", d->snow, 4);
    add_number(out, "cloud_share", rv__air_cloud_share(site, date), 4);
    add_number(out, "sun_azimuth_deg", d->sun_azimuth_deg, 4);
    add_number(out, "sun_elevation_deg", d->sun_elevation_deg, 4);
    rv__str_addf(out, ", \"looks\": %d, \"cloudy\": %s}", d->n_views, d->cloudy ? "true" : "false");
}

static void add_frames(rv__str *out, const rv__site *site)
{
    rv__str_addf(out, "\"reference\": \"%s\", \"frames\": {", site->date[0].id);
    for (int k = 0; k < site->opts.dates; k++) {
        rv__str_addf(out, "%s\n\"%s\": {\"id\": \"%s\"", k ? "," : "", site->date[k].id, site->date[k].id);
        add_time(out, "time", site->date[k].t);
        add_frame(out, site, k);
    }
    rv__str_add(out, "\n}");
}

static void add_options(rv__str *out, const rv__site *site)
{
    rv__str_add(out, "\"simulate_opts\": ");
    rv__json_from_fields(out, rv_simulate_fields(), &site->opts);
}

int rv__sim_truth(rv__str *out, const rv__site *site)
{
    listing l = { out, site, 0 };
    rv__str_add(out, "{\"type\": \"FeatureCollection\", \"name\": \"truth\",\n");
    add_options(out, site);
    rv__str_addf(out, ",\n\"suite\": \"%s\", \"style\": \"%s\", \"seed\": %d", rv_suite_names()[site->opts.suite],
                 site->opts.style == RV_STYLE_B ? "B" : "A", site->opts.seed);
    add_key(out, "grid");
    rv__str_addf(out, "{\"crs\": \"%s\", \"gt\": [", site->grid.crs);
    for (int k = 0; k < 6; k++) {
        rv__str_add(out, k ? ", " : "");
        rv__str_number(out, site->grid.gt[k]);
    }
    rv__str_addf(out, "], \"width\": %d, \"height\": %d, \"gsd_m\": ", site->grid.width, site->grid.height);
    rv__str_number(out, site->opts.gsd_m);
    rv__str_add(out, "},\n");
    add_frames(out, site);
    rv__str_add(out, ",\n\"features\": [\n");
    const int err = rv__truth_each(site, add_fact, &l);
    rv__str_add(out, "\n]}\n");
    return err;
}

int rv__sim_site(rv__str *out, const rv__site *site)
{
    rv__str_add(out, "{\"type\": \"FeatureCollection\", \"name\": \"site\", \"features\": [\n"
                     "{\"type\": \"Feature\", \"geometry\": ");
    const int err = add_square(out, site, 4.0 * site->opts.gsd_m);
    rv__str_add(out, ", \"properties\": {\"role\": \"aoi\", \"name\": \"simulated site\"}}\n]}\n");
    return err;
}

void rv__sim_manifest(rv__str *out, const rv__site *site, const rv__str *files)
{
    rv__str_add(out, "{\"name\": \"manifest\", ");
    add_options(out, site);
    rv__str_add(out, ",\n\"dates\": [");
    for (int k = 0; k < site->opts.dates; k++) {
        const rv__sim_date *d = &site->date[k];
        rv__str_addf(out, "%s\n{\"id\": \"%s\"", k ? "," : "", d->id);
        add_time(out, "time", d->t);
        add_number(out, "off_nadir_deg", d->off_nadir_deg, 4);
        add_number(out, "cloud_base_m", d->cloud_m, 1);
        add_number(out, "wet", d->wet, 4);
        add_frame(out, site, k);
    }
    rv__str_add(out, "],\n\"sha256\": {");
    rv__str_add(out, files->s ? files->s : "");
    rv__str_add(out, "}}\n");
}

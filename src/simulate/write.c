/* SPDX-License-Identifier: Apache-2.0 */
/* The texts: a STAC item for each date (acquisition time, pixel size, sun and view), the truth in the interchange shape
 * (structures and frames), and the site file. Outlines are written in degrees with nine decimals, a tenth of a
 * millimetre; area_m2 is the shoelace formula over the very vertices that were drawn. */
#include "simulate/write.h"

#include <math.h>

#include "base/mem.h"
#include "geo/ellipsoid.h"
#include "geo/polygon.h"
#include "simulate/draw.h"

/* Metres from the corner to a lon/lat polygon. */
static int to_lonlat(rv_polygon *out, const rv__site *site, const rv_point *p, size_t n)
{
    rv_polygon map = { NULL, 0 };
    int err = rv__polygon_ring(&map, p, n);
    if (err < 0)
        return err;
    for (size_t k = 0; k < n; k++) {
        map.ring[0].p[k].x = site->grid.gt[0] + p[k].x;
        map.ring[0].p[k].y = site->grid.gt[3] - p[k].y;
    }
    err = rv__polygon_lonlat(out, &map, &site->grid);
    rv_polygon_release(&map);
    return err;
}

static int add_polygon(rv__str *out, const rv__site *site, const rv_point *p, size_t n)
{
    rv_polygon shape = { NULL, 0 };
    const int err = to_lonlat(&shape, site, p, n);
    if (err < 0)
        return err;
    const rv_ring *r = &shape.ring[0];
    rv__str_add(out, "{\"type\": \"Polygon\", \"coordinates\": [[");
    for (size_t k = 0; k <= r->n; k++) {
        rv__str_add(out, k ? ", [" : "[");
        rv__str_fixed(out, r->p[k % r->n].x, 9);
        rv__str_add(out, ", ");
        rv__str_fixed(out, r->p[k % r->n].y, 9);
        rv__str_add(out, "]");
    }
    rv__str_add(out, "]]}");
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

static double shoelace(const rv_point *p, size_t n)
{
    double twice = 0.0;
    for (size_t k = 0; k < n; k++)
        twice += p[k].x * p[(k + 1) % n].y - p[(k + 1) % n].x * p[k].y;
    return fabs(twice) / 2.0;
}

static void corners_of_site(rv_point out[4], double size_m, double inset_m)
{
    const double lo = inset_m, hi = size_m - inset_m;
    const rv_point p[4] = { { lo, hi }, { hi, hi }, { hi, lo }, { lo, lo } };
    for (int k = 0; k < 4; k++)
        out[k] = p[k];
}

int rv__sim_item(rv__str *out, const rv__site *site, int date)
{
    static const char *const band[RV__SIM_BANDS] = { "blue", "green", "red", "nir" };
    const rv__sim_date *d = &site->date[date];
    rv_point frame[4];
    corners_of_site(frame, site->size_m, 0.0);
    rv__str_add(out, "{\"type\": \"Feature\", \"stac_version\": \"1.0.0\", \"stac_extensions\": "
                     "[\"https://stac-extensions.github.io/eo/v1.0.0/schema.json\", "
                     "\"https://stac-extensions.github.io/view/v1.0.0/schema.json\", "
                     "\"https://stac-extensions.github.io/projection/v1.0.0/schema.json\"]");
    add_text(out, "id", d->id);
    add_text(out, "collection", "revisit-simulate");
    add_key(out, "geometry");
    const int err = add_polygon(out, site, frame, 4);
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
                 "\"roles\": [\"data\"], \"eo:bands\": [",
                 d->id);
    for (int k = 0; k < RV__SIM_BANDS; k++)
        rv__str_addf(out, "%s{\"name\": \"%s\", \"common_name\": \"%s\"}", k ? ", " : "", band[k], band[k]);
    rv__str_add(out, "], \"raster:bands\": [");
    for (int k = 0; k < RV__SIM_BANDS; k++)
        rv__str_addf(out, "%s{\"data_type\": \"uint16\", \"scale\": 0.0001, \"offset\": 0}", k ? ", " : "");
    rv__str_add(out, "]}}}\n");
    return RV_OK;
}

/* First and last date that surely show the building finished, and the last one before that surely does not. */
static void clear_bracket(int *absent, int *present, const rv__site *site, const rv__sim_building *b)
{
    *absent = *present = -1;
    for (int k = 0; k < site->opts.dates; k++) {
        if (rv__sim_hidden(site, b, k) > 0.0)
            continue;
        if (k < b->first)
            *absent = k;
        else if (*present < 0)
            *present = k;
    }
}

static int add_building(rv__str *out, const rv__site *site, const rv__sim_building *b)
{
    rv_point p[4];
    rv__building_corners(p, b, 0.0, 0.0, 0.0);
    int absent, present;
    clear_bracket(&absent, &present, site, b);
    const char *absent_id = absent >= 0 ? site->date[absent].id : NULL;
    const char *present_id = present >= 0 ? site->date[present].id : NULL;
    rv__str_add(out, "{\"type\": \"Feature\", \"geometry\": ");
    int err = add_polygon(out, site, p, 4);
    rv__str_add(out, ", \"properties\": {\"id\": ");
    rv__str_json(out, b->id);
    add_text(out, "kind", b->hall ? "hall" : "building");
    add_text(out, "event", b->old ? "none" : "new");
    add_number(out, "likelihood", 1.0, 0);
    add_number(out, "area_m2", shoelace(p, 4), 4);
    add_number(out, "wall_area_m2", shoelace(p, 4), 4);
    add_number(out, "height_m", b->height_m, 3);
    add_text(out, "last_absent", b->old ? NULL : absent_id);
    add_text(out, "first_present", b->old ? NULL : present_id);
    add_text(out, "image_absent", b->old ? NULL : absent_id);
    add_text(out, "image_present", b->old ? NULL : present_id);
    add_time(out, "start", b->t_start);
    add_time(out, "complete", b->t_complete);
    add_key(out, "roof");
    err = err < 0 ? err : add_polygon(out, site, p, 4);
    add_key(out, "wall");
    err = err < 0 ? err : add_polygon(out, site, p, 4);
    rv__str_add(out, "}}");
    return err;
}

static void add_frames(rv__str *out, const rv__site *site)
{
    rv__str_addf(out, "\"reference\": \"%s\", \"frames\": {", site->date[0].id);
    for (int k = 0; k < site->opts.dates; k++) {
        const rv__sim_date *d = &site->date[k];
        rv__str_addf(out, "%s\n\"%s\": {\"M\": [[1, 0, ", k ? "," : "", d->id);
        rv__str_fixed(out, 0.0 - d->shift_px[0], 6);
        rv__str_add(out, "], [0, 1, ");
        rv__str_fixed(out, 0.0 - d->shift_px[1], 6);
        rv__str_add(out, "]], \"H\": null, \"kind\": \"shift\", \"sigma_px\": 0, \"ties\": 0, \"trusted\": true, "
                         "\"why\": \"drawn\"");
        add_number(out, "psf_px", d->psf_px, 4);
        add_number(out, "haze", d->haze, 4);
        rv__str_addf(out, ", \"cloudy\": %s}", d->cloudy ? "true" : "false");
    }
    rv__str_add(out, "\n}");
}

int rv__sim_truth(rv__str *out, const rv__site *site)
{
    rv__str_add(out, "{\"type\": \"FeatureCollection\", \"name\": \"truth\",\n\"simulate_opts\": {");
    for (size_t k = 0; k < rv_simulate_fields()->n; k++) {
        char text[64];
        const rv_field *f = &rv_simulate_fields()->field[k];
        rv_field_text(f, &site->opts, text, sizeof text);
        rv__str_addf(out, "%s\"%s\": %s", k ? ", " : "", f->name, text);
    }
    rv__str_add(out, "},\n");
    add_frames(out, site);
    rv__str_add(out, ",\n\"features\": [\n");
    for (int k = 0; k < site->n_buildings; k++) {
        const int err = add_building(out, site, &site->building[k]);
        if (err < 0)
            return err;
        rv__str_add(out, k + 1 < site->n_buildings ? ",\n" : "\n");
    }
    rv__str_add(out, "]}\n");
    return RV_OK;
}

int rv__sim_site(rv__str *out, const rv__site *site)
{
    rv_point aoi[4];
    corners_of_site(aoi, site->size_m, 4.0 * site->opts.gsd_m);
    rv__str_add(out, "{\"type\": \"FeatureCollection\", \"name\": \"site\", \"features\": [\n"
                     "{\"type\": \"Feature\", \"geometry\": ");
    const int err = add_polygon(out, site, aoi, 4);
    rv__str_add(out, ", \"properties\": {\"role\": \"aoi\", \"name\": \"simulated site\"}}\n]}\n");
    return err;
}

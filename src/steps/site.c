/* SPDX-License-Identifier: Apache-2.0 */
/* Site files and outlines drawn earlier: GeoJSON [rfc7946] features to places. Coordinates are kept as given, lon/lat or,
 * in a case without CRS, pixels of the reference image; they are projected when a step needs them, because the grid is
 * known only after align. A multi-part geometry becomes one place a part. */
#include "steps/step.h"

#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/sha256.h"
#include "base/str.h"
#include "geo/polygon.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct site_reader {
    rv_case *c;
    const char *path;
    bool outlines; /* all features are of the role reference and must be areas */
    int run_id;
    int places;
} site_reader;

static int read_position(rv_point *out, const rv__json *position)
{
    *out = (rv_point){ rv__json_number(rv__json_at(position, 0)), rv__json_number(rv__json_at(position, 1)) };
    if (!isfinite(out->x) || !isfinite(out->y))
        return rv__fail(RV_ERR_FORMAT, "a position is not two numbers");
    return RV_OK;
}

/* Append a ring; one that must be closed loses its repeated point. */
static int read_ring(rv_polygon *shape, const rv__json *line, bool closed)
{
    size_t n = rv__json_size(line);
    if (n < (closed ? 4U : 2U))
        return rv__fail(RV_ERR_FORMAT, "%zu positions, fewer than %d", n, closed ? 4 : 2);
    rv_point *p = rv__alloc(n, sizeof *p);
    if (!p)
        return RV_ERR_NOMEM;
    int err = RV_OK;
    for (size_t i = 0; i < n && err == RV_OK; i++)
        err = read_position(&p[i], rv__json_at(line, i));
    if (err == RV_OK && closed && (p[0].x != p[n - 1].x || p[0].y != p[n - 1].y))
        err = rv__fail(RV_ERR_FORMAT, "a ring is not closed");
    if (err == RV_OK)
        err = rv__place_ring(shape, p, closed ? n - 1 : n);
    rv__free(p);
    return err;
}

static int read_polygon(rv_polygon *shape, const rv__json *rings)
{
    if (rv__json_size(rings) == 0)
        return rv__fail(RV_ERR_FORMAT, "a polygon without rings");
    for (size_t i = 0; i < rv__json_size(rings); i++) {
        const int err = read_ring(shape, rv__json_at(rings, i), true);
        if (err < 0)
            return err;
    }
    rv__polygon_orient(shape, true);
    return RV_OK;
}

/* One part of a geometry: kind is "Point", "LineString" or "Polygon". */
static int put_part(site_reader *in, const rv_place *facts, const char *kind, const rv__json *coordinates)
{
    rv_place place = *facts;
    rv_point p;
    int err;
    if (strcmp(kind, "Point") == 0) {
        if ((err = read_position(&p, coordinates)) == RV_OK)
            err = rv__place_ring(&place.shape, &p, 1);
    } else if (strcmp(kind, "LineString") == 0) {
        err = read_ring(&place.shape, coordinates, false);
    } else {
        err = read_polygon(&place.shape, coordinates);
    }
    if (err == RV_OK && (err = rv__place_put(in->c, in->run_id, &place)) == RV_OK)
        in->places++;
    rv_polygon_release(&place.shape);
    return err;
}

static int put_geometry(site_reader *in, const rv_place *facts, const rv__json *geometry)
{
    static const char *const kinds[] = { "Point", "LineString", "Polygon" };
    const char *type = rv__json_text(rv__json_get(geometry, "type"));
    const rv__json *coordinates = rv__json_get(geometry, "coordinates");
    const bool multi = type && strncmp(type, "Multi", 5) == 0;
    for (size_t k = 0; type && k < sizeof kinds / sizeof *kinds; k++) {
        if (strcmp(type + (multi ? 5 : 0), kinds[k]) != 0)
            continue;
        if (in->outlines && k < 2)
            break;
        int err = multi ? RV_OK : put_part(in, facts, kinds[k], coordinates);
        for (size_t i = 0; multi && i < rv__json_size(coordinates) && err == RV_OK; i++)
            err = put_part(in, facts, kinds[k], rv__json_at(coordinates, i));
        return err;
    }
    return rv__fail(RV_ERR_FORMAT, "geometry \"%.40s\" cannot be used%s", type ? type : "",
                    in->outlines ? ": an outline is a polygon" : "");
}

/* Copy a text property when it is there, cut to size. */
static void take_text(char *out, size_t size, const rv__json *properties, const char *key)
{
    const char *text = rv__json_text(rv__json_get(properties, key));
    if (text)
        strncpy(out, text, size - 1);
}

/* An id is used in names of files and pages: letters, digits, '.', '_' and '-', the rest becomes '_'. */
static void take_id(char *out, size_t size, const rv__json *feature)
{
    const rv__json *own = rv__json_get(feature, "id");
    const rv__json *id = own ? own : rv__json_path(feature, "properties/id");
    const char *text = rv__json_text(id);
    const double number = rv__json_number(id);
    if (text)
        strncpy(out, text, size - 1);
    else if (isfinite(number))
        rv__number_text(out, number);
    for (char *p = out; *p; p++)
        if (!strchr("._-", *p) && !(*p >= '0' && *p <= '9') && !(*p >= 'a' && *p <= 'z') && !(*p >= 'A' && *p <= 'Z'))
            *p = '_';
}

static int read_role(int *out, const rv__json *properties)
{
    const char *word = rv__json_text(rv__json_get(properties, "role"));
    const rv_field *field = rv_field_find(rv_place_fields(), "role");
    *out = word ? rv__text_index(field->names, word, strlen(word)) : -1;
    if (*out >= 0)
        return RV_OK;
    return rv__fail(RV_ERR_FORMAT, "role must be aoi, poi, reference or exclude, not \"%.40s\"", word ? word : "");
}

static int put_feature(site_reader *in, const rv__json *feature)
{
    const rv__json *properties = rv__json_get(feature, "properties");
    rv_place place = { .role = RV_ROLE_REFERENCE };
    int err;
    place.radius_m = rv__json_number(rv__json_get(properties, "radius_m"));
    if (!in->outlines && (err = read_role(&place.role, properties)) < 0)
        return err;
    take_id(place.id, sizeof place.id, feature);
    take_text(place.name, sizeof place.name, properties, "name");
    take_text(place.kind, sizeof place.kind, properties, "kind");
    take_text(place.note, sizeof place.note, properties, "note");
    if ((err = rv_fields_check(rv_place_fields(), &place)) < 0)
        return err;
    return put_geometry(in, &place, rv__json_get(feature, "geometry"));
}

/* GeoJSON of before 2016 could name another CRS; what is not lon/lat would be taken for it. */
static int check_crs(const rv__json *root)
{
    const char *name = rv__json_text(rv__json_path(root, "crs/properties/name"));
    if (name && !strstr(name, "CRS84") && !strstr(name, "4326"))
        return rv__fail(RV_ERR_FORMAT, "coordinates must be longitude and latitude (WGS84), not %.60s", name);
    return RV_OK;
}

static int put_features(site_reader *in, const rv__json *root)
{
    const char *type = rv__json_text(rv__json_get(root, "type"));
    const rv__json *features = rv__json_get(root, "features");
    int err = check_crs(root);
    if (err < 0)
        return err;
    if (type && strcmp(type, "Feature") == 0)
        return put_feature(in, root);
    if (!type || strcmp(type, "FeatureCollection") != 0 || !rv__json_is(features, 'a'))
        return rv__fail(RV_ERR_FORMAT, "not a GeoJSON FeatureCollection");
    for (size_t i = 0; i < rv__json_size(features); i++)
        if ((err = put_feature(in, rv__json_at(features, i))) < 0)
            return rv__subject(err, "feature %zu: ", i + 1);
    return RV_OK;
}

static int read_site(rv_case *c, int run_id, int *state, void *user)
{
    (void)state;
    site_reader *in = user;
    rv__json *root = NULL;
    char sha256[RV_HASH_MAX];
    int err;
    in->c = c;
    in->run_id = run_id;
    if ((err = rv__json_load(&root, in->path)) == RV_OK && (err = put_features(in, root)) == RV_OK && in->places == 0)
        err = rv__fail(RV_ERR_FORMAT, "no feature in it");
    if (err == RV_OK && (err = rv__sha256_file(sha256, in->path)) == RV_OK)
        err = rv__original_keep(c, run_id, in->path, sha256);
    rv__json_free(root);
    return err < 0 ? rv__subject(err, "%s: ", rv__path_base(in->path)) : RV_OK;
}

int rv_step_site(rv_case *c, const char *path)
{
    site_reader in = { .path = path };
    return rv__step_run(c, &(rv__step){ .name = "site", .work = read_site, .user = &in });
}

int rv_step_outline(rv_case *c, const char *path)
{
    site_reader in = { .path = path, .outlines = true };
    return rv__step_run(c, &(rv__step){ .name = "outline", .work = read_site, .user = &in });
}

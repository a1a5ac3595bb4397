/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Coordinate reference systems by PROJ 9.
 *
 * Every object has a PROJ context of its own (PROJ is safe between threads on that condition only), without network and
 * without log. Axes are put in traditional order (x east or longitude, y north or latitude) in one place, open_pair, by
 * proj_normalize_for_visualization. Opening one reads PROJ's database, which takes milliseconds: lonlat.c keeps those that
 * are asked for by the thousand.
 */
#include "geo/crs.h"

#include "base/error.h"
#include "base/mem.h"

#include <proj.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct rv__crs_map {
    PJ_CONTEXT *context;
    PJ *pair;
    double out_scale;  /* multiplies the pair's output: degrees per unit for lon/lat, else 1 */
    double a_m, inv_f; /* of the source */
    double turn;
};

void rv__crs_map_free(rv__crs_map *map)
{
    if (!map)
        return;
    proj_destroy(map->pair);
    if (map->context)
        proj_context_destroy(map->context);
    rv__free(map);
}

static PJ_CONTEXT *open_context(void)
{
    PJ_CONTEXT *context = proj_context_create();
    if (!context) {
        rv__fail(RV_ERR_NOMEM, "memory ran out opening PROJ");
        return NULL;
    }
    proj_context_set_enable_network(context, 0);
    proj_log_level(context, PJ_LOG_NONE);
    return context;
}

/* A CRS from any text PROJ knows; "+proj=utm +zone=36" means the CRS, not the projection alone. */
static int open_crs(PJ **out, PJ_CONTEXT *context, const char *text)
{
    PJ *crs = proj_create(context, text);
    if (crs && !proj_is_crs(crs) && strstr(text, "proj=")) {
        char typed[RV_CRS_MAX + 16];
        snprintf(typed, sizeof typed, "%s +type=crs", text);
        proj_destroy(crs);
        crs = proj_create(context, typed);
    }
    if (!crs || !proj_is_crs(crs)) {
        proj_destroy(crs);
        return rv__fail(RV_ERR_FORMAT, "PROJ cannot read the coordinate system '%.80s'", text);
    }
    *out = crs;
    return RV_OK;
}

/* The horizontal part of a compound or bound CRS, else itself. Takes crs. */
static PJ *take_horizontal(PJ_CONTEXT *context, PJ *crs)
{
    for (;;) {
        const PJ_TYPE type = proj_get_type(crs);
        PJ *part = NULL;
        if (type == PJ_TYPE_COMPOUND_CRS)
            part = proj_crs_get_sub_crs(context, crs, 0);
        else if (type == PJ_TYPE_BOUND_CRS)
            part = proj_get_source_crs(context, crs);
        if (!part)
            return crs;
        proj_destroy(crs);
        crs = part;
    }
}

static bool is_lonlat(const PJ *crs)
{
    const PJ_TYPE type = proj_get_type(crs);
    return type == PJ_TYPE_GEOGRAPHIC_2D_CRS || type == PJ_TYPE_GEOGRAPHIC_3D_CRS;
}

/* Degrees per unit of the first axis of a geographic CRS. */
static double degrees_per_unit(PJ_CONTEXT *context, const PJ *crs)
{
    const double pi = acos(-1.0);
    const char *unit = NULL;
    double factor = 0;
    PJ *axes = proj_crs_get_coordinate_system(context, crs);
    if (!axes || !proj_cs_get_axis_info(context, axes, 0, NULL, NULL, NULL, &factor, &unit, NULL, NULL) ||
        !(factor > 0) || (unit && strcmp(unit, "degree") == 0))
        factor = pi / 180;
    const double degrees = unit && strcmp(unit, "degree") != 0 ? factor * 180 / pi : 1;
    proj_destroy(axes);
    return degrees;
}

static void read_ellipsoid(double *a_m, double *inv_f, PJ_CONTEXT *context, const PJ *crs)
{
    PJ *ellipsoid = proj_get_ellipsoid(context, crs);
    if (!ellipsoid || !proj_ellipsoid_get_parameters(context, ellipsoid, a_m, NULL, NULL, inv_f))
        *a_m = *inv_f = NAN;
    proj_destroy(ellipsoid);
}

static int open_pair(rv__crs_map *map, const PJ *from, const PJ *to)
{
    PJ *plain = proj_create_crs_to_crs_from_pj(map->context, from, to, NULL, NULL);
    if (!plain)
        return rv__fail(RV_ERR_MISMATCH, "PROJ knows no way between the coordinate systems");
    map->pair = proj_normalize_for_visualization(map->context, plain);
    proj_destroy(plain);
    if (!map->pair)
        return rv__fail(RV_ERR_MISMATCH, "PROJ cannot put the axes of the coordinate systems in order");
    return RV_OK;
}

/* to is NULL for the geographic CRS that from itself stands on. */
static int open_map(rv__crs_map *map, const char *from_text, const char *to_text, bool to_degrees)
{
    PJ *from = NULL, *to = NULL;
    int err = open_crs(&from, map->context, from_text);
    if (err < 0)
        return err;
    from = take_horizontal(map->context, from);
    read_ellipsoid(&map->a_m, &map->inv_f, map->context, from);
    map->turn = is_lonlat(from) ? 360 / degrees_per_unit(map->context, from) : 0;
    if (to_text)
        err = open_crs(&to, map->context, to_text);
    else if (!(to = proj_crs_get_geodetic_crs(map->context, from)) || !is_lonlat(to))
        err = rv__fail(RV_ERR_MISMATCH, "the coordinate system '%.80s' is not tied to the earth", from_text);
    if (err == RV_OK) {
        map->out_scale = to_degrees ? degrees_per_unit(map->context, to) : 1;
        err = open_pair(map, from, to);
    }
    proj_destroy(to);
    proj_destroy(from);
    return err;
}

static int map_new(rv__crs_map **out, const char *from, const char *to, bool to_degrees)
{
    rv__crs_map *map = rv__alloc(1, sizeof *map);
    if (!map)
        return RV_ERR_NOMEM;
    map->context = open_context();
    const int err = map->context ? open_map(map, from, to, to_degrees) : RV_ERR_NOMEM;
    if (err < 0) {
        rv__crs_map_free(map);
        return err;
    }
    *out = map;
    return RV_OK;
}

static int transform(const rv__crs_map *map, PJ_DIRECTION way, double *x, double *y)
{
    PJ_COORD c = proj_coord(*x, *y, 0, HUGE_VAL);
    proj_errno_reset(map->pair);
    c = proj_trans(map->pair, way, c);
    if (!isfinite(c.xy.x) || !isfinite(c.xy.y))
        return rv__fail(RV_ERR_RANGE, "point (%.9g, %.9g) lies outside the coordinate system's domain", *x, *y);
    *x = c.xy.x;
    *y = c.xy.y;
    return RV_OK;
}

int rv__crs_map_new(rv__crs_map **out, const char *from, const char *to)
{
    return map_new(out, from, to, false);
}

int rv__crs_map_pin(rv__crs_map *map, double x, double y)
{
    const int err = transform(map, PJ_FWD, &x, &y);
    if (err < 0)
        return err;
    PJ *used = proj_trans_get_last_used_operation(map->pair);
    if (used) { /* none is told where there is only one */
        proj_destroy(map->pair);
        map->pair = used;
    }
    return RV_OK;
}

int rv__crs_map_new_lonlat(rv__crs_map **out, const char *crs, bool own_datum)
{
    return map_new(out, crs, own_datum ? NULL : "EPSG:4326", true);
}

int rv__crs_map_point(rv__crs_map *map, double *x, double *y)
{
    double px = *x, py = *y;
    const int err = transform(map, PJ_FWD, &px, &py);
    if (err < 0)
        return err;
    *x = px * map->out_scale;
    *y = py * map->out_scale;
    return RV_OK;
}

int rv__crs_map_inverse(rv__crs_map *map, double *x, double *y)
{
    double px = *x / map->out_scale, py = *y / map->out_scale;
    const int err = transform(map, PJ_INV, &px, &py);
    if (err < 0)
        return err;
    *x = px;
    *y = py;
    return RV_OK;
}

void rv__crs_map_source(const rv__crs_map *map, double *a_m, double *inverse_flattening, double *turn)
{
    *a_m = map->a_m;
    *inverse_flattening = map->inv_f;
    *turn = map->turn;
}

/* One answer about one CRS text, in a context of its own. */
static int open_alone(PJ_CONTEXT **context, PJ **crs, const char *text)
{
    *crs = NULL;
    *context = open_context();
    return *context ? open_crs(crs, *context, text) : RV_ERR_NOMEM;
}

static void close_alone(PJ_CONTEXT *context, PJ *crs)
{
    proj_destroy(crs);
    if (context)
        proj_context_destroy(context);
}

/* EPSG code of the entry that PROJ finds equal to crs but for the order of its axes, or 0. PROJ's own confidence is not
 * asked: it weighs names and codes, which a text may have borrowed. */
static int sure_code(PJ_CONTEXT *context, const PJ *crs)
{
    int code = 0;
    PJ_OBJ_LIST *found = proj_identify(context, crs, "EPSG", NULL, NULL);
    for (int i = 0; code == 0 && found && i < proj_list_get_count(found); i++) {
        PJ *entry = proj_list_get(context, found, i);
        const char *id = entry ? proj_get_id_code(entry, 0) : NULL;
        if (id && proj_is_equivalent_to_with_ctx(context, crs, entry, PJ_COMP_EQUIVALENT_EXCEPT_AXIS_ORDER_GEOGCRS))
            code = (int)strtol(id, NULL, 10);
        proj_destroy(entry);
    }
    proj_list_destroy(found);
    return code;
}

static int write_short(char out[RV_CRS_MAX], PJ_CONTEXT *context, const PJ *crs)
{
    static const char *const options[] = { "MULTILINE=NO", NULL };
    const int code = sure_code(context, crs);
    if (code > 0) {
        snprintf(out, RV_CRS_MAX, "EPSG:%d", code);
        return RV_OK;
    }
    const char *wkt = proj_as_wkt(context, crs, PJ_WKT2_2019, options);
    if (!wkt)
        return rv__fail(RV_ERR_FORMAT, "PROJ cannot write the coordinate system as WKT2");
    if (strlen(wkt) >= RV_CRS_MAX)
        return rv__fail(RV_ERR_REFUSED, "coordinate system of %zu bytes (at most %d)", strlen(wkt), RV_CRS_MAX - 1);
    snprintf(out, RV_CRS_MAX, "%s", wkt);
    return RV_OK;
}

int rv__crs_short(char out[RV_CRS_MAX], const char *wkt)
{
    PJ_CONTEXT *context;
    PJ *crs;
    if (!*wkt) { /* no system is a system's text too: pixels */
        out[0] = '\0';
        return RV_OK;
    }
    int err = open_alone(&context, &crs, wkt);
    if (err == RV_OK)
        err = write_short(out, context, crs);
    close_alone(context, crs);
    return err;
}

bool rv__crs_is_geographic(const char *text)
{
    PJ_CONTEXT *context;
    PJ *crs;
    bool geographic = false;
    if (open_alone(&context, &crs, text) == RV_OK) {
        crs = take_horizontal(context, crs);
        geographic = is_lonlat(crs);
    }
    close_alone(context, crs);
    return geographic;
}

bool rv__crs_same(const char *a, const char *b)
{
    PJ_CONTEXT *context;
    PJ *first, *second = NULL;
    if (strcmp(a, b) == 0)
        return true;
    if (!*a || !*b)
        return false;
    bool same = false;
    if (open_alone(&context, &first, a) == RV_OK && open_crs(&second, context, b) == RV_OK)
        same = proj_is_equivalent_to_with_ctx(context, first, second, PJ_COMP_EQUIVALENT_EXCEPT_AXIS_ORDER_GEOGCRS);
    proj_destroy(second);
    close_alone(context, first);
    return same;
}

int rv__crs_ellipsoid(const char *text, double *a_m, double *inverse_flattening)
{
    PJ_CONTEXT *context;
    PJ *crs;
    double a = NAN, inv_f = NAN;
    int err = open_alone(&context, &crs, text);
    if (err == RV_OK) {
        crs = take_horizontal(context, crs);
        read_ellipsoid(&a, &inv_f, context, crs);
        if (!(a > 0))
            err = rv__fail(RV_ERR_MISMATCH, "the coordinate system '%.80s' is not tied to the earth", text);
    }
    close_alone(context, crs);
    if (err < 0)
        return err;
    *a_m = a;
    *inverse_flattening = inv_f;
    return RV_OK;
}

const char *rv__proj_version(void)
{
    return proj_info().version;
}

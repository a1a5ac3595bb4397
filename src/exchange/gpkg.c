/* SPDX-License-Identifier: Apache-2.0 */
/* The case for map programs: case.gpkg, written anew under another name and renamed, so that whoever has the old one open
 * keeps it and whoever edits it harms nothing. Coordinates are longitude and latitude. What differs from one machine or
 * day to the next (when a run began, how long it took) stays in case.db and out of here. */
#include <revisit/export.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "case/case_internal.h"
#include "exchange/findings.h"
#include "exchange/ogr.h"
#include "exchange/styles.h"
#include "geo/ellipsoid.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { FIELDS_MAX = 64, EDGE_POINTS = 8 };
#define DRAFT ".new.case.gpkg"

static int put_place(const rv_place *row, void *user)
{
    return rv__ogr_row(user, row, &row->shape);
}

static int put_transform(const rv_transform *row, void *user)
{
    return rv__ogr_row(user, row, NULL);
}

static int put_measurement(const rv_measurement *row, void *user)
{
    return rv__ogr_row(user, row, NULL);
}

static int put_budget(const rv_budget_term *row, void *user)
{
    return rv__ogr_row(user, row, NULL);
}

static int put_run(const rv_run *row, void *user)
{
    return rv__ogr_row(user, row, NULL);
}

/* The edge of an image in its map coordinates, with points between the corners, which projections bend. */
static void footprint(rv_point *p, const rv_grid *grid)
{
    const double corner[5][2] = {
        { 0, 0 }, { 0, grid->height }, { grid->width, grid->height }, { grid->width, 0 }, { 0, 0 }
    };
    for (int i = 0; i < 4 * EDGE_POINTS; i++) {
        const int k = i / EDGE_POINTS;
        const double share = (double)(i % EDGE_POINTS) / EDGE_POINTS;
        rv_grid_to_map(grid, corner[k][0] + share * (corner[k + 1][0] - corner[k][0]),
                       corner[k][1] + share * (corner[k + 1][1] - corner[k][1]), &p[i].x, &p[i].y);
    }
}

typedef struct scene_writer {
    rv__ogr *file;
    bool lonlat;
} scene_writer;

/* A refused image, or one that cannot be placed beside the others, has no footprint. */
static int put_scene(const rv_scene_info *row, void *user)
{
    const scene_writer *writer = user;
    rv_point edge[4 * EDGE_POINTS];
    rv_ring ring = { edge, 4 * EDGE_POINTS };
    const rv_polygon outline = { &ring, 1 };
    rv_polygon shape = { 0 };
    rv_grid grid;
    rv_scene_info_grid(row, &grid);
    if (row->state == RV_SCENE_OK && (grid.crs[0] != '\0') == writer->lonlat) {
        footprint(edge, &grid);
        if (rv__polygon_lonlat(&shape, &outline, &grid) < 0)
            shape = (rv_polygon){ 0 };
    }
    const int err = rv__ogr_row(writer->file, row, &shape);
    rv_polygon_release(&shape);
    return err;
}

static int find_crs(const rv_scene_info *row, void *user)
{
    *(bool *)user |= row->state == RV_SCENE_OK && row->crs[0];
    return 0;
}

/* Without the columns that hold a clock or depend on the machine. */
static rv_fields run_columns(rv_field kept[FIELDS_MAX])
{
    static const char *const dropped[] = { "started", "duration_s", "peak_rss_mb", "threads" };
    const rv_fields *all = rv_run_fields();
    rv_fields fields = { all->name, all->size, all->defaults, kept, 0 };
    for (size_t i = 0; i < all->n && fields.n < FIELDS_MAX; i++) {
        bool drop = false;
        for (size_t k = 0; k < sizeof dropped / sizeof *dropped; k++)
            drop |= strcmp(all->field[i].name, dropped[k]) == 0;
        if (!drop)
            kept[fields.n++] = all->field[i];
    }
    return fields;
}

/* The properties of the GeoJSON, what is nested there as words. */
static rv_fields finding_columns(rv_field columns[FIELDS_MAX])
{
#define NESTED(column, member)                                                         \
    {                                                                                  \
        .name = column, .type = RV_TYPE_TEXT, .offset = offsetof(rv__finding, member), \
        .size = sizeof(((rv__finding *)0)->member), .count = 1, .unit = "", .help = "" \
    }
    static const rv_field nested[] = { NESTED("alternatives", alternatives), NESTED("images_absent", absent_id),
                                       NESTED("images_present", present_id), NESTED("flags", flag_text) };
#undef NESTED
    const rv_fields *all = rv__finding_fields();
    rv_fields fields = { all->name, all->size, all->defaults, columns, 0 };
    for (size_t i = 0; i < all->n; i++)
        columns[fields.n++] = all->field[i];
    for (size_t i = 0; i < sizeof nested / sizeof *nested; i++)
        columns[fields.n++] = nested[i];
    return fields;
}

static int write_structures(rv__ogr *file, rv_case *c, bool lonlat)
{
    rv_field columns[FIELDS_MAX];
    const rv_fields fields = finding_columns(columns);
    rv__findings findings = { 0 };
    int err;
    if ((err = rv__ogr_layer(file, "structures", &fields, RV__OGR_AREA, lonlat)) < 0)
        return err;
    if (rv_case_current_run(c, "detect") > 0 && (err = rv__findings_load(&findings, c)) < 0)
        return err;
    for (size_t i = 0; i < findings.n && err == RV_OK; i++)
        err = rv__ogr_row(file, &findings.v[i], &findings.v[i].outline);
    rv__findings_release(&findings);
    return err;
}

static int write_runs(rv__ogr *file, rv_case *c)
{
    rv_field kept[FIELDS_MAX];
    const rv_fields fields = run_columns(kept);
    const int err = rv__ogr_layer(file, "runs", &fields, RV__OGR_NONE, false);
    return err < 0 ? err : rv_case_each_run(c, put_run, file);
}

static int write_styles(rv__ogr *file)
{
    size_t n = 0;
    const rv__style *styles = rv__styles(&n);
    int err = rv__ogr_layer(file, "layer_styles", rv__style_fields(), RV__OGR_NONE, false);
    for (size_t i = 0; i < n && err == RV_OK; i++)
        err = rv__ogr_row(file, &styles[i], NULL);
    return err;
}

static int write_layers(rv__ogr *file, rv_case *c)
{
    bool lonlat = false;
    int err;
    if ((err = rv_case_each_scene(c, find_crs, &lonlat)) < 0 || (err = write_structures(file, c, lonlat)) < 0 ||
        (err = rv__ogr_layer(file, "scenes", rv_scene_info_fields(), RV__OGR_AREA, lonlat)) < 0 ||
        (err = rv_case_each_scene(c, put_scene, &(scene_writer){ file, lonlat })) < 0 ||
        (err = rv__ogr_layer(file, "places", rv_place_fields(), RV__OGR_ANY, lonlat)) < 0 ||
        (err = rv_case_each_place(c, put_place, file)) < 0 ||
        (err = rv__ogr_layer(file, "transforms", rv_transform_fields(), RV__OGR_NONE, false)) < 0 ||
        (err = rv_case_each_transform(c, put_transform, file)) < 0 ||
        (err = rv__ogr_layer(file, "measurements", rv_measurement_fields(), RV__OGR_NONE, false)) < 0 ||
        (err = rv_case_each_measurement(c, put_measurement, file)) < 0 ||
        (err = rv__ogr_layer(file, "budget", rv_budget_term_fields(), RV__OGR_NONE, false)) < 0 ||
        (err = rv_case_each_budget(c, put_budget, file)) < 0 || (err = write_runs(file, c)) < 0)
        return err;
    return write_styles(file);
}

static int write_gpkg(rv_case *c)
{
    char draft[RV_PATH_MAX], path[RV_PATH_MAX];
    rv__ogr *file = NULL;
    int err;
    if ((err = rv__case_path(c, draft, sizeof draft, DRAFT)) < 0 ||
        (err = rv__case_path(c, path, sizeof path, "case.gpkg")) < 0)
        return err;
    remove(draft); /* of an export that was cut off */
    if ((err = rv__ogr_create(&file, draft)) < 0)
        return err;
    if ((err = write_layers(file, c)) < 0) {
        rv__ogr_abandon(file);
        remove(draft);
        return err;
    }
    if ((err = rv__ogr_finish(file)) < 0) {
        remove(draft);
        return err;
    }
    if (chmod(draft, 0600) != 0 || rename(draft, path) != 0)
        return rv__fail(RV_ERR_IO, "case.gpkg cannot be written: %s", strerror(errno));
    return RV_OK;
}

/* An older file must not outlive the findings that it shows. */
static int write_geojson(rv_case *c)
{
    char path[RV_PATH_MAX], *text = NULL;
    int err;
    if ((err = rv__case_path(c, path, sizeof path, "reports/structures.geojson")) < 0)
        return err;
    if (rv_case_current_run(c, "detect") == 0) {
        remove(path);
        return RV_OK;
    }
    if ((err = rv_export_structures(&text, c)) < 0)
        return err;
    err = rv__file_write(path, text, strlen(text));
    rv_text_free(text);
    return err;
}

int rv_export_refresh(rv_case *c)
{
    const int err = write_geojson(c);
    return err < 0 ? err : write_gpkg(c);
}

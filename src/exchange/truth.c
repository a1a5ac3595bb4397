/* SPDX-License-Identifier: Apache-2.0 */
/* The truth of a drawn site as a GeoPackage: roofs and walls as two layers of the same rows. */
#include <revisit/export.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "exchange/ogr.h"
#include "geo/geojson.h"

typedef struct truth_row {
    char id[32], kind[32], event[32];
    double area_m2, wall_area_m2, area_before_m2, height_m;
    char start[40], complete[40], ends[40], last_absent[64], first_present[64];
    int clear_dates;
} truth_row;

static const rv_field rows[] = {
    RV_TEXT(truth_row, id, "name"),
    RV_TEXT(truth_row, kind, "what it is"),
    RV_TEXT(truth_row, event, "what happened to it"),
    RV_DOUBLE(truth_row, area_m2, 0, 1e9, "m2", "area of the roof"),
    RV_DOUBLE(truth_row, wall_area_m2, 0, 1e9, "m2", "area within the walls"),
    RV_DOUBLE(truth_row, area_before_m2, 0, 1e9, "m2", "area of the roof before it was extended"),
    RV_DOUBLE(truth_row, height_m, 0, 1000, "m", "height of the eaves"),
    RV_TEXT(truth_row, start, "first works"),
    RV_TEXT(truth_row, complete, "completed"),
    RV_TEXT(truth_row, ends, "demolished"),
    RV_TEXT(truth_row, last_absent, "last clear image without it"),
    RV_TEXT(truth_row, first_present, "first clear image with it"),
    RV_INT(truth_row, clear_dates, 0, 1000, "", "images in which it is not hidden"),
};
static const rv_fields fields = { "truth", sizeof(truth_row), NULL, rows, sizeof rows / sizeof *rows };

static void fill_row(truth_row *row, const rv__json *properties)
{
    memset(row, 0, sizeof *row);
    for (size_t k = 0; k < fields.n; k++) {
        const rv_field *f = &fields.field[k];
        const rv__json *value = rv__json_get(properties, f->name);
        const char *text = rv__json_text(value);
        if (f->type == RV_TYPE_TEXT)
            snprintf((char *)row + f->offset, f->size, "%s", text ? text : "");
        else if (f->type == RV_TYPE_DOUBLE)
            *(double *)(void *)((char *)row + f->offset) = rv__json_number(value);
    }
    row->clear_dates = (int)rv__json_size(rv__json_get(properties, "clear"));
}

static int add_feature(rv__ogr *file, const rv__json *feature, const char *outline)
{
    truth_row row;
    rv_polygon shape = { NULL, 0 };
    const rv__json *properties = rv__json_get(feature, "properties");
    const rv__json *rings = rv__json_get(rv__json_get(properties, outline), "coordinates");
    fill_row(&row, properties);
    int err = rv__geojson_rings_read(&shape, rings);
    if (err == RV_OK)
        err = rv__ogr_row(file, &row, &shape);
    rv_polygon_release(&shape);
    return err;
}

static int write_layers(rv__ogr *file, const rv__json *truth)
{
    static const char *const layer[][2] = { { "roofs", "roof" }, { "walls", "wall" } };
    const rv__json *features = rv__json_get(truth, "features");
    int err = RV_OK;
    for (size_t l = 0; err == RV_OK && l < 2; l++) {
        err = rv__ogr_layer(file, layer[l][0], &fields, RV__OGR_AREA, true);
        for (size_t k = 0; err == RV_OK && k < rv__json_size(features); k++)
            err = add_feature(file, rv__json_at(features, k), layer[l][1]);
    }
    return err;
}

int rv_export_truth(const char *folder)
{
    char from[RV_PATH_MAX], to[RV_PATH_MAX];
    rv__json *truth = NULL;
    rv__ogr *file = NULL;
    int err;
    if ((err = rv__path_join(from, sizeof from, folder, "truth.geojson")) < 0 ||
        (err = rv__path_join(to, sizeof to, folder, "truth.gpkg")) < 0 || (err = rv__json_load(&truth, from)) < 0)
        return err;
    unlink(to);
    if ((err = rv__ogr_create(&file, to)) == RV_OK) {
        if ((err = write_layers(file, truth)) == RV_OK)
            err = rv__ogr_finish(file);
        else
            rv__ogr_abandon(file);
    }
    rv__json_free(truth);
    return err;
}

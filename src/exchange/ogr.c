/* SPDX-License-Identifier: Apache-2.0 */
/* Described rows into a GeoPackage through OGR's C API. Same rows, same bytes: the time stamps that the driver would take
 * from the clock are fixed (OGR_CURRENT_DATE), rows get their numbers in the order they come, and the whole file is one
 * transaction a layer. */
#include "exchange/ogr.h"

#include "base/error.h"
#include "base/field.h"
#include "base/mem.h"
#include "base/str.h"
#include "raster/gdal_start.h"

#include <cpl_conv.h>
#include <gdal.h>
#include <ogr_api.h>
#include <ogr_srs_api.h>

#include <assert.h>
#include <math.h>

/* The driver's own header is C++; registering all drivers would open this process to formats it never writes. */
extern void RegisterOGRGeoPackage(void);

struct rv__ogr {
    GDALDatasetH file;
    OGRSpatialReferenceH wgs84;
    OGRLayerH layer;
    const rv_fields *fields;
    rv__ogr_shape shape;
    bool lonlat;
};

static OGRFieldType column_type(const rv_field *field)
{
    if (field->count > 1)
        return OFTString;
    switch (field->type) {
    case RV_TYPE_DOUBLE:
        return OFTReal;
    case RV_TYPE_INT:
    case RV_TYPE_BOOL:
        return OFTInteger;
    case RV_TYPE_TIME:
        return OFTDateTime;
    default:
        return OFTString;
    }
}

static int add_columns(OGRLayerH layer, const rv_fields *fields)
{
    for (size_t i = 0; i < fields->n; i++) {
        OGRFieldDefnH column = OGR_Fld_Create(fields->field[i].name, column_type(&fields->field[i]));
        if (fields->field[i].type == RV_TYPE_BOOL)
            OGR_Fld_SetSubType(column, OFSTBoolean);
        const OGRErr err = OGR_L_CreateField(layer, column, TRUE);
        OGR_Fld_Destroy(column);
        if (err != OGRERR_NONE)
            return rv__gdal_fail(RV_ERR_IO, "a column cannot be made", "case.gpkg");
    }
    return RV_OK;
}

/* A column that is left alone is NULL: not known. */
static void set_column(OGRFeatureH feature, int column, const rv_field *field, const void *row)
{
    char text[512];
    const char *words;
    if (field->count > 1) {
        rv_field_text(field, row, text, sizeof text);
        OGR_F_SetFieldString(feature, column, text);
        return;
    }
    switch (field->type) {
    case RV_TYPE_DOUBLE:
        if (isfinite(rv__field_double(field, row, 0)))
            OGR_F_SetFieldDouble(feature, column, rv__field_double(field, row, 0));
        break;
    case RV_TYPE_TIME:
        rv_time_text(text, rv__field_double(field, row, 0));
        if (text[0])
            OGR_F_SetFieldString(feature, column, text);
        break;
    case RV_TYPE_INT:
        OGR_F_SetFieldInteger(feature, column, rv__field_int(field, row, 0));
        break;
    case RV_TYPE_BOOL:
        OGR_F_SetFieldInteger(feature, column, rv__field_bool(field, row));
        break;
    case RV_TYPE_ENUM:
        words = rv__field_word(field, row);
        OGR_F_SetFieldString(feature, column, words ? words : "");
        break;
    case RV_TYPE_TEXT:
    case RV_TYPE_STRING:
        words = rv__field_string(field, row);
        if (words && words[0])
            OGR_F_SetFieldString(feature, column, words);
        break;
    }
}

/* Without a CRS rows grow downward and map programs draw such images below the axis: y is negated. */
static OGRGeometryH line_of(const rv_ring *ring, OGRwkbGeometryType type, bool lonlat, bool closed)
{
    OGRGeometryH line = OGR_G_CreateGeometry(type);
    for (size_t i = 0; i < ring->n + (closed ? 1 : 0); i++) {
        const rv_point *p = &ring->p[i % ring->n];
        OGR_G_AddPoint_2D(line, p->x, lonlat ? p->y : -p->y);
    }
    return line;
}

static OGRGeometryH geometry_of(const rv_polygon *shape, rv__ogr_shape kind, bool lonlat)
{
    if (kind == RV__OGR_ANY && shape->ring[0].n == 1)
        return line_of(&shape->ring[0], wkbPoint, lonlat, false);
    if (kind == RV__OGR_ANY && shape->ring[0].n == 2)
        return line_of(&shape->ring[0], wkbLineString, lonlat, false);
    OGRGeometryH polygon = OGR_G_CreateGeometry(wkbPolygon);
    for (size_t i = 0; i < shape->n; i++)
        OGR_G_AddGeometryDirectly(polygon, line_of(&shape->ring[i], wkbLinearRing, lonlat, true));
    return polygon;
}

static int commit_layer(rv__ogr *file)
{
    if (file->layer && OGR_L_CommitTransaction(file->layer) != OGRERR_NONE)
        return rv__gdal_fail(RV_ERR_IO, "rows cannot be written", "case.gpkg");
    file->layer = NULL;
    return RV_OK;
}

int rv__ogr_create(rv__ogr **out, const char *path)
{
    int err = RV_OK;
    rv__ogr *file = rv__alloc(1, sizeof *file);
    if (!file)
        return RV_ERR_NOMEM;
    rv__gdal_start();
    RegisterOGRGeoPackage(); /* does nothing the second time */
    rv__gdal_hush();
    CPLSetThreadLocalConfigOption("OGR_CURRENT_DATE", "2000-01-01T00:00:00.000Z");
    GDALDriverH driver = GDALGetDriverByName("GPKG");
    file->wgs84 = OSRNewSpatialReference(NULL);
    if (!driver || !file->wgs84 || OSRImportFromEPSG(file->wgs84, 4326) != OGRERR_NONE) {
        err = rv__gdal_fail(RV_ERR_IO, "GeoPackage cannot be written", "case.gpkg");
        goto fail;
    }
    OSRSetAxisMappingStrategy(file->wgs84, OAMS_TRADITIONAL_GIS_ORDER);
    file->file = GDALCreate(driver, path, 0, 0, 0, GDT_Unknown, NULL);
    if (!file->file) {
        err = rv__gdal_fail(RV_ERR_IO, "GeoPackage cannot be made", path);
        goto fail;
    }
    *out = file;
    return RV_OK;
fail:
    rv__ogr_abandon(file);
    return err;
}

int rv__ogr_layer(rv__ogr *file, const char *name, const rv_fields *fields, rv__ogr_shape shape, bool lonlat)
{
    static const OGRwkbGeometryType types[] = { wkbNone, wkbPolygon, wkbUnknown };
    int err;
    if ((err = commit_layer(file)) < 0)
        return err;
    OGRLayerH layer = GDALDatasetCreateLayer(file->file, name, shape != RV__OGR_NONE && lonlat ? file->wgs84 : NULL,
                                             types[shape], NULL);
    if (!layer)
        return rv__gdal_fail(RV_ERR_IO, "a layer cannot be made", "case.gpkg");
    if ((err = add_columns(layer, fields)) < 0)
        return err;
    if (OGR_L_StartTransaction(layer) != OGRERR_NONE)
        return rv__gdal_fail(RV_ERR_IO, "rows cannot be written", "case.gpkg");
    file->layer = layer;
    file->fields = fields;
    file->shape = shape;
    file->lonlat = lonlat;
    return RV_OK;
}

int rv__ogr_row(rv__ogr *file, const void *row, const rv_polygon *shape)
{
    assert(file->layer);
    OGRFeatureH feature = OGR_F_Create(OGR_L_GetLayerDefn(file->layer));
    for (size_t i = 0; i < file->fields->n; i++)
        set_column(feature, OGR_F_GetFieldIndex(feature, file->fields->field[i].name), &file->fields->field[i], row);
    if (shape && shape->n > 0 && shape->ring[0].n > 0 && file->shape != RV__OGR_NONE)
        OGR_F_SetGeometryDirectly(feature, geometry_of(shape, file->shape, file->lonlat));
    const OGRErr err = OGR_L_CreateFeature(file->layer, feature);
    OGR_F_Destroy(feature);
    return err == OGRERR_NONE ? RV_OK : rv__gdal_fail(RV_ERR_IO, "a row cannot be written", "case.gpkg");
}

int rv__ogr_finish(rv__ogr *file)
{
    int err = commit_layer(file);
    CPLErrorReset();
    GDALFlushCache(file->file);
    if (err == RV_OK && CPLGetLastErrorType() >= CE_Failure)
        err = rv__gdal_fail(RV_ERR_IO, "GeoPackage cannot be written", "case.gpkg");
    rv__ogr_abandon(file);
    return err;
}

void rv__ogr_abandon(rv__ogr *file)
{
    if (!file)
        return;
    if (file->file)
        GDALClose(file->file);
    if (file->wgs84)
        OSRRelease(file->wgs84);
    CPLSetThreadLocalConfigOption("OGR_CURRENT_DATE", NULL);
    rv__gdal_unhush();
    rv__free(file);
}

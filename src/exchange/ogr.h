/* SPDX-License-Identifier: Apache-2.0 */
/* A GeoPackage written from described rows: the wall before OGR. Layers one after another, rows into the newest. */
#ifndef RV_EXCHANGE_OGR_H
#define RV_EXCHANGE_OGR_H

#include <revisit/field.h>
#include <revisit/grid.h>

typedef struct rv__ogr rv__ogr;

typedef enum rv__ogr_shape {
    RV__OGR_NONE, /* an attribute table */
    RV__OGR_AREA, /* polygons */
    RV__OGR_ANY   /* a ring of one point is a point, of two a line, of more an area */
} rv__ogr_shape;

/** Begin a new file; path must end in .gpkg and must not exist. */
int rv__ogr_create(rv__ogr **out, const char *path);
/** Begin a layer whose columns are the fields, which must outlive it. lonlat: WGS84, else no CRS and y upward. */
int rv__ogr_layer(rv__ogr *file, const char *name, const rv_fields *fields, rv__ogr_shape shape, bool lonlat);
/** Append a row; shape may be NULL or empty. */
int rv__ogr_row(rv__ogr *file, const void *row, const rv_polygon *shape);
/** Write all, close and free; on failure the file may be left half-written. */
int rv__ogr_finish(rv__ogr *file);
void rv__ogr_abandon(rv__ogr *file); /* NULL is fine */

#endif

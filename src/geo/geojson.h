/* SPDX-License-Identifier: Apache-2.0 */
/* The coordinates of a polygon as GeoJSON has them [rfc7946]: rings that repeat their first point at the end. */
#ifndef RV_GEO_GEOJSON_H
#define RV_GEO_GEOJSON_H

#include <revisit/grid.h>

#include "base/json.h"

/** Append the rings of a "Polygon". out must be empty. @return RV_OK; RV_ERR_FORMAT, out is empty then */
int rv__geojson_rings_read(rv_polygon *out, const rv__json *rings);

/** Append {"type": "Polygon", "coordinates": [...]}. */
void rv__geojson_polygon(rv__str *out, const rv_polygon *polygon, int decimals);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Coordinate reference systems by PROJ, always in traditional axis order: x east or longitude, y north or latitude. */
#ifndef RV_GEO_CRS_H
#define RV_GEO_CRS_H

#include <stdbool.h>
#include <stddef.h>

#include <revisit/grid.h>

typedef struct rv__crs_map rv__crs_map; /* one thread at a time */

/** Transformation between two CRS texts. @return RV_OK; RV_ERR_FORMAT for a CRS PROJ cannot read; RV_ERR_MISMATCH */
int rv__crs_map_new(rv__crs_map **out, const char *from, const char *to);
void rv__crs_map_free(rv__crs_map *map);
int rv__crs_map_point(rv__crs_map *map, double *x, double *y);   /* RV_ERR_RANGE outside the projection */
int rv__crs_map_inverse(rv__crs_map *map, double *x, double *y); /* the other way */

/**
 * Keep to the one operation that PROJ prefers at (x, y) of the first CRS. Between two datums PROJ knows several, good for
 * different regions, and chooses anew for each point and direction: points do not come back and an image can get a seam
 * of metres. A polygon or an image needs one operation, named by its place.
 */
int rv__crs_map_pin(rv__crs_map *map, double x, double y);

/** From a CRS to longitude and latitude in degrees, on its own datum or on WGS 84. */
int rv__crs_map_new_lonlat(rv__crs_map **out, const char *crs, bool own_datum);
/** Ellipsoid of the CRS a map comes from, and a full turn in units of its x (0 unless geographic). */
void rv__crs_map_source(const rv__crs_map *map, double *a_m, double *inverse_flattening, double *turn);

/** A transformation to longitude and latitude out of the process's small store of opened ones. */
typedef struct rv__lonlat {
    rv__crs_map *map;
    bool own_datum;
    rv_point anchor; /* unless own_datum */
    char crs[RV_CRS_MAX];
} rv__lonlat;

/**
 * Take one that is the caller's until given back: on the CRS's own datum without an anchor (what ground sizes need,
 * exact), on WGS 84 pinned to the anchor, a point in map coordinates, with one (what GeoJSON needs).
 *
 * @return RV_OK; RV_ERR_FORMAT for a CRS PROJ cannot read; RV_ERR_MISMATCH for one not tied to the earth
 */
int rv__lonlat_take(rv__lonlat **out, const char *crs, const rv_point *anchor);
void rv__lonlat_give(rv__lonlat *lonlat); /* NULL is fine */

/** "EPSG:n" when PROJ identifies the WKT surely, else the WKT as WKT2, in out. */
int rv__crs_short(char out[RV_CRS_MAX], const char *wkt);
/** False too for a CRS that cannot be read. */
bool rv__crs_is_geographic(const char *crs);
/** Same system, axis order ignored. */
bool rv__crs_same(const char *a, const char *b);
/** Semi-major axis in metres and inverse flattening of the CRS's ellipsoid. */
int rv__crs_ellipsoid(const char *crs, double *a_m, double *inverse_flattening);
/** UTM zone CRS ("EPSG:326xx") of a place. */
void rv__crs_utm(char out[RV_CRS_MAX], double lon, double lat);
const char *rv__proj_version(void);

/**
 * Projective map from pixels of one grid to pixels of another, georeference alone: least squares over a 9 x 9 net of the
 * first grid's extent; *worst_px is its largest residual in px of the second grid. Affine and exact for one CRS. Grids
 * without a CRS are joined pixel to pixel, scaled by the ratio of gsd_m where both are known.
 */
int rv__grid_map(double m[9], double *worst_px, const rv_grid *from, const rv_grid *to);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Areas and lengths on the ellipsoid of a grid's CRS (PROJ's geodesic routines, [karney2013]). */
#ifndef RV_GEO_ELLIPSOID_H
#define RV_GEO_ELLIPSOID_H

#include <revisit/grid.h>

/** Ground area of a polygon in map coordinates, m2. Edges are straight in the map (densified). CRS-less: shoelace * gsd_m^2; RV_ERR_NODATA without scale. */
int rv__area_m2(double *out, const rv_polygon *polygon, const rv_grid *grid);
/** Ground distance between two map points, m. */
int rv__distance_m(double *out, rv_point a, rv_point b, const rv_grid *grid);
/** Metres east and north of an origin on the WGS 84 ellipsoid, both in longitude and latitude: azimuthal equidistant, scale right to 1e-7 within 5 km. */
void rv__local_plane(double *east_m, double *north_m, rv_point origin, rv_point p);
/** Ground area of one pixel at map position p, m2. */
int rv__pixel_area_m2(double *out, const rv_grid *grid, double col, double row);
/** Azimuth in degrees clockwise from true north of the direction from a to b (map points). CRS-less: from the direction of falling y (up). */
int rv__azimuth_deg(double *out, rv_point a, rv_point b, const rv_grid *grid);
/**
 * Direction in pixel space (dcol, drow; per metre of ground) of a ground azimuth at the grid's centre: image shift caused by
 * moving one metre towards azimuth_deg.
 */
int rv__ground_to_pixel(double *dcol, double *drow, const rv_grid *grid, double azimuth_deg);
/** WGS 84 longitude, in [-180, 180), and latitude of a map point. RV_ERR_NODATA without CRS. */
int rv__point_lonlat(double *lon, double *lat, rv_point p, const rv_grid *grid);
/** Map polygon to lon/lat polygon (RFC 7946 order), or a copy without CRS. */
int rv__polygon_lonlat(rv_polygon *out, const rv_polygon *polygon, const rv_grid *grid);
int rv__polygon_from_lonlat(rv_polygon *out, const rv_polygon *polygon, const rv_grid *grid);
int rv__polygon_to_pixel(rv_polygon *out, const rv_polygon *polygon, const rv_grid *grid);
int rv__polygon_from_pixel(rv_polygon *out, const rv_polygon *polygon, const rv_grid *grid);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Polygons from one frame into another: pixels, map, longitude and latitude. Corners are mapped, edges are not cut.
 *
 * Longitudes are kept continuous: a polygon across the date line runs on past 180 instead of being torn, and on its way
 * back it is put on the side of the line where the grid lies. RFC 7946 would cut it in two, which a single polygon
 * cannot hold; its mean longitude lies in [-180, 180).
 */
#include "geo/ellipsoid.h"

#include "base/error.h"
#include "geo/crs.h"
#include "geo/polygon.h"

#include <math.h>

typedef int (*point_fn)(rv_point *p, void *user);

typedef struct lonlat_way {
    rv__lonlat *lonlat;
    double turn;   /* of the map's x */
    double near_x; /* longitude, or x, that results lie within half a turn of; NAN before the first point */
} lonlat_way;

static rv_point centre_of(const rv_grid *grid)
{
    rv_point c;
    rv_grid_to_map(grid, grid->width / 2.0, grid->height / 2.0, &c.x, &c.y);
    return c;
}

/* Copy with each point mapped. */
static int map_points(rv_polygon *out, const rv_polygon *polygon, point_fn fn, void *user)
{
    rv_polygon copy = { 0 };
    int err = rv_polygon_copy(&copy, polygon);
    for (size_t r = 0; err == RV_OK && r < copy.n; r++) {
        for (size_t i = 0; err == RV_OK && i < copy.ring[r].n; i++)
            err = fn(&copy.ring[r].p[i], user);
    }
    if (err < 0) {
        rv_polygon_release(&copy);
        return err;
    }
    *out = copy;
    return RV_OK;
}

static int point_to_pixel(rv_point *p, void *user)
{
    const rv_grid *grid = user;
    rv_grid_to_pixel(grid, p->x, p->y, &p->x, &p->y);
    return RV_OK;
}

static int point_to_map(rv_point *p, void *user)
{
    const rv_grid *grid = user;
    const rv_point pixel = *p;
    rv_grid_to_map(grid, pixel.x, pixel.y, &p->x, &p->y);
    return RV_OK;
}

static int point_to_lonlat(rv_point *p, void *user)
{
    lonlat_way *way = user;
    const int err = rv__crs_map_point(way->lonlat->map, &p->x, &p->y);
    if (err < 0)
        return err;
    if (isnan(way->near_x))
        way->near_x = p->x;
    p->x += 360 * round((way->near_x - p->x) / 360);
    return RV_OK;
}

static int point_from_lonlat(rv_point *p, void *user)
{
    const lonlat_way *way = user;
    const int err = rv__crs_map_inverse(way->lonlat->map, &p->x, &p->y);
    if (err == RV_OK && way->turn > 0)
        p->x += way->turn * round((way->near_x - p->x) / way->turn);
    return err;
}

static void move_into_range(rv_polygon *polygon)
{
    double x, y;
    rv__polygon_centroid(&x, &y, polygon);
    const double by = -360 * floor((x + 180) / 360);
    for (size_t r = 0; r < polygon->n; r++) {
        for (size_t i = 0; i < polygon->ring[r].n; i++)
            polygon->ring[r].p[i].x += by;
    }
}

int rv__point_lonlat(double *lon, double *lat, rv_point p, const rv_grid *grid)
{
    const rv_point centre = centre_of(grid);
    rv__lonlat *lonlat = NULL;
    if (!grid->crs[0])
        return rv__fail(RV_ERR_NODATA, "the image has no coordinate system");
    int err = rv__lonlat_take(&lonlat, grid->crs, &centre);
    if (err < 0)
        return err;
    err = rv__crs_map_point(lonlat->map, &p.x, &p.y);
    rv__lonlat_give(lonlat);
    if (err < 0)
        return err;
    *lon = p.x - 360 * floor((p.x + 180) / 360);
    *lat = p.y;
    return RV_OK;
}

int rv__polygon_lonlat(rv_polygon *out, const rv_polygon *polygon, const rv_grid *grid)
{
    lonlat_way way = { NULL, 0, NAN };
    const rv_point centre = centre_of(grid);
    rv_polygon made = { 0 };
    int err;
    if (!grid->crs[0] || polygon->n == 0)
        return rv_polygon_copy(out, polygon);
    if ((err = rv__lonlat_take(&way.lonlat, grid->crs, &centre)) < 0)
        return err;
    err = map_points(&made, polygon, point_to_lonlat, &way);
    rv__lonlat_give(way.lonlat);
    if (err < 0)
        return err;
    move_into_range(&made);
    rv__polygon_orient(&made, true);
    *out = made;
    return RV_OK;
}

int rv__polygon_from_lonlat(rv_polygon *out, const rv_polygon *polygon, const rv_grid *grid)
{
    lonlat_way way = { NULL, 0, NAN };
    rv_polygon made = { 0 };
    const rv_point centre = centre_of(grid);
    double a_m, inv_f;
    int err;
    if (!grid->crs[0])
        return rv_polygon_copy(out, polygon);
    if ((err = rv__lonlat_take(&way.lonlat, grid->crs, &centre)) < 0)
        return err;
    rv__crs_map_source(way.lonlat->map, &a_m, &inv_f, &way.turn);
    way.near_x = centre.x;
    err = map_points(&made, polygon, point_from_lonlat, &way);
    rv__lonlat_give(way.lonlat);
    if (err < 0)
        return err;
    rv__polygon_orient(&made, true);
    *out = made;
    return RV_OK;
}

int rv__polygon_to_pixel(rv_polygon *out, const rv_polygon *polygon, const rv_grid *grid)
{
    rv_grid copy = *grid;
    const int err = map_points(out, polygon, point_to_pixel, &copy);
    if (err == RV_OK)
        rv__polygon_orient(out, false); /* counter-clockwise as seen, rows downward */
    return err;
}

int rv__polygon_from_pixel(rv_polygon *out, const rv_polygon *polygon, const rv_grid *grid)
{
    rv_grid copy = *grid;
    const int err = map_points(out, polygon, point_to_map, &copy);
    if (err == RV_OK)
        rv__polygon_orient(out, true);
    return err;
}

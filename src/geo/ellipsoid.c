/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ground areas, lengths and directions on the ellipsoid of a grid's CRS.
 *
 * Everything goes through longitude and latitude on the CRS's own datum, so a projection's scale error (8e-4 in area at
 * the middle of a UTM zone) and degrees that are shorter along the parallel than along the meridian need no thought. The
 * edges of a polygon are straight in the map, not geodesics: they are cut into pieces first.
 *
 * Areas are those of geodesic polygons [karney2013]. A plane frame for small shapes was tried and dropped: against the
 * closed formula the geodesic polygon is right to 6e-9 of the area for a quarter of a square metre already.
 */
#include "geo/ellipsoid.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/vec.h"
#include "geo/crs.h"
#include "geo/polygon.h"

#include <geodesic.h>

#include <math.h>
#include <string.h>

#define STEP_M 100.0      /* base of a central difference */
#define PIECES_MAX 4096.0 /* of one edge */

/* An edge of L m is cut into this times sqrt(L) pieces: area error below 2e-8 at 80 degrees of latitude. */
#define PIECES_PER_ROOT 1.5

typedef struct lonlat {
    double lon, lat;
} lonlat;

typedef RV__VEC(lonlat) lonlats;

typedef struct ground {
    struct geod_geodesic ellipsoid;
    rv__lonlat *lonlat;
    rv__crs_map *map; /* lonlat's */
    double turn;      /* of the map's x */
} ground;

static double radians(double degrees)
{
    return degrees * (acos(-1.0) / 180);
}

static double positive_degrees(double degrees)
{
    const double d = fmod(degrees, 360);
    return d < 0 ? d + 360 : d;
}

static bool has_crs(const rv_grid *grid)
{
    return grid->crs[0] != '\0';
}

static int scale_known(const rv_grid *grid)
{
    if (grid->gsd_m > 0)
        return RV_OK;
    return rv__fail(RV_ERR_NODATA, "the image has no coordinate system and no stated pixel size");
}

static void ground_give(ground *g)
{
    rv__lonlat_give(g->lonlat);
}

/* Taken also when it fails: give it back in any case. */
static int ground_take(ground *g, const rv_grid *grid)
{
    double a_m, inv_f;
    *g = (ground){ 0 };
    const int err = rv__lonlat_take(&g->lonlat, grid->crs, NULL);
    if (err < 0)
        return err;
    g->map = g->lonlat->map;
    rv__crs_map_source(g->map, &a_m, &inv_f, &g->turn);
    if (!(a_m > 0))
        return rv__fail(RV_ERR_MISMATCH, "the coordinate system '%.80s' has no ellipsoid", grid->crs);
    geod_init(&g->ellipsoid, a_m, inv_f > 0 ? 1 / inv_f : 0);
    return RV_OK;
}

static int to_lonlat(lonlat *out, const ground *g, rv_point p)
{
    const int err = rv__crs_map_point(g->map, &p.x, &p.y);
    if (err < 0)
        return err;
    *out = (lonlat){ p.x, p.y };
    return RV_OK;
}

static double geodesic(const ground *g, lonlat a, lonlat b, double *azimuth_deg)
{
    double s = 0;
    geod_inverse(&g->ellipsoid, a.lat, a.lon, b.lat, b.lon, &s, azimuth_deg, NULL);
    return s;
}

/* Pieces of the map's straight line from a to b, b itself left out. */
static int add_edge(lonlats *out, const ground *g, rv_point a, rv_point b)
{
    lonlat ends[3];
    const rv_point points[3] = { a, { (a.x + b.x) / 2, (a.y + b.y) / 2 }, b };
    int err;
    for (int i = 0; i < 3; i++) {
        if ((err = to_lonlat(&ends[i], g, points[i])) < 0)
            return err;
    }
    const double length = geodesic(g, ends[0], ends[1], NULL) + geodesic(g, ends[1], ends[2], NULL);
    const int n = (int)fmin(PIECES_MAX, ceil(PIECES_PER_ROOT * sqrt(length)));
    for (int i = 0; i < n; i++) {
        const double t = (double)i / n;
        lonlat p;
        if ((err = to_lonlat(&p, g, (rv_point){ a.x + t * (b.x - a.x), a.y + t * (b.y - a.y) })) < 0)
            return err;
        if (RV__PUSH(out, p) < 0)
            return RV_ERR_NOMEM;
    }
    return RV_OK;
}

static double geodesic_area(const ground *g, const lonlat *p, size_t n)
{
    struct geod_polygon polygon;
    double area = 0;
    geod_polygon_init(&polygon, 0);
    for (size_t i = 0; i < n; i++)
        geod_polygon_addpoint(&g->ellipsoid, &polygon, p[i].lat, p[i].lon);
    geod_polygon_compute(&g->ellipsoid, &polygon, 0, 1, &area, NULL);
    return area;
}

static int ring_area(double *out, const ground *g, const rv_ring *ring)
{
    lonlats p = { 0 };
    int err = RV_OK;
    for (size_t i = 0; err == RV_OK && i < ring->n; i++)
        err = add_edge(&p, g, ring->p[i], ring->p[(i + 1) % ring->n]);
    if (err == RV_OK)
        *out = fabs(geodesic_area(g, p.v, p.n));
    rv__free(p.v);
    return err;
}

static int polygon_area(double *out, const ground *g, const rv_polygon *polygon)
{
    double sum = 0;
    for (size_t i = 0; i < polygon->n; i++) {
        double area = 0;
        const int err = ring_area(&area, g, &polygon->ring[i]);
        if (err < 0)
            return err;
        sum += i == 0 ? area : -area;
    }
    *out = sum > 0 ? sum : 0;
    return RV_OK;
}

/* Geodesic between two map points. */
static int line(double *length_m, double *azimuth_deg, rv_point a, rv_point b, const rv_grid *grid)
{
    lonlat from, to;
    ground g;
    int err;
    if ((err = ground_take(&g, grid)) == RV_OK && (err = to_lonlat(&from, &g, a)) == RV_OK &&
        (err = to_lonlat(&to, &g, b)) == RV_OK)
        *length_m = geodesic(&g, from, to, azimuth_deg);
    ground_give(&g);
    return err;
}

int rv__area_m2(double *out, const rv_polygon *polygon, const rv_grid *grid)
{
    ground g;
    int err;
    if (!has_crs(grid)) {
        if ((err = scale_known(grid)) < 0)
            return err;
        *out = rv_polygon_area(polygon) * grid->gsd_m * grid->gsd_m;
        return RV_OK;
    }
    if ((err = ground_take(&g, grid)) == RV_OK)
        err = polygon_area(out, &g, polygon);
    ground_give(&g);
    return err;
}

int rv__distance_m(double *out, rv_point a, rv_point b, const rv_grid *grid)
{
    double azimuth = 0;
    int err;
    if (has_crs(grid))
        return line(out, &azimuth, a, b, grid);
    if ((err = scale_known(grid)) < 0)
        return err;
    *out = hypot(b.x - a.x, b.y - a.y) * grid->gsd_m;
    return RV_OK;
}

int rv__pixel_area_m2(double *out, const rv_grid *grid, double col, double row)
{
    rv_point p[4];
    rv_ring ring = { p, 4 };
    const rv_polygon pixel = { &ring, 1 };
    for (int i = 0; i < 4; i++)
        rv_grid_to_map(grid, col + (i == 0 || i == 3 ? -.5 : .5), row + (i < 2 ? .5 : -.5), &p[i].x, &p[i].y);
    return rv__area_m2(out, &pixel, grid);
}

void rv__local_plane(double *east_m, double *north_m, rv_point origin, rv_point p)
{
    struct geod_geodesic wgs84;
    double length = 0, azimuth = 0;
    geod_init(&wgs84, 6378137, 1 / 298.257223563);
    geod_inverse(&wgs84, origin.y, origin.x, p.y, p.x, &length, &azimuth, NULL);
    *east_m = length * sin(radians(azimuth));
    *north_m = length * cos(radians(azimuth));
}

int rv__azimuth_deg(double *out, rv_point a, rv_point b, const rv_grid *grid)
{
    double length, azimuth = atan2(b.x - a.x, a.y - b.y) * 180 / acos(-1.0);
    const int err = has_crs(grid) ? line(&length, &azimuth, a, b, grid) : RV_OK;
    if (err < 0)
        return err;
    *out = positive_degrees(azimuth);
    return RV_OK;
}

/* Pixel reached by going metres from a place. */
static int pixel_towards(rv_point *out, const ground *g, const rv_grid *grid, lonlat from, const double way[2])
{
    double lat, lon, centre_x, centre_y;
    int err;
    geod_direct(&g->ellipsoid, from.lat, from.lon, way[0], way[1], &lat, &lon, NULL);
    if ((err = rv__crs_map_inverse(g->map, &lon, &lat)) < 0)
        return err;
    rv_grid_to_map(grid, grid->width / 2.0, grid->height / 2.0, &centre_x, &centre_y);
    if (g->turn > 0)
        lon += g->turn * round((centre_x - lon) / g->turn);
    rv_grid_to_pixel(grid, lon, lat, &out->x, &out->y);
    return RV_OK;
}

int rv__ground_to_pixel(double *dcol, double *drow, const rv_grid *grid, double azimuth_deg)
{
    const double ahead[2] = { azimuth_deg, STEP_M }, behind[2] = { azimuth_deg, -STEP_M };
    rv_point centre, a, b;
    lonlat place;
    ground g;
    int err;
    if (!has_crs(grid)) {
        if ((err = scale_known(grid)) < 0)
            return err;
        *dcol = sin(radians(azimuth_deg)) / grid->gsd_m;
        *drow = -cos(radians(azimuth_deg)) / grid->gsd_m;
        return RV_OK;
    }
    rv_grid_to_map(grid, grid->width / 2.0, grid->height / 2.0, &centre.x, &centre.y);
    if ((err = ground_take(&g, grid)) == RV_OK && (err = to_lonlat(&place, &g, centre)) == RV_OK &&
        (err = pixel_towards(&a, &g, grid, place, ahead)) == RV_OK &&
        (err = pixel_towards(&b, &g, grid, place, behind)) == RV_OK) {
        *dcol = (a.x - b.x) / (2 * STEP_M);
        *drow = (a.y - b.y) / (2 * STEP_M);
    }
    ground_give(&g);
    return err;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The projective map between the pixels of two grids that their georeference alone implies.
 *
 * Two grids of one CRS are joined exactly by an affine map. Between two CRS the true map is curved; over one image it is
 * nearly projective, and a homography is what one resampling can carry. It is fitted to a net of ties; the largest residual
 * is handed back, for the caller to refuse a map that does not hold.
 */
#include "geo/crs.h"

#include "base/error.h"
#include "geo/homography.h"

#include <math.h>
#include <string.h>

enum { NET = 9, TIES = NET * NET };

/* One CRS: inverse of to's affine map after from's, offsets taken off first for their digits. */
static void exact(double m[9], const rv_grid *from, const rv_grid *to, double turn)
{
    const double *a = from->gt, *b = to->gt, det = b[1] * b[5] - b[2] * b[4];
    double x_from, x_to, y;
    rv_grid_to_map(from, from->width / 2.0, from->height / 2.0, &x_from, &y);
    rv_grid_to_map(to, to->width / 2.0, to->height / 2.0, &x_to, &y);
    const double around = turn > 0 ? turn * round((x_to - x_from) / turn) : 0;
    const double dx = a[0] - b[0] + around, dy = a[3] - b[3];
    const double in[9] = { a[1], a[2], dx, a[4], a[5], dy, 0, 0, 1 };
    const double out[9] = { b[5] / det, -b[2] / det, 0, -b[4] / det, b[1] / det, 0, 0, 0, 1 };
    rv__homography_multiply(m, out, in);
}

static int make_ties(rv__tie_point t[TIES], rv__crs_map *map, const rv_grid *from, const rv_grid *to, double to_turn)
{
    double centre_x, centre_y;
    rv_grid_to_map(to, to->width / 2.0, to->height / 2.0, &centre_x, &centre_y);
    for (int i = 0; i < TIES; i++) {
        double x, y;
        t[i].from[0] = from->width * (i % NET) / (NET - 1.0);
        t[i].from[1] = from->height * (i / NET) / (NET - 1.0);
        rv_grid_to_map(from, t[i].from[0], t[i].from[1], &x, &y);
        const int err = rv__crs_map_point(map, &x, &y);
        if (err < 0)
            return err;
        if (to_turn > 0) /* longitudes on the side of the date line where the other grid lies */
            x += to_turn * round((centre_x - x) / to_turn);
        t[i].sigma = 1;
        rv_grid_to_pixel(to, x, y, &t[i].to[0], &t[i].to[1]);
    }
    return RV_OK;
}

static double worst_of(const double m[9], const rv__tie_point t[TIES])
{
    double worst = 0;
    for (int i = 0; i < TIES; i++) {
        double got[2];
        rv__homography_apply(got, m, t[i].from);
        worst = fmax(worst, hypot(got[0] - t[i].to[0], got[1] - t[i].to[1]));
    }
    return worst;
}

static int fitted(double m[9], double *worst_px, const rv_grid *from, const rv_grid *to, double to_turn)
{
    rv__crs_map *map = NULL;
    rv__tie_point t[TIES];
    int err = rv__crs_map_new(&map, from->crs, to->crs);
    if (err < 0)
        return err;
    rv_point centre;
    rv_grid_to_map(from, from->width / 2.0, from->height / 2.0, &centre.x, &centre.y);
    if ((err = rv__crs_map_pin(map, centre.x, centre.y)) == RV_OK &&
        (err = make_ties(t, map, from, to, to_turn)) == RV_OK && (err = rv__homography_fit(m, t, TIES)) == RV_OK) {
        for (int i = 0; i < 9; i++)
            m[i] /= i < 8 ? m[8] : 1;
        m[8] = 1;
        *worst_px = worst_of(m, t);
    }
    rv__crs_map_free(map);
    return err;
}

int rv__grid_map(double m[9], double *worst_px, const rv_grid *from, const rv_grid *to)
{
    rv__lonlat *lonlat = NULL;
    double a_m, inv_f, turn = 0;
    int err;
    if (!*from->crs != !*to->crs)
        return rv__fail(RV_ERR_MISMATCH, "one grid has a coordinate system and the other has none");
    if (!*from->crs) {
        const double scale = from->gsd_m > 0 && to->gsd_m > 0 ? from->gsd_m / to->gsd_m : 1;
        const double pixels[9] = { scale, 0, 0, 0, scale, 0, 0, 0, 1 };
        memcpy(m, pixels, sizeof pixels);
        *worst_px = 0;
        return RV_OK;
    }
    if ((err = rv__lonlat_take(&lonlat, to->crs, NULL)) < 0)
        return err;
    rv__crs_map_source(lonlat->map, &a_m, &inv_f, &turn);
    rv__lonlat_give(lonlat);
    if (!rv__crs_same(from->crs, to->crs))
        return fitted(m, worst_px, from, to, turn);
    exact(m, from, to, turn);
    *worst_px = 0;
    return RV_OK;
}

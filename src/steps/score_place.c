/* SPDX-License-Identifier: Apache-2.0 */
/* Where truth and findings meet: pixels of the truth's reference frame. Findings in the pixels of another image go through
 * that image's true map, for its georeference may be off by what alignment has to find. */
#include "steps/score_read.h"

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/vec.h"
#include "geo/crs.h"
#include "geo/ellipsoid.h"
#include "geo/geos.h"
#include "geo/polygon.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const double SAME_AREA = .01; /* share by which area and valid area may differ: rounding of tiny ones */

static int lonlat_to_pixel(rv_polygon *out, const rv_polygon *in, const rv_grid *grid)
{
    rv_polygon map = { 0 };
    int err = rv__polygon_from_lonlat(&map, in, grid);
    if (err == RV_OK)
        err = rv__polygon_to_pixel(out, &map, grid);
    rv_polygon_release(&map);
    return err;
}

static int pixel_to_pixel(rv_polygon *out, const rv_polygon *in, const rv_grid *from, const rv_grid *to)
{
    rv_polygon map = { 0 }, lonlat = { 0 };
    int err;
    if ((err = rv__polygon_from_pixel(&map, in, from)) == RV_OK &&
        (err = rv__polygon_lonlat(&lonlat, &map, from)) == RV_OK)
        err = lonlat_to_pixel(out, &lonlat, to);
    rv_polygon_release(&lonlat);
    rv_polygon_release(&map);
    return err;
}

static void apply(rv_polygon *polygon, const double *m)
{
    rv_transform t = { .kind = RV_TRANSFORM_HOMOGRAPHY };
    memcpy(t.m, m, sizeof t.m);
    for (size_t r = 0; r < polygon->n; r++)
        for (size_t i = 0; i < polygon->ring[r].n; i++) {
            rv_point *p = &polygon->ring[r].p[i];
            rv_transform_apply(&t, p->x, p->y, &p->x, &p->y);
        }
}

static int project(rv_polygon *out, const rv_polygon *in, const rv__score_file *file, const rv__score_place *to)
{
    const bool mapped = to->grid.crs[0];
    int err;
    if (file->lonlat)
        err = lonlat_to_pixel(out, in, &to->grid);
    else if (mapped && file->grid.crs[0] && !to->m && !rv_grid_equal(&file->grid, &to->grid))
        err = pixel_to_pixel(out, in, &file->grid, &to->grid);
    else
        err = rv_polygon_copy(out, in);
    if (err == RV_OK && to->m)
        apply(out, to->m);
    return err;
}

/* The shoelace formula cancels where an outline crosses itself, and pixels drawn from it do too. A finding is taken as its
 * largest valid part, for a detector's slip must not end the scoring; a truth is refused. */
static int check_outline(rv__thing *thing, const char *name, bool repair)
{
    double valid;
    int err = rv__polygon_overlap(&valid, &thing->outline, &thing->outline);
    if (err < 0 || fabs(valid - thing->area_px2) <= SAME_AREA * fmax(valid, thing->area_px2))
        return err;
    rv_polygon whole = { 0 };
    if (repair && (err = rv__polygon_repair(&whole, &thing->outline)) == RV_OK) {
        rv_polygon_release(&thing->outline);
        thing->outline = whole;
        thing->area_px2 = rv_polygon_area(&whole);
        return RV_OK;
    }
    return rv__fail(RV_ERR_FORMAT, "%s: the outline of structure %s crosses itself: %.6g or %.6g px2", name, thing->id,
                    thing->area_px2, valid);
}

int rv__score_project(rv__things *out, rv__score_file *file, const rv__score_place *to)
{
    const char *name = rv__path_base(file->path);
    int err = RV_OK;
    if (file->lonlat && !to->grid.crs[0] && file->things.n > 0)
        return rv__fail(RV_ERR_FORMAT, "%s is in longitude and latitude, what it is held against in pixels", name);
    if (!file->lonlat && !file->grid.crs[0] && to->grid.crs[0] && file->things.n > 0)
        return rv__fail(RV_ERR_FORMAT, "%s is in pixels, what it is held against in longitude and latitude", name);
    for (size_t i = 0; err == RV_OK && i < file->things.n; i++) {
        rv__thing copy = file->things.v[i];
        copy.outline = (rv_polygon){ 0 };
        file->things.v[i].clear = NULL;
        err = project(&copy.outline, &file->things.v[i].outline, file, to);
        if (err == RV_OK) {
            copy.area_px2 = rv_polygon_area(&copy.outline);
            err = check_outline(&copy, name, to->repair);
        }
        if (err == RV_ERR_RANGE) /* beyond what the projection can show */
            err = rv__fail(RV_ERR_FORMAT, "%s: structure %s lies outside the other's coordinate system", name, copy.id);
        if (err < 0 || (err = RV__PUSH(out, copy)) < 0)
            rv__thing_release(&copy);
    }
    return err;
}

int rv__score_grid(rv_grid *out, const rv__score_file *truth, const rv__score_file *found, double gsd_m)
{
    const rv_grid *told = truth->grid.width ? &truth->grid : found->grid.width ? &found->grid : NULL;
    if (told && (!truth->lonlat || told->crs[0])) {
        *out = *told;
        if (!truth->lonlat)
            out->crs[0] = '\0';
        return RV_OK;
    }
    *out = (rv_grid){ .gt = { 0, 1, 0, 0, 0, 1 } };
    if (!truth->lonlat || truth->things.n == 0)
        return RV_OK;
    /* A net of our own, north up, in the zone of the first structure. Its size is not known. */
    const rv_point p = truth->things.v[0].outline.ring[0].p[0];
    const double step = gsd_m > 0 ? gsd_m : truth->gsd_m > 0 ? truth->gsd_m : 1;
    rv__crs_map *map = NULL;
    rv__crs_utm(out->crs, p.x, p.y);
    double x = p.x, y = p.y;
    int err = rv__crs_map_new_lonlat(&map, out->crs, false);
    if (err == RV_OK)
        err = rv__crs_map_inverse(map, &x, &y);
    rv__crs_map_free(map);
    if (err < 0)
        return rv__fail(RV_ERR_FORMAT, "%s: no place on the earth at longitude %g, latitude %g",
                        rv__path_base(truth->path), p.x, p.y);
    const double gt[6] = { x, step, 0, y, 0, -step };
    memcpy(out->gt, gt, sizeof gt);
    return RV_OK;
}

static void bounds_of(double box[4], const rv__things *things)
{
    box[0] = box[1] = INFINITY;
    box[2] = box[3] = -INFINITY;
    for (size_t i = 0; i < things->n; i++) {
        double b[4];
        rv__polygon_bounds(b, &things->v[i].outline);
        box[0] = fmin(box[0], b[0]);
        box[1] = fmin(box[1], b[1]);
        box[2] = fmax(box[2], b[2]);
        box[3] = fmax(box[3], b[3]);
    }
}

/* The image is part of the place, wherever its structures stand. */
static void add_image(double box[4], const rv__score_input *in)
{
    box[0] = fmin(box[0], 0);
    box[1] = fmin(box[1], 0);
    box[2] = fmax(box[2], in->width);
    box[3] = fmax(box[3], in->height);
}

int rv__score_same_place(const rv__score_file *truth, const rv__score_file *found, const rv__score_input *in)
{
    double t[4], f[4];
    if (in->truth.n == 0 || in->found.n == 0)
        return RV_OK;
    bounds_of(t, &in->truth);
    bounds_of(f, &in->found);
    /* The grid is the truth's where it tells one, else the case's. */
    const double reach = in->width > 0 ? 0 : fmax(hypot(t[2] - t[0], t[3] - t[1]), hypot(f[2] - f[0], f[3] - f[1]));
    if (in->width > 0)
        add_image(truth->grid.width ? t : f, in);
    const double gap = fmax(fmax(f[0] - t[2], t[0] - f[2]), fmax(f[1] - t[3], t[1] - f[3]));
    if (gap <= reach)
        return RV_OK;
    return rv__fail(RV_ERR_FORMAT, "%s is of another place than %s: %.0f px apart, at most %.0f px fit",
                    rv__path_base(truth->path), rv__path_base(found->path), gap, reach);
}

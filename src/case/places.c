/* SPDX-License-Identifier: Apache-2.0 */
/* The shapes of places: points, lines and areas as rings of one, two or more vertices, in lon/lat or reference pixels. The
 * polygons of geo are areas and refuse rings of fewer than three points, WKB polygons too; so the rings are built here,
 * stored as GeoJSON coordinates, and padded by their last vertex while they are projected. */
#include "case/store.h"

#include "base/json.h"
#include "base/mem.h"
#include "geo/ellipsoid.h"

#include <math.h>
#include <string.h>

enum { RING_MIN = 3 };

/* A copy whose rings are repeated at their end until they have three points. */
static int padded(rv_polygon *out, const rv_polygon *shape)
{
    rv_polygon copy = { 0 };
    for (size_t i = 0; i < shape->n; i++) {
        const rv_ring *ring = &shape->ring[i];
        rv_point few[RING_MIN] = { { 0 } };
        for (size_t k = 0; k < RING_MIN; k++)
            few[k] = ring->p[k < ring->n ? k : ring->n - 1];
        const int err =
            rv__place_ring(&copy, ring->n < RING_MIN ? few : ring->p, ring->n < RING_MIN ? RING_MIN : ring->n);
        if (err < 0) {
            rv_polygon_release(&copy);
            return err;
        }
    }
    *out = copy;
    return RV_OK;
}

int rv__place_ring(rv_polygon *shape, const rv_point *points, size_t n)
{
    if (n == 0)
        return rv__fail(RV_ERR_FORMAT, "a shape without points");
    rv_point *p = rv__alloc(n, sizeof *p);
    if (!p)
        return RV_ERR_NOMEM;
    rv_ring *rings = rv__realloc(shape->ring, shape->n, shape->n + 1, sizeof *rings);
    if (!rings) {
        rv__free(p);
        return RV_ERR_NOMEM;
    }
    memcpy(p, points, n * sizeof *p);
    shape->ring = rings;
    shape->ring[shape->n++] = (rv_ring){ .p = p, .n = n };
    return RV_OK;
}

int rv__place_to_map(rv_polygon *out, const rv_polygon *shape, const rv_grid *grid)
{
    rv_polygon full = { 0 }, mapped = { 0 };
    int err;
    if (grid->crs[0])
        for (size_t i = 0; i < shape->n; i++)
            for (size_t k = 0; k < shape->ring[i].n; k++)
                if (!(fabs(shape->ring[i].p[k].x) <= 360 && fabs(shape->ring[i].p[k].y) <= 90))
                    return rv__fail(RV_ERR_RANGE, "longitude %g, latitude %g is no place on Earth",
                                    shape->ring[i].p[k].x, shape->ring[i].p[k].y);
    if ((err = padded(&full, shape)) < 0)
        return err;
    err = rv__polygon_from_lonlat(&mapped, &full, grid);
    rv_polygon_release(&full);
    if (err < 0)
        return err;
    for (size_t i = 0; i < mapped.n; i++)
        if (shape->ring[i].n < mapped.ring[i].n)
            mapped.ring[i].n = shape->ring[i].n;
    *out = mapped;
    return RV_OK;
}

int rv__place_shape_read(rv_polygon *out, const char *text)
{
    rv_polygon shape = { 0 };
    rv__json *rings = NULL;
    int err = rv__json_parse(&rings, text, strlen(text));
    for (size_t i = 0; i < rv__json_size(rings) && err == RV_OK; i++) {
        const rv__json *ring = rv__json_at(rings, i);
        const size_t n = rv__json_size(ring);
        rv_point *p = rv__alloc(n, sizeof *p);
        for (size_t k = 0; k < n && p; k++) {
            const rv__json *at = rv__json_at(ring, k);
            p[k] = (rv_point){ rv__json_number(rv__json_at(at, 0)), rv__json_number(rv__json_at(at, 1)) };
        }
        err = p ? rv__place_ring(&shape, p, n) : RV_ERR_NOMEM;
        rv__free(p);
    }
    rv__json_free(rings);
    if (err < 0)
        rv_polygon_release(&shape);
    else
        *out = shape;
    return err;
}

void rv__place_shape_text(rv__str *out, const rv_polygon *shape)
{
    rv__str_add(out, "[");
    for (size_t i = 0; i < shape->n; i++) {
        rv__str_add(out, i ? ",[" : "[");
        for (size_t k = 0; k < shape->ring[i].n; k++) {
            rv__str_add(out, k ? ",[" : "[");
            rv__str_number(out, shape->ring[i].p[k].x);
            rv__str_add(out, ",");
            rv__str_number(out, shape->ring[i].p[k].y);
            rv__str_add(out, "]");
        }
        rv__str_add(out, "]");
    }
    rv__str_add(out, "]");
}

int rv__place_put(rv_case *c, int run_id, const rv_place *row)
{
    rv__str text = { 0 };
    rv__place_shape_text(&text, &row->shape);
    const int err = text.err < 0 ? text.err : rv__row_put(c, &rv__table_place, run_id, row, text.s);
    rv__str_release(&text);
    return err;
}

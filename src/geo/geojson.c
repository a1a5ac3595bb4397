/* SPDX-License-Identifier: Apache-2.0 */
/* Polygons of GeoJSON, read and written. Direction of the rings is left as it is. */
#include "geo/geojson.h"

#include <math.h>

#include "base/error.h"
#include "base/mem.h"
#include "geo/polygon.h"

static int read_ring(rv_polygon *out, const rv__json *line)
{
    const size_t n = rv__json_size(line);
    if (n < 4)
        return rv__fail(RV_ERR_FORMAT, "a ring of %zu positions, fewer than 4", n);
    rv_point *p = rv__alloc(n, sizeof *p);
    int err = p ? RV_OK : RV_ERR_NOMEM;
    for (size_t i = 0; err == RV_OK && i < n; i++) {
        const rv__json *position = rv__json_at(line, i);
        p[i] = (rv_point){ rv__json_number(rv__json_at(position, 0)), rv__json_number(rv__json_at(position, 1)) };
        if (!isfinite(p[i].x) || !isfinite(p[i].y))
            err = rv__fail(RV_ERR_FORMAT, "position %zu of a ring is not two numbers", i + 1);
    }
    if (err == RV_OK)
        err = rv__polygon_ring(out, p, n - 1);
    rv__free(p);
    return err;
}

int rv__geojson_rings_read(rv_polygon *out, const rv__json *rings)
{
    int err = rv__json_size(rings) ? RV_OK : rv__fail(RV_ERR_FORMAT, "a polygon without rings");
    for (size_t i = 0; err == RV_OK && i < rv__json_size(rings); i++)
        err = read_ring(out, rv__json_at(rings, i));
    if (err < 0)
        rv_polygon_release(out);
    return err;
}

static void add_ring(rv__str *out, const rv_ring *ring, int decimals)
{
    rv__str_add(out, "[");
    for (size_t i = 0; i <= ring->n; i++) { /* the first point is repeated at the end */
        const rv_point *p = &ring->p[i % ring->n];
        rv__str_add(out, i ? ",[" : "[");
        rv__str_fixed(out, p->x, decimals);
        rv__str_add(out, ",");
        rv__str_fixed(out, p->y, decimals);
        rv__str_add(out, "]");
    }
    rv__str_add(out, "]");
}

void rv__geojson_polygon(rv__str *out, const rv_polygon *polygon, int decimals)
{
    rv__str_add(out, "{\"type\": \"Polygon\", \"coordinates\": [");
    for (size_t i = 0; i < polygon->n; i++) {
        rv__str_add(out, i ? "," : "");
        add_ring(out, &polygon->ring[i], decimals);
    }
    rv__str_add(out, "]}");
}

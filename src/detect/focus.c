/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/focus.h"

#include "base/error.h"
#include "base/mem.h"
#include "geo/polygon.h"

#include <math.h>

/* Reach of a point that tells none; px where no pixel size is known. What somebody points at is likelier there than
 * elsewhere: its odds before any pixel is read are so many times those of another place. */
static const double RADIUS_M = 150, RADIUS_PX = 50, ODDS = 4;

static int add(rv__focus *out, const rv_place *p, const rv_grid *grid)
{
    const rv_ring *r = &p->shape.ring[0];
    double x = 0, y = 0, col_m, row_m;
    for (size_t i = 0; i < r->n; i++) {
        x += r->p[i].x / (double)r->n;
        y += r->p[i].y / (double)r->n;
    }
    const bool known = rv_grid_pixel_size_m(grid, &col_m, &row_m) == RV_OK;
    const double metres = isfinite(p->radius_m) ? p->radius_m : RADIUS_M;
    rv__spot spot = { .radius = known ? metres / sqrt(col_m * row_m) : RADIUS_PX };
    rv_grid_to_pixel(grid, x, y, &spot.col, &spot.row);
    return RV__PUSH(out, spot);
}

int rv__focus_make(rv__focus *out, const rv_place *places, size_t n, const rv_grid *grid)
{
    int err = RV_OK;
    for (size_t i = 0; !err && i < n; i++)
        if (places[i].role == RV_ROLE_POI && places[i].shape.n > 0 && places[i].shape.ring[0].n > 0)
            err = add(out, &places[i], grid);
    return err;
}

void rv__focus_release(rv__focus *focus)
{
    rv__free(focus->v);
    *focus = (rv__focus){ 0 };
}

double rv__focus_ease(const rv__focus *focus, double col, double row)
{
    for (size_t i = 0; focus && i < focus->n; i++)
        if (hypot(col - focus->v[i].col, row - focus->v[i].row) <= focus->v[i].radius)
            return log(ODDS);
    return 0;
}

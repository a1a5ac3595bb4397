/* SPDX-License-Identifier: Apache-2.0 */
/* Outline of a region: the smallest rectangle around it, shrunk about its centre to the region's own area, where the
 * region fills enough of it; else its contour without the stairs. On buildings of few px the shrunk
 * rectangle follows the walls more closely than the contour, whose corners are pixels. Measuring refines it. */
#include "detect/outline.h"

#include "base/mem.h"
#include "detect/lines.h"
#include "geo/polygon.h"
#include "raster/contour.h"

#include <math.h>

static const double RECTANGLE_SHARE = 0.65, TOLERANCE_PX = 1.0, TOLERANCE_M = 0.8;
static const double LINE_TOLERANCE = 1.25; /* stack px: lines are traced on these */
/* A hole smaller than this share of the whole is a skylight, a dark facet or noise; a larger one is a court. */
static const double COURT_SHARE = 0.25;

static int rectangle(rv_polygon *out, const rv_ring *ring, double px)
{
    double centre[2], half[2], angle;
    const int err = rv__min_area_rect(centre, half, &angle, ring);
    if (err)
        return err;
    const double share = px / fmax(4 * half[0] * half[1], 1e-9);
    if (share < RECTANGLE_SHARE)
        return RV_ERR_NOTFOUND;
    const double shrink = sqrt(fmin(share, 1)), a = half[0] * shrink, b = half[1] * shrink;
    const double c = cos(angle), s = sin(angle);
    rv_point corner[4];
    for (int i = 0; i < 4; i++) {
        const double u = i == 0 || i == 3 ? a : -a, v = i < 2 ? b : -b;
        corner[i] = (rv_point){ centre[0] + u * c - v * s, centre[1] + u * s + v * c };
    }
    return rv__polygon_ring(out, corner, 4);
}

static int contour(rv_polygon *out, const rv__candidate *c, const rv__run *runs)
{
    const int w = c->col1 - c->col0, h = c->row1 - c->row0;
    int32_t *label = rv__alloc((size_t)w * (size_t)h, sizeof *label);
    if (!label)
        return RV_ERR_NOMEM;
    for (size_t i = 0; i < c->n_runs; i++)
        for (int col = runs[i].col0; col < runs[i].col1; col++)
            label[(runs[i].row - c->row0) * w + col - c->col0] = 1;
    const int err = rv__contour_region(out, label, (size_t)w, (size_t)h, 1);
    rv__free(label);
    return err;
}

static void fill_holes(rv_polygon *p)
{
    const double least = COURT_SHARE * fabs(rv__ring_area(&p->ring[0]));
    size_t kept = 1;
    for (size_t r = 1; r < p->n; r++) {
        if (fabs(rv__ring_area(&p->ring[r])) >= least)
            p->ring[kept++] = p->ring[r];
        else
            rv__free(p->ring[r].p);
    }
    p->n = kept;
}

int rv__outline(rv_polygon *out, const rv__candidate *c, const rv__run *runs, const rv__maps *m, double pixel_m)
{
    rv_polygon found = { 0 }, box = { 0 };
    int err = contour(&found, c, runs);
    if (err)
        goto end;
    fill_holes(&found);
    err = rectangle(&box, &found.ring[0], rv_polygon_area(&found));
    if (!err) {
        rv_polygon_release(&found);
        found = box;
    } else if (err == RV_ERR_NOTFOUND) {
        const double least = c->signal == RV__LINE ? LINE_TOLERANCE * m->zoom : TOLERANCE_PX;
        err = rv__contour_simplify(&found, fmax(least, pixel_m > 0 ? TOLERANCE_M / pixel_m : 0));
    }
    if (err)
        goto end;
    for (size_t r = 0; r < found.n; r++)
        for (size_t i = 0; i < found.ring[r].n; i++) {
            rv_point *p = &found.ring[r].p[i];
            p->x = m->window.col0 + (p->x + c->col0) / m->zoom;
            p->y = m->window.row0 + (p->y + c->row0) / m->zoom;
        }
    *out = found;
    return RV_OK;
end:
    rv_polygon_release(&found);
    return err;
}

void rv__outline_to_map(rv_polygon *polygon, const rv_grid *grid)
{
    for (size_t r = 0; r < polygon->n; r++)
        for (size_t i = 0; i < polygon->ring[r].n; i++) {
            rv_point *p = &polygon->ring[r].p[i];
            rv_grid_to_map(grid, p->x, p->y, &p->x, &p->y);
        }
    rv__polygon_orient(polygon, true);
}

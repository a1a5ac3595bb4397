/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The projective map between the pixels of two grids that their georeference alone implies.
 *
 * Two grids of one CRS are joined exactly by an affine map. Between two CRS the true map is curved; over one image it is
 * nearly projective, and a homography is what one resampling can carry. It is fitted by linear least squares (the direct
 * linear transformation) in coordinates normalised to about one [hartley1997], re-weighted twice so that the residual
 * is a distance in pixels; the largest one is handed back, for the caller to refuse a map that does not hold.
 */
#include "geo/crs.h"

#include "base/error.h"
#include "base/linalg.h"
#include "base/mem.h"

#include <math.h>
#include <string.h>

enum { NET = 9, TIES = NET * NET, UNKNOWNS = 8, ROUNDS = 3 };

typedef struct ties {
    double from[TIES][2], to[TIES][2];
} ties;

/* p -> (p - centre) / scale */
typedef struct frame {
    double centre[2], scale;
} frame;

static void multiply(double out[9], const double a[9], const double b[9])
{
    double m[9];
    for (int i = 0; i < 3; i++) {
        for (int j = 0; j < 3; j++)
            m[3 * i + j] = a[3 * i] * b[j] + a[3 * i + 1] * b[3 + j] + a[3 * i + 2] * b[6 + j];
    }
    memcpy(out, m, sizeof m);
}

static void apply(double *x, double *y, const double m[9], const double p[2])
{
    const double w = m[6] * p[0] + m[7] * p[1] + m[8];
    *x = (m[0] * p[0] + m[1] * p[1] + m[2]) / w;
    *y = (m[3] * p[0] + m[4] * p[1] + m[5]) / w;
}

static frame frame_of(const double p[TIES][2])
{
    frame f = { { 0, 0 }, 0 };
    for (int i = 0; i < TIES; i++) {
        f.centre[0] += p[i][0] / TIES;
        f.centre[1] += p[i][1] / TIES;
    }
    for (int i = 0; i < TIES; i++)
        f.scale = fmax(f.scale, fmax(fabs(p[i][0] - f.centre[0]), fabs(p[i][1] - f.centre[1])));
    return f;
}

/* Two equations of a tie for a..h: u (g x + h y + 1) = a x + b y + c, and d, e, f with v. */
static void equations(double rows[2 * UNKNOWNS], double rhs[2], const double p[2], const double q[2])
{
    for (int k = 0; k < 2; k++) {
        double *r = rows + k * UNKNOWNS;
        memset(r, 0, UNKNOWNS * sizeof *r);
        r[3 * k] = p[0];
        r[3 * k + 1] = p[1];
        r[3 * k + 2] = 1;
        r[6] = -q[k] * p[0];
        r[7] = -q[k] * p[1];
        rhs[k] = q[k];
    }
}

static int fit(double h[9], const ties *t, const frame *f, const frame *g)
{
    double *work = rv__alloc((size_t)TIES * 2, (UNKNOWNS + 2) * sizeof *work);
    int err = RV_OK;
    if (!work)
        return RV_ERR_NOMEM;
    double *rhs = work + TIES * 2 * UNKNOWNS, *weight = rhs + TIES * 2;
    memset(h, 0, 9 * sizeof *h);
    h[8] = 1;
    for (int round = 0; err == RV_OK && round < ROUNDS; round++) {
        for (int i = 0; i < TIES; i++) {
            const double p[2] = { (t->from[i][0] - f->centre[0]) / f->scale,
                                  (t->from[i][1] - f->centre[1]) / f->scale };
            const double q[2] = { (t->to[i][0] - g->centre[0]) / g->scale, (t->to[i][1] - g->centre[1]) / g->scale };
            const double w = h[6] * p[0] + h[7] * p[1] + 1;
            equations(work + i * 2 * UNKNOWNS, rhs + 2 * i, p, q);
            weight[2 * i] = weight[2 * i + 1] = 1 / (w * w);
        }
        err = rv__least_squares(h, NULL, work, rhs, weight, (size_t)TIES * 2, UNKNOWNS);
    }
    rv__free(work);
    return err;
}

static void unframe(double m[9], const double h[9], const frame *f, const frame *g)
{
    const double in[9] = {
        1 / f->scale, 0, -f->centre[0] / f->scale, 0, 1 / f->scale, -f->centre[1] / f->scale, 0, 0, 1
    };
    const double out[9] = { g->scale, 0, g->centre[0], 0, g->scale, g->centre[1], 0, 0, 1 };
    multiply(m, h, in);
    multiply(m, out, m);
    for (int i = 0; i < 9; i++)
        m[i] /= i < 8 ? m[8] : 1;
    m[8] = 1;
}

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
    multiply(m, out, in);
}

static int make_ties(ties *t, rv__crs_map *map, const rv_grid *from, const rv_grid *to, double to_turn)
{
    double centre_x, centre_y;
    rv_grid_to_map(to, to->width / 2.0, to->height / 2.0, &centre_x, &centre_y);
    for (int i = 0; i < TIES; i++) {
        double x, y;
        t->from[i][0] = from->width * (i % NET) / (NET - 1.0);
        t->from[i][1] = from->height * (i / NET) / (NET - 1.0);
        rv_grid_to_map(from, t->from[i][0], t->from[i][1], &x, &y);
        const int err = rv__crs_map_point(map, &x, &y);
        if (err < 0)
            return err;
        if (to_turn > 0) /* longitudes on the side of the date line where the other grid lies */
            x += to_turn * round((centre_x - x) / to_turn);
        rv_grid_to_pixel(to, x, y, &t->to[i][0], &t->to[i][1]);
    }
    return RV_OK;
}

static double worst_of(const double m[9], const ties *t)
{
    double worst = 0;
    for (int i = 0; i < TIES; i++) {
        double x, y;
        apply(&x, &y, m, t->from[i]);
        worst = fmax(worst, hypot(x - t->to[i][0], y - t->to[i][1]));
    }
    return worst;
}

static int fitted(double m[9], double *worst_px, const rv_grid *from, const rv_grid *to, double to_turn)
{
    rv__crs_map *map = NULL;
    double h[9];
    ties t;
    int err = rv__crs_map_new(&map, from->crs, to->crs);
    if (err < 0)
        return err;
    rv_point centre;
    rv_grid_to_map(from, from->width / 2.0, from->height / 2.0, &centre.x, &centre.y);
    if ((err = rv__crs_map_pin(map, centre.x, centre.y)) == RV_OK &&
        (err = make_ties(&t, map, from, to, to_turn)) == RV_OK) {
        const frame f = frame_of(t.from), g = frame_of(t.to);
        if ((err = fit(h, &t, &f, &g)) == RV_OK) {
            unframe(m, h, &f, &g);
            *worst_px = worst_of(m, &t);
        }
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

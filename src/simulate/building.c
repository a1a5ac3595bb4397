/* SPDX-License-Identifier: Apache-2.0 */
/* The shape of a building. Walls and roof are kept apart: the roof is the walls' outline moved out by the eaves, each edge
 * along its normal, so that right angles stay right. */
#include "simulate/building.h"

#include <math.h>

#include "geo/polygon.h"

static const double PI = 3.14159265358979323846;

static rv_point placed(const rv__sim_building *b, double u, double v)
{
    const double c = cos(b->angle), s = sin(b->angle);
    return (rv_point){ b->x + c * u - s * v, b->y + s * u + c * v };
}

static int box(rv_point *out, const rv__sim_building *b, double u0, double u1, double v0, double v1)
{
    out[0] = placed(b, u0, v1);
    out[1] = placed(b, u1, v1);
    out[2] = placed(b, u1, v0);
    out[3] = placed(b, u0, v0);
    return 4;
}

void rv__building_corners(rv_point out[4], const rv__sim_building *b, double grow_m, double dx, double dy)
{
    const double u = b->half[0] + grow_m, v = b->half[1] + grow_m;
    box(out, b, -u, u, -v, v);
    for (int k = 0; k < 4; k++) {
        out[k].x += dx;
        out[k].y += dy;
    }
}

/* A regular polygon; grown by its inner radius, as its edges move. */
static int disc(rv_point *out, const rv__sim_building *b, double grow)
{
    const double radius = b->half[0] + grow / cos(PI / RV__SIM_OUTLINE);
    for (int k = 0; k < RV__SIM_OUTLINE; k++) {
        const double a = -2.0 * PI * k / RV__SIM_OUTLINE;
        out[k] = placed(b, radius * cos(a), radius * sin(a));
    }
    return RV__SIM_OUTLINE;
}

/* The corner at +u, +v is missing. */
static int ell(rv_point *out, const rv__sim_building *b, double g)
{
    const double u = b->half[0], v = b->half[1], cu = u - 2 * u * b->cut[0], cv = v - 2 * v * b->cut[1];
    const double at[6][2] = { { -u - g, v + g }, { cu + g, v + g }, { cu + g, cv + g },
                              { u + g, cv + g }, { u + g, -v - g }, { -u - g, -v - g } };
    for (int k = 0; k < 6; k++)
        out[k] = placed(b, at[k][0], at[k][1]);
    return 6;
}

int rv__building_outline(rv_polygon *out, const rv__sim_building *b, double grow_m)
{
    rv_point p[RV__SIM_OUTLINE];
    int n = 4;
    if (b->shape == RV__SHAPE_DISC)
        n = disc(p, b, grow_m);
    else if (b->shape == RV__SHAPE_ELL)
        n = ell(p, b, grow_m);
    else
        rv__building_corners(p, b, grow_m, 0.0, 0.0);
    int err = rv__polygon_ring(out, p, (size_t)n);
    if (err == RV_OK && b->shape == RV__SHAPE_COURT) {
        const double u = b->half[0] * b->cut[0] - grow_m, v = b->half[1] * b->cut[1] - grow_m;
        rv_point hole[4], turned[4];
        box(hole, b, -u, u, -v, v);
        for (int k = 0; k < 4; k++)
            turned[k] = hole[3 - k];
        err = rv__polygon_ring(out, turned, 4);
    }
    if (err < 0)
        rv_polygon_release(out);
    return err;
}

int rv__building_parts(rv__piece out[RV__SIM_PARTS], const rv__sim_building *b, double g)
{
    const double u = b->half[0], v = b->half[1];
    if (b->shape == RV__SHAPE_DISC) {
        out[0].n = disc(out[0].p, b, g);
        return 1;
    }
    if (b->shape == RV__SHAPE_ELL) {
        out[0].n = box(out[0].p, b, -u - g, u + g, -v - g, v - 2 * v * b->cut[1] + g);
        out[1].n = box(out[1].p, b, -u - g, u - 2 * u * b->cut[0] + g, -v - g, v + g);
        return 2;
    }
    if (b->shape == RV__SHAPE_COURT) {
        const double iu = u * b->cut[0] - g, iv = v * b->cut[1] - g;
        out[0].n = box(out[0].p, b, -u - g, u + g, -v - g, -iv);
        out[1].n = box(out[1].p, b, -u - g, u + g, iv, v + g);
        out[2].n = box(out[2].p, b, -u - g, -iu, -v - g, v + g);
        out[3].n = box(out[3].p, b, iu, u + g, -v - g, v + g);
        return 4;
    }
    out[0].n = 4;
    rv__building_corners(out[0].p, b, g, 0.0, 0.0);
    return 1;
}

/* cos i over that of a flat roof: a facet that rises by slope a metre towards -v (sign 1) or +v (sign -1). */
static double facet_light(const rv__sim_building *b, double slope, double sign, const double to_sun[3])
{
    const double c = cos(b->angle), s = sin(b->angle);
    const double nx = -s * slope * sign, ny = c * slope * sign, norm = sqrt(1.0 + slope * slope);
    return fmax(0.0, (nx * to_sun[0] + ny * to_sun[1] + to_sun[2]) / (norm * to_sun[2]));
}

/* A strip along u between v0 and v1, up_m at its two sides. */
static void strip(rv__piece *out, const rv__sim_building *b, const double v[2], const double up[2], double lit)
{
    const double u = b->half[0] + b->eaves_m;
    out->n = box(out->p, b, -u, u, v[0], v[1]);
    out->up_m[0] = out->up_m[1] = up[1];
    out->up_m[2] = out->up_m[3] = up[0];
    out->lit = lit;
}

int rv__building_facets(rv__piece out[RV__PIECES], const rv__sim_building *b, const double to_sun[3])
{
    const double side = b->half[1] + b->eaves_m;
    if (b->form == RV__ROOF_FLAT || b->shape != RV__SHAPE_RECTANGLE)
        return 0;
    const int bays = b->form == RV__ROOF_GABLE ? 1 : b->bays;
    const double bay = 2.0 * side / bays,
                 rise = b->form == RV__ROOF_GABLE ? .5 : .8; /* where in a bay its ridge stands */
    int n = 0;
    for (int k = 0; k < bays && n + 2 <= RV__PIECES; k++) {
        const double v0 = -side + k * bay, ridge = v0 + rise * bay, top = b->pitch * rise * bay;
        const double down = top / (bay - rise * bay);
        strip(&out[n++], b, (double[2]){ v0, ridge }, (double[2]){ 0.0, top }, facet_light(b, b->pitch, -1.0, to_sun));
        strip(&out[n++], b, (double[2]){ ridge, v0 + bay }, (double[2]){ top, 0.0 }, facet_light(b, down, 1.0, to_sun));
    }
    return n;
}

double rv__building_area(const rv__sim_building *b, double grow_m)
{
    rv_polygon p = { NULL, 0 };
    if (rv__building_outline(&p, b, grow_m) < 0)
        return NAN;
    const double area = rv_polygon_area(&p);
    rv_polygon_release(&p);
    return area;
}

rv__stage rv__building_stage(const rv__sim_building *b, double t)
{
    return t >= b->t_end        ? RV__STAGE_GONE
           : t >= b->t_complete ? RV__STAGE_BUILT
           : t >= b->t_frame    ? RV__STAGE_FRAME
           : t >= b->t_slab     ? RV__STAGE_SLAB
           : t >= b->t_earth    ? RV__STAGE_EARTH
           : t >= b->t_start    ? RV__STAGE_CLEARED
                                : RV__STAGE_NONE;
}

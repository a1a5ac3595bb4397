/* SPDX-License-Identifier: Apache-2.0 */
/* Outlines with moving edges, and the fields that are rendered from them, against supersampling. */
#include <math.h>

#include "base/mem.h"
#include "base/rng.h"
#include "geo/polygon.h"
#include "lib/test.h"
#include "measure/render.h"
#include "measure/shape.h"

static void start_of(rv__shape *out, const rv_point *p, size_t n, double aspect)
{
    rv_polygon outline = { NULL, 0 };
    CHECK(rv__polygon_ring(&outline, p, n) == RV_OK);
    CHECK(rv__shape_start(out, &outline, aspect) == RV_OK);
    rv_polygon_release(&outline);
}

TEST(a_ragged_quadrangle_starts_as_a_rectangle_of_its_own_area)
{
    const rv_point p[5] = { { 2, 3 }, { 12.3, 3.2 }, { 11.8, 7.9 }, { 7, 8.3 }, { 2.1, 8.1 } };
    rv__shape s;
    rv_ring ring = { (rv_point *)p, 5 };
    start_of(&s, p, 5, 1.0);
    CHECK(s.rectangle && s.n == 4);
    CHECK_NEAR(rv__outline_area(s.base, 4), fabs(rv__ring_area(&ring)), 1e-9);
    for (int i = 0; i < 4; i++) {
        const rv_point u = rv__edge_normal(s.base, 4, i), v = rv__edge_normal(s.base, 4, (i + 1) % 4);
        CHECK_NEAR(u.x * v.x + u.y * v.y, 0.0, 1e-9);
    }
}

TEST(a_rectangle_on_the_ground_is_one_in_pixels_that_are_not_square)
{
    /* .516 x .595 m pixels: 30 x 14 m turned by 30 degrees */
    const double c = cos(.5), s_ = sin(.5), corner[4][2] = { { -15, -7 }, { 15, -7 }, { 15, 7 }, { -15, 7 } };
    rv_point p[4];
    for (int i = 0; i < 4; i++)
        p[i] = (rv_point){ 60 + (c * corner[i][0] - s_ * corner[i][1]) / .516,
                           50 + (s_ * corner[i][0] + c * corner[i][1]) / .595 };
    rv__shape s;
    start_of(&s, p, 4, .595 / .516);
    CHECK(s.rectangle);
    double worst = 0.0;
    for (int i = 0; i < 4; i++) {
        double near = 1e9;
        for (int j = 0; j < 4; j++)
            near = fmin(near, hypot(s.base[i].x - p[j].x, s.base[i].y - p[j].y));
        worst = fmax(worst, near);
    }
    CHECK_NEAR(worst, 0.0, 1e-6);
}

TEST(edges_move_out_along_their_normals)
{
    const rv_point p[4] = { { 0, 0 }, { 10, 0 }, { 10, 4 }, { 0, 4 } };
    const double all[6] = { .5, .5, .5, .5, 0.0 }, one[6] = { 0.0, 1.0, 0.0, 0.0, 0.3 };
    rv__shape s;
    rv_point q[RV__EDGES_MAX];
    start_of(&s, p, 4, 1.0);
    rv__shape_outline(q, &s, all);
    CHECK_NEAR(rv__outline_area(q, 4), 11.0 * 5.0, 1e-9);
    CHECK_NEAR(rv__outline_perimeter(q, 4), 32.0, 1e-9);
    rv__shape_outline(q, &s, one); /* turning keeps the area */
    const double grown = rv__outline_area(q, 4);
    CHECK(fabs(grown - 44.0) < 1e-9 || fabs(grown - 50.0) < 1e-9);
}

TEST(an_L_keeps_its_six_edges_and_a_hole_is_refused)
{
    const rv_point p[6] = { { 0, 0 }, { 12, 0 }, { 12, 4 }, { 5, 4 }, { 5, 12 }, { 0, 12 } };
    const rv_point hole[3] = { { 1, 1 }, { 1, 2 }, { 2, 2 } };
    rv__shape s;
    start_of(&s, p, 6, 1.0);
    CHECK(!s.rectangle && s.n == 6);
    CHECK_NEAR(rv__outline_area(s.base, 6), 12 * 4 + 5 * 8, 1e-9);
    rv_polygon holed = { NULL, 0 };
    CHECK(rv__polygon_ring(&holed, p, 6) == RV_OK && rv__polygon_ring(&holed, hole, 3) == RV_OK);
    CHECK_FAILS(RV_ERR_NODATA, rv__shape_start(&s, &holed, 1.0));
    rv_polygon_release(&holed);
}

TEST(a_round_outline_is_cut_to_the_corners_a_fit_can_hold)
{
    rv_point p[60];
    for (int i = 0; i < 60; i++)
        p[i] = (rv_point){ 30 + 9 * cos(i * acos(-1.0) / 30), 30 + 9 * sin(i * acos(-1.0) / 30) };
    rv__shape s;
    /* A disc fills .785 of its box. */
    start_of(&s, p, 60, 1.0);
    CHECK(!s.rectangle && s.n >= 6 && s.n <= RV__EDGES_MAX);
    CHECK_NEAR(rv__outline_area(s.base, s.n), 81 * acos(-1.0), .12 * 81 * acos(-1.0));
}

/* ---- rendering against the obvious way: point samples, Gaussian by direct sum ---- */

enum { W = 26, H = 22, FINE = 12 };

static bool inside(const rv_point *p, int n, double x, double y)
{
    bool in = false;
    for (int i = 0, j = n - 1; i < n; j = i++)
        if ((p[i].y > y) != (p[j].y > y) && x < (p[j].x - p[i].x) * (y - p[i].y) / (p[j].y - p[i].y) + p[i].x)
            in = !in;
    return in;
}

static bool swept_over(const rv_point *p, int n, double x, double y, const double d[2])
{
    for (int k = 0; k <= 80; k++)
        if (inside(p, n, x - d[0] * k / 80.0, y - d[1] * k / 80.0))
            return true;
    return false;
}

/* Mean over pixel (col, row) of the blurred indicator; sigma px; 4 sigma. */
static double blurred(const uint8_t *fine, int col, int row, double sigma)
{
    const int reach = (int)ceil(4 * sigma * FINE) + FINE;
    double sum = 0.0, weight[2 * 200];
    for (int k = -reach; k < reach + FINE; k++) { /* box of a pixel, blurred: difference of error functions */
        const double a = (k + .5) / FINE, s = sigma * sqrt(2.0);
        weight[k + reach] = .5 * (erf((1.0 - a) / s) - erf((0.0 - a) / s)) / FINE;
    }
    for (int i = -reach; i < reach + FINE; i++)
        for (int j = -reach; j < reach + FINE; j++) {
            const int y = row * FINE + i, x = col * FINE + j;
            if (y >= 0 && x >= 0 && y < H * FINE && x < W * FINE && fine[y * W * FINE + x])
                sum += weight[i + reach] * weight[j + reach];
        }
    return sum;
}

static void compare_rendering(const rv_point *p, int n, int over)
{
    static uint8_t fine[RV__FIELDS][W * H * FINE * FINE];
    static float plane[RV__FIELDS][W * H];
    float *field[RV__FIELDS] = { plane[0], plane[1], plane[2] };
    const rv__view v = { .has_sun = true, .has_view = true, .shadow = { .35, -.6 }, .lean = { -.12, -.07 } };
    const rv__patch patch = { .w = W, .h = H, .over = over };
    const rv__pose pose = { 6.0, .65, .2, -.1 };
    const double lean[2] = { v.lean[0] * 6.0, v.lean[1] * 6.0 }, cast[2] = { v.shadow[0] * 6.0, v.shadow[1] * 6.0 };
    for (int i = 0; i < H * FINE; i++)
        for (int j = 0; j < W * FINE; j++) {
            const double x = (j + .5) / FINE - pose.dx, y = (i + .5) / FINE - pose.dy;
            const bool roof = inside(p, n, x - lean[0], y - lean[1]), body = roof || swept_over(p, n, x, y, lean);
            fine[RV__ROOF][i * W * FINE + j] = roof;
            fine[RV__WALL][i * W * FINE + j] = body && !roof;
            fine[RV__SHADOW][i * W * FINE + j] = !body && swept_over(p, n, x, y, cast);
        }
    CHECK(rv__render(field, &patch, &v, p, n, &pose) == RV_OK);
    for (int f = 0; f < RV__FIELDS; f++) {
        double worst = 0.0, sum = 0.0, sum0 = 0.0;
        for (int r = 3; r < H - 3; r++)
            for (int c = 3; c < W - 3; c++) {
                const double want = blurred(fine[f], c, r, pose.psf_px);
                worst = fmax(worst, fabs((double)plane[f][r * W + c] - want));
                sum += (double)plane[f][r * W + c];
                sum0 += want;
            }
        CHECK_NEAR(worst, 0.0, .02);
        CHECK_NEAR(sum, sum0, .006 * sum0 + .02);
    }
}

TEST(roof_wall_and_shadow_of_a_rectangle_are_as_supersampling_has_them)
{
    const rv_point p[4] = { { 9.1, 10.3 }, { 15.2, 11.9 }, { 14.1, 16.0 }, { 8.0, 14.4 } };
    compare_rendering(p, 4, 3);
    compare_rendering(p, 4, 2);
}

TEST(roof_wall_and_shadow_of_an_L_are_as_supersampling_has_them)
{
    /* Turned, or the point samples all fall on the same side of an edge. */
    rv_point p[6] = { { 8, 10 }, { 16, 10 }, { 16, 13 }, { 11.5, 13 }, { 11.5, 17 }, { 8, 17 } };
    for (int i = 0; i < 6; i++)
        p[i] = (rv_point){ 12 + cos(.3) * (p[i].x - 12) - sin(.3) * (p[i].y - 13),
                           13 + sin(.3) * (p[i].x - 12) + cos(.3) * (p[i].y - 13) };
    compare_rendering(p, 6, 3);
}

TESTS(RUN(a_ragged_quadrangle_starts_as_a_rectangle_of_its_own_area),
      RUN(a_rectangle_on_the_ground_is_one_in_pixels_that_are_not_square), RUN(edges_move_out_along_their_normals),
      RUN(an_L_keeps_its_six_edges_and_a_hole_is_refused), RUN(a_round_outline_is_cut_to_the_corners_a_fit_can_hold),
      RUN(roof_wall_and_shadow_of_a_rectangle_are_as_supersampling_has_them),
      RUN(roof_wall_and_shadow_of_an_L_are_as_supersampling_has_them))

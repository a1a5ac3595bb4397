/* SPDX-License-Identifier: Apache-2.0 */
/* The least rectangle against a slow turn of the axes in small steps. */
#include "lib/test.h"

#include "base/rng.h"
#include "geo/polygon.h"

static double area_at(const rv_ring *ring, double angle)
{
    double lo_u = INFINITY, hi_u = -INFINITY, lo_v = INFINITY, hi_v = -INFINITY;
    for (size_t i = 0; i < ring->n; i++) {
        const double u = ring->p[i].x * cos(angle) + ring->p[i].y * sin(angle);
        const double v = ring->p[i].y * cos(angle) - ring->p[i].x * sin(angle);
        lo_u = fmin(lo_u, u);
        hi_u = fmax(hi_u, u);
        lo_v = fmin(lo_v, v);
        hi_v = fmax(hi_v, v);
    }
    return (hi_u - lo_u) * (hi_v - lo_v);
}

TEST(a_turned_rectangle_is_found_as_it_is)
{
    for (int degrees = -89; degrees <= 90; degrees += 7) {
        const double a = degrees * acos(-1.0) / 180, x0 = 699960, y0 = 5500020;
        const double uv[4][2] = { { -6, -2 }, { 6, -2 }, { 6, 2 }, { -6, 2 } };
        rv_point p[4];
        for (int i = 0; i < 4; i++)
            p[i] = (rv_point){ x0 + uv[i][0] * cos(a) - uv[i][1] * sin(a), y0 + uv[i][0] * sin(a) + uv[i][1] * cos(a) };
        const rv_ring ring = { p, 4 };
        double centre[2], half[2], angle;
        CHECK(rv__min_area_rect(centre, half, &angle, &ring) == RV_OK);
        CHECK_NEAR(centre[0], x0, 1e-8);
        CHECK_NEAR(centre[1], y0, 1e-8);
        CHECK_NEAR(half[0], 6, 1e-8);
        CHECK_NEAR(half[1], 2, 1e-8);
        CHECK_NEAR(sin(angle - a), 0, 1e-8);
    }
}

TEST(no_turn_of_the_axes_gives_a_smaller_box)
{
    rv__rng rng;
    rv__rng_init(&rng, 4, 4, 4, 4);
    for (int k = 0; k < 100; k++) {
        rv_point p[30];
        const size_t n = 3 + (size_t)k % 28;
        for (size_t i = 0; i < n; i++)
            p[i] = (rv_point){ rv__rng_between(&rng, -9, 9), rv__rng_between(&rng, -4, 4) };
        const rv_ring ring = { p, n };
        double centre[2], half[2], angle, least = INFINITY;
        CHECK(rv__min_area_rect(centre, half, &angle, &ring) == RV_OK);
        for (int i = 0; i < 1800; i++)
            least = fmin(least, area_at(&ring, i * acos(-1.0) / 1800));
        const double got = 4 * half[0] * half[1];
        CHECK(got <= least * (1 + 1e-12));
        CHECK(got > least * .98);
        CHECK_NEAR(area_at(&ring, angle), got, 1e-9);
        CHECK(half[0] >= half[1]);
    }
}

TEST(points_on_a_line_have_a_flat_rectangle)
{
    rv_point p[4] = { { 1, 1 }, { 2, 2 }, { 4, 4 }, { 2, 2 } };
    const rv_ring ring = { p, 4 };
    double centre[2], half[2], angle;
    CHECK(rv__min_area_rect(centre, half, &angle, &ring) == RV_OK);
    CHECK_NEAR(half[0], 1.5 * sqrt(2), 1e-12);
    CHECK_NEAR(half[1], 0, 1e-12);
    CHECK_NEAR(centre[0], 2.5, 1e-12);
    CHECK_NEAR(angle, acos(-1.0) / 4, 1e-12);
}

TEST(one_point_repeated_has_no_size)
{
    rv_point p[3] = { { 7, 8 }, { 7, 8 }, { 7, 8 } };
    const rv_ring ring = { p, 3 };
    double centre[2], half[2], angle;
    CHECK(rv__min_area_rect(centre, half, &angle, &ring) == RV_OK);
    CHECK(centre[0] == 7 && centre[1] == 8 && half[0] == 0 && half[1] == 0 && isfinite(angle));
}

TESTS(RUN(a_turned_rectangle_is_found_as_it_is), RUN(no_turn_of_the_axes_gives_a_smaller_box),
      RUN(points_on_a_line_have_a_flat_rectangle), RUN(one_point_repeated_has_no_size))

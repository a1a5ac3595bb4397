/* SPDX-License-Identifier: Apache-2.0 */
/* Plain polygons against the slow sums, far from the origin as map coordinates are. */
#include "lib/test.h"

#include "base/mem.h"
#include "base/rng.h"
#include "geo/polygon.h"

static const double far_x = 699960, far_y = 5500020;

static void add(rv_polygon *to, const double *xy, size_t n, double dx, double dy)
{
    rv_point p[64];
    for (size_t i = 0; i < n; i++)
        p[i] = (rv_point){ xy[2 * i] + dx, xy[2 * i + 1] + dy };
    CHECK(rv__polygon_ring(to, p, n) == RV_OK);
}

/* 10 x 6 with a 2 x 2 hole whose lower left corner is (1, 1). */
static rv_polygon block(double dx, double dy)
{
    static const double outer[] = { 0, 0, 10, 0, 10, 6, 0, 6 }, hole[] = { 1, 1, 1, 3, 3, 3, 3, 1 };
    rv_polygon p = { 0 };
    add(&p, outer, 4, dx, dy);
    add(&p, hole, 4, dx, dy);
    return p;
}

/* A star-shaped ring: simple, with dents. */
static rv_polygon star(rv__rng *rng, size_t n)
{
    rv_polygon p = { 0 };
    rv_point v[64];
    for (size_t i = 0; i < n; i++) {
        const double angle = ((double)i + rv__rng_between(rng, 0, .8)) / (double)n * 2 * acos(-1.0);
        const double radius = rv__rng_between(rng, 2, 20);
        v[i] = (rv_point){ far_x + radius * cos(angle), far_y + radius * sin(angle) };
    }
    CHECK(rv__polygon_ring(&p, v, n) == RV_OK);
    return p;
}

TEST(areas_keep_their_digits_far_from_the_origin)
{
    rv_polygon p = block(far_x + .123, far_y + .456);
    CHECK_NEAR(rv_polygon_area(&p), 56, 1e-8);
    CHECK_NEAR(rv__ring_area(&p.ring[0]), 60, 1e-8);
    CHECK_NEAR(rv__ring_area(&p.ring[1]), -4, 1e-8);
    CHECK_NEAR(rv__polygon_perimeter(&p), 40, 1e-8);
    rv_polygon_release(&p);
}

TEST(the_centroid_gives_way_to_the_hole)
{
    rv_polygon p = block(far_x, far_y);
    double x, y;
    rv__polygon_centroid(&x, &y, &p);
    CHECK_NEAR(x, far_x + (60 * 5 - 4 * 2) / 56.0, 1e-8);
    CHECK_NEAR(y, far_y + (60 * 3 - 4 * 2) / 56.0, 1e-8);
    rv__polygon_orient(&p, false);
    rv__polygon_centroid(&x, &y, &p);
    CHECK_NEAR(x, far_x + (60 * 5 - 4 * 2) / 56.0, 1e-8);
    rv_polygon_release(&p);
}

TEST(the_centroid_of_a_line_is_its_mean_point)
{
    static const double line[] = { 0, 0, 1, 1, 2, 2 };
    rv_polygon p = { 0 };
    double x, y;
    add(&p, line, 3, 5, 7);
    rv__polygon_centroid(&x, &y, &p);
    CHECK_NEAR(x, 6, 1e-12);
    CHECK_NEAR(y, 8, 1e-12);
    rv_polygon_release(&p);
}

TEST(containment_agrees_with_the_winding_angle)
{
    rv__rng rng;
    rv__rng_init(&rng, 1, 2, 3, 4);
    int wrong = 0, inside = 0;
    for (int k = 0; k < 20; k++) {
        rv_polygon p = star(&rng, 17);
        for (int i = 0; i < 500; i++) {
            const double x = far_x + rv__rng_between(&rng, -22, 22), y = far_y + rv__rng_between(&rng, -22, 22);
            double turned = 0;
            for (size_t v = 0; v < p.ring[0].n; v++) {
                const rv_point a = p.ring[0].p[v], b = p.ring[0].p[(v + 1) % p.ring[0].n];
                turned +=
                    atan2((a.x - x) * (b.y - y) - (a.y - y) * (b.x - x), (a.x - x) * (b.x - x) + (a.y - y) * (b.y - y));
            }
            const bool truth = fabs(turned) > 3;
            inside += truth;
            wrong += rv__polygon_contains(&p, x, y) != truth;
        }
        rv_polygon_release(&p);
    }
    CHECK(wrong == 0);
    CHECK(inside > 1000 && inside < 9000);
}

TEST(a_hole_is_outside)
{
    rv_polygon p = block(0, 0);
    CHECK(!rv__polygon_contains(&p, 2, 2));
    CHECK(rv__polygon_contains(&p, 5, 3));
    CHECK(!rv__polygon_contains(&p, 11, 3));
    rv_polygon_release(&p);
}

TEST(the_inside_point_of_a_horseshoe_lies_in_its_wider_arm)
{
    /* +--+  +---+
     * |  +--+   |   the centroid falls into the gap above the bridge */
    static const double horseshoe[] = { 0, 0, 10, 0, 10, 10, 7, 10, 7, 1, 2, 1, 2, 10, 0, 10 };
    rv_polygon p = { 0 };
    double x, y;
    add(&p, horseshoe, 8, far_x, far_y);
    rv__polygon_centroid(&x, &y, &p);
    CHECK(!rv__polygon_contains(&p, x, y));
    rv__polygon_inside(&x, &y, &p);
    CHECK(rv__polygon_contains(&p, x, y));
    CHECK_NEAR(x, far_x + 8.5, 1e-8);
    rv_polygon_release(&p);
}

TEST(the_inside_point_is_inside_any_star)
{
    rv__rng rng;
    rv__rng_init(&rng, 9, 9, 9, 9);
    for (int k = 0; k < 200; k++) {
        rv_polygon p = star(&rng, 5 + (size_t)k % 40);
        double x, y;
        rv__polygon_inside(&x, &y, &p);
        CHECK(rv__polygon_contains(&p, x, y));
        rv_polygon_release(&p);
    }
}

TEST(orienting_turns_rings_and_keeps_where_they_begin)
{
    rv_polygon p = block(0, 0);
    rv__polygon_orient(&p, false);
    CHECK(rv__ring_area(&p.ring[0]) < 0 && rv__ring_area(&p.ring[1]) > 0);
    CHECK(p.ring[0].p[0].x == 0 && p.ring[0].p[1].y == 6);
    rv__polygon_orient(&p, true);
    CHECK(rv__ring_area(&p.ring[0]) > 0 && rv__ring_area(&p.ring[1]) < 0);
    CHECK_NEAR(rv_polygon_area(&p), 56, 1e-12);
    rv_polygon_release(&p);
}

TEST(bounds_hold_all_points)
{
    rv_polygon p = block(-3, 4);
    double b[4];
    rv__polygon_bounds(b, &p);
    CHECK(b[0] == -3 && b[1] == 4 && b[2] == 7 && b[3] == 10);
    rv_polygon_release(&p);
}

TEST(a_ring_of_two_points_is_refused)
{
    const rv_point two[2] = { { 0, 0 }, { 1, 1 } };
    rv_polygon p = { 0 };
    CHECK_FAILS(RV_ERR_RANGE, rv__polygon_ring(&p, two, 2));
    CHECK(p.n == 0 && !p.ring);
}

TEST(a_copy_survives_failing_memory)
{
    rv_polygon p = block(0, 0), q = { 0 };
    int err = RV_ERR_NOMEM, tries = 0;
    for (long n = 1; err == RV_ERR_NOMEM && n < 20; n++, tries++) {
        rv__mem_fail_nth(n, false);
        err = rv_polygon_copy(&q, &p);
        CHECK(err == RV_OK || (q.n == 0 && !q.ring));
    }
    rv__mem_fail_nth(0, false);
    CHECK(err == RV_OK && tries > 1);
    CHECK(q.n == 2 && q.ring[1].n == 4 && q.ring[1].p[2].x == 3);
    rv_polygon_release(&q);
    rv_polygon_release(&p);
}

TESTS(RUN(areas_keep_their_digits_far_from_the_origin), RUN(the_centroid_gives_way_to_the_hole),
      RUN(the_centroid_of_a_line_is_its_mean_point), RUN(containment_agrees_with_the_winding_angle),
      RUN(a_hole_is_outside), RUN(the_inside_point_of_a_horseshoe_lies_in_its_wider_arm),
      RUN(the_inside_point_is_inside_any_star), RUN(orienting_turns_rings_and_keeps_where_they_begin),
      RUN(bounds_hold_all_points), RUN(a_ring_of_two_points_is_refused), RUN(a_copy_survives_failing_memory))

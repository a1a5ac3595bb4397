/* SPDX-License-Identifier: Apache-2.0 */
/* Contours of surfaces whose contours are known. */
#include "lib/test.h"

#include "base/mem.h"
#include "base/rng.h"
#include "geo/polygon.h"
#include "raster/contour.h"

enum { W = 64, H = 56 };

static double radius_at(int i, double col, double row)
{
    return hypot(i % W + .5 - col, i / W + .5 - row);
}

TEST(the_contour_of_a_cone_is_its_circle)
{
    static float cone[W * H];
    for (int i = 0; i < W * H; i++)
        cone[i] = (float)(100 - radius_at(i, 30.3, 25.7));
    for (double level = 80; level < 97; level += 4.7) {
        rv_polygon p = { 0 };
        CHECK(rv__contour_level(&p, cone, W, H, level, (rv_point){ 30, 25 }) == RV_OK);
        CHECK(p.n == 1 && rv__ring_area(&p.ring[0]) < 0);
        for (size_t i = 0; i < p.ring[0].n; i++)
            CHECK_NEAR(hypot(p.ring[0].p[i].x - 30.3, p.ring[0].p[i].y - 25.7), 100 - level, .05);
        rv_polygon_release(&p);
    }
}

TEST(a_crater_is_a_hole)
{
    static float ring[W * H];
    const double pi = acos(-1.0);
    rv_polygon p = { 0 };
    for (int i = 0; i < W * H; i++)
        ring[i] = (float)(5 - fabs(radius_at(i, 32, 28) - 14));
    CHECK(rv__contour_level(&p, ring, W, H, 0, (rv_point){ 32, 28 }) == RV_OK); /* the point itself lies in the hole */
    CHECK(p.n == 2 && rv__ring_area(&p.ring[1]) > 0);
    CHECK_NEAR(rv_polygon_area(&p), pi * (19 * 19 - 9 * 9), 3);
    rv_polygon_release(&p);
}

TEST(of_two_hills_the_one_around_or_next_to_the_point_is_taken)
{
    static float hills[W * H];
    for (int i = 0; i < W * H; i++)
        hills[i] = (float)fmax(6 - radius_at(i, 15, 20), 9 - radius_at(i, 45, 30));
    static const struct {
        double col, row, radius;
    } row[] = { { 15, 20, 6 }, { 45, 33, 9 }, { 3, 50, 6 }, { 62, 2, 9 }, { 24, 21, 6 } };
    for (size_t k = 0; k < sizeof row / sizeof *row; k++) {
        rv_polygon p = { 0 };
        CHECK(rv__contour_level(&p, hills, W, H, 0, (rv_point){ row[k].col, row[k].row }) == RV_OK);
        CHECK_NEAR(sqrt(rv_polygon_area(&p) / acos(-1.0)), row[k].radius, .1);
        rv_polygon_release(&p);
    }
}

TEST(a_hill_cut_by_the_border_closes_along_it)
{
    static float edge[W * H];
    rv_polygon p = { 0 };
    double b[4];
    for (int i = 0; i < W * H; i++)
        edge[i] = 20.25f - (float)(i % W) - .5f; /* high at the left: zero at column 20.25 */
    CHECK(rv__contour_level(&p, edge, W, H, 0, (rv_point){ 5, 5 }) == RV_OK);
    rv__polygon_bounds(b, &p);
    CHECK_NEAR(b[0], 0, 1e-9);
    CHECK_NEAR(b[1], 0, 1e-9);
    CHECK_NEAR(b[2], 20.25, 1e-5);
    CHECK_NEAR(b[3], H, 1e-9);
    CHECK_NEAR(rv_polygon_area(&p), 20.25 * H, 1.01); /* the corners are cut */
    rv_polygon_release(&p);
}

TEST(a_surface_below_the_level_has_no_contour)
{
    static float flat[W * H];
    rv_polygon p = { 0 };
    CHECK_FAILS(RV_ERR_NOTFOUND, rv__contour_level(&p, flat, W, H, 1, (rv_point){ 5, 5 }));
    CHECK(p.n == 0 && !p.ring);
    CHECK(rv__contour_level(&p, flat, W, H, 0, (rv_point){ 5, 5 }) == RV_OK); /* at the level counts as above */
    rv_polygon_release(&p);
}

TEST(saddles_follow_the_bilinear_surface)
{
    /* high low   joined over the middle when its saddle value is above the level, parted when below */
    static const float surface[4] = { 4, 0, 0, 3 };
    rv_polygon p = { 0 };
    CHECK(rv__contour_level(&p, surface, 2, 2, 1.6, (rv_point){ .5, .5 }) == RV_OK); /* saddle 12/7 = 1.71 */
    CHECK(rv__polygon_contains(&p, 1.45, 1.45) && rv__polygon_contains(&p, .55, .55));
    rv_polygon_release(&p);
    CHECK(rv__contour_level(&p, surface, 2, 2, 1.8, (rv_point){ .5, .5 }) == RV_OK);
    CHECK(!rv__polygon_contains(&p, 1.45, 1.45) && rv__polygon_contains(&p, .55, .55));
    rv_polygon_release(&p);
}

TEST(on_noise_the_contour_parts_high_samples_from_low_ones)
{
    static float surface[W * H];
    rv__rng rng;
    rv__rng_init(&rng, 31, 0, 0, 0);
    size_t wrong = 0, inside = 0;
    for (int k = 0; k < 20; k++) {
        for (int i = 0; i < W * H; i++)
            surface[i] = (float)rv__rng_normal(&rng);
        rv_polygon p = { 0 };
        CHECK(rv__contour_level(&p, surface, W, H, -.3, (rv_point){ W / 2.0, H / 2.0 }) == RV_OK);
        for (int i = 0; i < W * H; i++) {
            const bool in = rv__polygon_contains(&p, i % W + .5, i / W + .5);
            inside += in;
            wrong += in && (double)surface[i] < -.3;
            /* a high neighbour of an inner sample is inner */
            if (in && i % W + 1 < W && (double)surface[i + 1] >= -.3)
                wrong += !rv__polygon_contains(&p, i % W + 1.5, i / W + .5);
        }
        rv_polygon_release(&p);
    }
    CHECK(wrong == 0 && inside > 1000);
}

TEST(contouring_survives_failing_memory)
{
    static float ring[W * H];
    rv_polygon p = { 0 };
    int err = RV_ERR_NOMEM, tries = 0;
    const long live = rv__mem_live();
    for (int i = 0; i < W * H; i++)
        ring[i] = (float)(5 - fabs(radius_at(i, 32, 28) - 14));
    for (long k = 1; err == RV_ERR_NOMEM && k < 200; k++, tries++) {
        rv__mem_fail_nth(k, false);
        err = rv__contour_level(&p, ring, W, H, 0, (rv_point){ 32, 28 });
        CHECK(err == RV_OK || (p.n == 0 && rv__mem_live() == live));
    }
    rv__mem_fail_nth(0, false);
    CHECK(err == RV_OK && tries > 3);
    rv_polygon_release(&p);
}

TESTS(RUN(the_contour_of_a_cone_is_its_circle), RUN(a_crater_is_a_hole),
      RUN(of_two_hills_the_one_around_or_next_to_the_point_is_taken), RUN(a_hill_cut_by_the_border_closes_along_it),
      RUN(a_surface_below_the_level_has_no_contour), RUN(saddles_follow_the_bilinear_surface),
      RUN(on_noise_the_contour_parts_high_samples_from_low_ones), RUN(contouring_survives_failing_memory))

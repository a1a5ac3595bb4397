/* SPDX-License-Identifier: Apache-2.0 */
/* Overlaps of shapes whose overlap is known without GEOS. */
#include "lib/test.h"

#include "base/mem.h"
#include "base/rng.h"
#include "geo/geos.h"
#include "geo/polygon.h"

typedef struct box {
    rv_point p[4];
    rv_ring ring;
    rv_polygon polygon;
} box;

static void box_make(box *b, double x, double y, double w, double h)
{
    const rv_point p[4] = { { x, y }, { x + w, y }, { x + w, y + h }, { x, y + h } };
    memcpy(b->p, p, sizeof p);
    b->ring = (rv_ring){ b->p, 4 };
    b->polygon = (rv_polygon){ &b->ring, 1 };
}

TEST(overlaps_of_boxes_are_products_of_overlaps)
{
    rv__rng rng;
    rv__rng_init(&rng, 6, 6, 6, 6);
    for (int i = 0; i < 200; i++) {
        double v[8], area, iou;
        box a, b;
        for (int k = 0; k < 8; k++)
            v[k] = rv__rng_between(&rng, 1, 10);
        box_make(&a, 5e5 + v[0], 5e6 + v[1], v[2], v[3]);
        box_make(&b, 5e5 + v[4], 5e6 + v[5], v[6], v[7]);
        const double w = fmin(v[0] + v[2], v[4] + v[6]) - fmax(v[0], v[4]);
        const double h = fmin(v[1] + v[3], v[5] + v[7]) - fmax(v[1], v[5]);
        const double both = fmax(w, 0) * fmax(h, 0);
        CHECK(rv__polygon_overlap(&area, &a.polygon, &b.polygon) == RV_OK);
        CHECK(rv__polygon_iou(&iou, &a.polygon, &b.polygon) == RV_OK);
        CHECK_NEAR(area, both, 1e-7);
        CHECK_NEAR(iou, both / (v[2] * v[3] + v[6] * v[7] - both), 1e-7);
    }
}

TEST(a_crossed_outline_is_repaired_before_it_is_compared)
{
    rv_point bow[4] = { { 0, 0 }, { 4, 4 }, { 4, 0 }, { 0, 4 } };
    rv_ring ring = { bow, 4 };
    const rv_polygon crossed = { &ring, 1 };
    rv_polygon repaired = { 0 };
    box all;
    double area;
    box_make(&all, -1, -1, 6, 6);
    CHECK(rv__polygon_overlap(&area, &crossed, &all.polygon) == RV_OK);
    CHECK_NEAR(area, 8, 1e-12);
    CHECK(rv__polygon_repair(&repaired, &crossed) == RV_OK);
    CHECK_NEAR(rv_polygon_area(&repaired), 4, 1e-12);
    CHECK(repaired.n == 1 && repaired.ring[0].n == 3 && rv__ring_area(&repaired.ring[0]) > 0);
    rv_polygon_release(&repaired);
}

TEST(subtracting_leaves_the_largest_part)
{
    box a, b;
    rv_polygon rest = { 0 };
    box_make(&a, 0, 0, 10, 4);
    box_make(&b, 3, -1, 1, 6);
    CHECK(rv__polygon_subtract(&rest, &a.polygon, &b.polygon) == RV_OK);
    CHECK_NEAR(rv_polygon_area(&rest), 24, 1e-12);
    rv_polygon_release(&rest);
    box_make(&b, 2, 1, 3, 2);
    CHECK(rv__polygon_subtract(&rest, &a.polygon, &b.polygon) == RV_OK);
    CHECK(rest.n == 2 && rv__ring_area(&rest.ring[1]) < 0);
    CHECK_NEAR(rv_polygon_area(&rest), 34, 1e-12);
    rv_polygon_release(&rest);
    rest = (rv_polygon){ 0 };
    box_make(&b, -1, -1, 20, 20);
    CHECK_FAILS(RV_ERR_NODATA, rv__polygon_subtract(&rest, &a.polygon, &b.polygon));
    CHECK(rest.n == 0);
}

TEST(the_hull_holds_all_points)
{
    box a, b;
    rv_polygon hull = { 0 };
    box_make(&a, 0, 0, 2, 2);
    box_make(&b, 8, 8, 2, 2);
    const rv_polygon both[2] = { a.polygon, b.polygon };
    CHECK(rv__polygon_hull(&hull, both, 2) == RV_OK);
    CHECK_NEAR(rv_polygon_area(&hull), 36, 1e-12); /* 100 less two triangles of 8 x 8 / 2 */
    CHECK(hull.ring[0].n == 6 && rv__ring_area(&hull.ring[0]) > 0);
    rv_polygon_release(&hull);
}

TEST(points_that_are_none_are_an_error)
{
    box a, b;
    double area = 3;
    box_make(&a, 0, 0, 2, 2);
    box_make(&b, 0, 0, 2, 2);
    b.p[2].x = NAN;
    CHECK_FAILS(RV_ERR_RANGE, rv__polygon_overlap(&area, &a.polygon, &b.polygon));
    CHECK(area == 3);
}

TEST(outlines_that_only_touch_share_nothing)
{
    box a, b;
    double area = 3, iou = 3;
    box_make(&a, 0, 0, 2, 2);
    box_make(&b, 2, 0, 2, 2);
    CHECK(rv__polygon_overlap(&area, &a.polygon, &b.polygon) == RV_OK);
    CHECK(rv__polygon_iou(&iou, &a.polygon, &b.polygon) == RV_OK);
    CHECK(area == 0 && iou == 0);
}

TEST(subtracting_survives_failing_memory)
{
    box a, b;
    rv_polygon rest = { 0 };
    int err = RV_ERR_NOMEM, tries = 0;
    box_make(&a, 0, 0, 10, 4);
    box_make(&b, 2, 1, 3, 2);
    for (long n = 1; err == RV_ERR_NOMEM && n < 50; n++, tries++) {
        rv__mem_fail_nth(n, false);
        err = rv__polygon_subtract(&rest, &a.polygon, &b.polygon);
        CHECK(err == RV_OK || rest.n == 0);
    }
    rv__mem_fail_nth(0, false);
    CHECK(err == RV_OK && tries > 3);
    rv_polygon_release(&rest);
}

TESTS(RUN(overlaps_of_boxes_are_products_of_overlaps), RUN(a_crossed_outline_is_repaired_before_it_is_compared),
      RUN(subtracting_leaves_the_largest_part), RUN(the_hull_holds_all_points), RUN(points_that_are_none_are_an_error),
      RUN(outlines_that_only_touch_share_nothing), RUN(subtracting_survives_failing_memory))

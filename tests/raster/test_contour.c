/* SPDX-License-Identifier: Apache-2.0 */
/* Outlines of regions: filled again they give the region back; as polygons they are valid. */
#include "lib/test.h"

#include "base/mem.h"
#include "base/rng.h"
#include "geo/polygon.h"
#include "raster/contour.h"
#include "raster/coverage.h"
#include "raster/label.h"

enum { W = 50, H = 41 };

static size_t repeated_points(const rv_polygon *p)
{
    size_t repeated = 0;
    for (size_t r = 0; r < p->n; r++) {
        for (size_t i = 0; i < p->ring[r].n; i++) {
            for (size_t j = 0; j < i; j++)
                repeated += p->ring[r].p[i].x == p->ring[r].p[j].x && p->ring[r].p[i].y == p->ring[r].p[j].y;
        }
    }
    return repeated;
}

static size_t straight_corners(const rv_polygon *p)
{
    size_t straight = 0;
    for (size_t r = 0; r < p->n; r++) {
        const rv_ring *g = &p->ring[r];
        for (size_t i = 0; i < g->n; i++) {
            const rv_point a = g->p[(i + g->n - 1) % g->n], b = g->p[i], c = g->p[(i + 1) % g->n];
            straight += (a.x == b.x) == (b.x == c.x);
        }
    }
    return straight;
}

TEST(outlines_filled_again_are_the_regions)
{
    static uint8_t mask[W * H];
    static int32_t labels[W * H];
    static float filled[W * H];
    size_t holes = 0;
    for (uint32_t seed = 0; seed < 10; seed++) {
        rv__rng rng;
        rv__region *regions = NULL;
        size_t n = 0, wrong = 0;
        rv__rng_init(&rng, seed, 1, 0, 0);
        for (int i = 0; i < W * H; i++)
            mask[i] = rv__rng_uniform(&rng) < .3 + .05 * seed;
        CHECK(rv__label(labels, &regions, &n, mask, W, H, 4) == RV_OK);
        for (size_t k = 0; k < n; k++) {
            rv_polygon p = { 0 }, q = { 0 };
            const rv__region *g = &regions[k];
            const int box[4] = { g->col0, g->row0, g->col1, g->row1 };
            CHECK(rv__contour_region(&p, labels, W, H, (int32_t)k + 1) == RV_OK);
            CHECK(rv__contour_region_in(&q, labels, W, box, (int32_t)k + 1) == RV_OK);
            CHECK(q.n == p.n && q.ring[0].n == p.ring[0].n);
            CHECK(rv__coverage(filled, W, H, 0, 0, &p) == RV_OK);
            for (int i = 0; i < W * H; i++)
                wrong += filled[i] != (labels[i] == (int32_t)k + 1 ? 1.0f : 0.0f);
            CHECK(rv_polygon_area(&p) == (double)g->n);
            CHECK(rv__ring_area(&p.ring[0]) < 0); /* counter-clockwise as seen, rows downward */
            CHECK(repeated_points(&p) == 0);
            CHECK(straight_corners(&p) == 0);
            holes += p.n - 1;
            rv_polygon_release(&p);
            rv_polygon_release(&q);
        }
        CHECK(wrong == 0);
        rv__free(regions);
    }
    CHECK(holes > 100);
}

TEST(a_pixel_has_four_corners_counter_clockwise_as_seen)
{
    static int32_t labels[9] = { 0, 0, 0, 0, 5, 0, 0, 0, 0 };
    static const double want[4][2] = { { 1, 1 }, { 1, 2 }, { 2, 2 }, { 2, 1 } };
    rv_polygon p = { 0 };
    CHECK(rv__contour_region(&p, labels, 3, 3, 5) == RV_OK);
    CHECK(p.n == 1 && p.ring[0].n == 4);
    size_t first = 0;
    while (first < 4 && (p.ring[0].p[first].x != 1 || p.ring[0].p[first].y != 1))
        first++;
    for (size_t i = 0; i < 4; i++) {
        const rv_point got = p.ring[0].p[(first + i) % 4];
        CHECK(got.x == want[i][0] && got.y == want[i][1]);
    }
    rv_polygon_release(&p);
}

TEST(a_hole_that_touches_the_outside_at_a_corner_is_a_ring_of_its_own)
{
    /* 1 1 1
     * 1 . 1
     * 1 1 .   the hole meets the outside at (2, 2) */
    static int32_t labels[9] = { 1, 1, 1, 1, 0, 1, 1, 1, 0 };
    rv_polygon p = { 0 };
    CHECK(rv__contour_region(&p, labels, 3, 3, 1) == RV_OK);
    CHECK(p.n == 2 && p.ring[0].n == 6 && p.ring[1].n == 4);
    CHECK(rv__ring_area(&p.ring[0]) < 0 && rv__ring_area(&p.ring[1]) > 0);
    CHECK(rv_polygon_area(&p) == 7);
    rv_polygon_release(&p);
}

TEST(absent_and_scattered_labels_are_errors)
{
    static int32_t labels[9] = { 1, 0, 1, 0, 0, 0, 0, 0, 0 };
    rv_polygon p = { 0 };
    CHECK_FAILS(RV_ERR_NODATA, rv__contour_region(&p, labels, 3, 3, 2));
    CHECK_FAILS(RV_ERR_RANGE, rv__contour_region(&p, labels, 3, 3, 1));
    CHECK(p.n == 0 && !p.ring);
}

TEST(outlining_survives_failing_memory)
{
    static int32_t labels[9] = { 1, 1, 1, 1, 0, 1, 1, 1, 0 };
    rv_polygon p = { 0 };
    int err = RV_ERR_NOMEM, tries = 0;
    const long live = rv__mem_live();
    for (long k = 1; err == RV_ERR_NOMEM && k < 100; k++, tries++) {
        rv__mem_fail_nth(k, false);
        err = rv__contour_region(&p, labels, 3, 3, 1);
        CHECK(err == RV_OK || (p.n == 0 && rv__mem_live() == live));
    }
    rv__mem_fail_nth(0, false);
    CHECK(err == RV_OK && tries > 3);
    rv_polygon_release(&p);
}

static double distance_to_ring(const rv_ring *ring, rv_point q)
{
    double least = INFINITY;
    for (size_t i = 0, j = ring->n - 1; i < ring->n; j = i++) {
        const rv_point a = ring->p[j], b = ring->p[i];
        const double dx = b.x - a.x, dy = b.y - a.y;
        const double t = fmin(fmax(((q.x - a.x) * dx + (q.y - a.y) * dy) / (dx * dx + dy * dy), 0), 1);
        least = fmin(least, hypot(q.x - a.x - t * dx, q.y - a.y - t * dy));
    }
    return least;
}

static rv_polygon wavy_circle(size_t n, size_t first)
{
    static rv_point v[1000];
    rv_polygon p = { 0 };
    for (size_t i = 0; i < n; i++) {
        const double a = (double)((i + first) % n) / (double)n * 2 * acos(-1.0),
                     r = 50 + 4 * cos(3 * a) + sin(40 * a) * .2;
        v[i] = (rv_point){ 1000 + r * cos(a), 2000 + r * sin(a) };
    }
    CHECK(rv__polygon_ring(&p, v, n) == RV_OK);
    return p;
}

TEST(simplified_rings_stay_within_the_tolerance)
{
    for (double tolerance = .05; tolerance < 20; tolerance *= 2) {
        rv_polygon full = wavy_circle(1000, 0), p = { 0 };
        double worst = 0;
        CHECK(rv_polygon_copy(&p, &full) == RV_OK);
        CHECK(rv__contour_simplify(&p, tolerance) == RV_OK);
        for (size_t i = 0; i < full.ring[0].n; i++)
            worst = fmax(worst, distance_to_ring(&p.ring[0], full.ring[0].p[i]));
        CHECK(worst <= tolerance * (1 + 1e-12));
        CHECK(p.ring[0].n >= 3 && p.ring[0].n < 500);
        rv_polygon_release(&p);
        rv_polygon_release(&full);
    }
}

TEST(simplifying_does_not_depend_on_where_a_ring_begins)
{
    rv_polygon p = wavy_circle(1000, 0), q = wavy_circle(1000, 333);
    CHECK(rv__contour_simplify(&p, .5) == RV_OK && rv__contour_simplify(&q, .5) == RV_OK);
    CHECK(p.ring[0].n == q.ring[0].n);
    for (size_t i = 0; i < p.ring[0].n; i++) {
        bool found = false;
        for (size_t j = 0; j < q.ring[0].n; j++)
            found = found || (p.ring[0].p[i].x == q.ring[0].p[j].x && p.ring[0].p[i].y == q.ring[0].p[j].y);
        CHECK(found);
    }
    rv_polygon_release(&p);
    rv_polygon_release(&q);
}

TEST(a_ring_thinner_than_the_tolerance_keeps_three_points)
{
    const rv_point v[5] = { { 0, 0 }, { 5, -.1 }, { 10, 0 }, { 6, .3 }, { 3, .1 } };
    rv_polygon p = { 0 };
    CHECK(rv__polygon_ring(&p, v, 5) == RV_OK);
    CHECK(rv__contour_simplify(&p, 2) == RV_OK);
    CHECK(p.ring[0].n == 3 && p.ring[0].p[2].x == 6);
    rv_polygon_release(&p);
}

TESTS(RUN(outlines_filled_again_are_the_regions), RUN(a_pixel_has_four_corners_counter_clockwise_as_seen),
      RUN(a_hole_that_touches_the_outside_at_a_corner_is_a_ring_of_its_own),
      RUN(absent_and_scattered_labels_are_errors), RUN(outlining_survives_failing_memory),
      RUN(simplified_rings_stay_within_the_tolerance), RUN(simplifying_does_not_depend_on_where_a_ring_begins),
      RUN(a_ring_thinner_than_the_tolerance_keeps_three_points))

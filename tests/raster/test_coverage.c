/* SPDX-License-Identifier: Apache-2.0 */
/* Shares of pixels against clipping the polygon at each pixel, and sums against the shoelace. */
#include "lib/test.h"

#include "base/mem.h"
#include "base/rng.h"
#include "geo/polygon.h"
#include "raster/coverage.h"

enum { W = 40, H = 36, MOST = 400 };

/* One side of Sutherland and Hodgman's clip: keep sign * (axis coordinate - limit) >= 0. */
static size_t clip_side(rv_point *out, const rv_point *in, size_t n, int axis, double limit, double sign)
{
    size_t k = 0;
    for (size_t i = 0, j = n - 1; i < n; j = i++) {
        const double a = sign * ((axis ? in[j].y : in[j].x) - limit), b = sign * ((axis ? in[i].y : in[i].x) - limit);
        if ((a >= 0) != (b >= 0)) {
            const double t = a / (a - b);
            out[k++] = (rv_point){ in[j].x + t * (in[i].x - in[j].x), in[j].y + t * (in[i].y - in[j].y) };
        }
        if (b >= 0)
            out[k++] = in[i];
    }
    return k;
}

static double ring_share(const rv_ring *ring, double col, double row)
{
    static rv_point a[MOST], b[MOST];
    size_t n = clip_side(a, ring->p, ring->n, 0, col, 1);
    n = clip_side(b, a, n, 0, col + 1, -1);
    n = clip_side(a, b, n, 1, row, 1);
    n = clip_side(b, a, n, 1, row + 1, -1);
    double twice = 0;
    for (size_t i = 0, j = n - 1; i < n; j = i++)
        twice += (b[j].x - col) * (b[i].y - row) - (b[i].x - col) * (b[j].y - row);
    return fabs(twice) / 2;
}

static double share(const rv_polygon *p, double col, double row)
{
    double sum = 0;
    for (size_t r = 0; r < p->n; r++)
        sum += (r ? -1 : 1) * ring_share(&p->ring[r], col, row);
    return sum;
}

/* A simple star around (x, y) with a smaller one as a hole. From five points on the widest gap between two of them is
 * .72 pi, so the outer ring holds a disc of .3 cos(.36 pi) = .128 size and with it the hole. */
static rv_polygon star(rv__rng *rng, double x, double y, double size, size_t n)
{
    rv_polygon p = { 0 };
    rv_point v[64];
    for (int hole = 0; hole < 2; hole++) {
        for (size_t i = 0; i < n; i++) {
            const double angle = ((double)i + rv__rng_between(rng, 0, .8)) / (double)n * 2 * acos(-1.0);
            const double radius = size * (hole ? rv__rng_between(rng, .02, .1) : rv__rng_between(rng, .3, 1));
            v[i] = (rv_point){ x + radius * cos(angle), y + radius * sin(angle) };
        }
        CHECK(rv__polygon_ring(&p, v, n) == RV_OK);
    }
    return p;
}

static double worst_difference(const float *got, const rv_polygon *p, double col0, double row0)
{
    double worst = 0;
    for (int r = 0; r < H; r++) {
        for (int c = 0; c < W; c++)
            worst = fmax(worst, fabs((double)got[r * W + c] - share(p, col0 + c, row0 + r)));
    }
    return worst;
}

TEST(shares_are_those_of_clipping_at_every_pixel)
{
    rv__rng rng;
    static float got[W * H];
    rv__rng_init(&rng, 21, 0, 0, 0);
    for (int k = 0; k < 60; k++) {
        const double col0 = k % 3 ? 1000 * (k % 7) : rv__rng_between(&rng, -5, 5), row0 = k % 2 ? -300 : 17.25;
        const double x = col0 + rv__rng_between(&rng, 0, W);
        const double y = row0 + rv__rng_between(&rng, 0, H);
        rv_polygon p = star(&rng, x, y, rv__rng_between(&rng, .3, 40), 5 + (size_t)k % 40);
        CHECK(rv__coverage(got, W, H, col0, row0, &p) == RV_OK);
        CHECK_NEAR(worst_difference(got, &p, col0, row0), 0, 1e-6);
        rv__polygon_orient(&p, k % 2);
        static float turned[W * H];
        CHECK(rv__coverage(turned, W, H, col0, row0, &p) == RV_OK);
        double most = 0;
        for (int i = 0; i < W * H; i++)
            most = fmax(most, fabs((double)turned[i] - (double)got[i]));
        CHECK_NEAR(most, 0, 1e-6);
        rv_polygon_release(&p);
    }
}

TEST(shares_add_up_to_the_area)
{
    rv__rng rng;
    static float got[W * H];
    rv__rng_init(&rng, 22, 0, 0, 0);
    for (int k = 0; k < 200; k++) {
        rv_polygon p = star(&rng, W / 2.0, H / 2.0, 17, 5 + (size_t)k % 60);
        double sum = 0;
        CHECK(rv__coverage(got, W, H, 0, 0, &p) == RV_OK);
        for (int i = 0; i < W * H; i++)
            sum += (double)got[i];
        CHECK_NEAR(sum, rv_polygon_area(&p), 1e-5);
        rv_polygon_release(&p);
    }
}

TEST(the_area_does_not_depend_on_where_the_pixel_grid_falls)
{
    rv__rng rng;
    static float got[W * H];
    rv__rng_init(&rng, 23, 0, 0, 0);
    rv_polygon p = star(&rng, 0, 0, 15, 9);
    for (int k = 0; k < 100; k++) {
        double sum = 0;
        const double col0 = -18 + rv__rng_uniform(&rng);
        const double row0 = -16.5 + rv__rng_uniform(&rng);
        CHECK(rv__coverage(got, W, H, col0, row0, &p) == RV_OK);
        for (int i = 0; i < W * H; i++)
            sum += (double)got[i];
        CHECK_NEAR(sum, rv_polygon_area(&p), 1e-5);
    }
    rv_polygon_release(&p);
}

TEST(whole_pixels_are_whole)
{
    rv_point box[4] = { { 3, 2 }, { 9, 2 }, { 9, 7 }, { 3, 7 } };
    rv_ring ring = { box, 4 };
    const rv_polygon p = { &ring, 1 };
    static float got[W * H];
    int wrong = 0;
    CHECK(rv__coverage(got, W, H, 0, 0, &p) == RV_OK);
    for (int i = 0; i < W * H; i++) {
        const bool inside = i % W >= 3 && i % W < 9 && i / W >= 2 && i / W < 7;
        wrong += got[i] != (inside ? 1.0f : 0.0f);
    }
    CHECK(wrong == 0);
}

TEST(outlines_far_outside_fill_or_leave_the_window)
{
    rv_point around[4] = { { -1e9, -1e9 }, { 1e9, -1e9 }, { 1e9, 1e9 }, { -1e9, 1e9 } };
    rv_point beside[3] = { { -1e9, -5 }, { -10, 50 }, { -1e9, 1e9 } };
    rv_ring ring = { around, 4 };
    const rv_polygon p = { &ring, 1 };
    static float got[W * H];
    double least = 1, most = 0;
    CHECK(rv__coverage(got, W, H, 0, 0, &p) == RV_OK);
    for (int i = 0; i < W * H; i++)
        least = fmin(least, (double)got[i]);
    CHECK_NEAR(least, 1, 0);
    ring = (rv_ring){ beside, 3 };
    CHECK(rv__coverage(got, W, H, 0, 0, &p) == RV_OK);
    for (int i = 0; i < W * H; i++)
        most = fmax(most, (double)got[i]);
    CHECK_NEAR(most, 0, 0);
}

TEST(almost_level_edges_stay_in_bounds)
{
    rv_point sliver[4] = { { -50, 5 }, { 90, 5 + 1e-300 }, { 90, 5 + 1e-15 }, { -50, 6 } };
    rv_ring ring = { sliver, 4 };
    const rv_polygon p = { &ring, 1 };
    static float got[W * H];
    CHECK(rv__coverage(got, W, H, 0, 0, &p) == RV_OK);
    CHECK_NEAR(worst_difference(got, &p, 0, 0), 0, 1e-6);
}

TEST(points_that_are_none_are_refused)
{
    rv_point bad[3] = { { 0, 0 }, { NAN, 4 }, { 4, 4 } };
    rv_ring ring = { bad, 3 };
    const rv_polygon p = { &ring, 1 };
    static float got[W * H];
    CHECK_FAILS(RV_ERR_RANGE, rv__coverage(got, W, H, 0, 0, &p));
    bad[1].x = INFINITY;
    CHECK_FAILS(RV_ERR_RANGE, rv__coverage(got, W, H, 0, 0, &p));
    rv__mem_fail_nth(1, false);
    bad[1].x = 4;
    CHECK_FAILS(RV_ERR_NOMEM, rv__coverage(got, W, H, 0, 0, &p));
    rv__mem_fail_nth(0, false);
}

TESTS(RUN(shares_are_those_of_clipping_at_every_pixel), RUN(shares_add_up_to_the_area),
      RUN(the_area_does_not_depend_on_where_the_pixel_grid_falls), RUN(whole_pixels_are_whole),
      RUN(outlines_far_outside_fill_or_leave_the_window), RUN(almost_level_edges_stay_in_bounds),
      RUN(points_that_are_none_are_refused))

/* SPDX-License-Identifier: Apache-2.0 */
/* Outlines from runs of pixels that were painted from known shapes. */
#include "base/mem.h"
#include "detect/outline.h"
#include "geo/geos.h"
#include "geo/polygon.h"
#include "lib/oom.h"
#include "lib/test.h"

enum { W = 96, H = 80 };

typedef struct painted {
    uint8_t px[H][W];
    rv__run run[H * W / 2];
    rv__candidate item;
} painted;

static const rv__maps maps = { .w = W, .h = H, .zoom = 1, .window = { 0, 0, W, H } };

/* Runs and box of what is painted. */
static void trace(painted *p)
{
    rv__candidate *c = &p->item;
    *c = (rv__candidate){ .col0 = W, .row0 = H };
    for (int row = 0; row < H; row++)
        for (int col = 0; col < W; col++) {
            if (!p->px[row][col])
                continue;
            rv__run run = { row, col, col };
            while (col < W && p->px[row][col])
                col++;
            run.col1 = col;
            p->run[c->n_runs++] = run;
            c->px += run.col1 - run.col0;
            c->col0 = run.col0 < c->col0 ? run.col0 : c->col0;
            c->col1 = run.col1 > c->col1 ? run.col1 : c->col1;
            c->row0 = row < c->row0 ? row : c->row0;
            c->row1 = row + 1;
        }
}

static void paint_box(painted *p, const int box[4], int value)
{
    for (int row = box[1]; row < box[3]; row++)
        memset(&p->px[row][box[0]], value, (size_t)(box[2] - box[0]));
}

static void paint_turned(painted *p, const double half[2], double angle)
{
    for (int row = 0; row < H; row++)
        for (int col = 0; col < W; col++) {
            const double x = col + .5 - W / 2., y = row + .5 - H / 2.;
            const double u = x * cos(angle) + y * sin(angle), v = y * cos(angle) - x * sin(angle);
            p->px[row][col] = fabs(u) <= half[0] && fabs(v) <= half[1];
        }
}

static rv_polygon outline_of(painted *p, double pixel_m)
{
    rv_polygon out = { 0 };
    trace(p);
    CHECK_FAILS(RV_OK, rv__outline(&out, &p->item, p->run, &maps, pixel_m));
    return out;
}

TEST(a_turned_rectangle_becomes_four_corners_that_overlap_it_and_have_its_area)
{
    static painted p;
    for (int k = 0; k < 9; k++) {
        const double angle = .02 + .17 * k, half[2] = { 22, 9.5 }, c = cos(angle), s = sin(angle);
        paint_turned(&p, half, angle);
        rv_polygon got = outline_of(&p, 3), truth = { 0 };
        rv_point corner[4];
        for (int i = 0; i < 4; i++) {
            const double u = i == 0 || i == 3 ? half[0] : -half[0], v = i < 2 ? half[1] : -half[1];
            corner[i] = (rv_point){ W / 2. + u * c - v * s, H / 2. + u * s + v * c };
        }
        double iou = 0;
        CHECK_FAILS(RV_OK, rv__polygon_ring(&truth, corner, 4));
        CHECK(got.n == 1 && got.ring[0].n == 4);
        CHECK_NEAR(rv_polygon_area(&got), p.item.px, .01);
        CHECK_FAILS(RV_OK, rv__polygon_iou(&iou, &got, &truth));
        CHECK(iou > .93);
        rv_polygon_release(&got);
        rv_polygon_release(&truth);
    }
}

/* An L fills 7/16 of its box: it keeps its corners. */
static void paint_l(painted *p)
{
    memset(p->px, 0, sizeof p->px);
    paint_box(p, (const int[4]){ 20, 20, 60, 60 }, 1);
    paint_box(p, (const int[4]){ 30, 20, 60, 50 }, 0);
}

TEST(an_angle_keeps_its_corners)
{
    static painted p;
    paint_l(&p);
    rv_polygon got = outline_of(&p, 3);
    CHECK(got.n == 1 && got.ring[0].n == 6);
    CHECK_NEAR(rv_polygon_area(&got), 700, 1e-9);
    rv_polygon_release(&got);
}

static rv_polygon angle_with_hole(painted *p, const int hole[4])
{
    paint_l(p);
    paint_box(p, hole, 0);
    return outline_of(p, 3);
}

TEST(a_skylight_is_filled)
{
    static painted p;
    rv_polygon got = angle_with_hole(&p, (const int[4]){ 22, 30, 28, 36 });
    CHECK(got.n == 1);
    CHECK_NEAR(rv_polygon_area(&got), 700, 1e-9);
    rv_polygon_release(&got);
}

TEST(a_court_stays_a_hole)
{
    static painted p;
    memset(p.px, 0, sizeof p.px);
    paint_box(&p, (const int[4]){ 20, 20, 60, 60 }, 1);
    paint_box(&p, (const int[4]){ 27, 27, 53, 53 }, 0); /* 42 % of the whole; the rest is less than .65 of the box */
    rv_polygon got = outline_of(&p, 3);
    CHECK(got.n == 2 && got.ring[0].n == 4 && got.ring[1].n == 4);
    CHECK_NEAR(rv_polygon_area(&got), 1600 - 26 * 26, 1e-9);
    rv_polygon_release(&got);
}

/* Teeth of one px on the long side of an angle, at 3 m and at half a metre a px; unknown scale is like large px. */
TEST(teeth_below_the_tolerance_in_metres_are_straightened)
{
    static painted p;
    const double pixel_m[] = { 3, .25, 0 };
    size_t corners[3];
    for (int k = 0; k < 3; k++) {
        paint_l(&p);
        for (int row = 20; row < 60; row += 8) /* 2 px deep */
            paint_box(&p, (const int[4]){ 18, row, 20, row + 4 }, 1);
        rv_polygon got = outline_of(&p, pixel_m[k]);
        corners[k] = got.ring[0].n;
        rv_polygon_release(&got);
    }
    CHECK(corners[0] > 12);          /* 2 px are 6 m: a real jag */
    CHECK(corners[1] <= 8);          /* 2 px are half a metre, below .8 m */
    CHECK(corners[2] == corners[0]); /* a px is all that can be said */
}

TEST(fine_px_and_window_lead_to_px_of_the_grid_and_then_to_the_map)
{
    static painted p;
    const rv__maps zoomed = { .w = W, .h = H, .zoom = 2, .window = { 100, 200, W / 2, H / 2 } };
    const rv_grid grid = { .gt = { 1000, 3, 0, 5000, 0, -3 }, .width = 400, .height = 400 };
    rv_polygon out = { 0 };
    double bounds[4];
    memset(p.px, 0, sizeof p.px);
    paint_box(&p, (const int[4]){ 20, 20, 60, 40 }, 1);
    trace(&p);
    CHECK_FAILS(RV_OK, rv__outline(&out, &p.item, p.run, &zoomed, 1.5));
    rv__polygon_bounds(bounds, &out);
    CHECK_NEAR(bounds[0], 110, 1e-9);
    CHECK_NEAR(bounds[1], 210, 1e-9);
    CHECK_NEAR(bounds[2], 130, 1e-9);
    CHECK_NEAR(bounds[3], 220, 1e-9);
    rv__outline_to_map(&out, &grid);
    rv__polygon_bounds(bounds, &out);
    CHECK_NEAR(bounds[0], 1330, 1e-9);
    CHECK_NEAR(bounds[3], 4370, 1e-9);
    CHECK(rv__ring_area(&out.ring[0]) > 0); /* counter-clockwise with y up */
    rv_polygon_release(&out);
}

static int outline_and_free(void *user)
{
    painted *p = user;
    rv_polygon out = { 0 };
    const int err = rv__outline(&out, &p->item, p->run, &maps, 3);
    rv_polygon_release(&out);
    return err;
}

TEST(an_outline_survives_any_failed_allocation)
{
    static painted p;
    paint_l(&p);
    paint_box(&p, (const int[4]){ 22, 30, 28, 36 }, 0);
    trace(&p);
    CHECK_SURVIVES_OOM(outline_and_free, &p);
    paint_turned(&p, (const double[2]){ 22, 9.5 }, .4);
    trace(&p);
    CHECK_SURVIVES_OOM(outline_and_free, &p);
}

TESTS(RUN(a_turned_rectangle_becomes_four_corners_that_overlap_it_and_have_its_area), RUN(an_angle_keeps_its_corners),
      RUN(a_skylight_is_filled), RUN(a_court_stays_a_hole), RUN(teeth_below_the_tolerance_in_metres_are_straightened),
      RUN(fine_px_and_window_lead_to_px_of_the_grid_and_then_to_the_map),
      RUN(an_outline_survives_any_failed_allocation))

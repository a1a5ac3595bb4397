/* SPDX-License-Identifier: Apache-2.0 */
/* What edges tell of a region in a pair of fine pictures. */
#include "detect/edges.h"
#include "hand.h"

enum { W = 60, H = 50 };

static const int box[4] = { 20, 15, 40, 35 };

static hand fine_pair(void)
{
    hand h = hand_make(W, H, 1, 1, true);
    h.scale.n = 2;
    h.scale.pairs = h.scale.traits = true;
    h.scale.slack = 2;
    for (int e = 0; e < 2; e++)
        for (int i = 0; i < RV__RANKS; i++)
            h.scale.rank[e][RV__CHANNELS][i] = (float)i;
    return h;
}

/* Edges of the four sides of the box moved by (dx, dy); two sides may be left open, as of a road. */
static void draw_sides(float *edge, const hand *h, int dx, int dy, bool open)
{
    const int c0 = box[0] + dx, r0 = box[1] + dy, c1 = box[2] + dx, r1 = box[3] + dy;
    hand_box(edge, h, (const int[4]){ c0, r0, c1, r0 + 1 }, 20);
    hand_box(edge, h, (const int[4]){ c0, r1 - 1, c1, r1 }, 20);
    if (open)
        return;
    hand_box(edge, h, (const int[4]){ c0, r0, c0 + 1, r1 }, 20);
    hand_box(edge, h, (const int[4]){ c1 - 1, r0, c1, r1 }, 20);
}

static rv__candidate measured(const hand *h)
{
    rv__run run[H];
    rv__part patch = { 0 };
    rv__candidate c = { .col0 = box[0], .row0 = box[1], .col1 = box[2], .row1 = box[3], .px = 400, .n_runs = 20 };
    for (int i = 0; i < 20; i++)
        run[i] = (rv__run){ box[1] + i, box[0], box[2] };
    CHECK_FAILS(RV_OK, rv__traits_measure(&c, run, &h->maps, &h->scale, &patch));
    rv__part_release(&patch);
    return c;
}

TEST(a_road_open_at_both_ends_is_not_closed)
{
    hand closed = fine_pair(), open = fine_pair();
    draw_sides(closed.maps.edge_after, &closed, 0, 0, false);
    draw_sides(open.maps.edge_after, &open, 0, 0, true);
    CHECK(measured(&closed).closed[RV__AFTER] > .6f);
    CHECK(measured(&open).closed[RV__AFTER] < .1f);
    rv__maps_release(&closed.maps);
    rv__maps_release(&open.maps);
}

TEST(edges_inside_as_strong_as_those_along_the_boundary_make_no_ridge)
{
    hand roof = fine_pair(), wood = fine_pair();
    draw_sides(roof.maps.edge_after, &roof, 0, 0, false);
    hand_box(wood.maps.edge_after, &wood, (const int[4]){ 0, 0, W, H }, 20);
    CHECK(measured(&roof).ridge[RV__AFTER] > 2);
    CHECK_NEAR(measured(&wood).ridge[RV__AFTER], 0, 1e-5);
    rv__maps_release(&roof.maps);
    rv__maps_release(&wood.maps);
}

TEST(edges_that_only_moved_within_slack_are_near)
{
    hand h = fine_pair();
    draw_sides(h.maps.edge_after, &h, 0, 0, false);
    draw_sides(h.maps.edge_before, &h, 2, 2, false);
    const rv__candidate c = measured(&h);
    CHECK(c.near > .9f && c.alike < .5f);
    rv__maps_release(&h.maps);
}

TEST(a_shadow_on_one_side_is_shade)
{
    hand h = fine_pair();
    hand_box(h.maps.after[RV__LIGHT], &h, (const int[4]){ 0, box[3], W, H }, -1);
    const rv__candidate c = measured(&h);
    CHECK(c.shade[RV__AFTER] < -.5f);
    CHECK_NEAR(c.shade[RV__BEFORE], 0, 1e-6);
    rv__maps_release(&h.maps);
}

TESTS(RUN(a_road_open_at_both_ends_is_not_closed),
      RUN(edges_inside_as_strong_as_those_along_the_boundary_make_no_ridge),
      RUN(edges_that_only_moved_within_slack_are_near), RUN(a_shadow_on_one_side_is_shade))

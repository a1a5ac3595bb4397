/* SPDX-License-Identifier: Apache-2.0 */
/* What is measured on a region of planes that are plain enough to do it in the head. */
#include "detect/traits.h"
#include "hand.h"
#include "lib/oom.h"

enum { W = 50, H = 44 };

static const int object[4] = { 20, 16, 30, 24 };

/* Ring and gap at half a metre: 2 px are left out, the next 4 are the ring. */
static const int around[4] = { 14, 10, 36, 30 };

static rv__candidate measured(const hand *h)
{
    rv__run run[H];
    rv__part patch = { 0 };
    rv__candidate c = {
        .col0 = object[0], .row0 = object[1], .col1 = object[2], .row1 = object[3], .px = 80, .n_runs = 8
    };
    for (int i = 0; i < 8; i++)
        run[i] = (rv__run){ object[1] + i, object[0], object[2] };
    CHECK_FAILS(RV_OK, rv__traits_measure(&c, run, &h->maps, &h->scale, &patch));
    rv__part_release(&patch);
    return c;
}

TEST(contrast_is_the_object_minus_its_ring_in_noise_units)
{
    hand h = hand_make(W, H, 1, 3, true);
    h.scale.noise[RV__LIGHT] = .5f;
    hand_box(h.maps.after[RV__LIGHT], &h, (const int[4]){ 0, 0, W, H }, 9); /* beyond the ring: not read */
    hand_box(h.maps.after[RV__LIGHT], &h, around, 1);
    hand_box(h.maps.after[RV__LIGHT], &h, (const int[4]){ 18, 14, 32, 26 }, -7); /* the gap: not read */
    hand_box(h.maps.after[RV__LIGHT], &h, object, 4);
    const rv__candidate c = measured(&h);
    CHECK_NEAR(c.contrast[RV__AFTER][RV__LIGHT], 6, 1e-5);
    CHECK_NEAR(c.contrast[RV__AFTER][RV__WARM], 0, 1e-6);
    CHECK_NEAR(c.contrast[RV__BEFORE][RV__LIGHT], 0, 1e-6);
    CHECK_NEAR(c.separation[RV__AFTER], 3 / sqrt(2 * .25), 1e-5); /* no spread but the noise of both sides */
    CHECK_NEAR(c.leak[RV__AFTER], 0, 1e-6);
    CHECK_NEAR(c.seen, 1, 0);
    rv__maps_release(&h.maps);
}

TEST(a_ring_that_is_half_like_the_object_leaks_by_half)
{
    hand h = hand_make(W, H, 1, 1, false);
    hand_box(h.maps.after[RV__LIGHT], &h, (const int[4]){ 0, 0, 25, H }, 4); /* the object's left half goes on */
    hand_box(h.maps.after[RV__LIGHT], &h, object, 4);
    const rv__candidate c = measured(&h);
    CHECK_NEAR(c.leak[RV__AFTER], .5, .01);
    CHECK_NEAR(c.contrast[RV__AFTER][RV__LIGHT], 2, .05);
    rv__maps_release(&h.maps);
}

TEST(kept_is_none_of_a_new_thing_and_all_of_an_old)
{
    hand h = hand_make(W, H, 1, 3, true);
    hand_box(h.maps.after[RV__WARM], &h, object, 5);
    rv__candidate c = measured(&h);
    CHECK_NEAR(c.kept, 0, 1e-5);
    hand_box(h.maps.before[RV__WARM], &h, object, 5);
    c = measured(&h);
    CHECK_NEAR(c.kept, 1, 1e-5);
    CHECK_NEAR(c.had, 1, 1e-5);
    hand_box(h.maps.after[RV__WARM], &h, object, 0);
    c = measured(&h);
    CHECK_NEAR(c.had, 0, 1e-5);
    rv__maps_release(&h.maps);
}

/* A roof that seems to stand 3 px aside in both directions: it is there within the slack, not in its place. */
TEST(a_thing_that_only_leans_is_not_new)
{
    hand h = hand_make(W, H, 1, 1, true);
    hand_box(h.maps.after[RV__LIGHT], &h, object, 5);
    hand_box(h.maps.before[RV__LIGHT], &h, (const int[4]){ 23, 19, 33, 27 }, 5);
    const float stiff = measured(&h).kept;
    h.scale.slack = 3;
    const float slack = measured(&h).kept;
    CHECK(stiff < .5f && slack > .5f); /* half is enough: below that it would be new */
    rv__maps_release(&h.maps);
}

/* The same change of contrast, once by the object and once by the ground beside it. */
TEST(own_is_all_when_the_object_changes_and_nothing_when_its_ring_does)
{
    hand h = hand_make(W, H, 1, 1, true);
    hand_box(h.maps.after[RV__LIGHT], &h, object, 5);
    CHECK_NEAR(measured(&h).own, 1, 1e-5);
    hand_box(h.maps.after[RV__LIGHT], &h, (const int[4]){ 0, 0, W, H }, -5);
    hand_box(h.maps.after[RV__LIGHT], &h, object, 0);
    CHECK_NEAR(measured(&h).own, 0, 1e-5);
    for (int i = 0; i < RV__RANKS;
         i++) /* the whole scene grew darker by 5: then it is the object that did not follow */
        h.scale.rank[RV__AFTER][RV__LIGHT][i] = -5;
    CHECK_NEAR(measured(&h).own, 1, 1e-5);
    rv__maps_release(&h.maps);
}

TEST(a_shadow_beside_it_shows_on_the_side_away_from_the_sun_alone)
{
    hand h = hand_make(W, H, 1, 1, true);
    hand_box(h.maps.after[RV__LIGHT], &h, object, 3);
    hand_box(h.maps.after[RV__LIGHT], &h, (const int[4]){ 20, 13, 30, 16 }, -2); /* to the north */
    CHECK_NEAR(measured(&h).shadow[RV__AFTER], 0, 0);                            /* where the sun is, is not known */
    h.scale.shadow[1] = -1;
    CHECK_NEAR(measured(&h).shadow[RV__AFTER], -2, 1e-5);
    h.scale.shadow[1] = 1;
    CHECK(measured(&h).shadow[RV__AFTER] > 0);
    rv__maps_release(&h.maps);
}

TEST(edges_are_read_along_the_boundary_and_seen_is_a_share)
{
    hand h = hand_make(W, H, 1, 1, true);
    hand_box(h.maps.edge_after, &h, object, 4);
    hand_box(h.maps.edge_after, &h, (const int[4]){ 21, 17, 29, 23 }, 0); /* the inside does not count */
    for (int row = object[1]; row < object[1] + 2; row++)
        memset(h.maps.seen + row * W, 0, W);
    const rv__candidate c = measured(&h);
    CHECK_NEAR(c.edge[RV__AFTER], 4, 1e-6);
    CHECK_NEAR(c.edge[RV__BEFORE], 0, 1e-6);
    CHECK_NEAR(c.rough, (2 * 10 + 2 * 6) / sqrt(80), 1e-9);
    CHECK_NEAR(c.seen, .75, 1e-9);
    rv__maps_release(&h.maps);
}

TEST(an_object_in_the_corner_of_the_picture_is_measured_on_the_ring_that_is_there)
{
    hand h = hand_make(W, H, 1, 1, false);
    const rv__run run[2] = { { 0, 0, 5 }, { 1, 0, 5 } };
    rv__part patch = { 0 };
    rv__candidate c = { .col1 = 5, .row1 = 2, .px = 10, .n_runs = 2 };
    hand_box(h.maps.after[RV__LIGHT], &h, (const int[4]){ 0, 0, 5, 2 }, 3);
    CHECK_FAILS(RV_OK, rv__traits_measure(&c, run, &h.maps, &h.scale, &patch));
    CHECK_NEAR(c.contrast[RV__AFTER][RV__LIGHT], 3, 1e-5);
    rv__part_release(&patch);
    rv__maps_release(&h.maps);
}

TESTS(RUN(contrast_is_the_object_minus_its_ring_in_noise_units), RUN(a_ring_that_is_half_like_the_object_leaks_by_half),
      RUN(kept_is_none_of_a_new_thing_and_all_of_an_old), RUN(a_thing_that_only_leans_is_not_new),
      RUN(own_is_all_when_the_object_changes_and_nothing_when_its_ring_does),
      RUN(a_shadow_beside_it_shows_on_the_side_away_from_the_sun_alone),
      RUN(edges_are_read_along_the_boundary_and_seen_is_a_share),
      RUN(an_object_in_the_corner_of_the_picture_is_measured_on_the_ring_that_is_there))

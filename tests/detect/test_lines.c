/* SPDX-License-Identifier: Apache-2.0 */
/* New lines in planes drawn by hand: 2 px wide of 3 m, 5 noise units above ground that is rough by one. */
#include "base/rng.h"
#include "detect/lines.h"
#include "hand.h"
#include "lib/oom.h"

enum { W = 140, H = 120 };

static hand rough_ground(uint64_t seed)
{
    hand h = hand_make(W, H, 1, 3, true);
    rv__rng g;
    h.scale.fine_m = 3;
    for (int k = 0; k < 3; k++)
        for (int e = 0; e < 2; e++) {
            rv__rng_init(&g, seed, (uint32_t)k, (uint32_t)e, 0);
            float *plane = e ? h.maps.after[k] : h.maps.before[k];
            for (int i = 0; i < W * H; i++)
                plane[i] = (float)rv__rng_normal(&g);
        }
    return h;
}

/* Adds value where a px is within 1 px of the curve row = 60 + slope (col - 70) + bow sin. */
static void draw(float *plane, const int cols[2], double slope, double bow, float value)
{
    for (int col = cols[0]; col < cols[1]; col++) {
        const double row = 60 + slope * (col - 70) + bow * sin(col / 30.0);
        for (int r = (int)floor(row); r <= (int)floor(row) + 1; r++)
            if (r >= 0 && r < H)
                plane[r * W + col] += value;
    }
}

static rv__candidates found(hand *h)
{
    rv__candidates list = { 0 };
    CHECK_FAILS(RV_OK, rv__lines_find(&list, &h->maps, &h->scale));
    return list;
}

TEST(a_new_line_is_found_straight_or_curved_bright_or_dark)
{
    static const double slopes[] = { 0, .3, -.7 }, bows[] = { 0, 0, 9 };
    for (int k = 0; k < 6; k++) {
        hand h = rough_ground((uint64_t)k);
        draw(h.maps.after[k % 3], (const int[2]){ 8, 132 }, slopes[k % 3], bows[k % 3], k < 3 ? 5 : -5);
        rv__candidates list = found(&h);
        CHECK(list.n >= 1);
        double longest = 0;
        for (size_t i = 0; i < list.n; i++) {
            const rv__candidate *c = &list.v[i];
            CHECK(c->signal == RV__LINE && c->elongation >= 7 && c->kept < .45f);
            longest = fmax(longest, c->col1 - c->col0);
        }
        CHECK(longest > 80); /* of 124 */
        rv__candidates_release(&list);
        rv__maps_release(&h.maps);
    }
}

TEST(what_was_there_before_what_is_short_and_the_edge_of_a_field_are_no_new_lines)
{
    for (int k = 0; k < 4; k++) {
        hand h = rough_ground((uint64_t)k + 20);
        draw(h.maps.after[0], (const int[2]){ 8, k == 1 ? 20 : 132 }, .2, 0, k > 1 ? 0 : 5);
        if (k == 0)
            draw(h.maps.before[0], (const int[2]){ 8, 132 }, .2, 0, 5);
        for (int i = 0; k == 2 && i < W * H; i++)
            h.maps.after[0][i] += i / W > 60 + .2 * (i % W - 70) ? 5 : 0;
        rv__candidates list = found(&h);
        CHECK(list.n == 0);
        rv__candidates_release(&list);
        rv__maps_release(&h.maps);
    }
}

TEST(lines_that_cross_are_two)
{
    hand h = rough_ground(5);
    draw(h.maps.after[0], (const int[2]){ 8, 132 }, .6, 0, 6);
    draw(h.maps.after[0], (const int[2]){ 8, 132 }, -.6, 0, 6);
    rv__candidates list = found(&h);
    CHECK(list.n >= 2);
    for (size_t i = 0; i < list.n; i++)
        for (size_t k = 1; k < list.v[i].n_runs; k++) /* rows follow one another: a region is in one piece */
            CHECK(list.run.v[list.v[i].run + k].row - list.run.v[list.v[i].run + k - 1].row <= 1);
    rv__candidates_release(&list);
    rv__maps_release(&h.maps);
}

static int find_and_free(void *user)
{
    hand *h = user;
    rv__candidates list = { 0 };
    const int err = rv__lines_find(&list, &h->maps, &h->scale);
    rv__candidates_release(&list);
    return err;
}

TEST(finding_lines_survives_any_failed_allocation)
{
    hand h = rough_ground(1);
    draw(h.maps.after[0], (const int[2]){ 8, 132 }, .3, 0, 5);
    CHECK_SURVIVES_OOM(find_and_free, &h);
    rv__maps_release(&h.maps);
}

TESTS(RUN(a_new_line_is_found_straight_or_curved_bright_or_dark),
      RUN(what_was_there_before_what_is_short_and_the_edge_of_a_field_are_no_new_lines), RUN(lines_that_cross_are_two),
      RUN(finding_lines_survives_any_failed_allocation))

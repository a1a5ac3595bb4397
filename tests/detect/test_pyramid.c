/* SPDX-License-Identifier: Apache-2.0 */
/* Large things are found on the halved pictures, come back to the fine grid, and are measured where they are middling. */
#include "detect/pyramid.h"
#include "hand.h"
#include "lib/oom.h"

enum { W = 251, H = 201 };

static const int hall[4] = { 40, 40, 200, 160 };

/* A bright hall with a dark joint, one px wide, every 8 px. */
static hand draw_hall(int scales)
{
    hand h = hand_make(W, H, 1, 1, true);
    h.scale.n = 2;
    h.scale.scales = scales;
    h.scale.pixel_m = h.scale.fine_m = .5;
    h.scale.min_px = 100;
    h.scale.max_px = 60000;
    h.scale.highpass = 400;
    hand_box(h.maps.after[RV__LIGHT], &h, hall, 4);
    for (int col = hall[0] + 7; col < hall[2]; col += 8)
        hand_box(h.maps.after[RV__LIGHT], &h, (const int[4]){ col, hall[1], col + 1, hall[3] }, 0);
    for (int signal = 0; signal < RV__SIGNALS; signal++)
        for (int level = 0; level < RV__LEVELS; level++)
            for (int i = 0; i < RV__SCALES; i++) {
                rv__cuts *own = i ? &h.scale.coarser[i - 1] : NULL;
                (own ? own->level : h.scale.level)[signal][0][level] = .5f + .2f * (float)level;
                (own ? own->level : h.scale.level)[signal][1][level] = 100;
                (own ? own->noise : h.scale.noise)[0] = 1;
            }
    return h;
}

static double best_overlap(const hand *h)
{
    rv__candidates list = { 0 };
    double best = 0;
    CHECK_FAILS(RV_OK, rv__pyramid_find(&list, &h->maps, &h->scale));
    for (size_t i = 0; i < list.n; i++) {
        const rv__candidate *c = &list.v[i];
        double n = 0, in = 0;
        for (size_t k = 0; k < c->n_runs; k++) {
            const rv__run *r = &list.run.v[c->run + k];
            CHECK(r->row >= 0 && r->row < H && r->col0 >= 0 && r->col0 < r->col1 && r->col1 <= W);
            n += r->col1 - r->col0;
            for (int col = r->col0; col < r->col1; col++)
                in += col >= hall[0] && col < hall[2] && r->row >= hall[1] && r->row < hall[3];
        }
        CHECK_NEAR(n, c->px, 0);
        best = fmax(best, in / (n + 160 * 120 - in));
    }
    rv__candidates_release(&list);
    return best;
}

TEST(a_hall_cut_up_by_its_joints_is_whole_on_the_halved_pictures)
{
    hand one = draw_hall(1), three = draw_hall(3);
    CHECK(best_overlap(&one) < .1);
    CHECK(best_overlap(&three) > .95);
    rv__maps_release(&one.maps);
    rv__maps_release(&three.maps);
}

TEST(halving_takes_means_of_four_and_keeps_the_last_odd_row)
{
    hand h = hand_make(5, 3, 1, 1, true);
    rv__maps half = { 0 };
    for (int i = 0; i < 15; i++)
        h.maps.after[RV__LIGHT][i] = (float)i;
    CHECK_FAILS(RV_OK, rv__maps_halve(&half, &h.maps, NULL));
    CHECK(half.w == 3 && half.h == 2);
    CHECK_NEAR(half.after[RV__LIGHT][0], (0 + 1 + 5 + 6) / 4., 1e-6);
    CHECK_NEAR(half.after[RV__LIGHT][2], (4 + 9) / 2., 1e-6);
    CHECK_NEAR(half.after[RV__LIGHT][5], 14, 1e-6);
    rv__maps_release(&half);
    rv__maps_release(&h.maps);
}

static int find_and_free(void *user)
{
    const hand *h = user;
    rv__candidates list = { 0 };
    const int err = rv__pyramid_find(&list, &h->maps, &h->scale);
    rv__candidates_release(&list);
    return err;
}

TEST(the_pyramid_survives_any_failed_allocation)
{
    hand h = hand_make(40, 30, 1, 1, true);
    h.scale.scales = 2;
    hand_box(h.maps.after[RV__LIGHT], &h, (const int[4]){ 8, 6, 28, 20 }, 4);
    h.scale.max_px = 6000;
    for (int level = 0; level < RV__LEVELS; level++)
        h.scale.level[0][0][level] = h.scale.coarser[0].level[0][0][level] = 1 + .1f * (float)level;
    h.scale.coarser[0].noise[0] = 1;
    CHECK_SURVIVES_OOM(find_and_free, &h);
    rv__maps_release(&h.maps);
}

TESTS(RUN(a_hall_cut_up_by_its_joints_is_whole_on_the_halved_pictures),
      RUN(halving_takes_means_of_four_and_keeps_the_last_odd_row), RUN(the_pyramid_survives_any_failed_allocation))

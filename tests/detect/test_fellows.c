/* SPDX-License-Identifier: Apache-2.0 */
/* What is counted around a candidate: others, likely ones, near ones; of its size, and along it. */
#include "base/mem.h"
#include "detect/fellows.h"
#include "hand.h"
#include "lib/oom.h"
#include "lib/test.h"

enum { W = 200, H = 120 };

static const rv__maps maps = { .w = W, .h = H, .zoom = 2, .channels = 3 };
static const rv__scale scale = { .zoom = 2, .fine_m = 1.5, .fitted = true };
static const double CHANCE = 0.8807970779778823; /* of ln odds of 2 */

/* The first of the list, counted. */
static rv__candidate counted(rv__candidates *list)
{
    rv__fellows around = { 0 };
    CHECK_FAILS(RV_OK, rv__fellows_find(&around, list, &maps));
    rv__candidate c = list->v[0];
    rv__fellows_count(&c, list->run.v + c.run, &around, &scale);
    rv__fellows_release(&around);
    rv__candidates_release(list);
    return c;
}

TEST(a_row_of_three_gives_the_middle_one_two_fellows_along_it)
{
    rv__candidates list = { 0 };
    hand_add(&list, (const int[4]){ 30, 20, 60, 26 }, 2);
    hand_add(&list, (const int[4]){ 30, 28, 60, 34 }, 2);
    hand_add(&list, (const int[4]){ 30, 12, 60, 18 }, 2);
    const rv__candidate c = counted(&list);
    CHECK(c.among);
    CHECK_NEAR(c.alone, 2, 1e-6);
    CHECK_NEAR(c.fellows, 2 * CHANCE, 1e-6);
    CHECK_NEAR(c.parallel, 2 * CHANCE, 1e-6);
    CHECK_NEAR(c.crowd, 2 * CHANCE, 1e-6);
    CHECK_NEAR(c.fellow, CHANCE, 1e-6);
}

TEST(neither_it_nor_another_cut_of_it_is_its_fellow)
{
    rv__candidates list = { 0 };
    hand_add(&list, (const int[4]){ 30, 20, 60, 26 }, 2);
    hand_add(&list, (const int[4]){ 31, 20, 60, 27 }, 3); /* is chosen in its place */
    const rv__candidate c = counted(&list);
    CHECK(c.among);
    CHECK_NEAR(c.crowd, 0, 0);
}

TEST(a_larger_one_is_company_but_no_fellow_and_one_askew_is_a_fellow_not_along_it)
{
    rv__candidates list = { 0 };
    hand_add(&list, (const int[4]){ 30, 20, 60, 26 }, 2);
    hand_add(&list, (const int[4]){ 80, 12, 110, 40 }, 2);
    CHECK_NEAR(counted(&list).fellows, 0, 0);
    hand_add(&list, (const int[4]){ 30, 20, 60, 26 }, 2);
    hand_add(&list, (const int[4]){ 80, 12, 110, 40 }, 2);
    CHECK_NEAR(counted(&list).crowd, CHANCE, 1e-6);
    rv__run stairs[24];
    rv__candidate askew = { .col0 = 80, .row0 = 10, .col1 = 110, .row1 = 34, .n_runs = 24, .px = 24 * 7, .score = 2 };
    for (int i = 0; i < 24; i++)
        stairs[i] = (rv__run){ 10 + i, 80 + i, 87 + i };
    hand_add(&list, (const int[4]){ 30, 20, 60, 26 }, 2);
    CHECK_FAILS(RV_OK, rv__candidates_add(&list, &askew, stairs));
    const rv__candidate c = counted(&list);
    CHECK_NEAR(c.fellows, CHANCE, 1e-6);
    CHECK_NEAR(c.parallel, 0, 0);
}

TEST(far_ones_unlikely_ones_and_old_ones_are_no_company)
{
    rv__candidates list = { 0 };
    hand_add(&list, (const int[4]){ 30, 20, 60, 26 }, 2);
    hand_add(&list, (const int[4]){ 30, 67, 60, 73 }, 2);  /* 61.5 m */
    hand_add(&list, (const int[4]){ 30, 28, 60, 34 }, -3); /* below what is counted */
    hand_add(&list, (const int[4]){ 30, 12, 60, 18 }, 2);
    list.v[3].hypothesis = RV__STOOD;
    CHECK_NEAR(counted(&list).crowd, 0, 0);
}

TEST(what_no_company_could_lift_is_left_alone)
{
    rv__candidates list = { 0 };
    hand_add(&list, (const int[4]){ 30, 20, 60, 26 }, -5);
    hand_add(&list, (const int[4]){ 30, 28, 60, 34 }, 2);
    CHECK(!counted(&list).among);
}

static int find_and_release(void *user)
{
    rv__fellows around = { 0 };
    const int err = rv__fellows_find(&around, user, &maps);
    rv__fellows_release(&around);
    return err;
}

TEST(scores_are_as_before_whatever_allocation_failed)
{
    rv__candidates list = { 0 };
    hand_add(&list, (const int[4]){ 30, 20, 60, 26 }, 2);
    hand_add(&list, (const int[4]){ 30, 28, 60, 34 }, 1);
    list.v[1].hypothesis = RV__GONE;
    CHECK_SURVIVES_OOM(find_and_release, &list);
    CHECK_NEAR(list.v[1].score, 1, 0);
    rv__candidates_release(&list);
}

TESTS(RUN(a_row_of_three_gives_the_middle_one_two_fellows_along_it),
      RUN(neither_it_nor_another_cut_of_it_is_its_fellow),
      RUN(a_larger_one_is_company_but_no_fellow_and_one_askew_is_a_fellow_not_along_it),
      RUN(far_ones_unlikely_ones_and_old_ones_are_no_company), RUN(what_no_company_could_lift_is_left_alone),
      RUN(scores_are_as_before_whatever_allocation_failed))

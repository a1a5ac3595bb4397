/* SPDX-License-Identifier: Apache-2.0 */
/* Which of overlapping candidates stand: the better one, and the parts of a whole where together they are worth more. */
#include "base/mem.h"
#include "detect/choose.h"
#include "hand.h"
#include "lib/oom.h"
#include "lib/test.h"

enum { W = 80, H = 60 };

static const double NO_LIMIT[RV__HYPOTHESES] = { 0 };
static const rv__maps maps = { .w = W, .h = H, .zoom = 1, .channels = 3 };

static void expect(const rv__candidates *list, double limit, bool parts, const size_t *want, size_t n_want)
{
    size_t *order = NULL, n = 0;
    CHECK_FAILS(RV_OK,
                rv__choose(&order, &n, list, &maps, (double[RV__HYPOTHESES]){ limit, limit, limit, limit }, parts));
    CHECK(n == n_want);
    for (size_t i = 0; i < n && i < n_want; i++)
        CHECK(order[i] == want[i]);
    rv__free(order);
}

TEST(the_better_of_two_that_overlap_stays_and_neighbours_do_too)
{
    rv__candidates list = { 0 };
    hand_add(&list, (const int[4]){ 5, 5, 15, 15 }, 3);   /* 0: half of it is taken by 1 */
    hand_add(&list, (const int[4]){ 10, 5, 20, 15 }, 7);  /* 1 */
    hand_add(&list, (const int[4]){ 18, 5, 28, 15 }, 5);  /* 2: only a fifth is taken */
    hand_add(&list, (const int[4]){ 30, 20, 40, 30 }, 5); /* 3: equal to 2, so after it */
    hand_add(&list, (const int[4]){ 31, 21, 35, 25 }, 4); /* 4: inside 3, alone and worth less */
    hand_add(&list, (const int[4]){ 60, 40, 70, 50 }, 1); /* 5: not above the limit */
    expect(&list, 1, true, (const size_t[]){ 1, 2, 3 }, 3);
    rv__candidates_release(&list);
}

/* A block of 30 x 10 px that scores 6, with houses of 8 x 8 px in it. Above a limit of 2 it is worth 4. */
TEST(a_row_of_houses_is_its_houses_where_they_are_worth_more_than_the_block)
{
    for (int houses = 2; houses <= 3; houses++) {
        rv__candidates list = { 0 };
        hand_add(&list, (const int[4]){ 10, 10, 40, 20 }, 6);
        for (int i = 0; i < houses; i++)
            hand_add(&list, (const int[4]){ 11 + 10 * i, 11, 19 + 10 * i, 19 }, 3.5 + .01 * i); /* worth 1.5 each */
        if (houses == 2)
            expect(&list, 2, true, (const size_t[]){ 0 }, 1);
        else
            expect(&list, 2, true, (const size_t[]){ 3, 2, 1 }, 3);
        expect(&list, 2, false, (const size_t[]){ 0 }, 1);
        rv__candidates_release(&list);
    }
}

TEST(wholes_of_wholes_are_resolved_to_their_parts)
{
    rv__candidates list = { 0 };
    hand_add(&list, (const int[4]){ 5, 5, 65, 45 }, 5); /* estate, worth 5 */
    hand_add(&list, (const int[4]){ 6, 6, 36, 20 }, 4); /* row of two, worth 4 < 3 + 2.5 */
    hand_add(&list, (const int[4]){ 7, 7, 19, 19 }, 3); /* its houses */
    hand_add(&list, (const int[4]){ 21, 7, 33, 19 }, 2.5);
    hand_add(&list, (const int[4]){ 40, 25, 60, 40 }, 1); /* another house of the estate */
    expect(&list, 0, true, (const size_t[]){ 2, 3, 4 }, 3);
    rv__candidates_release(&list);
}

/* Numerical Recipes' generator: any will do. */
static double uniform(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return (double)(*state >> 8) / (1 << 24);
}

static double worth_of(const rv__candidates *list, const size_t *order, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += list->v[order[i]].score;
    return sum;
}

/* The best set of nested boxes by trying all of them; boxes either hold each other or lie apart. */
static double best_of_all(const rv__candidates *list)
{
    double best = 0;
    for (unsigned set = 0; set < 1u << list->n; set++) {
        uint8_t taken[W * H] = { 0 };
        double sum = 0;
        bool apart = true;
        for (size_t i = 0; apart && i < list->n; i++)
            for (size_t k = 0; (set >> i & 1) && apart && k < list->v[i].n_runs; k++) {
                const rv__run *r = &list->run.v[list->v[i].run + k];
                for (int col = r->col0; col < r->col1; col++)
                    apart = apart && !taken[r->row * W + col]++;
            }
        for (size_t i = 0; i < list->n; i++)
            sum += set >> i & 1 ? list->v[i].score : 0;
        best = apart && sum > best ? sum : best;
    }
    return best;
}

TEST(among_nested_boxes_no_set_is_worth_more)
{
    uint32_t state = 11;
    for (int round = 0; round < 50; round++) {
        rv__candidates list = { 0 };
        hand_add(&list, (const int[4]){ 0, 0, 64, 48 }, 8 * uniform(&state));
        for (int q = 0; q < 2; q++) {
            const int x = 32 * q;
            hand_add(&list, (const int[4]){ x + 1, 1, x + 30, 46 }, 4 * uniform(&state));
            for (int i = 0; i < 4; i++)
                hand_add(
                    &list,
                    (const int[4]){ x + 2 + 14 * (i % 2), 2 + 22 * (i / 2), x + 14 + 14 * (i % 2), 22 + 22 * (i / 2) },
                    2 * uniform(&state));
        }
        size_t *order = NULL, n = 0;
        CHECK_FAILS(RV_OK, rv__choose(&order, &n, &list, &maps, NO_LIMIT, true));
        CHECK_NEAR(worth_of(&list, order, n), best_of_all(&list), 1e-9);
        rv__free(order);
        rv__candidates_release(&list);
    }
}

TEST(nothing_above_the_limit_is_an_empty_set)
{
    rv__candidates list = { 0 };
    expect(&list, 0, true, NULL, 0);
    hand_add(&list, (const int[4]){ 5, 5, 15, 15 }, -1);
    expect(&list, 0, true, NULL, 0);
    rv__candidates_release(&list);
}

static int choose_and_free(void *user)
{
    size_t *order = NULL, n = 0;
    const int err = rv__choose(&order, &n, user, &maps, NO_LIMIT, true);
    rv__free(order);
    return err;
}

TEST(choosing_survives_any_failed_allocation)
{
    rv__candidates list = { 0 };
    hand_add(&list, (const int[4]){ 5, 5, 35, 25 }, 3);
    hand_add(&list, (const int[4]){ 6, 6, 18, 18 }, 2);
    hand_add(&list, (const int[4]){ 20, 6, 32, 18 }, 2);
    CHECK_SURVIVES_OOM(choose_and_free, &list);
    rv__candidates_release(&list);
}

TESTS(RUN(the_better_of_two_that_overlap_stays_and_neighbours_do_too),
      RUN(a_row_of_houses_is_its_houses_where_they_are_worth_more_than_the_block),
      RUN(wholes_of_wholes_are_resolved_to_their_parts), RUN(among_nested_boxes_no_set_is_worth_more),
      RUN(nothing_above_the_limit_is_an_empty_set), RUN(choosing_survives_any_failed_allocation))

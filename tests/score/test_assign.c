/* SPDX-License-Identifier: Apache-2.0 */
/* The assignment against every assignment there is. */
#include "base/rng.h"
#include "hand.h"
#include "lib/oom.h"
#include "score/assign.h"

#include <time.h>

enum { MAX = 6 };

/* Best total over all ways to give each row a free column or none. */
static double best(const double reward[MAX][MAX], size_t rows, size_t cols, size_t row, unsigned taken)
{
    if (row == rows)
        return 0;
    double most = best(reward, rows, cols, row + 1, taken);
    for (size_t c = 0; c < cols; c++)
        if (!(taken & 1u << c) && reward[row][c] > 0)
            most = fmax(most, reward[row][c] + best(reward, rows, cols, row + 1, taken | 1u << c));
    return most;
}

static void check_random(uint32_t seed)
{
    rv__rng rng;
    double reward[MAX][MAX] = { { 0 } };
    rv__pairs pairs = { 0 };
    int partner[MAX];
    rv__rng_init(&rng, seed, 0, 0, 0);
    const size_t rows = 1 + rv__rng_below(&rng, MAX), cols = 1 + rv__rng_below(&rng, MAX);
    for (size_t r = 0; r < rows; r++)
        for (size_t c = 0; c < cols; c++) {
            const double draw = rv__rng_uniform(&rng);
            if (draw > .5)
                continue;
            reward[r][c] = 100 + rv__rng_uniform(&rng);
            CHECK(RV__PUSH(&pairs, ((rv__pair){ (int)r, (int)c, reward[r][c] })) == RV_OK);
        }
    CHECK(rv__assign(partner, &pairs, rows, cols) == RV_OK);
    double total = 0;
    unsigned taken = 0;
    for (size_t r = 0; r < rows; r++) {
        if (partner[r] < 0)
            continue;
        CHECK(!(taken & 1u << partner[r]));
        CHECK(reward[r][partner[r]] > 0);
        taken |= 1u << partner[r];
        total += reward[r][partner[r]];
    }
    CHECK_NEAR(total, best(reward, rows, cols, 0, 0), 1e-9);
    rv__free(pairs.v);
}

TEST(no_assignment_is_worth_more_on_five_hundred_random_graphs)
{
    for (uint32_t seed = 0; seed < 500; seed++)
        check_random(seed);
}

TEST(a_greedy_choice_is_undone_where_two_pairs_are_worth_more)
{
    rv__pair p[] = { { 0, 0, 100.9 }, { 0, 1, 100.3 }, { 1, 0, 100.5 } };
    const rv__pairs pairs = { p, 3, 3 };
    int partner[2];
    CHECK(rv__assign(partner, &pairs, 2, 2) == RV_OK);
    CHECK(partner[0] == 1 && partner[1] == 0);
}

TEST(without_pairs_all_stay_alone)
{
    const rv__pairs none = { 0 };
    int partner[3];
    CHECK(rv__assign(partner, &none, 3, 0) == RV_OK);
    CHECK(partner[0] == -1 && partner[1] == -1 && partner[2] == -1);
}

/* A row and a column each, a hundred thousand times: to look at all of them for each would take minutes. */
TEST(many_small_components_take_no_longer_than_their_sum)
{
    enum { N = 100000 };
    const clock_t begun = clock();
    rv__pairs pairs = { 0 };
    int *partner = rv__alloc(N, sizeof *partner);
    for (int i = 0; i < N; i++)
        CHECK(RV__PUSH(&pairs, ((rv__pair){ i, N - 1 - i, 1 })) == RV_OK);
    CHECK(rv__assign(partner, &pairs, N, N) == RV_OK);
    int right = 0;
    for (int i = 0; i < N; i++)
        right += partner[i] == N - 1 - i;
    CHECK(right == N);
    CHECK((double)(clock() - begun) / CLOCKS_PER_SEC < 10);
    rv__free(partner);
    rv__free(pairs.v);
}

TEST(outlines_that_all_meet_are_refused_before_they_are_compared)
{
    rv__score_input in = { 0 };
    for (int i = 0; i < 1415; i++) {
        add_box(&in.truth, RV_EVENT_NEW, (box){ i * .001, 0, 5, 5 });
        add_box(&in.found, RV_EVENT_NEW, (box){ i * .001, 0, 5, 5 });
    }
    CHECK_FAILS(RV_ERR_REFUSED, rv__score_match(&in, .25));
    CHECK(strstr(rv_last_error(), "2000000") != NULL);
    rv__score_input_release(&in);
}

static int assign_once(void *user)
{
    rv__pair p[] = { { 0, 0, 1 }, { 0, 1, 2 }, { 1, 0, 3 }, { 2, 2, 1 } };
    const rv__pairs pairs = { p, 4, 4 };
    int partner[3];
    (void)user;
    return rv__assign(partner, &pairs, 3, 3);
}

TEST(a_failed_allocation_is_borne)
{
    CHECK_SURVIVES_OOM(assign_once, NULL);
}

TESTS(RUN(outlines_that_all_meet_are_refused_before_they_are_compared),
      RUN(many_small_components_take_no_longer_than_their_sum),
      RUN(no_assignment_is_worth_more_on_five_hundred_random_graphs),
      RUN(a_greedy_choice_is_undone_where_two_pairs_are_worth_more), RUN(without_pairs_all_stay_alone),
      RUN(a_failed_allocation_is_borne))

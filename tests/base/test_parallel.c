/* SPDX-License-Identifier: Apache-2.0 */
/* Workers: every index once, the same results and the same error for 1, 2 and 7 threads. */
#include "base/parallel.h"

#include <stdatomic.h>
#include <stdint.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/rng.h"
#include "base/time.h"
#include "lib/test.h"

enum { ITEMS = 1000 };

static const int thread_counts[] = { 1, 2, 7, 256 };

typedef struct job {
    double result[ITEMS];
    atomic_int visits[ITEMS];
    atomic_int begun, inner_on_other_worker, worker_too_high;
    size_t fails_from, fails_until; /* indices that fail: [from, until) */
} job;

/* Uneven work, so that threads overtake each other. */
static int draw_sum(size_t index, size_t worker, void *user)
{
    job *j = user;
    rv__rng rng;
    double sum = 0;
    rv__rng_init(&rng, 1, (uint32_t)index, 0, 0);
    for (uint32_t n = rv__rng_below(&rng, 2000); n > 0; n--)
        sum += rv__rng_normal(&rng);
    j->result[index] = sum;
    j->visits[index]++;
    j->worker_too_high |= worker >= rv__workers();
    return RV_OK;
}

TEST(every_index_is_visited_once_and_sums_are_equal_to_the_byte)
{
    job *first = rv__alloc(1, sizeof *first);
    for (size_t k = 0; k < sizeof thread_counts / sizeof *thread_counts; k++) {
        job *j = rv__alloc(1, sizeof *j);
        CHECK(rv_threads_set(thread_counts[k]) == RV_OK);
        CHECK(rv__parallel_for(ITEMS, draw_sum, k ? j : first) == RV_OK);
        const job *done = k ? j : first;
        for (size_t i = 0; i < ITEMS; i++)
            CHECK(done->visits[i] == 1);
        CHECK(!done->worker_too_high);
        CHECK(memcmp(done->result, first->result, sizeof first->result) == 0);
        rv__free(j);
    }
    rv__free(first);
    rv_threads_set(0);
}

static int fail_some(size_t index, size_t worker, void *user)
{
    job *j = user;
    j->begun++;
    draw_sum(index, worker, user);
    if (index >= j->fails_from && index < j->fails_until)
        return rv__fail(RV_ERR_FORMAT, "item %zu is bad", index);
    return RV_OK;
}

TEST(the_error_of_the_lowest_failing_index_reaches_the_caller)
{
    job *j = rv__alloc(1, sizeof *j);
    for (size_t k = 0; k < sizeof thread_counts / sizeof *thread_counts; k++)
        for (size_t trial = 0; trial < 20; trial++) {
            char expected[64];
            rv_threads_set(thread_counts[k]);
            j->fails_from = trial * 37;
            j->fails_until = ITEMS;
            j->begun = 0;
            rv__fail(RV_ERR_IO, "an older error");
            CHECK_FAILS(RV_ERR_FORMAT, rv__parallel_for(ITEMS, fail_some, j));
            snprintf(expected, sizeof expected, "item %zu is bad", j->fails_from);
            CHECK_TEXT(rv_last_error(), expected);
            /* Nothing new is begun after a failure, so at most one item a worker beyond those that came before. */
            CHECK((size_t)j->begun <= j->fails_from + (size_t)thread_counts[k]);
        }
    rv__free(j);
    rv_threads_set(0);
}

static int note_worker(size_t index, size_t worker, void *user)
{
    job *j = user;
    j->visits[index]++;
    j->inner_on_other_worker |= worker != 0;
    return index == 5 ? rv__fail(RV_ERR_NODATA, "inner item 5 is empty") : RV_OK;
}

static int call_again(size_t index, size_t worker, void *user)
{
    (void)worker;
    job *j = user;
    return rv__parallel_for(index == 3 ? 10 : 5, note_worker, j);
}

TEST(nested_calls_run_on_the_calling_thread_and_hand_their_error_up)
{
    job *j = rv__alloc(1, sizeof *j);
    rv_threads_set(4);
    CHECK_FAILS(RV_ERR_NODATA, rv__parallel_for(4, call_again, j));
    CHECK_TEXT(rv_last_error(), "inner item 5 is empty");
    CHECK(!j->inner_on_other_worker);
    CHECK(j->visits[4] == 4 && j->visits[5] == 1 && j->visits[6] == 0);
    CHECK(rv__parallel_for(3, call_again, j) == RV_OK); /* and the outer call is parallel again */
    rv__free(j);
    rv_threads_set(0);
}

TEST(no_items_are_no_work)
{
    CHECK(rv__parallel_for(0, draw_sum, NULL) == RV_OK);
}

/* Each worker waits for the other: only two threads at once can pass. */
static int meet(size_t index, size_t worker, void *user)
{
    (void)worker;
    job *j = user;
    const double until = rv__clock() + 5;
    j->visits[index] = 1;
    while (!j->visits[1 - index])
        if (rv__clock() > until)
            return rv__fail(RV_ERR_STATE, "item %zu met nobody", index);
    return RV_OK;
}

TEST(two_workers_really_run_at_once)
{
    job *j = rv__alloc(1, sizeof *j);
    rv_threads_set(2);
    CHECK(rv__parallel_for(2, meet, j) == RV_OK);
    rv_threads_set(0);
    rv__free(j);
}

TESTS(RUN(every_index_is_visited_once_and_sums_are_equal_to_the_byte),
      RUN(the_error_of_the_lowest_failing_index_reaches_the_caller),
      RUN(nested_calls_run_on_the_calling_thread_and_hand_their_error_up), RUN(no_items_are_no_work),
      RUN(two_workers_really_run_at_once))

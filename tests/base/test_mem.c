/* SPDX-License-Identifier: Apache-2.0 */
/* Checked allocation, the failing nth call, and the growable array. */
#include "base/mem.h"

#include <stdint.h>

#include "base/rng.h"
#include "base/vec.h"
#include "lib/oom.h"

static bool is_zero(const unsigned char *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (bytes[i])
            return false;
    return true;
}

TEST(blocks_are_zeroed_and_aligned_even_where_old_bytes_lay)
{
    for (size_t n = 0; n < 300; n++) {
        unsigned char *p = rv__alloc(n, 3);
        CHECK(p && (uintptr_t)p % 64 == 0);
        CHECK(is_zero(p, n * 3));
        memset(p, 0xff, n * 3);
        rv__free(p);
    }
    rv__free(NULL);
}

TEST(a_product_of_sizes_that_overflows_fails_with_a_sentence)
{
    CHECK(rv__alloc(SIZE_MAX / 2, 3) == NULL);
    CHECK_TEXT(rv_last_error(), "memory ran out at a request for 9223372036854775807 items of 3 bytes");
    CHECK(rv__alloc(SIZE_MAX, 1) == NULL);
    CHECK(rv__alloc(2, SIZE_MAX) == NULL);
    CHECK(rv__alloc(PTRDIFF_MAX, 1) == NULL);
}

TEST(growing_keeps_the_old_part_and_zeroes_the_new)
{
    unsigned char *p = rv__alloc(10, 1);
    memset(p, 7, 10);
    p = rv__realloc(p, 10, 1000, 1);
    CHECK(p[0] == 7 && p[9] == 7 && is_zero(p + 10, 990));
    p = rv__realloc(p, 1000, 5, 1);
    CHECK(p[4] == 7);
    rv__mem_fail_nth(1, false);
    CHECK(rv__realloc(p, 5, 1000, 1) == NULL);
    CHECK(p[4] == 7);
    rv__free(p);
    rv__mem_fail_nth(0, false);
    p = rv__realloc(NULL, 0, 4, 4);
    CHECK(p && is_zero(p, 16));
    rv__free(p);
}

TEST(the_nth_allocation_fails_once_or_for_ever)
{
    void *p[5];
    rv__mem_fail_nth(3, false);
    for (int i = 0; i < 5; i++)
        p[i] = rv__alloc(1, 1);
    CHECK(p[0] && p[1] && !p[2] && p[3] && p[4]);
    CHECK(rv__mem_count() == 5);
    for (int i = 0; i < 5; i++)
        rv__free(p[i]);
    rv__mem_fail_nth(3, true);
    for (int i = 0; i < 5; i++)
        p[i] = rv__alloc(1, 1);
    CHECK(p[0] && p[1] && !p[2] && !p[3] && !p[4]);
    for (int i = 0; i < 5; i++)
        rv__free(p[i]);
    rv__mem_fail_nth(0, false);
}

TEST(live_blocks_are_counted)
{
    const long before = rv__mem_live();
    void *a = rv__alloc(4, 4);
    char *b = rv__strdup("text");
    CHECK(rv__mem_live() == before + 2);
    a = rv__realloc(a, 4, 400, 4);
    CHECK(rv__mem_live() == before + 2);
    CHECK_TEXT(b, "text");
    rv__free(a);
    rv__free(b);
    CHECK(rv__mem_live() == before);
}

TEST(an_array_grows_item_by_item)
{
    RV__VEC(double) v = { 0 };
    rv__rng rng;
    rv__rng_init(&rng, 1, 0, 0, 0);
    for (int i = 0; i < 5000; i++)
        CHECK(RV__PUSH(&v, rv__rng_uniform(&rng)) == RV_OK);
    CHECK(v.n == 5000 && v.cap >= 5000 && v.cap <= 10000);
    rv__rng_init(&rng, 1, 0, 0, 0);
    bool same = true;
    for (int i = 0; i < 5000; i++)
        same = same && v.v[i] == rv__rng_uniform(&rng);
    CHECK(same);
    rv__free(v.v);
}

TEST(an_array_that_cannot_grow_keeps_what_it_has)
{
    RV__VEC(int) v = { 0 };
    for (int i = 0; i < 8; i++)
        CHECK(RV__PUSH(&v, i) == RV_OK);
    rv__mem_fail_nth(1, true);
    CHECK_FAILS(RV_ERR_NOMEM, RV__PUSH(&v, 8));
    rv__mem_fail_nth(0, false);
    CHECK(v.n == 8 && v.cap == 8 && v.v[7] == 7);
    CHECK_FAILS(RV_ERR_NOMEM, RV__RESERVE(&v, SIZE_MAX / 2));
    CHECK(v.n == 8 && v.cap == 8 && v.v[7] == 7);
    rv__free(v.v);
}

static int fill_an_array(void *user)
{
    RV__VEC(long) v = { 0 };
    int err = RV_OK;
    for (long i = 0; i < *(const long *)user && err == RV_OK; i++)
        err = RV__PUSH(&v, i);
    rv__free(v.v);
    return err;
}

static int copy_a_text(void *user)
{
    char *copy = rv__strdup(user);
    rv__free(copy);
    return copy ? RV_OK : RV_ERR_NOMEM;
}

/* Forgets its first block when the second fails; the test picks up what it left. */
typedef struct leaky {
    void *left[2];
    size_t n;
} leaky;

static int leak_on_failure(void *user)
{
    leaky *l = user;
    void *first = rv__alloc(1, 1), *second = rv__alloc(1, 1);
    if (first && !second) {
        l->left[l->n++] = first;
        return RV_ERR_NOMEM;
    }
    rv__free(second);
    rv__free(first);
    return first ? RV_OK : RV_ERR_NOMEM;
}

TEST(allocating_calls_survive_any_failed_allocation)
{
    long n = 1000;
    char text[] = "some text";
    CHECK_SURVIVES_OOM(fill_an_array, &n);
    CHECK_SURVIVES_OOM(copy_a_text, text);
}

TEST(the_rehearsal_itself_sees_a_leak)
{
    leaky l = { .n = 0 };
    printf("# two leaks are wanted here:\n");
    CHECK(oom_check(leak_on_failure, &l) == -1);
    CHECK(l.n == 2);
    rv__free(l.left[0]);
    rv__free(l.left[1]);
}

TESTS(RUN(blocks_are_zeroed_and_aligned_even_where_old_bytes_lay),
      RUN(a_product_of_sizes_that_overflows_fails_with_a_sentence), RUN(growing_keeps_the_old_part_and_zeroes_the_new),
      RUN(the_nth_allocation_fails_once_or_for_ever), RUN(live_blocks_are_counted), RUN(an_array_grows_item_by_item),
      RUN(an_array_that_cannot_grow_keeps_what_it_has), RUN(allocating_calls_survive_any_failed_allocation),
      RUN(the_rehearsal_itself_sees_a_leak))

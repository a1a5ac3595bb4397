/* SPDX-License-Identifier: Apache-2.0 */
/* Failure rehearsed: a call is run again and again, each time with another of its allocations failing.
 *
 *   static int make_and_free(void *user) { ... return err; }
 *   TEST(a_stack_survives_any_failed_allocation) { CHECK_SURVIVES_OOM(make_and_free, &input); }
 *
 * The call frees whatever it made before it returns, so that afterwards as many blocks are alive as before. It must give
 * RV_OK (the failure could be borne) or RV_ERR_NOMEM with a sentence, once as the only failure and once as the first of
 * all. The first 200 allocations are failed one by one, those after in steps of a twentieth. */
#ifndef RV_TEST_OOM_H
#define RV_TEST_OOM_H

#include "base/mem.h"
#include "lib/test.h"

/* One run with the nth allocation failing. @return allocations tried, or -1 after a failed check */
static inline long oom_run(int (*call)(void *user), void *user, long n, bool forever)
{
    const long live = rv__mem_live();
    rv__mem_fail_nth(n, forever);
    const int code = call(user);
    const long tried = rv__mem_count(), left = rv__mem_live() - live;
    rv__mem_fail_nth(0, false);
    if (code != RV_OK && code != RV_ERR_NOMEM)
        printf("# allocation %ld failed%s and gave %s: %s\n", n, forever ? " and all after it" : "",
               rv_status_name(code), rv_last_error());
    else if (left != 0)
        printf("# allocation %ld failed%s and %ld blocks leaked\n", n, forever ? " and all after it" : "", left);
    else if (code == RV_ERR_NOMEM && rv_last_error()[0] == '\0')
        printf("# allocation %ld failed without a sentence\n", n);
    else
        return tried;
    return -1;
}

/* @return runs in which an allocation failed, or -1 after a failed check */
static inline long oom_check(int (*call)(void *user), void *user)
{
    long runs = 0;
    for (long n = 1;; n += n < 200 ? 1 : n / 20) {
        const long once = oom_run(call, user, n, false), forever = oom_run(call, user, n, true);
        if (once < 0 || forever < 0)
            return -1;
        if (once < n)
            return runs;
        runs++;
    }
}

#define CHECK_SURVIVES_OOM(call, user)                                                                          \
    do {                                                                                                        \
        const long runs_ = oom_check(call, user);                                                               \
        if (runs_ <= 0) {                                                                                       \
            printf("# %s:%d: %s %s\n", __FILE__, __LINE__, #call,                                               \
                   runs_ ? "does not survive a failed allocation" : "allocates nothing, so nothing was tried"); \
            test_failed++;                                                                                      \
        }                                                                                                       \
    } while (0)

#endif

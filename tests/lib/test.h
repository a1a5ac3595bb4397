/* SPDX-License-Identifier: Apache-2.0 */
/* The macros every test uses. A test is named by the sentence it proves. Output is TAP; tools/tally.py adds it up.
 *
 *   TEST(area_of_a_unit_square_is_one) { CHECK_NEAR(area(...), 1.0, 1e-12); }
 *   TESTS(RUN(area_of_a_unit_square_is_one), RUN(...))
 */
#ifndef RV_TEST_H
#define RV_TEST_H

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <revisit/base.h>

typedef struct test_case {
    const char *name;
    void (*fn)(void);
} test_case;

static int test_failed;              /* checks failed in the running test */
static const char *test_skip_reason; /* set by SKIP */

#define TEST(name) static void name(void)
#define RUN(name)   \
    {               \
#name, name \
    }
#define TESTS(...)                                             \
    int main(void)                                             \
    {                                                          \
        const test_case cases[] = { __VA_ARGS__ };             \
        return test_main(cases, sizeof cases / sizeof *cases); \
    }

#define CHECK(condition)                                                                                       \
    do {                                                                                                       \
        if (!(condition)) {                                                                                    \
            printf("# %s:%d: failed: %s (last error: %s)\n", __FILE__, __LINE__, #condition, rv_last_error()); \
            test_failed++;                                                                                     \
        }                                                                                                      \
    } while (0)
#define CHECK_NEAR(got, expected, tolerance)                                                                \
    do {                                                                                                    \
        const double got_ = (double)(got), want_ = (double)(expected), tol_ = (double)(tolerance);          \
        if (!(fabs(got_ - want_) <= tol_)) {                                                                \
            printf("# %s:%d: %s is %.17g, not %.17g +- %g\n", __FILE__, __LINE__, #got, got_, want_, tol_); \
            test_failed++;                                                                                  \
        }                                                                                                   \
    } while (0)
#define CHECK_TEXT(got, expected)                                                                                   \
    do {                                                                                                            \
        const char *got_ = (got), *want_ = (expected);                                                              \
        if (!got_ || strcmp(got_, want_) != 0) {                                                                    \
            printf("# %s:%d: %s is \"%s\", not \"%s\"\n", __FILE__, __LINE__, #got, got_ ? got_ : "(null)", want_); \
            test_failed++;                                                                                          \
        }                                                                                                           \
    } while (0)
#define CHECK_FAILS(code, call)                                                                      \
    do {                                                                                             \
        const int got_ = (call);                                                                     \
        if (got_ != (code)) {                                                                        \
            printf("# %s:%d: %s gave %s, not %s\n", __FILE__, __LINE__, #call, rv_status_name(got_), \
                   rv_status_name(code));                                                            \
            test_failed++;                                                                           \
        }                                                                                            \
    } while (0)
#define SKIP(reason)               \
    do {                           \
        test_skip_reason = reason; \
        return;                    \
    } while (0)

/* Path below the shared data folder, or NULL where the folder is absent (then SKIP("no shared data")).
 * The folder is $REVISIT_SHARED, or ../shared beside the source tree. */
static inline const char *test_shared(const char *relative)
{
    static char path[4096];
    const char *root = getenv("REVISIT_SHARED");
    snprintf(path, sizeof path, "%s/%s", root && *root ? root : RV_TEST_SOURCE_ROOT "/../shared", relative);
    FILE *f = fopen(path, "rb");
    if (!f)
        return NULL;
    fclose(f);
    return path;
}

static inline int test_main(const test_case *cases, size_t n)
{
    int failed = 0;
    printf("TAP version 13\n1..%zu\n", n);
    for (size_t i = 0; i < n; i++) {
        test_failed = 0;
        test_skip_reason = NULL;
        cases[i].fn();
        if (test_failed) {
            printf("not ok %zu - %s\n", i + 1, cases[i].name);
            failed++;
        } else if (test_skip_reason) {
            printf("ok %zu - %s # SKIP %s\n", i + 1, cases[i].name, test_skip_reason);
        } else {
            printf("ok %zu - %s\n", i + 1, cases[i].name);
        }
        fflush(stdout);
    }
    return failed ? 1 : 0;
}

#endif

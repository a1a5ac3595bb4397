/* SPDX-License-Identifier: Apache-2.0 */
/* Copies of one kernel: same bits, and the environment may ask for less. */
#include "base/isa.h"

#include "lib/isa.h"
#include "lib/test.h"

#include <stdlib.h>
#include <string.h>

RV__INLINE void blend_body(float *out, const float *a, const float *b, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] = a[i] * b[i] + a[i] / (1.0F + b[i] * b[i]);
}

RV__KERNEL(blend, blend_body, (float *out, const float *a, const float *b, size_t n), (out, a, b, n));

TEST(the_environment_asks_for_less_and_never_for_more)
{
    setenv("REVISIT_ISA", "plain", 1);
    CHECK(rv__isa_used() == RV__ISA_PLAIN);
    setenv("REVISIT_ISA", "avx512", 1);
    CHECK(rv__isa_used() == RV__ISA_PLAIN); /* chosen once */
    CHECK_TEXT(rv__isa_name(RV__ISA_AVX2), "avx2");
}

TEST(copies_of_a_kernel_give_the_same_bits)
{
    enum { N = 1001 };
    float a[N], b[N], want[N], got[N];
    for (int i = 0; i < N; i++) {
        a[i] = (float)(i * 37 % 101) / 7.0F;
        b[i] = (float)(i * 53 % 97) / 11.0F - 3.0F;
    }
    blend[RV__ISA_PLAIN](want, a, b, N);
    for (int isa = 0; isa < RV__ISA_COUNT; isa++) {
        if (!can_run((rv__isa)isa))
            continue;
        blend[isa](got, a, b, N);
        CHECK(memcmp(want, got, sizeof got) == 0);
    }
}

TESTS(RUN(the_environment_asks_for_less_and_never_for_more), RUN(copies_of_a_kernel_give_the_same_bits))

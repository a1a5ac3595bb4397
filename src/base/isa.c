/* SPDX-License-Identifier: Apache-2.0 */
/* The instruction set that vector kernels use. */
#include "base/isa.h"

#include <stdlib.h>
#include <string.h>

static const char *const names[RV__ISA_COUNT] = { "plain", "avx2", "avx512" };

static rv__isa machine(void)
{
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512dq"))
        return RV__ISA_AVX512;
    if (__builtin_cpu_supports("avx2"))
        return RV__ISA_AVX2;
#endif
    return RV__ISA_PLAIN;
}

static rv__isa choose(void)
{
    const char *wanted = getenv("REVISIT_ISA");
    const rv__isa best = machine();
    for (int i = 0; wanted && i < RV__ISA_COUNT; i++)
        if (strcmp(wanted, names[i]) == 0)
            return (rv__isa)i < best ? (rv__isa)i : best;
    return best;
}

rv__isa rv__isa_used(void)
{
    /* -1 until the first call; threads that race write the same value. */
    static _Atomic int used = -1;
    int isa = used;
    if (isa < 0)
        used = isa = (int)choose();
    return (rv__isa)isa;
}

const char *rv__isa_name(rv__isa isa)
{
    return names[isa];
}

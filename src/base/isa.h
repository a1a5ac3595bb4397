/* SPDX-License-Identifier: Apache-2.0 */
/* Which copy of a vector kernel runs: chosen here, once, for the whole program.
 *
 * A kernel is one plain C body, always inlined; RV__KERNEL makes a copy of it for each instruction set and a table of
 * them. As no copy may contract a * b + c (-ffp-contract=off) or reorder a sum, all copies give the same bits; a test of
 * each kernel says so. Sums are therefore written over lanes by hand. gcc 12 breaks the promise in one place: where pairs
 * a b + c d and a b - c d are stored side by side it makes fused instructions, contraction off or not; write
 * the second as a sum with a factor -1 that it does not know. */
#ifndef RV_BASE_ISA_H
#define RV_BASE_ISA_H

typedef enum rv__isa { RV__ISA_PLAIN, RV__ISA_AVX2, RV__ISA_AVX512, RV__ISA_COUNT } rv__isa;

/** The best that this machine has; REVISIT_ISA=plain, avx2 or avx512 asks for less. The same in every call. */
rv__isa rv__isa_used(void);

/** plain, avx2 or avx512. */
const char *rv__isa_name(rv__isa isa);

#define RV__INLINE static inline __attribute__((always_inline))

/** Before a loop whose turns never meet in memory, where gcc cannot see that itself. */
#ifdef __clang__
#define RV__APART
#else
#define RV__APART _Pragma("GCC ivdep")
#endif

#if defined(__x86_64__)
#define RV__TARGET_AVX2 __attribute__((target("avx2")))
#ifdef __clang__
#define RV__TARGET_AVX512 __attribute__((target("avx2,avx512f,avx512vl,avx512bw,avx512dq")))
#else
#define RV__TARGET_AVX512 __attribute__((target("avx2,avx512f,avx512vl,avx512bw,avx512dq,prefer-vector-width=512")))
#endif
#else
#define RV__TARGET_AVX2
#define RV__TARGET_AVX512
#endif

/**
 * Copies of `RV__INLINE void body params` under the name: `static void (*const name[RV__ISA_COUNT]) params`.
 * Call as name[rv__isa_used()](arguments). params and args are in parentheses.
 */
#define RV__KERNEL(name, body, params, args)           \
    static void name##_plain params                    \
    {                                                  \
        body args;                                     \
    }                                                  \
    RV__TARGET_AVX2 static void name##_avx2 params     \
    {                                                  \
        body args;                                     \
    }                                                  \
    RV__TARGET_AVX512 static void name##_avx512 params \
    {                                                  \
        body args;                                     \
    }                                                  \
    static void(*const name[RV__ISA_COUNT]) params = { name##_plain, name##_avx2, name##_avx512 }

#endif

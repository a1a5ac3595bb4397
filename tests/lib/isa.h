/* SPDX-License-Identifier: Apache-2.0 */
/* The same computation on every instruction set. The set is chosen once a process, so each gets a process of its own. Use
 * these in a program's first test: a child inherits a choice that was made already, and fails. */
#ifndef RV_TEST_ISA_H
#define RV_TEST_ISA_H

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/isa.h"

/** Can this machine run a kernel's copy for the set? */
static inline bool can_run(rv__isa isa)
{
#if defined(__x86_64__)
    return isa == RV__ISA_PLAIN ||
           (isa == RV__ISA_AVX2 ? __builtin_cpu_supports("avx2") : __builtin_cpu_supports("avx512dq"));
#else
    (void)isa;
    return true;
#endif
}

/** Let fill run in a child with an instruction set (or the best below it) and read the floats it leaves. @return did it end
 * well? */
static inline bool filled_with_isa(rv__isa isa, void (*fill)(float *out), float *out, size_t count)
{
    int fd[2], status = 1;
    const size_t n = count * sizeof *out;
    size_t got = 0;
    if (pipe(fd) != 0)
        return false;
    const pid_t child = fork();
    if (child == 0) {
        setenv("REVISIT_ISA", rv__isa_name(isa), 1);
        if (rv__isa_used() > isa)
            _exit(1);
        fill(out);
        for (size_t sent = 0; sent < n;) {
            const ssize_t k = write(fd[1], (char *)out + sent, n - sent);
            if (k <= 0)
                _exit(1);
            sent += (size_t)k;
        }
        _exit(0);
    }
    close(fd[1]);
    memset(out, 0x55, n);
    for (ssize_t k; got < n && (k = read(fd[0], (char *)out + got, n - got)) > 0;)
        got += (size_t)k;
    close(fd[0]);
    return waitpid(child, &status, 0) == child && status == 0 && got == n;
}

/** Does fill write the same count floats whichever instruction set is asked for? */
static inline bool same_on_every_isa(void (*fill)(float *out), size_t count)
{
    float *plain = calloc(2 * count, sizeof *plain), *other = plain + count, largest = 0;
    bool same = plain && filled_with_isa(RV__ISA_PLAIN, fill, plain, count);
    for (int isa = RV__ISA_PLAIN + 1; same && isa < RV__ISA_COUNT; isa++) {
        memset(other, 0, count * sizeof *other);
        same = filled_with_isa((rv__isa)isa, fill, other, count) && memcmp(plain, other, count * sizeof *plain) == 0;
    }
    for (size_t i = 0; same && i < count; i++)
        largest = plain[i] > largest ? plain[i] : largest;
    free(plain);
    return same && largest > 0; /* something was written */
}

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* The same computation on every instruction set. The set is chosen once a process, so each runs in a child, and a test
 * that uses this comes first in its program: children inherit a choice that was made. */
#ifndef RV_TEST_ISA_H
#define RV_TEST_ISA_H

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/isa.h"

/** Does fill write the same count floats whichever instruction set is asked for? */
static inline bool same_on_every_isa(void (*fill)(float *out), size_t count)
{
    const size_t bytes = RV__ISA_COUNT * count * sizeof(float);
    float *shared = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    bool same = shared != MAP_FAILED;
    for (int isa = 0; same && isa < RV__ISA_COUNT; isa++) {
        const pid_t child = fork();
        if (child == 0) {
            setenv("REVISIT_ISA", rv__isa_name((rv__isa)isa), 1);
            fill(shared + (size_t)isa * count);
            _exit(0);
        }
        int status = -1;
        same = child > 0 && waitpid(child, &status, 0) == child && status == 0 &&
               memcmp(shared, shared + (size_t)isa * count, count * sizeof(float)) == 0;
    }
    float largest = 0;
    for (size_t i = 0; same && i < count; i++)
        largest = shared[i] > largest ? shared[i] : largest;
    munmap(shared, bytes);
    return same && largest > 0; /* something was written */
}

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* The instruction set is chosen once a process, so each gets a process of its own. Use it in a program's first test: a child
 * inherits a choice that was made already, and fails. */
#ifndef RV_TEST_EACH_ISA_H
#define RV_TEST_EACH_ISA_H

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/isa.h"

/* Run fn in a child with an instruction set (or the best below it) and read the n bytes it leaves in out. @return 0 when it
 * ended well */
static int run_with_isa(rv__isa isa, void (*fn)(void *out), void *out, size_t n)
{
    int fd[2], status = 1;
    size_t got = 0;
    if (pipe(fd) != 0)
        return 1;
    const pid_t child = fork();
    if (child == 0) {
        setenv("REVISIT_ISA", rv__isa_name(isa), 1);
        if (rv__isa_used() > isa)
            _exit(1);
        fn(out);
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
    return waitpid(child, &status, 0) != child || status != 0 || got != n;
}

#endif

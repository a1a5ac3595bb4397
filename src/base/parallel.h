/* SPDX-License-Identifier: Apache-2.0 */
/* The only threads. Work is a count of independent items; results are joined by the caller in order of index. */
#ifndef RV_BASE_PARALLEL_H
#define RV_BASE_PARALLEL_H

#include <stddef.h>

typedef int (*rv__task_fn)(size_t index, size_t worker, void *user);

/** Workers that rv__parallel_for will use: at least 1. worker in the callback is below it. */
size_t rv__workers(void);

/**
 * Run fn for each index in [0, n), every index once, on up to rv__workers() threads (the caller's among them).
 * @return RV_OK, or the code of the lowest failing index with its sentence carried to the calling thread; after a
 * failure no new index is begun. Nested calls run on the calling thread alone.
 */
int rv__parallel_for(size_t n, rv__task_fn fn, void *user);

#endif

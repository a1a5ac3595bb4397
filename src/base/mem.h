/* SPDX-License-Identifier: Apache-2.0 */
/* Checked allocation. Each returns NULL with the thread's sentence set when memory or the product of sizes runs out. */
#ifndef RV_BASE_MEM_H
#define RV_BASE_MEM_H

#include <stdbool.h>
#include <stddef.h>

void *rv__alloc(size_t count, size_t size); /* zeroed; 64-byte aligned; count 0 gives a valid pointer */
void *rv__realloc(void *p, size_t old_count, size_t count, size_t size); /* new part zeroed; p stays valid on failure */
char *rv__strdup(const char *text);
void rv__free(void *p); /* NULL is fine; all of the above are freed with it */

/** Tests: the nth allocation from now fails (n = 1: the next one), once or for ever; 0 switches off. */
void rv__mem_fail_nth(long n, bool forever);
/** Tests: allocations since the last call of rv__mem_fail_nth. */
long rv__mem_count(void);
/** Tests: blocks allocated and not yet freed. */
long rv__mem_live(void);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* The only threads. Workers take the next index from one counter, so indices are begun in order: when one fails, all
 * lower ones have been begun and will end, and the lowest failing index is the same for any number of threads.
 *
 * Threads are made for each call. A standing pool would save some 30 microseconds a call and cost a life cycle: it must
 * survive fork (the decoding worker), be torn down before exit, and know who calls it from within. Items are blocks of
 * pixels that take milliseconds. Where a thread cannot be made, those that could do its share. */
#include "base/parallel.h"

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#include "base/error.h"

enum { THREADS_MAX = 256, CARRIED_MAX = 1024 };

typedef struct crew {
    rv__task_fn fn;
    void *user;
    size_t n;
    atomic_size_t next;
    atomic_int failed;
    pthread_mutex_t lock; /* of the three below */
    size_t failed_index;
    int code;
    char sentence[CARRIED_MAX];
} crew;

typedef struct worker {
    crew *crew;
    size_t number;
    pthread_t thread;
} worker;

static atomic_int threads_wanted;
static _Thread_local bool inside;

int rv_threads_set(int threads)
{
    if (threads < 0 || threads > THREADS_MAX)
        return rv__fail(RV_ERR_RANGE, "threads must lie in [0, %d], not %d", THREADS_MAX, threads);
    threads_wanted = threads;
    return RV_OK;
}

size_t rv__workers(void)
{
    const int wanted = threads_wanted;
    if (wanted > 0)
        return (size_t)wanted;
    const long online = sysconf(_SC_NPROCESSORS_ONLN);
    return online < 1 ? 1 : online > THREADS_MAX ? THREADS_MAX : (size_t)online;
}

static void note_failure(crew *c, size_t index, int code)
{
    pthread_mutex_lock(&c->lock);
    if (!c->failed || index < c->failed_index) {
        c->failed_index = index;
        c->code = code;
        snprintf(c->sentence, sizeof c->sentence, "%s", rv_last_error());
        c->failed = 1;
    }
    pthread_mutex_unlock(&c->lock);
}

static void *work(void *user)
{
    const worker *w = user;
    crew *c = w->crew;
    inside = true;
    while (!c->failed) {
        const size_t index = atomic_fetch_add(&c->next, 1);
        if (index >= c->n)
            break;
        const int code = c->fn(index, w->number, c->user);
        if (code < 0)
            note_failure(c, index, code);
    }
    inside = false;
    return NULL;
}

static int run_alone(size_t n, rv__task_fn fn, void *user)
{
    int code = RV_OK;
    for (size_t i = 0; i < n && code >= 0; i++)
        code = fn(i, 0, user);
    return code < 0 ? code : RV_OK;
}

int rv__parallel_for(size_t n, rv__task_fn fn, void *user)
{
    assert(n < SIZE_MAX / 2);
    const size_t wanted = rv__workers() < n ? rv__workers() : n;
    if (inside || wanted <= 1)
        return run_alone(n, fn, user);

    crew c = { .fn = fn, .user = user, .n = n, .code = RV_OK };
    worker workers[THREADS_MAX];
    size_t made = 0;
    pthread_mutex_init(&c.lock, NULL);
    workers[0] = (worker){ .crew = &c };
    for (size_t i = 1; i < wanted; i++) {
        workers[i] = (worker){ .crew = &c, .number = i };
        if (pthread_create(&workers[i].thread, NULL, work, &workers[i]) != 0)
            break;
        made = i;
    }
    work(&workers[0]);
    for (size_t i = 1; i <= made; i++)
        pthread_join(workers[i].thread, NULL);
    pthread_mutex_destroy(&c.lock);
    return c.code < 0 ? rv__fail(c.code, "%s", c.sentence) : RV_OK;
}

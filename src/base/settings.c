/* SPDX-License-Identifier: Apache-2.0 */
/* What a process sets once: memory to plan with, the hooks for progress and notes, the wish to stop.
 *
 * The hooks are two words each and are meant to be set before work begins; they are not guarded against being exchanged
 * while a step runs. The stop flag is a lock-free atomic, the one thing here that a signal handler may touch. */
#include "base/error.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdatomic.h>

#include "base/text.h"

#define MIB ((uint64_t)1 << 20)

enum { NOTE_MAX = 1024 };

static _Atomic uint64_t ram_bytes = 1024 * MIB;
static atomic_int stop_wanted;
static rv_progress_fn progress_fn;
static void *progress_user;
static rv_log_fn log_fn;
static void *log_user;

int rv_ram_set(uint64_t bytes)
{
    if (bytes < 64 * MIB)
        return rv__fail(RV_ERR_RANGE, "ram must be at least 64 MiB, not %" PRIu64 " bytes", bytes);
    ram_bytes = bytes;
    return RV_OK;
}

uint64_t rv__ram(void)
{
    return ram_bytes;
}

void rv_stop_request(void)
{
    stop_wanted = 1;
}

void rv_stop_clear(void)
{
    stop_wanted = 0;
}

int rv__stopping(void)
{
    if (atomic_load_explicit(&stop_wanted, memory_order_relaxed))
        return rv__fail(RV_ERR_STOPPED, "stopped on request");
    return RV_OK;
}

void rv_progress_set(rv_progress_fn fn, void *user)
{
    progress_fn = fn;
    progress_user = user;
}

int rv__progress(const char *what, double share)
{
    if (progress_fn)
        progress_fn(what, share < 0 ? 0 : share > 1 ? 1 : share, progress_user);
    return rv__stopping();
}

void rv_log_set(rv_log_fn fn, void *user)
{
    log_fn = fn;
    log_user = user;
}

void rv__log(int level, const char *fmt, ...)
{
    if (!log_fn)
        return;
    char text[NOTE_MAX];
    va_list args;
    va_start(args, fmt);
    rv__text_vformat(text, sizeof text, fmt, args);
    va_end(args);
    log_fn(level, text, log_user);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The decoding worker: a process that gives up what it does not need, then decodes one file and sends what it finds. */
#include "raster/decode_internal.h"

#include "base/error.h"
#include "base/mem.h"
#include "raster/gdal_decode.h"
#include "raster/gdal_header.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SHADOW_MEMORY 1 /* the sanitizer's shadow would not fit any address-space limit */
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define SHADOW_MEMORY 1
#endif
#endif
#ifndef SHADOW_MEMORY
#define SHADOW_MEMORY 0
#endif

enum { FILES = 32, PIPE_FD = 3, FREE_FD = 4 };

typedef struct sender {
    rv__decoded header;
    unsigned char *slots;
    int used; /* slots sent so far */
} sender;

static void put(int fd, const void *bytes, size_t n)
{
    const char *p = bytes;
    while (n) {
        const ssize_t k = write(fd, p, n);
        if (k < 0 && errno == EINTR)
            continue;
        if (k <= 0)
            _exit(1); /* the parent is gone or has seen enough */
        p += k;
        n -= (size_t)k;
    }
}

static void put_frame(int fd, rv__frame_kind kind, size_t bytes)
{
    const rv__frame f = { RV__FRAME_MAGIC, (uint32_t)kind, bytes };
    put(fd, &f, sizeof f);
}

static int send_header(const rv__decoded *header, void *user)
{
    put_frame(PIPE_FD, RV__FRAME_HEADER, sizeof *header);
    put(PIPE_FD, header, sizeof *header);
    ((sender *)user)->header = *header;
    return RV_OK;
}

static unsigned char *slot_of(const sender *s)
{
    return s->slots + (size_t)(s->used % RV__SLOTS) * RV__SLOT_BYTES;
}

/* The next slot, once the parent has read what it held. */
static void *wait_for_slot(size_t bytes, void *user)
{
    const sender *s = user;
    char word;
    if (!s->slots || bytes > RV__SLOT_BYTES)
        return NULL;
    while (s->used >= RV__SLOTS) {
        const ssize_t k = read(FREE_FD, &word, 1);
        if (k == 1)
            break;
        if (k == 0 || errno != EINTR)
            _exit(1);
    }
    return slot_of(s);
}

static int send_rows(const void *samples, const uint8_t *valid, int row0, int n_rows, void *user)
{
    sender *s = user;
    const rv__decoded *h = &s->header;
    const rv__rows_head head = { row0, n_rows };
    if (s->slots && samples == slot_of(s)) {
        put_frame(PIPE_FD, RV__FRAME_SLOT, sizeof head);
        put(PIPE_FD, &head, sizeof head);
        s->used++;
        return RV_OK;
    }
    const size_t n = (size_t)h->grid.width * (size_t)n_rows;
    const size_t bytes = n * (size_t)h->bands * rv__sample_size(h->sample);
    put_frame(PIPE_FD, RV__FRAME_ROWS, sizeof head + bytes + n);
    put(PIPE_FD, &head, sizeof head);
    put(PIPE_FD, samples, bytes);
    put(PIPE_FD, valid, n);
    return RV_OK;
}

static void limit(int what, uint64_t soft, uint64_t hard)
{
    struct rlimit now;
    if (getrlimit(what, &now) == 0 && now.rlim_max != RLIM_INFINITY && now.rlim_max < hard)
        hard = now.rlim_max;
    const struct rlimit r = { soft < hard ? soft : hard, hard };
    if (setrlimit(what, &r) != 0)
        _exit(1);
}

/* Address space that came over from the parent, in bytes: the limit counts from there. */
static uint64_t inherited_bytes(void)
{
    unsigned long long pages = 0;
    FILE *f = fopen("/proc/self/statm", "r");
    if (f) {
        if (fscanf(f, "%llu", &pages) != 1)
            pages = 0;
        fclose(f);
    }
    return (uint64_t)pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

/* The case's database, the report, the terminal: nothing that the parent has open is the decoder's business. Each is
 * replaced, not closed: libraries that came over by fork still believe in their descriptors, and SQLite under PROJ has
 * been seen to close "its" number after that number had become the image. @return highest descriptor in use */
static int blind_others(void)
{
    int fds[4096];
    int n = 0, highest = FREE_FD;
    const int null = open("/dev/null", O_RDWR);
    DIR *d = opendir("/proc/self/fd");
    if (null < 0)
        _exit(1);
    for (const struct dirent *e = d ? readdir(d) : NULL; e && n < (int)(sizeof fds / sizeof *fds); e = readdir(d)) {
        const long fd = strtol(e->d_name, NULL, 10);
        if (fd != PIPE_FD && fd != FREE_FD && fd != dirfd(d) && fd != null && e->d_name[0] != '.')
            fds[n++] = (int)fd;
    }
    if (d)
        closedir(d);
    for (int i = 0; i < n; i++) {
        if (fds[i] == 2 && SHADOW_MEMORY) /* a sanitizer's report must come through */
            continue;
        dup2(null, fds[i]);
        highest = fds[i] > highest ? fds[i] : highest;
    }
    close(null);
    return highest;
}

/* Both descriptors to their numbers, which either may have already. */
static void place_descriptors(int fd, int free_fd)
{
    const int high = fcntl(fd, F_DUPFD, FREE_FD + 1), free_high = fcntl(free_fd, F_DUPFD, FREE_FD + 1);
    if (high < 0 || free_high < 0 || dup2(high, PIPE_FD) < 0 || dup2(free_high, FREE_FD) < 0)
        _exit(1);
}

static void confine(void)
{
#ifdef __linux__
    prctl(PR_SET_PDEATHSIG, SIGKILL);
#endif
    signal(SIGINT, SIG_IGN); /* the parent decides what an interrupt means */
    signal(SIGPIPE, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    signal(SIGXCPU, SIG_DFL);
    signal(SIGXFSZ, SIG_DFL);
    const uint64_t files = (uint64_t)blind_others() + 1 + FILES;
    if (!SHADOW_MEMORY) {
        const uint64_t bytes = inherited_bytes() + ((uint64_t)RV__DECODE_MEMORY_MB << 20);
        limit(RLIMIT_AS, bytes, bytes);
    }
    limit(RLIMIT_CPU, RV__DECODE_CPU_S, RV__DECODE_CPU_S + 1);
    limit(RLIMIT_FSIZE, 0, 0);
    limit(RLIMIT_CORE, 0, 0);
    limit(RLIMIT_NOFILE, files, files);
}

_Noreturn void rv__worker_run(int fd, int free_fd, unsigned char *slots, const rv__sniffed *file)
{
    sender s = { .slots = slots };
    const rv__decode_sink sink = { send_header, send_rows, &s };
    rv__mem_fail_nth(0, false);
    place_descriptors(fd, free_fd);
    confine();
    rv__worker_gdal();
    const int err = rv__worker_decode(file, &sink, wait_for_slot);
    if (err < 0) {
        rv__error_body body = { .code = err };
        snprintf(body.text, sizeof body.text, "%s", rv_last_error());
        put_frame(PIPE_FD, RV__FRAME_ERROR, sizeof body);
        put(PIPE_FD, &body, sizeof body);
    } else {
        put_frame(PIPE_FD, RV__FRAME_END, 0);
    }
    _exit(0); /* no exit handlers: they belong to the parent */
}

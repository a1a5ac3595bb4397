/* SPDX-License-Identifier: Apache-2.0 */
/* One untrusted file, one process: fork, bound what the child may use, let it decode, and take from its pipe nothing but
 * frames whose lengths and figures this side recomputes. fork without exec is enough because the child uses only the
 * pipe and GDAL, and the caller runs no threads while it adds images; an executable of its own would have to be found at
 * run time by a library. The parent never links a decoder into its own address space's fate: a crash, a loop or a failed
 * allocation over there is one sentence here. */
#include "raster/decode.h"

#include "base/error.h"
#include "base/mem.h"
#include "raster/gdal_decode.h"
#include "raster/gdal_header.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
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

enum { MEMORY_MB = 1024, CPU_S = 60, FILES = 32, SILENCE_S = 120, TEXT_MAX = 400, PIPE_FD = 3 };

enum { PIPE_ENDED = 1 << 20 }; /* no status code, and no value that a sink would return */

typedef enum frame_kind { FRAME_HEADER, FRAME_ROWS, FRAME_END, FRAME_ERROR } frame_kind;

typedef struct frame {
    uint32_t magic;
    uint32_t kind;
    uint64_t bytes; /* that follow */
} frame;

enum { FRAME_MAGIC = 0x72766465 };

typedef struct rows_head {
    int32_t row0, n_rows;
} rows_head;

typedef struct error_body {
    int32_t code;
    char text[TEXT_MAX];
} error_body;

/* Where the parent stands in the stream. */
typedef struct stream {
    int fd;
    const rv__decode_sink *sink;
    rv__decoded header;
    bool has_header;
    int next_row;
    unsigned char *buffer; /* samples and validity of one frame */
    size_t buffer_size;
} stream;

/* ---- the child ---- */

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

static void put_frame(int fd, frame_kind kind, size_t bytes)
{
    const frame f = { FRAME_MAGIC, (uint32_t)kind, bytes };
    put(fd, &f, sizeof f);
}

static int send_header(const rv__decoded *header, void *user)
{
    put_frame(PIPE_FD, FRAME_HEADER, sizeof *header);
    put(PIPE_FD, header, sizeof *header);
    *(rv__decoded *)user = *header;
    return RV_OK;
}

static int send_rows(const void *samples, const uint8_t *valid, int row0, int n_rows, void *user)
{
    const rv__decoded *h = user;
    const rows_head head = { row0, n_rows };
    const size_t n = (size_t)h->grid.width * (size_t)n_rows;
    const size_t bytes = n * (size_t)h->bands * rv__sample_size(h->sample);
    put_frame(PIPE_FD, FRAME_ROWS, sizeof head + bytes + n);
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
    int n = 0, highest = PIPE_FD;
    const int null = open("/dev/null", O_RDWR);
    DIR *d = opendir("/proc/self/fd");
    if (null < 0)
        _exit(1);
    for (const struct dirent *e = d ? readdir(d) : NULL; e && n < (int)(sizeof fds / sizeof *fds); e = readdir(d)) {
        const long fd = strtol(e->d_name, NULL, 10);
        if (fd != PIPE_FD && fd != dirfd(d) && fd != null && e->d_name[0] != '.')
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

static void confine(int fd)
{
#ifdef __linux__
    prctl(PR_SET_PDEATHSIG, SIGKILL);
#endif
    signal(SIGINT, SIG_IGN); /* the parent decides what an interrupt means */
    signal(SIGPIPE, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    signal(SIGXCPU, SIG_DFL);
    signal(SIGXFSZ, SIG_DFL);
    if (fd != PIPE_FD && dup2(fd, PIPE_FD) < 0)
        _exit(1);
    const uint64_t files = (uint64_t)blind_others() + 1 + FILES;
    if (!SHADOW_MEMORY) {
        const uint64_t bytes = inherited_bytes() + ((uint64_t)MEMORY_MB << 20);
        limit(RLIMIT_AS, bytes, bytes);
    }
    limit(RLIMIT_CPU, CPU_S, CPU_S + 1);
    limit(RLIMIT_FSIZE, 0, 0);
    limit(RLIMIT_CORE, 0, 0);
    limit(RLIMIT_NOFILE, files, files);
}

static void work(int fd, const rv__sniffed *file)
{
    rv__decoded header;
    const rv__decode_sink sink = { send_header, send_rows, &header };
    rv__mem_fail_nth(0, false);
    confine(fd);
    rv__worker_gdal();
    const int err = rv__worker_decode(file, &sink);
    if (err < 0) {
        error_body body = { .code = err };
        snprintf(body.text, sizeof body.text, "%s", rv_last_error());
        put_frame(PIPE_FD, FRAME_ERROR, sizeof body);
        put(PIPE_FD, &body, sizeof body);
    } else {
        put_frame(PIPE_FD, FRAME_END, 0);
    }
    _exit(0); /* no exit handlers: they belong to the parent */
}

/* ---- the parent ---- */

/* @return RV_OK, PIPE_ENDED or RV_ERR_... */
static int get(int fd, void *out, size_t n)
{
    char *p = out;
    while (n) {
        struct pollfd wait = { fd, POLLIN, 0 };
        const int ready = poll(&wait, 1, SILENCE_S * 1000);
        int err;
        if ((err = rv__stopping()) < 0)
            return err;
        if (ready == 0)
            return rv__fail(RV_ERR_REFUSED, "decoding gave no sign for %d s", SILENCE_S);
        if (ready < 0 && errno == EINTR)
            continue;
        const ssize_t k = ready < 0 ? -1 : read(fd, p, n);
        if (k < 0 && errno == EINTR)
            continue;
        if (k < 0)
            return rv__fail(RV_ERR_IO, "cannot read from the decoding process: %s", strerror(errno));
        if (k == 0)
            return PIPE_ENDED;
        p += k;
        n -= (size_t)k;
    }
    return RV_OK;
}

static int bad_frame(const char *what)
{
    return rv__fail(RV_ERR_REFUSED, "the decoding process broke its protocol: %s", what);
}

static bool terminated(const char *text, size_t size)
{
    return memchr(text, '\0', size) != NULL;
}

static int take_header(stream *s, uint64_t bytes)
{
    rv__decoded *h = &s->header;
    int err;
    if (s->has_header || bytes != sizeof *h)
        return bad_frame("header");
    if ((err = get(s->fd, h, sizeof *h)) != RV_OK)
        return err;
    bool texts = terminated(h->grid.crs, sizeof h->grid.crs) && terminated(h->driver, sizeof h->driver) &&
                 terminated(h->interp, sizeof h->interp) && terminated(h->datetime, sizeof h->datetime) &&
                 terminated(h->copyright, sizeof h->copyright);
    for (int i = 0; i < RV_BANDS_MAX; i++)
        texts = texts && terminated(h->descriptions[i], sizeof h->descriptions[i]);
    if (!texts)
        return bad_frame("text without an end");
    if ((err = rv__header_check(h)) < 0)
        return err;
    s->has_header = true;
    return s->sink->begin(h, s->sink->user);
}

static int take_rows(stream *s, uint64_t bytes)
{
    const rv__decoded *h = &s->header;
    rows_head head;
    int err;
    if (!s->has_header || bytes < sizeof head)
        return bad_frame("rows before header");
    if ((err = get(s->fd, &head, sizeof head)) != RV_OK)
        return err;
    if (head.row0 != s->next_row || head.n_rows < 1 || head.n_rows > h->grid.height - head.row0)
        return bad_frame("rows out of order");
    const size_t n = (size_t)h->grid.width * (size_t)head.n_rows;
    const size_t samples = n * (size_t)h->bands * rv__sample_size(h->sample);
    if (bytes != sizeof head + samples + n || (head.n_rows > 1 && samples > RV__ROWS_BYTES_MAX))
        return bad_frame("length of rows");
    if (samples + n > s->buffer_size) {
        rv__free(s->buffer);
        s->buffer_size = 0;
        if (!(s->buffer = rv__alloc(samples + n, 1)))
            return RV_ERR_NOMEM;
        s->buffer_size = samples + n;
    }
    if ((err = get(s->fd, s->buffer, samples + n)) != RV_OK)
        return err;
    for (size_t i = 0; i < n; i++)
        if (s->buffer[samples + i] > 1)
            return bad_frame("validity");
    s->next_row += head.n_rows;
    return s->sink->rows(s->buffer, s->buffer + samples, head.row0, head.n_rows, s->sink->user);
}

static int take_error(stream *s, uint64_t bytes)
{
    error_body body;
    int err;
    if (bytes != sizeof body)
        return bad_frame("error");
    if ((err = get(s->fd, &body, sizeof body)) != RV_OK)
        return err;
    body.text[sizeof body.text - 1] = '\0';
    const bool known = body.code == RV_ERR_REFUSED || body.code == RV_ERR_IO || body.code == RV_ERR_NOMEM;
    return rv__fail(known ? body.code : RV_ERR_FORMAT, "%s", body.text);
}

/* @return RV_OK after the last frame, PIPE_ENDED before it, RV_ERR_..., or what the sink returned */
static int take_all(stream *s)
{
    for (;;) {
        frame f;
        int err;
        if ((err = get(s->fd, &f, sizeof f)) != RV_OK)
            return err;
        if (f.magic != FRAME_MAGIC)
            return bad_frame("frame");
        if (f.kind == FRAME_HEADER)
            err = take_header(s, f.bytes);
        else if (f.kind == FRAME_ROWS)
            err = take_rows(s, f.bytes);
        else if (f.kind == FRAME_ERROR)
            return take_error(s, f.bytes);
        else if (f.kind == FRAME_END && s->has_header && s->next_row == s->header.grid.height)
            return RV_OK;
        else
            return bad_frame("end");
        if (err != RV_OK)
            return err;
    }
}

static int reap(pid_t child)
{
    int status = 0;
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            return 0; /* somebody else collected it: nothing more to learn */
    return status;
}

/* Why the pipe ended early. */
static int explain(int status)
{
    const int sig = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    if (WIFEXITED(status) && WEXITSTATUS(status) == RV__EXIT_NOMEM)
        return rv__fail(RV_ERR_REFUSED, "decoding needs more than %d MB of memory", MEMORY_MB);
    if (sig == SIGXCPU || sig == SIGKILL)
        return rv__fail(RV_ERR_REFUSED, "decoding was stopped: more than %d s of processor time, or killed", CPU_S);
    if (sig == SIGXFSZ)
        return rv__fail(RV_ERR_REFUSED, "decoding tried to write a file");
    if (sig == SIGSYS)
        return rv__fail(RV_ERR_REFUSED, "decoding tried something forbidden");
    if (sig)
        return rv__fail(RV_ERR_FORMAT, "decoder crashed on this file (signal %d)", sig);
    return rv__fail(RV_ERR_FORMAT, "decoder ended early on this file (exit code %d)",
                    WIFEXITED(status) ? WEXITSTATUS(status) : -1);
}

int rv__decode(const char *path, const rv__decode_sink *sink)
{
    rv__sniffed file;
    int pipe_fd[2];
    int err;
    if ((err = rv__sniff(&file, path)) < 0)
        return err;
    if (pipe(pipe_fd) != 0)
        return rv__fail(RV_ERR_IO, "cannot make a pipe: %s", strerror(errno));
    const pid_t child = fork();
    if (child < 0) {
        const int reason = errno;
        close(pipe_fd[0]);
        close(pipe_fd[1]);
        return rv__fail(RV_ERR_IO, "cannot start a decoding process: %s", strerror(reason));
    }
    if (child == 0) {
        close(pipe_fd[0]);
        work(pipe_fd[1], &file);
    }
    close(pipe_fd[1]);
    stream s = { .fd = pipe_fd[0], .sink = sink };
    err = take_all(&s);
    close(pipe_fd[0]);
    if (err != RV_OK && err != PIPE_ENDED)
        kill(child, SIGKILL);
    const int status = reap(child);
    rv__free(s.buffer);
    return err == PIPE_ENDED ? explain(status) : err;
}

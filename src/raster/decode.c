/* SPDX-License-Identifier: Apache-2.0 */
/* One untrusted file, one process: fork, bound what the child may use, let it decode, and take from its pipe nothing but
 * frames whose lengths and figures this side recomputes. fork without exec is enough because the child uses only the
 * pipe and GDAL, and the caller runs no threads while it adds images; an executable of its own would have to be found at
 * run time by a library. Rows come through two slots of shared memory, which the worker decodes into; the pipe carries only
 * their frames, and a byte back for each slot that is free again. Samples are numbers whatever the worker does to them
 * meanwhile; validity is copied before it is checked. The parent never links a decoder into its own address space's fate:
 * a crash, a loop or a failed allocation over there is one sentence here. */
#include "raster/decode_internal.h"

#include "base/error.h"
#include "base/mem.h"
#include "raster/gdal_decode.h"
#include "raster/gdal_header.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SILENCE_S = 120, PIPE_ENDED = 1 << 20 }; /* the latter no status code, and no value that a sink would return */

/* Where the parent stands in the stream. */
typedef struct stream {
    int fd, free_fd;
    const unsigned char *slots;
    int next_slot;
    const rv__decode_sink *sink;
    rv__decoded header;
    bool has_header;
    int next_row;
    unsigned char *buffer; /* samples and validity of one frame */
    size_t buffer_size;
} stream;

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

/* Place for the bytes of one frame that must not change any more. */
static int reserve(stream *s, size_t bytes)
{
    if (bytes <= s->buffer_size)
        return RV_OK;
    rv__free(s->buffer);
    s->buffer_size = 0;
    if (!(s->buffer = rv__alloc(bytes, 1)))
        return RV_ERR_NOMEM;
    s->buffer_size = bytes;
    return RV_OK;
}

static int pass_on(stream *s, const void *samples, const uint8_t *valid, size_t n, const rv__rows_head *head)
{
    uint8_t any = 0;
    for (size_t i = 0; i < n; i++)
        any |= valid[i];
    if (any > 1)
        return bad_frame("validity");
    s->next_row += head->n_rows;
    return s->sink->rows(samples, valid, head->row0, head->n_rows, s->sink->user);
}

/* Rows that lie in the next slot. */
static int take_slot(stream *s, const rv__rows_head *head, size_t n, size_t samples)
{
    const unsigned char *slot = s->slots + (size_t)s->next_slot * RV__SLOT_BYTES;
    const char word = 1;
    int err;
    if (samples + n > RV__SLOT_BYTES)
        return bad_frame("length of rows");
    if ((err = reserve(s, n)) < 0)
        return err;
    memcpy(s->buffer, slot + samples, n);
    if ((err = pass_on(s, slot, s->buffer, n, head)) != RV_OK)
        return err;
    s->next_slot = (s->next_slot + 1) % RV__SLOTS;
    /* A worker that is done has closed its end; SIGPIPE must not end the caller for it. */
    return send(s->free_fd, &word, 1, MSG_NOSIGNAL) == 1 || errno == EPIPE || errno == ECONNRESET
               ? RV_OK
               : rv__fail(RV_ERR_IO, "cannot write to the decoding process: %s", strerror(errno));
}

static int take_rows(stream *s, uint64_t bytes, bool in_slot)
{
    const rv__decoded *h = &s->header;
    rv__rows_head head;
    int err;
    if (!s->has_header || bytes < sizeof head || (in_slot && (bytes != sizeof head || !s->slots)))
        return bad_frame("rows before header");
    if ((err = get(s->fd, &head, sizeof head)) != RV_OK)
        return err;
    if (head.row0 != s->next_row || head.n_rows < 1 || head.n_rows > h->grid.height - head.row0)
        return bad_frame("rows out of order");
    const size_t n = (size_t)h->grid.width * (size_t)head.n_rows;
    const size_t samples = n * (size_t)h->bands * rv__sample_size(h->sample);
    if (in_slot)
        return take_slot(s, &head, n, samples);
    if (bytes != sizeof head + samples + n || (head.n_rows > 1 && samples > RV__ROWS_BYTES_MAX))
        return bad_frame("length of rows");
    if ((err = reserve(s, samples + n)) < 0 || (err = get(s->fd, s->buffer, samples + n)) != RV_OK)
        return err;
    return pass_on(s, s->buffer, s->buffer + samples, n, &head);
}

static int take_error(stream *s, uint64_t bytes)
{
    rv__error_body body;
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
        rv__frame f;
        int err;
        if ((err = get(s->fd, &f, sizeof f)) != RV_OK)
            return err;
        if (f.magic != RV__FRAME_MAGIC)
            return bad_frame("frame");
        if (f.kind == RV__FRAME_HEADER)
            err = take_header(s, f.bytes);
        else if (f.kind == RV__FRAME_ROWS || f.kind == RV__FRAME_SLOT)
            err = take_rows(s, f.bytes, f.kind == RV__FRAME_SLOT);
        else if (f.kind == RV__FRAME_ERROR)
            return take_error(s, f.bytes);
        else if (f.kind == RV__FRAME_END && s->has_header && s->next_row == s->header.grid.height)
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
        return rv__fail(RV_ERR_REFUSED, "decoding needs more than %d MB of memory", RV__DECODE_MEMORY_MB);
    if (sig == SIGXCPU || sig == SIGKILL)
        return rv__fail(RV_ERR_REFUSED, "decoding was stopped: more than %d s of processor time, or killed",
                        RV__DECODE_CPU_S);
    if (sig == SIGXFSZ)
        return rv__fail(RV_ERR_REFUSED, "decoding tried to write a file");
    if (sig == SIGSYS)
        return rv__fail(RV_ERR_REFUSED, "decoding tried something forbidden");
    if (sig)
        return rv__fail(RV_ERR_FORMAT, "decoder crashed on this file (signal %d)", sig);
    return rv__fail(RV_ERR_FORMAT, "decoder ended early on this file (exit code %d)",
                    WIFEXITED(status) ? WEXITSTATUS(status) : -1);
}

/* The frames' pipe, the way back, and the slots; a machine without shared memory does with the pipe. */
typedef struct channel {
    int fd[2], back[2];
    unsigned char *slots;
} channel;

static int open_channel(channel *c)
{
    if (pipe(c->fd) != 0)
        return rv__fail(RV_ERR_IO, "cannot make a pipe: %s", strerror(errno));
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, c->back) != 0) {
        const int reason = errno;
        close(c->fd[0]);
        close(c->fd[1]);
        return rv__fail(RV_ERR_IO, "cannot make a pipe: %s", strerror(reason));
    }
    c->slots = mmap(NULL, (size_t)RV__SLOTS * RV__SLOT_BYTES, PROT_READ | PROT_WRITE,
                    MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (c->slots == MAP_FAILED)
        c->slots = NULL;
    return RV_OK;
}

static void close_channel(channel *c)
{
    close(c->fd[0]);
    close(c->back[0]);
    if (c->slots)
        munmap(c->slots, (size_t)RV__SLOTS * RV__SLOT_BYTES);
}

int rv__decode(const char *path, const rv__decode_sink *sink)
{
    rv__sniffed file;
    channel c;
    int err;
    if ((err = rv__sniff(&file, path)) < 0 || (err = open_channel(&c)) < 0)
        return err;
    const pid_t child = fork();
    const int reason = errno;
    if (child == 0) {
        close(c.fd[0]);
        close(c.back[0]);
        rv__worker_run(c.fd[1], c.back[1], c.slots, &file);
    }
    close(c.fd[1]);
    close(c.back[1]);
    if (child < 0) {
        close_channel(&c);
        return rv__fail(RV_ERR_IO, "cannot start a decoding process: %s", strerror(reason));
    }
    stream s = { .fd = c.fd[0], .free_fd = c.back[0], .slots = c.slots, .sink = sink };
    err = take_all(&s);
    if (err != RV_OK && err != PIPE_ENDED)
        kill(child, SIGKILL);
    close_channel(&c);
    const int status = reap(child);
    rv__free(s.buffer);
    return err == PIPE_ENDED ? explain(status) : err;
}

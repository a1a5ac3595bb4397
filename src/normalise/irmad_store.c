/* SPDX-License-Identifier: Apache-2.0 */
/* Two images in blocks. Values become floats on the way in: whole numbers of 16 bits are floats exactly. A value that is not
 * finite makes its pixel invalid and 0, because a weight of 0 does not silence it in a product. */
#include "normalise/irmad_store.h"

#include "base/error.h"
#include "base/mem.h"
#include "normalise/irmad_kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BLOCK_PX = 16384, RUN = RV__IRMAD_RUN, PIECE = 4096 };

#define VALUE_MAX 1e18F /* above it products leave the range of floats */

static int open_unnamed(int *out, const char *near, uint64_t bytes)
{
    char path[RV_PATH_MAX + 16];
    if (snprintf(path, sizeof path, "%s.XXXXXX", near) >= (int)sizeof path)
        return rv__fail(RV_ERR_REFUSED, "path of %zu bytes is too long, limit %d", strlen(near), RV_PATH_MAX);
    const int fd = mkstemp(path);
    if (fd < 0)
        return rv__fail(RV_ERR_IO, "cannot make a file beside %s: %s", near, strerror(errno));
    unlink(path);
    if (ftruncate(fd, (off_t)bytes) != 0) {
        const int reason = errno;
        close(fd);
        return rv__fail(RV_ERR_IO, "cannot make room for %llu MB beside %s: %s", (unsigned long long)(bytes >> 20),
                        near, strerror(reason));
    }
    *out = fd;
    return RV_OK;
}

int rv__irmad_store_init(rv__irmad_store *out, size_t width, size_t height, int bands, const char *near)
{
    rv__irmad_store s = { .width = width, .height = height, .bands = bands, .rows = 1, .file = -1 };
    while (s.rows < 32 && 2 * s.rows * width <= BLOCK_PX) /* a power of two, so that 32 rows are whole blocks */
        s.rows *= 2;
    if (width == 1)
        s.rows = BLOCK_PX;
    s.blocks = (height + s.rows - 1) / s.rows;
    s.stride = (s.rows * width + RUN - 1) / RUN * RUN;
    const size_t values = s.blocks * s.stride, planes = 2 * (size_t)bands;
    *out = s;
    if (!(out->valid = rv__alloc(values, 1)))
        return RV_ERR_NOMEM;
    for (size_t row = 0; row < height; row += s.rows)
        memset(out->valid + row / s.rows * s.stride, 1, width * (height - row < s.rows ? height - row : s.rows));
    if (near && values * (planes * sizeof(float) + 1) > rv__ram() / 4 * 3)
        return open_unnamed(&out->file, near, (uint64_t)values * planes * sizeof(float));
    out->data = rv__alloc(values * planes, sizeof *out->data);
    return out->data ? RV_OK : RV_ERR_NOMEM;
}

void rv__irmad_store_release(rv__irmad_store *store)
{
    if (store->file >= 0)
        close(store->file);
    rv__free(store->data);
    rv__free(store->valid);
    *store = (rv__irmad_store){ .file = -1 };
}

/* Values that are no numbers, or too large for their squares, become 0 and their pixels invalid. */
static void drop_non_finite(float *v, uint8_t *valid, size_t n)
{
    int bad = 0;
    for (size_t i = 0; i < n; i++)
        bad |= !(fabsf(v[i]) < VALUE_MAX);
    if (!bad)
        return;
    for (size_t i = 0; i < n; i++)
        if (!(fabsf(v[i]) < VALUE_MAX)) {
            v[i] = 0;
            valid[i] = 0;
        }
}

static int write_all(int fd, const float *v, size_t n, size_t at)
{
    const char *p = (const char *)v;
    size_t left = n * sizeof *v;
    off_t to = (off_t)(at * sizeof *v);
    while (left) {
        const ssize_t k = pwrite(fd, p, left, to);
        if (k < 0 && errno == EINTR)
            continue;
        if (k <= 0)
            return rv__fail(RV_ERR_IO, "cannot keep pixels in a file: %s", strerror(errno));
        p += k;
        to += k;
        left -= (size_t)k;
    }
    return RV_OK;
}

/* n values of one band from item `from` on, to place `at` of a block's plane. */
static int put_piece(rv__irmad_store *s, size_t plane_at, uint8_t *valid, const rv__irmad_rows *r, size_t from,
                     size_t n)
{
    float room[PIECE];
    int err = RV_OK;
    for (size_t i = 0; i < n && err == RV_OK; i += PIECE) {
        const size_t m = n - i < PIECE ? n - i : PIECE;
        float *to = s->data ? s->data + plane_at + i : room;
        rv__samples_load(to, r->samples, r->type, from + i, m);
        if (r->type == RV__SAMPLE_F32)
            drop_non_finite(to, valid + i, m);
        if (!s->data)
            err = write_all(s->file, to, m, plane_at + i);
    }
    return err;
}

int rv__irmad_store_put(rv__irmad_store *s, int image, const rv__irmad_rows *r)
{
    const size_t planes = 2 * (size_t)s->bands, first = (size_t)image * (size_t)s->bands;
    int err = RV_OK;
    for (size_t row = 0; row < r->n_rows && err == RV_OK;) {
        const size_t block = (r->row0 + row) / s->rows, in_block = (r->row0 + row) % s->rows;
        const size_t rows = s->rows - in_block < r->n_rows - row ? s->rows - in_block : r->n_rows - row;
        const size_t n = rows * s->width, at = in_block * s->width, from = row * s->width;
        uint8_t *valid = s->valid + block * s->stride + at;
        for (size_t i = 0; i < n; i++)
            valid[i] &= !r->valid || r->valid[from + i];
        for (size_t b = 0; b < (size_t)s->bands && err == RV_OK; b++)
            err = put_piece(s, (block * planes + first + b) * s->stride + at, valid, r, b * r->band_step + from, n);
        row += rows;
    }
    return err;
}

size_t rv__irmad_store_room(const rv__irmad_store *s)
{
    return s->data ? 1 : 2 * (size_t)s->bands * s->stride;
}

int rv__irmad_store_block(const float **planes, const rv__irmad_store *s, size_t block, float *room)
{
    const size_t n = 2 * (size_t)s->bands * s->stride;
    const float *at = s->data ? s->data + block * n : room;
    char *p = (char *)room;
    size_t left = s->data ? 0 : n * sizeof *room;
    off_t from = (off_t)(block * n * sizeof *room);
    while (left) {
        const ssize_t k = pread(s->file, p, left, from);
        if (k < 0 && errno == EINTR)
            continue;
        if (k <= 0)
            return rv__fail(RV_ERR_IO, "cannot read pixels back: %s", k < 0 ? strerror(errno) : "file ends early");
        p += k;
        from += k;
        left -= (size_t)k;
    }
    for (size_t i = 0; i < 2 * (size_t)s->bands; i++)
        planes[i] = at + i * s->stride;
    return RV_OK;
}

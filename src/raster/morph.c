/* SPDX-License-Identifier: Apache-2.0 */
/* Grey and binary morphology.
 *
 * Flat rectangles and lines by van Herk / Gil-Werman [vanherk1992] [gil1993]: the line is cut into blocks of the
 * window's length; running extremes forwards and backwards in each block give every window by one comparison, whatever
 * its length. 16 lines are done side by side so that the inner loop is a vector operation: neighbouring columns for
 * vertical lines, columns shifted by one a row for the diagonals, 16 rows (transposed on the way in and out) for
 * horizontal ones. An erosion is the negated dilation of the negative.
 *
 * Reconstruction by Vincent's hybrid algorithm [vincent1993, section 5.4]: a scan down, a scan up, and a queue for what
 * the two scans could not carry. */
#include "raster/morph.h"

#include <revisit/base.h>

#include "base/mem.h"

#include <math.h>
#include <string.h>

enum { LANES = 16 };

/* A family of parallel lines over a plane: position i on lane j is pixel
 * (col, row) = (first + j + skew * i, i), or (i, first + j) when across. */
typedef struct family {
    size_t w, h;
    ptrdiff_t first;
    int skew;
    int across;
} family;

/* Windows of a line: back samples before the pixel, ahead after it. */
typedef struct reach {
    size_t back, ahead;
} reach;

static inline float larger(float a, float b)
{
    return a > b ? a : b;
}

static void fill_lanes(float *line, size_t n)
{
    for (size_t i = 0; i < n * LANES; i++)
        line[i] = -INFINITY;
}

/* Columns of the lane block that lie inside a row: [*begin, *end) of LANES. */
static void inside(const family *f, size_t i, size_t *begin, size_t *end)
{
    const ptrdiff_t col = f->first + f->skew * (ptrdiff_t)i, w = (ptrdiff_t)f->w;
    *begin = col < 0 ? (size_t)(-col < LANES ? -col : LANES) : 0;
    *end = col + LANES > w ? (size_t)(w > col ? w - col : 0) : LANES;
}

/* lane[i * LANES + j] = sign * pixel, where the pixel exists */
static void load(float *lane, const float *in, const family *f, float sign)
{
    if (f->across) {
        for (size_t j = 0; j < LANES && (size_t)f->first + j < f->h; j++)
            for (size_t i = 0; i < f->w; i++)
                lane[i * LANES + j] = sign * in[((size_t)f->first + j) * f->w + i];
        return;
    }
    for (size_t i = 0, begin, end; i < f->h; i++) {
        inside(f, i, &begin, &end);
        const ptrdiff_t at = (ptrdiff_t)(i * f->w) + f->first + f->skew * (ptrdiff_t)i;
        for (size_t j = begin; j < end; j++)
            lane[i * LANES + j] = sign * in[at + (ptrdiff_t)j];
    }
}

static void store(float *out, const float *lane, const family *f, float sign)
{
    if (f->across) {
        for (size_t j = 0; j < LANES && (size_t)f->first + j < f->h; j++)
            for (size_t i = 0; i < f->w; i++)
                out[((size_t)f->first + j) * f->w + i] = sign * lane[i * LANES + j];
        return;
    }
    for (size_t i = 0, begin, end; i < f->h; i++) {
        inside(f, i, &begin, &end);
        const ptrdiff_t at = (ptrdiff_t)(i * f->w) + f->first + f->skew * (ptrdiff_t)i;
        for (size_t j = begin; j < end; j++)
            out[at + (ptrdiff_t)j] = sign * lane[i * LANES + j];
    }
}

/* Running maxima within blocks of k: ahead[i] from the block's start to i, line[i] (in place) from i to its end. */
static void run_maxima(float *line, float *ahead, size_t n, size_t k)
{
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < LANES; j++)
            ahead[i * LANES + j] =
                i % k ? larger(ahead[(i - 1) * LANES + j], line[i * LANES + j]) : line[i * LANES + j];
    for (size_t i = n - 1; i-- > 0;)
        if ((i + 1) % k)
            for (size_t j = 0; j < LANES; j++)
                line[i * LANES + j] = larger(line[i * LANES + j], line[(i + 1) * LANES + j]);
}

/* Maximum over the window of each of n positions, of LANES lines at once; line and ahead hold n + back + ahead samples,
 * rounded up to whole blocks. The result is in line[0 .. n). */
static void windows(float *line, float *ahead, size_t n, size_t padded, size_t k)
{
    run_maxima(line, ahead, padded, k);
    for (size_t i = 0; i < n * LANES; i++)
        line[i] = larger(line[i], ahead[i + (k - 1) * LANES]);
}

/* Extremes along every line of the family; sign 1 dilates, -1 erodes. in == out is fine: lines do not meet. */
static int along(float *out, const float *in, family f, reach r, float sign)
{
    const size_t n = f.across ? f.w : f.h, k = r.back + r.ahead + 1, padded = (n + k - 1 + k - 1) / k * k;
    float *line = rv__alloc(padded * LANES, sizeof *line), *ahead = rv__alloc(padded * LANES, sizeof *ahead);
    int err = RV_ERR_NOMEM;
    if (line && ahead) {
        const ptrdiff_t slip = f.skew * (ptrdiff_t)(f.h - 1);
        const ptrdiff_t end = f.across ? (ptrdiff_t)f.h : (ptrdiff_t)f.w - (slip < 0 ? slip : 0);
        for (f.first = slip > 0 ? -slip : 0; f.first < end; f.first += LANES) {
            fill_lanes(line, padded);
            load(line + r.back * LANES, in, &f, sign);
            windows(line, ahead, n, padded, k);
            store(out, line, &f, sign);
        }
        err = RV_OK;
    }
    rv__free(ahead);
    rv__free(line);
    return err;
}

static int rectangle(float *out, const float *in, const size_t size[2], const size_t radius[2], float sign)
{
    const family rows = { size[0], size[1], 0, 0, 1 }, cols = { size[0], size[1], 0, 0, 0 };
    const int err = along(out, in, rows, (reach){ radius[0], radius[0] }, sign);
    return err < 0 ? err : along(out, out, cols, (reach){ radius[1], radius[1] }, sign);
}

/* Even lengths cannot be centred: erosion looks one pixel further ahead, dilation one further back, so that an opening
 * (erosion, then dilation) never moves what it keeps. */
static int segment(float *out, const float *in, const size_t size[2], size_t length, int direction_deg, float sign)
{
    const size_t lo = (length - 1) / 2, hi = length / 2;
    family f = { size[0], size[1], 0, 0, 0 };
    if (direction_deg == 0)
        f.across = 1;
    else if (direction_deg == 45)
        f.skew = -1;
    else if (direction_deg == 135)
        f.skew = 1;
    return along(out, in, f, sign > 0 ? (reach){ hi, lo } : (reach){ lo, hi }, sign);
}

int rv__erode(float *out, const float *in, size_t w, size_t h, size_t rx, size_t ry)
{
    return rectangle(out, in, (size_t[2]){ w, h }, (size_t[2]){ rx, ry }, -1);
}

int rv__dilate(float *out, const float *in, size_t w, size_t h, size_t rx, size_t ry)
{
    return rectangle(out, in, (size_t[2]){ w, h }, (size_t[2]){ rx, ry }, 1);
}

int rv__erode_line(float *out, const float *in, size_t w, size_t h, size_t length, int direction_deg)
{
    return segment(out, in, (size_t[2]){ w, h }, length, direction_deg, -1);
}

int rv__dilate_line(float *out, const float *in, size_t w, size_t h, size_t length, int direction_deg)
{
    return segment(out, in, (size_t[2]){ w, h }, length, direction_deg, 1);
}

/* Pixels waiting, first in first out; each at most once, so w h places are enough. */
typedef struct queue {
    uint32_t *at;
    uint8_t *waiting;
    size_t n, head, count;
} queue;

static void push(queue *q, size_t p)
{
    if (q->waiting[p])
        return;
    q->waiting[p] = 1;
    q->at[(q->head + q->count++) % q->n] = (uint32_t)p;
}

static size_t pop(queue *q)
{
    const size_t p = q->at[q->head];
    q->head = (q->head + 1) % q->n;
    q->count--;
    q->waiting[p] = 0;
    return p;
}

/* row = min(max(row, three neighbours in the row before), mask), then carried along the row by step */
static void sweep_row(float *row, const float *before, const float *mask, size_t w, int step)
{
    if (before) {
        for (size_t c = 0; c < w; c++) {
            const float a = before[c ? c - 1 : 0], b = before[c + 1 < w ? c + 1 : c];
            row[c] = larger(row[c], larger(larger(a, b), before[c]));
        }
    }
    float carried = -INFINITY;
    for (size_t i = 0; i < w; i++) {
        const size_t c = step > 0 ? i : w - 1 - i;
        const float v = larger(row[c], carried);
        carried = row[c] = v < mask[c] ? v : mask[c];
    }
}

/* True when p could still raise one of its neighbours. */
static int can_raise(const float *marker, const float *mask, size_t p, size_t q)
{
    return marker[q] < marker[p] && marker[q] < mask[q];
}

/* Raise the neighbours of p where the mask lets them and queue those; only_look queues p instead. */
static void visit(queue *q, float *marker, const float *mask, const size_t size[2], size_t p, int only_look)
{
    const size_t w = size[0], col = p % w, row = p / w;
    for (size_t r = row ? row - 1 : 0; r <= row + 1 && r < size[1]; r++) {
        for (size_t c = col ? col - 1 : 0; c <= col + 1 && c < w; c++) {
            const size_t near = r * w + c;
            if (!can_raise(marker, mask, p, near))
                continue;
            if (only_look) {
                push(q, p);
                return;
            }
            marker[near] = marker[p] < mask[near] ? marker[p] : mask[near];
            push(q, near);
        }
    }
}

int rv__reconstruct(float *marker, const float *mask, size_t w, size_t h)
{
    const size_t n = w * h, size[2] = { w, h };
    queue q = { rv__alloc(n, sizeof *q.at), rv__alloc(n, 1), n, 0, 0 };
    int err = RV_ERR_NOMEM;
    if (!q.at || !q.waiting)
        goto done;
    for (size_t row = 0; row < h; row++)
        sweep_row(marker + row * w, row ? marker + (row - 1) * w : NULL, mask + row * w, w, 1);
    for (size_t row = h; row-- > 0;)
        sweep_row(marker + row * w, row + 1 < h ? marker + (row + 1) * w : NULL, mask + row * w, w, -1);
    for (size_t p = 0; p < n; p++)
        visit(&q, marker, mask, size, p, 1);
    while (q.count)
        visit(&q, marker, mask, size, pop(&q), 0);
    err = RV_OK;
done:
    rv__free(q.waiting);
    rv__free(q.at);
    return err;
}

/* tmp = 1 where any pixel within r along the row equals what */
static void near_in_row(uint8_t *tmp, const uint8_t *in, size_t w, size_t r, int what)
{
    size_t count = 0;
    for (size_t c = 0; c < r && c < w; c++)
        count += (in[c] != 0) == what;
    for (size_t c = 0; c < w; c++) {
        if (c + r < w)
            count += (in[c + r] != 0) == what;
        if (c > r)
            count -= (in[c - r - 1] != 0) == what;
        tmp[c] = count > 0;
    }
}

/* Squares of few pixels: shifted rows are put together by OR, which compilers do 16 pixels at a time. */
enum { SMALL_R = 6 };

static void or_row(uint8_t *into, const uint8_t *from, size_t n)
{
    for (size_t c = 0; c < n; c++)
        into[c] |= from[c];
}

/* line: w + 2 r items, of which the first and the last r are 0. */
static void near_in_row_small(uint8_t *out, const uint8_t *in, size_t w, size_t r, int what, uint8_t *line)
{
    for (size_t c = 0; c < w; c++)
        line[r + c] = (in[c] != 0) == what;
    memcpy(out, line, w);
    for (size_t d = 1; d <= 2 * r; d++)
        or_row(out, line + d, w);
}

static void near_in_rows(uint8_t *out, const uint8_t *rows, size_t w, size_t h, size_t r)
{
    for (size_t row = 0; row < h; row++) {
        const size_t first = row > r ? row - r : 0, last = row + r < h ? row + r : h - 1;
        memcpy(out + row * w, rows + first * w, w);
        for (size_t q = first + 1; q <= last; q++)
            or_row(out + row * w, rows + q * w, w);
    }
}

static void count_in_rows(uint8_t *out, const uint8_t *rows, size_t w, size_t h, size_t r, uint32_t *count)
{
    for (size_t row = 0; row < r && row < h; row++)
        for (size_t c = 0; c < w; c++)
            count[c] += rows[row * w + c];
    for (size_t row = 0; row < h; row++) {
        for (size_t c = 0; row + r < h && c < w; c++)
            count[c] += rows[(row + r) * w + c];
        for (size_t c = 0; row > r && c < w; c++)
            count[c] -= rows[(row - r - 1) * w + c];
        for (size_t c = 0; c < w; c++)
            out[row * w + c] = count[c] > 0;
    }
}

/* out = yes where any pixel within the square equals what, else the opposite */
static int near_u8(uint8_t *out, const uint8_t *in, const size_t size[2], size_t r, int what, uint8_t yes)
{
    const size_t w = size[0], h = size[1];
    uint8_t *rows = rv__alloc(w * h, 1), *line = rv__alloc(w + 2 * r, 1);
    uint32_t *count = rv__alloc(w, sizeof *count);
    const int err = rows && line && count ? RV_OK : RV_ERR_NOMEM;
    for (size_t row = 0; err == RV_OK && row < h; row++)
        if (r <= SMALL_R)
            near_in_row_small(rows + row * w, in + row * w, w, r, what, line);
        else
            near_in_row(rows + row * w, in + row * w, w, r, what);
    if (err == RV_OK && r <= SMALL_R)
        near_in_rows(out, rows, w, h, r);
    else if (err == RV_OK)
        count_in_rows(out, rows, w, h, r, count);
    for (size_t i = 0; err == RV_OK && i < w * h; i++)
        out[i] = out[i] ? yes : (uint8_t)!yes;
    rv__free(count);
    rv__free(line);
    rv__free(rows);
    return err;
}

int rv__erode_u8(uint8_t *out, const uint8_t *in, size_t w, size_t h, size_t r)
{
    return near_u8(out, in, (size_t[2]){ w, h }, r, 0, 0);
}

int rv__dilate_u8(uint8_t *out, const uint8_t *in, size_t w, size_t h, size_t r)
{
    return near_u8(out, in, (size_t[2]){ w, h }, r, 1, 1);
}

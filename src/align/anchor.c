/* SPDX-License-Identifier: Apache-2.0 */
/* One shift for a whole image. Windows lie side by side; their cross spectra, each of unit modulus, are summed, and one
 * search finds the peak of the sum. Where it is far off, the windows are cut again that far off, so that they show the
 * same ground. Each window's slope at the common peak tells how the windows scatter.
 *
 * The median of the windows' own shifts was tried: as good where every window is, and lost where few are.
 */
#include "align/window_internal.h"

#include "base/error.h"
#include "base/parallel.h"
#include "base/mem.h"

#include <math.h>
#include <string.h>

enum { WORKERS_MAX = 256, ROUNDS = 3, FAR_SHARE = 16 /* of a side: windows are cut again beyond such a shift */ };

struct rv__anchor {
    rv__window_opts opts;
    size_t size[2], n, floats; /* of the image; windows; floats of a window's spectrum, one channel */
    size_t (*at)[2];           /* column and row of each window */
    float *reference;          /* all channels of all windows */
    uint8_t *good;             /* windows that the reference has */
    rv__window *window[WORKERS_MAX];
    float *spectra, *stack; /* of the image in hand */
    uint8_t *used;
    double (*slopes)[6];
};

/** An image against the reference, or the reference itself. */
typedef struct call {
    rv__anchor *anchor;
    const rv__plane *image;
    long offset[2]; /* of the image's windows */
    double d[2];
} call;

/** @return false where the window leaves the image */
static bool cut(rv__plane *out, const call *c, size_t index)
{
    const rv__anchor *a = c->anchor;
    const long col = (long)a->at[index][0] + c->offset[0], row = (long)a->at[index][1] + c->offset[1];
    const long side = (long)a->opts.side;
    if (col < 0 || row < 0 || col + side > (long)a->size[0] || row + side > (long)a->size[1])
        return false;
    const size_t first = (size_t)row * c->image->pitch + (size_t)col;
    *out = (rv__plane){ c->image->v + first, c->image->ok ? c->image->ok + first : NULL, c->image->pitch };
    return true;
}

/** A worker's scratch, made when it first comes by: there may be more workers than when the anchor was made. */
static int scratch(rv__anchor *a, size_t worker)
{
    return a->window[worker] ? RV_OK : rv__window_new(&a->window[worker], &a->opts);
}

static int prepare_window(size_t index, size_t worker, void *user)
{
    const call *c = user;
    rv__anchor *a = c->anchor;
    float *reference = a->reference + index * a->floats * rv__texture_channels(a->opts.kind);
    rv__plane plane;
    cut(&plane, c, index);
    int err = scratch(a, worker);
    if (err < 0)
        return err;
    err = rv__window_prepare(reference, a->window[worker], &plane);
    a->good[index] = err == RV_OK;
    return err == RV_ERR_NODATA ? RV_OK : err;
}

static int correlate_window(size_t index, size_t worker, void *user)
{
    const call *c = user;
    rv__anchor *a = c->anchor;
    const float *reference = a->reference + index * a->floats * rv__texture_channels(a->opts.kind);
    rv__plane plane;
    int err = scratch(a, worker);
    a->used[index] = 0;
    if (err < 0 || !a->good[index] || !cut(&plane, c, index))
        return err;
    err = rv__window_correlate(a->spectra + index * a->floats, a->window[worker], reference, &plane);
    a->used[index] = err == RV_OK;
    return err == RV_ERR_NODATA ? RV_OK : err;
}

static int slope_of_window(size_t index, size_t worker, void *user)
{
    (void)worker;
    const call *c = user;
    rv__anchor *a = c->anchor;
    if (a->used[index])
        rv__band_slopes(a->slopes[index], a->spectra + index * a->floats, a->window[0]->band, c->d);
    return RV_OK;
}

/** Sum of the windows' spectra, in their order. @return how many there are */
static int stack_windows(rv__anchor *a)
{
    int used = 0;
    memset(a->stack, 0, a->floats * sizeof *a->stack);
    for (size_t i = 0; i < a->n; i++) {
        const float *restrict from = a->spectra + i * a->floats;
        float *restrict to = a->stack;
        for (size_t k = 0; a->used[i] && k < a->floats; k++)
            to[k] += from[k];
        used += a->used[i];
    }
    return used;
}

/** Covariance of the stack's maximum by the windows' slopes there, which have mean 0; one window alone has its noise. */
static void scatter(rv__shift *s, const rv__anchor *a, const double slopes[6])
{
    double b[3] = { 0 };
    if (s->used < 2)
        rv__band_noise(b, a->stack, a->window[0]->band, s->d);
    for (size_t i = 0; s->used > 1 && i < a->n; i++)
        for (int k = 0; a->used[i] && k < 3; k++)
            b[k] += a->slopes[i][k < 2 ? 1 : 2] * a->slopes[i][k ? 2 : 1] * s->used / (s->used - 1);
    rv__shift_sandwich(s->cov, slopes, b);
}

int rv__anchor_shift(rv__shift *out, rv__anchor *a, const rv__plane *image)
{
    call c = { .anchor = a, .image = image };
    const double far = (double)a->opts.side / FAR_SHARE;
    rv__shift found = { 0 };
    double slopes[6];
    for (int round = 0; round < ROUNDS; round++) {
        int err = rv__parallel_for(a->n, correlate_window, &c);
        const int used = err == RV_OK ? stack_windows(a) : 0;
        if (err == RV_OK)
            err = used ? rv__window_peak(&found, slopes, a->window[0], a->stack) : RV_ERR_NODATA;
        if (err < 0)
            return err;
        found.used = used;
        if (hypot(found.d[0], found.d[1]) < far || round == ROUNDS - 1)
            break;
        c.offset[0] += lround(found.d[0]);
        c.offset[1] += lround(found.d[1]);
    }
    memcpy(c.d, found.d, sizeof c.d);
    rv__parallel_for(a->n, slope_of_window, &c);
    scatter(&found, a, slopes);
    for (int i = 0; i < 2; i++)
        found.d[i] += (double)c.offset[i];
    found.height /= found.used;
    found.second /= found.used;
    found.sd /= found.used;
    *out = found;
    return RV_OK;
}

/** At most most windows, side by side from edge to edge. */
static int place_windows(rv__anchor *a, size_t most)
{
    size_t count[2] = { a->size[0] / a->opts.side, a->size[1] / a->opts.side };
    while (count[0] * count[1] > most && count[0] * count[1] > 1)
        count[count[1] > count[0]]--;
    a->n = count[0] * count[1];
    a->at = rv__alloc(a->n, sizeof *a->at);
    for (size_t i = 0; a->at && i < a->n; i++)
        for (int k = 0; k < 2; k++) {
            const size_t place = k ? i / count[0] : i % count[0], free = a->size[k] - a->opts.side;
            a->at[i][k] = count[k] > 1 ? place * free / (count[k] - 1) : free / 2;
        }
    return a->at ? RV_OK : RV_ERR_NOMEM;
}

void rv__anchor_free(rv__anchor *a)
{
    if (!a)
        return;
    for (size_t i = 0; i < WORKERS_MAX; i++)
        rv__window_free(a->window[i]);
    rv__free(a->at);
    rv__free(a->reference);
    rv__free(a->good);
    rv__free(a->spectra);
    rv__free(a->stack);
    rv__free(a->used);
    rv__free(a->slopes);
    rv__free(a);
}

static int make_room(rv__anchor *a)
{
    const size_t channels = rv__texture_channels(a->opts.kind);
    a->floats = rv__window_floats(a->window[0]) / channels;
    return (a->reference = rv__alloc(a->n * channels, a->floats * sizeof(float))) && (a->good = rv__alloc(a->n, 1)) &&
                   (a->spectra = rv__alloc(a->n, a->floats * sizeof(float))) && (a->used = rv__alloc(a->n, 1)) &&
                   (a->stack = rv__alloc(a->floats, sizeof(float))) && (a->slopes = rv__alloc(a->n, sizeof *a->slopes))
               ? RV_OK
               : RV_ERR_NOMEM;
}

int rv__anchor_new(rv__anchor **out, const rv__plane *image, const size_t size[2], size_t windows_max,
                   const rv__window_opts *opts)
{
    if (size[0] < opts->side || size[1] < opts->side)
        return rv__fail(RV_ERR_RANGE, "an image of %zu x %zu px has no window of %zu px", size[0], size[1], opts->side);
    rv__anchor *a = rv__alloc(1, sizeof *a);
    if (!a)
        return RV_ERR_NOMEM;
    a->opts = *opts;
    memcpy(a->size, size, sizeof a->size);
    int err = place_windows(a, windows_max);
    if (err == RV_OK)
        err = scratch(a, 0);
    if (err == RV_OK)
        err = make_room(a);
    call c = { .anchor = a, .image = image };
    if (err == RV_OK)
        err = rv__parallel_for(a->n, prepare_window, &c);
    if (err < 0) {
        rv__anchor_free(a);
        return err;
    }
    *out = a;
    return RV_OK;
}

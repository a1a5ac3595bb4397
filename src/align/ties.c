/* SPDX-License-Identifier: Apache-2.0 */
/* Windows on the area two scenes share. A batch of windows is read by the calling thread, since a scene's handle serves
 * one thread, then resampled under the present map and correlated by the workers. The map is refined from outside and
 * the windows read again: the data that is kept never passes through here, so nothing is interpolated twice.
 */
#include "align/align_internal.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/parallel.h"
#include "raster/resample.h"

#include <math.h>
#include <string.h>

enum { BATCH_BYTES = 48 << 20, BATCH_MAX = 64 };

static const double SHARE_MIN = .6; /* of a window's pixels that must be valid in both scenes */

/** What one window of a batch needs: full-resolution pixels of both scenes. */
typedef struct plate {
    float *ref, *mov;
    uint8_t *ref_ok, *mov_ok;
    int ref_box[4], mov_box[4]; /* col0, row0, width, height, px of each scene */
    bool empty;
} plate;

typedef struct batch {
    rv__ties *ties;
    const rv__pair *pair;
    const double *map;
    rv__correlator **correlator; /* one a worker */
    plate *plates;
    float *search; /* search surfaces of the batch, or NULL to zoom */
    float *cross;  /* cross spectra of the batch, or NULL */
    size_t first;
} batch;

static void plate_release(plate *p)
{
    rv__free(p->ref);
    rv__free(p->mov);
    rv__free(p->ref_ok);
    rv__free(p->mov_ok);
    *p = (plate){ 0 };
}

/** Cut a box (col0, row0, width, height) to the frame. @return false when nothing is left */
static bool clip_box(int box[4], const rv_scene *scene)
{
    const rv_scene_info *info = rv_scene_facts(scene);
    const int c0 = box[0] > 0 ? box[0] : 0, r0 = box[1] > 0 ? box[1] : 0;
    const int c1 = box[0] + box[2] < info->width ? box[0] + box[2] : info->width;
    const int r1 = box[1] + box[3] < info->height ? box[1] + box[3] : info->height;
    const int clipped[4] = { c0, r0, c1 - c0, r1 - r0 };
    memcpy(box, clipped, sizeof clipped);
    return c1 > c0 && r1 > r0;
}

static int read_box(float **v, uint8_t **ok, const rv_scene *scene, const int box[4], const rv__bands *bands)
{
    const size_t n = (size_t)box[2] * (size_t)box[3];
    *v = rv__alloc(n, sizeof **v);
    *ok = rv__alloc(n, 1);
    return *v && *ok ? rv__view_window(*v, *ok, scene, box, bands) : RV_ERR_NOMEM;
}

static int read_plate(plate *p, const batch *b, const rv__tie *tie)
{
    const int side = b->ties->window * b->ties->level;
    const int ref_box[4] = { (int)(tie->col - .5 * side), (int)(tie->row - .5 * side), side, side };
    memcpy(p->ref_box, ref_box, sizeof ref_box);
    rv__resample_bounds(p->mov_box, b->map, ref_box[0], ref_box[1], (size_t)side, (size_t)side);
    p->empty = !clip_box(p->mov_box, b->pair->scene) ||
               (double)p->mov_box[2] * p->mov_box[3] > 16.0 * side * side + 1e5; /* a map gone wild */
    if (p->empty)
        return RV_OK;
    const int err = read_box(&p->ref, &p->ref_ok, b->pair->reference, p->ref_box, &b->pair->bands[1]);
    return err < 0 ? err : read_box(&p->mov, &p->mov_ok, b->pair->scene, p->mov_box, &b->pair->bands[0]);
}

/** One scene of a plate onto the window's lattice. */
static int resample_plate(float *out, uint8_t *ok, const batch *b, const plate *p, bool moving)
{
    const int *box = moving ? p->mov_box : p->ref_box, level = b->ties->level;
    const size_t n = (size_t)b->ties->window;
    double identity[9];
    rv__mat_identity(identity);
    rv__resample_job job = { .src = moving ? p->mov : p->ref,
                             .src_valid = moving ? p->mov_ok : p->ref_ok,
                             .src_w = (size_t)box[2],
                             .src_h = (size_t)box[3],
                             .planes = 1,
                             .src_col0 = box[0],
                             .src_row0 = box[1],
                             .col0 = (double)p->ref_box[0] / level,
                             .row0 = (double)p->ref_box[1] / level,
                             .out_w = n,
                             .out_h = n,
                             .kernel = RV__KERNEL_CUBIC_BSPLINE };
    rv__mat_prescale(job.m, moving ? b->map : identity, level, level);
    return rv__resample(out, ok, &job);
}

static int correlate_plate(size_t index, size_t worker, void *user)
{
    const batch *b = user;
    const plate *p = b->plates + index;
    rv__tie *tie = b->ties->v + b->first + index;
    rv__correlator *c = b->correlator[worker];
    const size_t n = (size_t)(b->ties->window * b->ties->window), side = 2 * (size_t)b->ties->radius + 1;
    tie->weight = 0;
    if (p->empty)
        return RV_OK;
    uint8_t *ref_ok = rv__alloc(n, 1), *ok = rv__correlator_valid(c);
    int err = ref_ok ? RV_OK : RV_ERR_NOMEM;
    if (err == RV_OK && b->ties->level == 1) {
        memcpy(rv__correlator_plane(c, 1), p->ref, n * sizeof(float));
        memcpy(ref_ok, p->ref_ok, n);
    } else if (err == RV_OK) {
        err = resample_plate(rv__correlator_plane(c, 1), ref_ok, b, p, false);
    }
    if (err == RV_OK)
        err = resample_plate(rv__correlator_plane(c, 0), ok, b, p, true);
    double share = 0;
    for (size_t i = 0; err == RV_OK && i < n; i++) {
        ok[i] &= ref_ok[i];
        share += ok[i];
    }
    rv__free(ref_ok);
    if (err == RV_OK)
        err = rv__correlate(c, b->pair->clip_quantile, SHARE_MIN);
    if (err < 0)
        return err == RV_ERR_NODATA ? RV_OK : err;
    tie->weight = share / (double)n;
    if (b->search) {
        const int radius[2] = { b->ties->radius, b->ties->radius };
        rv__correlate_search(c, &tie->coarse, radius, b->search + index * side * side);
        return RV_OK;
    }
    rv__correlate_zoom(c, tie->surface, (const double[2]){ 0, 0 });
    rv__surface_peak(tie->surface, tie->d, &tie->height);
    tie->d[0] *= b->ties->level;
    tie->d[1] *= b->ties->level;
    if (b->cross)
        memcpy(b->cross + index * b->ties->spectra.block, rv__correlator_spectrum(c),
               b->ties->spectra.block * sizeof *b->cross);
    return RV_OK;
}

/** Add the batch's cross spectra to their blocks, each by how alike its windows are under the map. */
static void stack_spectra(const batch *b, size_t count)
{
    const rv__ties *ties = b->ties;
    const size_t n = ties->spectra.block;
    for (size_t i = 0; b->cross && i < count; i++) {
        const rv__tie *tie = ties->v + b->first + i;
        const double alike = tie->weight > 0 ? tie->weight * rv__surface_at(tie->surface, 0, 0, NULL) : 0;
        if (alike <= 0)
            continue;
        const int x = (int)(4 * (tie->col - ties->area[0]) / (ties->area[2] - ties->area[0]));
        const int y = (int)(4 * (tie->row - ties->area[1]) / (ties->area[3] - ties->area[1]));
        float *to = ties->spectra.v + (size_t)((y < 3 ? y : 3) * 4 + (x < 3 ? x : 3)) * n;
        const float *from = b->cross + i * n, share = (float)alike;
        for (size_t k = 0; k < n; k++)
            to[k] += share * from[k];
    }
}

/** Add the batch's search surfaces in order of the windows, so that the sum does not depend on threads. */
static void stack_batch(const batch *b, size_t count)
{
    const size_t side = 2 * (size_t)b->ties->radius + 1;
    for (size_t i = 0; b->search && i < count; i++)
        for (size_t k = 0; b->ties->v[b->first + i].weight > 0 && k < side * side; k++)
            b->ties->stack[k] += (double)b->search[i * side * side + k];
}

static int run_batches(batch *b)
{
    const double bytes = 10.0 * b->ties->window * b->ties->level * b->ties->window * b->ties->level;
    size_t size = (size_t)(BATCH_BYTES / bytes);
    size = size < 1 ? 1 : size > BATCH_MAX ? BATCH_MAX : size;
    int err = RV_OK;
    for (b->first = 0; err == RV_OK && b->first < b->ties->n; b->first += size) {
        const size_t left = b->ties->n - b->first, count = left < size ? left : size;
        err = rv__stopping();
        for (size_t i = 0; err == RV_OK && i < count; i++)
            err = read_plate(b->plates + i, b, b->ties->v + b->first + i);
        if (err == RV_OK)
            err = rv__parallel_for(count, correlate_plate, b);
        if (err == RV_OK)
            stack_batch(b, count);
        if (err == RV_OK)
            stack_spectra(b, count);
        for (size_t i = 0; i < count; i++)
            plate_release(b->plates + i);
    }
    return err;
}

bool rv__common_area(double area[4], const rv__pair *pair, const double map[9])
{
    const rv_scene_info *ref = rv_scene_facts(pair->reference), *mov = rv_scene_facts(pair->scene);
    double back[9];
    if (rv_transform_invert(back, map) < 0)
        return false;
    double box[4] = { INFINITY, INFINITY, -INFINITY, -INFINITY };
    for (int k = 0; k < 4; k++) {
        double p[2];
        rv__mat_point(p, back, k & 1 ? mov->width : 0, k & 2 ? mov->height : 0);
        for (int i = 0; i < 2; i++) {
            box[i] = fmin(box[i], p[i]);
            box[i + 2] = fmax(box[i + 2], p[i]);
        }
    }
    area[0] = fmax(0, ceil(box[0]));
    area[1] = fmax(0, ceil(box[1]));
    area[2] = fmin(ref->width, floor(box[2]));
    area[3] = fmin(ref->height, floor(box[3]));
    return area[2] > area[0] && area[3] > area[1];
}

/** Windows at most half their size apart, further where there would be too many; the outermost ones touch the area's edge. */
static int place_windows(rv__ties *ties, int windows_max)
{
    const double side = (double)ties->window * ties->level;
    const double free_w = ties->area[2] - ties->area[0] - side, free_h = ties->area[3] - ties->area[1] - side;
    size_t nx = 1 + (size_t)ceil(free_w / (.5 * side)), ny = 1 + (size_t)ceil(free_h / (.5 * side));
    while (nx * ny > (size_t)windows_max) {
        nx -= nx > 1 && nx >= ny;
        ny -= ny > 1 && ny > nx;
    }
    ties->v = rv__alloc(nx * ny, sizeof *ties->v);
    if (!ties->v)
        return RV_ERR_NOMEM;
    ties->n = nx * ny;
    for (size_t i = 0; i < ties->n; i++) {
        const double fx = nx > 1 ? (double)(i % nx) / (double)(nx - 1) : .5;
        const double fy = ny > 1 ? (double)(i / nx) / (double)(ny - 1) : .5;
        ties->v[i].col = floor(ties->area[0] + fx * free_w) + .5 * side;
        ties->v[i].row = floor(ties->area[1] + fy * free_h) + .5 * side;
    }
    return RV_OK;
}

double rv__ties_apart(const rv__ties *ties)
{
    const double side = (double)ties->window * ties->level;
    const double across = fmax(1, (ties->area[2] - ties->area[0]) / side);
    const double down = fmax(1, (ties->area[3] - ties->area[1]) / side);
    return fmin(across * down, fmax(1, ties->used));
}

void rv__ties_release(rv__ties *ties)
{
    rv__free(ties->v);
    rv__free(ties->stack);
    rv__free(ties->spectra.v);
    *ties = (rv__ties){ 0 };
}

int rv__ties_new(rv__ties *out, const rv__pair *pair, const double map[9], int level, bool zoom)
{
    rv__ties ties = { .level = level, .window = pair->window };
    rv__correlator *correlator[256] = { 0 };
    plate plates[BATCH_MAX] = { 0 };
    batch b = { .ties = &ties, .pair = pair, .map = map, .correlator = correlator, .plates = plates };
    const size_t workers = rv__workers();
    int err = RV_OK;
    if (!rv__common_area(ties.area, pair, map)) {
        *out = ties;
        return RV_OK;
    }
    const double least = fmin(ties.area[2] - ties.area[0], ties.area[3] - ties.area[1]) / level;
    while (ties.window > 32 && 2 * ties.window > least) /* three windows each way are the least that can disagree */
        ties.window /= 2;
    ties.radius = ties.window / 4;
    if (ties.window > least) {
        *out = ties;
        return RV_OK;
    }
    const size_t side = 2 * (size_t)ties.radius + 1, n = (size_t)ties.window;
    if ((err = place_windows(&ties, pair->windows_max)) < 0)
        goto done;
    if (!zoom) {
        ties.stack = rv__alloc(side * side, sizeof *ties.stack);
        b.search = rv__alloc(side * side * BATCH_MAX, sizeof *b.search);
        err = ties.stack && b.search ? RV_OK : RV_ERR_NOMEM;
    }
    if (zoom && level == 1) {
        ties.spectra = (rv__spectra){ n, n, 2 * n * (n / 2 + 1), NULL };
        ties.spectra.v = rv__alloc(RV__BLOCKS * ties.spectra.block, sizeof *ties.spectra.v);
        b.cross = rv__alloc(BATCH_MAX * ties.spectra.block, sizeof *b.cross);
        err = ties.spectra.v && b.cross ? RV_OK : RV_ERR_NOMEM;
    }
    for (size_t i = 0; err == RV_OK && i < workers; i++)
        err = rv__correlator_new_kind(&correlator[i], pair->texture, (const size_t[2]){ n, n },
                                      (const size_t[2]){ n, n });
    if (err == RV_OK)
        err = run_batches(&b);
    for (size_t i = 0; err == RV_OK && i < ties.n; i++)
        ties.used += ties.v[i].weight > 0;
done:
    for (size_t i = 0; i < workers; i++)
        rv__correlator_free(correlator[i]);
    rv__free(b.search);
    rv__free(b.cross);
    if (err < 0) {
        rv__ties_release(&ties);
        return err;
    }
    *out = ties;
    return RV_OK;
}

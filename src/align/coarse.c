/* SPDX-License-Identifier: Apache-2.0 */
/* The whole frame at once, reduced: finds shifts of up to half a scene, which no window could see. Correlated by phase
 * like the windows; repeated on the new common area until the peak stays, because a large shift leaves little of the
 * taper's middle in common.
 */
#include "align/align_internal.h"

#include "base/mem.h"
#include "raster/resample.h"

#include <math.h>
#include <string.h>

enum { ROUNDS = 3, SIDE_LEAST = 32 };

static size_t power_of_two(size_t n)
{
    size_t p = SIDE_LEAST;
    while (p < n)
        p *= 2;
    return p;
}

/** Fill the correlator with the common box of both views: box is col0, row0, width, height in px of the reference's view. */
static int fill_planes(rv__correlator *c, const rv__frames *f, const double map[9], const int box[4], size_t pitch)
{
    const size_t w = (size_t)box[2], h = (size_t)box[3];
    float *ref = rv__correlator_plane(c, 1), *mov = rv__correlator_plane(c, 0);
    uint8_t *valid = rv__correlator_valid(c), *ok = rv__alloc(w * h, 1);
    float *v = rv__alloc(w * h, sizeof *v);
    int err = v && ok ? RV_OK : RV_ERR_NOMEM;
    rv__resample_job job = { .src = f->scene.v,
                             .src_valid = f->scene.ok,
                             .src_w = f->scene.width,
                             .src_h = f->scene.height,
                             .planes = 1,
                             .col0 = box[0],
                             .row0 = box[1],
                             .out_w = w,
                             .out_h = h,
                             .kernel = RV__KERNEL_CUBIC_BSPLINE };
    const double shrink[9] = { 1.0 / f->scene.factor, 0, 0, 0, 1.0 / f->scene.factor, 0, 0, 0, 1 };
    rv__mat_prescale(job.m, map, f->reference.factor, f->reference.factor);
    rv__mat_multiply(job.m, shrink, job.m);
    if (err == RV_OK)
        err = rv__resample(v, ok, &job);
    for (size_t r = 0; err == RV_OK && r < h; r++)
        for (size_t k = 0; k < w; k++) {
            const size_t from = ((size_t)box[1] + r) * f->reference.width + (size_t)box[0] + k, to = r * pitch + k;
            ref[to] = f->reference.v[from];
            mov[to] = v[r * w + k];
            valid[to] = ok[r * w + k] & f->reference.ok[from];
        }
    rv__free(ok);
    rv__free(v);
    return err;
}

/** One correlation of the frames under a map. @return RV_OK; RV_ERR_NODATA when too little is in common */
static int correlate_frames(rv__peak *out, const rv__frames *f, const rv__pair *pair, const double map[9],
                            double max_shift_px)
{
    double area[4];
    const int factor = f->reference.factor;
    if (!rv__common_area(area, pair, map))
        return RV_ERR_NODATA;
    const int box[4] = { (int)area[0] / factor, (int)area[1] / factor, (int)area[2] / factor - (int)area[0] / factor,
                         (int)area[3] / factor - (int)area[1] / factor };
    if (box[2] < SIDE_LEAST || box[3] < SIDE_LEAST)
        return RV_ERR_NODATA;
    rv__correlator *c = NULL;
    const size_t w = power_of_two((size_t)box[2]), h = power_of_two((size_t)box[3]);
    int err = rv__correlator_new(&c, w, h, (size_t)box[2], (size_t)box[3]);
    if (err == RV_OK)
        err = fill_planes(c, f, map, box, w);
    if (err == RV_OK)
        err = rv__correlate(c, pair->clip_quantile, .1);
    if (err == RV_OK) {
        const int most = max_shift_px > 0 ? (int)ceil(max_shift_px / factor) : box[2] + box[3];
        const int rx = box[2] / 2 - 1, ry = box[3] / 2 - 1;
        const int radius[2] = { rx < most ? rx : most, ry < most ? ry : most };
        float zoomed[RV__ZOOM * RV__ZOOM];
        double d[2], height;
        rv__correlate_search(c, out, radius, NULL);
        rv__correlate_zoom(c, zoomed, out->d);
        rv__surface_peak(zoomed, d, &height);
        out->d[0] = (out->d[0] + d[0]) * factor;
        out->d[1] = (out->d[1] + d[1]) * factor;
    }
    rv__correlator_free(c);
    return err;
}

int rv__coarse_shift(double map[9], double *z, const rv__frames *frames, const rv__pair *pair, double max_shift_px)
{
    double best[9];
    memcpy(best, map, sizeof best);
    *z = 0;
    for (int round = 0; round < ROUNDS; round++) {
        rv__peak peak;
        const int err = correlate_frames(&peak, frames, pair, best, max_shift_px);
        if (err == RV_ERR_NODATA)
            break;
        if (err < 0)
            return err;
        const double sure = peak.sd > 0 ? peak.height / peak.sd : 0;
        /* Rounds that lower the peak have run away from the place. */
        if (sure < *z || peak.height < 1.2 * peak.second)
            break;
        const double move[9] = { 1, 0, peak.d[0], 0, 1, peak.d[1], 0, 0, 1 };
        rv__mat_multiply(best, best, move);
        memcpy(map, best, sizeof best);
        *z = sure;
        if (hypot(peak.d[0], peak.d[1]) < .5 * frames->reference.factor)
            break;
    }
    return RV_OK;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The scene that serves best as reference. All others are interpolated onto it, so it should be clear, sharp, cover much,
 * and stand in the middle of the series, because appearance drifts with time. Each of these is a factor in (0, 1]; their
 * product is the score, so that one bad property cannot be outvoted by the others.
 */
#include "align/align_internal.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/robust.h"

#include <math.h>
#include <string.h>

enum { SIDE = 256 };

static const double CLOUD_ABOVE = .55; /* above the median of ln(brightness): clouds and snow are that bright */

typedef struct merit {
    double bright;    /* share of bright outliers */
    double sharpness; /* median gradient over contrast */
    double level;     /* median of the working band */
    double middle;    /* of its period */
    double ground;    /* covered, in the first scene's map units or px */
} merit;

/** Median gradient of valid px. */
static double median_gradient(const rv__view *view, float *work)
{
    size_t n = 0;
    for (size_t r = 0; r + 1 < view->height; r++)
        for (size_t c = 0; c + 1 < view->width; c++) {
            const size_t i = r * view->width + c;
            if (view->ok[i] && view->ok[i + 1] && view->ok[i + view->width])
                work[n++] = hypotf(view->v[i + 1] - view->v[i], view->v[i + view->width] - view->v[i]);
        }
    return n ? (double)rv__median_f(work, n) : 0;
}

static int assess(merit *out, const rv_scene *scene)
{
    rv__view view = { 0 };
    const rv_scene_info *info = rv_scene_facts(scene);
    int err = rv__view_new(&view, scene, SIDE);
    if (err < 0)
        return err;
    const size_t n = view.width * view.height;
    float *work = rv__alloc(n, sizeof *work);
    if (!work) {
        rv__view_release(&view);
        return RV_ERR_NOMEM;
    }
    size_t count = 0, bright = 0;
    for (size_t i = 0; i < n; i++)
        if (view.ok[i])
            work[count++] = view.v[i];
    *out = (merit){ 0 };
    if (count > 0) {
        out->level = (double)rv__quantile_f(work, count, .25);
        for (size_t i = 0; i < n; i++)
            bright += view.ok[i] && view.v[i] > out->level + CLOUD_ABOVE;
        out->bright = (double)bright / (double)count;
        out->sharpness = median_gradient(&view, work);
    }
    out->ground =
        view.valid_share * fabs(info->gt[1] * info->gt[5] - info->gt[2] * info->gt[4]) * info->width * info->height;
    const bool lo = isfinite(info->t_min), hi = isfinite(info->t_max);
    out->middle = lo && hi ? .5 * (info->t_min + info->t_max) : lo ? info->t_min : hi ? info->t_max : 0;
    rv__free(work);
    rv__view_release(&view);
    return RV_OK;
}

/** Median of one member over the scenes. */
static double median_of(const merit *m, size_t n, size_t member, double *work)
{
    for (size_t i = 0; i < n; i++)
        memcpy(work + i, (const char *)(m + i) + member, sizeof *work);
    return rv__median(work, n);
}

/** Share of the scenes that are older; ties count half. */
static double rank_in_time(const merit *m, size_t n, size_t i)
{
    double older = 0;
    for (size_t k = 0; k < n; k++)
        older += m[k].middle < m[i].middle ? 1 : k != i && m[k].middle == m[i].middle ? .5 : 0;
    return n > 1 ? older / (double)(n - 1) : .5;
}

static size_t best_of(const merit *m, size_t n, double *work)
{
    const double bright = median_of(m, n, offsetof(merit, bright), work);
    const double sharp = median_of(m, n, offsetof(merit, sharpness), work);
    const double level = median_of(m, n, offsetof(merit, level), work);
    double most_ground = 1e-300, best = -1;
    size_t at = 0;
    for (size_t i = 0; i < n; i++)
        most_ground = fmax(most_ground, m[i].ground);
    for (size_t i = 0; i < n; i++) {
        const double clear = 1 - fmax(0, m[i].bright - bright);
        const double usual = exp(-fabs(m[i].level - level));
        const double crisp = sharp > 0 ? fmin(m[i].sharpness / sharp, 1.25) / 1.25 : 1;
        const double central = 1 - fabs(rank_in_time(m, n, i) - .5);
        const double cover = m[i].ground / most_ground;
        const double score = clear * clear * usual * crisp * central * cover * cover;
        if (score > best) {
            best = score;
            at = i;
        }
    }
    return at;
}

int rv_align_reference(size_t *out, rv_scene *const *scenes, size_t n, const rv_align_opts *opts)
{
    const char *wanted = opts ? opts->reference : NULL;
    if (n == 0)
        return rv__fail(RV_ERR_NODATA, "no scene to choose a reference from");
    for (size_t i = 0; wanted && i < n; i++)
        if (strcmp(rv_scene_facts(scenes[i])->id, wanted) == 0) {
            *out = i;
            return RV_OK;
        }
    if (wanted)
        return rv__fail(RV_ERR_NOTFOUND, "no scene has the id \"%s\" asked for as reference", wanted);
    merit *m = rv__alloc(n, sizeof *m);
    double *work = rv__alloc(n, sizeof *work);
    int err = m && work ? RV_OK : RV_ERR_NOMEM;
    for (size_t i = 0; err == RV_OK && i < n; i++)
        err = assess(m + i, scenes[i]);
    if (err == RV_OK)
        *out = best_of(m, n, work);
    rv__free(work);
    rv__free(m);
    return err;
}

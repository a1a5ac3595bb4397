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

enum { SIDE = 256, SIGHT_SIDE = 512, SIGHT_KEYPOINTS = 1000, SIGHT_SCENES = 32 };

static const double CLOUD_ABOVE = .55; /* above the median of ln(brightness): clouds and snow are that bright */

typedef struct merit {
    double bright;    /* share of bright outliers */
    double sharpness; /* median gradient over contrast */
    double level;     /* median of the working band */
    double middle;    /* of its period */
    double ground;    /* covered, square map units */
    double score;
} merit;

double rv__middle_of_period(const rv_scene *scene)
{
    const rv_scene_info *info = rv_scene_facts(scene);
    const bool lo = isfinite(info->t_min), hi = isfinite(info->t_max);
    return lo && hi ? .5 * (info->t_min + info->t_max) : lo ? info->t_min : hi ? info->t_max : 0;
}

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
    rv__bands bands;
    rv__bands_visible(&bands, scene);
    int err = rv__view_new(&view, scene, &bands, SIDE);
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
    out->middle = rv__middle_of_period(scene);
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

/** Score of each scene into m[i].score. */
static void rate(merit *m, size_t n, double *work)
{
    const double bright = median_of(m, n, offsetof(merit, bright), work);
    const double sharp = median_of(m, n, offsetof(merit, sharpness), work);
    const double level = median_of(m, n, offsetof(merit, level), work);
    double most_ground = 1e-300;
    for (size_t i = 0; i < n; i++)
        most_ground = fmax(most_ground, m[i].ground);
    for (size_t i = 0; i < n; i++) {
        const double clear = 1 - fmax(0, m[i].bright - bright);
        const double usual = exp(-fabs(m[i].level - level));
        const double crisp = sharp > 0 ? fmin(m[i].sharpness / sharp, 1.25) / 1.25 : 1;
        const double central = 1 - fabs(rank_in_time(m, n, i) - .5);
        const double cover = m[i].ground / most_ground;
        m[i].score = clear * clear * usual * crisp * central * cover * cover;
    }
}

static int find_keypoints(rv__keypoints *out, const rv_scene *scene)
{
    rv__view view = { 0 };
    rv__bands bands;
    rv__bands_visible(&bands, scene);
    int err = rv__view_new(&view, scene, &bands, SIGHT_SIDE);
    if (err == RV_OK && view.contrast > 0)
        err = rv__keypoints_find(out, &view, SIGHT_KEYPOINTS);
    rv__view_release(&view);
    return err;
}

/** Pictures without a georeference: weigh each scene by how many others it is recognised in, and how well. */
static int weigh_recognition(merit *m, rv_scene *const *scenes, size_t n)
{
    rv__keypoints *points = rv__alloc(n, sizeof *points);
    double *found = rv__alloc(n, sizeof *found);
    int err = points && found ? RV_OK : RV_ERR_NOMEM;
    for (size_t i = 0; err == RV_OK && i < n; i++)
        err = find_keypoints(points + i, scenes[i]);
    for (size_t i = 0; err == RV_OK && i < n; i++)
        for (size_t k = i + 1; err == RV_OK && k < n; k++) {
            double map[9];
            int fits;
            if ((err = rv__stopping()) < 0 || (err = rv__recognise_keypoints(map, &fits, points + i, points + k)) < 0)
                break;
            /* The root: ten pairs more matter where there are ten, not where there are hundreds. */
            found[i] += sqrt(fits);
            found[k] += sqrt(fits);
        }
    for (size_t i = 0; err == RV_OK && i < n; i++)
        m[i].score *= .01 + found[i];
    for (size_t i = 0; points && i < n; i++)
        rv__free(points[i].v);
    rv__free(points);
    rv__free(found);
    return err;
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
    if (err == RV_OK) {
        rate(m, n, work);
        if (n > 2 && n <= SIGHT_SCENES && rv_scene_facts(scenes[0])->crs[0] == '\0')
            err = weigh_recognition(m, scenes, n);
    }
    size_t best = 0;
    for (size_t i = 1; err == RV_OK && i < n; i++)
        if (m[i].score > m[best].score)
            best = i;
    if (err == RV_OK)
        *out = best;
    rv__free(work);
    rv__free(m);
    return err;
}

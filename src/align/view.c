/* SPDX-License-Identifier: Apache-2.0 */
/* The working band of a scene: the mean of the logarithms of the bands both scenes have, so that haze, sun and sensor gain
 * turn into an offset that a gradient does not see, and each band weighs the same: bands of one image lie up to a tenth of
 * a px apart, and where an image is means the middle of all of them. A twentieth of each band's median is added first;
 * without it the noise of dark pixels would become the strongest texture of the picture.
 */
#include "align/align_internal.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/robust.h"

#include <math.h>
#include <string.h>

enum { STRIP_BYTES = 16 << 20 };

/** Index of a band by its role, -1 where there is none. */
static int find_role(const rv_scene_info *info, char role)
{
    const char *at = role ? strchr(info->roles, role) : NULL;
    const int i = at ? (int)(at - info->roles) : -1;
    return i < info->bands && i < RV_BANDS_MAX ? i : -1;
}

static void add_band(rv__bands *b, int index)
{
    if (index >= 0 && b->n < RV_BANDS_MAX)
        b->index[b->n++] = index;
}

/** The visible bands, or a panchromatic one, or all: for a scene by itself, and against a panchromatic one. */
static void visible_bands(rv__bands *out, const rv_scene_info *info)
{
    out->n = 0;
    for (const char *role = "BGR"; *role; role++)
        add_band(out, find_role(info, *role));
    if (out->n == 0)
        add_band(out, find_role(info, 'P'));
    for (int b = 0; out->n == 0 && b < info->bands && b < RV_BANDS_MAX; b++)
        out->index[b] = b;
    if (out->n == 0)
        out->n = info->bands < RV_BANDS_MAX ? info->bands : RV_BANDS_MAX;
}

void rv__bands_visible(rv__bands *out, const rv_scene *scene)
{
    visible_bands(out, rv_scene_facts(scene));
}

void rv__bands_common(rv__bands *scene, rv__bands *reference, const rv_scene *s, const rv_scene *r)
{
    const rv_scene_info *a = rv_scene_facts(s), *b = rv_scene_facts(r);
    scene->n = reference->n = 0;
    for (const char *role = "BGRN"; *role; role++)
        if (find_role(a, *role) >= 0 && find_role(b, *role) >= 0) {
            add_band(scene, find_role(a, *role));
            add_band(reference, find_role(b, *role));
        }
    if (scene->n == 0) {
        visible_bands(scene, a);
        visible_bands(reference, b);
    }
}

bool rv__bands_same(const rv__bands *a, const rv__bands *b)
{
    return a->n == b->n && memcmp(a->index, b->index, (size_t)a->n * sizeof *a->index) == 0;
}

/** Keep the bands of a whose role some band of b has too. @return their number */
static int keep_shared(rv__bands *a, const rv_scene_info *of_a, const rv__bands *b, const rv_scene_info *of_b)
{
    int n = 0;
    for (int i = 0; i < a->n; i++)
        for (int k = 0; k < b->n; k++)
            if (of_a->roles[a->index[i]] == of_b->roles[b->index[k]]) {
                a->index[n] = a->index[i];
                a->soft[n++] = a->soft[i];
                break;
            }
    return n;
}

void rv__bands_meet(rv__bands out[2], const rv__bands *a, const rv__bands *b, const rv_scene *scenes[2])
{
    const rv_scene_info *info[2] = { rv_scene_facts(scenes[0]), rv_scene_facts(scenes[1]) };
    out[0] = *a;
    out[1] = *b;
    const int n = keep_shared(&out[0], info[0], b, info[1]), m = keep_shared(&out[1], info[1], a, info[0]);
    if (n > 0 && n == m) {
        out[0].n = out[1].n = n;
    } else {
        out[0] = *a;
        out[1] = *b;
    }
}

/** Mean over the bands of ln(value + soft), 0 where invalid. */
static void mix(float *v, const float *planes, const uint8_t *ok, size_t n, const rv__bands *bands)
{
    memset(v, 0, n * sizeof *v);
    for (int b = 0; b < bands->n; b++) {
        const float *x = planes + (size_t)b * n, soft = (float)bands->soft[b];
        for (size_t i = 0; i < n; i++)
            v[i] += logf((x[i] > 0.0F ? x[i] : 0.0F) + soft);
    }
    const float share = 1.0F / (float)bands->n;
    for (size_t i = 0; i < n; i++)
        v[i] = ok[i] ? v[i] * share : 0.0F;
}

/** A strip of factor rows to one row of box means; a mean needs half its pixels. */
static void reduce_strip(float *out, uint8_t *out_ok, size_t w, const float *v, const uint8_t *ok, const int size[3])
{
    const int width = size[0], rows = size[1], factor = size[2];
    for (size_t c = 0; c < w; c++) {
        double sum = 0;
        int n = 0, all = 0;
        for (int r = 0; r < rows; r++)
            for (int k = (int)c * factor; k < ((int)c + 1) * factor && k < width; k++) {
                const size_t i = (size_t)r * (size_t)width + (size_t)k;
                sum += ok[i] ? (double)v[i] : 0.0;
                n += ok[i];
                all++;
            }
        out_ok[c] = n > 0 && 2 * n >= all;
        out[c] = out_ok[c] ? (float)(sum / n) : 0.0F;
    }
}

/** Box means of all bands, planes one after the other, and which of them are valid. */
static int read_reduced(float *planes, rv__view *view, const rv_scene *scene, const rv__bands *bands)
{
    const rv_scene_info *info = rv_scene_facts(scene);
    const size_t n_bands = (size_t)bands->n, w = (size_t)info->width, f = (size_t)view->factor;
    size_t group = STRIP_BYTES / (w * f * (n_bands + 1) * sizeof(float));
    group = group < 1 ? 1 : group > view->height ? view->height : group;
    float *strip = rv__alloc(w * f * group * n_bands, sizeof *strip);
    uint8_t *ok = rv__alloc(w * f * group, 1);
    int err = strip && ok ? RV_OK : RV_ERR_NOMEM;
    for (size_t r = 0; err == RV_OK && r < view->height; r += group) {
        const int row0 = (int)(r * f), left = info->height - row0, want = (int)(group * f);
        const int rows = left < want ? left : want, window[4] = { 0, row0, info->width, rows };
        if ((err = rv__stopping()) < 0 || (err = rv_scene_read(scene, strip, ok, bands->index, bands->n, window)) < 0)
            break;
        for (size_t k = r; k < r + group && k < view->height; k++) {
            const int at = (int)((k - r) * f);
            const int size[3] = { info->width, rows - at < (int)f ? rows - at : (int)f, (int)f };
            for (size_t b = 0; b < n_bands; b++)
                reduce_strip(planes + (b * view->height + k) * view->width, view->ok + k * view->width, view->width,
                             strip + (b * (size_t)rows + (size_t)at) * w, ok + (size_t)at * w, size);
        }
    }
    rv__free(strip);
    rv__free(ok);
    return err;
}

/** A twentieth of each band's median. @return the number of valid px */
static size_t set_softs(rv__bands *bands, const float *planes, const rv__view *view, float *work)
{
    const size_t n = view->width * view->height;
    size_t count = 0;
    for (int b = 0; b < bands->n; b++) {
        count = 0;
        for (size_t i = 0; i < n; i++)
            if (view->ok[i])
                work[count++] = planes[(size_t)b * n + i];
        const double median = count ? (double)rv__median_f(work, count) : 0;
        bands->soft[b] = median > 0 ? .05 * median : 1.0;
    }
    return count;
}

/** Moments of the working band over valid px. */
static void describe(rv__view *view, size_t count)
{
    const size_t n = view->width * view->height;
    double sum = 0, sum2 = 0;
    for (size_t i = 0; i < n; i++) {
        sum += view->v[i];
        sum2 += (double)view->v[i] * view->v[i];
    }
    view->valid_share = (double)count / (double)n;
    view->contrast = count > 1 ? sqrt(fmax(sum2 - sum * sum / (double)count, 0) / (double)(count - 1)) : 0;
}

void rv__view_release(rv__view *view)
{
    rv__free(view->v);
    rv__free(view->ok);
    *view = (rv__view){ 0 };
}

int rv__view_new(rv__view *out, const rv_scene *scene, rv__bands *bands, int side_max)
{
    const rv_scene_info *info = rv_scene_facts(scene);
    const int longest = info->width > info->height ? info->width : info->height;
    rv__view view = { .factor = (longest + side_max - 1) / side_max };
    view.width = (size_t)((info->width + view.factor - 1) / view.factor);
    view.height = (size_t)((info->height + view.factor - 1) / view.factor);
    const size_t n = view.width * view.height;
    float *planes = rv__alloc(n * (size_t)bands->n, sizeof *planes);
    view.v = rv__alloc(n, sizeof *view.v);
    view.ok = rv__alloc(n, 1);
    int err = planes && view.v && view.ok ? read_reduced(planes, &view, scene, bands) : RV_ERR_NOMEM;
    if (err == RV_OK) {
        const size_t count = set_softs(bands, planes, &view, view.v);
        mix(view.v, planes, view.ok, n, bands);
        describe(&view, count);
    }
    rv__free(planes);
    if (err < 0)
        rv__view_release(&view);
    else
        *out = view;
    return err;
}

int rv__view_window(float *v, uint8_t *ok, const rv_scene *scene, const int window[4], const rv__bands *bands)
{
    const size_t n = (size_t)window[2] * (size_t)window[3];
    float *planes = rv__alloc(n * (size_t)bands->n, sizeof *planes);
    int err = planes ? rv_scene_read(scene, planes, ok, bands->index, bands->n, window) : RV_ERR_NOMEM;
    if (err == RV_OK)
        mix(v, planes, ok, n, bands);
    rv__free(planes);
    return err;
}

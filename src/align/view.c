/* SPDX-License-Identifier: Apache-2.0 */
/* The working band of a scene: the logarithm of the mean of its visible bands, so that haze, sun and sensor gain turn
 * into an offset that a gradient does not see. A twentieth of the frame's median is added first; without it the noise of
 * dark pixels would become the strongest texture of the picture.
 */
#include "align/align_internal.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/robust.h"

#include <math.h>
#include <string.h>

enum { STRIP_BYTES = 16 << 20 };

/** Bands of the working band: the visible ones, else all. @return their number */
static int choose_bands(int band[RV_BANDS_MAX], const rv_scene_info *info)
{
    int n = 0;
    for (int b = 0; b < info->bands && b < RV_BANDS_MAX; b++)
        if (info->roles[0] && strchr("BGRP", info->roles[b]) && info->roles[b])
            band[n++] = b;
    for (int b = 0; n == 0 && b < info->bands && b < RV_BANDS_MAX; b++)
        band[b] = b;
    return n ? n : info->bands < RV_BANDS_MAX ? info->bands : RV_BANDS_MAX;
}

/** Mean of the visible bands of a window; buffer holds n_bands planes. */
static int read_mean(float *v, uint8_t *ok, float *buffer, const rv_scene *scene, const int window[4])
{
    int band[RV_BANDS_MAX];
    const int n_bands = choose_bands(band, rv_scene_facts(scene));
    const size_t n = (size_t)window[2] * (size_t)window[3];
    const int err = rv_scene_read(scene, buffer, ok, band, n_bands, window);
    if (err < 0)
        return err;
    const float scale = 1.0F / (float)n_bands;
    for (size_t i = 0; i < n; i++) {
        float sum = 0;
        for (int b = 0; b < n_bands; b++)
            sum += buffer[(size_t)b * n + i];
        v[i] = sum * scale;
    }
    return RV_OK;
}

static void take_logarithm(float *v, const uint8_t *ok, size_t n, double soft)
{
    for (size_t i = 0; i < n; i++)
        v[i] = ok[i] ? logf((v[i] > 0.0F ? v[i] : 0.0F) + (float)soft) : 0.0F;
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

static int read_reduced(rv__view *view, const rv_scene *scene)
{
    const rv_scene_info *info = rv_scene_facts(scene);
    int band[RV_BANDS_MAX], err = RV_OK;
    const size_t bands = (size_t)choose_bands(band, info), w = (size_t)info->width, f = (size_t)view->factor;
    size_t group = STRIP_BYTES / (w * f * (bands + 1) * sizeof(float));
    group = group < 1 ? 1 : group > view->height ? view->height : group;
    float *buffer = rv__alloc(w * f * group * bands, sizeof *buffer), *v = rv__alloc(w * f * group, sizeof *v);
    uint8_t *ok = rv__alloc(w * f * group, 1);
    if (!buffer || !v || !ok)
        err = RV_ERR_NOMEM;
    for (size_t r = 0; err == RV_OK && r < view->height; r += group) {
        const int row0 = (int)(r * f), left = info->height - row0, want = (int)(group * f);
        const int rows = left < want ? left : want, window[4] = { 0, row0, info->width, rows };
        if ((err = rv__stopping()) < 0 || (err = read_mean(v, ok, buffer, scene, window)) < 0)
            break;
        for (size_t k = r; k < r + group && k < view->height; k++) {
            const int at = (int)((k - r) * f),
                      size[3] = { info->width, rows - at < (int)f ? rows - at : (int)f, (int)f };
            reduce_strip(view->v + k * view->width, view->ok + k * view->width, view->width, v + (size_t)at * w,
                         ok + (size_t)at * w, size);
        }
    }
    rv__free(buffer);
    rv__free(v);
    rv__free(ok);
    return err;
}

/** Median of the valid px before the logarithm, then moments after it. */
static int describe(rv__view *view)
{
    const size_t n = view->width * view->height;
    float *sorted = rv__alloc(n, sizeof *sorted);
    if (!sorted)
        return RV_ERR_NOMEM;
    size_t count = 0;
    for (size_t i = 0; i < n; i++)
        if (view->ok[i])
            sorted[count++] = view->v[i];
    const double median = count ? (double)rv__median_f(sorted, count) : 0;
    rv__free(sorted);
    double sum = 0, sum2 = 0;
    view->soft = median > 0 ? .05 * median : 1.0;
    take_logarithm(view->v, view->ok, n, view->soft);
    for (size_t i = 0; i < n; i++) {
        sum += view->v[i];
        sum2 += (double)view->v[i] * view->v[i];
    }
    view->valid_share = (double)count / (double)n;
    view->contrast = count > 1 ? sqrt(fmax(sum2 - sum * sum / (double)count, 0) / (double)(count - 1)) : 0;
    return RV_OK;
}

void rv__view_release(rv__view *view)
{
    rv__free(view->v);
    rv__free(view->ok);
    *view = (rv__view){ 0 };
}

int rv__view_new(rv__view *out, const rv_scene *scene, int side_max)
{
    const rv_scene_info *info = rv_scene_facts(scene);
    const int longest = info->width > info->height ? info->width : info->height;
    rv__view view = { .factor = (longest + side_max - 1) / side_max };
    int err = RV_OK;
    view.width = (size_t)((info->width + view.factor - 1) / view.factor);
    view.height = (size_t)((info->height + view.factor - 1) / view.factor);
    view.v = rv__alloc(view.width * view.height, sizeof *view.v);
    view.ok = rv__alloc(view.width * view.height, 1);
    if (!view.v || !view.ok)
        err = RV_ERR_NOMEM;
    if (err < 0 || (err = read_reduced(&view, scene)) < 0 || (err = describe(&view)) < 0) {
        rv__view_release(&view);
        return err;
    }
    *out = view;
    return RV_OK;
}

int rv__view_window(float *v, uint8_t *ok, const rv_scene *scene, const int window[4], double soft)
{
    int band[RV_BANDS_MAX];
    const size_t n = (size_t)window[2] * (size_t)window[3];
    const int n_bands = choose_bands(band, rv_scene_facts(scene));
    float *buffer = rv__alloc(n * (size_t)n_bands, sizeof *buffer);
    if (!buffer)
        return RV_ERR_NOMEM;
    const int err = read_mean(v, ok, buffer, scene, window);
    rv__free(buffer);
    if (err == RV_OK)
        take_logarithm(v, ok, n, soft);
    return err;
}

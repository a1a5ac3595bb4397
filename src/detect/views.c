/* SPDX-License-Identifier: Apache-2.0 */
/* One tile of all scenes, each described by few channels that mean the same for every sensor: the logarithm of light
 * (a gain becomes an offset, so contrast does not depend on exposure), a greenness, a red to blue balance. Ratios are
 * damped by the same floor as the logarithm: in the dark they are noise. NDVI needs red and near infrared, else three
 * times the excess green takes its place, which has about its spread. Short-wave bands are left out: no decision here
 * would use them. */
#include "detect/views.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/parallel.h"
#include "detect/evidence.h"
#include "detect/plant.h"

#include <math.h>
#include <string.h>

typedef struct bands {
    const float *blue, *green, *red, *nir; /* NULL where missing */
    const float *all[3];                   /* the bands whose mean is light */
    int n_all;
} bands;

typedef struct read_job {
    rv__views *views;
    const rv_stack *stack;
    const rv__scale *scale;
} read_job;

float *rv__views_plane(const rv__views *views, size_t t, int channel)
{
    return views->plane + (t * (size_t)views->channels + (size_t)channel) * views->w * views->h;
}

void rv__views_release(rv__views *views)
{
    rv__free(views->plane);
    rv__free(views->clear);
    rv__free(views->inside);
    rv__free(views->evidence);
    *views = (rv__views){ 0 };
}

static const float *band_of(const char *roles, char role, const float *data, size_t px)
{
    const char *at = strchr(roles, role);
    return at ? data + (size_t)(at - roles) * px : NULL;
}

static bands find_bands(const char *roles, const float *data, size_t px)
{
    bands b = { .blue = band_of(roles, 'B', data, px),
                .green = band_of(roles, 'G', data, px),
                .red = band_of(roles, 'R', data, px),
                .nir = band_of(roles, 'N', data, px) };
    const float *visible[3] = { b.blue, b.green, b.red };
    for (int i = 0; i < 3; i++)
        if (visible[i])
            b.all[b.n_all++] = visible[i];
    if (b.n_all == 0)
        b.all[b.n_all++] = data;
    return b;
}

static float light_at(const bands *b, size_t i)
{
    float sum = 0;
    for (int k = 0; k < b->n_all; k++)
        sum += b->all[k][i];
    sum /= (float)b->n_all;
    return sum > 0 ? sum : 0;
}

static float greenness_at(const bands *b, size_t i, float floor)
{
    if (b->nir && b->red)
        return (fmaxf(b->nir[i], 0) - fmaxf(b->red[i], 0)) / (fmaxf(b->nir[i], 0) + fmaxf(b->red[i], 0) + 2 * floor);
    const float blue = fmaxf(b->blue[i], 0), green = fmaxf(b->green[i], 0), red = fmaxf(b->red[i], 0);
    return 3 * (2 * green - red - blue) / (red + green + blue + 3 * floor);
}

static float warmth_at(const bands *b, size_t i, float floor)
{
    const float blue = fmaxf(b->blue[i], 0), red = fmaxf(b->red[i], 0); /* a gain may push dark px below 0 */
    return (red - blue) / (red + blue + 2 * floor);
}

static void describe(rv__views *v, size_t t, const bands *b, double floor)
{
    const size_t px = v->w * v->h;
    float *light = rv__views_plane(v, t, RV__LIGHT);
    for (size_t i = 0; i < px; i++)
        light[i] = logf(light_at(b, i) + (float)floor);
    if (v->channels < RV__CHANNELS)
        return;
    float *green = rv__views_plane(v, t, RV__GREEN), *warm = rv__views_plane(v, t, RV__WARM);
    for (size_t i = 0; i < px; i++) {
        green[i] = greenness_at(b, i, (float)floor);
        warm[i] = warmth_at(b, i, (float)floor);
    }
}

/* Haze dims the ground and hides nothing: gains have brought its contrast back. */
static void split_mask(rv__views *v, size_t t, const uint8_t *mask)
{
    const size_t px = v->w * v->h;
    uint8_t *clear = v->clear + t * px, *inside = v->inside + t * px;
    for (size_t i = 0; i < px; i++) {
        inside[i] = mask[i] != RV_MASK_OUTSIDE;
        clear[i] = mask[i] == RV_MASK_CLEAR || mask[i] == RV_MASK_HAZE;
    }
}

static int read_scene(float **data, uint8_t **mask, const rv_stack *stack, size_t t, rv__window window)
{
    const size_t px = (size_t)window.width * (size_t)window.height;
    const int box[4] = { window.col0, window.row0, window.width, window.height };
    *data = rv__alloc(px * (size_t)rv_stack_bands(stack), sizeof **data);
    *mask = rv__alloc(px, 1);
    return *data && *mask ? rv_stack_read(stack, *data, *mask, t, box) : RV_ERR_NOMEM;
}

static int read_one(size_t t, size_t worker, void *user)
{
    (void)worker;
    const read_job *job = user;
    float *data = NULL;
    uint8_t *mask = NULL;
    int err = read_scene(&data, &mask, job->stack, t, job->views->window);
    if (!err) {
        const bands b = find_bands(rv_stack_roles(job->stack), data, job->views->w * job->views->h);
        describe(job->views, t, &b, job->scale->floor);
        split_mask(job->views, t, mask);
    }
    if (!err && job->views->evidence)
        rv__evidence_codes(job->views->evidence + t * job->views->w * job->views->h, job->scale->evidence, t,
                           job->views->window);
    rv__free(data);
    rv__free(mask);
    return err;
}

int rv__views_light(float *out, const rv_stack *stack, size_t t, rv__window window)
{
    const size_t px = (size_t)window.width * (size_t)window.height;
    float *data = NULL;
    uint8_t *mask = NULL;
    int err = read_scene(&data, &mask, stack, t, window);
    if (!err) {
        const bands b = find_bands(rv_stack_roles(stack), data, px);
        for (size_t i = 0; i < px; i++)
            out[i] = mask[i] == RV_MASK_CLEAR || mask[i] == RV_MASK_HAZE ? light_at(&b, i) : 0;
    }
    rv__free(data);
    rv__free(mask);
    return err;
}

int rv__views_read(rv__views *out, const rv_stack *stack, const rv__scale *scale, rv__window window)
{
    rv__views v = { .window = window,
                    .w = (size_t)window.width,
                    .h = (size_t)window.height,
                    .n = rv_stack_size(stack),
                    .channels = scale->channels };
    int err = RV_ERR_NOMEM;
    v.plane = rv__alloc(v.n * (size_t)v.channels * v.w * v.h, sizeof *v.plane);
    v.clear = rv__alloc(v.n * v.w * v.h, 1);
    v.inside = rv__alloc(v.n * v.w * v.h, 1);
    v.evidence = scale->evidence ? rv__alloc(v.n * v.w * v.h, 1) : NULL;
    if (!v.plane || !v.clear || !v.inside || (scale->evidence && !v.evidence))
        goto fail;
    read_job job = { &v, stack, scale };
    if ((err = rv__parallel_for(v.n, read_one, &job)) < 0)
        goto fail;
    if (scale->plants && (err = rv__plants_lay(&v, scale->plants, scale)) < 0)
        goto fail;
    *out = v;
    return RV_OK;
fail:
    rv__views_release(&v);
    return err;
}

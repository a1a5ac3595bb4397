/* SPDX-License-Identifier: Apache-2.0 */
/* Samples to cubic B-spline coefficients by the recursive filter of Unser, Aldroubi and Eden [unser1993]: one pole
 * z = sqrt 3 - 2, once forwards and once backwards along each axis. Down the columns a whole row is one vector step;
 * along the rows 16 rows are transposed into a buffer first, because the recursion itself cannot be vectorised. */
#include "raster/spline.h"

#include <revisit/base.h>

#include "base/mem.h"

enum { LANES = 16, HORIZON = 24 }; /* |z|^24 = 2e-14: the sum over the mirrored past stops there */

static const double pole = -0.26794919243112270647;

/* Weights of the first samples in the forward start value, eq. (2.9) of [unser1993] for the mirrored signal. */
static size_t start_weights(float weight[HORIZON], size_t n)
{
    double z[2 * HORIZON];
    z[0] = 1;
    for (size_t k = 1; k < 2 * HORIZON; k++)
        z[k] = z[k - 1] * pole;
    if (n > HORIZON) {
        for (size_t k = 0; k < HORIZON; k++)
            weight[k] = (float)z[k];
        return HORIZON;
    }
    const double closed = 1 - z[2 * n - 2];
    for (size_t k = 0; k < n; k++)
        weight[k] = (float)((k == 0 || k == n - 1 ? z[k] : z[k] + z[2 * n - 2 - k]) / closed);
    return n;
}

/* Both recursions down n lines of lanes samples each, stride apart; start holds lanes floats of scratch. */
static void recurse(float *p, size_t n, size_t lanes, size_t stride, float *start)
{
    const float z = (float)pole, last = (float)(pole / (pole * pole - 1)), gain = 6;
    float weight[HORIZON];
    const size_t taps = start_weights(weight, n);
    for (size_t j = 0; j < lanes; j++)
        start[j] = 0;
    for (size_t k = 0; k < taps; k++)
        for (size_t j = 0; j < lanes; j++)
            start[j] += weight[k] * p[k * stride + j];
    for (size_t j = 0; j < lanes; j++)
        p[j] = gain * start[j];
    for (size_t i = 1; i < n; i++)
        for (size_t j = 0; j < lanes; j++)
            p[i * stride + j] = gain * p[i * stride + j] + z * p[(i - 1) * stride + j];
    float *end = p + (n - 1) * stride;
    for (size_t j = 0; j < lanes; j++)
        end[j] = last * (end[j] + z * p[(n - 2) * stride + j]);
    for (size_t i = n - 1; i-- > 0;)
        for (size_t j = 0; j < lanes; j++)
            p[i * stride + j] = z * (p[(i + 1) * stride + j] - p[i * stride + j]);
}

static void along_rows(float *plane, size_t w, size_t h, float *lane, float *start)
{
    for (size_t row = 0; row < h; row += LANES) {
        const size_t lanes = h - row < LANES ? h - row : LANES;
        for (size_t j = 0; j < lanes; j++)
            for (size_t i = 0; i < w; i++)
                lane[i * LANES + j] = plane[(row + j) * w + i];
        recurse(lane, w, LANES, LANES, start);
        for (size_t j = 0; j < lanes; j++)
            for (size_t i = 0; i < w; i++)
                plane[(row + j) * w + i] = lane[i * LANES + j];
    }
}

int rv__spline_prefilter(float *plane, size_t w, size_t h)
{
    float *lane = rv__alloc(w * LANES, sizeof *lane), *start = rv__alloc(w > LANES ? w : LANES, sizeof *start);
    int err = RV_ERR_NOMEM;
    if (lane && start) {
        /* a single row or column is its own spline: constant across */
        if (w > 1)
            along_rows(plane, w, h, lane, start);
        if (h > 1)
            recurse(plane, h, w, w, start);
        err = RV_OK;
    }
    rv__free(start);
    rv__free(lane);
    return err;
}

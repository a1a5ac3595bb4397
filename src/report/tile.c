/* SPDX-License-Identifier: Apache-2.0 */
/* Windows of the aligned images as bytes to show. Large windows are box-averaged in strips, so a picture of the whole grid
 * needs little memory. The colours are balanced once, by the 1st and 99th percentile of each channel over the whole site; a
 * window is then stretched from the 2nd to the 98th percentile of all its channels and both its images together. A stretch
 * per channel and window would turn a meadow pink, and one per image would show a change of the display as a change of
 * the ground. */
#include "report/tile.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "base/robust.h"

enum { STRIP_BYTES = 32 << 20, NO_GROUND_GREY = 200 };

void rv__tile_release(rv__tile *tile)
{
    rv__free(tile->rgb);
    rv__free(tile->valid);
    *tile = (rv__tile){ 0 };
}

/* Bands shown as red, green and blue; grey where the stack has no such three. */
static void channels_of(const char *roles, int out[3])
{
    const char *const wanted = "RGB";
    for (int k = 0; k < 3; k++) {
        const char *at = strchr(roles, wanted[k]);
        out[k] = at ? (int)(at - roles) : -1;
    }
    if (out[0] < 0 || out[1] < 0 || out[2] < 0)
        out[0] = out[1] = out[2] = 0;
}

/* One strip as it was read, and how it becomes rows of a tile. */
typedef struct strip {
    const float *data;
    const uint8_t *mask;
    int width, height;
    int factor;
    int channel[3];
} strip;

static int mean_of(double out[3], const strip *s, int col, int row)
{
    const size_t plane = (size_t)s->width * (size_t)s->height;
    int n = 0;
    out[0] = out[1] = out[2] = 0;
    for (int i = 0; i < s->factor * s->factor; i++) {
        const size_t p =
            (size_t)(row * s->factor + i / s->factor) * (size_t)s->width + (size_t)(col * s->factor + i % s->factor);
        if (s->mask[p] == RV_MASK_OUTSIDE)
            continue;
        for (int b = 0; b < 3; b++)
            out[b] += (double)s->data[(size_t)s->channel[b] * plane + p];
        n++;
    }
    return n;
}

static void reduce(rv__tile *out, const strip *s, int first_row)
{
    for (int r = 0; r < s->height / s->factor; r++)
        for (int c = 0; c < out->width; c++) {
            double sum[3];
            const int n = mean_of(sum, s, c, r);
            const size_t q = (size_t)(first_row + r) * (size_t)out->width + (size_t)c;
            out->valid[q] = n > 0;
            for (size_t b = 0; b < 3; b++)
                out->rgb[3 * q + b] = n ? (float)(sum[b] / n) : 0.0F;
        }
}

int rv__tile_read(rv__tile *out, const rv_stack *stack, int t, const int window[4], int factor)
{
    const int bands = rv_stack_bands(stack);
    const size_t row_bytes = sizeof(float) * (size_t)bands * (size_t)window[2];
    int rows = (int)((size_t)STRIP_BYTES / row_bytes) / factor * factor, err = RV_OK;
    rows = rows < factor ? factor : rows > window[3] ? window[3] : rows;
    rv__tile made = { window[2] / factor, window[3] / factor, NULL, NULL };
    const size_t n = (size_t)made.width * (size_t)made.height;
    float *data = rv__alloc((size_t)bands * (size_t)window[2] * (size_t)rows, sizeof *data);
    uint8_t *mask = rv__alloc((size_t)window[2] * (size_t)rows, 1);
    made.rgb = rv__alloc(n, 3 * sizeof(float));
    made.valid = rv__alloc(n, 1);
    if (!data || !mask || !made.rgb || !made.valid)
        err = RV_ERR_NOMEM;
    strip s = { data, mask, window[2], rows, factor, { 0 } };
    channels_of(rv_stack_roles(stack), s.channel);
    for (int row = 0; row < window[3] && err == RV_OK; row += rows) {
        s.height = row + rows <= window[3] ? rows : window[3] - row;
        const int part[4] = { window[0], window[1] + row, window[2], s.height };
        if ((err = rv_stack_read(stack, data, mask, (size_t)t, part)) == RV_OK)
            reduce(&made, &s, row / factor);
    }
    rv__free(data);
    rv__free(mask);
    if (err < 0)
        rv__tile_release(&made);
    else
        *out = made;
    return err;
}

/* Quantiles of one channel of both tiles, or of all three (channel 3). */
static int quantiles_of(double lo_hi[2], const rv__tile pair[2], size_t channel, double share)
{
    size_t n[2], used = 0;
    for (int i = 0; i < 2; i++)
        n[i] = (size_t)pair[i].width * (size_t)pair[i].height;
    float *v = rv__alloc(3 * (n[0] + n[1]), sizeof *v);
    if (!v)
        return RV_ERR_NOMEM;
    for (int i = 0; i < 2; i++)
        for (size_t k = 0; k < 3 * n[i]; k++)
            if (pair[i].valid[k / 3] && (channel == 3 || k % 3 == channel))
                v[used++] = pair[i].rgb[k];
    lo_hi[0] = used ? rv__quantile_f(v, used, share) : 0.0;
    lo_hi[1] = used ? rv__quantile_f(v, used, 1.0 - share) : 1.0;
    if (lo_hi[1] - lo_hi[0] < 1e-9)
        lo_hi[1] = lo_hi[0] + 1.0;
    rv__free(v);
    return RV_OK;
}

static int learn(rv__tone *tone, const rv__tile pair[2])
{
    int err = RV_OK;
    for (size_t b = 0; b < 3 && err == RV_OK; b++) {
        double lo_hi[2] = { 0, 1 };
        err = quantiles_of(lo_hi, pair, b, 0.01);
        tone->black[b] = lo_hi[0];
        tone->white[b] = lo_hi[1];
    }
    tone->known = err == RV_OK;
    return err;
}

/* In place: black to 0, white to 1. */
static void balance(const rv__tile *tile, const rv__tone *tone)
{
    const size_t n = 3 * (size_t)tile->width * (size_t)tile->height;
    for (size_t k = 0; k < n; k++)
        tile->rgb[k] = (float)(((double)tile->rgb[k] - tone->black[k % 3]) / (tone->white[k % 3] - tone->black[k % 3]));
}

static uint8_t *bytes_of(const rv__tile *tile, const double lo_hi[2])
{
    const size_t n = 3 * (size_t)tile->width * (size_t)tile->height;
    uint8_t *out = rv__alloc(n, 1);
    for (size_t k = 0; out && k < n; k++) {
        const double share = ((double)tile->rgb[k] - lo_hi[0]) / (lo_hi[1] - lo_hi[0]);
        const double grey = tile->valid[k / 3] ? 16.0 + 229.0 * fmin(fmax(share, -0.07), 1.04) : NO_GROUND_GREY;
        out[k] = (uint8_t)lround(fmin(fmax(grey, 0.0), 255.0));
    }
    return out;
}

int rv__tile_show(uint8_t *out[2], const rv__tile pair[2], rv__tone *tone)
{
    double lo_hi[2];
    int err = tone->known ? RV_OK : learn(tone, pair);
    if (err < 0)
        return err;
    balance(&pair[0], tone);
    balance(&pair[1], tone);
    if ((err = quantiles_of(lo_hi, pair, 3, 0.02)) < 0)
        return err;
    uint8_t *first = bytes_of(&pair[0], lo_hi), *second = bytes_of(&pair[1], lo_hi);
    if (!first || !second) {
        rv__free(first);
        rv__free(second);
        return RV_ERR_NOMEM;
    }
    out[0] = first;
    out[1] = second;
    return RV_OK;
}

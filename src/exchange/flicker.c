/* SPDX-License-Identifier: Apache-2.0 */
/* Pictures of one place to flip between. Tones come from the reference alone, channel by channel from its 1st to its 99th
 * percentile, and every frame stands on its radiometric scale, so that what jumps is the ground and not the display.
 * The place is the one of 25 around the site's centre with the most texture: mean difference of neighbours, worth half at
 * two sides' distance. */
#include "exchange/flicker.h"

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/robust.h"
#include "base/str.h"
#include "model/stack_internal.h"
#include "raster/picture.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { NEARBY = 2, NO_GROUND_GREY = 128 };

typedef struct flicker {
    const rv_stack *stack;
    rv_stack *before;
    const char *folder;
    size_t reference;
    int window[4];
    int channel[3]; /* bands shown as red, green and blue */
    double black[3], white[3];
    float *data;
    uint8_t *mask, *rgb;
} flicker;

static size_t pixels(const flicker *f)
{
    return (size_t)f->window[2] * (size_t)f->window[3];
}

static void choose_channels(flicker *f)
{
    const char *roles = rv_stack_roles(f->stack);
    for (int k = 0; k < 3; k++) {
        const char *at = strchr(roles, "RGB"[k]);
        f->channel[k] = at ? (int)(at - roles) : -1;
    }
    if (f->channel[0] < 0 || f->channel[1] < 0 || f->channel[2] < 0)
        f->channel[0] = f->channel[1] = f->channel[2] = 0;
}

static bool shown(const flicker *f, size_t i)
{
    return f->mask[i] != RV_MASK_OUTSIDE;
}

/* Mean difference of neighbours, counting as none what has no data. */
static double texture(const flicker *f)
{
    const size_t w = (size_t)f->window[2];
    const float *plane = f->data + (size_t)f->channel[1] * pixels(f);
    double sum = 0;
    for (size_t i = 0; i + w + 1 < pixels(f); i++)
        if (i % w + 1 < w && shown(f, i) && shown(f, i + 1) && shown(f, i + w))
            sum += (double)fabsf(plane[i + 1] - plane[i]) + (double)fabsf(plane[i + w] - plane[i]);
    return sum / (double)pixels(f);
}

/* Window around a centre, moved into the grid. */
static void place(flicker *f, double col, double row)
{
    const rv_grid *grid = rv_stack_grid(f->stack);
    const int size[2] = { grid->width, grid->height };
    const double centre[2] = { col, row };
    for (int axis = 0; axis < 2; axis++) {
        const int side = f->window[2 + axis], most = size[axis] - side;
        const double first = floor(centre[axis] - .5 * side + .5);
        f->window[axis] = first < 0 ? 0 : first > most ? most : (int)first;
    }
}

static int choose_place(flicker *f, const double centre[2])
{
    double best = -1, found[2] = { centre[0], centre[1] };
    for (int j = -NEARBY; j <= NEARBY; j++)
        for (int i = -NEARBY; i <= NEARBY; i++) {
            const double col = centre[0] + .5 * i * f->window[2], row = centre[1] + .5 * j * f->window[3];
            const double far = .5 * hypot(i, j) / 2;
            place(f, col, row);
            const int err = rv_stack_read(f->stack, f->data, f->mask, f->reference, f->window);
            if (err < 0)
                return err;
            const double score = texture(f) / (1 + far * far);
            if (score > best) {
                best = score;
                found[0] = col;
                found[1] = row;
            }
        }
    place(f, found[0], found[1]);
    return RV_OK;
}

static int parse_place(flicker *f, const char *text)
{
    const rv_grid *grid = rv_stack_grid(f->stack);
    double col, row;
    const char *at = text;
    if (rv__number_next(&col, &at) < 0 || *at++ != ',' || rv__number_next(&row, &at) < 0 || *at)
        return rv__fail(RV_ERR_RANGE, "at must be col,row in px of the reference, not \"%.40s\"", text);
    if (!(col >= 0 && row >= 0 && col <= grid->width && row <= grid->height))
        return rv__fail(RV_ERR_RANGE, "at must lie in the reference of %d x %d px, not at %g,%g", grid->width,
                        grid->height, col, row);
    place(f, col, row);
    return RV_OK;
}

/* From the reference, which is in data. */
static int set_tones(flicker *f)
{
    float *values = rv__alloc(pixels(f), sizeof *values);
    if (!values)
        return RV_ERR_NOMEM;
    for (int k = 0; k < 3; k++) {
        const float *plane = f->data + (size_t)f->channel[k] * pixels(f);
        size_t n = 0;
        for (size_t i = 0; i < pixels(f); i++)
            if (shown(f, i))
                values[n++] = plane[i];
        f->black[k] = n ? (double)rv__quantile_f(values, n, .01) : 0;
        f->white[k] = n ? (double)rv__quantile_f(values, n, .99) : 1;
    }
    rv__free(values);
    return RV_OK;
}

static int write_png(flicker *f, const char *id, const char *suffix)
{
    char name[RV_PATH_MAX], path[RV_PATH_MAX];
    uint8_t *png = NULL;
    size_t n = 0;
    int err;
    for (size_t i = 0; i < pixels(f); i++)
        for (int k = 0; k < 3; k++) {
            const double range = f->white[k] > f->black[k] ? f->white[k] - f->black[k] : 1;
            const double v = ((double)f->data[(size_t)f->channel[k] * pixels(f) + i] - f->black[k]) / range;
            f->rgb[3 * i + (size_t)k] = !shown(f, i) ? NO_GROUND_GREY : (uint8_t)(255 * fmin(fmax(v, 0), 1) + .5);
        }
    snprintf(name, sizeof name, "%s%s.png", id, suffix);
    if ((err = rv__path_join(path, sizeof path, f->folder, name)) == RV_OK &&
        (err = rv__png_encode(&png, &n, f->rgb, (size_t)f->window[2], (size_t)f->window[3], 3)) == RV_OK)
        err = rv__file_write(path, png, n);
    rv__free(png);
    return err;
}

static int show_frame(flicker *f, size_t t)
{
    const char *id = rv_stack_facts(f->stack, t)->id;
    int err;
    if (t == f->reference)
        return RV_OK;
    if ((err = rv_stack_read(f->before, f->data, f->mask, t, f->window)) < 0 ||
        (err = write_png(f, id, ".before")) < 0 || (err = rv_stack_read(f->stack, f->data, f->mask, t, f->window)) < 0)
        return err;
    return write_png(f, id, ".after");
}

static int show_all(flicker *f, const rv_flicker_opts *opts, const double centre[2])
{
    int err = opts->at ? parse_place(f, opts->at) : choose_place(f, centre);
    if (err < 0 || (err = rv_stack_read(f->stack, f->data, f->mask, f->reference, f->window)) < 0 ||
        (err = set_tones(f)) < 0 || (err = write_png(f, rv_stack_facts(f->stack, f->reference)->id, "")) < 0)
        return err;
    for (size_t t = 0; t < rv_stack_size(f->stack) && err == RV_OK; t++)
        if ((err = rv__stopping()) == RV_OK)
            err = show_frame(f, t);
    return err;
}

int rv__flicker(const rv_stack *stack, const char *folder, const rv_flicker_opts *opts, const double centre[2])
{
    const rv_grid *grid = rv_stack_grid(stack);
    flicker f = { .stack = stack, .folder = folder };
    int err = RV_ERR_NOMEM;
    f.window[2] = opts->crop_px < grid->width ? opts->crop_px : grid->width;
    f.window[3] = opts->crop_px < grid->height ? opts->crop_px : grid->height;
    for (size_t t = 0; t < rv_stack_size(stack); t++)
        if (strcmp(rv_stack_facts(stack, t)->id, rv_stack_transform(stack, t)->reference_id) == 0)
            f.reference = t;
    choose_channels(&f);
    f.data = rv__alloc(pixels(&f) * (size_t)rv_stack_bands(stack), sizeof *f.data);
    f.mask = rv__alloc(pixels(&f), 1);
    f.rgb = rv__alloc(pixels(&f), 3);
    if (f.data && f.mask && f.rgb && (err = rv__stack_unaligned(&f.before, stack)) == RV_OK)
        err = show_all(&f, opts, centre);
    rv_stack_free(f.before);
    rv__free(f.rgb);
    rv__free(f.mask);
    rv__free(f.data);
    return err;
}

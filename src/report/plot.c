/* SPDX-License-Identifier: Apache-2.0 */
/* The series of one finding: mean brightness inside the outline over the mean of a ring around it, image by image, with the
 * bracket shaded. An image in which less than half of the object or of the ring was clear is drawn hollow on the zero line: it says nothing. */
#include "report/plot.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "geo/ellipsoid.h"
#include "geo/polygon.h"
#include "raster/coverage.h"
#include "report/axes.h"
#include "report/canvas.h"
#include "report/words.h"

typedef struct site {
    int window[4];
    float *inside; /* share of each pixel inside the outline */
    double ring_px;
    rv_polygon pixels;
} site;

static int site_make(site *out, const rv_structure *s, const rv_grid *grid)
{
    double box[4];
    int err = rv__polygon_to_pixel(&out->pixels, &s->outline, grid);
    if (err < 0)
        return err;
    rv__polygon_bounds(box, &out->pixels);
    out->ring_px = fmax(3.0, 0.25 * fmax(box[2] - box[0], box[3] - box[1]));
    const int reach = (int)ceil(fmin(out->ring_px, 40.0)) + 1;
    const int c0 = (int)floor(box[0]) - reach, r0 = (int)floor(box[1]) - reach;
    const int w = (int)ceil(box[2]) + reach - c0, h = (int)ceil(box[3]) + reach - r0;
    memcpy(out->window, (int[4]){ c0, r0, w, h }, sizeof out->window);
    out->inside = rv__alloc((size_t)w * (size_t)h, sizeof(float));
    return out->inside ? rv__coverage(out->inside, (size_t)w, (size_t)h, c0, r0, &out->pixels) : RV_ERR_NOMEM;
}

static void weigh(rv__sample_point *out, const site *at, const float *data, const uint8_t *mask, int bands)
{
    const size_t n = (size_t)at->window[2] * (size_t)at->window[3];
    double in = 0, out_ = 0, win = 0, wout = 0, all_in = 0, all_out = 0;
    for (size_t p = 0; p < n; p++) {
        double v = 0;
        for (int b = 0; b < bands; b++)
            v += (double)data[(size_t)b * n + p];
        const double share = (double)at->inside[p];
        const bool clear = mask[p] == RV_MASK_CLEAR || mask[p] == RV_MASK_HAZE;
        all_in += share;
        all_out += share == 0.0;
        if (clear) {
            in += share * v;
            win += share;
            out_ += share == 0.0 ? v : 0.0;
            wout += share == 0.0;
        }
    }
    out->known = win > 0.5 * all_in && wout > 0.5 * all_out && win > 0 && wout > 0 && out_ > 0 && in > 0;
    out->value = out->known ? 100.0 * ((in / win) / (out_ / wout) - 1.0) : 0.0;
}

/* Middle of each image's period; the place in the series where an image has no date. */
static void place_in_time(rv__sample_point *series, const rv_stack *stack)
{
    bool dated = true;
    for (size_t t = 0; t < rv_stack_size(stack); t++)
        dated = dated && isfinite(rv_stack_facts(stack, t)->t_min) && isfinite(rv_stack_facts(stack, t)->t_max);
    for (size_t t = 0; t < rv_stack_size(stack); t++) {
        const rv_scene_info *scene = rv_stack_facts(stack, t);
        series[t].t = dated ? (scene->t_min + scene->t_max) / 2 : (double)t;
    }
}

static int read_series(rv__sample_point *series, const rv__facts *facts, const site *at)
{
    const int bands = rv_stack_bands(facts->stack), visible = bands > 3 ? 3 : bands;
    const size_t n = (size_t)at->window[2] * (size_t)at->window[3];
    float *data = rv__alloc((size_t)bands * n, sizeof *data);
    uint8_t *mask = rv__alloc(n, 1);
    int err = data && mask ? RV_OK : RV_ERR_NOMEM;
    place_in_time(series, facts->stack);
    for (size_t t = 0; t < rv_stack_size(facts->stack) && err == RV_OK; t++)
        if ((err = rv_stack_read(facts->stack, data, mask, t, at->window)) == RV_OK)
            weigh(&series[t], at, data, mask, visible);
    rv__free(data);
    rv__free(mask);
    return err;
}

/* "+20 %", "0 %"; a true minus sign. */
static void tick_text(char *out, size_t size, double percent)
{
    const long whole = lround(fabs(percent));
    snprintf(out, size, "%s%ld" RV__NBSP "%%", whole == 0 ? "" : percent < 0 ? "\xE2\x88\x92" : "+", whole);
}

static void draw_ticks(rv__canvas *canvas, const rv__axes *a)
{
    const rv__type small = { 11, 0, RV__RIGHT, 0x444444FF, 0 };
    const double step = rv__axes_step(a->hi - a->lo);
    for (double v = ceil(a->lo / step) * step; v <= a->hi; v += step) {
        const rv_point line[2] = { { a->x0, rv__axes_point(a, a->t0, v).y }, { a->x1, rv__axes_point(a, a->t0, v).y } };
        char text[32];
        tick_text(text, sizeof text, fabs(v) < step / 1e6 ? 0.0 : v);
        rv__canvas_path(canvas, line, 2, 0, (rv__pen){ fabs(v) < step / 1e6 ? 0x888888FF : 0xDDDDDDFF, 0, 1, 0 });
        rv__canvas_text(canvas, a->x0 - 6, line[0].y + 4, small, text);
    }
}

/* As much of the date as the image knows, or its name. */
static void date_text(char *out, size_t size, const rv_scene_info *scene)
{
    char text[RV_TIME_TEXT_MAX];
    const double days = (scene->t_max - scene->t_min) / 86400;
    rv_date_text(text, scene->t_min);
    if (!*text || !isfinite(days))
        snprintf(out, size, "%s", scene->id);
    else
        snprintf(out, size, "%.*s", days < 2 ? 10 : days < 40 ? 7 : 4, text);
}

static void draw_dates(rv__canvas *canvas, const rv__axes *a, const rv__facts *facts, const rv__sample_point *series)
{
    const rv__type small = { 11, 0, RV__CENTRE, 0x444444FF, 0 };
    double free_from = -1e9;
    for (size_t i = 0; i < rv_stack_size(facts->stack); i++) {
        char text[RV_ID_MAX];
        date_text(text, sizeof text, rv_stack_facts(facts->stack, i));
        const double at = rv__axes_point(a, series[i].t, 0).x, w = rv__canvas_text_width(canvas, small, text);
        const double x = fmin(fmax(at, a->x0 + w / 2), a->x1 - w / 2);
        const rv_point tick[2] = { { at, a->y1 }, { at, a->y1 + 4 } };
        rv__canvas_path(canvas, tick, 2, 0, (rv__pen){ 0x888888FF, 0, 1, 0 });
        if (x - w / 2 < free_from)
            continue;
        rv__canvas_text(canvas, x, a->y1 + 18, small, text);
        free_from = x + w / 2 + 8;
    }
}

static void draw_series(rv__canvas *canvas, const rv__axes *a, const rv__sample_point *series, size_t n)
{
    rv_point last = { 0, 0 };
    bool any = false;
    for (size_t i = 0; i < n; i++) {
        const rv_point p = rv__axes_point(a, series[i].t, series[i].value);
        if (series[i].known && any)
            rv__canvas_path(canvas, (const rv_point[]){ last, p }, 2, 0, (rv__pen){ 0x0072B2FF, 0, 1.6, 0 });
        if (series[i].known) {
            last = p;
            any = true;
        }
    }
    for (size_t i = 0; i < n; i++) {
        const rv_point p = rv__axes_point(a, series[i].t, series[i].value);
        rv__canvas_disc(canvas, p.x, p.y, 3.6, series[i].known ? 0x0072B2FF : 0xFFFFFFFF,
                        (rv__pen){ series[i].known ? 0x0072B2FF : 0x888888FF, 0, 1.4, 0 });
    }
}

static void draw_bracket(rv__canvas *canvas, const rv__axes *a, const rv__facts *facts, const rv_structure *s,
                         const rv__sample_point *series)
{
    const int absent = rv__facts_time(facts, s->absent_id), present = rv__facts_time(facts, s->present_id);
    const double ta = absent < 0 ? a->t0 : series[absent].t, tp = present < 0 ? a->t1 : series[present].t;
    const double left = rv__axes_point(a, fmin(ta, tp), 0).x, right = rv__axes_point(a, fmax(ta, tp), 0).x;
    rv__canvas_rect(canvas, left, a->y0, right - left, a->y1 - a->y0, 0xE69F0040);
    rv__canvas_rect(canvas, left, a->y0, 1.2, a->y1 - a->y0, 0xE69F00FF);
    rv__canvas_rect(canvas, right - 1.2, a->y0, 1.2, a->y1 - a->y0, 0xE69F00FF);
}

static int draw(rv__picture *out, const rv__facts *facts, const rv_structure *s, const rv__sample_point *series,
                int width)
{
    const int height = 220;
    const size_t n = rv_stack_size(facts->stack);
    rv__canvas *canvas = NULL;
    int err = rv__canvas_new(&canvas, width, height, 0xFFFFFFFF);
    if (err < 0)
        return err;
    rv__axes a = { .x0 = 58, .x1 = width - 14.0, .y0 = 34, .y1 = height - 34.0 };
    rv__axes_fit(&a, series, n);
    rv__canvas_text(canvas, 14, 20, (rv__type){ 12.5, 1, RV__LEFT, 0x1A1A1AFF, 0 },
                    "Brightness of the object over its surroundings");
    draw_ticks(canvas, &a);
    draw_bracket(canvas, &a, facts, s, series);
    draw_series(canvas, &a, series, n);
    draw_dates(canvas, &a, facts, series);
    out->width = width;
    out->height = height;
    err = rv__canvas_png(&out->base.bytes, &out->base.n, canvas);
    out->base.type = "image/png";
    rv__canvas_free(canvas);
    return err;
}

int rv__plot_series(rv__picture *out, const rv__facts *facts, const rv_structure *s, int width, const char *path)
{
    site at = { 0 };
    rv__sample_point *series = rv__alloc(rv_stack_size(facts->stack), sizeof *series);
    int err = series ? site_make(&at, s, rv_stack_grid(facts->stack)) : RV_ERR_NOMEM;
    if (err == RV_OK && (err = read_series(series, facts, &at)) == RV_OK)
        err = draw(out, facts, s, series, width);
    if (err == RV_OK && path)
        err = rv__file_write(path, out->base.bytes, out->base.n);
    rv__free(series);
    rv__free(at.inside);
    rv_polygon_release(&at.pixels);
    return err;
}

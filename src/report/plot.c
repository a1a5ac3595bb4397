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
#include "report/canvas.h"
#include "report/words.h"

typedef struct sample {
    double t, contrast;
    bool clear;
} sample;

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

static void weigh(sample *out, const site *at, const float *data, const uint8_t *mask, int bands)
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
    out->clear = win > 0.5 * all_in && wout > 0.5 * all_out && win > 0 && wout > 0 && out_ > 0 && in > 0;
    out->contrast = out->clear ? 100.0 * ((in / win) / (out_ / wout) - 1.0) : 0.0;
}

static int read_series(sample *series, const rv__facts *facts, const site *at)
{
    const int bands = rv_stack_bands(facts->stack), visible = bands > 3 ? 3 : bands;
    const size_t n = (size_t)at->window[2] * (size_t)at->window[3];
    float *data = rv__alloc((size_t)bands * n, sizeof *data);
    uint8_t *mask = rv__alloc(n, 1);
    int err = data && mask ? RV_OK : RV_ERR_NOMEM;
    for (size_t t = 0; t < rv_stack_size(facts->stack) && err == RV_OK; t++) {
        const rv_scene_info *scene = rv_stack_facts(facts->stack, t);
        series[t].t = isfinite(scene->t_min) && isfinite(scene->t_max) ? (scene->t_min + scene->t_max) / 2 : (double)t;
        if ((err = rv_stack_read(facts->stack, data, mask, t, at->window)) == RV_OK)
            weigh(&series[t], at, data, mask, visible);
    }
    rv__free(data);
    rv__free(mask);
    return err;
}

typedef struct axes {
    double x0, x1, y0, y1; /* of the plot area, px */
    double t0, t1, lo, hi; /* of the data */
} axes;

static rv_point at_point(const axes *a, double t, double v)
{
    return (rv_point){ a->x0 + (t - a->t0) / (a->t1 - a->t0) * (a->x1 - a->x0),
                       a->y1 - (v - a->lo) / (a->hi - a->lo) * (a->y1 - a->y0) };
}

static axes axes_of(const sample *series, size_t n, int width, int height)
{
    axes a = { 58, width - 14.0, 34, height - 34.0, series[0].t, series[n - 1].t, 0, 0 };
    for (size_t i = 0; i < n; i++) {
        a.lo = series[i].clear ? fmin(a.lo, series[i].contrast) : a.lo;
        a.hi = series[i].clear ? fmax(a.hi, series[i].contrast) : a.hi;
    }
    const double margin = fmax(0.1 * (a.hi - a.lo), 2.0);
    a.lo -= margin;
    a.hi += margin;
    if (a.t1 - a.t0 < 1e-6)
        a.t1 = a.t0 + 1.0;
    return a;
}

static void draw_ticks(rv__canvas *canvas, const axes *a)
{
    const rv__type small = { 11, 0, RV__RIGHT, 0x444444FF, 0 };
    const double span = a->hi - a->lo, power = pow(10.0, floor(log10(span / 3)));
    const double step = power * (span / 3 / power >= 5 ? 5 : span / 3 / power >= 2 ? 2 : 1);
    for (double v = ceil(a->lo / step) * step; v <= a->hi; v += step) {
        const rv_point line[2] = { { a->x0, at_point(a, a->t0, v).y }, { a->x1, at_point(a, a->t0, v).y } };
        char text[32];
        snprintf(text, sizeof text, "%+.0f %%", fabs(v) < step / 1e6 ? 0.0 : v);
        rv__canvas_path(canvas, line, 2, 0, (rv__pen){ fabs(v) < step / 1e6 ? 0x888888FF : 0xDDDDDDFF, 0, 1, 0 });
        rv__canvas_text(canvas, a->x0 - 6, line[0].y + 4, small, text);
    }
}

static void draw_dates(rv__canvas *canvas, const axes *a, const rv__facts *facts)
{
    const size_t n = rv_stack_size(facts->stack);
    const rv__type small = { 11, 0, RV__CENTRE, 0x444444FF, 0 };
    double free_from = -1e9;
    for (size_t i = 0; i < n; i++) {
        const rv_scene_info *scene = rv_stack_facts(facts->stack, i);
        char text[RV_TIME_TEXT_MAX];
        const bool timed = isfinite(scene->t_min) && isfinite(scene->t_max);
        const double t = timed ? (scene->t_min + scene->t_max) / 2 : (double)i;
        rv_date_text(text, scene->t_min);
        if (timed && scene->t_max - scene->t_min > 2 * 86400)
            text[scene->t_max - scene->t_min > 40 * 86400 ? 4 : 7] = 0;
        if (!timed)
            snprintf(text, sizeof text, "%.*s", (int)sizeof text - 1, scene->id);
        const double w = rv__canvas_text_width(canvas, small, text);
        const double x = fmin(fmax(at_point(a, t, 0).x, a->x0 + w / 2), a->x1 - w / 2);
        const rv_point tick[2] = { { at_point(a, t, 0).x, a->y1 }, { at_point(a, t, 0).x, a->y1 + 4 } };
        rv__canvas_path(canvas, tick, 2, 0, (rv__pen){ 0x888888FF, 0, 1, 0 });
        if (x - w / 2 < free_from)
            continue;
        rv__canvas_text(canvas, x, a->y1 + 18, small, text);
        free_from = x + w / 2 + 8;
    }
}

static void draw_series(rv__canvas *canvas, const axes *a, const sample *series, size_t n)
{
    rv_point last = { 0, 0 };
    bool any = false;
    for (size_t i = 0; i < n; i++) {
        const rv_point p = at_point(a, series[i].t, series[i].contrast);
        if (series[i].clear && any)
            rv__canvas_path(canvas, (const rv_point[]){ last, p }, 2, 0, (rv__pen){ 0x0072B2FF, 0, 1.6, 0 });
        if (series[i].clear) {
            last = p;
            any = true;
        }
    }
    for (size_t i = 0; i < n; i++) {
        const rv_point p = at_point(a, series[i].t, series[i].contrast);
        rv__canvas_disc(canvas, p.x, p.y, 3.6, series[i].clear ? 0x0072B2FF : 0xFFFFFFFF,
                        (rv__pen){ series[i].clear ? 0x0072B2FF : 0x888888FF, 0, 1.4, 0 });
    }
}

static void draw_bracket(rv__canvas *canvas, const axes *a, const rv__facts *facts, const rv_structure *s,
                         const sample *series)
{
    const int absent = rv__facts_time(facts, s->absent_id), present = rv__facts_time(facts, s->present_id);
    const double ta = absent < 0 ? a->t0 : series[absent].t, tp = present < 0 ? a->t1 : series[present].t;
    const double left = at_point(a, fmin(ta, tp), 0).x, right = at_point(a, fmax(ta, tp), 0).x;
    rv__canvas_rect(canvas, left, a->y0, right - left, a->y1 - a->y0, 0xE69F0040);
    rv__canvas_rect(canvas, left, a->y0, 1.2, a->y1 - a->y0, 0xE69F00FF);
    rv__canvas_rect(canvas, right - 1.2, a->y0, 1.2, a->y1 - a->y0, 0xE69F00FF);
}

static int draw(rv__picture *out, const rv__facts *facts, const rv_structure *s, const sample *series, int width)
{
    const int height = 220;
    const size_t n = rv_stack_size(facts->stack);
    rv__canvas *canvas = NULL;
    int err = rv__canvas_new(&canvas, width, height, 0xFFFFFFFF);
    if (err < 0)
        return err;
    const axes a = axes_of(series, n, width, height);
    rv__canvas_text(canvas, 14, 20, (rv__type){ 12.5, 1, RV__LEFT, 0x1A1A1AFF, 0 },
                    "Brightness of the object over its surroundings");
    draw_ticks(canvas, &a);
    draw_bracket(canvas, &a, facts, s, series);
    draw_series(canvas, &a, series, n);
    draw_dates(canvas, &a, facts);
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
    sample *series = rv__alloc(rv_stack_size(facts->stack), sizeof *series);
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

/* SPDX-License-Identifier: Apache-2.0 */
/* A picture to draw on, by cairo; letters by pango. The only file that knows either. Font options are fixed (grey
 * antialiasing, no hinting) so that the same drawing gives the same bytes whatever the desktop's settings. */
#include "report/canvas.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "raster/picture.h"

#include <cairo.h>
#include <pango/pangocairo.h>

struct rv__canvas {
    cairo_surface_t *surface;
    cairo_t *cr;
    PangoLayout *layout;
    int width, height;
    int channels; /* 4 where the background shows through */
};

static void set_colour(cairo_t *cr, uint32_t c)
{
    cairo_set_source_rgba(cr, (double)(c >> 24) / 255.0, (double)((c >> 16) & 255) / 255.0,
                          (double)((c >> 8) & 255) / 255.0, (double)(c & 255) / 255.0);
}

static void trace(cairo_t *cr, const rv_point *points, size_t n, int closed)
{
    cairo_new_path(cr);
    for (size_t i = 0; i < n; i++)
        cairo_line_to(cr, points[i].x, points[i].y);
    if (closed)
        cairo_close_path(cr);
}

static void stroke(cairo_t *cr, rv__pen pen)
{
    cairo_set_line_join(cr, CAIRO_LINE_JOIN_ROUND);
    cairo_set_line_cap(cr, pen.dash > 0 ? CAIRO_LINE_CAP_BUTT : CAIRO_LINE_CAP_ROUND);
    if (pen.halo) {
        cairo_set_dash(cr, NULL, 0, 0);
        cairo_set_line_width(cr, pen.width + 2.0);
        set_colour(cr, pen.halo);
        cairo_stroke_preserve(cr);
    }
    cairo_set_dash(cr, &pen.dash, pen.dash > 0 ? 1 : 0, 0);
    cairo_set_line_width(cr, pen.width);
    set_colour(cr, pen.colour);
    cairo_stroke(cr);
}

void rv__canvas_free(rv__canvas *canvas)
{
    if (!canvas)
        return;
    if (canvas->layout)
        g_object_unref(canvas->layout);
    cairo_destroy(canvas->cr);
    cairo_surface_destroy(canvas->surface);
    rv__free(canvas);
}

int rv__canvas_new(rv__canvas **out, int width, int height, uint32_t background)
{
    rv__canvas *c = rv__alloc(1, sizeof *c);
    if (!c)
        return RV_ERR_NOMEM;
    c->width = width;
    c->height = height;
    c->channels = (background & 255) < 255 ? 4 : 3;
    c->surface = cairo_image_surface_create(c->channels == 4 ? CAIRO_FORMAT_ARGB32 : CAIRO_FORMAT_RGB24, width, height);
    c->cr = cairo_create(c->surface);
    c->layout = pango_cairo_create_layout(c->cr);
    if (cairo_status(c->cr) != CAIRO_STATUS_SUCCESS || !c->layout) {
        rv__canvas_free(c);
        return rv__fail(RV_ERR_NOMEM, "no memory for a picture of %d x %d px", width, height);
    }
    cairo_font_options_t *options = cairo_font_options_create();
    cairo_font_options_set_antialias(options, CAIRO_ANTIALIAS_GRAY);
    cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE);
    cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
    pango_cairo_context_set_font_options(pango_layout_get_context(c->layout), options);
    pango_context_set_round_glyph_positions(pango_layout_get_context(c->layout), FALSE);
    pango_cairo_context_set_resolution(pango_layout_get_context(c->layout), 72.0);
    cairo_font_options_destroy(options);
    rv__canvas_rect(c, 0, 0, width, height, background);
    *out = c;
    return RV_OK;
}

int rv__canvas_picture(rv__canvas *canvas, const uint8_t *rgb, int width, int height, const double rect[4])
{
    const int stride = cairo_format_stride_for_width(CAIRO_FORMAT_RGB24, width);
    unsigned char *pixels = rv__alloc((size_t)stride, (size_t)height);
    if (!pixels)
        return RV_ERR_NOMEM;
    for (int r = 0; r < height; r++) {
        unsigned char *line = pixels + (size_t)r * (size_t)stride;
        for (int c = 0; c < width; c++) {
            const uint8_t *p = rgb + 3 * ((size_t)r * (size_t)width + (size_t)c);
            const uint32_t word = (uint32_t)p[0] << 16 | (uint32_t)p[1] << 8 | p[2];
            memcpy(line + 4 * (size_t)c, &word, 4);
        }
    }
    cairo_surface_t *image = cairo_image_surface_create_for_data(pixels, CAIRO_FORMAT_RGB24, width, height, stride);
    cairo_save(canvas->cr);
    cairo_rectangle(canvas->cr, rect[0], rect[1], rect[2], rect[3]);
    cairo_clip(canvas->cr);
    cairo_translate(canvas->cr, rect[0], rect[1]);
    cairo_scale(canvas->cr, rect[2] / width, rect[3] / height);
    cairo_set_source_surface(canvas->cr, image, 0, 0);
    cairo_pattern_set_filter(cairo_get_source(canvas->cr), CAIRO_FILTER_GOOD);
    cairo_pattern_set_extend(cairo_get_source(canvas->cr), CAIRO_EXTEND_PAD);
    cairo_paint(canvas->cr);
    cairo_restore(canvas->cr);
    cairo_surface_destroy(image);
    rv__free(pixels);
    return RV_OK;
}

void rv__canvas_path(rv__canvas *canvas, const rv_point *points, size_t n, int closed, rv__pen pen)
{
    trace(canvas->cr, points, n, closed);
    stroke(canvas->cr, pen);
}

void rv__canvas_fill(rv__canvas *canvas, const rv_point *points, size_t n, uint32_t colour)
{
    trace(canvas->cr, points, n, 1);
    set_colour(canvas->cr, colour);
    cairo_fill(canvas->cr);
}

void rv__canvas_rect(rv__canvas *canvas, double x, double y, double w, double h, uint32_t colour)
{
    cairo_rectangle(canvas->cr, x, y, w, h);
    set_colour(canvas->cr, colour);
    cairo_fill(canvas->cr);
}

void rv__canvas_disc(rv__canvas *canvas, double x, double y, double radius, uint32_t fill, rv__pen edge)
{
    cairo_new_path(canvas->cr);
    cairo_arc(canvas->cr, x, y, radius, 0, 6.283185307179586);
    set_colour(canvas->cr, fill);
    cairo_fill_preserve(canvas->cr);
    stroke(canvas->cr, edge);
}

static void set_type(rv__canvas *canvas, rv__type type, const char *text)
{
    PangoFontDescription *font = pango_font_description_new();
    pango_font_description_set_family(font, "DejaVu Sans");
    pango_font_description_set_absolute_size(font, type.size * PANGO_SCALE);
    pango_font_description_set_weight(font, type.bold ? PANGO_WEIGHT_BOLD : PANGO_WEIGHT_NORMAL);
    pango_layout_set_font_description(canvas->layout, font);
    pango_font_description_free(font);
    pango_layout_set_text(canvas->layout, text, -1);
}

double rv__canvas_text_width(rv__canvas *canvas, rv__type type, const char *text)
{
    PangoRectangle extent;
    set_type(canvas, type, text);
    pango_layout_get_extents(canvas->layout, NULL, &extent);
    return (double)extent.width / PANGO_SCALE;
}

void rv__canvas_text(rv__canvas *canvas, double x, double y, rv__type type, const char *text)
{
    const double width = rv__canvas_text_width(canvas, type, text);
    const double left = x - (type.anchor == RV__CENTRE ? width / 2 : type.anchor == RV__RIGHT ? width : 0.0);
    const double top = y - (double)pango_layout_get_baseline(canvas->layout) / PANGO_SCALE;
    cairo_t *cr = canvas->cr;
    cairo_new_path(cr);
    cairo_move_to(cr, left, top);
    if (type.halo) {
        pango_cairo_layout_path(cr, canvas->layout);
        cairo_set_line_join(cr, CAIRO_LINE_JOIN_ROUND);
        cairo_set_dash(cr, NULL, 0, 0);
        cairo_set_line_width(cr, 3.0);
        set_colour(cr, type.halo);
        cairo_stroke(cr);
        cairo_move_to(cr, left, top);
    }
    set_colour(cr, type.colour);
    pango_cairo_show_layout(cr, canvas->layout);
}

void rv__canvas_clip(rv__canvas *canvas, double x, double y, double w, double h)
{
    cairo_save(canvas->cr);
    cairo_rectangle(canvas->cr, x, y, w, h);
    cairo_clip(canvas->cr);
}

void rv__canvas_unclip(rv__canvas *canvas)
{
    cairo_restore(canvas->cr);
}

/* One word of cairo, in which colours are multiplied by their opacity, to bytes in which they are not. */
static void unpack(uint8_t *out, uint32_t word, int channels)
{
    const uint32_t opacity = channels == 4 ? word >> 24 : 255;
    for (int b = 0; b < 3; b++) {
        const uint32_t v = word >> (16 - 8 * b) & 255;
        out[b] = (uint8_t)(opacity ? (v * 255 + opacity / 2) / opacity : 0);
    }
    if (channels == 4)
        out[3] = (uint8_t)opacity;
}

int rv__canvas_pixels(uint8_t **out, rv__canvas *canvas)
{
    cairo_surface_flush(canvas->surface);
    const unsigned char *pixels = cairo_image_surface_get_data(canvas->surface);
    const size_t stride = (size_t)cairo_image_surface_get_stride(canvas->surface), width = (size_t)canvas->width;
    const size_t n = width * (size_t)canvas->height, channels = (size_t)canvas->channels;
    uint8_t *made = rv__alloc(n, channels);
    if (!made)
        return RV_ERR_NOMEM;
    for (size_t i = 0; i < n; i++) {
        uint32_t word;
        memcpy(&word, pixels + i / width * stride + 4 * (i % width), 4);
        unpack(made + channels * i, word, canvas->channels);
    }
    *out = made;
    return RV_OK;
}

int rv__canvas_png(uint8_t **out, size_t *n, rv__canvas *canvas)
{
    uint8_t *pixels;
    int err = rv__canvas_pixels(&pixels, canvas);
    if (err < 0)
        return err;
    err = rv__png_encode(out, n, pixels, (size_t)canvas->width, (size_t)canvas->height, canvas->channels);
    rv__free(pixels);
    return err;
}

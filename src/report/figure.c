/* SPDX-License-Identifier: Apache-2.0 */
/* Windows of the aligned images as pictures a paper can print: the same ground, the same stretch and the same furniture in
 * both of a pair. Large windows are box-averaged in strips, so a picture of the whole grid needs little memory. The stretch
 * runs from the 2nd to the 98th percentile of both windows together, per channel, so that a change of light between the
 * two is not mistaken for a change of tone of the display. Colours are those of Okabe and Ito, told apart by all. */
#include "report/figure.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/robust.h"
#include "geo/ellipsoid.h"
#include "geo/polygon.h"
#include "report/canvas.h"
#include "report/words.h"

enum { FOOTER_PX = 46, STRIP_BYTES = 32 << 20 };

static const uint32_t white = 0xFFFFFFFF, ink = 0x1A1A1AFF, shade = 0x000000B0;

/* RGB floats of a window, reduced by an integer factor; valid tells which pixels saw ground. */
typedef struct tile {
    int width, height;
    float *rgb; /* height * width * 3 */
    uint8_t *valid;
} tile;

static void tile_release(tile *t)
{
    rv__free(t->rgb);
    rv__free(t->valid);
}

/* How a window becomes a tile: the factor, and the bands shown as red, green and blue. */
typedef struct reduction {
    int factor;
    int channel[3];
} reduction;

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

/* Average the rows of one strip into the reduced tile. */
static void reduce_strip(tile *out, const float *data, const uint8_t *mask, const int strip[4], const reduction *how,
                         int first_row)
{
    const int k = how->factor;
    const size_t w = (size_t)strip[2], plane = w * (size_t)strip[3];
    for (int r = 0; r < strip[3] / k; r++) {
        for (int c = 0; c < out->width; c++) {
            double sum[3] = { 0, 0, 0 };
            int n = 0;
            for (int i = 0; i < k * k; i++) {
                const size_t p = (size_t)(r * k + i / k) * w + (size_t)(c * k + i % k);
                if (mask[p] == RV_MASK_OUTSIDE)
                    continue;
                for (int b = 0; b < 3; b++)
                    sum[b] += (double)data[(size_t)how->channel[b] * plane + p];
                n++;
            }
            const size_t q = (size_t)(first_row + r) * (size_t)out->width + (size_t)c;
            out->valid[q] = n > 0;
            for (int b = 0; b < 3; b++)
                out->rgb[3 * q + (size_t)b] = n ? (float)(sum[b] / n) : 0.0F;
        }
    }
}

static int read_tile(tile *out, const rv_stack *stack, int t, const int window[4], int k)
{
    const int bands = rv_stack_bands(stack), width = window[2] / k * k;
    reduction how = { .factor = k };
    int rows = (int)(STRIP_BYTES / (sizeof(float) * (size_t)bands * (size_t)width)) / k * k, err = RV_OK;
    rows = rows < k ? k : rows > window[3] ? window[3] / k * k : rows;
    tile made = { width / k, window[3] / k, NULL, NULL };
    const size_t n = (size_t)made.width * (size_t)made.height;
    float *data = rv__alloc((size_t)bands * (size_t)width * (size_t)rows, sizeof *data);
    uint8_t *mask = rv__alloc((size_t)width * (size_t)rows, 1);
    made.rgb = rv__alloc(n, 3 * sizeof(float));
    made.valid = rv__alloc(n, 1);
    if (!data || !mask || !made.rgb || !made.valid)
        err = RV_ERR_NOMEM;
    channels_of(rv_stack_roles(stack), how.channel);
    for (int row = 0; row + k <= window[3] && err == RV_OK; row += rows) {
        const int count = row + rows <= window[3] ? rows : (window[3] - row) / k * k;
        const int strip[4] = { window[0], window[1] + row, width, count };
        if (count > 0 && (err = rv_stack_read(stack, data, mask, (size_t)t, strip)) == RV_OK)
            reduce_strip(&made, data, mask, strip, &how, row / k);
    }
    rv__free(data);
    rv__free(mask);
    if (err < 0)
        tile_release(&made);
    else
        *out = made;
    return err;
}

/* 2nd and 98th percentile of one channel over both tiles. */
static int stretch_of(double lo_hi[2], const tile *pair, int channel)
{
    const size_t na = (size_t)pair[0].width * (size_t)pair[0].height,
                 nb = (size_t)pair[1].width * (size_t)pair[1].height;
    float *v = rv__alloc(na + nb, sizeof *v);
    if (!v)
        return RV_ERR_NOMEM;
    size_t n = 0;
    for (int i = 0; i < 2; i++)
        for (size_t p = 0; p < (i ? nb : na); p++)
            if (pair[i].valid[p])
                v[n++] = pair[i].rgb[3 * p + (size_t)channel];
    lo_hi[0] = n ? (double)rv__quantile_f(v, n, 0.02) : 0.0;
    lo_hi[1] = n ? (double)rv__quantile_f(v, n, 0.98) : 1.0;
    if (lo_hi[1] - lo_hi[0] < 1e-9)
        lo_hi[1] = lo_hi[0] + 1.0;
    rv__free(v);
    return RV_OK;
}

static uint8_t *tone(const tile *t, double lo_hi[3][2])
{
    const size_t n = (size_t)t->width * (size_t)t->height;
    uint8_t *out = rv__alloc(n, 3);
    for (size_t p = 0; out && p < n; p++)
        for (size_t b = 0; b < 3; b++) {
            const double share = ((double)t->rgb[3 * p + b] - lo_hi[b][0]) / (lo_hi[b][1] - lo_hi[b][0]);
            const double grey = t->valid[p] ? 16.0 + 229.0 * fmin(fmax(share, -0.07), 1.04) : 200.0;
            out[3 * p + b] = (uint8_t)lround(fmin(fmax(grey, 0.0), 255.0));
        }
    return out;
}

static uint32_t colour_of(const rv_structure *s)
{
    static const uint32_t colours[] = { 0x56B4E9FF, 0xE69F00FF, 0x009E73FF, 0xCC79A7FF, 0xCC79A7FF, 0xF0E442FF };
    return colours[s->event];
}

/* Where the picture puts a pixel of the grid. */
typedef struct frame {
    const rv__view *view;
    double zoom;
} frame;

static rv_point place(const frame *f, double col, double row)
{
    return (rv_point){ (col - f->view->window[0]) * f->zoom, (row - f->view->window[1]) * f->zoom };
}

static void draw_number(rv__canvas *canvas, const frame *f, rv_point corner, size_t number, uint32_t colour)
{
    char text[24];
    const double size = f->view->n_marked > 12 ? 11 : 14, radius = size * (number > 9 ? 0.95 : 0.8);
    const double height = f->view->window[3] * f->zoom;
    const rv_point disc = { fmin(corner.x + 16, f->view->width - radius - 2),
                            fmin(fmax(corner.y - 14, radius + 2), height - radius - 2) };
    const rv_point leader[2] = { corner, disc };
    snprintf(text, sizeof text, "%zu", number);
    rv__canvas_path(canvas, leader, 2, 0, (rv__pen){ colour, shade, 1.2, 0 });
    rv__canvas_disc(canvas, disc.x, disc.y, radius, 0x1A1A1AE0, (rv__pen){ colour, 0, 1.4, 0 });
    rv__canvas_text(canvas, disc.x, disc.y + size * 0.36, (rv__type){ size, 1, RV__CENTRE, white, 0 }, text);
}

static int draw_outline(rv__canvas *canvas, const frame *f, const rv__facts *facts, size_t m)
{
    const rv_structure *s = &facts->structures.v[f->view->marked[m]];
    rv_polygon pixels = { 0 };
    const int err = rv__polygon_to_pixel(&pixels, &s->outline, rv_stack_grid(facts->stack));
    if (err < 0)
        return err;
    rv_point corner = { -1e9, 1e9 };
    for (size_t r = 0; r < pixels.n; r++) {
        rv_ring *ring = &pixels.ring[r];
        for (size_t i = 0; i < ring->n; i++) {
            ring->p[i] = place(f, ring->p[i].x, ring->p[i].y);
            if (r == 0 && ring->p[i].x - ring->p[i].y > corner.x - corner.y)
                corner = ring->p[i];
        }
        const rv__pen pen = { colour_of(s), shade, f->view->n_marked > 12 ? 1.4 : 2.0, f->view->dashed ? 6.0 : 0.0 };
        rv__canvas_path(canvas, ring->p, ring->n, 1, pen);
    }
    if (f->view->number[m])
        draw_number(canvas, f, corner, f->view->number[m], colour_of(s));
    rv_polygon_release(&pixels);
    return RV_OK;
}

/* Length of the bar: 1, 2 or 5 times a power of ten, nearest below a quarter of the picture. */
static void draw_scale(rv__canvas *canvas, const frame *f, const rv_grid *grid)
{
    double col_m = 1.0, row_m = 1.0;
    const bool known = rv_grid_pixel_size_m(grid, &col_m, &row_m) == RV_OK;
    const double unit_px = f->zoom / (known ? col_m : 1.0), most = f->view->width * 0.25 / unit_px;
    const double power = pow(10.0, floor(log10(most)));
    const double length = power * (most / power >= 5 ? 5 : most / power >= 2 ? 2 : 1);
    const double y = f->view->window[3] * f->zoom - 14, x = 14, w = length * unit_px;
    char text[48];
    if (known && length >= 1000)
        snprintf(text, sizeof text, "%.0f km", length / 1000);
    else
        snprintf(text, sizeof text, "%.*f %s", length < 1 ? 1 : 0, length, known ? "m" : "px of the reference");
    rv__canvas_rect(canvas, x - 2, y - 3, w + 4, 8, shade);
    rv__canvas_rect(canvas, x, y - 1, w, 4, white);
    rv__canvas_text(canvas, x, y - 8, (rv__type){ 12, 1, RV__LEFT, white, shade }, text);
}

static void draw_north(rv__canvas *canvas, const frame *f, const rv_grid *grid)
{
    double dx, dy;
    if (!grid->crs[0] || rv__ground_to_pixel(&dx, &dy, grid, 0.0) < 0)
        return; /* a picture without a CRS does not know north */
    const double n = hypot(dx, dy), ux = dx / n, uy = dy / n, x = f->view->width - 24, y = 30;
    const rv_point head[4] = { { x + 15 * ux, y + 15 * uy },
                               { x - 7 * uy - 9 * ux, y + 7 * ux - 9 * uy },
                               { x - 4 * ux, y - 4 * uy },
                               { x + 7 * uy - 9 * ux, y - 7 * ux - 9 * uy } };
    rv__canvas_path(canvas, head, 4, 1, (rv__pen){ white, shade, 2.0, 0 });
    rv__canvas_fill(canvas, head, 4, white);
    rv__canvas_text(canvas, x - 20 * ux, y - 20 * uy + 4, (rv__type){ 12, 1, RV__CENTRE, white, shade }, "N");
}

/* Cut a text to a width, whole UTF-8 characters. */
static void fit_text(rv__canvas *canvas, rv__str *text, rv__type type, double width)
{
    while (text->len > 1 && rv__canvas_text_width(canvas, type, text->s) > width) {
        while (text->len > 0 && ((unsigned char)text->s[text->len - 1] & 0xC0) == 0x80)
            text->s[--text->len] = 0;
        text->s[--text->len] = 0;
    }
}

static void draw_footer(rv__canvas *canvas, const frame *f, const rv__facts *facts, int t)
{
    const rv_scene_info *scene = rv_stack_facts(facts->stack, (size_t)t);
    const double top = f->view->window[3] * f->zoom;
    const rv__type bold = { 15, 1, RV__LEFT, ink, 0 }, small = { 11.5, 0, RV__LEFT, 0x444444FF, 0 };
    rv__str date = { 0 }, line = { 0 };
    rv__words_scene_date(&date, scene);
    if (isfinite(scene->t_min))
        rv__str_add(&date, " (UTC)");
    double col_m, row_m;
    if (*scene->sensor)
        rv__str_addf(&line, "%s \xC2\xB7 ", scene->sensor);
    if (rv_grid_pixel_size_m(rv_stack_grid(facts->stack), &col_m, &row_m) == RV_OK) {
        rv__str_fixed(&line, sqrt(col_m * row_m), 1);
        rv__str_add(&line, " m/px \xC2\xB7 ");
    }
    rv__str_add(&line, *scene->credit ? scene->credit : "credit not stated");
    rv__str_addf(&line, " \xC2\xB7 %s", scene->id);
    if (!date.err && !line.err) {
        fit_text(canvas, &line, small, f->view->width - 16);
        rv__canvas_text(canvas, 8, top + 19, bold, date.s);
        rv__canvas_text(canvas, 8, top + 37, small, line.s);
    }
    rv__str_release(&date);
    rv__str_release(&line);
}

static int draw(rv__picture *out, const rv__facts *facts, const rv__view *view, int t, const uint8_t *rgb,
                const tile *pixels)
{
    const frame f = { view, (double)view->width / view->window[2] };
    const double height = view->window[3] * f.zoom, rect[4] = { 0, 0, view->width, height };
    rv__canvas *canvas = NULL;
    out->width = view->width;
    out->height = (int)lround(height) + FOOTER_PX;
    int err = rv__canvas_new(&canvas, out->width, out->height, 0xF4F4F2FF);
    if (err < 0 || (err = rv__canvas_picture(canvas, rgb, pixels->width, pixels->height, rect)) < 0)
        goto done;
    rv__canvas_clip(canvas, 0, 0, view->width, height);
    for (size_t m = 0; m < view->n_marked && err == RV_OK; m++)
        err = draw_outline(canvas, &f, facts, m);
    draw_scale(canvas, &f, rv_stack_grid(facts->stack));
    draw_north(canvas, &f, rv_stack_grid(facts->stack));
    rv__canvas_unclip(canvas);
    draw_footer(canvas, &f, facts, t);
    if (err == RV_OK)
        err = rv__canvas_png(&out->png, &out->n, canvas);
done:
    rv__canvas_free(canvas);
    return err;
}

void rv__picture_release(rv__picture *picture)
{
    rv__free(picture->png);
    *picture = (rv__picture){ 0 };
}

void rv__view_of(rv__view *out, const rv__facts *facts, size_t structure, int width)
{
    const rv_grid *grid = rv_stack_grid(facts->stack);
    rv_polygon pixels = { 0 };
    double box[4] = { 0, 0, grid->width, grid->height };
    if (rv__polygon_to_pixel(&pixels, &facts->structures.v[structure].outline, grid) == RV_OK)
        rv__polygon_bounds(box, &pixels);
    rv_polygon_release(&pixels);
    const double side = fmax(fmax(box[2] - box[0], (box[3] - box[1]) * 4 / 3) * 2.4, 72.0);
    int w = (int)fmin(ceil(side), grid->width), h = (int)fmin(ceil(side * 0.75), grid->height);
    int col = (int)lround((box[0] + box[2]) / 2 - w / 2.0), row = (int)lround((box[1] + box[3]) / 2 - h / 2.0);
    col = col < 0 ? 0 : col + w > grid->width ? grid->width - w : col;
    row = row < 0 ? 0 : row + h > grid->height ? grid->height - h : row;
    *out = (rv__view){ { col, row, w, h }, width, NULL, NULL, 0, 0 };
}

void rv__view_all(rv__view *out, const rv__facts *facts, int width)
{
    const rv_grid *grid = rv_stack_grid(facts->stack);
    *out = (rv__view){ { 0, 0, grid->width, grid->height }, width, NULL, NULL, 0, 0 };
}

int rv__figure_pair(rv__picture out[2], const rv__facts *facts, const rv__view view[2], const int t[2])
{
    tile pixels[2] = { { 0 }, { 0 } };
    uint8_t *rgb[2] = { NULL, NULL };
    double lo_hi[3][2];
    const int k = view[0].window[2] > 2 * view[0].width ? view[0].window[2] / view[0].width : 1;
    int err = RV_OK;
    for (int i = 0; i < 2 && err == RV_OK; i++)
        err = read_tile(&pixels[i], facts->stack, t[i], view[i].window, k);
    for (int b = 0; b < 3 && err == RV_OK; b++)
        err = stretch_of(lo_hi[b], pixels, b);
    for (int i = 0; i < 2 && err == RV_OK; i++) {
        rgb[i] = tone(&pixels[i], lo_hi);
        err = rgb[i] ? draw(&out[i], facts, &view[i], t[i], rgb[i], &pixels[i]) : RV_ERR_NOMEM;
    }
    for (int i = 0; i < 2; i++) {
        tile_release(&pixels[i]);
        rv__free(rgb[i]);
        if (err < 0)
            rv__picture_release(&out[i]);
    }
    return err;
}

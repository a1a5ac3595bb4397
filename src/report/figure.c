/* SPDX-License-Identifier: Apache-2.0 */
/* Pairs of pictures: the same ground, the same stretch and the same furniture before and after. The page gets photograph
 * and drawing as two layers, the photograph in its own pixels, so that the drawing can be switched off and the page stays
 * small; the files get both in one, with a line of credit, and a clean twin for the page makers of others. */
#include "report/figure.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "geo/ellipsoid.h"
#include "geo/polygon.h"
#include "raster/picture.h"
#include "report/canvas.h"
#include "report/jpeg.h"
#include "report/overlay.h"
#include "report/words.h"

enum { FOOTER_PX = 48, JPEG_QUALITY = 88, PNG_BYTES_MAX = 100000 };

void rv__image_release(rv__image *image)
{
    rv__free(image->bytes);
    *image = (rv__image){ 0 };
}

void rv__picture_release(rv__picture *picture)
{
    rv__image_release(&picture->base);
    rv__image_release(&picture->over);
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
    *out = (rv__view){ .window = { col, row, w, h }, .width = width, .locator = 1 };
}

void rv__view_all(rv__view *out, const rv__facts *facts, int width)
{
    const rv_grid *grid = rv_stack_grid(facts->stack);
    *out = (rv__view){ .window = { 0, 0, grid->width, grid->height }, .width = width };
}

/* Date, and the line below it: sensor, pixel size, credit, image. */
static int describe(rv__picture *out, const rv__facts *facts, int t)
{
    const rv_scene_info *scene = rv_stack_facts(facts->stack, (size_t)t);
    rv__str date = { 0 }, line = { 0 };
    double col_m, row_m;
    rv__words_scene_date(&date, scene);
    if (*scene->sensor)
        rv__str_addf(&line, "%s \xC2\xB7 ", scene->sensor);
    if (!rv_stack_ground(facts->stack) && rv__facts_pixel_m(facts, (rv_point){ 0, 0 }, &col_m, &row_m)) {
        rv__words_number(&line, sqrt(col_m * row_m), sqrt(col_m * row_m) < 2 ? 2 : 1);
        rv__str_add(&line, RV__NBSP "m per pixel \xC2\xB7 ");
    }
    rv__str_add(&line, *scene->credit ? scene->credit : "credit not stated");
    rv__str_addf(&line, " \xC2\xB7 %s", scene->id);
    const int err = date.err < 0 ? date.err : line.err;
    if (err == RV_OK) {
        snprintf(out->date, sizeof out->date, "%s", date.s);
        snprintf(out->source, sizeof out->source, "%s", line.s);
    }
    rv__str_release(&date);
    rv__str_release(&line);
    return err;
}

/* Cut a text to a width, whole UTF-8 characters. */
static void fit_text(rv__canvas *canvas, char *text, rv__type type, double width)
{
    size_t n = strlen(text);
    while (n > 1 && rv__canvas_text_width(canvas, type, text) > width) {
        while (n > 0 && ((unsigned char)text[n - 1] & 0xC0) == 0x80)
            n--;
        text[n > 0 ? --n : 0] = 0;
    }
}

static void draw_footer(rv__canvas *canvas, const rv__picture *picture)
{
    const rv__type bold = { 15, 1, RV__LEFT, 0x1A1A1AFF, 0 }, small = { 12, 0, RV__LEFT, 0x444444FF, 0 };
    char line[sizeof picture->source];
    snprintf(line, sizeof line, "%s", picture->source);
    fit_text(canvas, line, small, picture->width - 16);
    rv__canvas_text(canvas, 8, picture->height + 20, bold, picture->date);
    rv__canvas_text(canvas, 8, picture->height + 38, small, line);
}

static int write_png(rv__canvas *canvas, const rv__pair *pair, int i, const char *suffix)
{
    char name[128], path[RV_PATH_MAX];
    uint8_t *png = NULL;
    size_t n = 0;
    int err;
    snprintf(name, sizeof name, "%.80s-%s%s.png", pair->name, i ? "after" : "before", suffix);
    if ((err = rv__path_join(path, sizeof path, pair->folder, name)) == RV_OK &&
        (err = rv__canvas_png(&png, &n, canvas)) == RV_OK)
        err = rv__file_write(path, png, n);
    rv__free(png);
    return err;
}

/* The photograph at the size of the picture, for the clean file; then all else over it, for the other. */
static int write_files(const rv__picture *picture, const rv__facts *facts, const rv__pair *pair, int i,
                       const uint8_t *rgb, const rv__tile *pixels)
{
    const double rect[4] = { 0, 0, picture->width, picture->height };
    rv__canvas *clean = NULL, *full = NULL;
    int err;
    if ((err = rv__canvas_new(&clean, picture->width, picture->height, 0xFFFFFFFF)) == RV_OK &&
        (err = rv__canvas_picture(clean, rgb, pixels->width, pixels->height, rect)) == RV_OK &&
        (err = write_png(clean, pair, i, "-clean")) == RV_OK &&
        (err = rv__canvas_new(&full, picture->width, picture->height + FOOTER_PX, 0xF4F4F2FF)) == RV_OK &&
        (err = rv__canvas_picture(full, rgb, pixels->width, pixels->height, rect)) == RV_OK &&
        (err = rv__overlay_draw(full, facts, &pair->view[i])) == RV_OK) {
        draw_footer(full, picture);
        err = write_png(full, pair, i, "");
    }
    rv__canvas_free(clean);
    rv__canvas_free(full);
    return err;
}

/* Without loss where that is small, as JPEG elsewhere. */
static int encode_photo(rv__image *out, const uint8_t *rgb, int width, int height)
{
    int err = rv__png_encode(&out->bytes, &out->n, rgb, (size_t)width, (size_t)height, 3);
    out->type = "image/png";
    if (err < 0 || out->n <= PNG_BYTES_MAX)
        return err;
    rv__image_release(out);
    out->type = "image/jpeg";
    return rv__jpeg_encode(&out->bytes, &out->n, rgb, (const int[2]){ width, height }, JPEG_QUALITY);
}

/* In its own pixels where those are fewer than the picture's. */
static int make_photo(rv__picture *out, const uint8_t *rgb, const rv__tile *pixels)
{
    if (pixels->width <= out->width)
        return encode_photo(&out->base, rgb, pixels->width, pixels->height);
    const double rect[4] = { 0, 0, out->width, out->height };
    rv__canvas *canvas = NULL;
    uint8_t *shrunk = NULL;
    int err;
    if ((err = rv__canvas_new(&canvas, out->width, out->height, 0xFFFFFFFF)) == RV_OK &&
        (err = rv__canvas_picture(canvas, rgb, pixels->width, pixels->height, rect)) == RV_OK &&
        (err = rv__canvas_pixels(&shrunk, canvas)) == RV_OK)
        err = encode_photo(&out->base, shrunk, out->width, out->height);
    rv__free(shrunk);
    rv__canvas_free(canvas);
    return err;
}

static int make_drawing(rv__picture *out, const rv__facts *facts, const rv__view *view)
{
    rv__canvas *canvas = NULL;
    int err;
    if ((err = rv__canvas_new(&canvas, out->width, out->height, 0x00000000)) == RV_OK &&
        (err = rv__overlay_draw(canvas, facts, view)) == RV_OK)
        err = rv__canvas_png(&out->over.bytes, &out->over.n, canvas);
    out->over.type = "image/png";
    rv__canvas_free(canvas);
    return err;
}

static int make_picture(rv__picture *out, const rv__facts *facts, const rv__pair *pair, int i, const uint8_t *rgb,
                        const rv__tile *pixels)
{
    const rv__view *view = &pair->view[i];
    int err;
    out->width = view->width;
    out->height = (int)lround((double)view->window[3] * view->width / view->window[2]);
    if ((err = describe(out, facts, pair->t[i])) < 0 || (err = make_photo(out, rgb, pixels)) < 0 ||
        (err = make_drawing(out, facts, view)) < 0)
        return err;
    return pair->folder ? write_files(out, facts, pair, i, rgb, pixels) : RV_OK;
}

int rv__figure_pair(rv__picture out[2], const rv__facts *facts, const rv__pair *pair)
{
    rv__pair p = *pair;
    rv__tile pixels[2] = { { 0 }, { 0 } };
    rv__picture made[2] = { { .width = 0 }, { .width = 0 } };
    uint8_t *rgb[2] = { NULL, NULL };
    const int *window = p.view[0].window;
    const int k = window[2] > 2 * p.view[0].width ? window[2] / p.view[0].width : 1;
    int err = RV_OK;
    for (int i = 0; i < 2 && err == RV_OK; i++) {
        p.view[i].window[2] -= p.view[i].window[2] % k;
        p.view[i].window[3] -= p.view[i].window[3] % k;
        err = rv__tile_read(&pixels[i], facts->stack, p.t[i], p.view[i].window, k);
    }
    if (err == RV_OK)
        err = rv__tile_show(rgb, pixels, p.tone);
    for (int i = 0; i < 2 && err == RV_OK; i++)
        err = make_picture(&made[i], facts, &p, i, rgb[i], &pixels[i]);
    for (int i = 0; i < 2; i++) {
        rv__tile_release(&pixels[i]);
        rv__free(rgb[i]);
        if (err < 0)
            rv__picture_release(&made[i]);
        else
            out[i] = made[i];
    }
    return err;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The furniture of a picture. Colours are those of Okabe and Ito [okabe2008], told apart by all, with a dark halo that
 * holds on snow. A number goes where it covers neither another number nor the outline it names; where there is no such
 * place it is left out, because a heap of discs names nothing. */
#include "report/overlay.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "geo/ellipsoid.h"
#include "geo/polygon.h"

static const uint32_t white = 0xFFFFFFFF, shade = 0x000000B0;

/* Where the picture puts a pixel of the grid, and the numbers placed so far. */
typedef struct frame {
    const rv__view *view;
    double zoom, width, height;
    const rv_polygon *outline; /* of each marked structure, picture px */
    RV__VEC(rv_point) discs;
    double letter, radius;
} frame;

static uint32_t colour_of(const rv_structure *s)
{
    static const uint32_t colours[] = { 0x56B4E9FF, 0xE69F00FF, 0x009E73FF, 0xCC79A7FF, 0xCC79A7FF, 0xF0E442FF };
    return colours[s->event];
}

static int outline_of(rv_polygon *out, const frame *f, const rv__facts *facts, size_t m)
{
    const rv_structure *s = &facts->structures.v[f->view->marked[m]];
    const int err = rv__polygon_to_pixel(out, &s->outline, rv_stack_grid(facts->stack));
    for (size_t r = 0; r < out->n && err == RV_OK; r++)
        for (size_t i = 0; i < out->ring[r].n; i++) {
            rv_point *p = &out->ring[r].p[i];
            p->x = (p->x - f->view->window[0]) * f->zoom;
            p->y = (p->y - f->view->window[1]) * f->zoom;
        }
    return err;
}

/* Doubtful changes are dotted, on every picture; those without a number step back where there are many. */
static void draw_outline(rv__canvas *canvas, const frame *f, size_t m, const rv_structure *s)
{
    const bool crowd = f->view->n_marked > 100 && !f->view->number[m];
    const double width = crowd ? 1.1 : f->view->n_marked > 40 ? 1.5 : f->view->n_marked > 12 ? 1.9 : 2.3;
    const bool doubtful = s->event != RV_EVENT_NONE && rv__facts_doubtful(s);
    const rv__pen pen = { colour_of(s), crowd || doubtful ? 0 : 0x00000090, width,
                          f->view->dashed ? 6.0
                          : doubtful      ? 2.5
                                          : 0.0 };
    for (size_t r = 0; r < f->outline[m].n; r++)
        rv__canvas_path(canvas, f->outline[m].ring[r].p, f->outline[m].ring[r].n, 1, pen);
}

/* Scale bar and north arrow keep their corners. */
static bool in_furniture(const frame *f, rv_point at)
{
    return (at.y + f->radius > f->height - 38 && at.x - f->radius < 0.25 * f->width + 24) ||
           (at.y - f->radius < 60 && at.x + f->radius > f->width - 42);
}

static bool is_free(const frame *f, rv_point at)
{
    if (in_furniture(f, at))
        return false;
    if (at.x < f->radius + 2 || at.y < f->radius + 2 || at.x > f->width - f->radius - 2 ||
        at.y > f->height - f->radius - 2)
        return false;
    for (size_t i = 0; i < f->discs.n; i++)
        if (hypot(f->discs.v[i].x - at.x, f->discs.v[i].y - at.y) < 2 * f->radius + 3)
            return false;
    return true;
}

/* A disc that touches no other outline is better than one that does. */
static bool is_clear(const frame *f, rv_point at)
{
    for (size_t m = 0; m < f->view->n_marked; m++) {
        double box[4];
        rv__polygon_bounds(box, &f->outline[m]);
        if (at.x + f->radius > box[0] && at.x - f->radius < box[2] && at.y + f->radius > box[1] &&
            at.y - f->radius < box[3])
            return false;
    }
    return true;
}

static rv_point nearest(const rv_polygon *outline, rv_point to)
{
    rv_point best = to;
    double least = INFINITY;
    for (size_t i = 0; outline->n && i < outline->ring[0].n; i++) {
        const rv_point p = outline->ring[0].p[i];
        if (hypot(p.x - to.x, p.y - to.y) < least) {
            least = hypot(p.x - to.x, p.y - to.y);
            best = p;
        }
    }
    return best;
}

/* Around the outline's box: first the corners and sides nearby, then farther out. */
static bool find_place(rv_point *disc, const frame *f, const rv_polygon *outline)
{
    static const double side[8][2] = { { 1, 0 },  { 0, 0 },  { 1, 1 },  { 0, 1 },
                                       { .5, 0 }, { 1, .5 }, { .5, 1 }, { 0, .5 } };
    double box[4];
    rv__polygon_bounds(box, outline);
    for (int pass = 0; pass < 2; pass++)
        for (int ring = 1; ring <= 3; ring++)
            for (int k = 0; k < 8; k++) {
                const double ux = 2 * side[k][0] - 1, uy = 2 * side[k][1] - 1, reach = f->radius * (0.5 + ring);
                const double scale = ux != 0 && uy != 0 ? 0.75 : 1.0;
                *disc = (rv_point){ box[0] + side[k][0] * (box[2] - box[0]) + scale * reach * ux,
                                    box[1] + side[k][1] * (box[3] - box[1]) + scale * reach * uy };
                if (is_free(f, *disc) && (pass == 1 || is_clear(f, *disc)))
                    return true;
            }
    return false;
}

static int draw_number(rv__canvas *canvas, frame *f, const rv_structure *s, size_t m)
{
    char text[24];
    rv_point disc;
    if (!find_place(&disc, f, &f->outline[m]))
        return RV_OK;
    const rv_point from = nearest(&f->outline[m], disc);
    const uint32_t colour = colour_of(s);
    const rv_point leader[2] = { from, disc };
    snprintf(text, sizeof text, "%zu", f->view->number[m]);
    rv__canvas_path(canvas, leader, 2, 0, (rv__pen){ colour, shade, 1.2, 0 });
    rv__canvas_disc(canvas, disc.x, disc.y, f->radius, 0x1A1A1AE8, (rv__pen){ colour, 0, 1.4, 0 });
    rv__canvas_text(canvas, disc.x, disc.y + f->letter * 0.36, (rv__type){ f->letter, 1, RV__CENTRE, white, 0 }, text);
    return RV__PUSH(&f->discs, disc);
}

/* In a tilted view it holds at the middle of the picture and along its rows. Length of the bar: 1, 2 or 5 times a power of ten, the longest below a quarter of the picture. */
static void draw_scale(rv__canvas *canvas, const frame *f, const rv__facts *facts)
{
    const int *window = f->view->window;
    const rv_point middle = { window[0] + 0.5 * window[2], window[1] + 0.5 * window[3] };
    double col_m = 1.0, row_m = 1.0;
    const bool known = rv__facts_pixel_m(facts, middle, &col_m, &row_m);
    const double unit_px = f->zoom / (known ? col_m : 1.0), most = f->width * 0.25 / unit_px;
    const double power = pow(10.0, floor(log10(most)));
    const double length = power * (most / power >= 5 ? 5 : most / power >= 2 ? 2 : 1);
    const double y = f->height - 14, x = 14, w = length * unit_px;
    char text[48];
    if (known && length >= 1000)
        snprintf(text, sizeof text, "%d km", (int)lround(length / 1000));
    else if (length >= 1)
        snprintf(text, sizeof text, "%d %s", (int)lround(length), known ? "m" : "px");
    else
        snprintf(text, sizeof text, "0.%d %s", (int)lround(10 * length), known ? "m" : "px");
    /* A plate: the credit that viewers print in this corner would run into the letters. */
    rv__canvas_rect(canvas, x - 6, y - 23, fmax(w, 8.0 * (double)strlen(text)) + 12, 31, 0x1A1A1AC0);
    rv__canvas_rect(canvas, x, y - 1, w, 4, white);
    rv__canvas_text(canvas, x, y - 8, (rv__type){ 13, 1, RV__LEFT, white, 0 }, text);
}

static void draw_north(rv__canvas *canvas, const frame *f, const rv_grid *grid)
{
    double dx, dy;
    if (!grid->crs[0] || rv__ground_to_pixel(&dx, &dy, grid, 0.0) < 0)
        return; /* a picture without a CRS does not know north */
    const double n = hypot(dx, dy), ux = dx / n, uy = dy / n, x = f->width - 26, y = 40;
    const rv_point head[4] = { { x + 17 * ux, y + 17 * uy },
                               { x - 7 * uy - 9 * ux, y + 7 * ux - 9 * uy },
                               { x - 4 * ux, y - 4 * uy },
                               { x + 7 * uy - 9 * ux, y - 7 * ux - 9 * uy } };
    rv__canvas_path(canvas, head, 4, 1, (rv__pen){ white, shade, 2.0, 0 });
    rv__canvas_fill(canvas, head, 4, white);
    rv__canvas_text(canvas, x + 25 * ux, y + 25 * uy + 4.5, (rv__type){ 13, 1, RV__CENTRE, white, shade }, "N");
}

static void draw_locator(rv__canvas *canvas, const frame *f, const rv_grid *grid)
{
    const int *window = f->view->window;
    if (!f->view->locator || window[2] > 0.7 * grid->width)
        return;
    const double k = 64.0 / fmax(grid->width, grid->height), w = grid->width * k, h = grid->height * k;
    const double x = f->width - w - 12, y = f->height - h - 12;
    const double iw = fmax(4.0, window[2] * k), ih = fmax(3.0, window[3] * k);
    const rv_point edge[4] = { { x, y }, { x + w, y }, { x + w, y + h }, { x, y + h } };
    rv__canvas_rect(canvas, x, y, w, h, shade);
    rv__canvas_path(canvas, edge, 4, 1, (rv__pen){ white, 0, 1.2, 0 });
    rv__canvas_rect(canvas, fmin(x + window[0] * k, x + w - iw), fmin(y + window[1] * k, y + h - ih), iw, ih, white);
}

static int draw_marks(rv__canvas *canvas, frame *f, const rv__facts *facts, rv_polygon *outline)
{
    const rv__view *view = f->view;
    int err = RV_OK;
    f->outline = outline;
    for (size_t m = 0; m < view->n_marked && err == RV_OK; m++)
        err = outline_of(&outline[m], f, facts, m);
    for (size_t m = 0; m < view->n_marked && err == RV_OK; m++)
        draw_outline(canvas, f, m, &facts->structures.v[view->marked[m]]);
    for (size_t m = 0; m < view->n_marked && err == RV_OK; m++)
        if (view->number[m])
            err = draw_number(canvas, f, &facts->structures.v[view->marked[m]], m);
    return err;
}

int rv__overlay_draw(rv__canvas *canvas, const rv__facts *facts, const rv__view *view)
{
    frame f = { .view = view, .zoom = (double)view->width / view->window[2], .width = view->width };
    f.height = view->window[3] * f.zoom;
    f.letter = view->n_marked > 12 ? 12 : 15;
    f.radius = f.letter * 0.88;
    rv_polygon *outline = rv__alloc(view->n_marked + 1, sizeof *outline);
    if (!outline)
        return RV_ERR_NOMEM;
    rv__canvas_clip(canvas, 0, 0, f.width, f.height);
    const int err = draw_marks(canvas, &f, facts, outline);
    draw_scale(canvas, &f, facts);
    draw_north(canvas, &f, rv_stack_grid(facts->stack));
    draw_locator(canvas, &f, rv_stack_grid(facts->stack));
    rv__canvas_unclip(canvas);
    for (size_t m = 0; m < view->n_marked; m++)
        rv_polygon_release(&outline[m]);
    rv__free(outline);
    rv__free(f.discs.v);
    return err;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* An outline somebody gave is looked at through time as a finding is: inside less ring, one step [huber1964]. Of the
 * contrasts on both sides of the step the smaller must be less than a share of the larger, and lie along it: then the
 * thing came or went, if the pictures before and after say the same: the hypothesis of a candidate of this shape, and the
 * stronger edge where the thing is. */
#include "detect/reference.h"

#include "base/mem.h"
#include "detect/bracket.h"
#include "detect/decide.h"
#include "detect/series.h"
#include "detect/traits.h"
#include "geo/polygon.h"
#include "raster/coverage.h"

#include <math.h>
#include <stdio.h>

enum { PAD_PX = 6 };

static const double OWN_SHARE = 0.5;
static const float HALF = 0.5f;

typedef RV__VEC(rv__run) run_list;

/* Outline in fine px of a window of the grid. */
static int to_fine(rv_polygon *out, const rv_polygon *outline, const rv_grid *grid, const rv__window *w, int zoom)
{
    const int err = rv_polygon_copy(out, outline);
    for (size_t i = 0; !err && i < out->n; i++)
        for (size_t k = 0; k < out->ring[i].n; k++) {
            rv_point *p = &out->ring[i].p[k];
            double col, row;
            rv_grid_to_pixel(grid, p->x, p->y, &col, &row);
            *p = (rv_point){ zoom * (col - w->col0), zoom * (row - w->row0) };
        }
    return err;
}

/* The px around the outline that the grid has; false where it has none. */
static bool window_of(rv__window *out, const rv_polygon *outline, const rv_grid *grid)
{
    double lo[2] = { INFINITY, INFINITY }, hi[2] = { -INFINITY, -INFINITY };
    for (size_t k = 0; k < outline->ring[0].n; k++) {
        double at[2];
        rv_grid_to_pixel(grid, outline->ring[0].p[k].x, outline->ring[0].p[k].y, &at[0], &at[1]);
        for (int i = 0; i < 2; i++) {
            lo[i] = fmin(lo[i], at[i]);
            hi[i] = fmax(hi[i], at[i]);
        }
    }
    if (!(hi[0] > 0 && hi[1] > 0 && lo[0] < grid->width && lo[1] < grid->height))
        return false;
    const int col0 = (int)fmax(floor(lo[0]), 0), row0 = (int)fmax(floor(lo[1]), 0);
    const int col1 = (int)fmin(ceil(hi[0]), grid->width), row1 = (int)fmin(ceil(hi[1]), grid->height);
    *out = rv__window_grow((rv__window){ col0, row0, col1 - col0, row1 - row0 }, PAD_PX, grid->width, grid->height);
    return true;
}

/* Fine px of which the outline covers half, by rows. */
static int find_runs(run_list *runs, rv__candidate *c, const float *share, int w, int h)
{
    *c = (rv__candidate){ .col0 = w, .row0 = h };
    for (int row = 0; row < h; row++)
        for (int col = 0; col < w; col++) {
            if (share[row * w + col] < HALF)
                continue;
            rv__run run = { row, col, col };
            while (run.col1 < w && share[row * w + run.col1] >= HALF)
                run.col1++;
            if (RV__PUSH(runs, run) < 0)
                return RV_ERR_NOMEM;
            c->col0 = col < c->col0 ? col : c->col0;
            c->row0 = row < c->row0 ? row : c->row0;
            c->col1 = run.col1 > c->col1 ? run.col1 : c->col1;
            c->row1 = row + 1;
            c->px += run.col1 - col;
            col = run.col1;
        }
    c->n_runs = runs->n;
    return RV_OK;
}

/* What the two pictures say of it: the hypothesis and score of a candidate of this shape. */
static int judge_pictures(rv__candidate *c, const run_list *runs, const rv__views *views, const rv__scale *scale)
{
    rv__maps maps = { 0 };
    rv__part patch = { 0 };
    int err = rv__maps_build(&maps, views, scale, 0);
    err = err ? err : rv__traits_measure(c, runs->v, &maps, scale, &patch);
    if (!err)
        rv__decide_score(c, scale);
    rv__part_release(&patch);
    rv__maps_release(&maps);
    return err;
}

static int read_series(rv__series *out, rv__candidate *c, const rv_structure *s, const rv_stack *stack,
                       const rv__scale *scale, rv__window window)
{
    const int w = window.width * scale->zoom, h = window.height * scale->zoom;
    rv__views views = { 0 };
    rv_polygon fine = { 0 };
    run_list runs = { 0 };
    float *share = rv__alloc((size_t)w * (size_t)h, sizeof *share);
    int err = share ? to_fine(&fine, &s->outline, rv_stack_grid(stack), &window, scale->zoom) : RV_ERR_NOMEM;
    err = err ? err : rv__coverage(share, (size_t)w, (size_t)h, 0, 0, &fine);
    err = err ? err : find_runs(&runs, c, share, w, h);
    err = err || !runs.n ? err : rv__views_read(&views, stack, scale, window);
    err = err || !runs.n ? err : rv__series_read(out, runs.v, runs.n, c, &views, scale);
    err = err || !runs.n ? err : judge_pictures(c, &runs, &views, scale);
    rv__views_release(&views);
    rv__free(runs.v);
    rv__free(share);
    rv_polygon_release(&fine);
    return err;
}

static int event_of(const rv__series *s, int channels, int first)
{
    const rv__series back = rv__series_turned(s, channels);
    const double before = fabs(rv__series_share(s, channels, first));
    const double after = fabs(rv__series_share(&back, channels, s->n - first));
    if (fmin(before, after) >= RV__ABSENT_SHARE)
        return RV_EVENT_NONE;
    return before < after ? RV_EVENT_NEW : RV_EVENT_DEMOLISHED;
}

/* Fields around a house, or a new neighbour, change its contrast in a series, too; but it keeps its edges, and the change
 * is not its own. */
static bool pictures_agree(const rv__candidate *c, int event)
{
    const int e = event == RV_EVENT_NEW ? RV__AFTER : RV__BEFORE;
    return c->hypothesis == (e == RV__AFTER ? RV__NEW : RV__GONE) && c->edge[e] > c->edge[!e] &&
           (double)c->own > OWN_SHARE;
}

int rv__reference_series(rv__series *out, const rv_structure *s, const rv_stack *stack, const rv__scale *scale)
{
    rv__candidate c;
    rv__window window;
    *out = (rv__series){ 0 };
    return window_of(&window, &s->outline, rv_stack_grid(stack)) ? read_series(out, &c, s, stack, scale, window)
                                                                 : RV_OK;
}

int rv__reference_event(rv_structure *s, const rv_stack *stack, const rv__scale *scale, const rv_detect_opts *opts)
{
    rv__series series = { 0 };
    rv__candidate c = { .hypothesis = RV__STOOD };
    rv__window window;
    if (!window_of(&window, &s->outline, rv_stack_grid(stack)))
        return RV_OK;
    const int err = read_series(&series, &c, s, stack, scale, window);
    if (!err && series.cloudy)
        s->flags |= RV_FLAG_PARTLY_CLOUDED;
    if (err || series.n < RV__SERIES_MIN)
        return err;
    const rv__step_fit fit = rv__series_step(&series, scale->channels);
    const bool borne = fit.first >= opts->clear_min && series.n - fit.first >= opts->clear_min;
    if (!borne || fit.gain < opts->step_gain)
        return RV_OK;
    const int event = event_of(&series, scale->channels, fit.first);
    if (event == RV_EVENT_NONE || !pictures_agree(&c, event))
        return RV_OK;
    s->event = event;
    rv__bracket_set(s, stack, &series, scale->channels, event == RV_EVENT_DEMOLISHED);
    s->step_sd = fit.sd;
    return RV_OK;
}

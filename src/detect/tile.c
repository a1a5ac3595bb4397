/* SPDX-License-Identifier: Apache-2.0 */
/* One tile of the stack: everything from pixels to structures. A tile sees a halo around its core; an object belongs
 * to the tile whose core holds its representative point, so each is found once, whatever the tiling. */
#include "detect/tile.h"

#include "base/error.h"
#include "base/mem.h"
#include "detect/bracket.h"
#include "detect/choose.h"
#include "detect/classify.h"
#include "detect/decide.h"
#include "detect/dump.h"
#include "detect/kinds.h"
#include "detect/look.h"
#include "detect/outline.h"
#include "detect/series.h"
#include "geo/polygon.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { CORE_MIN = 256, CORE_MAX = 1536, HALO = 96, PLANES = 40 };

typedef struct tile {
    const rv_stack *stack;
    const rv__scale *scale;
    const rv_detect_opts *opts;
    rv__window core;
    rv__views views;
    rv__maps maps;
    rv__candidates list;
} tile;

void rv__tile_plan(int *core_px, int *halo_px, const rv__scale *s)
{
    const double fine = (double)s->zoom * s->zoom;
    const double bytes_px = s->n * (s->channels * 4.0 + 2) + s->n * (RV__STEP_FEATURES * 4.0 + 1) + PLANES * 4 * fine;
    const double side = sqrt((double)rv__ram() / 2 / bytes_px) - 2 * HALO;
    *core_px = side < CORE_MIN ? CORE_MIN : side > CORE_MAX ? CORE_MAX : (int)side;
    *halo_px = HALO;
}

static void set_scene(char id[RV_ID_MAX], const rv_stack *stack, int t)
{
    snprintf(id, RV_ID_MAX, "%s", rv_stack_facts(stack, (size_t)t)->id);
}

/* Date a change by its own series. *found false: the series does not bear it out. */
static int date_change(bool *found, rv_structure *out, const tile *t, const rv__candidate *c)
{
    rv__series series = { 0 };
    const int err = rv__series_read(&series, t->list.run.v + c->run, c->n_runs, c, &t->views, t->scale);
    if (err)
        return err;
    const rv__step_fit fit = rv__series_step(&series, t->scale->channels);
    const int sides = t->opts->clear_min;
    *found = fit.first > 0 && (series.n < RV__SERIES_MIN || fit.gain >= t->opts->step_gain) &&
             (series.n < 2 * sides || (fit.first >= sides && series.n - fit.first >= sides));
    if (!*found)
        return RV_OK;
    rv__bracket_set(out, t->stack, &series, t->scale->channels, c->hypothesis == RV__GONE);
    out->step_sd = fit.sd;
    if (series.cloudy)
        out->flags |= RV_FLAG_PARTLY_CLOUDED;
    return RV_OK;
}

/* Something in the first composite need not be in the first scene. *found true: the series begins without it. */
static int date_early(bool *found, rv_structure *out, const tile *t, const rv__candidate *c)
{
    rv__series series = { 0 };
    const int err = rv__series_read(&series, t->list.run.v + c->run, c->n_runs, c, &t->views, t->scale);
    *found = false;
    if (err || series.n < RV__SERIES_MIN)
        return err;
    const rv__step_fit fit = rv__series_step(&series, t->scale->channels);
    const double before = rv__series_share(&series, t->scale->channels, fit.first);
    *found = fit.first > 0 && series.scene[fit.first - 1] < (t->scale->epoch + 1) / 2 &&
             fit.gain >= t->opts->step_gain && before < RV__ABSENT_SHARE;
    if (*found) {
        rv__bracket_set(out, t->stack, &series, t->scale->channels, false);
        out->step_sd = fit.sd;
    }
    return RV_OK;
}

static void open_bracket(rv_structure *out, const rv_stack *stack)
{
    out->last_absent = -INFINITY;
    out->first_present = rv_stack_facts(stack, 0)->t_max;
    set_scene(out->present_id, stack, 0);
}

static bool at_image_edge(const rv__candidate *c, const rv__maps *m, const rv__scale *s)
{
    const rv__window *w = &m->window;
    return (w->col0 == 0 && c->col0 <= m->zoom) || (w->row0 == 0 && c->row0 <= m->zoom) ||
           (w->col0 + w->width == s->width && c->col1 >= (int)m->w - m->zoom) ||
           (w->row0 + w->height == s->height && c->row1 >= (int)m->h - m->zoom);
}

/* One chosen candidate to a structure, or to nothing. */
static int write_one(rv_structures *out, const tile *t, const rv__candidate *c)
{
    rv_structure s = { .last_absent = -INFINITY,
                       .first_present = INFINITY,
                       .works_first = -INFINITY,
                       .complete_last = INFINITY,
                       .works_seen = INFINITY,
                       .step_sd = NAN };
    bool found = true, early = false;
    int err = rv__outline(&s.outline, c, t->list.run.v + c->run, &t->maps, t->scale->fine_m);
    if (err)
        return err;
    double col, row;
    rv__polygon_inside(&col, &row, &s.outline);
    const rv__window *core = &t->core;
    if (col < core->col0 || row < core->row0 || col >= core->col0 + core->width || row >= core->row0 + core->height)
        goto end;
    if (at_image_edge(c, &t->maps, t->scale))
        s.flags |= RV_FLAG_EDGE_OF_IMAGE;
    if (c->hypothesis != RV__STOOD)
        err = date_change(&found, &s, t, c);
    else if ((err = date_early(&early, &s, t, c)) == RV_OK && !early)
        open_bracket(&s, t->stack);
    if (err)
        goto end;
    rv__candidate is = *c;
    is.hypothesis = early ? RV__NEW : c->hypothesis;
    rv__classify(&s, &is, t->scale);
    rv__outline_to_map(&s.outline, rv_stack_grid(t->stack));
    rv_grid_to_map(rv_stack_grid(t->stack), col, row, &s.x, &s.y);
    if (found)
        err = rv_structures_add(out, &s);
end:
    rv_polygon_release(&s.outline);
    return err;
}

/* Where the analyst points less is asked for; then the best of what overlaps, and what stands beside it. */
static int choose(size_t **order, size_t *n, tile *t)
{
    double limit[RV__HYPOTHESES];
    for (int h = 0; h < RV__HYPOTHESES; h++)
        limit[h] = rv__decide_limit(t->opts->nfa, h, t->scale);
    for (size_t i = 0; i < t->list.n; i++) {
        rv__candidate *c = &t->list.v[i];
        const double col = t->maps.window.col0 + (c->col0 + c->col1) / 2.0 / t->maps.zoom,
                     row = t->maps.window.row0 + (c->row0 + c->row1) / 2.0 / t->maps.zoom;
        c->ease = (float)rv__focus_ease(t->scale->focus, col, row);
    }
    const int err = rv__choose(order, n, &t->list, &t->maps, limit, t->scale->series);
    if (!err)
        rv__kinds_neighbours(&t->list, *order, *n);
    return err;
}

int rv__tile_detect(rv_structures *out, const rv_stack *stack, const rv__scale *scale, rv__window core,
                    const rv_detect_opts *opts)
{
    tile t = { .stack = stack, .scale = scale, .opts = opts, .core = core };
    int core_px, halo;
    size_t *order = NULL, n = 0;
    rv__tile_plan(&core_px, &halo, scale);
    int err = rv__views_read(&t.views, stack, scale, rv__window_grow(core, halo, scale->width, scale->height));
    err = err ? err : rv__look(&t.list, &t.maps, &t.views, scale);
    err = err ? err : choose(&order, &n, &t);
    if (!err && opts->candidates)
        err = rv__dump_candidates(opts->candidates, &t.list, order, n, &t.maps, scale);
    err = err ? err : rv__decide_shadows(order, &n, &t.list, &t.maps, scale);
    for (size_t i = 0; !err && i < n; i++)
        if (t.list.v[order[i]].hypothesis != RV__STOOD || opts->inventory)
            err = write_one(out, &t, &t.list.v[order[i]]);
    rv__free(order);
    rv__candidates_release(&t.list);
    rv__maps_release(&t.maps);
    rv__views_release(&t.views);
    return err;
}

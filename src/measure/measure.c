/* SPDX-License-Identifier: Apache-2.0 */
/* rv_measure: choose the scenes that show the structure, fit its outline by rendering, put area, extent, heading and
 * height with their budgets into rows. A fit that wanders off, or that never had an edge to hold on to, is dropped for
 * the outline as drawn, with the wider interval that such an outline deserves; nothing is left unmeasured for want of a
 * good fit. docs/methods/area.md. */
#include <revisit/measure.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/vec.h"
#include "geo/ellipsoid.h"
#include "geo/homography.h"
#include "geo/polygon.h"
#include "measure/budget.h"
#include "measure/extent.h"
#include "measure/fit.h"

/* A fit is kept while no edge moved farther than this (px, and a share of the root of the area), the area changed by less
 * than this factor, and the roof stands out by this many sd of a pixel. */
static const double MOVED_PX = 2.5, MOVED_SHARE = 0.12, AREA_FACTOR = 2.0, CONTRAST_MIN = 2.5;
static const char tilted_view[] =
    "the view is tilted and has no single scale: give four ground control points with --gcp";
static const double DEGREES = 180.0 / 3.14159265358979323846;

static const rv_measure_opts defaults = RV_MEASURE_OPTS_INIT;

static const rv_field rows[] = {
    RV_BOOL(rv_measure_opts, refine, "fit the outline to the pixels first"),
    RV_INT(rv_measure_opts, max_scenes, 1, RV__VIEWS_MAX, "", "scenes of one epoch used by the fit"),
    RV_DOUBLE(rv_measure_opts, edge_sigma_px, -1, 5, "px",
              "edge-definition term; -1 chooses by number of scenes and bit depth"),
    RV_DOUBLE(rv_measure_opts, scale_sigma, 0, .1, "", "relative standard uncertainty of the ground scale"),
};

static const rv_fields fields = { "measure_opts", sizeof(rv_measure_opts), &defaults, rows,
                                  sizeof rows / sizeof *rows };

const rv_fields *rv_measure_fields(void)
{
    return &fields;
}

/* All that is known of one structure while its rows are made. */
typedef struct work {
    const rv_structure *structure;
    const rv_stack *stack;
    rv_measure_opts opts;
    rv__epoch epoch;
    rv__evidence evidence;
    bool fitted;
    rv__fit fit;
    char why[RV_WHY_MAX]; /* why the outline was not fitted */
    rv_polygon outline;   /* map; the one measured */
    rv__extent extent;
    rv__budget budget;
    double scale_sigma, epoch_s;
    const rv_ground *ground; /* or NULL */
    bool tilted;             /* no single scale, whether ground points give one at every place or not */
} work;

static int add_row(rv_measurements *out, const work *w, const char *quantity, const char *unit, const double value[2])
{
    rv_measurement m = { .value = value[0], .sigma = value[1], .lo = NAN, .hi = NAN, .epoch = w->epoch_s };
    if (isfinite(value[0])) {
        const rv_quantity q = rv_quantity_make(value[0], value[1]);
        m.lo = strcmp(quantity, "orientation_deg") == 0 ? q.lo : fmax(q.lo, 0.0);
        m.hi = q.hi;
    } else {
        m.sigma = NAN;
        snprintf(m.why, sizeof m.why, "%s", w->extent.why);
    }
    snprintf(m.structure_id, sizeof m.structure_id, "%s", w->structure->id);
    snprintf(m.quantity, sizeof m.quantity, "%s", quantity);
    snprintf(m.unit, sizeof m.unit, "%s", unit);
    if (w->fitted)
        snprintf(m.method, sizeof m.method, "outline fitted to %d scene%s", w->fit.views, w->fit.views > 1 ? "s" : "");
    else
        snprintf(m.method, sizeof m.method, "outline as %s", w->opts.refine ? "found" : "drawn");
    if (!w->fitted && !*m.why)
        snprintf(m.why, sizeof m.why, "%s", w->why);
    m.poor = w->budget.poor;
    return RV__PUSH(out, m);
}

static int add_term(rv_measurements *out, const work *w, const char *quantity, const rv__term *term, double unit)
{
    rv_budget_term t = { .sigma = term->sigma_px2 * unit };
    int err = rv__vec_reserve((void *)&out->term, &out->cap_terms, out->n_terms + 1, sizeof *out->term);
    if (err < 0)
        return err;
    snprintf(t.structure_id, sizeof t.structure_id, "%s", w->structure->id);
    snprintf(t.quantity, sizeof t.quantity, "%s", quantity);
    snprintf(t.term, sizeof t.term, "%s", term->name);
    snprintf(t.note, sizeof t.note, "%s", term->note);
    out->term[out->n_terms++] = t;
    return RV_OK;
}

/* sd of the length of a side in px: two edges that scatter on their own, and the definition of both. */
static double side_sigma_px(const work *w)
{
    const double p = w->extent.perimeter_px;
    const double n = w->fitted ? w->fit.n : 4.0, edge = w->budget.statistical_px2 / fmax(p, 1.0) * sqrt(n);
    return hypot(sqrt(2.0) * edge, 2.0 * w->budget.edge_px);
}

/* What an uncertain scale makes of a quantity. */
static rv__term scale_term(const work *w, int quantity, double value)
{
    rv__term t = { "scale", 0.0, "uncertainty of the ground scale, twice" };
    if (w->ground) {
        double sum = 0.0;
        for (int k = 0; k < 8; k++)
            sum += w->extent.moved[quantity][k] * w->extent.moved[quantity][k];
        t.sigma_px2 = sqrt(sum);
        snprintf(t.note, sizeof t.note, "covariance of the map through %d ground points", w->ground->points);
    } else if (quantity != RV__ORIENTATION)
        t.sigma_px2 = (quantity == RV__AREA ? 2.0 : 1.0) * w->scale_sigma * value;
    return t;
}

static int add_areas(rv_measurements *out, const work *w)
{
    const rv__extent *e = &w->extent;
    const double px2 = rv__budget_sigma(&w->budget), unit = e->area_m2 / e->area_px2;
    const rv__term scale = scale_term(w, RV__AREA, e->area_m2);
    const double m2 = hypot(unit * px2, scale.sigma_px2);
    int err = add_row(out, w, "area_m2", "m2", (const double[2]){ e->area_m2, m2 });
    if (err == RV_OK)
        err = add_row(out, w, "area_px2", "px2", (const double[2]){ e->area_px2, px2 });
    for (int i = 0; err == RV_OK && i < w->budget.n; i++)
        err = add_term(out, w, "area_px2", &w->budget.term[i], 1.0);
    for (int i = 0; err == RV_OK && e->has_scale && i < w->budget.n; i++)
        err = add_term(out, w, "area_m2", &w->budget.term[i], unit);
    if (err == RV_OK && e->has_scale)
        err = add_term(out, w, "area_m2", &scale, 1.0);
    if (e->has_scale && w->ground)
        memcpy(out->scale + 1, e->moved[RV__AREA], sizeof e->moved[RV__AREA]);
    else if (e->has_scale)
        out->scale[0] = scale.sigma_px2;
    return err;
}

/* One row; and its scale term where ground points make one that is not the same share everywhere. */
static int add_extent(rv_measurements *out, const work *w, int quantity, const char *name, const double value[2])
{
    const rv__term scale = scale_term(w, quantity, value[0]);
    const char *unit = quantity == RV__ORIENTATION ? "deg" : "m";
    const int err = add_row(out, w, name, unit, (const double[2]){ value[0], hypot(value[1], scale.sigma_px2) });
    return err == RV_OK && w->ground && w->extent.has_scale ? add_term(out, w, name, &scale, 1.0) : err;
}

static int add_extents(rv_measurements *out, const work *w)
{
    const rv__extent *e = &w->extent;
    const double side = side_sigma_px(w);
    const double around = hypot(4.0 * w->budget.statistical_px2 / fmax(e->perimeter_px, 1.0) * 2.0,
                                8.0 * w->budget.edge_px); /* a rectangle grows by 8 px of line a px of edge */
    const double turn = DEGREES * side / fmax(e->length_px, 1.0);
    const double value[][2] = { { e->length_m, side * e->metre[0] },
                                { e->width_m, side * e->metre[1] },
                                { e->perimeter_m, around * fmax(e->metre[0], e->metre[1]) },
                                { e->orientation_deg, turn } };
    static const char *const names[] = { "length_m", "width_m", "perimeter_m", "orientation_deg" };
    int err = RV_OK;
    for (int i = 0; i < 4 && err == RV_OK; i++)
        err = add_extent(out, w, RV__LENGTH + i, names[i], value[i]);
    if (err == RV_OK && w->fitted && w->fit.has_height && !w->fit.at_bound && !w->tilted) {
        /* Least squares knows nothing of terrain; .3 m is what flat test scenes scatter by on single dates. */
        const double height[2] = { w->fit.height_m, hypot(3.0 * w->fit.sd_height_m, .3) };
        err = add_row(out, w, "height_m", "m", height);
    }
    return err;
}

static bool is_believable(work *w)
{
    const rv__fit *f = &w->fit;
    const double start_area = f->start_area_px2;
    const double factor = f->area_px2 / start_area, reach = fmax(MOVED_PX, MOVED_SHARE * sqrt(start_area));
    if (f->moved_px > reach)
        snprintf(w->why, sizeof w->why, "the fit moved an edge by %.1f px, more than %.1f px", f->moved_px, reach);
    else if (!(factor < AREA_FACTOR && factor > 1.0 / AREA_FACTOR))
        snprintf(w->why, sizeof w->why, "the fit changed the area by a factor of %.2f, not %.2f to %.1f", factor,
                 1.0 / AREA_FACTOR, AREA_FACTOR);
    else if (f->contrast < CONTRAST_MIN)
        snprintf(w->why, sizeof w->why, "the roof stands out by %.1f sd of a pixel only, less than %.1f", f->contrast,
                 CONTRAST_MIN);
    else
        return true;
    return false;
}

static int take_outline(work *w, const rv__patch *patch)
{
    rv_polygon px = { NULL, 0 }, map = { NULL, 0 };
    rv_point p[RV__EDGES_MAX];
    for (int i = 0; i < w->fit.n; i++)
        p[i] = (rv_point){ w->fit.outline[i].x + patch->col0, w->fit.outline[i].y + patch->row0 };
    int err = rv__polygon_ring(&px, p, (size_t)w->fit.n);
    if (err == RV_OK)
        err = rv__polygon_from_pixel(&map, &px, rv_stack_grid(w->stack));
    if (err == RV_OK) {
        rv__polygon_orient(&map, true);
        rv_polygon_release(&w->outline);
        w->outline = map;
    }
    rv_polygon_release(&px);
    return err;
}

/* One fit. What cannot be fitted is no error: w->fitted stays false and w->why says why. */
static int fit_from(work *w, rv__shape shape, bool trimmed)
{
    rv__patch patch = { .w = 0 };
    int err = rv__patch_read(&patch, &shape, &w->epoch, w->stack);
    err = err < 0 ? err : rv__fit_outline(&w->fit, &patch, &shape, trimmed);
    if (err == RV_OK && is_believable(w)) {
        w->fitted = true;
        err = take_outline(w, &patch);
    } else if (err == RV_ERR_NODATA || err == RV_ERR_RANGE) {
        snprintf(w->why, sizeof w->why, "%s", rv_last_error());
        err = RV_OK;
    }
    rv__patch_release(&patch);
    return err;
}

/* Height of a pixel over its width on the ground, at the structure where it is not the same everywhere. */
static double aspect_of(const work *w)
{
    double col_m = 1.0, row_m = 1.0;
    if (w->ground) {
        double j[4];
        rv__homography_slope(j, w->ground->m, (const double[2]){ w->structure->x, w->structure->y });
        col_m = hypot(j[0], j[2]);
        row_m = hypot(j[1], j[3]);
        return row_m > 0.0 && col_m > 0.0 ? row_m / col_m : 1.0;
    }
    return rv_grid_pixel_size_m(rv_stack_grid(w->stack), &col_m, &row_m) == RV_OK ? row_m / col_m : 1.0;
}

/* A dark roof and its shadow may have been found as one patch; then no fit that begins with it is believed, but one that
 * begins with the patch less the shadow is. */
static int refine(work *w, const rv_polygon *outline_px)
{
    rv__shape shape;
    int err = rv__shape_start(&shape, outline_px, aspect_of(w));
    if (err == RV_ERR_NODATA || err == RV_ERR_RANGE) {
        snprintf(w->why, sizeof w->why, "%s", rv_last_error());
        return RV_OK;
    }
    err = err < 0 ? err : fit_from(w, shape, false);
    const bool again = err == RV_OK && !w->fitted && w->fit.has_height && w->fit.n > 0;
    if (!again)
        return err;
    char why[RV_WHY_MAX];
    memcpy(why, w->why, sizeof why);
    err = fit_from(w, shape, true);
    memcpy(w->why, why, sizeof why);
    return err;
}

/* Bit depth, registration and middle time of the scenes used. */
static void gather(work *w)
{
    double sum = 0.0, first = INFINITY, last = -INFINITY;
    w->evidence.bits = 16;
    for (int k = 0; k < w->epoch.n_after; k++) {
        const rv_scene_info *f = rv_stack_facts(w->stack, w->epoch.after[k]);
        const double sigma = rv_stack_transform(w->stack, w->epoch.after[k])->sigma_px;
        sum += isfinite(sigma) ? sigma * sigma : 0.0;
        if (f->bits > 0 && f->bits < w->evidence.bits)
            w->evidence.bits = f->bits;
        first = fmin(first, f->t_min);
        last = fmax(last, f->t_max);
    }
    w->evidence.registration_px = sqrt(sum / w->epoch.n_after);
    w->evidence.edge_sigma_px = rv__edge_sigma(w->opts.edge_sigma_px, w->epoch.n_after, w->evidence.bits);
    w->epoch_s = isfinite(first) && isfinite(last) ? 0.5 * (first + last) : NAN;
}

/* Ground points go before a stated pixel size, and a view whose tilt shows has none. */
static int set_scale(work *w)
{
    const rv_grid *grid = rv_stack_grid(w->stack);
    rv_tilt tilt = { .spread = 0 };
    if (!grid->crs[0])
        rv_stack_tilt(&tilt, w->stack);
    w->tilted = w->ground || tilt.tilted;
    w->scale_sigma = hypot(w->opts.scale_sigma, tilt.spread / 2.0);
    if (w->ground)
        return rv__extent_on_ground(&w->extent, &w->outline, w->ground);
    if (w->tilted)
        return rv__extent_in_pixels(&w->extent, &w->outline, grid, tilted_view);
    return rv__extent_of(&w->extent, &w->outline, grid);
}

/* Ground, water and groups of houses are measured as they were outlined. */
static bool has_roof(int kind)
{
    switch (kind) {
    case RV_KIND_HOUSING_CLUSTER:
    case RV_KIND_ROAD:
    case RV_KIND_EARTHWORKS:
    case RV_KIND_PORTAL_WORKS:
    case RV_KIND_SPOIL:
    case RV_KIND_VEGETATION:
    case RV_KIND_WATER:
        return false;
    default:
        return true;
    }
}

static int measure(work *w)
{
    const rv_grid *grid = rv_stack_grid(w->stack);
    rv_polygon px = { NULL, 0 };
    int err;
    if ((err = rv_polygon_copy(&w->outline, &w->structure->outline)) < 0 ||
        (err = rv__polygon_to_pixel(&px, &w->outline, grid)) < 0 ||
        (err = rv__epoch_choose(&w->epoch, w->structure, &px, w->stack, w->opts.max_scenes)) < 0)
        goto done;
    gather(w);
    w->ground = grid->crs[0] ? NULL : rv_stack_ground(w->stack);
    if (!has_roof(w->structure->kind))
        snprintf(w->why, sizeof w->why, "%s has no roof to fit", rv_kind_names()[w->structure->kind]);
    else if (w->opts.refine)
        err = refine(w, &px);
    else
        snprintf(w->why, sizeof w->why, "refinement is switched off");
    if (err < 0 || (err = set_scale(w)) < 0)
        goto done;
    w->evidence.fit_refused = w->opts.refine;
    if (w->fitted)
        rv__budget_of_fit(&w->budget, &w->fit, &w->evidence);
    else
        rv__budget_of_drawing(&w->budget, w->extent.perimeter_px, &w->evidence);
done:
    rv_polygon_release(&px);
    return err;
}

int rv_measure(rv_measurements *out, const rv_structure *structure, const rv_stack *stack, const rv_measure_opts *opts)
{
    work w = { .structure = structure, .stack = stack, .opts = opts ? *opts : defaults };
    rv_measurements made = { 0 };
    int err;
    if ((err = rv_fields_check(&fields, &w.opts)) < 0)
        return err;
    if (structure->outline.n == 0 || structure->outline.ring[0].n < 3)
        return rv__fail(RV_ERR_RANGE, "structure %s has no outline", structure->id);
    if ((err = measure(&w)) < 0 || (err = add_areas(&made, &w)) < 0 || (err = add_extents(&made, &w)) < 0)
        goto fail;
    made.outline = w.outline;
    *out = made;
    return RV_OK;
fail:
    rv_polygon_release(&w.outline);
    rv_measurements_release(&made);
    return err;
}

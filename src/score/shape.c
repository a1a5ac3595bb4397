/* SPDX-License-Identifier: Apache-2.0 */
/* Outlines of matched pairs. PoLiS [avbelj2015]: the mean distance of each outline's vertices from the other outline, half
 * of each. Corners are paired within 3 px by the exact assignment. The heading is the direction of the edges modulo a
 * quarter turn, length-weighted on the circle of four times the angle, so that no single edge decides. */
#include "score/families.h"

#include "base/mem.h"
#include "base/vec.h"
#include "score/assign.h"

#include <math.h>
#include <string.h>

static const double CORNER_PX = 3, PI = 3.14159265358979323846;

typedef struct numbers {
    double *v;
    size_t n, cap;
} numbers;

typedef struct shapes {
    numbers area_pct, iou, polis_px, corner_px, heading_deg, edges;
} shapes;

static void shapes_release(shapes *s)
{
    rv__free(s->area_pct.v);
    rv__free(s->iou.v);
    rv__free(s->polis_px.v);
    rv__free(s->corner_px.v);
    rv__free(s->heading_deg.v);
    rv__free(s->edges.v);
}

static double point_to_edge(rv_point p, rv_point a, rv_point b)
{
    const double dx = b.x - a.x, dy = b.y - a.y, length2 = dx * dx + dy * dy;
    double t = length2 > 0 ? ((p.x - a.x) * dx + (p.y - a.y) * dy) / length2 : 0;
    t = fmin(fmax(t, 0), 1);
    return hypot(p.x - a.x - t * dx, p.y - a.y - t * dy);
}

static double point_to_outline(rv_point p, const rv_polygon *outline)
{
    double least = INFINITY;
    for (size_t r = 0; r < outline->n; r++) {
        const rv_ring *ring = &outline->ring[r];
        for (size_t i = 0, j = ring->n - 1; i < ring->n; j = i++)
            least = fmin(least, point_to_edge(p, ring->p[j], ring->p[i]));
    }
    return least;
}

static double vertices_to_outline(const rv_polygon *from, const rv_polygon *to)
{
    double sum = 0, n = 0;
    for (size_t r = 0; r < from->n; r++)
        for (size_t i = 0; i < from->ring[r].n; i++, n += 1)
            sum += point_to_outline(from->ring[r].p[i], to);
    return sum / n;
}

/* Direction of the edges in (-45, 45] degrees. */
static double heading_deg(const rv_ring *ring)
{
    double c = 0, s = 0;
    for (size_t i = 0, j = ring->n - 1; i < ring->n; j = i++) {
        const double dx = ring->p[i].x - ring->p[j].x, dy = ring->p[i].y - ring->p[j].y;
        const double angle = 4 * atan2(dy, dx), length = hypot(dx, dy);
        c += length * cos(angle);
        s += length * sin(angle);
    }
    return atan2(s, c) / 4 * 180 / PI;
}

static int pair_corners(numbers *out, const rv_ring *a, const rv_ring *b)
{
    rv__pairs pairs = { 0 };
    int *partner = rv__alloc(a->n, sizeof *partner), err = partner ? RV_OK : RV_ERR_NOMEM;
    for (size_t i = 0; i < a->n; i++)
        for (size_t j = 0; err == RV_OK && j < b->n; j++) {
            const double d = hypot(a->p[i].x - b->p[j].x, a->p[i].y - b->p[j].y);
            if (d <= CORNER_PX) /* one more pair is worth more than any nearness */
                err = RV__PUSH(&pairs, ((rv__pair){ (int)i, (int)j, 1000 - d * d }));
        }
    if (err == RV_OK)
        err = rv__assign(partner, &pairs, a->n, b->n);
    for (size_t i = 0; err == RV_OK && i < a->n; i++) {
        if (partner[i] < 0)
            continue;
        const rv_point q = b->p[partner[i]];
        err = RV__PUSH(out, hypot(a->p[i].x - q.x, a->p[i].y - q.y));
    }
    rv__free(pairs.v);
    rv__free(partner);
    return err;
}

/* Ground areas where both are known, else areas of the outlines in pixels. */
static double area_error_pct(const rv__thing *truth, const rv__thing *found)
{
    const bool ground = truth->area_m2.value > 0 && found->area_m2.value > 0;
    const double t = ground ? truth->area_m2.value : truth->area_px2;
    const double f = ground ? found->area_m2.value : found->area_px2;
    return 100 * (f / t - 1);
}

static int take_pair(shapes *s, const rv__thing *truth, const rv__thing *found, double iou)
{
    const rv_ring *a = &truth->outline.ring[0], *b = &found->outline.ring[0];
    const double turn = heading_deg(b) - heading_deg(a);
    const double polis = vertices_to_outline(&truth->outline, &found->outline) / 2 +
                         vertices_to_outline(&found->outline, &truth->outline) / 2;
    const double edges = fabs((double)b->n - (double)a->n);
    int err;
    if ((err = RV__PUSH(&s->area_pct, area_error_pct(truth, found))) < 0 || (err = RV__PUSH(&s->iou, iou)) < 0 ||
        (err = RV__PUSH(&s->polis_px, polis)) < 0 ||
        (err = RV__PUSH(&s->heading_deg, fabs(turn - 90 * round(turn / 90)))) < 0 ||
        (err = RV__PUSH(&s->edges, edges)) < 0)
        return err;
    return pair_corners(&s->corner_px, a, b);
}

static void add_shapes(rv__tally *t, const char *stratum, const shapes *s)
{
    const size_t n = s->area_pct.n;
    rv__stat *median = rv__tally_samples(t, "shape.area_median_pct", stratum, RV__FORM_QUANTILE, n);
    for (size_t i = 0; median && i < n; i++)
        median->sample[i].x = fabs(s->area_pct.v[i]);
    if (median)
        median->c[0] = .5;
    rv__tally_rms(t, "shape.area_rmse_pct", stratum, s->area_pct.v, n);
    rv__tally_mean(t, "shape.area_bias_pct", stratum, s->area_pct.v, n);
    rv__tally_quantile(t, "shape.iou_median", stratum, .5, s->iou.v, n);
    rv__tally_mean(t, "shape.polis_px", stratum, s->polis_px.v, n);
    rv__tally_rms(t, "shape.corner_px", stratum, s->corner_px.v, s->corner_px.n);
    rv__tally_quantile(t, "shape.heading_deg", stratum, .5, s->heading_deg.v, n);
    rv__tally_mean(t, "shape.edges", stratum, s->edges.v, n);
}

static int add_stratum(rv__tally *t, const rv__score_input *in, const rv__match *match, const rv__size_bin *bin)
{
    shapes s = { 0 };
    int err = RV_OK;
    for (size_t i = 0; err == RV_OK && i < in->truth.n; i++) {
        const rv__thing *truth = &in->truth.v[i];
        if (match->of_truth[i] >= 0 && truth->area_px2 >= bin->lo && truth->area_px2 < bin->hi)
            err = take_pair(&s, truth, &in->found.v[match->of_truth[i]], match->iou[i]);
    }
    if (err == RV_OK)
        add_shapes(t, bin->name, &s);
    shapes_release(&s);
    return err;
}

int rv__score_shape(rv__tally *t, const rv__score_input *in)
{
    return rv__score_strata(t, in, add_stratum);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Candidates from the step map: connected cells that changed in the same scene, closed and opened by a 5 x 5 box. They
 * need no outline of one brightness in any picture. What has no edges of its own after the step is left out: fields
 * change together, too. */
#include "detect/stepobjects.h"

#include "base/mem.h"
#include "detect/traits.h"
#include "detect/stepmap.h"
#include "raster/label.h"
#include "raster/morph.h"

#include <math.h>
#include <string.h>

enum { BOX = 2 };

static const double MIN_CELLS = 30, FILL_MIN = 0.45, ELONGATION_MAX = 12;

typedef struct step_list {
    rv__candidates *out;
    const rv__maps *maps;
    const rv__scale *scale;
    const rv__steps *steps;
    int32_t *labels;
    rv__part patch;
    RV__VEC(rv__run) run;
    int scene;
} step_list;

/* Rows of a region of cells on the fine grid; each cell is several fine px wide. */
static int fine_runs(step_list *l, const rv__region *r, int32_t label, double *gain)
{
    const int cell = l->steps->cell * l->maps->zoom;
    double sum = 0;
    l->run.n = 0;
    for (int row = r->row0 * cell; row < r->row1 * cell; row++) {
        const size_t base = (size_t)(row / cell) * l->steps->w;
        for (int col = r->col0; col < r->col1; col++) {
            if (l->labels[base + (size_t)col] != label)
                continue;
            const int start = col;
            for (; col < r->col1 && l->labels[base + (size_t)col] == label; col++)
                sum += row % cell ? 0 : (double)l->steps->gain[base + (size_t)col];
            if (RV__PUSH(&l->run, ((rv__run){ row, start * cell, col * cell })) < 0)
                return RV_ERR_NOMEM;
        }
    }
    *gain = sum / (double)r->n;
    return RV_OK;
}

static int measure(step_list *l, rv__candidate *c)
{
    c->n_runs = l->run.n;
    return rv__traits_measure(c, l->run.v, l->maps, l->scale, &l->patch);
}

static int take(step_list *l, const rv__region *r, int32_t label)
{
    const int cell = l->steps->cell * l->maps->zoom;
    const double det = fmax(r->cov[0] * r->cov[2] - r->cov[1] * r->cov[1], 1e-6), trace = r->cov[0] + r->cov[2];
    const double large = trace / 2 + sqrt(fmax(trace * trace / 4 - det, 0));
    rv__candidate c = { .signal = -1,
                        .col0 = r->col0 * cell,
                        .row0 = r->row0 * cell,
                        .col1 = r->col1 * cell,
                        .row1 = r->row1 * cell,
                        .px = (double)r->n * cell * cell,
                        .fill = (double)r->n / (12 * sqrt(det)),
                        .elongation = large / sqrt(det),
                        .first_scene = l->scene };
    if ((double)r->n < MIN_CELLS || c.px < l->scale->min_px || c.fill < FILL_MIN || c.elongation > ELONGATION_MAX)
        return RV_OK;
    int err = fine_runs(l, r, label, &c.gain);
    err = err ? err : measure(l, &c);
    if (err)
        return err;
    return c.kept < RV__SAME || c.had < RV__SAME ? rv__candidates_add(l->out, &c, l->run.v) : RV_OK;
}

static int one_scene(step_list *l, uint8_t *mask)
{
    const rv__steps *s = l->steps;
    rv__region *regions = NULL;
    size_t n = 0;
    for (size_t i = 0; i < s->w * s->h; i++)
        mask[i] =
            s->seen[i] && s->first[i] == l->scene && s->gain[i] > l->scale->gain_hot && s->step[i] > l->scale->step_hot;
    int err = rv__dilate_u8(mask, mask, s->w, s->h, BOX);
    err = err ? err : rv__erode_u8(mask, mask, s->w, s->h, 2 * BOX);
    err = err ? err : rv__dilate_u8(mask, mask, s->w, s->h, BOX);
    err = err ? err : rv__label(l->labels, &regions, &n, mask, s->w, s->h, 4);
    for (size_t i = 0; !err && i < n; i++)
        err = take(l, &regions[i], (int32_t)i + 1);
    rv__free(regions);
    return err;
}

int rv__steps_objects(rv__candidates *list, const rv__views *views, const rv__maps *maps, const rv__scale *scale)
{
    if (!rv__steps_possible(scale))
        return RV_OK;
    rv__steps steps = { 0 };
    uint8_t *mask = NULL;
    step_list l = { .out = list, .maps = maps, .scale = scale, .steps = &steps };
    int err = rv__steps_build(&steps, views, scale);
    if (err)
        return err;
    mask = rv__alloc(steps.w * steps.h, 1);
    l.labels = rv__alloc(steps.w * steps.h, sizeof *l.labels);
    err = mask && l.labels ? RV_OK : RV_ERR_NOMEM;
    for (l.scene = 1; !err && l.scene < scale->n; l.scene++)
        err = one_scene(&l, mask);
    rv__free(mask);
    rv__free(l.labels);
    rv__free(l.run.v);
    rv__part_release(&l.patch);
    rv__steps_release(&steps);
    return err;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Stack to structures and events. Two passes: the first reads sample windows and sets the scene's rank thresholds, the
 * second goes through the tiles. Objects come first and are then compared and dated: at half a metre roofs lean and
 * shadows move, so that most px differ where nothing was built. docs/methods/detect.md tells the whole way. */
#include <revisit/detect.h>

#include "base/error.h"
#include "base/mem.h"
#include "detect/estates.h"
#include "detect/evidence.h"
#include "detect/extend.h"
#include "detect/inventory.h"
#include "detect/survey.h"
#include "detect/tile.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const scorings[] = { "hand", "fitted", NULL };
static const rv_field rows[] = {
    RV_DOUBLE(rv_detect_opts, min_area_m2, 0, 1e7, "m2", "smallest footprint reported, 0 for 25"),
    RV_DOUBLE(rv_detect_opts, min_area_px2, 1, 1e6, "px2", "and never below this many pixels"),
    RV_DOUBLE(rv_detect_opts, nfa, 0, 1e6, "",
              "expected false alarms accepted in the whole stack; 0: what is right in two of five"),
    RV_DOUBLE(rv_detect_opts, step_gain, 0, 1e6, "", "least gain of a step in time"),
    RV_INT(rv_detect_opts, clear_min, 1, 100, "", "clear scenes needed on each side of a date"),
    RV_BOOL(rv_detect_opts, inventory, "list what stood before the first scene too"),
    RV_ENUM(rv_detect_opts, scoring, scorings,
            "how candidates are scored; fitted is for six images or more of pixels wider than 1.2 m and, with hand, "
            "for two of finer ones; hand takes the rest"),
    RV_STRING(rv_detect_opts, candidates, "FILE", "also append all that was looked at to this table, for fitting"),
    RV_BOOL(rv_detect_opts, smallest, "also say how small a thing would have been seen; takes several times as long"),
    RV_STRING(rv_detect_opts, evidence, "FILE", "probabilities of building, a band for each image; may be repeated"),
};
static const rv_detect_opts defaults = RV_DETECT_OPTS_INIT;
static const rv_fields fields = { "detect_opts", sizeof(rv_detect_opts), &defaults, rows, sizeof rows / sizeof *rows };

const rv_fields *rv_detect_fields(void)
{
    return &fields;
}

static int from_north_west(const void *a, const void *b)
{
    const rv_structure *p = a, *q = b;
    if (p->y != q->y)
        return p->y < q->y ? -1 : 1;
    return p->x < q->x ? -1 : p->x > q->x;
}

/* "s001" and on, unless the analyst uses that id for something else. */
static void next_id(rv_structure *s, const rv_structures *list, size_t number)
{
    char id[RV_ID_MAX];
    snprintf(id, sizeof id, "s%03zu", number);
    for (size_t i = 0; i < list->n; i++)
        if (list->v[i].flags & RV_FLAG_ANALYST && strcmp(list->v[i].id, id) == 0)
            return;
    memcpy(s->id, id, sizeof id);
}

/* North is where y grows, unless the grid has no CRS: then y counts rows. */
static void give_ids(rv_structures *list, const rv_grid *grid)
{
    const double sign = grid->crs[0] ? -1 : 1;
    for (size_t i = 0; i < list->n; i++)
        list->v[i].y *= sign;
    if (list->n > 1)
        qsort(list->v, list->n, sizeof *list->v, from_north_west);
    size_t number = 0;
    for (size_t i = 0; i < list->n; i++) {
        list->v[i].y *= sign;
        while (!list->v[i].id[0])
            next_id(&list->v[i], list, ++number);
    }
}

/* Side of a pixel in map units. */
static double pixel_side(const rv_grid *grid)
{
    double x0, y0, x1, y1;
    rv_grid_to_map(grid, 0, 0, &x0, &y0);
    rv_grid_to_map(grid, 1, 0, &x1, &y1);
    return hypot(x1 - x0, y1 - y0);
}

/* What findings are to one another; at half a metre roofs are found in parts, which are no extensions. */
static int relate(rv_structures *found, const rv__scale *scale, const rv_grid *grid)
{
    if (!scale->series)
        return RV_OK;
    const double px = pixel_side(grid);
    const int err = rv__extend(found, px);
    return err ? err : rv__estates_add(found, px);
}

static int all_tiles(rv_structures *out, const rv_stack *stack, const rv__scale *scale, const rv_detect_opts *opts)
{
    int core, halo, err = RV_OK;
    rv__tile_plan(&core, &halo, scale);
    const size_t n = rv__tile_count(scale->width, scale->height, core);
    for (size_t i = 0; !err && i < n; i++) {
        if ((err = rv__progress("detect", (double)i / (double)n)) == RV_OK)
            err = rv__tile_detect(out, stack, scale, rv__tile_at(scale->width, scale->height, core, i), opts);
    }
    return err;
}

int rv_detect(rv_structures *out, const rv_stack *stack, const rv_place *places, size_t n_places,
              const rv_detect_opts *opts)
{
    const rv_detect_opts o = opts ? *opts : (rv_detect_opts)RV_DETECT_OPTS_INIT;
    rv_structures found = { 0 };
    rv__scale scale = { 0 };
    rv__focus focus = { 0 };
    rv_evidence *evidence = NULL;
    int err;
    if ((err = rv_fields_check(&fields, &o)) < 0)
        return err;
    if (rv_stack_size(stack) == 0)
        return rv__fail(RV_ERR_NODATA, "the stack holds no scene");
    if ((err = rv__scale_facts(&scale, stack, o.min_area_m2, o.min_area_px2)) < 0)
        goto fail;
    rv__scale_scoring(&scale, o.scoring == RV_SCORING_FITTED);
    scale.traits |= o.candidates != NULL;
    if (o.evidence && (err = rv_evidence_open(&evidence, o.evidence, stack)) < 0)
        goto fail;
    scale.evidence = evidence;
    if ((err = rv__focus_make(&focus, places, n_places, rv_stack_grid(stack))) < 0)
        goto fail;
    scale.focus = &focus;
    if ((err = rv__survey(&scale, stack)) < 0 || (err = all_tiles(&found, stack, &scale, &o)) < 0 ||
        (err = rv__inventory_places(&found, places, n_places, &(rv__inventory){ stack, &scale, &o })) < 0 ||
        (err = relate(&found, &scale, rv_stack_grid(stack))) < 0 || (err = rv__progress("detect", 1)) < 0)
        goto fail;
    give_ids(&found, rv_stack_grid(stack));
    rv_evidence_free(evidence);
    rv__focus_release(&focus);
    *out = found;
    return RV_OK;
fail:
    rv_evidence_free(evidence);
    rv__focus_release(&focus);
    rv_structures_release(&found);
    return err;
}

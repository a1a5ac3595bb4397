/* SPDX-License-Identifier: Apache-2.0 */
/* Which scenes a structure is measured on. It stands in all of them unless its event says since (or until) when. More
 * than half a dozen scenes with unlike suns gain nothing: what remains then is common to all dates (texture, the
 * model), so the choice is spread evenly over time and capped. */
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/vec.h"
#include "geo/polygon.h"
#include "measure/patch.h"
#include "model/stack_internal.h"

static const double CLEAR = 0.98, PARTLY_CLEAR = 0.6;

typedef struct look {
    int window[4];
    float *data;
    uint8_t *mask;
} look;

static size_t find_scene(const rv_stack *stack, const char *id, size_t fallback)
{
    const size_t t = *id ? rv__stack_scene(stack, id) : rv_stack_size(stack);
    return t < rv_stack_size(stack) ? t : fallback;
}

/* Share of the window that can be used. */
static int clear_share(double *out, const rv_stack *stack, size_t t, const look *l)
{
    const size_t n = (size_t)l->window[2] * (size_t)l->window[3];
    const int err = rv_stack_read(stack, l->data, l->mask, t, l->window);
    size_t clear = 0;
    for (size_t i = 0; err == RV_OK && i < n; i++)
        clear += l->mask[i] == RV_MASK_CLEAR || l->mask[i] == RV_MASK_HAZE;
    if (err == RV_OK)
        *out = (double)clear / (double)n;
    return err;
}

/* Scenes that show the structure standing: [*first, *end). */
static void standing(size_t *first, size_t *end, const rv_structure *s, const rv_stack *stack)
{
    const size_t n = rv_stack_size(stack);
    *first = 0;
    *end = n;
    if (s->event == RV_EVENT_NONE)
        return;
    const size_t present = find_scene(stack, s->present_id, 0);
    if (s->event == RV_EVENT_DEMOLISHED) {
        *end = present > 0 ? present : n;
        return;
    }
    *first = present;
    /* Scenes of the building site are left out once finished ones are there. */
    if (isfinite(s->complete_last))
        while (*first + 1 < n && rv_stack_facts(stack, *first)->t_max < s->complete_last)
            ++*first;
}

static int pick_spread(size_t *out, const size_t *from, int n, int most)
{
    const int taken = n < most ? n : most;
    for (int k = 0; k < taken; k++)
        out[k] = from[taken > 1 ? (int)lround((double)k * (n - 1) / (taken - 1)) : n - 1];
    return taken;
}

static int choose(rv__epoch *out, const rv_structure *s, const rv_stack *stack, const look *l, int max_scenes)
{
    const size_t n = rv_stack_size(stack);
    double *share = rv__alloc(n, sizeof *share);
    size_t *clear = rv__alloc(n, sizeof *clear), first, end;
    int err = share && clear ? RV_OK : RV_ERR_NOMEM;
    for (size_t t = 0; err == RV_OK && t < n; t++)
        err = clear_share(&share[t], stack, t, l);
    if (err < 0)
        goto done;
    standing(&first, &end, s, stack);
    const double limits[2] = { CLEAR, PARTLY_CLEAR };
    for (int k = 0; k < 2 && out->n_after == 0; k++) {
        int found = 0;
        for (size_t t = first; t < end; t++)
            if (share[t] >= limits[k])
                clear[found++] = t;
        out->n_after = pick_spread(out->after, clear, found, max_scenes);
    }
    if (out->n_after == 0) {
        err = rv__fail(RV_ERR_NODATA, "no scene shows structure %s clear of cloud", s->id);
        goto done;
    }
    if (s->event == RV_EVENT_NEW && *s->absent_id)
        for (size_t t = find_scene(stack, s->absent_id, 0) + 1; t-- > 0 && out->n_before < 3;)
            if (t < first && share[t] >= CLEAR)
                out->before[out->n_before++] = t;
done:
    rv__free(clear);
    rv__free(share);
    return err;
}

int rv__epoch_choose(rv__epoch *out, const rv_structure *structure, const rv_polygon *outline_px, const rv_stack *stack,
                     int max_scenes)
{
    double b[4];
    rv__epoch epoch = { .n_after = 0 };
    rv__polygon_bounds(b, outline_px);
    const rv_grid *grid = rv_stack_grid(stack);
    if (!(b[0] < grid->width && b[1] < grid->height && b[2] > 0.0 && b[3] > 0.0))
        return rv__fail(RV_ERR_NODATA, "structure %s lies outside the images", structure->id);
    look l = { { (int)fmax(floor(b[0]), 0.0) - 2, (int)fmax(floor(b[1]), 0.0) - 2, 0, 0 }, NULL, NULL };
    l.window[2] = (int)fmin(ceil(b[2]), grid->width) + 2 - l.window[0];
    l.window[3] = (int)fmin(ceil(b[3]), grid->height) + 2 - l.window[1];
    const size_t n = (size_t)l.window[2] * (size_t)l.window[3];
    l.data = rv__alloc(n * (size_t)rv_stack_bands(stack), sizeof *l.data);
    l.mask = rv__alloc(n, 1);
    int err = l.data && l.mask ? RV_OK : RV_ERR_NOMEM;
    if (err == RV_OK)
        err = choose(&epoch, structure, stack, &l, max_scenes < RV__VIEWS_MAX ? max_scenes : RV__VIEWS_MAX);
    rv__free(l.mask);
    rv__free(l.data);
    if (err == RV_OK)
        *out = epoch;
    return err;
}

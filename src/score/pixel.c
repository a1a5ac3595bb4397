/* SPDX-License-Identifier: Apache-2.0 */
/* The change class pixel by pixel: counts of one scene, so that pooled scores are those of all pixels together and not
 * the mean of tiles. The relaxed F1 forgives a border that is off by one or two pixels: a found pixel counts when a true
 * one lies within that distance and the other way round. Kappa after [cohen1960]. */
#include "score/families.h"

#include "base/mem.h"

typedef struct counts {
    double tp, fp, fn, tn;
} counts;

static bool is_known(const rv__score_planes *p, size_t i)
{
    return !p->known || p->known[i];
}

static counts count_pixels(const rv__score_planes *p)
{
    counts c = { 0, 0, 0, 0 };
    for (size_t i = 0; i < p->w * p->h; i++) {
        if (!is_known(p, i))
            continue;
        c.tp += p->truth[i] && p->found[i];
        c.fp += !p->truth[i] && p->found[i];
        c.fn += p->truth[i] && !p->found[i];
        c.tn += !p->truth[i] && !p->found[i];
    }
    return c;
}

/* Whether a set pixel of plane lies within r px of (col, row), distances between centres. */
static bool is_near(const uint8_t *plane, const rv__score_planes *p, size_t i, int r)
{
    const int w = (int)p->w, h = (int)p->h, col = (int)(i % p->w), row = (int)(i / p->w);
    for (int y = row - r; y <= row + r; y++)
        for (int x = col - r; x <= col + r; x++) {
            const bool inside = x >= 0 && y >= 0 && x < w && y < h;
            const bool close = (x - col) * (x - col) + (y - row) * (y - row) <= r * r;
            if (inside && close && plane[(size_t)y * p->w + (size_t)x])
                return true;
        }
    return false;
}

static void add_relaxed(rv__tally *t, const char *metric, const rv__score_planes *p, int r)
{
    rv__stat *s = rv__tally_add(t, metric, "all", RV__FORM_F1);
    for (size_t i = 0; s && i < p->w * p->h; i++) {
        if (!is_known(p, i))
            continue;
        if (p->found[i]) {
            s->c[1]++;
            s->c[0] += is_near(p->truth, p, i, r);
        }
        if (p->truth[i]) {
            s->c[3]++;
            s->c[2] += is_near(p->found, p, i, r);
        }
        s->n++;
    }
}

static void add_kappa(rv__tally *t, const counts *c)
{
    rv__stat *s = rv__tally_add(t, "pixel.kappa", "all", RV__FORM_KAPPA);
    if (!s)
        return;
    s->c[0] = c->tp;
    s->c[1] = c->fp;
    s->c[2] = c->fn;
    s->c[3] = c->tn;
    s->n = c->tp + c->fp + c->fn + c->tn;
}

/* The plain mean of the scenes' own values, beside the pooled ones. */
static void add_scene_mean(rv__tally *t, const char *metric, double part, double whole)
{
    if (whole > 0)
        rv__tally_ratio(t, metric, RV__SCENE_MEAN, part / whole, 1);
}

int rv__score_pixel(rv__tally *t, const rv__score_planes *planes)
{
    const counts c = count_pixels(planes);
    rv__tally_ratio(t, "pixel.precision", "all", c.tp, c.tp + c.fp);
    rv__tally_ratio(t, "pixel.recall", "all", c.tp, c.tp + c.fn);
    rv__tally_ratio(t, "pixel.f1", "all", 2 * c.tp, 2 * c.tp + c.fp + c.fn);
    rv__tally_n(t, c.tp + c.fp + c.fn);
    rv__tally_ratio(t, "pixel.iou", "all", c.tp, c.tp + c.fp + c.fn);
    rv__tally_ratio(t, "pixel.oa", "all", c.tp + c.tn, c.tp + c.tn + c.fp + c.fn);
    add_kappa(t, &c);
    add_relaxed(t, "pixel.f1_relaxed1", planes, 1);
    add_relaxed(t, "pixel.f1_relaxed2", planes, 2);
    add_scene_mean(t, "pixel.precision", c.tp, c.tp + c.fp);
    add_scene_mean(t, "pixel.recall", c.tp, c.tp + c.fn);
    add_scene_mean(t, "pixel.f1", 2 * c.tp, 2 * c.tp + c.fp + c.fn);
    add_scene_mean(t, "pixel.iou", c.tp, c.tp + c.fp + c.fn);
    return t->err;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/model.h"

#include "detect/series.h"

#include <math.h>

static const double SEPARATION_FLOOR = 0.05, EDGE_FLOOR = 0.1, UNREST_FLOOR = 0.3;
static const double KEPT_MAX = 1.5, SHADOW_MAX = 0.3, SHADE_MAX = 1, CONTRAST_MAX = 15, SMALL_MAX = 2.5;
static const double BIG_MAX = 3.5, OWN_MIN = -0.5, OWN_MAX = 1.5;

/* Of a step of which a series is too short to tell. */
static const double GOOD_GAIN = 30, GOOD_STEP = 6;

static double clamp(double v, double lo, double hi)
{
    return v < lo ? lo : v > hi ? hi : v;
}

/* What is asked of one picture, or of the outline. */
static void in_picture(double v[RV__TRAITS], const rv__candidate *c, int e, const rv__scale *s)
{
    v[RV__TRAIT_SEPARATION] = log((double)c->separation[e] + SEPARATION_FLOOR);
    v[RV__TRAIT_LEAK] = (double)c->leak[e];
    v[RV__TRAIT_EDGE] = (double)c->edge_rank[e];
    v[RV__TRAIT_RAGGED] = clamp(1 - c->fill, 0, 1);
    v[RV__TRAIT_ROUGH] = c->rough;
    v[RV__TRAIT_LONG] = log(c->elongation);
    v[RV__TRAIT_SIZE] = fmin(log(c->px / s->size_px), SMALL_MAX);
    v[RV__TRAIT_BIG] = clamp(log(c->px / s->size_px) - SMALL_MAX, 0, BIG_MAX);
    v[RV__TRAIT_GREEN] = s->vegetation ? (double)c->green_rank[e] : 0;
    v[RV__TRAIT_EXCESS] = s->vegetation ? 0 : (double)c->green_rank[e];
    v[RV__TRAIT_SHADOW] = clamp((double)c->shadow[e], -SHADOW_MAX, SHADOW_MAX);
    v[RV__TRAIT_DARK] = clamp(-(double)c->contrast[e][RV__LIGHT], 0, CONTRAST_MAX);
    v[RV__TRAIT_BRIGHT] = clamp((double)c->contrast[e][RV__LIGHT], 0, CONTRAST_MAX);
    v[RV__TRAIT_ALIKE] = (double)c->alike;
    v[RV__TRAIT_SQUARE] = (double)c->square;
    v[RV__TRAIT_STRAIGHT] = (double)c->straight[e];
    v[RV__TRAIT_UNREST] = log((double)c->unrest[e] + UNREST_FLOOR);
    v[RV__TRAIT_OWN] = clamp((double)c->own, OWN_MIN, OWN_MAX);
    v[RV__TRAIT_EDGE_OTHER] = (double)c->edge_rank[!e];
    v[RV__TRAIT_SEPARATION_OTHER] = log((double)c->separation[!e] + SEPARATION_FLOOR);
    v[RV__TRAIT_CLOSED] = (double)c->closed[e];
    v[RV__TRAIT_RIDGE] = (double)c->ridge[e];
    v[RV__TRAIT_SHADE] = (double)c->shade[e];
    v[RV__TRAIT_NEAR] = (double)c->near;
}

static void of_step(double v[RV__TRAITS], const rv__candidate *c, const rv__scale *s)
{
    const bool known = c->step_n >= RV__SERIES_MIN;
    v[RV__TRAIT_CLEAN] = known ? (double)c->step_clean : 1;
    v[RV__TRAIT_GROWN] = s->vegetation ? (double)c->step_green : 0;
    v[RV__TRAIT_GAIN] = log1p(known ? (double)c->step_gain : GOOD_GAIN);
    v[RV__TRAIT_STEP] = log1p(known ? (double)c->step_sd : GOOD_STEP);
    v[RV__TRAIT_SHARE] = known ? clamp((double)c->step_share, -KEPT_MAX, KEPT_MAX) : 0;
}

static void around(double v[RV__TRAITS], const rv__candidate *c)
{
    v[RV__TRAIT_ALONE] = (double)c->alone;
    v[RV__TRAIT_FELLOWS] = (double)c->fellows;
    v[RV__TRAIT_CROWD] = (double)c->crowd;
    v[RV__TRAIT_FELLOW] = (double)c->fellow;
    v[RV__TRAIT_PARALLEL] = (double)c->parallel;
}

void rv__traits_change(double v[RV__TRAITS], const rv__candidate *c, int e, const rv__scale *s)
{
    in_picture(v, c, e, s);
    of_step(v, c, s);
    around(v, c);
    v[RV__TRAIT_RISE] = log(((double)c->edge[e] + EDGE_FLOOR) / ((double)c->edge[!e] + EDGE_FLOOR));
    v[RV__TRAIT_KEPT] = clamp(fabs((double)(e == RV__AFTER ? c->kept : c->had)), 0, KEPT_MAX);
    v[RV__TRAIT_SHADOW] = clamp((double)c->shadow[e] - (double)c->shadow[!e], -SHADOW_MAX, SHADOW_MAX);
    v[RV__TRAIT_SHADE] = clamp((double)c->shade[e] - (double)c->shade[!e], -SHADE_MAX, SHADE_MAX);
    if (e == RV__BEFORE) /* a step down: what is there before it is all of the contrast */
        v[RV__TRAIT_SHARE] = 0;
    if (e == RV__BEFORE)
        v[RV__TRAIT_GROWN] = v[RV__TRAIT_GREEN];
}

static double worse(double a, double b, bool more_is_better)
{
    return more_is_better ? fmin(a, b) : fmax(a, b);
}

void rv__traits_standing(double v[RV__TRAITS], const rv__candidate *c, const rv__scale *s)
{
    double other[RV__TRAITS];
    in_picture(other, c, RV__BEFORE, s);
    in_picture(v, c, RV__AFTER, s);
    of_step(v, c, s);
    around(v, &(rv__candidate){ 0 });
    for (int i = 0; i < RV__TRAITS; i++)
        if (i == RV__TRAIT_SEPARATION || i == RV__TRAIT_EDGE || i == RV__TRAIT_STRAIGHT)
            v[i] = worse(v[i], other[i], true);
        else if (i == RV__TRAIT_LEAK || i == RV__TRAIT_GREEN || i == RV__TRAIT_EXCESS || i == RV__TRAIT_SHADOW ||
                 i == RV__TRAIT_DARK || i == RV__TRAIT_UNREST)
            v[i] = worse(v[i], other[i], false);
    v[RV__TRAIT_RISE] = 0;
    v[RV__TRAIT_KEPT] = clamp(fabs(1 - (double)c->kept), 0, KEPT_MAX);
    v[RV__TRAIT_OWN] = v[RV__TRAIT_EDGE_OTHER] = v[RV__TRAIT_SEPARATION_OTHER] = 0;
    if (s->n == 1)
        v[RV__TRAIT_KEPT] = 0;
}

double rv__model_score(const rv__model *model, const double v[RV__TRAITS])
{
    double sum = model->bias;
    for (size_t i = 0; i < model->n_trees; i++) {
        size_t at = model->root[i];
        while (model->node[at].trait != RV__LEAF)
            at = v[model->node[at].trait] > (double)model->node[at].value ? model->node[at].more : at + 1;
        sum += (double)model->node[at].value;
    }
    return sum;
}

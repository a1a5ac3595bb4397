/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/kinds.h"

#include "detect/lines.h"
#include "detect/model.h"

#include <math.h>

/* Sizes at which the line of the logarithm may break, m2. */
static const double BREAK_M2[] = { 100, 200, 400, 800, 1600, 3200 };
enum { BREAKS = sizeof BREAK_M2 / sizeof *BREAK_M2, NEAR_MAX = 8 };

/* A neighbour is at most so many own widths away; alike, if its size departs by less than this factor, in ln. */
static const double REACH = 3.5, WORKS_REACH = 1.6, ALIKE_LN = 0.5;

static const rv__trait asked[] = { RV__TRAIT_LONG,       RV__TRAIT_SQUARE, RV__TRAIT_STRAIGHT, RV__TRAIT_RAGGED,
                                   RV__TRAIT_ROUGH,      RV__TRAIT_UNREST, RV__TRAIT_LEAK,     RV__TRAIT_SHADOW,
                                   RV__TRAIT_SEPARATION, RV__TRAIT_OWN,    RV__TRAIT_BRIGHT,   RV__TRAIT_DARK,
                                   RV__TRAIT_EDGE,       RV__TRAIT_GREEN,  RV__TRAIT_EXCESS,   RV__TRAIT_KEPT,
                                   RV__TRAIT_ALIKE,      RV__TRAIT_CLEAN,  RV__TRAIT_GAIN,     RV__TRAIT_SHARE,
                                   RV__TRAIT_EDGE_OTHER };
enum { ASKED = sizeof asked / sizeof *asked, BENT = 3 }; /* of the first three the squares, too */

_Static_assert(1 + BREAKS + ASKED + BENT + 2 == RV__KIND_TRAITS, "places of the traits of kinds");

void rv__kinds_traits(double v[RV__KIND_TRAITS], const rv__candidate *c, const rv__scale *s)
{
    double trait[RV__TRAITS];
    int n = 0;
    if (c->hypothesis == RV__STOOD)
        rv__traits_standing(trait, c, s);
    else
        rv__traits_change(trait, c, c->hypothesis == RV__GONE ? RV__BEFORE : RV__AFTER, s);
    const double size = log(c->px * s->fine_m * s->fine_m);
    v[n++] = size;
    for (int k = 0; k < BREAKS; k++)
        v[n++] = fmax(size - log(BREAK_M2[k]), 0);
    for (int k = 0; k < ASKED; k++)
        v[n++] = trait[asked[k]];
    for (int k = 0; k < BENT; k++)
        v[n++] = trait[asked[k]] * trait[asked[k]];
    v[n++] = log1p(c->near_alike);
    v[n++] = log1p(c->near_works);
}

static double distance(const rv__candidate *a, const rv__candidate *b)
{
    return hypot(a->col0 + a->col1 - b->col0 - b->col1, a->row0 + a->row1 - b->row0 - b->row1) / 2;
}

static void meet(rv__candidate *c, const rv__candidate *other)
{
    const double apart = distance(c, other), width = sqrt(c->px), other_width = sqrt(other->px);
    const bool alike = other->hypothesis == c->hypothesis && fabs(log(c->px / other->px)) < ALIKE_LN;
    c->near_alike += alike && apart < REACH * width && c->near_alike < NEAR_MAX;
    c->near_works +=
        other->hypothesis == RV__WORKS && apart < WORKS_REACH * (width + other_width) && c->near_works < NEAR_MAX;
}

void rv__kinds_neighbours(rv__candidates *list, const size_t *order, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        rv__candidate *c = &list->v[order[i]];
        c->near_alike = c->near_works = 0;
        for (size_t k = 0; k < n; k++)
            if (k != i)
                meet(c, &list->v[order[k]]);
    }
}

static double logit(const rv__kind_row *row, const double v[RV__KIND_TRAITS])
{
    double sum = row->bias;
    for (int i = 0; i < RV__KIND_TRAITS; i++)
        sum += row->weight[i] * v[i];
    return sum;
}

double rv__kinds_road_odds(const rv__candidate *c, const rv__scale *s)
{
    double v[RV__KIND_TRAITS];
    rv__kinds_traits(v, c, s);
    return logit(&rv__kinds_road, v);
}

void rv__kinds_shares(double share[RV_KIND_OTHER + 1], const rv__candidate *c, const rv__scale *s)
{
    const bool works = c->hypothesis == RV__WORKS;
    const rv__kind_row *row = works ? rv__kinds_works : rv__kinds_built;
    const int n = works ? RV__KINDS_WORKS : RV__KINDS_BUILT;
    double v[RV__KIND_TRAITS], sum = 0, most = -INFINITY, odds[RV__KINDS_BUILT];
    for (int k = 0; k <= RV_KIND_OTHER; k++)
        share[k] = 0;
    if (c->signal == RV__LINE) {
        share[RV_KIND_ROAD] = 1;
        return;
    }
    rv__kinds_traits(v, c, s);
    for (int k = 0; k < n; k++) {
        odds[k] = logit(&row[k], v);
        most = fmax(most, odds[k]);
    }
    for (int k = 0; k < n; k++)
        sum += exp(odds[k] - most);
    for (int k = 0; k < n; k++)
        share[row[k].kind] = exp(odds[k] - most) / sum;
}

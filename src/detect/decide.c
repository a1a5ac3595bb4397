/* SPDX-License-Identifier: Apache-2.0 */
/* Scores, and how many false ones to expect.
 *
 * Each measure can only help or only harm: a strong closed outline, a compact shape, an edge that was not there before,
 * a shadow that came with it. The score is a sum weighted by hand or, where asked for and pixels are wider than 1.2 m, that
 * of a model fitted on drawn sites (model.h). Most objects of any scene are background, so how often background gets
 * so far gives the a-contrario reading of [desolneux2000]. */
#include "detect/decide.h"

#include "base/error.h"
#include "base/mem.h"
#include "detect/evidence.h"
#include "detect/kinds.h"
#include "detect/lines.h"
#include "detect/model.h"

#include <math.h>

typedef struct weights {
    double separation, leak, edge_rank; /* how clearly it stands out */
    double ragged, long_, size, big;    /* its shape */
    double green;                       /* rank of greenness in the scene */
    double gain, kept, shadow, alien;   /* what came with it between the pictures */
    double growth;                      /* how much greener it got than its ring */
} weights;

/* Houses of few pixels are told by a clean, closed, compact outline and a new shadow; at half a metre outlines are
 * never clean, and size and straightness tell. Rounded by hand: F1 is flat around them (docs/methods/detect.md). */
static const weights COARSE = { 0.5, -4, 3, -3, -3, 1, 1, -4, 2, -2, -12, -4, -0.5 };
static const weights FINE = { 0.7, -0.8, 2, -5, -1.2, 2.3, 1.5, -4, 0.7, -1.5, -12, -4, -0.5 };

static const double SIZE_CAP = 2.5, BIG_CAP = 3, LONG_FROM = 0.7;
static const double EDGE_FLOOR = 0.1, SEPARATION_FLOOR = 0.05, SHADOW_CAP = 0.2, OWN_SHARE = 0.5, GROWTH_CAP = 8;

/* Razing is much rarer than building, and what is cleared and harvested looks like it. */
static const double GONE_PRIOR = -2;

/* By hand: rate and level seen on drawn sites where nothing is built. */
static const rv__law HAND_LAW = { 2, 2.3013, 1, 5 };
/* Accepted unless a number of false alarms is given: F1 is greatest near half of itself [lipton2014]. */
static const double LIKELY = 0.4, HAND_NFA = 10; /* by hand likelihoods are a guess */
/* The same of works; whatever number is given, they are named from one right case in ten on: raw ground is everywhere. */
static const double WORKS_LIKELY = 0.25, WORKS_LEAST = 0.1;
/* Works are sought beside buildings, so that the sum of both is what the number says. */
static const double PX_A_TEST = 10, TESTS_MIN = 1000, WORKS_TESTS = 2;

/* Of pairs: what the model's ln odds weigh beside the score by hand, and rate and level set by eye where F1 is flat, since
 * real pictures score some three lower than drawn ones. */
static const double PAIR_WEIGHT = 1;
static const rv__law PAIR_LAW = { 1, -5.2, 1, 2.35 };

/* What the sameness of its date is worth to a candidate of the step map, by hand. */
static const double STEP_MAP = 1;

/* The step in time from which on a thing that seems to stand is asked as a new one: its gain, and the share of its contrast that
 * may be there before it. */
static const float STEP_MIN = 6, STEP_SHARE = 0.7f;

/* Reach of a shadow in fine px, share of the object that lies in it, darkness in noise units. */
static const int SHADOW_STEPS = 10;
static const double SHADOW_SHARE = 0.6;
static const float SHADOW_CONTRAST = -1.0f;

static double clamp(double v, double lo, double hi)
{
    return v < lo ? lo : v > hi ? hi : v;
}

/* Size beyond the cap counts only for a clean region that stands out: a hall, not a field. kept is 0 for a change. */
static double bigness(const rv__candidate *c, double separation, double size, double kept)
{
    return clamp(size - SIZE_CAP, 0, BIG_CAP) * clamp((separation + 0.4) / 0.5, 0, 1) *
           clamp(1 - 5 * (1 - c->fill), 0, 1) * clamp(2 * (1 - kept) - 0.5, 0, 1);
}

/* How much it looks like a building in one picture. */
static double likeness(const rv__candidate *c, int e, const weights *w, const rv__scale *s, double kept)
{
    const double separation = log((double)c->separation[e] + SEPARATION_FLOOR), size = log(c->px / s->size_px);
    return w->separation * separation + w->leak * (double)c->leak[e] + w->edge_rank * (double)c->edge_rank[e] +
           w->ragged * clamp(1 - c->fill, 0, 1) + w->long_ * fmax(log(c->elongation) - LONG_FROM, 0) +
           w->size * fmin(size, SIZE_CAP) + w->big * bigness(c, separation, size, kept) +
           w->green * (double)c->green_rank[e];
}

/* A field that grows, or is harvested, comes and goes with clean edges. */
static double growth(const rv__candidate *c, int e, const rv__scale *s)
{
    const double rise = (double)c->contrast[e][RV__GREEN] - (double)c->contrast[!e][RV__GREEN];
    return s->vegetation ? clamp(rise, 0, GROWTH_CAP) : 0;
}

/* How likely it is a building that is in picture e and not in the other. */
static double change_score(const rv__candidate *c, int e, const weights *w, const rv__scale *s)
{
    const double here = (double)c->edge[e], there = (double)c->edge[!e];
    const double kept = clamp(fabs(e == RV__AFTER ? (double)c->kept : (double)c->had), 0, 1.5);
    return likeness(c, e, w, s, kept) + w->gain * log((here + EDGE_FLOOR) / (there + EDGE_FLOOR)) + w->kept * kept +
           w->alien * clamp(OWN_SHARE - (double)c->own, 0, 1) + w->growth * growth(c, e, s) +
           w->shadow * clamp((double)c->shadow[e] - (double)c->shadow[!e], -SHADOW_CAP, SHADOW_CAP);
}

/* How likely it is a building that stands in both. */
static double standing_score(const rv__candidate *c, const weights *w, const rv__scale *s)
{
    const double moved = clamp(fabs(1 - (double)c->kept), 0, 1.5);
    const double both = fmin(likeness(c, RV__BEFORE, w, s, 0), likeness(c, RV__AFTER, w, s, 0));
    const double shadow = fmin((double)c->shadow[RV__BEFORE], (double)c->shadow[RV__AFTER]);
    return both + w->kept * moved + w->shadow * clamp(shadow, -SHADOW_CAP, SHADOW_CAP);
}

/* By the fitted model. */
static double change_by_model(const rv__candidate *c, int e, const rv__scale *s)
{
    double trait[RV__TRAITS];
    rv__traits_change(trait, c, e, s);
    return rv__model_score(s->pairs                     ? &rv__model_pair_change
                           : c->among && e == RV__AFTER ? &rv__model_among
                                                        : &rv__model_change,
                           trait);
}

static double standing_by_model(const rv__candidate *c, const rv__scale *s)
{
    double trait[RV__TRAITS];
    rv__traits_standing(trait, c, s);
    return rv__model_score(s->pairs ? &rv__model_pair_standing : &rv__model_standing, trait);
}

static double by_hand(const rv__candidate *c, int hypothesis, const rv__scale *s)
{
    const weights *w = s->zoom > 1 ? &COARSE : &FINE;
    return hypothesis == RV__STOOD ? standing_score(c, w, s)
                                   : change_score(c, hypothesis == RV__NEW ? RV__AFTER : RV__BEFORE, w, s);
}

/* Of pairs by both: each makes mistakes that the other does not. */
static double pooled(double by_model, const rv__candidate *c, int hypothesis, const rv__scale *s)
{
    return s->pairs ? PAIR_WEIGHT * by_model + by_hand(c, hypothesis, s) : by_model;
}

static double change(const rv__candidate *c, int e, const rv__scale *s)
{
    const int hypothesis = e == RV__AFTER ? RV__NEW : RV__GONE;
    const double own = s->fitted ? pooled(change_by_model(c, e, s), c, hypothesis, s) : by_hand(c, hypothesis, s);
    return own + rv__evidence_change(c, e);
}

static double standing(const rv__candidate *c, const rv__scale *s)
{
    const double own = s->fitted ? pooled(standing_by_model(c, s), c, RV__STOOD, s) : by_hand(c, RV__STOOD, s);
    return own + rv__evidence_standing(c);
}

bool rv__decide_steps(const rv__candidate *c)
{
    return c->hypothesis == RV__STOOD && c->step_gain > STEP_MIN && c->step_share < STEP_SHARE;
}

/* What seems to stand in both pictures but steps in time may be new all the same: it stands beside what looks alike. */
static bool rather_new(rv__candidate *c, const rv__scale *s)
{
    const double fresh = change(c, RV__AFTER, s);
    const bool is_new = fresh > c->score;
    if (is_new)
        c->score = fresh;
    return is_new;
}

void rv__decide_score(rv__candidate *c, const rv__scale *s)
{
    const bool came = c->kept < RV__SAME, went = c->had < RV__SAME;
    if (s->n == 1 || (!came && !went)) {
        c->hypothesis = RV__STOOD;
        c->score = standing(c, s);
        if (s->fitted && rv__decide_steps(c) && rather_new(c, s))
            c->hypothesis = RV__NEW;
        return;
    }
    const double fresh = change(c, RV__AFTER, s), gone = change(c, RV__BEFORE, s) + GONE_PRIOR;
    c->hypothesis = came && (!went || fresh >= gone) ? RV__NEW : RV__GONE;
    c->score = c->hypothesis == RV__NEW ? fresh : gone;
    if (c->signal < 0 && !s->fitted)
        c->score += STEP_MAP;
}

static const rv__law *law_of(int hypothesis, const rv__scale *s)
{
    return s->pairs                  ? &PAIR_LAW
           : !s->fitted              ? &HAND_LAW
           : hypothesis == RV__WORKS ? &rv__model_law_works
                                     : &rv__model_law;
}

/* A line is a road or nothing; its score is such that its likelihood is that of the model of roads. */
static void decide_line(rv__candidate *c, const rv__scale *s)
{
    const rv__law *l = law_of(RV__WORKS, s);
    c->hypothesis = RV__WORKS;
    c->score = c->kept < RV__SAME ? l->even + rv__kinds_road_odds(c, s) / l->slope : -INFINITY;
}

void rv__decide_works(rv__candidate *c, const rv__scale *s)
{
    if (c->signal == RV__LINE) {
        decide_line(c, s);
        return;
    }
    if (!s->series || c->kept >= RV__SAME || c->score > rv__decide_limit(0, c->hypothesis, s))
        return;
    double trait[RV__TRAITS];
    rv__traits_change(trait, c, RV__AFTER, s);
    const double score = rv__model_score(&rv__model_works, trait);
    if (score <= c->score) /* equal scores are equal odds */
        return;
    c->hypothesis = RV__WORKS;
    c->score = score;
}

/* The number of tests is the number of smallest objects that fit side by side, less what the choice leaves of them. */
static double tests_in(int hypothesis, const rv__scale *s)
{
    const double px = (double)s->width * s->height * s->zoom * s->zoom;
    return fmax(px / (s->size_px * PX_A_TEST), TESTS_MIN) * (hypothesis == RV__WORKS ? WORKS_TESTS : 1);
}

double rv__decide_nfa(double score, int hypothesis, const rv__scale *s)
{
    const rv__law *l = law_of(hypothesis, s);
    return tests_in(hypothesis, s) * exp(-l->rate * (score - l->from));
}

/* At which a likelihood is reached. */
static double score_of(double likelihood, const rv__law *l)
{
    return l->even + log(likelihood / (1 - likelihood)) / l->slope;
}

double rv__decide_limit(double nfa, int hypothesis, const rv__scale *s)
{
    const rv__law *l = law_of(hypothesis, s);
    if (nfa <= 0 && s->fitted)
        return score_of(hypothesis == RV__WORKS ? WORKS_LIKELY : LIKELY, l);
    nfa = nfa > 0 ? nfa : HAND_NFA;
    const double limit = l->from + log(tests_in(hypothesis, s) / nfa) / l->rate;
    return hypothesis == RV__WORKS ? fmax(limit, score_of(WORKS_LEAST, l)) : limit;
}

double rv__decide_likelihood(double score, int hypothesis, const rv__scale *s)
{
    const rv__law *l = law_of(hypothesis, s);
    return 1 / (1 + exp(-l->slope * (score - l->even)));
}

/* A dark thing that came or went, and what throws such shadows stands on its way to the sun: another chosen object.
 * Shadows go without their building, too: they are long in winter. */
static bool is_shadow(const rv__candidate *c, size_t own, const int32_t *chosen, const rv__candidates *list,
                      const rv__maps *m, const rv__scale *s)
{
    const int e = c->hypothesis == RV__GONE ? RV__BEFORE : RV__AFTER;
    const double *direction = e == RV__AFTER ? s->shadow : s->shadow_first;
    double hit = 0;
    if (c->hypothesis == RV__STOOD || c->contrast[e][RV__LIGHT] >= SHADOW_CONTRAST ||
        (direction[0] == 0 && direction[1] == 0))
        return false;
    for (size_t i = 0; i < c->n_runs; i++) {
        const rv__run *r = &list->run.v[c->run + i];
        for (int col = r->col0; col < r->col1; col++)
            for (int step = 2; step <= SHADOW_STEPS; step++) {
                const long x = col - lround(step * direction[0]), y = r->row - lround(step * direction[1]);
                if (x < 0 || y < 0 || x >= (long)m->w || y >= (long)m->h)
                    break;
                const int32_t at = chosen[(size_t)y * m->w + (size_t)x];
                if (at && (size_t)at != own + 1) {
                    hit++;
                    break;
                }
            }
    }
    return hit > SHADOW_SHARE * c->px;
}

int rv__decide_shadows(size_t *order, size_t *n, const rv__candidates *list, const rv__maps *m, const rv__scale *s)
{
    int32_t *chosen = rv__alloc(m->w * m->h, sizeof *chosen);
    if (!chosen)
        return RV_ERR_NOMEM;
    for (size_t i = 0; i < *n; i++)
        rv__candidate_paint(chosen, m->w, list, &list->v[order[i]], (int32_t)i + 1);
    size_t kept = 0;
    for (size_t i = 0; i < *n; i++)
        if (!is_shadow(&list->v[order[i]], i, chosen, list, m, s))
            order[kept++] = order[i];
    *n = kept;
    rv__free(chosen);
    return RV_OK;
}

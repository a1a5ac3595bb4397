/* SPDX-License-Identifier: Apache-2.0 */
/* What probabilities from elsewhere do. Their composites are cut for candidates at fixed levels, for a probability has a
 * scale of its own; every region, whatever plane it comes from, gets the ln odds of how well it is what they call a
 * building (traits.c). These are held to a bound, because masks from elsewhere are seldom calibrated and saturate, and
 * enter the score with weight 1: for what came, those after minus those before; for what stood, their sum (both pictures
 * are asked). .5 and unknown add nothing. At the bound 4 are gained, less than a region without any outline in the pixels
 * lacks, so that evidence raises what the pixels show and makes nothing of its own. A bound of 3 found no more of the
 * plant with evidence made from its truth, and three false houses more with claims spread at random. */
#include "detect/evidence.h"

#include "base/mem.h"

#include <math.h>
#include <string.h>

static const double LOG_ODDS_MAX = 2; /* probabilities of .12 and .88 */
static const double EVEN = 0.5;

/* Mean of the first (or last) clear and known scenes of the half of the series on that side: what only the last scenes are
 * told of says nothing of before. */
static double mean_of(const rv__views *v, const rv__scale *s, size_t i, int e)
{
    const size_t px = v->w * v->h, half = (v->n + 1) / 2;
    double sum = 0;
    int n = 0;
    for (size_t k = 0; k < half && n < s->epoch; k++) {
        const size_t at = (e == RV__AFTER ? v->n - 1 - k : k) * px + i;
        if (!v->clear[at] || v->evidence[at] == RV__UNKNOWN)
            continue;
        sum += v->evidence[at];
        n++;
    }
    return n ? sum / n / RV__CERTAIN : EVEN;
}

/* Fine px lie in the coarse one that holds them: a mask is made of whole px, and interpolating would make edges up. */
int rv__evidence_composite(rv__maps *m, const rv__views *v, const rv__scale *s)
{
    const size_t zoom = (size_t)s->zoom;
    for (int e = RV__BEFORE; e <= RV__AFTER; e++) {
        if (!(m->evidence[e] = rv__alloc(m->w * m->h, sizeof *m->evidence[e])))
            return RV_ERR_NOMEM;
        for (size_t i = 0; i < v->w * v->h; i++) {
            const float p = (float)mean_of(v, s, i, e);
            for (size_t k = 0; k < zoom * zoom; k++)
                m->evidence[e][(i / v->w * zoom + k / zoom) * m->w + i % v->w * zoom + k % zoom] = p;
        }
    }
    return RV_OK;
}

void rv__evidence_signal(float *out, const rv__maps *m, int signal)
{
    const float *before = m->evidence[RV__BEFORE], *after = m->evidence[RV__AFTER];
    for (size_t i = 0; i < m->w * m->h; i++)
        out[i] = signal == RV__EVIDENCE ? after[i] : signal == RV__EVIDENCE + 1 ? after[i] - before[i] : before[i];
}

double rv__evidence_level(int signal, int l)
{
    return signal == RV__EVIDENCE + 1 ? 0.2 + 0.05 * l : EVEN + 0.03 * l;
}

double rv__evidence_odds(double p)
{
    const double limit = 1 / (1 + exp(LOG_ODDS_MAX));
    p = fmin(fmax(p, limit), 1 - limit);
    return log(p / (1 - p));
}

double rv__evidence_change(const rv__candidate *c, int e)
{
    return (double)c->evidence[e] - (double)c->evidence[!e];
}

double rv__evidence_standing(const rv__candidate *c)
{
    return (double)c->evidence[RV__BEFORE] + (double)c->evidence[RV__AFTER];
}

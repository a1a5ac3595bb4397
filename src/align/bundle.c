/* SPDX-License-Identifier: Apache-2.0 */
/* All pairs of a series to one consistent set. Every scene t is off by an affine field e_t, the reference by none; a pair
 * (a, b) has measured e_b - e_a with a covariance. Least squares over all pairs, iteratively reweighted: a pair that
 * disagrees with the loops it closes counts less (Huber's weights [huber2009] on its Mahalanobis distance).
 *
 * Georeferenced scenes are hardly turned or stretched. Instead of a test that takes a turn or leaves it, the four linear
 * terms have a prior about those of the georeference with Student's tail: small ones that are not measured well shrink
 * towards it, large ones that are measured stand.
 */
#include "align/align_internal.h"

#include "base/error.h"
#include "base/linalg.h"
#include "base/mem.h"

#include <math.h>
#include <string.h>

enum { L = RV__LINEAR, ROUNDS = 12 };

static const double TAIL = 16; /* degrees of freedom of the prior: the fewer, the sooner it gives way */
static const double HUBER = 2; /* distance in sigmas a parameter from which a pair counts less */

typedef struct problem {
    const rv__link *links;
    const rv__belief *beliefs;
    double *inverse; /* m * 36: of the links' covariances */
    double *weight;  /* m */
    double *e;       /* n * 6 */
    double *normal, *rhs, *back;
    size_t m, n;
} problem;

/** Squared distance of a link's residual in its own covariance. */
static double distance2(const problem *p, size_t k)
{
    const rv__link *link = p->links + k;
    double v[L], sum = 0;
    for (int i = 0; i < L; i++) {
        const double to = link->b >= 0 ? p->e[link->b * L + i] : 0, from = link->a >= 0 ? p->e[link->a * L + i] : 0;
        v[i] = link->r[i] - (to - from);
    }
    for (int i = 0; i < L; i++)
        for (int j = 0; j < L; j++)
            sum += v[i] * p->inverse[k * L * L + (size_t)(i * L + j)] * v[j];
    return sum;
}

static void add_link(problem *p, size_t k)
{
    const rv__link *link = p->links + k;
    const size_t side = p->n * L;
    const int at[2] = { link->a, link->b };
    for (int s = 0; s < 2; s++) {
        if (at[s] < 0)
            continue;
        for (int i = 0; i < L; i++)
            for (int j = 0; j < L; j++) {
                const double w = p->weight[k] * p->inverse[k * L * L + (size_t)(i * L + j)];
                const size_t row = (size_t)(at[s] * L + i);
                p->rhs[row] += (s ? 1 : -1) * w * link->r[j];
                p->normal[row * side + (size_t)(at[s] * L + j)] += w;
                if (at[!s] >= 0)
                    p->normal[row * side + (size_t)(at[!s] * L + j)] -= w;
            }
    }
}

static void add_belief(problem *p, size_t t)
{
    /* Scale, turn and two strains: an orthorectified frame is rather turned than stretched. */
    static const double share[4] = { .5, 1, .5, .5 };
    const rv__belief *b = p->beliefs + t;
    double far2 = 0;
    if (!(b->sd > 0))
        return;
    for (size_t i = 0; i < 4; i++) {
        const double off = (p->e[t * L + 2 + i] - b->centre[i]) / (share[i] * b->sd);
        far2 += off * off;
    }
    for (size_t i = 0; i < 4; i++) {
        const double sd = share[i] * b->sd, w = (TAIL + 4) / (TAIL + far2) / (sd * sd);
        const size_t row = t * L + 2 + i;
        p->normal[row * p->n * L + row] += w;
        p->rhs[row] += w * b->centre[i];
    }
}

static int solve(problem *p)
{
    const size_t side = p->n * L;
    memset(p->normal, 0, side * side * sizeof *p->normal);
    memset(p->rhs, 0, side * sizeof *p->rhs);
    for (size_t k = 0; k < p->m; k++)
        add_link(p, k);
    for (size_t t = 0; t < p->n; t++)
        add_belief(p, t);
    const int err = rv__solve_spd(p->e, p->back, p->normal, p->rhs, side);
    return err == RV_ERR_RANGE ? rv__fail(err, "the pairs of the series do not tie all scenes together") : err;
}

static int reweigh(problem *p)
{
    int err = RV_OK;
    for (int round = 0; round < ROUNDS && (err = solve(p)) == RV_OK; round++)
        for (size_t k = 0; k < p->m; k++) {
            const double d = sqrt(fmax(distance2(p, k), 0) / L);
            p->weight[k] = d > HUBER ? HUBER / d : 1;
        }
    return err;
}

static double excess_of(const problem *p)
{
    double sum = 0;
    for (size_t k = 0; k < p->m; k++)
        sum += p->weight[k] * distance2(p, k);
    return p->m > p->n ? sqrt(sum / (double)((p->m - p->n) * L)) : 1;
}

static int invert_all(problem *p)
{
    for (size_t k = 0; k < p->m; k++) {
        double zero[L] = { 0 }, x[L];
        p->weight[k] = 1;
        const int err = rv__solve_spd(x, p->inverse + k * L * L, p->links[k].cov, zero, L);
        if (err < 0)
            return err == RV_ERR_RANGE ? rv__fail(err, "the covariance of a pair is singular") : err;
    }
    return RV_OK;
}

int rv__bundle(double *e, double *cov, double *excess, const rv__network *net)
{
    const size_t n = net->n, m = net->m, side = n * L;
    problem p = { .links = net->links, .beliefs = net->beliefs, .e = e, .m = m, .n = n };
    int err = RV_ERR_NOMEM;
    p.inverse = rv__alloc(m * L * L, sizeof *p.inverse);
    p.weight = rv__alloc(m, sizeof *p.weight);
    p.normal = rv__alloc(side * side, sizeof *p.normal);
    p.back = rv__alloc(side * side, sizeof *p.back);
    p.rhs = rv__alloc(side, sizeof *p.rhs);
    memset(e, 0, side * sizeof *e);
    if (p.inverse && p.weight && p.normal && p.back && p.rhs && (err = invert_all(&p)) == RV_OK &&
        (err = reweigh(&p)) == RV_OK) {
        *excess = excess_of(&p);
        for (size_t t = 0; t < n; t++)
            for (size_t i = 0; i < L; i++)
                memcpy(cov + t * L * L + i * L, p.back + (t * L + i) * side + t * L, L * sizeof *cov);
    }
    rv__free(p.inverse);
    rv__free(p.weight);
    rv__free(p.normal);
    rv__free(p.back);
    rv__free(p.rhs);
    return err;
}

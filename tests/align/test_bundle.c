/* SPDX-License-Identifier: Apache-2.0 */
/* The adjustment of pairs against dense least squares written out, and what robustness and prior are to do. */
#include "align/align_internal.h"

#include "base/linalg.h"
#include "base/mem.h"
#include "base/rng.h"
#include "lib/oom.h"
#include "lib/test.h"

enum { L = RV__LINEAR, N_MAX = 6, M_MAX = 3 * N_MAX };

/* Links of n scenes with their truth; root is the lower triangle whose square is a link's covariance. */
typedef struct net {
    size_t n, m;
    double truth[N_MAX * L];
    rv__link link[M_MAX];
    double root[M_MAX][L * L];
    rv__belief belief[N_MAX]; /* none, unless a test says so */
} net;

typedef struct answer {
    double e[N_MAX * L], cov[N_MAX * L * L], excess;
} answer;

static void add_link(net *w, int a, int b, rv__rng *rng)
{
    const size_t k = w->m++;
    double *g = w->root[k];
    w->link[k].a = a;
    w->link[k].b = b;
    for (int i = 0; i < L; i++)
        for (int j = 0; j <= i; j++)
            g[i * L + j] = i == j ? rv__rng_between(rng, .01, .03) : .004 * rv__rng_normal(rng);
    for (int i = 0; i < L; i++)
        for (int j = 0; j < L; j++)
            for (int s = 0; s < L; s++)
                w->link[k].cov[i * L + j] += g[i * L + s] * g[j * L + s];
}

/* Each scene with the reference, and with the next one and the one after. */
static net net_new(size_t n, uint32_t seed)
{
    net w = { .n = n };
    rv__rng rng;
    rv__rng_init(&rng, 21, seed, 0, 0);
    for (size_t i = 0; i < n * L; i++)
        w.truth[i] = rv__rng_between(&rng, -.5, .5);
    for (int t = 0; t < (int)n; t++)
        add_link(&w, -1, t, &rng);
    for (int t = 0; t < (int)n; t++)
        for (int d = 1; d <= 2 && t + d < (int)n; d++)
            add_link(&w, t, t + d, &rng);
    return w;
}

/* What the links say: the truth and noise of their covariance. */
static void measure(net *w, double noise, rv__rng *rng)
{
    for (size_t k = 0; k < w->m; k++) {
        rv__link *link = w->link + k;
        double z[L];
        for (int i = 0; i < L; i++)
            z[i] = noise * rv__rng_normal(rng);
        for (int i = 0; i < L; i++) {
            link->r[i] = w->truth[link->b * L + i] - (link->a < 0 ? 0 : w->truth[link->a * L + i]);
            for (int j = 0; j <= i; j++)
                link->r[i] += w->root[k][i * L + j] * z[j];
        }
    }
}

static int solve(answer *out, const net *w)
{
    return rv__bundle(out->e, out->cov, &out->excess, &(rv__network){ w->link, w->m, w->belief, w->n });
}

/* One row a measured number, made of unit variance by going down the triangle of its covariance. */
static void dense(double *e, double *cov, const net *w)
{
    const size_t rows = w->m * L, side = w->n * L;
    double *a = rv__alloc(rows * side, sizeof *a), *y = rv__alloc(rows, sizeof *y);
    for (size_t k = 0; k < w->m; k++)
        for (size_t i = 0; i < L; i++) {
            const double *g = w->root[k];
            double *row = a + (k * L + i) * side, *rhs = y + k * L + i;
            row[(size_t)w->link[k].b * L + i] = 1;
            if (w->link[k].a >= 0)
                row[(size_t)w->link[k].a * L + i] = -1;
            *rhs = w->link[k].r[i];
            for (size_t j = 0; j < i; j++) {
                for (size_t c = 0; c < side; c++)
                    row[c] -= g[i * L + j] * a[(k * L + j) * side + c];
                *rhs -= g[i * L + j] * y[k * L + j];
            }
            for (size_t c = 0; c < side; c++)
                row[c] /= g[i * L + i];
            *rhs /= g[i * L + i];
        }
    CHECK(rv__least_squares(e, cov, a, y, NULL, rows, side) == RV_OK);
    rv__free(a);
    rv__free(y);
}

TEST(without_outliers_it_is_dense_weighted_least_squares)
{
    enum { N = 5, SIDE = N * L };
    net w = net_new(N, 1);
    answer got;
    double want[SIDE], cov[SIDE * SIDE];
    rv__rng rng;
    rv__rng_init(&rng, 22, 0, 0, 0);
    measure(&w, 1, &rng);
    dense(want, cov, &w);
    CHECK(solve(&got, &w) == RV_OK);
    for (int i = 0; i < SIDE; i++)
        CHECK_NEAR(got.e[i], want[i], 1e-10);
    for (int i = 0; i < SIDE * L; i++)
        CHECK_NEAR(got.cov[i], cov[i / L * SIDE + i / (L * L) * L + i % L], 1e-12);
    CHECK(got.excess > .7 && got.excess < 1.3);
}

TEST(exact_links_give_exact_fields)
{
    net w = net_new(N_MAX, 2);
    answer got;
    rv__rng rng;
    rv__rng_init(&rng, 23, 0, 0, 0);
    measure(&w, 0, &rng);
    CHECK(solve(&got, &w) == RV_OK);
    for (size_t i = 0; i < w.n * L; i++)
        CHECK_NEAR(got.e[i], w.truth[i], 1e-11);
    CHECK(got.excess < 1e-6);
}

TEST(one_scene_with_one_link_is_what_the_link_says)
{
    net w = net_new(1, 3);
    answer got;
    rv__rng rng;
    rv__rng_init(&rng, 24, 0, 0, 0);
    measure(&w, 1, &rng);
    CHECK(w.m == 1 && solve(&got, &w) == RV_OK);
    for (int i = 0; i < L; i++)
        CHECK_NEAR(got.e[i], w.link[0].r[i], 1e-12);
    for (int i = 0; i < L * L; i++)
        CHECK_NEAR(got.cov[i], w.link[0].cov[i], 1e-12);
    CHECK(got.excess == 1);
}

TEST(a_chain_to_the_reference_adds_its_covariances)
{
    net w = { .n = 2 };
    answer got;
    rv__rng rng;
    rv__rng_init(&rng, 25, 0, 0, 0);
    add_link(&w, -1, 0, &rng);
    add_link(&w, 0, 1, &rng);
    measure(&w, 0, &rng);
    CHECK(solve(&got, &w) == RV_OK);
    for (int i = 0; i < L * L; i++)
        CHECK_NEAR(got.cov[L * L + i], w.link[0].cov[i] + w.link[1].cov[i], 1e-12);
}

TEST(the_direction_of_a_pair_does_not_matter)
{
    net w = net_new(4, 4);
    answer there, back;
    rv__rng rng;
    rv__rng_init(&rng, 26, 0, 0, 0);
    measure(&w, 1, &rng);
    CHECK(solve(&there, &w) == RV_OK);
    for (size_t k = 0; k < w.m; k++) {
        const int a = w.link[k].a;
        w.link[k].a = w.link[k].b;
        w.link[k].b = a;
        for (int i = 0; i < L; i++)
            w.link[k].r[i] = -w.link[k].r[i];
    }
    CHECK(solve(&back, &w) == RV_OK);
    for (size_t i = 0; i < w.n * L; i++)
        CHECK_NEAR(back.e[i], there.e[i], 1e-12);
}

TEST(one_wild_pair_of_many_does_not_pull)
{
    net w = net_new(N_MAX, 5);
    answer clean, wild, plain;
    double cov[N_MAX * L * N_MAX * L], pulled = 0, dense_pulled = 0;
    rv__rng rng;
    rv__rng_init(&rng, 27, 0, 0, 0);
    measure(&w, 1, &rng);
    CHECK(solve(&clean, &w) == RV_OK);
    CHECK(w.link[8].a == 1 && w.link[8].b == 2);
    w.link[8].r[0] += 3;
    w.link[8].r[3] -= 2;
    CHECK(solve(&wild, &w) == RV_OK);
    dense(plain.e, cov, &w);
    for (size_t i = 0; i < w.n * L; i++) {
        pulled = fmax(pulled, fabs(wild.e[i] - clean.e[i]));
        dense_pulled = fmax(dense_pulled, fabs(plain.e[i] - clean.e[i]));
    }
    printf("# a pair wrong by 3: pulls by %.4f, by %.4f without weights\n", pulled, dense_pulled);
    CHECK(pulled < .04 && dense_pulled > .4);
}

/* A turn as measured, believed to be none give or take .02. */
static double turn_after(double measured, double sigma, double *sigma_after)
{
    net w = { .n = 1, .m = 1, .belief = { { .sd = .02 } } };
    answer got;
    w.link[0].a = -1;
    for (int i = 0; i < L; i++)
        w.link[0].cov[i * L + i] = sigma * sigma;
    w.link[0].r[3] = measured;
    CHECK(solve(&got, &w) == RV_OK);
    *sigma_after = sqrt(got.cov[3 * L + 3]);
    return got.e[3];
}

TEST(a_small_turn_badly_measured_shrinks_and_a_large_one_well_measured_stands)
{
    double sigma;
    const double small = turn_after(.05, .1, &sigma);
    CHECK(small > 0 && small < .005 && sigma < .03);
    CHECK_NEAR(turn_after(1, .01, &sigma), 1, .003);
    CHECK_NEAR(sigma, .01, .0005);
}

TEST(a_belief_is_centred_where_the_georeference_says)
{
    net w = { .n = 1, .m = 1, .belief = { { .centre = { .3, -.2, .1, .4 }, .sd = .001 } } };
    answer got;
    w.link[0].a = -1;
    for (int i = 0; i < L; i++)
        w.link[0].cov[i * L + i] = .5 * .5;
    CHECK(solve(&got, &w) == RV_OK);
    for (int i = 0; i < 4; i++)
        CHECK_NEAR(got.e[2 + i], w.belief[0].centre[i], .01);
    CHECK_NEAR(got.e[0], 0, 1e-12);
}

TEST(stated_covariance_holds_the_truth_as_often_as_it_says)
{
    enum { RUNS = 300 };
    net w = net_new(4, 6);
    double excess = 0;
    int inside = 0, all = 0;
    for (uint32_t run = 0; run < RUNS; run++) {
        answer got;
        rv__rng rng;
        rv__rng_init(&rng, 28, run, 0, 0);
        measure(&w, 1, &rng);
        CHECK(solve(&got, &w) == RV_OK);
        excess += got.excess / RUNS;
        for (size_t i = 0; i < w.n * L; i++, all++)
            inside += fabs(got.e[i] - w.truth[i]) < 1.96 * sqrt(got.cov[i / L * L * L + i % L * (L + 1)]);
    }
    printf("# truth within 1.96 sigma: %.1f %%; excess %.3f\n", 100.0 * inside / all, excess);
    CHECK(inside > .93 * all && inside < .97 * all);
    CHECK(excess > .9 && excess < 1.1);
}

TEST(pairs_that_disagree_beyond_their_covariance_raise_the_excess)
{
    net w = net_new(N_MAX, 7);
    answer got;
    rv__rng rng;
    rv__rng_init(&rng, 29, 0, 0, 0);
    measure(&w, 1.7, &rng);
    CHECK(solve(&got, &w) == RV_OK);
    CHECK(got.excess > 1.3 && got.excess < 2);
}

TEST(a_scene_that_nothing_ties_is_an_error_in_words)
{
    net w = net_new(3, 8);
    answer got;
    w.n = 4;
    CHECK_FAILS(RV_ERR_RANGE, solve(&got, &w));
    CHECK_TEXT(rv_last_error(), "the pairs of the series do not tie all scenes together");
    w.belief[3].sd = .1; /* of turn and stretch alone: says nothing of where it lies */
    CHECK_FAILS(RV_ERR_RANGE, solve(&got, &w));
    w = net_new(3, 8);
    memset(w.link[1].cov, 0, sizeof w.link[1].cov);
    CHECK_FAILS(RV_ERR_RANGE, solve(&got, &w));
    CHECK_TEXT(rv_last_error(), "the covariance of a pair is singular");
}

static int solve_once(void *user)
{
    answer got;
    return solve(&got, user);
}

TEST(a_failed_allocation_is_reported_and_nothing_leaks)
{
    net w = net_new(2, 9);
    CHECK_SURVIVES_OOM(solve_once, &w);
}

TESTS(RUN(without_outliers_it_is_dense_weighted_least_squares), RUN(exact_links_give_exact_fields),
      RUN(one_scene_with_one_link_is_what_the_link_says), RUN(a_chain_to_the_reference_adds_its_covariances),
      RUN(the_direction_of_a_pair_does_not_matter), RUN(one_wild_pair_of_many_does_not_pull),
      RUN(a_small_turn_badly_measured_shrinks_and_a_large_one_well_measured_stands),
      RUN(a_belief_is_centred_where_the_georeference_says), RUN(stated_covariance_holds_the_truth_as_often_as_it_says),
      RUN(pairs_that_disagree_beyond_their_covariance_raise_the_excess),
      RUN(a_scene_that_nothing_ties_is_an_error_in_words), RUN(a_failed_allocation_is_reported_and_nothing_leaks))

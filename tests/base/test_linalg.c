/* SPDX-License-Identifier: Apache-2.0 */
/* Least squares, positive definite systems and eigenvectors against elimination and their own definitions. */
#include "base/linalg.h"

#include "base/rng.h"
#include "lib/oom.h"

enum { M = 60, N = 5 };

/* The slow obvious way: Gauss and Jordan with pivoting, in long double; s is n * n and becomes its inverse. */
static void slow_invert(long double *s, size_t n)
{
    long double work[N][2 * N] = { { 0 } };
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < n; j++)
            work[i][j] = s[i * n + j];
        work[i][n + i] = 1;
    }
    for (size_t k = 0; k < n; k++) {
        size_t pivot = k;
        for (size_t i = k; i < n; i++)
            if (fabsl(work[i][k]) > fabsl(work[pivot][k]))
                pivot = i;
        for (size_t j = 0; j < 2 * n; j++) {
            const long double swap = work[k][j];
            work[k][j] = work[pivot][j];
            work[pivot][j] = swap;
        }
        for (size_t i = 0; i < n; i++) {
            const long double factor = i == k ? 1 - 1 / work[k][k] : work[i][k] / work[k][k];
            for (size_t j = 2 * n; j-- > 0;)
                work[i][j] -= factor * work[k][j];
        }
    }
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++)
            s[i * n + j] = work[i][n + j];
}

typedef struct problem {
    double a[M * N], y[M], w[M];
    size_t m, n;
} problem;

static problem draw(uint32_t seed)
{
    problem p = { .n = 1 + seed % N };
    rv__rng rng;
    rv__rng_init(&rng, 21, seed, 0, 0);
    p.m = p.n + rv__rng_below(&rng, (uint32_t)(M - p.n + 1));
    for (size_t i = 0; i < p.m; i++) {
        p.y[i] = rv__rng_normal(&rng);
        p.w[i] = rv__rng_between(&rng, 0.1, 3);
        for (size_t j = 0; j < p.n; j++)
            p.a[i * p.n + j] = rv__rng_normal(&rng) + 3 * (double)(j == i % p.n);
    }
    return p;
}

/* x = (A'WA)^-1 A'Wy and that inverse. */
static void slow_least_squares(long double *x, long double *inverse, const problem *p)
{
    const size_t n = p->n;
    long double right[N] = { 0 };
    for (size_t i = 0; i < n * n; i++)
        inverse[i] = 0;
    for (size_t k = 0; k < p->m; k++)
        for (size_t i = 0; i < n; i++) {
            const long double wa = (long double)p->w[k] * p->a[k * n + i];
            right[i] += wa * p->y[k];
            for (size_t j = 0; j < n; j++)
                inverse[i * n + j] += wa * p->a[k * n + j];
        }
    slow_invert(inverse, n);
    for (size_t i = 0; i < n; i++) {
        x[i] = 0;
        for (size_t j = 0; j < n; j++)
            x[i] += inverse[i * n + j] * right[j];
    }
}

TEST(weighted_least_squares_agree_with_the_normal_equations)
{
    for (uint32_t seed = 0; seed < 400; seed++) {
        const problem p = draw(seed);
        double x[N], cov[N * N];
        long double slow_x[N], slow_cov[N * N];
        slow_least_squares(slow_x, slow_cov, &p);
        CHECK(rv__least_squares(x, cov, p.a, p.y, p.w, p.m, p.n) == RV_OK);
        for (size_t i = 0; i < p.n; i++)
            CHECK_NEAR(x[i], slow_x[i], 1e-7 * (1 + fabs(x[i])));
        for (size_t i = 0; i < p.n * p.n; i++)
            CHECK_NEAR(cov[i], slow_cov[i], 1e-7 * (1 + fabs(cov[i])));
    }
}

/* A line through points with noise of known size: the stated sigma of its slope must be honest. */
TEST(the_covariance_is_honest)
{
    enum { POINTS = 30 };
    double a[POINTS * 2], y[POINTS], w[POINTS];
    int inside = 0;
    for (uint32_t seed = 0; seed < 1000; seed++) {
        rv__rng rng;
        rv__rng_init(&rng, 22, seed, 0, 0);
        for (size_t i = 0; i < POINTS; i++) {
            const double sigma = i % 2 ? 0.5 : 2;
            a[2 * i] = 1;
            a[2 * i + 1] = (double)i;
            y[i] = 7 - 0.25 * (double)i + sigma * rv__rng_normal(&rng);
            w[i] = 1 / (sigma * sigma);
        }
        double x[2], cov[4];
        CHECK(rv__least_squares(x, cov, a, y, w, POINTS, 2) == RV_OK);
        inside += fabs(x[1] + 0.25) <= 1.96 * sqrt(cov[3]);
    }
    CHECK(inside >= 930 && inside <= 970);
}

TEST(a_rank_that_is_too_low_is_refused_whatever_the_units)
{
    for (int scale = -8; scale <= 8; scale += 4) {
        const double unit = pow(10, scale);
        double a[12 * 3], y[12], x[3] = { 5, 5, 5 };
        for (size_t i = 0; i < 12; i++) {
            a[3 * i] = 1;
            a[3 * i + 1] = unit * (double)i;
            a[3 * i + 2] = 2 - 3 * (double)i;
            y[i] = (double)(i * i);
        }
        CHECK_FAILS(RV_ERR_RANGE, rv__least_squares(x, NULL, a, y, NULL, 12, 3));
        CHECK_TEXT(rv_last_error(), "least squares of 3 unknowns has rank 2 only");
        CHECK(x[0] == 5 && x[1] == 5 && x[2] == 5);
        for (size_t i = 0; i < 12; i++)
            a[3 * i + 2] = (double)(i * i);
        CHECK(rv__least_squares(x, NULL, a, y, NULL, 12, 3) == RV_OK);
        CHECK_NEAR(x[2], 1, 1e-9);
    }
}

TEST(observations_of_weight_zero_do_not_count)
{
    double a[] = { 1, 1, 1, 1 }, y[] = { 2, 4, 1e9, -1e9 }, w[] = { 1, 1, 0, 0 }, x[1], cov[1];
    CHECK(rv__least_squares(x, cov, a, y, w, 4, 1) == RV_OK);
    CHECK_NEAR(x[0], 3, 1e-12);
    CHECK_NEAR(cov[0], 0.5, 1e-12);
    w[0] = w[1] = 0;
    CHECK_FAILS(RV_ERR_RANGE, rv__least_squares(x, cov, a, y, w, 4, 1));
    CHECK_FAILS(RV_ERR_RANGE, rv__least_squares(x, cov, a, y, NULL, 0, 1));
    y[2] = NAN;
    CHECK_FAILS(RV_ERR_RANGE, rv__least_squares(x, cov, a, y, NULL, 4, 1));
    CHECK_NEAR(x[0], 3, 1e-12);
}

/* S = R R' + I with random R. */
static void draw_spd(double *s, size_t n, uint32_t seed)
{
    double r[N * N];
    rv__rng rng;
    rv__rng_init(&rng, 23, seed, 0, 0);
    for (size_t i = 0; i < n * n; i++)
        r[i] = rv__rng_normal(&rng);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++) {
            s[i * n + j] = i == j;
            for (size_t k = 0; k < n; k++)
                s[i * n + j] += r[i * n + k] * r[j * n + k];
        }
}

TEST(positive_definite_systems_are_solved_and_inverted)
{
    for (uint32_t seed = 0; seed < 200; seed++) {
        const size_t n = 1 + seed % N;
        double s[N * N], x[N], inverse[N * N], b[N];
        long double slow[N * N];
        draw_spd(s, n, seed);
        for (size_t i = 0; i < n * n; i++)
            slow[i] = s[i];
        slow_invert(slow, n);
        for (size_t i = 0; i < n; i++) {
            b[i] = 0;
            for (size_t j = 0; j < n; j++)
                b[i] += s[i * n + j] * (double)(j + 1);
        }
        CHECK(rv__solve_spd(x, inverse, s, b, n) == RV_OK);
        for (size_t i = 0; i < n; i++)
            CHECK_NEAR(x[i], (double)(i + 1), 1e-9);
        for (size_t i = 0; i < n * n; i++)
            CHECK_NEAR(inverse[i], slow[i], 1e-9);
        CHECK(rv__solve_spd(b, NULL, s, b, n) == RV_OK); /* in place */
        CHECK_NEAR(b[0], 1, 1e-9);
    }
}

TEST(what_is_not_positive_definite_is_refused)
{
    const double indefinite[] = { 1, 2, 2, 1 }, singular[] = { 1e8, 1e8, 1e8, 1e8 }, zero[] = { 0, 0, 0, 0 };
    const double unknown[] = { 1, NAN, NAN, 1 }, b[] = { 1, 1 }, unit[] = { 1, 0, 0, 1 };
    const double *bad[] = { indefinite, singular, zero, unknown };
    for (size_t i = 0; i < 4; i++) {
        double x[2] = { 5, 5 }, values[2] = { 5, 5 }, vectors[4];
        CHECK_FAILS(RV_ERR_RANGE, rv__solve_spd(x, NULL, bad[i], b, 2));
        CHECK(x[0] == 5 && x[1] == 5);
        if (i != 1) { /* a singular metric is found by rounding only */
            CHECK_FAILS(RV_ERR_RANGE, rv__eigen_sym(values, vectors, unit, bad[i], 2));
            CHECK(values[0] == 5);
        }
    }
}

static double dot(const double *a, const double *b, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += a[i] * b[i];
    return sum;
}

/* S v = value B v row by row, and the largest component of v positive. */
static void check_eigenvector(const double *s, const double *b, double value, const double *v, size_t n)
{
    double largest = 0;
    for (size_t i = 0; i < n; i++) {
        const double right = b ? dot(b + i * n, v, n) : v[i];
        CHECK_NEAR(dot(s + i * n, v, n), value * right, 1e-8);
        if (fabs(v[i]) > fabs(largest))
            largest = v[i];
    }
    CHECK(largest > 0);
}

TEST(eigenvectors_fulfil_their_equation_in_ascending_order)
{
    for (uint32_t trial = 0; trial < 400; trial++) {
        const size_t n = 1 + trial % N;
        double s[N * N], b[N * N], values[N], v[N * N];
        const double *metric = trial % 2 ? b : NULL;
        draw_spd(s, n, trial);
        draw_spd(b, n, trial + 1000);
        for (size_t i = 0; i < n; i++)
            s[i * n + i] -= 2;
        CHECK(rv__eigen_sym(values, v, s, metric, n) == RV_OK);
        for (size_t k = 0; k < n; k++) {
            check_eigenvector(s, metric, values[k], v + k * n, n);
            CHECK(k == 0 || values[k - 1] <= values[k]);
        }
    }
}

static int solve_all(void *user)
{
    const problem *p = user;
    double x[N], cov[N * N], s[N * N];
    int err = rv__least_squares(x, cov, p->a, p->y, p->w, p->m, p->n);
    draw_spd(s, p->n, 1);
    if (err == RV_OK)
        err = rv__solve_spd(x, cov, s, p->y, p->n);
    if (err == RV_OK)
        err = rv__eigen_sym(x, cov, s, s, p->n);
    return err;
}

TEST(linear_algebra_survives_any_failed_allocation)
{
    problem p = draw(4);
    CHECK_SURVIVES_OOM(solve_all, &p);
}

TESTS(RUN(weighted_least_squares_agree_with_the_normal_equations), RUN(the_covariance_is_honest),
      RUN(a_rank_that_is_too_low_is_refused_whatever_the_units), RUN(observations_of_weight_zero_do_not_count),
      RUN(positive_definite_systems_are_solved_and_inverted), RUN(what_is_not_positive_definite_is_refused),
      RUN(eigenvectors_fulfil_their_equation_in_ascending_order), RUN(linear_algebra_survives_any_failed_allocation))

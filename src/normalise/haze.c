/* SPDX-License-Identifier: Apache-2.0 */
/* A field of knots through what a gain and an offset leave, by reweighted least squares with the weights of gain.c. It is
 * fitted on every other block of a chequerboard first; the blocks between judge it: neighbouring pixels err together, so
 * the mean of a block counts as one observation, and the field is kept when an F-test of the sums of squared block means,
 * without it over with it, is beyond its 99 % point. A tenth of a percent of ridge holds knots that nothing is seen of. */
#include "normalise/haze.h"

#include "base/linalg.h"
#include "base/mem.h"
#include "base/robust.h"

#include <math.h>
#include <string.h>

enum { ROUNDS = 5, PAIRS_MIN = 2000, BLOCKS_MIN = 32, BLOCK_PX = 16, BLOCKS_A_SIDE = 64 };

static const double tuning = 1.5, ridge = 1e-3, normal_99 = 2.326;

typedef struct job {
    const rv__haze_pairs *p;
    int block_px, block_cols, block_rows;
    float *scratch;
} job;

static int block_of(const job *j, size_t i)
{
    const int col = (int)j->p->col[i] / j->block_px, row = (int)j->p->row[i] / j->block_px;
    return row * j->block_cols + col;
}

static bool held_out(const job *j, size_t i)
{
    const int block = block_of(j, i);
    return (block / j->block_cols + block % j->block_cols) % 2 == 1;
}

/* The four knots around a pair and their shares. */
static void shares(int at[4], double share[4], const rv__haze *h, const rv__haze_pairs *p, size_t i)
{
    double across, down;
    const int left = rv__haze_at(&across, (double)p->col[i], p->width, h->cols);
    const int top = rv__haze_at(&down, (double)p->row[i], p->height, h->rows);
    for (int k = 0; k < 4; k++) {
        at[k] = (top + k / 2) * h->cols + left + k % 2;
        share[k] = (k / 2 ? down : 1 - down) * (k % 2 ? across : 1 - across);
    }
}

static double left_over(const rv__haze *h, const rv__haze_pairs *p, size_t i)
{
    int at[4];
    double share[4], v = (double)p->missing[i];
    shares(at, share, h, p, i);
    for (int k = 0; k < 4; k++)
        v -= share[k] * h->value[at[k]];
    return v;
}

static double weight(double r, double s)
{
    const double u = r / (tuning * s), d = 1 / (1 + u * u);
    return d * d;
}

/* Robust spread of what the field leaves; half: of the blocks that are not held out. */
static double spread(const job *j, const rv__haze *h, bool half)
{
    size_t n = 0;
    for (size_t i = 0; i < j->p->n; i++)
        if (!half || !held_out(j, i))
            j->scratch[n++] = (float)fabs(left_over(h, j->p, i));
    return n ? 1.4826 * (double)rv__median_f(j->scratch, n) : 0;
}

static int fit_field(rv__haze *h, const job *j, bool half)
{
    const size_t n = (size_t)(h->cols * h->rows);
    double *a = rv__alloc(n * n + 2 * n, sizeof *a), *right = a + n * n, *x = right + n;
    int err = a ? RV_OK : RV_ERR_NOMEM;
    for (int round = 0; round < ROUNDS && err == RV_OK; round++) {
        const double s = fmax(spread(j, h, half), 1e-12);
        double sum = 0;
        memset(a, 0, (n * n + n) * sizeof *a);
        for (size_t i = 0; i < j->p->n; i++) {
            int at[4];
            double share[4];
            if (half && held_out(j, i))
                continue;
            const double w = weight(left_over(h, j->p, i), s);
            shares(at, share, h, j->p, i);
            sum += w;
            for (int k = 0; k < 4; k++) {
                right[at[k]] += w * share[k] * (double)j->p->missing[i];
                for (int l = 0; l < 4; l++)
                    a[(size_t)at[k] * n + (size_t)at[l]] += w * share[k] * share[l];
            }
        }
        for (size_t k = 0; k < n; k++)
            a[k * n + k] += ridge * sum / (double)n;
        if ((err = rv__solve_spd(x, NULL, a, right, n)) == RV_OK)
            memcpy(h->value, x, n * sizeof *x);
    }
    rv__free(a);
    return err;
}

/* Means of the blocks held out about their common mean, each by its robust weights; @return how many, or RV_ERR_NOMEM */
static int block_means(float *out, const job *j, const rv__haze *h)
{
    const size_t n = (size_t)j->block_cols * (size_t)j->block_rows;
    const double s = fmax(spread(j, h, false), 1e-12);
    double *sum = rv__alloc(2 * n, sizeof *sum), *total = sum + n, mean = 0, all = 0;
    int count = 0;
    if (!sum)
        return RV_ERR_NOMEM;
    for (size_t i = 0; i < j->p->n; i++) {
        if (!held_out(j, i))
            continue;
        const double r = left_over(h, j->p, i), w = weight(r, s);
        sum[block_of(j, i)] += w * r;
        total[block_of(j, i)] += w;
        mean += w * r;
        all += w;
    }
    for (size_t b = 0; b < n; b++)
        if (total[b] > 0)
            out[count++] = (float)(sum[b] / total[b] - mean / all);
    rv__free(sum);
    return count;
}

/* Whether the field helps blocks that it was not made from. Blocks that are far off both without and with it, the worst
 * tenth, show what was built and have no vote; the choice favours neither. */
static int earns(bool *out, const job *j, const rv__haze *field)
{
    const size_t n = (size_t)j->block_cols * (size_t)j->block_rows;
    const rv__haze none = { .cols = field->cols, .rows = field->rows };
    float *without = rv__alloc(3 * n, sizeof *without), *with = without + n, *least = with + n;
    double before = 0, after = 0;
    int err = RV_ERR_NOMEM, blocks, votes = 0;
    if (!without || (err = blocks = block_means(without, j, &none)) < 0 || (err = block_means(with, j, field)) < 0)
        goto done;
    for (int b = 0; b < blocks; b++)
        least[b] = fminf(fabsf(without[b]), fabsf(with[b]));
    const float limit = blocks ? rv__quantile_f(least, (size_t)blocks, .9) : 0;
    for (int b = 0; b < blocks; b++)
        if (fminf(fabsf(without[b]), fabsf(with[b])) <= limit) {
            before += (double)without[b] * (double)without[b];
            after += (double)with[b] * (double)with[b];
            votes++;
        }
    /* ln F is nearly normal with variance 4 / votes */
    *out = votes >= BLOCKS_MIN && before > after * exp(normal_99 * 2 / sqrt(votes));
    err = RV_OK;
done:
    rv__free(without);
    return err;
}

static int knots(int side, double knot_px)
{
    const int n = (int)(side / knot_px) + 1;
    return n > RV__HAZE_SIDE ? RV__HAZE_SIDE : n;
}

int rv__haze_fit(rv__haze *out, const rv__haze_pairs *p)
{
    rv__haze field = { .cols = knots(p->width, p->knot_px), .rows = knots(p->height, p->knot_px) };
    const int side = p->width > p->height ? p->width : p->height;
    job j = { .p = p, .block_px = side / BLOCKS_A_SIDE > BLOCK_PX ? side / BLOCKS_A_SIDE : BLOCK_PX };
    bool good = false;
    int err;
    *out = (rv__haze){ 0 };
    if (p->n < PAIRS_MIN || field.cols < 2 || field.rows < 2)
        return RV_OK;
    j.block_cols = p->width / j.block_px + 1;
    j.block_rows = p->height / j.block_px + 1;
    if (!(j.scratch = rv__alloc(p->n, sizeof *j.scratch)))
        return RV_ERR_NOMEM;
    if ((err = fit_field(&field, &j, true)) == RV_OK && (err = earns(&good, &j, &field)) == RV_OK && good &&
        (err = fit_field(&field, &j, false)) == RV_OK)
        *out = field;
    rv__free(j.scratch);
    return err == RV_ERR_RANGE ? RV_OK : err; /* nothing to solve: no field */
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The affine field that most windows agree with: three windows fix it, all vote [fischler1981]. Only needed while the
 * map is far off; the last word has the fit of all surfaces. Draws are seeded, so the same windows give the same field.
 */
#include "align/align_internal.h"

#include "base/linalg.h"
#include "base/rng.h"

#include <math.h>
#include <string.h>

enum { DRAWS = 1000, P = RV__PARAMS_MAX };

static bool votes(const rv__tie *tie, int level)
{
    return tie->weight > 0 && tie->coarse.height > 1.15 * tie->coarse.second && level > 0;
}

static int count_votes(const rv__field *f, const rv__ties *ties, double tolerance)
{
    int n = 0;
    for (size_t w = 0; w < ties->n; w++) {
        double d[2];
        if (!votes(ties->v + w, ties->level))
            continue;
        rv__field_at(d, f, ties->v[w].col, ties->v[w].row);
        n +=
            hypot(d[0] - ties->v[w].coarse.d[0] * ties->level, d[1] - ties->v[w].coarse.d[1] * ties->level) < tolerance;
    }
    return n;
}

/** Parameters of an affine field from its shift and slopes: d x / dx, d x / dy, d y / dx, d y / dy. */
static void set_slopes(rv__field *f, const double shift[2], const double slope[4])
{
    const double p[P] = { shift[0],
                          shift[1],
                          .5 * (slope[0] + slope[3]),
                          .5 * (slope[2] - slope[1]),
                          .5 * (slope[0] - slope[3]),
                          .5 * (slope[2] + slope[1]) };
    memcpy(f->p, p, sizeof p);
}

/** Least squares over the windows that vote for f. @return false when they do not fix an affine field */
static bool refit(rv__field *f, const rv__ties *ties, double tolerance)
{
    double s[9] = { 0 }, b[2][3] = { { 0 } }, x[2][3];
    for (size_t w = 0; w < ties->n; w++) {
        const rv__tie *tie = ties->v + w;
        const double dx = tie->coarse.d[0] * ties->level, dy = tie->coarse.d[1] * ties->level;
        const double row[3] = { 1, (tie->col - f->origin[0]) / f->unit, (tie->row - f->origin[1]) / f->unit };
        double d[2];
        rv__field_at(d, f, tie->col, tie->row);
        if (!votes(tie, ties->level) || hypot(d[0] - dx, d[1] - dy) >= tolerance)
            continue;
        for (int i = 0; i < 3; i++) {
            b[0][i] += row[i] * dx;
            b[1][i] += row[i] * dy;
            for (int j = 0; j < 3; j++)
                s[3 * i + j] += row[i] * row[j];
        }
    }
    if (rv__solve_spd(x[0], NULL, s, b[0], 3) < 0 || rv__solve_spd(x[1], NULL, s, b[1], 3) < 0)
        return false;
    set_slopes(f, (const double[2]){ x[0][0], x[1][0] }, (const double[4]){ x[0][1], x[0][2], x[1][1], x[1][2] });
    return true;
}

/** Affine field through three windows. @return false when they lie on a line or the field bends the picture over */
static bool through_three(rv__field *f, const rv__tie *const t[3], int level)
{
    double x[3], y[3];
    for (int i = 0; i < 3; i++) {
        x[i] = (t[i]->col - f->origin[0]) / f->unit;
        y[i] = (t[i]->row - f->origin[1]) / f->unit;
    }
    const double ax = x[1] - x[0], ay = y[1] - y[0], bx = x[2] - x[0], by = y[2] - y[0], det = ax * by - ay * bx;
    if (fabs(det) < .05)
        return false;
    double shift[2], slope[4];
    for (int k = 0; k < 2; k++) {
        const double d0 = t[0]->coarse.d[k] * level;
        const double a = t[1]->coarse.d[k] * level - d0, b = t[2]->coarse.d[k] * level - d0;
        slope[2 * k] = (a * by - b * ay) / det;
        slope[2 * k + 1] = (b * ax - a * bx) / det;
        shift[k] = d0 - slope[2 * k] * x[0] - slope[2 * k + 1] * y[0];
        if (fabs(slope[2 * k]) > .5 * f->unit || fabs(slope[2 * k + 1]) > .5 * f->unit)
            return false;
    }
    set_slopes(f, shift, slope);
    return true;
}

void rv__ransac(rv__field *f, int *agree, const rv__ties *ties, double tolerance, uint64_t seed)
{
    rv__rng rng;
    rv__field best = *f;
    best.model = RV__AFFINE;
    memset(best.p, 0, sizeof best.p);
    int most = 0;
    rv__rng_init(&rng, seed, 0, 0, 0);
    for (int draw = 0; draw < DRAWS && ties->n >= 3; draw++) {
        const rv__tie *t[3];
        rv__field trial = best;
        bool good = true;
        for (int i = 0; i < 3; i++) {
            t[i] = ties->v + rv__rng_below(&rng, (uint32_t)ties->n);
            good = good && votes(t[i], ties->level);
        }
        if (!good || !through_three(&trial, t, ties->level))
            continue;
        const int n = count_votes(&trial, ties, tolerance);
        if (n > most) {
            most = n;
            best = trial;
        }
    }
    for (int round = 0; most > 0 && round < 3; round++) {
        rv__field trial = best;
        if (!refit(&trial, ties, tolerance))
            break;
        const int n = count_votes(&trial, ties, tolerance);
        if (n < most)
            break;
        most = n;
        best = trial;
    }
    *f = best;
    *agree = most;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Fits of a projective map to ties. Both work on coordinates normalised to about one, where the last number of the matrix
 * is fixed at 1: that puts the horizon nowhere near the ties' mean, while fixing it in the caller's coordinates would fail
 * for a picture whose first pixel lies on the horizon. */
#include "geo/homography.h"

#include "base/error.h"
#include "base/linalg.h"
#include "base/mem.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

enum { FREE = RV__HOMOGRAPHY_FREE, DLT_ROUNDS = 3, LM_ROUNDS = 100 };

/* p -> (p - centre) / scale */
typedef struct frame {
    double centre[2], scale;
} frame;

typedef struct frames {
    frame from, to;
} frames;

/* Sums over the ties of what the damped step needs. */
typedef struct normal {
    double matrix[FREE * FREE], gradient[FREE], cost;
} normal;

void rv__homography_apply(double out[2], const double m[9], const double p[2])
{
    const double x = p[0], y = p[1], w = m[6] * x + m[7] * y + m[8];
    out[0] = (m[0] * x + m[1] * y + m[2]) / w;
    out[1] = (m[3] * x + m[4] * y + m[5]) / w;
}

void rv__homography_multiply(double out[9], const double a[9], const double b[9])
{
    double m[9];
    for (int i = 0; i < 3; i++) {
        for (int j = 0; j < 3; j++)
            m[3 * i + j] = a[3 * i] * b[j] + a[3 * i + 1] * b[3 + j] + a[3 * i + 2] * b[6 + j];
    }
    memcpy(out, m, sizeof m);
}

void rv__homography_slope(double out[4], const double m[9], const double p[2])
{
    double q[2];
    const double w = m[6] * p[0] + m[7] * p[1] + m[8];
    rv__homography_apply(q, m, p);
    for (int i = 0; i < 2; i++) {
        for (int j = 0; j < 2; j++)
            out[2 * i + j] = (m[3 * i + j] - q[i] * m[6 + j]) / w;
    }
}

static const double *end_of(const rv__tie_point *tie, bool to)
{
    return to ? tie->to : tie->from;
}

static frame frame_of(const rv__tie_point *ties, size_t n, bool to)
{
    frame f = { { 0, 0 }, 0 };
    for (size_t i = 0; i < n; i++)
        for (int k = 0; k < 2; k++)
            f.centre[k] += end_of(&ties[i], to)[k] / (double)n;
    for (size_t i = 0; i < n; i++)
        for (int k = 0; k < 2; k++)
            f.scale = fmax(f.scale, fabs(end_of(&ties[i], to)[k] - f.centre[k]));
    return f;
}

static int frames_of(frames *out, const rv__tie_point *ties, size_t n)
{
    *out = (frames){ frame_of(ties, n, false), frame_of(ties, n, true) };
    if (!(out->from.scale > 0 && out->to.scale > 0) || !isfinite(out->from.scale + out->to.scale))
        return rv__fail(RV_ERR_RANGE, "all ties of a projective map lie in one place");
    return RV_OK;
}

static void normalised(double out[2], const frame *f, const double p[2])
{
    out[0] = (p[0] - f->centre[0]) / f->scale;
    out[1] = (p[1] - f->centre[1]) / f->scale;
}

/* The normalised map h in the callers' coordinates; h[8] = 1 is w at the centre of `from`. */
static void unframe(double m[9], const double h[9], const frames *f)
{
    const frame *a = &f->from, *b = &f->to;
    const double in[9] = {
        1 / a->scale, 0, -a->centre[0] / a->scale, 0, 1 / a->scale, -a->centre[1] / a->scale, 0, 0, 1
    };
    const double out[9] = { b->scale, 0, b->centre[0], 0, b->scale, b->centre[1], 0, 0, 1 };
    rv__homography_multiply(m, h, in);
    rv__homography_multiply(m, out, m);
}

static int to_frames(double h[9], const double m[9], const frames *f)
{
    const frame *a = &f->from, *b = &f->to;
    const double in[9] = { a->scale, 0, a->centre[0], 0, a->scale, a->centre[1], 0, 0, 1 };
    const double out[9] = {
        1 / b->scale, 0, -b->centre[0] / b->scale, 0, 1 / b->scale, -b->centre[1] / b->scale, 0, 0, 1
    };
    rv__homography_multiply(h, m, in);
    rv__homography_multiply(h, out, h);
    if (!(fabs(h[8]) > 0))
        return rv__fail(RV_ERR_RANGE, "the middle of the ties lies on the horizon of the map");
    for (int i = 0; i < 9; i++)
        h[i] /= i < 8 ? h[8] : 1;
    h[8] = 1;
    return RV_OK;
}

/* Two equations of a tie for a..h: u (g x + h y + 1) = a x + b y + c, and d, e, f with v. */
static void equations(double rows[2 * FREE], double rhs[2], const double p[2], const double q[2])
{
    for (int k = 0; k < 2; k++) {
        double *r = rows + k * FREE;
        memset(r, 0, FREE * sizeof *r);
        r[3 * k] = p[0];
        r[3 * k + 1] = p[1];
        r[3 * k + 2] = 1;
        r[6] = -q[k] * p[0];
        r[7] = -q[k] * p[1];
        rhs[k] = q[k];
    }
}

static int fit_normalised(double h[9], const rv__tie_point *ties, size_t n, const frames *f)
{
    double *work = rv__alloc(n * 2, (FREE + 2) * sizeof *work);
    int err = RV_OK;
    if (!work)
        return RV_ERR_NOMEM;
    double *rhs = work + n * 2 * FREE, *weight = rhs + n * 2;
    memset(h, 0, 9 * sizeof *h);
    h[8] = 1;
    for (int round = 0; err == RV_OK && round < DLT_ROUNDS; round++) {
        for (size_t i = 0; i < n; i++) {
            double p[2], q[2];
            normalised(p, &f->from, ties[i].from);
            normalised(q, &f->to, ties[i].to);
            const double w = h[6] * p[0] + h[7] * p[1] + 1;
            equations(work + i * 2 * FREE, rhs + 2 * i, p, q);
            weight[2 * i] = weight[2 * i + 1] = 1 / (w * w);
        }
        err = rv__least_squares(h, NULL, work, rhs, weight, n * 2, FREE);
    }
    rv__free(work);
    return err;
}

int rv__homography_fit(double m[9], const rv__tie_point *ties, size_t n)
{
    double h[9];
    frames f;
    int err;
    if ((err = frames_of(&f, ties, n)) < 0 || (err = fit_normalised(h, ties, n, &f)) < 0)
        return err;
    unframe(m, h, &f);
    return RV_OK;
}

static void add_tie(normal *out, const double h[9], const rv__tie_point *tie, const frames *f)
{
    double p[2], q[2], got[2];
    normalised(p, &f->from, tie->from);
    normalised(q, &f->to, tie->to);
    rv__homography_apply(got, h, p);
    const double w = h[6] * p[0] + h[7] * p[1] + 1, unit = f->to.scale / tie->sigma;
    for (int k = 0; k < 2; k++) {
        double row[FREE] = { 0 };
        const double miss = (q[k] - got[k]) * unit;
        row[3 * k] = unit * p[0] / w;
        row[3 * k + 1] = unit * p[1] / w;
        row[3 * k + 2] = unit / w;
        row[6] = -unit * got[k] * p[0] / w;
        row[7] = -unit * got[k] * p[1] / w;
        out->cost += miss * miss;
        for (int i = 0; i < FREE; i++) {
            out->gradient[i] += row[i] * miss;
            for (int j = 0; j < FREE; j++)
                out->matrix[i * FREE + j] += row[i] * row[j];
        }
    }
}

static normal normal_at(const double h[9], const rv__tie_point *ties, size_t n, const frames *f)
{
    normal sums = { .cost = 0 };
    for (size_t i = 0; i < n; i++)
        add_tie(&sums, h, &ties[i], f);
    return sums;
}

static int damped_step(double step[FREE], const normal *at, double damping)
{
    double matrix[FREE * FREE];
    memcpy(matrix, at->matrix, sizeof matrix);
    for (int i = 0; i < FREE; i++)
        matrix[i * FREE + i] *= 1 + damping;
    return rv__solve_spd(step, NULL, matrix, at->gradient, FREE);
}

static int descend(double h[9], const rv__tie_point *ties, size_t n, const frames *f)
{
    double damping = 1e-3;
    normal at = normal_at(h, ties, n, f);
    for (int round = 0; round < LM_ROUNDS && damping < 1e12; round++) {
        double step[FREE], trial[9];
        const int err = damped_step(step, &at, damping);
        if (err < 0)
            return err;
        for (int i = 0; i < 9; i++)
            trial[i] = h[i] + (i < FREE ? step[i] : 0);
        const normal next = normal_at(trial, ties, n, f);
        if (!(next.cost < at.cost)) {
            damping *= 10;
            continue;
        }
        const bool still = at.cost - next.cost <= 1e-12 * at.cost;
        memcpy(h, trial, sizeof trial);
        at = next;
        damping /= 10;
        if (still)
            break;
    }
    return RV_OK;
}

/* Lower triangle L with L L' = the matrix, in place. */
static int root_of(double a[FREE * FREE])
{
    for (int j = 0; j < FREE; j++) {
        for (int i = j; i < FREE; i++) {
            double sum = a[i * FREE + j];
            for (int k = 0; k < j; k++)
                sum -= a[i * FREE + k] * a[j * FREE + k];
            if (i == j && !(sum > 0))
                return rv__fail(RV_ERR_RANGE, "the ties do not fix a projective map");
            a[i * FREE + j] = i == j ? sqrt(sum) : sum / a[j * FREE + j];
        }
        for (int i = 0; i < j; i++)
            a[i * FREE + j] = 0;
    }
    return RV_OK;
}

int rv__homography_refine(double m[9], double spread[RV__HOMOGRAPHY_FREE][9], const rv__tie_point *ties, size_t n)
{
    double h[9], step[FREE], covariance[FREE * FREE];
    frames f;
    int err;
    if ((err = frames_of(&f, ties, n)) < 0 || (err = to_frames(h, m, &f)) < 0 || (err = descend(h, ties, n, &f)) < 0)
        return err;
    const normal at = normal_at(h, ties, n, &f);
    if ((err = rv__solve_spd(step, covariance, at.matrix, at.gradient, FREE)) < 0 || (err = root_of(covariance)) < 0)
        return err;
    unframe(m, h, &f);
    for (int k = 0; k < FREE; k++) {
        double away[9];
        for (int i = 0; i < 9; i++)
            away[i] = i < FREE ? covariance[i * FREE + k] : 0; /* unframe is linear */
        unframe(spread[k], away, &f);
    }
    return RV_OK;
}

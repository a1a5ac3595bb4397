/* SPDX-License-Identifier: Apache-2.0 */
/* Variance of a fitted quantity when residuals are not independent. With a(x) = dQ/dy(x) and the residuals'
 * autocovariance c(h), Var Q = sum_h w(h) c(h) sum_x a(x) a(x + h), lags up to 6 px, Bartlett's taper w. What is left of
 * the ground's texture is the same on every date, so pairs of different dates count with their own covariance: taken as
 * independent, six dates would promise an error 2.4 times too small. Residuals are cut at 4 sd. */
#include "measure/fit.h"

#include <math.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/mem.h"

enum { LAG = 6 };

typedef struct maps {
    int w, h, bands, views;
    float *influence, *residual; /* views * bands planes, then bands planes of sums over views */
    float *seen;                 /* views planes, then their sum */
} maps;

static const float *plane(const maps *m, const float *base, int view, int band)
{
    return base + (size_t)(view * m->bands + band) * (size_t)m->w * (size_t)m->h;
}

/* sum over x of a(x) b(x + (dx, dy)) */
static double lagged(const maps *m, const float *a, const float *b, int dx, int dy)
{
    const int x0 = dx < 0 ? -dx : 0, x1 = dx > 0 ? m->w - dx : m->w;
    const int y0 = dy < 0 ? -dy : 0, y1 = dy > 0 ? m->h - dy : m->h;
    double sum = 0.0;
    for (int y = y0; y < y1; y++) {
        const float *p = a + (size_t)y * (size_t)m->w, *q = b + (size_t)(y + dy) * (size_t)m->w + dx;
        float row[4] = { 0.0f, 0.0f, 0.0f, 0.0f };
        int x = x0;
        for (; x + 4 <= x1; x += 4)
            for (int k = 0; k < 4; k++)
                row[k] += p[x + k] * q[x + k];
        for (; x < x1; x++)
            row[0] += p[x] * q[x];
        sum += (double)(row[0] + row[1]) + (double)(row[2] + row[3]);
    }
    return sum;
}

static int fill(maps *m, const rv__equation *eq, const double (*v)[RV__LOCAL_MAX])
{
    const size_t px = (size_t)m->w * (size_t)m->h, all = (size_t)m->bands * px;
    for (int t = 0; t < m->views; t++) {
        float *a = m->influence + (size_t)t * all, *r = m->residual + (size_t)t * all, *s = m->seen + (size_t)t * px;
        const int err = rv__equation_influence(a, &eq[t], v[t]);
        if (err < 0)
            return err;
        const rv__view *view = eq[t].view;
        for (size_t i = 0; i < view->n; i++) {
            s[view->at[i]] = 1.0f;
            for (size_t b = 0; b < (size_t)m->bands; b++) {
                const float z = eq[t].now.r[b * view->n + i] / (float)eq[t].s[b];
                r[b * px + view->at[i]] = fminf(fmaxf(z, -4.0f), 4.0f);
            }
        }
    }
    for (size_t t = 0; t < (size_t)m->views; t++) {
        for (size_t i = 0; i < all; i++) {
            m->influence[(size_t)m->views * all + i] += m->influence[t * all + i];
            m->residual[(size_t)m->views * all + i] += m->residual[t * all + i];
        }
        for (size_t i = 0; i < px; i++)
            m->seen[(size_t)m->views * px + i] += m->seen[t * px + i];
    }
    return RV_OK;
}

/* Contribution of one lag. */
static double at_lag(const maps *m, int dx, int dy)
{
    const size_t px = (size_t)m->w * (size_t)m->h;
    double same_n = 0.0, sum = 0.0;
    for (int t = 0; t < m->views; t++)
        same_n += lagged(m, m->seen + (size_t)t * px, m->seen + (size_t)t * px, dx, dy);
    const float *all = m->seen + (size_t)m->views * px;
    const double cross_n = lagged(m, all, all, dx, dy) - same_n;
    for (int p = 0; p < m->bands; p++)
        for (int q = 0; q < m->bands; q++) {
            double same_c = 0.0, same_a = 0.0;
            for (int t = 0; t < m->views; t++) {
                same_c += lagged(m, plane(m, m->residual, t, p), plane(m, m->residual, t, q), dx, dy);
                same_a += lagged(m, plane(m, m->influence, t, p), plane(m, m->influence, t, q), dx, dy);
            }
            sum += same_c / fmax(same_n, 1.0) * same_a;
            if (m->views < 2)
                continue;
            const double c = lagged(m, plane(m, m->residual, m->views, p), plane(m, m->residual, m->views, q), dx, dy);
            const double a =
                lagged(m, plane(m, m->influence, m->views, p), plane(m, m->influence, m->views, q), dx, dy);
            sum += (c - same_c) / fmax(cross_n, 1.0) * (a - same_a);
        }
    return sum;
}

int rv__spread(double *variance, const rv__equation *eq, int n_eq, const double (*v)[RV__LOCAL_MAX])
{
    const rv__patch *p = eq[0].patch;
    maps m = { .w = p->w, .h = p->h, .bands = p->bands, .views = n_eq };
    const size_t px = (size_t)m.w * (size_t)m.h, planes = (size_t)(n_eq + 1);
    m.influence = rv__alloc(planes * (size_t)m.bands * px, sizeof *m.influence);
    m.residual = rv__alloc(planes * (size_t)m.bands * px, sizeof *m.residual);
    m.seen = rv__alloc(planes * px, sizeof *m.seen);
    int err = m.influence && m.residual && m.seen ? fill(&m, eq, v) : RV_ERR_NOMEM;
    const int smaller = m.w < m.h ? m.w : m.h, most = smaller / 3 < LAG ? smaller / 3 : LAG;
    double sum = 0.0;
    /* Lags h and -h give the same with p and q exchanged: half the plane, twice. */
    for (int dy = 0; err == RV_OK && dy <= most; dy++)
        for (int dx = dy == 0 ? 0 : -most; dx <= most; dx++) {
            const double taper = (1.0 - abs(dx) / (most + 1.0)) * (1.0 - abs(dy) / (most + 1.0));
            sum += (dx == 0 && dy == 0 ? 1.0 : 2.0) * taper * at_lag(&m, dx, dy);
        }
    rv__free(m.seen);
    rv__free(m.residual);
    rv__free(m.influence);
    if (err == RV_OK)
        *variance = sum * (1.0 + (12.0 + .3 * eq[0].view->n_ground) / fmax((double)eq[0].view->n, 20.0));
    return err;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Pairs of scenes as links between affine fields about the middle of the reference, whatever pixels they were measured in;
 * the adjustment of a series (bundle.c) with them; and the loops that neighbours close. */
#include "align/series.h"

#include "base/error.h"
#include "base/mem.h"

#include <math.h>
#include <string.h>

enum { L = RV__LINEAR, NET = 5 };

/* Turn and stretch of an orthorectified scene against its georeference, a standard deviation. */
static const double LINEAR_SD = 5e-4;

/** Parameters of an affine field from its values at the corners of a triangle about the basis' origin. */
static void from_triangle(double p[L], const double v[3][2])
{
    /* corners at (0, 0), (1, 0), (0, 1) units */
    const double xx = v[1][0] - v[0][0], yx = v[1][1] - v[0][1], xy = v[2][0] - v[0][0], yy = v[2][1] - v[0][1];
    const double out[L] = { v[0][0], v[0][1], .5 * (xx + yy), .5 * (yx - xy), .5 * (xx - yy), .5 * (yx + xy) };
    memcpy(p, out, sizeof out);
}

static void triangle(double at[3][2], const rv__field *basis)
{
    for (int i = 0; i < 3; i++) {
        at[i][0] = basis->origin[0] + (i == 1) * basis->unit;
        at[i][1] = basis->origin[1] + (i == 2) * basis->unit;
    }
}

/** r(X) = m_b^-1 N m_a X - X in the reference, where N is the measured map from a's px to b's. */
static bool loop_at(double r[2], const double to_a[9], const double pair[9], const double back_b[9], double x, double y)
{
    double p[2];
    rv__mat_point(p, to_a, x, y);
    rv__mat_point(p, pair, p[0], p[1]);
    rv__mat_point(p, back_b, p[0], p[1]);
    r[0] = p[0] - x;
    r[1] = p[1] - y;
    return isfinite(r[0]) && isfinite(r[1]);
}

/** Covariance of a pair's fit, in the basis of the reference. to_a: reference px to the px of the fit. */
static void link_cov(rv__link *link, const rv__series *s, const rv__fit *fit, const double to_a[9])
{
    const int k = rv__model_params(fit->field.model) < L ? rv__model_params(fit->field.model) : L;
    const double loose = LINEAR_SD * s->basis.unit;
    double at[3][2], to[L][L] = { { 0 } }, back[9];
    triangle(at, &s->basis);
    rv_transform_invert(back, to_a);
    for (int i = 0; i < k; i++) {
        double v[3][2], p[L];
        for (int c = 0; c < 3; c++) {
            double jx[RV__PARAMS_MAX], jy[RV__PARAMS_MAX], x[2], g[4];
            rv__mat_point(x, to_a, at[c][0], at[c][1]);
            rv__field_row(jx, jy, &fit->field, x[0], x[1]);
            rv__mat_jacobian(g, back, x[0], x[1]);
            v[c][0] = g[0] * jx[i] + g[1] * jy[i];
            v[c][1] = g[2] * jx[i] + g[3] * jy[i];
        }
        from_triangle(p, v);
        for (int r = 0; r < L; r++)
            to[r][i] = p[r];
    }
    const int all = rv__model_params(fit->field.model);
    for (int r = 0; r < L; r++)
        for (int c = 0; c < L; c++) {
            double sum = r == c ? (r >= k ? loose * loose : 1e-8) : 0;
            for (int i = 0; i < k; i++)
                for (int j = 0; j < k; j++)
                    sum += to[r][i] * fit->cov[i * all + j] * to[c][j];
            link->cov[r * L + c] = sum;
        }
}

/** What placed a scene: its pair with the reference, or with the neighbour it was matched by way of. */
static void link_to_place(rv__series *s, size_t t)
{
    static const double identity[9] = { 1, 0, 0, 0, 1, 0, 0, 0, 1 };
    rv__link *link = &s->link[s->n_links++];
    const rv__match *m = &s->match[t];
    const size_t by = m->through;
    memset(link, 0, sizeof *link);
    link->a = by == t ? -1 : (int)by;
    link->b = (int)t;
    link_cov(link, s, &m->fit, by == t ? identity : s->match[by].map);
}

/** The loop reference, a, b, reference: as a link, and what it misses on a net over the common area. */
void rv__link_pair(rv__series *s, size_t a, size_t b, const rv__match *m)
{
    rv__link *link = &s->link[s->n_links];
    double at[3][2], r[3][2], back_b[9], sum = 0;
    const double *area = s->match[a].area;
    int n = 0;
    memset(link, 0, sizeof *link);
    if (rv_transform_invert(back_b, s->match[b].map) < 0)
        return;
    for (int i = 0; i < NET * NET; i++) {
        double v[2];
        const double x = area[0] + (area[2] - area[0]) * (i % NET + .5) / NET;
        const double y = area[1] + (area[3] - area[1]) * ((double)(i / NET) + .5) / NET;
        if (loop_at(v, s->match[a].map, m->map, back_b, x, y)) {
            sum += v[0] * v[0] + v[1] * v[1];
            n++;
        }
    }
    for (int k = 0; k < 2 && n; k++) {
        s->closure[2 * (k ? b : a)] += sum / n;
        s->closure[2 * (k ? b : a) + 1] += 1;
    }
    triangle(at, &s->basis);
    for (int c = 0; c < 3; c++)
        if (!loop_at(r[c], s->match[a].map, m->map, back_b, at[c][0], at[c][1]))
            return;
    from_triangle(link->r, r);
    link->a = (int)a;
    link->b = (int)b;
    link_cov(link, s, &m->fit, s->match[a].map);
    s->n_links++;
}

/* ---- one adjustment ---- */

/** What the georeference says of a scene's turn and stretch, as the error of the map found. */
static rv__belief belief_of(const rv__series *s, size_t t)
{
    static const double identity[9] = { 1, 0, 0, 0, 1, 0, 0, 0, 1 };
    rv__belief b = { .sd = s->opts->model == 0 ? LINEAR_SD * s->basis.unit : s->opts->model == 1 ? 1e-6 : 0 };
    double at[3][2], v[3][2], back[9], p[L];
    if (rv_transform_invert(back, s->match[t].start) < 0)
        return (rv__belief){ .sd = 0 };
    triangle(at, &s->basis);
    for (int c = 0; c < 3; c++)
        if (!loop_at(v[c], s->match[t].map, back, identity, at[c][0], at[c][1]))
            return (rv__belief){ .sd = 0 };
    from_triangle(p, v);
    for (int i = 0; i < 4; i++)
        b.centre[i] = -p[2 + i];
    return b;
}

/** The scenes that take part, and the links between their places in that list. @return how many */
static size_t renumber(rv__series *s, size_t *scene, int *place)
{
    size_t n = 0;
    for (size_t t = 0; t < s->n; t++) {
        const bool in = t != s->reference && s->match[t].trusted;
        place[t] = in ? (int)n : -1;
        if (in)
            scene[n++] = t;
    }
    for (size_t k = 0; k < s->n_links; k++) {
        rv__link *link = &s->link[k];
        link->a = link->a >= 0 ? place[link->a] : -1;
        link->b = link->b >= 0 ? place[link->b] : -1;
    }
    return n;
}

static void take_fields(rv__series *s, const size_t *scene, size_t n, const double *e, const double *cov, double excess)
{
    const double grow = fmax(1, excess * excess);
    for (size_t i = 0; i < n; i++) {
        rv__field f = s->basis;
        memcpy(f.p, e + i * L, L * sizeof *e);
        rv__map_compose(s->match[scene[i]].map, &f);
        for (int k = 0; k < L * L; k++)
            s->cov[scene[i] * L * L + (size_t)k] = grow * cov[i * L * L + (size_t)k];
    }
}

int rv__series_adjust(rv__series *s)
{
    size_t *scene = rv__alloc(s->n, sizeof *scene);
    int *place = rv__alloc(s->n, sizeof *place);
    rv__belief *belief = rv__alloc(s->n, sizeof *belief);
    double *e = rv__alloc(s->n * L, sizeof *e), *cov = rv__alloc(s->n * L * L, sizeof *cov), excess = 1;
    int err = scene && place && belief && e && cov ? RV_OK : RV_ERR_NOMEM;
    if (err == RV_OK) {
        for (size_t t = 0; t < s->n; t++)
            if (t != s->reference && s->match[t].trusted)
                link_to_place(s, t);
        const size_t n = renumber(s, scene, place);
        for (size_t i = 0; i < n; i++)
            belief[i] = belief_of(s, scene[i]);
        if (n > RV__NETWORK_MAX)
            rv__log(0, "no adjustment of %zu scenes, more than %d: each stands as its pair has it", n, RV__NETWORK_MAX);
        s->adjusted = n > 0 && n <= RV__NETWORK_MAX;
        if (s->adjusted &&
            (err = rv__bundle(e, cov, &excess, &(rv__network){ s->link, s->n_links, belief, n })) == RV_OK)
            take_fields(s, scene, n, e, cov, excess);
    }
    rv__free(scene);
    rv__free(place);
    rv__free(belief);
    rv__free(e);
    rv__free(cov);
    return err;
}

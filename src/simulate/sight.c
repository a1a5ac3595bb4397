/* SPDX-License-Identifier: Apache-2.0 */
/* Ground at reference position p is seen in a frame at q = M p + f(p), f a smooth field and the parallax of the elevation
 * model's error. A pixel asks the other way round, p = M^-1 (q - f(p)), found by two rounds from f = 0; what is left is
 * of the order |f| |grad f|^2, under 1e-4 px. */
#include "simulate/sight.h"

#include <math.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/rng.h"

/* f on the pixel centres of a window, px. */
static int smooth_field(float *fx, float *fy, const rv__site *site, int date, const rv__sim_view *v, rv__window w)
{
    const double gsd = site->opts.gsd_m;
    const size_t n = (size_t)w.width * (size_t)w.height;
    const rv__cells cells = { w.col0, w.row0, gsd, (size_t)w.width, (size_t)w.height };
    const uint32_t seed = (uint32_t)site->opts.seed, key = (uint32_t)date + 1;
    const rv__fbm along = { seed, key, RV__DRAW_FIELD, 500 * gsd, 2, .5 },
                  down = { seed, key, RV__DRAW_FIELD + 500, 500 * gsd, 2, .5 };
    const rv__fbm model = { seed, 0, RV__DRAW_FIELD + 600, 500.0, 3, .5 };
    const float metres = site->opts.relief_m > 0.0 ? (float)(3.0 + .05 * site->opts.relief_m) : 0.0f;
    float *dz = rv__alloc(n, sizeof *dz);
    int err = dz ? RV_OK : RV_ERR_NOMEM;
    if (err == RV_OK && v->field_px > 0.0 && (err = rv__fbm_fill(fx, &along, &cells)) == RV_OK)
        err = rv__fbm_fill(fy, &down, &cells);
    if (err == RV_OK && metres > 0.0f)
        err = rv__fbm_fill(dz, &model, &cells);
    for (size_t i = 0; err == RV_OK && i < n; i++) {
        fx[i] = (float)v->field_px * fx[i] + (float)v->parallax[0] * metres * dz[i];
        fy[i] = (float)v->field_px * fy[i] + (float)v->parallax[1] * metres * dz[i];
    }
    rv__free(dz);
    return err;
}

static double jitter(const rv__site *site, int date, const rv__sim_view *v, double row)
{
    rv__rng g;
    if (v->jitter_px <= 0.0)
        return 0.0;
    rv__rng_init(&g, (uint64_t)site->opts.seed, (uint32_t)(int)floor(row), (uint32_t)date, RV__DRAW_FIELD);
    return v->jitter_px * rv__rng_normal(&g);
}

double rv__sight_reach_px(const rv__site *site, const rv__sim_view *v)
{
    const double size = site->opts.size_px, at[4][2] = { { 0, 0 }, { size, 0 }, { 0, size }, { size, size } };
    double most = 0.0;
    for (int k = 0; k < 4; k++)
        for (int i = 0; i < 2; i++)
            most = fmax(most, fabs(v->m[3 * i] * at[k][0] + v->m[3 * i + 1] * at[k][1] + v->m[3 * i + 2] - at[k][i]));
    const double metres = site->opts.relief_m > 0.0 ? 3.0 + .05 * site->opts.relief_m : 0.0;
    return most + 5.0 * (v->field_px + hypot(v->parallax[0], v->parallax[1]) * metres + v->jitter_px) + 1.0;
}

int rv__displacement(float *dx, float *dy, const rv__site *site, int date, const rv__sim_view *v, rv__window w)
{
    const int err = smooth_field(dx, dy, site, date, v, w);
    double row = NAN, late = 0.0; /* the row of the frame that the last pixel fell on, and its jitter */
    for (int i = 0; err == RV_OK && i < w.height; i++)
        for (int j = 0; j < w.width; j++) {
            const size_t at = (size_t)i * (size_t)w.width + (size_t)j;
            const double x = w.col0 + j + .5, y = w.row0 + i + .5;
            dy[at] += (float)((v->m[4] - 1.0) * y + v->m[3] * x + v->m[5]);
            const double falls_on = floor(y + (double)dy[at]);
            if (falls_on != row)
                late = jitter(site, date, v, row = falls_on);
            dx[at] += (float)((v->m[0] - 1.0) * x + v->m[1] * y + v->m[2] + late);
        }
    return err;
}

/* Linear interpolation of both planes at a pixel position. Whole parts are taken before the window comes in, so that no
 * bit depends on it. */
static void value_at(double out[2], const float *const f[2], rv__window w, double x, double y)
{
    const int far = 1 << 16, col = (int)(x - .5 + far) - far, row = (int)(y - .5 + far) - far; /* floor is a call */
    const double a = x - .5 - col, b = y - .5 - row;
    const int left = col - w.col0, top = row - w.row0;
    const int c = left < 0             ? 0
                  : left > w.width - 2 ? w.width - 2
                                       : left,
              r = top < 0              ? 0
                  : top > w.height - 2 ? w.height - 2
                                       : top;
    for (int k = 0; k < 2; k++) {
        const float *p = f[k] + (size_t)r * (size_t)w.width + (size_t)c, *q = p + w.width;
        out[k] =
            (1 - b) * ((1 - a) * (double)p[0] + a * (double)p[1]) + b * ((1 - a) * (double)q[0] + a * (double)q[1]);
    }
}

static rv_point inverse(const rv__sim_view *v, rv_point q)
{
    const double det = v->m[0] * v->m[4] - v->m[1] * v->m[3], x = q.x - v->m[2], y = q.y - v->m[5];
    return (rv_point){ (v->m[4] * x - v->m[1] * y) / det, (v->m[0] * y - v->m[3] * x) / det };
}

/* Where pixel position q looks, by two rounds of correction. */
static rv_point look_back(const rv__sim_view *v, rv_point q, const float *const f[2], rv__window wide)
{
    rv_point p = inverse(v, q);
    for (int round = 0; round < 2; round++) {
        double g[2];
        value_at(g, f, wide, p.x, p.y);
        p = inverse(v, (rv_point){ q.x - g[0], q.y - g[1] });
    }
    return p;
}

int rv__sights_make(rv__sights *out, const rv__site *site, int date, const rv__sim_view *v, rv__window w)
{
    const int far = (int)ceil(rv__sight_reach_px(site, v)) + 2;
    const rv__window wide = { w.col0 - far, w.row0 - far, w.width + 2 * far, w.height + 2 * far };
    const size_t n = (size_t)w.width * (size_t)w.height, n_wide = (size_t)wide.width * (size_t)wide.height;
    const bool smooth = v->field_px > 0.0 || site->opts.relief_m > 0.0;
    rv__sights s = { w, rv__alloc(n, sizeof(float)), rv__alloc(n, sizeof(float)) };
    float *fx = rv__alloc(smooth ? n_wide : 1, sizeof *fx), *fy = rv__alloc(smooth ? n_wide : 1, sizeof *fy);
    int err = s.x && s.y && fx && fy ? RV_OK : RV_ERR_NOMEM;
    if (err == RV_OK && smooth)
        err = smooth_field(fx, fy, site, date, v, wide);
    for (int r = 0; err == RV_OK && r < w.height; r++) {
        const double late = jitter(site, date, v, w.row0 + r);
        for (int c = 0; c < w.width; c++) {
            const rv_point q = { w.col0 + c + .5 - late, w.row0 + r + .5 };
            const rv_point p = smooth ? look_back(v, q, (const float *const[2]){ fx, fy }, wide) : inverse(v, q);
            s.x[(size_t)r * (size_t)w.width + (size_t)c] = (float)p.x;
            s.y[(size_t)r * (size_t)w.width + (size_t)c] = (float)p.y;
        }
    }
    rv__free(fx);
    rv__free(fy);
    if (err < 0) {
        rv__sights_release(&s);
        return err;
    }
    *out = s;
    return RV_OK;
}

void rv__sights_release(rv__sights *s)
{
    rv__free(s->x);
    rv__free(s->y);
    s->x = s->y = NULL;
}

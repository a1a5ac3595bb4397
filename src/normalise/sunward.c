/* SPDX-License-Identifier: Apache-2.0 */
/* Clouds and their shadows lie apart along one line in the image: away from the sun by height / tan(elevation), less the
 * lean of the view by height * tan(off nadir). The height is the one unknown, and as the clouds of a scene lie in one
 * layer (or the bulk of them does) it is one number a date: that of the largest correlation between the opacity of the
 * moved clouds and the depth of shadow, over the ground that is seen and whose cloud would be within the frame. Moved by a
 * long way only few pixels are left, and few agree by chance: three standard errors of a correlation of as many patches are
 * taken off. The search is done on means of blocks and refined by halving them. */
#include "normalise/sunward.h"

#include "base/mem.h"
#include "geo/ellipsoid.h"
#include "geo/sun.h"

#include <math.h>
#include <string.h>

enum { COARSE_PX = 256, AROUND_PX = 128, DIRECTIONS = 72, APART = 6, PATCH_PX = 150, CAST_LEAST_PX = 60 };

static const double rad = 3.14159265358979323846 / 180, errors = 2, thrown = 25, dark = 27;
static const double near_px = 4;                    /* nearer, a cloud and its shadow are one thing */
static const double next_best = .6;                 /* of the best score: another direction this good leaves it open */
static const double moment_s = 1800, day_s = 86400; /* as long as a time of day may be open */

/* Means of blocks of step x step px. */
typedef struct coarse {
    size_t w, h, step;
    float *cloud, *shade, *seen;
} coarse;

static int stands_well(double azimuth_deg, double elevation_deg)
{
    return isfinite(azimuth_deg) && elevation_deg > 3 && elevation_deg < 89.5;
}

/* A day is no time of day, and midnight is what writers of metadata make of one. */
int rv__sun_of(double *azimuth_deg, double *elevation_deg, const rv_scene_info *info, const rv_grid *grid)
{
    rv_point middle;
    double lon, lat;
    *azimuth_deg = info->sun_azimuth_deg;
    *elevation_deg = info->sun_elevation_deg;
    if (stands_well(*azimuth_deg, *elevation_deg))
        return RV__SUN_TOLD;
    if (!(info->t_max - info->t_min <= moment_s) || !(fmod(info->t_min, day_s) > 0 || info->t_max > info->t_min))
        return RV__SUN_UNKNOWN;
    rv_grid_to_map(grid, .5 * grid->width, .5 * grid->height, &middle.x, &middle.y);
    if (rv__point_lonlat(&lon, &lat, middle, grid) < 0)
        return RV__SUN_UNKNOWN;
    rv__sun_at(azimuth_deg, elevation_deg, .5 * (info->t_min + info->t_max), lon, lat);
    return stands_well(*azimuth_deg, *elevation_deg) ? RV__SUN_BY_TIME : RV__SUN_UNKNOWN;
}

int rv__sun_away(double away[2], const rv_scene_info *info, const rv_grid *grid)
{
    double sun[2], view[2] = { 0, 0 }, azimuth_deg, elevation_deg;
    const double off = isfinite(info->view_off_nadir_deg) ? info->view_off_nadir_deg : 0;
    if (rv__sun_of(&azimuth_deg, &elevation_deg, info, grid) == RV__SUN_UNKNOWN ||
        rv__ground_to_pixel(&sun[0], &sun[1], grid, azimuth_deg) < 0)
        return 0;
    if (isfinite(info->view_azimuth_deg) && off > 0 &&
        rv__ground_to_pixel(&view[0], &view[1], grid, info->view_azimuth_deg) < 0)
        return 0;
    for (int i = 0; i < 2; i++)
        away[i] = view[i] * tan(off * rad) - sun[i] / tan(elevation_deg * rad);
    return 1;
}

static void reduce(const coarse *c, const rv__sky *s)
{
    for (size_t row = 0; row < s->h; row++)
        for (size_t col = 0; col < s->w; col++) {
            const size_t p = row * s->w + col, at = row / c->step * c->w + col / c->step;
            c->cloud[at] += s->cloud[p];
            c->shade[at] += s->hidden[p] ? 0 : s->shade[p];
            c->seen[at] += s->hidden[p] ? 0 : 1;
        }
    for (size_t row = 0; row < c->h; row++)
        for (size_t col = 0; col < c->w; col++) {
            const size_t at = row * c->w + col, rows = s->h - row * c->step, cols = s->w - col * c->step;
            const size_t n = (rows < c->step ? rows : c->step) * (cols < c->step ? cols : c->step);
            c->cloud[at] /= (float)n;
            c->shade[at] = c->seen[at] > 0 ? c->shade[at] / c->seen[at] : 0;
            c->seen[at] = 2 * c->seen[at] > (float)n ? 1.f : 0.f;
        }
}

static int coarse_make(coarse *out, const rv__sky *s, size_t step)
{
    coarse c = { (s->w + step - 1) / step, (s->h + step - 1) / step, step, NULL, NULL, NULL };
    float *planes = rv__alloc(3 * c.w * c.h, sizeof *planes);
    if (!planes)
        return RV_ERR_NOMEM;
    c.cloud = planes;
    c.shade = planes + c.w * c.h;
    c.seen = planes + 2 * c.w * c.h;
    reduce(&c, s);
    *out = c;
    return RV_OK;
}

typedef struct sums {
    double n, p, q, pp, qq, pq, cast, met;
} sums;

static void add_row(sums *m, const coarse *c, size_t row, const ptrdiff_t d[2])
{
    const size_t col0 = d[0] > 0 ? (size_t)d[0] : 0, col1 = d[0] < 0 ? c->w - (size_t)-d[0] : c->w;
    const float *cloud = c->cloud + (row - (size_t)d[1]) * c->w, *shade = c->shade + row * c->w;
    const float *seen = c->seen + row * c->w;
    for (size_t col = col0; col < col1; col++) {
        const double on = (double)seen[col], p = on * (double)cloud[col - (size_t)d[0]], q = on * (double)shade[col];
        m->n += on;
        m->p += p;
        m->q += q;
        m->pp += p * p;
        m->qq += q * q;
        m->pq += p * q;
        m->cast += p > thrown ? 1 : 0;
        m->met += p > thrown && q > dark ? 1 : 0;
    }
}

/* Score of clouds moved by d blocks, and the share of the shadow foretold that is met. */
static double score(double *met, const coarse *c, const ptrdiff_t d[2])
{
    sums m = { 0 };
    *met = 0;
    if ((size_t)(d[0] < 0 ? -d[0] : d[0]) >= c->w || (size_t)(d[1] < 0 ? -d[1] : d[1]) >= c->h)
        return 0;
    const size_t row0 = d[1] > 0 ? (size_t)d[1] : 0, row1 = d[1] < 0 ? c->h - (size_t)-d[1] : c->h;
    for (size_t row = row0; row < row1; row++)
        add_row(&m, c, row, d);
    const double px = (double)(c->step * c->step), patches = m.n * px / PATCH_PX;
    if (m.cast * px < CAST_LEAST_PX || patches < 4)
        return 0;
    *met = m.met / m.cast;
    const double pp = m.pp - m.p * m.p / m.n, qq = m.qq - m.q * m.q / m.n, pq = m.pq - m.p * m.q / m.n;
    return pp > 0 && qq > 0 ? pq / sqrt(pp * qq) - errors / sqrt(patches) : 0;
}

static double score_at(double *met, const coarse *c, const rv__sky *s, double height_m)
{
    const ptrdiff_t d[2] = { (ptrdiff_t)floor(height_m * s->away[0] / (double)c->step + .5),
                             (ptrdiff_t)floor(height_m * s->away[1] / (double)c->step + .5) };
    return score(met, c, d);
}

/* Best height in steps of one block from lo to hi. */
static void search(rv__cast *out, const coarse *c, const rv__sky *s, double lo, double hi)
{
    const double a = fmax(fabs(s->away[0]), fabs(s->away[1])), step = (double)c->step / a;
    out->score = 0;
    for (double h = lo; h <= hi; h += step) {
        double met;
        const double r = score_at(&met, c, s, h);
        if (r > out->score) {
            out->score = r;
            out->met = met;
            out->height_m = h;
        }
    }
}

int rv__cast_find(rv__cast *out, const rv__sky *sky)
{
    const double a = fmax(fabs(sky->away[0]), fabs(sky->away[1]));
    const double across = (double)(sky->w > sky->h ? sky->w : sky->h);
    double lo = sky->height_m[0], hi = fmin(sky->height_m[1], across / a);
    size_t step = 1;
    rv__cast best = { 0 };
    while (sky->w / step > COARSE_PX || sky->h / step > COARSE_PX)
        step *= 2;
    *out = best;
    if (!(a > 0))
        return RV_OK;
    for (; step >= 1; step /= 2) {
        coarse c;
        const int err = coarse_make(&c, sky, step);
        if (err < 0)
            return err;
        search(&best, &c, sky, lo, hi);
        rv__free(c.cloud);
        if (!(best.score > 0))
            return RV_OK;
        lo = fmax(sky->height_m[0], best.height_m - 2 * (double)step / a);
        hi = best.height_m + 2 * (double)step / a;
    }
    best.px[0] = best.height_m * sky->away[0];
    best.px[1] = best.height_m * sky->away[1];
    *out = best;
    return RV_OK;
}

/* Half the frame: farther, too little of the clouds is left in it to tell. */
static double reach_of(const rv__sky *sky)
{
    return .5 * (double)(sky->w > sky->h ? sky->w : sky->h);
}

/* Best score in every direction, on blocks. */
static int scan(rv__cast of[DIRECTIONS], const rv__sky *sky)
{
    size_t step = 1;
    coarse c;
    while (sky->w / step > AROUND_PX || sky->h / step > AROUND_PX)
        step *= 2;
    const int err = coarse_make(&c, sky, step);
    if (err < 0)
        return err;
    const double far = reach_of(sky);
    for (int k = 0; k < DIRECTIONS; k++) {
        rv__sky one = *sky;
        one.away[0] = cos(2 * rad * 180 * k / DIRECTIONS);
        one.away[1] = sin(2 * rad * 180 * k / DIRECTIONS);
        of[k] = (rv__cast){ 0 };
        search(&of[k], &c, &one, near_px, far);
    }
    rv__free(c.cloud);
    return RV_OK;
}

int rv__cast_around(rv__cast *out, const rv__sky *sky)
{
    rv__cast of[DIRECTIONS];
    int best = 0;
    double other = 0;
    int err = scan(of, sky);
    *out = (rv__cast){ 0 };
    if (err < 0)
        return err;
    for (int k = 1; k < DIRECTIONS; k++)
        best = of[k].score > of[best].score ? k : best;
    for (int k = 0; k < DIRECTIONS; k++) {
        const int d = k > best ? k - best : best - k, way = d < DIRECTIONS - d ? d : DIRECTIONS - d;
        other = way > APART && of[k].score > other ? of[k].score : other;
    }
    if (!(of[best].score > 0) || other > next_best * of[best].score)
        return RV_OK;
    rv__sky one = *sky;
    one.away[0] = cos(2 * rad * 180 * best / DIRECTIONS);
    one.away[1] = sin(2 * rad * 180 * best / DIRECTIONS);
    one.height_m[0] = near_px;
    one.height_m[1] = reach_of(sky);
    return rv__cast_find(out, &one);
}

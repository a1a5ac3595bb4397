/* SPDX-License-Identifier: Apache-2.0 */
/* The window around a structure: pixels of every chosen scene, a mask (cloud, far away, outside), the direction and length
 * of shadow and lean, and the columns of the ground model
 *
 *     g = a0 + sum_j a_j G_j + sum_k c_k phi_k
 *
 * with G_j the bands of the place as it was before (mean-free) and phi_k Gaussian bumps on a coarse lattice, which carry
 * what the before-image cannot know: yards, seasons, works. */
#include "measure/patch.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/robust.h"
#include "geo/ellipsoid.h"
#include "measure/render.h"
#include "raster/coverage.h"

static const double RAD = 3.14159265358979323846 / 180.0;

enum { WINDOW_MAX = 90000, BUMPS_MAX = 36, BEFORE_BANDS = 4 };

static const double LIKELY_HEIGHT_M = 12.0;
static const double RINGS[] = { 1.0, 2.0, 3.5 };

typedef struct reading {
    const rv_stack *stack;
    rv__patch *patch;
    const rv__shape *shape;
    double far_px; /* how far around outline and shadow pixels count */
    float *data, *before;
    uint8_t *mask, *before_seen;
} reading;

static void light_of(rv__view *v, const rv_stack *stack)
{
    const rv_scene_info *f = rv_stack_facts(stack, v->t);
    double dc, dr;
    if (isfinite(f->sun_azimuth_deg) && isfinite(f->sun_elevation_deg) && f->sun_elevation_deg > 5.0 &&
        rv__ground_to_pixel(&dc, &dr, rv_stack_grid(stack), f->sun_azimuth_deg) == RV_OK) {
        const double reach = 1.0 / tan(f->sun_elevation_deg * RAD);
        v->has_sun = true;
        v->shadow[0] = -dc * reach;
        v->shadow[1] = -dr * reach;
    }
    if (isfinite(f->view_azimuth_deg) && isfinite(f->view_off_nadir_deg) &&
        rv__ground_to_pixel(&dc, &dr, rv_stack_grid(stack), f->view_azimuth_deg) == RV_OK) {
        const double reach = tan(f->view_off_nadir_deg * RAD);
        v->has_view = reach > 1e-4;
        v->lean[0] = -dc * reach;
        v->lean[1] = -dr * reach;
    }
}

/* Shadows longer than twice the structure tell no more, and bring neighbours in. */
static void likely_shadow(double out[2], const rv__view *v, double extent_px)
{
    const double length = hypot(v->shadow[0], v->shadow[1]) * LIKELY_HEIGHT_M;
    const double share = length > 2.2 * extent_px ? 2.2 * extent_px / length : 1.0;
    out[0] = v->shadow[0] * LIKELY_HEIGHT_M * share;
    out[1] = v->shadow[1] * LIKELY_HEIGHT_M * share;
}

static double extent_of(const rv__shape *s)
{
    double most = 0.0;
    for (int i = 0; i < s->n; i++)
        most = fmax(most, hypot(s->base[i].x - s->cx, s->base[i].y - s->cy));
    return most;
}

static int place_window(rv__patch *p, rv__shape *s, double far_px)
{
    double lo[2] = { INFINITY, INFINITY }, hi[2] = { -INFINITY, -INFINITY };
    const double extent = extent_of(s);
    for (int i = 0; i < s->n; i++) {
        const double at[2] = { s->base[i].x, s->base[i].y };
        for (int k = 0; k < 2; k++) {
            lo[k] = fmin(lo[k], at[k] - far_px - 1.0);
            hi[k] = fmax(hi[k], at[k] + far_px + 1.0);
            for (int t = 0; t < p->n_views; t++) {
                double d[2];
                likely_shadow(d, &p->view[t], extent);
                lo[k] = fmin(lo[k], at[k] + d[k] - 0.6 * far_px);
                hi[k] = fmax(hi[k], at[k] + d[k] + 0.6 * far_px);
            }
        }
    }
    p->col0 = (int)floor(lo[0]);
    p->row0 = (int)floor(lo[1]);
    p->w = (int)ceil(hi[0]) - p->col0;
    p->h = (int)ceil(hi[1]) - p->row0;
    if (!(p->w > 0 && p->h > 0 && (double)p->w * p->h <= WINDOW_MAX))
        return rv__fail(RV_ERR_NODATA, "the window of %d x %d px is too large to fit (limit %d px)", p->w, p->h,
                        (int)WINDOW_MAX);
    /* Three cells a pixel; two are enough (.0005 px of edge) where the object is large, and cost half. */
    p->over = p->w * p->h < 3600 ? 3 : 2;
    for (int i = 0; i < s->n; i++) {
        s->base[i].x -= p->col0;
        s->base[i].y -= p->row0;
    }
    s->cx -= p->col0;
    s->cy -= p->row0;
    return RV_OK;
}

/* 1 where a pixel lies within far_px (along rows and columns) of the outline or its likely shadow. */
static int near_mask(uint8_t *out, const reading *r, const rv__view *v)
{
    const rv__patch *p = r->patch;
    const size_t n = (size_t)p->w * (size_t)p->h;
    const int reach = (int)ceil(r->far_px);
    rv__view seen = *v;
    rv__patch coarse = *p;
    float *field[RV__FIELDS] = { NULL, NULL, NULL };
    rv_point outline[RV__EDGES_MAX];
    const double still[RV__EDGES_MAX + 1] = { 0.0 };
    uint8_t *hit = rv__alloc(n, 1);
    float *planes = rv__alloc(n * RV__FIELDS, sizeof *planes);
    int err = hit && planes ? RV_OK : RV_ERR_NOMEM;
    if (err == RV_OK) {
        const rv__pose pose = { 1.0, 0.4, 0.0, 0.0 };
        for (size_t k = 0; k < RV__FIELDS; k++)
            field[k] = planes + k * n;
        likely_shadow(seen.shadow, v, extent_of(r->shape));
        rv__shape_outline(outline, r->shape, still);
        coarse.over = 2;
        err = rv__render(field, &coarse, &seen, outline, r->shape->n, &pose);
    }
    for (int i = 0; err == RV_OK && i < p->h; i++)
        for (int j = 0; j < p->w; j++) {
            const size_t at = (size_t)i * (size_t)p->w + (size_t)j;
            if (field[RV__ROOF][at] + field[RV__SHADOW][at] > 0.05f)
                for (int k = j > reach ? j - reach : 0; k <= j + reach && k < p->w; k++)
                    hit[(size_t)i * (size_t)p->w + (size_t)k] = 1;
        }
    for (int i = 0; err == RV_OK && i < p->h; i++)
        for (int k = i > reach ? i - reach : 0; k <= i + reach && k < p->h; k++)
            for (int j = 0; j < p->w; j++)
                out[(size_t)k * (size_t)p->w + (size_t)j] |= hit[(size_t)i * (size_t)p->w + (size_t)j];
    rv__free(planes);
    rv__free(hit);
    return err;
}

static int read_before(reading *r, const rv__epoch *epoch)
{
    const rv__patch *p = r->patch;
    const size_t n = (size_t)p->w * (size_t)p->h;
    const int window[4] = { p->col0, p->row0, p->w, p->h };
    for (int k = 0; k < epoch->n_before; k++) {
        const int err = rv_stack_read(r->stack, r->data, r->mask, epoch->before[k], window);
        if (err < 0)
            return err;
        for (size_t i = 0; i < n; i++) {
            if (r->mask[i] != RV_MASK_CLEAR && r->mask[i] != RV_MASK_HAZE)
                continue;
            r->before_seen[i]++;
            for (int b = 0; b < p->bands; b++)
                r->before[(size_t)b * n + i] += r->data[(size_t)b * n + i];
        }
    }
    return RV_OK;
}

/* Mean-free band of the place before, as a column over the view's pixels. */
static void before_column(float *out, const reading *r, const rv__view *v, int band)
{
    const size_t n = (size_t)r->patch->w * (size_t)r->patch->h;
    double sum = 0.0;
    size_t seen = 0;
    for (size_t i = 0; i < v->n; i++)
        if (r->before_seen[v->at[i]]) {
            sum += (double)(r->before[(size_t)band * n + v->at[i]] / r->before_seen[v->at[i]]);
            seen++;
        }
    const float mean = seen ? (float)(sum / (double)seen) : 0.0f;
    for (size_t i = 0; i < v->n; i++) {
        const uint8_t k = r->before_seen[v->at[i]];
        const float value = k ? r->before[(size_t)band * n + v->at[i]] / (float)k - mean : 0.0f;
        out[i] = value / (float)fmax(v->level[band], 1e-6);
    }
}

/* A bump is kept when a quarter of the fullest one's mass falls on usable ground outside the outline. */
static void add_bumps(rv__view *v, const reading *r, const uint8_t *inside)
{
    const rv__patch *p = r->patch;
    const double spacing = fmax(r->far_px >= 8.0 ? 8.0 : 3.0, sqrt((double)p->w * p->h / BUMPS_MAX));
    const int nx = (int)ceil((p->w - spacing / 2) / spacing), ny = (int)ceil((p->h - spacing / 2) / spacing);
    double full = 0.0, mass[RV__GROUND_MAX] = { 0.0 };
    const int first = v->n_ground;
    for (int k = 0; k < nx * ny && v->n_ground < RV__GROUND_MAX; k++) {
        const double x = spacing * (k % nx + .5), y = spacing * (k / nx + .5), scale = 1.0 / (.8 * spacing);
        float *column = v->ground + (size_t)v->n_ground * v->n;
        double sum = 0.0;
        for (size_t i = 0; i < v->n; i++) {
            const double dx = (v->at[i] % (uint32_t)p->w + .5 - x) * scale;
            const double dy = (v->at[i] / (uint32_t)p->w + .5 - y) * scale;
            column[i] = (float)exp(-.5 * (dx * dx + dy * dy));
            sum += inside[v->at[i]] ? 0.0 : (double)column[i];
        }
        full = fmax(full, sum);
        mass[v->n_ground++] = sum;
    }
    int kept = first;
    for (int k = first; k < v->n_ground; k++)
        if (mass[k] > .25 * full) {
            if (kept != k)
                memcpy(v->ground + (size_t)kept * v->n, v->ground + (size_t)k * v->n, v->n * sizeof *v->ground);
            kept++;
        }
    v->n_ground = kept;
}

static void fill_values(rv__view *v, const reading *r, float *scratch)
{
    const size_t n = (size_t)r->patch->w * (size_t)r->patch->h;
    for (int b = 0; b < r->patch->bands; b++) {
        float *y = v->y + (size_t)b * v->n;
        for (size_t i = 0; i < v->n; i++)
            y[i] = r->data[(size_t)b * n + v->at[i]];
        memcpy(scratch, y, v->n * sizeof *y);
        v->level[b] = fmax((double)rv__median_f(scratch, v->n), 1e-6);
        for (size_t i = 0; i < v->n; i++)
            y[i] /= (float)v->level[b];
    }
}

static int read_view(reading *r, rv__view *v)
{
    const rv__patch *p = r->patch;
    const size_t n = (size_t)p->w * (size_t)p->h;
    const int window[4] = { p->col0, p->row0, p->w, p->h };
    uint8_t *near = rv__alloc(n, 1), *inside = rv__alloc(n, 1);
    float *share = rv__alloc(n, sizeof *share);
    v->at = rv__alloc(n, sizeof *v->at);
    v->y = rv__alloc(n * (size_t)p->bands, sizeof *v->y);
    v->ground = rv__alloc(n * RV__GROUND_MAX, sizeof *v->ground);
    int err = near && inside && share && v->at && v->y && v->ground ? RV_OK : RV_ERR_NOMEM;
    rv_point corner[RV__EDGES_MAX];
    memcpy(corner, r->shape->base, sizeof corner);
    rv_ring ring = { corner, (size_t)r->shape->n };
    const rv_polygon outline = { &ring, 1 };
    if (err < 0 || (err = near_mask(near, r, v)) < 0 ||
        (err = rv__coverage(share, (size_t)p->w, (size_t)p->h, 0.0, 0.0, &outline)) < 0 ||
        (err = rv_stack_read(r->stack, r->data, r->mask, v->t, window)) < 0)
        goto done;
    for (size_t i = 0; i < n; i++) {
        inside[i] = share[i] > .5f;
        if (near[i] && (r->mask[i] == RV_MASK_CLEAR || r->mask[i] == RV_MASK_HAZE))
            v->at[v->n++] = (uint32_t)i;
    }
    if (v->n < 24) {
        err = rv__fail(RV_ERR_NODATA, "only %zu clear pixels around the outline", v->n);
        goto done;
    }
    fill_values(v, r, share);
    for (size_t i = 0; i < v->n; i++)
        v->ground[i] = 1.0f;
    v->n_ground = 1;
    if (p->has_before)
        for (int b = 0; b < p->bands && b < BEFORE_BANDS; b++)
            before_column(v->ground + (size_t)v->n_ground++ * v->n, r, v, b);
    v->n_before = v->n_ground - 1;
    v->n_rings = (int)(sizeof RINGS / sizeof *RINGS); /* filled by rv__patch_rings */
    v->n_ground += v->n_rings;
    add_bumps(v, r, inside);
done:
    rv__free(share);
    rv__free(inside);
    rv__free(near);
    return err;
}

static void shadow_levels(rv__patch *p, const char *roles)
{
    /* Skylight's share of all light under a clear sky: more in blue than in infrared. */
    static const char known[] = "BGRN";
    static const double share[] = { .35, .26, .20, .12 };
    for (int b = 0; b < p->bands; b++) {
        const char *k = strchr(known, roles[b]);
        p->shadow_mean[b] = (k && *k ? share[k - known] : .25) - .25;
    }
}

int rv__patch_read(rv__patch *out, rv__shape *shape, const rv__epoch *epoch, const rv_stack *stack)
{
    rv__patch patch = { .bands = rv_stack_bands(stack), .n_views = epoch->n_after };
    reading r = { .stack = stack, .patch = &patch, .shape = shape, .far_px = 6.0 };
    double col_m, row_m;
    patch.has_before = epoch->n_before > 0;
    if (rv_grid_pixel_size_m(rv_stack_grid(stack), &col_m, &row_m) == RV_OK)
        r.far_px = fmin(col_m, row_m) > 1.5 ? 4.5 : 8.0;
    shadow_levels(&patch, rv_stack_roles(stack));
    for (int k = 0; k < patch.n_views; k++) {
        patch.view[k].t = epoch->after[k];
        light_of(&patch.view[k], stack);
        const double sigma = rv_stack_transform(stack, epoch->after[k])->sigma_px;
        patch.view[k].shift_sd = patch.n_views > 1 ? fmin(fmax(isfinite(sigma) ? sigma : .08, .05), .3) : 0.0;
    }
    int err = place_window(&patch, shape, r.far_px);
    const size_t n = (size_t)patch.w * (size_t)patch.h;
    if (err < 0)
        return err;
    r.data = rv__alloc(n * (size_t)patch.bands, sizeof *r.data);
    r.before = rv__alloc(n * (size_t)patch.bands, sizeof *r.before);
    r.mask = rv__alloc(n, 1);
    r.before_seen = rv__alloc(n, 1);
    err = r.data && r.before && r.mask && r.before_seen ? read_before(&r, epoch) : RV_ERR_NOMEM;
    for (int k = 0; err == RV_OK && k < patch.n_views; k++)
        err = read_view(&r, &patch.view[k]);
    rv__free(r.before_seen);
    rv__free(r.mask);
    rv__free(r.before);
    rv__free(r.data);
    if (err < 0)
        rv__patch_release(&patch);
    else
        *out = patch;
    return err;
}

/* Yards and pavements hug the walls, narrower than any bump: plates that reach RINGS[k] px past the outline. */
static int fill_rings(rv__view *v, const rv__patch *patch, const rv__shape *shape, const double *param, float *planes)
{
    const size_t n = (size_t)patch->w * (size_t)patch->h;
    const rv__view bare = { .has_sun = false };
    const rv__pose pose = { 1.0, 0.72, 0.0, 0.0 };
    float *field[RV__FIELDS] = { planes, planes + n, planes + 2 * n };
    for (int k = 0; k < v->n_rings; k++) {
        double grown[RV__EDGES_MAX + 1];
        rv_point outline[RV__EDGES_MAX];
        for (int i = 0; i < shape->n; i++)
            grown[i] = param[i] + RINGS[k];
        grown[shape->n] = param[shape->n];
        rv__shape_outline(outline, shape, grown);
        const int err = rv__render(field, patch, &bare, outline, shape->n, &pose);
        if (err < 0)
            return err;
        float *column = v->ground + (size_t)(1 + v->n_before + k) * v->n;
        for (size_t i = 0; i < v->n; i++)
            column[i] = field[RV__ROOF][v->at[i]];
    }
    return RV_OK;
}

int rv__patch_rings(rv__patch *patch, const rv__shape *shape, const double *param)
{
    float *planes = rv__alloc((size_t)patch->w * (size_t)patch->h * RV__FIELDS, sizeof *planes);
    int err = planes ? RV_OK : RV_ERR_NOMEM;
    for (int k = 0; err == RV_OK && k < patch->n_views; k++)
        err = fill_rings(&patch->view[k], patch, shape, param, planes);
    rv__free(planes);
    return err;
}

void rv__patch_release(rv__patch *patch)
{
    for (int k = 0; k < patch->n_views; k++) {
        rv__free(patch->view[k].ground);
        rv__free(patch->view[k].y);
        rv__free(patch->view[k].at);
    }
    *patch = (rv__patch){ .w = 0 };
}

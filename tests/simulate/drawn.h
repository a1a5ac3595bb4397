/* SPDX-License-Identifier: Apache-2.0 */
/* Sites and whole pictures of them, for the tests of this folder. */
#ifndef RV_TEST_DRAWN_H
#define RV_TEST_DRAWN_H

#include "base/mem.h"
#include "lib/test.h"
#include "simulate/draw.h"
#include "simulate/site.h"

/** One date of a site, plane after plane. */
typedef struct picture {
    size_t size, bands;
    uint16_t *value;
    float *displacement, *air; /* 2 and 3 planes */
    uint8_t *mask;
} picture;

/* Failing to allocate ends the test. */
static inline void *drawn_bytes(size_t n)
{
    void *p = rv__alloc(n, 1);
    if (!p)
        abort();
    return p;
}

static inline picture picture_new(const rv__site *site, size_t rows)
{
    const size_t size = (size_t)site->opts.size_px, n = rows * size,
                 bands = (size_t)rv__sensor_of(&site->opts)->n_bands;
    return (
        picture){ size, bands, drawn_bytes(2 * n * bands), drawn_bytes(8 * n), drawn_bytes(12 * n), drawn_bytes(n) };
}

static inline void picture_free(picture *p)
{
    rv__free(p->value);
    rv__free(p->displacement);
    rv__free(p->air);
    rv__free(p->mask);
}

typedef struct strip {
    size_t size, row0, rows;
} strip;

/* Rows of some planes to their place in the whole. */
static inline void paste(void *whole, const void *part, strip s, size_t planes, size_t bytes)
{
    const size_t line = s.size * bytes;
    for (size_t k = 0; k < planes; k++)
        memcpy((char *)whole + (k * s.size + s.row0) * line, (const char *)part + k * s.rows * line, s.rows * line);
}

/* Dates [first, first + n), at most 4, as one batch, in strips of some rows. */
static inline void draw_in_strips(picture *out, const rv__site *site, int first, int n, int height)
{
    rv__relief relief;
    rv__batch *batch = NULL;
    const int size = site->opts.size_px;
    CHECK(rv__relief_make(&relief, site) == RV_OK);
    CHECK(rv__batch_new(&batch, site, &relief, first, n) == RV_OK);
    for (int row = 0; batch && row < size; row += height) {
        const int rows = row + height <= size ? height : size - row;
        picture part[4];
        rv__rows want[4];
        for (int k = 0; k < n; k++) {
            part[k] = picture_new(site, (size_t)rows);
            want[k] = (rv__rows){ part[k].value, part[k].displacement, part[k].air, part[k].mask };
        }
        CHECK(rv__batch_rows(want, batch, row, rows) == RV_OK);
        for (int k = 0; k < n; k++) {
            const strip at = { (size_t)size, (size_t)row, (size_t)rows };
            paste(out[k].value, part[k].value, at, out[k].bands, 2);
            paste(out[k].displacement, part[k].displacement, at, 2, 4);
            paste(out[k].air, part[k].air, at, 3, 4);
            paste(out[k].mask, part[k].mask, at, 1, 1);
            picture_free(&part[k]);
        }
    }
    rv__batch_free(batch);
    rv__relief_release(&relief);
}

/* A date, drawn at once. */
static inline picture draw_date(const rv__site *site, int date)
{
    picture p = picture_new(site, (size_t)site->opts.size_px);
    draw_in_strips(&p, site, date, 1, site->opts.size_px);
    return p;
}

/* Options of a suite, made small; fine pixels are widened, or no building would find room. */
static inline rv_simulate_opts small_suite(rv_suite suite, rv_style style, int seed, int size_px)
{
    rv_simulate_opts o = RV_SIMULATE_OPTS_INIT;
    CHECK(rv_simulate_suite(&o, suite, style, seed) == RV_OK);
    o.size_px = size_px;
    o.gsd_m = fmax(o.gsd_m, 2.5);
    o.dates = o.dates < 3 ? o.dates : 3;
    o.buildings_old = 1;
    o.buildings_new = o.buildings_new > 0 && suite != RV_SUITE_PLAIN;
    return o;
}

/* Flat and bare, without buildings, air or noise: put_up adds what a test is about. */
static inline rv_simulate_opts plain_opts(int seed, int size_px)
{
    rv_simulate_opts o = small_suite(RV_SUITE_PLAIN, RV_STYLE_A, seed, size_px);
    o.noise = o.haze = o.cloud_share = o.off_nadir_deg = 0.0;
    o.buildings_old = 0;
    return o;
}

static inline rv__site *site_new(const rv_simulate_opts *o)
{
    rv__site *site = drawn_bytes(sizeof *site);
    CHECK(rv__site_build(site, o) == RV_OK);
    return site;
}

static inline void site_free(rv__site *site)
{
    rv__site_release(site);
    rv__free(site);
}

/* A flat grey roof that has always been there; the site's list has room for many. */
static inline rv__sim_building *put_up(rv__site *site, rv__shape shape, double x, double y, double half_u,
                                       double half_v)
{
    rv__sim_building *b = &site->building[site->n_buildings++];
    *b = (rv__sim_building){ .old = true, .kind = RV_KIND_BUILDING, .extends = -1, .shape = shape, .x = x, .y = y };
    b->half[0] = half_u;
    b->half[1] = half_v;
    b->cut[0] = .45;
    b->cut[1] = .35;
    b->angle = .3;
    b->again_t = b->t_end = INFINITY;
    b->t_start = b->t_earth = b->t_slab = b->t_frame = b->t_complete = -INFINITY;
    b->reach_m = hypot(half_u, half_v) + 6.0;
    for (int k = 0; k < RV__SIM_BANDS; k++)
        b->roof[k] = b->wall[k] = .4;
    return b;
}

#endif

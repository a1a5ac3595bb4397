/* SPDX-License-Identifier: Apache-2.0 */
/* The stated shift, turn and smooth field are in the pixels; the sun stands where the almanac has it. */
#include "base/time.h"
#include "drawn.h"
#include "raster/filter.h"
#include "geo/sun.h"

/* Band 0, smoothed: least squares wants pictures that are straight over a pixel. */
static float *smoothed(const picture *p)
{
    const size_t n = p->size * p->size;
    float *f = drawn_bytes(n * sizeof *f);
    for (size_t i = 0; i < n; i++)
        f[i] = p->value[i];
    CHECK(rv__gaussian(f, f, p->size, p->size, 2.0) == RV_OK);
    return f;
}

/* Half the derivative, of fourth order: the plain difference is 3 % too flat here. */
static double slope(const float *p, size_t step)
{
    return (8.0 * (double)(p[step] - *(p - step)) - (double)(p[2 * step] - *(p - 2 * step))) / 24.0;
}

/* Least squares on the gradient [lucas1981] of a window: how far g lies from f beyond what is stated (two planes or NULL), px. */
static void estimate(double d[2], const float *f, const float *g, const float *stated, size_t width, rv__window w)
{
    double xx = 0.0, xy = 0.0, yy = 0.0, xt = 0.0, yt = 0.0;
    for (int r = w.row0; r < w.row0 + w.height; r++)
        for (int c = w.col0; c < w.col0 + w.width; c++) {
            const size_t i = (size_t)r * width + (size_t)c;
            const double gx = slope(f + i, 1) + slope(g + i, 1), gy = slope(f + i, width) + slope(g + i, width);
            const double told = stated ? gx * (double)stated[i] + gy * (double)stated[width * width + i] : 0.0;
            const double t = (double)(f[i] - g[i]) - told;
            xx += gx * gx;
            xy += gx * gy;
            yy += gy * gy;
            xt += gx * t;
            yt += gy * t;
        }
    const double det = xx * yy - xy * xy;
    d[0] = (yy * xt - xy * yt) / det;
    d[1] = (xx * yt - xy * xt) / det;
}

static void set_shift(rv__sim_date *d, double x, double y)
{
    d->shift_px[0] = x;
    d->shift_px[1] = y;
    for (int k = 0; k < d->n_views; k++) {
        d->view[k].m[2] = x;
        d->view[k].m[5] = y;
    }
}

TEST(the_stated_shift_is_in_the_pixels)
{
    rv_simulate_opts o = plain_opts(5, 160);
    rv__site *site = site_new(&o);
    picture a = draw_date(site, 0);
    set_shift(&site->date[0], .3, -.2);
    picture b = draw_date(site, 0);
    float *f = smoothed(&a), *g = smoothed(&b);
    double d[2];
    estimate(d, f, g, NULL, 160, (rv__window){ 9, 9, 142, 142 });
    CHECK_NEAR(d[0], .3, .004);
    CHECK_NEAR(d[1], -.2, .004);
    for (size_t i = 0; i < 160 * 160; i++) {
        CHECK_NEAR(b.displacement[i], .3, 2e-4);
        CHECK_NEAR(b.displacement[160 * 160 + i], -.2, 2e-4);
    }
    rv__free(f);
    rv__free(g);
    picture_free(&a);
    picture_free(&b);
    site_free(site);
}

/* Share of the blocks in which what is stated leaves less than .015 px. */
static double share_of_good_blocks(const picture *a, const picture *b)
{
    enum { BLOCK = 36, SIZE = 192 };
    float *f = smoothed(a), *g = smoothed(b);
    int good = 0, n = 0;
    for (int row = 9; row + BLOCK < SIZE - 8; row += BLOCK)
        for (int col = 9; col + BLOCK < SIZE - 8; col += BLOCK) {
            double d[2];
            estimate(d, f, g, b->displacement, SIZE, (rv__window){ col, row, BLOCK, BLOCK });
            good += hypot(d[0], d[1]) < .015;
            n++;
        }
    rv__free(f);
    rv__free(g);
    return (double)good / n;
}

static double range_of(const float *plane, size_t n)
{
    float lo = plane[0], hi = plane[0];
    for (size_t i = 1; i < n; i++) {
        lo = fminf(lo, plane[i]);
        hi = fmaxf(hi, plane[i]);
    }
    return (double)(hi - lo);
}

TEST(the_stated_displacement_with_its_turn_and_smooth_field_is_in_the_pixels)
{
    rv_simulate_opts o = plain_opts(9, 192);
    const double turn = .15 * acos(-1.0) / 180.0, c = 96.0;
    rv__site *site = site_new(&o);
    picture a = draw_date(site, 0);
    rv__sim_view *v = &site->date[0].view[0];
    const double m[6] = { cos(turn), -sin(turn), c - c * cos(turn) + c * sin(turn) + .2,
                          sin(turn), cos(turn),  c - c * sin(turn) - c * cos(turn) - .1 };
    memcpy(v->m, m, sizeof m);
    v->field_px = .3;
    picture b = draw_date(site, 0);
    CHECK(share_of_good_blocks(&a, &b) == 1.0);
    CHECK(range_of(b.displacement, 192 * 192) > .3 && range_of(b.displacement + 192 * 192, 192 * 192) > .3);
    picture_free(&a);
    picture_free(&b);
    site_free(site);
}

/* A mosaic's looks lie apart by their own shifts, and the raster is the truth of every pixel; blocks across a seam may miss. */
TEST(the_stated_displacement_of_a_mosaic_is_that_of_the_look_a_pixel_comes_from)
{
    rv_simulate_opts o = plain_opts(9, 192);
    o.sensor = RV_SENSOR_SN7;
    rv__site *site = site_new(&o);
    rv__sim_date *d = &site->date[0];
    for (int k = 1; k < d->n_views; k++)
        d->view[k] = d->view[0];
    picture a = draw_date(site, 0);
    for (int k = 0; k < d->n_views; k++)
        d->view[k].m[2] = .4 * (k % 3 - 1);
    picture b = draw_date(site, 0);
    CHECK(share_of_good_blocks(&a, &b) > .7);
    CHECK(range_of(b.displacement, 192 * 192) > .3);
    picture_free(&a);
    picture_free(&b);
    site_free(site);
}

TEST(the_middle_of_a_frame_moves_by_the_stated_shift_and_the_first_date_stays)
{
    rv_simulate_opts o = small_suite(RV_SUITE_X, RV_STYLE_A, 14, 96);
    o.rotation_deg = .5;
    rv__site *site = site_new(&o);
    CHECK(site->date[0].shift_px[0] == 0.0 && site->date[0].shift_px[1] == 0.0 && !site->date[0].cloudy);
    for (int k = 1; k < o.dates; k++) {
        const double *m = site->date[k].view[0].m, c = 48.0;
        CHECK_NEAR(m[0] * c + m[1] * c + m[2] - c, site->date[k].shift_px[0], 1e-9); /* the middle moves by the shift */
        CHECK_NEAR(m[3] * c + m[4] * c + m[5] - c, site->date[k].shift_px[1], 1e-9);
        CHECK_NEAR(m[0] * m[4] - m[1] * m[3], 1.0, .002);
        CHECK_NEAR(m[1] + m[3], 0.0, 1e-12);
    }
    site_free(site);
}

/* The Astronomical Almanac's low-precision formulas (.01 degrees), by ecliptic longitude and sidereal time: another road to
 * the same place. */
static void almanac_sun(double *az, double *el, double t, double lon, double lat)
{
    const double rad = acos(-1.0) / 180.0, n = t / 86400.0 + 2440587.5 - 2451545.0;
    const double g = (357.528 + .9856003 * n) * rad, e = (23.439 - 4e-7 * n) * rad;
    const double l = (280.460 + .9856474 * n + 1.915 * sin(g) + .020 * sin(2 * g)) * rad;
    const double right_ascension = atan2(cos(e) * sin(l), cos(l)), declination = asin(sin(e) * sin(l));
    const double h = (280.46062 + 360.98564737 * n + lon) * rad - right_ascension, f = lat * rad;
    const double up = sin(declination) * sin(f) + cos(declination) * cos(f) * cos(h);
    *el = asin(up) / rad;
    *az = fmod(atan2(-cos(declination) * sin(h), sin(declination) * cos(f) - cos(declination) * sin(f) * cos(h)) / rad +
                   360.0,
               360.0);
}

TEST(the_sun_stands_where_the_almanac_has_it)
{
    for (int k = 0; k < 24; k++) {
        const double t = rv__time_of_date(2023, 1 + k % 12, 3 + k) + (7.0 + .4 * k) * 3600.0;
        double az, el, az0, el0;
        rv__sun_at(&az, &el, t, 20.0, -35.0 + 4.0 * k);
        almanac_sun(&az0, &el0, t, 20.0, -35.0 + 4.0 * k);
        CHECK_NEAR(el, el0, .15);
        CHECK_NEAR(fmod(az - az0 + 540.0, 360.0), 180.0, el0 < 70.0 ? .4 : 1.0);
    }
}

TESTS(RUN(the_stated_shift_is_in_the_pixels),
      RUN(the_stated_displacement_with_its_turn_and_smooth_field_is_in_the_pixels),
      RUN(the_stated_displacement_of_a_mosaic_is_that_of_the_look_a_pixel_comes_from),
      RUN(the_middle_of_a_frame_moves_by_the_stated_shift_and_the_first_date_stays),
      RUN(the_sun_stands_where_the_almanac_has_it))

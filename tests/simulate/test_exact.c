/* SPDX-License-Identifier: Apache-2.0 */
/* Areas of rendered roofs, and what an edge tells about its place: checks (i) and (ii) of the simulator's honesty. */
#include "drawn.h"
#include "geo/ellipsoid.h"
#include "geo/polygon.h"
#include "simulate/building.h"

static void paint(rv__sim_building *b, double reflectance)
{
    for (int k = 0; k < RV__SIM_BANDS; k++)
        b->roof[k] = reflectance;
}

/* Sum over band 0 of the difference of two drawings, in reflectance times pixels, and where its centroid lies, px. */
static double sum_of_difference(double at[2], const picture *a, const picture *b)
{
    double sum = 0.0, x = 0.0, y = 0.0;
    for (size_t i = 0; i < a->size * a->size; i++) {
        const double d = (b->value[i] - a->value[i]) / 1e4;
        sum += d;
        x += d * ((double)(i % a->size) + .5);
        y += d * ((double)(i / a->size) + .5);
    }
    at[0] = x / sum;
    at[1] = y / sum;
    return sum;
}

/* Two drawings that differ in the roof's brightness alone: their difference adds up to the roof's area. Rounding to
 * integers scatters by .4 of 1 / 4000 a pixel of the rim, far below the tolerance. */
static void check_roof_area(rv__shape shape, int oversample, int style)
{
    rv_simulate_opts o = plain_opts(3, 64);
    o.oversample = oversample;
    o.style = style;
    o.shift_px = .6;
    rv__site *site = site_new(&o);
    rv__sim_building *b = put_up(site, shape, 97.3, 93.8, 47.0, shape == RV__SHAPE_DISC ? 47.0 : 31.0);
    b->eaves_m = shape == RV__SHAPE_DISC || shape == RV__SHAPE_COURT ? 0.0 : .7;
    paint(b, .2);
    picture dark = draw_date(site, 1);
    paint(b, .6);
    picture bright = draw_date(site, 1);
    double at[2];
    const double area = sum_of_difference(at, &dark, &bright) / .4 * o.gsd_m * o.gsd_m;
    CHECK_NEAR(area / rv__building_area(b, b->eaves_m), 1.0, 5e-4);
    for (int i = 0; i < 2 && shape != RV__SHAPE_ELL; i++) /* the others are symmetric about their middle */
        CHECK_NEAR(at[i], (i ? b->y : b->x) / o.gsd_m + site->date[1].shift_px[i], .003);
    picture_free(&dark);
    picture_free(&bright);
    site_free(site);
}

TEST(a_rendered_roof_adds_up_to_its_true_area_at_its_true_place)
{
    for (int shape = RV__SHAPE_RECTANGLE; shape <= RV__SHAPE_DISC; shape++) {
        check_roof_area((rv__shape)shape, 4, RV_STYLE_A);
        check_roof_area((rv__shape)shape, 16, RV_STYLE_A);
    }
    check_roof_area(RV__SHAPE_ELL, 4, RV_STYLE_B);
}

TEST(a_truth_area_is_the_ground_area_of_its_outline_to_one_part_in_ten_thousand)
{
    const rv_simulate_opts o = small_suite(RV_SUITE_F, RV_STYLE_A, 2, 256);
    rv__site *site = site_new(&o);
    for (int k = 0; k < site->n_buildings; k++) {
        rv_polygon map = { NULL, 0 };
        double ground = 0.0;
        const double eaves = site->building[k].eaves_m;
        CHECK(rv__building_outline(&map, &site->building[k], eaves) == RV_OK);
        for (size_t r = 0; r < map.n; r++)
            for (size_t i = 0; i < map.ring[r].n; i++) {
                map.ring[r].p[i].x = site->grid.gt[0] + map.ring[r].p[i].x;
                map.ring[r].p[i].y = site->grid.gt[3] - map.ring[r].p[i].y;
            }
        rv__polygon_orient(&map, true);
        CHECK(rv__area_m2(&ground, &map, &site->grid) == RV_OK);
        CHECK_NEAR(ground / rv__building_area(&site->building[k], eaves), 1.0, 1e-4);
        rv_polygon_release(&map);
    }
    CHECK(site->n_buildings >= 2);
    site_free(site);
}

/* Sum over pixels of (dI / de)^2 of an edge that moves by e, px: I = l C^2 / (2 sqrt(pi) s), s the sd of optics and pixel
 * together. At its two ends the edge fades, which costs s / sqrt(pi) each. */
static void check_edge(double angle, double psf_px)
{
    const double step_px = .2, contrast = .5, pi = acos(-1.0);
    rv_simulate_opts o = plain_opts(6, 96);
    rv__site *site = site_new(&o);
    rv__sim_building *b = put_up(site, RV__SHAPE_RECTANGLE, 144.0, 144.0, 50.0, 90.0);
    site->date[0].view[0].psf_px = psf_px;
    b->angle = angle;
    /* Ground as bright as the dark part: a second, larger roof below. */
    rv__sim_building *below = put_up(site, RV__SHAPE_RECTANGLE, 144.0, 144.0, 130.0, 130.0);
    paint(b, .1 + contrast);
    paint(below, .1);
    picture p[2];
    for (int k = 0; k < 2; k++) { /* one side moves, by half the step either way */
        const double e = (k - .5) * step_px * o.gsd_m / 2.0;
        b->half[0] = 50.0 + e;
        b->x = 144.0 + e * cos(angle);
        b->y = 144.0 + e * sin(angle);
        p[k] = draw_date(site, 0);
    }
    double information = 0.0;
    for (size_t i = 0; i < p[0].size * p[0].size; i++)
        information += pow((p[1].value[i] - p[0].value[i]) / 1e4 / step_px, 2.0);
    const double s = sqrt(psf_px * psf_px + 1.0 / 12.0), length = 2.0 * 90.0 / o.gsd_m - 2.0 * s / sqrt(pi);
    CHECK_NEAR(information * 2.0 * sqrt(pi) * s / (length * contrast * contrast), 1.0, .05);
    picture_free(&p[0]);
    picture_free(&p[1]);
    site_free(site);
}

TEST(an_edge_holds_the_information_that_its_blur_allows)
{
    check_edge(.3, .5);
    check_edge(.3, .7);
    check_edge(1.1, .8);
}

TEST(noise_at_a_fifth_of_reflectance_has_the_sd_asked_for_and_more_above)
{
    rv_simulate_opts o = plain_opts(5, 128);
    static const double light[3] = { .05, .2, .6 };
    for (int k = 0; k < 3; k++) {
        o.noise = .006;
        rv__site *site = site_new(&o);
        paint(put_up(site, RV__SHAPE_RECTANGLE, 192.0, 192.0, 400.0, 400.0), light[k]); /* roof all over */
        picture p = draw_date(site, 1);
        double sum = 0.0, square = 0.0;
        const size_t n = p.size * p.size * p.bands;
        for (size_t i = 0; i < n; i++) {
            const double v = p.value[i] / 1e4 - light[k];
            sum += v;
            square += v * v;
        }
        CHECK_NEAR(sum / (double)n, 0.0, 1e-4);
        CHECK_NEAR(sqrt(square / (double)n) / (o.noise * sqrt(.5 + .5 * light[k] / .2)), 1.0, .03);
        picture_free(&p);
        site_free(site);
    }
}

TESTS(RUN(a_rendered_roof_adds_up_to_its_true_area_at_its_true_place),
      RUN(a_truth_area_is_the_ground_area_of_its_outline_to_one_part_in_ten_thousand),
      RUN(an_edge_holds_the_information_that_its_blur_allows),
      RUN(noise_at_a_fifth_of_reflectance_has_the_sd_asked_for_and_more_above))

/* SPDX-License-Identifier: Apache-2.0 */
/* Outlines, facets, shadows and the colour of fields. */
#include "drawn.h"
#include "geo/geos.h"
#include "geo/polygon.h"
#include "simulate/building.h"
#include "simulate/ground.h"
#include "simulate/solid.h"

static rv__sim_building shaped(rv__shape shape, rv__roof form, double eaves)
{
    rv__sim_building b = {
        .shape = shape, .form = form, .eaves_m = eaves, .x = 40.0, .y = 55.0, .angle = .7, .bays = 7, .pitch = .4
    };
    b.half[0] = 21.0;
    b.half[1] = shape == RV__SHAPE_DISC ? 21.0 : 12.0;
    b.cut[0] = .45;
    b.cut[1] = .35;
    return b;
}

/* Every edge moves out by e: the area grows by perimeter e + 4 e^2 where corners are square (a reflex one takes back what a
 * convex one adds), by perimeter e + n tan(pi / n) e^2 for n corners of a disc; the edges of a yard move in. */
TEST(a_roof_holds_its_walls_and_exceeds_them_by_the_eaves)
{
    const double e = .6, pi = acos(-1.0);
    for (int shape = RV__SHAPE_RECTANGLE; shape <= RV__SHAPE_DISC; shape++) {
        const rv__sim_building b = shaped((rv__shape)shape, RV__ROOF_FLAT, e);
        rv_polygon wall = { NULL, 0 }, roof = { NULL, 0 };
        double shared = 0.0;
        CHECK(rv__building_outline(&wall, &b, 0.0) == RV_OK && rv__building_outline(&roof, &b, e) == RV_OK);
        CHECK(rv__polygon_overlap(&shared, &wall, &roof) == RV_OK);
        CHECK_NEAR(shared / rv__building_area(&b, 0.0), 1.0, 1e-9);
        const double corners = shape == RV__SHAPE_COURT  ? 0.0
                               : shape == RV__SHAPE_DISC ? RV__SIM_OUTLINE * tan(pi / RV__SIM_OUTLINE)
                                                         : 4.0;
        const double grown = rv__polygon_perimeter(&wall) * e + corners * e * e;
        CHECK_NEAR(rv__building_area(&b, e) - rv__building_area(&b, 0.0), grown, 1e-9);
        rv_polygon_release(&wall);
        rv_polygon_release(&roof);
    }
}

static void check_parts(const rv__sim_building *b, const rv__piece *piece, int n, bool disjoint)
{
    rv_polygon roof = { NULL, 0 };
    double sum = 0.0;
    CHECK(rv__building_outline(&roof, b, b->eaves_m) == RV_OK);
    for (int k = 0; k < n; k++) {
        rv_polygon p = { NULL, 0 };
        double inside = 0.0;
        CHECK(rv__polygon_ring(&p, piece[k].p, (size_t)piece[k].n) == RV_OK);
        CHECK(rv__polygon_overlap(&inside, &p, &roof) == RV_OK);
        CHECK_NEAR(inside / rv_polygon_area(&p), 1.0, 1e-9); /* no part lies outside */
        sum += rv_polygon_area(&p);
        rv_polygon_release(&p);
    }
    const double area = rv__building_area(b, b->eaves_m);
    CHECK(disjoint ? fabs(sum / area - 1.0) < 1e-9 : sum > area * (1.0 - 1e-9));
    rv_polygon_release(&roof);
}

TEST(facets_and_parts_make_up_the_roof)
{
    static const double suns[3][3] = { { 0.0, .6, .8 }, { .8, 0.0, .6 }, { -.48, -.6, .64 } };
    rv__piece piece[RV__PIECES];
    for (int form = RV__ROOF_GABLE; form <= RV__ROOF_SAW; form++) {
        const rv__sim_building b = shaped(RV__SHAPE_RECTANGLE, (rv__roof)form, .5);
        for (int k = 0; k < 3; k++) {
            const int n = rv__building_facets(piece, &b, suns[k]);
            CHECK(n == (form == RV__ROOF_GABLE ? 2 : 14));
            check_parts(&b, piece, n, true);
            /* Both sides of a ridge have its height, and the light of a pair adds up about a flat roof's. */
            CHECK(piece[0].up_m[0] == piece[1].up_m[3] && piece[0].up_m[0] > 0.0);
            CHECK(piece[0].lit >= 0.0 && piece[0].lit != piece[1].lit);
        }
    }
    for (int shape = RV__SHAPE_RECTANGLE; shape <= RV__SHAPE_DISC; shape++) {
        const rv__sim_building b = shaped((rv__shape)shape, RV__ROOF_FLAT, .5);
        CHECK(rv__building_facets(piece, &b, suns[0]) == 0);
        check_parts(&b, piece, rv__building_parts(piece, &b, .5), false);
    }
}

/* Planes of a tile for rv__solids_draw. */
typedef struct planes {
    rv__cells cells;
    rv__solids s;
} planes;

static planes planes_new(const rv__site *site)
{
    const size_t w = (size_t)site->opts.size_px * 4, n = w * w;
    planes p = { { 0.0, 0.0, site->opts.gsd_m / 4, w, w }, { .grain = drawn_bytes(4 * n) } };
    p.s.alpha = drawn_bytes(4 * n);
    p.s.shade = drawn_bytes(4 * n);
    p.s.colour[0] = drawn_bytes(4 * n);
    for (int k = 0; k < RV__SOLID_SCRATCH; k++)
        p.s.scratch[k] = drawn_bytes(4 * n);
    return p;
}

static void planes_free(planes *p)
{
    rv__free((float *)p->s.grain);
    rv__free(p->s.alpha);
    rv__free(p->s.shade);
    rv__free(p->s.colour[0]);
    for (int k = 0; k < RV__SOLID_SCRATCH; k++)
        rv__free(p->s.scratch[k]);
}

static double area_of_plane(const float *plane, const rv__cells *c)
{
    double sum = 0.0;
    for (size_t i = 0; i < c->w * c->h; i++)
        sum += (double)plane[i];
    return sum * c->step_m * c->step_m;
}

/* Area of the hull of a convex footprint and its copy moved. */
static double swept_area(const rv__sim_building *b, const double move[2])
{
    rv_polygon p[2] = { { NULL, 0 }, { NULL, 0 } }, hull = { NULL, 0 };
    for (int k = 0; k < 2; k++)
        CHECK(rv__building_outline(&p[k], b, b->eaves_m) == RV_OK);
    for (size_t i = 0; i < p[1].ring[0].n; i++) {
        p[1].ring[0].p[i].x += move[0];
        p[1].ring[0].p[i].y += move[1];
    }
    CHECK(rv__polygon_hull(&hull, p, 2) == RV_OK);
    const double area = rv_polygon_area(&hull);
    rv_polygon_release(&p[0]);
    rv_polygon_release(&p[1]);
    rv_polygon_release(&hull);
    return area;
}

static void check_shadow(rv__shape shape, double height)
{
    rv_simulate_opts o = plain_opts(2, 96);
    rv__site *site = site_new(&o);
    rv__sim_building *b = put_up(site, shape, 140.0, 150.0, 30.0, shape == RV__SHAPE_DISC ? 30.0 : 18.0);
    planes p = planes_new(site);
    rv__window any;
    p.s.cells = &p.cells;
    b->height_m = height;
    b->eaves_m = .4;
    rv__sim_view v = site->date[0].view[0];
    v.lean[0] = v.lean[1] = 0.0;
    CHECK(rv__solids_draw(&p.s, &any, site, 0, &v) == RV_OK && any.width > 0);
    const double end[2] = { v.shadow[0] * height, v.shadow[1] * height }, roof = rv__building_area(b, b->eaves_m);
    CHECK_NEAR(area_of_plane(p.s.alpha, &p.cells) / roof, 1.0, 1e-5);
    CHECK_NEAR(area_of_plane(p.s.shade, &p.cells) / (swept_area(b, end) - roof), 1.0, .01);
    CHECK_NEAR(area_of_plane(p.s.colour[0], &p.cells) / (.4 * roof), 1.0, 1e-5);
    CHECK(hypot(end[0], end[1]) > height); /* a low sun, in January */
    planes_free(&p);
    site_free(site);
}

TEST(a_shadow_is_the_swept_footprint_less_the_footprint)
{
    check_shadow(RV__SHAPE_RECTANGLE, 5.0);
    check_shadow(RV__SHAPE_RECTANGLE, 20.0);
    check_shadow(RV__SHAPE_DISC, 12.0);
}

/* Vents and skylights show where pixels are small: they change the roof's light, never its outline. */
static void check_units(rv__shape shape, double half_u, double half_v)
{
    rv_simulate_opts o = plain_opts(5, 96);
    rv__window any;
    o.gsd_m = .6;
    o.buildings_old = o.buildings_new = 0;
    rv__site *site = site_new(&o);
    rv__sim_building *b = put_up(site, shape, 28.0, 28.0, half_u, half_v);
    planes bare = planes_new(site), full = planes_new(site);
    rv__sim_view v = site->date[0].view[0];
    bare.s.cells = &bare.cells;
    full.s.cells = &full.cells;
    b->grain = 0.0;
    CHECK(rv__solids_draw(&bare.s, &any, site, 0, &v) == RV_OK);
    b->grain = 1e-9;
    CHECK(rv__solids_draw(&full.s, &any, site, 0, &v) == RV_OK);
    double outline = 0.0, light = 0.0;
    for (size_t i = 0; i < bare.cells.w * bare.cells.h; i++) {
        outline = fmax(outline, fabs((double)(bare.s.alpha[i] - full.s.alpha[i])));
        light = fmax(light, fabs((double)(bare.s.colour[0][i] - full.s.colour[0][i])));
    }
    CHECK_NEAR(outline, 0.0, 1e-5);
    CHECK(light > .01);
    planes_free(&bare);
    planes_free(&full);
    site_free(site);
}

TEST(units_on_a_roof_leave_its_outline_alone)
{
    check_units(RV__SHAPE_RECTANGLE, 14.0, 9.0);
    check_units(RV__SHAPE_ELL, 16.0, 12.0);
}

/* Mean of (nir - red) / (nir + red) of a place sown with wheat alone. */
static double greenness(const rv__site *site, int date)
{
    enum { N = 64 };
    const rv__cells cells = { 100.0, 100.0, 1.0, N, N };
    static float red[N * N], nir[N * N];
    rv__ground *ground = NULL;
    double sum = 0.0;
    CHECK(rv__ground_new(&ground, site, &cells) == RV_OK);
    CHECK(rv__ground_draw((float *const[RV__SIM_BANDS]){ NULL, NULL, red, nir, NULL }, ground, date,
                          site->date[date].t) == RV_OK);
    for (int i = 0; i < N * N; i++)
        sum += (double)((nir[i] - red[i]) / (nir[i] + red[i])) / (N * N);
    rv__ground_free(ground);
    return sum;
}

TEST(wheat_is_greener_in_may_than_in_january_and_august)
{
    rv_simulate_opts o = plain_opts(8, 128);
    o.dates = 8;
    rv__site *site = site_new(&o);
    for (int k = 0; k < site->n_parcels; k++)
        site->parcel[k].cover = RV__COVER_WHEAT;
    const double january = greenness(site, 0), may = greenness(site, 4), august = greenness(site, 7);
    CHECK(may > january + .25 && may > august + .25 && may > .55 && january > .1);
    for (int k = 0; k < site->n_parcels; k++)
        site->parcel[k].plough_t = site->date[4].t - 86400.0;
    CHECK(greenness(site, 4) < .3); /* ploughed in */
    site_free(site);
}

TESTS(RUN(a_roof_holds_its_walls_and_exceeds_them_by_the_eaves), RUN(facets_and_parts_make_up_the_roof),
      RUN(a_shadow_is_the_swept_footprint_less_the_footprint), RUN(units_on_a_roof_leave_its_outline_alone),
      RUN(wheat_is_greener_in_may_than_in_january_and_august))

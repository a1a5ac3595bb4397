/* SPDX-License-Identifier: Apache-2.0 */
/* What stands where, what happens when, and what the truth says of it. */
#include "drawn.h"
#include "geo/geos.h"
#include "geo/polygon.h"
#include "simulate/building.h"
#include "simulate/ground.h"
#include "simulate/truth.h"

static rv__site *suite_site(rv_suite suite, rv_style style, int seed)
{
    rv_simulate_opts o;
    CHECK(rv_simulate_suite(&o, suite, style, seed) == RV_OK);
    return site_new(&o);
}

static double overlap(const rv__sim_building *a, const rv__sim_building *b)
{
    rv_polygon p = { NULL, 0 }, q = { NULL, 0 };
    double shared = -1.0;
    CHECK(rv__building_outline(&p, a, a->eaves_m) == RV_OK && rv__building_outline(&q, b, b->eaves_m) == RV_OK);
    CHECK(rv__polygon_overlap(&shared, &p, &q) == RV_OK);
    rv_polygon_release(&p);
    rv_polygon_release(&q);
    return shared;
}

static bool far_apart(const rv__sim_building *a, const rv__sim_building *b)
{
    return hypot(a->x - b->x, a->y - b->y) > hypot(a->half[0], a->half[1]) + hypot(b->half[0], b->half[1]) + 4.0;
}

static void check_inside(const rv__site *site, const rv__sim_building *b)
{
    rv_point p[4];
    rv__building_corners(p, b, b->eaves_m, 0.0, 0.0);
    for (int i = 0; i < 4; i++)
        CHECK(p[i].x > 0.0 && p[i].y > 0.0 && p[i].x < site->size_m && p[i].y < site->size_m);
}

/* @return the number of pieces that lengthen a building */
static int check_places(const rv__site *site)
{
    int pieces = 0;
    for (int k = 0; k < site->n_buildings + site->n_props; k++) {
        const rv__sim_building *b = &site->building[k];
        if (b->prop && b->extends < 0)
            continue;
        pieces += b->extends >= 0;
        check_inside(site, b);
        for (int j = 0; j < site->n_buildings && j < k; j++)
            if (!far_apart(b, &site->building[j]) && b->extends != j && b->lot != site->building[j].lot)
                CHECK_NEAR(overlap(b, &site->building[j]), 0.0, 1e-9);
    }
    return pieces;
}

TEST(buildings_of_different_lots_do_not_overlap_and_stay_inside)
{
    static const rv_suite suites[] = { RV_SUITE_PLAIN, RV_SUITE_F, RV_SUITE_S, RV_SUITE_X, RV_SUITE_J };
    static const int first[] = { 0, 0, 0, 0, 34 }; /* seed 36 of J lengthens a hall near the edge */
    int pieces = 0;
    for (int k = 0; k < 5; k++)
        for (int seed = first[k]; seed < first[k] + 4; seed++) {
            rv__site *site = suite_site(suites[k], RV_STYLE_B, seed);
            pieces += check_places(site);
            site_free(site);
        }
    CHECK(pieces > 0);
}

static int check_bracket(const rv__fact *f, void *user)
{
    const rv__site *site = user;
    const double moment = f->event == RV_EVENT_DEMOLISHED ? f->ends : f->complete;
    int absent = -2, present = -2;
    CHECK(f->area_m2 > 0.0 && f->wall_area_m2 > 0.0 && f->area_m2 >= f->wall_area_m2);
    CHECK(f->start <= f->complete && f->complete <= f->ends);
    if (f->event == RV_EVENT_NONE) {
        CHECK(moment == -INFINITY);
        return RV_OK;
    }
    bool clear[RV__SIM_DATES_MAX];
    rv__truth_clear(clear, site, f);
    rv__truth_bracket(&absent, &present, site, clear, moment);
    CHECK(absent < 0 || (site->date[absent].t < moment && clear[absent]));
    CHECK(present < 0 || (site->date[present].t >= moment && clear[present]));
    for (int k = absent + 1; k < (present < 0 ? site->opts.dates : present); k++)
        CHECK(!clear[k]); /* no tighter one */
    return RV_OK;
}

TEST(stages_come_in_order_and_brackets_hold_the_moment)
{
    static const rv_suite suites[] = { RV_SUITE_PLAIN, RV_SUITE_DEMO, RV_SUITE_D, RV_SUITE_X };
    for (int k = 0; k < 8; k++) {
        rv__site *site = suite_site(suites[k % 4], k % 2 ? RV_STYLE_B : RV_STYLE_A, 30 + k);
        for (int i = 0; i < site->n_buildings + site->n_props; i++) {
            const rv__sim_building *b = &site->building[i];
            CHECK(b->t_start <= b->t_earth && b->t_earth <= b->t_slab && b->t_slab <= b->t_frame);
            CHECK(b->t_frame <= b->t_complete && b->t_complete < b->t_end);
            CHECK(rv__building_stage(b, b->t_complete) == RV__STAGE_BUILT);
            if (!b->old && !b->prop)
                CHECK(b->t_start < b->t_complete && b->t_complete < site->date[site->opts.dates - 1].t);
            if (!b->old && !b->prop && b->first > 0)
                CHECK(site->date[b->first - 1].t < b->t_complete && b->t_complete <= site->date[b->first].t);
        }
        for (int i = 1; i < site->opts.dates; i++)
            CHECK(site->date[i].t > site->date[i - 1].t && strcmp(site->date[i].id, site->date[i - 1].id) > 0);
        CHECK(rv__truth_each(site, check_bracket, site) == RV_OK);
        site_free(site);
    }
}

typedef struct census {
    int n[RV_KIND_OTHER + 1], n_new, n_works, n_events;
    double largest_old_m2, largest_new_m2;
} census;

static int count(const rv__fact *f, void *user)
{
    census *c = user;
    c->n[f->kind]++;
    c->n_new += f->event == RV_EVENT_NEW;
    c->n_works += f->event == RV_EVENT_WORKS;
    c->n_events += f->event != RV_EVENT_NONE;
    if (f->kind == RV_KIND_HALL && f->event == RV_EVENT_NONE)
        c->largest_old_m2 = fmax(c->largest_old_m2, f->area_m2);
    if (f->kind == RV_KIND_HALL && f->event == RV_EVENT_NEW)
        c->largest_new_m2 = fmax(c->largest_new_m2, f->area_m2);
    return RV_OK;
}

static census census_of(const rv__site *site)
{
    census c = { .n_new = 0 };
    CHECK(rv__truth_each(site, count, &c) == RV_OK);
    return c;
}

TEST(the_demo_tells_of_a_plant_that_grows)
{
    for (int seed = 1; seed <= 4; seed++) {
        rv__site *site = suite_site(RV_SUITE_DEMO, RV_STYLE_A, seed);
        const double px2 = site->opts.gsd_m * site->opts.gsd_m;
        const census c = census_of(site);
        const int last = site->opts.dates - 1;
        int cloudy = 0;
        const double old_m2 = rv__building_area(&site->building[0], site->building[0].eaves_m);
        CHECK(site->building[0].hall && old_m2 >= 800.0 * px2);
        CHECK_NEAR(c.largest_new_m2 / old_m2, 1.65, .005);
        CHECK(c.n[RV_KIND_HOUSING_CLUSTER] >= 1 && c.n[RV_KIND_PORTAL_WORKS] == 2 && c.n[RV_KIND_SPOIL] == 2);
        CHECK(c.n[RV_KIND_ROAD] == 1 && c.n_new >= 2);
        for (int k = 0; k <= last; k++)
            cloudy += site->date[k].cloudy;
        CHECK(cloudy >= 1 && !site->date[0].cloudy && !site->date[last].cloudy);
        site_free(site);
    }
}

TEST(halls_of_suite_q_have_ratios_between_one_and_two_and_a_half)
{
    double lo = INFINITY, hi = 0.0;
    for (int seed = 0; seed < 12; seed++) {
        rv__site *site = suite_site(RV_SUITE_Q, RV_STYLE_B, seed);
        int k = 0;
        while (k < site->n_buildings && site->building[k].old)
            k++;
        const rv__sim_building *was = &site->building[0], *is = &site->building[k];
        CHECK(k < site->n_buildings && was->hall && is->hall);
        CHECK(was->event == RV_EVENT_NONE && is->event == RV_EVENT_NEW);
        const double ratio = rv__building_area(is, is->eaves_m) / rv__building_area(was, was->eaves_m);
        CHECK(ratio > .999 && ratio < 2.501);
        lo = fmin(lo, ratio);
        hi = fmax(hi, ratio);
        site_free(site);
    }
    CHECK(hi - lo > .7);
}

TEST(nothing_is_built_in_suite_n)
{
    for (int seed = 0; seed < 5; seed++) {
        rv__site *site = suite_site(RV_SUITE_N, seed % 2 ? RV_STYLE_B : RV_STYLE_A, seed);
        static uint8_t change[512 * 512];
        const census c = census_of(site);
        const size_t n = (size_t)site->opts.size_px * (size_t)site->opts.size_px;
        CHECK(c.n_events == 0 && c.n_works == 0 && c.n[RV_KIND_ROAD] == 0 && site->n_buildings > 0);
        CHECK(site->n_patches > 0 && site->n_props > 0); /* but much else happens */
        memset(change, 0, sizeof change);
        CHECK(rv__truth_change(change, site) == RV_OK);
        CHECK(memchr(change, 1, n) == NULL);
        site_free(site);
    }
}

typedef struct sought {
    const rv__site *site;
    int found;
} sought;

static void check_union(const rv__fact *f, const rv__sim_building *b, const rv__sim_building *piece)
{
    rv_polygon one = { NULL, 0 }, two = { NULL, 0 };
    double in_one = 0.0, in_two = 0.0;
    const double a = rv__building_area(b, 0.0), p = rv__building_area(piece, 0.0);
    CHECK(rv__building_outline(&one, b, 0.0) == RV_OK && rv__building_outline(&two, piece, 0.0) == RV_OK);
    CHECK(rv__polygon_overlap(&in_one, &f->wall, &one) == RV_OK &&
          rv__polygon_overlap(&in_two, &f->wall, &two) == RV_OK);
    CHECK_NEAR(f->wall_area_m2 / (a + p), 1.0, 1e-9);
    CHECK_NEAR(in_one / a, 1.0, 1e-9);
    CHECK_NEAR(in_two / p, 1.0, 1e-9);
    CHECK_NEAR(f->area_before_m2 / rv__building_area(b, b->eaves_m), 1.0, 1e-12);
    CHECK(f->complete == piece->t_complete && piece->t_complete > b->t_complete);
    rv_polygon_release(&one);
    rv_polygon_release(&two);
}

static int find_extended(const rv__fact *f, void *user)
{
    sought *s = user;
    if (f->event != RV_EVENT_EXTENDED)
        return RV_OK;
    for (int k = 0; k < s->site->n_props; k++) {
        const rv__sim_building *piece = &s->site->building[s->site->n_buildings + k];
        if (piece->extends >= 0 && strcmp(s->site->building[piece->extends].id, f->id) == 0) {
            check_union(f, &s->site->building[piece->extends], piece);
            s->found++;
        }
    }
    return RV_OK;
}

TEST(a_hall_that_was_lengthened_is_one_outline_of_both_pieces)
{
    int found = 0;
    for (int seed = 0; seed < 8; seed++) {
        sought s = { suite_site(RV_SUITE_X, RV_STYLE_A, seed), 0 };
        CHECK(rv__truth_each(s.site, find_extended, &s) == RV_OK);
        found += s.found;
        site_free((rv__site *)s.site);
    }
    CHECK(found >= 2);
}

TEST(there_is_snow_only_in_the_cold)
{
    rv_simulate_opts o = plain_opts(3, 96);
    double winter = 0.0;
    for (int seed = 0; seed < 6; seed++) {
        o.seed = seed;
        o.dates = 24;
        o.snow = 1.0;
        rv__site *site = site_new(&o);
        for (int k = 0; k < o.dates; k++) {
            const int month = k % 12 + 1; /* the middle of each */
            CHECK(site->date[k].snow >= 0.0 && site->date[k].snow <= 1.0);
            if (month >= 5 && month <= 10)
                CHECK(site->date[k].snow == 0.0);
            if (month <= 2)
                winter += site->date[k].snow / (4 * 6);
        }
        site_free(site);
        o.snow = 0.0;
        site = site_new(&o);
        for (int k = 0; k < o.dates; k++)
            CHECK(site->date[k].snow == 0.0);
        site_free(site);
    }
    CHECK(winter > .3);
}

TESTS(RUN(buildings_of_different_lots_do_not_overlap_and_stay_inside),
      RUN(stages_come_in_order_and_brackets_hold_the_moment), RUN(the_demo_tells_of_a_plant_that_grows),
      RUN(halls_of_suite_q_have_ratios_between_one_and_two_and_a_half), RUN(nothing_is_built_in_suite_n),
      RUN(a_hall_that_was_lengthened_is_one_outline_of_both_pieces), RUN(there_is_snow_only_in_the_cold))

/* SPDX-License-Identifier: Apache-2.0 */
/* Where shadows fall on a grid, and the strength of their pull out of spectra made of the phase law itself. */
#include "lib/test.h"
#include "pictures.h"

/* ---- directions ---- */

/* Shadow of scene minus that of reference on a grid, both scenes of that grid. */
static bool difference(double ds[2], const rv_grid *grid, const double scene[2], const double reference[2])
{
    static const float one[4] = { 1, 1, 1, 1 };
    rv_scene_info a = facts_of(grid, "scene"), b = facts_of(grid, "reference");
    a.sun_azimuth_deg = scene[0];
    a.sun_elevation_deg = scene[1];
    b.sun_azimuth_deg = reference[0];
    b.sun_elevation_deg = reference[1];
    rv_scene *moving = scene_with(&a, one, NULL), *still = scene_with(&b, one, NULL);
    CHECK(moving && still);
    const bool known = rv__sun_difference(ds, moving, still);
    rv_scene_free(moving);
    rv_scene_free(still);
    return known;
}

static const double HIGH[2] = { 180, 90 }; /* throws no shadow */

TEST(a_sun_in_the_south_throws_shadows_up_the_rows)
{
    const rv_grid grid = grid_utm(2, 2, 5e5, 4e6, 3); /* on the zone's middle: north is up */
    double ds[2];
    CHECK(difference(ds, &grid, (const double[2]){ 180, 45 }, HIGH));
    CHECK_NEAR(ds[0], 0, 1e-3);
    CHECK_NEAR(ds[1], -1, 1e-6);
    CHECK(difference(ds, &grid, (const double[2]){ 90, 45 }, HIGH)); /* east: to the west */
    CHECK_NEAR(ds[0], -1, 1e-6);
    CHECK_NEAR(ds[1], 0, 1e-3);
    CHECK(difference(ds, &grid, (const double[2]){ 180, 30 }, HIGH));
    CHECK_NEAR(ds[1], -sqrt(3), 1e-6);
}

TEST(the_difference_is_scene_minus_reference)
{
    const rv_grid grid = grid_utm(2, 2, 5e5, 4e6, 3);
    const double low[2] = { 135, 20 }, high[2] = { 160, 60 };
    const double deg = acos(-1.0) / 180;
    double there[2], back[2];
    CHECK(difference(there, &grid, low, high) && difference(back, &grid, high, low));
    CHECK_NEAR(there[0], -sin(135 * deg) / tan(20 * deg) + sin(160 * deg) / tan(60 * deg), 2e-3);
    CHECK_NEAR(there[1], cos(135 * deg) / tan(20 * deg) - cos(160 * deg) / tan(60 * deg), 2e-3);
    CHECK_NEAR(back[0], -there[0], 1e-12);
    CHECK_NEAR(back[1], -there[1], 1e-12);
    CHECK(difference(there, &grid, low, low));
    CHECK_NEAR(hypot(there[0], there[1]), 0, 1e-12);
}

TEST(shadows_turn_with_the_grid_and_keep_their_length)
{
    /* Columns run north, rows east. */
    rv_grid grid = { .crs = "EPSG:32636", .gt = { 5e5, 0, 3, 4e6, 3, 0 }, .width = 2, .height = 2 };
    double ds[2];
    CHECK(difference(ds, &grid, (const double[2]){ 180, 45 }, HIGH));
    CHECK_NEAR(ds[0], 1, 1e-6);
    CHECK_NEAR(ds[1], 0, 1e-3);
    /* Degrees at 60 north: a degree of longitude is half of one of latitude. */
    rv_grid degrees = { .crs = "EPSG:4326", .gt = { 33, 2e-5, 0, 60, 0, -1e-5 }, .width = 2, .height = 2 };
    CHECK(difference(ds, &degrees, (const double[2]){ 180, 45 }, HIGH));
    CHECK_NEAR(ds[0], 0, 1e-6);
    CHECK_NEAR(ds[1], -1, 1e-6);
    CHECK(difference(ds, &degrees, (const double[2]){ 225, 45 }, HIGH));
    CHECK_NEAR(ds[0], sqrt(.5), .01);
    CHECK_NEAR(ds[1], -sqrt(.5), .01);
}

TEST(a_sun_that_is_not_known_or_too_low_says_nothing)
{
    const rv_grid grid = grid_utm(2, 2, 5e5, 4e6, 3), bare = { .gt = { 0, 1, 0, 0, 0, 1 }, .width = 2, .height = 2 };
    const double good[2] = { 170, 40 }, none[2] = { NAN, NAN }, half[2] = { NAN, 40 }, other[2] = { 170, NAN };
    const double low[2] = { 170, 4.9 }, just[2] = { 170, 5.1 };
    double ds[2] = { 9, 9 };
    CHECK(!difference(ds, &grid, none, good) && ds[0] == 0 && ds[1] == 0);
    CHECK(!difference(ds, &grid, good, none));
    CHECK(!difference(ds, &grid, half, good));
    CHECK(!difference(ds, &grid, good, other));
    CHECK(!difference(ds, &grid, low, good) && ds[0] == 0 && ds[1] == 0);
    CHECK(difference(ds, &grid, just, good));
    CHECK(!difference(ds, &bare, good, good)); /* no north without a georeference or a pixel size */
}

/* ---- the estimate ---- */

enum { W = 32, PAIRS = W / 2 + 1, BLOCK = 2 * W * PAIRS };

static const double TAU = 6.28318530717958647692;

/* What the phase tells: shift of the ground, strength of the pull, difference of the shadows. */
typedef struct law {
    double d[2], kappa, ds[2];
} law;

/* Each block's spectrum: weight of the correlator times the phase, and noise. filled: blocks with windows. */
static void draw_spectra(rv__spectra *s, const law *l, double noise, int filled, rv__rng *rng)
{
    memset(s->v, 0, RV__BLOCKS * BLOCK * sizeof *s->v);
    for (int i = 0; i < filled * W * PAIRS; i++) {
        const int u = i % PAIRS, v = i / PAIRS % W;
        const double fx = (double)u / W, fy = (double)(v <= W / 2 ? v : v - W) / W, f = hypot(fx, fy);
        const double weight = exp(-(f / .22) * (f / .22)), pull = l->kappa * exp(-f / .18);
        const double phase = -TAU * (fx * (l->d[0] + pull * l->ds[0]) + fy * (l->d[1] + pull * l->ds[1]));
        s->v[2 * i] = (float)(weight * (cos(phase) + noise * rv__rng_normal(rng)));
        s->v[2 * i + 1] = (float)(weight * (sin(phase) + noise * rv__rng_normal(rng)));
    }
}

static rv__spectra spectra_new(void)
{
    const rv__spectra s = { W, W, BLOCK, rv__alloc(RV__BLOCKS * BLOCK, sizeof(float)) };
    return s;
}

TEST(exact_spectra_give_the_pull_and_the_ground_back)
{
    law l = { { .31, -.22 }, 0, { 1.4, -.8 } };
    rv__spectra s = spectra_new();
    rv__rng rng;
    rv__sun sun;
    rv__rng_init(&rng, 41, 0, 0, 0);
    for (int i = 0; i < 3; i++) {
        l.kappa = .15 * i;
        draw_spectra(&s, &l, 1e-4, RV__BLOCKS, &rng);
        CHECK(rv__sun_estimate(&sun, &s, l.ds));
        CHECK_NEAR(sun.kappa, l.kappa, 2e-4);
        CHECK(sun.sigma < 2e-4);
    }
    rv__free(s.v);
}

/* Inverse transform of the first block at a displacement. */
static double alike_at(const rv__spectra *s, double x, double y)
{
    double sum = 0;
    for (int i = 0; i < W * PAIRS; i++) {
        const int u = i % PAIRS, v = i / PAIRS;
        const double phase = TAU / W * (u * x + (v <= W / 2 ? v : v - W) * y);
        sum += (u ? 2 : 1) * ((double)s->v[2 * i] * cos(phase) - (double)s->v[2 * i + 1] * sin(phase));
    }
    return sum;
}

/* Where the scenes match best when nobody knows of a pull: uphill walks of ever smaller steps. */
static void match_of(double at[2], const rv__spectra *s)
{
    double best = alike_at(s, at[0] = 0, at[1] = 0);
    for (double step = .1; step > 1e-4; step /= 2)
        for (int k = 0; k < 36; k++) {
            const double x = at[0] + step * (k % 3 - 1), y = at[1] + step * (k / 3 % 3 - 1), v = alike_at(s, x, y);
            if (v > best) {
                best = v;
                at[0] = x;
                at[1] = y;
            }
        }
}

TEST(per_kappa_leads_from_the_match_to_the_ground)
{
    const law l = { { .2, -.1 }, .2, { 1.1, .6 } };
    rv__spectra s = spectra_new();
    rv__rng rng;
    rv__sun sun;
    double match[2];
    rv__rng_init(&rng, 42, 0, 0, 0);
    draw_spectra(&s, &l, 1e-4, RV__BLOCKS, &rng);
    CHECK(rv__sun_estimate(&sun, &s, l.ds));
    match_of(match, &s);
    CHECK(hypot(match[0] - l.d[0], match[1] - l.d[1]) > .05); /* the pull is there */
    CHECK_NEAR(match[0] + .2 * sun.per_kappa[0], l.d[0], .003);
    CHECK_NEAR(match[1] + .2 * sun.per_kappa[1], l.d[1], .003);
    rv__free(s.v);
}

/* Share of runs whose kappa lies within 1.96 sigma; *mean that of its errors in sigmas. */
static double coverage(double kappa, int filled, double *mean)
{
    enum { RUNS = 300 };
    law l = { .kappa = kappa, .ds = { 1.2, -.7 } };
    rv__spectra s = spectra_new();
    int inside = 0;
    *mean = 0;
    for (uint32_t run = 0; run < RUNS; run++) {
        rv__rng rng;
        rv__sun sun;
        rv__rng_init(&rng, 43, run, (uint32_t)filled, 0);
        l.d[0] = rv__rng_between(&rng, -.3, .3);
        l.d[1] = rv__rng_between(&rng, -.3, .3);
        draw_spectra(&s, &l, 1.5, filled, &rng);
        CHECK(rv__sun_estimate(&sun, &s, l.ds));
        inside += fabs(sun.kappa - kappa) < 1.96 * sun.sigma;
        *mean += (sun.kappa - kappa) / sun.sigma / RUNS;
    }
    rv__free(s.v);
    return 100.0 * inside / RUNS;
}

TEST(the_stated_sigma_holds_kappa_as_often_as_it_says)
{
    double mean;
    for (int i = 0; i < 2; i++) {
        const double kappa = .2 * i, all = coverage(kappa, RV__BLOCKS, &mean);
        printf("# kappa %.1f: within 1.96 sigma %.1f %%, mean error %.2f sigma\n", kappa, all, mean);
        CHECK(all > 92 && all < 97 && fabs(mean) < .2);
        const double few = coverage(kappa, 6, &mean);
        printf("# six blocks of sixteen: %.1f %%\n", few);
        CHECK(few > 88 && few < 98);
    }
}

TEST(spectra_that_say_nothing_give_no_estimate)
{
    const law near = { { 0, 0 }, .1, { 1, 0 } }, far = { { 2.5, 0 }, .1, { 1, 0 } };
    const double none[2] = { 5e-4, 0 };
    rv__spectra s = spectra_new();
    const rv__spectra missing = { W, W, BLOCK, NULL };
    rv__rng rng;
    rv__sun sun;
    rv__rng_init(&rng, 44, 0, 0, 0);
    draw_spectra(&s, &near, .1, RV__BLOCKS, &rng);
    CHECK(rv__sun_estimate(&sun, &s, near.ds));
    CHECK(!rv__sun_estimate(&sun, &s, none) && isinf(sun.sigma) && sun.per_kappa[0] == 0);
    CHECK(!rv__sun_estimate(&sun, &missing, near.ds) && isinf(sun.sigma));
    draw_spectra(&s, &far, .1, RV__BLOCKS, &rng);
    CHECK(!rv__sun_estimate(&sun, &s, near.ds) && isinf(sun.sigma));
    draw_spectra(&s, &near, .1, 3, &rng); /* three blocks fit three numbers without scatter */
    CHECK(!rv__sun_estimate(&sun, &s, near.ds) && isinf(sun.sigma));
    memset(s.v, 0, RV__BLOCKS * BLOCK * sizeof *s.v);
    CHECK(!rv__sun_estimate(&sun, &s, near.ds) && isinf(sun.sigma));
    rv__free(s.v);
}

/* ---- the site ---- */

TEST(a_site_joins_its_pairs_with_a_prior_and_is_never_pulled_against_the_sun)
{
    double kappa, sigma;
    rv__sun_site(&kappa, &sigma, NULL, 0);
    CHECK(kappa == 0);
    CHECK_NEAR(sigma, .25, 1e-12);
    const rv__sun against[] = { { .kappa = -.3, .sigma = .02 } };
    rv__sun_site(&kappa, &sigma, against, 1);
    CHECK(kappa == 0 && sigma > 0);
    const rv__sun pairs[] = { { .kappa = .2, .sigma = .03 },
                              { .kappa = .1, .sigma = .3 },
                              { .kappa = 7, .sigma = INFINITY },
                              { .kappa = 9, .sigma = 0 } };
    const double w[3] = { 1 / (.25 * .25), 1 / (.03 * .03 + .05 * .05), 1 / (.3 * .3 + .05 * .05) };
    rv__sun_site(&kappa, &sigma, pairs, 4);
    CHECK_NEAR(kappa, (.2 * w[1] + .1 * w[2]) / (w[0] + w[1] + w[2]), 1e-12);
    CHECK_NEAR(sigma, 1 / sqrt(w[0] + w[1] + w[2]), 1e-12);
}

TESTS(RUN(a_sun_in_the_south_throws_shadows_up_the_rows), RUN(the_difference_is_scene_minus_reference),
      RUN(shadows_turn_with_the_grid_and_keep_their_length), RUN(a_sun_that_is_not_known_or_too_low_says_nothing),
      RUN(exact_spectra_give_the_pull_and_the_ground_back), RUN(per_kappa_leads_from_the_match_to_the_ground),
      RUN(the_stated_sigma_holds_kappa_as_often_as_it_says), RUN(spectra_that_say_nothing_give_no_estimate),
      RUN(a_site_joins_its_pairs_with_a_prior_and_is_never_pulled_against_the_sun))

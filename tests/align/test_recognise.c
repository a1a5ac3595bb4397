/* SPDX-License-Identifier: Apache-2.0 */
/* Pictures recognised under turn, zoom and tilt, the reduced view they are looked at in, and the choice of reference. */
#include "lib/test.h"
#include "pictures.h"

enum { SIDE = 320 };

static rv__view view_of(const float *v)
{
    rv_grid grid = grid_bare(SIDE, SIDE);
    rv_scene *scene = scene_of(v, NULL, &grid, "view");
    rv__view view = { 0 };
    rv__bands bands;
    CHECK(scene != NULL);
    rv__bands_visible(&bands, scene);
    CHECK(rv__view_new(&view, scene, &bands, 512) == RV_OK);
    rv_scene_free(scene);
    return view;
}

/* Error of the recognised map at the frame's centre, px; INFINITY when nothing was recognised. */
static double recognition_error(uint32_t seed, const double map[9], int *fits)
{
    ground *g = ground_new(seed, 420);
    drawing still = { .map = { 1, 0, 40, 0, 1, 40, 0, 0, 1 }, .noise = .004, .stream = 2 * seed };
    drawing moved = { .noise = .004, .replaced = .15, .stream = 2 * seed + 1 };
    memcpy(moved.map, map, sizeof moved.map);
    float *a = draw(g, &still, SIDE, SIDE), *b = draw(g, &moved, SIDE, SIDE);
    rv__frames frames = { .reference = view_of(a), .scene = view_of(b) };
    double found[9], back[9], p[2], q[2];
    CHECK(rv__recognise(found, fits, &frames) == RV_OK);
    double error = INFINITY;
    if (*fits > 0 && rv_transform_invert(back, map) == RV_OK) {
        rv__mat_point(p, found, SIDE / 2, SIDE / 2);
        rv__mat_point(q, back, SIDE / 2 + 40, SIDE / 2 + 40);
        error = hypot(p[0] - q[0], p[1] - q[1]);
    }
    rv__view_release(&frames.reference);
    rv__view_release(&frames.scene);
    rv__free(a);
    rv__free(b);
    rv__free(g);
    return error;
}

TEST(turned_zoomed_and_tilted_pictures_are_recognised_to_a_pixel)
{
    for (uint32_t i = 0; i < 6; i++) {
        const double turn = .3 + i, zoom = .75 + .1 * i, c = zoom * cos(turn), s = zoom * sin(turn);
        /* The frame's centre shows the ground's centre; tilt as of an oblique view. */
        const double half = SIDE / 2.0, centre = half + 40, tilt = i % 2 ? 4e-4 : 0;
        const double w = 1 + tilt * half;
        const double map[9] = { c, -s, centre * w - (c - s) * half, s, c, centre * w - (s + c) * half, 0, tilt, 1 };
        int fits = 0;
        const double error = recognition_error(i, map, &fits);
        printf("# turn %.0f degrees, zoom %.2f, tilt %g: %d pairs, %.2f px\n", turn * 57.3, zoom, tilt, fits, error);
        CHECK(fits >= 10 && error < 1);
    }
}

TEST(a_reduced_view_is_the_logarithm_of_box_means)
{
    enum { W = 50, H = 30 };
    float v[W * H];
    uint8_t ok[W * H];
    rv__rng rng;
    rv__rng_init(&rng, 1, 0, 0, 0);
    for (int i = 0; i < W * H; i++) {
        v[i] = (float)rv__rng_between(&rng, .1, .5);
        ok[i] = rv__rng_below(&rng, 5) != 0;
    }
    rv_grid grid = grid_bare(W, H);
    rv_scene *scene = scene_of(v, ok, &grid, "reduce");
    rv__view view = { 0 };
    rv__bands bands;
    CHECK(scene != NULL);
    rv__bands_visible(&bands, scene);
    CHECK(bands.n == 1 && rv__view_new(&view, scene, &bands, 10) == RV_OK);
    CHECK(view.factor == 5 && view.width == 10 && view.height == 6);
    for (int i = 0; i < 60; i++) {
        double sum = 0;
        int n = 0;
        for (int k = 0; k < 25; k++) {
            const int at = (i / 10 * 5 + k / 5) * W + i % 10 * 5 + k % 5;
            sum += ok[at] ? (double)v[at] : 0;
            n += ok[at];
        }
        CHECK(view.ok[i] == (2 * n >= 25));
        if (view.ok[i])
            CHECK_NEAR(view.v[i], log(sum / n + bands.soft[0]), 1e-5);
    }
    CHECK(bands.soft[0] > .05 * .25 && bands.soft[0] < .05 * .35);
    rv__view_release(&view);
    rv_scene_free(scene);
}

/* Five dates of one place: hazy blur, half covered, clear, clear but dark, clouded. */
static void draw_series(rv_scene *scene[5], bool bare)
{
    ground *g = ground_new(2, 420);
    float *v[5];
    uint8_t *ok = rv__alloc(SIDE * SIDE, 1);
    for (int t = 0; t < 5; t++) {
        drawing d = drawing_moved(40 + t, 40 - t, (uint32_t)t);
        v[t] = draw(g, &d, SIDE, SIDE);
    }
    CHECK(rv__gaussian(v[0], v[0], SIDE, SIDE, 2) == RV_OK);
    for (int i = 0; i < SIDE * SIDE; i++) {
        ok[i] = i % SIDE < SIDE / 2;
        v[3][i] *= .3F;
        v[4][i] = i / SIDE % 80 < 50 ? .9F : v[4][i];
    }
    for (int t = 0; t < 5; t++) {
        char id[16];
        snprintf(id, sizeof id, "d%d", t);
        rv_grid grid = bare ? grid_bare(SIDE, SIDE) : grid_utm(SIDE, SIDE, 5e5, 4e6, 3);
        scene[t] = scene_of(v[t], t == 1 ? ok : NULL, &grid, id);
        CHECK(scene[t] != NULL);
        rv__free(v[t]);
    }
    rv__free(ok);
    rv__free(g);
}

TEST(the_clear_sharp_whole_date_becomes_the_reference)
{
    for (int bare = 0; bare < 2; bare++) {
        rv_scene *scene[5] = { 0 };
        size_t chosen = 9;
        draw_series(scene, bare);
        CHECK(rv_align_reference(&chosen, scene, 5, NULL) == RV_OK);
        CHECK(chosen == 2);
        for (int t = 0; t < 5; t++)
            rv_scene_free(scene[t]);
    }
}

TEST(the_reference_asked_for_is_taken_and_an_unknown_one_is_an_error)
{
    rv_scene *scene[5] = { 0 };
    size_t chosen = 9;
    rv_align_opts opts = RV_ALIGN_OPTS_INIT;
    draw_series(scene, false);
    opts.reference = "d4";
    CHECK(rv_align_reference(&chosen, scene, 5, &opts) == RV_OK && chosen == 4);
    opts.reference = "d9";
    CHECK_FAILS(RV_ERR_NOTFOUND, rv_align_reference(&chosen, scene, 5, &opts));
    CHECK_FAILS(RV_ERR_NODATA, rv_align_reference(&chosen, scene, 0, NULL));
    CHECK(chosen == 4);
    for (int t = 0; t < 5; t++)
        rv_scene_free(scene[t]);
}

TESTS(RUN(turned_zoomed_and_tilted_pictures_are_recognised_to_a_pixel),
      RUN(a_reduced_view_is_the_logarithm_of_box_means), RUN(the_clear_sharp_whole_date_becomes_the_reference),
      RUN(the_reference_asked_for_is_taken_and_an_unknown_one_is_an_error))

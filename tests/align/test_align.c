/* SPDX-License-Identifier: Apache-2.0 */
/* Whole pairs of drawn scenes: shift, turn, other pixel size, other coordinate system, other viewpoint, and those that
 * cannot be matched and must say why. */
#include "lib/oom.h"
#include "lib/test.h"
#include "pictures.h"

enum { SIDE = 320 };

/* Scene and reference over one ground; maps are picture px to ground px. */
typedef struct pair {
    ground *g;
    rv_scene *scene, *reference;
    double truth[9]; /* scene px to reference px */
} pair;

static pair pair_new(uint32_t seed, const drawing *moving, rv_grid moving_grid, rv_grid reference_grid)
{
    pair p = { .g = ground_new(seed, 420) };
    const drawing still = { .map = { 1, 0, 40, 0, 1, 40, 0, 0, 1 }, .noise = .004, .stream = 1000 + seed };
    float *a = draw(p.g, &still, reference_grid.width, reference_grid.height);
    float *b = draw(p.g, moving, moving_grid.width, moving_grid.height);
    double back[9];
    p.reference = scene_of(a, NULL, &reference_grid, "reference");
    p.scene = scene_of(b, NULL, &moving_grid, "scene");
    CHECK(p.reference && p.scene);
    CHECK(rv_transform_invert(back, still.map) == RV_OK);
    rv__mat_multiply(p.truth, back, moving->map);
    rv__free(a);
    rv__free(b);
    return p;
}

static void pair_release(pair *p)
{
    rv_scene_free(p->scene);
    rv_scene_free(p->reference);
    rv__free(p->g);
}

/* Largest error at the corners of the scene and at its centre, reference px. */
static double error_at(const pair *p, const rv_transform *t, double col, double row)
{
    double x, y, want[2];
    rv_transform_apply(t, col, row, &x, &y);
    rv__mat_point(want, p->truth, col, row);
    return hypot(x - want[0], y - want[1]);
}

static double corner_error(const pair *p, const rv_transform *t)
{
    const rv_scene_info *info = rv_scene_facts(p->scene);
    double worst = 0;
    for (int k = 0; k < 4; k++)
        worst = fmax(worst, error_at(p, t, k & 1 ? info->width : 0, k & 2 ? info->height : 0));
    return worst;
}

TEST(random_shifts_are_recovered_within_three_sigma)
{
    enum { RUNS = 12 };
    double sum = 0, worst = 0;
    int inside = 0;
    for (uint32_t i = 0; i < RUNS; i++) {
        rv__rng rng;
        rv__rng_init(&rng, 8, i, 0, 0);
        drawing d = drawing_moved(40 + rv__rng_between(&rng, -15, 15), 40 + rv__rng_between(&rng, -15, 15), i);
        d.replaced = i % 2 ? .2 : 0;
        d.gain = i % 3 ? .3 : 0;
        pair p = pair_new(i, &d, grid_utm(SIDE, SIDE, 5e5, 4e6, 3), grid_utm(SIDE, SIDE, 5e5, 4e6, 3));
        rv_transform t;
        CHECK(rv_align(&t, p.scene, p.reference, NULL) == RV_OK);
        const double error = error_at(&p, &t, SIDE / 2, SIDE / 2);
        CHECK(t.trusted && t.why[0] == '\0');
        CHECK_NEAR(t.shift_px[0], p.truth[2], .2);
        sum += error * error;
        worst = fmax(worst, error);
        inside += error < 3 * t.sigma_px;
        pair_release(&p);
    }
    printf("# %d px, up to 20 %% change: %.4f px rms, worst %.4f, %d of %d within 3 sigma\n", SIDE, sqrt(sum / RUNS),
           worst, inside, RUNS);
    CHECK(sqrt(sum / RUNS) < .05 && worst < .1 && inside == RUNS);
}

TEST(half_replaced_and_turned_over_is_recovered_over_the_whole_frame)
{
    enum { RUNS = 6 };
    double sum = 0;
    for (uint32_t i = 0; i < RUNS; i++) {
        drawing d = drawing_moved(40.3 + .1 * i, 39.6 - .1 * i, 50 + i);
        d.replaced = .5;
        d.inverted = 1;
        pair p = pair_new(60 + i, &d, grid_utm(SIDE, SIDE, 5e5, 4e6, 3), grid_utm(SIDE, SIDE, 5e5, 4e6, 3));
        rv_transform t;
        CHECK(rv_align(&t, p.scene, p.reference, NULL) == RV_OK);
        CHECK(t.trusted);
        const double corner = corner_error(&p, &t);
        sum += corner * corner;
        pair_release(&p);
    }
    printf("# worst corner, half replaced, turned over: %.4f px rms\n", sqrt(sum / RUNS));
    CHECK(sqrt(sum / RUNS) < .1);
}

TEST(a_turned_scene_gets_an_affine_transform)
{
    const double turn = .012, c = cos(turn), s = sin(turn);
    drawing d = { .map = { c, -s, 42.7, s, c, 37.4, 0, 0, 1 }, .noise = .004, .stream = 5 };
    pair p = pair_new(3, &d, grid_utm(SIDE, SIDE, 5e5, 4e6, 3), grid_utm(SIDE, SIDE, 5e5, 4e6, 3));
    rv_transform t;
    CHECK(rv_align(&t, p.scene, p.reference, NULL) == RV_OK);
    CHECK(t.trusted && t.kind == RV_TRANSFORM_AFFINE && t.ties > 10);
    printf("# turned by .7 degrees: %.4f px at the centre, %.4f at the worst corner\n",
           error_at(&p, &t, SIDE / 2, SIDE / 2), corner_error(&p, &t));
    CHECK(error_at(&p, &t, SIDE / 2, SIDE / 2) < .1 && corner_error(&p, &t) < .3);
    pair_release(&p);
}

TEST(a_forced_shift_stays_a_shift)
{
    drawing d = { .map = { 1, -.002, 41, .002, 1, 39, 0, 0, 1 }, .noise = .004, .stream = 6 };
    pair p = pair_new(4, &d, grid_utm(SIDE, SIDE, 5e5, 4e6, 3), grid_utm(SIDE, SIDE, 5e5, 4e6, 3));
    rv_align_opts opts = RV_ALIGN_OPTS_INIT;
    rv_transform t;
    opts.model = 1;
    CHECK(rv_align(&t, p.scene, p.reference, &opts) == RV_OK);
    CHECK(t.kind == RV_TRANSFORM_SHIFT);
    CHECK_NEAR(t.m[0], 1, 1e-12);
    CHECK_NEAR(t.m[1], 0, 1e-12);
    pair_release(&p);
}

TEST(larger_pixels_and_a_displaced_frame_are_joined_by_the_georeference)
{
    /* Scene: 5-m pixels, its corner 60 m east and 45 m south of the reference's, georeference wrong by (6, -4) m. */
    drawing d = { .map = { 5.0 / 3, 0, 40 + 20 + 2, 0, 5.0 / 3, 40 + 15 + 4.0 / 3, 0, 0, 1 },
                  .noise = .002,
                  .stream = 7 };
    pair p = pair_new(5, &d, grid_utm(160, 160, 5e5 + 60, 4e6 - 45, 5), grid_utm(SIDE, SIDE, 5e5, 4e6, 3));
    rv_transform t;
    CHECK(rv_align(&t, p.scene, p.reference, NULL) == RV_OK);
    CHECK(t.trusted);
    CHECK_NEAR(t.shift_px[0], 2, .1);
    CHECK_NEAR(t.shift_px[1], 4.0 / 3, .1);
    CHECK(corner_error(&p, &t) < .15);
    pair_release(&p);
}

TEST(a_scene_in_another_coordinate_system_is_joined)
{
    /* The ground is drawn where the georeferences say, so the truth is the map between the grids. */
    const rv_grid utm = grid_utm(SIDE, SIDE, 5e5, 4.5e6, 3);
    const double lat = 40.65, lon = 33.0;
    rv_grid degrees = { .crs = "EPSG:4326", .width = SIDE, .height = SIDE };
    const double gt[6] = { lon - .0004, 3.6e-5, 0, lat + .0004, 0, -2.7e-5 };
    memcpy(degrees.gt, gt, sizeof gt);
    double map[9], worst;
    CHECK(rv__grid_map(map, &worst, &degrees, &utm) == RV_OK);
    drawing d = { .noise = .004, .stream = 8 };
    const double ground_of_reference[9] = { 1, 0, 40, 0, 1, 40, 0, 0, 1 };
    rv__mat_multiply(d.map, ground_of_reference, map);
    pair p = pair_new(6, &d, degrees, utm);
    rv_transform t;
    CHECK(rv_align(&t, p.scene, p.reference, NULL) == RV_OK);
    CHECK(t.trusted);
    CHECK(hypot(t.shift_px[0], t.shift_px[1]) < .1);
    CHECK(error_at(&p, &t, SIDE / 2, SIDE / 2) < .1);
    pair_release(&p);
}

TEST(pictures_from_another_viewpoint_get_a_homography)
{
    const double turn = 1.1, scale = .85, c = scale * cos(turn), s = scale * sin(turn);
    drawing d = { .map = { c, -s, 260, s, c, -30, 3e-4, 2e-4, 1 }, .noise = .004, .stream = 9 };
    pair p = pair_new(7, &d, grid_bare(SIDE + 40, SIDE), grid_bare(SIDE, SIDE));
    rv_transform t;
    CHECK(rv_align(&t, p.scene, p.reference, NULL) == RV_OK);
    CHECK(t.trusted && t.kind == RV_TRANSFORM_HOMOGRAPHY);
    const double error = error_at(&p, &t, SIDE / 2, SIDE / 2);
    printf("# turned by 63 degrees, zoomed, tilted: %.3f px at the centre, %s\n", error, t.why);
    CHECK(error < .3);
    pair_release(&p);
}

TEST(pictures_of_different_places_are_not_matched)
{
    drawing d = drawing_moved(40, 40, 3);
    pair p = pair_new(20, &d, grid_bare(SIDE, SIDE), grid_bare(SIDE, SIDE));
    pair q = pair_new(21, &d, grid_bare(SIDE, SIDE), grid_bare(SIDE, SIDE));
    rv_transform t;
    CHECK(rv_align(&t, p.scene, q.reference, NULL) == RV_OK);
    CHECK(!t.trusted && t.why[0] != '\0');
    printf("# different places: %s\n", t.why);
    pair_release(&p);
    pair_release(&q);
}

static void check_refusal(const float *v, const uint8_t *valid, rv_grid grid, const char *reason)
{
    drawing d = drawing_moved(40, 40, 3);
    pair p = pair_new(1, &d, grid_utm(SIDE, SIDE, 5e5, 4e6, 3), grid_utm(SIDE, SIDE, 5e5, 4e6, 3));
    rv_scene *scene = scene_of(v, valid, &grid, "odd");
    rv_transform t;
    CHECK(scene && rv_align(&t, scene, p.reference, NULL) == RV_OK);
    CHECK(!t.trusted);
    if (!strstr(t.why, reason)) {
        printf("# reason is \"%s\", not \"%s\"\n", t.why, reason);
        CHECK(false);
    }
    CHECK_TEXT(t.scene_id, "odd");
    CHECK_TEXT(t.reference_id, "reference");
    rv_scene_free(scene);
    pair_release(&p);
}

TEST(scenes_that_cannot_be_matched_say_why)
{
    float *v = rv__alloc(SIDE * SIDE, sizeof *v);
    uint8_t *none = rv__alloc(SIDE * SIDE, 1);
    rv__rng rng;
    rv__rng_init(&rng, 12, 0, 0, 0);
    for (int i = 0; i < SIDE * SIDE; i++)
        v[i] = .25F;
    check_refusal(v, NULL, grid_utm(SIDE, SIDE, 5e5, 4e6, 3), "no texture");
    check_refusal(v, none, grid_utm(SIDE, SIDE, 5e5, 4e6, 3), "no texture");
    for (int i = 0; i < SIDE * SIDE; i++)
        v[i] = (float)rv__rng_between(&rng, .1, .3);
    check_refusal(v, NULL, grid_utm(SIDE, SIDE, 5e5, 4e6, 3), "windows agree");
    check_refusal(v, NULL, grid_utm(SIDE, SIDE, 7e5, 4e6, 3), "no overlap");
    check_refusal(v, NULL, grid_utm(20, 20, 5e5, 4e6, 3), "only 20 x 20 px in common");
    check_refusal(v, NULL, grid_utm(SIDE, SIDE, 5e5 + 900, 4e6, 3), "only 20 x 320 px in common");
    check_refusal(v, NULL, grid_bare(SIDE, SIDE), "coordinate system");
    rv__free(v);
    rv__free(none);
}

TEST(one_two_and_seven_threads_give_the_same_bytes)
{
    drawing d = drawing_moved(43.3, 37.8, 3);
    pair p = pair_new(9, &d, grid_utm(SIDE, SIDE, 5e5, 4e6, 3), grid_utm(SIDE, SIDE, 5e5, 4e6, 3));
    rv_transform t[3];
    const int threads[3] = { 1, 2, 7 };
    for (int i = 0; i < 3; i++) {
        CHECK(rv_threads_set(threads[i]) == RV_OK);
        CHECK(rv_align(t + i, p.scene, p.reference, NULL) == RV_OK);
        CHECK(memcmp(t[i].m, t[0].m, sizeof t[0].m) == 0 &&
              memcmp(t[i].cov_px2, t[0].cov_px2, sizeof t[0].cov_px2) == 0);
        CHECK(t[i].ties == t[0].ties && t[i].residual_px == t[0].residual_px);
    }
    CHECK(rv_threads_set(0) == RV_OK);
    pair_release(&p);
}

TEST(options_outside_their_limits_are_errors_and_leave_the_output_alone)
{
    drawing d = drawing_moved(40, 40, 3);
    pair p = pair_new(10, &d, grid_utm(64, 64, 5e5, 4e6, 3), grid_utm(64, 64, 5e5, 4e6, 3));
    rv_align_opts opts = RV_ALIGN_OPTS_INIT;
    rv_transform t = { .ties = -7 };
    opts.window_px = 100;
    CHECK_FAILS(RV_ERR_RANGE, rv_align(&t, p.scene, p.reference, &opts));
    CHECK_TEXT(rv_last_error(), "window_px must be a power of two, not 100");
    opts.window_px = 16;
    CHECK_FAILS(RV_ERR_RANGE, rv_align(&t, p.scene, p.reference, &opts));
    opts = (rv_align_opts)RV_ALIGN_OPTS_INIT;
    opts.clip_quantile = 0;
    CHECK_FAILS(RV_ERR_RANGE, rv_align(&t, p.scene, p.reference, &opts));
    CHECK(t.ties == -7);
    pair_release(&p);
}

TEST(a_shift_beyond_the_limit_asked_for_is_not_trusted)
{
    drawing d = drawing_moved(49, 40, 3);
    pair p = pair_new(11, &d, grid_utm(SIDE, SIDE, 5e5, 4e6, 3), grid_utm(SIDE, SIDE, 5e5, 4e6, 3));
    rv_align_opts opts = RV_ALIGN_OPTS_INIT;
    rv_transform t;
    opts.max_shift_px = 4;
    CHECK(rv_align(&t, p.scene, p.reference, &opts) == RV_OK);
    CHECK(!t.trusted && strstr(t.why, "max_shift_px"));
    opts.max_shift_px = 20;
    CHECK(rv_align(&t, p.scene, p.reference, &opts) == RV_OK);
    CHECK(t.trusted);
    pair_release(&p);
}

TEST(fields_describe_the_defaults)
{
    const rv_fields *f = rv_align_fields();
    const rv_align_opts init = RV_ALIGN_OPTS_INIT;
    rv_align_opts filled = { 0 };
    rv_fields_init(f, &filled);
    CHECK(f->n == 6 && f->size == sizeof init);
    for (size_t i = 0; i < f->n; i++)
        CHECK(rv_field_equal(f->field + i, &init, &filled));
}

static int align_once(void *user)
{
    const pair *p = user;
    rv_transform t;
    return rv_align(&t, p->scene, p->reference, NULL);
}

TEST(a_failed_allocation_is_reported_and_nothing_leaks)
{
    drawing d = drawing_moved(41, 39.5, 3);
    pair p = pair_new(12, &d, grid_bare(64, 64), grid_bare(64, 64));
    CHECK_SURVIVES_OOM(align_once, &p);
    pair_release(&p);
}

TESTS(RUN(random_shifts_are_recovered_within_three_sigma),
      RUN(half_replaced_and_turned_over_is_recovered_over_the_whole_frame),
      RUN(a_turned_scene_gets_an_affine_transform), RUN(a_forced_shift_stays_a_shift),
      RUN(larger_pixels_and_a_displaced_frame_are_joined_by_the_georeference),
      RUN(a_scene_in_another_coordinate_system_is_joined), RUN(pictures_from_another_viewpoint_get_a_homography),
      RUN(pictures_of_different_places_are_not_matched), RUN(scenes_that_cannot_be_matched_say_why),
      RUN(one_two_and_seven_threads_give_the_same_bytes),
      RUN(options_outside_their_limits_are_errors_and_leave_the_output_alone),
      RUN(a_shift_beyond_the_limit_asked_for_is_not_trusted), RUN(fields_describe_the_defaults),
      RUN(a_failed_allocation_is_reported_and_nothing_leaks))

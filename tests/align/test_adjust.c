/* SPDX-License-Identifier: Apache-2.0 */
/* Whole series of drawn scenes: against pair by pair, by way of neighbours, with scenes that cannot be used. */
#include "lib/oom.h"
#include "lib/test.h"
#include "pictures.h"

enum { N = 6, SIDE = 320, CENTRE = 40 };

/* Scenes over one ground, or over one that turns into another; truth sends scene px to ground px. */
typedef struct drawn_series {
    size_t n;
    rv_scene *scene[N];
    double truth[N][9];
} drawn_series;

/* What is drawn of each scene. */
typedef struct plan {
    size_t n;
    int side;
    uint32_t seed;
    double other[N]; /* share of the other ground */
    double turn_rad; /* largest */
    double replaced; /* share of the blocks that are others, more from scene to scene */
    double days[N];  /* time */
    int blank;       /* number of a scene of one grey with noise too faint to match; 0 = none */
    bool bare;       /* no CRS */
} plan;

/* v += (1 - share) of the ground, share of the other one, under the same drawing. */
static float *draw_mixed(const ground *a, const ground *b, const drawing *d, double share, int side)
{
    float *v = draw(a, d, side, side);
    if (share > 0) {
        float *w = draw(b, d, side, side);
        for (int i = 0; i < side * side; i++)
            v[i] = (float)((1 - share) * (double)v[i] + share * (double)w[i]);
        rv__free(w);
    }
    return v;
}

static drawn_series series_new(const plan *p)
{
    drawn_series s = { .n = p->n };
    ground *a = ground_new(p->seed, 420), *b = ground_new(p->seed + 100, 420);
    const rv_grid grid = p->bare ? grid_bare(p->side, p->side) : grid_utm(p->side, p->side, 5e5, 4e6, 3);
    for (size_t t = 0; t < p->n; t++) {
        char id[24];
        rv__rng rng;
        rv__rng_init(&rng, 31, p->seed, (uint32_t)t, 0);
        const double turn = p->turn_rad * rv__rng_between(&rng, -1, 1), c = cos(turn), r = sin(turn);
        const double dx = CENTRE + rv__rng_between(&rng, -5, 5), dy = CENTRE + rv__rng_between(&rng, -5, 5);
        drawing d = { .map = { c, -r, dx, r, c, dy, 0, 0, 1 }, .noise = .004, .stream = 50 + (uint32_t)t };
        d.replaced = p->replaced * (double)t / N;
        memcpy(s.truth[t], d.map, sizeof d.map);
        float *v = draw_mixed(a, b, &d, p->other[t], p->side);
        if (p->blank && t == (size_t)p->blank)
            for (int i = 0; i < p->side * p->side; i++)
                v[i] = (float)(.6 + .1 * sin((double)(i % p->side) / 90) + .0005 * rv__rng_normal(&rng));
        snprintf(id, sizeof id, "s%d", (int)t);
        rv_scene_info info = facts_of(&grid, id);
        info.t_min = info.t_max = 86400 * p->days[t];
        s.scene[t] = scene_with(&info, v, NULL);
        CHECK(s.scene[t] != NULL);
        rv__free(v);
    }
    rv__free(a);
    rv__free(b);
    return s;
}

static void series_free(drawn_series *s)
{
    for (size_t t = 0; t < s->n; t++)
        rv_scene_free(s->scene[t]);
}

/* Error of a transform to a reference at a place of the scene, px. */
static double error_at(const drawn_series *s, const rv_transform *row, size_t t, size_t reference, double at)
{
    double back[9], want[2], got[2];
    CHECK(rv_transform_invert(back, s->truth[reference]) == RV_OK);
    rv__mat_point(want, s->truth[t], at, at);
    rv__mat_point(want, back, want[0], want[1]);
    rv_transform_apply(row, at, at, &got[0], &got[1]);
    return hypot(got[0] - want[0], got[1] - want[1]);
}

static double rms_of(const drawn_series *s, const rv_transform *rows, size_t reference, double at)
{
    double sum = 0;
    for (size_t t = 0; t < s->n; t++)
        sum += t == reference ? 0 : pow(error_at(s, rows + t, t, reference, at), 2);
    return sqrt(sum / (double)(s->n - 1));
}

static bool same_row(const rv_transform *a, const rv_transform *b)
{
    bool same = true;
    const rv_fields *f = rv_transform_fields();
    for (size_t i = 0; i < f->n; i++)
        same &= rv_field_equal(f->field + i, a, b);
    return same;
}

TEST(a_series_is_no_worse_than_pair_by_pair_and_its_loops_close)
{
    const plan p = {
        .n = N, .side = SIDE, .seed = 1, .turn_rad = .002, .replaced = .3, .days = { 0, 30, 60, 90, 120, 150 }
    };
    drawn_series s = series_new(&p);
    rv_transform rows[N], alone[N];
    CHECK(rv_align_series(rows, s.scene, N, 0, NULL) == RV_OK);
    rv_transform_identity(&alone[0]);
    for (size_t t = 1; t < N; t++) {
        CHECK(rv_align(alone + t, s.scene[t], s.scene[0], NULL) == RV_OK);
        CHECK(rows[t].trusted && rows[t].why[0] == '\0' && rows[t].loops >= 2 && rows[t].closure_px < .15);
        CHECK(error_at(&s, rows + t, t, 0, .5 * SIDE) < 3.5 * rows[t].sigma_px);
        CHECK(rows[t].sigma_px > .999 * alone[t].sigma_px); /* what all its pairs share is not averaged away */
        CHECK(alone[t].loops == 0 && isnan(alone[t].closure_px));
    }
    const double centre = rms_of(&s, rows, 0, .5 * SIDE), corner = rms_of(&s, rows, 0, 0);
    const double centre_alone = rms_of(&s, alone, 0, .5 * SIDE), corner_alone = rms_of(&s, alone, 0, 0);
    printf("# centre %.4f px rms, pair by pair %.4f; corner %.4f and %.4f; closure of the last %.3f\n", centre,
           centre_alone, corner, corner_alone, rows[N - 1].closure_px);
    CHECK(centre < 1.05 * centre_alone + .003 && corner < 1.05 * corner_alone + .003);
    CHECK(rows[0].m[0] == 1 && rows[0].m[2] == 0 && rows[0].sigma_px == 0 && rows[0].trusted);
    series_free(&s);
}

TEST(any_scene_may_be_the_reference)
{
    const plan p = { .n = 4, .side = SIDE, .seed = 2, .days = { 0, 30, 60, 90 } };
    drawn_series s = series_new(&p);
    for (size_t reference = 0; reference < 4; reference += reference ? 1 : 2) {
        rv_transform rows[4];
        CHECK(rv_align_series(rows, s.scene, 4, reference, NULL) == RV_OK);
        for (size_t t = 0; t < 4; t++) {
            char id[8];
            snprintf(id, sizeof id, "s%zu", reference);
            CHECK(rows[t].trusted);
            CHECK_TEXT(rows[t].reference_id, id);
            id[1] = (char)('0' + t);
            CHECK_TEXT(rows[t].scene_id, id);
            CHECK(error_at(&s, rows + t, t, reference, .5 * SIDE) < (t == reference ? 1e-9 : .08));
        }
    }
    rv_transform rows[4];
    CHECK_FAILS(RV_ERR_RANGE, rv_align_series(rows, s.scene, 4, 4, NULL));
    CHECK_TEXT(rv_last_error(), "the reference must be one of the 4 scenes, not number 4");
    series_free(&s);
}

TEST(one_scene_is_the_reference_and_two_are_a_pair)
{
    const plan p = { .n = 2, .side = SIDE, .seed = 3, .days = { 0, 30 } };
    drawn_series s = series_new(&p);
    rv_transform rows[2], alone;
    CHECK(rv_align_series(rows, s.scene, 1, 0, NULL) == RV_OK);
    CHECK(rows[0].trusted && rows[0].m[0] == 1 && rows[0].m[5] == 0 && rows[0].loops == 0);
    CHECK_TEXT(rows[0].scene_id, "s0");
    CHECK(rv_align_series(rows, s.scene, 2, 1, NULL) == RV_OK);
    CHECK(rv_align(&alone, s.scene[0], s.scene[1], NULL) == RV_OK);
    CHECK(same_row(&rows[0], &alone));
    series_free(&s);
}

TEST(a_scene_unlike_the_reference_is_found_by_way_of_its_neighbour)
{
    const plan p = {
        .n = N, .side = SIDE, .seed = 4, .other = { 0, .3, .5, .7, 1, 1 }, .days = { 0, 30, 60, 90, 120, 150 }
    };
    drawn_series s = series_new(&p);
    rv_transform rows[N], alone;
    CHECK(rv_align(&alone, s.scene[4], s.scene[0], NULL) == RV_OK);
    CHECK(!alone.trusted);
    CHECK(rv_align_series(rows, s.scene, N, 0, NULL) == RV_OK);
    for (size_t t = 1; t < N; t++) {
        const double error = error_at(&s, rows + t, t, 0, .5 * SIDE);
        printf("# share of the other ground %.1f: %.4f px, sigma %.4f, %d loops, %s\n", p.other[t], error,
               rows[t].sigma_px, rows[t].loops, rows[t].why);
        CHECK(rows[t].trusted && error < 3.5 * rows[t].sigma_px);
        CHECK((strncmp(rows[t].why, "matched by way of s", 19) == 0) == (t >= 4));
    }
    CHECK(rows[4].sigma_px > rows[3].sigma_px);
    series_free(&s);
}

TEST(a_chain_is_found_against_the_run_of_time_too)
{
    const plan p = {
        .n = N, .side = SIDE, .seed = 4, .other = { 0, .3, .5, .7, 1, 1 }, .days = { 150, 120, 90, 60, 30, 0 }
    };
    drawn_series s = series_new(&p);
    rv_transform rows[N];
    CHECK(rv_align_series(rows, s.scene, N, 0, NULL) == RV_OK);
    for (size_t t = 1; t < N; t++)
        CHECK(rows[t].trusted && error_at(&s, rows + t, t, 0, .5 * SIDE) < 3.5 * rows[t].sigma_px);
    series_free(&s);
}

TEST(the_largest_shift_asked_for_holds_by_way_of_a_neighbour_too)
{
    const plan p = {
        .n = N, .side = SIDE, .seed = 4, .other = { 0, .3, .5, .7, 1, 1 }, .days = { 0, 30, 60, 90, 120, 150 }
    };
    drawn_series s = series_new(&p);
    rv_align_opts opts = RV_ALIGN_OPTS_INIT;
    rv_transform rows[N];
    CHECK(rv_align_series(rows, s.scene, N, 0, NULL) == RV_OK);
    opts.max_shift_px = .9 * hypot(rows[4].shift_px[0], rows[4].shift_px[1]);
    CHECK(rv_align_series(rows, s.scene, N, 0, &opts) == RV_OK);
    CHECK(!rows[4].trusted);
    series_free(&s);
}

TEST(a_scene_without_texture_is_refused_and_the_others_go_on)
{
    const plan p = { .n = 4, .side = SIDE, .seed = 5, .blank = 2, .days = { 0, 30, 60, 90 } };
    drawn_series s = series_new(&p);
    rv_transform rows[4];
    CHECK(rv_align_series(rows, s.scene, 4, 0, NULL) == RV_OK);
    CHECK(!rows[2].trusted && rows[2].why[0] != '\0');
    printf("# %s\n", rows[2].why);
    CHECK(!(rows[2].sigma_px < .1));
    for (size_t t = 1; t < 4; t += 2)
        CHECK(rows[t].trusted && rows[t].loops == 1 && error_at(&s, rows + t, t, 0, .5 * SIDE) < .08);
    series_free(&s);
}

TEST(noise_is_seldom_taken_for_the_ground)
{
    enum { RUNS = 24, PX = 256 };
    ground *g = ground_new(10, 420);
    const drawing d = drawing_moved(CENTRE, CENTRE, 1);
    const rv_grid grid = grid_utm(PX, PX, 5e5, 4e6, 3);
    float *v = draw(g, &d, PX, PX);
    rv_scene *reference = scene_of(v, NULL, &grid, "reference");
    int trusted = 0;
    for (uint32_t run = 0; run < RUNS; run++) {
        rv_transform row;
        rv__rng rng;
        rv__rng_init(&rng, 32, run, 0, 0);
        for (int i = 0; i < PX * PX; i++)
            v[i] = (float)(.25 + .02 * rv__rng_normal(&rng));
        rv_scene *scene = scene_of(v, NULL, &grid, "noise");
        CHECK(rv_align(&row, scene, reference, NULL) == RV_OK);
        trusted += row.trusted;
        rv_scene_free(scene);
    }
    printf("# %d of %d pictures of noise are trusted\n", trusted, RUNS);
    CHECK(trusted <= 1);
    rv_scene_free(reference);
    rv__free(v);
    rv__free(g);
}

TEST(scenes_of_one_time_are_in_the_order_given)
{
    const plan p = { .n = 4, .side = SIDE, .seed = 6 };
    drawn_series s = series_new(&p);
    rv_transform rows[4];
    CHECK(rv_align_series(rows, s.scene, 4, 1, NULL) == RV_OK);
    for (size_t t = 0; t < 4; t++)
        CHECK(rows[t].trusted && (t == 1 || rows[t].loops > 0) && error_at(&s, rows + t, t, 1, .5 * SIDE) < .08);
    series_free(&s);
}

TEST(pictures_without_a_crs_state_no_less_than_their_own_scatter)
{
    const plan p = { .n = 3, .side = SIDE, .seed = 7, .bare = true, .days = { 0, 30, 60 } };
    drawn_series s = series_new(&p);
    rv_transform rows[3];
    CHECK(rv_align_series(rows, s.scene, 3, 0, NULL) == RV_OK);
    const double least = hypot(.03, .06); /* what all windows share, and a sun that is not known */
    for (size_t t = 1; t < 3; t++) {
        CHECK(rows[t].trusted && error_at(&s, rows + t, t, 0, .5 * SIDE) < 3.5 * rows[t].sigma_px);
        CHECK(rows[t].sigma_px > least * (1 + 1e-6));
    }
    series_free(&s);
}

TEST(one_two_and_seven_threads_give_the_same_bytes)
{
    const plan p = { .n = 4, .side = SIDE, .seed = 8, .other = { 0, .2, .6, 1 }, .days = { 0, 30, 60, 90 } };
    drawn_series s = series_new(&p);
    rv_transform rows[3][4];
    const int threads[3] = { 1, 2, 7 };
    for (int i = 0; i < 3; i++) {
        CHECK(rv_threads_set(threads[i]) == RV_OK);
        CHECK(rv_align_series(rows[i], s.scene, 4, 0, NULL) == RV_OK);
        for (size_t t = 0; t < 4; t++)
            CHECK(same_row(&rows[i][t], &rows[0][t]));
    }
    CHECK(rv_threads_set(0) == RV_OK);
    series_free(&s);
}

static int align_once(void *user)
{
    const drawn_series *s = user;
    rv_transform rows[N];
    return rv_align_series(rows, s->scene, s->n, 1, NULL);
}

TEST(a_failed_allocation_is_reported_and_nothing_leaks)
{
    const plan p = { .n = 3, .side = 96, .seed = 9, .days = { 0, 30, 60 } };
    drawn_series s = series_new(&p);
    CHECK(rv_threads_set(1) == RV_OK);
    CHECK_SURVIVES_OOM(align_once, &s);
    CHECK(rv_threads_set(0) == RV_OK);
    series_free(&s);
}

TESTS(RUN(a_series_is_no_worse_than_pair_by_pair_and_its_loops_close), RUN(any_scene_may_be_the_reference),
      RUN(one_scene_is_the_reference_and_two_are_a_pair),
      RUN(a_scene_unlike_the_reference_is_found_by_way_of_its_neighbour),
      RUN(a_chain_is_found_against_the_run_of_time_too),
      RUN(the_largest_shift_asked_for_holds_by_way_of_a_neighbour_too),
      RUN(a_scene_without_texture_is_refused_and_the_others_go_on), RUN(noise_is_seldom_taken_for_the_ground),
      RUN(scenes_of_one_time_are_in_the_order_given), RUN(pictures_without_a_crs_state_no_less_than_their_own_scatter),
      RUN(one_two_and_seven_threads_give_the_same_bytes), RUN(a_failed_allocation_is_reported_and_nothing_leaks))

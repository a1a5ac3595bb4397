/* SPDX-License-Identifier: Apache-2.0 */
/* Shifts of drawn windows against a prepared reference, by kind of texture: how far off, how honest, how sure. */
#include "align/window.h"

#include "lib/isa.h"
#include "lib/oom.h"
#include "lib/test.h"
#include "pictures.h"

enum { N = 128, CASES = 24 };

static const rv__window_opts kinds[] = {
    { N, RV__TEXTURE_PLAIN, 1, .6 },
    { N, RV__TEXTURE_GRADIENT, .8, .6 },
    { N, RV__TEXTURE_ORIENTATION, 1, .6 },
};
static const char *const names[] = { "plain", "gradient", "orientation" };

/* How the shifts of one kind of drawing come out. */
typedef struct outcome {
    double rms, worst, covered; /* px; share of axes within 1.96 sigma */
    int lost;                   /* no shift, or off by a px */
} outcome;

static int shift_of(rv__shift *s, rv__window *w, const float *reference, const float *moving, const uint8_t *ok)
{
    float *prepared = rv__alloc(rv__window_floats(w), sizeof *prepared);
    int err = prepared ? rv__window_prepare(prepared, w, &(rv__plane){ reference, NULL, N }) : RV_ERR_NOMEM;
    if (err == RV_OK)
        err = rv__window_shift(s, w, prepared, &(rv__plane){ moving, ok, N });
    rv__free(prepared);
    return err;
}

static outcome run_cases(const rv__window_opts *opts, drawing kind)
{
    outcome o = { 0 };
    rv__window *w = NULL;
    rv__rng rng;
    rv__rng_init(&rng, 3, kind.stream, 0, 0);
    CHECK(rv__window_new(&w, opts) == RV_OK);
    int found = 0;
    for (uint32_t i = 0; i < CASES; i++) {
        const double dx = rv__rng_between(&rng, -2, 2), dy = rv__rng_between(&rng, -2, 2);
        ground *g = ground_new(i, N);
        drawing still = drawing_moved(0, 0, 2 * i), moved = kind;
        const drawing shifted = drawing_moved(dx, dy, 2 * i + 1);
        memcpy(moved.map, shifted.map, sizeof moved.map);
        moved.stream = shifted.stream;
        still.noise = kind.noise;
        float *a = draw(g, &still, N, N), *b = draw(g, &moved, N, N);
        rv__shift s = { 0 };
        const int err = shift_of(&s, w, a, b, NULL);
        /* The moving picture shows ground point x at x - shift. */
        const double off[2] = { s.d[0] + dx, s.d[1] + dy }, error = hypot(off[0], off[1]);
        o.lost += err != RV_OK || error > 1;
        if (err == RV_OK && error <= 1) {
            found++;
            o.rms += error * error;
            o.worst = fmax(o.worst, error);
            for (int k = 0; k < 2; k++)
                o.covered += fabs(off[k]) < 1.96 * sqrt(s.cov[2 * k]) ? .5 : 0;
        }
        rv__free(a);
        rv__free(b);
        rv__free(g);
    }
    o.rms = sqrt(o.rms / fmax(found, 1));
    o.covered /= fmax(found, 1);
    rv__window_free(w);
    return o;
}

static outcome told(int kind, drawing d, const char *what)
{
    const outcome o = run_cases(&kinds[kind], d);
    printf("# %s, %s: %.4f px rms, worst %.4f, lost %d of %d, within 1.96 sigma %.0f %%\n", what, names[kind], o.rms,
           o.worst, o.lost, CASES, 100 * o.covered);
    return o;
}

/* Shifts by two kinds, as the floats that came out. */
static void some_shifts(float *out)
{
    for (uint32_t kind = 0; kind < 3; kind++) {
        rv__window *w = NULL;
        ground *g = ground_new(kind, N);
        const drawing still = drawing_moved(0, 0, 1), moved = drawing_moved(1.2, -.7, 2);
        float *a = draw(g, &still, N, N), *b = draw(g, &moved, N, N);
        rv__shift s = { 0 };
        if (rv__window_new(&w, &kinds[kind]) == RV_OK && shift_of(&s, w, a, b, NULL) == RV_OK) {
            const double all[8] = { s.d[0], s.d[1], s.cov[0], s.cov[1], s.cov[2], s.height, s.second, s.sd };
            memcpy(out + 16 * kind, all, sizeof all); /* all 64 bits of them */
        }
        rv__window_free(w);
        rv__free(a);
        rv__free(b);
        rv__free(g);
    }
}

TEST(every_instruction_set_gives_the_same_bits)
{
    CHECK(same_on_every_isa(some_shifts, 48));
}

TEST(shifts_are_found_to_a_hundredth_of_a_pixel_where_nothing_changed)
{
    const drawing d = { .noise = .004, .stream = 1 };
    CHECK(told(0, d, "noise").rms < .012);
    CHECK(told(1, d, "noise").rms < .02);
    CHECK(told(2, d, "noise").rms < .02);
}

TEST(change_and_gain_leave_shifts_within_hundredths_of_a_pixel)
{
    const drawing d = { .noise = .004, .replaced = .2, .gain = .5, .stream = 2 };
    for (int kind = 0; kind < 3; kind++) {
        const outcome o = told(kind, d, "20 % change and gain");
        CHECK(o.lost == 0 && o.rms < .1);
    }
}

TEST(orientation_finds_the_shift_where_contrast_is_turned_over_and_half_has_changed)
{
    const drawing d = { .noise = .004, .replaced = .5, .inverted = 1, .stream = 3 };
    for (int kind = 0; kind < 3; kind++)
        told(kind, d, "50 % change, texture inverted");
    const outcome o = run_cases(&kinds[2], d);
    CHECK(o.lost == 0 && o.rms < .06);
}

TEST(a_cloud_that_is_masked_does_not_pull)
{
    ground *g = ground_new(7, N);
    const drawing still = drawing_moved(0, 0, 1), moved = drawing_moved(.6, 1.3, 2);
    float *a = draw(g, &still, N, N), *b = draw(g, &moved, N, N);
    static uint8_t ok[N * N];
    for (int i = 0; i < N * N; i++) {
        ok[i] = !(i % N > 40 && i % N < 90 && i / N < 60);
        b[i] = ok[i] ? b[i] : 1.0F;
    }
    for (int kind = 0; kind < 3; kind++) {
        rv__window *w = NULL;
        rv__shift s;
        CHECK(rv__window_new(&w, &kinds[kind]) == RV_OK);
        CHECK(shift_of(&s, w, a, b, ok) == RV_OK);
        CHECK_NEAR(hypot(s.d[0] + .6, s.d[1] + 1.3), 0, .05);
        rv__window_free(w);
    }
    rv__free(a);
    rv__free(b);
    rv__free(g);
}

TEST(windows_that_are_flat_or_mostly_invalid_give_no_shift)
{
    static float flat[N * N];
    static uint8_t none[N * N];
    ground *g = ground_new(7, N);
    const drawing still = drawing_moved(0, 0, 1);
    float *a = draw(g, &still, N, N);
    for (int kind = 0; kind < 3; kind++) {
        rv__window *w = NULL;
        rv__shift s = { .used = 42 };
        CHECK(rv__window_new(&w, &kinds[kind]) == RV_OK);
        CHECK(shift_of(&s, w, a, flat, NULL) == RV_ERR_NODATA);
        CHECK(shift_of(&s, w, a, a, none) == RV_ERR_NODATA);
        CHECK(s.used == 42);
        rv__window_free(w);
    }
    rv__free(a);
    rv__free(g);
}

TEST(strange_pictures_have_no_peak_that_stands_out)
{
    ground *g = ground_new(1, N), *other = ground_new(2, N);
    const drawing still = drawing_moved(0, 0, 1);
    float *a = draw(g, &still, N, N), *b = draw(other, &still, N, N);
    rv__window *w = NULL;
    rv__shift s, same;
    CHECK(rv__window_new(&w, &kinds[0]) == RV_OK);
    CHECK(shift_of(&same, w, a, a, NULL) == RV_OK);
    CHECK_NEAR(hypot(same.d[0], same.d[1]), 0, 1e-6);
    CHECK_NEAR(same.height, 1, 1e-5);
    const int err = shift_of(&s, w, a, b, NULL);
    CHECK(err == RV_ERR_NODATA || s.height < 1.5 * s.second);
    rv__window_free(w);
    rv__free(a);
    rv__free(b);
    rv__free(g);
    rv__free(other);
}

static int make_and_shift(void *user)
{
    const float *v = user;
    rv__window *w = NULL;
    rv__shift s;
    int err = rv__window_new(&w, &kinds[1]);
    if (err == RV_OK)
        err = shift_of(&s, w, v, v, NULL);
    rv__window_free(w);
    return err;
}

TEST(a_window_survives_any_failed_allocation)
{
    ground *g = ground_new(1, N);
    const drawing still = drawing_moved(0, 0, 1);
    float *a = draw(g, &still, N, N);
    CHECK_SURVIVES_OOM(make_and_shift, a);
    rv__free(a);
    rv__free(g);
}

TESTS(RUN(every_instruction_set_gives_the_same_bits),
      RUN(shifts_are_found_to_a_hundredth_of_a_pixel_where_nothing_changed),
      RUN(change_and_gain_leave_shifts_within_hundredths_of_a_pixel),
      RUN(orientation_finds_the_shift_where_contrast_is_turned_over_and_half_has_changed),
      RUN(a_cloud_that_is_masked_does_not_pull), RUN(windows_that_are_flat_or_mostly_invalid_give_no_shift),
      RUN(strange_pictures_have_no_peak_that_stands_out), RUN(a_window_survives_any_failed_allocation))

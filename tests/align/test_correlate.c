/* SPDX-License-Identifier: Apache-2.0 */
/* One pair of windows: the surface against its own definition, and drawn shifts recovered through change, gain and
 * contrast inversion. */
#include "lib/test.h"
#include "pictures.h"

enum { N = 128, CASES = 24 };

static rv__correlator *correlator(void)
{
    rv__correlator *c = NULL;
    CHECK(rv__correlator_new(&c, N, N, N, N) == RV_OK);
    return c;
}

static int load(rv__correlator *c, const float *moving, const float *reference, double clip)
{
    for (int i = 0; i < N * N; i++) {
        rv__correlator_plane(c, 0)[i] = logf(moving[i] + .01F);
        rv__correlator_plane(c, 1)[i] = logf(reference[i] + .01F);
    }
    memset(rv__correlator_valid(c), 1, N * N);
    return rv__correlate(c, clip, .6);
}

TEST(zoomed_surface_goes_through_the_samples_of_the_searched_one)
{
    ground *g = ground_new(1, N);
    const drawing still = drawing_moved(0, 0, 1), moved = drawing_moved(2.3, -1.6, 2);
    float *a = draw(g, &still, N, N), *b = draw(g, &moved, N, N);
    rv__correlator *c = correlator();
    enum { R = 6, SIDE = 2 * R + 1 };
    static float searched[SIDE * SIDE], zoomed[RV__ZOOM * RV__ZOOM];
    const int radius[2] = { R, R };
    rv__peak peak;
    CHECK(load(c, b, a, .3) == RV_OK);
    rv__correlate_search(c, &peak, radius, searched);
    rv__correlate_zoom(c, zoomed, (const double[2]){ -2, 1 });
    double worst = 0;
    for (int y = -4; y <= 4; y++)
        for (int x = -4; x <= 4; x++) {
            const float whole = searched[(y + 1 + R) * SIDE + x - 2 + R];
            const float fine = zoomed[(y * RV__ZOOM_RATE + RV__ZOOM / 2) * RV__ZOOM + x * RV__ZOOM_RATE + RV__ZOOM / 2];
            worst = fmax(worst, fabs((double)whole - fine));
        }
    CHECK_NEAR(worst, 0, 2e-3); /* the zoom leaves out the last 1.5 % of the band's weight */
    CHECK_NEAR(peak.d[0], -2, 0.1);
    CHECK_NEAR(peak.d[1], 2, 0.1);
    CHECK(peak.height > 2 * peak.second);
    rv__correlator_free(c);
    rv__free(a);
    rv__free(b);
    rv__free(g);
}

/* Root mean square error of the shift over random drawings, px in both axes together; worst of them in *worst. */
static double rms_error(drawing kind, double clip, double *worst)
{
    rv__correlator *c = correlator();
    rv__rng rng;
    rv__rng_init(&rng, 3, kind.stream, 0, 0);
    double sum = 0;
    *worst = 0;
    for (int i = 0; i < CASES; i++) {
        const double dx = rv__rng_between(&rng, -2, 2), dy = rv__rng_between(&rng, -2, 2);
        ground *g = ground_new((uint32_t)i, N);
        const drawing still = drawing_moved(0, 0, (uint32_t)(2 * i));
        drawing moved = kind;
        const drawing shifted = drawing_moved(dx, dy, (uint32_t)(2 * i + 1));
        memcpy(moved.map, shifted.map, sizeof moved.map);
        moved.stream = shifted.stream;
        float *a = draw(g, &still, N, N), *b = draw(g, &moved, N, N), zoomed[RV__ZOOM * RV__ZOOM];
        rv__peak peak = { 0 };
        const int radius[2] = { N / 4, N / 4 };
        double d[2], height;
        CHECK(load(c, b, a, clip) == RV_OK);
        rv__correlate_search(c, &peak, radius, NULL);
        rv__correlate_zoom(c, zoomed, peak.d);
        rv__surface_peak(zoomed, d, &height);
        /* The moving picture shows ground point x at x - shift. */
        const double error = hypot(peak.d[0] + d[0] + dx, peak.d[1] + d[1] + dy);
        sum += error * error;
        *worst = fmax(*worst, error);
        rv__free(a);
        rv__free(b);
        rv__free(g);
    }
    rv__correlator_free(c);
    return sqrt(sum / CASES);
}

TEST(shifts_of_a_window_are_found_to_hundredths_of_a_pixel)
{
    double worst;
    const double whole = rms_error((drawing){ .noise = .004, .stream = 1 }, 1, &worst);
    printf("# 128-px window, noise only, gradients not clipped: %.4f px rms, worst %.4f\n", whole, worst);
    CHECK(whole < .02 && worst < .05);
    /* The clip that keeps shadows from pulling costs precision where there are none. */
    const double clipped = rms_error((drawing){ .noise = .004, .stream = 1 }, .3, &worst);
    printf("# 128-px window, noise only, clipped at 30 %%: %.4f px rms, worst %.4f\n", clipped, worst);
    CHECK(clipped < .06 && worst < .15);
}

TEST(change_and_gain_leave_shifts_within_a_tenth_of_a_pixel)
{
    double worst;
    const double changed = rms_error((drawing){ .noise = .004, .replaced = .2, .gain = .5, .stream = 2 }, .3, &worst);
    printf("# 128-px window, 20 %% change and gain: %.4f px rms, worst %.4f\n", changed, worst);
    CHECK(changed < .12 && worst < .25);
}

TEST(contrast_turned_over_leaves_shifts_within_a_fifth_of_a_pixel)
{
    double worst;
    const double turned = rms_error((drawing){ .noise = .004, .replaced = .2, .inverted = 1, .stream = 3 }, .3, &worst);
    printf("# 128-px window, texture inverted, 20 %% change: %.4f px rms, worst %.4f\n", turned, worst);
    CHECK(turned < .12 && worst < .4);
}

TEST(every_texture_finds_the_same_shift)
{
    ground *g = ground_new(5, N);
    const drawing still = drawing_moved(0, 0, 1), moved = drawing_moved(1.4, -.6, 2);
    float *a = draw(g, &still, N, N), *b = draw(g, &moved, N, N), zoomed[RV__ZOOM * RV__ZOOM];
    for (int kind = 0; kind < 3; kind++) {
        rv__correlator *c = NULL;
        const size_t size[2] = { N, N };
        double d[2], height;
        CHECK(rv__correlator_new_kind(&c, (rv__texture_kind)kind, size, size) == RV_OK);
        CHECK(load(c, b, a, .8) == RV_OK);
        rv__correlate_zoom(c, zoomed, (const double[2]){ 0, 0 });
        rv__surface_peak(zoomed, d, &height);
        CHECK_NEAR(hypot(d[0] + 1.4, d[1] - .6), 0, .03);
        rv__correlator_free(c);
    }
    rv__free(a);
    rv__free(b);
    rv__free(g);
}

TEST(windows_without_texture_or_without_pixels_give_no_surface)
{
    rv__correlator *c = correlator();
    float *flat = rv__alloc(N * N, sizeof *flat);
    for (int i = 0; i < N * N; i++)
        flat[i] = .3F;
    CHECK(load(c, flat, flat, .3) == RV_ERR_NODATA);
    memset(rv__correlator_valid(c), 0, N * N);
    CHECK(rv__correlate(c, .3, .6) == RV_ERR_NODATA);
    rv__free(flat);
    rv__correlator_free(c);
}

TEST(a_surface_is_interpolated_with_its_slope_and_its_peak_is_found)
{
    float s[RV__ZOOM * RV__ZOOM];
    const double at[2] = { .37, -.81 };
    for (int r = 0; r < RV__ZOOM; r++)
        for (int c = 0; c < RV__ZOOM; c++) {
            const double x = (double)(c - RV__ZOOM / 2) / RV__ZOOM_RATE - at[0];
            const double y = (double)(r - RV__ZOOM / 2) / RV__ZOOM_RATE - at[1];
            s[r * RV__ZOOM + c] = (float)exp(-.5 * (x * x + y * y));
        }
    double d[2], height, slope[2];
    rv__surface_peak(s, d, &height);
    CHECK_NEAR(d[0], at[0], 2e-3);
    CHECK_NEAR(d[1], at[1], 2e-3);
    const double x = 1.13 - at[0], y = .2 - at[1], want = exp(-.5 * (x * x + y * y));
    CHECK_NEAR(rv__surface_at(s, 1.13, .2, slope), want, 1e-3);
    CHECK_NEAR(slope[0], -x * want, 5e-3);
    CHECK_NEAR(slope[1], -y * want, 5e-3);
    CHECK(rv__surface_at(s, 4.5, 0, slope) == 0 && slope[0] == 0);
}

TESTS(RUN(zoomed_surface_goes_through_the_samples_of_the_searched_one),
      RUN(shifts_of_a_window_are_found_to_hundredths_of_a_pixel),
      RUN(change_and_gain_leave_shifts_within_a_tenth_of_a_pixel),
      RUN(contrast_turned_over_leaves_shifts_within_a_fifth_of_a_pixel), RUN(every_texture_finds_the_same_shift),
      RUN(windows_without_texture_or_without_pixels_give_no_surface),
      RUN(a_surface_is_interpolated_with_its_slope_and_its_peak_is_found))

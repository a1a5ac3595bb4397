/* SPDX-License-Identifier: Apache-2.0 */
/* rv_measure on drawn sites: what it promises, refuses, and says when it cannot know. */
#include "drawn_site.h"

#include "raster/gdal_write.h"

static drawn_site site;

static rv_simulate_opts opts(void)
{
    rv_simulate_opts o = RV_SIMULATE_OPTS_INIT;
    o.size_px = 192;
    o.dates = 5;
    o.buildings_old = 2;
    o.buildings_new = 2;
    o.cloud_share = 0.0;
    o.seed = 11;
    return o;
}

static const drawn_site *drawn(void)
{
    const rv_simulate_opts o = opts();
    if (!site.stack)
        CHECK(drawn_site_open(&site, &o, 0, 0) == RV_OK);
    return &site;
}

TEST(halls_are_measured_within_two_per_cent_and_three_sigma)
{
    const drawn_site *d = drawn();
    for (int b = 0; b <= 2; b += 2) { /* the old hall, the new one */
        const double truth = 4.0 * d->site.building[b].half[0] * d->site.building[b].half[1];
        rv_structure s;
        rv_measurements m = { 0 };
        CHECK(detected_outline(&s, d, b, 1.0, 3) == RV_OK);
        CHECK(rv_measure(&m, &s, d->stack, NULL) == RV_OK);
        const rv_measurement *a = find_row(&m, "area_m2"), *h = find_row(&m, "height_m");
        CHECK(a && h && find_row(&m, "length_m") && find_row(&m, "orientation_deg"));
        CHECK_NEAR(a->value, truth, .02 * truth);
        CHECK_NEAR(a->value, truth, 3.0 * a->sigma);
        CHECK_NEAR(rv_polygon_area(&m.outline), truth, .02 * truth);
        CHECK_NEAR(h->value, d->site.building[b].height_m, 1.0);
        CHECK_NEAR(find_row(&m, "length_m")->value, 2.0 * d->site.building[b].half[0], 1.0);
        CHECK_NEAR(find_row(&m, "width_m")->value, 2.0 * d->site.building[b].half[1], 1.0);
        CHECK_NEAR(find_row(&m, "area_px2")->value * 9.0, a->value, 1e-3 * a->value);
        rv_measurements_release(&m);
        rv_polygon_release(&s.outline);
    }
}

TEST(sigma_is_the_root_of_the_budgets_squares)
{
    const drawn_site *d = drawn();
    rv_structure s;
    rv_measurements m = { 0 };
    CHECK(detected_outline(&s, d, 0, 1.0, 3) == RV_OK);
    CHECK(rv_measure(&m, &s, d->stack, NULL) == RV_OK);
    const char *const quantity[] = { "area_m2", "area_px2" };
    for (int k = 0; k < 2; k++) {
        double sum = 0.0;
        for (size_t i = 0; i < m.n_terms; i++)
            if (strcmp(m.term[i].quantity, quantity[k]) == 0)
                sum += m.term[i].sigma * m.term[i].sigma;
        const rv_measurement *a = find_row(&m, quantity[k]);
        CHECK_NEAR(sqrt(sum), a->sigma, 1e-9 * a->value);
        CHECK_NEAR(a->hi - a->lo, 2 * 1.959964 * a->sigma, 1e-4 * a->value);
    }
    rv_measurements_release(&m);
    rv_polygon_release(&s.outline);
}

TEST(without_refinement_the_drawn_outline_itself_is_measured)
{
    const drawn_site *d = drawn();
    rv_measure_opts o = RV_MEASURE_OPTS_INIT;
    rv_structure s;
    rv_measurements drawn_one = { 0 }, fitted = { 0 };
    o.refine = false;
    CHECK(detected_outline(&s, d, 0, 1.0, 4) == RV_OK);
    CHECK(rv_measure(&drawn_one, &s, d->stack, &o) == RV_OK);
    CHECK(rv_measure(&fitted, &s, d->stack, NULL) == RV_OK);
    const rv_measurement *a = find_row(&drawn_one, "area_m2"), *f = find_row(&fitted, "area_m2");
    CHECK_NEAR(a->value, rv_polygon_area(&s.outline), 3e-4 * a->value);
    CHECK_TEXT(a->method, "outline as drawn");
    CHECK(strstr(f->method, "fitted") != NULL);
    CHECK(a->sigma > f->sigma); /* and says that it knows less */
    CHECK(find_row(&drawn_one, "height_m") == NULL);
    rv_measurements_release(&drawn_one);
    rv_measurements_release(&fitted);
    rv_polygon_release(&s.outline);
}

TEST(an_outline_on_bare_ground_is_not_believed)
{
    const drawn_site *d = drawn();
    rv_structure s;
    rv_measurements m = { 0 };
    CHECK(detected_outline(&s, d, 2, 0.0, 4) == RV_OK);
    s.event = RV_EVENT_NONE;
    s.absent_id[0] = s.present_id[0] = '\0';
    /* The new building's place on its first date only, before it stood. */
    rv_stack *before = NULL;
    CHECK(rv_stack_build(&before, &(rv_stack_parts){ .scenes = site.scene, .transforms = site.transform, .n = 1 },
                         &d->site.grid) == RV_OK);
    CHECK(rv_measure(&m, &s, before, NULL) == RV_OK);
    const rv_measurement *a = find_row(&m, "area_m2");
    CHECK(a->poor);
    CHECK(a->hi - a->lo > .12 * a->value);
    rv_measurements_release(&m);
    rv_stack_free(before);
    rv_polygon_release(&s.outline);
}

TEST(the_number_of_threads_changes_no_bit)
{
    const drawn_site *d = drawn();
    rv_structure s;
    rv_measurements one = { 0 }, many = { 0 };
    CHECK(detected_outline(&s, d, 1, 1.0, 9) == RV_OK);
    rv_threads_set(1);
    CHECK(rv_measure(&one, &s, d->stack, NULL) == RV_OK);
    rv_threads_set(5);
    CHECK(rv_measure(&many, &s, d->stack, NULL) == RV_OK);
    rv_threads_set(0);
    CHECK(one.n == many.n && one.n_terms == many.n_terms);
    for (size_t i = 0; i < one.n && i < many.n; i++)
        for (size_t k = 0; k < rv_measurement_fields()->n; k++)
            CHECK(rv_field_equal(&rv_measurement_fields()->field[k], &one.v[i], &many.v[i]));
    rv_measurements_release(&one);
    rv_measurements_release(&many);
    rv_polygon_release(&s.outline);
}

TEST(without_a_scale_square_metres_are_unknown_and_pixels_are_given)
{
    enum { N = 48 };
    static uint8_t pixels[3 * N * N], valid[N * N];
    const char *path = "/tmp/rv-measure-picture.tif";
    rv_grid grid = { .width = N, .height = N, .gt = { 0, 1, 0, 0, 0, 1 } };
    rv__cog *cog = NULL;
    for (size_t i = 0; i < 3 * N * N; i++) {
        const size_t r = i % (N * N) / N, c = i % N;
        pixels[i] = (uint8_t)((r >= 15 && r < 30 && c >= 10 && c < 34 ? 190 : 90) + (r * 7 + c * 13) % 5);
    }
    memset(valid, 1, sizeof valid);
    CHECK(rv__cog_begin(&cog, path, &grid, 3, RV__SAMPLE_U8) == RV_OK);
    CHECK(rv__cog_rows(cog, pixels, valid, 0, N) == RV_OK && rv__cog_finish(cog) == RV_OK);
    rv_scene_info info = { .id = "picture",
                           .width = N,
                           .height = N,
                           .bands = 3,
                           .roles = "RGB",
                           .bits = 8,
                           .scale = 1,
                           .gt = { 0, 1, 0, 0, 0, 1 },
                           .sun_azimuth_deg = NAN,
                           .sun_elevation_deg = NAN,
                           .view_azimuth_deg = NAN,
                           .view_off_nadir_deg = NAN };
    rv_scene *scene = NULL;
    rv_transform same;
    rv_stack *stack = NULL;
    rv_transform_identity(&same);
    CHECK(rv_scene_open(&scene, path, &info) == RV_OK);
    CHECK(rv_stack_build(&stack, &(rv_stack_parts){ .scenes = &scene, .transforms = &same, .n = 1 }, &grid) == RV_OK);
    rv_structure s = { .id = "s1", .event = RV_EVENT_NONE };
    const rv_point p[4] = { { 11, 29 }, { 33, 29.5 }, { 33.5, 16 }, { 10.5, 15.5 } };
    rv_measurements m = { 0 };
    CHECK(rv__polygon_ring(&s.outline, p, 4) == RV_OK);
    CHECK(rv_measure(&m, &s, stack, NULL) == RV_OK);
    const rv_measurement *a = find_row(&m, "area_m2"), *px = find_row(&m, "area_px2");
    CHECK(isnan(a->value) && isnan(a->lo) && *a->why);
    CHECK_NEAR(px->value, 15 * 24, 8);
    CHECK(px->lo < 15 * 24 && px->hi > 15 * 24);
    CHECK(px->sigma > .3 * 70); /* 8 bits: .3 px all round */
    rv_measurements_release(&m);
    rv_polygon_release(&s.outline);
    rv_stack_free(stack);
    rv_scene_free(scene);
    remove(path);
}

TEST(what_cannot_be_measured_is_refused_with_its_reason)
{
    const drawn_site *d = drawn();
    rv_measurements m = { 0 };
    rv_structure empty = { .id = "s9" }, far = { .id = "s8" };
    const rv_point p[3] = { { 0, 0 }, { 10, 0 }, { 10, 10 } };
    rv_measure_opts bad = RV_MEASURE_OPTS_INIT;
    bad.max_scenes = 0;
    CHECK_FAILS(RV_ERR_RANGE, rv_measure(&m, &empty, d->stack, NULL));
    CHECK_FAILS(RV_ERR_RANGE, rv_measure(&m, &empty, d->stack, &bad));
    CHECK(strstr(rv_last_error(), "max_scenes") != NULL);
    CHECK(rv__polygon_ring(&far.outline, p, 3) == RV_OK);
    CHECK_FAILS(RV_ERR_NODATA, rv_measure(&m, &far, d->stack, NULL));
    CHECK(m.n == 0 && m.v == NULL);
    rv_polygon_release(&far.outline);
}

TEST(the_rows_agree_with_the_defaults)
{
    const rv_measure_opts init = RV_MEASURE_OPTS_INIT;
    rv_measure_opts filled;
    rv_fields_init(rv_measure_fields(), &filled);
    for (size_t k = 0; k < rv_measure_fields()->n; k++)
        CHECK(rv_field_equal(&rv_measure_fields()->field[k], &init, &filled));
    CHECK(rv_fields_check(rv_measure_fields(), &init) == RV_OK);
}

TEST(a_failing_allocation_leaves_nothing_behind)
{
    const drawn_site *d = drawn();
    rv_structure s;
    rv_measure_opts o = RV_MEASURE_OPTS_INIT;
    o.max_scenes = 1;
    CHECK(detected_outline(&s, d, 1, 1.0, 9) == RV_OK);
    rv_threads_set(1);
    for (long n = 1; n <= 90; n += n < 40 ? 1 : 7) {
        rv_measurements m = { 0 };
        rv__mem_fail_nth(n, false);
        const int err = rv_measure(&m, &s, d->stack, &o);
        rv__mem_fail_nth(0, false);
        CHECK(err == RV_ERR_NOMEM || err == RV_OK);
        CHECK(err == RV_OK || (m.n == 0 && m.v == NULL && m.outline.n == 0));
        rv_measurements_release(&m);
    }
    rv_threads_set(0);
    rv_polygon_release(&s.outline);
}

TEST(the_drawing_is_cleared_away)
{
    const char *folder = drawn()->folder;
    drawn_site_close(&site);
    CHECK(!rv__file_exists(folder));
}

TESTS(RUN(halls_are_measured_within_two_per_cent_and_three_sigma), RUN(sigma_is_the_root_of_the_budgets_squares),
      RUN(without_refinement_the_drawn_outline_itself_is_measured), RUN(an_outline_on_bare_ground_is_not_believed),
      RUN(the_number_of_threads_changes_no_bit), RUN(without_a_scale_square_metres_are_unknown_and_pixels_are_given),
      RUN(what_cannot_be_measured_is_refused_with_its_reason), RUN(the_rows_agree_with_the_defaults),
      RUN(a_failing_allocation_leaves_nothing_behind), RUN(the_drawing_is_cleared_away))

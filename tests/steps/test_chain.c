/* SPDX-License-Identifier: Apache-2.0 */
/* align, detect, measure, judge on small drawn images: what each stores, what stands in the way of an image, and that a
 * step refuses to run before the one it needs. How good the numbers are is the business of the floors below. */
#include "drawn.h"

#include "case/case_internal.h"

#include <revisit/simulate.h>

static rv_transform transforms[16];
static int n_transforms;

static int take_transform(const rv_transform *row, void *user)
{
    (void)user;
    if (n_transforms < 16)
        transforms[n_transforms] = *row;
    n_transforms++;
    return 0;
}

static const rv_transform *transform_of(rv_case *c, const char *id)
{
    n_transforms = 0;
    CHECK_FAILS(RV_OK, rv_case_each_transform(c, take_transform, NULL));
    for (int i = 0; i < n_transforms; i++)
        if (strcmp(transforms[i].scene_id, id) == 0)
            return &transforms[i];
    return NULL;
}

static void add(rv_case *c, const char *name, const drawn *d)
{
    CHECK_FAILS(RV_OK, rv_step_add(c, draw(name, d), NULL, &(rv_add_opts){ .gsd_m = d->crs_less ? 3 : 0 }));
}

/* Four dates; the block appears between the second and the third. */
static rv_case *four_dates(const char *name)
{
    static const char *const dates[] = { "2023-01-15", "2023-02-15", "2023-03-15", "2023-04-15" };
    rv_case *c = new_case(name);
    for (uint32_t i = 0; i < 4; i++)
        add(c, dates[i], &(drawn){ .block_px = i < 2 ? 0 : 24, .noise = i });
    return c;
}

static int count_gain(const rv_gain *row, void *user)
{
    CHECK(isfinite(row->gain) && isfinite(row->offset));
    ++*(int *)user;
    return 0;
}

static int take_run(const rv_run *row, void *user)
{
    *(rv_run *)user = *row;
    return 0;
}

TEST(align_stores_transforms_gains_and_masks_of_every_image_it_can_use)
{
    rv_case *c = four_dates("align.case");
    int gains = 0;
    char text[64], name[RV_PATH_MAX], path[RV_PATH_MAX];
    rv_run run = { 0 };
    CHECK_FAILS(RV_OK, rv_step_align(c, NULL, NULL));
    CHECK_FAILS(RV_OK, rv_case_each_run(c, take_run, &run));
    CHECK(run.state == RV_RUN_DONE);
    CHECK(strstr(run.options, "\"window_px\"") && strstr(run.options, "\"cloud_mad\""));
    CHECK(transform_of(c, "2023-01-15") != NULL && n_transforms == 4);
    for (int i = 0; i < 4; i++) {
        CHECK(transforms[i].trusted);
        CHECK(fabs(transforms[i].m[2]) < 0.2 && fabs(transforms[i].m[5]) < 0.2); /* drawn without a shift */
        CHECK_FAILS(RV_OK, rv__case_mask_name(name, sizeof name, run.id, transforms[i].scene_id));
        CHECK_FAILS(RV_OK, rv__case_path(c, path, sizeof path, name));
        CHECK(rv__file_exists(path));
    }
    CHECK_FAILS(RV_OK, rv_case_each_gain(c, count_gain, &gains));
    CHECK(gains == 16);
    CHECK_FAILS(RV_OK, rv__fact_get(c, text, sizeof text, "clear/2023-01-15"));
    CHECK(text[0] != '\0');
    CHECK_FAILS(RV_OK, rv_case_verify(c, NULL));
    rv_case_close(c);
}

TEST(the_stack_of_a_case_is_the_one_that_align_made)
{
    rv_case *c = NULL;
    rv_case_stack *s = NULL;
    rv_grid grid;
    static float data[4 * 16];
    uint8_t mask[16];
    CHECK_FAILS(RV_OK, rv_case_open(&c, scratch("align.case")));
    CHECK_FAILS(RV_OK, rv_case_stack_open(&s, c));
    const rv_stack *stack = rv_case_stack_get(s);
    CHECK_FAILS(RV_OK, rv__case_grid(c, &grid));
    CHECK(rv_stack_size(stack) == 4 && rv_grid_equal(rv_stack_grid(stack), &grid));
    CHECK_TEXT(rv_stack_facts(stack, 3)->id, "2023-04-15");
    CHECK_TEXT(rv_stack_roles(stack), "BGRN");
    CHECK_FAILS(RV_OK, rv_stack_read(stack, data, mask, 3, (const int[4]){ 62, 62, 4, 4 }));
    CHECK_NEAR(data[0], 4500, 300); /* the block, on the common scale */
    rv_case_stack_free(s);
    rv_case_close(c);
}

TEST(an_image_that_cannot_be_placed_gets_a_reason_and_the_others_go_on)
{
    rv_case *c = four_dates("part.case");
    rv_run run = { 0 };
    add(c, "2023-05-15", &(drawn){ .east_m = 90000, .noise = 9 });
    add(c, "2023-06-15", &(drawn){ .crs_less = true, .noise = 10 });
    CHECK_FAILS(RV_OK, rv_step_align(c, NULL, NULL));
    CHECK_FAILS(RV_OK, rv_case_each_run(c, take_run, &run));
    CHECK(run.state == RV_RUN_PART);
    const rv_transform *far = transform_of(c, "2023-05-15"), *lost = transform_of(c, "2023-06-15");
    CHECK(far && !far->trusted && strstr(far->why, "does not overlap the reference"));
    CHECK(lost && !lost->trusted && strstr(lost->why, "has no CRS"));
    CHECK(n_transforms == 6);
    rv_case_stack *s = NULL;
    CHECK_FAILS(RV_OK, rv_case_stack_open(&s, c));
    CHECK(rv_stack_size(rv_case_stack_get(s)) == 4);
    rv_case_stack_free(s);
    rv_case_close(c);
}

typedef struct found {
    int structures, news, ratios, areas, without_area;
    char new_id[RV_ID_MAX];
} found;

static int see_structure(const rv_structure *row, void *user)
{
    found *f = user;
    f->structures++;
    CHECK(row->outline.n >= 1 && rv_polygon_area(&row->outline) > 0);
    if (row->event != RV_EVENT_NONE) {
        f->news++;
        memcpy(f->new_id, row->id, sizeof f->new_id);
    }
    return 0;
}

static int see_measurement(const rv_measurement *row, void *user)
{
    found *f = user;
    f->ratios += strcmp(row->quantity, "ratio") == 0;
    if (strcmp(row->quantity, "area_m2") == 0) {
        f->areas++;
        f->without_area += isnan(row->value);
        CHECK(isnan(row->value) ? row->why[0] != '\0' : row->lo <= row->value && row->value <= row->hi);
    }
    return 0;
}

static int add_drawn(const char *name, void *user)
{
    char path[600];
    if (!strstr(name, ".tif"))
        return 0;
    snprintf(path, sizeof path, "%s/%s", scratch("site"), name);
    return rv_step_add(user, path, NULL, NULL);
}

TEST(the_chain_finds_what_was_built_and_every_structure_has_an_area_or_a_reason)
{
    rv_simulate_opts site = RV_SIMULATE_OPTS_INIT;
    found f = { 0 };
    site.size_px = 160;
    site.dates = 4;
    site.buildings_old = 2;
    site.buildings_new = 1;
    site.cloud_share = 0;
    CHECK_FAILS(RV_OK, rv_simulate(scratch("site"), &site));
    rv_case *c = new_case("chain.case");
    CHECK_FAILS(RV_OK, rv__folder_each(scratch("site"), add_drawn, c));
    CHECK_FAILS(RV_OK, rv_step_site(c, scratch("site/site.geojson")));
    CHECK_FAILS(RV_OK, rv_step_align(c, NULL, NULL));
    CHECK_FAILS(RV_OK, rv_step_detect(c, NULL));
    CHECK_FAILS(RV_OK, rv_step_measure(c, NULL, NULL));
    CHECK_FAILS(RV_OK, rv_step_judge(c));
    CHECK_FAILS(RV_OK, rv_case_each_structure(c, see_structure, &f));
    CHECK_FAILS(RV_OK, rv_case_each_measurement(c, see_measurement, &f));
    printf("# %d structures, %d changes, %d areas (%d unknown), %d ratios\n", f.structures, f.news, f.areas,
           f.without_area, f.ratios);
    CHECK(f.news >= 1 && f.structures - f.news >= 1);
    CHECK(f.areas == f.structures);
    CHECK(f.ratios >= 1 && f.ratios <= f.news); /* works, and what is not measured well, are compared with nothing */
    char text[32];
    CHECK_FAILS(RV_OK, rv__fact_get(c, text, sizeof text, "verdict"));
    CHECK_TEXT(text, "no claims");
    CHECK_FAILS(RV_OK, rv_case_verify(c, NULL));
    rv_case_close(c);
}

static int add_value(const rv_measurement *row, void *user)
{
    double *sum = user;
    if (isfinite(row->value))
        *sum += row->value * (double)strlen(row->quantity) + row->lo;
    return 0;
}

TEST(measuring_again_gives_the_same_numbers_for_any_number_of_workers)
{
    rv_case *c = NULL;
    double first = 0;
    CHECK_FAILS(RV_OK, rv_case_open(&c, scratch("chain.case")));
    CHECK_FAILS(RV_OK, rv_case_each_measurement(c, add_value, &first));
    for (int threads = 1; threads <= 7; threads += 3) {
        double again = 0;
        CHECK_FAILS(RV_OK, rv_threads_set(threads));
        CHECK_FAILS(RV_OK, rv_step_measure(c, NULL, NULL));
        CHECK_FAILS(RV_OK, rv_case_each_measurement(c, add_value, &again));
        CHECK(again == first && first > 0);
    }
    CHECK_FAILS(RV_OK, rv_threads_set(0));
    CHECK_FAILS(RV_OK, rv_step_judge(c));
    rv_case_close(c);
}

TEST(a_new_image_makes_the_chain_stale_and_each_step_says_what_is_missing)
{
    rv_case *c = NULL;
    rv_case_stack *s = NULL;
    CHECK_FAILS(RV_OK, rv_case_open(&c, scratch("chain.case")));
    CHECK(rv_case_current_run(c, "judge") > 0);
    drawn late = { .block_px = 24, .noise = 20 };
    add(c, "2023-07-15", &late);
    CHECK_FAILS(RV_ERR_STATE, rv_case_stack_open(&s, c));
    CHECK_FAILS(RV_ERR_STATE, rv_step_detect(c, NULL));
    CHECK_FAILS(RV_ERR_STATE, rv_step_measure(c, NULL, NULL));
    CHECK_FAILS(RV_OK, rv_step_align(c, NULL, NULL));
    CHECK_FAILS(RV_ERR_STATE, rv_step_measure(c, NULL, NULL));
    CHECK_FAILS(RV_OK, rv_step_detect(c, NULL));
    CHECK(rv_case_current_run(c, "measure") == 0 && rv_case_current_run(c, "detect") > 0);
    CHECK_FAILS(RV_OK, rv_case_verify(c, NULL)); /* the older run's masks are still what they were */
    rv_case_close(c);
}

TEST(options_are_checked_before_a_run_begins)
{
    rv_case *c = new_case("options.case");
    rv_align_opts align = RV_ALIGN_OPTS_INIT;
    rv_normalise_opts normalise = RV_NORMALISE_OPTS_INIT;
    rv_run run = { 0 };
    align.window_px = 5;
    CHECK_FAILS(RV_ERR_RANGE, rv_step_align(c, &align, NULL));
    normalise.cloud_mad = -1;
    CHECK_FAILS(RV_ERR_RANGE, rv_step_align(c, NULL, &normalise));
    rv_detect_opts detect = RV_DETECT_OPTS_INIT;
    detect.min_area_m2 = -5;
    CHECK_FAILS(RV_ERR_RANGE, rv_step_detect(c, &detect));
    rv_measure_opts measure = RV_MEASURE_OPTS_INIT;
    measure.max_scenes = 0;
    CHECK_FAILS(RV_ERR_RANGE, rv_step_measure(c, &measure, NULL));
    CHECK_FAILS(RV_OK, rv_case_each_run(c, take_run, &run));
    CHECK_TEXT(run.step, "init");
    CHECK_FAILS(RV_ERR_NODATA, rv_step_align(c, NULL, NULL));
    rv_case_close(c);
}

TESTS(RUN(align_stores_transforms_gains_and_masks_of_every_image_it_can_use),
      RUN(the_stack_of_a_case_is_the_one_that_align_made),
      RUN(an_image_that_cannot_be_placed_gets_a_reason_and_the_others_go_on),
      RUN(the_chain_finds_what_was_built_and_every_structure_has_an_area_or_a_reason),
      RUN(measuring_again_gives_the_same_numbers_for_any_number_of_workers),
      RUN(a_new_image_makes_the_chain_stale_and_each_step_says_what_is_missing),
      RUN(options_are_checked_before_a_run_begins))

/* SPDX-License-Identifier: Apache-2.0 */
/* A drawn site photographed aslant, each date from elsewhere: without ground points no area in square metres, with them the
 * true ones; and points that cannot be used. */
#include "measure/drawn_site.h"

#include "geo/homography.h"
#include "lib/scratch.h"
#include "steps/step.h"

enum { PX = 256, DATES = 4, BANDS = 4 };

static drawn_site site;

/* Site pixels to the picture of a date. */
static void view_of(double m[9], int k)
{
    static const double tilt[DATES][2] = { { 0, 2e-4 }, { 1e-4, 5e-4 }, { -1e-4, 3e-4 }, { 0, 6e-4 } };
    const double aslant[9] = { 1.01, .005 * k, 0, -.005 * k, 1.02, 0, tilt[k][0], tilt[k][1], 1 };
    memcpy(m, aslant, sizeof aslant);
}

static double sample(const float *plane, double x, double y)
{
    const int c = (int)floor(x - .5), r = (int)floor(y - .5);
    if (c < 0 || r < 0 || c + 1 >= PX || r + 1 >= PX)
        return 0;
    const double u = x - .5 - c, v = y - .5 - r;
    const float *p = plane + r * PX + c;
    return (1 - v) * ((1 - u) * (double)p[0] + u * (double)p[1]) +
           v * ((1 - u) * (double)p[PX] + u * (double)p[PX + 1]);
}

static const char *photograph(int k)
{
    static float data[BANDS * PX * PX];
    static uint8_t valid[PX * PX];
    static uint16_t picture[BANDS * PX * PX];
    static const int bands[BANDS] = { 0, 1, 2, 3 }, all[4] = { 0, 0, PX, PX };
    const rv_scene *scene = site.scene[k];
    double view[9], back[9];
    view_of(view, k);
    CHECK_FAILS(RV_OK, rv_transform_invert(back, view));
    CHECK_FAILS(RV_OK, rv_scene_read(scene, data, valid, bands, BANDS, all));
    for (int i = 0; i < PX * PX; i++) {
        double at[2];
        rv__homography_apply(at, back, (const double[2]){ i % PX + .5, i / PX + .5 });
        for (int b = 0; b < BANDS; b++)
            picture[b * PX * PX + i] = (uint16_t)fmax(0, sample(data + b * PX * PX, at[0], at[1]));
    }
    return scratch_envi(rv_scene_facts(scene)->id, picture, sizeof picture,
                        "samples = 256\nlines = 256\nbands = 4\ndata type = 12\n");
}

static rv_case *photographed(const char *name)
{
    rv_case *c = NULL;
    rv_simulate_opts o = RV_SIMULATE_OPTS_INIT;
    o.size_px = PX;
    o.dates = DATES;
    o.cloud_share = 0;
    o.shift_px = 0;
    o.seed = 5;
    if (!site.stack)
        CHECK_FAILS(RV_OK, drawn_site_open(&site, &o, 0, 0));
    CHECK_FAILS(RV_OK, rv_case_create(&c, scratch(name), NULL));
    for (int k = 0; k < DATES; k++)
        CHECK_FAILS(RV_OK, rv_step_add(c, photograph(k), NULL, &(rv_add_opts){ .gsd_m = 3 }));
    return c;
}

/* Five places of the site in the pictures of dates 1 and 2, in metres. */
static const char *write_points(const char *name)
{
    static const double place[5][2] = { { 20, 22 }, { 215, 30 }, { 205, 200 }, { 25, 190 }, { 120, 110 } };
    char text[1024] = "image,col,row,x_m,y_m,name\n";
    for (int i = 0; i < 5; i++) {
        const int k = 1 + i % 2;
        double view[9], at[2];
        view_of(view, k);
        rv__homography_apply(at, view, place[i]);
        snprintf(text + strlen(text), sizeof text - strlen(text), "%s,%.4f,%.4f,%.2f,%.2f,place %d\n",
                 rv_scene_facts(site.scene[k])->id, at[0], at[1], 3 * place[i][0], -3 * place[i][1], i);
    }
    return scratch_write(name, text, strlen(text));
}

/* The drawn buildings as a detect run, outlines as they lie in the reference picture. */
static int true_detect(rv_case *c, int run_id, int *state, void *user)
{
    double first[9];
    (void)state;
    (void)user;
    view_of(first, 0);
    for (int b = 0; b < site.site.n_buildings; b++) {
        rv_structure s;
        CHECK_FAILS(RV_OK, detected_outline(&s, &site, b, 0, 1));
        s.kind = RV_KIND_BUILDING;
        s.likelihood = 1;
        for (size_t i = 0; i < s.outline.ring[0].n; i++) {
            rv_point *p = &s.outline.ring[0].p[i];
            double at[2], px[2];
            rv_grid_to_pixel(&site.site.grid, p->x, p->y, &at[0], &at[1]);
            rv__homography_apply(px, first, at);
            *p = (rv_point){ px[0], px[1] };
        }
        rv__polygon_inside(&s.x, &s.y, &s.outline);
        CHECK_FAILS(RV_OK, rv__structure_put(c, run_id, &s));
        rv_polygon_release(&s.outline);
    }
    return RV_OK;
}

typedef struct seen {
    int areas, unknown, ratios, uncompared, held, tilt_terms;
    char why[RV_WHY_MAX];
} seen;

static int see(const rv_measurement *row, void *user)
{
    seen *s = user;
    if (strcmp(row->quantity, "area_m2") == 0) {
        s->areas++;
        s->unknown += isnan(row->value);
        if (isnan(row->value))
            memcpy(s->why, row->why, sizeof s->why);
        for (int b = 0; b < site.site.n_buildings; b++) {
            const double truth = 4 * site.site.building[b].half[0] * site.site.building[b].half[1];
            if (strcmp(site.site.building[b].id, row->structure_id) == 0) {
                printf("# %s: %.0f m2 (%.0f to %.0f), true %.0f: %s %s\n", row->structure_id, row->value, row->lo,
                       row->hi, truth, row->method, row->why);
                s->held += row->lo <= truth && truth <= row->hi;
            }
        }
    }
    if (strcmp(row->quantity, "ratio") == 0) {
        s->ratios += isfinite(row->value);
        s->uncompared += isnan(row->value) && strstr(row->why, "not observable: the view is tilted");
    }
    return 0;
}

static int see_term(const rv_budget_term *row, void *user)
{
    ((seen *)user)->tilt_terms += strcmp(row->quantity, "ratio") == 0 && strcmp(row->term, "tilt") == 0;
    return 0;
}

static int take_run(const rv_run *row, void *user)
{
    *(rv_run *)user = *row;
    return 0;
}

static int see_point(const rv_gcp *row, void *user)
{
    CHECK(row->sigma_px >= .5 && row->residual_m >= 0);
    printf("# %s: residual %.2f m, uncertainty %.2f m\n", row->name, row->residual_m, row->total_m);
    ++*(int *)user;
    return 0;
}

/* The true transforms as an align run: on so small a picture of fields a homography is not recognised, and how well it is
 * does not matter here. */
static int true_align(rv_case *c, int run_id, int *state, void *user)
{
    static const char *const reference = "2023-01-15";
    rv__scene_list info = { 0 };
    rv_scene *scene[DATES] = { NULL };
    rv_transform t[DATES];
    char name[DATES][RV_PATH_MAX], relative[RV_PATH_MAX];
    const char *path[DATES];
    double clear[DATES], first[9], back[9];
    rv_stack *stack = NULL;
    (void)state;
    (void)user;
    view_of(first, 0);
    CHECK_FAILS(RV_OK, rv__load_scenes(&info, c));
    for (int k = 0; k < DATES; k++) {
        double view[9];
        view_of(view, k);
        rv_transform_identity(&t[k]);
        memcpy(t[k].scene_id, info.v[k].id, RV_ID_MAX);
        strcpy(t[k].reference_id, reference);
        t[k].sigma_px = .2;
        CHECK_FAILS(RV_OK, rv_transform_invert(back, view));
        rv__homography_multiply(t[k].m, first, back);
        for (int i = 0; i < 9; i++)
            t[k].m[i] /= i < 8 ? t[k].m[8] : 1;
        t[k].m[8] = 1;
        CHECK_FAILS(RV_OK, rv__transform_put(c, run_id, &t[k]));
        CHECK_FAILS(RV_OK, rv__open_scene(&scene[k], c, &info.v[k]));
        CHECK_FAILS(RV_OK, rv__case_mask_name(relative, sizeof relative, run_id, info.v[k].id));
        CHECK_FAILS(RV_OK, rv__case_path(c, name[k], sizeof name[k], relative));
        path[k] = name[k];
        for (int b = 0; b < BANDS; b++) {
            rv_gain gain = { .band = b, .gain = 1 };
            memcpy(gain.scene_id, info.v[k].id, RV_ID_MAX);
            CHECK_FAILS(RV_OK, rv__gain_put(c, run_id, &gain));
        }
    }
    CHECK_FAILS(RV_OK,
                rv_stack_build(&stack, &(rv_stack_parts){ scene, t, NULL, NULL, DATES }, rv_scene_grid(scene[0])));
    CHECK_FAILS(RV_OK, rv_masks_write(clear, path, stack, NULL));
    rv_stack_free(stack);
    for (int k = 0; k < DATES; k++)
        rv_scene_free(scene[k]);
    rv__free(info.v);
    return rv__fact_put(c, run_id, "reference_id", reference);
}

TEST(without_points_a_tilted_series_has_no_square_metres_and_says_why)
{
    rv_case *c = photographed("tilted.case");
    seen s = { 0 };
    CHECK_FAILS(
        RV_OK,
        rv__step_run(c, &(rv__step){ .name = "align", .based_on = rv_case_current_run(c, "add"), .work = true_align }));
    CHECK_FAILS(RV_OK, rv__step_run(c, &(rv__step){ .name = "detect",
                                                    .based_on = rv_case_current_run(c, "align"),
                                                    .work = true_detect }));
    CHECK_FAILS(RV_OK, rv_step_measure(c, NULL, NULL));
    CHECK_FAILS(RV_OK, rv_case_each_measurement(c, see, &s));
    CHECK_FAILS(RV_OK, rv_case_each_budget(c, see_term, &s));
    printf("# %d structures, %d ratios, %d not compared\n", s.areas, s.ratios, s.uncompared);
    CHECK(s.areas > 0 && s.unknown == s.areas);
    CHECK_TEXT(s.why, "the view is tilted and has no single scale: give four ground control points with --gcp");
    CHECK(s.ratios + s.uncompared == 4 && s.uncompared > 0 && s.tilt_terms == s.ratios);
    rv_case_close(c);
}

TEST(with_points_areas_are_true_and_the_run_tells_which_points)
{
    rv_case *c = NULL;
    seen s = { 0 };
    rv_run run;
    int points = 0;
    CHECK_FAILS(RV_OK, rv_case_open(&c, scratch("tilted.case")));
    const rv_gcp_opts gcp = { write_points("points.csv"), .5 };
    CHECK_FAILS(RV_OK, rv_step_measure(c, NULL, &gcp));
    CHECK_FAILS(RV_OK, rv_case_each_measurement(c, see, &s));
    CHECK_FAILS(RV_OK, rv_case_each_budget(c, see_term, &s));
    CHECK_FAILS(RV_OK, rv_case_each_gcp(c, see_point, &points));
    printf("# %d structures, %d hold a true area, %d ratios\n", s.areas, s.held, s.ratios);
    CHECK(points == 5 && s.areas == site.site.n_buildings && s.unknown == 0 && s.held >= s.areas - 1);
    CHECK(s.ratios == 4 && s.uncompared == 0 && s.tilt_terms == 0);
    CHECK_FAILS(RV_OK, rv_case_each_run(c, take_run, &run));
    const char *hash = strstr(run.options, "\"gcp_sha256\": \"");
    CHECK(hash && hash[15 + 64] == '"' && strstr(run.options, "\"gcp_sigma_m\": 0.5"));
    char path[RV_PATH_MAX];
    snprintf(path, sizeof path, "%s/originals/%.64s.csv", scratch("tilted.case"), hash ? hash + 15 : "");
    CHECK(rv__file_exists(path));
    CHECK_FAILS(RV_OK, rv_case_verify(c, NULL));
    rv_case_stack *stack = NULL;
    CHECK_FAILS(RV_OK, rv_case_stack_open(&stack, c));
    CHECK(rv_stack_ground(rv_case_stack_get(stack)) && rv_stack_ground(rv_case_stack_get(stack))->points == 5);
    rv_case_stack_free(stack);
    rv_case_close(c);
}

TEST(points_count_for_the_run_that_was_given_them)
{
    rv_case *c = NULL;
    seen s = { 0 };
    int points = 0;
    CHECK_FAILS(RV_OK, rv_case_open(&c, scratch("tilted.case")));
    CHECK_FAILS(RV_OK, rv_step_measure(c, NULL, NULL));
    CHECK_FAILS(RV_OK, rv_case_each_measurement(c, see, &s));
    CHECK_FAILS(RV_OK, rv_case_each_gcp(c, see_point, &points));
    CHECK(s.unknown == s.areas && points == 0);
    rv_case_close(c);
}

static void check_refused(rv_case *c, int code, const char *rows, const char *words)
{
    char text[1024];
    snprintf(text, sizeof text, "image,col,row,x_m,y_m\n%s", rows);
    const rv_gcp_opts gcp = { scratch_write("bad.csv", text, strlen(text)), 1 };
    CHECK_FAILS(code, rv_step_measure(c, NULL, &gcp));
    CHECK_TEXT(rv_last_error(), words);
}

TEST(points_that_cannot_be_used_are_refused_in_words)
{
    rv_case *c = NULL;
    char rows[256], words[256];
    const char *id = rv_scene_facts(site.scene[0])->id;
    CHECK_FAILS(RV_OK, rv_case_open(&c, scratch("tilted.case")));
    check_refused(c, RV_ERR_RANGE, "nowhere,1,2,3,4\n", "bad.csv: point no. 1: the case has no usable image 'nowhere'");
    snprintf(rows, sizeof rows, "%s,1,2,3,4\n%s,300,2,4,5\n", id, id);
    snprintf(words, sizeof words, "bad.csv: point no. 2: pixel 300.0, 2.0 lies outside image '%s' of 256 x 256 px", id);
    check_refused(c, RV_ERR_RANGE, rows, words);
    snprintf(rows, sizeof rows, "%s,1,2,3,4\n%s,90,2,4,5\n", id, id);
    check_refused(c, RV_ERR_RANGE, rows, "bad.csv: 2 ground points, fewer than the 4 that fix a tilted view");
    snprintf(rows, sizeof rows, "%s,1,2,3,inf\n", id);
    check_refused(c, RV_ERR_FORMAT, rows, "bad.csv: line 2: y_m is no number: 'inf'");
    CHECK_FAILS(RV_ERR_NOTFOUND, rv_step_measure(c, NULL, &(rv_gcp_opts){ "/none.csv", 1 }));
    CHECK_FAILS(RV_ERR_RANGE, rv_step_measure(c, NULL, &(rv_gcp_opts){ "/none.csv", 0 }));
    CHECK(rv_case_current_run(c, "measure") > 0); /* what was measured before stands */
    rv_case_close(c);
}

TESTS(RUN(without_points_a_tilted_series_has_no_square_metres_and_says_why),
      RUN(with_points_areas_are_true_and_the_run_tells_which_points), RUN(points_count_for_the_run_that_was_given_them),
      RUN(points_that_cannot_be_used_are_refused_in_words))

/* SPDX-License-Identifier: Apache-2.0 */
/* Extents in a view that looks aslant at flat ground: exact through exact ground points, honest through noisy ones, and
 * none at all where nothing gives the view a scale. */
#include "drawn_site.h"

#include "measure/extent.h"
#include "model/tilted_view.h"

enum { DRAWS = 200 };

static const rv_grid picture = { .gt = { 0, 1, 0, 0, 0, 1 }, .width = VIEW_W, .height = VIEW_H };
static const char *const names[RV__EXTENTS] = { "area", "length", "width", "perimeter", "orientation" };

/* A hall of 60 x 24 m, its long side 25 degrees east of north, in pixels of the view. */
static const double true_extent[RV__EXTENTS] = { 60 * 24, 60, 24, 2 * (60 + 24), 25 };

static int hall(rv_polygon *out, const double view[9], double x, double y)
{
    const double way = true_extent[RV__ORIENTATION] * acos(-1.0) / 180, s = sin(way), c = cos(way);
    static const double corner[4][2] = { { 30, 12 }, { 30, -12 }, { -30, -12 }, { -30, 12 } };
    rv_point p[4];
    for (int i = 0; i < 4; i++) {
        const double u = corner[i][0], v = corner[i][1];
        double q[2];
        rv__homography_apply(q, view, (const double[2]){ x + s * u + c * v, y + c * u - s * v });
        p[i] = (rv_point){ q[0], q[1] };
    }
    *out = (rv_polygon){ 0 };
    return rv__polygon_ring(out, p, 4);
}

static int fit_points(rv_ground *out, const double view[9], size_t n, rv__rng *noise)
{
    rv_gcp points[8];
    double back[9];
    const int err = rv_transform_invert(back, view);
    for (size_t i = 0; i < n; i++)
        points[i] = gcp_at(back, view_places[i][0], view_places[i][1], noise);
    return err < 0 ? err : rv_ground_fit(out, points, n, &picture);
}

static void values_of(double out[RV__EXTENTS], const rv__extent *e)
{
    const double v[RV__EXTENTS] = { e->area_m2, e->length_m, e->width_m, e->perimeter_m, e->orientation_deg };
    memcpy(out, v, sizeof v);
}

TEST(exact_points_give_exact_extents_wherever_the_view_is_headed)
{
    for (int k = 0; k < 12; k++) {
        double view[9], got[RV__EXTENTS];
        rv_polygon outline;
        rv_ground ground;
        rv__extent e;
        tilted_view(view, .5 * k);
        CHECK_FAILS(RV_OK, fit_points(&ground, view, k % 2 ? 4 : 8, NULL));
        CHECK_FAILS(RV_OK, hall(&outline, view, 40 - 10 * k, 13 * k - 60));
        CHECK_FAILS(RV_OK, rv__extent_on_ground(&e, &outline, &ground));
        CHECK(e.has_scale);
        values_of(got, &e);
        for (int q = 0; q < RV__EXTENTS; q++)
            CHECK_NEAR(got[q], true_extent[q], 1e-6);
        rv_polygon_release(&outline);
    }
}

/* A px of edge on the ground: the far side of the box moves by metre[0] when an end moves out by a px in the picture. */
TEST(a_pixel_of_edge_is_what_the_ground_says)
{
    double view[9];
    rv_polygon outline;
    rv_ground ground;
    rv__extent e, longer;
    tilted_view(view, .7);
    CHECK_FAILS(RV_OK, fit_points(&ground, view, 8, NULL));
    CHECK_FAILS(RV_OK, hall(&outline, view, 60, 40));
    CHECK_FAILS(RV_OK, rv__extent_on_ground(&e, &outline, &ground));
    rv_point *p = outline.ring[0].p; /* the end 0 - 1, moved along the sides 1 - 2 and 0 - 3 */
    const double end = hypot(p[1].x - p[0].x, p[1].y - p[0].y);
    for (int i = 0; i < 2; i++) {
        const rv_point side = { p[i].x - p[3 - i].x, p[i].y - p[3 - i].y };
        const double across = fabs(side.x * (p[1].y - p[0].y) - side.y * (p[1].x - p[0].x)) / end;
        p[i].x += .1 * side.x / across;
        p[i].y += .1 * side.y / across;
    }
    CHECK_FAILS(RV_OK, rv__extent_on_ground(&longer, &outline, &ground));
    CHECK_NEAR((longer.length_m - e.length_m) / .1, e.metre[0], .03 * e.metre[0]);
    rv_polygon_release(&outline);
}

typedef struct tally {
    int held[RV__EXTENTS];
    double squares[RV__EXTENTS]; /* of errors in units of sigma */
} tally;

static void draw_once(tally *t, size_t points, uint32_t seed)
{
    double view[9], got[RV__EXTENTS];
    rv_polygon outline;
    rv_ground ground;
    rv__extent e;
    rv__rng g;
    rv__rng_init(&g, seed, (uint32_t)points, 5, 7);
    tilted_view(view, .01 * seed);
    CHECK_FAILS(RV_OK, hall(&outline, view, rv__rng_between(&g, -200, 200), rv__rng_between(&g, -150, 150)));
    CHECK_FAILS(RV_OK, fit_points(&ground, view, points, &g));
    CHECK_FAILS(RV_OK, rv__extent_on_ground(&e, &outline, &ground));
    CHECK(e.has_scale);
    values_of(got, &e);
    for (int q = 0; q < RV__EXTENTS; q++) {
        double sum = 0;
        for (int k = 0; k < 8; k++)
            sum += e.moved[q][k] * e.moved[q][k];
        const double off = (got[q] - true_extent[q]) / sqrt(sum);
        t->held[q] += fabs(off) < 1.96;
        t->squares[q] += off * off / DRAWS;
    }
    rv_polygon_release(&outline);
}

/* Neither too narrow nor, by much, too wide. */
TEST(intervals_hold_with_noisy_points)
{
    for (size_t points = 4; points <= 8; points += 2) {
        tally t = { { 0 }, { 0 } };
        for (uint32_t seed = 0; seed < DRAWS; seed++)
            draw_once(&t, points, seed);
        for (int q = 0; q < RV__EXTENTS; q++) {
            printf("# %zu points, %-11s held %.3f, error over sigma %.2f\n", points, names[q],
                   (double)t.held[q] / DRAWS, sqrt(t.squares[q]));
            CHECK(t.held[q] >= .9 * DRAWS);
            CHECK(sqrt(t.squares[q]) > .6);
        }
    }
}

/* Both halls lie on one map, whose errors they share: the parts with sign make the ratio's interval as narrow as it is. */
TEST(what_two_places_share_of_the_map_cancels_in_their_ratio)
{
    double squares = 0, alone = 0;
    for (uint32_t seed = 0; seed < DRAWS; seed++) {
        rv_polygon outline[2];
        rv__extent e[2];
        rv_ground ground;
        double view[9], together = 0, apart = 0;
        rv__rng g;
        rv__rng_init(&g, seed, 1, 2, 3);
        tilted_view(view, .2);
        CHECK_FAILS(RV_OK, fit_points(&ground, view, 6, &g));
        for (int i = 0; i < 2; i++) {
            CHECK_FAILS(RV_OK, hall(&outline[i], view, 50 + 90 * i, 20));
            CHECK_FAILS(RV_OK, rv__extent_on_ground(&e[i], &outline[i], &ground));
            rv_polygon_release(&outline[i]);
        }
        for (int k = 0; k < 8; k++) {
            const double a = e[0].moved[RV__AREA][k] / e[0].area_m2, b = e[1].moved[RV__AREA][k] / e[1].area_m2;
            together += (a - b) * (a - b);
            apart += a * a + b * b;
        }
        const double off = log(e[0].area_m2 / e[1].area_m2);
        squares += off * off / together / DRAWS;
        alone += sqrt(apart / together) / DRAWS;
    }
    printf("# ratio: error over sigma %.2f; without the shared part sigma would be %.1f times as large\n",
           sqrt(squares), alone);
    CHECK(sqrt(squares) > .6 && sqrt(squares) < 1.15);
    CHECK(alone > 1.2);
}

TEST(far_from_the_points_and_beyond_the_horizon_there_is_no_scale)
{
    double view[9], back[9];
    rv_gcp points[4];
    rv_polygon outline;
    rv_ground ground;
    rv__extent e;
    rv__rng g;
    static const double low[4][2] = { { 500, 700 }, { 900, 700 }, { 900, 950 }, { 500, 950 } };
    rv__rng_init(&g, 4, 4, 4, 4);
    tilted_view(view, 0);
    CHECK_FAILS(RV_OK, rv_transform_invert(back, view));
    for (int i = 0; i < 4; i++) {
        points[i] = gcp_at(back, low[i][0], low[i][1], &g);
        points[i].sigma_m = 5;
    }
    CHECK_FAILS(RV_OK, rv_ground_fit(&ground, points, 4, &picture));
    CHECK_FAILS(RV_OK, hall(&outline, view, 300, 500));
    CHECK_FAILS(RV_OK, rv__extent_on_ground(&e, &outline, &ground));
    CHECK(!e.has_scale && isnan(e.area_m2) && e.area_px2 > 0);
    CHECK(strstr(e.why, "uncertain by") || strstr(e.why, "horizon"));
    for (size_t i = 0; i < 4; i++)
        outline.ring[0].p[i].y -= 3000;
    CHECK_FAILS(RV_OK, rv__extent_on_ground(&e, &outline, &ground));
    CHECK(!e.has_scale && strstr(e.why, "horizon"));
    rv_polygon_release(&outline);
}

/* A drawn site without its CRS, the second date seen through a homography that turns a share of its scale per 100 px. */
typedef struct bare_site {
    drawn_site drawn;
    rv_stack *stack;
    rv_structure hall;
} bare_site;

static void bare_open(bare_site *out, double perspective)
{
    rv_simulate_opts o = RV_SIMULATE_OPTS_INIT;
    o.size_px = 192;
    o.dates = 3;
    o.cloud_share = 0;
    CHECK_FAILS(RV_OK, drawn_site_open(&out->drawn, &o, 0, 0));
    drawn_site *d = &out->drawn;
    const rv_grid bare = { .gt = { 0, 1, 0, 0, 0, 1 }, .width = 192, .height = 192, .gsd_m = 3 };
    rv_scene *scene[3];
    CHECK_FAILS(RV_OK, detected_outline(&out->hall, d, 0, 0, 1));
    for (size_t i = 0; i < out->hall.outline.ring[0].n; i++) {
        rv_point *p = &out->hall.outline.ring[0].p[i];
        rv_grid_to_pixel(&d->site.grid, p->x, p->y, &p->x, &p->y);
    }
    out->hall.x = out->hall.outline.ring[0].p[0].x;
    out->hall.y = out->hall.outline.ring[0].p[0].y;
    for (int k = 0; k < 3; k++) {
        rv_scene_info info = *rv_scene_facts(d->scene[k]);
        char path[256];
        info.crs[0] = '\0';
        memcpy(info.gt, bare.gt, sizeof info.gt);
        info.gsd_m = 3;
        snprintf(path, sizeof path, "%s/%s.tif", d->folder, info.id);
        CHECK_FAILS(RV_OK, rv_scene_open(&scene[k], path, &info));
        rv_scene_free(d->scene[k]);
        d->scene[k] = scene[k];
        snprintf(d->transform[k].reference_id, RV_ID_MAX, "%s", rv_scene_facts(d->scene[0])->id);
    }
    d->transform[1].m[7] = perspective;
    CHECK_FAILS(RV_OK,
                rv_stack_build(&out->stack, &(rv_stack_parts){ .scenes = d->scene, .transforms = d->transform, .n = 3 },
                               &bare));
}

static void bare_close(bare_site *b)
{
    rv_stack_free(b->stack);
    rv_polygon_release(&b->hall.outline);
    drawn_site_close(&b->drawn);
}

TEST(a_view_whose_tilt_shows_has_no_single_scale_whatever_pixel_size_was_stated)
{
    bare_site b = { .stack = NULL };
    rv_measurements m = { 0 };
    rv_tilt tilt;
    bare_open(&b, 2e-4);
    rv_stack_tilt(&tilt, b.stack);
    CHECK(tilt.tilted && tilt.spread > .05 && tilt.spread < .2);
    CHECK_NEAR(tilt.rate_px, 3 * 2e-4, .1 * 3 * 2e-4);
    CHECK_FAILS(RV_OK, rv_measure(&m, &b.hall, b.stack, NULL));
    static const char *const none[] = { "area_m2", "length_m", "width_m", "perimeter_m", "orientation_deg" };
    for (int i = 0; i < 5; i++) {
        const rv_measurement *row = find_row(&m, none[i]);
        CHECK(row && isnan(row->value) && isnan(row->lo));
        CHECK_TEXT(row ? row->why : "",
                   "the view is tilted and has no single scale: give four ground control points with --gcp");
    }
    CHECK(find_row(&m, "area_px2")->value > 0 && !find_row(&m, "height_m"));
    rv_measurements_release(&m);
    bare_close(&b);
}

TEST(a_stated_pixel_size_is_used_where_the_frames_are_nearly_similar)
{
    bare_site b = { .stack = NULL };
    rv_measurements m = { 0 };
    rv_tilt tilt;
    rv_measure_opts o = RV_MEASURE_OPTS_INIT;
    o.refine = false;
    bare_open(&b, 2e-5);
    rv_stack_tilt(&tilt, b.stack);
    CHECK(!tilt.tilted && tilt.spread > .005);
    CHECK_FAILS(RV_OK, rv_measure(&m, &b.hall, b.stack, &o));
    const rv_measurement *area = find_row(&m, "area_m2");
    CHECK_NEAR(area->value, 9 * rv_polygon_area(&b.hall.outline), 1e-6 * area->value);
    CHECK_NEAR(m.scale[0], area->value * 2 * hypot(o.scale_sigma, tilt.spread / 2), 1e-9 * area->value);
    rv_measurements_release(&m);
    bare_close(&b);
}

TEST(ground_points_give_it_one_and_stand_in_the_budget_of_every_number)
{
    bare_site b = { .stack = NULL };
    rv_measurements m = { 0 };
    rv_gcp points[5];
    rv_ground ground;
    const double plane[9] = { 3, 0, 0, 0, -3, 0, 0, 0, 1 };
    static const double place[5][2] = { { 10, 10 }, { 180, 12 }, { 185, 180 }, { 8, 170 }, { 90, 80 } };
    bare_open(&b, 2e-4);
    for (int i = 0; i < 5; i++)
        points[i] = gcp_at(plane, place[i][0], place[i][1], NULL);
    CHECK_FAILS(RV_OK, rv_ground_fit(&ground, points, 5, rv_stack_grid(b.stack)));
    rv_stack_set_ground(b.stack, &ground);
    CHECK_FAILS(RV_OK, rv_measure(&m, &b.hall, b.stack, NULL));
    const rv_measurement *area = find_row(&m, "area_m2"), *px2 = find_row(&m, "area_px2");
    CHECK_NEAR(area->value, 9 * px2->value, 1e-6 * area->value);
    static const char *const all[] = { "area_m2", "length_m", "width_m", "perimeter_m", "orientation_deg" };
    for (int q = 0; q < 5; q++) {
        int terms = 0;
        for (size_t i = 0; i < m.n_terms; i++)
            if (strcmp(m.term[i].quantity, all[q]) == 0 && strcmp(m.term[i].term, "scale") == 0) {
                CHECK(m.term[i].sigma > 0 && m.term[i].sigma < find_row(&m, all[q])->sigma);
                CHECK(strstr(m.term[i].note, "5 ground points"));
                terms++;
            }
        CHECK(terms == 1);
    }
    double sum = 0, parts = 0;
    for (size_t i = 0; i < m.n_terms; i++)
        sum += strcmp(m.term[i].quantity, "area_m2") == 0 ? m.term[i].sigma * m.term[i].sigma : 0;
    for (int k = 1; k < 9; k++)
        parts += m.scale[k] * m.scale[k];
    CHECK_NEAR(sqrt(sum), area->sigma, 1e-9 * area->value);
    CHECK(m.scale[0] == 0 && parts > 0);
    rv_stack_set_ground(b.stack, NULL);
    CHECK(rv_stack_ground(b.stack) == NULL);
    rv_measurements_release(&m);
    bare_close(&b);
}

TESTS(RUN(exact_points_give_exact_extents_wherever_the_view_is_headed), RUN(a_pixel_of_edge_is_what_the_ground_says),
      RUN(intervals_hold_with_noisy_points), RUN(what_two_places_share_of_the_map_cancels_in_their_ratio),
      RUN(far_from_the_points_and_beyond_the_horizon_there_is_no_scale),
      RUN(a_view_whose_tilt_shows_has_no_single_scale_whatever_pixel_size_was_stated),
      RUN(a_stated_pixel_size_is_used_where_the_frames_are_nearly_similar),
      RUN(ground_points_give_it_one_and_stand_in_the_budget_of_every_number))

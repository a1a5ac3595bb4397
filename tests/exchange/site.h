/* SPDX-License-Identifier: Apache-2.0 */
/* A case made by hand with one of everything the interchange format can say: a new hall beside an old one, measured and
 * compared; a structure that could not be measured; a frame that is not trusted and one moved by a homography. */
#ifndef RV_TEST_SITE_H
#define RV_TEST_SITE_H

#include "hand.h"

#include "raster/gdal_write.h"

#include <revisit/export.h>

enum { SITE_SCENES = 4 };

static inline double site_day(const char *text)
{
    rv_period period;
    CHECK_FAILS(RV_OK, rv_period_parse(&period, text));
    return period.t_min;
}

/* Scenes a..d on a 3 m grid in UTM 36 N, or in pixels without a date. */
static inline void site_scenes(rv_case *c, bool crs_less)
{
    static const char *const ids[SITE_SCENES] = { "2022-04-30", "2022-05-16", "2022-06-01", "2022-06-09" };
    int run = 0;
    CHECK_FAILS(RV_OK, rv__run_begin(c, &run, "add", NULL, NULL, 0));
    for (int i = 0; i < SITE_SCENES; i++) {
        const double t = crs_less ? 0 : site_day(ids[i]);
        rv_scene_info row =
            hand_scene(ids[i], crs_less ? "" : "EPSG:32636", crs_less ? -INFINITY : t, crs_less ? INFINITY : t + 86399);
        const double gt[6] = { 500000, 3, 0, 4000000, 0, -3 };
        if (!crs_less)
            memcpy(row.gt, gt, sizeof gt);
        CHECK_FAILS(RV_OK, rv__scene_put(c, run, &row));
    }
    rv_scene_info refused = hand_scene("broken", "", -INFINITY, INFINITY);
    refused.state = RV_SCENE_REFUSED;
    strcpy(refused.why, "the file is empty");
    CHECK_FAILS(RV_OK, rv__scene_put(c, run, &refused));
    CHECK_FAILS(RV_OK, rv__run_end(c, run, RV_RUN_DONE));
}

static inline rv_transform site_transform(const char *scene, int kind, double col, double row)
{
    rv_transform t;
    rv_fields_init(rv_transform_fields(), &t);
    snprintf(t.scene_id, sizeof t.scene_id, "%s", scene);
    snprintf(t.reference_id, sizeof t.reference_id, "2022-05-16");
    t.kind = kind;
    t.m[2] = col;
    t.m[5] = row;
    t.sigma_px = 0.05;
    t.ties = 40;
    return t;
}

static inline void site_align(rv_case *c)
{
    int run = 0;
    CHECK_FAILS(RV_OK, rv__run_begin(c, &run, "align", NULL, NULL, rv_case_current_run(c, "add")));
    rv_transform t[SITE_SCENES] = { site_transform("2022-04-30", RV_TRANSFORM_SHIFT, 0.25, -1.5),
                                    site_transform("2022-05-16", RV_TRANSFORM_SHIFT, 0, 0),
                                    site_transform("2022-06-01", RV_TRANSFORM_HOMOGRAPHY, 3, 4),
                                    site_transform("2022-06-09", RV_TRANSFORM_SHIFT, 0, 0) };
    t[1].sigma_px = 0;
    t[1].ties = 0;
    t[2].m[6] = 1e-5;
    rv_fields_init(rv_transform_fields(), &t[3]);
    strcpy(t[3].scene_id, "2022-06-09");
    strcpy(t[3].reference_id, "2022-05-16");
    t[3].trusted = 0;
    strcpy(t[3].why, "does not overlap the \"reference\" image");
    for (int i = 0; i < SITE_SCENES; i++)
        CHECK_FAILS(RV_OK, rv__transform_put(c, run, &t[i]));
    CHECK_FAILS(RV_OK, rv__fact_put(c, run, "reference_id", "2022-05-16"));
    for (int i = 0; i < SITE_SCENES - 1; i++) {
        char name[RV_PATH_MAX], path[RV_PATH_MAX];
        const rv_grid grid = { .gt = { 0, 1, 0, 0, 0, 1 }, .width = 4, .height = 2 };
        const uint8_t mask[8] = { 0, 1, 2, 3, 4, 5, 255, (uint8_t)i };
        CHECK_FAILS(RV_OK, rv__case_mask_name(name, sizeof name, run, t[i].scene_id));
        CHECK_FAILS(RV_OK, rv__case_path(c, path, sizeof path, name));
        CHECK_FAILS(RV_OK, rv__layer_write_u8(path, &grid, mask, -1));
        CHECK_FAILS(RV_OK, rv__file_put_hashed(c, run, name));
    }
    CHECK_FAILS(RV_OK, rv__run_end(c, run, RV_RUN_PART));
}

static inline void site_put_structure(rv_case *c, int run, rv_structure s, const char *id, rv_polygon outline)
{
    strcpy(s.id, id);
    s.outline = outline;
    rv__polygon_inside(&s.x, &s.y, &s.outline);
    CHECK_FAILS(RV_OK, rv__structure_put(c, run, &s));
    rv_polygon_release(&s.outline);
}

static inline void site_detect(rv_case *c, bool crs_less)
{
    const double x = crs_less ? 0 : 500000, y = crs_less ? 0 : 3999700;
    int run = 0;
    rv_structure s;
    CHECK_FAILS(RV_OK, rv__run_begin(c, &run, "detect", NULL, NULL, rv_case_current_run(c, "align")));
    rv_fields_init(rv_structure_fields(), &s);
    memset(s.id, 0, sizeof s.id);
    s.kind = RV_KIND_EXISTING;
    s.event = RV_EVENT_NONE;
    s.likelihood = 0.9;
    s.score = 12.5;
    s.nfa = 1e-6;
    strcpy(s.name, "old \"hall\"");
    strcpy(s.present_id, "2022-04-30");
    s.first_present = crs_less ? INFINITY : site_day("2022-04-30") + 86399;
    rv_polygon ring = hand_rectangle(x + 30, y + 60, x + 60, y + 90);
    const rv_point hole[4] = { { x + 40, y + 70 }, { x + 40, y + 80 }, { x + 50, y + 80 }, { x + 50, y + 70 } };
    CHECK_FAILS(RV_OK, rv__polygon_ring(&ring, hole, 4));
    site_put_structure(c, run, s, "s001", ring);
    memset(s.name, 0, sizeof s.name);
    s.kind = RV_KIND_HALL;
    s.event = RV_EVENT_NEW;
    strcpy(s.absent_id, "2022-04-30");
    strcpy(s.present_id, "2022-05-16");
    if (!crs_less) {
        s.last_absent = site_day("2022-04-30");
        s.first_present = site_day("2022-05-16") + 86399;
        s.works_first = site_day("2022-04-30");
        s.works_seen = site_day("2022-05-16") + 86399;
        s.date_set_size = 1;
        strcpy(s.date_set, "2022-04-30/2022-05-16");
    }
    s.flags = RV_FLAG_DARK_ROOF | RV_FLAG_EDGE_OF_IMAGE;
    site_put_structure(c, run, s, "s002", hand_rectangle(x + 90, y + 60, x + 130, y + 95));
    s.kind = RV_KIND_OTHER;
    s.likelihood = NAN;
    s.flags = 0;
    site_put_structure(c, run, s, "s003", hand_rectangle(x + 150, y + 10, x + 156, y + 16));
    CHECK_FAILS(RV_OK, rv__run_end(c, run, RV_RUN_DONE));
}

static inline void site_quantity(rv_case *c, int run, const char *id, const char *quantity, const double v[3])
{
    rv_measurement m;
    rv_fields_init(rv_measurement_fields(), &m);
    snprintf(m.structure_id, sizeof m.structure_id, "%s", id);
    snprintf(m.quantity, sizeof m.quantity, "%s", quantity);
    m.value = v[0];
    m.lo = v[1];
    m.hi = v[2];
    m.sigma = (v[2] - v[1]) / 3.92;
    if (strcmp(quantity, "ratio") == 0)
        strcpy(m.other_id, "s001");
    CHECK_FAILS(RV_OK, rv__measurement_put(c, run, &m));
}

static inline void site_measure(rv_case *c, bool crs_less)
{
    int run = 0;
    const char *area = crs_less ? "area_px2" : "area_m2";
    CHECK_FAILS(RV_OK, rv__run_begin(c, &run, "measure", NULL, NULL, rv_case_current_run(c, "detect")));
    site_quantity(c, run, "s001", area, (const double[3]){ 800, 760, 840.5 });
    site_quantity(c, run, "s002", area, (const double[3]){ 1400, 1350, 1450 });
    site_quantity(c, run, "s002", "ratio", (const double[3]){ 1.6, 1.55, 1.66 });
    if (!crs_less)
        site_quantity(c, run, "s002", "length_m", (const double[3]){ 40, 39.5, 40.5 });
    rv_measurement none;
    rv_fields_init(rv_measurement_fields(), &none);
    strcpy(none.quantity, "area_m2");
    strcpy(none.structure_id, "s003");
    strcpy(none.why, "no valid pixel touches the outline");
    CHECK_FAILS(RV_OK, rv__measurement_put(c, run, &none));
    rv_budget_term term = { .structure_id = "s002", .quantity = "area_m2", .term = "scale", .sigma = 2.8 };
    CHECK_FAILS(RV_OK, rv__budget_put(c, run, &term));
    CHECK_FAILS(RV_OK, rv__run_end(c, run, RV_RUN_DONE));
}

static inline void site_places(rv_case *c)
{
    int run = 0;
    rv_place place;
    const rv_point p[3] = { { 33.0001, 36.1399 }, { 33.0002, 36.1399 }, { 33.0002, 36.14 } };
    CHECK_FAILS(RV_OK, rv__run_begin(c, &run, "site", NULL, NULL, 0));
    for (size_t n = 1; n <= 3; n++) {
        rv_fields_init(rv_place_fields(), &place);
        place.role = n == 1 ? RV_ROLE_POI : n == 2 ? RV_ROLE_REFERENCE : RV_ROLE_AOI;
        place.radius_m = n == 1 ? 50 : NAN;
        snprintf(place.name, sizeof place.name, "place %zu", n);
        CHECK_FAILS(RV_OK, rv__place_ring(&place.shape, p, n));
        CHECK_FAILS(RV_OK, rv__place_put(c, run, &place));
        rv_polygon_release(&place.shape);
    }
    CHECK_FAILS(RV_OK, rv__run_end(c, run, RV_RUN_DONE));
}

static inline rv_case *site_case(const char *name, bool crs_less)
{
    rv_case *c = hand_case(name);
    site_scenes(c, crs_less);
    if (!crs_less)
        site_places(c);
    site_align(c);
    site_detect(c, crs_less);
    site_measure(c, crs_less);
    return c;
}

#endif

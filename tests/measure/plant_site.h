/* SPDX-License-Identifier: Apache-2.0 */
/* The plant series of the shared data as a stack, shifts and angles from its truth and items: what align would give. */
#ifndef RV_TEST_PLANT_SITE_H
#define RV_TEST_PLANT_SITE_H

#include <revisit/measure.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/rng.h"
#include "geo/polygon.h"
#include "lib/test.h"

enum { PLANT_DATES = 12 };

typedef struct plant_site {
    rv_scene *scene[PLANT_DATES];
    rv_transform transform[PLANT_DATES];
    size_t n;
    rv_stack *stack;
    rv__json *truth;
} plant_site;

static inline int plant_info(rv_scene_info *info, const char *id)
{
    char path[96];
    rv__json *item = NULL;
    rv_period when;
    snprintf(path, sizeof path, "data/plant/%s.json", id);
    int err = rv__json_load(&item, test_shared(path));
    if (err < 0)
        return err;
    memset(info, 0, sizeof *info);
    snprintf(info->id, sizeof info->id, "%s", id);
    snprintf(info->crs, sizeof info->crs, "EPSG:32636");
    snprintf(info->roles, sizeof info->roles, "BGRN");
    info->width = info->height = 512;
    info->bands = 4;
    info->bits = 16;
    info->scale = 1.0;
    err = rv_period_parse(&when, rv__json_text(rv__json_path(item, "properties/datetime")));
    info->t_min = when.t_min;
    info->t_max = when.t_max;
    info->sun_azimuth_deg = rv__json_number(rv__json_path(item, "properties/view:sun_azimuth"));
    info->sun_elevation_deg = rv__json_number(rv__json_path(item, "properties/view:sun_elevation"));
    info->view_azimuth_deg = rv__json_number(rv__json_path(item, "properties/view:azimuth"));
    info->view_off_nadir_deg = rv__json_number(rv__json_path(item, "properties/view:off_nadir"));
    rv__json_free(item);
    return err;
}

/* Scenes without cloud only, since there are no masks here. */
static inline int plant_open(plant_site *out)
{
    memset(out, 0, sizeof *out);
    int err = rv__json_load(&out->truth, test_shared("data/plant/truth/truth.json"));
    const rv__json *frames = rv__json_get(out->truth, "frames");
    rv_grid grid = { .crs = "EPSG:32636", .width = 512, .height = 512 };
    const double gt[6] = { 686031.0, 3.0, 0.0, 4559106.0, 0.0, -3.0 };
    memcpy(grid.gt, gt, sizeof gt);
    for (size_t k = 0; err == RV_OK && k < rv__json_size(frames); k++) {
        const rv__json *f = rv__json_at(frames, k), *m = rv__json_get(f, "M");
        const char *id = rv__json_text(rv__json_get(f, "date"));
        rv_scene_info info;
        char path[96];
        if (rv__json_number(rv__json_get(f, "cloud_share")) > .02)
            continue;
        if ((err = plant_info(&info, id)) < 0)
            break;
        memcpy(info.gt, gt, sizeof gt);
        snprintf(path, sizeof path, "data/plant/%s.tif", id);
        err = rv_scene_open(&out->scene[out->n], test_shared(path), &info);
        rv_transform *t = &out->transform[out->n++];
        rv_transform_identity(t);
        for (size_t i = 0; i < 6; i++)
            t->m[i] = rv__json_number(rv__json_at(rv__json_at(m, i / 3), i % 3));
        t->sigma_px = .05;
        t->trusted = 1;
    }
    if (err == RV_OK)
        err = rv_stack_build(
            &out->stack, &(rv_stack_parts){ .scenes = out->scene, .transforms = out->transform, .n = out->n }, &grid);
    return err;
}

static inline void plant_close(plant_site *p)
{
    rv_stack_free(p->stack);
    for (size_t k = 0; k < PLANT_DATES; k++)
        rv_scene_free(p->scene[k]);
    rv__json_free(p->truth);
}

/* The roof of a building about its centre times grow, corners off by sd_m. NULL when there is no such id. */
static inline const rv__json *plant_structure(rv_structure *out, const plant_site *p, const char *id, double grow,
                                              uint64_t seed)
{
    const rv__json *all = rv__json_get(p->truth, "buildings"), *found = NULL;
    for (size_t k = 0; k < rv__json_size(all) && !found; k++)
        if (strcmp(rv__json_text(rv__json_get(rv__json_at(all, k), "id")), id) == 0)
            found = rv__json_at(all, k);
    memset(out, 0, sizeof *out);
    if (!found)
        return NULL;
    const rv__json *roof = rv__json_get(found, "roof_polygon");
    const size_t n = rv__json_size(roof) < 64 ? rv__json_size(roof) : 64;
    rv_point at[64];
    double cx = 0.0, cy = 0.0;
    rv__rng g;
    rv__rng_init(&g, seed, 0, 0, 1);
    for (size_t i = 0; i < n; i++) {
        at[i].x = rv__json_number(rv__json_at(rv__json_at(roof, i), 0));
        at[i].y = rv__json_number(rv__json_at(rv__json_at(roof, i), 1));
        cx += at[i].x / (double)n;
        cy += at[i].y / (double)n;
    }
    for (size_t i = 0; i < n; i++) {
        at[i].x = cx + grow * (at[i].x - cx) + .9 * rv__rng_normal(&g);
        at[i].y = cy + grow * (at[i].y - cy) + .9 * rv__rng_normal(&g);
    }
    const char *absent = rv__json_text(rv__json_get(found, "last_clear_absent"));
    const char *present = rv__json_text(rv__json_get(found, "first_clear_present"));
    snprintf(out->id, sizeof out->id, "%s", id);
    snprintf(out->absent_id, sizeof out->absent_id, "%s", absent ? absent : "");
    snprintf(out->present_id, sizeof out->present_id, "%s", present ? present : "");
    out->event = absent ? RV_EVENT_NEW : RV_EVENT_NONE;
    out->works_first = -INFINITY;
    out->complete_last = INFINITY;
    out->works_seen = INFINITY;
    return rv__polygon_ring(&out->outline, at, n) == RV_OK ? found : NULL;
}

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* A simulated site opened as a stack with its true shifts, and outlines as a detector would hand them over: vertices off
 * by noise, size by a few per cent, heading by a few degrees. */
#ifndef RV_TEST_DRAWN_SITE_H
#define RV_TEST_DRAWN_SITE_H

#include <stdlib.h>
#include <unistd.h>

#include <revisit/measure.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/rng.h"
#include "geo/polygon.h"
#include "lib/test.h"
#include "simulate/site.h"

typedef struct drawn_site {
    char folder[64];
    rv__site site;
    rv_scene *scene[RV__SIM_DATES_MAX];
    rv_transform transform[RV__SIM_DATES_MAX];
    rv_stack *stack;
} drawn_site;

static inline void fill_info(rv_scene_info *info, const rv__site *site, int k)
{
    const rv__sim_date *d = &site->date[k];
    memset(info, 0, sizeof *info);
    snprintf(info->id, sizeof info->id, "%s", d->id);
    snprintf(info->crs, sizeof info->crs, "%s", site->grid.crs);
    memcpy(info->gt, site->grid.gt, sizeof info->gt);
    snprintf(info->roles, sizeof info->roles, "BGRN");
    info->width = info->height = site->opts.size_px;
    info->bands = 4;
    info->bits = 16;
    info->scale = 1e-4;
    info->t_min = info->t_max = d->t;
    info->sun_azimuth_deg = d->sun_azimuth_deg;
    info->sun_elevation_deg = d->sun_elevation_deg;
    info->view_azimuth_deg = d->view_azimuth_deg;
    info->view_off_nadir_deg = d->off_nadir_deg;
}

/* first scenes only: n = 0 for all */
static inline int drawn_site_open(drawn_site *out, const rv_simulate_opts *opts, int first, int n)
{
    memset(out, 0, sizeof *out);
    snprintf(out->folder, sizeof out->folder, "/tmp/rv-drawn-XXXXXX");
    int err = mkdtemp(out->folder) ? RV_OK : RV_ERR_IO;
    if (err < 0 || (err = rv_simulate(out->folder, opts)) < 0 || (err = rv__site_build(&out->site, opts)) < 0)
        return err;
    n = n ? n : opts->dates - first;
    for (int k = 0; err == RV_OK && k < n; k++) {
        rv_scene_info info;
        char path[256];
        fill_info(&info, &out->site, first + k);
        snprintf(path, sizeof path, "%s/%s.tif", out->folder, info.id);
        err = rv_scene_open(&out->scene[k], path, &info);
        rv_transform_identity(&out->transform[k]);
        rv_transform *t = &out->transform[k];
        snprintf(t->scene_id, sizeof t->scene_id, "%s", info.id);
        t->m[2] = -out->site.date[first + k].shift_px[0];
        t->m[5] = -out->site.date[first + k].shift_px[1];
        t->sigma_px = .05;
        t->trusted = 1;
    }
    if (err == RV_OK)
        err = rv_stack_build(&out->stack,
                             &(rv_stack_parts){ .scenes = out->scene, .transforms = out->transform, .n = (size_t)n },
                             &out->site.grid);
    return err;
}

static inline void drawn_site_close(drawn_site *d)
{
    rv_stack_free(d->stack);
    for (int k = 0; k < RV__SIM_DATES_MAX; k++)
        rv_scene_free(d->scene[k]);
    rv__site_release(&d->site);
    rv__folder_remove(d->folder);
}

/* The outline of building b, off by vertex noise (px, sd), +-5 % in size and +-2 degrees; worse = 0 gives the truth. */
static inline int detected_outline(rv_structure *out, const drawn_site *d, int b, double worse, uint64_t seed)
{
    const rv__sim_building *o = &d->site.building[b];
    rv__rng g;
    rv_point p[4];
    rv__rng_init(&g, seed, (uint32_t)b, 0, 77);
    rv__sim_building wrong = *o;
    const double grow = 1.0 + worse * rv__rng_between(&g, -.05, .05);
    wrong.half[0] *= grow;
    wrong.half[1] *= grow;
    wrong.angle += worse * rv__rng_between(&g, -.035, .035);
    wrong.x += worse * d->site.opts.gsd_m * rv__rng_between(&g, -.4, .4);
    wrong.y += worse * d->site.opts.gsd_m * rv__rng_between(&g, -.4, .4);
    rv__building_corners(p, &wrong, 0.0, 0.0, 0.0);
    for (int k = 0; k < 4; k++) {
        p[k].x = d->site.grid.gt[0] + p[k].x + worse * .3 * d->site.opts.gsd_m * rv__rng_normal(&g);
        p[k].y = d->site.grid.gt[3] - p[k].y + worse * .3 * d->site.opts.gsd_m * rv__rng_normal(&g);
    }
    memset(out, 0, sizeof *out);
    snprintf(out->id, sizeof out->id, "%s", o->id);
    out->event = o->old ? RV_EVENT_NONE : RV_EVENT_NEW;
    out->works_first = -INFINITY;
    out->complete_last = INFINITY;
    out->works_seen = INFINITY;
    if (!o->old) {
        snprintf(out->absent_id, sizeof out->absent_id, "%s", d->site.date[o->first - 1].id);
        snprintf(out->present_id, sizeof out->present_id, "%s", d->site.date[o->first].id);
    }
    return rv__polygon_ring(&out->outline, p, 4);
}

static inline const rv_measurement *find_row(const rv_measurements *m, const char *quantity)
{
    for (size_t i = 0; i < m->n; i++)
        if (strcmp(m->v[i].quantity, quantity) == 0)
            return &m->v[i];
    return NULL;
}

#endif

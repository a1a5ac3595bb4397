/* SPDX-License-Identifier: Apache-2.0 */
/* The whole place in the order in which its parts need one another: grid, dates, land, buildings, events. It lies where the
 * UTM scale is 1, so that areas in the map are areas on the ground. */
#include "simulate/site.h"

#include <math.h>
#include <stdio.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/rng.h"
#include "geo/crs.h"
#include "simulate/land.h"
#include "simulate/other.h"
#include "simulate/plan.h"
#include "simulate/story.h"

static int make_grid(rv__site *site)
{
    const rv_simulate_opts *o = &site->opts;
    snprintf(site->grid.crs, sizeof site->grid.crs, "EPSG:32636");
    const double gt[6] = { 680000.0, o->gsd_m, 0.0, 4560000.0, 0.0, -o->gsd_m };
    for (int k = 0; k < 6; k++)
        site->grid.gt[k] = gt[k];
    site->grid.width = site->grid.height = o->size_px;
    site->size_m = o->size_px * o->gsd_m;
    site->lon = gt[0] + site->size_m / 2;
    site->lat = gt[3] - site->size_m / 2;
    rv__crs_map *map = NULL;
    int err = rv__crs_map_new(&map, site->grid.crs, "EPSG:4326");
    if (err == RV_OK)
        err = rv__crs_map_point(map, &site->lon, &site->lat);
    rv__crs_map_free(map);
    return err;
}

int rv__site_build(rv__site *out, const rv_simulate_opts *opts)
{
    rv__site *site = rv__alloc(1, sizeof *site);
    if (!site)
        return RV_ERR_NOMEM;
    rv__rng g;
    rv__rng_init(&g, (uint64_t)opts->seed, 0, 0, RV__DRAW_SCATTER);
    site->opts = *opts;
    site->turn = rv__rng_between(&g, -.6, .6);
    site->turn_c = cos(site->turn);
    site->turn_s = sin(site->turn);
    site->n_roads = rv__suite_has_works(opts->suite) ? 4 : 3;
    rv__land_materials(site);
    int err = make_grid(site);
    if (err == RV_OK && (err = rv__story_dates(site)) == RV_OK && (err = rv__land_make(site)) == RV_OK &&
        (err = rv__plan_make(site)) == RV_OK && (err = rv__story_events(site)) == RV_OK &&
        (err = rv__other_make(site)) == RV_OK)
        *out = *site;
    else
        rv__site_release(site);
    rv__free(site);
    return err;
}

void rv__site_release(rv__site *site)
{
    rv__free(site->building);
    rv__free(site->parcel);
    rv__free(site->patch);
    rv__other_release(site);
    site->building = NULL;
    site->parcel = NULL;
    site->patch = NULL;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Cases made by hand, row by row, for tests that need no pixels. */
#ifndef RV_TEST_HAND_H
#define RV_TEST_HAND_H

#include "case/store.h"
#include "geo/polygon.h"
#include "lib/scratch.h"

/* A new case in the test's folder; NULL after a failed check. */
static inline rv_case *hand_case(const char *name)
{
    rv_case *c = NULL;
    CHECK_FAILS(RV_OK, rv_case_create(&c, scratch(name), &(rv_case_opts){ .overwrite = true }));
    return c;
}

/* An empty run of a step, done. */
static inline int hand_run(rv_case *c, const char *step, int based_on)
{
    int id = 0;
    CHECK_FAILS(RV_OK, rv__run_begin(c, &id, step, NULL, NULL, based_on));
    CHECK_FAILS(RV_OK, rv__run_end(c, id, RV_RUN_DONE));
    return id;
}

static inline rv_scene_info hand_scene(const char *id, const char *crs, double t_min, double t_max)
{
    rv_scene_info row;
    rv_fields_init(rv_scene_info_fields(), &row);
    snprintf(row.id, sizeof row.id, "%s", id);
    snprintf(row.path, sizeof row.path, "images/%s.tif", id);
    snprintf(row.working_copy, sizeof row.working_copy, "scenes/%s.tif", id);
    snprintf(row.crs, sizeof row.crs, "%s", crs);
    snprintf(row.roles, sizeof row.roles, "BGRN");
    row.width = 200;
    row.height = 100;
    row.bands = 4;
    row.t_min = t_min;
    row.t_max = t_max;
    return row;
}

/* An axis-parallel rectangle. */
static inline rv_polygon hand_rectangle(double x0, double y0, double x1, double y1)
{
    rv_polygon out = { 0 };
    const rv_point p[4] = { { x0, y0 }, { x1, y0 }, { x1, y1 }, { x0, y1 } };
    CHECK_FAILS(RV_OK, rv__polygon_ring(&out, p, 4));
    return out;
}

#endif

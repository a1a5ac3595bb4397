/* SPDX-License-Identifier: Apache-2.0 */
/* The aligned images as files, frame by frame on several threads: each frame has a handle of its own. */
#include <revisit/export.h>

#include <revisit/step.h>

#include "base/error.h"
#include "base/file.h"
#include "base/parallel.h"
#include "case/case_internal.h"
#include "exchange/flicker.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const rv_flicker_opts flicker_defaults = RV_FLICKER_OPTS_INIT;

static const rv_field flicker_rows[] = {
    RV_BOOL(rv_flicker_opts, flicker, "also pictures to flip between: the reference, and each image before and after"),
    RV_STRING(rv_flicker_opts, at, "COL,ROW", "centre of the place they show, px of the reference image"),
    RV_INT(rv_flicker_opts, crop_px, 32, 8192, "px", "side of the place they show"),
};

typedef struct frames {
    const rv_stack *stack;
    const char *folder;
    const rv_stack_write_opts *write;
} frames;

static int write_frame(size_t index, size_t worker, void *user)
{
    const frames *f = user;
    char name[RV_PATH_MAX], path[RV_PATH_MAX];
    (void)worker;
    snprintf(name, sizeof name, "%s.tif", rv_stack_facts(f->stack, index)->id);
    const int err = rv__path_join(path, sizeof path, f->folder, name);
    return err < 0 ? err : rv_stack_write(f->stack, index, path, f->write);
}

typedef struct site_box {
    const rv_grid *grid;
    double lo[2], hi[2];
} site_box;

static int grow_box(const rv_place *row, void *user)
{
    site_box *box = user;
    rv_polygon shape = { 0 };
    if (row->role != RV_ROLE_AOI && row->role != RV_ROLE_POI)
        return 0;
    const int err = rv__place_to_map(&shape, &row->shape, box->grid);
    for (size_t i = 0; err == RV_OK && i < shape.n; i++)
        for (size_t k = 0; k < shape.ring[i].n; k++) {
            double at[2];
            rv_grid_to_pixel(box->grid, shape.ring[i].p[k].x, shape.ring[i].p[k].y, &at[0], &at[1]);
            for (int axis = 0; axis < 2; axis++) {
                box->lo[axis] = fmin(box->lo[axis], at[axis]);
                box->hi[axis] = fmax(box->hi[axis], at[axis]);
            }
        }
    rv_polygon_release(&shape);
    return err;
}

/* Of the places that the site names, or of the grid where there are none or they lie outside. */
static int site_centre(double out[2], rv_case *c, const rv_grid *grid)
{
    site_box box = { grid, { INFINITY, INFINITY }, { -INFINITY, -INFINITY } };
    const double size[2] = { grid->width, grid->height };
    const int err = rv_case_each_place(c, grow_box, &box);
    for (int axis = 0; axis < 2; axis++) {
        const double middle = .5 * (box.lo[axis] + box.hi[axis]);
        out[axis] = middle >= 0 && middle <= size[axis] ? middle : .5 * size[axis];
    }
    return err;
}

const rv_fields *rv_flicker_fields(void)
{
    static const rv_fields fields = { "flicker_opts", sizeof(rv_flicker_opts), &flicker_defaults, flicker_rows,
                                      sizeof flicker_rows / sizeof *flicker_rows };
    return &fields;
}

int rv_export_aligned(rv_case *c, const char *folder, const rv_stack_write_opts *write, const rv_flicker_opts *flicker)
{
    const rv_flicker_opts o = flicker ? *flicker : flicker_defaults;
    rv_case_stack *opened = NULL;
    double centre[2];
    int err;
    if ((err = rv_fields_check(rv_flicker_fields(), &o)) < 0 || (err = rv_case_stack_open(&opened, c)) < 0)
        return err;
    frames f = { rv_case_stack_get(opened), folder, write };
    if ((err = rv__folder_make(folder)) < 0 ||
        (o.flicker && ((err = site_centre(centre, c, rv_stack_grid(f.stack))) < 0 ||
                       (err = rv__flicker(f.stack, folder, &o, centre)) < 0)))
        goto done;
    err = rv__parallel_for(rv_stack_size(f.stack), write_frame, &f);
done:
    rv_case_stack_free(opened);
    return err;
}

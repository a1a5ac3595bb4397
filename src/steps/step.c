/* SPDX-License-Identifier: Apache-2.0 */
/* The frame all steps share: one run record, one transaction, and what they load from the case. */
#include "steps/step.h"

#include "base/mem.h"
#include "base/vec.h"

static int push_scene(const rv_scene_info *row, void *user)
{
    rv__scene_list *list = user;
    return row->state == RV_SCENE_OK ? RV__PUSH(list, *row) : RV_OK;
}

static int push_transform(const rv_transform *row, void *user)
{
    rv__transform_list *list = user;
    return RV__PUSH(list, *row);
}

static int push_structure(const rv_structure *row, void *user)
{
    return rv_structures_add(user, row);
}

typedef struct place_loader {
    rv__place_list list;
    const rv_grid *grid;
} place_loader;

static int push_place(const rv_place *row, void *user)
{
    place_loader *loader = user;
    rv_place place = *row;
    int err = rv__place_to_map(&place.shape, &row->shape, loader->grid);
    if (err < 0)
        return rv__subject(err, "place \"%s\": ", row->name);
    if ((err = RV__PUSH(&loader->list, place)) < 0)
        rv_polygon_release(&place.shape);
    return err;
}

int rv__step_run(rv_case *c, const rv__step *step)
{
    int run_id = 0, state = RV_RUN_DONE, err;
    if ((err = rv__run_begin(c, &run_id, step->name, step->fields, step->options, step->based_on)) < 0)
        return err;
    if ((err = step->work(c, run_id, &state, step->user)) < 0 || (err = rv__run_end(c, run_id, state)) < 0)
        return rv__run_fail(c, run_id, err);
    return RV_OK;
}

size_t rv__fields_append(rv_field *rows, size_t n, const rv_fields *fields, size_t offset)
{
    for (size_t i = 0; i < fields->n; i++) {
        rows[n] = fields->field[i];
        rows[n++].offset += offset;
    }
    return n;
}

int rv__load_scenes(rv__scene_list *out, rv_case *c)
{
    rv__scene_list list = { 0 };
    const int err = rv_case_each_scene(c, push_scene, &list);
    if (err < 0)
        rv__free(list.v);
    else
        *out = list;
    return err;
}

int rv__load_transforms(rv__transform_list *out, rv_case *c)
{
    rv__transform_list list = { 0 };
    const int err = rv_case_each_transform(c, push_transform, &list);
    if (err < 0)
        rv__free(list.v);
    else
        *out = list;
    return err;
}

int rv__load_places(rv__place_list *out, rv_case *c, const rv_grid *grid)
{
    place_loader loader = { .grid = grid };
    const int err = rv_case_each_place(c, push_place, &loader);
    if (err < 0)
        rv__place_list_release(&loader.list);
    else
        *out = loader.list;
    return err;
}

void rv__place_list_release(rv__place_list *places)
{
    for (size_t i = 0; i < places->n; i++)
        rv_polygon_release(&places->v[i].shape);
    rv__free(places->v);
    *places = (rv__place_list){ 0 };
}

int rv__load_structures(rv_structures *out, rv_case *c)
{
    rv_structures list = { 0 };
    const int err = rv__case_each_detected(c, push_structure, &list);
    if (err < 0)
        rv_structures_release(&list);
    else
        *out = list;
    return err;
}

int rv__open_scene(rv_scene **out, rv_case *c, const rv_scene_info *info)
{
    char path[RV_PATH_MAX];
    const int err = rv__case_path(c, path, sizeof path, info->working_copy);
    return err < 0 ? err : rv_scene_open(out, path, info);
}

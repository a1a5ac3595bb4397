/* SPDX-License-Identifier: Apache-2.0 */
/* The stack of the current align run, put together again from what the case keeps: working copies, transforms, gains and
 * masks. detect, measure and the report all read the pixels through it, so they see the same ones. */
#include "steps/step.h"

#include "base/file.h"
#include "base/mem.h"
#include "base/vec.h"

#include <string.h>

struct rv_case_stack {
    rv_scene **scene; /* n */
    rv_transform *transform;
    const char **mask; /* n; NULL where a scene has none */
    size_t n;
    RV__VEC(rv_gain) gains;
    rv_stack *stack;
};

static const rv_scene_info *find_scene(const rv__scene_list *scenes, const char *id)
{
    for (size_t i = 0; i < scenes->n; i++)
        if (strcmp(scenes->v[i].id, id) == 0)
            return &scenes->v[i];
    return NULL;
}

static int mask_path(char **out, rv_case *c, int align_run, const char *id)
{
    char name[RV_PATH_MAX], path[RV_PATH_MAX];
    int err;
    if ((err = rv__case_mask_name(name, sizeof name, align_run, id)) < 0 ||
        (err = rv__case_path(c, path, sizeof path, name)) < 0)
        return err;
    if (!rv__file_exists(path))
        return rv__fail(RV_ERR_NOTFOUND, "%s is missing", name);
    return (*out = rv__strdup(path)) ? RV_OK : RV_ERR_NOMEM;
}

/* One more scene with its transform and mask. */
static int add_member(rv_case_stack *s, rv_case *c, const rv_scene_info *info, const rv_transform *t, int align_run)
{
    char *mask = NULL;
    rv_scene *scene = NULL;
    int err;
    if ((err = mask_path(&mask, c, align_run, info->id)) < 0)
        return err;
    if ((err = rv__open_scene(&scene, c, info)) < 0) {
        rv__free(mask);
        return err;
    }
    s->mask[s->n] = mask;
    s->scene[s->n] = scene;
    s->transform[s->n++] = *t;
    return RV_OK;
}

static int add_gain(const rv_gain *row, void *user)
{
    rv_case_stack *s = user;
    return RV__PUSH(&s->gains, *row);
}

/* Gains in order of the members; the table has one for every band of the stack. */
static int order_gains(rv_case_stack *s)
{
    if (s->n == 0 || s->gains.n % s->n != 0)
        return rv__fail(RV_ERR_FORMAT, "case.db: %zu gains for %zu scenes", s->gains.n, s->n);
    rv_gain *ordered = rv__alloc(s->gains.n, sizeof *ordered);
    if (!ordered)
        return RV_ERR_NOMEM;
    size_t k = 0;
    for (size_t i = 0; i < s->n; i++)
        for (size_t g = 0; g < s->gains.n && k < s->gains.n; g++)
            if (strcmp(s->gains.v[g].scene_id, s->transform[i].scene_id) == 0)
                ordered[k++] = s->gains.v[g];
    rv__free(s->gains.v);
    s->gains.v = ordered;
    return k == s->gains.n ? RV_OK : rv__fail(RV_ERR_FORMAT, "case.db: gains of scenes that are not in the stack");
}

static int build(rv_case_stack *s, rv_case *c, const rv__scene_list *scenes, const rv__transform_list *transforms)
{
    const int align_run = rv_case_current_run(c, "align");
    rv_grid grid;
    int err;
    s->scene = rv__alloc(transforms->n, sizeof *s->scene);
    s->transform = rv__alloc(transforms->n, sizeof *s->transform);
    s->mask = rv__alloc(transforms->n, sizeof *s->mask);
    if (!s->scene || !s->transform || !s->mask)
        return RV_ERR_NOMEM;
    for (size_t i = 0; i < transforms->n; i++) {
        const rv_scene_info *info = find_scene(scenes, transforms->v[i].scene_id);
        if (info && transforms->v[i].trusted && (err = add_member(s, c, info, &transforms->v[i], align_run)) < 0)
            return err;
    }
    if ((err = rv__case_grid(c, &grid)) < 0 || (err = rv_case_each_gain(c, add_gain, s)) < 0 ||
        (err = order_gains(s)) < 0)
        return err;
    const rv_stack_parts parts = { s->scene, s->transform, s->gains.n ? s->gains.v : NULL, s->mask, s->n };
    return rv_stack_build(&s->stack, &parts, &grid);
}

/* Where the pixels lie, by the points of the last measure run; fitted again, which gives the same map. */
static int take_ground(rv_case_stack *s, rv_case *c)
{
    rv__gcp_list points = { 0 };
    rv_ground ground;
    int err = rv__gcps_stored(&points, c);
    if (err == RV_OK && points.n > 0 &&
        (err = rv_ground_fit(&ground, points.v, points.n, rv_stack_grid(s->stack))) == RV_OK)
        rv_stack_set_ground(s->stack, &ground);
    rv__free(points.v);
    return err;
}

int rv_case_stack_open(rv_case_stack **out, rv_case *c)
{
    rv__scene_list scenes = { 0 };
    rv__transform_list transforms = { 0 };
    rv_case_stack *s = NULL;
    int err;
    if (rv_case_current_run(c, "align") == 0)
        return rv__fail(RV_ERR_STATE, "the scenes are not aligned yet");
    if ((err = rv__load_scenes(&scenes, c)) < 0 || (err = rv__load_transforms(&transforms, c)) < 0)
        goto done;
    if (!(s = rv__alloc(1, sizeof *s))) {
        err = RV_ERR_NOMEM;
        goto done;
    }
    if ((err = build(s, c, &scenes, &transforms)) < 0 || (err = take_ground(s, c)) < 0)
        rv_case_stack_free(s);
    else
        *out = s;
done:
    rv__free(scenes.v);
    rv__free(transforms.v);
    return err;
}

void rv__case_stack_set_ground(rv_case_stack *s, const rv_ground *ground)
{
    rv_stack_set_ground(s->stack, ground);
}

const rv_stack *rv_case_stack_get(const rv_case_stack *s)
{
    return s->stack;
}

void rv_case_stack_free(rv_case_stack *s)
{
    if (!s)
        return;
    rv_stack_free(s->stack);
    for (size_t i = 0; i < s->n; i++) {
        rv_scene_free(s->scene[i]);
        rv__free((void *)s->mask[i]);
    }
    rv__free(s->scene);
    rv__free(s->transform);
    rv__free((void *)s->mask);
    rv__free(s->gains.v);
    rv__free(s);
}

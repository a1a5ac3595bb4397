/* SPDX-License-Identifier: Apache-2.0 */
/* Align, normalise, mask: every scene against one reference, then gains of those that can be trusted, then a mask each. A
 * scene that cannot be used gets a transform that is not trusted, with the reason; the others go on. Only shifts and gains
 * are computed here: the pixels are interpolated once, when the stack is read. */
#include "steps/step.h"

#include "base/mem.h"
#include "geo/crs.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

typedef struct series {
    const rv_align_opts *align;
    const rv_normalise_opts *normalise;
    rv__scene_list info;
    rv_scene **scene; /* of each info */
    rv_transform *transform;
    size_t reference;
} series;

/* The scenes that are used, in the stack's order. */
typedef struct members {
    rv_scene **scene;
    rv_transform *transform;
    size_t n;
} members;

static int open_all(series *s, rv_case *c)
{
    s->scene = rv__alloc(s->info.n, sizeof *s->scene);
    s->transform = rv__alloc(s->info.n, sizeof *s->transform);
    int err = s->scene && s->transform ? RV_OK : RV_ERR_NOMEM;
    for (size_t i = 0; i < s->info.n && err == RV_OK; i++)
        err = rv__open_scene(&s->scene[i], c, &s->info.v[i]);
    return err;
}

static void series_release(series *s)
{
    for (size_t i = 0; i < s->info.n && s->scene; i++)
        rv_scene_free(s->scene[i]);
    rv__free(s->scene);
    rv__free(s->transform);
    rv__free(s->info.v);
}

/* Scenes without a CRS take part only where no scene has one: they cannot be placed beside those that have. */
static int choose_reference(series *s)
{
    bool georeferenced = false;
    for (size_t i = 0; i < s->info.n; i++)
        georeferenced |= s->info.v[i].crs[0] != '\0';
    rv_scene **candidate = rv__alloc(s->info.n, sizeof *candidate);
    size_t *index = rv__alloc(s->info.n, sizeof *index);
    size_t n = 0, chosen = 0;
    int err = candidate && index ? RV_OK : RV_ERR_NOMEM;
    for (size_t i = 0; i < s->info.n && err == RV_OK; i++)
        if (!georeferenced || s->info.v[i].crs[0]) {
            index[n] = i;
            candidate[n++] = s->scene[i];
        }
    if (err == RV_OK && (err = rv_align_reference(&chosen, candidate, n, s->align)) == RV_OK)
        s->reference = index[chosen];
    rv__free(candidate);
    rv__free(index);
    return err;
}

/* By the georeference alone, which may be wrong by far more than align looks for, so only the clear case counts. */
static bool overlaps(const rv_grid *grid, const rv_grid *reference)
{
    double m[9], worst_px, lo[2] = { INFINITY, INFINITY }, hi[2] = { -INFINITY, -INFINITY };
    if (rv__grid_map(m, &worst_px, grid, reference) < 0)
        return false;
    for (int i = 0; i < 4; i++) {
        const double col = i & 1 ? grid->width : 0, row = i & 2 ? grid->height : 0;
        const double w = m[6] * col + m[7] * row + m[8];
        const double at[2] = { (m[0] * col + m[1] * row + m[2]) / w, (m[3] * col + m[4] * row + m[5]) / w };
        for (int k = 0; k < 2; k++) {
            lo[k] = fmin(lo[k], at[k]);
            hi[k] = fmax(hi[k], at[k]);
        }
    }
    return lo[0] < reference->width && hi[0] > 0 && lo[1] < reference->height && hi[1] > 0;
}

/* A panchromatic scene stands for the visible bands; bands of unknown role (X) are matched by their order. */
static bool shares_band(const char *roles, const char *other)
{
    for (const char *r = roles; *r; r++)
        if (strchr(other, *r))
            return true;
    return (strchr(roles, 'P') && strpbrk(other, "BGR")) || (strchr(other, 'P') && strpbrk(roles, "BGR"));
}

/* Why a scene cannot be held against the reference, or NULL. */
static const char *obstacle(const series *s, size_t i)
{
    const rv_scene_info *info = &s->info.v[i], *reference = &s->info.v[s->reference];
    if (!info->crs[0] && reference->crs[0])
        return "has no CRS, unlike the reference image";
    if (!overlaps(rv_scene_grid(s->scene[i]), rv_scene_grid(s->scene[s->reference])))
        return "does not overlap the reference image";
    if (!shares_band(info->roles, reference->roles))
        return "shares no band with the reference image";
    return NULL;
}

static void name_transform(rv_transform *t, const series *s, size_t i)
{
    memcpy(t->scene_id, s->info.v[i].id, sizeof t->scene_id);
    memcpy(t->reference_id, s->info.v[s->reference].id, sizeof t->reference_id);
}

static void refuse(rv_transform *t, const char *why)
{
    rv_fields_init(rv_transform_fields(), t);
    t->trusted = 0;
    strncpy(t->why, why, sizeof t->why - 1);
}

/* The scenes that can be held against the reference, in one adjustment. */
static int align_scenes(series *s)
{
    rv_scene **scene = rv__alloc(s->info.n, sizeof *scene);
    rv_transform *row = rv__alloc(s->info.n, sizeof *row);
    size_t *index = rv__alloc(s->info.n, sizeof *index), n = 0, reference = 0;
    int err = scene && row && index ? RV_OK : RV_ERR_NOMEM;
    for (size_t i = 0; err == RV_OK && i < s->info.n; i++) {
        const char *why = i == s->reference ? NULL : obstacle(s, i);
        if (why) {
            refuse(&s->transform[i], why);
            continue;
        }
        reference = i == s->reference ? n : reference;
        index[n] = i;
        scene[n++] = s->scene[i];
    }
    if (err == RV_OK && (err = rv_align_series(row, scene, n, reference, s->align)) == RV_OK)
        for (size_t k = 0; k < n; k++)
            s->transform[index[k]] = row[k];
    rv__free(scene);
    rv__free(row);
    rv__free(index);
    return err;
}

static int align_all(series *s, rv_case *c, int run_id, int *state)
{
    int err = align_scenes(s);
    for (size_t i = 0; err == RV_OK && i < s->info.n; i++) {
        rv_transform *t = &s->transform[i];
        name_transform(t, s, i);
        if (!t->trusted) {
            rv__log(0, "scene %s: %s", t->scene_id, t->why);
            *state = RV_RUN_PART;
        }
        err = rv__transform_put(c, run_id, t);
    }
    return err < 0 ? err : rv__fact_put(c, run_id, "reference_id", s->info.v[s->reference].id);
}

static int members_take(members *m, const series *s)
{
    m->scene = rv__alloc(s->info.n, sizeof *m->scene);
    m->transform = rv__alloc(s->info.n, sizeof *m->transform);
    if (!m->scene || !m->transform)
        return RV_ERR_NOMEM;
    for (size_t i = 0; i < s->info.n; i++)
        if (s->transform[i].trusted) {
            m->scene[m->n] = s->scene[i];
            m->transform[m->n++] = s->transform[i];
        }
    return RV_OK;
}

static void members_release(members *m)
{
    rv__free(m->scene);
    rv__free(m->transform);
}

/* Gains come in the stack's order, so the members are put into it before the stack is built with them. */
static void members_order(members *m, const rv_stack *stack)
{
    for (size_t t = 0; t < m->n; t++)
        for (size_t i = t; i < m->n; i++)
            if (strcmp(m->transform[i].scene_id, rv_stack_facts(stack, t)->id) == 0) {
                rv_scene *const scene = m->scene[i];
                const rv_transform transform = m->transform[i];
                m->scene[i] = m->scene[t];
                m->transform[i] = m->transform[t];
                m->scene[t] = scene;
                m->transform[t] = transform;
                break;
            }
}

static int put_gains(rv_case *c, int run_id, const rv_gain *gains, size_t n)
{
    int err = RV_OK;
    for (size_t i = 0; i < n && err == RV_OK; i++)
        err = rv__gain_put(c, run_id, &gains[i]);
    return err;
}

static int put_mask(rv_case *c, int run_id, const char *id, double clear)
{
    char name[RV_PATH_MAX], text[32], key[RV_ID_MAX + 8];
    int err;
    rv__number_text(text, clear);
    snprintf(key, sizeof key, "clear/%s", id);
    if ((err = rv__case_mask_name(name, sizeof name, run_id, id)) < 0 ||
        (err = rv__file_put_hashed(c, run_id, name)) < 0)
        return err;
    return rv__fact_put(c, run_id, key, text);
}

static int write_masks(rv_case *c, int run_id, const rv_stack *stack, const rv_normalise_opts *opts)
{
    const size_t n = rv_stack_size(stack);
    char(*name)[RV_PATH_MAX] = rv__alloc(n, sizeof *name);
    const char **path = rv__alloc(n, sizeof *path);
    double *clear = rv__alloc(n, sizeof *clear);
    int err = name && path && clear ? RV_OK : RV_ERR_NOMEM;
    for (size_t t = 0; t < n && err == RV_OK; t++) {
        char relative[RV_PATH_MAX];
        if ((err = rv__case_mask_name(relative, sizeof relative, run_id, rv_stack_facts(stack, t)->id)) == RV_OK)
            err = rv__case_path(c, name[t], sizeof name[t], relative);
        path[t] = name[t];
    }
    if (err == RV_OK)
        err = rv_masks_write(clear, path, stack, opts);
    for (size_t t = 0; t < n && err == RV_OK; t++)
        err = put_mask(c, run_id, rv_stack_facts(stack, t)->id, clear[t]);
    rv__free(name);
    rv__free((void *)path);
    rv__free(clear);
    return err;
}

static int normalise_all(const series *s, rv_case *c, int run_id)
{
    const rv_grid *grid = rv_scene_grid(s->scene[s->reference]);
    members m = { 0 };
    rv_stack *stack = NULL;
    rv_gain *gains = NULL;
    int err;
    if ((err = members_take(&m, s)) < 0 ||
        (err = rv_stack_build(&stack, &(rv_stack_parts){ m.scene, m.transform, NULL, NULL, m.n }, grid)) < 0)
        goto done;
    members_order(&m, stack);
    const size_t n_gains = m.n * (size_t)rv_stack_bands(stack);
    if (!(gains = rv__alloc(n_gains, sizeof *gains))) {
        err = RV_ERR_NOMEM;
        goto done;
    }
    if ((err = rv_normalise(gains, stack, s->normalise)) < 0 || (err = put_gains(c, run_id, gains, n_gains)) < 0)
        goto done;
    rv_stack_free(stack);
    stack = NULL;
    for (size_t i = 0; i < n_gains; i++) /* a broad cloud is in the field too, and the masks are to see it */
        gains[i].field[0] = '\0';
    if ((err = rv_stack_build(&stack, &(rv_stack_parts){ m.scene, m.transform, gains, NULL, m.n }, grid)) == RV_OK)
        err = write_masks(c, run_id, stack, s->normalise);
done:
    rv_stack_free(stack);
    rv__free(gains);
    members_release(&m);
    return err;
}

/* The masks of a run that failed; they have names of its own. The sentence of the failure stays. */
static int drop_masks(const series *s, rv_case *c, int run_id, int code)
{
    char sentence[RV_WHY_MAX] = "", name[RV_PATH_MAX], path[RV_PATH_MAX];
    strncpy(sentence, rv_last_error(), sizeof sentence - 1);
    for (size_t i = 0; i < s->info.n; i++)
        if (rv__case_mask_name(name, sizeof name, run_id, s->info.v[i].id) == RV_OK &&
            rv__case_path(c, path, sizeof path, name) == RV_OK)
            remove(path);
    return rv__fail(code, "%s", sentence);
}

static int align_step(rv_case *c, int run_id, int *state, void *user)
{
    series *s = user;
    int err;
    if ((err = rv__load_scenes(&s->info, c)) < 0)
        return err;
    if (s->info.n == 0)
        return rv__fail(RV_ERR_NODATA, "the case holds no usable image");
    if ((err = open_all(s, c)) < 0 || (err = choose_reference(s)) < 0 || (err = align_all(s, c, run_id, state)) < 0 ||
        (err = normalise_all(s, c, run_id)) < 0 || (err = rv__progress("align", 1.0)) < 0)
        return drop_masks(s, c, run_id, err);
    return RV_OK;
}

/* The options of both methods as one described struct, because a run record holds one. Their names do not clash. */
typedef struct both_opts {
    rv_align_opts align;
    rv_normalise_opts normalise;
} both_opts;

enum { BOTH_MAX = 32 };

int rv_step_align(rv_case *c, const rv_align_opts *opts, const rv_normalise_opts *normalise)
{
    static const both_opts defaults = { RV_ALIGN_OPTS_INIT, RV_NORMALISE_OPTS_INIT };
    const both_opts o = { opts ? *opts : defaults.align, normalise ? *normalise : defaults.normalise };
    rv_field rows[BOTH_MAX];
    size_t n = rv__fields_append(rows, 0, rv_align_fields(), offsetof(both_opts, align));
    n = rv__fields_append(rows, n, rv_normalise_fields(), offsetof(both_opts, normalise));
    assert(n <= BOTH_MAX);
    const rv_fields fields = { "align_opts", sizeof o, &defaults, rows, n };
    series s = { .align = &o.align, .normalise = &o.normalise };
    int err;
    if ((err = rv_fields_check(&fields, &o)) < 0)
        return err;
    err = rv__step_run(c, &(rv__step){ .name = "align",
                                       .fields = &fields,
                                       .options = &o,
                                       .based_on = rv_case_current_run(c, "add"),
                                       .work = align_step,
                                       .user = &s });
    series_release(&s);
    return err;
}

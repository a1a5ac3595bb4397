/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of one kind as a JSON array, straight from the described fields. Nested parts follow: a place's shape, and the
 * texts of a run that are JSON themselves. */
#include <revisit/export.h>

#include "base/json.h"
#include "case/case_internal.h"

#include <string.h>

enum { FIELDS_MAX = 64 };

static void begin_row(rv__str *out)
{
    rv__str_add(out, out->len > 1 ? ",\n{" : "\n{");
}

static int add_scene(const rv_scene_info *row, void *user)
{
    begin_row(user);
    rv__json_members(user, rv_scene_info_fields(), row);
    rv__str_add(user, "}");
    return ((rv__str *)user)->err;
}

static int add_transform(const rv_transform *row, void *user)
{
    begin_row(user);
    rv__json_members(user, rv_transform_fields(), row);
    rv__str_add(user, "}");
    return ((rv__str *)user)->err;
}

static int add_gain(const rv_gain *row, void *user)
{
    begin_row(user);
    rv__json_members(user, rv_gain_fields(), row);
    rv__str_add(user, "}");
    return ((rv__str *)user)->err;
}

static int add_structure(const rv_structure *row, void *user)
{
    begin_row(user);
    rv__json_members(user, rv_structure_fields(), row);
    rv__str_add(user, "}");
    return ((rv__str *)user)->err;
}

static int add_measurement(const rv_measurement *row, void *user)
{
    begin_row(user);
    rv__json_members(user, rv_measurement_fields(), row);
    rv__str_add(user, "}");
    return ((rv__str *)user)->err;
}

static int add_budget(const rv_budget_term *row, void *user)
{
    begin_row(user);
    rv__json_members(user, rv_budget_term_fields(), row);
    rv__str_add(user, "}");
    return ((rv__str *)user)->err;
}

static int add_smallest(const rv_smallest *row, void *user)
{
    begin_row(user);
    rv__json_members(user, rv_smallest_fields(), row);
    rv__str_add(user, "}");
    return ((rv__str *)user)->err;
}

static int add_gcp(const rv_gcp *row, void *user)
{
    begin_row(user);
    rv__json_members(user, rv_gcp_fields(), row);
    rv__str_add(user, "}");
    return ((rv__str *)user)->err;
}

static int add_place(const rv_place *row, void *user)
{
    begin_row(user);
    rv__json_members(user, rv_place_fields(), row);
    rv__str_add(user, ", \"shape\": ");
    rv__place_shape_text(user, &row->shape);
    rv__str_add(user, "}");
    return ((rv__str *)user)->err;
}

static void add_object(rv__str *out, const char *name, const char *json)
{
    rv__str_addf(out, ", \"%s\": ", name);
    rv__str_add(out, json[0] ? json : "null");
}

static int add_run(const rv_run *row, void *user)
{
    const rv_fields *all = rv_run_fields();
    rv_field kept[FIELDS_MAX];
    rv_fields flat = { all->name, all->size, all->defaults, kept, 0 };
    for (size_t i = 0; i < all->n && flat.n < FIELDS_MAX; i++)
        if (strcmp(all->field[i].name, "options") != 0 && strcmp(all->field[i].name, "versions") != 0)
            kept[flat.n++] = all->field[i];
    begin_row(user);
    rv__json_members(user, &flat, row);
    add_object(user, "options", row->options);
    add_object(user, "versions", row->versions);
    rv__str_add(user, "}");
    return ((rv__str *)user)->err;
}

static int walk(rv__str *out, rv_case *c, const char *kind)
{
    if (strcmp(kind, "scenes") == 0)
        return rv_case_each_scene(c, add_scene, out);
    if (strcmp(kind, "transforms") == 0)
        return rv_case_each_transform(c, add_transform, out);
    if (strcmp(kind, "gains") == 0)
        return rv_case_each_gain(c, add_gain, out);
    if (strcmp(kind, "structures") == 0)
        return rv_case_each_structure(c, add_structure, out);
    if (strcmp(kind, "measurements") == 0)
        return rv_case_each_measurement(c, add_measurement, out);
    if (strcmp(kind, "budget") == 0)
        return rv_case_each_budget(c, add_budget, out);
    if (strcmp(kind, "smallest") == 0)
        return rv_case_each_smallest(c, add_smallest, out);
    if (strcmp(kind, "gcps") == 0)
        return rv_case_each_gcp(c, add_gcp, out);
    if (strcmp(kind, "places") == 0)
        return rv_case_each_place(c, add_place, out);
    if (strcmp(kind, "runs") == 0)
        return rv_case_each_run(c, add_run, out);
    return rv__fail(RV_ERR_NOTFOUND, "a case has no rows called %.40s", kind);
}

int rv_export_rows(char **out, rv_case *c, const char *kind)
{
    rv__str text = { 0 };
    rv__str_add(&text, "[");
    const int err = text.err < 0 ? text.err : walk(&text, c, kind);
    if (err < 0) {
        rv__str_release(&text);
        return err;
    }
    rv__str_add(&text, text.len > 1 ? "\n]\n" : "]\n");
    char *taken = rv__str_take(&text);
    if (!taken)
        return RV_ERR_NOMEM;
    *out = taken;
    return RV_OK;
}

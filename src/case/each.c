/* SPDX-License-Identifier: Apache-2.0 */
/* Visit the rows of a case in a fixed order. Scenes and runs belong to the case; all else to the current run of its step,
 * that is the newest one that is done and not stale. */
#include "case/store.h"

#include "geo/polygon.h"

#define SCENE_ORDER "COALESCE((s.t_min + s.t_max) / 2, s.t_min, s.t_max) NULLS LAST, s.id"

typedef struct cursor {
    rv__stmt *stmt;
    const rv_fields *fields;
} cursor;

/* SELECT <columns of a> <more> <tail>, with up to two runs as ?1 and ?2. */
static int cursor_open(cursor *out, rv_case *c, const rv_fields *fields, const char *tail, const int runs[2])
{
    rv__str sql = { 0 };
    rv__stmt *s = NULL;
    rv__str_add(&sql, "SELECT ");
    rv__row_columns(&sql, fields, "a");
    rv__str_add(&sql, tail);
    const int err = sql.err < 0 ? sql.err : rv__stmt_new(&s, c->db, sql.s);
    rv__str_release(&sql);
    if (err < 0)
        return err;
    for (int i = 0; i < 2 && runs; i++)
        if (runs[i] >= 0)
            rv__stmt_int(s, i + 1, runs[i]);
    *out = (cursor){ .stmt = s, .fields = fields };
    return RV_OK;
}

static int cursor_next(cursor *cur, void *row)
{
    const int got = rv__stmt_step(cur->stmt);
    if (got <= 0)
        return got;
    const int err = rv__row_read(row, cur->stmt, 0, cur->fields);
    return err < 0 ? err : 1;
}

/* The outline in the column behind the fields; NULL gives an empty one. */
static int cursor_outline(const cursor *cur, rv_polygon *out)
{
    size_t n;
    const void *wkb = rv__stmt_get_blob(cur->stmt, (int)cur->fields->n, &n);
    *out = (rv_polygon){ 0 };
    return n ? rv__polygon_from_wkb(out, wkb, n) : RV_OK;
}

/* The same column of a place: rings of coordinates. */
static int cursor_shape(const cursor *cur, rv_polygon *out)
{
    *out = (rv_polygon){ 0 };
    return rv__place_shape_read(out, rv__stmt_get_text(cur->stmt, (int)cur->fields->n));
}

int rv_case_each_scene(rv_case *c, rv_scene_fn fn, void *user)
{
    cursor cur;
    rv_scene_info row;
    int got = cursor_open(&cur, c, rv_scene_info_fields(),
                          " FROM scene a JOIN scene s ON s.seq = a.seq ORDER BY " SCENE_ORDER, NULL);
    if (got < 0)
        return got;
    while ((got = cursor_next(&cur, &row)) > 0 && (got = fn(&row, user)) == 0)
        ;
    rv__stmt_free(cur.stmt);
    return got;
}

int rv_case_each_transform(rv_case *c, rv_transform_fn fn, void *user)
{
    cursor cur;
    rv_transform row;
    int got = cursor_open(
        &cur, c, rv_transform_fields(),
        " FROM transform a LEFT JOIN scene s ON s.id = a.scene_id WHERE a.run_id = ?1 ORDER BY " SCENE_ORDER,
        (const int[2]){ rv_case_current_run(c, "align"), -1 });
    if (got < 0)
        return got;
    while ((got = cursor_next(&cur, &row)) > 0 && (got = fn(&row, user)) == 0)
        ;
    rv__stmt_free(cur.stmt);
    return got;
}

int rv_case_each_gain(rv_case *c, rv_gain_fn fn, void *user)
{
    cursor cur;
    rv_gain row;
    int got = cursor_open(
        &cur, c, rv_gain_fields(),
        " FROM gain a LEFT JOIN scene s ON s.id = a.scene_id WHERE a.run_id = ?1 ORDER BY " SCENE_ORDER ", a.band",
        (const int[2]){ rv_case_current_run(c, "align"), -1 });
    if (got < 0)
        return got;
    while ((got = cursor_next(&cur, &row)) > 0 && (got = fn(&row, user)) == 0)
        ;
    rv__stmt_free(cur.stmt);
    return got;
}

/* Structures of the current detect run, with the outlines that a measure run refined where there are any. */
static int each_structure(rv_case *c, int measure_run, rv_structure_fn fn, void *user)
{
    cursor cur;
    rv_structure row;
    int got = cursor_open(&cur, c, rv_structure_fields(),
                          ", COALESCE(m.wkb, d.wkb) FROM structure a"
                          " LEFT JOIN outline d ON d.run_id = a.run_id AND d.structure_id = a.id"
                          " LEFT JOIN outline m ON m.run_id = ?2 AND m.structure_id = a.id"
                          " WHERE a.run_id = ?1 ORDER BY a.id",
                          (const int[2]){ rv_case_current_run(c, "detect"), measure_run });
    if (got < 0)
        return got;
    while ((got = cursor_next(&cur, &row)) > 0) {
        if ((got = cursor_outline(&cur, &row.outline)) < 0)
            break;
        got = fn(&row, user);
        rv_polygon_release(&row.outline);
        if (got != 0)
            break;
    }
    rv__stmt_free(cur.stmt);
    return got;
}

int rv_case_each_structure(rv_case *c, rv_structure_fn fn, void *user)
{
    return each_structure(c, rv_case_current_run(c, "measure"), fn, user);
}

int rv__case_each_detected(rv_case *c, rv_structure_fn fn, void *user)
{
    return each_structure(c, 0, fn, user);
}

int rv_case_each_measurement(rv_case *c, rv_measurement_fn fn, void *user)
{
    cursor cur;
    rv_measurement row;
    int got = cursor_open(&cur, c, rv_measurement_fields(),
                          " FROM measurement a WHERE a.run_id = ?1 ORDER BY a.structure_id, a.quantity, a.other_id",
                          (const int[2]){ rv_case_current_run(c, "measure"), -1 });
    if (got < 0)
        return got;
    while ((got = cursor_next(&cur, &row)) > 0 && (got = fn(&row, user)) == 0)
        ;
    rv__stmt_free(cur.stmt);
    return got;
}

int rv_case_each_budget(rv_case *c, rv_budget_fn fn, void *user)
{
    cursor cur;
    rv_budget_term row;
    int got = cursor_open(&cur, c, rv_budget_term_fields(),
                          " FROM budget a WHERE a.run_id = ?1 ORDER BY a.structure_id, a.quantity, a.seq",
                          (const int[2]){ rv_case_current_run(c, "measure"), -1 });
    if (got < 0)
        return got;
    while ((got = cursor_next(&cur, &row)) > 0 && (got = fn(&row, user)) == 0)
        ;
    rv__stmt_free(cur.stmt);
    return got;
}

int rv_case_each_smallest(rv_case *c, rv_smallest_fn fn, void *user)
{
    cursor cur;
    rv_smallest row;
    int got = cursor_open(&cur, c, rv_smallest_fields(), " FROM smallest a WHERE a.run_id = ?1 ORDER BY a.seq",
                          (const int[2]){ rv_case_current_run(c, "detect"), -1 });
    if (got < 0)
        return got;
    while ((got = cursor_next(&cur, &row)) > 0 && (got = fn(&row, user)) == 0)
        ;
    rv__stmt_free(cur.stmt);
    return got;
}

int rv_case_each_gcp(rv_case *c, rv_gcp_fn fn, void *user)
{
    cursor cur;
    rv_gcp row;
    int got = cursor_open(&cur, c, rv_gcp_fields(), " FROM gcp a WHERE a.run_id = ?1 ORDER BY a.seq",
                          (const int[2]){ rv_case_current_run(c, "measure"), -1 });
    if (got < 0)
        return got;
    while ((got = cursor_next(&cur, &row)) > 0 && (got = fn(&row, user)) == 0)
        ;
    rv__stmt_free(cur.stmt);
    return got;
}

int rv_case_each_place(rv_case *c, rv_place_fn fn, void *user)
{
    cursor cur;
    rv_place row;
    int got = cursor_open(&cur, c, rv_place_fields(),
                          ", a.shape FROM place a WHERE a.run_id IN (?1, ?2) ORDER BY a.run_id, a.seq",
                          (const int[2]){ rv_case_current_run(c, "site"), rv_case_current_run(c, "outline") });
    if (got < 0)
        return got;
    while ((got = cursor_next(&cur, &row)) > 0) {
        if ((got = cursor_shape(&cur, &row.shape)) < 0)
            break;
        got = fn(&row, user);
        rv_polygon_release(&row.shape);
        if (got != 0)
            break;
    }
    rv__stmt_free(cur.stmt);
    return got;
}

int rv_case_each_run(rv_case *c, rv_run_fn fn, void *user)
{
    cursor cur;
    rv_run row;
    int got = cursor_open(&cur, c, rv_run_fields(), " FROM run a ORDER BY a.id", NULL);
    if (got < 0)
        return got;
    while ((got = cursor_next(&cur, &row)) > 0 && (got = fn(&row, user)) == 0)
        ;
    rv__stmt_free(cur.stmt);
    return got;
}

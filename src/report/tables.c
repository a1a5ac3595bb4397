/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of a report: changes, what stood before, images. A long one is folded; what is folded is printed too. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "report/draft.h"

enum { OPEN_CHANGES_MAX = 60, OPEN_EXISTING_MAX = 40 };

static int begin_table(draft *d, const char *const *headings, const char *format, rv__block **out)
{
    rv__block *table = rv__blocks_add(&d->blocks, RV__BLOCK_TABLE);
    int err = table ? RV_OK : RV_ERR_NOMEM;
    for (; err == RV_OK && headings[table->columns]; table->columns++)
        err = rv__block_cell(table, headings[table->columns]);
    if (err == RV_OK) {
        table->format = format;
        table->links = d->panels;
        *out = table;
    }
    return err;
}

static int fold(rv__block *table, size_t rows, const char *what)
{
    char text[80];
    snprintf(text, sizeof text, "Table of all %zu %s", rows, what);
    return (table->fold = rv__strdup(text)) ? RV_OK : RV_ERR_NOMEM;
}

static int cell_words(rv__block *table, rv__str *text)
{
    const int err = text->err < 0 ? text->err : rv__block_cell(table, text->s ? text->s : "");
    rv__str_release(text);
    return err;
}

static int cell_what(rv__block *table, const rv_structure *s)
{
    rv__str text = { 0 };
    rv__words_what(&text, s);
    return cell_words(table, &text);
}

static int cell_area(rv__block *table, const draft *d, const rv_structure *s)
{
    const rv_measurement *m = rv__facts_area(&d->facts, s);
    rv__str text = { 0 };
    if (m)
        rv__words_measured(&text, m);
    else
        rv__str_add(&text, "not measured");
    return cell_words(table, &text);
}

/* "62.1 × 31.0 m"; the intervals stand with the change itself and in structures.geojson. */
static int cell_extent(rv__block *table, const draft *d, const rv_structure *s)
{
    const rv_measurement *m[2] = { rv__facts_measured(&d->facts, s->id, "length_m"),
                                   rv__facts_measured(&d->facts, s->id, "width_m") };
    rv__str text = { 0 };
    if (m[0] && m[1] && isfinite(m[0]->value) && isfinite(m[1]->value)) {
        rv__words_number(&text, m[0]->value, rv__words_decimals(m[0]->sigma));
        rv__str_add(&text, RV__NBSP "\xC3\x97" RV__NBSP);
        rv__words_number(&text, m[1]->value, rv__words_decimals(m[1]->sigma));
        rv__str_add(&text, rv__words_unit(m[1]->unit));
    }
    return cell_words(table, &text);
}

static int cell_ratio(rv__block *table, const draft *d, const rv_structure *s)
{
    const rv_measurement *m = rv__facts_measured(&d->facts, s->id, "ratio");
    rv__str text = { 0 };
    if (m && isfinite(m->value)) {
        rv__words_measured(&text, m);
        rv__str_addf(&text, " of %s", m->other_id);
    }
    return cell_words(table, &text);
}

static int cell_place(rv__block *table, const draft *d, const rv_structure *s)
{
    rv__str text = { 0 };
    rv__words_place(&text, &d->facts, s);
    return cell_words(table, &text);
}

static int change_row(rv__block *table, const draft *d, size_t k)
{
    const rv_structure *s = &d->facts.structures.v[d->order[k]];
    char number[24];
    rv__str when = { 0 };
    int err;
    snprintf(number, sizeof number, "%zu", k + 1);
    rv__words_bracket(&when, &d->facts, s);
    if ((err = rv__block_cell(table, number)) < 0 || (err = rv__block_cell(table, s->id)) < 0 ||
        (err = cell_what(table, s)) < 0) {
        rv__str_release(&when);
        return err;
    }
    if ((err = cell_words(table, &when)) < 0 || (err = cell_area(table, d, s)) < 0 ||
        (err = cell_extent(table, d, s)) < 0 || (err = cell_ratio(table, d, s)) < 0)
        return err;
    return cell_place(table, d, s);
}

int rv__draft_changes_table(draft *d)
{
    static const char *const headings[] = { "no.",    "id", "what", "when", "area", "length, width", "against the old",
                                            "centre", NULL };
    rv__block *table;
    int err = begin_table(d, headings, "anttnntt", &table);
    for (size_t k = 0; k < d->changes && err == RV_OK; k++)
        err = change_row(table, d, k);
    return err == RV_OK && d->changes > OPEN_CHANGES_MAX ? fold(table, d->changes, "changes") : err;
}

static int existing_row(rv__block *table, const draft *d, const rv_structure *s)
{
    int err;
    if ((err = rv__block_cell(table, s->id)) < 0 || (err = cell_what(table, s)) < 0 ||
        (err = cell_area(table, d, s)) < 0 || (err = cell_extent(table, d, s)) < 0)
        return err;
    return cell_place(table, d, s);
}

int rv__draft_existing_table(draft *d)
{
    static const char *const headings[] = { "id", "what", "area", "length, width", "centre", NULL };
    const size_t rows = d->facts.structures.n - d->changes;
    size_t *order = rv__alloc(rows + 1, sizeof *order);
    rv__block *table;
    int err = order ? begin_table(d, headings, "ntnnt", &table) : RV_ERR_NOMEM;
    if (order)
        rv__facts_existing(&d->facts, order);
    for (size_t i = 0; i < rows && err == RV_OK; i++)
        err = existing_row(table, d, &d->facts.structures.v[order[i]]);
    rv__free(order);
    return err == RV_OK && rows > OPEN_EXISTING_MAX ? fold(table, rows, "structures") : err;
}

static const rv_transform *transform_of(const draft *d, const char *id)
{
    for (size_t i = 0; i < d->facts.transforms.n; i++)
        if (strcmp(d->facts.transforms.v[i].scene_id, id) == 0)
            return &d->facts.transforms.v[i];
    return NULL;
}

static int cell_shift(rv__block *table, const rv_transform *m)
{
    rv__str text = { 0 };
    if (m && m->trusted && strcmp(m->scene_id, m->reference_id) == 0)
        rv__str_add(&text, "reference");
    else if (m && m->trusted) {
        const int decimals = rv__words_decimals(m->sigma_px) < 0 ? 0 : rv__words_decimals(m->sigma_px);
        rv__words_number(&text, m->shift_px[0], decimals);
        rv__str_add(&text, ", ");
        rv__words_number(&text, m->shift_px[1], decimals);
        rv__str_add(&text, RV__NBSP "\xC2\xB1" RV__NBSP);
        rv__words_number(&text, m->sigma_px, decimals);
        rv__str_add(&text, rv__words_unit("px"));
    }
    return cell_words(table, &text);
}

static int scene_row(rv__block *table, const draft *d, const rv_scene_info *scene)
{
    const rv_transform *m = transform_of(d, scene->id);
    const char *state = scene->state == RV_SCENE_REFUSED ? scene->why : m && !m->trusted ? m->why : "used";
    rv__str date = { 0 };
    int err;
    rv__words_scene_date(&date, scene);
    if ((err = rv__block_cell(table, scene->id)) < 0) {
        rv__str_release(&date);
        return err;
    }
    if ((err = cell_words(table, &date)) < 0 ||
        (err = rv__block_cell(table, *scene->sensor ? scene->sensor : "not stated")) < 0 ||
        (err = cell_shift(table, m)) < 0 || (err = rv__block_cell(table, state)) < 0 ||
        (err = rv__block_cell(table, *scene->credit ? scene->credit : "not stated")) < 0)
        return err;
    return rv__block_cell(table, *scene->licence ? scene->licence : "not stated");
}

int rv__draft_scenes(draft *d)
{
    static const char *const headings[] = { "image", "date", "sensor", "moved by", "state", "credit", "licence", NULL };
    rv__block *table;
    int err = begin_table(d, headings, "tntnttt", &table);
    for (size_t i = 0; i < d->facts.scenes.n && err == RV_OK; i++)
        err = scene_row(table, d, &d->facts.scenes.v[i]);
    return err;
}

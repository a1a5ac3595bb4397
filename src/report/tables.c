/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of a report: structures, images, and the runs that every number can be traced to. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "report/draft.h"
#include "report/words.h"

static int begin_table(draft *d, const char *const *headings, rv__block **out)
{
    rv__block *table = rv__blocks_add(&d->blocks, RV__BLOCK_TABLE);
    int err = table ? RV_OK : RV_ERR_NOMEM;
    for (; err == RV_OK && headings[table->columns]; table->columns++)
        err = rv__block_cell(table, headings[table->columns]);
    if (err == RV_OK)
        *out = table;
    return err;
}

static int cell_words(rv__block *table, rv__str *text)
{
    const int err = text->err < 0 ? text->err : rv__block_cell(table, text->s ? text->s : "");
    rv__str_release(text);
    return err;
}

static int cell_measured(rv__block *table, const draft *d, const char *id, const char *what)
{
    const rv_measurement *m = rv__facts_measured(&d->facts, id, what);
    rv__str text = { 0 };
    if (m && isfinite(m->value))
        rv__words_measured(&text, m);
    else
        rv__str_add(&text, m && *m->why ? m->why : "not measured");
    return cell_words(table, &text);
}

int rv__draft_structures(draft *d, bool changes)
{
    static const char *const headings[] = { "id",     "kind",  "event",           "when", "area",
                                            "length", "width", "against the old", NULL };
    rv__block *table;
    int err = begin_table(d, headings, &table);
    for (size_t i = 0; i < d->facts.structures.n && err == RV_OK; i++) {
        const rv_structure *s = &d->facts.structures.v[i];
        if ((s->event != RV_EVENT_NONE) != changes)
            continue;
        rv__str when = { 0 };
        if (changes)
            rv__words_bracket(&when, &d->facts, s);
        else
            rv__str_add(&when, "stood before the first image");
        const char *area = rv__facts_measured(&d->facts, s->id, "area_m2") ? "area_m2" : "area_px2";
        const rv_measurement *m2 = rv__facts_measured(&d->facts, s->id, "area_m2");
        if (m2 && !isfinite(m2->value))
            area = "area_px2";
        if ((err = rv__block_cell(table, s->id)) < 0 || (err = rv__block_cell(table, rv__words_kind(s))) < 0 ||
            (err = rv__block_cell(table, rv_event_names()[s->event])) < 0 || (err = cell_words(table, &when)) < 0 ||
            (err = cell_measured(table, d, s->id, area)) < 0 ||
            (err = cell_measured(table, d, s->id, "length_m")) < 0 ||
            (err = cell_measured(table, d, s->id, "width_m")) < 0)
            break;
        err = rv__facts_measured(&d->facts, s->id, "ratio") ? cell_measured(table, d, s->id, "ratio")
                                                            : rv__block_cell(table, "");
    }
    return err;
}

static const rv_transform *transform_of(const draft *d, const char *id)
{
    for (size_t i = 0; i < d->facts.transforms.n; i++)
        if (strcmp(d->facts.transforms.v[i].scene_id, id) == 0)
            return &d->facts.transforms.v[i];
    return NULL;
}

static int add_scene_row(rv__block *table, const draft *d, const rv_scene_info *scene)
{
    const rv_transform *m = transform_of(d, scene->id);
    rv__str date = { 0 }, shift = { 0 }, state = { 0 };
    rv__words_scene_date(&date, scene);
    if (m && m->trusted && strcmp(m->scene_id, m->reference_id) == 0)
        rv__str_add(&shift, "reference");
    else if (m && m->trusted) {
        rv__str_fixed(&shift, m->shift_px[0], 2);
        rv__str_add(&shift, ", ");
        rv__str_fixed(&shift, m->shift_px[1], 2);
        rv__str_add(&shift, " px \xC2\xB1 ");
        rv__str_fixed(&shift, m->sigma_px, 3);
    }
    rv__str_add(&state, scene->state == RV_SCENE_REFUSED ? scene->why : m && !m->trusted ? m->why : "used");
    int err;
    if ((err = rv__block_cell(table, scene->id)) < 0 || (err = cell_words(table, &date)) < 0 ||
        (err = rv__block_cell(table, *scene->sensor ? scene->sensor : "not stated")) < 0 ||
        (err = cell_words(table, &shift)) < 0 || (err = cell_words(table, &state)) < 0 ||
        (err = rv__block_cell(table, *scene->credit ? scene->credit : "not stated")) < 0 ||
        (err = rv__block_cell(table, *scene->licence ? scene->licence : "not stated")) < 0)
        return err;
    return rv__block_cell(table, scene->sha256);
}

int rv__draft_scenes(draft *d)
{
    static const char *const headings[] = { "image", "date",   "sensor",  "moved by",
                                            "state", "credit", "licence", "SHA-256 of the original",
                                            NULL };
    rv__block *table;
    int err = begin_table(d, headings, &table);
    for (size_t i = 0; i < d->facts.scenes.n && err == RV_OK; i++)
        err = add_scene_row(table, d, &d->facts.scenes.v[i]);
    return err;
}

int rv__draft_runs(draft *d)
{
    static const char *const headings[] = {
        "run", "step", "based on", "options", "versions", "hash of the inputs", NULL
    };
    rv__block *table;
    int err = begin_table(d, headings, &table);
    for (size_t i = 0; i < d->facts.runs.n && err == RV_OK; i++) {
        const rv_run *run = &d->facts.runs.v[i];
        char id[16], based[16] = "";
        if (run->state == RV_RUN_FAILED || run->state == RV_RUN_RUNNING || run->stale ||
            strcmp(run->step, "report") == 0)
            continue;
        snprintf(id, sizeof id, "%d", run->id);
        if (run->based_on > 0)
            snprintf(based, sizeof based, "%d", run->based_on);
        if ((err = rv__block_cell(table, id)) < 0 || (err = rv__block_cell(table, run->step)) < 0 ||
            (err = rv__block_cell(table, based)) < 0 || (err = rv__block_cell(table, run->options)) < 0 ||
            (err = rv__block_cell(table, run->versions)) < 0)
            break;
        err = rv__block_cell(table, run->inputs);
    }
    return err;
}

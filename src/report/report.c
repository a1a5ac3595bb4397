/* SPDX-License-Identifier: Apache-2.0 */
/* What is said, in which order: the summary, the whole site, each change with its pictures and series, what stood before,
 * what was not seen, and where every number comes from. Clocks, durations and thread counts stay in the run record: the
 * same case gives the same page. */
#include <revisit/export.h>
#include <revisit/report.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "report/draft.h"
#include "report/plot.h"
#include "report/words.h"

const rv_fields *rv_report_fields(void)
{
    static const rv_report_opts defaults = RV_REPORT_OPTS_INIT;
    static const rv_field rows[] = {
        RV_STRING(rv_report_opts, out, "FILE", "file to write; by default reports/report.html in the case"),
        RV_INT(rv_report_opts, max_panels, 0, 1000, "", "changes that get pictures of their own"),
        RV_INT(rv_report_opts, panel_px, 240, 2000, "px", "width of one picture"),
        RV_STRING(rv_report_opts, title, "TEXT", "title of the report; by default the case's name"),
    };
    static const rv_fields fields = { "report_opts", sizeof(rv_report_opts), &defaults, rows,
                                      sizeof rows / sizeof *rows };
    return &fields;
}

static int add_words(draft *d, rv__block_kind kind, rv__str *text)
{
    const int err = text->err < 0 ? text->err : rv__blocks_text(&d->blocks, kind, text->s ? text->s : "");
    rv__str_release(text);
    return err;
}

static int add_pair(draft *d, const rv__view view[2], const int t[2], const char *name, rv__str *caption)
{
    rv__block *block = rv__blocks_add(&d->blocks, RV__BLOCK_PAIR);
    if (!block || !(block->text = rv__str_take(caption)))
        return RV_ERR_NOMEM;
    const int err = rv__figure_pair(block->picture, &d->facts, view, t);
    for (int i = 0; i < 2 && err == RV_OK; i++)
        snprintf(block->picture[i].name, sizeof block->picture[i].name, "%s-%s.png", name, i ? "after" : "before");
    return err;
}

/* The whole site, first and last image, every outline. */
static int add_overview(draft *d)
{
    const size_t n = d->facts.structures.n;
    size_t *marked = rv__alloc(2 * n, sizeof *marked), *number = marked ? marked + n : NULL, k = 0;
    if (!marked)
        return RV_ERR_NOMEM;
    for (size_t i = 0; i < n; i++)
        if (d->facts.structures.v[i].event == RV_EVENT_NONE)
            marked[k++] = i;
    const size_t existing = k;
    for (size_t i = 0; i < d->changes; i++, k++) {
        marked[k] = d->order[i];
        number[k] = i + 1;
    }
    const int t[2] = { 0, (int)rv_stack_size(d->facts.stack) - 1 };
    rv__view view[2];
    rv__view_all(&view[0], &d->facts, d->opts->panel_px + 160);
    view[1] = view[0];
    view[0].marked = view[1].marked = marked;
    view[0].number = view[1].number = number;
    view[0].n_marked = existing;
    view[1].n_marked = n;
    rv__str caption = { 0 };
    rv__str_add(
        &caption,
        "The whole site: first image and last image. Blue: stood throughout. Orange: new. Pink: gone or replaced. "
        "Yellow: ground works. Numbers as in the text. Outlines are approximate.");
    const int err = add_pair(d, view, t, "overview", &caption);
    rv__free(marked);
    return err;
}

static void add_budget(rv__str *out, const draft *d, const char *id)
{
    bool first = true;
    for (size_t i = 0; i < d->facts.budget.n; i++) {
        const rv_budget_term *b = &d->facts.budget.v[i];
        if (strcmp(b->structure_id, id) != 0 || strcmp(b->quantity, "area_m2") != 0 || !(b->sigma > 0))
            continue;
        rv__str_add(out, first ? " Standard uncertainty of the area by source: " : ", ");
        for (const char *p = b->term; *p; p++)
            rv__str_add_bytes(out, *p == '_' ? " " : p, 1);
        rv__str_add(out, " ");
        rv__words_number(out, b->sigma, rv__words_decimals(b->sigma));
        rv__str_add(out, "\xC2\xA0m\xC2\xB2");
        first = false;
    }
    rv__str_add(out, first ? "" : ".");
}

static void add_extent(rv__str *out, const draft *d, const char *id)
{
    const rv_measurement *length = rv__facts_measured(&d->facts, id, "length_m"),
                         *width = rv__facts_measured(&d->facts, id, "width_m");
    if (length && width && isfinite(length->value) && isfinite(width->value)) {
        rv__str_add(out, " It measures ");
        rv__words_measured(out, length);
        rv__str_add(out, " by ");
        rv__words_measured(out, width);
        rv__str_add(out, ".");
    }
}

/* "Image A does not show it, image B does." */
static void add_witnesses(rv__str *out, const draft *d, const rv_structure *s)
{
    const rv_scene_info *absent = rv__facts_scene(&d->facts, s->absent_id),
                        *present = rv__facts_scene(&d->facts, s->present_id);
    if (absent)
        rv__str_addf(out, " Image %s does not show it%s", absent->id, present ? "," : ".");
    if (present)
        rv__str_addf(out, "%s %s does.", absent ? " image" : " Image", present->id);
    if (isfinite(s->step_sd)) {
        rv__str_add(out, " The step in the series is ");
        rv__str_fixed(out, s->step_sd, 1);
        rv__str_add(out, " standard deviations;");
    } else
        rv__str_add(out, " At this score");
    rv__str_add(out, " ");
    rv__str_fixed(out, s->nfa, s->nfa < 0.095 ? 3 : 1);
    rv__str_add(out, " false alarms are expected among findings as sure as this one.");
}

static int add_change(draft *d, size_t k)
{
    const size_t index = d->order[k];
    const rv_structure *s = &d->facts.structures.v[index];
    const size_t marked[1] = { index }, number[1] = { k + 1 };
    rv__str sentence = { 0 }, detail = { 0 }, caption = { 0 };
    char heading[96], name[96];
    int t[2], err;
    snprintf(heading, sizeof heading, "%zu. %s %s", k + 1, rv_event_names()[s->event], rv__words_kind(s));
    snprintf(name, sizeof name, "%s", s->id);
    rv__words_event(&sentence, &d->facts, s, k + 1);
    add_extent(&detail, d, s->id);
    add_witnesses(&detail, d, s);
    add_budget(&detail, d, s->id);
    rv__facts_pair(&d->facts, s, &t[0], &t[1]);
    rv__view view[2];
    rv__view_of(&view[0], &d->facts, index, d->opts->panel_px);
    view[0].marked = marked;
    view[0].number = number;
    view[0].n_marked = 1;
    view[1] = view[0];
    view[0].dashed = s->event == RV_EVENT_NEW || s->event == RV_EVENT_WORKS;
    view[1].dashed = s->event == RV_EVENT_DEMOLISHED;
    rv__str_addf(
        &caption,
        "Change %zu (%s) on the same ground and stretch. The outline is approximate; dashed where it does not stand.",
        k + 1, s->id);
    if ((err = rv__blocks_text(&d->blocks, RV__BLOCK_HEADING, heading)) < 0 ||
        (err = add_words(d, RV__BLOCK_TEXT, &sentence)) < 0 || (err = add_pair(d, view, t, name, &caption)) < 0)
        goto done;
    if (rv_stack_size(d->facts.stack) > 2) {
        rv__block *block = rv__blocks_add(&d->blocks, RV__BLOCK_PICTURE);
        err = block && (block->text = rv__strdup(
                            "Image by image; the shaded bracket is the time of the change. A hollow point is an image "
                            "in which the place was not clear."))
                  ? rv__plot_series(&block->picture[0], &d->facts, s, d->opts->panel_px)
                  : RV_ERR_NOMEM;
        if (err == RV_OK)
            snprintf(block->picture[0].name, sizeof block->picture[0].name, "%s-series.png", s->id);
    }
    if (err == RV_OK)
        err = add_words(d, RV__BLOCK_TEXT, &detail);
done:
    rv__str_release(&sentence);
    rv__str_release(&detail);
    rv__str_release(&caption);
    return err;
}

static int add_clean_overview(draft *d)
{
    const int t[2] = { 0, (int)rv_stack_size(d->facts.stack) - 1 };
    rv__view view[2];
    rv__view_all(&view[0], &d->facts, d->opts->panel_px + 160);
    view[1] = view[0];
    rv__str caption = { 0 };
    rv__str_add(&caption, "The same two images without annotation.");
    return add_pair(d, view, t, "overview-clean", &caption);
}

static int add_front(draft *d)
{
    rv__str title = { 0 }, summary = { 0 };
    rv__str_add(&title, d->opts->title ? d->opts->title : rv_case_name(d->facts.c));
    rv__words_summary(&summary, &d->facts);
    int err = add_words(d, RV__BLOCK_TITLE, &title);
    if (err == RV_OK)
        err = add_words(d, RV__BLOCK_LEAD, &summary);
    rv__str_release(&summary);
    return err == RV_OK ? add_overview(d) : err;
}

static int add_back(draft *d)
{
    int err;
    rv__str unseen = { 0 };
    if (d->changes && ((err = rv__blocks_text(&d->blocks, RV__BLOCK_HEADING, "All changes")) < 0 ||
                       (err = rv__draft_structures(d, true)) < 0))
        return err;
    if (d->facts.structures.n > d->changes &&
        ((err = rv__blocks_text(&d->blocks, RV__BLOCK_HEADING, "What stood before the first image")) < 0 ||
         (err = rv__draft_structures(d, false)) < 0))
        return err;
    rv__words_unseen(&unseen, &d->facts);
    if ((err = rv__blocks_text(&d->blocks, RV__BLOCK_HEADING, "What was not seen, and why")) < 0 ||
        (err = add_words(d, RV__BLOCK_LIST, &unseen)) < 0 ||
        (err = rv__blocks_text(&d->blocks, RV__BLOCK_HEADING, "Claims")) < 0 ||
        (err = rv__blocks_text(&d->blocks, RV__BLOCK_TEXT, "No claims.")) < 0 ||
        (err = rv__blocks_text(&d->blocks, RV__BLOCK_HEADING, "Images")) < 0 || (err = rv__draft_scenes(d)) < 0 ||
        (err = add_clean_overview(d)) < 0 ||
        (err = rv__blocks_text(&d->blocks, RV__BLOCK_HEADING, "Where every number comes from")) < 0 ||
        (err = rv__blocks_text(
             &d->blocks, RV__BLOCK_TEXT,
             "Each step of the chain is recorded with its options, the versions used and a hash of what it read. A "
             "bracket is "
             "the time between the last image without and the first image with a structure. An interval is meant to "
             "hold the true value in 95 of 100 cases.")) < 0)
        return err;
    return rv__draft_runs(d);
}

static int build(draft *d)
{
    int err = add_front(d);
    const size_t panels = d->changes < (size_t)d->opts->max_panels ? d->changes : (size_t)d->opts->max_panels;
    for (size_t k = 0; k < panels && err == RV_OK; k++)
        if ((err = rv__progress("report", (double)k / (double)panels)) == RV_OK)
            err = add_change(d, k);
    return err == RV_OK ? add_back(d) : err;
}

static int write_all(const draft *d)
{
    char path[RV_PATH_MAX], folder[RV_PATH_MAX];
    int err = RV_OK;
    if (d->opts->out)
        snprintf(path, sizeof path, "%s", d->opts->out);
    else
        err = rv__path_join(path, sizeof path, rv_case_folder(d->facts.c), "reports/report.html");
    snprintf(folder, sizeof folder, "%s", path);
    char *slash = strrchr(folder, '/');
    snprintf(slash ? slash + 1 : folder, sizeof folder - (size_t)(slash ? slash + 1 - folder : 0), "figures");
    if (err == RV_OK && (err = rv__html_write(&d->blocks, path)) == RV_OK)
        err = rv__png_write(&d->blocks, folder);
    return err;
}

int rv_report_write(rv_case *c, const rv_report_opts *opts)
{
    const rv_report_opts o = opts ? *opts : (rv_report_opts)RV_REPORT_OPTS_INIT;
    draft d = { .opts = &o };
    int err;
    if ((err = rv_fields_check(rv_report_fields(), &o)) < 0)
        return err;
    if (!rv_case_current_run(c, "detect"))
        return rv__fail(RV_ERR_STATE, "there is nothing to report before detect has run on this case");
    if ((err = rv__facts_load(&d.facts, c)) < 0)
        return err;
    if ((err = rv__facts_open_stack(&d.facts)) == RV_OK) {
        d.order = rv__alloc(d.facts.structures.n, sizeof *d.order);
        d.changes = d.order ? rv__facts_changes(&d.facts, d.order) : 0;
        err = d.order ? build(&d) : RV_ERR_NOMEM;
    }
    if (err == RV_OK)
        err = write_all(&d);
    rv__free(d.order);
    rv__blocks_release(&d.blocks);
    rv__facts_release(&d.facts);
    return err;
}

int rv_report_summary(char **out, rv_case *c)
{
    rv__facts facts;
    int err = rv__facts_load(&facts, c);
    if (err < 0)
        return err;
    rv__str text = { 0 };
    rv__words_summary(&text, &facts);
    char *made = rv__str_take(&text);
    if (made)
        *out = made;
    rv__str_release(&text);
    rv__facts_release(&facts);
    return made ? RV_OK : RV_ERR_NOMEM;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* What is said, in which order: the summary, the whole site, each change with its pictures and series, what stood before,
 * what was not seen, and where every number comes from. Clocks, durations and thread counts stay in the run record: the
 * same case gives the same page. */
#include <revisit/export.h>
#include <revisit/report.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "report/draft.h"

enum { OVERVIEW_WIDER_PX = 160 };

const rv_fields *rv_report_fields(void)
{
    static const rv_report_opts defaults = RV_REPORT_OPTS_INIT;
    static const rv_field rows[] = {
        RV_STRING(rv_report_opts, out, "FILE", "file to write; by default reports/report.html in the case"),
        RV_INT(rv_report_opts, max_panels, 0, 1000, "", "changes that get pictures of their own, the largest first"),
        RV_INT(rv_report_opts, panel_px, 240, 2000, "px", "width of one picture"),
        RV_STRING(rv_report_opts, title, "TEXT", "title of the report; by default the case's name"),
    };
    static const rv_fields fields = { "report_opts", sizeof(rv_report_opts), &defaults, rows,
                                      sizeof rows / sizeof *rows };
    return &fields;
}

int rv__draft_words(draft *d, rv__block_kind kind, rv__str *text)
{
    const int err = text->err < 0 ? text->err : rv__blocks_text(&d->blocks, kind, text->s ? text->s : "");
    rv__str_release(text);
    return err;
}

/* A picture that leaves the page takes its date and its credit along. */
static void note_captions(draft *d, const rv__block *block, const char *name)
{
    for (int i = 0; i < 2; i++)
        rv__str_addf(&d->captions, "%s-%s.png\n%s-%s-clean.png\n    %s%s%s\n    %s\n\n", name, i ? "after" : "before",
                     name, i ? "after" : "before", block->picture[i].date, *block->picture[i].date ? ". " : "",
                     block->picture[i].source, block->text);
}

int rv__draft_pair(draft *d, rv__pair *pair, rv__str *caption)
{
    int err = rv__draft_words(d, RV__BLOCK_PAIR, caption);
    if (err < 0)
        return err;
    rv__block *block = &d->blocks.v[d->blocks.n - 1];
    pair->tone = &d->tone;
    pair->folder = d->figures;
    if ((err = rv__figure_pair(block->picture, &d->facts, pair)) == RV_OK)
        note_captions(d, block, pair->name);
    return err < 0 ? err : d->captions.err;
}

static void add_scale(rv__str *out, const draft *d)
{
    const rv_grid *grid = rv_stack_grid(d->facts.stack);
    double col_m, row_m;
    rv_tilt tilt;
    rv_stack_tilt(&tilt, d->facts.stack);
    if (!rv__facts_pixel_m(&d->facts, (rv_point){ grid->width / 2.0, grid->height / 2.0 }, &col_m, &row_m)) {
        rv__str_add(out, tilt.tilted ? "tilted view, no single scale" : "scale unknown");
        return;
    }
    const int decimals = col_m < 2 ? 2 : 1;
    rv__str_add(out, "pixels of ");
    rv__words_number(out, col_m, decimals);
    if (fabs(col_m - row_m) > 0.02 * row_m) {
        rv__str_add(out, RV__NBSP "\xC3\x97" RV__NBSP);
        rv__words_number(out, row_m, decimals);
    }
    rv__str_add(out, RV__NBSP "m on the ground");
    if (rv_stack_ground(d->facts.stack))
        rv__str_addf(out, " in the middle, by %zu ground points", d->facts.gcps.n);
}

/* "Old mill · 2 June to 14 December 2023 · 12 images · pixels of 3.0 m on the ground". */
static int add_meta(draft *d)
{
    static const char dot[] = " \xC2\xB7 ";
    const size_t used = rv__facts_n_used(&d->facts);
    rv__str text = { 0 };
    if (d->opts->title)
        rv__str_addf(&text, "%s%s", rv_case_name(d->facts.c), dot);
    const size_t at = text.len;
    rv__words_span(&text, &d->facts);
    rv__str_addf(&text, "%s%zu %s", text.len > at ? dot : "", used, used == 1 ? "image" : "images");
    if (used < d->facts.scenes.n)
        rv__str_addf(&text, " of %zu", d->facts.scenes.n);
    rv__str_add(&text, dot);
    add_scale(&text, d);
    return rv__draft_words(d, RV__BLOCK_META, &text);
}

static int add_front(draft *d)
{
    rv__str summary = { 0 };
    int err;
    if ((err = rv__blocks_text(&d->blocks, RV__BLOCK_TITLE,
                               d->opts->title ? d->opts->title : rv_case_name(d->facts.c))) < 0 ||
        (err = add_meta(d)) < 0)
        return err;
    rv__sentence_summary(&summary, &d->facts);
    if ((err = rv__draft_words(d, RV__BLOCK_LEAD, &summary)) == RV_OK)
        d->blocks.v[d->blocks.n - 1].links = d->panels;
    return err;
}

/* Only the colours that occur. */
static void add_legend(rv__str *out, const draft *d)
{
    static const char *const legend[] = { "blue, stood throughout", "orange, new",       "green, extended",
                                          "pink, replaced",         "pink, disappeared", "yellow, ground works" };
    bool seen[6] = { false }, doubtful = false;
    const char *between = " Outlines, approximate: ";
    for (size_t i = 0; i < d->facts.structures.n; i++) {
        const rv_structure *s = &d->facts.structures.v[i];
        seen[s->event] = true;
        doubtful = doubtful || (s->event != RV_EVENT_NONE && rv__facts_doubtful(s));
    }
    for (int e = 0; e < 6; e++)
        if (seen[e]) {
            rv__str_addf(out, "%s%s", between, legend[e]);
            between = "; ";
        }
    rv__str_add(out, doubtful ? "; dotted where doubtful." : d->facts.structures.n ? "." : "");
    if (d->changes > d->panels)
        rv__str_addf(out, " Numbered: the %zu largest changes.", d->panels);
}

/* The whole site, first and last image: what stood before on the first, everything on the last. */
static int add_overview(draft *d)
{
    const size_t n = d->facts.structures.n;
    size_t *marked = rv__alloc(2 * n + 1, sizeof *marked), *number = marked ? marked + n : NULL, k = 0;
    if (!marked)
        return RV_ERR_NOMEM;
    for (size_t i = 0; i < n; i++)
        if (d->facts.structures.v[i].event == RV_EVENT_NONE)
            marked[k++] = i;
    const size_t existing = k;
    for (size_t i = 0; i < d->changes; i++, k++) {
        marked[k] = d->order[i];
        number[k] = i < d->panels ? i + 1 : 0;
    }
    rv__pair pair = { .t = { 0, (int)rv_stack_size(d->facts.stack) - 1 }, .name = "overview" };
    rv__view_all(&pair.view[0], &d->facts, d->opts->panel_px + OVERVIEW_WIDER_PX);
    pair.view[0].marked = marked;
    pair.view[0].number = number;
    pair.view[1] = pair.view[0];
    pair.view[0].n_marked = existing;
    pair.view[1].n_marked = n;
    rv__str caption = { 0 };
    rv__str_add(&caption, "The whole site in the first and the last image.");
    add_legend(&caption, d);
    const int err = rv__draft_pair(d, &pair, &caption);
    rv__free(marked);
    return err;
}

static int add_tables(draft *d)
{
    int err;
    if (d->changes && ((err = rv__blocks_text(&d->blocks, RV__BLOCK_HEADING, "All changes")) < 0 ||
                       (err = rv__draft_changes_table(d)) < 0))
        return err;
    if (d->facts.structures.n > d->changes &&
        ((err = rv__blocks_text(&d->blocks, RV__BLOCK_HEADING, "What stood before the first image")) < 0 ||
         (err = rv__draft_existing_table(d)) < 0))
        return err;
    return RV_OK;
}

static int add_back(draft *d)
{
    int err;
    rv__str unseen = { 0 };
    if ((err = add_tables(d)) < 0)
        return err;
    rv__sentence_unseen(&unseen, &d->facts);
    if ((err = rv__blocks_text(&d->blocks, RV__BLOCK_HEADING, "What was not seen, and why")) < 0) {
        rv__str_release(&unseen);
        return err;
    }
    if ((err = rv__draft_words(d, RV__BLOCK_LIST, &unseen)) < 0 ||
        (err = rv__blocks_text(&d->blocks, RV__BLOCK_HEADING, "Claims")) < 0 ||
        (err = rv__blocks_text(&d->blocks, RV__BLOCK_TEXT, "No claims.")) < 0 ||
        (err = rv__blocks_text(&d->blocks, RV__BLOCK_HEADING, "Images")) < 0 || (err = rv__draft_scenes(d)) < 0 ||
        (err = rv__draft_gcps(d)) < 0 ||
        (err = rv__blocks_text(&d->blocks, RV__BLOCK_HEADING, "Where every number comes from")) < 0)
        return err;
    return rv__draft_trace(d);
}

static int build(draft *d)
{
    int err;
    if ((err = add_front(d)) < 0 || (err = add_overview(d)) < 0)
        return err;
    for (size_t k = 0; k < d->panels && err == RV_OK; k++)
        if ((err = rv__progress("report", (double)k / (double)d->panels)) == RV_OK)
            err = rv__draft_change(d, k);
    return err == RV_OK ? add_back(d) : err;
}

/* Pictures of a former report would name changes that are no longer there. Beside a page elsewhere nothing is removed. */
static int prepare_folder(draft *d, char path[RV_PATH_MAX])
{
    int err = RV_OK;
    if (d->opts->out)
        snprintf(path, RV_PATH_MAX, "%s", d->opts->out);
    else
        err = rv__path_join(path, RV_PATH_MAX, rv_case_folder(d->facts.c), "reports/report.html");
    const char *slash = strrchr(path, '/');
    const int n = snprintf(d->figures, sizeof d->figures, "%.*sfigures", slash ? (int)(slash + 1 - path) : 0, path);
    if (err == RV_OK && n >= (int)sizeof d->figures)
        err = rv__fail(RV_ERR_REFUSED, "the path of the figures is longer than %d bytes", RV_PATH_MAX - 1);
    if (err == RV_OK && !d->opts->out && rv__file_exists(d->figures))
        err = rv__folder_remove(d->figures);
    return err == RV_OK ? rv__folder_make(d->figures) : err;
}

static int write_report(draft *d)
{
    char path[RV_PATH_MAX];
    int err = prepare_folder(d, path);
    d->order = rv__alloc(d->facts.structures.n + 1, sizeof *d->order);
    if (err < 0 || !d->order)
        return err < 0 ? err : RV_ERR_NOMEM;
    d->changes = rv__facts_changes(&d->facts, d->order);
    d->panels = d->changes < (size_t)d->opts->max_panels ? d->changes : (size_t)d->opts->max_panels;
    if ((err = build(d)) < 0 || (err = rv__html_write(&d->blocks, path)) < 0 ||
        (err = rv__path_join(path, sizeof path, d->figures, "captions.txt")) < 0 ||
        (err = rv__file_write(path, d->captions.s, d->captions.len)) < 0)
        return err;
    return rv__progress("report", 1.0);
}

int rv_report_write(rv_case *c, const rv_report_opts *opts)
{
    const rv_report_opts o = opts ? *opts : (rv_report_opts)RV_REPORT_OPTS_INIT;
    draft d = { .opts = &o };
    int err;
    if ((err = rv_fields_check(rv_report_fields(), &o)) < 0)
        return err;
    if (!rv_case_current_run(c, "detect"))
        return rv__fail(RV_ERR_STATE, "nothing to report: detect has not run since the images were last aligned");
    if ((err = rv__facts_load(&d.facts, c)) < 0)
        return err;
    if ((err = rv__facts_open_stack(&d.facts)) == RV_OK)
        err = write_report(&d);
    rv__free(d.order);
    rv__str_release(&d.captions);
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
    rv__sentence_summary(&text, &facts);
    char *made = rv__str_take(&text);
    if (made)
        *out = made;
    rv__str_release(&text);
    rv__facts_release(&facts);
    return made ? RV_OK : RV_ERR_NOMEM;
}

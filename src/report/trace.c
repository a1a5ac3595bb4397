/* SPDX-License-Identifier: Apache-2.0 */
/* Where every number comes from: the current run of each step, what its options change against the defaults, and, folded,
 * all options, versions and hashes as text to copy. Runs that other runs replaced stay in the case's own record. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <revisit/measure.h>

#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"
#include "report/draft.h"

static bool is_shown(const rv_run *run)
{
    return (run->state == RV_RUN_DONE || run->state == RV_RUN_PART) && !run->stale && strcmp(run->step, "report") != 0;
}

/* Described structs whose fields a step's options hold; NULL at the end. */
static void sets_of(const rv_fields *out[3], const char *step)
{
    out[0] = out[1] = out[2] = NULL;
    if (strcmp(step, "add") == 0)
        out[0] = rv_add_fields();
    else if (strcmp(step, "align") == 0) {
        out[0] = rv_align_fields();
        out[1] = rv_normalise_fields();
    } else if (strcmp(step, "detect") == 0)
        out[0] = rv_detect_fields();
    else if (strcmp(step, "measure") == 0) {
        out[0] = rv_measure_fields();
        out[1] = rv_gcp_opts_fields();
    } else if (strcmp(step, "init") == 0)
        out[0] = rv_case_fields();
}

/* "name": value of one field as the run record writes it. */
static void add_member(rv__str *out, const rv_fields *fields, const rv_field *field)
{
    const rv_fields one = { fields->name, fields->size, fields->defaults, field, 1 };
    rv__json_members(out, &one, fields->defaults);
}

/* Whether a run's options hold a member in these very words; the same writer wrote both. */
static bool holds(const char *options, const char *member)
{
    const size_t n = strlen(member);
    for (const char *p = options; (p = strstr(p, member)); p += n)
        if (p[n] == ',' || p[n] == '}')
            return true;
    return false;
}

/* The value that follows "name": in our own JSON, up to the comma outside quotes and brackets. */
static void add_value(rv__str *out, const char *options, const char *name)
{
    char key[96];
    snprintf(key, sizeof key, "\"%s\": ", name);
    const char *p = strstr(options, key);
    if (!p)
        return;
    p += strlen(key);
    size_t n = 0;
    bool quoted = false;
    for (int depth = 0; p[n] && (quoted || depth > 0 || (p[n] != ',' && p[n] != '}')); n++) {
        quoted = quoted != (p[n] == '"' && (n == 0 || p[n - 1] != '\\'));
        depth += quoted ? 0 : p[n] == '[' ? 1 : p[n] == ']' ? -1 : 0;
    }
    rv__str_addf(out, "%s = ", name);
    rv__str_add_bytes(out, p, n);
}

static void add_differences(rv__str *out, const rv_run *run)
{
    const rv_fields *sets[3];
    sets_of(sets, run->step);
    for (int s = 0; sets[s]; s++)
        for (size_t i = 0; i < sets[s]->n; i++) {
            rv__str member = { 0 };
            add_member(&member, sets[s], &sets[s]->field[i]);
            if (member.s && !holds(run->options, member.s)) {
                rv__str_add(out, out->len ? ", " : "");
                add_value(out, run->options, sets[s]->field[i].name);
            }
            rv__str_release(&member);
        }
    if (!out->len)
        rv__str_add(out, sets[0] ? "defaults" : "none");
}

static int run_row(rv__block *table, const rv_run *run)
{
    char id[16], based[16] = "";
    rv__str options = { 0 };
    int err;
    snprintf(id, sizeof id, "%d", run->id);
    if (run->based_on > 0)
        snprintf(based, sizeof based, "%d", run->based_on);
    add_differences(&options, run);
    if ((err = rv__block_cell(table, id)) == RV_OK && (err = rv__block_cell(table, run->step)) == RV_OK &&
        (err = rv__block_cell(table, based)) == RV_OK)
        err = rv__block_cell(table, options.s ? options.s : "");
    rv__str_release(&options);
    return err;
}

static int runs_table(draft *d)
{
    static const char *const headings[] = { "run", "step", "based on", "options that differ from the defaults" };
    rv__block *table = rv__blocks_add(&d->blocks, RV__BLOCK_TABLE);
    int err = table ? RV_OK : RV_ERR_NOMEM;
    size_t rows = 0;
    for (; err == RV_OK && table->columns < 4; table->columns++)
        err = rv__block_cell(table, headings[table->columns]);
    for (size_t i = 0; i < d->facts.runs.n && err == RV_OK; i++)
        if (is_shown(&d->facts.runs.v[i])) {
            err = run_row(table, &d->facts.runs.v[i]);
            rows++;
        }
    if (err == RV_OK)
        table->format = "nnnt";
    if (err == RV_OK && rows > 12 && !(table->fold = rv__strdup("Table of all runs")))
        err = RV_ERR_NOMEM;
    return err;
}

static int folded(draft *d, rv__str *text, const char *fold)
{
    const int err = rv__draft_words(d, RV__BLOCK_CODE, text);
    if (err < 0)
        return err;
    return (d->blocks.v[d->blocks.n - 1].fold = rv__strdup(fold)) ? RV_OK : RV_ERR_NOMEM;
}

static int all_options(draft *d)
{
    rv__str text = { 0 };
    for (size_t i = 0; i < d->facts.runs.n; i++) {
        const rv_run *run = &d->facts.runs.v[i];
        if (is_shown(run))
            rv__str_addf(&text, "run %d: %s\noptions %s\ninputs %s\n\n", run->id, run->step, run->options, run->inputs);
    }
    return folded(d, &text, "Every option, and a hash over what each run read");
}

/* Versions that differ from those of the run before. */
static int all_versions(draft *d)
{
    rv__str text = { 0 };
    const char *last = "";
    for (size_t i = 0; i < d->facts.runs.n; i++) {
        const rv_run *run = &d->facts.runs.v[i];
        if (is_shown(run) && strcmp(run->versions, last) != 0) {
            rv__str_addf(&text, "from run %d on: %s\n", run->id, run->versions);
            last = run->versions;
        }
    }
    return folded(d, &text, "Versions of the program and its libraries");
}

static int all_hashes(draft *d)
{
    rv__str text = { 0 };
    for (size_t i = 0; i < d->facts.scenes.n; i++)
        if (*d->facts.scenes.v[i].sha256)
            rv__str_addf(&text, "%s  %s\n", d->facts.scenes.v[i].sha256, rv__path_base(d->facts.scenes.v[i].path));
    return folded(d, &text, "SHA-256 of the original images (as sha256sum writes it)");
}

int rv__draft_trace(draft *d)
{
    int err;
    if ((err = rv__blocks_text(&d->blocks, RV__BLOCK_TEXT,
                               "Each step is recorded with its options, the versions used and a hash of what it read. "
                               "A bracket is the time between the last image without and the first image with a "
                               "structure. An interval is meant to hold the true value in 95 of 100 cases.")) < 0 ||
        (err = runs_table(d)) < 0 || (err = all_hashes(d)) < 0 || (err = all_options(d)) < 0)
        return err;
    return all_versions(d);
}

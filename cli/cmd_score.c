/* SPDX-License-Identifier: Apache-2.0 */
/* revisit score: findings held against the truth. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"

/* "case" is the flag; the struct's member has to have its name. */
typedef struct score_input {
    const char *truth, *structures, *scenes, *label, *label_unchanged, *transforms, *masks;
    const char *case_;
} score_input;

static const rv_fields *input_fields(void)
{
    static const score_input defaults = { 0 };
    static const rv_field rows[] = {
        RV_STRING(score_input, truth, "FILE", "GeoJSON of the true structures"),
        { "case", RV_TYPE_STRING, offsetof(score_input, case_), sizeof(const char *), 1, 0, 0, "",
          "case that is scored", NULL, "CASE" },
        RV_STRING(score_input, structures, "FILE", "GeoJSON of structures that is scored instead of a case"),
        RV_STRING(score_input, scenes, "LIST", "many scenes: lines of truth or label, tab, case or structures"),
        RV_STRING(score_input, label, "FILE", "raster of the true change, nonzero = change"),
        RV_STRING(score_input, label_unchanged, "FILE",
                  "raster of what surely did not change; pixels in neither label are left out"),
        RV_STRING(score_input, transforms, "FILE", "JSON of transforms, beside --structures"),
        RV_STRING(score_input, masks, "FOLDER", "masks of the frames, beside --structures and --transforms"),
    };
    static const rv_fields fields = { "score_input", sizeof(score_input), &defaults, rows, sizeof rows / sizeof *rows };
    return &fields;
}

static void print_json(const rv_score_row *row)
{
    char text[RV_WHY_MAX];
    for (size_t i = 0; i < rv_score_row_fields()->n; i++) {
        const rv_field *field = &rv_score_row_fields()->field[i];
        printf("%s\"%s\": ", i ? ", " : "{", field->name);
        rv_field_text(field, row, text, sizeof text);
        if (field->type == RV_TYPE_TEXT)
            cli_json_text(stdout, text);
        else
            fputs(*text ? text : "null", stdout);
    }
    puts("}");
}

static int add_cells(cli_table *table, const rv_score_row *row)
{
    char text[RV_WHY_MAX];
    int err = 0;
    for (size_t i = 0; err == 0 && i < rv_score_row_fields()->n; i++) {
        const rv_field *field = &rv_score_row_fields()->field[i];
        rv_field_text(field, row, text, sizeof text);
        if (field->type == RV_TYPE_DOUBLE && *text)
            snprintf(text, sizeof text, "%.5g", strtod(text, NULL));
        err = cli_table_add(table, text);
    }
    return err;
}

static int print_table(const rv_scores *scores)
{
    cli_table table = { .columns = rv_score_row_fields()->n };
    int err = 0;
    for (size_t i = 0; err == 0 && i < table.columns; i++)
        err = cli_table_add(&table, rv_score_row_fields()->field[i].name);
    for (size_t i = 0; err == 0 && i < scores->n; i++) {
        const rv_score_row *row = &scores->v[i];
        if (!isnan(row->value) || strcmp(row->stratum, "all") == 0) /* empty strata are in --json alone */
            err = add_cells(&table, row);
    }
    if (err == 0)
        cli_table_print(&table, stdout);
    cli_table_release(&table);
    return err;
}

/* What is wrong with the flags together; NULL when nothing is. */
static const char *misuse(const score_input *in)
{
    const bool one = in->truth || in->label || in->structures || in->case_;
    if (in->scenes && one)
        return "--scenes names all there is: it goes without --truth, --label, --case and --structures";
    if (in->label_unchanged && !in->label)
        return in->scenes ? "--label-unchanged goes with --label: a list has it in its third column"
                          : "--label-unchanged goes with --label";
    if ((in->transforms || in->masks) && (in->case_ || in->scenes))
        return "--transforms and --masks go with --structures: a case has its own";
    if (in->masks && !in->transforms)
        return "--masks goes with --transforms, which say what the frames are";
    if (!in->scenes && !in->truth && !in->label)
        return "revisit score needs --truth FILE, --label FILE or --scenes LIST";
    if (!in->scenes && !in->case_ == !in->structures)
        return "revisit score needs either --case CASE or --structures FILE";
    return NULL;
}

static int check(const score_input *in)
{
    const char *wrong = misuse(in);
    if (wrong) {
        cli_error("%s", wrong);
        return CLI_USAGE;
    }
    const char *const paths[] = { in->truth,           in->structures, in->scenes, in->label,
                                  in->label_unchanged, in->transforms, in->masks };
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
        if (!cli_readable(paths[i]))
            return CLI_REFUSED;
    return CLI_DONE;
}

static int run(const cli_args *args)
{
    const score_input *in = args->set[0];
    rv_scores scores = { 0 };
    int code = check(in);
    if (code != CLI_DONE)
        return code;
    const rv_score_scene scene = { in->truth,      in->case_ ? in->case_ : in->structures,
                                   in->label,      in->label_unchanged,
                                   in->transforms, in->masks };
    const int err =
        in->scenes ? rv_score_list(&scores, in->scenes, args->set[1]) : rv_score(&scores, &scene, 1, args->set[1]);
    if (err < 0)
        return cli_failed(err, NULL);
    for (size_t i = 0; args->common.json && i < scores.n; i++)
        print_json(&scores.v[i]);
    if (!args->common.json)
        code = print_table(&scores);
    rv_scores_release(&scores);
    return code;
}

static const rv_fields *(*const sets[])(void) = { input_fields, rv_score_fields, NULL };
static const char *const examples[] = {
    "revisit score --truth demo/truth.geojson --case demo.case --json",
    "every metric that truth and case allow, one object a line",
    "revisit score --truth truth.geojson --structures found.geojson --metric object,date",
    "two families, without a case",
    "revisit score --label change.tif --case pair.case --metric pixel",
    "pixels against a raster of change",
    "revisit score --scenes list.tsv --iou 0.5",
    "many scenes pooled, with intervals from drawing scenes again",
    NULL
};
const cli_command cmd_score = {
    .name = "score",
    .operands = "",
    .min_operands = 0,
    .max_operands = 0,
    .summary = "Hold findings against the truth",
    .about =
        "Families of metrics: pixel, object, shape, scot, date, interval, ratio, registration, mask, height, class, "
        "probability, alarm. A metric that the input does not allow is listed without a value and with the reason.",
    .examples = examples,
    .sets = sets,
    .run = run,
};

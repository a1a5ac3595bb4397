/* SPDX-License-Identifier: Apache-2.0 */
/* revisit detect. */
#include "commands.h"

typedef struct detect_opts {
    const char *outline;
} detect_opts;

static const rv_fields *detect_fields(void)
{
    static const detect_opts defaults = { NULL };
    static const rv_field rows[] = {
        RV_STRING(
            detect_opts, outline, "FILE",
            "GeoJSON outlines of known structures, each listed with what happened to it; kept until others are given"),
    };
    static const rv_fields fields = { "detect_opts", sizeof(detect_opts), &defaults, rows, sizeof rows / sizeof *rows };
    return &fields;
}

enum { SET_OWN, SET_DETECT };

static int count(const rv_structure *row, void *user)
{
    int *n = user;
    n[row->event != RV_EVENT_NONE]++;
    return 0;
}

static int step(rv_case *c, const cli_args *args)
{
    rv_detect_opts opts = *(const rv_detect_opts *)args->set[SET_DETECT];
    const char *outline = ((const detect_opts *)args->set[SET_OWN])->outline;
    char evidence[CLI_FILES_MAX];
    int n[2] = { 0, 0 }, err;
    const int code = cli_join_files(evidence, sizeof evidence, args, "evidence");
    if (code)
        return code;
    opts.evidence = *evidence ? evidence : NULL;
    if (!cli_readable(outline))
        return CLI_REFUSED;
    if (outline && rv_case_current_run(c, "align") > 0 && (err = rv_step_outline(c, outline)) < 0)
        return cli_failed(err, NULL);
    if ((err = rv_step_detect(c, &opts)) == RV_OK && (err = rv_case_each_structure(c, count, n)) == RV_OK)
        printf(args->common.json ? "{\"existing\": %d, \"changes\": %d}\n"
                                 : "%d structures stood throughout, %d changes found\n",
               n[0], n[1]);
    return err < 0 ? cli_failed(err, NULL) : CLI_DONE;
}

static int run(const cli_args *args)
{
    return cli_step(args, step);
}

static const rv_fields *(*const sets[])(void) = { detect_fields, rv_detect_fields, NULL };
static const char *const examples[] = { "revisit detect feb.case --nfa 0.1",
                                        "accept one false alarm in ten cases",
                                        "revisit detect feb.case --evidence probabilities.tif",
                                        "let what another program says of each image count, too",
                                        "revisit detect feb.case --outline known.geojson",
                                        "list these buildings under their own ids, and say which came or went",
                                        NULL };
const cli_command cmd_detect = {
    .name = "detect",
    .operands = "CASE",
    .min_operands = 1,
    .max_operands = 1,
    .summary = "Find what was built and when",
    .about = "Lists the structures that stood before the first image and those that came later, each with the last "
             "image without it and the first image with it.",
    .examples = examples,
    .sets = sets,
    .run = run,
};

/* SPDX-License-Identifier: Apache-2.0 */
/* revisit report. */
#include "commands.h"

static int step(rv_case *c, const cli_args *args)
{
    const rv_report_opts *o = args->set[0];
    const int err = rv_report_write(c, o);
    if (err < 0)
        return cli_failed(err, NULL);
    char path[RV_PATH_MAX + 32];
    snprintf(path, sizeof path, "%s%s", o->out ? o->out : rv_case_folder(c), o->out ? "" : "/reports/report.html");
    cli_print_path(args, "report", path);
    return CLI_DONE;
}

static int run(const cli_args *args)
{
    return cli_step(args, step);
}

static const rv_fields *(*const sets[])(void) = { rv_report_fields, NULL };
static const char *const examples[] = { "revisit report feb.case --max-panels 40", "pictures for up to 40 events",
                                        NULL };
const cli_command cmd_report = {
    .name = "report",
    .operands = "CASE",
    .min_operands = 1,
    .max_operands = 1,
    .summary = "Write the report of a case",
    .about = "A page that needs nothing from elsewhere, with its figures as PNG in figures/ beside it: each once as on "
             "the page and once clean. Prints the path of the page.",
    .examples = examples,
    .sets = sets,
    .run = run,
};

/* SPDX-License-Identifier: Apache-2.0 */
/* revisit report. */
#include "commands.h"

static int step(rv_case *c, const cli_args *args)
{
    const rv_report_opts *o = args->set[0];
    const int err = rv_report_write(c, o);
    if (err < 0)
        return cli_failed(err, NULL);
    if (o->out)
        puts(o->out);
    else
        printf("%s/reports/report.html\n", rv_case_folder(c));
    return CLI_DONE;
}

static int run(const cli_args *args)
{
    return cli_step(args, step);
}

static const rv_fields *(*const sets[])(void) = { rv_report_fields, NULL };
static const char *const examples[] = { "revisit report feb.case --max-panels 40", "pictures for up to 40 events",
                                        NULL };
const cli_command cmd_report = { "report",
                                 "CASE",
                                 1,
                                 1,
                                 "Write the report of a case",
                                 "A page that needs nothing from elsewhere, and its figures as PNG.",
                                 examples,
                                 sets,
                                 run };

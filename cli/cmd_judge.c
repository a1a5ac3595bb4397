/* SPDX-License-Identifier: Apache-2.0 */
/* revisit judge. */
#include "commands.h"

static int step(rv_case *c, const cli_args *args)
{
    const int err = rv_step_judge(c);
    if (err < 0)
        return cli_failed(err, NULL);
    puts(args->common.json ? "{\"claims\": 0, \"verdicts\": []}" : "no claims");
    return CLI_DONE;
}

static int run(const cli_args *args)
{
    return cli_step(args, step);
}

static const rv_fields *(*const sets[])(void) = { NULL };
static const char *const examples[] = { "revisit judge feb.case", "says: no claims", NULL };
const cli_command cmd_judge = {
    .name = "judge",
    .operands = "CASE",
    .min_operands = 1,
    .max_operands = 1,
    .summary = "Hold claims against the measurements",
    .about = "Claims are not read yet: says so, and records the run.",
    .examples = examples,
    .sets = sets,
    .run = run,
};

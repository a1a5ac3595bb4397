/* SPDX-License-Identifier: Apache-2.0 */
/* revisit measure. */
#include "commands.h"

static int step(rv_case *c, const cli_args *args)
{
    const int err = rv_step_measure(c, args->set[0]);
    return err < 0 ? cli_failed(err, NULL) : CLI_DONE;
}

static int run(const cli_args *args)
{
    return cli_step(args, step);
}

static const rv_fields *(*const sets[])(void) = { rv_measure_fields, NULL };
static const char *const examples[] = { "revisit measure feb.case --no-refine",
                                        "measure the outlines as they are drawn", NULL };
const cli_command cmd_measure = {
    "measure",
    "CASE",
    1,
    1,
    "Measure the structures of a case",
    "Fits each outline to the pixels and states area and extent with a 95 % interval and its budget.",
    examples,
    sets,
    run
};

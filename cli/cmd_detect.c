/* SPDX-License-Identifier: Apache-2.0 */
/* revisit detect. */
#include "commands.h"

static int step(rv_case *c, const cli_args *args)
{
    const int err = rv_step_detect(c, args->set[0]);
    return err < 0 ? cli_failed(err, NULL) : CLI_DONE;
}

static int run(const cli_args *args)
{
    return cli_step(args, step);
}

static const rv_fields *(*const sets[])(void) = { rv_detect_fields, NULL };
static const char *const examples[] = { "revisit detect feb.case --nfa 0.1", "accept one false alarm in ten cases",
                                        NULL };
const cli_command cmd_detect = { "detect",
                                 "CASE",
                                 1,
                                 1,
                                 "Find what was built and when",
                                 "Lists the structures that stood before the first image and those that came later, "
                                 "each with the last image without it and the first image with it.",
                                 examples,
                                 sets,
                                 run };

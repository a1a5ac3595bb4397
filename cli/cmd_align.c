/* SPDX-License-Identifier: Apache-2.0 */
/* revisit align. */
#include "commands.h"

static int step(rv_case *c, const cli_args *args)
{
    cli_refusals left_out = { 0 };
    int err;
    if ((err = rv_step_align(c, args->set[0], args->set[1])) == RV_OK)
        err = cli_refuse_unaligned(&left_out, c);
    const int code = err < 0 ? cli_failed(err, NULL) : left_out.refused ? CLI_PART : CLI_DONE;
    cli_refusals_release(&left_out);
    return code;
}

static int run(const cli_args *args)
{
    return cli_step(args, step);
}

static const rv_fields *(*const sets[])(void) = { rv_align_fields, rv_normalise_fields, NULL };
static const char *const examples[] = { "revisit align feb.case --reference 2023-01-16",
                                        "with the scene 2023-01-16 as reference", NULL };
const cli_command cmd_align = {
    "align",
    "CASE",
    1,
    1,
    "Bring the images of a case onto one grid",
    "Finds how each image must move to match the reference to a fraction of a pixel, how bright it is against the "
    "others, and which of its pixels show clear ground. An image that cannot be matched is named with its reason.",
    examples,
    sets,
    run
};

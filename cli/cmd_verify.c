/* SPDX-License-Identifier: Apache-2.0 */
/* revisit verify: recompute every hash of a case. */
#include "commands.h"

static int run(const cli_args *args)
{
    rv_case *c = NULL;
    int checked = 0, err = rv_case_open(&c, args->operand[0]);
    if (err == RV_OK)
        err = rv_case_verify(c, &checked);
    rv_case_close(c);
    if (err < 0)
        return cli_failed(err, NULL);
    printf(args->common.json ? "{\"verified\": %d}\n" : "%d checksums verified\n", checked);
    return CLI_DONE;
}

static const rv_fields *(*const sets[])(void) = { NULL };
static const char *const examples[] = { "revisit verify feb.case",
                                        "ends with 6 and the file's name if a byte was changed", NULL };
const cli_command cmd_verify = {
    .name = "verify",
    .operands = "CASE",
    .min_operands = 1,
    .max_operands = 1,
    .summary = "Check that nothing in a case was altered",
    .about = "Compares originals, working copies and layers with the hashes taken when they came in, and checks the "
             "journal's chain. Ends with exit code 6 and the name of the first file that differs.",
    .examples = examples,
    .sets = sets,
    .run = run,
};

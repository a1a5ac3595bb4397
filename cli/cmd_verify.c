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
    "verify",
    "CASE",
    1,
    1,
    "Check that nothing in a case was altered",
    "Compares originals, working copies and layers with the hashes taken when they came in, and "
    "checks the journal's chain.",
    examples,
    sets,
    run
};

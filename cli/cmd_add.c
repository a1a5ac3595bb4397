/* SPDX-License-Identifier: Apache-2.0 */
/* revisit add: take images into a case. */

#include "commands.h"

static void print_added(const cli_args *args, const char *id, bool first)
{
    if (!args->common.json) {
        printf("%s\n", id);
        return;
    }
    fputs(first ? "" : ", ", stdout);
    cli_json_text(stdout, id);
}

static int add(rv_case *c, const cli_args *args)
{
    cli_refusals left_out = { 0 };
    int code = CLI_DONE;
    fputs(args->common.json ? "{\"added\": [" : "", stdout);
    for (int i = 1; i < args->n_operands && code == CLI_DONE; i++) {
        char id[RV_ID_MAX] = "";
        const int err = rv_step_add(c, args->operand[i], id, args->set[0]);
        if (err == RV_ERR_IO || err == RV_ERR_NOMEM || err == RV_ERR_STOPPED || err == RV_ERR_RANGE)
            code = cli_failed(err, args->operand[i]);
        else if (err < 0)
            cli_refuse(&left_out, args->operand[i], rv_last_error(), err);
        else
            print_added(args, id, left_out.taken++ == 0);
    }
    if (args->common.json)
        printf("], \"left_out\": [%s]}\n", left_out.json ? left_out.json : "");
    if (code == CLI_DONE && left_out.refused + left_out.damaged)
        code = left_out.taken ? CLI_PART : left_out.refused ? CLI_REFUSED : CLI_DAMAGED;
    cli_refusals_release(&left_out);
    return code;
}

static int run(const cli_args *args)
{
    if (!args->common.dry_run)
        return cli_step(args, add);
    return cli_dry_run(args, 1, NULL);
}

static const rv_fields *(*const sets[])(void) = { rv_add_fields, NULL };
static const char *const examples[] = {
    "revisit add feb.case images/*.tif", "dates come from the file name, the TIFF tag or the STAC item beside the file",
    "revisit add feb.case hall.png --time 2022-05-16 --gsd-m 0.5 --mask-box=0,-40,200,-1",
    "a picture without a CRS; the watermark at the bottom left is ignored", NULL
};
const cli_command cmd_add = {
    .name = "add",
    .operands = "CASE IMAGE...",
    .min_operands = 2,
    .max_operands = -1,
    .summary = "Take images into a case",
    .about = "Each image is hashed, decoded in a process of its own and kept as a working copy. One that cannot be "
             "used is named with its reason and the others go on. Prints the id of each image taken.",
    .can_dry_run = true,
    .examples = examples,
    .sets = sets,
    .run = run,
};

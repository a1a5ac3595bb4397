/* SPDX-License-Identifier: Apache-2.0 */
/* revisit align. */
#include "commands.h"

typedef struct aligned {
    int n;
    char reference[RV_ID_MAX];
} aligned;

static int count(const rv_transform *row, void *user)
{
    aligned *out = user;
    out->n += row->trusted != 0;
    snprintf(out->reference, sizeof out->reference, "%s", row->reference_id);
    return 0;
}

static void print_result(const aligned *found, const cli_refusals *left_out, bool json)
{
    if (!json) {
        printf("%d of %d images aligned to %s\n", found->n, found->n + left_out->unaligned, found->reference);
        return;
    }
    fputs("{\"reference\": ", stdout);
    cli_json_text(stdout, found->reference);
    printf(", \"aligned\": %d, \"left_out\": [%s]}\n", found->n, left_out->json ? left_out->json : "");
}

static int step(rv_case *c, const cli_args *args)
{
    cli_refusals left_out = { 0 };
    aligned found = { 0 };
    int err;
    if ((err = rv_step_align(c, args->set[0], args->set[1])) == RV_OK &&
        (err = cli_refuse_unaligned(&left_out, c)) == RV_OK &&
        (err = rv_case_each_transform(c, count, &found)) == RV_OK)
        print_result(&found, &left_out, args->common.json);
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
    .name = "align",
    .operands = "CASE",
    .min_operands = 1,
    .max_operands = 1,
    .summary = "Bring the images of a case onto one grid",
    .about = "Finds how each image must move to match the reference to a fraction of a pixel, how bright it is against "
             "the others, and which of its pixels show clear ground. An image that cannot be matched is named with its "
             "reason.",
    .examples = examples,
    .sets = sets,
    .run = run,
};

/* SPDX-License-Identifier: Apache-2.0 */
/* revisit simulate: draw a small site whose truth is known. */
#include "commands.h"

typedef struct simulate_opts {
    const char *out;
} simulate_opts;

static const rv_fields *out_fields(void)
{
    static const simulate_opts defaults = { NULL };
    static const rv_field rows[] = { RV_STRING(simulate_opts, out, "FOLDER", "where the images go (required)") };
    static const rv_fields fields = { "simulate_out", sizeof(simulate_opts), &defaults, rows, 1 };
    return &fields;
}

static int run(const cli_args *args)
{
    const simulate_opts *o = args->set[0];
    if (!o->out) {
        cli_error("revisit simulate needs --out FOLDER");
        return CLI_USAGE;
    }
    const int err = rv_simulate(o->out, args->set[1]);
    if (err < 0)
        return cli_failed(err, NULL);
    cli_print_path(args, "folder", o->out);
    return CLI_DONE;
}

static const rv_fields *(*const sets[])(void) = { out_fields, rv_simulate_fields, NULL };
static const char *const examples[] = { "revisit simulate --out demo --seed 7", "six monthly images and truth.geojson",
                                        NULL };
const cli_command cmd_simulate = {
    .name = "simulate",
    .operands = "",
    .min_operands = 0,
    .max_operands = 0,
    .summary = "Draw a small site whose truth is known",
    .about =
        "For trying the tool and for tests: textured ground, buildings with shadows, haze, clouds, noise and known "
        "sub-pixel shifts. Prints the folder.",
    .examples = examples,
    .sets = sets,
    .run = run,
};

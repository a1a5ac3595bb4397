/* SPDX-License-Identifier: Apache-2.0 */
/* revisit simulate: draw a small site whose truth is known. */
#include "commands.h"

#include <string.h>

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

/* The suite's options, and over them whatever stood on the command line. */
static int merged(rv_simulate_opts *out, const rv_simulate_opts *said, uint64_t given)
{
    const rv_fields *fields = rv_simulate_fields();
    const int err = rv_simulate_suite(out, (rv_suite)said->suite, (rv_style)said->style, said->seed);
    for (size_t k = 0; err == RV_OK && k < fields->n; k++)
        if (given >> k & 1)
            memcpy((char *)out + fields->field[k].offset, (const char *)said + fields->field[k].offset,
                   fields->field[k].size);
    return err;
}

static int run(const cli_args *args)
{
    const simulate_opts *o = args->set[0];
    rv_simulate_opts draw;
    if (!o->out) {
        cli_error("revisit simulate needs --out FOLDER");
        return CLI_USAGE;
    }
    int err = merged(&draw, args->set[1], args->given[1]);
    if (err == RV_OK && (err = rv_simulate(o->out, &draw)) == RV_OK)
        err = rv_export_truth(o->out);
    if (err < 0)
        return cli_failed(err, NULL);
    cli_print_path(args, "folder", o->out);
    return CLI_DONE;
}

static const rv_fields *(*const sets[])(void) = { out_fields, rv_simulate_fields, NULL };
static const char *const examples[] = { "revisit simulate --out demo --seed 7",
                                        "six monthly images of a simple site, and their truth",
                                        "revisit simulate --suite D --style B --seed 3 --out d3",
                                        "scene 3 of the dating suite, held-out style",
                                        "revisit simulate --suite X --size-px 512 --dates 20 --out x",
                                        "everything at once, larger and longer",
                                        NULL };
const cli_command cmd_simulate = {
    .name = "simulate",
    .operands = "",
    .min_operands = 0,
    .max_operands = 0,
    .summary = "Draw a site whose truth is known",
    .about =
        "For trying the tool, for tests and for the scoreboard: terrain, fields, roads and buildings with their story, "
        "under sun, haze and cloud, through a sensor. A suite sets all other options; what stands on the command line "
        "comes on top. The folder gets images with STAC items, truth.geojson, truth.gpkg, site.geojson, manifest.json, "
        "and in "
        "truth/ the masks, clouds and displacements of every date. Suites: R registration, M masks, N nothing is "
        "built, "
        "D dating, F footprints, Q ratios, H heights, K kinds, V oblique views, J pairs of JPEG pictures, S monthly "
        "mosaics, W winter, X everything. Prints the folder.",
    .examples = examples,
    .sets = sets,
    .run = run,
};

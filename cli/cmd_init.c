/* SPDX-License-Identifier: Apache-2.0 */
/* revisit init: make an empty case. */
#include "commands.h"

typedef struct init_opts {
    const char *site, *outline;
} init_opts;

static const rv_fields *init_fields(void)
{
    static const init_opts defaults = { NULL, NULL };
    static const rv_field rows[] = {
        RV_STRING(init_opts, site, "FILE", "GeoJSON of the site: aoi, poi, reference and exclude features"),
        RV_STRING(init_opts, outline, "FILE", "GeoJSON outlines of structures known before, to compare with"),
    };
    static const rv_fields fields = { "init_opts", sizeof(init_opts), &defaults, rows, sizeof rows / sizeof *rows };
    return &fields;
}

static int run(const cli_args *args)
{
    const init_opts *o = args->set[0];
    rv_case *c = NULL;
    if (!cli_readable(o->site) || !cli_readable(o->outline))
        return CLI_REFUSED;
    const int code = cli_create(&c, args->operand[0], args->set[1]);
    int err = RV_OK;
    if (code != CLI_DONE)
        return code;
    if (o->site)
        err = rv_step_site(c, o->site);
    if (err == RV_OK && o->outline)
        err = rv_step_outline(c, o->outline);
    if (err == RV_OK)
        cli_print_path(args, "case", rv_case_folder(c));
    rv_case_close(c);
    return err < 0 ? cli_failed(err, NULL) : CLI_DONE;
}

static const rv_fields *(*const sets[])(void) = { init_fields, rv_case_fields, NULL };
static const char *const examples[] = { "revisit init feb.case --site site.geojson", "an empty case with a site file",
                                        NULL };
const cli_command cmd_init = {
    .name = "init",
    .operands = "CASE",
    .min_operands = 1,
    .max_operands = 1,
    .summary = "Make an empty case",
    .about = "A case is a folder with the images, all that was found in them, and the record of every run.",
    .examples = examples,
    .sets = sets,
    .run = run,
};
